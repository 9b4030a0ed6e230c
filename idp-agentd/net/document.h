/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_NET_DOCUMENT_H
#define IDP_NET_DOCUMENT_H

/*
 * A document of a platform that is fetched when needed, kept while it is fresh, and waited for by
 * any number of flows at once: one fetch, many answers. Ageing is refresh.c's.
 */

#include <stdbool.h>
#include <stddef.h>

#include "common/limits.h"
#include "common/macro.h"
#include "idp-agentd/net/http.h"
#include "idp-agentd/net/refresh.h"

/* Somebody who waits; belongs to the one who waits, and may leave at any time. */
struct waiter {
	struct waiter *next;
	struct waiter **self; /* NULL: waits for nothing */
	/* ok: look again, it is there. Else code and text say why it is not. */
	void (*ready)(void *userdata, bool ok, const char *code, const char *text);
	void *userdata;
};

void waiter_enter(struct waiter **list, struct waiter *waiter);
void waiter_leave(struct waiter *waiter);
/*
 * Calls everybody on the list once; whoever is called may leave, enter again, make others leave,
 * and free what the list is in. code and text must outlive all of that.
 */
void waiters_wake(struct waiter **list, bool ok, const char *code, const char *text);

struct document_ops {
	/* Where it is; NULL: nowhere, with a sentence in reason. */
	const char *(*url)(void *owner, char reason[static REASON_MAX]);
	/* Takes a new version whole or leaves the old: 0, or a sentence in reason and its code. */
	int (*take)(void *owner, const char *body, size_t len, char reason[static REASON_MAX],
		    const char **ret_code);
};

struct document {
	struct http *http;
	const char *ca; /* the owner's, as in an http_order */
	const struct document_ops *ops;
	void *owner;
	struct refresh refresh;
	struct http_request *request;
	struct waiter *waiters;
	const char *code;        /* of the last failure; static text */
	char reason[REASON_MAX]; /* the same, said to a person */
};

enum document_verdict {
	DOCUMENT_NO = 0, /* not to be had now: document.code and .reason say why */
	DOCUMENT_HERE,
	DOCUMENT_LATER, /* waiter->ready() will be called */
};

void document_init(struct document *document, struct http *http, const char *ca,
		   const struct document_ops *ops, void *owner);
/* Nobody may wait any more. */
void document_done(struct document *document);
/* Asks for it. waiter may be NULL: only see to it that it is fetched when it should be. */
enum document_verdict document_want(struct document *document, struct waiter *waiter) _must_check_;
/* The same for one who hears it by waiter->ready() in any case, perhaps before this returns. */
void document_ask(struct document *document, struct waiter *waiter);
/* As document_want() for one who has seen the current version and misses something in it. */
enum document_verdict document_want_newer(struct document *document,
					  struct waiter *waiter) _must_check_;

#endif
