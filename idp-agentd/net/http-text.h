/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_NET_HTTP_TEXT_H
#define IDP_NET_HTTP_TEXT_H

/* The pure part of http: words for failures, and header values. */

#include "idp-agentd/net/http.h"

/* A sentence that names the host: "login.example.org did not answer in time". */
void http_explain(enum http_error error, const char *url, char *text, size_t room);
/* A reason code ("tls-untrusted") for the wire and for scripts. */
const char *http_reason(enum http_error error);
/* Is it trouble of the way there, which may be over when it is tried again? */
bool http_may_pass(enum http_error error) _must_check_;
/* Cache-Control's max-age; 0 for no-store and no-cache; HTTP_MAX_AGE_NONE when it says nothing. */
usec_t http_parse_max_age(const char *value);
/*
 * Retry-After (RFC 9110 section 10.2.3): seconds, or a date, which is when: that date in seconds
 * since 1970, date the server's own clock, 0 either unknown. At most a day; 0: it does not say.
 */
usec_t http_parse_retry_after(const char *value, int64_t when, int64_t date);
/* X-Rate-Limit-Remaining and -Interval (milliseconds), either NULL: how long to wait; 0 not said. */
usec_t http_parse_rate_limit(const char *remaining, const char *interval);

#endif
