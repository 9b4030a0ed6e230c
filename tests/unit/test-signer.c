/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Assertions of every algorithm, judged by the gate of idp-netd and, where it can, by libjwt. */
#include "tests/lib/test.h"

#include <errno.h>
#include <jwt.h>
#include <openssl/pem.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/secret.h"
#include "idp-agentd/core/config.h"
#include "idp-agentd/core/signer.h"
#include "idp-agentd/net/json.h"
#include "idp-agentd/net/jwk.h"
#include "idp-agentd/net/jwks.h"
#include "idp-agentd/net/jws.h"
#include "tests/lib/forge.h"

#define AUD "https://idp.example.com/token"

struct key_file {
	EVP_PKEY *pkey;
	char path[64], reference[80];
	char public_pem[4096];
};

static void make_key(struct key_file *key, const char *alg)
{
	EVP_PKEY *pkey = forge_key(jose_alg_from_name(alg, strlen(alg)));
	_cleanup_free_ char *public = forge_pem(pkey);
	FILE *file;
	int fd;

	key->pkey = pkey;
	strcpy(key->path, "/tmp/idp-key-XXXXXX");
	fd = mkstemp(key->path);
	assert_true(fd >= 0 && fchmod(fd, 0600) == 0);
	file = fdopen(fd, "w");
	assert_non_null(file);
	assert_int_equal(PEM_write_PrivateKey(file, pkey, NULL, NULL, 0, NULL, NULL), 1);
	assert_int_equal(fclose(file), 0);
	(void)snprintf(key->public_pem, sizeof(key->public_pem), "%s", public);
	(void)snprintf(key->reference, sizeof(key->reference), "file:%s", key->path);
}

static unsigned alg_index(const char *name)
{
	unsigned i = 0;

	while (strcmp(config_alg_name(i), name) != 0)
		assert_true(i++ < 32);
	return i;
}

static struct config_provider provider_with(const struct key_file *key, const char *alg)
{
	return (struct config_provider){
		.name = "corp",
		.issuer = "https://idp.example.com",
		.client_id = "host1",
		.client_auth = CLIENT_AUTH_PRIVATE_KEY_JWT,
		.client_key = key->reference,
		.client_kid = "k1",
		.client_alg = alg_index(alg),
	};
}

/* libjwt, which shares nothing with the writer of PS and EdDSA and nothing with our gate. */
static void check_by_libjwt(const struct key_file *key, const struct secret *token, const char *alg)
{
	jwt_t *jwt = NULL;

	assert_int_equal(jwt_decode(&jwt, token->text, (const unsigned char *)key->public_pem,
				    (int)strlen(key->public_pem)),
			 0);
	assert_string_equal(jwt_get_header(jwt, "alg"), alg);
	assert_string_equal(jwt_get_header(jwt, "typ"), "JWT");
	assert_string_equal(jwt_get_header(jwt, "kid"), "k1");
	jwt_free(jwt);
}

static const char *text_of(const json_t *object, const char *member)
{
	const char *text = "";

	assert_int_equal(json_get_text(object, member, 4096, &text), 0);
	return text;
}

/* The gate of idp-netd, and what the token says. */
static void check_by_gate(const struct key_file *key, const struct secret *token, const char *alg,
			  const char *kid)
{
	struct jws_policy policy = { .use = JWS_USE_ID_TOKEN };
	_cleanup_free_ char *set = forge_jwks(key->pkey, NULL);
	_cleanup_(jwks_freep) struct jwks *keys = NULL;
	_cleanup_(json_release_p) json_t *claims = NULL;
	struct jws jws = JWS_NULL;
	int64_t iat = 0, exp = 0;

	policy.algs = JOSE_ALG_BIT(jose_alg_from_name(alg, strlen(alg)));
	if (kid) {
		free(TAKE_PTR(set));
		_cleanup_free_ char *member = forge_printf("\"kid\":\"%s\"", kid);
		set = forge_jwks(key->pkey, member);
	}
	assert_int_equal(jwks_parse(set, strlen(set), &keys), 0);
	assert_int_equal(jws_verify(&policy, token->text, token->len, keys, &jws), 0);
	assert_string_equal(jws.typ, "JWT");
	assert_int_equal(jws.has_kid, kid != NULL);
	assert_string_equal(jws.kid, kid ? kid : "");
	assert_int_equal(json_parse(jws.payload, jws.payload_len, 4096, JSON_ROOT_OBJECT, &claims),
			 0);
	assert_int_equal(json_object_size(claims), 6);
	assert_string_equal(text_of(claims, "iss"), "host1");
	assert_string_equal(text_of(claims, "sub"), "host1");
	assert_string_equal(text_of(claims, "aud"), AUD);
	assert_int_equal(strlen(text_of(claims, "jti")), 22);
	assert_int_equal(json_get_int(claims, "iat", 0, INT64_MAX, &iat), 0);
	assert_int_equal(json_get_int(claims, "exp", 0, INT64_MAX, &exp), 0);
	assert_int_equal(iat, 1000000);
	assert_int_equal(exp, 1000060);
	jws_done(&jws);
}

