/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_WATCHERS_H
#define IDP_CORE_WATCHERS_H

/* Administrators who watch a synchronisation, few of them. */

#include <stdbool.h>
#include <stdint.h>

#include "common/macro.h"

struct syncer_result;

#define WATCHERS_MAX 8u

/* Somebody watches; every call may come until gone or over() was called. */
struct passes_watcher {
	void *userdata;
	void (*progress)(void *userdata, uint32_t done, uint32_t total, const char *what);
	/* error: "" fine */
	void (*ended)(void *userdata, const char *directory, bool full,
		      const struct syncer_result *result, const char *error);
	/* All that were asked for are done; the watcher is forgotten. */
	void (*over)(void *userdata);
};

struct watchers {
	struct {
		struct passes_watcher watcher;
		bool used;
		bool early; /* the pass under way began before it watched, and is not its own */
	} items[WATCHERS_MAX];
};

/* under_way: a pass is, which is not what this one asked for: its end is not told. -EBUSY: too many
 * watch. */
int watchers_add(struct watchers *watchers, const struct passes_watcher *watcher,
		 bool under_way) _must_check_;
/* Nobody of this userdata is fine. */
void watchers_remove(struct watchers *watchers, const void *userdata);
void watchers_progress(const struct watchers *watchers, uint32_t done, uint32_t total,
		       const char *what);
/* result: of the pass; NULL when it was never begun. over: nothing else was asked for; everybody is
 * told and forgotten. */
void watchers_ended(struct watchers *watchers, const char *directory, bool full,
		    const struct syncer_result *result, const char *error, bool over);

#endif
