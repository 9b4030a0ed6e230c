/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_PASSES_INTERNAL_H
#define IDP_CORE_PASSES_INTERNAL_H

/* What passes.c (when) and passes-hear.c (what the directory says) share; nobody else. */

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "common/clock.h"
#include "idp-agentd/core/flows.h"
#include "idp-agentd/core/passes.h"
#include "idp-agentd/core/schedule.h"
#include "idp-agentd/core/watchers.h"

struct pass {
	bool active;
	bool applying; /* sealed: the directory has said all */
	bool showing;  /* in the record, and not yet seen by everybody */
	struct schedule *schedule;
	bool full;
	uint64_t flow;
	uint32_t credit;
	uint32_t seen, total;
};

struct passes {
	struct passes_parts parts;
	struct schedules schedules;
	struct schedule orphan; /* stands in for a directory that a reload has taken away */
	struct pass pass;
	struct watchers watchers;
	sd_event_source *timer, *apply, *silence;
	bool configuring;
};

/* What idp-netd answers of a pass goes there. */
extern const struct flow_owner passes_flow;

/* at: by clock_now(), USEC_INFINITY never. */
void passes_set_timer(sd_event_source *source, usec_t at);
/* The pass is over: error "" is well. What is due next begins. */
void passes_end(struct passes *passes, const char *error);
/* The pass is dropped, the record says why. */
void passes_drop(struct passes *passes, const char *why);
/* The directory takes our cursor no more: dropped without a failure, and read whole at once. */
void passes_read_whole(struct passes *passes);

#endif
