/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Assertions, minted with keys made here and verified with libjwt and the public half. */
#include "tests/lib/test.h"

#include <errno.h>
#include <jwt.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/secret.h"
#include "idp-agentd/core/config.h"
#include "idp-agentd/core/signer.h"

#define AUD "https://idp.example.com/token"

struct key {
	char path[64], reference[80];
	char public_pem[4096];
};

static void make_key(struct key *key, const char *kind)
{
	EVP_PKEY *pkey = !strcmp(kind, "EC") ? EVP_EC_gen("P-256") : EVP_RSA_gen(2048);
	BIO *bio = BIO_new(BIO_s_mem());
	FILE *file;
	int fd, len;

	assert_non_null(pkey);
	strcpy(key->path, "/tmp/idp-key-XXXXXX");
	fd = mkstemp(key->path);
	assert_true(fd >= 0 && fchmod(fd, 0600) == 0);
	file = fdopen(fd, "w");
	assert_non_null(file);
	assert_int_equal(PEM_write_PrivateKey(file, pkey, NULL, NULL, 0, NULL, NULL), 1);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(PEM_write_bio_PUBKEY(bio, pkey), 1);
	len = BIO_read(bio, key->public_pem, sizeof(key->public_pem) - 1);
	assert_true(len > 0);
	key->public_pem[len] = '\0';
	(void)snprintf(key->reference, sizeof(key->reference), "file:%s", key->path);
	BIO_free(bio);
	EVP_PKEY_free(pkey);
}

static unsigned alg_index(const char *name)
{
	unsigned i = 0;

	while (strcmp(config_alg_name(i), name) != 0)
		assert_true(i++ < 32);
	return i;
}

static struct config_provider provider_with(const struct key *key, const char *alg)
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

static void check(const char *kind, const char *alg)
{
	_cleanup_(secret_freep) struct secret *first = NULL, *second = NULL;
	struct config_provider provider;
	char reason[REASON_MAX];
	struct key key;
	jwt_t *jwt = NULL;

	make_key(&key, kind);
	provider = provider_with(&key, alg);
	assert_int_equal(signer_check(&provider, reason), 0);
	assert_int_equal(signer_mint(&provider, AUD, 1000000, reason, &first), 0);
	assert_int_equal(signer_mint(&provider, AUD, 1000000, reason, &second), 0);
	assert_int_equal(jwt_decode(&jwt, first->text, (const unsigned char *)key.public_pem,
				    (int)strlen(key.public_pem)),
			 0);
	assert_string_equal(jwt_get_header(jwt, "alg"), alg);
	assert_string_equal(jwt_get_header(jwt, "typ"), "JWT");
	assert_string_equal(jwt_get_header(jwt, "kid"), "k1");
	assert_string_equal(jwt_get_grant(jwt, "iss"), "host1");
	assert_string_equal(jwt_get_grant(jwt, "sub"), "host1");
	assert_string_equal(jwt_get_grant(jwt, "aud"), AUD);
	assert_int_equal(jwt_get_grant_int(jwt, "iat"), 1000000);
	assert_int_equal(jwt_get_grant_int(jwt, "exp"), 1000060);
	assert_int_equal(strlen(jwt_get_grant(jwt, "jti")), 22);
	assert_string_not_equal(first->text, second->text); /* a jti of its own */
	jwt_free(jwt);
	(void)unlink(key.path);
}

static void test_rs256_and_es256_assertions_verify(void **state)
{
	(void)state;
	check("RSA", "RS256");
	check("RSA", "RS512");
	check("EC", "ES256");
}

static void test_what_cannot_be_signed_is_said(void **state)
{
	struct config_provider provider;
	char reason[REASON_MAX];
	struct secret *assertion = NULL;
	struct key key;
	(void)state;
	make_key(&key, "EC");
	provider = provider_with(&key, "RS256"); /* the wrong kind of key */
	assert_true(signer_check(&provider, reason) < 0);
	assert_non_null(strstr(reason, "client_key"));
	provider = provider_with(&key, "EdDSA");
	assert_int_equal(signer_check(&provider, reason), -EOPNOTSUPP);
	provider = provider_with(&key, "ES256");
	provider.client_auth = CLIENT_AUTH_NONE;
	assert_int_equal(signer_mint(&provider, AUD, 1, reason, &assertion), -EINVAL);
	provider.client_auth = CLIENT_AUTH_PRIVATE_KEY_JWT;
	assert_int_equal(signer_mint(&provider, "not a url", 1, reason, &assertion), -EINVAL);
	(void)unlink(key.path);
	assert_true(signer_mint(&provider, AUD, 1, reason, &assertion) < 0);
	assert_true(*reason);
	assert_null(assertion);
}

static void test_a_key_others_can_read_is_refused(void **state)
{
	struct config_provider provider;
	char reason[REASON_MAX];
	struct key key;
	(void)state;
	make_key(&key, "EC");
	provider = provider_with(&key, "ES256");
	assert_int_equal(chmod(key.path, 0644), 0);
	assert_true(signer_check(&provider, reason) < 0);
	assert_non_null(strstr(reason, key.path));
	(void)unlink(key.path);
}

TEST_MAIN(TEST(test_rs256_and_es256_assertions_verify), TEST(test_what_cannot_be_signed_is_said),
	  TEST(test_a_key_others_can_read_is_refused))
