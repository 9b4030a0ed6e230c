/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_BENCH_NSS_DATA_H
#define IDP_BENCH_NSS_DATA_H

/*
 * The people and groups every subject of bench-nss serves, made from their number alone:
 *
 *	user0000000 ...	each in five groups of some 50 ("grp000000" ...)
 *	user0000001	in 500 groups, from 1,000 people on
 *	"team10k"	has 10,000 members, from 20,000 people on; the first 10,000 people
 *	"people"	everybody's primary group, which lists nobody
 */

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "common/macro.h"

#define DATA_GIDS_MAX 512u
#define DATA_FLOOR    1879048192u
#define DATA_CEILING  2147483647u
#define DATA_UID(i)   (DATA_FLOOR + 10000u + (uint32_t)(i))
#define DATA_GID(g)   (DATA_FLOOR + 20000000u + (uint32_t)(g))

struct data {
	uint32_t n_users;
	uint32_t n_small; /* groups 0 ... n_small - 1: the teams of 50 */
	uint32_t n_many;  /* then those that only user 1 is in */
	uint32_t n_big;   /* members of the big one; 0: there is none */
	uint32_t n_groups;
	uint32_t stride;
};

struct data_person {
	char name[16];
	char gecos[40];
	char home[32];
	const char *shell;
	uint32_t uid, gid;
	uint32_t n_gids;
	uint32_t groups[DATA_GIDS_MAX]; /* the numbers of the supplementary ones; DATA_GID() */
};

struct data_group {
	char name[16];
	uint32_t gid;
	uint32_t n_members;
};

struct data data_of(uint32_t n_users);
void data_person(const struct data *data, uint32_t i, struct data_person *ret_person);
void data_user_name(uint32_t i, char ret_name[static 16]);
/* The number of the big group; only when n_big > 0. */
uint32_t data_big_group(const struct data *data);
/* members: room for all of them, which are numbers of people by increasing name. */
void data_group(const struct data *data, uint32_t g, struct data_group *ret_group,
		uint32_t *members);
/* How many members the largest group has. */
uint32_t data_members_max(const struct data *data);

/* Each ends the program when it cannot write. */
void data_write_snapshot(const struct data *data, const char *path);
/* DIR/passwd, DIR/group, the same with libnss-cache's indexes as DIR/passwd.cache ..., and
 * DIR/users.ldif for slapd (rfc2307, dc=idp,dc=test) when asked. */
void data_write_files(const struct data *data, const char *dir, bool ldif);

_Noreturn void die(const char *what);
void print(FILE *f, const char *format, ...) _printf_(2, 3);

#endif
