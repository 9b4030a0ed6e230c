/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The real idp-netd against the platform that misbehaves: every case of a sign-in with its
 * verdict. A row is a case of tests/idp/mock.mjs; all rows of a table run side by side, since each
 * is a provider and a flow of its own.
 */
#include "tests/lib/test.h"

#include "tests/lib/netd-world.h"

#define WAIT (60 * USEC_PER_SEC)

static unsigned n_wrong; /* rows of the table under way */

/* What is expected of a row, as the message that says it. */
#define IDENTITY MSG_IDENTITY
#define DENIED   MSG_DENIED
#define FAILED   MSG_FAILED
#define STUCK    MSG_CODE /* still polling when the test has seen enough */

struct row {
	const char *what; /* case of the mock */
	enum wire_type expected;
	const char *code; /* of DENIED and FAILED; NULL: any */
};

static void set_up_provider(uint32_t revision, const char *name, unsigned port, const char *what)
{
	char issuer[256];
	const char *pairs[] = { "issuer", issuer, "client_id", "host-public", "ca", mock.ca, NULL };

	assert_true(snprintf(issuer, sizeof(issuer), "https://127.0.0.1:%u/%s", port, what) > 0);
	assert_int_equal(fake_core_setup(&core, revision, "provider", name, pairs), 0);
}

static const char *verdict_name(enum wire_type type)
{
	return wire_name((uint16_t)type);
}

/* Said and counted, so that one run shows every row that is wrong. */
static void wrong_row(const struct row *row, const char *code, const char *text,
		      const char *expected)
{
	print_message("%s: code %s (%s), expected %s\n", row->what, code, text, expected);
	n_wrong++;
}

/* Judges one message about a row; true when the row is done. */
static bool judge_row(const struct row *row, struct wire_in *in)
{
	bool refused = in->type == DENIED || in->type == FAILED;
	const char *code, *text;

	if (in->type == MSG_CODE && row->expected != STUCK)
		return false;
	code = refused ? wire_get_str(in, REASON_MAX) : "";
	text = refused ? wire_get_str(in, REASON_MAX) : "";
	if (in->type != row->expected) {
		print_message("%s: %s %s (%s), expected %s\n", row->what, verdict_name(in->type),
			      code, text, verdict_name(row->expected));
		n_wrong++;
		return true;
	}
	if (!refused)
		return true;
	if (row->code && strcmp(code, row->code) != 0)
		wrong_row(row, code, text, row->code);
	if (strlen(text) < 10)
		wrong_row(row, code, text, "a sentence");
	return true;
}

static void run_rows(unsigned port, const struct row *rows, size_t n)
{
	struct wire_in in;
	bool done[128] = { false };
	uint32_t revision = 1;
	size_t left;

	if (no_platform)
		skip();
	assert_true(n <= ELEMENTSOF(done));
	n_wrong = 0;
	assert_int_equal(fake_core_reconnect(&core), 0);
	for (size_t first = 0; first < n; first += PROVIDERS_MAX / 2) {
		size_t end = first + PROVIDERS_MAX / 2 < n ? first + PROVIDERS_MAX / 2 : n;

		for (size_t i = first; i < end; i++)
			set_up_provider(revision, rows[i].what, port, rows[i].what);
		assert_int_equal(fake_core_setup_end(&core, revision++), 0);
		for (size_t i = first; i < end; i++)
			assert_int_equal(
				fake_core_device(&core, i + 1, rows[i].what, "openid profile"), 0);
		for (left = end - first; left > 0;) {
			int r = fake_core_next(&core, WAIT, &in);
			uint64_t flow;

			for (size_t i = first; r < 0 && i < end; i++)
				if (!done[i])
					print_message("%s: no verdict\n", rows[i].what);
			assert_int_equal(r, 0);
			flow = wire_get_u64(&in);
			assert_true(flow > first && flow <= end);
			if (done[flow - 1] || !judge_row(&rows[flow - 1], &in))
				continue;
			done[flow - 1] = true;
			left--;
			assert_int_equal(fake_core_abort(&core, flow), 0);
		}
	}
	assert_int_equal(n_wrong, 0);
}

