/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_ADMISSION_H
#define IDP_CORE_ADMISSION_H

/*
 * How many sign-ins may be under way: of one person at one source, of one person from all other
 * hosts together, of one source. So nobody uses up what somebody else needs: a stranger who
 * knocks under alice's name takes her places at his own address only, and never those at this
 * host's terminals; a user who asks about himself takes his own, whatever host he says he is at.
 */

#include <stdbool.h>
#include <stdint.h>

#include "common/macro.h"
#include "idp-agentd/core/quota.h"

struct session_request;

struct admission;
struct brake;

/* The places one sign-in holds; all zero holds none. */
struct admitted {
	unsigned held;
	char keys[3][QUOTA_KEY_MAX];
};

int admission_new(struct admission **ret_admission) _must_check_;
struct admission *admission_free(struct admission *admission);
DEFINE_CLEANUP(struct admission *, admission_free);

/* by_root: the service's word is good for the source. False: one too many, nothing is held. */
bool admission_take(struct admission *admission, const struct session_request *request,
		    bool by_root, uint32_t asker, struct admitted *admitted) _must_check_;
/* Gives back what is held, if anything. */
void admission_give(struct admission *admission, struct admitted *admitted);

/* How fast passwords of one person may be tried. */
struct brake *admission_brake(struct admission *admission);

#endif
