/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_WORLD_H
#define IDP_CORE_WORLD_H

/*
 * The world of a session machine: its questions about people and rules, answered from the record
 * and the configuration. One for each sign-in; it also keeps why it answered so, for the audit.
 */

#include <stdbool.h>

#include "common/limits.h"
#include "common/macro.h"
#include "idp-agentd/core/access.h"
#include "idp-agentd/core/admission.h"
#include "idp-agentd/core/session.h"

struct authority;
struct identity;
struct tickets;
struct wallets;

#define WORLD_STEPPED_MAX 4096u
#define WORLD_BOUND_MAX   (ISSUER_LEN_MAX + PATH_LEN_MAX + 2u)
#define WORLD_SCOPES_MAX  128u

struct world {
	struct session_world ops; /* what the session gets */
	struct authority *authority;
	struct admission *admission;
	struct tickets *tickets; /* NULL: there are none */
	struct wallets *wallets; /* NULL: nothing is kept of a sign-in, nor are sessions counted */
	bool by_root;   /* who asks: root, whose service, terminal and host may be believed, or */
	uint32_t asker; /* this user, who can say what he likes */
	struct admitted admitted;
	bool attempted; /* a password was tried */
	bool learned;   /* somebody was bound: publish */
	bool regrouped; /* claims give the person other groups than before: publish first */
	char rule[CONFIG_NAME_MAX + 1];
	char code[REASON_MAX]; /* of the last judge() */
	char provider[CONFIG_NAME_MAX + 1];
	char subject[SUBJECT_LEN_MAX + 1];
	char bound[WORLD_BOUND_MAX]; /* what its subjects meant when the sign-in began */
	char trace[ACCESS_TRACE_MAX];
	/* What the last judge() missed and a sign-in can bring; its texts are the rules', good
	 * until that step is over. */
	bool missed;
	struct access_step_up missing;
	char stepped[WORLD_STEPPED_MAX]; /* what a second sign-in was asked for; "" there was none
					  */
	const char *scopes[WORLD_SCOPES_MAX];
	const char *acr[WORLD_SCOPES_MAX];
	bool left_out; /* of the flow that is made: a scope that it would ask for */
	char *asked;   /* the scopes of the last flow, words with one space between; NULL none */
	char asks[PROMPT_ASKS_MAX];
	char redirect_uri[ISSUER_LEN_MAX + 1]; /* of a login of a port's own */
};

void world_init(struct world *world, struct authority *authority, struct admission *admission);
/* Where a sign-in may teach who somebody is: by the name that this host would use ([directory]). */
void world_name(const struct world *world, struct identity *identity);
/* How it ended: whether a password that was tried goes on counting as wrong. reason: its code. */
void world_settle(struct world *world, const char *user, enum wire_result result,
		  const char *reason);
/* Gives the place in the quotas back. */
void world_done(struct world *world);

#endif