static void test_transport_troubles_fail_with_a_sentence(void **state)
{
	static const struct row rows[] = {
		{ "garbage", FAILED, "discovery-json" },
		{ "garbage,at=device", FAILED, "platform-garbage" },
		{ "garbage,at=token", FAILED, "platform-refused" },
		{ "garbage,at=jwks", FAILED, NULL },
		{ "empty", FAILED, "discovery-json" },
		{ "empty,at=token", FAILED, "platform-refused" },
		{ "html-404", FAILED, "http-status" },
		{ "html-404,at=device", FAILED, "platform-refused" },
		{ "html-404,at=token", FAILED, "platform-refused" },
		{ "error-500", FAILED, "http-status" },
		{ "error-500,at=device", FAILED, NULL },
		{ "error-500,at=token", STUCK, NULL },
		{ "error-503-retry,at=token", STUCK, NULL },
		{ "error-429,at=token", STUCK, NULL },
		{ "redirect-loop", FAILED, "redirect-refused" },
		{ "redirect-foreign", FAILED, "redirect-refused" },
		{ "redirect-http", FAILED, "redirect-refused" },
		{ "redirect-file", FAILED, "redirect-refused" },
		{ "redirect-none", FAILED, "redirect-refused" },
		{ "redirect-same,at=discovery", IDENTITY, NULL },
		{ "redirect-same,at=jwks", IDENTITY, NULL },
		{ "redirect-same,at=token", FAILED, "platform-refused" },
		{ "redirect-same,at=device", FAILED, "redirect-refused" },
		{ "big", FAILED, "answer-too-large" },
		{ "big,at=device", FAILED, "answer-too-large" },
		{ "big,at=token", FAILED, "platform-refused" },
		{ "endless", FAILED, "answer-too-large" },
		{ "reset", FAILED, "answer-truncated" },
		{ "truncated-length", FAILED, "answer-truncated" },
		{ "truncated-chunked", FAILED, "answer-truncated" },
		{ "truncated-tls", FAILED, "answer-truncated" },
		{ "truncated-tls,at=jwks", FAILED, "answer-truncated" },
		{ "gzip-bomb", FAILED, NULL },
		{ "not-http", FAILED, "not-http" },
		{ "hang", FAILED, "timeout" },
		{ "trickle", FAILED, "timeout" },
		{ "header-flood", FAILED, NULL },
		{ "skewed-date", IDENTITY, NULL },
	};

	(void)state;
	run_rows(mock.port, rows, ELEMENTSOF(rows));
}

static void test_metadata_is_taken_only_from_its_issuer(void **state)
{
	static const struct row rows[] = {
		{ "discovery-issuer-other", FAILED, "discovery-issuer" },
		{ "discovery-issuer-slash", FAILED, "discovery-issuer" },
		{ "discovery-issuer-case", FAILED, "discovery-issuer" },
		{ "discovery-issuer-missing", FAILED, "discovery-issuer" },
		{ "discovery-issuer-array", FAILED, "discovery-issuer" },
		{ "discovery-no-device", FAILED, "not-offered" },
		{ "discovery-no-token", FAILED, "not-offered" },
		{ "discovery-no-jwks", FAILED, "not-offered" },
		{ "discovery-http-endpoint", FAILED, "discovery-endpoint" },
		{ "discovery-file-endpoint", FAILED, "discovery-endpoint" },
		{ "discovery-endpoint-number", FAILED, "discovery-shape" },
		{ "discovery-array", FAILED, "discovery-json" },
		{ "discovery-duplicate", FAILED, "discovery-json" },
		{ "discovery-deep", FAILED, "discovery-json" },
		{ "discovery-nul", FAILED, "discovery-json" },
		{ "discovery-bad-utf8", FAILED, "discovery-json" },
		{ "discovery-bom", FAILED, "discovery-json" },
		{ "discovery-trailing", FAILED, "discovery-json" },
		{ "discovery-html-type", IDENTITY, NULL },
		{ "oidc-only", IDENTITY, NULL },
		{ "oauth-only", FAILED, "http-status" },
	};

	(void)state;
	run_rows(mock.port, rows, ELEMENTSOF(rows));
}

