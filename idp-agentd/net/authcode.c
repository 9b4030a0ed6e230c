/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Authorization code and PKCE. MUST:
 *  1. state, nonce and verifier are random, 128 bits at least, new for every request, and the
 *     challenge is S256: there is no "plain" (RFC 7636 4.2, RFC 9700 2.1.1);
 *  2. an address is an answer only with our state, compared in constant time (RFC 6749 10.12);
 *     where none was sent, one with a state is another's, and signin-code.c asks for what else
 * binds;
 *  3. iss, where it is, is our issuer byte for byte; a platform that says it always must say it
 *     (RFC 9207 2.4); no error is believed before that either;
 *  4. a thing said twice is said by nobody: the address is refused whole (RFC 6749 3.1);
 *  5. what leaves has no control byte and no NUL, however it was escaped.
 */
#include "idp-agentd/net/authcode.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "common/b64url.h"
#include "common/hex.h"
#include "common/reason.h"
#include "idp-agentd/net/json.h"
#include "idp-agentd/net/url.h"

#define AUTHCODE_STATE_BYTES    16u
#define AUTHCODE_VERIFIER_BYTES 32u /* RFC 7636 section 4.1: 43 characters */
#define AUTHCODE_DIGEST_BYTES   32u

/* ---- what binds ---- */

static int authcode_random(size_t n_bytes, struct secret **ret_secret)
{
	uint8_t bytes[AUTHCODE_VERIFIER_BYTES];
	char text[B64URL_ENCODED_LEN(AUTHCODE_VERIFIER_BYTES) + 1];
	int r = secret_random(bytes, n_bytes);

	if (r == 0)
		r = b64url_encode(bytes, n_bytes, text, sizeof(text));
	if (r == 0) {
		*ret_secret = secret_new(text, B64URL_ENCODED_LEN(n_bytes));
		r = *ret_secret ? 0 : -ENOMEM;
	}
	secret_erase(bytes, sizeof(bytes));
	secret_erase(text, sizeof(text));
	return r;
}

int authcode_new(struct authcode *ret_mine)
{
	int r;

	*ret_mine = AUTHCODE_NULL;
	r = authcode_random(AUTHCODE_STATE_BYTES, &ret_mine->state);
	if (r == 0)
		r = authcode_random(AUTHCODE_STATE_BYTES, &ret_mine->nonce);
	if (r == 0)
		r = authcode_random(AUTHCODE_VERIFIER_BYTES, &ret_mine->verifier);
	return r;
}

void authcode_done(struct authcode *mine)
{
	secret_free(mine->state);
	secret_free(mine->nonce);
	secret_free(mine->verifier);
	*mine = AUTHCODE_NULL;
}

int authcode_challenge(const char *verifier, char ret_challenge[static AUTHCODE_CHALLENGE_LEN + 1])
{
	uint8_t digest[AUTHCODE_DIGEST_BYTES];
	unsigned len = 0;

	if (EVP_Digest(verifier, strlen(verifier), digest, &len, EVP_sha256(), NULL) != 1 ||
	    len != sizeof(digest))
		return -EIO;
	return b64url_encode(digest, len, ret_challenge, AUTHCODE_CHALLENGE_LEN + 1);
}

/* ---- asking ---- */

static void authcode_put_wish(struct buf *out, const char *name, const char *value)
{
	if (*value)
		url_put_pair(out, name, value);
}

int authcode_put_request(struct buf *out, const struct authcode *mine,
			 const struct authcode_request *request)
{
	char challenge[AUTHCODE_CHALLENGE_LEN + 1];
	char max_age[16] = "";
	int r = authcode_challenge(mine->verifier->text, challenge);

	if (r < 0)
		return r;
	if (request->max_age != UINT32_MAX)
		IGNORE(snprintf(max_age, sizeof(max_age), "%u", request->max_age) < 0);
	url_put_pair(out, "response_type", "code");
	url_put_pair(out, "redirect_uri", request->redirect_uri);
	if (mine->state)
		url_put_pair(out, "state", mine->state->text);
	url_put_pair(out, "nonce", mine->nonce->text);
	url_put_pair(out, "code_challenge", challenge);
	url_put_pair(out, "code_challenge_method", "S256");
	authcode_put_wish(out, "scope", request->scopes);
	authcode_put_wish(out, "acr_values", request->acr_values);
	authcode_put_wish(out, "max_age", max_age);
	authcode_put_wish(out, request->resource_parameter, request->resource);
	if (request->dpop_jkt)
		url_put_pair(out, "dpop_jkt", request->dpop_jkt);
	return out->error;
}

