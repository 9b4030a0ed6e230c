/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What idp-verifyd takes for a request, and what it answers to each word of the authority: every
 * byte of every answer.
 */
#include "tests/lib/test.h"

#include "common/limits.h"
#include "idp-verifyd/reply.h"
#include "idp-verifyd/request.h"

#define GET  "GET /verify/api HTTP/1.1\r\nHost: x\r\n"
#define END  "\r\n"
#define AUTH "Authorization: Bearer "

/* ---- requests ---- */

static enum request_verdict judge(const char *text, struct request *request)
{
	return request_read(text, strlen(text), request);
}

static void test_what_is_a_request(void **state)
{
	static const struct {
		const char *text;
		enum request_verdict verdict;
		bool keep;
	} rows[] = {
		{ GET END, REQUEST_GOOD, true },
		{ "HEAD /verify/api HTTP/1.1\r\nHost: x\r\n\r\n", REQUEST_GOOD, true },
		{ "GET /verify/api HTTP/1.0\r\n\r\n", REQUEST_GOOD, false },
		{ GET "Connection: close\r\n" END, REQUEST_GOOD, false },
		{ GET "Connection: Keep-Alive\r\n" END, REQUEST_GOOD, true },
		{ GET "Connection: upgrade, keep-alive\r\n" END, REQUEST_GOOD, false },
		{ GET "Content-Length: 0\r\n" END, REQUEST_GOOD, true },
		{ "GET /verify/Api_1.x-y HTTP/1.1\r\nHost:x\r\n\r\n", REQUEST_GOOD, true },
		/* not yet */
		{ "", REQUEST_MORE, false },
		{ "GET /verify/api", REQUEST_MORE, false },
		{ GET, REQUEST_MORE, false },
		{ GET "\r", REQUEST_MORE, false },
		/* another place, another way */
		{ "GET / HTTP/1.1\r\nHost: x\r\n\r\n", REQUEST_NOT_FOUND, false },
		{ "GET /verify/ HTTP/1.1\r\nHost: x\r\n\r\n", REQUEST_NOT_FOUND, false },
		{ "GET /verify/.. HTTP/1.1\r\nHost: x\r\n\r\n", REQUEST_NOT_FOUND, false },
		{ "GET /verify/a/b HTTP/1.1\r\nHost: x\r\n\r\n", REQUEST_NOT_FOUND, false },
		{ "GET /verify/a%41 HTTP/1.1\r\nHost: x\r\n\r\n", REQUEST_NOT_FOUND, false },
		{ "GET /Verify/api HTTP/1.1\r\nHost: x\r\n\r\n", REQUEST_NOT_FOUND, false },
		{ "GET /verify/api?access_token=t HTTP/1.1\r\nHost: x\r\n\r\n", REQUEST_QUERY,
		  false },
		{ "GET /verify/api? HTTP/1.1\r\nHost: x\r\n\r\n", REQUEST_QUERY, false },
		{ "POST /verify/api HTTP/1.1\r\nHost: x\r\n\r\n", REQUEST_METHOD, false },
		{ "get /verify/api HTTP/1.1\r\nHost: x\r\n\r\n", REQUEST_METHOD, false },
		{ "GET /verify/api HTTP/2.0\r\nHost: x\r\n\r\n", REQUEST_VERSION, false },
		{ "GET /verify/api HTTP/0.9\r\nHost: x\r\n\r\n", REQUEST_VERSION, false },
		/* a body, in any of its forms */
		{ GET "Content-Length: 4\r\n" END, REQUEST_BODY, false },
		{ GET "Content-Length: 00\r\n" END, REQUEST_BODY, false },
		{ GET "content-length: 0\r\nContent-Length: 5\r\n" END, REQUEST_BODY, false },
		{ GET "Transfer-Encoding: chunked\r\n" END, REQUEST_BODY, false },
		{ "POST /verify/api HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n", REQUEST_BODY,
		  false },
		/* what two programs read in two ways */
		{ GET END "GET", REQUEST_BAD, false },
		{ GET END GET END, REQUEST_BAD, false },
		{ "GET /verify/api HTTP/1.1\n\n", REQUEST_BAD, false },
		{ GET "A: b\n" END, REQUEST_BAD, false },
		{ GET "A: b\rc\r\n" END, REQUEST_BAD, false },
		{ GET "A : b\r\n" END, REQUEST_BAD, false },
		{ GET " folded\r\n" END, REQUEST_BAD, false },
		{ GET "A: b\r\n\tfolded\r\n" END, REQUEST_BAD, false },
		{ GET "nocolon\r\n" END, REQUEST_BAD, false },
		{ GET ": x\r\n" END, REQUEST_BAD, false },
		{ GET "Host: y\r\n" END, REQUEST_BAD, false },
		{ "GET /verify/api HTTP/1.1\r\n\r\n", REQUEST_BAD, false },
		{ "GET  /verify/api HTTP/1.1\r\nHost: x\r\n\r\n", REQUEST_BAD, false },
		{ "GET /verify/api  HTTP/1.1\r\nHost: x\r\n\r\n", REQUEST_BAD, false },
		{ "GET /verify/api HTTP/1.1 \r\nHost: x\r\n\r\n", REQUEST_BAD, false },
		{ "GET http://x/verify/api HTTP/1.1\r\nHost: x\r\n\r\n", REQUEST_BAD, false },
		{ "GET /verify/api\r\nHost: x\r\n\r\n", REQUEST_BAD, false },
		{ "\r\n\r\n", REQUEST_BAD, false },
		{ "\r\n" GET END, REQUEST_BAD, false },
		{ "\x16\x03\x01\x02", REQUEST_BAD, false }, /* TLS */
		{ GET "A: \x01\r\n" END, REQUEST_BAD, false },
		{ GET "A: \x7f\r\n" END, REQUEST_BAD, false },
	};
	struct request request;

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		if (judge(rows[i].text, &request) != rows[i].verdict)
			fail_msg("row %zu: %s", i, rows[i].text);
		assert_int_equal(request.keep, rows[i].keep);
	}
}

