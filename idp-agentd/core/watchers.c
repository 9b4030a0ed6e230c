/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A watcher may free itself in over(); it is forgotten before it is told. */
#include "idp-agentd/core/watchers.h"

#include <errno.h>

#include "idp-agentd/core/syncer.h"

int watchers_add(struct watchers *watchers, const struct passes_watcher *watcher, bool under_way)
{
	for (unsigned i = 0; i < WATCHERS_MAX; i++) {
		if (watchers->items[i].used)
			continue;
		watchers->items[i].watcher = *watcher;
		watchers->items[i].used = true;
		watchers->items[i].early = under_way;
		return 0;
	}
	return -EBUSY;
}

void watchers_remove(struct watchers *watchers, const void *userdata)
{
	for (unsigned i = 0; i < WATCHERS_MAX; i++)
		if (watchers->items[i].used && watchers->items[i].watcher.userdata == userdata)
			watchers->items[i].used = false;
}

void watchers_progress(const struct watchers *watchers, uint32_t done, uint32_t total,
		       const char *what)
{
	for (unsigned i = 0; i < WATCHERS_MAX; i++) {
		const struct passes_watcher *watcher = &watchers->items[i].watcher;

		if (watchers->items[i].used)
			watcher->progress(watcher->userdata, done, total, what);
	}
}

void watchers_ended(struct watchers *watchers, const char *directory, bool full,
		    const struct syncer_result *result, const char *error, bool over)
{
	static const struct syncer_result none;

	for (unsigned i = 0; i < WATCHERS_MAX; i++) {
		const struct passes_watcher watcher = watchers->items[i].watcher;
		bool others = result && watchers->items[i].early;

		if (!watchers->items[i].used)
			continue;
		watchers->items[i].used = !over;
		if (others)
			watchers->items[i].early = false;
		else
			watcher.ended(watcher.userdata, directory, full, result ? result : &none,
				      error);
		if (over)
			watcher.over(watcher.userdata);
	}
}
