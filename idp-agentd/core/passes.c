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
#include "common/secret.h"
#include "idp-agentd/core/audit.h"
#include "idp-agentd/core/authority.h"
#include "idp-agentd/core/config.h"
#include "idp-agentd/core/dir.h"
#include "idp-agentd/core/peer.h"
#include "idp-agentd/core/store.h"

#define PASSES_WATCHERS_MAX 8u
#define PASSES_RETRY_FIRST  (15 * USEC_PER_SEC)
#define PASSES_PROGRESS	    100u /* records between two words to a watcher */

/* One directory that can be read. */
struct schedule {
	char name[CONFIG_NAME_MAX + 1];
	usec_t due; /* clock_now() time */
	usec_t retry;
	bool asked, full, force;
	char error[REASON_MAX];
};

struct pass {
	bool active;
	bool applying; /* sealed: the directory has said all */
	struct schedule *schedule;
	bool full;
	uint64_t flow;
	uint32_t credit;
	uint32_t seen, total;
};

struct watch {
	struct passes_watcher watcher;
	bool used;
};

struct passes {
	struct passes_parts parts;
	struct schedule *schedules;
	size_t n_schedules;
	struct schedule orphan; /* stands in for a directory that a reload has taken away */
	struct pass pass;
	struct watch watches[PASSES_WATCHERS_MAX];
	sd_event_source *timer, *apply, *silence;
	bool configuring;
};

static void passes_next(struct passes *passes);

/* ---- timers ---- */

static void passes_set_timer(sd_event_source *source, usec_t at)
{
	int r = sd_event_source_set_time(source, at);

	if (r >= 0)
		r = sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
	if (r < 0)
		log_error("cannot arm a timer of the synchronisation: %s", strerrordesc_np(-r));
}

static void passes_stop_timer(sd_event_source *source)
{
	IGNORE(sd_event_source_set_enabled(source, SD_EVENT_OFF)); /* cannot fail */
}

/* A tenth less to a tenth more, so that a thousand hosts do not knock at once. */
static usec_t passes_jitter(usec_t interval)
{
	uint32_t random = 0;

	if (secret_random(&random, sizeof(random)) < 0)
		return interval;
	return interval - interval / 10 + (interval / 5) * (random % 1000) / 1000;
}

/* ---- watchers ---- */

static void passes_tell_progress(struct passes *passes, uint32_t done, uint32_t total)
{
	for (size_t i = 0; i < PASSES_WATCHERS_MAX; i++)
		if (passes->watches[i].used)
			passes->watches[i].watcher.progress(passes->watches[i].watcher.userdata, done,
							    total, passes->pass.schedule->name);
}

static bool passes_anything_asked(const struct passes *passes)
{
	for (size_t i = 0; i < passes->n_schedules; i++)
		if (passes->schedules[i].asked)
			return true;
	return false;
}

static void passes_tell_ended(struct passes *passes, const char *directory, bool full,
			      const char *error)
{
	const struct syncer_result *result = syncer_get_result(passes->parts.authority->syncer);
	bool over = !passes_anything_asked(passes);

	for (size_t i = 0; i < PASSES_WATCHERS_MAX; i++) {
		struct watch *watch = &passes->watches[i];

		if (!watch->used)
			continue;
		watch->watcher.ended(watch->watcher.userdata, directory, full, result, error);
		if (!over)
			continue;
		watch->used = false;
		watch->watcher.over(watch->watcher.userdata);
	}
}

void passes_unwatch(struct passes *passes, const void *userdata)
{
	for (size_t i = 0; i < PASSES_WATCHERS_MAX; i++)
		if (passes->watches[i].used && passes->watches[i].watcher.userdata == userdata)
			passes->watches[i].used = false;
}

/* ---- the end of a pass ---- */

static void passes_audit(const struct schedule *schedule, bool full,
			 const struct syncer_result *result, const char *error)
{
	char message[512];
	const struct audit_event event = {
		.kind = AUDIT_SYNC,
		.priority = *error ? LOG_WARNING : LOG_INFO,
		.message = message,
		.result = *error ? "failed" : "done",
		.detail = error,
		.directory = schedule->name,
	};

	(void)snprintf(message, sizeof(message),
		       "directory %s: %s pass %s, %llu people, %llu added, %llu changed, %llu gone, "
		       "%llu refused", schedule->name, full ? "full" : "short",
		       *error ? "failed" : "done", (unsigned long long)result->seen,
		       (unsigned long long)result->added, (unsigned long long)result->changed,
		       (unsigned long long)result->retired, (unsigned long long)result->refused);
	audit_write(&event);
	for (size_t i = 0; i < result->n_problems && i < SYNCER_PROBLEMS_MAX; i++)
		log_warning("directory %s: %s", schedule->name, result->problems[i]);
}

