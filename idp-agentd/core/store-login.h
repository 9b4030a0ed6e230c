/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_STORE_LOGIN_H
#define IDP_CORE_STORE_LOGIN_H

/*
 * What sign-ins leave behind: the facts the last token brought (groups, scopes, acr ...), kept
 * apart from the directory's for the account phase, and the last decisions for `idpctl why`.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/limits.h"
#include "common/macro.h"
#include "idp-agentd/core/store.h"

/* All that an IDENTITY can hold: facts are never cut, a [deny] may be about the last of them. */
#define STORE_FACTS_MAX     (6u * USER_GROUPS_MAX + 2u * CLAIMS_PAIRS_MAX + 32u)
#define STORE_DECISIONS_MAX 4096u /* decisions remembered, the oldest goes first */

/* One thing a token said: kind is the atom kind of the rules ("group", "scope", "acr" ...). */
struct store_fact {
	const char *kind;
	const char *value;
};

struct store_facts {
	uint64_t time; /* of the last that was let in; 0 = none yet, facts may be of a refused one */
	size_t n;
	struct store_fact *facts; /* order as given; one block, freed with the struct */
};

/* Notes a sign-in that proved (iss, sub): last_login, last_seen, and facts in place of the old. */
int store_put_login(struct store *store, int64_t person, uint64_t now,
		    const struct store_fact *facts, size_t n) _must_check_;
/* The facts alone, of a sign-in that was refused. */
int store_put_facts(struct store *store, int64_t person, const struct store_fact *facts,
		    size_t n) _must_check_;
/* Never STORE_E_NOT_FOUND: a person who never signed in has time 0. */
int store_get_facts(struct store *store, int64_t person, struct store_facts **ret) _must_check_;
struct store_facts *store_facts_free(struct store_facts *facts);
DEFINE_CLEANUP(struct store_facts *, store_facts_free);

struct store_decision {
	uint64_t time;
	bool permit;
	const char *user; /* never a secret in any of these */
	const char *service;
	const char *phase; /* "auth" or "account" */
	const char *code;  /* reason code: permit, no-rule, denied-by ... */
	const char *rule;  /* "" when none matched */
	const char *text;  /* what the person was told */
	const char *trace; /* one line per rule looked at, for the admin */
};

/* Remembers the last decision for (user, service, phase). Relaxed: a power cut may forget it. */
int store_put_decision(struct store *store, const struct store_decision *decision) _must_check_;
/* The last one; service or phase "" = whichever was last. STORE_E_NOT_FOUND. */
int store_get_decision(struct store *store, const char *user, const char *service,
		       const char *phase, struct store_decision **ret) _must_check_;
struct store_decision *store_decision_free(struct store_decision *decision);
DEFINE_CLEANUP(struct store_decision *, store_decision_free);

#endif
