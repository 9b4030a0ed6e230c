/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_NET_ACCESS_JUDGE_H
#define IDP_NET_ACCESS_JUDGE_H

/* One judgement of access-token.h, for the files that make it. */

#include <stdbool.h>

#include "common/macro.h"
#include "idp-agentd/net/access-token.h"
#include "idp-agentd/net/claim-read.h"

/* What it is made of. Every check writes the reason of its own refusal. */
struct judge {
	struct claim_reader reader;
	const struct access_policy *policy;
	bool answer; /* the platform's answer about a token, not the token itself */
	struct access_claims *claims;
};

/* Each: 0, or refused with ACCESS_E_*. In this order: */
int access_check_binding(struct judge *judge) _must_check_; /* to a key, if to any */
int access_check_client(struct judge *judge) _must_check_;  /* that it was issued to */
int access_check_holder(struct judge *judge) _must_check_;  /* whose it is */

/* Is word one of words, which stand with one space between? Byte for byte. */
bool access_is_word_of(const char *words, const char *word) _must_check_;

#endif
