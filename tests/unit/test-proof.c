/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What idp-netd may have signed: proofs as RFC 9449 wants them, and nothing beside. */
#include "tests/lib/test.h"

#include <errno.h>

#include "common/b64url.h"
#include "common/secret.h"
#include "common/wire.h"
#include "idp-agentd/core/assertion.h"
#include "idp-agentd/core/config.h"
#include "idp-agentd/core/flows.h"
#include "idp-agentd/core/key.h"
#include "idp-agentd/core/proof.h"
#include "idp-agentd/net/json.h"
#include "idp-agentd/net/jwk.h"
#include "idp-agentd/net/jwks.h"
#include "idp-agentd/net/jws.h"
#include "tests/lib/forge.h"

#define TOKEN_URL "https://idp.example.org/token"
#define ATH       "fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo"

static struct config_provider providers[] = {
	{ .name = "corp", .issuer = "https://idp.example.org", .client_id = "host", .dpop = true },
	{ .name = "other", .issuer = "https://idp.example.net", .client_id = "host" },
};
static const struct config config = { .n_providers = ELEMENTSOF(providers),
				      .providers = providers };

/* The header as an object: what stands before the first dot, which the gate does not show. */
static json_t *header_of(const struct secret *proof)
{
	static uint8_t bytes[4096];
	json_t *object = NULL;
	size_t len = 0;

	assert_int_equal(
		b64url_decode(proof->text, strcspn(proof->text, "."), bytes, sizeof(bytes), &len),
		0);
	assert_int_equal(json_parse(bytes, len, len, JSON_ROOT_OBJECT, &object), 0);
	return object;
}

/* Verifies as a server does (section 4.3): with the key in the header. The claims, and the jkt. */
static json_t *verify(const struct secret *proof, char jkt[static JWK_THUMBPRINT_LEN + 1])
{
	struct jws_policy policy = { .algs = JOSE_ALG_BIT(JOSE_ES256), .use = JWS_USE_PROOF };
	_cleanup_(json_release_p) json_t *header = header_of(proof);
	_cleanup_free_ char *jwk = json_dumps(json_object_get(header, "jwk"), 0);
	struct jws jws = JWS_NULL;
	json_t *claims = NULL;

	assert_int_equal(json_object_size(header), 3);
	assert_null(strstr(jwk, "\"d\""));
	assert_int_equal(jws_verify_own(&policy, proof->text, proof->len, &jws), 0);
	memcpy(jkt, jws.thumbprint, sizeof(jws.thumbprint));
	assert_int_equal(json_parse(jws.payload, jws.payload_len, 4096, JSON_ROOT_OBJECT, &claims),
			 0);
	jws_done(&jws);
	return claims;
}

static void assert_claim(const json_t *claims, const char *name, const char *value)
{
	const char *text = NULL;

	assert_int_equal(json_get_text(claims, name, 4096, &text), 0);
	assert_string_equal(text, value);
}

