/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the strict gate costs beside the signature itself: jws_verify() of a whole token against
 * EVP_DigestVerify() on the same key, message and signature, already decoded. Both in one run,
 * taking turns, so that the ratio means something on a busy machine.
 *
 *   bench-jws [ROUNDS [MILLISECONDS]]
 *
 * "fresh" makes a digest context a token, as code usually does; "kept" is the least OpenSSL can do:
 * contexts and digests fetched once. "gate" is jws_verify(): split, base64url, JSON, key selection
 * and payload included. The figures are medians of the rounds.
 */

#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/b64url.h"
#include "idp-agentd/net/jwks.h"
#include "idp-agentd/net/jws.h"
#include "tests/lib/forge.h"

#define ROUNDS_MAX 101

struct bench {
	enum jose_alg alg;
	EVP_PKEY *key;
	struct jwks *keys;
	char *token;
	size_t token_len, signed_len;
	unsigned char signature[1024]; /* as EVP takes it */
	size_t signature_len;
	EVP_MD *digest;
	EVP_MD_CTX *digest_context;
	EVP_PKEY_CTX *kept;
};

typedef void (*verify_way)(struct bench *bench);

static void require(int condition, const char *what)
{
	if (condition)
		return;
	(void)fprintf(stderr, "bench-jws: %s\n", what);
	exit(1);
}

static double now(void)
{
	struct timespec t;

	require(clock_gettime(CLOCK_MONOTONIC, &t) == 0, "no clock");
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* ---- the three ways ---- */

static void set_padding(EVP_PKEY_CTX *context, enum jose_alg alg)
{
	if (!jose_alg_facts(alg)->pss)
		return;
	require(EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1, "padding");
	require(EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1, "salt");
}

static void verify_fresh(struct bench *b)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	EVP_PKEY_CTX *pkey = NULL;
	const EVP_MD *digest =
		b->alg == JOSE_EDDSA ? NULL : EVP_get_digestbyname(jose_alg_facts(b->alg)->digest);

	require(EVP_DigestVerifyInit(context, &pkey, digest, NULL, b->key) == 1, "init");
	set_padding(pkey, b->alg);
	require(EVP_DigestVerify(context, b->signature, b->signature_len,
				 (const unsigned char *)b->token, b->signed_len) == 1,
		"fresh: not verified");
	EVP_MD_CTX_free(context);
}

static void verify_kept(struct bench *b)
{
	unsigned char hash[EVP_MAX_MD_SIZE];
	unsigned len = 0;

	if (b->alg == JOSE_EDDSA) {
		require(EVP_DigestVerifyInit(b->digest_context, NULL, NULL, NULL, b->key) == 1 &&
				EVP_DigestVerify(b->digest_context, b->signature, b->signature_len,
						 (const unsigned char *)b->token,
						 b->signed_len) == 1,
			"kept: not verified");
		return;
	}
	require(EVP_DigestInit_ex2(b->digest_context, b->digest, NULL) == 1 &&
			EVP_DigestUpdate(b->digest_context, b->token, b->signed_len) == 1 &&
			EVP_DigestFinal_ex(b->digest_context, hash, &len) == 1 &&
			EVP_PKEY_verify(b->kept, b->signature, b->signature_len, hash, len) == 1,
		"kept: not verified");
}

static void verify_gate(struct bench *b)
{
	struct jws_policy policy = { .algs = JOSE_ALG_BIT(b->alg), .use = JWS_USE_ID_TOKEN };
	struct jws jws;
	int r = jws_verify(&policy, b->token, b->token_len, b->keys, &jws);

	require(r == 0, jws_reason(r));
	jws_done(&jws);
}

/* ---- measuring ---- */

