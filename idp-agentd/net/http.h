/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_NET_HTTP_H
#define IDP_NET_HTTP_H

/*
 * HTTPS requests on the event loop. The only file that knows libcurl. A request owns everything
 * it needs; cancelling it is always allowed and its callback is then never called.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/clock.h"
#include "common/limits.h"
#include "common/macro.h"

struct sd_event;
struct secret;
struct http;
struct http_request;

enum http_error {
	HTTP_OK = 0, /* there is an answer with a status, whatever it says */
	HTTP_E_URL,
	HTTP_E_CA,          /* the pinned authority's file cannot be read */
	HTTP_E_CERTIFICATE, /* ours: it cannot be used, or the server does not take it */
	HTTP_E_DNS,
	HTTP_E_CONNECT,
	HTTP_E_TLS, /* no common version or cipher, or the peer broke off */
	HTTP_E_UNTRUSTED,
	HTTP_E_NAME,
	HTTP_E_EXPIRED,
	HTTP_E_TIMEOUT,
	HTTP_E_TOO_LARGE,
	HTTP_E_TRUNCATED,
	HTTP_E_REDIRECT,
	HTTP_E_PROTOCOL, /* not HTTP */
	HTTP_E_MEMORY,
	HTTP_E_UNSIGNED, /* never sent: the authority did not sign for it (call.c) */
};

#define HTTP_DATE_NONE    INT64_MIN
#define HTTP_MAX_AGE_NONE USEC_INFINITY

struct http_order {
	const char *url;           /* https only */
	const char *ca;            /* file of the only trusted authorities, or NULL: the system's */
	const struct secret *cert; /* shown to the server, PEM with its chain, or NULL */
	const struct secret *key;  /* of that certificate, PEM */
	const char *authorization; /* value of the header, or NULL */
	const struct secret *bearer; /* or the token that is that value, or NULL */
	const struct secret *proof;  /* the DPoP header, or NULL; bearer is then a DPoP token */
	const char *accept;          /* or NULL: application/json */
	const char *etag;            /* value of If-None-Match, or NULL: 304 may be the answer */
	const struct buf *form;      /* POST of a form, or NULL: GET */
	size_t body_max;             /* 0: HTTP_BODY_MAX */
	bool redirects;              /* follow a few to the same origin (metadata only) */
	bool once; /* never sent twice by itself: the server may have acted on the first */
};

struct http_answer {
	enum http_error error;
	char reason[REASON_MAX]; /* for a person, when error is set: what failed and with whom */
	unsigned status;
	char content_type[64]; /* lower case, without parameters; "" when absent */
	const char *body;      /* NUL-terminated, erased after the callback */
	size_t body_len;
	const char *dpop_nonce; /* the DPoP-Nonce header, as long as body; NULL: not one */
	const char *challenge;  /* the WWW-Authenticate header, likewise */
	const char *etag;       /* the ETag header, likewise; NULL also where there are two */
	int64_t date;           /* Date header, seconds since 1970, or HTTP_DATE_NONE */
	usec_t retry_after;     /* 0 when absent */
	usec_t max_age;         /* Cache-Control, 0 for no-store; HTTP_MAX_AGE_NONE when absent */
};

/* Called once, never from inside http_start(). The answer lives until it returns. */
typedef void (*http_done_fn)(void *userdata, const struct http_answer *answer);

int http_new(struct sd_event *event, struct http **ret_http) _must_check_;
/* Cancels whatever is left. */
struct http *http_free(struct http *http);
DEFINE_CLEANUP(struct http *, http_free);

/* Copies the order. 0 or -errno; every other failure is reported to done. */
int http_start(struct http *http, const struct http_order *order, http_done_fn done, void *userdata,
	       struct http_request **ret_request) _must_check_;
/* Stops the transfer; returns NULL; NULL is fine. Also allowed from another request's callback. */
struct http_request *http_cancel(struct http_request *request);
/* Requests under way. */
size_t http_count(const struct http *http);

#endif
