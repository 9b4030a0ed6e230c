/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_TEST_DIR_WORLD_H
#define IDP_TEST_DIR_WORLD_H

/* The real idp-netd and a directory of the platform that misbehaves: asking, and what came. */

#include "common/limits.h"
#include "tests/lib/netd-world.h"

#define POSIX "urn:ietf:params:scim:schemas:extension:posix:2.0:User"

/* What a flow brought. */
struct outcome {
	unsigned users, groups, parts, members, progress;
	unsigned groups_inside; /* members that are groups */
	uint32_t first_uid;
	bool first_active;
	uint64_t first_end;
	char first_keys[512], first_labels[512];
	char cursor[DIR_CURSOR_MAX + 1];
	char first_name[64], first_home[64];
	bool complete;
	char code[REASON_MAX], text[REASON_MAX];
	uint32_t said_users, said_groups;
};

/*
 * A provider and its directory, both named after the case of the mock; more: keys and values of
 * the directory, NULL at the end, or NULL.
 */
void dir_world_set_up(const char *what, const char *auth, const char *page_size,
		      const char *const *more);
/* Begins a pass, or a search; the flow. */
uint64_t dir_world_ask(const char *directory, bool full, const char *cursor);
uint64_t dir_world_find(const char *directory, enum wire_find what, const char *value);
/* Until DIR_END; more credit each time that much was used up (0: none is given). */
void dir_world_collect(uint64_t flow, uint32_t credit, struct outcome *outcome);
void dir_world_collect_rest(uint64_t flow, uint32_t credit, unsigned already,
			    struct outcome *outcome);

#endif