static double seconds_a_call(verify_way way, struct bench *b, double budget)
{
	double start = now(), end = start;
	unsigned long n = 0;

	while (end - start < budget) {
		for (unsigned i = 0; i < 16; i++)
			way(b);
		n += 16;
		end = now();
	}
	return (end - start) / (double)n;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static double median(double *values, size_t n)
{
	qsort(values, n, sizeof(values[0]), compare);
	return values[n / 2];
}

/* ---- set-up ---- */

/* The signature of the token as EVP takes it: for ECDSA the SEQUENCE, made by signing again. */
static void take_signature(struct bench *b)
{
	const char *text = strrchr(b->token, '.') + 1;
	EVP_MD_CTX *context = EVP_MD_CTX_new();

	if (!EVP_PKEY_is_a(b->key, "EC")) {
		require(b64url_decode(text, strlen(text), b->signature, sizeof(b->signature),
				      &b->signature_len) == 0,
			"base64url");
	} else {
		b->signature_len = sizeof(b->signature);
		require(EVP_DigestSignInit(context, NULL, b->digest, NULL, b->key) == 1 &&
				EVP_DigestSign(context, b->signature, &b->signature_len,
					       (const unsigned char *)b->token, b->signed_len) == 1,
			"sign");
	}
	EVP_MD_CTX_free(context);
}

static void set_up(struct bench *b, enum jose_alg alg)
{
	const struct jose_alg_facts *facts = jose_alg_facts(alg);
	char *header = forge_printf("{\"alg\":\"%s\",\"typ\":\"JWT\",\"kid\":\"k1-2026-01\"}",
				    facts->name);
	char *set = forge_jwks(forge_key(alg), "\"kid\":\"k1-2026-01\"");
	/* An ID token as platforms write them. */
	static const char payload[] =
		"{\"iss\":\"https://idp.example.org/realms/corp\",\"sub\":\"7f0d4f2a-6f3e-4a7a-9d1c-0b7a5a2c9b11\","
		"\"aud\":\"pam-idp\",\"exp\":1999999999,\"iat\":1700000000,\"nonce\":\"n-0S6_WzA2Mj\","
		"\"preferred_username\":\"user0000001\",\"name\":\"Ana Almeida\",\"email\":\"ana@example.org\","
		"\"groups\":[\"grp000001\",\"grp000002\",\"grp000003\",\"grp000004\",\"grp000005\"],"
		"\"amr\":[\"pwd\",\"otp\"],\"acr\":\"2\",\"auth_time\":1700000000}";

	memset(b, 0, sizeof(*b));
	b->alg = alg;
	b->key = forge_key(alg);
	require(jwks_parse(set, strlen(set), &b->keys) == 0, "key set");
	b->token = forge_token(b->key, alg, header, payload);
	b->token_len = strlen(b->token);
	b->signed_len = (size_t)(strrchr(b->token, '.') - b->token);
	b->digest = EVP_MD_fetch(NULL, facts->digest, NULL);
	b->digest_context = EVP_MD_CTX_new();
	take_signature(b);
	if (alg != JOSE_EDDSA) {
		b->kept = EVP_PKEY_CTX_new_from_pkey(NULL, b->key, NULL);
		require(EVP_PKEY_verify_init(b->kept) == 1, "verify_init");
		set_padding(b->kept, alg);
		require(EVP_PKEY_CTX_set_signature_md(b->kept, b->digest) == 1, "digest");
	}
	free(header);
	free(set);
}

static void tear_down(struct bench *b)
{
	EVP_PKEY_CTX_free(b->kept);
	EVP_MD_CTX_free(b->digest_context);
	EVP_MD_free(b->digest);
	b->keys = jwks_free(b->keys);
	free(b->token);
}

static void measure(enum jose_alg alg, size_t n_rounds, double budget)
{
	static const verify_way ways[] = { verify_fresh, verify_kept, verify_gate };
	double times[ELEMENTSOF(ways)][ROUNDS_MAX], to_fresh[ROUNDS_MAX], to_kept[ROUNDS_MAX];
	struct bench b;

	set_up(&b, alg);
	for (size_t i = 0; i < n_rounds; i++) {
		for (size_t way = 0; way < ELEMENTSOF(ways); way++)
			times[way][i] = seconds_a_call(ways[way], &b, budget);
		to_fresh[i] = times[2][i] / times[0][i];
		to_kept[i] = times[2][i] / times[1][i];
	}
	printf("| %-6s | %8.1f | %8.1f | %8.1f | %10.3f | %9.3f | %5zu |\n",
	       jose_alg_facts(alg)->name, median(times[0], n_rounds) * 1e6,
	       median(times[1], n_rounds) * 1e6, median(times[2], n_rounds) * 1e6,
	       median(to_fresh, n_rounds), median(to_kept, n_rounds), b.token_len);
	(void)fflush(stdout);
	tear_down(&b);
}

int main(int argc, char **argv)
{
	static const enum jose_alg algs[] = { JOSE_RS256, JOSE_PS256, JOSE_ES256,
					      JOSE_ES384, JOSE_ES512, JOSE_EDDSA };
	size_t n_rounds = argc > 1 ? strtoul(argv[1], NULL, 10) : 21;
	double budget = (argc > 2 ? strtod(argv[2], NULL) : 20) / 1e3;

	require(n_rounds > 0 && n_rounds <= ROUNDS_MAX && budget > 0,
		"usage: bench-jws [ROUNDS [MS]]");
	printf("| alg    | fresh us |  kept us |  gate us | gate/fresh | gate/kept | bytes |\n");
	printf("|--------|----------|----------|----------|------------|-----------|-------|\n");
	for (size_t i = 0; i < ELEMENTSOF(algs); i++)
		measure(algs[i], n_rounds, budget);
	return 0;
}
