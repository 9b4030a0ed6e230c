/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_ANSWER_H
#define IDP_CORE_ANSWER_H

/*
 * Answers to NSS questions out of the record, under the same filters as the snapshot: what
 * publish_judge() would not show is not answered.
 */

#include <stdbool.h>
#include <stdint.h>

#include "common/macro.h"

struct authority;
struct conn;

enum {
	ANSWER_E_MISS = 1, /* nothing was sent: the record does not know */
	ANSWER_E_NEVER,    /* nothing was sent: local, reserved, hidden or impossible */
};

int answer_user(struct authority *authority, struct conn *conn, const char *name) _must_check_;
int answer_uid(struct authority *authority, struct conn *conn, uint32_t uid) _must_check_;
int answer_group(struct authority *authority, struct conn *conn, const char *name) _must_check_;
int answer_gid(struct authority *authority, struct conn *conn, uint32_t gid) _must_check_;
/* Supplementary groups. */
int answer_gids(struct authority *authority, struct conn *conn, const char *name) _must_check_;

/*
 * Public keys for ssh, to root, to AUTHORIZED_KEYS_USER of this host's files and to the person;
 * anybody else is told what is told of nobody.
 */
#define AUTHORIZED_KEYS_USER "idp-keys"
int answer_keys(struct authority *authority, struct conn *conn, const char *name) _must_check_;

/* The entry of somebody who may be learned at a first sign-in: nobody's id, no shell, no home. */
void answer_placeholder(struct authority *authority, struct conn *conn, const char *name);
/* NOTFOUND or UNAVAIL. */
void answer_missing(struct conn *conn, bool known_to_be_missing);

#endif
