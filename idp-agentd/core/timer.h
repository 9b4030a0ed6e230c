/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_TIMER_H
#define IDP_CORE_TIMER_H

/* Timers of the event loop that go off once. */

#include "common/clock.h"
#include "common/macro.h"

struct sd_event_source;

/* Once, at this time of clock_now(); USEC_INFINITY: not at all. Switching off cannot fail. */
int timer_set(struct sd_event_source *source, usec_t at) _must_check_;

#endif
