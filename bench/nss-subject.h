/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_BENCH_NSS_SUBJECT_H
#define IDP_BENCH_NSS_SUBJECT_H

/*
 * Who is measured: the floor and NSS modules, called directly as glibc does after it has read
 * nsswitch.conf; and what they are asked.
 */

#include <grp.h>
#include <nss.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdint.h>

#include "bench/nss-data.h"

struct subject {
	const char *name; /* of its column */
	bool there;
	bool remote;        /* a daemon answers: waiting counts, not the caller's processor time */
	bool remote_misses; /* the same, of misses only */
	bool cached;        /* keeps what was asked for: warming it up takes longer */
	bool like;          /* is measured with no more keys than the subject before it */
	bool no_cache;      /* libnss_sss without its mapped cache */
	enum nss_status (*getpwnam)(const char *, struct passwd *, char *, size_t, int *);
	enum nss_status (*getpwuid)(uid_t, struct passwd *, char *, size_t, int *);
	enum nss_status (*getgrnam)(const char *, struct group *, char *, size_t, int *);
	enum nss_status (*initgroups)(const char *, gid_t, long *, long *, gid_t **, long, int *);
};

enum operation {
	OP_HIT,
	OP_MISS,
	OP_UID,
	OP_GROUP,
	OP_BIG_GROUP,
	OP_INITGROUPS,
	OP_INITGROUPS_500,
	OPERATIONS
};
extern const char *const operation_names[OPERATIONS];

/* The floor (bench/nss-floor.c): made anew from the data. */
void floor_build(const struct data *data);
extern const struct subject floor_subject;

/*
 * "NAME=SERVICE[=FILE][,OPTION]...": the module libnss_SERVICE.so.2, FILE in its place, or libc
 * itself for files. Options: remote, misses (remote, of misses only), cached, like, nocache. One
 * that cannot be loaded is said on stderr and has there = false.
 */
struct subject subject_load(char *spec);

struct keys {
	char (*names)[16];
	char (*missing)[16];
	char (*members)[16]; /* of five groups exactly */
	char (*groups)[16];
	uint32_t *ids;
	uint32_t n;
	bool has_big, has_500;
};

/* Shuffled, the same each time; at most max of each. */
struct keys keys_of(const struct data *data, uint32_t max);
/* Whether the subject can be asked this in this data set. */
bool subject_can(const struct subject *subject, enum operation operation, const struct keys *keys);
/* One lookup; false when the answer is not the expected one. */
bool subject_ask(const struct subject *subject, enum operation operation, const struct keys *keys,
		 uint32_t i);

#endif
