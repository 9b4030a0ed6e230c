/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The pure parts of vouchers: when one is asked for, what is signed for it, what comes for one. */
#include "tests/lib/test.h"

#include <errno.h>
#include <openssl/pem.h>
#include <stdio.h>

#include "common/b64url.h"
#include "common/limits.h"
#include "common/secret.h"
#include "common/wire.h"
#include "idp-agentd/core/config.h"
#include "idp-agentd/core/key.h"
#include "idp-agentd/core/proof.h"
#include "idp-agentd/core/voucher-internal.h"
#include "idp-agentd/core/voucher-judge.h"
#include "idp-agentd/core/voucher-mint.h"
#include "idp-agentd/core/voucher-plan.h"
#include "idp-agentd/net/json.h"
#include "idp-agentd/net/jwk.h"
#include "idp-agentd/net/jwks.h"
#include "idp-agentd/net/jws.h"
#include "tests/lib/forge.h"

#define NOW    (1000 * USEC_PER_SEC)
#define MINUTE USEC_PER_MINUTE

/* ---- when ---- */

static void test_nothing_kept_is_asked_for_and_then_given(void **state)
{
	struct voucher_hold hold = { 0 };
	struct voucher_term term = { 0 };

	(void)state;
	assert_int_equal(voucher_step(&term, &hold, NOW), VOUCHER_ASK);
	voucher_term_set(&term, 10 * MINUTE, NOW);
	assert_int_equal(voucher_step(&term, &hold, NOW), VOUCHER_GIVE);
	assert_int_equal(voucher_step(&term, &hold, NOW + 8 * MINUTE - 1), VOUCHER_GIVE);
	/* from four fifths on a new one is asked for, and the old one is alive meanwhile */
	assert_int_equal(voucher_step(&term, &hold, NOW + 8 * MINUTE), VOUCHER_ASK);
	assert_true(voucher_term_is_alive(&term, NOW + 9 * MINUTE));
	assert_false(voucher_term_is_alive(&term, NOW + 10 * MINUTE - 1));
	assert_int_equal(voucher_step(&term, &hold, NOW + 11 * MINUTE), VOUCHER_ASK);
}

static void test_it_is_renewed_only_for_somebody(void **state)
{
	struct voucher_hold hold = { 0 };
	struct voucher_term term = { 0 };

	(void)state;
	voucher_term_set(&term, 10 * MINUTE, NOW);
	assert_true(voucher_renewal(&term, &hold) == USEC_INFINITY);
	assert_true(voucher_oblivion(&term, &hold) == NOW + 10 * MINUTE);
	term.wanted = true;
	assert_true(voucher_renewal(&term, &hold) == NOW + 8 * MINUTE);
}

/* 400, 400, 200: a minute, two minutes, and as if nothing had been. */
static void test_a_refusal_holds_and_passes(void **state)
{
	struct voucher_hold hold = { 0 };
	struct voucher_term term = { .wanted = true };
	usec_t now = NOW;

	(void)state;
	voucher_hold_refused(&hold, now);
	assert_true(hold.refused);
	assert_int_equal(voucher_step(&term, &hold, now + MINUTE - 1), VOUCHER_HELD);
	assert_true(voucher_renewal(&term, &hold) == now + MINUTE);
	now += MINUTE;
	assert_int_equal(voucher_step(&term, &hold, now), VOUCHER_ASK);
	voucher_hold_refused(&hold, now);
	assert_int_equal(voucher_step(&term, &hold, now + 2 * MINUTE - 1), VOUCHER_HELD);
	now += 2 * MINUTE;
	assert_int_equal(voucher_step(&term, &hold, now), VOUCHER_ASK);
	voucher_hold_clear(&hold);
	voucher_term_set(&term, 10 * MINUTE, now);
	assert_int_equal(voucher_step(&term, &hold, now), VOUCHER_GIVE);
	voucher_hold_refused(&hold, now);
	assert_true(hold.until == now + MINUTE);
}