static void test_what_is_shown(void **state)
{
	static const char proof[] = "DPoP: a.b.c\r\n",
			  place[] = "Idp-Method: GET\r\nIdp-Url: https://h/p?q\r\n";
	static const struct {
		const char *headers[4];
		enum request_shown shown;
		const char *token;
	} rows[] = {
		{ { NULL }, SHOWN_NOTHING, NULL },
		{ { AUTH "abc\r\n" }, SHOWN_TOKEN, "abc" },
		{ { "AUTHORIZATION: bEARER  a.b-c_~+/==\r\n" }, SHOWN_TOKEN, "a.b-c_~+/==" },
		{ { AUTH "abc\r\n", "X-Authorization: Bearer x\r\n" }, SHOWN_TOKEN, "abc" },
		{ { AUTH "abc\r\n", AUTH "abc\r\n" }, SHOWN_TWICE, NULL },
		{ { AUTH "abc\r\n", "authorization: Basic eDp5\r\n" }, SHOWN_TWICE, NULL },
		{ { AUTH "abc\r\n", "Authorization:\r\n" }, SHOWN_TWICE, NULL },
		{ { "Authorization: Basic eDp5\r\n" }, SHOWN_OTHER, NULL },
		{ { "Authorization:\r\n" }, SHOWN_OTHER, NULL },
		{ { "Authorization: Bearerabc\r\n" }, SHOWN_OTHER, NULL },
		{ { "Authorization: Bearer\r\n" }, SHOWN_MALFORMED, NULL },
		{ { AUTH "\r\n" }, SHOWN_MALFORMED, NULL },
		{ { AUTH "a b\r\n" }, SHOWN_MALFORMED, NULL },
		{ { AUTH "a, Bearer b\r\n" }, SHOWN_MALFORMED, NULL },
		{ { AUTH "a\tb\r\n" }, SHOWN_MALFORMED, NULL },
		{ { AUTH "=\r\n" }, SHOWN_MALFORMED, NULL },
		{ { AUTH "a=b\r\n" }, SHOWN_MALFORMED, NULL },
		{ { AUTH "\"a\"\r\n" }, SHOWN_MALFORMED, NULL },
		{ { AUTH "\xc3\xa9\r\n" }, SHOWN_MALFORMED, NULL },
		/* RFC 9449 */
		{ { "Authorization: DPoP abc\r\n", proof, place }, SHOWN_TOKEN, "abc" },
		{ { "Authorization: DPoP abc\r\n", place }, SHOWN_NO_PROOF, NULL },
		{ { "Authorization: DPoP abc\r\n", proof, proof, place }, SHOWN_NO_PROOF, NULL },
		{ { "Authorization: DPoP abc\r\n", "DPoP: a b\r\n", place }, SHOWN_NO_PROOF, NULL },
		{ { "Authorization: DPoP abc\r\n", proof }, SHOWN_NO_PLACE, NULL },
		{ { "Authorization: DPoP abc\r\n", proof, place, place }, SHOWN_NO_PLACE, NULL },
		{ { "Authorization: DPoP a,b\r\n", proof, place }, SHOWN_MALFORMED, NULL },
		{ { AUTH "abc\r\n", proof },
		  SHOWN_TOKEN,
		  "abc" }, /* netd refuses one that is bound */
	};
	struct request request;
	char text[1024];

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		(void)snprintf(text, sizeof(text), "%s%s%s%s%s%s", GET,
			       rows[i].headers[0] ? rows[i].headers[0] : "",
			       rows[i].headers[1] ? rows[i].headers[1] : "",
			       rows[i].headers[2] ? rows[i].headers[2] : "",
			       rows[i].headers[3] ? rows[i].headers[3] : "", END);
		assert_int_equal(judge(text, &request), REQUEST_GOOD);
		if (request.shown != rows[i].shown)
			fail_msg("row %zu: %d, %s", i, request.shown, text);
		if (rows[i].token) {
			assert_true(span_is(request.token, rows[i].token));
			assert_int_equal(request.proof.len > 0, request.dpop);
		}
		assert_true(span_is(request.resource, "api"));
	}
}

