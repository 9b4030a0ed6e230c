/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_NET_SCIM_MARK_H
#define IDP_NET_SCIM_MARK_H

/*
 * What a pass over a SCIM directory leaves for the next one, as text: the authority keeps it with
 * the records of that very pass, so it is never ahead of them. Pure.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/limits.h"
#include "common/macro.h"

#define SCIM_MARK_PAGES 128u /* DIR_CURSOR_MAX has no room for more */

/* One page as it was asked for, and what the server called its content. */
struct scim_mark_page {
	bool groups;
	uint32_t n; /* resources in it */
	char etag[DIR_ETAG_MAX];
};

struct scim_mark {
	uint64_t since;               /* seconds since 1970 by the server's clock, 0 none */
	uint64_t began;               /* when the pass did, by that clock; 0 unknown */
	uint64_t users, groups;       /* how many there were, */
	uint64_t users_at, groups_at; /* and when they were counted, by that clock; 0 unknown */
	size_t n_pages;               /* of both lists, in the order they were read; 0: not known */
	struct scim_mark_page pages[SCIM_MARK_PAGES];
};

/* Pages that do not fit are left out, all of them: some would prove nothing. */
void scim_mark_put(struct buf *out, const struct scim_mark *mark);
/* False: it is none of ours, or of another version. */
bool scim_mark_read(const char *text, struct scim_mark *ret_mark) _must_check_;
/* Notes a page; one that has no usable ETag spoils them all (ret n_pages stays 0 for good). */
void scim_mark_add(struct scim_mark *mark, bool groups, size_t n, const char *etag, bool *spoiled);

#endif
