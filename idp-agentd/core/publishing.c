/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Timers around publish_step(). */
#include "idp-agentd/core/publishing.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-event.h>

#include "common/clock.h"
#include "common/limits.h"
#include "common/log.h"
#include "idp-agentd/core/authority.h"
#include "idp-agentd/core/timer.h"

#define PUBLISHING_RETRY_FIRST USEC_PER_SEC
#define PUBLISHING_RETRY_MAX   USEC_PER_MINUTE
#define PUBLISHING_REST_MAX    USEC_PER_SEC
#define PUBLISHING_WATCH       (30 * USEC_PER_SEC) /* /etc/passwd, ends of accounts */
#define PUBLISHING_FEED        USEC_PER_SEC        /* to systemd, while nobody else is served */

struct publishing {
	struct authority *authority;
	sd_event_source *soon, *watch, *reap, *slices;
	usec_t retry;
	usec_t rest_until;             /* others are served in between: as long as a step takes */
	void (*shown)(void *userdata); /* who waits; NULL: nobody */
	void *userdata;
	struct publish_counts counts;
	uint64_t time;
};

static void publishing_arm(sd_event_source *source, usec_t after)
{
	if (timer_set(source, clock_add(clock_now(), after)) < 0)
		log_error("cannot arm a timer of the publisher");
}

static void publishing_failed(struct publishing *publishing, const char *reason)
{
	log_error("the snapshot cannot be written, the old one stays: %s", reason);
	publishing_arm(publishing->soon, publishing->retry);
	publishing->retry *= 2;
	if (publishing->retry > PUBLISHING_RETRY_MAX)
		publishing->retry = PUBLISHING_RETRY_MAX;
}

static void publishing_done(struct publishing *publishing, const struct publish_counts *counts)
{
	struct authority *authority = publishing->authority;

	if (counts->cut_members != publishing->counts.cut_members && counts->cut_members)
		log_warning(
			"%llu memberships are not in the snapshot: nobody is shown in more than "
			"%u groups, and no group with more than %u people",
			(unsigned long long)counts->cut_members, USER_GROUPS_MAX,
			GROUP_MEMBERS_MAX);
	authority->locals_changed = false;
	(void)sd_event_source_set_enabled(publishing->soon, SD_EVENT_OFF); /* collected as well */
	if (counts->generation == publishing->counts.generation) {
		publishing->counts = *counts;
		return;
	}
	publishing->retry = PUBLISHING_RETRY_FIRST; /* not by a slice of what then fails again */
	publishing->counts = *counts;
	publishing->time = authority_time();
	log_debug("snapshot %llu: %llu people, %llu groups, %llu changes since the base%s",
		  (unsigned long long)counts->generation, (unsigned long long)counts->people,
		  (unsigned long long)counts->groups, (unsigned long long)counts->changes,
		  counts->complete ? ", complete" : "");
	publishing_arm(publishing->reap, publish_reap(authority->publisher, clock_now()));
}

static void publishing_tell(struct publishing *publishing)
{
	void (*shown)(void *userdata) = publishing->shown;

	publishing->shown = NULL;
	if (shown)
		shown(publishing->userdata); /* which may wait again */
}

/*
 * One step of the publisher. The next one follows by itself while there is more: by a timer, since
 * a source that is always due would leave no turn to those of the clients.
 */
static int publishing_step(struct publishing *publishing)
{
	struct authority *authority = publishing->authority;
	struct publish_counts counts = { 0 };
	char reason[REASON_MAX] = "";
	usec_t begin = clock_now();
	int r = publish_step(authority->publisher, authority_time(), reason, &counts);
	usec_t end = clock_now(), rest = end - begin;

	publishing->rest_until =
		clock_add(end, rest < PUBLISHING_REST_MAX ? rest : PUBLISHING_REST_MAX);
	if (r == PUBLISH_E_MORE)
		publishing_arm(publishing->slices, 0);
	else
		(void)sd_event_source_set_enabled(publishing->slices, SD_EVENT_OFF);
	if (r == 0)
		publishing->retry = PUBLISHING_RETRY_FIRST;
	if (r == 0 || r == PUBLISH_E_MORE)
		publishing_done(publishing, &counts);
	else if (r != PUBLISH_E_SYNC) /* the end of the pass asks again */
		publishing_failed(publishing, *reason ? reason : strerrordesc_np(r < 0 ? -r : EIO));
	return r;
}

/* A step in a turn of our own, in which whoever waits may be called. */
static void publishing_turn(struct publishing *publishing)
{
	int r = publishing_step(publishing); /* it has said what there is to say */

	if (r != PUBLISH_E_SYNC && !(r == PUBLISH_E_MORE && publishing->counts.is_behind))
		publishing_tell(publishing);
}

void publishing_run(struct publishing *publishing)
{
	usec_t fed = clock_now();

	while (publishing_step(publishing) == PUBLISH_E_MORE && publishing->counts.is_behind) {
		if (clock_now() < clock_add(fed, PUBLISHING_FEED))
			continue;
		fed = clock_now();
		IGNORE(sd_notify(0, "WATCHDOG=1\nEXTEND_TIMEOUT_USEC=30000000"));
	}
}

