/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Records of Keycloak. MUST:
 *  1. nobody is active unless enabled says so;
 *  2. the account of a client is never a person;
 *  3. what is searched for cannot end the query it stands in.
 */
#include "idp-agentd/net/dir-keycloak-read.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/reason.h"
#include "idp-agentd/net/flatten.h"
#include "idp-agentd/net/json.h"
#include "idp-agentd/net/url.h"

#define SERVICE_PREFIX "service-account-"
#define ATTRIBUTES     "/attributes/"

/* ---- pages ---- */

static int judge_items(const json_t *page, char reason[static REASON_MAX])
{
	for (size_t i = 0; i < json_array_size(page); i++)
		if (!json_is_object(json_array_get(page, i)))
			return reason_refuse(KEYCLOAK_E_JSON, reason,
					     "record %zu of the realm's answer is no object", i);
	return 0;
}

int keycloak_page_parse(const void *bytes, size_t len, bool one, char reason[static REASON_MAX],
			json_t **ret_page)
{
	unsigned root = one ? JSON_ROOT_OBJECT : JSON_ROOT_ARRAY;
	_cleanup_(json_release_p) json_t *json = NULL;
	_cleanup_(json_release_p) json_t *page = NULL;
	int r = json_parse(bytes, len, HTTP_PAGE_MAX, root | JSON_NUL_IS_NULL, &json);

	if (r < 0)
		return r;
	if (r > 0)
		return reason_refuse(KEYCLOAK_E_JSON, reason,
				     "the realm's answer is not a JSON %s (%s): is url the admin "
				     "API, https://HOST/admin/realms/REALM?",
				     one ? "object" : "list", json_reason(r));
	page = one ? json_array() : json_incref(json);
	if (!page || (one && json_array_append(page, json) < 0))
		return -ENOMEM;
	r = judge_items(page, reason);
	if (r == 0)
		*ret_page = TAKE_PTR(page);
	return r;
}

int keycloak_count_parse(const char *bytes, size_t len, uint64_t *ret_count)
{
	uint64_t count = 0;
	size_t digits = 0;

	while (digits < len && bytes[digits] >= '0' && bytes[digits] <= '9' && digits < 10)
		count = count * 10 + (uint64_t)(bytes[digits++] - '0');
	for (size_t i = digits; i < len; i++)
		if (bytes[i] != '\n' && bytes[i] != '\r' && bytes[i] != ' ')
			return KEYCLOAK_E_JSON;
	if (digits == 0)
		return KEYCLOAK_E_JSON;
	*ret_count = count;
	return 0;
}

/* ---- people ---- */

const char *keycloak_id(const json_t *item)
{
	const char *id = json_text(json_object_get(item, "id"), KEYCLOAK_ID_MAX);

	return id && *id ? id : NULL;
}

bool keycloak_is_service(const json_t *user)
{
	const char *name = json_text(json_object_get(user, "username"), KEYCLOAK_ID_MAX);

	return name && strncmp(name, SERVICE_PREFIX, STRLEN(SERVICE_PREFIX)) == 0;
}

/* MUST 1. */
static bool is_active(const struct keycloak_rules *rules, const json_t *user)
{
	const json_t *actions = json_object_get(user, "requiredActions");

	if (!json_is_true(json_object_get(user, "enabled")))
		return false;
	if (rules->need_email && !json_is_true(json_object_get(user, "emailVerified")))
		return false;
	return !rules->need_actions || !actions || json_is_null(actions) ||
	       (json_is_array(actions) && json_array_size(actions) == 0);
}

static const char *full_name(const json_t *user, char gecos[static GECOS_LEN_MAX + 1])
{
	const char *first = json_text(json_object_get(user, "firstName"), GECOS_LEN_MAX);
	const char *last = json_text(json_object_get(user, "lastName"), GECOS_LEN_MAX);
	bool both = first && *first && last && *last;
	int n = snprintf(gecos, GECOS_LEN_MAX + 1, "%s%s%s", first ? first : "", both ? " " : "",
			 last ? last : "");

	return n > 0 && (unsigned)n <= GECOS_LEN_MAX && !flatten_is_personal("", gecos) ? gecos
											: "";
}

int keycloak_user_read(const struct keycloak_rules *rules, const json_t *user,
		       struct keycloak_room *room, char reason[static REASON_MAX],
		       struct dir_user *ret_user)
{
	if (keycloak_is_service(user))
		return KEYCLOAK_E_SERVICE;
	if (scim_user_read(rules->paths, user, &room->scim, reason, ret_user) != 0)
		return KEYCLOAK_E_RECORD;
	ret_user->active = is_active(rules, user);
	if (!rules->paths->gecos)
		ret_user->gecos = full_name(user, room->gecos);
	return 0;
}

/* ---- searches ---- */

/* What may stand in q= without being quoted there; names and subjects are made of it. */
static bool is_plain(const char *text)
{
	return *text && text[strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
					  "0123456789._@+-")] == '\0';
}

/* "/attributes/NAME/0": NAME, in room. */
static bool is_attribute(const char *pointer, char *room, size_t size)
{
	const char *name = pointer + STRLEN(ATTRIBUTES);
	size_t len;

	if (strncmp(pointer, ATTRIBUTES, STRLEN(ATTRIBUTES)) != 0)
		return false;
	len = strcspn(name, "/");
	if (len == 0 || len >= size || strcmp(name + len, "/0") != 0)
		return false;
	memcpy(room, name, len);
	room[len] = '\0';
	return is_plain(room);
}

int keycloak_put_search(struct buf *out, const char *pointer, const char *value)
{
	char attribute[128], pair[512];

	if (strcmp(pointer, "/username") == 0 || strcmp(pointer, "/email") == 0) {
		buf_put_text(out, pointer + 1);
		buf_put_u8(out, '=');
		url_put_escaped(out, value, false);
		buf_put_text(out, "&exact=true");
		return 0;
	}
	if (!is_attribute(pointer, attribute, sizeof(attribute)))
		return KEYCLOAK_E_SEARCH;
	if (!is_plain(value) ||
	    snprintf(pair, sizeof(pair), "%s:%s", attribute, value) >= (int)sizeof(pair))
		return KEYCLOAK_E_RECORD;
	buf_put_text(out, "q=");
	url_put_escaped(out, pair, false);
	return 0;
}
