/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_LOOKUP_H
#define IDP_CORE_LOOKUP_H

/*
 * Questions about names that the record does not know: the directories are asked, one question
 * for everybody who waits for the same name, never longer than a deadline. What a directory does
 * not know is remembered for a while.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/clock.h"
#include "common/macro.h"

struct authority;
struct lookup;
struct lookup_waiter;
struct peer;
struct placeholders;
struct sd_event;

enum lookup_outcome {
	LOOKUP_UNAVAIL = 0, /* it could not be found out */
	LOOKUP_NOTFOUND,    /* the directories do not know the name, or it is not ours */
	LOOKUP_FOUND,       /* the record knows it now */
};

struct lookup_status {
	size_t under_way;
	uint64_t found, missed;
};

struct lookup_parts {
	struct sd_event *event;
	struct authority *authority;
	struct peer *peer;
	void (*publish)(void *userdata); /* somebody new is in the record */
	void *userdata;
};

int lookup_new(const struct lookup_parts *parts, struct lookup **ret_lookup) _must_check_;
struct lookup *lookup_free(struct lookup *lookup);
DEFINE_CLEANUP(struct lookup *, lookup_free);

/*
 * Asks the directories for a user name that the record does not know, on behalf of uid. done() is
 * called once, from the loop or before this returns, unless the waiter is cancelled first; by
 * deadline at the latest. *ret_waiter is NULL when done() was already called. -ENOMEM.
 */
int lookup_user(struct lookup *lookup, const char *name, uid_t uid, usec_t deadline,
		void (*done)(void *userdata, enum lookup_outcome outcome), void *userdata,
		struct lookup_waiter **ret_waiter) _must_check_;
/* done() will not be called. NULL is fine. */
void lookup_cancel(struct lookup_waiter *waiter);

/* Who was told that a name may yet be learned. */
struct placeholders *lookup_placeholders(const struct lookup *lookup);
/* Forgets what the directories did not know; how many names. */
size_t lookup_flush(struct lookup *lookup);
void lookup_get_status(const struct lookup *lookup, struct lookup_status *ret_status);

#endif
