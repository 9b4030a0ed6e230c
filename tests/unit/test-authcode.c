/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "idp-agentd/net/authcode.h"

#include <ctype.h>
#include <errno.h>

#include "idp-agentd/net/url.h"
#include "tests/lib/test.h"

#define ISSUER "https://idp.example.com/realms/a"
#define ISS    "&iss=https%3A%2F%2Fidp.example.com%2Frealms%2Fa"
#define STATE  "c3RhdGUtb2Ytb3Vycw"

static void test_the_challenge_is_that_of_rfc_7636_appendix_b(void **state)
{
	char challenge[AUTHCODE_CHALLENGE_LEN + 1];

	(void)state;
	assert_int_equal(
		authcode_challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", challenge), 0);
	assert_string_equal(challenge, "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
}

static void test_what_binds_is_long_enough_and_never_twice(void **state)
{
	struct authcode a, b;

	(void)state;
	assert_int_equal(authcode_new(&a), 0);
	assert_int_equal(authcode_new(&b), 0);
	assert_int_equal(a.state->len, 22); /* 128 bits */
	assert_int_equal(a.nonce->len, 22);
	assert_int_equal(a.verifier->len, 43); /* RFC 7636 section 4.1: 43 to 128 */
	assert_string_not_equal(a.state->text, a.nonce->text);
	assert_string_not_equal(a.state->text, b.state->text);
	assert_string_not_equal(a.nonce->text, b.nonce->text);
	assert_string_not_equal(a.verifier->text, b.verifier->text);
	for (const char *at = a.verifier->text; *at; at++)
		assert_true(isalnum((unsigned char)*at) || *at == '-' || *at == '_');
	authcode_done(&a);
	authcode_done(&b);
	assert_null(a.state);
}

static void fixed(struct authcode *mine)
{
	mine->state = secret_new("S", 1);
	mine->nonce = secret_new("N", 1);
	mine->verifier = secret_new("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", 43);
}

#define FIXED                                                      \
	"&state=S&nonce=N&code_challenge=E9Melhoa2OwvFrEMTJguCHao" \
	"eK1t8URWbuGJSstw-cM&code_challenge_method=S256"

static void test_a_request_says_this(void **state)
{
	static const struct {
		struct authcode_request request;
		const char *query;
	} cases[] = {
		{ { "http://127.0.0.1/", "openid profile", "", UINT32_MAX, "", "resource", NULL },
		  "response_type=code&redirect_uri=http%3A%2F%2F127.0.0.1%2F" FIXED
		  "&scope=openid+profile" },
		{ { "https://h/c?x=1", "a", "urn:b c", 0, "https://r/?a=b&c", "resource", NULL },
		  "response_type=code&redirect_uri=https%3A%2F%2Fh%2Fc%3Fx%3D1" FIXED
		  "&scope=a&acr_values=urn%3Ab+c&max_age=0&resource=https%3A%2F%2Fr%2F%3Fa%3Db%26c" },
		{ { "https://h/", "", "", UINT32_MAX, "urn:r", "audience", NULL },
		  "response_type=code&redirect_uri=https%3A%2F%2Fh%2F" FIXED "&audience=urn%3Ar" },
	};
	struct authcode mine;
	struct buf out;

	(void)state;
	fixed(&mine);
	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		buf_init(&out, 4096);
		assert_int_equal(authcode_put_request(&out, &mine, &cases[i].request), 0);
		assert_int_equal(buf_end(&out), 0);
		assert_string_equal((const char *)out.data, cases[i].query);
		buf_done(&out);
	}
	buf_init(&out, 64);
	assert_int_equal(authcode_put_request(&out, &mine, &cases[0].request), -EMSGSIZE);
	buf_done(&out);
	authcode_done(&mine);
}

static void test_an_endpoint_keeps_its_own_query(void **state)
{
	static const struct {
		const char *endpoint, *url;
	} cases[] = {
		{ "https://h/a", "https://h/a?q=1" },
		{ "https://h", "https://h?q=1" },
		{ "https://h/a?", "https://h/a?q=1" },
		{ "https://h/a?t=2", "https://h/a?t=2&q=1" },
		{ "https://h/a?t=2&", "https://h/a?t=2&q=1" },
	};

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		struct buf query, out;

		buf_init(&query, 64);
		buf_init(&out, 64);
		url_put_pair(&query, "q", "1");
		authcode_put_url(&out, cases[i].endpoint, &query);
		assert_int_equal(buf_end(&out), 0);
		assert_string_equal((const char *)out.data, cases[i].url);
		buf_done(&query);
		buf_done(&out);
	}
}

