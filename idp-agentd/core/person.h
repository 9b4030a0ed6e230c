/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_PERSON_H
#define IDP_CORE_PERSON_H

/*
 * A person and a group as the record holds them. Plain data: every string is owned by the struct
 * and never NULL after person_new() or a find ("" says "the platform did not tell"). Times are
 * seconds since 1970, 0 is "never" or "none".
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/macro.h"

#define PERSON_ID_NONE UINT32_MAX /* the platform gave no uid or gid */

struct person {
	int64_t id; /* row of the record; 0 = not stored */
	char *iss;  /* (iss, sub) is who this is, for ever */
	char *sub;
	char *directory; /* section name the record came from */
	char *dir_id;    /* its id there; "" for people learned at sign-in */
	char *name;
	uint32_t uid;
	uint32_t gid; /* == uid: a user-private group that carries the person's name */
	char *gecos;
	char *home;       /* as published: the platform's, else the template of [agent] home */
	char *shell;      /* as published: the platform's if allowed, else [agent] shell */
	char *given_home; /* what the platform said, "" for nothing */
	char *given_shell;
	char *loa;
	char *origin;
	char *ssh_keys; /* one a line, "TYPE BASE64[ COMMENT]" and no options: attributes.h */
	char *labels;   /* one a line, "PREFIX/NAME=VALUE" */
	bool active;
	bool retired;      /* gone from the platform: keeps its uid, is nobody */
	bool learned;      /* known from a sign-in only, not from a directory */
	bool missing;      /* absent from a full pass whose removals the deletion guard held back */
	uint64_t end_time; /* the account's last second; 0 = none */
	uint64_t first_seen;
	uint64_t last_seen;  /* the platform last confirmed this record: max(own, last full pass) */
	uint64_t last_login; /* last sign-in that proved (iss, sub); 0 = none */
};

struct group {
	int64_t id; /* row of the record; 0 = not stored, or a user-private group */
	char *directory;
	char *dir_id;
	char *name;
	uint32_t gid; /* PERSON_ID_NONE: only the rules know it, it is no Unix group */
	bool retired;
	bool is_private; /* made up: gid and name of one person */
	bool is_inherited; /* through a group inside it; only from store_person_groups() */
	char **members;    /* names of its visible people, only from store_group_members() */
	size_t n_members;
	size_t n_direct; /* so many of them, the first ones, by itself and not through a group inside */
};

/* Everything empty, active false, uid and gid PERSON_ID_NONE. NULL when memory is out. */
struct person *person_new(void);
struct person *person_free(struct person *person);
DEFINE_CLEANUP(struct person *, person_free);

/* The directory of groups that claims give ([groups]); no section can be called that. */
#define GROUP_CLAIMED "[groups]"

struct group *group_new(void);
struct group *group_free(struct group *group);
DEFINE_CLEANUP(struct group *, group_free);

/* Does it come from claims, and from no directory? */
bool group_is_claimed(const struct group *group) _must_check_;

/* Replaces *field by a copy of value (NULL counts as ""). */
int person_set(char **field, const char *value) _must_check_;

/* Active, not retired, not past its end. Nothing about rules, ids or staleness. */
bool person_is_alive(const struct person *person, uint64_t now) _must_check_;
/*
 * Seconds since the platform confirmed the record. A confirmation from the future (the clock was
 * turned back) counts as UINT64_MAX once it is more than five minutes ahead: never as fresh.
 */
uint64_t person_age(const struct person *person, uint64_t now) _must_check_;

#endif
