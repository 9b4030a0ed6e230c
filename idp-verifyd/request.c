/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * MUST:
 *  1. a request is judged only if all of it was read and all of it is right; what comes behind it,
 *     and a body, end the connection: nobody may be taken for the one before;
 *  2. a token comes from exactly one Authorization header, and from nowhere else: not from a query
 *     (RFC 6750 section 5.3), a body or a cookie;
 *  3. the name of the resource is the web server's to say, in the path; it has no byte that means
 *     anything to anybody.
 */
#include "idp-verifyd/request.h"

#include <string.h>

#include "common/limits.h"

#define REQUEST_PATH "/verify/"

/* What the headers say that matters here. */
enum { HOST = 0, AUTHORIZATION, DPOP, METHOD, ADDRESS, HEADERS };

struct head {
	struct header {
		struct span value;
		unsigned n;
	} headers[HEADERS];
	bool body, close;
};

static void read_header(struct span name, struct span value, struct head *head)
{
	static const char *const names[HEADERS] = {
		[HOST] = "Host",       [AUTHORIZATION] = "Authorization",
		[DPOP] = "DPoP",       [METHOD] = "Idp-Method",
		[ADDRESS] = "Idp-Url",
	};

	for (size_t i = 0; i < HEADERS; i++)
		if (span_is_name(name, names[i])) {
			head->headers[i].value = value;
			head->headers[i].n++;
			return;
		}
	if (span_is_name(name, "Transfer-Encoding") ||
	    (span_is_name(name, "Content-Length") && !span_is(value, "0"))) {
		head->body = true;
	} else if (span_is_name(name, "Connection") && !span_is_name(value, "keep-alive")) {
		head->close = true; /* "close", or something nobody here knows */
	}
}

/* False: there is none, or a line that is none. */
static bool read_headers(struct span lines, struct head *head)
{
	struct span name, value;

	while (lines.len > 0) {
		if (!http_cut_header(&lines, &name, &value))
			return false;
		read_header(name, value, head);
	}
	return head->headers[HOST].n <= 1;
}

/* RFC 6750 section 2.1: 1*( ALPHA / DIGIT / "-" / "." / "_" / "~" / "+" / "/" ) *"=" */
static bool is_b64token(struct span span)
{
	while (span.len > 0 && span.at[span.len - 1] == '=')
		span.len--;
	for (size_t i = 0; i < span.len; i++) {
		char c = span.at[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		      (c && strchr("-._~+/", c))))
			return false;
	}
	return span.len > 0;
}

static bool is_visible(struct span span, size_t max)
{
	for (size_t i = 0; i < span.len; i++)
		if (span.at[i] <= ' ' || span.at[i] > '~')
			return false;
	return span.len > 0 && span.len <= max;
}

/* The proof is the client's (RFC 9449 section 4.3, step 1: one), its place the web server's word.
 */
static enum request_shown judge_proof(const struct head *head, struct request *request)
{
	const struct header *proof = &head->headers[DPOP], *method = &head->headers[METHOD],
			    *address = &head->headers[ADDRESS];

	if (method->n != 1 || address->n != 1 || !http_is_token(method->value) ||
	    method->value.len > METHOD_LEN_MAX || !is_visible(address->value, LOGIN_URL_MAX))
		return SHOWN_NO_PLACE;
	if (proof->n != 1 || !is_visible(proof->value, PROOF_LEN_MAX))
		return SHOWN_NO_PROOF;
	request->proof = proof->value;
	request->method = method->value;
	request->address = address->value;
	return SHOWN_TOKEN;
}

/* MUST 2. */
static enum request_shown judge_shown(const struct head *head, struct request *request)
{
	struct span rest = head->headers[AUTHORIZATION].value, scheme;

