/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_CONFIG_RAW_H
#define IDP_CORE_CONFIG_RAW_H

/* The sections and keys of all files as they were written: known, and none of them twice. */

#include "common/macro.h"
#include "idp-agentd/core/config-table.h"
#include "idp-agentd/core/config.h"

struct arena;

struct config_raw_pair {
	const struct config_key *row;
	const char *key;
	const char *value;
	struct config_place place;
};

struct config_raw {
	enum config_kind kind;
	const char *kind_name;
	const char *name;
	uint32_t mark; /* of kind and name: others differ, so that few names need comparing */
	struct config_place place;
	size_t n_pairs;
	struct config_raw_pair *pairs;
};

struct config_raws {
	size_t n;
	struct config_raw *items;
};

/* Everything wrong goes to problems and is left out. 0 or -ENOMEM. */
int config_raw_read(const struct config_source *sources, size_t n_sources, struct arena *arena,
		    struct config_problems *problems, struct config_raws *ret_raws) _must_check_;
/* NULL when that key was not written. */
const struct config_raw_pair *config_raw_find(const struct config_raw *raw, const char *key);
/* The first section of that kind, with that name where name is not NULL; or NULL. */
const struct config_raw *config_raws_find(const struct config_raws *raws, enum config_kind kind,
					  const char *name);
size_t config_raws_count(const struct config_raws *raws, enum config_kind kind);

#endif
