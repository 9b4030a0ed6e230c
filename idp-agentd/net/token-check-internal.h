/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_NET_TOKEN_CHECK_INTERNAL_H
#define IDP_NET_TOKEN_CHECK_INTERNAL_H

/* One check of a token that somebody brings, for the files that make it. */

#include <stdbool.h>
#include <stdint.h>

#include "common/macro.h"
#include "idp-agentd/net/access-token.h"
#include "idp-agentd/net/call.h"
#include "idp-agentd/net/document.h"
#include "idp-agentd/net/proof-check.h"
#include "idp-agentd/net/token-check.h"
#include "idp-agentd/net/userinfo-keys.h"
#include "idp-agentd/net/verify.h"

struct check {
	struct net *net;
	uint64_t flow;
	struct provider *provider; /* ours */
	struct secret *token;
	bool shown;                /* to a service: nobody signs in with it */
	bool unasked;              /* userinfo would say more, and does not take this token */
	bool counted;              /* in provider->n_shown_asked */
	struct secret *proof;      /* that came along; NULL: none did */
	struct proof_facts proven; /* what it proved */
	const char *issuer;        /* of whoever has this token: the provider's or an instance's */
	const char *tenant;        /* likewise; NULL: tokens name none */
	struct waiter waiter;
	struct call call;
	struct verify verify;
	struct access_claims claims; /* what is known of the token so far */
	struct userinfo_reader userinfo;
};

/* ---- endings: check is gone after these ---- */

void check_fail(struct check *check, const char *code, const char *text);
/* Of the machine. */
void check_break(struct check *check, int error);
void check_deny(struct check *check, const char *code, const char *word, const char *sentence);
/* outcome of access-token.h, or -errno. */
void check_refuse(struct check *check, int outcome, const char *sentence);

/* ---- steps ---- */

struct access_policy check_policy(const struct check *check);
/* Asks the platform about it. */
void check_introspect(struct check *check);
/* What the platform said: of check->call, and of check->userinfo. */
void check_on_answer(void *userdata, const struct http_answer *answer);
void check_take_userinfo(void *userdata, int outcome, const char *code, const char *text,
			 const json_t *object);
/* Every claim that decides is good. */
void check_complete(struct check *check);

#endif
