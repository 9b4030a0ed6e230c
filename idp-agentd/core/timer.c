/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "idp-agentd/core/timer.h"

#include <systemd/sd-event.h>

int timer_set(struct sd_event_source *source, usec_t at)
{
	int r;

	if (at == USEC_INFINITY)
		return sd_event_source_set_enabled(source, SD_EVENT_OFF);
	r = sd_event_source_set_time(source, at);
	return r < 0 ? r : sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}
