/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_IDPCTL_IDMAP_COMPARE_H
#define IDP_IDPCTL_IDMAP_COMPARE_H

/*
 * The ids of this host, by themselves and against those of another. Both come as lines in the order
 * of an export; kept of each is its id and a hash of who has it, so a million of them are 32 MiB.
 */

#include <stdint.h>
#include <stdio.h>

#include "common/macro.h"
#include "idp-agentd/core/idmap-file.h"
#include "idpctl/rows.h"

struct idmap_compare;
struct localnames;

struct idmap_counts {
	uint64_t here, there; /* ids */
	uint64_t same, differing, only_here, only_there;
	uint64_t swapped; /* ids of one person here and of another there */
	uint64_t wrong;   /* ids of this host that are reserved, out of range, local or there twice */
};

/* file NULL: nothing to compare with. rows gets what is found, at most some hundred of each kind.
 * NULL when memory is out. */
struct idmap_compare *idmap_compare_new(FILE *file, const struct localnames *locals,
					struct rows *rows);
struct idmap_compare *idmap_compare_free(struct idmap_compare *compare);
DEFINE_CLEANUP(struct idmap_compare *, idmap_compare_free);

/* The next line of this host. 0, -errno, or IDMAP_FILE_E_SHAPE: the other file is wrong. */
int idmap_compare_here(struct idmap_compare *compare, const char *text, size_t len,
		       char reason[static REASON_MAX]) _must_check_;
/* That was the last one. */
int idmap_compare_end(struct idmap_compare *compare, char reason[static REASON_MAX],
		      struct idmap_counts *ret_counts) _must_check_;

#endif
