/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_REGROUP_H
#define IDP_CORE_REGROUP_H

/*
 * Works out anew which groups claims give everybody (claimed.h), a few people at a time between
 * other events, so that nobody's lookup waits for it.
 */

#include "common/macro.h"

struct authority;
struct regroup;
struct sd_event;

/* Begins at once. publish is called when it is over and somebody's groups are others than before. */
int regroup_new(struct sd_event *event, struct authority *authority,
		void (*publish)(void *userdata), void *userdata,
		struct regroup **ret_regroup) _must_check_;
struct regroup *regroup_free(struct regroup *regroup);
DEFINE_CLEANUP(struct regroup *, regroup_free);

/* From the first person on, also when it is under way. */
void regroup_request(struct regroup *regroup);

#endif