static void test_holds_have_an_end(void **state)
{
	struct voucher_hold hold = { 0 };

	(void)state;
	for (unsigned i = 0; i < 100; i++) {
		voucher_hold_refused(&hold, NOW);
		assert_true(hold.until <= NOW + USEC_PER_HOUR);
	}
	assert_true(hold.until == NOW + USEC_PER_HOUR);
	/* forgotten so late that the next refusal would have doubled it */
	assert_true(voucher_oblivion(&(struct voucher_term){ 0 }, &hold) == NOW + 2 * USEC_PER_HOUR);
	voucher_hold_trouble(&hold, 0, NOW);
	assert_false(hold.refused);
	assert_true(hold.until == NOW + 2 * USEC_PER_SEC);
	for (unsigned i = 0; i < 100; i++)
		voucher_hold_trouble(&hold, 0, NOW);
	assert_true(hold.until == NOW + MINUTE);
	voucher_hold_trouble(&hold, 5 * MINUTE, NOW);
	assert_true(hold.until == NOW + 5 * MINUTE);
	voucher_hold_trouble(&hold, USEC_INFINITY - 1, NOW);
	assert_true(hold.until == NOW + USEC_PER_HOUR);
}

static void test_a_hold_takes_nothing_that_is_alive(void **state)
{
	struct voucher_hold hold = { 0 };
	struct voucher_term term = { .wanted = true };

	(void)state;
	voucher_term_set(&term, 10 * MINUTE, NOW);
	voucher_hold_refused(&hold, NOW + 8 * MINUTE);
	assert_int_equal(voucher_step(&term, &hold, NOW + 8 * MINUTE + 1), VOUCHER_GIVE);
	assert_true(voucher_renewal(&term, &hold) == NOW + 9 * MINUTE);
}

/* ---- what is kept ---- */

static const struct config_client some_client = { .name = "A" };

static uint64_t a_time(void)
{
	return 1000;
}

/* The place for a voucher for message i, as user uid orders it; the question goes out. */
static int ask_digest(struct vouchers *vouchers, uint32_t uid, unsigned i)
{
	char digest[VOUCHER_DIGEST_LEN + 1];
	const struct voucher_order order = { .client = &some_client, .digest = digest, .uid = uid };
	struct voucher_slot *slot;
	int r;

	(void)snprintf(digest, sizeof(digest), "%064u", i);
	r = voucher_slot_get(vouchers, &order, &slot);
	if (r == 0 && slot->flow == 0)
		slot->flow = i + 1;
	return r;
}

static void forget_all(struct vouchers *vouchers)
{
	while (vouchers->slots)
		voucher_slot_free(vouchers->slots);
	assert_null(vouchers->pairs);
	assert_true(vouchers->n_slots == 0 && vouchers->n_digests == 0);
}

/* Nobody waits for them any more, and there is no answer. */
static void test_a_platform_that_hangs_fills_nothing(void **state)
{
	const struct voucher_order plain = { .client = &some_client, .digest = "", .uid = 1 };
	struct vouchers vouchers = { .n_slots = 0 };
	struct voucher_slot *slot;
	unsigned n = 0;

	(void)state;
	for (uint32_t uid = 1; n < VOUCHERS_DIGEST_MAX; uid++) {
		for (unsigned i = 0; i < VOUCHERS_ASKED_MAX; i++)
			assert_int_equal(ask_digest(&vouchers, uid, n++), 0);
		assert_int_equal(ask_digest(&vouchers, uid, n), -ENOBUFS);
		assert_int_equal(ask_digest(&vouchers, uid, n - 1), 0); /* under way already */
	}
	assert_int_equal(ask_digest(&vouchers, 99, n), -ENOBUFS);
	assert_int_equal(vouchers.n_digests, VOUCHERS_DIGEST_MAX);
	assert_int_equal(voucher_slot_get(&vouchers, &plain, &slot), 0);
	vouchers.slots->next->flow = 0; /* answered */
	assert_int_equal(ask_digest(&vouchers, 99, n), 0);
	assert_int_equal(vouchers.n_digests, VOUCHERS_DIGEST_MAX);
	forget_all(&vouchers);
}

