/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_PASSES_H
#define IDP_CORE_PASSES_H

/*
 * When which directory is read, one pass at a time: by its interval with some jitter, sooner when
 * somebody asks or a pass failed. Carries idp-netd's records into the syncer with credit, and the
 * sealed pass into the record in slices the loop can bear.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/macro.h"

struct authority;
struct passes;
struct passes_watcher;
struct peer;
struct sd_event;

struct passes_parts {
	struct sd_event *event;
	struct authority *authority;
	struct peer *peer;
	/* A pass is in the record. passes_shown() is called when it is seen, maybe at once; until
	 * then the next pass does not begin and nobody is told. */
	void (*publish)(void *userdata);
	void *userdata;
};

struct passes_status {
	bool running;
	uint64_t next;     /* seconds since 1970, 0 none */
	const char *error; /* of the last pass; "" */
};

int passes_new(const struct passes_parts *parts, struct passes **ret_passes) _must_check_;
struct passes *passes_free(struct passes *passes);
DEFINE_CLEANUP(struct passes *, passes_free);

/* The configuration has changed. -ENOMEM: nothing is read until the next time. */
int passes_configure(struct passes *passes) _must_check_;
/* The link came up, went down or is ready. */
void passes_on_link(struct passes *passes);

/* What the last pass has changed is seen. */
void passes_shown(struct passes *passes);

/*
 * Asks for a pass of directory ("" all) soon. watcher may be NULL; it is not told of the end of a
 * pass that is under way now. -EBUSY: too many watch. -ENOENT: there is no such directory that can
 * be read; -ENOTCONN: no link now.
 */
int passes_request(struct passes *passes, const char *directory, bool full, bool force,
		   const struct passes_watcher *watcher) _must_check_;
/* The watcher of this userdata is gone. */
void passes_unwatch(struct passes *passes, const void *userdata);

void passes_get_status(const struct passes *passes, const char *directory,
		       struct passes_status *ret_status);

#endif