static void test_the_answer_to_a_pushed_request(void **state)
{
	static const struct {
		const char *body;
		int outcome;
		uint32_t expires_in;
	} cases[] = {
		{ "{\"request_uri\":\"urn:x:1\",\"expires_in\":60}", 0, 60 },
		{ "{\"request_uri\":\"urn:x:1\",\"expires_in\":60,\"more\":[]}", 0, 60 },
		{ "{\"request_uri\":\"urn:x:1\",\"expires_in\":999999}", 0, 600 },
		{ "{\"request_uri\":\"urn:x:1\"}", OAUTH_E_SHAPE, 0 },
		{ "{\"request_uri\":\"urn:x:1\",\"expires_in\":0}", OAUTH_E_SHAPE, 0 },
		{ "{\"request_uri\":\"urn:x:1\",\"expires_in\":\"60\"}", OAUTH_E_SHAPE, 0 },
		{ "{\"request_uri\":\"\",\"expires_in\":60}", OAUTH_E_SHAPE, 0 },
		{ "{\"request_uri\":7,\"expires_in\":60}", OAUTH_E_SHAPE, 0 },
		{ "{\"request_uri\":\"urn x\",\"expires_in\":60}", OAUTH_E_SHAPE, 0 },
		{ "{\"request_uri\":\"urn\\u001b\",\"expires_in\":60}", OAUTH_E_SHAPE, 0 },
		{ "{\"request_uri\":\"urn\xc3\xa9\",\"expires_in\":60}", OAUTH_E_SHAPE, 0 },
		{ "{\"expires_in\":60}", OAUTH_E_SHAPE, 0 },
		{ "[]", OAUTH_E_JSON, 0 },
		{ "", OAUTH_E_JSON, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		struct authcode_pushed pushed = { .expires_in = 0 };

		assert_int_equal(
			authcode_pushed_parse(cases[i].body, strlen(cases[i].body), &pushed),
			cases[i].outcome);
		assert_int_equal(pushed.expires_in, cases[i].expires_in);
		if (cases[i].outcome == 0)
			assert_string_equal(pushed.request_uri, "urn:x:1");
	}
}

static void test_where_a_browser_may_end(void **state)
{
	static const char *const good[] = { "http://127.0.0.1/",      "http://127.0.0.1",
					    "http://127.0.0.1:8080/", "http://[::1]/cb",
					    "http://localhost/",      "https://site.example/code",
					    "https://h/c?x=1" };
	static const char *const bad[] = { "",
					   "http://site.example/",
					   "http://127.0.0.1.evil.example/",
					   "http://127.0.0.1@evil.example/",
					   "http://127.0.0.1:0/",
					   "http://127.0.0.1/#f",
					   "http://127.0.0.1/ x",
					   "http://localhostx/",
					   "app:/code",
					   "javascript:alert(1)",
					   "https://u@h/" };

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(good); i++)
		assert_true(authcode_redirect_ok(good[i]));
	for (size_t i = 0; i < ELEMENTSOF(bad); i++)
		assert_false(authcode_redirect_ok(bad[i]));
}

/* ---- what people paste ---- */

enum { IF_SAID, ALWAYS };