static void test_proofs_are_what_the_rfc_says(void **state)
{
	const struct proof_order bare = { "POST", TOKEN_URL, "", "" };
	const struct proof_order full = { "GET", "https://idp.example.org/me", "n-0S6_WzA2Mj",
					  ATH };
	_cleanup_(secret_freep) struct secret *first = NULL, *second = NULL, *third = NULL;
	_cleanup_(json_release_p) json_t *a = NULL, *b = NULL, *c = NULL;
	_cleanup_(key_freep) struct key *key = NULL;
	char jkt[3][JWK_THUMBPRINT_LEN + 1], ours[KEY_THUMBPRINT_LEN + 1];
	char reason[REASON_MAX] = "";
	int64_t iat = 0;

	(void)state;
	assert_int_equal(proof_make(&config, providers, &key, &bare, 1000000, reason, &first), 0);
	assert_int_equal(proof_make(&config, providers, &key, &bare, 1000000, reason, &second), 0);
	assert_int_equal(proof_make(&config, providers, &key, &full, 1000001, reason, &third), 0);
	a = verify(first, jkt[0]);
	b = verify(second, jkt[1]);
	c = verify(third, jkt[2]);
	/* One key for the life of the process: tokens are bound to it. */
	assert_int_equal(key_thumbprint(key, ours), 0);
	for (size_t i = 0; i < ELEMENTSOF(jkt); i++)
		assert_string_equal(jkt[i], ours);
	assert_int_equal(json_object_size(a), 4);
	assert_claim(a, "htm", "POST");
	assert_claim(a, "htu", TOKEN_URL);
	assert_int_equal(json_get_int(a, "iat", 0, INT64_MAX, &iat), 0);
	assert_int_equal(iat, 1000000);
	assert_string_not_equal(json_string_value(json_object_get(a, "jti")),
				json_string_value(json_object_get(b, "jti")));
	assert_int_equal(json_object_size(c), 6);
	assert_claim(c, "htm", "GET");
	assert_claim(c, "nonce", "n-0S6_WzA2Mj");
	assert_claim(c, "ath", ATH);
}

/* Section 4.1's own proof passes where ours do, and says as many things. */
static void test_the_example_of_the_rfc(void **state)
{
	static const char example[] =
		"eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZy"
		"aHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpi"
		"VFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19.eyJqdGkiOiItQndDM0V"
		"TYzZhY2MybFRjIiwiaHRtIjoiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3R"
		"va2VuIiwiaWF0IjoxNTYyMjYyNjE2fQ.2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg4Pt"
		"FLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg";
	_cleanup_(secret_freep) struct secret *proof = secret_new(example, sizeof(example) - 1);
	_cleanup_(json_release_p) json_t *claims = NULL;
	char jkt[JWK_THUMBPRINT_LEN + 1];

	(void)state;
	claims = verify(proof, jkt);
	assert_string_equal(jkt, "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"); /* section 6.1 */
	assert_int_equal(json_object_size(claims), 4);
	assert_claim(claims, "jti", "-BwC3ESc6acc2lTc");
	assert_claim(claims, "htm", "POST");
	assert_claim(claims, "htu", "https://server.example.com/token");
}

static void test_what_is_no_request_of_ours_is_not_signed(void **state)
{
	static char long_nonce[DPOP_NONCE_MAX + 2];
	static const struct {
		unsigned provider;
		struct proof_order order;
		int r;
	} rows[] = {
		{ 0, { "DELETE", TOKEN_URL, "", "" }, -EINVAL },
		{ 0, { "post", TOKEN_URL, "", "" }, -EINVAL },
		{ 0, { "", TOKEN_URL, "", "" }, -EINVAL },
		{ 0, { "POST", "https://evil.example/token", "", "" }, -EACCES },
		{ 0, { "POST", "https://idp.example.net/token", "", "" }, -EACCES },
		{ 0, { "POST", TOKEN_URL "?x=1", "", "" }, -EACCES },
		{ 0, { "POST", "https://evil.example/\x1b[2J", "", "" }, -EACCES },
		{ 0, { "POST", TOKEN_URL, "two words", "" }, -EINVAL },
		{ 0, { "POST", TOKEN_URL, "a\"b", "" }, -EINVAL },
		{ 0, { "POST", TOKEN_URL, "caf\xc3\xa9", "" }, -EINVAL },
		{ 0, { "POST", TOKEN_URL, long_nonce, "" }, -EINVAL },
		{ 0, { "GET", TOKEN_URL, "", "short" }, -EINVAL },
		{ 0, { "GET", TOKEN_URL, "", ATH "x" }, -EINVAL },
		{ 0,
		  { "GET", TOKEN_URL, "", "\",\"sub\":\"root\",\"x\":\"aaaaaaaaaaaaaaaaaaaaaaa" },
		  -EINVAL },
		{ 1, { "POST", "https://idp.example.net/token", "", "" }, -EINVAL }, /* no dpop */
	};
	struct key *key = NULL;

	(void)state;
	memset(long_nonce, 'n', DPOP_NONCE_MAX + 1);
	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		char reason[REASON_MAX] = "";
		struct secret *proof = NULL;
		int r = proof_make(&config, &providers[rows[i].provider], &key, &rows[i].order, 1,
				   reason, &proof);

		if (r != rows[i].r)
			fail_msg("row %zu: %d", i, r);
		assert_null(proof);
		assert_true(strlen(reason) > 10);
		for (const char *at = reason; *at; at++)
			assert_true(*at >= 0x20 && *at < 0x7f);
	}
	assert_null(key); /* not even a key is made for nothing */
}

