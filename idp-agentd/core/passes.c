/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * MUST:
 *  1. one pass at a time; a pass that is silent too long, breaks the rules or loses the link is
 *     dropped and never half applied (syncer.h);
 *  2. idp-netd sends no more than it was given credit for;
 *  3. a sealed pass is carried to its end whatever happens to the link.
 */
#include "idp-agentd/core/passes.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-event.h>

#include "common/clock.h"
#include "common/limits.h"
#include "common/log.h"
#include "idp-agentd/core/audit.h"
#include "idp-agentd/core/authority.h"
#include "idp-agentd/core/config.h"
#include "idp-agentd/core/passes-internal.h"
#include "idp-agentd/core/peer.h"
#include "idp-agentd/core/store.h"
#include "idp-agentd/core/timer.h"

static void passes_next(struct passes *passes);

void passes_set_timer(sd_event_source *source, usec_t at)
{
	int r = timer_set(source, at);

	if (r < 0)
		log_error("cannot arm a timer of the synchronisation: %s", strerrordesc_np(-r));
}

/* result is that of the pass, NULL when there was none. */
static void passes_tell_ended(struct passes *passes, const char *directory, bool full,
			      const struct syncer_result *result, const char *error)
{
	bool over = !passes->pass.active && !schedules_anything_asked(&passes->schedules);

	watchers_ended(&passes->watchers, directory, full, result, error, over);
}

void passes_unwatch(struct passes *passes, const void *userdata)
{
	watchers_remove(&passes->watchers, userdata);
}

/* ---- the end of a pass ---- */

/* Whoever waits is told, and what is due next begins. */
static void passes_over(struct passes *passes, const char *error)
{
	const struct syncer_result *result = syncer_get_result(passes->parts.authority->syncer);
	const struct pass pass = passes->pass;

	passes->pass = (struct pass){ 0 };
	passes_tell_ended(passes, pass.schedule->name, pass.full, result, error);
	passes_next(passes);
}

void passes_end(struct passes *passes, const char *error)
{
	const struct syncer_result *result = syncer_get_result(passes->parts.authority->syncer);
	struct pass *pass = &passes->pass;
	struct schedule *schedule = pass->schedule;

	peer_abort(passes->parts.peer, pass->flow);
	passes_set_timer(passes->silence, USEC_INFINITY);
	(void)sd_event_source_set_enabled(passes->apply, SD_EVENT_OFF);
	pass->flow = 0;
	(void)snprintf(schedule->error, sizeof(schedule->error), "%s", error);
	schedule_set_due(schedule, passes->parts.authority->config, *error);
	if (!*error)
		schedule_note(schedule, pass->full, result->refused + result->groups_refused > 0);
	audit_sync(schedule->name, pass->full, result, error);
	if (*error) {
		passes_over(passes, error);
		return;
	}
	pass->applying = pass->showing = true;
	passes->parts.publish(passes->parts.userdata);
}

void passes_shown(struct passes *passes)
{
	if (passes->pass.showing)
		passes_over(passes, "");
}

void passes_drop(struct passes *passes, const char *why)
{
	syncer_abort(passes->parts.authority->syncer, why, authority_time());
	passes_end(passes, why);
}

void passes_read_whole(struct passes *passes)
{
	struct schedule *schedule = passes->pass.schedule;

	log_info("directory %s: it does not go back to where the last pass ended, so it is read "
		 "whole",
		 schedule->name);
	syncer_abort(passes->parts.authority->syncer, NULL, authority_time());
	passes_set_timer(passes->silence, USEC_INFINITY);
	passes->pass = (struct pass){ 0 };
	schedule->asked = schedule->full = true;
	passes_next(passes);
}

/* ---- applying ---- */

static int passes_on_apply(sd_event_source *source, void *userdata)
{
	struct passes *passes = userdata;
	const struct syncer_result *result;
	int r = syncer_step(passes->parts.authority->syncer, authority_time());

	(void)source;
	if (r == SYNCER_MORE) {
		result = syncer_get_result(passes->parts.authority->syncer);
		watchers_progress(&passes->watchers, (uint32_t)result->applied,
				  (uint32_t)result->to_apply, passes->pass.schedule->name);
		return 0;
	}
	if (r)
		passes_drop(passes, r < 0 ? strerrordesc_np(-r) : "the record refused the pass");
	else
		passes_end(passes, "");
	return 0;
}