/* A line of n times 'a', wherever it stands. */
static char *with_long(const char *before, size_t n, const char *after)
{
	char *text = malloc(strlen(before) + n + strlen(after) + 1);

	assert_non_null(text);
	memcpy(text, before, strlen(before));
	memset(text + strlen(before), 'a', n);
	memcpy(text + strlen(before) + n, after, strlen(after) + 1);
	return text;
}

static void test_how_long_it_may_be(void **state)
{
	struct request request;
	char *text = with_long(GET AUTH, JWS_LEN_MAX, "\r\n\r\n");

	(void)state;
	assert_int_equal(judge(text, &request), REQUEST_GOOD);
	assert_int_equal(request.shown, SHOWN_TOKEN);
	assert_int_equal(request.token.len, JWS_LEN_MAX);
	free(text);
	text = with_long(GET AUTH, JWS_LEN_MAX + 1, "\r\n\r\n");
	assert_int_equal(judge(text, &request), REQUEST_GOOD);
	assert_int_equal(request.shown, SHOWN_TOO_LONG);
	free(text);
	text = with_long(GET "Cookie: ", VERIFYD_HEAD_MAX, "");
	assert_int_equal(request_read(text, VERIFYD_HEAD_MAX - 1, &request), REQUEST_MORE);
	assert_int_equal(request_read(text, VERIFYD_HEAD_MAX, &request), REQUEST_TOO_LONG);
	free(text);
	text = with_long("GET /verify/", CONFIG_NAME_MAX, " HTTP/1.0\r\n\r\n");
	assert_int_equal(judge(text, &request), REQUEST_GOOD);
	free(text);
	text = with_long("GET /verify/", CONFIG_NAME_MAX + 1, " HTTP/1.0\r\n\r\n");
	assert_int_equal(judge(text, &request), REQUEST_NOT_FOUND);
	free(text);
}

/* What comes byte by byte is judged as what comes at once, and not before there is a reason. */
static void test_however_it_trickles(void **state)
{
	static const char *const texts[] = { GET AUTH "abc\r\n" END, GET "A: b\n" END,
					     GET " f\r\n" END, "\x16\x03\x01",
					     "GET /x?y HTTP/1.1\r\nHost: x\r\n\r\n" };

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(texts); i++) {
		size_t len = strlen(texts[i]), judged = 0;
		struct request request;

		for (size_t n = 1; n <= len && !judged; n++)
			if (!request_goes_on(texts[i], n, n - 1) &&
			    request_read(texts[i], n, &request) != REQUEST_MORE)
				judged = n;
		assert_true(judged > 0);
		assert_int_equal(request_read(texts[i], judged, &request),
				 request_read(texts[i], i == 3 ? judged : len, &request));
	}
}

