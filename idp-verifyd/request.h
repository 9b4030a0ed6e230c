/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_VERIFYD_REQUEST_H
#define IDP_VERIFYD_REQUEST_H

/*
 * The one request there is, read strictly: GET /verify/RESOURCE with the Authorization that
 * somebody showed to a web server. Pure; nothing is copied.
 */

#include <stdbool.h>
#include <stddef.h>

#include "common/http-head.h"
#include "common/macro.h"

enum request_verdict {
	REQUEST_BAD = 0,   /* no request, or one that two programs could read in two ways */
	REQUEST_MORE,      /* as far as it goes there is nothing wrong */
	REQUEST_GOOD,      /* somebody is to be judged by what he shows, which may be nothing */
	REQUEST_METHOD,    /* something else than GET and HEAD */
	REQUEST_NOT_FOUND, /* another place than /verify/NAME */
	REQUEST_QUERY,     /* there is a query: tokens are never taken from one */
	REQUEST_BODY,      /* a body is said to follow */
	REQUEST_VERSION,   /* neither HTTP/1.1 nor HTTP/1.0 */
	REQUEST_TOO_LONG,
};

/* What the headers show of who asks. */
enum request_shown {
	SHOWN_MALFORMED = 0, /* Bearer or DPoP, and no token of RFC 6750 section 2.1 behind it */
	SHOWN_TOKEN,
	SHOWN_NOTHING, /* no Authorization */
	SHOWN_OTHER,   /* another scheme */
	SHOWN_TWICE, /* more than one Authorization: which one the server behind takes, who knows */
	SHOWN_TOO_LONG, /* a token longer than any that is looked at */
	SHOWN_NO_PROOF, /* DPoP, without exactly one proof that could be one */
	SHOWN_NO_PLACE, /* DPoP, and the web server does not say which request it is for */
};

/* Spans lie in the bytes that were read. */
struct request {
	bool head; /* the answer has no body */
	bool keep; /* another request may follow; never after one that is not good */
	enum request_shown shown;
	struct span resource; /* of letters, digits and "._-": safe to write anywhere */
	bool dpop;            /* the scheme was DPoP (RFC 9449) */
	struct span token;    /* SHOWN_TOKEN, and with dpop: */
	struct span proof, method, address;
};

/*
 * Judges len bytes, which is all that came until now. ret_request is written always; all of it but
 * head and keep counts for REQUEST_GOOD only.
 */
enum request_verdict request_read(const char *bytes, size_t len,
				  struct request *ret_request) _must_check_;

/*
 * Is there nothing new to judge in these len bytes, of which the first seen were so before? Else a
 * head that comes byte by byte would be read from its beginning each time.
 */
bool request_goes_on(const char *bytes, size_t len, size_t seen) _must_check_;

#endif
