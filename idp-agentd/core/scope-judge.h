/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_SCOPE_JUDGE_H
#define IDP_CORE_SCOPE_JUDGE_H

/*
 * One scope of this host against what is known of the platform: what it lists, and what it
 * refused when it was asked. Pure. Every sentence for people about it is made here.
 */

#include <stdbool.h>
#include <stddef.h>

#include "common/limits.h"
#include "common/macro.h"
#include "common/wire.h"
#include "idp-agentd/core/scope-table.h"

/* What is known of the platform. */
struct scope_know {
	const char *client_id;
	const char *offered; /* scopes_supported, words with one space between; "" it lists none */
	bool probed;         /* it was asked for every scope of the table */
	bool takes_any;      /* and took one that does not exist: that it takes one says nothing */
	bool bare;           /* but without the resource that sign-ins name: they may hear otherwise */
	const char *const *refused;
	size_t n_refused;
};

enum scope_state {
	SCOPE_UNKNOWN = 0, /* it neither lists its scopes nor can be asked */
	SCOPE_UNLISTED,    /* it does not list it */
	SCOPE_OFFERED,     /* it lists it */
	SCOPE_TAKEN,       /* it does not list it, and takes it */
	SCOPE_REFUSED,
};

#define SCOPE_WORDS_MAX (2u * REASON_MAX)

struct scope_finding {
	enum wire_finding level; /* WIRE_FINDING_OK: nothing to say */
	char text[SCOPE_WORDS_MAX];
	char remedy[SCOPE_WORDS_MAX];
};

enum scope_state scope_state(const struct scope_know *know, const char *name) _must_check_;
/* "offered", "refused" ... */
const char *scope_state_name(enum scope_state state);
/* off: disabled on this host. */
void scope_judge(const struct scope_know *know, const struct scope_entry *entry, bool off,
		 struct scope_finding *ret_finding);
/* What would be wrong with it at every platform: one scope for two things. */
void scope_judge_alone(const struct scope_entry *entry, struct scope_finding *ret_finding);
/*
 * What to do about a scope that is refused, one step after the other: the n-th, from 0, into room
 * bytes of text. False: there are no more.
 */
bool scope_step(const struct scope_know *know, const struct scope_entry *entry,
		const char *provider, size_t n, char text[static SCOPE_WORDS_MAX]) _must_check_;

#endif
