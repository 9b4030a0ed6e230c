/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is taken for the answer of a sign-in at a port of this machine, and everything that is not.
 */
#include "tests/lib/test.h"

#include "idpctl/login-request.h"

#define HOST  "Host: 127.0.0.1:4711\r\n"
#define GET   "GET /cb?code=c&state=s HTTP/1.1\r\n"
#define END   "\r\n"
#define WHOLE GET HOST END

static const struct login_here here = { 4711, "/cb" };

static const struct {
	const char *bytes;
	enum login_request_verdict verdict;
} cases[] = {
	{ WHOLE, LOGIN_REQUEST_ANSWER },
	{ GET "host: localhost:4711\r\n" END, LOGIN_REQUEST_ANSWER },
	{ GET "HOST:\t[::1]:4711 \t\r\n" END, LOGIN_REQUEST_ANSWER },
	{ GET HOST "User-Agent: caf\xc3\xa9\r\nAccept:\r\nContent-Length: 0\r\n" END,
	  LOGIN_REQUEST_ANSWER },
	{ GET HOST "Sec-Fetch-Dest: document\r\n" END, LOGIN_REQUEST_ANSWER },
	{ "GET /cb?error=access_denied&state=s HTTP/1.1\r\n" HOST END, LOGIN_REQUEST_ANSWER },
	{ "GET /cb?state=s&iss=x&code=%7E%20 HTTP/1.1\r\n" HOST END, LOGIN_REQUEST_ANSWER },
	/* the right place, and nothing said there */
	{ "GET /cb HTTP/1.1\r\n" HOST END, LOGIN_REQUEST_NO_ANSWER },
	{ "GET /cb? HTTP/1.1\r\n" HOST END, LOGIN_REQUEST_NO_ANSWER },
	{ "GET /cb?code=&state=s HTTP/1.1\r\n" HOST END, LOGIN_REQUEST_NO_ANSWER },
	{ "GET /cb?xcode=a&state=s& HTTP/1.1\r\n" HOST END, LOGIN_REQUEST_NO_ANSWER },
	{ "GET /cb?#code=a HTTP/1.1\r\n" HOST END, LOGIN_REQUEST_BAD },
	/* another place */
	{ "GET / HTTP/1.1\r\n" HOST END, LOGIN_REQUEST_NOT_FOUND },
	{ "GET /favicon.ico HTTP/1.1\r\n" HOST END, LOGIN_REQUEST_NOT_FOUND },
	{ "GET /cb/?code=c HTTP/1.1\r\n" HOST END, LOGIN_REQUEST_NOT_FOUND },
	{ "GET /CB?code=c HTTP/1.1\r\n" HOST END, LOGIN_REQUEST_NOT_FOUND },
	{ "GET /%63b?code=c HTTP/1.1\r\n" HOST END, LOGIN_REQUEST_NOT_FOUND },
	{ "GET //cb?code=c HTTP/1.1\r\n" HOST END, LOGIN_REQUEST_NOT_FOUND },
	/* methods */
	{ "HEAD /cb?code=c HTTP/1.1\r\n" HOST END, LOGIN_REQUEST_METHOD },
	{ "POST /cb?code=c HTTP/1.1\r\n" HOST "Content-Length: 3\r\n" END "abc",
	  LOGIN_REQUEST_METHOD },
	{ "OPTIONS * HTTP/1.1\r\n" HOST END, LOGIN_REQUEST_METHOD },
	{ "get /cb?code=c HTTP/1.1\r\n" HOST END, LOGIN_REQUEST_METHOD },
	/* DNS rebinding */
	{ GET "Host: 127.0.0.1\r\n" END, LOGIN_REQUEST_WRONG_HOST },
	{ GET "Host: 127.0.0.1:4712\r\n" END, LOGIN_REQUEST_WRONG_HOST },
	{ GET "Host: evil.example:4711\r\n" END, LOGIN_REQUEST_WRONG_HOST },
	{ GET "Host: 127.0.0.1:4711.evil.example\r\n" END, LOGIN_REQUEST_WRONG_HOST },
	{ GET "Host: 127.0.0.1:04711\r\n" END, LOGIN_REQUEST_WRONG_HOST },
	{ GET "Host: 127.1:4711\r\n" END, LOGIN_REQUEST_WRONG_HOST },
	{ GET "Host:\r\n" END, LOGIN_REQUEST_WRONG_HOST },
	{ GET END, LOGIN_REQUEST_BAD },
	{ GET HOST HOST END, LOGIN_REQUEST_BAD },
	{ GET HOST "host: evil.example\r\n" END, LOGIN_REQUEST_BAD },
	/* what other pages can send */
	{ GET HOST "Sec-Fetch-Dest: image\r\n" END, LOGIN_REQUEST_IN_PAGE },
	{ GET HOST "Sec-Fetch-Dest: iframe\r\n" END, LOGIN_REQUEST_IN_PAGE },
	{ GET HOST "Sec-Fetch-Dest: empty\r\n" END, LOGIN_REQUEST_IN_PAGE },
	{ GET HOST "Sec-Purpose: prefetch;prerender\r\n" END, LOGIN_REQUEST_IN_PAGE },
	/* forms of a target */
	{ "GET http://127.0.0.1:4711/cb?code=c HTTP/1.1\r\n" HOST END, LOGIN_REQUEST_BAD },
	{ "GET cb?code=c HTTP/1.1\r\n" HOST END, LOGIN_REQUEST_BAD },
	{ "GET * HTTP/1.1\r\n" HOST END, LOGIN_REQUEST_BAD },
	{ "GET  HTTP/1.1\r\n" HOST END, LOGIN_REQUEST_BAD },
	{ "GET /cb?code=%00 HTTP/1.1\r\n" HOST END, LOGIN_REQUEST_BAD },
	{ "GET /cb?code=%0d%0a HTTP/1.1\r\n" HOST END, LOGIN_REQUEST_BAD },
	{ "GET /cb?code=%1f HTTP/1.1\r\n" HOST END, LOGIN_REQUEST_BAD },
	{ "GET /cb?code=%7F HTTP/1.1\r\n" HOST END, LOGIN_REQUEST_BAD },
	{ "GET /cb?code=%4 HTTP/1.1\r\n" HOST END, LOGIN_REQUEST_BAD },
	{ "GET /cb?code=%zz HTTP/1.1\r\n" HOST END, LOGIN_REQUEST_BAD },
	{ "GET /cb?code=\xc3\xa9 HTTP/1.1\r\n" HOST END, LOGIN_REQUEST_BAD },
	{ "GET /cb?code=a b HTTP/1.1\r\n" HOST END, LOGIN_REQUEST_BAD },
	{ "GET /cb?code=<a> HTTP/1.1\r\n" HOST END, LOGIN_REQUEST_BAD },
	/* versions */
	{ "GET /cb?code=c HTTP/1.0\r\n" HOST END, LOGIN_REQUEST_VERSION },
	{ "GET /cb?code=c HTTP/2.0\r\n" HOST END, LOGIN_REQUEST_VERSION },
	{ "GET /cb?code=c\r\n" END, LOGIN_REQUEST_BAD },
	{ "GET /cb?code=c HTTP/1.1 \r\n" HOST END, LOGIN_REQUEST_BAD },
	{ "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", LOGIN_REQUEST_VERSION },
	/* a body, or another request behind it */
	{ GET HOST "Content-Length: 1\r\n" END, LOGIN_REQUEST_BAD },
	{ GET HOST "Content-Length: 00\r\n" END, LOGIN_REQUEST_BAD },
	{ GET HOST "Transfer-Encoding: chunked\r\n" END "0\r\n\r\n", LOGIN_REQUEST_BAD },
	{ WHOLE WHOLE, LOGIN_REQUEST_BAD },
	{ WHOLE "x", LOGIN_REQUEST_BAD },
	/* headers */
	{ GET " " HOST END, LOGIN_REQUEST_BAD },
	{ GET HOST " folded\r\n" END, LOGIN_REQUEST_BAD },
	{ GET "Host : 127.0.0.1:4711\r\n" END, LOGIN_REQUEST_BAD },
	{ GET HOST ": x\r\n" END, LOGIN_REQUEST_BAD },
	{ GET HOST "nothing\r\n" END, LOGIN_REQUEST_BAD },
	{ GET HOST "X: a\x01\r\n" END, LOGIN_REQUEST_BAD },
	/* lines */
	{ "GET /cb?code=c HTTP/1.1\nHost: 127.0.0.1:4711\n\n", LOGIN_REQUEST_BAD },
	{ "GET /cb?code=c HTTP/1.1\rHost", LOGIN_REQUEST_BAD },
	{ "\r\n" WHOLE, LOGIN_REQUEST_BAD },
	{ END END, LOGIN_REQUEST_BAD },
	{ "\x16\x03\x01\x02", LOGIN_REQUEST_BAD }, /* TLS */
	/* on its way */
	{ "", LOGIN_REQUEST_MORE },
	{ "GET /cb?code=c HTTP/1.1\r", LOGIN_REQUEST_MORE },
	{ GET HOST, LOGIN_REQUEST_MORE },
};

