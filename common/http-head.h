/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_COMMON_HTTP_HEAD_H
#define IDP_COMMON_HTTP_HEAD_H

/*
 * The head of an HTTP/1 request, taken apart strictly: what RFC 9112 lets a server forgive is not
 * forgiven here, since two programs that forgive differently are how a request is smuggled. Pure;
 * nothing is copied.
 */

#include <stdbool.h>
#include <stddef.h>

#include "common/macro.h"

/* A piece of what was read. */
struct span {
	const char *at;
	size_t len;
};

bool span_is(struct span span, const char *text) _must_check_;
/* In either case: names of headers, schemes. */
bool span_is_name(struct span span, const char *name) _must_check_;
/* Cuts what is before the first c off; false: there is no c. */
bool span_cut(struct span *rest, char c, struct span *ret_first) _must_check_;
/* Without blanks and tabs at both ends. */
struct span span_trimmed(struct span span) _must_check_;

/* Text, blanks and line ends only; a line ends with both of its bytes, but the last may be on its
 * way. */
bool http_bytes_ok(const char *bytes, size_t len) _must_check_;
/* RFC 9110 section 5.6.2. */
bool http_is_token(struct span span) _must_check_;
/* A path with or without a query (RFC 3986) that stands for no control, however it is escaped. */
bool http_target_ok(struct span target) _must_check_;

/* Cuts "METHOD TARGET VERSION" off lines, which is a whole head, each line with its end. */
bool http_cut_request(struct span *lines, struct span *ret_method, struct span *ret_target,
		      struct span *ret_version) _must_check_;
/* Cuts the next header off: false when it is none. Not for lines that are empty. */
bool http_cut_header(struct span *lines, struct span *ret_name,
		     struct span *ret_value) _must_check_;

#endif
