/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_SCOPE_BOOK_H
#define IDP_CORE_SCOPE_BOOK_H

/*
 * What this host remembers of scopes: which root has disabled (idpctl scope disable), kept in the
 * record; what each platform said last that it offers, kept there as well, for the day it is away;
 * and which a platform has just refused, in memory and for a short time, so that one wrong name
 * does not cost a look at every sign-in.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/clock.h"
#include "common/macro.h"

struct scope_book;
struct store;

/* Reads what the record keeps; store outlives the book. -errno or STORE_E_*. */
int scope_book_new(struct store *store, struct scope_book **ret_book) _must_check_;
struct scope_book *scope_book_free(struct scope_book *book);
DEFINE_CLEANUP(struct scope_book *, scope_book_free);

/* ---- disabled ---- */

bool scope_book_is_off(const struct scope_book *book, const char *name) _must_check_;
/* The i-th name, or NULL. */
const char *scope_book_off_at(const struct scope_book *book, size_t i);
/* On the disk before it holds. -ENOSPC also when SCOPES_OFF_MAX are disabled; other -errno. */
int scope_book_set_off(struct scope_book *book, const char *name, bool off) _must_check_;

/* ---- refused ---- */

/* The platform of this provider refuses the scope. True: that is news. */
bool scope_book_refuse(struct scope_book *book, const char *provider, const char *name, usec_t now);
/* It was found out no longer than SCOPE_REFUSED_LIFE ago. */
bool scope_book_is_refused(const struct scope_book *book, const char *provider, const char *name,
			   usec_t now) _must_check_;
/* A look found that the platform takes it. True: that is news. */
bool scope_book_take(struct scope_book *book, const char *provider, const char *name);
/* A look at this provider named nothing: for SCOPE_REFUSED_LIFE no other one would. */
void scope_book_miss(struct scope_book *book, const char *provider, usec_t now);
bool scope_book_has_missed(const struct scope_book *book, const char *provider,
			   usec_t now) _must_check_;
/* Another configuration: what was refused may be meant for another platform now. */
void scope_book_forget(struct scope_book *book);

/* ---- offered ---- */

/* scopes_supported of this issuer, words with one space between. That it could not be kept is
 * logged. */
void scope_book_offer(struct scope_book *book, const char *issuer, const char *offered);
/* What it last was; the caller frees it. -ENOENT: never heard. */
int scope_book_offered(const struct scope_book *book, const char *issuer,
		       char **ret_offered) _must_check_;

#endif
