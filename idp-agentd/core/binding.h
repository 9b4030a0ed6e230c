/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_BINDING_H
#define IDP_CORE_BINDING_H

/*
 * Does what idp.conf says of a provider still mean the people who are bound to it? A changed issuer
 * or subject_from would make strangers of them, or worse: of one person another. So the record
 * keeps what they were bound with, and a provider that differs is guarded: nobody signs in or is
 * learned there until an administrator has said what to do. Pure but for the record.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/limits.h"
#include "common/macro.h"

struct store;

/* What idp.conf says of one [provider]; texts are borrowed. */
struct binding_provider {
	const char *name;
	const char *issuer;
	const char *subject; /* subject_from */
};

/* A provider whose people were bound with something else. */
struct binding_guard {
	char *provider;
	char *issuer, *subject; /* then */
	bool other_issuer;      /* else only the subject stands elsewhere */
	uint64_t people;        /* who is bound so, and has not left */
};

struct binding_guards {
	size_t n;
	struct binding_guard *items;
};

/* What becomes of the people of a guarded provider. */
enum binding_choice {
	BINDING_NEW = 0, /* they leave: everybody is known anew, with another uid */
	BINDING_KEEP,    /* the subjects are the same ones: they stay who they are */
};

enum {
	BINDING_E_TAKEN = 1, /* KEEP: people of the new issuer are bound already */
};

/*
 * Compares, notes what is new, and says who is guarded (the caller's to free). A note that cannot
 * be written (full disk) is no error: what is not noted counts as id_token. -errno.
 */
int binding_check(struct store *store, const struct binding_provider *providers, size_t n,
		  struct binding_guards **ret) _must_check_;
struct binding_guards *binding_guards_free(struct binding_guards *guards);
DEFINE_CLEANUP(struct binding_guards *, binding_guards_free);
/* NULL: that provider is not guarded; guards may be NULL. */
const struct binding_guard *binding_find(const struct binding_guards *guards, const char *provider);

/* Ends the guard, all at once or not at all; binding_check() again sees it. */
int binding_settle(struct store *store, const struct binding_guard *guard,
		   const struct binding_provider *provider,
		   enum binding_choice choice) _must_check_;

#endif
