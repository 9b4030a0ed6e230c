/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The bytes: version 1, then access, refresh, type, scope, acr, amr and sid, each with a length of
 * 32 bits before it, then the five times as 64 bits, little-endian.
 */
#include "idp-agentd/core/grant.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/cursor.h"
#include "common/secret.h"
#include "common/utf8.h"
#include "idp-agentd/core/identity.h"

#define GRANT_VERSION 1u

struct grant *grant_free(struct grant *grant)
{
	if (!grant)
		return NULL;
	secret_free(grant->access);
	secret_free(grant->refresh);
	free(grant->type);
	free(grant->scope);
	free(grant->acr);
	free(grant->amr);
	free(grant->sid);
	free(grant);
	return NULL;
}

/* ---- from the wire ---- */

/* An empty token is none. */
static int take_token(struct wire_in *in, struct secret **ret)
{
	const char *text = wire_get_str(in, WIRE_STRING_MAX);

	if (*text == '\0')
		return 0;
	*ret = secret_new(text, strlen(text));
	return *ret ? 0 : -ENOMEM;
}

static int grant_read_fields(struct wire_in *in, struct grant *grant, const char **ret_resource)
{
	int r;

	grant->type = strdup(wire_get_str(in, CONFIG_NAME_MAX));
	r = take_token(in, &grant->access);
	if (r == 0)
		r = take_token(in, &grant->refresh);
	if (r < 0)
		return r;
	IGNORE(wire_get_str(in, WIRE_STRING_MAX)); /* the ID token: nobody here has a use for it */
	grant->scope = strdup(wire_get_str(in, WIRE_STRING_MAX));
	*ret_resource = wire_get_str(in, WIRE_STRING_MAX);
	grant->expiry = wire_get_u64(in);
	grant->acr = strdup("");
	grant->amr = strdup("");
	grant->sid = strdup("");
	if (!grant->type || !grant->scope || !grant->acr || !grant->amr || !grant->sid)
		return -ENOMEM;
	return wire_close(in);
}

int grant_read(struct wire_in *in, uint64_t now, struct grant **ret_grant,
	       const char **ret_resource)
{
	_cleanup_(grant_freep) struct grant *grant = calloc(1, sizeof(*grant));
	int r;

	if (!grant)
		return -ENOMEM;
	r = grant_read_fields(in, grant, ret_resource);
	if (r < 0)
		return r;
	if (!grant->access || utf8_has_control(grant->type) || utf8_has_control(grant->scope))
		return -EBADMSG;
	grant->got = grant->signed_in = now;
	*ret_grant = TAKE_PTR(grant);
	return 0;
}

/* ---- from the identity ---- */

static char *join(const struct identity_list *list)
{
	struct buf out;
	char *text = NULL;

	buf_init(&out, WIRE_STRING_MAX);
	for (size_t i = 0; i < list->n; i++) {
		buf_put_text(&out, i > 0 ? " " : "");
		buf_put_text(&out, list->items[i]);
	}
	if (buf_end(&out) == 0)
		text = strdup(out.len > 0 ? (const char *)out.data : "");
	buf_done(&out);
	return text;
}

static int replace_text(char **text, char *with)
{
	if (!with)
		return -ENOMEM;
	free(*text);
	*text = with;
	return 0;
}

int grant_set_identity(struct grant *grant, const struct identity *identity)
{
	const char *sid = identity_claim(identity, "/sid");
	int r = replace_text(&grant->acr, strdup(identity->acr));

	if (r == 0)
		r = replace_text(&grant->amr, join(&identity->amr));
	if (r == 0)
		r = replace_text(&grant->sid, strdup(sid ? sid : ""));
	if (r == 0 && *grant->scope == '\0')
		r = replace_text(&grant->scope, join(&identity->scopes));
	grant->auth_time = identity->auth_time;
	return r;
}

/* ---- a refresh ---- */

static int replace_secret(struct secret **secret, const struct secret *with)
{
	struct secret *copy = secret_new(with->text, with->len);

	if (!copy)
		return -ENOMEM;
	secret_free(*secret);
	*secret = copy;
	return 0;
}

static int renew_access(struct grant *grant, const struct grant *fresh)
{
	int r = replace_secret(&grant->access, fresh->access);

	if (r == 0)
		r = replace_text(&grant->type, strdup(fresh->type));
	if (r == 0 && *fresh->scope)
		r = replace_text(&grant->scope, strdup(fresh->scope));
	grant->got = fresh->got;
	grant->expiry = fresh->expiry;
	return r;
}

