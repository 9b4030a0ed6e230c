/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_SCOPE_SEEK_H
#define IDP_CORE_SCOPE_SEEK_H

/*
 * A platform has refused a sign-in because of its scopes: which of them? One look at a provider
 * at a time, whoever comes meanwhile waits for the same one. What it finds goes into the book of
 * scopes, and once into the journal.
 */

#include <stddef.h>

#include "common/macro.h"

struct authority;
struct peer;
struct scope_seeker;
struct scope_waiter;

int scope_seeker_new(struct authority *authority, struct peer *peer,
		     struct scope_seeker **ret_seeker) _must_check_;
/* Nobody waits any more. */
struct scope_seeker *scope_seeker_free(struct scope_seeker *seeker);
DEFINE_CLEANUP(struct scope_seeker *, scope_seeker_free);

struct scope_question {
	const char *provider;
	const char *scopes;   /* of the sign-in, words with one space between */
	const char *resource; /* RFC 8707; NULL none */
};

/*
 * done is called once, later, when the book knows what is to be known. 0; -ENOTCONN, -ENOBUFS,
 * -ENOMEM: nobody can look; -EAGAIN: a look has just come to nothing. Then done is not called.
 */
int scope_seek(struct scope_seeker *seeker, const struct scope_question *question,
	       void (*done)(void *userdata), void *userdata,
	       struct scope_waiter **ret_waiter) _must_check_;
/* done is not called. NULL is fine; returns NULL. */
struct scope_waiter *scope_seek_cancel(struct scope_waiter *waiter);

#endif