static const struct pasted {
	const char *text;
	int required; /* does the platform promise iss? */
	int outcome;
	const char *code; /* or of an error: its word */
} pasted[] = {
	/* whole addresses */
	{ "http://127.0.0.1/?code=abc&state=" STATE, IF_SAID, 0, "abc" },
	{ "http://127.0.0.1/?code=abc&state=" STATE ISS, ALWAYS, 0, "abc" },
	{ "http://127.0.0.1/?code=abc&state=" STATE ISS, IF_SAID, 0, "abc" },
	{ "  http://127.0.0.1/?code=abc&state=" STATE "\r\n", IF_SAID, 0, "abc" },
	{ "https://site.example/show?lang=en&code=abc&state=" STATE "&scope=a+b#x", IF_SAID, 0,
	  "abc" },
	{ "127.0.0.1/?code=abc&state=" STATE, IF_SAID, 0, "abc" }, /* some browsers hide http:// */
	{ "?code=abc&state=" STATE, IF_SAID, 0, "abc" },
	{ "code=abc&state=" STATE, IF_SAID, 0, "abc" },
	{ "state=" STATE "&code=abc", IF_SAID, 0, "abc" },
	{ "http://127.0.0.1/?code=4%2F0Ad%2b_-%7e&state=" STATE, IF_SAID, 0, "4/0Ad+_-~" },
	{ "http://127.0.0.1/?code=abc&state=c3Rhd%47Utb2Ytb3Vycw", IF_SAID, 0, "abc" },
	{ "http://127.0.0.1/?code=abc&CODE=x&Code=y&codes=z&state=" STATE, IF_SAID, 0, "abc" },
	{ "http://127.0.0.1/?code=abc&state=" STATE "&x=%zz&%00", IF_SAID, 0,
	  "abc" }, /* nobody reads */
	{ "http://127.0.0.1/?code=abc&state=" STATE "#_=_", IF_SAID, 0, "abc" },
	{ "http://127.0.0.1/?code=a+b%20c&state=" STATE, IF_SAID, 0, "a b c" }, /* VSCHAR has it */
	/* the code alone */
	{ "abc", IF_SAID, 0, "abc" },
	{ "abc", ALWAYS, 0, "abc" },
	{ " 4/0Ad+_-~.== \n", IF_SAID, 0, "4/0Ad+_-~.==" },
	/* what is no answer */
	{ "", IF_SAID, AUTHCODE_E_EMPTY, NULL },
	{ " \r\n\t", IF_SAID, AUTHCODE_E_EMPTY, NULL },
	{ "two words", IF_SAID, AUTHCODE_E_UNCLEAR, NULL },
	{ "a\x1b[200~b", IF_SAID, AUTHCODE_E_UNCLEAR, NULL },
	{ "caf\xc3\xa9", IF_SAID, AUTHCODE_E_UNCLEAR, NULL },
	{ "http://127.0.0.1/", IF_SAID, AUTHCODE_E_NO_CODE, NULL },
	{ "http://127.0.0.1/?", IF_SAID, AUTHCODE_E_NO_CODE, NULL },
	{ "http://127.0.0.1/?code=&state=" STATE, IF_SAID, AUTHCODE_E_NO_CODE, NULL },
	{ "http://127.0.0.1/#code=abc&state=" STATE, IF_SAID, AUTHCODE_E_NO_CODE, NULL },
	{ "https://idp.example.com/auth?client_id=h&state=" STATE, ALWAYS, AUTHCODE_E_NO_CODE,
	  NULL },
	{ "http://127.0.0.1/?code=abc", IF_SAID, AUTHCODE_E_CUT, NULL },
	{ "http://127.0.0.1/?code=abc&sta", IF_SAID, AUTHCODE_E_CUT, NULL },
	{ "http://127.0.0.1/?code=abc&state=" STATE, ALWAYS, AUTHCODE_E_CUT, NULL },
	{ "http://127.0.0.1/?error=access_denied", IF_SAID, AUTHCODE_E_CUT, NULL },
	/* another sign-in's */
	{ "http://127.0.0.1/?code=abc&state=", IF_SAID, AUTHCODE_E_OTHER, NULL },
	{ "http://127.0.0.1/?code=abc&state=c3RhdGUtb2Ytb3Vyc", IF_SAID, AUTHCODE_E_OTHER, NULL },
	{ "http://127.0.0.1/?code=abc&state=" STATE "A", IF_SAID, AUTHCODE_E_OTHER, NULL },
	{ "http://127.0.0.1/?code=abc&state=C3RhdGUtb2Ytb3Vycw", IF_SAID, AUTHCODE_E_OTHER, NULL },
	{ "http://127.0.0.1/?code=abc&state=+" STATE, IF_SAID, AUTHCODE_E_OTHER, NULL },
	{ "http://127.0.0.1/?error=access_denied&state=x", IF_SAID, AUTHCODE_E_OTHER, NULL },
	{ "http://127.0.0.1/?code=abc&state=x" ISS "x", ALWAYS, AUTHCODE_E_OTHER, NULL },
	/* another issuer's */
	{ "?code=abc&state=" STATE "&iss=https%3A%2F%2Fevil.example", IF_SAID, AUTHCODE_E_ISSUER,
	  NULL },
	{ "?code=abc&state=" STATE "&iss=", IF_SAID, AUTHCODE_E_ISSUER, NULL },
	{ "?code=abc&state=" STATE ISS "%2F", ALWAYS, AUTHCODE_E_ISSUER, NULL },
	{ "?code=abc&state=" STATE "&iss=https%3A%2F%2FIDP.example.com%2Frealms%2Fa", ALWAYS,
	  AUTHCODE_E_ISSUER, NULL },
	{ "?error=access_denied&state=" STATE "&iss=https%3A%2F%2Fevil.example", IF_SAID,
	  AUTHCODE_E_ISSUER, NULL },
	/* said twice, or not as it must be */
	{ "?code=abc&code=abc&state=" STATE, IF_SAID, AUTHCODE_E_UNCLEAR, NULL },
	{ "?code=abc&state=x&state=" STATE, IF_SAID, AUTHCODE_E_UNCLEAR, NULL },
	{ "?code=abc&state=" STATE ISS ISS, IF_SAID, AUTHCODE_E_UNCLEAR, NULL },
	{ "?code=abc&error=access_denied&state=" STATE, IF_SAID, AUTHCODE_E_UNCLEAR, NULL },
	{ "?code=a%00b&state=" STATE, IF_SAID, AUTHCODE_E_UNCLEAR, NULL },
	{ "?code=abc&state=" STATE "%00", IF_SAID, AUTHCODE_E_UNCLEAR, NULL },
	{ "?code=abc%0d%0aHost:&state=" STATE, IF_SAID, AUTHCODE_E_UNCLEAR, NULL },
	{ "?code=abc%7f&state=" STATE, IF_SAID, AUTHCODE_E_UNCLEAR, NULL },
	{ "?code=%c3%a9&state=" STATE, IF_SAID, AUTHCODE_E_UNCLEAR, NULL },
	{ "?code=abc%&state=" STATE, IF_SAID, AUTHCODE_E_UNCLEAR, NULL },
	{ "?code=abc%4&state=" STATE, IF_SAID, AUTHCODE_E_UNCLEAR, NULL },
	{ "?code=abc%g1&state=" STATE, IF_SAID, AUTHCODE_E_UNCLEAR, NULL },
	{ "?state=" STATE "&code=abc%", IF_SAID, AUTHCODE_E_UNCLEAR, NULL },
	{ "?state=" STATE "&code=abc%4", IF_SAID, AUTHCODE_E_UNCLEAR, NULL },
	/* the platform's own no */
	{ "?error=access_denied&state=" STATE, IF_SAID, AUTHCODE_E_REFUSED, "access_denied" },
	{ "?error=invalid_scope&error_description=No%20such%1bscope&state=" STATE, IF_SAID,
	  AUTHCODE_E_UNCLEAR, NULL },
	{ "?error=invalid_scope&error_description=%7f&state=" STATE, IF_SAID, AUTHCODE_E_UNCLEAR,
	  NULL },
	{ "?error=invalid_scope&error_description=No+%c3%a9&state=" STATE ISS, ALWAYS,
	  AUTHCODE_E_REFUSED, "invalid_scope" },
};

