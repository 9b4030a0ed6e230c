/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "idp-agentd/net/jws.h"

/*
 * The gate for signed tokens.
 *
 * MUST
 *  1. Exactly one compact JWS: three parts, header and signature not empty, at most JWS_LEN_MAX
 * (RFC 7515 section 7.1; CVE-2025-4658, one more signature). Never the JSON serialization, never a
 *     nested token. Detached content is no content: the signature is over the empty payload.
 *  2. Canonical base64url, no padding, no white space (RFC 7515 section 2).
 *  3. The header is one JSON object, no member twice, every member we read of its type.
 *  4. alg is one of the policy's, by its exact name (RFC 8725 section 3.1). There is no code for
 *     "none" or HMAC at all (RFC 8725 sections 2.1, 3.2).
 *  5. The key fixes the algorithm (jwk.c MUST 2) and is chosen from the platform's set only; jku,
 *     x5u, jwk, x5c in a header are never read (RFC 8725 section 3.10).
 *  6. Any crit, and any b64, is refused (RFC 7515 section 4.1.11, RFC 7797): we know no extension.
 *  7. typ is the one of the use (RFC 8725 sections 3.11, 3.12; RFC 9068 section 4), so that a token
 *     of one kind never passes for another.
 *  8. No payload leaves before its signature is verified; a hint (jws_hint()) is no payload.
 *  9. A proof of possession (RFC 9449 section 4.2) is known by the public key in its header, and is
 *     verified with that; a token that has one there is no access token, whatever its typ says.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/b64url.h"
#include "common/limits.h"
#include "common/secret.h"
#include "idp-agentd/net/json.h"
#include "idp-agentd/net/jwks.h"

#define SIGNATURE_MAX 1024u /* RSA of 8192 bits */
#define TYP_PREFIX    "application/"

struct part {
	const char *text;
	size_t len;
};

/* ---- MUST 1, 2: the three parts ---- */

static int split(const char *token, size_t len, struct part parts[static 3])
{
	const char *at = token, *end = token + len;

	if (len == 0 || len > JWS_LEN_MAX)
		return JWS_E_SIZE;
	for (size_t i = 0; i < 3; i++) {
		const char *dot = i < 2 ? memchr(at, '.', (size_t)(end - at)) : end;

		if (!dot || (dot == at && i != 1))
			return JWS_E_SHAPE;
		parts[i] = (struct part){ at, (size_t)(dot - at) };
		at = dot + 1;
	}
	return memchr(parts[2].text, '.', parts[2].len) ? JWS_E_SHAPE : 0;
}

/* Decodes a part into memory with a NUL behind it. */
static int decode(const struct part *part, uint8_t **ret_bytes, size_t *ret_len)
{
	size_t room = B64URL_DECODED_MAX(part->len), n = 0;
	_cleanup_free_ uint8_t *bytes = malloc(room + 1);

	if (!bytes)
		return -ENOMEM;
	if (b64url_decode(part->text, part->len, bytes, room, &n) < 0)
		return JWS_E_ENCODING;
	bytes[n] = 0;
	*ret_bytes = TAKE_PTR(bytes);
	*ret_len = n;
	return 0;
}

/* ---- MUST 3 to 7: the header ---- */

/* A text member of the header into out; absent leaves it alone. Unlike json_get_text(), null is not
 * absent here: no signer writes it. */
static int take_text(const json_t *header, const char *name, char *out, size_t max, bool *ret_there)
{
	const json_t *value = json_object_get(header, name);
	const char *text = NULL;

	if (!value)
		return 0;
	text = json_text(value, max);
	if (!text || *text == '\0')
		return JWS_E_HEADER;
	memcpy(out, text, strlen(text) + 1);
	if (ret_there)
		*ret_there = true;
	return 0;
}

/* RFC 7515 section 4.1.9: a media type, compared without case, "application/" may be left out. */
static bool typ_is(const char *typ, const char *wanted)
{
	if (strncasecmp(typ, TYP_PREFIX, STRLEN(TYP_PREFIX)) == 0)
		typ += STRLEN(TYP_PREFIX);
	if (strncasecmp(wanted, TYP_PREFIX, STRLEN(TYP_PREFIX)) == 0)
		wanted += STRLEN(TYP_PREFIX);
	return strcasecmp(typ, wanted) == 0;
}

static bool typ_is_one_of(const char *typ, const char *words)
{
	char word[JWS_TYP_MAX + 1];

	for (const char *at = words; *at; at += strspn(at, " ")) {
		size_t n = strcspn(at, " ");

		if (n < sizeof(word)) {
			memcpy(word, at, n);
			word[n] = '\0';
			if (typ_is(typ, word))
				return true;
		}
		at += n;
	}
	return false;
}

