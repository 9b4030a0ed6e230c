/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The wall clock beside the one that only ever goes on. */
#include "idp-agentd/core/clockwatch.h"

#include <errno.h>
#include <stdlib.h>
#include <systemd/sd-event.h>

#include "common/limits.h"
#include "idp-agentd/core/timer.h"

struct clockwatch {
	uint64_t offset; /* clock_real() - clock_now(), which may wrap: only differences count */
	void (*jumped)(void *userdata, int64_t seconds);
	void *userdata;
	sd_event_source *timer;
};

int64_t clockwatch_step(uint64_t *offset, usec_t now, usec_t real)
{
	int64_t moved = (int64_t)(real - now - *offset);
	int64_t seconds = moved / (int64_t)USEC_PER_SEC;

	*offset = real - now;
	return seconds > -CLOCKWATCH_LEAST && seconds < CLOCKWATCH_LEAST ? 0 : seconds;
}

static int clockwatch_on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct clockwatch *watch = userdata;
	int64_t seconds = clockwatch_step(&watch->offset, clock_now(), clock_real());

	(void)usec;
	if (seconds != 0)
		watch->jumped(watch->userdata, seconds);
	return timer_set(source, clock_add(clock_now(), CLOCKWATCH_PERIOD));
}

int clockwatch_new(struct sd_event *event, void (*jumped)(void *userdata, int64_t seconds),
		   void *userdata, struct clockwatch **ret_watch)
{
	_cleanup_(clockwatch_freep) struct clockwatch *watch = calloc(1, sizeof(*watch));
	int r;

	if (!watch)
		return -ENOMEM;
	*watch = (struct clockwatch){
		.offset = clock_real() - clock_now(),
		.jumped = jumped,
		.userdata = userdata,
	};
	r = sd_event_add_time(event, &watch->timer, CLOCK_BOOTTIME,
			      clock_add(clock_now(), CLOCKWATCH_PERIOD), USEC_PER_SEC,
			      clockwatch_on_timer, watch);
	if (r < 0)
		return r;
	*ret_watch = TAKE_PTR(watch);
	return 0;
}

struct clockwatch *clockwatch_free(struct clockwatch *watch)
{
	if (!watch)
		return NULL;
	sd_event_source_disable_unref(watch->timer);
	free(watch);
	return NULL;
}
