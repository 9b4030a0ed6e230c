/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_NET_DIR_H
#define IDP_NET_DIR_H

/* DIR_SYNC and DIR_FIND, whatever the kind of directory. */

#include <stdbool.h>
#include <stdint.h>

#include "common/macro.h"
#include "common/wire.h"

struct dir_backend;
struct directory;
struct net;

struct dir_order {
	uint64_t flow;
	struct directory *directory;
	bool find;           /* DIR_FIND, else DIR_SYNC */
	enum wire_find what; /* find */
	const char *value;   /* find; copied */
	bool full;           /* sync: everything, not what changed since cursor */
	const char *cursor;  /* sync; copied */
};

/* Adds the flow, and begins; every trouble after that is a DIR_END. */
int dir_start(struct net *net, const struct dir_order *order) _must_check_;
/* The backend of a kind of the configuration, or NULL: there is none of that name. */
const struct dir_backend *dir_backend(const char *kind);

#endif