/* MUST 7. */
static bool typ_fits(const struct jws_policy *policy, const char *typ)
{
	if (policy->use == JWS_USE_NONE)
		return false;
	if (policy->typ)
		return typ_is_one_of(typ, policy->typ);
	switch (policy->use) {
	case JWS_USE_NONE:
		break;
	case JWS_USE_ID_TOKEN:
	case JWS_USE_USERINFO:
		return *typ == '\0' || typ_is(typ, "JWT");
	case JWS_USE_ACCESS_TOKEN:
		return typ_is(typ, "at+jwt");
	case JWS_USE_EVENT:
		return typ_is(typ, "secevent+jwt");
	case JWS_USE_LOGOUT:
		return typ_is(typ, "logout+jwt");
	case JWS_USE_PROOF:
		return typ_is(typ, "dpop+jwt");
	}
	return false;
}

static int check_alg(const struct jws_policy *policy, const json_t *header, struct jws *jws)
{
	const char *name = json_text(json_object_get(header, "alg"), JWS_TYP_MAX);

	if (!name)
		return JWS_E_HEADER;
	jws->alg = jose_alg_from_name(name, strlen(name));
	if (jws->alg == JOSE_NO_ALG || !(policy->algs & JOSE_ALG_BIT(jws->alg))) /* MUST 4 */
		return JWS_E_ALG;
	return 0;
}

static int check_header(const struct jws_policy *policy, const json_t *header, struct jws *jws)
{
	char cty[JWS_TYP_MAX + 1] = "";
	int r = take_text(header, "kid", jws->kid, JWK_KID_MAX, &jws->has_kid);

	if (r == 0)
		r = take_text(header, "typ", jws->typ, JWS_TYP_MAX, NULL);
	if (r == 0)
		r = take_text(header, "cty", cty, JWS_TYP_MAX, NULL);
	if (r == 0)
		r = check_alg(policy, header, jws);
	if (r != 0)
		return r;
	if (json_object_get(header, "crit") || json_object_get(header, "b64")) /* MUST 6 */
		return JWS_E_CRIT;
	if (typ_is(cty, "JWT") || !typ_fits(policy, jws->typ)) /* MUST 1, 7 */
		return JWS_E_TYP;
	if (policy->use == JWS_USE_ACCESS_TOKEN && json_object_get(header, "jwk")) /* MUST 9 */
		return JWS_E_TYP;
	return 0;
}

/* Checked; the header is the caller's. */
static int read_header(const struct jws_policy *policy, const struct part *part, struct jws *jws,
		       json_t **ret_header)
{
	_cleanup_(json_release_p) json_t *header = NULL;
	_cleanup_free_ uint8_t *bytes = NULL;
	size_t len = 0;
	int r = decode(part, &bytes, &len);

	if (r != 0)
		return r;
	r = json_parse(bytes, len, JWS_LEN_MAX, JSON_ROOT_OBJECT, &header);
	if (r != 0)
		return r < 0 ? r : JWS_E_HEADER;
	r = check_header(policy, header, jws);
	if (r == 0)
		*ret_header = TAKE_PTR(header);
	return r;
}

/* ---- MUST 5: the key and the signature ---- */

/* Where the key is: in the platform's set, or, of a proof, the one it brought. */
struct key_place {
	struct jwks *keys;
	struct jwk *own; /* NULL: keys has it */
};

static int select_key(struct jwks *keys, const struct jws *jws, struct jwk **ret_key)
{
	int r = jwks_select(keys, jws->has_kid ? jws->kid : NULL, jws->alg, ret_key);

	if (r == JWKS_E_UNKNOWN_KEY)
		return JWS_E_UNKNOWN_KEY;
	return r > 0 ? JWS_E_KEY : r;
}

static int check_signature(const struct part parts[static 3], const struct key_place *place,
			   struct jws *jws)
{
	uint8_t signature[SIGNATURE_MAX + 1];
	struct jwk *key = place->own;
	size_t len = 0;
	int r = b64url_decode(parts[2].text, parts[2].len, signature, sizeof(signature), &len);

	if (r < 0)
		return r == -ENOSPC ? JWS_E_SIGNATURE : JWS_E_ENCODING;
	r = key ? 0 : select_key(place->keys, jws, &key);
	if (r != 0)
		return r;
	r = jwk_verify(key, jws->alg, parts[0].text, parts[0].len + 1 + parts[1].len, signature,
		       len);
	if (r > 0)
		return JWS_E_SIGNATURE;
	if (r == 0)
		memcpy(jws->thumbprint, jwk_thumbprint(key), sizeof(jws->thumbprint));
	return r;
}

