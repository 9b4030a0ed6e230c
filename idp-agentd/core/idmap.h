/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_IDMAP_H
#define IDP_CORE_IDMAP_H

/*
 * Who gets which number and which name. MUST:
 *  1. never give one uid to two (iss, sub), retired ones included;
 *  2. never change the uid or gid of a binding, whatever the platform says later;
 *  3. never give out an id outside the range, a reserved id, a local id, or the placeholder's;
 *  4. never let a name pass from a live binding to another: refused, never suffixed;
 *  5. never take a name of /etc, of break_glass, or one that opens root's doors;
 *  6. whoever is refused because another has the id is remembered, until that is settled.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/limits.h"
#include "common/macro.h"

struct alias_book;
struct group;
struct idmap_line;
struct localnames;
struct person;
struct store;

enum {
	IDMAP_E_NAME = 1, /* invalid, reserved, local, or another live binding's name */
	IDMAP_E_TAKEN,    /* the id belongs to another, live or retired, whoever gave it */
	IDMAP_E_RANGE,    /* the id the platform gives is outside the range, reserved or local */
	IDMAP_E_SUBJECT,  /* the directory's record changed its (iss, sub): never followed */
	IDMAP_E_OTHER,    /* this (iss, sub) is alive in another directory */
	IDMAP_E_FULL,     /* no free id found in the range */
	IDMAP_E_INVALID,  /* iss, sub, gecos, home or shell cannot stand in the record */
	IDMAP_E_BUSY,     /* an import is under way and may bring the id: again later */
};

#define IDMAP_PROBES_MAX 4096u /* ids tried from the first candidate on */

/* By value, borrowed pointers; kept by the caller as long as the map is used. */
struct idmap {
	struct store *store;
	const struct localnames *locals;
	uint32_t first; /* allowed range, both ends included; */
	uint32_t last;  /* last itself is the placeholder's and never given out */
	const char *const
		*break_glass; /* more names that are never ours, NULL-terminated, or NULL */
	/* Configured directories, NULL-terminated: a person of any other may change over to the one
	 * that claims it now. NULL: every directory counts as configured. */
	const char *const *directories;
	bool probe;        /* who finds his first candidate taken gets another; else he is refused */
	int64_t importing; /* the pass of an import under way; 0 none */
	bool *waited;      /* set when somebody is refused for its sake; NULL: nobody asks */
	const struct alias_book *aliases; /* NULL: nobody has a second name */
};

/* uid and gid shown for a name nobody knows yet (userinfo directories). */
uint32_t idmap_placeholder(const struct idmap *map) _must_check_;

/*
 * Binds or updates a person and writes the row. In: iss, sub, directory, dir_id, name, gecos,
 * given_home, given_shell, loa, origin, active, end_time, learned, last_seen; uid and gid as the
 * platform gives them or PERSON_ID_NONE. Out: id, uid, gid, first_seen. A retired binding that
 * comes back gets its old uid. A first uid is the one given by hand or by import, else the platform's,
 * else the hash of (iss, sub); who finds that taken is refused, or with probe gets the next. The caller holds a STORE_DURABLE transaction, or this is one.
 * On IDMAP_E_* nothing is written; reason is one sentence for the admin (also set, beside
 * r == 0, when a changed uid or gid of the platform was not followed; else "").
 */
int idmap_claim(const struct idmap *map, struct person *person,
		char reason[static REASON_MAX]) _must_check_;
/*
 * The same for a group: (directory, dir_id) is its key, a gid stays for ever. A group whose name or
 * gid cannot be used on this host is stored for the rules, with gid PERSON_ID_NONE, and reason says
 * why. IDMAP_E_NAME: another live group of a directory has the name, IDMAP_E_INVALID.
 */
int idmap_claim_group(const struct idmap *map, struct group *group,
		      char reason[static REASON_MAX]) _must_check_;

/* 0, or IDMAP_E_RANGE: may this id be used by us at all (range, reserved, placeholder)? Local ids
 * are judged apart, by use: localnames_has_uid(), localnames_has_gid(). */
int idmap_check_id(const struct idmap *map, uint32_t id) _must_check_;
#define IDMAP_HOLDER_MAX 160u
/* Who has the id on this host, live or retired, in a few words; "" nobody. */
int idmap_say_holder(const struct idmap *map, uint32_t id,
		     char ret_text[static IDMAP_HOLDER_MAX]) _must_check_;
/*
 * A free id for somebody (kind, realm, key) whose candidate is taken, the same on every host where
 * it is free. IDMAP_E_FULL.
 */
int idmap_suggest(const struct idmap *map, const struct idmap_line *who,
		  uint32_t *ret) _must_check_;
/* Is this directory in idp.conf? */
bool idmap_is_configured(const struct idmap *map, const char *directory) _must_check_;
/* 0, or IDMAP_E_NAME with reason: may this user (group) name be ours at all? */
int idmap_check_user(const struct idmap *map, const char *name,
		     char reason[static REASON_MAX]) _must_check_;
int idmap_check_group(const struct idmap *map, const char *name,
		      char reason[static REASON_MAX]) _must_check_;

#endif
