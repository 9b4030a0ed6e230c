/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "idp-agentd/net/timer.h"

#include <time.h>

int timer_new(sd_event *event, usec_t accuracy, sd_event_time_handler_t on_time, void *userdata,
	      sd_event_source **ret_source)
{
	sd_event_source *source = NULL;
	int r = sd_event_add_time(event, &source, CLOCK_BOOTTIME, 0, accuracy, on_time, userdata);

	if (r < 0)
		return r;
	r = sd_event_source_set_enabled(source, SD_EVENT_OFF);
	if (r < 0) {
		sd_event_source_disable_unref(source);
		return r;
	}
	*ret_source = source;
	return 0;
}

int timer_set(sd_event_source *source, usec_t at)
{
	int r;

	if (at == USEC_INFINITY)
		return sd_event_source_set_enabled(source, SD_EVENT_OFF);
	r = sd_event_source_set_time(source, at);
	return r < 0 ? r : sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}
