/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_PROMPT_H
#define IDP_CORE_PROMPT_H

/*
 * The words a person reads while signing in. Everything the person must see stands inside one
 * prompt, because sshd holds back what is not a prompt. Bytes of the platform or of the far end
 * are cleaned first: no control byte and no broken UTF-8 ever reaches a terminal.
 */

#include <stdbool.h>
#include <stddef.h>

#include "common/buf.h"
#include "common/macro.h"

enum prompt_style {
	PROMPT_STYLE_FULL = 0, /* QR, who, where, URL and code */
	PROMPT_STYLE_SHORT,    /* QR, one line of who, URL and code */
	PROMPT_STYLE_PLAIN,    /* the same as full without the QR: for screen readers and logs */
};

/* What is asked for, and where: the person must be able to tell it from a stranger's. */
struct prompt_who {
	enum prompt_style style;
	const char *host, *user, *service;
	const char *source; /* the far address, or the terminal; "" unknown */
	const char *asks;   /* of prompt_join_asks(), or NULL */
	const char *more;   /* why this is a second sign-in: what it has to be; or NULL */
};

struct prompt_device {
	struct prompt_who who;
	const char *uri;
	const char *uri_complete; /* "" none: then the QR holds uri */
	const char *code;
};

struct prompt_browser {
	struct prompt_who who;
	const char *url;
	const char
		*redirect_uri; /* where the browser ends: a page of the site, or its own machine */
	unsigned seconds;      /* the url must be opened by then; 0 does not say */
};

/* The whole prompt of the device flow. -EMSGSIZE when it does not fit room. */
int prompt_device(const struct prompt_device *what, char *text, size_t room) _must_check_;
/* Asked again after Enter came too early: the same, without QR and without who. */
int prompt_again(const struct prompt_device *what, char *text, size_t room) _must_check_;
/*
 * The whole prompt of the code flow. -EMSGSIZE likewise. It has no QR: what a phone's browser ends
 * at could not be pasted here, and 24 rows hold the account and the address or a QR, not both.
 */
int prompt_browser(const struct prompt_browser *what, char *text, size_t room) _must_check_;
/* The prompt for the platform's password, likewise one line. */
int prompt_password(const char *user, const char *provider, char *text, size_t room) _must_check_;
/* The prompt for an access token: one line, for programs that show nothing else. */
int prompt_token(const char *host, char *text, size_t room) _must_check_;
/* Asked again after a wrong answer, with the reason of idp-netd in words. */
int prompt_repaste(const char *reason, char *text, size_t room) _must_check_;
/* The QR alone, in half blocks; nothing at all when it would be taller than PROMPT_QR_ROWS. */
void prompt_put_qr(struct buf *out, const char *content);
#define PROMPT_QR_ROWS  20
#define PROMPT_URL_MAX  512u /* a person may have to type it */
#define PROMPT_WORD_MAX 64u  /* of a host, user, service or source */
/*
 * "log in to build7; restart services": the descriptions of scopes joined, each cleaned and with
 * %h replaced by host. What has no room is not half said: "..." stands for it.
 */
void prompt_join_asks(const char *const *descriptions, size_t n, const char *host, char *text,
		      size_t room);
#define PROMPT_ASKS_MAX 512u /* of all descriptions together: some six lines of a terminal */
/* Copies text without control bytes and broken UTF-8 ('?' instead), at most max bytes of it. */
void prompt_put_clean(struct buf *out, const char *text, size_t max);
/* An https (or http on loopback) URL of printable ASCII that a person may be told to open. */
bool prompt_url_ok(const char *url) _must_check_;
/* The same for one that nobody has to type: LOGIN_URL_MAX bytes. */
bool prompt_address_ok(const char *url) _must_check_;

#endif
