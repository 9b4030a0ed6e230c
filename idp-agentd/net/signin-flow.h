/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_NET_SIGNIN_FLOW_H
#define IDP_NET_SIGNIN_FLOW_H

/* What signin.c (until tokens are here) and signin-check.c (what they say) share; nobody else. */

#include <systemd/sd-event.h>

#include "idp-agentd/net/call.h"
#include "idp-agentd/net/claims.h"
#include "idp-agentd/net/device.h"
#include "idp-agentd/net/document.h"
#include "idp-agentd/net/jws.h"
#include "idp-agentd/net/oauth.h"

struct signin {
	struct net *net;
	uint64_t flow;
	struct provider *provider; /* ours */
	char *scopes;
	char *acr_values;
	char *resource;
	uint32_t max_age;
	struct waiter waiter;
	struct call call;
	struct device device;
	struct secret *device_code;
	sd_event_source *timer;
	struct oauth_tokens tokens;
	bool asked_newer_keys;
	struct jws jws;
	struct token_claims claims;
	struct http_request *userinfo;
	struct secret *signed_info; /* userinfo that came as a token; NULL: none did */
};

/* Answers and ends the flow: signin is gone after these. */
void signin_fail(struct signin *signin, const char *code, const char *text);
void signin_deny(struct signin *signin, const char *code, const char *text);
/* Tokens are in signin->tokens: find out who it is and say so. May end the flow. */
void signin_check(struct signin *signin);

#endif
