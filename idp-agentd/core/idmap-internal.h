/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_IDMAP_INTERNAL_H
#define IDP_CORE_IDMAP_INTERNAL_H

/* What idmap*.c share; nobody else includes it. */

#include <stdbool.h>
#include <stddef.h>

#include "common/reason.h"
#include "idp-agentd/core/idmap.h"
#include "idp-agentd/core/idmap-file.h"

/* An identifier of the platform: not empty, bounded, no control bytes. */
bool idmap_is_identifier(const char *text, size_t max) _must_check_;
/*
 * An id for who (kind, realm, key and name): the first candidate, or with map->probe the first
 * free one from there on. IDMAP_E_FULL; IDMAP_E_TAKEN: another has it, and it is in ret all the
 * same, to be remembered.
 */
int idmap_allocate(const struct idmap *map, const struct idmap_line *who,
		   char reason[static REASON_MAX], uint32_t *ret) _must_check_;
/* The candidate and its followers: number n, from 0. */
uint32_t idmap_candidate(const struct idmap *map, const struct idmap_line *who, uint64_t n);
/* Free and ours in every sense, for who: bound to nobody, not local, promised to nobody else. */
int idmap_is_free(const struct idmap *map, const struct idmap_line *who, uint32_t id,
		  bool *ret) _must_check_;

/* ---- idmap-given.c ---- */

void idmap_line_of_person(const struct person *person, struct idmap_line *ret);
void idmap_line_of_group(const struct group *group, struct idmap_line *ret);
/* The id given to who by hand or by import: PERSON_ID_NONE in ret when there is none.
 * IDMAP_E_BUSY. */
int idmap_find_given(const struct idmap *map, const struct idmap_line *who,
		     char reason[static REASON_MAX], struct idmap_line *ret) _must_check_;
/* IDMAP_E_TAKEN: the id (the gid, as one that may be shared) is kept for somebody else. */
int idmap_check_promised(const struct idmap *map, const struct idmap_line *who, uint32_t id,
			 char reason[static REASON_MAX]) _must_check_;
int idmap_check_promised_gid(const struct idmap *map, const struct idmap_line *who, uint32_t gid,
			     char reason[static REASON_MAX]) _must_check_;
/* Remembers, and forgets, that who (its id) was refused because another has it. */
int idmap_remember_clash(const struct idmap *map, const struct idmap_line *who,
			 const char *directory, uint64_t seen) _must_check_;
int idmap_settle(const struct idmap *map, const struct idmap_line *who) _must_check_;

#endif