/* A platform that knows no DPoP refuses those for a proof, and only those. */
static void test_what_is_bound_is_held_alone(void **state)
{
	struct voucher_order order = { .client = &some_client, .digest = "", .bound = true };
	struct vouchers vouchers = { .parts = { .time = a_time } };
	struct voucher_slot *bound_slot, *slot;
	struct voucher_state seen;

	(void)state;
	assert_int_equal(voucher_slot_get(&vouchers, &order, &bound_slot), 0);
	voucher_hold_refused(&bound_slot->pair->hold, clock_now());
	(void)snprintf(bound_slot->pair->said, sizeof(bound_slot->pair->said), "no proofs");
	order.bound = false;
	assert_int_equal(voucher_slot_get(&vouchers, &order, &slot), 0);
	assert_int_equal(voucher_step(&slot->term, &slot->pair->hold, clock_now()), VOUCHER_ASK);
	assert_int_equal(voucher_step(&bound_slot->term, &bound_slot->pair->hold, clock_now()),
			 VOUCHER_HELD);
	voucher_hold_trouble(&slot->pair->hold, 0, clock_now());
	(void)snprintf(slot->pair->said, sizeof(slot->pair->said), "away");
	vouchers_look(&vouchers, "A", "", &seen);
	assert_true(seen.suspended && seen.next > a_time());
	assert_string_equal(seen.said, "no proofs");
	forget_all(&vouchers);
}

/* ---- what is signed ---- */

static struct key *rsa_key(const char *alg)
{
	_cleanup_(secret_freep) struct secret *pem = NULL;
	BIO *bio = BIO_new(BIO_s_mem());
	char reason[REASON_MAX], *text;
	struct key *key;
	long len;

	assert_int_equal(PEM_write_bio_PKCS8PrivateKey(bio, forge_key(JOSE_RS256), NULL, NULL, 0,
						       NULL, NULL),
			 1);
	len = BIO_get_mem_data(bio, &text);
	pem = secret_new(text, (size_t)len);
	BIO_free(bio);
	assert_int_equal(key_load(pem, alg, reason, &key), 0);
	return key;
}

static json_t *part_of(const char *token, unsigned part)
{
	static uint8_t bytes[4096];
	json_t *object;
	size_t len;

	while (part-- > 0)
		token = strchr(token, '.') + 1;
	assert_int_equal(b64url_decode(token, strcspn(token, "."), bytes, sizeof(bytes), &len), 0);
	assert_int_equal(json_parse(bytes, len, len, JSON_ROOT_OBJECT, &object), 0);
	return object;
}

static void has(const json_t *object, const char *name, const char *value)
{
	assert_string_equal(json_string_value(json_object_get(object, name)), value);
}

