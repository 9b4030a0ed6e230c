/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_POLICY_SHELF_H
#define IDP_CORE_POLICY_SHELF_H

/*
 * What is kept of policies on the disk, in the folder "policy" of the state: their texts, each
 * under its fingerprint, and the record of which is in force. After a crash there is the whole old
 * record or the whole new one, and every text it names.
 */

#include <stdbool.h>
#include <stdint.h>

#include "common/clock.h"
#include "common/limits.h"
#include "common/macro.h"
#include "idp-agentd/core/boot.h"
#include "idp-agentd/core/policy-text.h"

struct buf;

#define POLICY_REFUSED_MAX 2u

/* Empty fingerprints are none. */
struct policy_record {
	char force[POLICY_HASH_SIZE];  /* in force */
	char before[POLICY_HASH_SIZE]; /* what a rollback goes back to */
	/* on trial, until somebody confirms it */
	bool trial;
	char boot[BOOT_DIGITS + 1];           /* in which it began */
	usec_t applied, until;                /* clock_now() of that boot */
	char session[POLICY_SESSION_MAX + 1]; /* of who began it; "" not known */
	/* what was rolled back, and is not taken again unless somebody says so */
	char refused[POLICY_REFUSED_MAX][POLICY_HASH_SIZE];
	char why[32];         /* "timeout", "reboot", "unusable", "asked" */
	uint64_t rolled_back; /* seconds since 1970; for people only */
};

/* Opens the folder, which is made where it is not. -errno. */
int policy_shelf_open(const char *state, int *ret_shelf) _must_check_;
/* Keeps a text. -errno. */
int policy_shelf_put(int shelf, const char *hash, const struct buf *text) _must_check_;
/* Appends a kept text that is still what its fingerprint says. -ENOENT, -EBADMSG and other -errno.
 */
int policy_shelf_get(int shelf, const char *hash, struct buf *text) _must_check_;
/* Lets go of a text, for which no room is needed. What is gone already is no error. -errno. */
int policy_shelf_drop(int shelf, const char *hash) _must_check_;
/* Replaces the record. On -errno there is the old one, or the new one until the power fails. */
int policy_shelf_write(int shelf, const struct policy_record *record) _must_check_;
/* Lets go of texts that the record does not name: once it is sure that it stays. */
void policy_shelf_sweep(int shelf, const struct policy_record *record);
/* -ENOENT: there is none yet. -EBADMSG: it is damaged. Other -errno. */
int policy_shelf_read(int shelf, struct policy_record *ret_record) _must_check_;

#endif