void authcode_put_url(struct buf *out, const char *endpoint, const struct buf *query)
{
	const char *mark = strchr(endpoint, '?');
	char last = endpoint[strlen(endpoint) - 1];

	buf_put_text(out, endpoint);
	if (!mark)
		buf_put_u8(out, '?');
	else if (last != '?' && last != '&')
		buf_put_u8(out, '&');
	buf_put(out, query->data, query->len);
}

int authcode_pushed_parse(const void *body, size_t len, struct authcode_pushed *ret_pushed)
{
	_cleanup_(json_release_p) json_t *object = NULL;
	const char *uri = NULL;
	int64_t expires_in = 0;
	int r = json_parse(body, len, HTTP_BODY_MAX, JSON_ROOT_OBJECT, &object);

	if (r != 0)
		return r > 0 ? OAUTH_E_JSON : r;
	if (json_get_text(object, "request_uri", AUTHCODE_REQUEST_URI_MAX, &uri) != 0 || !*uri ||
	    json_get_int(object, "expires_in", 1, INT32_MAX, &expires_in) != 0)
		return OAUTH_E_SHAPE;
	for (const char *at = uri; *at; at++)
		if (*at <= ' ' || *at >= 0x7f)
			return OAUTH_E_SHAPE;
	if (expires_in > (int64_t)(FLOW_LIFE_MAX / USEC_PER_SEC))
		expires_in = (int64_t)(FLOW_LIFE_MAX / USEC_PER_SEC);
	memcpy(ret_pushed->request_uri, uri, strlen(uri) + 1);
	ret_pushed->expires_in = (uint32_t)expires_in;
	return 0;
}

bool authcode_redirect_ok(const char *uri)
{
	static const char *const hosts[] = { "127.0.0.1", "[::1]", "localhost" };
	char https[ISSUER_LEN_MAX + 2];

	if (url_is_https(uri))
		return true;
	if (strncmp(uri, "http://", 7) != 0 || strlen(uri) > ISSUER_LEN_MAX)
		return false;
	IGNORE(snprintf(https, sizeof(https), "https://%s", uri + 7) < 0);
	for (size_t i = 0; i < ELEMENTSOF(hosts); i++) {
		size_t len = strlen(hosts[i]);

		if (strncmp(uri + 7, hosts[i], len) == 0 && strchr(":/", uri[7 + len]))
			return url_is_https(https); /* strchr finds the NUL as well */
	}
	return false;
}

/* ---- reading ---- */

/* What an address may say that matters here; texts inside the copy that is read. */
struct authcode_params {
	char *code, *state, *iss, *error, *error_description;
};

/* Decodes a form value in its place. False: malformed, or MUST 5. */
static bool authcode_decode(char *text)
{
	char *to = text;

	for (const char *at = text; *at; at++) {
		int byte = *at == '+' ? ' ' : (uint8_t)*at;

		if (*at == '%') {
			int high = hex_value(at[1]);
			int low = high < 0 ? -1 : hex_value(at[2]);

			if (low < 0)
				return false;
			byte = high << 4 | low;
			at += 2;
		}
		if (byte < ' ' || byte == 0x7f)
			return false;
		*to++ = (char)byte;
	}
	*to = '\0';
	return true;
}

static char **authcode_slot(struct authcode_params *params, const char *name, size_t len)
{
	const struct {
		const char *name;
		char **slot;
	} rows[] = {
		{ "code", &params->code },
		{ "state", &params->state },
		{ "iss", &params->iss },
		{ "error", &params->error },
		{ "error_description", &params->error_description },
	};

	for (size_t i = 0; i < ELEMENTSOF(rows); i++)
		if (strlen(rows[i].name) == len && memcmp(rows[i].name, name, len) == 0)
			return rows[i].slot;
	return NULL;
}

/* Cuts query into its pairs and decodes those that matter. False: MUST 4, 5. */
static bool authcode_split(char *query, struct authcode_params *params)
{
	char *next = query;

	while (next) {
		char *pair = next;
		char *value;
		char **slot;

		next = strchr(pair, '&');
		if (next)
			*next++ = '\0';
		value = strchr(pair, '=');
		slot = value ? authcode_slot(params, pair, (size_t)(value - pair)) : NULL;
		if (!slot)
			continue;
		if (*slot || !authcode_decode(value + 1))
			return false;
		*slot = value + 1;
	}
	return true;
}

