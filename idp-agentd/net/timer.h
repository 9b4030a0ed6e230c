/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_NET_TIMER_H
#define IDP_NET_TIMER_H

/* Timers of the event loop that go off once, by the clock that counts while the machine sleeps. */

#include <systemd/sd-event.h>

#include "common/clock.h"
#include "common/macro.h"

/* One that is off. accuracy: how much later it may go off; 0: what sd-event thinks best. */
int timer_new(sd_event *event, usec_t accuracy, sd_event_time_handler_t on_time, void *userdata,
	      sd_event_source **ret_source) _must_check_;
/* Once, at this time of clock_now(); USEC_INFINITY: not at all. */
int timer_set(sd_event_source *source, usec_t at) _must_check_;

#endif