static void test_a_device_code_is_shown_only_when_it_is_sound(void **state)
{
	static const struct row rows[] = {
		{ "device-404-html", FAILED, "platform-refused" },
		{ "device-no-interval", IDENTITY, NULL },
		{ "device-no-expires", IDENTITY, NULL },
		{ "device-no-uri", FAILED, "platform-garbage" },
		{ "device-no-complete", IDENTITY, NULL },
		{ "device-no-user-code", FAILED, "platform-garbage" },
		{ "device-no-device-code", FAILED, "platform-garbage" },
		{ "device-uri-url-spelling", IDENTITY, NULL },
		{ "device-interval-zero", IDENTITY, NULL },
		{ "device-interval-negative", FAILED, "platform-garbage" },
		{ "device-interval-huge", FAILED, "platform-garbage" },
		{ "device-interval-string", IDENTITY, NULL },
		{ "device-interval-float", FAILED, "platform-garbage" },
		{ "device-expires-zero", FAILED, "platform-garbage" },
		{ "device-expires-soon,polls=9", DENIED, "expired-code" },
		{ "device-expires-huge", FAILED, "platform-garbage" },
		{ "device-code-controls", FAILED, "platform-garbage" },
		{ "device-code-long", FAILED, "platform-garbage" },
		{ "device-code-empty", FAILED, "platform-garbage" },
		{ "device-code-bidi", FAILED, "platform-garbage" },
		{ "device-uri-http", FAILED, "platform-garbage" },
		{ "device-uri-script", FAILED, "platform-garbage" },
		{ "device-uri-controls", FAILED, "platform-garbage" },
		{ "device-uri-long", FAILED, "platform-garbage" },
		{ "device-duplicate", FAILED, "platform-garbage" },
		{ "device-invalid-client", FAILED, "platform-refused" },
		{ "device-unauthorized-client", FAILED, "platform-refused" },
		{ "device-invalid-scope", FAILED, "invalid-scope" },
		{ "device-error-200", FAILED, "platform-garbage" },
		{ "device-error-controls", FAILED, "invalid-scope" },
	};

	(void)state;
	run_rows(mock.port, rows, ELEMENTSOF(rows));
}

static void test_polls_end_as_the_platform_says(void **state)
{
	static const struct row rows[] = {
		{ "pending", STUCK, NULL },
		{ "slow-down", STUCK, NULL },
		{ "slow-down-once", IDENTITY, NULL },
		{ "denied", DENIED, "access-denied" },
		{ "code-expired", DENIED, "expired-code" },
		{ "invalid-grant", FAILED, "platform-refused" },
		{ "unknown-error", FAILED, "platform-refused" },
		{ "error-200", FAILED, "platform-refused" },
		{ "error-once", IDENTITY, NULL },
		{ "reset-once", IDENTITY, NULL },
		{ "someone-else", IDENTITY, NULL },
		{ "no-id-token", DENIED, "token-invalid" },
		{ "empty-id-token", FAILED, "platform-refused" },
		{ "id-token-number", FAILED, "platform-refused" },
		{ "two-id-tokens", FAILED, "platform-refused" },
		{ "no-expires-in", IDENTITY, NULL },
		{ "token-type-lower", IDENTITY, NULL },
		{ "token-type-mac", FAILED, "platform-refused" },
		{ "with-refresh", IDENTITY, NULL },
	};

	(void)state;
	run_rows(mock.port, rows, ELEMENTSOF(rows));
}

static void test_only_a_sound_id_token_becomes_an_identity(void **state)
{
	static const struct row rows[] = {
		{ "wrong-iss", DENIED, "token-invalid" },
		{ "iss-slash", DENIED, "token-invalid" },
		{ "wrong-aud", DENIED, "token-invalid" },
		{ "aud-list", IDENTITY, NULL },
		{ "azp-wrong", DENIED, "token-invalid" },
		{ "nonce-wrong", IDENTITY, NULL },
		{ "expired", DENIED, "token-invalid" },
		{ "exp-string", DENIED, "token-invalid" },
		{ "exp-huge", DENIED, "token-invalid" },
		{ "exp-negative", DENIED, "token-invalid" },
		{ "iat-future", DENIED, "token-invalid" },
		{ "nbf-future", DENIED, "token-invalid" },
		{ "no-iss", DENIED, "token-invalid" },
		{ "no-sub", DENIED, "token-invalid" },
		{ "no-aud", DENIED, "token-invalid" },
		{ "no-exp", DENIED, "token-invalid" },
		{ "no-iat", DENIED, "token-invalid" },
		{ "no-name", IDENTITY, NULL },
		{ "sub-empty", DENIED, "token-invalid" },
		{ "sub-long", DENIED, "token-invalid" },
		{ "sub-number", DENIED, "token-invalid" },
		{ "sub-nul", DENIED, "token-invalid" },
		{ "name-root", IDENTITY, NULL },
		{ "name-controls", FAILED, "token-invalid" },
		{ "groups-string", IDENTITY, NULL },
		{ "groups-many", IDENTITY, NULL },
		{ "claims-many", FAILED, "identity-too-large" },
		{ "claims-deep", DENIED, "token-invalid" },
		{ "token-long", FAILED, "platform-refused" },
		{ "duplicate-sub", DENIED, "token-invalid" },
		{ "duplicate-alg", DENIED, "token-invalid" },
		{ "alg-none", DENIED, "token-invalid" },
		{ "alg-none-signed", DENIED, "token-invalid" },
		{ "alg-lower", DENIED, "token-invalid" },
		{ "alg-missing", DENIED, "token-invalid" },
		{ "hs256-public", DENIED, "token-invalid" },
		{ "alg-swapped-header", DENIED, "token-invalid" },
		{ "signature-wrong", DENIED, "token-invalid" },
		{ "signature-cut", DENIED, "token-invalid" },
		{ "signature-empty", DENIED, "token-invalid" },
		{ "payload-changed", DENIED, "token-invalid" },
		{ "kid-unknown", DENIED, "token-invalid" },
		{ "kid-number", DENIED, "token-invalid" },
		{ "header-jku", DENIED, "token-invalid" },
		{ "header-jwk", DENIED, "token-invalid" },
		{ "header-crit", DENIED, "token-invalid" },
		{ "header-b64", DENIED, "token-invalid" },
		{ "typ-access-token", DENIED, "token-invalid" },
		{ "typ-logout", DENIED, "token-invalid" },
		{ "four-parts", DENIED, "token-invalid" },
		{ "five-parts", DENIED, "token-invalid" },
		{ "json-form", DENIED, "token-invalid" },
		{ "padded", DENIED, "token-invalid" },
		{ "spaced", FAILED, "platform-refused" },
		{ "workload", DENIED, "workload-token" },
		{ "good,alg=RS384", IDENTITY, NULL },
		{ "good,alg=PS256", IDENTITY, NULL },
		{ "good,alg=ES256", IDENTITY, NULL },
		{ "good,alg=ES512", IDENTITY, NULL },
		{ "good,alg=EdDSA", IDENTITY, NULL },
	};

	(void)state;
	run_rows(mock.port, rows, ELEMENTSOF(rows));
}

