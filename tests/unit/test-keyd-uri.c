/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The tables and the URI reader of idp-keyd, without any token. */
#include "tests/lib/test.h"

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "common/buf.h"
#include "idp-keyd/keyd.h"
#include "idp-keyd/mech.h"
#include "idp-keyd/spki.h"
#include "idp-keyd/uri.h"

static void test_mechanisms(void **state)
{
	static const struct {
		const char *alg;
		CK_MECHANISM_TYPE mechanism;
		CK_ULONG salt;
		size_t len;
	} rows[] = {
		{ "RS256", CKM_SHA256_RSA_PKCS, 0, 0 },
		{ "RS384", CKM_SHA384_RSA_PKCS, 0, 0 },
		{ "RS512", CKM_SHA512_RSA_PKCS, 0, 0 },
		{ "PS256", CKM_SHA256_RSA_PKCS_PSS, 32, 0 },
		{ "PS384", CKM_SHA384_RSA_PKCS_PSS, 48, 0 },
		{ "PS512", CKM_SHA512_RSA_PKCS_PSS, 64, 0 },
		{ "ES256", CKM_ECDSA, 0, 64 },
		{ "ES384", CKM_ECDSA, 0, 96 },
		{ "ES512", CKM_ECDSA, 0, 132 },
		{ "EdDSA", CKM_EDDSA, 0, 64 },
	};

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		const struct mech *mech = mech_find(rows[i].alg);

		assert_non_null(mech);
		assert_int_equal(mech->mechanism, rows[i].mechanism);
		assert_int_equal(mech->pss.sLen, rows[i].salt);
		assert_int_equal(mech->len, rows[i].len);
		/* our own hash exactly where the token gets one */
		assert_int_equal(mech->digest != NULL, mech->mechanism == CKM_ECDSA);
	}
	assert_int_equal(mech_find("PS384")->pss.hashAlg, CKM_SHA384);
	assert_int_equal(mech_find("PS384")->pss.mgf, CKG_MGF1_SHA384);
	assert_null(mech_find("none"));
	assert_null(mech_find("HS256"));
	assert_null(mech_find("es256"));
	assert_null(mech_find(""));
}

static void test_curves(void **state)
{
	(void)state;
	assert_string_equal(mech_curve(CKK_EC, "\x06\x05\x2b\x81\x04\x00\x23", 7)->name,
			    "secp521r1");
	assert_null(mech_curve(CKK_EC_EDWARDS, "\x06\x05\x2b\x81\x04\x00\x23", 7));
	assert_null(mech_curve(CKK_EC, "\x06\x05\x2b\x81\x04\x00\x0a", 7)); /* secp256k1 */
	assert_null(mech_curve(CKK_EC, "\x06\x05\x2b\x81\x04\x00\x23", 6));
	assert_null(mech_curve(CKK_EC, "", 0));
}

static void test_uris(void **state)
{
	static const char *const good[] = {
		"pkcs11:object=key",
		"pkcs11:token=corp;id=%01",
		"pkcs11:token=corp;object=key;type=private?pin-source=file:/etc/pin",
		"pkcs11:model=p11;manufacturer=me;serial=1;object=key?module-name=softhsm2",
	};
	static const char *const bad[] = {
		"",
		"pkcs11:",
		"pkcs11",
		"file:/etc/key",
		"pkcs11:token=corp", /* all of its keys */
		"pkcs11:object=key;type=public",
		"pkcs11:object=key?pin-value=0000",
		"pkcs11:object=key?module-path=/x.so",
		"pkcs11:object=key;x-new=1",
		"pkcs11:object=key\n",
		"pkcs11:object=%g0",
		"pkcs11:object=k\xc3\xa9y",
	};

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(good) + ELEMENTSOF(bad); i++) {
		_cleanup_(uri_freep) P11KitUri *uri = NULL;
		bool wanted = i < ELEMENTSOF(good);
		const char *text = wanted ? good[i] : bad[i - ELEMENTSOF(good)];
		char reason[REASON_MAX] = "";
		int r = uri_parse(text, reason, &uri);

		if ((r == 0) != wanted || (uri != NULL) != wanted || (*reason == '\0') != wanted)
			fail_msg("'%s': %d %s", text, r, reason);
		if (uri)
			assert_non_null(p11_kit_uri_get_attribute(uri, CKA_CLASS));
		if (r != 0)
			assert_null(strstr(reason, "0000")); /* the PIN somebody wrote there */
	}
}

/* A point may come wrapped, as the standard says, or bare, as some tokens say it. */
static void test_points(void **state)
{
	const struct mech_curve *curve =
		mech_curve(CKK_EC, "\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07", 10);
	unsigned char wrapped[67] = { 0x04, 65 };
	EVP_PKEY *pkey = EVP_EC_gen("P-256");
	struct buf a, b;
	size_t len = 0;

	(void)state;
	buf_init(&a, 512);
	buf_init(&b, 512);
	assert_int_equal(EVP_PKEY_get_octet_string_param(pkey, "pub", wrapped + 2, 65, &len), 1);
	assert_int_equal(spki_put_point(curve, wrapped, 67, &a), 0);
	assert_int_equal(spki_put_point(curve, wrapped + 2, 65, &b), 0);
	assert_int_equal(a.len, b.len);
	assert_memory_equal(a.data, b.data, a.len);
	assert_true(spki_put_point(curve, wrapped, 66, &a) < 0);
	wrapped[66] ^= 1; /* not on the curve */
	assert_true(spki_put_point(curve, wrapped, 67, &a) < 0);
	buf_done(&a);
	buf_done(&b);
	EVP_PKEY_free(pkey);
}

TEST_MAIN(TEST(test_mechanisms), TEST(test_curves), TEST(test_uris), TEST(test_points))