	if (head->headers[AUTHORIZATION].n != 1)
		return head->headers[AUTHORIZATION].n == 0 ? SHOWN_NOTHING : SHOWN_TWICE;
	if (!span_cut(&rest, ' ', &scheme)) {
		scheme = rest;
		rest.len = 0;
	}
	request->dpop = span_is_name(scheme, "DPoP");
	if (!request->dpop && !span_is_name(scheme, "Bearer"))
		return SHOWN_OTHER;
	rest = span_trimmed(rest);
	if (rest.len > JWS_LEN_MAX)
		return SHOWN_TOO_LONG;
	if (!is_b64token(rest))
		return SHOWN_MALFORMED;
	request->token = rest;
	return request->dpop ? judge_proof(head, request) : SHOWN_TOKEN;
}

/* MUST 3. */
static bool is_resource(struct span span)
{
	for (size_t i = 0; i < span.len; i++) {
		char c = span.at[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		      (c && strchr("._-", c))))
			return false;
	}
	return span.len > 0 && span.len <= CONFIG_NAME_MAX && *span.at != '.';
}

static enum request_verdict judge_target(struct span target, struct span *ret_resource)
{
	const size_t prefix = STRLEN(REQUEST_PATH);
	struct span rest;

	if (!http_target_ok(target))
		return REQUEST_BAD;
	if (memchr(target.at, '?', target.len))
		return REQUEST_QUERY;
	if (target.len <= prefix || memcmp(target.at, REQUEST_PATH, prefix) != 0)
		return REQUEST_NOT_FOUND;
	rest = (struct span){ target.at + prefix, target.len - prefix };
	if (!is_resource(rest))
		return REQUEST_NOT_FOUND;
	*ret_resource = rest;
	return REQUEST_GOOD;
}

/* lines: the whole head, each of its lines with its end. */
static enum request_verdict judge(struct span lines, struct request *request)
{
	struct span method, target, version;
	struct head head = { .body = false };
	enum request_verdict verdict;
	bool old;

	if (!http_cut_request(&lines, &method, &target, &version))
		return REQUEST_BAD;
	request->head = span_is(method, "HEAD");
	old = span_is(version, "HTTP/1.0"); /* nginx speaks so until it is told otherwise */
	if (!old && !span_is(version, "HTTP/1.1"))
		return version.len == 8 && memcmp(version.at, "HTTP/", 5) == 0 ? REQUEST_VERSION
									       : REQUEST_BAD;
	if (!read_headers(lines, &head) || (!old && head.headers[HOST].n == 0))
		return REQUEST_BAD;
	if (head.body)
		return REQUEST_BODY;
	if (!request->head && !span_is(method, "GET"))
		return REQUEST_METHOD;
	verdict = judge_target(target, &request->resource);
	request->shown = judge_shown(&head, request);
	request->keep = verdict == REQUEST_GOOD && !old && !head.close;
	return verdict;
}

enum request_verdict request_read(const char *bytes, size_t len, struct request *ret_request)
{
	const char *end;
	enum request_verdict verdict;

	*ret_request = (struct request){ .head = false };
	if (!http_bytes_ok(bytes, len))
		return REQUEST_BAD;
	end = memmem(bytes, len, "\r\n\r\n", 4);
	if (!end)
		return len < VERIFYD_HEAD_MAX ? REQUEST_MORE : REQUEST_TOO_LONG;
	verdict = judge((struct span){ bytes, (size_t)(end - bytes) + 2 }, ret_request);
	/* MUST 1: another request, or a body, behind it. What else is wrong is told first. */
	if (verdict == REQUEST_GOOD && end + 4 != bytes + len) {
		*ret_request = (struct request){ .head = false };
		return REQUEST_BAD;
	}
	return verdict;
}

bool request_goes_on(const char *bytes, size_t len, size_t seen)
{
	size_t from = seen > 3 ? seen - 3 : 0;

	if (from > 0 && bytes[from] == '\n') /* a line end is looked at whole */
		from--;
	return len < VERIFYD_HEAD_MAX && !memmem(bytes + from, len - from, "\r\n\r\n", 4) &&
	       http_bytes_ok(bytes + from, len - from);
}