static void test_one_kind_of_request_is_an_answer(void **state)
{
	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		struct login_request request;

		if (login_request_read(cases[i].bytes, strlen(cases[i].bytes), &here, &request) !=
		    cases[i].verdict)
			fail_msg("%zu: %s", i, cases[i].bytes);
		assert_int_equal(request.target != NULL, cases[i].verdict == LOGIN_REQUEST_ANSWER);
	}
	print_message("# %zu requests\n", ELEMENTSOF(cases));
}

static void test_it_is_handed_on_whole(void **state)
{
	struct login_request request;
	(void)state;
	assert_int_equal(login_request_read(WHOLE, strlen(WHOLE), &here, &request),
			 LOGIN_REQUEST_ANSWER);
	assert_int_equal(request.host_len, 14);
	assert_memory_equal(request.host, "127.0.0.1:4711", 14);
	assert_int_equal(request.target_len, 18);
	assert_memory_equal(request.target, "/cb?code=c&state=s", 18);
}

static void test_byte_by_byte_it_is_no_other(void **state)
{
	struct login_request request;
	(void)state;
	for (size_t len = 0; len < strlen(WHOLE); len++)
		assert_int_equal(login_request_read(WHOLE, len, &here, &request),
				 LOGIN_REQUEST_MORE);
}

