/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * MUST:
 *  1. a request is an answer only if all of it was read and all of it is right: one line of GET,
 *     HTTP/1.1 and the exact path, headers of the plainest form, nothing behind them;
 *  2. its Host is this machine by a name that no DNS server decides about, and the port;
 *  3. it comes from an address bar or a redirect that led there, never from inside a page: what
 *     any web page can send must not use up the answers of a sign-in;
 *  4. no byte of it below a blank or above '~', however it was escaped, is handed on.
 */
#include "idpctl/login-request.h"

#include <stdio.h>
#include <string.h>

#include "common/http-head.h"

/* What the headers say that matters here. */
struct head {
	struct span host;
	bool host_twice, body, in_page;
};

static bool read_header(struct span name, struct span value, struct head *head)
{
	if (span_is_name(name, "Host")) {
		head->host_twice = head->host.at != NULL;
		head->host = value;
		return !head->host_twice;
	}
	if (span_is_name(name, "Transfer-Encoding") ||
	    (span_is_name(name, "Content-Length") && !span_is(value, "0")))
		head->body = true;
	if ((span_is_name(name, "Sec-Fetch-Dest") && !span_is(value, "document")) ||
	    span_is_name(name, "Sec-Purpose")) /* MUST 3 */
		head->in_page = true;
	return true;
}

static bool read_headers(struct span lines, struct head *head)
{
	struct span name, value;

	while (lines.len > 0)
		if (!http_cut_header(&lines, &name, &value) || !read_header(name, value, head))
			return false;
	return true;
}

/* MUST 2. */
static bool host_ok(struct span host, uint16_t port)
{
	static const char *const names[] = { "127.0.0.1", "[::1]", "localhost" };

	for (size_t i = 0; i < ELEMENTSOF(names); i++) {
		char with_port[32];

		(void)snprintf(with_port, sizeof(with_port), "%s:%u", names[i], port);
		if (span_is(host, with_port) || (port == 80 && span_is(host, names[i])))
			return true;
	}
	return false;
}

/* Whether the platform says something: a code, or an error (RFC 6749 section 4.1.2). */
static bool query_speaks(struct span query)
{
	static const char *const names[] = { "code=", "error=" };
	struct span pair;

	do {
		bool more = span_cut(&query, '&', &pair);

		if (!more) {
			pair = query;
			query.len = 0;
		}
		for (size_t i = 0; i < ELEMENTSOF(names); i++)
			if (pair.len > strlen(names[i]) &&
			    memcmp(pair.at, names[i], strlen(names[i])) == 0)
				return true;
	} while (query.len > 0);
	return false;
}

static enum login_request_verdict judge_target(struct span target, const char *path)
{
	struct span rest = target, before;

	if (!http_target_ok(target)) /* MUST 4 */
		return LOGIN_REQUEST_BAD;
	if (!span_cut(&rest, '?', &before))
		return span_is(target, path) ? LOGIN_REQUEST_NO_ANSWER : LOGIN_REQUEST_NOT_FOUND;
	if (!span_is(before, path))
		return LOGIN_REQUEST_NOT_FOUND;
	return query_speaks(rest) ? LOGIN_REQUEST_ANSWER : LOGIN_REQUEST_NO_ANSWER;
}

/* lines: the whole head, each of its lines with its end. */
static enum login_request_verdict judge(struct span lines, const struct login_here *here,
					struct login_request *request)
{
	struct span method, target, version;
	struct head head = { .body = false };
	enum login_request_verdict verdict;

	if (!http_cut_request(&lines, &method, &target, &version))
		return LOGIN_REQUEST_BAD;
	request->head = span_is(method, "HEAD");
	if (!span_is(version, "HTTP/1.1"))
		return version.len == 8 && memcmp(version.at, "HTTP/", 5) == 0
			       ? LOGIN_REQUEST_VERSION
			       : LOGIN_REQUEST_BAD;
	if (!read_headers(lines, &head) || !head.host.at)
		return LOGIN_REQUEST_BAD;
	if (!host_ok(head.host, here->port))
		return LOGIN_REQUEST_WRONG_HOST;
	if (!span_is(method, "GET"))
		return LOGIN_REQUEST_METHOD;
	if (head.body)
		return LOGIN_REQUEST_BAD;
	verdict = judge_target(target, here->path);
	if (verdict != LOGIN_REQUEST_ANSWER)
		return verdict;
	if (head.in_page)
		return LOGIN_REQUEST_IN_PAGE;
	request->host = head.host.at;
	request->host_len = head.host.len;
	request->target = target.at;
	request->target_len = target.len;
	return LOGIN_REQUEST_ANSWER;
}

enum login_request_verdict login_request_read(const char *bytes, size_t len,
					      const struct login_here *here,
					      struct login_request *ret_request)
{
	const char *end;
	enum login_request_verdict verdict;

	*ret_request = (struct login_request){ .head = false };
	if (!http_bytes_ok(bytes, len))
		return LOGIN_REQUEST_BAD;
	end = memmem(bytes, len, "\r\n\r\n", 4);
	if (!end)
		return len < LOGIN_REQUEST_MAX ? LOGIN_REQUEST_MORE : LOGIN_REQUEST_TOO_LONG;
	verdict = judge((struct span){ bytes, (size_t)(end - bytes) + 2 }, here, ret_request);
	/* MUST 1: another request, or a body, behind it. What else is wrong is told first. */
	if (verdict == LOGIN_REQUEST_ANSWER && end + 4 != bytes + len) {
		*ret_request = (struct login_request){ .head = false };
		return LOGIN_REQUEST_BAD;
	}
	return verdict;
}
