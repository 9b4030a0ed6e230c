/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "idp-agentd/net/proof-check.h"

/*
 * DPoP proofs that others show.
 *
 * MUST
 *  1. The gate of jws.c: typ dpop+jwt, an asymmetric algorithm of the list, and the signature of
 *     the public key in the header, which fixes the algorithm.
 *  2. htm and htu are those of the request, ath is the hash of the very token beside it, and each
 *     is there (RFC 9449 sections 4.2, 4.3, 7).
 *  3. iat is there and at most PROOF_LIFE_SEC ago, PROOF_AHEAD_SEC ahead, and not from before the
 *     memory of what was seen begins.
 *  4. jti is there, and no proof passes twice within the time in which it could (section 11.1);
 *     one key's proofs take a share of the memory and no more, so that they stop nobody else's.
 *     Whether a key is the one a token is bound to, access-holder.c says.
 */

#include <errno.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "common/b64url.h"
#include "common/reason.h"
#include "common/secret.h"
#include "common/siphash.h"
#include "idp-agentd/net/claim-read.h"
#include "idp-agentd/net/json.h"
#include "idp-agentd/net/jws.h"

#define SHA256_LEN 32u

static const struct claim_outcomes outcomes = {
	.json = PROOF_E_SHAPE,
	.policy = PROOF_E_SHAPE,
	.shape = PROOF_E_SHAPE,
	.future = PROOF_E_AGE,
	.expired = PROOF_E_AGE,
};

static int digest(const void *bytes, size_t len, uint8_t out[static SHA256_LEN])
{
	unsigned n = 0;

	return EVP_Digest(bytes, len, out, &n, EVP_sha256(), NULL) == 1 && n == SHA256_LEN ? 0
											   : -EIO;
}

/* A text that has to be there. */
static int take(const struct claim_reader *reader, const char *name, const char **ret_text)
{
	int r = claim_text(reader, name, CLAIM_TEXT_MAX, ret_text);

	if (r == CLAIM_ABSENT || (r == 0 && **ret_text == '\0'))
		return claim_refuse(reader, PROOF_E_SHAPE, "the proof has no %s", name);
	return r;
}

/* ---- MUST 2 ---- */

static size_t address_len(const char *address)
{
	return strcspn(address, "?#");
}

static int check_request(const struct claim_reader *reader, const struct proof_policy *policy)
{
	const char *htm = "", *htu = "";
	int r = take(reader, "htm", &htm);

	if (r == 0)
		r = take(reader, "htu", &htu);
	if (r != 0)
		return r;
	if (!claim_same(htm, policy->method))
		return claim_refuse(reader, PROOF_E_REQUEST, "the proof is for a %.*s request",
				    (int)METHOD_LEN_MAX, htm);
	if (!secret_equal(htu, address_len(htu), policy->address, address_len(policy->address)))
		return claim_refuse(reader, PROOF_E_REQUEST,
				    "the proof is for another address: \"%.*s\"", CLAIM_SHOWN_MAX,
				    htu);
	return 0;
}

static int check_token(const struct claim_reader *reader, const struct proof_policy *policy)
{
	uint8_t hash[SHA256_LEN];
	char text[B64URL_ENCODED_LEN(SHA256_LEN) + 1];
	const char *ath = "";
	int r = take(reader, "ath", &ath);

	if (r == 0)
		r = digest(policy->token->text, policy->token->len, hash);
	if (r != 0)
		return r;
	r = b64url_encode(hash, sizeof(hash), text, sizeof(text));
	if (r < 0)
		return r;
	return claim_same(ath, text)
		       ? 0
		       : claim_refuse(reader, PROOF_E_TOKEN, "the proof is for another token");
}

/* ---- MUST 3 ---- */

