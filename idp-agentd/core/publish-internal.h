/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_PUBLISH_INTERNAL_H
#define IDP_CORE_PUBLISH_INTERNAL_H

/* What publish*.c share; nobody else includes it. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/clock.h"

#define PUBLISH_OLD_MAX 64u /* superseded files that wait for their memory to be given back */

struct idmap;
struct snapshot_old;

/* A configured directory, owned. */
struct publisher_directory {
	char *name;
	char *iss;
	uint64_t fingerprint;
	uint32_t min_loa;
	bool shows_disabled, shows_ended, shows_below_loa;
	bool swept;
};

struct waiting_file {
	struct snapshot_old *old;
	usec_t due; /* 0: not yet seen by publish_reap() */
};

struct publisher {
	const struct idmap *map;
	char *path;
	bool enumerate;
	struct publisher_directory *directories;
	size_t n_directories;
	struct waiting_file waiting[PUBLISH_OLD_MAX];
	size_t n_waiting;
};

#endif
