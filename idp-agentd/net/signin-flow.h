/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_NET_SIGNIN_FLOW_H
#define IDP_NET_SIGNIN_FLOW_H

/*
 * What the files of a sign-in share, and nobody else: signin.c (begin and end), signin-device.c and
 * signin-code.c and signin-password.c (three ways to tokens), signin-check.c (what tokens say).
 */

#include <systemd/sd-event.h>

#include "idp-agentd/net/authcode.h"
#include "idp-agentd/net/call.h"
#include "idp-agentd/net/claims.h"
#include "idp-agentd/net/device.h"
#include "idp-agentd/net/document.h"
#include "idp-agentd/net/oauth.h"
#include "idp-agentd/net/provider.h"
#include "idp-agentd/net/userinfo-keys.h"
#include "idp-agentd/net/verify.h"

struct signin;

/* A way to tokens. */
struct signin_way {
	enum provider_endpoint endpoint; /* the one it begins at */
	/* Before anything is asked; sets call.done. */
	int (*prepare)(struct signin *signin);
	/* The metadata is here. */
	void (*begin)(struct signin *signin);
	/* REDIRECT; -EPROTO: nothing of the kind is waited for. NULL: never. */
	int (*redirect)(struct signin *signin, const struct secret *pasted);
};
extern const struct signin_way signin_device_way, signin_code_way, signin_password_way;

enum signin_code_state {
	SIGNIN_CODE_NONE = 0,
	SIGNIN_CODE_ASKED,  /* the person is with the browser: REDIRECT may come */
	SIGNIN_CODE_REDEEM, /* the code is being exchanged */
};

struct signin {
	const struct signin_way *way;
	struct net *net;
	uint64_t flow;
	struct provider *provider; /* ours */
	char *scopes;
	char *acr_values;
	char *resource;
	char *redirect_uri;
	bool keep;
	uint32_t max_age;
	struct waiter waiter;
	struct call call;
	struct device device;
	struct secret *device_code;
	sd_event_source *timer;
	enum signin_code_state code_state;
	struct authcode authcode; /* what a code, and an ID token that came by it, is bound by */
	struct secret *code;
	char *user;              /* SIGNIN_PASSWORD; else NULL */
	struct secret *password; /* likewise, until it is sent */
	bool code_is_bare;
	struct oauth_tokens tokens;
	int64_t tokens_end;   /* seconds since 1970; 0: not said */
	struct verify verify; /* of the ID token */
	struct token_claims claims;
	struct userinfo_reader userinfo;
};

/* Answers and ends the flow: signin is gone after these. */
void signin_fail(struct signin *signin, const char *code, const char *text);
void signin_deny(struct signin *signin, const char *code, const char *text);
/* Likewise, in the platform's words where it has some. */
void signin_refused(struct signin *signin, const struct oauth_error *error);
/* Likewise: an answer that is not the "what" that was asked for. */
void signin_no_answer(struct signin *signin, const struct http_answer *answer, const char *what);
/* Likewise, or on with signin_check(): the answer of a token endpoint that is asked once. bad_grant
 * takes over where the platform says invalid_grant. */
void signin_take_tokens(struct signin *signin, const struct http_answer *answer,
			void (*bad_grant)(struct signin *signin));
/* Tokens come later, so the platform's keys have time to come now. */
void signin_want_keys(struct signin *signin);
/* Must the platform give an ID token? Else nothing it says answers a nonce. */
bool signin_needs_id_token(const struct signin *signin) _must_check_;
/* For verify_init() and userinfo_reader_init(): what is known of the ID token, what userinfo says.
 */
void signin_take_verified(void *userdata, enum verify_end end, const char *code, const char *text);
void signin_take_userinfo(void *userdata, int outcome, const char *code, const char *text,
			  const json_t *object);
/* Tokens are in signin->tokens: find out who it is and say so. May end the flow. */
void signin_check(struct signin *signin);

#endif
