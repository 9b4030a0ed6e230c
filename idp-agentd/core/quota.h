/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_QUOTA_H
#define IDP_CORE_QUOTA_H

/*
 * How much of a thing each key may hold at once, and how often it may ask: connections by user
 * id, sign-ins by person and by source. Bounded memory, pure: `now` comes in. Keys are strings;
 * quota_uid() writes one for a user id.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/clock.h"
#include "common/macro.h"

struct quota;

enum {
	QUOTA_E_KEY = 1, /* this key holds as much as it may */
	QUOTA_E_TOTAL,   /* all keys together do */
};

/* At most per_key for one key and total for all. */
int quota_new(size_t per_key, size_t total, struct quota **ret_quota) _must_check_;
struct quota *quota_free(struct quota *quota);
DEFINE_CLEANUP(struct quota *, quota_free);

/* Takes one; nothing is taken when the answer is not 0. -ENOMEM. */
int quota_take(struct quota *quota, const char *key) _must_check_;
/* Gives one back; a key that holds none is our own bug. */
void quota_give(struct quota *quota, const char *key);
size_t quota_held(const struct quota *quota, const char *key);
size_t quota_total(const struct quota *quota);

/* "u1000" in a buffer of QUOTA_UID_LEN. */
#define QUOTA_KEY_MAX 128u /* what callers should cut their keys to */
#define QUOTA_UID_LEN 16
void quota_uid(uint32_t uid, char key[static QUOTA_UID_LEN]);

/* A bucket of tokens that fills itself: burst at most, one every refill. Zeroed memory is full. */
struct quota_bucket {
	usec_t empty_at; /* when the bucket would have been empty; burst * refill later it is full
			  */
};
bool quota_bucket_take(struct quota_bucket *bucket, unsigned burst, usec_t refill,
		       usec_t now) _must_check_;

/* Buckets by user id: each user has one of his own while no more than n ask at once. */
struct quota_user {
	struct quota_bucket bucket;
	uint32_t uid; /* whose it was last; a full bucket is nobody's */
};
bool quota_user_take(struct quota_user *users, size_t n, uint32_t uid, unsigned burst,
		     usec_t refill, usec_t now) _must_check_;

#endif
