/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Counting by key in a chained table whose hash a client cannot foresee. A key lives exactly as
 * long as it holds something, so the memory is bounded by the total.
 */
#include "idp-agentd/core/quota.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/secret.h"
#include "common/siphash.h"

#define QUOTA_SLOTS 1024u

struct quota_key {
	struct quota_key *next;
	size_t held;
	char text[];
};

struct quota {
	size_t per_key, total, held;
	uint8_t hash_key[16];
	struct quota_key *slots[QUOTA_SLOTS];
};

int quota_new(size_t per_key, size_t total, struct quota **ret_quota)
{
	_cleanup_(quota_freep) struct quota *quota = calloc(1, sizeof(*quota));
	int r;

	if (!quota)
		return -ENOMEM;
	r = secret_random(quota->hash_key, sizeof(quota->hash_key));
	if (r < 0)
		return r;
	quota->per_key = per_key;
	quota->total = total;
	*ret_quota = TAKE_PTR(quota);
	return 0;
}

struct quota *quota_free(struct quota *quota)
{
	if (!quota)
		return NULL;
	for (size_t i = 0; i < QUOTA_SLOTS; i++) {
		while (quota->slots[i]) {
			struct quota_key *key = quota->slots[i];

			quota->slots[i] = key->next;
			free(key);
		}
	}
	free(quota);
	return NULL;
}

/* The link that points to the key, or to NULL where it would stand. */
static struct quota_key **quota_find(struct quota *quota, const char *text)
{
	uint64_t hash = siphash24(quota->hash_key, text, strlen(text));
	struct quota_key **link = &quota->slots[hash % QUOTA_SLOTS];

	while (*link && strcmp((*link)->text, text))
		link = &(*link)->next;
	return link;
}

int quota_take(struct quota *quota, const char *text)
{
	struct quota_key **link = quota_find(quota, text);
	size_t size = strlen(text) + 1;

	if (*link && (*link)->held >= quota->per_key)
		return QUOTA_E_KEY;
	if (quota->held >= quota->total)
		return QUOTA_E_TOTAL;
	if (!*link) {
		struct quota_key *key = calloc(1, sizeof(*key) + size);

		if (!key)
			return -ENOMEM;
		memcpy(key->text, text, size);
		*link = key;
	}
	(*link)->held++;
	quota->held++;
	return 0;
}

void quota_give(struct quota *quota, const char *text)
{
	struct quota_key **link = quota_find(quota, text);
	struct quota_key *key = *link;

	assert(key && key->held && quota->held);
	quota->held--;
	if (--key->held)
		return;
	*link = key->next;
	free(key);
}

size_t quota_held(const struct quota *quota, const char *text)
{
	uint64_t hash = siphash24(quota->hash_key, text, strlen(text));

	for (const struct quota_key *key = quota->slots[hash % QUOTA_SLOTS]; key; key = key->next)
		if (!strcmp(key->text, text))
			return key->held;
	return 0;
}

size_t quota_total(const struct quota *quota)
{
	return quota->held;
}

void quota_uid(uint32_t uid, char key[static QUOTA_UID_LEN])
{
	(void)snprintf(key, QUOTA_UID_LEN, "u%u", uid);
}

bool quota_bucket_take(struct quota_bucket *bucket, unsigned burst, usec_t refill, usec_t now)
{
	usec_t at = bucket->empty_at > now ? bucket->empty_at : now;

	/* Each take pushes the time of emptiness one refill further away; burst of them fit. */
	if (at - now > (burst - 1) * refill)
		return false;
	bucket->empty_at = at + refill;
	return true;
}

/* His own, or one that is full again and so owes nothing to anybody; where all of them are others',
 * one that he shares. */
static struct quota_user *quota_user_find(struct quota_user *users, size_t n, uint32_t uid,
					  usec_t now)
{
	struct quota_user *full = NULL;

	for (size_t i = 0; i < n; i++) {
		struct quota_user *user = &users[(uid + i) % n];

		if (user->bucket.empty_at <= now)
			full = full ? full : user;
		else if (user->uid == uid)
			return user;
	}
	return full ? full : &users[uid % n];
}

bool quota_user_take(struct quota_user *users, size_t n, uint32_t uid, unsigned burst,
		     usec_t refill, usec_t now)
{
	struct quota_user *user = quota_user_find(users, n, uid, now);

	if (user->bucket.empty_at <= now)
		user->uid = uid;
	return quota_bucket_take(&user->bucket, burst, refill, now);
}