/* ---- answers ---- */

struct answer {
	struct request request;
	struct buf out;
};

static const char *text_of(struct answer *answer)
{
	assert_int_equal(buf_end(&answer->out), 0);
	return (const char *)answer->out.data;
}

static void answer_begin(struct answer *answer, const char *text)
{
	buf_init(&answer->out, REPLY_MAX);
	assert_int_equal(judge(text, &answer->request), REQUEST_GOOD);
}

/* Each field "KEY=VALUE"; lists of words. */
static void say(struct answer *answer, uint32_t outcome, const char *code, const char *text,
		const char *const *facts, const char *const *lists[3])
{
	struct buf message;
	struct wire_in in;
	size_t n = 0;

	buf_init(&message, WIRE_MESSAGE_MAX);
	wire_begin(&message, MSG_VERIFIED, 7);
	wire_put_u32(&message, outcome);
	wire_put_str(&message, code);
	wire_put_str(&message, text);
	for (n = 0; facts && facts[n]; n += 2)
		;
	wire_put_count(&message, n / 2);
	for (size_t i = 0; i < n; i += 2)
		wire_put_field(&message, 's', facts[i], facts[i + 1]);
	for (size_t i = 0; i < 3; i++) {
		const char *const *list = lists ? lists[i] : NULL;

		for (n = 0; list && list[n]; n++)
			;
		wire_put_count(&message, n);
		for (size_t j = 0; j < n; j++)
			wire_put_str(&message, list[j]);
	}
	assert_int_equal(wire_end(&message), 0);
	assert_int_equal(wire_open(&in, message.data, message.len), 0);
	assert_int_equal(reply_put_answer(&answer->out, &answer->request, &in), 0);
	buf_done(&message);
}

static void expect(struct answer *answer, const char *text)
{
	assert_string_equal(text_of(answer), text);
	buf_done(&answer->out);
}

static void test_yes(void **state)
{
	static const char *const facts[] = {
		"kind", "person",  "provider", "corp",   "subject",
		"s1",   "user",    "alice",    "issuer", "https://idp.example.com",
		"rule", "readers", NULL
	};
	static const char *const scopes[] = { "read", "write", NULL };
	static const char *const groups[] = { "/infn/a b", "caff\xc3\xa8", "100%", NULL };
	static const char *const *lists[3] = { scopes, groups, NULL };
	struct answer answer;

	(void)state;
	answer_begin(&answer, GET AUTH "t\r\n" END);
	say(&answer, WIRE_VERIFIED_YES, "permit rule=readers", "", facts, lists);
	expect(&answer, "HTTP/1.1 200 OK\r\n"
			"Content-Type: text/plain\r\n"
			"Content-Length: 20\r\n"
			"Cache-Control: no-store\r\n"
			"Connection: keep-alive\r\n"
			"Idp-Reason: permit rule=readers\r\n"
			"Idp-Kind: person\r\n"
			"Idp-Provider: corp\r\n"
			"Idp-Subject: s1\r\n"
			"Idp-User: alice\r\n"
			"Idp-Issuer: https://idp.example.com\r\n"
			"Idp-Rule: readers\r\n"
			"Idp-Scopes: read write\r\n"
			"Idp-Groups: /infn/a%20b caff%C3%A8 100%25\r\n"
			"\r\n"
			"permit rule=readers\n");
}

