/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * SCIM resources. MUST:
 *  1. a uid or gid that is there and unusable refuses the record: another must not be invented; so
 *     does an end of the account: whom it means to keep out must not come in;
 *  2. active is true only when it says so or says nothing;
 *  3. a value in a filter is quoted by JSON's rules (RFC 7644 section 3.4.2.2), control bytes are
 *     refused;
 *  4. the number of a group is never taken for that of a person, nor the other way round.
 */
#include "idp-agentd/net/scim.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "common/reason.h"
#include "idp-agentd/net/directory.h"
#include "idp-agentd/net/flatten.h"
#include "idp-agentd/net/json.h"
#include "idp-agentd/net/scim-attributes.h"

/* ---- pages ---- */

static int scim_page_total(const json_t *json, bool by_cursor, uint64_t *ret_total)
{
	int64_t total = 0;
	int r = json_get_int(json, "totalResults", 0, DIR_RECORDS_MAX, &total);

	*ret_total = r == 0 ? (uint64_t)total : UINT64_MAX;
	return by_cursor && r == JSON_E_ABSENT ? 0 : r;
}

/* "" is no cursor: some say so on the last page. */
static int scim_page_next(const json_t *json, const char **ret_next)
{
	int r = json_get_text(json, "nextCursor", SCIM_CURSOR_MAX, ret_next);

	if (r != 0 || !**ret_next)
		*ret_next = NULL;
	return r == JSON_E_ABSENT ? 0 : r;
}

int scim_page_parse(const void *bytes, size_t len, bool by_cursor, char reason[static REASON_MAX],
		    struct scim_page *ret_page)
{
	_cleanup_(json_release_p) json_t *json = NULL;
	const char *next = NULL;
	const json_t *resources;
	uint64_t total = 0;
	int64_t start = 0;
	int r = json_parse(bytes, len, HTTP_PAGE_MAX, JSON_ROOT_OBJECT | JSON_NUL_IS_NULL, &json);

	if (r < 0)
		return r;
	if (r > 0)
		return reason_refuse(SCIM_E_JSON, reason,
				     "the directory's answer is not one JSON object (%s)",
				     json_reason(r));
	if (scim_page_total(json, by_cursor, &total) != 0)
		return reason_refuse(
			SCIM_E_SHAPE, reason,
			"the directory's answer has no totalResults that is a number up to %u",
			DIR_RECORDS_MAX);
	r = json_get_int(json, "startIndex", 0, INT32_MAX, &start);
	if (r != 0 && r != JSON_E_ABSENT)
		return reason_refuse(SCIM_E_SHAPE, reason,
				     "startIndex of the directory's answer is no number");
	if (by_cursor && scim_page_next(json, &next) != 0)
		return reason_refuse(SCIM_E_SHAPE, reason,
				     "nextCursor of the directory's answer is no text of %u bytes",
				     SCIM_CURSOR_MAX);
	resources = json_object_get(json, "Resources");
	if (resources && !json_is_array(resources))
		return reason_refuse(SCIM_E_SHAPE, reason,
				     "Resources of the directory's answer is no list");
	/* RFC 7644 section 3.4.2: Resources may be left out only when there are none. */
	if (!resources && total > 0 && !by_cursor)
		return reason_refuse(SCIM_E_SHAPE, reason,
				     "the directory's answer has no Resources");
	*ret_page = (struct scim_page){
		.resources = resources,
		.n = json_array_size(resources),
		.total = total,
		.next = next,
		.start = (uint64_t)start,
	};
	ret_page->json = TAKE_PTR(json);
	return 0;
}

void scim_page_done(struct scim_page *page)
{
	json_release_p(&page->json);
	*page = SCIM_PAGE_NULL;
}

static bool scim_says(const json_t *json, const char *what, const char *member)
{
	return json_is_true(json_object_get(json_object_get(json, what), member));
}

int scim_service_parse(const void *bytes, size_t len, struct scim_service *ret_service)
{
	_cleanup_(json_release_p) json_t *json = NULL;
	int r = json_parse(bytes, len, HTTP_BODY_MAX, JSON_ROOT_OBJECT | JSON_NUL_IS_NULL, &json);

	if (r != 0)
		return r < 0 ? r : SCIM_E_JSON;
	*ret_service = (struct scim_service){
		.filter = scim_says(json, "filter", "supported"),
		.cursor = scim_says(json, "pagination", "cursor"),
	};
	return 0;
}