static void authcode_take_error(const struct authcode_params *params, struct oauth_error *error)
{
	reason_copy_printable(params->error, error->code, sizeof(error->code));
	reason_copy_printable(params->error_description ? params->error_description : "",
			      error->text, sizeof(error->text));
}

/* MUST 2 */
static int authcode_judge_state(const struct secret *expected, const char *said)
{
	if (!expected)
		return said && *said ? AUTHCODE_E_OTHER : 0;
	if (!said)
		return AUTHCODE_E_CUT;
	return secret_equal(said, strlen(said), expected->text, expected->len) ? 0
									       : AUTHCODE_E_OTHER;
}

static int authcode_judge(const struct authcode_expected *expected,
			  const struct authcode_params *params, struct authcode_answer *answer)
{
	bool code = params->code && *params->code;
	bool error = params->error && *params->error;
	int r;

	if (!code && !error)
		return AUTHCODE_E_NO_CODE;
	if (code && error)
		return AUTHCODE_E_UNCLEAR;
	r = authcode_judge_state(expected->state, params->state);
	if (r != 0)
		return r;
	if (!params->iss && expected->issuer_required) /* MUST 3 */
		return AUTHCODE_E_CUT;
	if (params->iss && strcmp(params->iss, expected->issuer) != 0)
		return AUTHCODE_E_ISSUER;
	if (error) {
		authcode_take_error(params, &answer->error);
		return AUTHCODE_E_REFUSED;
	}
	for (const char *at = params->code; *at; at++)
		if (*at < ' ' || *at > '~') /* RFC 6749 appendix A.11 */
			return AUTHCODE_E_UNCLEAR;
	answer->code = secret_new(params->code, strlen(params->code));
	return answer->code ? 0 : -ENOMEM;
}

/* Where the parameters of text begin; NULL: it has none. */
static char *authcode_query(char *text)
{
	static const char *const names[] = { "code=", "state=", "iss=", "error=" };
	char *mark = strchr(text, '?');

	if (mark)
		return mark + 1;
	for (size_t i = 0; i < ELEMENTSOF(names); i++) /* copied without what is before them */
		if (strncmp(text, names[i], strlen(names[i])) == 0)
			return text;
	return NULL;
}

static int authcode_read_text(const struct authcode_expected *expected, char *text,
			      struct authcode_answer *answer)
{
	struct authcode_params params = { .code = NULL };
	char *query = authcode_query(text);

	if (query) {
		query[strcspn(query, "#")] = '\0';
		return authcode_split(query, &params) ? authcode_judge(expected, &params, answer)
						      : AUTHCODE_E_UNCLEAR;
	}
	if (strstr(text, "://"))
		return AUTHCODE_E_NO_CODE;
	answer->bare = true;
	answer->code = secret_new(text, strlen(text));
	return answer->code ? 0 : -ENOMEM;
}

static bool authcode_is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

int authcode_read(const struct authcode_expected *expected, const char *pasted, size_t len,
		  struct authcode_answer *ret_answer)
{
	_cleanup_(secret_freep) struct secret *copy = NULL;

	*ret_answer = AUTHCODE_ANSWER_NULL;
	while (len > 0 && authcode_is_space(pasted[len - 1]))
		len--;
	while (len > 0 && authcode_is_space(*pasted)) {
		pasted++;
		len--;
	}
	if (len == 0)
		return AUTHCODE_E_EMPTY;
	for (size_t i = 0; i < len; i++)
		if (pasted[i] <= ' ' || pasted[i] >= 0x7f)
			return AUTHCODE_E_UNCLEAR;
	copy = secret_new(pasted, len);
	return copy ? authcode_read_text(expected, copy->text, ret_answer) : -ENOMEM;
}

void authcode_answer_done(struct authcode_answer *answer)
{
	secret_free(answer->code);
	*answer = AUTHCODE_ANSWER_NULL;
}

const char *authcode_repaste(int outcome)
{
	switch (outcome) {
	case AUTHCODE_E_EMPTY:
		return "paste-empty";
	case AUTHCODE_E_UNCLEAR:
		return "paste-unclear";
	case AUTHCODE_E_NO_CODE:
		return "paste-no-code";
	case AUTHCODE_E_CUT:
		return "paste-cut";
	case AUTHCODE_E_OTHER:
		return "paste-other";
	default:
		return NULL;
	}
}
