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
#include <strings.h>

#include "common/hex.h"

/* A piece of what was read. */
struct span {
	const char *at;
	size_t len;
};

/* What the headers say that matters here. */
struct head {
	struct span host;
	bool host_twice, body, in_page;
};

static bool span_is(struct span span, const char *text)
{
	return span.len == strlen(text) && memcmp(span.at, text, span.len) == 0;
}

static bool span_is_name(struct span span, const char *name)
{
	return span.len == strlen(name) && strncasecmp(span.at, name, span.len) == 0;
}

/* Cuts what is before the first c off; false: there is no c. */
static bool span_cut(struct span *rest, char c, struct span *ret_first)
{
	const char *end = memchr(rest->at, c, rest->len);

	if (!end)
		return false;
	*ret_first = (struct span){ rest->at, (size_t)(end - rest->at) };
	rest->at = end + 1;
	rest->len -= ret_first->len + 1;
	return true;
}

/* Text, blanks and line ends; a line ends with both of its bytes, but the last may be on its way.
 */
static bool bytes_ok(const char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)bytes[i];

		if (c == '\r'   ? i + 1 < len && bytes[i + 1] != '\n'
		    : c == '\n' ? i == 0 || bytes[i - 1] != '\r'
				: (c < ' ' && c != '\t') || c == 0x7f)
			return false;
	}
	return true;
}

/* RFC 9110 section 5.6.2. */
static bool is_token(struct span span)
{
	for (size_t i = 0; i < span.len; i++) {
		char c = span.at[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		      (c && strchr("!#$%&'*+-.^_`|~", c))))
			return false;
	}
	return span.len > 0;
}

static struct span trimmed(struct span span)
{
	while (span.len > 0 && (*span.at == ' ' || *span.at == '\t'))
		span = (struct span){ span.at + 1, span.len - 1 };
	while (span.len > 0 && (span.at[span.len - 1] == ' ' || span.at[span.len - 1] == '\t'))
		span.len--;
	return span;
}

/* One header; a line that begins with a blank would be the end of another one's value. */
static bool read_header(struct span line, struct head *head)
{
	struct span name, value;

	if (!span_cut(&line, ':', &name) || !is_token(name))
		return false;
	value = trimmed(line);
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
	struct span line;

	while (span_cut(&lines, '\n', &line)) {
		line.len--; /* bytes_ok(): a '\r' */
		if (!read_header(line, head))
			return false;
	}
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

/* What may stand in the target of a request (RFC 3986), and MUST 4. */
static bool target_ok(struct span target)
{
	for (size_t i = 0; i < target.len; i++) {
		char c = target.at[i];

		if (c <= ' ' || c > '~' || strchr("\"#<>\\^`{|}", c))
			return false;
		if (c != '%')
			continue;
		if (target.len - i < 3 || hex_value(target.at[i + 1]) < 2 ||
		    hex_value(target.at[i + 2]) < 0)
			return false; /* below 2: a control */
		if (hex_value(target.at[i + 1]) == 7 && hex_value(target.at[i + 2]) == 15)
			return false;
	}
	return target.len > 0 && *target.at == '/';
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

	if (!target_ok(target))
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
	struct span line, method, target;
	struct head head = { .body = false };
	enum login_request_verdict verdict;

	if (!span_cut(&lines, '\n', &line))
		return LOGIN_REQUEST_BAD;
	line.len--;
	if (!span_cut(&line, ' ', &method) || !span_cut(&line, ' ', &target) || !is_token(method))
		return LOGIN_REQUEST_BAD;
	request->head = span_is(method, "HEAD");
	if (!span_is(line, "HTTP/1.1"))
		return line.len == 8 && memcmp(line.at, "HTTP/", 5) == 0 ? LOGIN_REQUEST_VERSION
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
	if (!bytes_ok(bytes, len))
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