static int check_age(const struct claim_reader *reader, const struct proof_policy *policy)
{
	int64_t iat = 0;
	int r = claim_date(reader, "iat", &iat);

	if (r == CLAIM_ABSENT)
		return claim_refuse(reader, PROOF_E_SHAPE, "the proof has no iat");
	if (r != 0)
		return r;
	if (iat > policy->now + PROOF_AHEAD_SEC)
		return claim_refuse(reader, PROOF_E_AGE,
				    "the proof is of the future, by %lld seconds",
				    (long long)(iat - policy->now));
	if (iat < policy->now - PROOF_LIFE_SEC)
		return claim_refuse(reader, PROOF_E_AGE, "the proof is %lld seconds old",
				    (long long)(policy->now - iat));
	if (iat < policy->since)
		return claim_refuse(reader, PROOF_E_AGE,
				    "the proof is older than what this host remembers");
	return 0;
}

/* ---- MUST 4 ---- */

static int take_id(const struct claim_reader *reader, struct proof_facts *facts)
{
	char both[JWK_THUMBPRINT_LEN + CLAIM_TEXT_MAX + 1];
	uint8_t hash[SHA256_LEN];
	const char *jti = "";
	size_t len;
	int r = take(reader, "jti", &jti);

	if (r != 0)
		return r;
	len = strlen(jti); /* one key's are told apart by it */
	memcpy(both, facts->thumbprint, JWK_THUMBPRINT_LEN);
	memcpy(both + JWK_THUMBPRINT_LEN, jti, len);
	r = digest(both, JWK_THUMBPRINT_LEN + len, hash);
	if (r == 0)
		memcpy(facts->id, hash, sizeof(facts->id));
	return r;
}

static int check_claims(const struct proof_policy *policy, const struct jws *jws,
			struct proof_facts *facts)
{
	_cleanup_(json_release_p) json_t *json = NULL;
	struct claim_reader reader = { .reason = facts->reason,
				       .outcomes = &outcomes,
				       .now = policy->now };
	int r = claim_parse(&reader, jws->payload, jws->payload_len, &json);

	if (r != 0)
		return r;
	reader.json = json;
	r = check_request(&reader, policy);
	if (r == 0)
		r = check_token(&reader, policy);
	if (r == 0)
		r = check_age(&reader, policy);
	return r == 0 ? take_id(&reader, facts) : r;
}

int proof_check(const struct proof_policy *policy, const char *proof, size_t len,
		struct proof_facts *ret_facts)
{
	const struct jws_policy gate = { .algs = policy->algs, .use = JWS_USE_PROOF };
	struct proof_facts facts = { .reason = "" };
	struct jws jws = JWS_NULL;
	int r = len > PROOF_LEN_MAX ? JWS_E_SIZE : jws_verify_own(&gate, proof, len, &jws);

	if (r > 0) {
		reason_format(ret_facts->reason, sizeof(ret_facts->reason), "of the proof: %s",
			      jws_sentence(r));
		r = PROOF_E_JWS;
	} else if (r == 0) {
		memcpy(facts.thumbprint, jws.thumbprint, sizeof(facts.thumbprint));
		r = check_claims(policy, &jws, &facts);
		memcpy(ret_facts->reason, facts.reason, sizeof(facts.reason));
	}
	if (r == 0)
		*ret_facts = facts;
	jws_done(&jws);
	return r;
}

const char *proof_reason(int outcome)
{
	static const char *const words[] = {
		[PROOF_E_JWS] = "proof-jws",         [PROOF_E_SHAPE] = "proof-shape",
		[PROOF_E_REQUEST] = "proof-request", [PROOF_E_AGE] = "proof-age",
		[PROOF_E_TOKEN] = "proof-token",     [PROOF_E_AGAIN] = "proof-again",
	};

	return outcome > 0 && (size_t)outcome < ELEMENTSOF(words) ? words[outcome] : "proof";
}

/* ---- none passes twice ---- */

#define PROOFS_SLOTS (2u * PROOFS_SEEN_MAX) /* half of them empty, so that a search is short */
#define PROOFS_KEYS  1024u
#define PROOFS_SPAN  ((usec_t)(PROOF_LIFE_SEC + PROOF_AHEAD_SEC + 1) * USEC_PER_SEC)

/* An id of zeroes marks an empty slot; a proof with that one is refused: nobody finds any. */
struct proofs_set {
	size_t n;
	uint16_t of[PROOFS_KEYS]; /* how many of them are of the keys with this number */
	int64_t last;             /* seconds since 1970 when the last one came */
	uint8_t (*slots)[16];     /* NULL until it is needed */
};

