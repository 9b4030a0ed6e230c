/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * MUST:
 *  1. a proof is for one request: to a place the configuration names (pin.h), or beside a token
 *     that it names (ath) and that whoever asks has got from here;
 *  2. nothing but the claims below is ever signed with this key: it can make no assertion;
 *  3. the key is kept in memory only, and shown by its public half only.
 */
#include "idp-agentd/core/proof.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/buf.h"
#include "common/reason.h"
#include "idp-agentd/core/compact.h"
#include "idp-agentd/core/config.h"
#include "idp-agentd/core/key.h"
#include "idp-agentd/core/pin.h"

#define PROOF_ATH_LEN 43u /* base64url of SHA-256 */

static bool proof_is_ath(const char *text)
{
	return strlen(text) == PROOF_ATH_LEN &&
	       strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") ==
		       PROOF_ATH_LEN;
}

/* RFC 9449 section 8.1: 1*NQCHAR, visible ASCII but quote and backslash. */
static bool proof_is_nonce(const char *text)
{
	size_t len = strnlen(text, DPOP_NONCE_MAX + 1);

	for (size_t i = 0; i < len; i++)
		if (text[i] <= ' ' || text[i] > '~' || text[i] == '"' || text[i] == '\\')
			return false;
	return len <= DPOP_NONCE_MAX;
}

static bool proof_is_method(const char *text)
{
	static const char *const methods[] = { "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE" };

	for (size_t i = 0; i < ELEMENTSOF(methods); i++)
		if (strcmp(text, methods[i]) == 0)
			return true;
	return false;
}

static int proof_check(const struct config *config, const struct config_provider *provider,
		       const struct proof_order *order, char reason[static REASON_MAX])
{
	char shown[80];

	if (!provider->dpop)
		return reason_refuse(-EINVAL, reason, "[provider %.60s] has no dpop = yes",
				     provider->name);
	if ((strcmp(order->method, "GET") != 0 && strcmp(order->method, "POST") != 0) ||
	    !proof_is_nonce(order->nonce) || (*order->ath && !proof_is_ath(order->ath)))
		return reason_refuse(-EINVAL, reason, "that is no request a proof is made for");
	if (pin_target(config, provider, order->target))
		return 0;
	reason_copy_printable(order->target, shown, sizeof(shown));
	return reason_refuse(
		-EACCES, reason,
		"%s is no place of [provider %.60s]: if it is the platform's own, "
		"write token_endpoint or userinfo_endpoint; if not, idp-netd was misled",
		shown, provider->name);
}

static int proof_put_header(const struct key *key, struct buf *header)
{
	_cleanup_(buf_done) struct buf jwk;
	int r;

	buf_init(&jwk, COMPACT_JSON_MAX);
	key_put_jwk(key, &jwk);
	r = buf_end(&jwk);
	if (r < 0)
		return r;
	compact_put_text(header, "alg", key_alg(key));
	compact_put_json(header, "jwk", (const char *)jwk.data);
	compact_put_text(header, "typ", "dpop+jwt");
	return 0;
}

static int proof_sign(const struct key *key, const struct proof_order *order, uint64_t now,
		      struct secret **ret_proof)
{
	_cleanup_(buf_done) struct buf header, payload;
	int r;

	buf_init(&header, COMPACT_JSON_MAX);
	buf_init(&payload, COMPACT_JSON_MAX);
	r = proof_put_header(key, &header);
	if (r < 0)
		return r;
	compact_put_jti(&payload);
	compact_put_text(&payload, "htm", order->method);
	compact_put_text(&payload, "htu", order->target);
	compact_put_number(&payload, "iat", now);
	if (*order->nonce)
		compact_put_text(&payload, "nonce", order->nonce);
	if (*order->ath)
		compact_put_text(&payload, "ath", order->ath);
	return compact_sign(key, &header, &payload, ret_proof);
}

int proof_make_with(const struct key *key, const struct proof_order *order, uint64_t now,
		    char reason[static REASON_MAX], struct secret **ret_proof)
{
	int r;

	if (!proof_is_method(order->method) || !proof_is_nonce(order->nonce) ||
	    (*order->ath && !proof_is_ath(order->ath)) || strpbrk(order->target, "?#"))
		return reason_refuse(-EINVAL, reason, "that is no request a proof is made for");
	r = proof_sign(key, order, now, ret_proof);
	if (r < 0)
		reason_format(reason, REASON_MAX, "no proof could be made: %s",
			      strerrordesc_np(-r));
	return r;
}

int proof_make(const struct config *config, const struct config_provider *provider,
	       struct key **key, const struct proof_order *order, uint64_t now,
	       char reason[static REASON_MAX], struct secret **ret_proof)
{
	int r = proof_check(config, provider, order, reason);

	if (r < 0)
		return r;
	if (!*key)
		r = key_generate(key);
	if (r == 0)
		r = proof_sign(*key, order, now, ret_proof);
	if (r < 0)
		reason_format(reason, REASON_MAX, "no proof could be made: %s",
			      strerrordesc_np(-r));
	return r;
}
