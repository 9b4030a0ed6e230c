/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_STORE_PERSON_H
#define IDP_CORE_STORE_PERSON_H

/*
 * People of the record. Everything found is a copy, the caller's to free. STORE_E_NOT_FOUND is
 * the answer "nobody". A find by name or by the directory's id never returns a retired person; the
 * others do, since a uid and an (iss, sub) stay theirs.
 *
 * Whether a person found here may be shown to processes is publish_judge()'s question (publish.h).
 */

#include <stdbool.h>
#include <stdint.h>

#include "idp-agentd/core/person.h"
#include "idp-agentd/core/store.h"

int store_find_name(struct store *store, const char *name, struct person **ret) _must_check_;
/* Whether somebody who was retired had this name last. */
int store_has_left(struct store *store, const char *name, bool *ret) _must_check_;
int store_find_uid(struct store *store, uint32_t uid, struct person **ret) _must_check_;
int store_find_subject(struct store *store, const char *iss, const char *sub,
		       struct person **ret) _must_check_;
int store_find_dir_id(struct store *store, const char *directory, const char *dir_id,
		      struct person **ret) _must_check_;
int store_find_person(struct store *store, int64_t id, struct person **ret) _must_check_;

/*
 * Calls each(arg, person) for every person that is not retired, by increasing uid, until it returns
 * something other than 0, which is then returned. The callback must not write to the store.
 */
int store_each_person(struct store *store, int (*each)(void *arg, const struct person *person),
		      void *arg) _must_check_;

/*
 * Writes the row person->id, or a new one for id 0 (then sets it). uid and (iss, sub) of an
 * existing row are not touched. STORE_E_TAKEN when a UNIQUE says no. For idmap.c: nobody else
 * decides who gets which id.
 */
int store_put_person(struct store *store, struct person *person) _must_check_;

/* True when a uid or private gid, live or retired, is this number. */
int store_id_in_use(struct store *store, uint32_t id, bool *ret) _must_check_;

struct store_counts {
	uint64_t people; /* live */
	uint64_t retired;
	uint64_t missing;         /* kept by the deletion guard */
	uint64_t groups;          /* live */
	uint64_t unknown_members; /* memberships of nobody we know: people yet to come or refused */
};
int store_count(struct store *store, struct store_counts *ret) _must_check_;

#endif