/* ---- values ---- */

/* "" when absent, of another type or too long. */
static const char *scim_text(const json_t *resource, const char *pointer, size_t max)
{
	const char *text = pointer ? json_text(json_find(resource, pointer), max) : NULL;

	return text ? text : "";
}

/* RFC 7643 wants a text; a number is taken when it can stand for one person only. "": no id. */
static const char *scim_text_id(const json_t *resource, const char *pointer, size_t max,
				char number[static JSON_ID_ROOM])
{
	const char *id = pointer ? json_id(json_find(resource, pointer), max, number) : NULL;

	return id ? id : "";
}

/* LoA is a word or a number. Absent: "". Personal data stays here. */
static const char *scim_word(const json_t *resource, const char *pointer, char *number, size_t room)
{
	const json_t *value = pointer ? json_find(resource, pointer) : NULL;
	const char *text = json_text(value, WIRE_STRING_MAX / 16);

	if (json_is_integer(value) &&
	    snprintf(number, room, "%" JSON_INTEGER_FORMAT, json_integer_value(value)) > 0)
		return number;
	return text && !flatten_is_personal("", text) ? text : "";
}

/* MUST 1. false: it is there, and no id. */
static bool scim_id(const json_t *resource, const char *pointer, uint32_t *ret_id)
{
	const json_t *value = pointer ? json_find(resource, pointer) : NULL;
	const char *text = json_text(value, 10);
	json_int_t number = -1;

	*ret_id = DIR_ID_NONE;
	if (!value || json_is_null(value))
		return true;
	if (json_is_integer(value))
		number = json_integer_value(value);
	else if (text && *text && strspn(text, "0123456789") == strlen(text))
		number = strtoll(text, NULL, 10);
	if (number < 0 || number >= (json_int_t)DIR_ID_NONE)
		return false;
	*ret_id = (uint32_t)number;
	return true;
}

/* Two digits, or -1. */
static int scim_two_digits(const char *text)
{
	if (text[0] < '0' || text[0] > '9' || text[1] < '0' || text[1] > '9')
		return -1;
	return (text[0] - '0') * 10 + (text[1] - '0');
}

/* "Z", "+01:00", "-0500" as seconds east of Greenwich; false when it is none of those. */
static bool scim_parse_zone(const char *text, int *ret_seconds)
{
	const char *at = text + 3;
	int hours, minutes;

	*ret_seconds = 0;
	if (strcmp(text, "Z") == 0)
		return true;
	if (strlen(text) < 5 || (*text != '+' && *text != '-'))
		return false;
	at += *at == ':' ? 1 : 0;
	hours = scim_two_digits(text + 1);
	minutes = scim_two_digits(at);
	if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59 || at[2] != '\0')
		return false;
	*ret_seconds = (*text == '-' ? -60 : 60) * (hours * 60 + minutes);
	return true;
}

uint64_t scim_parse_time(const char *text)
{
	struct tm tm = { .tm_isdst = 0 };
	const char *rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);
	int east = 0;
	time_t time;

	if (!rest)
		return 0;
	if (*rest == '.')
		rest += 1 + strspn(rest + 1, "0123456789");
	if (!scim_parse_zone(rest, &east))
		return 0;
	time = timegm(&tm) - east;
	return time > 0 ? (uint64_t)time : 0;
}

uint64_t scim_meta_time(const json_t *resource, const char *name)
{
	const json_t *time = json_object_get(json_object_get(resource, "meta"), name);
	const char *text = json_text(time, 64);

	return text ? scim_parse_time(text) : 0;
}

/* MUST 1. false: it is there, and no time after 1970; 0: the account does not end. */
static bool scim_end_time(const json_t *resource, const char *pointer, uint64_t *ret_time)
{
	const json_t *value = pointer ? json_find(resource, pointer) : NULL;
	const char *text = json_text(value, 64);

	*ret_time = text ? scim_parse_time(text) : 0;
	return *ret_time != 0 || !value || json_is_null(value) || (text && !*text);
}

/* ---- resources ---- */

/* MUST 2. Names of attributes know no case (RFC 7643 section 2.1), and this one has no setting. */
static bool scim_active(const json_t *resource)
{
	static const char *const names[] = { "active", "Active", "ACTIVE" };

	for (size_t i = 0; i < ELEMENTSOF(names); i++) {
		const json_t *active = json_object_get(resource, names[i]);

		if (active && !json_is_true(active))
			return false;
	}
	return true;
}