static int read_pasted(const struct pasted *row, struct authcode_answer *answer)
{
	_cleanup_(secret_freep) struct secret *state = secret_new(STATE, strlen(STATE));
	const struct authcode_expected expected = {
		.state = state,
		.issuer = ISSUER,
		.issuer_required = row->required == ALWAYS,
	};

	return authcode_read(&expected, row->text, strlen(row->text), answer);
}

static void test_what_people_paste(void **state)
{
	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(pasted); i++) {
		const struct pasted *row = &pasted[i];
		struct authcode_answer answer;
		int r = read_pasted(row, &answer);

		if (r != row->outcome)
			fail_msg("%s: outcome %d, not %d", row->text, r, row->outcome);
		if (r == 0) {
			assert_string_equal(answer.code->text, row->code);
			assert_int_equal(answer.bare, !strstr(row->text, "state="));
		} else {
			assert_null(answer.code);
		}
		assert_string_equal(answer.error.code, r == AUTHCODE_E_REFUSED ? row->code : "");
		authcode_answer_done(&answer);
	}
	print_message("# %zu texts were pasted\n", ELEMENTSOF(pasted));
}

static void test_a_state_with_any_bit_changed_is_anothers(void **state)
{
	char text[128];

	(void)state;
	for (size_t at = 0; at < strlen(STATE); at++)
		for (unsigned bit = 0; bit < 7; bit++) {
			struct pasted row = { text, IF_SAID, 0, NULL };
			struct authcode_answer answer;
			char *changed;

			(void)snprintf(text, sizeof(text), "?code=abc&state=%s", STATE);
			changed = strstr(text, STATE) + at;
			*changed = (char)(*changed ^ (1 << bit));
			assert_int_not_equal(read_pasted(&row, &answer), 0);
			authcode_answer_done(&answer);
		}
}

