/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_CLOCKWATCH_H
#define IDP_CORE_CLOCKWATCH_H

/*
 * Notices that somebody set the wall clock. The record keeps times that other machines see; after
 * the clock was turned back they lie in the future, which counts as never confirmed (person.h),
 * until the directories have been asked again.
 */

#include <stdint.h>

#include "common/clock.h"
#include "common/macro.h"

struct clockwatch;
struct sd_event;

/*
 * Seconds by which the wall clock has been set since the last step, 0 when it was not: less than
 * CLOCKWATCH_LEAST is how clocks are kept right. *offset is the state; its first value is
 * clock_real() - clock_now().
 */
int64_t clockwatch_step(uint64_t *offset, usec_t now, usec_t real);

/* Looks every CLOCKWATCH_PERIOD and calls jumped. */
int clockwatch_new(struct sd_event *event, void (*jumped)(void *userdata, int64_t seconds),
		   void *userdata, struct clockwatch **ret_watch) _must_check_;
struct clockwatch *clockwatch_free(struct clockwatch *watch);
DEFINE_CLEANUP(struct clockwatch *, clockwatch_free);

#endif
