/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_WALLET_H
#define IDP_CORE_WALLET_H

/*
 * The tokens of sessions: kept from a sign-in that was permitted, handed to the person they are of,
 * renewed when they age, revoked and forgotten when the last session ends. What is kept lies sealed
 * in the record and is opened for one question at a time; only tokens for other audiences, and what
 * is under way, are in memory. See the MUST list in wallet.c.
 */

#include <stdbool.h>
#include <stdint.h>

#include "common/limits.h"
#include "common/macro.h"

struct authority;
struct config_provider;
struct grant;
struct peer;
struct person;
struct sd_event;
struct secret;
struct vault;
struct wallets;

struct wallets_parts {
	struct sd_event *event;
	struct authority *authority;
	struct peer *peer;
	uint64_t (*time)(void); /* seconds since 1970 */
};

struct wallets_status {
	bool ready;                /* tokens can be kept; else reason has a sentence */
	char reason[REASON_MAX];
	uint64_t kept;             /* now */
	uint64_t handed, renewed, refused; /* since the start */
};

int wallets_new(const struct wallets_parts *parts, struct wallets **ret_wallets) _must_check_;
/* All connections and sign-ins must be gone before. */
struct wallets *wallets_free(struct wallets *wallets);
DEFINE_CLEANUP(struct wallets *, wallets_free);

/* The configuration is new: takes the key, forgets what has no provider any more. */
void wallets_configure(struct wallets *wallets);
/* The link to idp-netd is ready. */
void wallets_on_link(struct wallets *wallets);
/* Forgets what has ended by itself; the timer's work, and for tests. */
void wallets_sweep(struct wallets *wallets);
void wallets_get_status(struct wallets *wallets, struct wallets_status *ret_status);

/* ---- sign-ins and sessions ---- */

/* Does a sign-in through this service want to keep its tokens? */
bool wallets_want(const struct wallets *wallets, const char *service) _must_check_;
/*
 * The sign-in of user at provider was permitted; session: how long rules let it last. Takes grant
 * over. What was kept before is revoked.
 */
void wallets_put(struct wallets *wallets, const char *user, const char *provider,
		 struct grant *grant, usec_t session);
/* The sign-in came to nothing, or nobody keeps its tokens: they are revoked. Takes grant over. */
void wallets_discard(struct wallets *wallets, const char *provider, struct grant *grant);
/* A session of the person began or ended. Never fails: nobody's logout waits for it. */
void wallets_count_session(struct wallets *wallets, const char *user, const char *service,
			   bool opened);

/* ---- asking ---- */

/* What is kept of the person at the provider of its issuer; the caller's to free, NULL none. */
int wallets_look(struct wallets *wallets, const struct person *person,
		 struct grant **ret_grant) _must_check_;

/* How many sessions of the person are open, of services that keep tokens. */
int wallets_count_open(struct wallets *wallets, const struct person *person,
		       uint64_t *ret_n) _must_check_;

/* The answer to a question for a token. */
struct wallet_token {
	const char *refused; /* a reason code, "" none */
	const char *text;    /* in words, when refused */
	const struct secret *token;
	uint64_t expiry;
	const char *type;
};
typedef void (*wallet_token_fn)(void *userdata, const struct wallet_token *token);
struct wallet_waiter;

/*
 * Calls fn once, perhaps before this returns: then ret_waiter is NULL. audience: "" the one of the
 * sign-in. Negative: fn is not called.
 */
int wallets_get_token(struct wallets *wallets, const struct person *person, const char *audience,
		      wallet_token_fn fn, void *userdata,
		      struct wallet_waiter **ret_waiter) _must_check_;
/* Whoever waits is gone; NULL is fine. */
void wallet_waiter_cancel(struct wallet_waiter *waiter);

/* ---- ending ---- */

/* What the platform said of a revocation. */
struct wallet_farewell {
	bool told;            /* it knows */
	const char *endpoint; /* end_session_endpoint, "" not known */
};
typedef void (*wallet_farewell_fn)(void *userdata, const struct wallet_farewell *farewell);
struct wallet_errand;

/*
 * Forgets what is kept of the person, then has it revoked. kept: whether there was anything. fn is
 * called once, and never before this returns 0. Negative: what could be forgotten is, and fn is not
 * called; -EIO: the record cannot be read, and nothing was forgotten.
 */
int wallets_logout(struct wallets *wallets, const struct person *person, wallet_farewell_fn fn,
		   void *userdata, bool *ret_kept, struct wallet_errand **ret_errand) _must_check_;
/* The errand goes on; fn is not called. NULL is fine. */
void wallet_errand_leave(struct wallet_errand *errand);

/*
 * The platform has ended sessions of sub (NULL: whosever sid is) at provider: forgets the wallets
 * of sid ("": all of them), as far as they say. Returns how many, or -errno.
 */
int wallets_end_sessions(struct wallets *wallets, const struct config_provider *provider,
			 const char *sub, const char *sid) _must_check_;

#endif
