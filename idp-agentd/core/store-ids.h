/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_STORE_IDS_H
#define IDP_CORE_STORE_IDS_H

/*
 * Ids beside those that are bound: given by hand or brought from another host for somebody who has
 * not been seen yet, and the memory of who was refused because another has the id. A given id
 * leaves when it is bound. Several are brought in one pass, and none of them counts before the pass
 * is sealed. For idmap*.c: nobody else decides who gets which id.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "idp-agentd/core/idmap-file.h"
#include "idp-agentd/core/store.h"

#define STORE_PASS_BY_HAND 1 /* always sealed */

struct store_given {
	struct idmap_line line; /* state IDMAP_GIVEN; gid PERSON_ID_NONE: nothing is said of it */
	int64_t pass;
	bool sealed;
};

/* By who it is for, by id: also of passes that are not sealed. STORE_E_NOT_FOUND. */
int store_find_given(struct store *store, const struct idmap_line *who,
		     struct store_given *ret) _must_check_;
int store_find_given_id(struct store *store, enum idmap_kind kind, uint32_t id,
			struct store_given *ret) _must_check_;
/* Replaces what is given to the same, and whatever holds the same id: look before. */
int store_put_given(struct store *store, const struct idmap_line *line,
		    int64_t pass) _must_check_;
int store_drop_given(struct store *store, const struct idmap_line *who) _must_check_;

int store_begin_given(struct store *store, int64_t *ret_pass) _must_check_;
int store_seal_given(struct store *store, int64_t pass) _must_check_;
/* Removes at most n ids of passes that were never sealed, but not of `but`. True in ret_more: there
 * are others. */
int store_trim_given(struct store *store, int64_t but, size_t n, bool *ret_more) _must_check_;

/*
 * The ids after this line (kind, realm, key), which need not exist, in the order of idmap_file:
 * people, then groups, retired ones and given ones too. At most n; *ret_n 0 at the end.
 */
int store_ids_after(struct store *store, const struct idmap_line *after, size_t n,
		    struct idmap_line *lines, size_t *ret_n) _must_check_;

/* The group of a directory that has this gid, live or retired. STORE_E_NOT_FOUND. */
int store_find_gid_holder(struct store *store, uint32_t gid, struct idmap_line *ret) _must_check_;

/* ---- who was refused ---- */

#define STORE_CLASHES_MAX 65536u /* 35 times those to be expected of a million people */

struct store_clash {
	struct idmap_line who;                 /* id: the one that another has */
	char directory[SUBJECT_LEN_MAX + 1u]; /* it came from */
	uint64_t seen;                         /* last, seconds since 1970 */
};

/* When there are too many already it is not kept. */
int store_put_clash(struct store *store, const struct store_clash *clash) _must_check_;
int store_drop_clash(struct store *store, const struct idmap_line *who) _must_check_;
/* At most n, by (kind, realm, key), after this one. */
int store_clashes_after(struct store *store, const struct idmap_line *after, size_t n,
			struct store_clash *clashes, size_t *ret_n) _must_check_;
/* Of this kind and name. */
int store_clashes_of(struct store *store, enum idmap_kind kind, const char *name, size_t n,
		     struct store_clash *clashes, size_t *ret_n) _must_check_;
int store_count_clashes(struct store *store, uint64_t *ret) _must_check_;

#endif
