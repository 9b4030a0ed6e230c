/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_NET_SCOPE_SEARCH_H
#define IDP_NET_SCOPE_SEARCH_H

/*
 * Which of many scopes a platform refuses, found by asking for some of them at a time: question
 * out, yes or no in. Pure. openid, where it is among them and taken, goes with every question:
 * some platforms refuse a request without it.
 */

#include <stdbool.h>
#include <stddef.h>

#include "common/limits.h"
#include "common/macro.h"

struct buf;

enum scope_search_phase {
	SCOPE_SEARCH_ANCHOR = 0, /* openid alone */
	SCOPE_SEARCH_SPLIT,      /* ranges, halved while they are refused */
	SCOPE_SEARCH_VERIFY,     /* all that were not refused, together */
	SCOPE_SEARCH_CANARY,     /* one that does not exist */
	SCOPE_SEARCH_OVER,
};

struct scope_search_range {
	size_t first, n;
	bool left; /* of two halves: the other one lies below it */
	bool bad;  /* known to hold one that is refused */
};

struct scope_search {
	const char *const *words; /* the caller's */
	size_t n;
	const char *canary;
	enum scope_search_phase phase;
	bool anchored; /* openid goes along */
	size_t n_asked;
	size_t n_ranges;
	struct scope_search_range ranges[SCOPES_ASKED_MAX];
	bool refused[SCOPES_ASKED_MAX];
	bool takes_any; /* the canary was taken */
	bool unclear;   /* what was taken in parts is refused together, or it took too long to say */
};

/* words are good as long as the search; n at most SCOPES_ASKED_MAX. canary "": none. */
void scope_search_init(struct scope_search *search, const char *const *words, size_t n,
		       const char *canary);
/* Puts the scope parameter of the next question. False: it is over. */
bool scope_search_next(struct scope_search *search, struct buf *out) _must_check_;
/* Whether the platform took what was asked last. */
void scope_search_answer(struct scope_search *search, bool taken);

#endif
