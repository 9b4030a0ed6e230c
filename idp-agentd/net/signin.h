/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_NET_SIGNIN_H
#define IDP_NET_SIGNIN_H

/*
 * DEVICE, AUTHCODE and PASSWORD: one sign-in from the question to IDENTITY, DENIED or FAILED.
 */

#include <stdbool.h>
#include <stdint.h>

#include "common/macro.h"

struct net;
struct provider;
struct secret;

enum signin_kind { SIGNIN_DEVICE = 0, SIGNIN_CODE, SIGNIN_PASSWORD };

/* Texts are copied. Lists are words with one space between, "" for none. */
struct signin_order {
	enum signin_kind kind;
	uint64_t flow;
	struct provider *provider;
	const char *scopes;
	const char *acr_values;
	uint32_t max_age;              /* UINT32_MAX: not asked for */
	const char *resource;          /* "" none */
	const char *redirect_uri;      /* SIGNIN_CODE; "" the provider's */
	const char *user;              /* SIGNIN_PASSWORD */
	const struct secret *password; /* likewise */
	bool keep;                     /* the authority wants the tokens (TOKENS) */
};

/* Adds the flow and begins. Every trouble after that is answered on the wire. */
int signin_start(struct net *net, const struct signin_order *order) _must_check_;

#endif
