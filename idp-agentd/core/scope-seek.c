/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * MUST: a scope is remembered as refused only when the look says so of it, it is one of those that
 * were asked about, and the look is whole: idp-netd is not believed about names nobody asked for.
 */
#include "idp-agentd/core/scope-seek.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/limits.h"
#include "common/log.h"
#include "idp-agentd/core/access.h"
#include "idp-agentd/core/authority.h"
#include "idp-agentd/core/config.h"
#include "idp-agentd/core/peer.h"
#include "idp-agentd/core/scope-book.h"

struct scope_waiter {
	struct scope_waiter *next;
	struct look *look;
	void (*done)(void *userdata); /* NULL: cancelled */
	void *userdata;
};

struct look {
	struct look *next;
	struct scope_seeker *seeker;
	uint64_t flow;
	char provider[CONFIG_NAME_MAX + 1];
	char *words; /* asked about; cut into list */
	size_t n;
	const char *list[SCOPES_ASKED_MAX];
	struct scope_waiter *waiters;
	bool telling;
};

struct scope_seeker {
	struct authority *authority;
	struct peer *peer;
	struct look *looks;
};

/* ---- life of a look ---- */

static void look_free(struct look *look)
{
	struct scope_waiter *waiter;

	while ((waiter = look->waiters)) {
		look->waiters = waiter->next;
		free(waiter);
	}
	free(look->words);
	free(look);
}

static void look_unlink(struct look *look)
{
	struct look **at = &look->seeker->looks;

	while (*at != look)
		at = &(*at)->next;
	*at = look->next;
}

/* Each hears it once; one may cancel another from inside its done(). */
static void look_tell(struct look *look)
{
	look_unlink(look);
	look->telling = true;
	for (struct scope_waiter *waiter = look->waiters; waiter; waiter = waiter->next) {
		void (*done)(void *userdata) = waiter->done;

		waiter->done = NULL;
		if (done)
			done(waiter->userdata);
	}
	look_free(look);
}

/* ---- what it finds ---- */

static bool look_asked(const struct look *look, const char *name)
{
	for (size_t i = 0; i < look->n; i++)
		if (strcmp(look->list[i], name) == 0)
			return true;
	return false;
}

static void look_refused(const struct look *look, const char *name)
{
	struct authority *authority = look->seeker->authority;

	if (!scope_book_refuse(authority->scopes, look->provider, name, clock_now()))
		return;
	if (access_scope_is_optional(authority->config->rules, name))
		log_warning("provider %s refuses scope %s: sign-ins go on without it, since it is "
			    "optional; see idpctl scope doctor",
			    look->provider, name);
	else
		log_error("provider %s refuses scope %s, which this host asks for: people cannot "
			  "sign in. See idpctl scope doctor; at once: idpctl scope disable %s",
			  look->provider, name, name);
}

static int look_read(struct look *look, struct wire_in *in)
{
	const char *refused[SCOPES_ASKED_MAX];
	uint32_t n;
	bool whole;

	IGNORE(wire_get_str(in, REASON_MAX)); /* where it was asked */
	IGNORE(wire_get_bool(in));            /* nothing that does not exist was asked for */
	whole = wire_get_bool(in);
	n = wire_get_count(in);
	if (n > look->n)
		return -EPROTO;
	for (uint32_t i = 0; i < n; i++)
		refused[i] = wire_get_str(in, WIRE_STRING_MAX);
	if (wire_close(in) < 0)
		return -EPROTO;
	for (uint32_t i = 0; i < n; i++)
		if (!look_asked(look, refused[i]))
			return -EPROTO;
	for (uint32_t i = 0; whole && i < n; i++)
		look_refused(look, refused[i]);
	if (!whole || n == 0)
		scope_book_miss(look->seeker->authority->scopes, look->provider, clock_now());
	return 0;
}

