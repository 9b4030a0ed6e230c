/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * MUST
 * 1. No byte of a value leaves its quotes: quote, backslash and every control are escaped (RFC
 *    8259 section 7), and what is not UTF-8 is refused, not passed on.
 * 2. What is signed is exactly what is sent.
 */
#include "idp-agentd/core/compact.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/b64url.h"
#include "common/secret.h"
#include "common/utf8.h"
#include "idp-agentd/core/key.h"

#define COMPACT_JTI_BYTES 16u

/* MUST 1. */
static void compact_put_quoted(struct buf *json, const char *text)
{
	size_t left = strnlen(text, COMPACT_TEXT_MAX + 1);

	if (left > COMPACT_TEXT_MAX) {
		json->error = -EMSGSIZE;
		return;
	}
	buf_put_u8(json, '"');
	while (left > 0) {
		uint32_t c = 0;
		size_t n = utf8_decode(text, left, &c);

		if (n == 0) {
			json->error = -EBADMSG;
			return;
		}
		if (c < 0x20 || c == 0x7f)
			buf_printf(json, "\\u%04x", (unsigned)c);
		else if (c == '"' || c == '\\')
			buf_printf(json, "\\%c", (int)c);
		else
			buf_put(json, text, n);
		text += n;
		left -= n;
	}
	buf_put_u8(json, '"');
}

static void compact_put_name(struct buf *json, const char *name)
{
	buf_put_u8(json, json->len == 0 ? '{' : ',');
	buf_printf(json, "\"%s\":", name);
}

void compact_put_text(struct buf *json, const char *name, const char *value)
{
	compact_put_name(json, name);
	compact_put_quoted(json, value);
}

void compact_put_number(struct buf *json, const char *name, uint64_t value)
{
	compact_put_name(json, name);
	buf_printf(json, "%llu", (unsigned long long)value);
}

void compact_put_json(struct buf *json, const char *name, const char *value)
{
	compact_put_name(json, name);
	buf_put_text(json, value);
}

void compact_put_jti(struct buf *json)
{
	uint8_t bytes[COMPACT_JTI_BYTES];
	char text[B64URL_ENCODED_LEN(COMPACT_JTI_BYTES) + 1];
	int r = secret_random(bytes, sizeof(bytes));

	if (r == 0)
		r = b64url_encode(bytes, sizeof(bytes), text, sizeof(text));
	if (r == 0)
		compact_put_text(json, "jti", text);
	else
		json->error = r;
}

/* ---- putting it together ---- */

static int compact_put_part(struct buf *token, const void *bytes, size_t len)
{
	size_t room = B64URL_ENCODED_LEN(len) + 1;
	_cleanup_free_ char *text = malloc(room);
	int r;

	if (!text)
		return -ENOMEM;
	r = b64url_encode(bytes, len, text, room);
	if (r == 0)
		buf_put_text(token, text);
	secret_erase(text, room);
	return r;
}

static int compact_put_object(struct buf *token, struct buf *json)
{
	int r;

	buf_put_u8(json, '}');
	r = buf_end(json);
	return r < 0 ? r : compact_put_part(token, json->data, json->len);
}

int compact_compose(struct buf *header, struct buf *payload, struct buf *token)
{
	int r = compact_put_object(token, header);

	if (r < 0)
		return r;
	buf_put_u8(token, '.');
	r = compact_put_object(token, payload);
	return r < 0 ? r : buf_end(token);
}

int compact_finish(struct buf *token, const void *signature, size_t len, struct secret **ret_token)
{
	int r;

	buf_put_u8(token, '.');
	r = compact_put_part(token, signature, len);
	if (r == 0)
		r = buf_end(token);
	if (r < 0)
		return r;
	*ret_token = secret_new(token->data, token->len);
	return *ret_token ? 0 : -ENOMEM;
}

int compact_sign(const struct key *key, struct buf *header, struct buf *payload,
		 struct secret **ret_token)
{
	_cleanup_(buf_done) struct buf token, signature;
	int r;

	buf_init_secret(&token, COMPACT_TOKEN_MAX);
	buf_init(&signature, COMPACT_TEXT_MAX);
	r = compact_compose(header, payload, &token);
	if (r == 0)
		r = key_sign(key, token.data, token.len, &signature);
	if (r == 0)
		r = buf_end(&signature);
	return r < 0 ? r : compact_finish(&token, signature.data, signature.len, ret_token);
}
