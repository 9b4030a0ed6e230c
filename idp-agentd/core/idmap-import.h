/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_IDMAP_IMPORT_H
#define IDP_CORE_IDMAP_IMPORT_H

/*
 * Ids that root or another host gives to people and groups who have none on this one. They are kept
 * until whoever they are for is seen; nobody else gets them. The MUSTs of idmap.h hold: what is
 * refused here is refused as it would be from a platform.
 */

#include "common/buf.h"
#include "common/limits.h"
#include "common/macro.h"
#include "idp-agentd/core/idmap-file.h"
#include "idp-agentd/core/idmap.h"

struct store_clash;

#define IDMAP_IMPORT_SAME 100 /* it has this id already, or it is kept for it */

/*
 * One line of an import, into the pass map->importing, which counts for nothing before it is
 * sealed. 0: it is kept; IDMAP_IMPORT_SAME; IDMAP_E_* with a sentence: it cannot be.
 */
int idmap_import(const struct idmap *map, const struct idmap_line *line,
		 char reason[static REASON_MAX]) _must_check_;
/* By hand, at once, instead of what was given before. As above, and IDMAP_E_BUSY. */
int idmap_assign(const struct idmap *map, const struct idmap_line *line,
		 char reason[static REASON_MAX]) _must_check_;
/* Nothing is kept any more for who. IDMAP_E_OTHER: bound; IDMAP_E_INVALID: nothing was. */
int idmap_take_back(const struct idmap *map, const struct idmap_line *who,
		    char reason[static REASON_MAX]) _must_check_;

/*
 * Groups that were refused are in the record, without a gid, and their directory need not name them
 * again: those who may have theirs now get it. *ret_n: how many.
 */
int idmap_claim_waiting(const struct idmap *map, size_t *ret_n) _must_check_;

/* Does this clash still wait for somebody? One that is gone from its directory is forgotten. */
int idmap_weigh_clash(const struct idmap *map, const struct store_clash *clash,
		      bool *ret_counts) _must_check_;
/* The command that settles the clash of who. IDMAP_E_FULL: there is no free id near. */
int idmap_say_command(const struct idmap *map, const struct idmap_line *who,
		      struct buf *out) _must_check_;

#endif
