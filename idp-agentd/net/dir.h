/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_NET_DIR_H
#define IDP_NET_DIR_H

/* DIR_SYNC and DIR_FIND, whatever the kind of directory. */

#include <stdbool.h>
#include <stdint.h>

#include "common/macro.h"
#include "common/wire.h"

struct directory;
struct net;

struct dir_order {
	uint64_t flow;
	struct directory *directory;
	bool find;           /* DIR_FIND, else DIR_SYNC */
	enum wire_find what; /* find */
	const char *value;   /* find; copied */
};

/* Adds the flow if it takes time, and begins; every trouble after that is a DIR_END. */
int dir_start(struct net *net, const struct dir_order *order) _must_check_;
/* The kinds. */
int dir_scim_start(struct net *net, const struct dir_order *order) _must_check_;
int dir_userinfo_start(struct net *net, const struct dir_order *order) _must_check_;

#endif
