/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * MUST: a voucher is copied once, into memory that is erased; it is made of nothing but what a
 * compact JWS is made of, since it will stand in a header.
 */
#include "idp-agentd/net/voucher-read.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/b64url.h"
#include "common/reason.h"
#include "common/secret.h"
#include "idp-agentd/net/json.h"
#include "idp-agentd/net/oauth.h"

#define VOUCHER_LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
#define VOUCHER_PARTS   3u

/* ---- the token ---- */

/* One part as a JSON object. */
static int voucher_read_part(const char *text, size_t len, json_t **ret_object)
{
	size_t room = B64URL_DECODED_MAX(len), n = 0;
	uint8_t *bytes = malloc(room);
	int r;

	if (!bytes)
		return -ENOMEM;
	r = b64url_decode(text, len, bytes, room, &n);
	r = r < 0 ? VOUCHER_E_TOKEN
		  : json_parse(bytes, n, JWS_LEN_MAX, JSON_ROOT_OBJECT, ret_object);
	secret_erase(bytes, room);
	free(bytes);
	return r > 0 ? VOUCHER_E_TOKEN : r;
}

static int voucher_read_token(const struct secret *token, struct voucher_answer *answer)
{
	_cleanup_(json_release_p) json_t *header = NULL;
	size_t lens[VOUCHER_PARTS] = { 0 };
	const char *at = token->text, *parts[VOUCHER_PARTS], *typ = NULL;
	int r;

	for (size_t i = 0; i < VOUCHER_PARTS; i++) {
		parts[i] = at;
		lens[i] = strspn(at, VOUCHER_LETTERS);
		if (lens[i] == 0 || at[lens[i]] != (i + 1 < VOUCHER_PARTS ? '.' : '\0'))
			return VOUCHER_E_TOKEN;
		at += lens[i] + 1;
	}
	r = voucher_read_part(parts[0], lens[0], &header);
	if (r == 0)
		r = voucher_read_part(parts[1], lens[1], &answer->claims);
	if (r != 0)
		return r;
	r = json_get_text(header, "typ", JWS_TYP_MAX, &typ);
	if (r == JSON_E_TYPE)
		return VOUCHER_E_TOKEN;
	reason_copy_printable(typ ? typ : "", answer->typ, sizeof(answer->typ));
	return 0;
}

/* ---- the answer ---- */

static int voucher_read_members(const json_t *object, struct voucher_answer *answer)
{
	const char *text = NULL;
	int r = json_get_text(object, "token_type", VOUCHER_TYPE_MAX, &text);

	if (r != 0)
		return VOUCHER_E_SHAPE;
	reason_copy_printable(text, answer->type, sizeof(answer->type));
	r = json_get_int(object, "expires_in", 0, INT32_MAX, &answer->expires_in);
	if (r != 0 && r != JSON_E_ABSENT)
		return VOUCHER_E_SHAPE;
	if (json_get_text(object, "access_token", JWS_LEN_MAX, &text) != 0)
		return VOUCHER_E_SHAPE;
	answer->voucher = secret_new(text, strlen(text));
	return answer->voucher ? 0 : -ENOMEM;
}

int voucher_read(const void *body, size_t len, struct voucher_answer *ret_answer)
{
	_cleanup_(json_release_p) json_t *object = NULL;
	int r;

	*ret_answer = VOUCHER_ANSWER_NULL;
	r = json_parse(body, len, HTTP_BODY_MAX, JSON_ROOT_OBJECT, &object);
	if (r != 0)
		return r < 0 ? r : VOUCHER_E_JSON;
	r = voucher_read_members(object, ret_answer);
	return r != 0 ? r : voucher_read_token(ret_answer->voucher, ret_answer);
}

void voucher_answer_done(struct voucher_answer *answer)
{
	answer->voucher = secret_free(answer->voucher);
	json_release_p(&answer->claims);
	*answer = VOUCHER_ANSWER_NULL;
}

/* ---- a refusal ---- */

void voucher_read_problem(const void *body, size_t len, struct voucher_problem *ret_problem)
{
	_cleanup_(json_release_p) json_t *object = NULL;
	const json_t *first;
	struct oauth_error error;
	const char *text = NULL;

	oauth_error_parse(body, len, &error);
	*ret_problem = (struct voucher_problem){ .code = "" };
	memcpy(ret_problem->code, error.code, sizeof(error.code));
	memcpy(ret_problem->text, error.text, sizeof(error.text));
	if (json_parse(body, len, HTTP_BODY_MAX, JSON_ROOT_OBJECT, &object) != 0)
		return;
	first = json_array_get(json_object_get(object, "errors"), 0); /* NULL is taken by both */
	if (!json_is_object(first))
		return;
	if (json_get_text(first, "code", HTTP_BODY_MAX, &text) == 0)
		reason_copy_printable(text, ret_problem->code, sizeof(ret_problem->code));
	if (json_get_text(first, "detail", HTTP_BODY_MAX, &text) == 0)
		reason_copy_printable(text, ret_problem->text, sizeof(ret_problem->text));
}

const char *voucher_sentence(int outcome)
{
	switch (outcome) {
	case VOUCHER_E_JSON:
		return "the platform's answer is not a JSON object";
	case VOUCHER_E_SHAPE:
		return "the platform's answer lacks access_token or token_type, or one of its "
		       "members is of the wrong kind";
	case VOUCHER_E_TOKEN:
		return "what the platform gave is not a signed token";
	default:
		return "the platform's answer could not be read";
	}
}