static int passes_on_silence(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct passes *passes = userdata;

	(void)source;
	(void)usec;
	if (passes->pass.active && !passes->pass.applying)
		passes_drop(passes, "the directory has been silent for too long");
	return 0;
}

/* ---- beginning ---- */

/* A full pass when there never was one, the settings changed, or it is time. */
static int passes_wants_full(struct passes *passes, const struct schedule *schedule,
			     const struct config_directory *directory,
			     const struct syncer_pass *pass, char **ret_cursor, bool *ret_full)
{
	struct store_directory *state = NULL;
	uint64_t now = authority_time();
	int r = store_get_directory(passes->parts.authority->store, directory->name, &state);

	if (r == STORE_E_NOT_FOUND) {
		*ret_full = true;
		return 0;
	}
	if (r)
		return r < 0 ? r : -EIO;
	*ret_full = !state->last_full || state->fingerprint != pass->fingerprint ||
		    !*state->cursor || now < state->last_full ||
		    schedule_wants_full(schedule, directory, now - state->last_full);
	*ret_cursor = TAKE_PTR(state->cursor);
	store_directory_free(state);
	return *ret_cursor ? 0 : -ENOMEM;
}

static int passes_begin(struct passes *passes, struct schedule *schedule,
			const struct config_directory *directory)
{
	struct authority *authority = passes->parts.authority;
	struct syncer_pass pass = authority_pass(authority, directory);
	_cleanup_free_ char *cursor = NULL;
	bool full = true;
	int r = authority_is_moved(authority, directory->provider)
			? -EKEYEXPIRED
			: passes_wants_full(passes, schedule, directory, &pass, &cursor, &full);

	if (r < 0)
		return r;
	full = full || schedule->full || schedule->force; /* only a full pass knows who is gone */
	pass.full = full;
	pass.force = schedule->force;
	/* Whoever asks from now on gets a pass that began after asking. */
	schedule->asked = schedule->full = schedule->force = false;
	r = syncer_begin(authority->syncer, &pass, authority_time());
	if (r)
		return r < 0 ? r : -EIO;
	passes->pass = (struct pass){ .active = true, .schedule = schedule, .full = full };
	r = peer_ask_sync(passes->parts.peer, directory->name, directory->provider, full,
			  full || !cursor ? "" : cursor, &passes_flow, passes, &passes->pass.flow);
	if (r < 0) {
		passes->pass = (struct pass){ 0 };
		syncer_abort(authority->syncer, "no link to idp-netd", authority_time());
		return r;
	}
	passes->pass.credit = DIR_CREDIT;
	peer_credit(passes->parts.peer, passes->pass.flow, DIR_CREDIT);
	passes_set_timer(passes->silence, clock_add(clock_now(), DIR_SILENCE_MAX));
	return 0;
}

static bool passes_ready(const struct passes *passes)
{
	struct peer_status status;

	peer_get_status(passes->parts.peer, &status);
	return status.ready;
}

static void passes_arm(struct passes *passes)
{
	passes_set_timer(passes->timer, schedules_first_due(&passes->schedules));
}

/* Starts what is due; a directory that cannot even be begun waits for its next time. */
static void passes_next(struct passes *passes)
{
	struct schedule *schedule;

	if (passes->pass.active || passes->configuring || !passes_ready(passes))
		return;
	for (size_t i = 0; i <= passes->schedules.n; i++) {
		const struct config_directory *directory;
		int r;

		schedule = schedules_pick(&passes->schedules, clock_now());
		if (!schedule)
			break;
		directory = config_directory(passes->parts.authority->config, schedule->name);
		r = directory ? passes_begin(passes, schedule, directory) : -ENOENT;
		if (r >= 0)
			return;
		(void)snprintf(schedule->error, sizeof(schedule->error), "%s",
			       r == -EKEYEXPIRED ? "its people are bound to another issuer: see "
						   "idpctl provider rebind"
						 : strerrordesc_np(-r));
		schedule->asked = false;
		schedule_set_due(schedule, passes->parts.authority->config, true);
		passes_tell_ended(passes, schedule->name, true, NULL, schedule->error);
	}
	passes_arm(passes);
}

static int passes_on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
	(void)source;
	(void)usec;
	passes_next(userdata);
	return 0;
}