static const char *scim_lines(const json_t *resource, const char *pointer,
			      void (*put)(struct buf *out, const json_t *value), char *room,
			      size_t size)
{
	const json_t *value = pointer ? json_find(resource, pointer) : NULL;
	struct buf lines;

	if (!value)
		return "";
	buf_init_fixed(&lines, room, size);
	put(&lines, value);
	return buf_end(&lines) == 0 ? room : "";
}

int scim_user_read(const struct directory_paths *paths, const json_t *resource,
		   struct scim_room *room, char reason[static REASON_MAX],
		   struct dir_user *ret_user)
{
	struct dir_user *user = ret_user;

	*user = (struct dir_user){ .active = scim_active(resource) };
	user->id = scim_text_id(resource, "/id", SCIM_ID_MAX, room->id);
	if (!*user->id)
		return reason_refuse(SCIM_E_RECORD, reason, "a user without an id");
	user->sub = scim_text_id(resource, paths->subject, SUBJECT_LEN_MAX, room->sub);
	user->name = scim_text(resource, paths->name, SCIM_ID_MAX);
	if (!*user->sub || !*user->name)
		return reason_refuse(SCIM_E_RECORD, reason, "user %.100s has no %s (%.60s)",
				     user->id, *user->sub ? "name" : "subject",
				     *user->sub ? paths->name : paths->subject);
	if (!scim_id(resource, paths->uid, &user->uid) ||
	    !scim_id(resource, paths->gid, &user->gid))
		return reason_refuse(SCIM_E_RECORD, reason,
				     "user %.100s has a uid or gid that is no id", user->id);
	if (!scim_end_time(resource, paths->end_time, &user->end_time))
		return reason_refuse(SCIM_E_RECORD, reason,
				     "user %.100s ends at what is no time (%.80s)", user->id,
				     paths->end_time);
	user->gecos = scim_text(resource, paths->gecos, GECOS_LEN_MAX);
	if (flatten_is_personal("", user->gecos))
		user->gecos = "";
	user->home = scim_text(resource, paths->home, PATH_LEN_MAX);
	user->shell = scim_text(resource, paths->shell, PATH_LEN_MAX);
	user->loa = scim_word(resource, paths->loa, room->loa, sizeof(room->loa));
	user->origin = scim_word(resource, paths->origin, room->origin, sizeof(room->origin));
	user->ssh_keys = scim_lines(resource, paths->ssh_keys, scim_put_keys, room->ssh_keys,
				    sizeof(room->ssh_keys));
	user->labels = scim_lines(resource, paths->labels, scim_put_labels, room->labels,
				  sizeof(room->labels));
	return 0;
}

/*
 * MUST 4. The id of a group, in number where it is one: RFC 7643 section 3.1 wants ids that no
 * other resource has, but who numbers people numbers groups as well, each from 1.
 */
static const char *scim_group_id(const char *id, char number[static JSON_ID_ROOM])
{
	char digits[JSON_ID_ROOM];
	size_t len = strlen(id);

	if (len == 0 || len >= JSON_ID_ROOM - STRLEN(SCIM_GROUP_MARK) ||
	    strspn(id, "0123456789") != len)
		return id;
	memcpy(digits, id, len + 1);
	(void)snprintf(number, JSON_ID_ROOM, SCIM_GROUP_MARK "%s", digits);
	return number;
}

static bool scim_member_is_group(const json_t *member)
{
	const char *type = json_text(json_object_get(member, "type"), SCIM_ID_MAX);
	const char *ref = json_text(json_object_get(member, "$ref"), WIRE_STRING_MAX);

	return type ? strcasecmp(type, "Group") == 0 : ref && strstr(ref, "/Groups/");
}

static const char *scim_member(const struct dir_group *group, size_t i,
			       char number[static JSON_ID_ROOM])
{
	const json_t *member = json_array_get(group->members, i);
	const char *id = json_id(json_object_get(member, "value"), SCIM_ID_MAX, number);

	return id && scim_member_is_group(member) ? scim_group_id(id, number) : id;
}

int scim_members_read(const json_t *resource, char reason[static REASON_MAX],
		      struct dir_group *group)
{
	const json_t *members = json_object_get(resource, "members");

