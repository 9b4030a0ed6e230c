/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Fetched documents. Invariants: at most one request at a time; a waiter is called exactly once or
 * leaves; a failed fetch never touches the version that is here.
 */
#include "idp-agentd/net/document.h"

#include <string.h>

#include "common/log.h"
#include "common/reason.h"
#include "idp-agentd/net/http-text.h"

void waiter_leave(struct waiter *waiter)
{
	if (!waiter->self)
		return;
	*waiter->self = waiter->next;
	if (waiter->next)
		waiter->next->self = waiter->self;
	waiter->next = NULL;
	waiter->self = NULL;
}

void waiter_enter(struct waiter **list, struct waiter *waiter)
{
	waiter->next = *list;
	waiter->self = list;
	if (waiter->next)
		waiter->next->self = &waiter->next;
	*list = waiter;
}

void waiters_wake(struct waiter **list, bool ok, const char *code, const char *text)
{
	struct waiter *mine = *list;

	*list = NULL;
	if (mine)
		mine->self = &mine;
	while (mine) {
		struct waiter *waiter = mine;

		waiter_leave(waiter);
		waiter->ready(waiter->userdata, ok, code, text);
	}
}

void document_init(struct document *document, struct http *http, const char *ca,
		   const struct document_ops *ops, void *owner)
{
	*document = (struct document){ .http = http, .ca = ca, .ops = ops, .owner = owner };
}

void document_done(struct document *document)
{
	document->request = http_cancel(document->request);
	while (document->waiters)
		waiter_leave(document->waiters);
}

/* The document may be gone once the first waiter was called: nothing of it is touched after. */
static void document_wake(struct document *document, bool ok)
{
	char reason[REASON_MAX];

	memcpy(reason, document->reason, sizeof(reason));
	waiters_wake(&document->waiters, ok, ok ? "" : document->code, ok ? "" : reason);
}

static void document_fail(struct document *document, const char *code, const char *text)
{
	usec_t now = clock_now();

	document->code = code;
	reason_format(document->reason, sizeof(document->reason), "%s", text);
	refresh_failed(&document->refresh, now);
	log_warning("%s (%s)", document->reason, code);
	document_wake(document, refresh_usable(&document->refresh, now));
}

static void document_on_answer(void *userdata, const struct http_answer *answer)
{
	struct document *document = userdata;
	const char *code = "platform-error";
	char reason[REASON_MAX];

	document->request = NULL;
	if (answer->error != HTTP_OK) {
		document_fail(document, http_reason(answer->error), answer->reason);
		return;
	}
	if (answer->status != 200) {
		const char *url = document->ops->url(document->owner, document->reason);

		reason_format(reason, sizeof(reason), "%.200s answered with HTTP status %u",
			      url ? url : "the platform", answer->status);
		document_fail(document, "http-status", reason);
		return;
	}
	if (document->ops->take(document->owner, answer->body, answer->body_len, reason, &code) !=
	    0) {
		document_fail(document, code, reason);
		return;
	}
	refresh_done(&document->refresh, clock_now(), answer->max_age);
	document->code = "";
	document->reason[0] = '\0';
	document_wake(document, true);
}

/* A fetch is under way when this returns true. */
static bool document_fetch(struct document *document)
{
	struct http_order order = { .ca = document->ca, .redirects = true };
	int r;

	if (document->request)
		return true;
	order.url = document->ops->url(document->owner, document->reason);
	if (!order.url) {
		document->code = "not-offered";
		return false;
	}
	r = http_start(document->http, &order, document_on_answer, document, &document->request);
	if (r == 0)
		return true;
	document->code = "url-refused";
	reason_format(document->reason, sizeof(document->reason), "cannot ask %s: %s", order.url,
		      strerrordesc_np(-r));
	refresh_failed(&document->refresh, clock_now());
	return false;
}

static enum document_verdict document_wait(struct document *document, struct waiter *waiter)
{
	if (!document_fetch(document))
		return refresh_usable(&document->refresh, clock_now()) ? DOCUMENT_HERE
								       : DOCUMENT_NO;
	if (waiter)
		waiter_enter(&document->waiters, waiter);
	return DOCUMENT_LATER;
}

enum document_verdict document_want(struct document *document, struct waiter *waiter)
{
	switch (refresh_look(&document->refresh, clock_now())) {
	case REFRESH_REFUSE:
		return document->request ? document_wait(document, waiter) : DOCUMENT_NO;
	case REFRESH_FETCH:
		return document_wait(document, waiter);
	case REFRESH_USE_AND_FETCH:
		if (!document_fetch(document))
			log_debug("%s", document->reason);
		return DOCUMENT_HERE;
	case REFRESH_USE:
		return DOCUMENT_HERE;
	}
	return DOCUMENT_NO;
}

void document_ask(struct document *document, struct waiter *waiter)
{
	switch (document_want(document, waiter)) {
	case DOCUMENT_NO:
		waiter->ready(waiter->userdata, false, document->code, document->reason);
		break;
	case DOCUMENT_HERE:
		waiter->ready(waiter->userdata, true, "", "");
		break;
	case DOCUMENT_LATER:
		break;
	}
}

enum document_verdict document_want_newer(struct document *document, struct waiter *waiter)
{
	if (!document->request && !refresh_spend(&document->refresh, clock_now())) {
		document->code = "refetch-budget";
		reason_format(document->reason, sizeof(document->reason),
			      "it was fetched again only just now");
		return DOCUMENT_NO;
	}
	return document_wait(document, waiter);
}