/* MUST 9: the key in the header, which must be a public one that fits. */
static int take_own_key(const json_t *header, const struct jws *jws, struct jwk **ret_key)
{
	_cleanup_(jwk_freep) struct jwk *key = NULL;
	const json_t *jwk = json_object_get(header, "jwk");
	int r = jwk ? jwk_parse(jwk, &key) : JWS_E_TYP;

	if (r < 0 || !jwk)
		return r;
	if (r > 0 || !jwk_fits(key, jws->alg))
		return JWS_E_KEY;
	*ret_key = TAKE_PTR(key);
	return 0;
}

static int verify(const struct jws_policy *policy, const char *token, size_t len, struct jwks *keys,
		  struct jws *ret_jws)
{
	struct part parts[3] = { { NULL, 0 } };
	_cleanup_(json_release_p) json_t *header = NULL;
	_cleanup_(jwk_freep) struct jwk *own = NULL;
	_cleanup_free_ uint8_t *payload = NULL;
	size_t payload_len = 0;
	int r = split(token, len, parts);

	if (r == 0)
		r = read_header(policy, &parts[0], ret_jws, &header);
	if (r == 0 && !keys)
		r = take_own_key(header, ret_jws, &own);
	if (r == 0)
		r = decode(&parts[1], &payload, &payload_len);
	if (r == 0)
		r = check_signature(parts, &(struct key_place){ keys, own }, ret_jws);
	if (r != 0)
		return r;
	ret_jws->payload = TAKE_PTR(payload); /* MUST 8 */
	ret_jws->payload_len = payload_len;
	return 0;
}

int jws_verify(const struct jws_policy *policy, const char *token, size_t len, struct jwks *keys,
	       struct jws *ret_jws)
{
	*ret_jws = JWS_NULL;
	if (!keys || policy->use == JWS_USE_PROOF)
		return JWS_E_TYP;
	return verify(policy, token, len, keys, ret_jws);
}

int jws_verify_own(const struct jws_policy *policy, const char *token, size_t len,
		   struct jws *ret_jws)
{
	*ret_jws = JWS_NULL;
	if (policy->use != JWS_USE_PROOF)
		return JWS_E_TYP;
	return verify(policy, token, len, NULL, ret_jws);
}

bool jws_hint(const char *token, size_t len, const char *pointer, char *out, size_t room)
{
	struct part parts[3] = { { NULL, 0 } };
	_cleanup_(json_release_p) json_t *claims = NULL;
	_cleanup_free_ uint8_t *payload = NULL;
	size_t payload_len = 0;
	const char *text;

	if (room == 0 || split(token, len, parts) != 0 ||
	    decode(&parts[1], &payload, &payload_len) != 0 ||
	    json_parse(payload, payload_len, JWS_LEN_MAX, JSON_ROOT_OBJECT, &claims) != 0)
		return false;
	text = json_text(json_find(claims, pointer), room - 1);
	if (text)
		memcpy(out, text, strlen(text) + 1);
	return text != NULL;
}

void jws_done(struct jws *jws)
{
	if (jws->payload)
		secret_erase(jws->payload, jws->payload_len);
	free(jws->payload);
	*jws = JWS_NULL;
}

bool jws_wants_new_keys(int outcome, const struct jws *jws)
{
	/* Without a kid a rotation looks like a bad signature. */
	return outcome == JWS_E_UNKNOWN_KEY || (outcome == JWS_E_SIGNATURE && !jws->has_kid);
}

static const struct {
	const char *reason;
	const char *sentence;
} words[] = {
	[JWS_E_SIZE] = { "jws-size", "the token is empty or too long" },
	[JWS_E_SHAPE] = { "jws-shape", "the token does not have exactly three parts" },
	[JWS_E_ENCODING] = { "jws-encoding", "the token is not proper base64url" },
	[JWS_E_HEADER] = { "jws-header", "the token's header is not a proper JSON object" },
	[JWS_E_ALG] = { "jws-alg", "the token's algorithm is not one of those allowed" },
	[JWS_E_CRIT] = { "jws-crit", "the token demands an extension we do not know" },
	[JWS_E_TYP] = { "jws-typ", "the token is of another kind than the one needed here" },
	[JWS_E_UNKNOWN_KEY] = { "jws-unknown-key",
				"the token is signed by a key the platform does not publish" },
	[JWS_E_KEY] = { "jws-key", "the key the token names does not fit its algorithm, or it "
				   "names none and several fit" },
	[JWS_E_SIGNATURE] = { "jws-signature", "the token's signature is not the platform's" },
};

const char *jws_reason(int outcome)
{
	return outcome > 0 && (size_t)outcome < ELEMENTSOF(words) ? words[outcome].reason : "jws";
}

const char *jws_sentence(int outcome)
{
	return outcome > 0 && (size_t)outcome < ELEMENTSOF(words) ? words[outcome].sentence
								  : "the token could not be read";
}