/* Two spans of time, this one and the one before: what could pass again is in one of them. */
struct proofs {
	struct proofs_set now, before;
	usec_t begun; /* of now; 0: nothing was seen yet */
	int64_t since;
	uint8_t hash_key[16]; /* nobody can make himself a key with the number of another's */
};

int proofs_new(int64_t real, struct proofs **ret_proofs)
{
	_cleanup_(proofs_freep) struct proofs *proofs = calloc(1, sizeof(*proofs));
	int r;

	if (!proofs)
		return -ENOMEM;
	r = secret_random(proofs->hash_key, sizeof(proofs->hash_key));
	if (r < 0)
		return r;
	/* A process before this one may have seen what was dated ahead of its time. */
	proofs->since = real + PROOF_AHEAD_SEC + 1;
	*ret_proofs = TAKE_PTR(proofs);
	return 0;
}

struct proofs *proofs_free(struct proofs *proofs)
{
	if (proofs) {
		free(proofs->now.slots);
		free(proofs->before.slots);
	}
	free(proofs);
	return NULL;
}

int64_t proofs_since(const struct proofs *proofs)
{
	return proofs->since;
}

/* The slot with id, or the empty one where it would be. */
static uint8_t *find_slot(const struct proofs_set *set, const uint8_t id[static 16])
{
	static const uint8_t empty[16] = { 0 };
	uint64_t at;

	memcpy(&at, id, sizeof(at)); /* of SHA-256: it spreads by itself */
	for (at %= PROOFS_SLOTS;; at = (at + 1) % PROOFS_SLOTS)
		if (memcmp(set->slots[at], empty, 16) == 0 || memcmp(set->slots[at], id, 16) == 0)
			return set->slots[at];
}

static bool has(const struct proofs_set *set, const uint8_t id[static 16])
{
	return set->n > 0 && memcmp(find_slot(set, id), id, 16) == 0;
}

/* What came last may have been dated ahead of its time. */
static void forget(struct proofs *proofs, struct proofs_set *set)
{
	if (set->n > 0 && set->last + PROOF_AHEAD_SEC + 1 > proofs->since)
		proofs->since = set->last + PROOF_AHEAD_SEC + 1;
	if (set->n > 0)
		memset(set->slots, 0, PROOFS_SLOTS * sizeof(*set->slots));
	memset(set->of, 0, sizeof(set->of));
	set->n = 0;
}

static void turn(struct proofs *proofs, usec_t now)
{
	struct proofs_set old = proofs->before;

	if (proofs->begun && now < clock_add(proofs->begun, PROOFS_SPAN))
		return;
	forget(proofs, &old);
	proofs->before = proofs->now;
	if (now >= clock_add(proofs->begun, 2 * PROOFS_SPAN))
		forget(proofs, &proofs->before);
	proofs->now = old;
	proofs->begun = now;
}

int proofs_see(struct proofs *proofs, const char *thumbprint, const uint8_t id[static 16],
	       usec_t now, int64_t real)
{
	static const uint8_t empty[16] = { 0 };
	uint64_t key = siphash24(proofs->hash_key, thumbprint, strlen(thumbprint)) % PROOFS_KEYS;

	turn(proofs, now);
	if (memcmp(id, empty, 16) == 0 || has(&proofs->now, id) || has(&proofs->before, id))
		return PROOF_E_AGAIN;
	if (proofs->now.n >= PROOFS_SEEN_MAX || proofs->now.of[key] >= PROOFS_KEY_MAX)
		return -ENOBUFS;
	if (!proofs->now.slots)
		proofs->now.slots = calloc(PROOFS_SLOTS, sizeof(*proofs->now.slots));
	if (!proofs->now.slots)
		return -ENOMEM;
	memcpy(find_slot(&proofs->now, id), id, 16);
	proofs->now.n++;
	proofs->now.of[key]++;
	if (real > proofs->now.last || proofs->now.n == 1)
		proofs->now.last = real;
	return 0;
}