static void test_no(void **state)
{
	static const char *const wishes[] = { "acr_values", "spid.2 mfa", "max_age", "300", NULL };
	static const char *const scopes[] = { "host.read", "host.write", NULL };
	static const char *const *lists[3] = { scopes, NULL, NULL };
	static const struct {
		uint32_t outcome;
		const char *code, *text;
		const char *const *facts, *const **lists;
		const char *status, *header;
	} rows[] = {
		{ WIRE_VERIFIED_TOKEN, "token-expired", "It has \"expired\".", NULL, NULL,
		  "401 Unauthorized",
		  "WWW-Authenticate: Bearer realm=\"api\", error=\"invalid_token\", "
		  "error_description=\"It has 'expired'.\"\r\n" },
		{ WIRE_VERIFIED_SIGN_IN, "stale-login", "Too old.", wishes, NULL,
		  "401 Unauthorized",
		  "WWW-Authenticate: Bearer realm=\"api\", error=\"insufficient_user_authentication\", "
		  "error_description=\"Too old.\", acr_values=\"spid.2 mfa\", max_age=\"300\"\r\n" },
		{ WIRE_VERIFIED_NO, "missing=scope:host.read", "More.", NULL, lists,
		  "403 Forbidden",
		  "WWW-Authenticate: Bearer realm=\"api\", error=\"insufficient_scope\", "
		  "error_description=\"More.\", scope=\"host.read host.write\"\r\n" },
		{ WIRE_VERIFIED_NO, "no-rule", "", NULL, NULL, "403 Forbidden", "" },
		{ WIRE_VERIFIED_UNAVAIL, "not-connected", "", NULL, NULL, "503 Service Unavailable",
		  "Retry-After: 5\r\n" },
		{ WIRE_VERIFIED_NO_RESOURCE, "no-resource", "", NULL, NULL, "404 Not Found", "" },
		{ 99, "what", "", NULL, NULL, "403 Forbidden", "" }, /* never a yes */
	};
	struct answer answer;
	char text[1024];

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		answer_begin(&answer, "HEAD /verify/api HTTP/1.0\r\n" AUTH "t\r\n" END);
		say(&answer, rows[i].outcome, rows[i].code, rows[i].text, rows[i].facts,
		    rows[i].lists);
		(void)snprintf(
			text, sizeof(text),
			"HTTP/1.1 %s\r\nContent-Type: text/plain\r\nContent-Length: %zu\r\n"
			"Cache-Control: no-store\r\nConnection: close\r\nIdp-Reason: %s\r\n%s\r\n",
			rows[i].status,
			strlen(rows[i].code) + strlen(rows[i].text) + (*rows[i].text ? 3 : 1),
			rows[i].code, rows[i].header);
		expect(&answer, text);
	}
}

/* Whatever a platform writes into a name, it stays in its header. */
static void test_values_are_safe(void **state)
{
	char every[256], list[256];
	const char *facts[] = { "subject", every, "acr", "a\r\nIdp-User: root", NULL };
	const char *const items[] = { list, "", "b", NULL };
	const char *const *lists[3] = { items, items, items };
	struct answer answer;
	const char *text;

	(void)state;
	for (size_t i = 0; i < 255; i++)
		every[i] = list[i] = (char)(i + 1);
	every[255] = list[255] = '\0';
	answer_begin(&answer, GET AUTH "t\r\n" END);
	say(&answer, WIRE_VERIFIED_YES, "permit\r\nIdp-User: root", "\r\n\r\n<b>", facts, lists);
	text = text_of(&answer);
	assert_null(strstr(text, "\nIdp-User"));
	assert_non_null(strstr(text, "Idp-Acr: a%0D%0AIdp-User:%20root\r\n"));
	assert_non_null(strstr(text, "Idp-Subject: %01%02"));
	assert_non_null(strstr(text, "%FF b\r\n"));
	for (const char *at = text; *at; at++)
		assert_true(*at == '\r' || *at == '\n' || (*at >= ' ' && *at <= '~'));
	assert_ptr_equal(strstr(text, "\r\n\r\n"), strrchr(text, '\r') - 2);
	buf_done(&answer.out);
}

static void test_a_list_that_does_not_fit_is_named(void **state)
{
	char item[200];
	const char *many[65], *const facts[] = { "subject", "s1", NULL };
	static const char *const roles[] = { "r", NULL };
	const char *const *lists[3] = { roles, many, roles };
	struct answer answer;
	const char *text;

	(void)state;
	memset(item, 'g', sizeof(item) - 1);
	item[sizeof(item) - 1] = '\0';
	for (size_t i = 0; i < 64; i++)
		many[i] = item;
	many[64] = NULL;
	answer_begin(&answer, GET AUTH "t\r\n" END);
	say(&answer, WIRE_VERIFIED_YES, "permit", "", facts, lists);
	text = text_of(&answer);
	assert_non_null(
		strstr(text, "Idp-Scopes: r\r\nIdp-Roles: r\r\nIdp-Omitted: Idp-Groups\r\n"));
	assert_null(strstr(text, "Idp-Groups: "));
	assert_true((size_t)(strstr(text, "\r\n\r\n") - text) < VERIFYD_REPLY_MAX);
	buf_done(&answer.out);
	/* at their longest, who it is has room */
	answer_begin(&answer, GET AUTH "t\r\n" END);
	{
		char issuer[ISSUER_LEN_MAX + 1], subject[SUBJECT_LEN_MAX + 1];
		const char *const long_facts[] = { "issuer", issuer, "subject", subject,
						   "acr",    item,   "tenant",  item,
						   "client", item,   NULL };

		memset(issuer, '%', sizeof(issuer) - 1);
		memset(subject, '%', sizeof(subject) - 1);
		issuer[sizeof(issuer) - 1] = subject[sizeof(subject) - 1] = '\0';
		say(&answer, WIRE_VERIFIED_YES, item, "", long_facts, lists);
	}
	text = text_of(&answer);
	assert_non_null(strstr(text, "Idp-Subject: %25"));
	assert_non_null(strstr(text, "Idp-Issuer: %25"));
	assert_true((size_t)(strstr(text, "\r\n\r\n") - text) < VERIFYD_REPLY_MAX);
	buf_done(&answer.out);
}

