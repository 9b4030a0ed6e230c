/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_VOUCHER_JUDGE_H
#define IDP_CORE_VOUCHER_JUDGE_H

/* What idp-netd brought home of a platform of vouchers, held against what was asked for. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/clock.h"
#include "common/limits.h"
#include "common/macro.h"

struct config_list;
struct secret;
struct wire_in;

#define VOUCHER_TYPE_MAX 15u
#define VOUCHER_AUD_MAX  16u
#define VOUCHER_LIFE_MAX 86400u /* seconds; what a platform of vouchers gives at most */

/* What was asked for. */
struct voucher_wish {
	const char *issuer, *client_id;
	const char *purpose;                /* NULL none */
	const char *digest;                 /* NULL none */
	const char *jkt;                    /* of the proof's key; NULL: a bearer voucher */
	const struct config_list *audience; /* of the e-service; empty or NULL: not said */
};

/* VOUCHED. Texts but the copied ones point into the message. */
struct vouched {
	const char *voucher, *type, *typ;
	uint64_t expires_in;
	uint64_t date; /* the platform's clock; 0 not said */
	uint64_t wait; /* seconds it asks to be left alone */
	const char *code, *text;
	const char *jti, *iss, *sub, *client_id, *purpose, *jkt, *digest; /* "" absent */
	size_t n_aud;
	const char *aud[VOUCHER_AUD_MAX]; /* each may be several, joined */
	uint64_t iat, exp;                /* 0 absent */
	bool odd; /* one of them is there more than once, or there are more audiences */
};

/* Behind its flow number. -EPROTO: not as it must be. */
int vouched_read(struct wire_in *in, struct vouched *ret_vouched) _must_check_;
/*
 * Is it the voucher that was asked for? Its life in seconds in *ret_life. False: a sentence in
 * reason, which names what the platform changed.
 */
bool vouched_is_ours(const struct vouched *vouched, const struct voucher_wish *wish,
		     char reason[static REASON_MAX], uint64_t *ret_life) _must_check_;

#endif