static void schedule_set_due(struct schedule *schedule, const struct authority *authority,
			     bool failed)
{
	const struct config_directory *directory =
		config_directory(authority->config, schedule->name);
	usec_t interval = directory ? directory->interval : 15 * USEC_PER_MINUTE;

	if (!failed)
		schedule->retry = PASSES_RETRY_FIRST;
	else if (schedule->retry < interval)
		interval = schedule->retry;
	if (failed && schedule->retry < USEC_PER_HOUR)
		schedule->retry *= 2;
	schedule->due = clock_add(clock_now(), passes_jitter(interval));
}

static void passes_end(struct passes *passes, const char *error)
{
	struct pass pass = passes->pass;
	struct schedule *schedule = pass.schedule;

	peer_abort(passes->parts.peer, pass.flow);
	passes_stop_timer(passes->silence);
	passes_stop_timer(passes->apply);
	passes->pass = (struct pass){ 0 };
	(void)snprintf(schedule->error, sizeof(schedule->error), "%s", error);
	schedule->asked = schedule->full = schedule->force = false;
	schedule_set_due(schedule, passes->parts.authority, *error);
	passes_audit(schedule, pass.full, syncer_get_result(passes->parts.authority->syncer), error);
	if (!*error)
		passes->parts.publish(passes->parts.userdata);
	passes_tell_ended(passes, schedule->name, pass.full, error);
	passes_next(passes);
}

static void passes_drop(struct passes *passes, const char *why)
{
	syncer_abort(passes->parts.authority->syncer, why, authority_time());
	passes_end(passes, why);
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
		passes_tell_progress(passes, (uint32_t)result->applied, (uint32_t)result->to_apply);
		return 0;
	}
	if (r)
		passes_drop(passes, r < 0 ? strerrordesc_np(-r) : "the record refused the pass");
	else
		passes_end(passes, "");
	return 0;
}

/* ---- what the directory says ---- */

static int passes_on_record(struct passes *passes, struct wire_in *in)
{
	struct syncer *syncer = passes->parts.authority->syncer;
	static struct dir_members members; /* 32 KiB of pointers, one loop, one reader */
	struct dir_group group;
	struct dir_user user;
	int r;

	if (passes->pass.credit == 0)
		return -EPROTO; /* MUST 2 */
	passes->pass.credit--;
	if (in->type == MSG_DIR_USER) {
		r = dir_read_user(in, &user);
		if (r >= 0)
			r = syncer_user(syncer, &user);
	} else {
		r = dir_read_group(in, &members, &group);
		if (r >= 0)
			r = syncer_group(syncer, &group);
	}
	if (r == -EBADMSG)
		return r;
	if (r) {
		passes_drop(passes, r < 0 ? strerrordesc_np(-r) :
					    "the directory's records contradict each other");
		return 0;
	}
	if (++passes->pass.seen % PASSES_PROGRESS == 0)
		passes_tell_progress(passes, passes->pass.seen, passes->pass.total);
	if (passes->pass.credit <= DIR_CREDIT / 2) {
		peer_credit(passes->parts.peer, passes->pass.flow, DIR_CREDIT - passes->pass.credit);
		passes->pass.credit = DIR_CREDIT;
	}
	return 0;
}

