/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_IDPCTL_LOGIN_REQUEST_H
#define IDP_IDPCTL_LOGIN_REQUEST_H

/*
 * The one HTTP request that idpctl login waits for, read strictly: what comes may be any bytes of
 * any program, and of any web page that is open in the person's browser. Pure.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/macro.h"

/* Cookies are not kept apart by port: those of everything else at this machine come along. */
#define LOGIN_REQUEST_MAX 16384u

/* Where the browser is waited for. */
struct login_here {
	uint16_t port;
	const char *path;
};

enum login_request_verdict {
	LOGIN_REQUEST_BAD = 0,    /* no request, or not one of a browser's */
	LOGIN_REQUEST_MORE,       /* as far as it goes there is nothing wrong */
	LOGIN_REQUEST_ANSWER,     /* what the platform has to say */
	LOGIN_REQUEST_NO_ANSWER,  /* the right place, and nothing said there */
	LOGIN_REQUEST_NOT_FOUND,  /* another place */
	LOGIN_REQUEST_METHOD,     /* something else than GET */
	LOGIN_REQUEST_WRONG_HOST, /* it was meant for another machine: DNS rebinding */
	LOGIN_REQUEST_IN_PAGE,    /* a page asks, and no person who goes there */
	LOGIN_REQUEST_TOO_LONG,
	LOGIN_REQUEST_VERSION, /* not HTTP/1.1 */
};

/* Texts inside the bytes that were read. */
struct login_request {
	bool head; /* the answer has no body */
	const char *host, *target;
	size_t host_len, target_len; /* "127.0.0.1:4711", "/?code=..." */
};

/*
 * Judges len bytes, which is all that came until now. ret_request is written always; host and
 * target are set for LOGIN_REQUEST_ANSWER only.
 */
enum login_request_verdict login_request_read(const char *bytes, size_t len,
					      const struct login_here *here,
					      struct login_request *ret_request) _must_check_;

#endif
