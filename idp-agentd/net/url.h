/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_NET_URL_H
#define IDP_NET_URL_H

/* The little this tree must know of URLs. Pure; stricter than RFC 3986 on purpose. */

#include <stdbool.h>
#include <stddef.h>

#include "common/buf.h"
#include "common/macro.h"

#define URL_LEN_MAX 2048u

/*
 * "https://", a host name or address, an optional port, an optional path and query, of printable
 * ASCII only. No user name, no fragment, no space, no backslash, nothing a shell or terminal minds.
 */
bool url_is_https(const char *url) _must_check_;
/* Scheme, host and port are the same; both are https URLs. */
bool url_same_origin(const char *a, const char *b) _must_check_;
/* The text with everything but unreserved characters as %XX; form: space becomes '+'. */
void url_put_escaped(struct buf *out, const char *text, bool form);
/* One name=value of a form, preceded by '&' unless out is empty. */
void url_put_pair(struct buf *out, const char *name, const char *value);

#endif