static void test_what_shows_no_token_is_told_so(void **state)
{
	static const struct {
		const char *headers, *code, *challenge;
	} rows[] = {
		{ "", "no-token", "Bearer realm=\"api\"\r\n" },
		{ "Authorization: Basic eDp5\r\n", "no-token", "Bearer realm=\"api\"\r\n" },
		{ AUTH "a b\r\n", "bad-authorization",
		  "Bearer realm=\"api\", error=\"invalid_request\", error_description=\"" },
		{ AUTH "a\r\n" AUTH "b\r\n", "two-tokens",
		  "Bearer realm=\"api\", error=\"invalid_request\", error_description=\"" },
		{ "Authorization: DPoP a\r\nIdp-Method: GET\r\nIdp-Url: https://h/\r\n", "no-proof",
		  "DPoP realm=\"api\", error=\"invalid_dpop_proof\", error_description=\"" },
	};
	struct answer answer;
	char text[512];

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		(void)snprintf(text, sizeof(text), "%s%s%s", GET, rows[i].headers, END);
		answer_begin(&answer, text);
		reply_put_refusal(&answer.out, &answer.request, REQUEST_GOOD);
		assert_non_null(strstr(text_of(&answer), "HTTP/1.1 401 Unauthorized\r\n"));
		assert_non_null(strstr(text_of(&answer), "Connection: keep-alive\r\n"));
		(void)snprintf(text, sizeof(text), "Idp-Reason: %s\r\nWWW-Authenticate: %s",
			       rows[i].code, rows[i].challenge);
		assert_non_null(strstr(text_of(&answer), text));
		buf_done(&answer.out);
	}
}

static void test_what_is_no_question_ends_the_connection(void **state)
{
	static const struct {
		enum request_verdict verdict;
		const char *begin;
	} rows[] = {
		{ REQUEST_BAD, "HTTP/1.1 400 " },      { REQUEST_QUERY, "HTTP/1.1 400 " },
		{ REQUEST_BODY, "HTTP/1.1 400 " },     { REQUEST_NOT_FOUND, "HTTP/1.1 404 " },
		{ REQUEST_METHOD, "HTTP/1.1 405 " },   { REQUEST_VERSION, "HTTP/1.1 505 " },
		{ REQUEST_TOO_LONG, "HTTP/1.1 431 " },
	};
	struct answer answer;

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		answer_begin(&answer, GET "Connection: close\r\n" END);
		reply_put_refusal(&answer.out, &answer.request, rows[i].verdict);
		assert_ptr_equal(strstr(text_of(&answer), rows[i].begin), text_of(&answer));
		assert_non_null(strstr(text_of(&answer), "Connection: close\r\n"));
		assert_null(strstr(text_of(&answer), "WWW-Authenticate"));
		buf_done(&answer.out);
	}
}

TEST_MAIN(TEST(test_what_is_a_request), TEST(test_what_is_shown), TEST(test_how_long_it_may_be),
	  TEST(test_however_it_trickles), TEST(test_yes), TEST(test_no), TEST(test_values_are_safe),
	  TEST(test_a_list_that_does_not_fit_is_named), TEST(test_what_shows_no_token_is_told_so),
	  TEST(test_what_is_no_question_ends_the_connection))