static void test_an_assertion_says_what_it_must_and_nothing_more(void **state)
{
	static const char digest[] =
		"79ba8c02000c582fbd1631197e83640d0fb0ecb33f1ef641e7c633ac3df556e5";
	struct voucher_claims claims = {
		.client_id = "8e9f24ca-78f5-4c69-9e4f-0efbeac7bb2b",
		.audience = "auth.interop.test/client-assertion",
		.purpose = "34f1624b-91cb-4b05-b8c0-cad208a30222",
		.digest = digest,
	};
	_cleanup_(key_freep) struct key *key = rsa_key("RS256");
	_cleanup_(secret_freep) struct secret *first = NULL, *second = NULL, *bare = NULL;
	_cleanup_(json_release_p) json_t *header = NULL, *payload = NULL, *api = NULL;
	char kid[KEY_THUMBPRINT_LEN + 1], reason[REASON_MAX];

	(void)state;
	assert_int_equal(voucher_mint(key, &claims, 1616170068, reason, &first), 0);
	header = part_of(first->text, 0);
	assert_int_equal(json_object_size(header), 3);
	assert_int_equal(key_thumbprint(key, kid), 0);
	has(header, "alg", "RS256");
	has(header, "typ", "JWT");
	has(header, "kid", kid);
	payload = part_of(first->text, 1);
	assert_int_equal(json_object_size(payload), 8);
	has(payload, "iss", claims.client_id);
	has(payload, "sub", claims.client_id);
	has(payload, "aud", claims.audience);
	has(payload, "purposeId", claims.purpose);
	assert_int_equal(json_integer_value(json_object_get(payload, "iat")), 1616170068);
	assert_int_equal(json_integer_value(json_object_get(payload, "exp")), 1616170128);
	assert_int_equal(json_object_size(json_object_get(payload, "digest")), 2);
	has(json_object_get(payload, "digest"), "alg", "SHA256");
	has(json_object_get(payload, "digest"), "value", digest);
	assert_int_equal(voucher_mint(key, &claims, 1616170068, reason, &second), 0);
	assert_string_not_equal(first->text, second->text); /* jti */
	claims.purpose = claims.digest = NULL;
	assert_int_equal(voucher_mint(key, &claims, 1616170068, reason, &bare), 0);
	api = part_of(bare->text, 1);
	assert_int_equal(json_object_size(api), 6);
}

static void test_what_no_platform_takes_is_not_signed(void **state)
{
	struct voucher_claims claims = { .client_id = "c", .audience = "a" };
	_cleanup_(key_freep) struct key *rs = rsa_key("RS256"), *ps = rsa_key("PS256");
	static const char *const digests[] = {
		"",
		"79ba",
		"79BA8C02000C582FBD1631197E83640D0FB0ECB33F1EF641E7C633AC3DF556E5",
		"79ba8c02000c582fbd1631197e83640d0fb0ecb33f1ef641e7c633ac3df556e5 ",
		"\"9ba8c02000c582fbd1631197e83640d0fb0ecb33f1ef641e7c633ac3df556e5",
	};
	struct secret *made = NULL;
	char reason[REASON_MAX];

	(void)state;
	assert_int_equal(voucher_mint(ps, &claims, 1, reason, &made), -EINVAL);
	for (size_t i = 0; i < ELEMENTSOF(digests); i++) {
		claims.digest = digests[i];
		assert_int_equal(voucher_mint(rs, &claims, 1, reason, &made), -EINVAL);
	}
	assert_null(made);
}

static void test_a_proof_in_hand_is_for_requests_only(void **state)
{
	static const struct proof_order orders[] = {
		{ "BREW", "https://a.test/", "", "" },
		{ "GET", "https://a.test/?a", "", "" },
		{ "GET", "https://a.test/#a", "", "" },
		{ "GET", "https://a.test/", "\"", "" },
		{ "GET", "https://a.test/", "", "short" },
	};
	const struct proof_order good = { "DELETE", "https://a.test/", "", "" };
	_cleanup_(key_freep) struct key *key = NULL;
	_cleanup_(secret_freep) struct secret *proof = NULL;
	char reason[REASON_MAX];

	(void)state;
	assert_int_equal(key_generate(&key), 0);
	for (size_t i = 0; i < ELEMENTSOF(orders); i++)
		assert_int_equal(proof_make_with(key, &orders[i], 1, reason, &proof), -EINVAL);
	assert_null(proof);
	assert_int_equal(proof_make_with(key, &good, 1, reason, &proof), 0);
}

/* ---- what comes ---- */