void publishing_run_one(struct publishing *publishing)
{
	const struct publish_pace pace = PUBLISH_PACE;
	const struct publish_counts *counts = &publishing->counts;

	while (publishing_step(publishing) == PUBLISH_E_MORE && counts->is_behind) {
		if (counts->people + counts->groups >= pace.small && !counts->is_soon)
			break;
	}
	if (publishing->shown)
		publishing_arm(publishing->slices, 0); /* whoever else waits is told, not here */
}

void publishing_wait(struct publishing *publishing, void (*shown)(void *userdata), void *userdata)
{
	publishing->shown = shown;
	publishing->userdata = userdata;
	publishing_turn(publishing);
}

static int publishing_on_soon(sd_event_source *source, uint64_t usec, void *userdata)
{
	(void)source;
	(void)usec;
	publishing_turn(userdata);
	return 0;
}

static int publishing_on_slice(sd_event_source *source, uint64_t usec, void *userdata)
{
	(void)source;
	(void)usec;
	publishing_turn(userdata);
	return 0;
}

static int publishing_on_reap(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct publishing *publishing = userdata;

	(void)usec;
	publishing_arm(source, publish_reap(publishing->authority->publisher, clock_now()));
	return 0;
}

/* Until /etc/passwd is looked at again, or the next account ends. */
static usec_t publishing_pause(const struct publishing *publishing)
{
	const uint64_t now = authority_time(), end = publishing->counts.next_end;

	if (end == 0 || end < now || end - now >= PUBLISHING_WATCH / USEC_PER_SEC)
		return PUBLISHING_WATCH;
	return (end + 1 - now) * USEC_PER_SEC;
}

/*
 * Ends of accounts are wall-clock times; a clock that jumps is noticed here as well, and a base
 * that was to wait for its time. Where nothing changed this costs a few questions.
 */
static int publishing_on_watch(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct publishing *publishing = userdata;

	(void)usec;
	authority_refresh_locals(publishing->authority);
	publishing_turn(publishing);
	publishing_arm(source, publishing_pause(publishing));
	return 0;
}

void publishing_request(struct publishing *publishing)
{
	usec_t now = clock_now(), after = PUBLISH_DEBOUNCE;
	int enabled = SD_EVENT_OFF;

	/* One that is due already collects this change too; a retry is brought forward. */
	if (publishing->retry == PUBLISHING_RETRY_FIRST &&
	    sd_event_source_get_enabled(publishing->soon, &enabled) >= 0 && enabled != SD_EVENT_OFF)
		return;
	if (now + PUBLISH_DEBOUNCE < publishing->rest_until)
		after = publishing->rest_until - now;
	publishing_arm(publishing->soon, after);
}

int publishing_new(struct sd_event *event, struct authority *authority,
		   struct publishing **ret_publishing)
{
	_cleanup_(publishing_freep) struct publishing *publishing = calloc(1, sizeof(*publishing));
	int r;

	if (!publishing)
		return -ENOMEM;
	publishing->authority = authority;
	publishing->retry = PUBLISHING_RETRY_FIRST;
	r = sd_event_add_time(event, &publishing->soon, CLOCK_BOOTTIME, USEC_INFINITY,
			      USEC_PER_MSEC, publishing_on_soon, publishing);
	if (r < 0)
		return r;
	/* a new timer is enabled, and publishing_request() would take it for one that is due */
	r = sd_event_source_set_enabled(publishing->soon, SD_EVENT_OFF);
	if (r < 0)
		return r;
	r = sd_event_add_time(event, &publishing->slices, CLOCK_BOOTTIME, USEC_INFINITY, 1,
			      publishing_on_slice, publishing);
	if (r < 0)
		return r;
	r = sd_event_add_time(event, &publishing->reap, CLOCK_BOOTTIME, USEC_INFINITY, USEC_PER_SEC,
			      publishing_on_reap, publishing);
	if (r < 0)
		return r;
	r = sd_event_add_time(event, &publishing->watch, CLOCK_BOOTTIME,
			      clock_add(clock_now(), PUBLISHING_WATCH), 5 * USEC_PER_SEC,
			      publishing_on_watch, publishing);
	if (r < 0)
		return r;
	*ret_publishing = TAKE_PTR(publishing);
	return 0;
}

struct publishing *publishing_free(struct publishing *publishing)
{
	if (!publishing)
		return NULL;
	sd_event_source_disable_unref(publishing->soon);
	sd_event_source_disable_unref(publishing->reap);
	sd_event_source_disable_unref(publishing->slices);
	sd_event_source_disable_unref(publishing->watch);
	free(publishing);
	return NULL;
}

void publishing_get_status(const struct publishing *publishing, struct publish_counts *ret_counts,
			   uint64_t *ret_time)
{
	*ret_counts = publishing->counts;
	*ret_time = publishing->time;
}