/* ---- as messages ---- */

static int answer(enum wire_type type, const char *flow_provider, const char *const *texts,
		  struct key **key, bool *ret_signed)
{
	struct assertion_desk desk = { .config = &config, .proof_key = *key };
	struct flow flow = { .id = 7 };
	struct wire_in in, back;
	struct buf out, reply;
	int r;

	(void)snprintf(flow.provider, sizeof(flow.provider), "%s", flow_provider);
	buf_init(&out, WIRE_MESSAGE_MAX);
	buf_init_secret(&reply, WIRE_MESSAGE_MAX);
	wire_begin(&out, type, 0);
	wire_put_u64(&out, 7);
	while (*texts)
		wire_put_str(&out, *texts++);
	assert_int_equal(wire_end(&out), 0);
	assert_int_equal(wire_open(&in, out.data, out.len), 0);
	assert_int_equal(wire_get_u64(&in), 7);
	r = assertion_answer(&desk, &flow, &in, 1000000, &reply);
	*key = desk.proof_key;
	if (r == 0) {
		assert_int_equal(wire_end(&reply), 0);
		assert_int_equal(wire_open(&back, reply.data, reply.len), 0);
		assert_int_equal(back.type, MSG_SIGNED);
		assert_int_equal(wire_get_u64(&back), 7);
		*ret_signed = !*wire_get_str(&back, REASON_MAX);
		assert_int_equal(*ret_signed, *wire_get_str(&back, JWS_LEN_MAX) != '\0');
	}
	buf_done(&reply);
	buf_done(&out);
	return r;
}

static void test_a_flow_proves_for_its_own_provider(void **state)
{
	static const char *const ours[] = { "corp", "POST", TOKEN_URL, "", "", NULL };
	static const char *const nobody[] = { "gone", "POST", TOKEN_URL, "", "", NULL };
	static const char *const elsewhere[] = { "corp", "POST", "https://evil.example/",
						 "",     "",     NULL };
	static const char *const sign[] = { "corp", TOKEN_URL, NULL };
	_cleanup_(key_freep) struct key *key = NULL;
	bool done = false;

	(void)state;
	assert_int_equal(answer(MSG_PROVE, "corp", ours, &key, &done), 0);
	assert_true(done);
	assert_int_equal(answer(MSG_PROVE, "", ours, &key, &done), 0); /* a probe asks for all */
	assert_true(done);
	assert_int_equal(answer(MSG_PROVE, "other", ours, &key, &done), -EPROTO);
	assert_int_equal(answer(MSG_PROVE, "", nobody, &key, &done), 0);
	assert_false(done);
	assert_int_equal(answer(MSG_PROVE, "corp", elsewhere, &key, &done), 0);
	assert_false(done);
	/* The key of proofs makes no assertion: this provider has none. */
	assert_int_equal(answer(MSG_SIGN, "corp", sign, &key, &done), 0);
	assert_false(done);
}

TEST_MAIN(TEST(test_the_example_of_the_rfc), TEST(test_proofs_are_what_the_rfc_says),
	  TEST(test_what_is_no_request_of_ours_is_not_signed),
	  TEST(test_a_flow_proves_for_its_own_provider))