static const char *const auds[] = { "https://x.test/1", "https://x.test/2" };
static const struct config_list audience = { .n = 2, .items = auds };
static const struct voucher_wish bearer = {
	.issuer = "i", .client_id = "c", .purpose = "p", .audience = &audience
};
static const struct voucher_wish bound = {
	.issuer = "i", .client_id = "c", .purpose = "p", .digest = "d", .jkt = "k"
};
static const struct voucher_wish api = { .issuer = "i", .client_id = "c" };

static struct vouched good(void)
{
	return (struct vouched){
		.voucher = "v",
		.type = "Bearer",
		.typ = "at+jwt",
		.expires_in = 600,
		.code = "",
		.text = "",
		.jti = "j",
		.iss = "i",
		.sub = "c",
		.client_id = "c",
		.purpose = "p",
		.jkt = "",
		.digest = "",
		.n_aud = 1,
		.aud = { "https://x.test/1,https://x.test/2" },
		.iat = 100,
		.exp = 700,
	};
}

static bool ours(struct vouched vouched, const struct voucher_wish *wish, uint64_t *ret_life)
{
	char reason[REASON_MAX] = "";
	uint64_t life = 0;
	bool is = vouched_is_ours(&vouched, wish, reason, &life);

	assert_int_equal(is, *reason == '\0');
	if (ret_life)
		*ret_life = life;
	return is;
}

static void test_what_was_asked_for_is_ours(void **state)
{
	struct vouched v = good();
	uint64_t life;

	(void)state;
	assert_true(ours(v, &bearer, &life));
	assert_int_equal(life, 600);
	v.type = "bearer";
	v.typ = "dpop+jwt";
	v.expires_in = 60; /* the shorter one counts */
	assert_true(ours(v, &bearer, &life));
	assert_int_equal(life, 60);
	v.expires_in = 0;
	v.exp = 10000000;
	assert_true(ours(v, &bearer, &life));
	assert_int_equal(life, VOUCHER_LIFE_MAX);
	v = good();
	v.n_aud = 2;
	v.aud[0] = auds[0];
	v.aud[1] = auds[1];
	assert_true(ours(v, &bearer, NULL));
	v = good();
	v.type = "DPoP";
	v.jkt = "k";
	v.digest = "d";
	assert_true(ours(v, &bound, NULL));
	v = good();
	v.purpose = "";
	v.n_aud = 0;
	assert_true(ours(v, &api, NULL));
}

static void test_whatever_differs_is_not(void **state)
{
	static const struct {
		size_t field;
		const char *value;
	} rows[] = {
		{ offsetof(struct vouched, type), "DPoP" },
		{ offsetof(struct vouched, type), "" },
		{ offsetof(struct vouched, typ), "JWT" },
		{ offsetof(struct vouched, typ), "" },
		{ offsetof(struct vouched, jti), "" },
		{ offsetof(struct vouched, jti), "a\nb" },
		{ offsetof(struct vouched, iss), "I" },
		{ offsetof(struct vouched, iss), "" },
		{ offsetof(struct vouched, sub), "d" },
		{ offsetof(struct vouched, client_id), "d" },
		{ offsetof(struct vouched, purpose), "q" },
		{ offsetof(struct vouched, purpose), "" },
		{ offsetof(struct vouched, jkt), "k" },
		{ offsetof(struct vouched, digest), "d" },
		{ offsetof(struct vouched, aud[0]), "" },
		{ offsetof(struct vouched, aud[0]), "," },
		{ offsetof(struct vouched, aud[0]), "https://x.test/11" },
		{ offsetof(struct vouched, aud[0]), "https://x.test/1,https://y.test/" },
		{ offsetof(struct vouched, aud[0]), "https://y.test/ https://x.test/1" },
	};
	struct vouched v;

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		v = good();
		memcpy((char *)&v + rows[i].field, &rows[i].value, sizeof(rows[i].value));
		if (ours(v, &bearer, NULL))
			fail_msg("row %zu was taken", i);
	}
	v = good();
	v.odd = true;
	assert_false(ours(v, &bearer, NULL));
	v = good();
	v.n_aud = 0;
	assert_false(ours(v, &bearer, NULL));
	v = good();
	v.iat = 0;
	assert_false(ours(v, &bearer, NULL));
	v = good();
	v.exp = v.iat;
	assert_false(ours(v, &bearer, NULL));
	v = good();
	v.expires_in = VOUCHER_LEFT / USEC_PER_SEC;
	assert_false(ours(v, &bearer, NULL));
	v.expires_in++;
	assert_true(ours(v, &bearer, NULL));
	assert_false(ours(good(), &bound, NULL));
	assert_false(ours(good(), &api, NULL));
}