static void test_a_nul_ends_nothing(void **state)
{
	static const char bytes[] = "GET /cb?code=c\0&state=s HTTP/1.1\r\n" HOST END;
	struct login_request request;
	(void)state;
	assert_int_equal(login_request_read(bytes, sizeof(bytes) - 1, &here, &request),
			 LOGIN_REQUEST_BAD);
}

static void test_there_is_a_longest(void **state)
{
	static char bytes[LOGIN_REQUEST_MAX];
	struct login_request request;
	(void)state;
	memset(bytes, 'a', sizeof(bytes));
	memcpy(bytes, "GET /", 5);
	assert_int_equal(login_request_read(bytes, sizeof(bytes) - 1, &here, &request),
			 LOGIN_REQUEST_MORE);
	assert_int_equal(login_request_read(bytes, sizeof(bytes), &here, &request),
			 LOGIN_REQUEST_TOO_LONG);
}

static void test_port_80_needs_no_name(void **state)
{
	static const struct login_here plain = { 80, "/cb" };
	struct login_request request;
	(void)state;
	assert_int_equal(login_request_read(GET "Host: 127.0.0.1\r\n" END,
					    strlen(GET "Host: 127.0.0.1\r\n" END), &plain,
					    &request),
			 LOGIN_REQUEST_ANSWER);
}

TEST_MAIN(TEST(test_one_kind_of_request_is_an_answer), TEST(test_it_is_handed_on_whole),
	  TEST(test_byte_by_byte_it_is_no_other), TEST(test_a_nul_ends_nothing),
	  TEST(test_there_is_a_longest), TEST(test_port_80_needs_no_name))
