/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * MUST:
 *  1. nothing stands in it that the platform does not ask for: no nbf, no further member of the
 *     header;
 *  2. kid is the thumbprint of the key that signs (RFC 7638), never a word somebody wrote;
 *  3. no two are alike (jti), and each is good for a minute.
 */
#include "idp-agentd/core/voucher-mint.h"

#include <errno.h>
#include <string.h>

#include "common/buf.h"
#include "common/reason.h"
#include "idp-agentd/core/compact.h"
#include "idp-agentd/core/key.h"
#include "idp-agentd/core/signer.h"

bool voucher_is_digest(const char *text)
{
	return strlen(text) == VOUCHER_DIGEST_LEN &&
	       strspn(text, "0123456789abcdef") == VOUCHER_DIGEST_LEN;
}

static void put_payload(const struct voucher_claims *claims, uint64_t now, struct buf *payload)
{
	char digest[VOUCHER_DIGEST_LEN + 64];
	struct buf object;

	compact_put_text(payload, "iss", claims->client_id);
	compact_put_text(payload, "sub", claims->client_id);
	compact_put_text(payload, "aud", claims->audience);
	compact_put_jti(payload);
	compact_put_number(payload, "iat", now);
	compact_put_number(payload, "exp", now + SIGNER_LIFE);
	if (claims->purpose)
		compact_put_text(payload, "purposeId", claims->purpose);
	if (!claims->digest)
		return;
	buf_init_fixed(&object, digest, sizeof(digest));
	compact_put_text(&object, "alg", "SHA256");
	compact_put_text(&object, "value", claims->digest);
	buf_put_u8(&object, '}');
	if (buf_end(&object) == 0)
		compact_put_json(payload, "digest", digest);
	else
		payload->error = -EMSGSIZE;
}

int voucher_mint(const struct key *key, const struct voucher_claims *claims, uint64_t now,
		 char reason[static REASON_MAX], struct secret **ret_assertion)
{
	_cleanup_(buf_done) struct buf header, payload;
	char kid[KEY_THUMBPRINT_LEN + 1];
	int r;

	buf_init(&header, COMPACT_JSON_MAX);
	buf_init(&payload, COMPACT_JSON_MAX);
	if (strcmp(key_alg(key), "RS256") != 0)
		return reason_refuse(-EINVAL, reason, "vouchers are asked for with RS256 only");
	if (claims->digest && !voucher_is_digest(claims->digest))
		return reason_refuse(-EINVAL, reason,
				     "a digest has %u digits of 0-9 and a-f, in lower case",
				     VOUCHER_DIGEST_LEN);
	r = key_thumbprint(key, kid); /* MUST 2 */
	if (r == 0) {
		compact_put_text(&header, "alg", key_alg(key));
		compact_put_text(&header, "kid", kid);
		compact_put_text(&header, "typ", "JWT");
		put_payload(claims, now, &payload);
		r = compact_sign(key, &header, &payload, ret_assertion);
	}
	if (r < 0)
		reason_format(reason, REASON_MAX, "no assertion could be made: %s",
			      strerrordesc_np(-r));
	return r;
}
