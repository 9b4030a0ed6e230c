/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_CARD_MINT_H
#define IDP_CORE_CARD_MINT_H

/*
 * Client assertions by keys in tokens: what signer.c does with a key in a file, in two questions to
 * idp-keyd. What it answers is verified before anybody gets it.
 */

#include <stdint.h>

#include "common/limits.h"
#include "common/macro.h"

struct authority;
struct config_provider;
struct minter;
struct sd_event;
struct secret;

/* made, which stays the minter's, or NULL and why not in a sentence. id is whoever asked's. */
typedef void (*mint_fn)(void *userdata, uint64_t id, const struct secret *made, const char *why);

/* path is idp-keyd's socket. */
int minter_new(struct sd_event *event, const char *path, struct authority *authority,
	       struct minter **ret_minter) _must_check_;
/* Calls nobody back. */
struct minter *minter_free(struct minter *minter);
DEFINE_CLEANUP(struct minter *, minter_free);

/*
 * An assertion of provider's client for audience. fn is called once from the loop, unless this
 * fails: with the errors of signer_mint(), -ENOBUFS, and a sentence in reason.
 */
int minter_mint(struct minter *minter, const struct config_provider *provider, const char *audience,
		mint_fn fn, void *userdata, uint64_t id,
		char reason[static REASON_MAX]) _must_check_;
/* Whoever asked with this userdata is gone: fn is not called any more. */
void minter_forget(struct minter *minter, const void *userdata);
/* Looks whether the keys in tokens sign what is configured; the journal says what it finds. */
void minter_check(struct minter *minter);

#endif