/* state = off: none was sent, and an address that has one is of another sign-in. */
static void test_without_a_state(void **state)
{
	static const struct pasted rows[] = {
		{ "http://127.0.0.1/?code=abc", IF_SAID, 0, "abc" },
		{ "http://127.0.0.1/?code=abc&state=", IF_SAID, 0, "abc" },
		{ "http://127.0.0.1/?code=abc&state=" STATE, IF_SAID, AUTHCODE_E_OTHER, NULL },
		{ "http://127.0.0.1/?code=abc" ISS, ALWAYS, 0, "abc" },
		{ "http://127.0.0.1/?code=abc", ALWAYS, AUTHCODE_E_CUT, NULL },
		{ "http://127.0.0.1/?code=abc&iss=https%3A%2F%2Fevil.example", IF_SAID,
		  AUTHCODE_E_ISSUER, NULL },
		{ "http://127.0.0.1/?code=abc&code=abc", IF_SAID, AUTHCODE_E_UNCLEAR, NULL },
		{ "http://127.0.0.1/?error=access_denied", IF_SAID, AUTHCODE_E_REFUSED,
		  "access_denied" },
	};
	const struct authcode_request request = { "https://h/", "a",        "",     UINT32_MAX,
						  "",           "resource", "thumb" };
	struct authcode mine = AUTHCODE_NULL;
	struct buf out;

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		const struct authcode_expected expected = {
			.issuer = ISSUER,
			.issuer_required = rows[i].required == ALWAYS,
		};
		struct authcode_answer answer;
		int r = authcode_read(&expected, rows[i].text, strlen(rows[i].text), &answer);

		if (r != rows[i].outcome)
			fail_msg("%s: outcome %d, not %d", rows[i].text, r, rows[i].outcome);
		if (r == 0)
			assert_string_equal(answer.code->text, rows[i].code);
		assert_false(answer.bare);
		authcode_answer_done(&answer);
	}
	fixed(&mine);
	mine.state = secret_free(mine.state);
	buf_init(&out, 4096);
	assert_int_equal(authcode_put_request(&out, &mine, &request), 0);
	assert_int_equal(buf_end(&out), 0);
	assert_null(strstr((const char *)out.data, "state="));
	assert_non_null(strstr((const char *)out.data, "&nonce=N&code_challenge="));
	assert_non_null(strstr((const char *)out.data, "&dpop_jkt=thumb"));
	buf_done(&out);
	authcode_done(&mine);
}

static void test_which_outcomes_may_be_put_right(void **state)
{
	(void)state;
	assert_string_equal(authcode_repaste(AUTHCODE_E_EMPTY), "paste-empty");
	assert_string_equal(authcode_repaste(AUTHCODE_E_UNCLEAR), "paste-unclear");
	assert_string_equal(authcode_repaste(AUTHCODE_E_NO_CODE), "paste-no-code");
	assert_string_equal(authcode_repaste(AUTHCODE_E_CUT), "paste-cut");
	assert_string_equal(authcode_repaste(AUTHCODE_E_OTHER), "paste-other");
	assert_null(authcode_repaste(AUTHCODE_E_ISSUER));
	assert_null(authcode_repaste(AUTHCODE_E_REFUSED));
	assert_null(authcode_repaste(-ENOMEM));
	assert_null(authcode_repaste(0));
}

TEST_MAIN(TEST(test_the_challenge_is_that_of_rfc_7636_appendix_b),
	  TEST(test_what_binds_is_long_enough_and_never_twice), TEST(test_a_request_says_this),
	  TEST(test_an_endpoint_keeps_its_own_query), TEST(test_the_answer_to_a_pushed_request),
	  TEST(test_where_a_browser_may_end), TEST(test_what_people_paste),
	  TEST(test_a_state_with_any_bit_changed_is_anothers), TEST(test_without_a_state),
	  TEST(test_which_outcomes_may_be_put_right))