/* VOUCHED with these claims; its reading's result. */
static int read_vouched(const char *voucher, const char *code, const char *const *claims,
			struct vouched *ret)
{
	static uint8_t message[4096];
	struct wire_in in;
	struct buf out;
	size_t n = 0;
	int r;

	while (claims[2 * n])
		n++;
	buf_init(&out, WIRE_MESSAGE_MAX);
	wire_begin(&out, MSG_VOUCHED, 0);
	wire_put_u64(&out, 1);
	wire_put_str(&out, voucher);
	wire_put_str(&out, "Bearer");
	wire_put_str(&out, "at+jwt");
	wire_put_u64(&out, 600);
	wire_put_u64(&out, 0);
	wire_put_u64(&out, 0);
	wire_put_str(&out, code);
	wire_put_str(&out, "");
	wire_put_count(&out, n);
	for (size_t i = 0; i < n; i++)
		wire_put_field(&out, 's', claims[2 * i], claims[2 * i + 1]);
	assert_int_equal(wire_end(&out), 0);
	memcpy(message, out.data, out.len);
	assert_int_equal(wire_open(&in, message, out.len), 0);
	buf_done(&out);
	assert_true(wire_get_u64(&in) == 1);
	r = vouched_read(&in, ret);
	return r;
}

static void test_a_message_is_read(void **state)
{
	static const char *const once[] = { "/jti",	"j", "/aud", "a",   "/aud",
					    "b",	"/cnf/jkt", "k",    "/iat", "7",
					    "/exp",	"nonsense", "/else", "x",  NULL };
	static const char *const twice[] = { "/purposeId", "p", "/purposeId", "q", NULL };
	static const char *const none[] = { NULL };
	struct vouched v;

	(void)state;
	assert_int_equal(read_vouched("v", "", once, &v), 0);
	assert_string_equal(v.jti, "j");
	assert_string_equal(v.jkt, "k");
	assert_int_equal(v.n_aud, 2);
	assert_true(v.iat == 7 && v.exp == 0 && !v.odd);
	assert_int_equal(read_vouched("v", "", twice, &v), 0);
	assert_true(v.odd);
	assert_int_equal(read_vouched("", "voucher-refused", none, &v), 0);
	/* a voucher and a refusal, or neither */
	assert_int_equal(read_vouched("v", "voucher-refused", none, &v), -EPROTO);
	assert_int_equal(read_vouched("", "", none, &v), -EPROTO);
}

TEST_MAIN(TEST(test_nothing_kept_is_asked_for_and_then_given),
	  TEST(test_it_is_renewed_only_for_somebody), TEST(test_a_refusal_holds_and_passes),
	  TEST(test_holds_have_an_end), TEST(test_a_hold_takes_nothing_that_is_alive),
	  TEST(test_a_platform_that_hangs_fills_nothing), TEST(test_what_is_bound_is_held_alone),
	  TEST(test_an_assertion_says_what_it_must_and_nothing_more),
	  TEST(test_what_no_platform_takes_is_not_signed),
	  TEST(test_a_proof_in_hand_is_for_requests_only), TEST(test_what_was_asked_for_is_ours),
	  TEST(test_whatever_differs_is_not), TEST(test_a_message_is_read))