/* Nobody waits for a link that may not come back: what was asked for has failed. */
static void passes_give_up(struct passes *passes, const char *why)
{
	for (size_t i = 0; i < passes->schedules.n; i++) {
		struct schedule *schedule = &passes->schedules.items[i];

		if (!schedule->asked)
			continue;
		schedule->asked = schedule->full = schedule->force = false;
		passes_tell_ended(passes, schedule->name, false, NULL, why);
	}
}

void passes_on_link(struct passes *passes)
{
	struct peer_status status;

	peer_get_status(passes->parts.peer, &status);
	if (!status.connected)
		passes_give_up(passes, "the link to idp-netd is lost");
	passes_next(passes);
}

/* ---- asking ---- */

int passes_request(struct passes *passes, const char *directory, bool full, bool force,
		   const struct passes_watcher *watcher)
{
	int r = 0;

	if (!schedules_match(&passes->schedules, directory))
		return -ENOENT;
	if (!passes_ready(passes))
		return -ENOTCONN;
	if (watcher)
		r = watchers_add(&passes->watchers, watcher, passes->pass.active);
	if (r < 0)
		return r;
	schedules_ask(&passes->schedules, directory, full, force);
	passes_next(passes);
	return 0;
}

/* ---- life ---- */

int passes_configure(struct passes *passes)
{
	struct schedules schedules;
	int r = schedules_make(&schedules, passes->parts.authority->config);

	if (r < 0)
		return r;
	syncer_forget(passes->parts.authority->syncer); /* of directories that are gone, maybe */
	if (passes->pass.active && !passes->pass.applying) {
		passes->configuring = true; /* nothing new starts from the old list */
		passes_drop(passes, "the configuration was reloaded");
		passes->configuring = false;
	}
	passes_give_up(passes, "the configuration was reloaded");
	if (passes->pass.active) { /* applying: goes on to its end under its name, if it is left */
		passes->orphan = *passes->pass.schedule;
		passes->pass.schedule = schedules_find(&schedules, passes->orphan.name);
		if (!passes->pass.schedule)
			passes->pass.schedule = &passes->orphan;
	}
	schedules_done(&passes->schedules);
	passes->schedules = schedules;
	passes_next(passes);
	return 0;
}

int passes_new(const struct passes_parts *parts, struct passes **ret_passes)
{
	_cleanup_(passes_freep) struct passes *passes = calloc(1, sizeof(*passes));
	int r;

	if (!passes)
		return -ENOMEM;
	passes->parts = *parts;
	r = sd_event_add_time(parts->event, &passes->timer, CLOCK_BOOTTIME, USEC_INFINITY,
			      USEC_PER_SEC, passes_on_timer, passes);
	if (r < 0)
		return r;
	r = sd_event_add_time(parts->event, &passes->silence, CLOCK_BOOTTIME, USEC_INFINITY,
			      USEC_PER_SEC, passes_on_silence, passes);
	if (r < 0)
		return r;
	r = sd_event_add_defer(parts->event, &passes->apply, passes_on_apply, passes);
	if (r < 0)
		return r;
	r = sd_event_source_set_priority(passes->apply, SD_EVENT_PRIORITY_IDLE);
	if (r < 0)
		return r;
	r = sd_event_source_set_enabled(passes->apply, SD_EVENT_OFF);
	if (r < 0)
		return r;
	*ret_passes = TAKE_PTR(passes);
	return 0;
}

struct passes *passes_free(struct passes *passes)
{
	if (!passes)
		return NULL;
	if (passes->pass.active && !passes->pass.applying)
		syncer_abort(passes->parts.authority->syncer, "idp-agentd stops", authority_time());
	sd_event_source_disable_unref(passes->timer);
	sd_event_source_disable_unref(passes->silence);
	sd_event_source_disable_unref(passes->apply);
	schedules_done(&passes->schedules);
	free(passes);
	return NULL;
}

void passes_get_status(const struct passes *passes, const char *directory,
		       struct passes_status *ret_status)
{
	const struct schedule *schedule = schedules_find(&passes->schedules, directory);
	usec_t now = clock_now();

	*ret_status = (struct passes_status){ .error = "" };
	if (!schedule)
		return;
	ret_status->running = passes->pass.active && passes->pass.schedule == schedule;
	ret_status->error = schedule->error;
	ret_status->next =
		authority_time() + (schedule->due > now ? (schedule->due - now) / USEC_PER_SEC : 0);
}