static void test_every_algorithm_verifies_everywhere(void **state)
{
	(void)state;
	for (enum jose_alg alg = JOSE_RS256; alg < JOSE_ALG_END; alg++) {
		_cleanup_(secret_freep) struct secret *first = NULL, *second = NULL;
		const char *name = jose_alg_facts(alg)->name;
		struct config_provider provider;
		char reason[REASON_MAX];
		struct key_file key;

		make_key(&key, name);
		provider = provider_with(&key, name);
		assert_int_equal(signer_check(&provider, reason), 0);
		assert_int_equal(signer_mint(&provider, AUD, 1000000, reason, &first), 0);
		assert_int_equal(signer_mint(&provider, AUD, 1000000, reason, &second), 0);
		assert_string_not_equal(first->text, second->text); /* a jti of its own */
		check_by_gate(&key, first, name, "k1");
		check_by_gate(&key, second, name, "k1");
		if (name[0] != 'P' && alg != JOSE_EDDSA)
			check_by_libjwt(&key, first, name);
		(void)unlink(key.path);
	}
}

static void test_a_kid_is_written_computed_or_absent(void **state)
{
	static const char *const algs[] = { "RS256", "ES256", "PS256", "EdDSA" };

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(algs); i++) {
		_cleanup_(secret_freep) struct secret *none = NULL, *computed = NULL;
		_cleanup_(jwk_freep) struct jwk *jwk = NULL;
		_cleanup_(json_release_p) json_t *object = NULL;
		struct config_provider provider;
		char reason[REASON_MAX];
		struct key_file key;

		make_key(&key, algs[i]);
		_cleanup_free_ char *text = forge_jwk(key.pkey, NULL);
		assert_int_equal(json_parse(text, strlen(text), 8192, JSON_ROOT_OBJECT, &object),
				 0);
		assert_int_equal(jwk_parse(object, &jwk), 0);
		provider = provider_with(&key, algs[i]);
		provider.client_kid = NULL;
		assert_int_equal(signer_mint(&provider, AUD, 1000000, reason, &none), 0);
		check_by_gate(&key, none, algs[i], NULL);
		provider.client_kid = "thumbprint";
		assert_int_equal(signer_mint(&provider, AUD, 1000000, reason, &computed), 0);
		check_by_gate(&key, computed, algs[i], jwk_thumbprint(jwk));
		(void)unlink(key.path);
	}
}

static void test_nobody_else_gets_a_signature(void **state)
{
	static const char *const strangers[] = {
		"https://evil.example/token",
		"not a url",
		"",
		"https://idp.example.com.evil.example/",
		"https://evil.example/\x1b]0;owned\a",
	};
	struct secret *assertion = NULL;
	struct config_provider provider;
	char reason[REASON_MAX];
	struct key_file key;

	(void)state;
	make_key(&key, "ES256");
	provider = provider_with(&key, "ES256");
	for (size_t i = 0; i < ELEMENTSOF(strangers); i++) {
		assert_int_equal(signer_mint(&provider, strangers[i], 1, reason, &assertion),
				 -EACCES);
		assert_null(assertion);
		assert_non_null(strstr(reason, "client_aud"));
		for (const char *at = reason; *at; at++)
			assert_true(*at >= 0x20 && *at < 0x7f);
	}
	provider.client_aud = "auth.interop.example/client-assertion";
	assert_int_equal(signer_check(&provider, reason), 0);
	assert_int_equal(signer_mint(&provider, AUD, 1, reason, &assertion), -EACCES);
	(void)unlink(key.path);
}

static void test_what_cannot_be_signed_is_said(void **state)
{
	struct config_provider provider;
	char reason[REASON_MAX];
	struct secret *assertion = NULL;
	struct key_file key;
	(void)state;
	make_key(&key, "ES256");
	provider = provider_with(&key, "RS256"); /* the wrong kind of key */
	assert_int_equal(signer_check(&provider, reason), -EKEYREJECTED);
	assert_non_null(strstr(reason, "client_key = file:/tmp/idp-key-"));
	assert_non_null(strstr(reason, "EC key on prime256v1"));
	provider = provider_with(&key, "ES256");
	provider.client_auth = CLIENT_AUTH_NONE;
	assert_int_equal(signer_mint(&provider, AUD, 1, reason, &assertion), -EINVAL);
	provider.client_auth = CLIENT_AUTH_PRIVATE_KEY_JWT;
	(void)unlink(key.path);
	assert_true(signer_mint(&provider, AUD, 1, reason, &assertion) < 0);
	assert_true(*reason);
	assert_null(assertion);
}

static void test_a_key_others_can_read_is_refused(void **state)
{
	struct config_provider provider;
	char reason[REASON_MAX];
	struct key_file key;
	(void)state;
	make_key(&key, "ES256");
	provider = provider_with(&key, "ES256");
	assert_int_equal(chmod(key.path, 0644), 0);
	assert_true(signer_check(&provider, reason) < 0);
	assert_non_null(strstr(reason, key.path));
	(void)unlink(key.path);
}

TEST_MAIN(TEST(test_every_algorithm_verifies_everywhere),
	  TEST(test_a_kid_is_written_computed_or_absent), TEST(test_nobody_else_gets_a_signature),
	  TEST(test_what_cannot_be_signed_is_said), TEST(test_a_key_others_can_read_is_refused))