static void test_keys_and_userinfo_are_held_to_their_rules(void **state)
{
	static const struct row rows[] = {
		{ "jwks-empty", DENIED, "token-invalid" },
		{ "jwks-missing", FAILED, NULL },
		{ "jwks-oct", IDENTITY, NULL },
		{ "jwks-private", DENIED, "token-invalid" },
		{ "jwks-small", DENIED, "token-invalid" },
		{ "jwks-duplicate-kid", FAILED, NULL },
		{ "jwks-many", FAILED, NULL },
		{ "jwks-enc", DENIED, "token-invalid" },
		{ "jwks-alg-other", DENIED, "token-invalid" },
		{ "jwks-no-alg", IDENTITY, NULL },
		{ "jwks-one-no-kid", IDENTITY, NULL },
		{ "jwks-unknown-members", IDENTITY, NULL },
		{ "jwks-bad-curve", IDENTITY, NULL },
		{ "jwks-rotated", IDENTITY, NULL },
		{ "userinfo-other-sub", IDENTITY, NULL },
		{ "userinfo-no-sub", IDENTITY, NULL },
	};

	(void)state;
	run_rows(mock.port, rows, ELEMENTSOF(rows));
}

static void test_a_listener_whose_tls_is_wrong_is_never_believed(void **state)
{
	static const struct {
		const char *listener;
		struct row row;
	} rows[] = {
		{ "tls-untrusted", { "good", FAILED, "tls-untrusted" } },
		{ "tls-expired", { "good", FAILED, "tls-not-valid-now" } },
		{ "tls-wrong-name", { "good", FAILED, "tls-wrong-name" } },
		{ "tls-old", { "good", FAILED, "tls-failed" } },
		{ "plain-http", { "good", FAILED, "tls-failed" } },
		{ "never-speaks", { "good", FAILED, "timeout" } },
		{ "closes-at-once", { "good", FAILED, "tls-failed" } },
	};

	(void)state;
	if (no_platform)
		skip();
	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		unsigned port = mock_port(&mock, rows[i].listener);

		assert_int_not_equal(port, 0);
		print_message("%s\n", rows[i].listener);
		run_rows(port, &rows[i].row, 1);
	}
}

NETD_WORLD_MAIN(TEST(test_transport_troubles_fail_with_a_sentence),
		TEST(test_metadata_is_taken_only_from_its_issuer),
		TEST(test_a_device_code_is_shown_only_when_it_is_sound),
		TEST(test_polls_end_as_the_platform_says),
		TEST(test_only_a_sound_id_token_becomes_an_identity),
		TEST(test_keys_and_userinfo_are_held_to_their_rules),
		TEST(test_a_listener_whose_tls_is_wrong_is_never_believed))
