/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the directory says during a pass, off the link and into the syncer. The MUSTs: passes.c. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/limits.h"
#include "idp-agentd/core/alias.h"
#include "idp-agentd/core/authority.h"
#include "idp-agentd/core/dir.h"
#include "idp-agentd/core/passes-internal.h"
#include "idp-agentd/core/peer.h"
#include "idp-agentd/core/syncer.h"

#define PASSES_PROGRESS 100u /* records between two words to a watcher */

/* One record goes into the syncer; -EBADMSG: it is none. */
static int passes_take_record(struct passes *passes, struct wire_in *in)
{
	struct syncer *syncer = passes->parts.authority->syncer;
	static struct dir_members members; /* 32 KiB of pointers, one loop, one reader */
	struct dir_group group;
	const struct naming *naming;
	struct dir_user user;
	char name[NAMING_ROOM];
	const char *id;
	bool is_group;
	int r;

	if (in->type == MSG_DIR_USER) {
		r = dir_read_user(in, &user);
		naming =
			alias_naming(passes->parts.authority->aliases, passes->pass.schedule->name);
		return r < 0 ? r : syncer_user(syncer, dir_name_user(naming, name, &user));
	}
	if (in->type == MSG_DIR_GONE) {
		r = dir_read_gone(in, &is_group, &id);
		return r < 0 ? r : syncer_gone(syncer, is_group, id);
	}
	r = dir_read_group(in, &members, &group);
	return r < 0 ? r : syncer_group(syncer, &group);
}

static int passes_on_record(struct passes *passes, struct wire_in *in)
{
	int r;

	if (passes->pass.credit == 0)
		return -EPROTO; /* MUST 2 */
	passes->pass.credit--;
	r = passes_take_record(passes, in);
	if (r == -EBADMSG)
		return r;
	if (r) {
		passes_drop(passes, r < 0 ? strerrordesc_np(-r)
					  : "the directory's records contradict each other");
		return 0;
	}
	if (++passes->pass.seen % PASSES_PROGRESS == 0)
		watchers_progress(&passes->watchers, passes->pass.seen, passes->pass.total,
				  passes->pass.schedule->name);
	if (passes->pass.credit <= DIR_CREDIT / 2) {
		peer_credit(passes->parts.peer, passes->pass.flow,
			    DIR_CREDIT - passes->pass.credit);
		passes->pass.credit = DIR_CREDIT;
	}
	return 0;
}

static int passes_on_end(struct passes *passes, struct wire_in *in)
{
	struct syncer *syncer = passes->parts.authority->syncer;
	struct dir_end end;
	char why[REASON_MAX];
	bool complete, unchanged;
	int r = dir_read_end(in, &end);

	if (r < 0)
		return r;
	if (!passes->pass.full && !strcmp(end.code, "cursor-expired")) {
		passes_read_whole(passes);
		return 0;
	}
	unchanged = end.complete && !strcmp(end.code, "unchanged");
	complete = end.complete && !*end.code;
	(void)snprintf(why, sizeof(why), "%s: %.200s", *end.code ? end.code : "incomplete",
		       end.text);
	/* A full pass begins from no cursor: there is nothing it could be unchanged since. */
	if (unchanged && !passes->pass.full)
		r = syncer_confirm(syncer, end.cursor, authority_time());
	else
		r = syncer_end(syncer, complete, end.cursor, complete ? "" : why, authority_time());
	if (r == SYNCER_E_FAILED)
		passes_end(passes, why);
	else if (r == SYNCER_E_BROKEN)
		passes_drop(passes, "the directory's records contradict each other");
	else if (r < 0)
		passes_drop(passes, strerrordesc_np(-r));
	else if (r == 0)
		passes_end(passes, "");
	else {
		passes->pass.applying = true;
		if (sd_event_source_set_enabled(passes->apply, SD_EVENT_ON) < 0)
			passes_drop(passes, "no event source");
	}
	return 0;
}

static int passes_on_failed(struct passes *passes, struct wire_in *in)
{
	char why[REASON_MAX];
	const char *code = wire_get_str(in, REASON_MAX);
	const char *text = wire_get_str(in, WIRE_STRING_MAX);

	if (wire_close(in) < 0)
		return -EPROTO;
	(void)snprintf(why, sizeof(why), "%.50s: %.200s", code, text);
	passes_drop(passes, why);
	return 0;
}

static int passes_on_message(void *owner, uint64_t flow, struct wire_in *in, bool last)
{
	struct passes *passes = owner;
	uint32_t done, total;
	int r;

	if (!passes->pass.active || passes->pass.flow != flow)
		return 0;
	passes_set_timer(passes->silence,
			 last ? USEC_INFINITY : clock_add(clock_now(), DIR_SILENCE_MAX));
	if (last)
		passes->pass.flow = 0;
	if (in->type == MSG_DIR_END)
		r = passes_on_end(passes, in);
	else if (in->type == MSG_FAILED)
		r = passes_on_failed(passes, in);
	else if (in->type == MSG_DIR_PROGRESS) {
		r = dir_read_progress(in, &done, &total);
		if (r >= 0)
			passes->pass.total = total;
	} else
		r = passes_on_record(passes, in);
	if (r < 0 && last)
		passes_drop(passes, "idp-netd broke the rules");
	return r;
}

static void passes_on_lost(void *owner, uint64_t flow)
{
	struct passes *passes = owner;

	if (!passes->pass.active || passes->pass.flow != flow)
		return;
	passes->pass.flow = 0;
	passes_drop(passes, "the link to idp-netd is lost");
}

const struct flow_owner passes_flow = {
	.message = passes_on_message,
	.lost = passes_on_lost,
};
