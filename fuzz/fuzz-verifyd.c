/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What any program may send to idp-verifyd, and what it says then. The properties: what counts lies
 * inside what was read and holds nothing but what its rule allows; a beginning of a request is
 * unfinished or wrong, never a request; an answer is one head of printable lines, and 200 is said
 * by nobody here, since the authority was not asked.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/limits.h"
#include "idp-verifyd/reply.h"
#include "idp-verifyd/request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_span(const char *bytes, size_t size, struct span span)
{
	if (span.len > 0 && (span.at < bytes || span.at + span.len > bytes + size))
		abort();
	for (size_t i = 0; i < span.len; i++)
		if (span.at[i] <= ' ' || span.at[i] > '~')
			abort();
}

static void check_request(const char *bytes, size_t size, const struct request *request)
{
	check_span(bytes, size, request->resource);
	check_span(bytes, size, request->token);
	check_span(bytes, size, request->proof);
	check_span(bytes, size, request->method);
	check_span(bytes, size, request->address);
	if (request->resource.len == 0 || request->resource.len > CONFIG_NAME_MAX ||
	    memchr(request->resource.at, '/', request->resource.len) ||
	    memchr(request->resource.at, '"', request->resource.len))
		abort();
	if (request->shown == SHOWN_TOKEN &&
	    (request->token.len == 0 || request->token.len > JWS_LEN_MAX ||
	     (request->dpop && request->proof.len == 0)))
		abort();
}

static void check_refusal(const struct request *request, enum request_verdict verdict)
{
	struct buf out;
	const char *text;

	buf_init(&out, REPLY_MAX);
	reply_put_refusal(&out, request, verdict);
	if (buf_end(&out) < 0)
		abort();
	text = (const char *)out.data;
	if (strncmp(text, "HTTP/1.1 ", 9) != 0 || (text[9] != '4' && text[9] != '5'))
		abort();
	for (const char *at = text; *at; at++)
		if (*at != '\r' && *at != '\n' && (*at < ' ' || *at > '~'))
			abort();
	buf_done(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *bytes = (const char *)data;
	struct request request, part;
	enum request_verdict verdict;

	if (size > VERIFYD_HEAD_MAX)
		size = VERIFYD_HEAD_MAX;
	verdict = request_read(bytes, size, &request);
	if (verdict == REQUEST_MORE)
		return 0;
	if (verdict == REQUEST_GOOD)
		check_request(bytes, size, &request);
	if (verdict != REQUEST_GOOD || request.shown != SHOWN_TOKEN)
		check_refusal(&request, verdict);
	for (size_t i = 0; i < size && verdict == REQUEST_GOOD; i++)
		if (request_read(bytes, i, &part) != REQUEST_MORE ||
		    !request_goes_on(bytes, i, i / 2))
			abort();
	return 0;
}