int grant_renew(struct grant *grant, const struct grant *fresh, bool access)
{
	int r = fresh->refresh ? replace_secret(&grant->refresh, fresh->refresh) : 0;

	return r == 0 && access ? renew_access(grant, fresh) : r;
}

/* ---- bytes ---- */

static void put_bytes(struct buf *out, const char *bytes, size_t len)
{
	buf_put_u32(out, (uint32_t)len);
	buf_put(out, bytes, len);
}

static void put_secret(struct buf *out, const struct secret *secret)
{
	put_bytes(out, secret ? secret->text : "", secret ? secret->len : 0);
}

static void put_text(struct buf *out, const char *text)
{
	put_bytes(out, text, strlen(text));
}

int grant_write(const struct grant *grant, struct buf *out)
{
	buf_put_u8(out, GRANT_VERSION);
	put_secret(out, grant->access);
	put_secret(out, grant->refresh);
	put_text(out, grant->type);
	put_text(out, grant->scope);
	put_text(out, grant->acr);
	put_text(out, grant->amr);
	put_text(out, grant->sid);
	buf_put_u64(out, grant->auth_time);
	buf_put_u64(out, grant->signed_in);
	buf_put_u64(out, grant->got);
	buf_put_u64(out, grant->expiry);
	buf_put_u64(out, grant->until);
	return buf_end(out);
}

static const char *get_bytes(struct cursor *in, size_t *ret_len)
{
	uint32_t len = cursor_get_u32(in);
	const uint8_t *bytes = cursor_get(in, len);

	*ret_len = bytes ? len : 0;
	return bytes ? (const char *)bytes : "";
}

static struct secret *get_secret(struct cursor *in)
{
	size_t len;
	const char *bytes = get_bytes(in, &len);

	return len > 0 ? secret_new(bytes, len) : NULL;
}

static char *get_text(struct cursor *in)
{
	size_t len;
	const char *bytes = get_bytes(in, &len);

	return strndup(bytes, len);
}

int grant_parse(const void *bytes, size_t len, struct grant **ret_grant)
{
	_cleanup_(grant_freep) struct grant *grant = calloc(1, sizeof(*grant));
	struct cursor in;

	if (!grant)
		return -ENOMEM;
	cursor_init(&in, bytes, len);
	if (cursor_get_u8(&in) != GRANT_VERSION)
		return -EBADMSG;
	grant->access = get_secret(&in);
	grant->refresh = get_secret(&in);
	grant->type = get_text(&in);
	grant->scope = get_text(&in);
	grant->acr = get_text(&in);
	grant->amr = get_text(&in);
	grant->sid = get_text(&in);
	grant->auth_time = cursor_get_u64(&in);
	grant->signed_in = cursor_get_u64(&in);
	grant->got = cursor_get_u64(&in);
	grant->expiry = cursor_get_u64(&in);
	grant->until = cursor_get_u64(&in);
	if (!grant->type || !grant->scope || !grant->acr || !grant->amr || !grant->sid)
		return -ENOMEM;
	if (cursor_end(&in) < 0 || !grant->access)
		return -EBADMSG;
	*ret_grant = TAKE_PTR(grant);
	return 0;
}

/* ---- how long ---- */

bool grant_is_bound(const struct grant *grant)
{
	return strcasecmp(grant->type, "Bearer") != 0;
}

static uint64_t grant_end(const struct grant *grant)
{
	return grant->expiry ? grant->expiry : grant->got + TOKEN_LIFE_UNSAID / USEC_PER_SEC;
}

/* A token from the future is one of another clock: nobody knows what is left of it. */
bool grant_is_alive(const struct grant *grant, uint64_t now)
{
	return grant->got <= now + TOKEN_LEEWAY_SEC && now < grant_end(grant);
}

bool grant_is_fresh(const struct grant *grant, uint64_t now)
{
	uint64_t end = grant_end(grant);
	uint64_t life = end > grant->got ? end - grant->got : 0;
	uint64_t margin = TOKEN_LIFE_LEFT / USEC_PER_SEC;

	if (life / 5 > margin)
		margin = life / 5;
	return grant_is_alive(grant, now) && end - now > margin;
}
