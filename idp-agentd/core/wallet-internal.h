/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_WALLET_INTERNAL_H
#define IDP_CORE_WALLET_INTERNAL_H

/* What wallet*.c share; nobody else includes this. */

#include "idp-agentd/core/boot.h"
#include "idp-agentd/core/grant.h"
#include "idp-agentd/core/person.h"
#include "idp-agentd/core/store-wallet.h"
#include "idp-agentd/core/vault.h"
#include "idp-agentd/core/wallet.h"

struct sd_event_source;

/* A token for another audience than the sign-in's: never on the disk. */
struct wallet_cached {
	struct wallet_cached *next;
	char *audience;
	struct grant *grant; /* of its access token only */
};

struct wallet_waiter {
	struct wallet_waiter *next;
	struct wallet_slot *slot;
	char *audience;
	wallet_token_fn fn;
	void *userdata;
};

/* A wallet about which something is in memory. */
struct wallet_slot {
	struct wallet_slot *next;
	struct wallets *owner;
	int64_t id; /* of the row */
	struct person *person;
	char *provider;
	uint64_t flow;         /* the refresh under way, 0 none */
	char *asked;           /* what for */
	struct grant *unsaved; /* newer than the row: the disk would not take it */
	bool held;             /* an answer is being taken: it stays */
	bool gone;             /* forgotten; what comes is revoked, and the row, if there is one, is void */
	bool row_left;         /* the row could not be removed yet */
	struct wallet_waiter *waiters;
	struct wallet_cached *cached;
};

struct wallet_errand {
	struct wallet_errand *next;
	struct wallets *owner;
	uint64_t flow;
	wallet_farewell_fn fn; /* NULL: nobody waits */
	void *userdata;
};

struct wallets {
	struct wallets_parts parts;
	struct vault *vault; /* NULL: nothing can be kept, nor anything read */
	char boot[BOOT_DIGITS + 1];
	struct wallet_slot *slots;
	struct wallet_errand *errands;
	size_t n_refreshes;
	bool cut_off_told; /* the sessions of the last boot were looked at */
	int64_t swept; /* the rows up to here were looked at */
	struct sd_event_source *timer;
	struct wallets_status status;
};

enum { WALLET_E_NONE = 1 };

/* One wallet, opened. Zeroed memory is fine for done. */
struct wallet {
	int64_t id;
	struct grant *grant;
};
void wallet_done(struct wallet *wallet);

/* ---- wallet.c ---- */

/* The row, shut. WALLET_E_NONE: there is none, or what is in it is void. */
int wallet_find(struct wallets *wallets, const struct person *person, const char *provider,
		struct store_wallet **ret_stored) _must_check_;
/* WALLET_E_NONE: nothing is kept, or it is of no use any more and is forgotten. */
int wallet_load(struct wallets *wallets, const struct person *person, const char *provider,
		struct wallet *ret_wallet) _must_check_;
/* Seals grant into the row. durable: on the disk when it returns 0. */
int wallet_save(struct wallets *wallets, const struct person *person, const char *provider,
		int64_t id, const struct grant *grant, bool durable) _must_check_;

enum wallet_revoke { WALLET_LEAVE = 0, WALLET_REVOKE };
/* Forgets it; who waits is told reason. revoke: the platform is told, too. */
void wallet_forget(struct wallets *wallets, const struct person *person, const char *provider,
		   const struct wallet *wallet, const char *reason, enum wallet_revoke revoke);
void wallet_audit(const struct person *person, const char *provider, const char *result,
		  const char *reason, const char *detail, int priority);
const struct config_provider *wallet_provider(const struct wallets *wallets,
					      const struct person *person);

/* ---- wallet-slot.c ---- */

struct wallet_slot *wallet_slot_find(struct wallets *wallets, int64_t id);
/* Says no to whoever waits. */
void wallet_slot_refuse(struct wallet_slot *slot, const char *reason);
/* Out of the list; nobody waits any more. */
void wallet_slot_free(struct wallet_slot *slot);
/* One that nothing is in is freed. */
void wallet_slot_settle(struct wallet_slot *slot);
/* For a row that could not be removed: what is in it is void. -ENOMEM. */
int wallet_slot_void(struct wallets *wallets, const struct person *person, const char *provider,
		     int64_t id) _must_check_;

/* The one of the row, made when there is none. NULL: memory. */
struct wallet_slot *wallet_slot_get(struct wallets *wallets, const struct person *person,
				    const char *provider, int64_t id);
/* Gives grant to all who wait for this audience. */
void wallet_slot_give(struct wallet_slot *slot, const char *audience, const struct grant *grant);
/* -ENOBUFS beyond TOKEN_WAITERS_MAX, -ENOMEM. */
int wallet_slot_wait(struct wallet_slot *slot, const char *audience, wallet_token_fn fn,
		     void *userdata, struct wallet_waiter **ret_waiter) _must_check_;
/* The first who waits for this audience, or for any (NULL). */
struct wallet_waiter *wallet_waiter_find(const struct wallet_slot *slot, const char *audience);
/* Its answer: grant, or (NULL) no for this reason. Ends the waiter. */
void wallet_waiter_answer(struct wallet_waiter *waiter, const struct grant *grant,
			  const char *reason);
/* slot may be NULL; NULL none. */
const struct grant *wallet_cached_find(const struct wallet_slot *slot, const char *audience);
/* Takes grant over. -ENOMEM. */
int wallet_cached_put(struct wallet_slot *slot, const char *audience,
		      struct grant *grant) _must_check_;
void wallet_refuse(struct wallets *wallets, const char *reason, wallet_token_fn fn,
		   void *userdata);
void wallet_give(struct wallets *wallets, const struct grant *grant, wallet_token_fn fn,
		 void *userdata);

/* ---- wallet-sweep.c ---- */

typedef int (*wallet_each_fn)(void *userdata, const struct store_wallet *row);
/* Calls each for every wallet; the rows may go meanwhile. Negative of each ends it. */
int wallet_each(struct wallets *wallets, wallet_each_fn each, void *userdata) _must_check_;

/* ---- wallet-end.c ---- */

/* Forgets what is kept of the person because the last session has ended. */
void wallet_forget_closed(struct wallets *wallets, const struct person *person);

/* Has both tokens of grant revoked; nobody waits for it. */
void wallet_revoke(struct wallets *wallets, const char *provider, const struct grant *grant);

#endif
