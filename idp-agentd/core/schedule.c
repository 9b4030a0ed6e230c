/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Intervals, failures and jitter. */
#include "idp-agentd/core/schedule.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/secret.h"
#include "idp-agentd/core/config.h"

#define SCHEDULE_RETRY_FIRST (15 * USEC_PER_SEC)
#define SCHEDULE_SOONER      24u /* a full pass where a partial one refused somebody */
#define SCHEDULE_INTERVAL    (15 * USEC_PER_MINUTE) /* of a directory a reload has taken away */

/* A number below 1000, another one at each call and host. */
static unsigned schedule_chance(void)
{
	uint32_t random = 0;

	return secret_random(&random, sizeof(random)) < 0 ? 0 : random % 1000;
}

/* A tenth less to a tenth more, so that a thousand hosts do not knock at once. */
static usec_t schedule_jitter(usec_t interval)
{
	return interval - interval / 10 + (interval / 5) * schedule_chance() / 1000;
}

int schedules_make(struct schedules *schedules, const struct config *config)
{
	*schedules = (struct schedules){ .items = calloc(config->n_directories,
							 sizeof(*schedules->items)) };
	if (!schedules->items)
		return -ENOMEM;
	for (size_t i = 0; i < config->n_directories; i++) {
		const struct config_directory *directory = &config->directories[i];
		struct schedule *schedule = &schedules->items[schedules->n];
		size_t len = strlen(directory->name);

		if (!config_directory_is_read(directory) || len > CONFIG_NAME_MAX)
			continue;
		schedules->n++;
		schedule->retry = SCHEDULE_RETRY_FIRST;
		schedule->early = schedule_chance() / 10;
		schedule->due = clock_now();
		memcpy(schedule->name, directory->name, len + 1);
	}
	return 0;
}

void schedules_done(struct schedules *schedules)
{
	free(schedules->items);
	*schedules = (struct schedules){ 0 };
}

struct schedule *schedules_find(const struct schedules *schedules, const char *name)
{
	for (size_t i = 0; i < schedules->n; i++)
		if (!strcmp(schedules->items[i].name, name))
			return &schedules->items[i];
	return NULL;
}

bool schedules_match(const struct schedules *schedules, const char *name)
{
	return *name ? schedules_find(schedules, name) != NULL : schedules->n > 0;
}

void schedules_ask(struct schedules *schedules, const char *name, bool full, bool force)
{
	for (size_t i = 0; i < schedules->n; i++) {
		struct schedule *schedule = &schedules->items[i];

		if (*name && strcmp(schedule->name, name) != 0)
			continue;
		schedule->asked = true;
		schedule->full = schedule->full || full;
		schedule->force = schedule->force || force;
	}
}

bool schedules_anything_asked(const struct schedules *schedules)
{
	for (size_t i = 0; i < schedules->n; i++)
		if (schedules->items[i].asked)
			return true;
	return false;
}

struct schedule *schedules_pick(const struct schedules *schedules, usec_t now)
{
	struct schedule *best = NULL;

	for (size_t i = 0; i < schedules->n; i++) {
		struct schedule *schedule = &schedules->items[i];

		if (schedule->asked)
			return schedule;
		if (schedule->due <= now && (!best || schedule->due < best->due))
			best = schedule;
	}
	return best;
}

usec_t schedules_first_due(const struct schedules *schedules)
{
	usec_t first = USEC_INFINITY;

	for (size_t i = 0; i < schedules->n; i++)
		if (schedules->items[i].due < first)
			first = schedules->items[i].due;
	return first;
}

bool schedule_wants_full(const struct schedule *schedule, const struct config_directory *directory,
			 uint64_t age)
{
	usec_t interval = directory->full_interval;

	if (schedule->refused)
		interval /= SCHEDULE_SOONER;
	return age >= (interval - interval / 1000 * schedule->early) / USEC_PER_SEC;
}

void schedule_note(struct schedule *schedule, bool full, bool refused)
{
	schedule->refused = !full && (refused || schedule->refused);
}

void schedule_set_due(struct schedule *schedule, const struct config *config, bool failed)
{
	const struct config_directory *directory = config_directory(config, schedule->name);
	usec_t interval = directory ? directory->interval : SCHEDULE_INTERVAL;

	if (directory && directory->full_interval < interval)
		interval = directory->full_interval;
	if (!failed)
		schedule->retry = SCHEDULE_RETRY_FIRST;
	else if (schedule->retry < interval)
		interval = schedule->retry;
	if (failed && schedule->retry < USEC_PER_HOUR)
		schedule->retry *= 2;
	schedule->due = clock_add(clock_now(), schedule_jitter(interval));
}