static int passes_on_end(struct passes *passes, struct wire_in *in)
{
	struct dir_end end;
	char why[REASON_MAX];
	bool complete;
	int r = dir_read_end(in, &end);

	if (r < 0)
		return r;
	complete = end.complete && !*end.code;
	(void)snprintf(why, sizeof(why), "%s: %.200s", *end.code ? end.code : "incomplete", end.text);
	r = syncer_end(passes->parts.authority->syncer, complete, end.cursor, complete ? "" : why,
		       authority_time());
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
	passes_set_timer(passes->silence, clock_add(clock_now(), DIR_SILENCE_MAX));
	if (last) {
		passes->pass.flow = 0;
		passes_stop_timer(passes->silence);
	}
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

static const struct flow_owner passes_flow = {
	.message = passes_on_message,
	.lost = passes_on_lost,
};

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
static int passes_wants_full(struct passes *passes, const struct config_directory *directory,
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
		    now - state->last_full >= directory->full_interval / USEC_PER_SEC;
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
	int r = passes_wants_full(passes, directory, &pass, &cursor, &full);

	if (r < 0)
		return r;
	full = full || schedule->full;
	pass.full = full;
	pass.force = schedule->force;
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

static struct schedule *passes_pick(struct passes *passes, usec_t now)
{
	struct schedule *best = NULL;

	for (size_t i = 0; i < passes->n_schedules; i++) {
		struct schedule *schedule = &passes->schedules[i];

		if (schedule->asked)
			return schedule;
		if (schedule->due <= now && (!best || schedule->due < best->due))
			best = schedule;
	}
	return best;
}

static void passes_arm(struct passes *passes)
{
	usec_t first = USEC_INFINITY;

	for (size_t i = 0; i < passes->n_schedules; i++)
		if (passes->schedules[i].due < first)
			first = passes->schedules[i].due;
	if (first == USEC_INFINITY)
		passes_stop_timer(passes->timer);
	else
		passes_set_timer(passes->timer, first);
}

/* Starts what is due; a directory that cannot even be begun waits for its next time. */
static void passes_next(struct passes *passes)
{
	struct schedule *schedule;

	if (passes->pass.active || passes->configuring || !passes_ready(passes))
		return;
	for (size_t i = 0; i <= passes->n_schedules; i++) {
		const struct config_directory *directory;
		int r;

		schedule = passes_pick(passes, clock_now());
		if (!schedule)
			break;
		directory = config_directory(passes->parts.authority->config, schedule->name);
		r = directory ? passes_begin(passes, schedule, directory) : -ENOENT;
		if (r >= 0)
			return;
		(void)snprintf(schedule->error, sizeof(schedule->error), "%s", strerrordesc_np(-r));
		schedule->asked = false;
		schedule_set_due(schedule, passes->parts.authority, true);
		passes_tell_ended(passes, schedule->name, true, schedule->error);
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

void passes_on_link(struct passes *passes)
{
	passes_next(passes);
}

/* ---- asking ---- */

static int passes_watch(struct passes *passes, const struct passes_watcher *watcher)
{
	for (size_t i = 0; i < PASSES_WATCHERS_MAX; i++) {
		if (passes->watches[i].used)
			continue;
		passes->watches[i] = (struct watch){ .watcher = *watcher, .used = true };
		return 0;
	}
	return -EBUSY;
}

int passes_request(struct passes *passes, const char *directory, bool full, bool force,
		   const struct passes_watcher *watcher)
{
	size_t n = 0;
	int r = 0;

	for (size_t i = 0; i < passes->n_schedules; i++)
		n += !*directory || !strcmp(passes->schedules[i].name, directory);
	if (!n)
		return -ENOENT;
	if (!passes_ready(passes))
		return -ENOTCONN;
	if (watcher)
		r = passes_watch(passes, watcher);
	if (r < 0)
		return r;
	for (size_t i = 0; i < passes->n_schedules; i++) {
		struct schedule *schedule = &passes->schedules[i];

		if (*directory && strcmp(schedule->name, directory) != 0)
			continue;
		schedule->asked = true;
		schedule->full = schedule->full || full;
		schedule->force = schedule->force || force;
	}
	passes_next(passes);
	return 0;
}

/* ---- life ---- */

static struct schedule *passes_find(const struct passes *passes, const char *name)
{
	for (size_t i = 0; i < passes->n_schedules; i++)
		if (!strcmp(passes->schedules[i].name, name))
			return &passes->schedules[i];
	return NULL;
}

int passes_configure(struct passes *passes)
{
	const struct config *config = passes->parts.authority->config;
	struct schedule *schedules = calloc(config->n_directories, sizeof(*schedules));
	size_t n = 0;

	if (!schedules)
		return -ENOMEM;
	if (passes->pass.active && !passes->pass.applying) {
		passes->configuring = true; /* nothing new starts from the old list */
		passes_drop(passes, "the configuration was reloaded");
		passes->configuring = false;
	}
	for (size_t i = 0; i < config->n_directories; i++) {
		const struct config_directory *directory = &config->directories[i];
		struct schedule *schedule = &schedules[n];

		if (directory->kind != DIRECTORY_SCIM || strlen(directory->name) > CONFIG_NAME_MAX)
			continue;
		n++;
		schedule->retry = PASSES_RETRY_FIRST;
		schedule->due = clock_now(); /* at start and after a reload: soon */
		memcpy(schedule->name, directory->name, strlen(directory->name) + 1);
	}
	if (passes->pass.active) { /* applying: goes on to its end under its name, if it is left */
		struct schedule *now = NULL;

		for (size_t i = 0; i < n && !now; i++)
			if (!strcmp(schedules[i].name, passes->pass.schedule->name))
				now = &schedules[i];
		if (!now)
			passes->orphan = *passes->pass.schedule;
		passes->pass.schedule = now ? now : &passes->orphan;
	}
	free(passes->schedules);
	passes->schedules = schedules;
	passes->n_schedules = n;
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
	free(passes->schedules);
	free(passes);
	return NULL;
}

void passes_get_status(const struct passes *passes, const char *directory,
		       struct passes_status *ret_status)
{
	const struct schedule *schedule = passes_find(passes, directory);
	usec_t now = clock_now();

	*ret_status = (struct passes_status){ .error = "" };
	if (!schedule)
		return;
	ret_status->running = passes->pass.active && passes->pass.schedule == schedule;
	ret_status->error = schedule->error;
	ret_status->next = authority_time() +
			   (schedule->due > now ? (schedule->due - now) / USEC_PER_SEC : 0);
}