	if (members && !json_is_null(members) && !json_is_array(members))
		return reason_refuse(SCIM_E_RECORD, reason, "members of group %.100s is no list",
				     group->id);
	if (json_array_size(members) > GROUP_MEMBERS_MAX)
		return reason_refuse(SCIM_E_RECORD, reason, "group %.100s has more than %u members",
				     group->id, GROUP_MEMBERS_MAX);
	group->members = members;
	group->n_members = json_array_size(members);
	return 0;
}

int scim_group_read(const struct directory_paths *paths, const json_t *resource,
		    struct scim_room *room, char reason[static REASON_MAX],
		    struct dir_group *ret_group)
{
	struct dir_group *group = ret_group;

	*group = (struct dir_group){ .first = true, .last = true, .member = scim_member };
	group->id = scim_text_id(resource, "/id", SCIM_ID_MAX, room->id);
	if (!*group->id)
		return reason_refuse(SCIM_E_RECORD, reason, "a group without an id");
	group->id = scim_group_id(group->id, room->id);
	group->name = scim_text(resource, paths->group_name, SCIM_ID_MAX);
	if (!*group->name)
		return reason_refuse(SCIM_E_RECORD, reason, "group %.100s has no name (%.60s)",
				     group->id, paths->group_name);
	if (!scim_id(resource, paths->group_gid, &group->gid))
		return reason_refuse(SCIM_E_RECORD, reason, "group %.100s has a gid that is no id",
				     group->id);
	return scim_members_read(resource, reason, group);
}

/* ---- filters ---- */

/* "/name/formatted" is name.formatted, "/urn:x:User/uidNumber" is urn:x:User:uidNumber. */
static int scim_put_path(struct buf *out, const char *pointer)
{
	bool urn = false;

	if (*pointer != '/' || !pointer[1])
		return SCIM_E_PATH;
	for (const char *at = pointer; *at == '/';) {
		size_t len = strcspn(at + 1, "/");

		if (len == 0 || memchr(at + 1, '~', len) || strspn(at + 1, "0123456789") >= len)
			return SCIM_E_PATH;
		for (size_t i = 0; i < len; i++)
			if ((unsigned char)at[1 + i] <= ' ' || strchr("\"()[]\\", at[1 + i]))
				return SCIM_E_PATH;
		if (at > pointer)
			buf_put_u8(out, urn ? ':' : '.');
		urn = at == pointer && strncasecmp(at + 1, "urn:", 4) == 0;
		buf_put(out, at + 1, len);
		at += 1 + len;
	}
	return 0;
}

static bool scim_has_attribute(const char *list, const char *name)
{
	size_t len = strlen(name);

	for (const char *at = strstr(list, name); at; at = strstr(at + 1, name))
		if ((at == list || at[-1] == ',') && (at[len] == ',' || at[len] == '\0'))
			return true;
	return false;
}

int scim_put_attribute(struct buf *out, const char *pointer, bool whole)
{
	size_t len = *pointer ? 1 + strcspn(pointer + 1, "/") : 0;
	bool urn = strncasecmp(pointer, "/urn:", 5) == 0;
	char cut[PATH_LEN_MAX + 1];
	struct buf name;
	int r;

	if (urn && !whole && pointer[len])
		len += 1 + strcspn(pointer + len + 1, "/");
	if (len >= sizeof(cut))
		return SCIM_E_PATH;
	memcpy(cut, pointer, len);
	cut[len] = '\0';
	buf_init(&name, PATH_LEN_MAX);
	r = scim_put_path(&name, cut);
	if (r == 0 && (buf_end(&name) < 0 || buf_end(out) < 0))
		r = SCIM_E_PATH;
	if (r == 0 && !scim_has_attribute((const char *)out->data, (const char *)name.data)) {
		buf_put_text(out, out->len > 0 ? "," : "");
		buf_put(out, name.data, name.len);
	}
	buf_done(&name);
	return r;
}

int scim_put_filter(struct buf *out, const char *base, const char *pointer, const char *value)
{
	int r;

	if (base) {
		buf_put_u8(out, '(');
		buf_put_text(out, base);
		buf_put_text(out, ") and ");
	}
	r = scim_put_path(out, pointer);
	if (r != 0)
		return r;
	buf_put_text(out, " eq \"");
	for (const char *at = value; *at; at++) {
		if ((unsigned char)*at < 0x20 || *at == 0x7f)
			return -EINVAL;
		if (*at == '"' || *at == '\\')
			buf_put_u8(out, '\\');
		buf_put_u8(out, (uint8_t)*at);
	}
	buf_put_u8(out, '"');
	return 0;
}
