/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_SCHEDULE_H
#define IDP_CORE_SCHEDULE_H

/* When each directory is due, by clock_now(). Knows no link and no timer. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/clock.h"
#include "common/limits.h"
#include "common/macro.h"

struct config;
struct config_directory;

/* One directory that can be read. */
struct schedule {
	char name[CONFIG_NAME_MAX + 1];
	usec_t due;
	usec_t retry;   /* after the next failure */
	unsigned early; /* thousandths of full_interval a full pass comes before its time, here */
	bool asked, full, force;
	bool refused; /* somebody, by a partial pass since the last full one */
	char error[REASON_MAX]; /* of the last pass; "" */
};

struct schedules {
	size_t n;
	struct schedule *items;
};

/* Every directory that can be read, due now. -ENOMEM. */
int schedules_make(struct schedules *schedules, const struct config *config) _must_check_;
void schedules_done(struct schedules *schedules);

struct schedule *schedules_find(const struct schedules *schedules, const char *name);
/* Whether name ("" all) means any directory at all. */
bool schedules_match(const struct schedules *schedules, const char *name) _must_check_;
/* Somebody wants these soon. */
void schedules_ask(struct schedules *schedules, const char *name, bool full, bool force);
bool schedules_anything_asked(const struct schedules *schedules) _must_check_;
/* What to read next: asked for, else most overdue; NULL nothing now. */
struct schedule *schedules_pick(const struct schedules *schedules, usec_t now);
usec_t schedules_first_due(const struct schedules *schedules);
/*
 * Is a full pass due, so many seconds after the last? Asked before every pass, so that no number
 * of partial ones puts it off; at each host at another time, and never later than configured. Much
 * sooner where somebody was refused: what is in the way may be gone, and only a full pass names them
 * again.
 */
bool schedule_wants_full(const struct schedule *schedule, const struct config_directory *directory,
			 uint64_t age) _must_check_;
/* A pass came to a good end; did it refuse anybody? */
void schedule_note(struct schedule *schedule, bool full, bool refused);
/* The next time after a pass: by the interval, sooner after a failure, with some jitter. */
void schedule_set_due(struct schedule *schedule, const struct config *config, bool failed);

#endif