static int look_on_message(void *owner, uint64_t flow, struct wire_in *in, bool last)
{
	struct look *look = owner;
	int r = 0;

	(void)flow;
	(void)last; /* both are */
	look->flow = 0;
	if (in->type == MSG_SCOPES)
		r = look_read(look, in);
	look_tell(look);
	return r;
}

static void look_on_lost(void *owner, uint64_t flow)
{
	struct look *look = owner;

	(void)flow;
	look->flow = 0;
	look_tell(look);
}

static const struct flow_owner look_flow = { .message = look_on_message, .lost = look_on_lost };

/* ---- asking ---- */

static int look_split(struct look *look)
{
	char *save = NULL;

	for (char *word = strtok_r(look->words, " ", &save); word;
	     word = strtok_r(NULL, " ", &save)) {
		if (look->n >= ELEMENTSOF(look->list))
			return -ENOBUFS;
		look->list[look->n++] = word;
	}
	return look->n > 0 ? 0 : -ENOENT;
}

static int look_begin(struct scope_seeker *seeker, const struct scope_question *question,
		      struct look **ret_look)
{
	struct peer_scopes ask = { .provider = question->provider,
				   .canary = "",
				   .resource = question->resource };
	struct look *look = calloc(1, sizeof(*look));
	int r = -ENOMEM;

	if (!look)
		return -ENOMEM;
	look->seeker = seeker;
	(void)snprintf(look->provider, sizeof(look->provider), "%s", question->provider);
	look->words = strdup(question->scopes);
	if (look->words)
		r = look_split(look);
	ask.scopes = look->list;
	ask.n = look->n;
	if (r == 0)
		r = peer_ask_scopes(seeker->peer, &ask, &look_flow, look, &look->flow);
	if (r < 0) {
		look_free(look);
		return r;
	}
	look->next = seeker->looks;
	seeker->looks = look;
	*ret_look = look;
	return 0;
}

static struct look *look_find(const struct scope_seeker *seeker, const char *provider)
{
	struct look *look = seeker->looks;

	while (look && strcmp(look->provider, provider) != 0)
		look = look->next;
	return look;
}

int scope_seek(struct scope_seeker *seeker, const struct scope_question *question,
	       void (*done)(void *userdata), void *userdata, struct scope_waiter **ret_waiter)
{
	struct look *look = look_find(seeker, question->provider);
	struct scope_waiter *waiter;
	int r = 0;

	if (!look && scope_book_has_missed(seeker->authority->scopes, question->provider,
					   clock_now()))
		return -EAGAIN;
	waiter = calloc(1, sizeof(*waiter));
	if (!waiter)
		return -ENOMEM;
	if (!look)
		r = look_begin(seeker, question, &look);
	if (r < 0) {
		free(waiter);
		return r;
	}
	*waiter = (struct scope_waiter){ look->waiters, look, done, userdata };
	look->waiters = waiter;
	*ret_waiter = waiter;
	return 0;
}

/* The look goes on without a waiter: the next sign-in is glad of what it finds. */
struct scope_waiter *scope_seek_cancel(struct scope_waiter *waiter)
{
	if (waiter) {
		waiter->done = NULL;
		waiter->userdata = NULL;
	}
	return NULL;
}

/* ---- life ---- */

int scope_seeker_new(struct authority *authority, struct peer *peer,
		     struct scope_seeker **ret_seeker)
{
	struct scope_seeker *seeker = calloc(1, sizeof(*seeker));

	if (!seeker)
		return -ENOMEM;
	seeker->authority = authority;
	seeker->peer = peer;
	*ret_seeker = seeker;
	return 0;
}

struct scope_seeker *scope_seeker_free(struct scope_seeker *seeker)
{
	struct look *look;

	if (!seeker)
		return NULL;
	while ((look = seeker->looks)) {
		seeker->looks = look->next;
		peer_abort(seeker->peer, look->flow);
		look_free(look);
	}
	free(seeker);
	return NULL;
}
