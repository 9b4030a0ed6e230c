/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_VOUCHER_INTERNAL_H
#define IDP_CORE_VOUCHER_INTERNAL_H

/* What voucher.c (when), voucher-slot.c (what is kept, who waits) and voucher-ask.c (the question)
 * share; nobody else. */

#include "common/limits.h"
#include "idp-agentd/core/key.h"
#include "idp-agentd/core/voucher-mint.h"
#include "idp-agentd/core/voucher-plan.h"
#include "idp-agentd/core/voucher.h"

struct sd_event_source;
struct vouched;

/* The clock of a platform, seen by its answers. */
struct voucher_clock {
	struct voucher_clock *next;
	char provider[CONFIG_NAME_MAX + 1];
	int64_t skew; /* seconds it is ahead */
	bool warned;
};

/* A client and a purpose: what one of their vouchers is refused for, all are; but a platform that
 * knows no proofs of keys gives those that are bound to none all the same. */
struct voucher_pair {
	struct voucher_pair *next;
	char client[CONFIG_NAME_MAX + 1], purpose[CONFIG_NAME_MAX + 1]; /* "" kind api */
	bool bound; /* to this host's key */
	struct voucher_hold hold;
	const char *code;      /* why it is held, one of our own words */
	char said[REASON_MAX]; /* the same in a sentence */
	size_t n_slots;
};

struct voucher_waiter {
	struct voucher_waiter *next;
	struct voucher_slot *slot;
	uint32_t uid;
	voucher_fn fn;
	void *userdata;
};

/* One voucher, or the place of one. */
struct voucher_slot {
	struct voucher_slot *next;
	struct vouchers *owner;
	struct voucher_pair *pair;
	char digest[VOUCHER_DIGEST_LEN + 1]; /* "" none */
	bool bound;
	uint32_t uid; /* who asked first */
	struct voucher_term term;
	struct secret *voucher;
	char jti[REASON_MAX], audience[2 * ISSUER_LEN_MAX];
	char jkt[KEY_THUMBPRINT_LEN + 1]; /* of the question under way */
	uint64_t flow;                    /* 0: none */
	struct voucher_waiter *waiters;
	size_t n_waiters, n_askers;
	uint32_t askers[VOUCHER_ASKERS_MAX]; /* who have had it */
};

struct vouchers {
	struct vouchers_parts parts;
	struct sd_event_source *timer;
	struct voucher_pair *pairs;
	struct voucher_slot *slots;
	struct voucher_clock *clocks;
	size_t n_slots, n_digests;
};

/* ---- voucher-slot.c ---- */

/* The place of what is ordered, made when there is none. -ENOBUFS: too much is asked for already;
 * -ENOMEM. */
int voucher_slot_get(struct vouchers *vouchers, const struct voucher_order *order,
		     struct voucher_slot **ret_slot) _must_check_;
void voucher_slot_free(struct voucher_slot *slot);
struct voucher_pair *voucher_pair_find(const struct vouchers *vouchers, const char *client,
				       const char *purpose, bool bound);
/* -ENOBUFS, -ENOMEM. */
int voucher_slot_wait(struct voucher_slot *slot, const struct voucher_order *order, voucher_fn fn,
		      void *userdata, struct voucher_waiter **ret_waiter) _must_check_;
void voucher_give(struct voucher_slot *slot, uint32_t uid, voucher_fn fn, void *userdata);
/* In the words of the pair's hold. */
void voucher_hold_back(const struct voucher_slot *slot, voucher_fn fn, void *userdata);
/* All who wait: the voucher if it is alive, else this. */
void voucher_slot_settle(struct voucher_slot *slot, const char *code, const char *text);

/* ---- voucher-ask.c ---- */

/* Sets the question under way, or the pair's hold and why. */
int voucher_ask(struct voucher_slot *slot) _must_check_;

/* ---- voucher.c ---- */

/* Looks anew when something is to be done next. */
void vouchers_rearm(struct vouchers *vouchers);

#endif
