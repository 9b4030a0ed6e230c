/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "idp-agentd/core/regroup.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <systemd/sd-event.h>

#include "common/log.h"
#include "idp-agentd/core/authority.h"
#include "idp-agentd/core/claimed.h"

struct regroup {
	struct authority *authority;
	sd_event_source *next;
	void (*publish)(void *userdata);
	void *userdata;
	int64_t after;
	bool changed;
};

static void regroup_end(struct regroup *regroup)
{
	if (regroup->changed)
		regroup->publish(regroup->userdata);
	regroup->changed = false;
}

static int regroup_on_next(sd_event_source *source, void *userdata)
{
	struct regroup *regroup = userdata;
	bool over = true;
	int r = claimed_step(regroup->authority, &regroup->after, &regroup->changed, &over);

	if (r < 0)
		log_error("the groups that claims give cannot be worked out: %s; the next sign-in, "
			  "synchronisation or reload tries again",
			  strerrordesc_np(-r));
	if (r < 0 || over)
		regroup_end(regroup);
	else if (sd_event_source_set_enabled(source, SD_EVENT_ONESHOT) < 0)
		return -EIO;
	return 0;
}

void regroup_request(struct regroup *regroup)
{
	if (!claimed_is_used(regroup->authority))
		return; /* those that were are gone with their groups */
	regroup->after = 0;
	if (sd_event_source_set_enabled(regroup->next, SD_EVENT_ONESHOT) < 0)
		log_error("the groups that claims give stay as they are");
}

int regroup_new(struct sd_event *event, struct authority *authority,
		void (*publish)(void *userdata), void *userdata, struct regroup **ret_regroup)
{
	_cleanup_(regroup_freep) struct regroup *regroup = calloc(1, sizeof(*regroup));
	int r;

	if (!regroup)
		return -ENOMEM;
	regroup->authority = authority;
	regroup->publish = publish;
	regroup->userdata = userdata;
	r = sd_event_add_defer(event, &regroup->next, regroup_on_next, regroup);
	if (r >= 0)
		r = sd_event_source_set_enabled(regroup->next, SD_EVENT_OFF);
	if (r >= 0)
		r = sd_event_source_set_priority(regroup->next, SD_EVENT_PRIORITY_IDLE);
	if (r < 0)
		return r;
	regroup_request(regroup);
	*ret_regroup = TAKE_PTR(regroup);
	return 0;
}

struct regroup *regroup_free(struct regroup *regroup)
{
	if (regroup)
		sd_event_source_disable_unref(regroup->next);
	free(regroup);
	return NULL;
}
