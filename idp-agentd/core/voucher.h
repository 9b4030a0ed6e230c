/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_VOUCHER_H
#define IDP_CORE_VOUCHER_H

/*
 * Vouchers: what programs of this host show to e-services. One is asked for as the client that is
 * named, kept in memory until it ends, shared by all who may have it, and asked for anew before it
 * ends while somebody uses it. Who may have one is not decided here.
 */

#include <stdbool.h>
#include <stdint.h>

#include "common/clock.h"
#include "common/macro.h"

struct authority;
struct config_client;
struct config_purpose;
struct peer;
struct sd_event;
struct secret;
struct voucher_waiter;
struct vouchers;

struct vouchers_parts {
	struct sd_event *event;
	struct authority *authority;
	struct peer *peer;
	uint64_t (*time)(void); /* seconds since 1970 */
};

int vouchers_new(const struct vouchers_parts *parts, struct vouchers **ret_vouchers) _must_check_;
/* All who wait must be gone before. */
struct vouchers *vouchers_free(struct vouchers *vouchers);
DEFINE_CLEANUP(struct vouchers *, vouchers_free);
/* The configuration has changed: all is forgotten, holds too, and who waits is told to ask again. */
void vouchers_configure(struct vouchers *vouchers);

struct voucher_order {
	const struct config_client *client;
	const struct config_purpose *purpose; /* NULL: client is of kind api */
	const char *digest;                   /* "" none */
	bool bound;                           /* to this host's key, by DPoP */
	uint32_t uid;                         /* who asks */
};

/* The answer to one of these; all of it is good until the callback returns. */
struct voucher_given {
	const char *refused; /* reason code; "" here it is */
	const char *text;    /* a sentence for whoever asked, when refused */
	const struct secret *voucher;
	const char *type; /* Bearer, DPoP */
	uint64_t expiry;  /* seconds since 1970, by the clock of this host */
	const char *jti;
	const char *audience; /* as the platform writes it; several with blanks between */
	bool again;           /* this user has had the same one before */
};

typedef void (*voucher_fn)(void *userdata, const struct voucher_given *given);

/*
 * Calls fn once: at once, and then *ret_waiter is NULL; or later, unless the waiter is cancelled.
 * -ENOMEM: fn is not called.
 */
int vouchers_get(struct vouchers *vouchers, const struct voucher_order *order, voucher_fn fn,
		 void *userdata, struct voucher_waiter **ret_waiter) _must_check_;
/* fn is not called any more; NULL is fine. */
void voucher_waiter_cancel(struct voucher_waiter *waiter);

/* What is known of one pair of client and purpose ("" for kind api). */
struct voucher_state {
	uint64_t until;    /* seconds since 1970 a kept voucher is good; 0 none is kept */
	uint64_t next;     /* not asked before then; 0 nothing holds it */
	bool suspended;    /* since the platform said no */
	const char *said;  /* the last refusal or trouble; "" none */
};
void vouchers_look(const struct vouchers *vouchers, const char *client, const char *purpose,
		   struct voucher_state *ret_state);
/* What held the pairs of this client back may be put right: it is asked for when somebody asks. */
void vouchers_retry(struct vouchers *vouchers, const char *client);
/* By how many seconds the platform's clock is ahead of ours; false: it was never seen. */
bool vouchers_skew(const struct vouchers *vouchers, const char *provider,
		   int64_t *ret_seconds) _must_check_;

#endif
