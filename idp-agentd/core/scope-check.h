/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_SCOPE_CHECK_H
#define IDP_CORE_SCOPE_CHECK_H

/*
 * The scopes of one provider, in the three places where each must be written alike: what sign-ins
 * ask for, what the register and the rules name, what the platform knows. The platform is asked
 * anew, without a person; when it is away, what it offered last is taken. Used by idpctl scope
 * check, provider check, and whoever wants to know before a configuration is taken.
 */

#include <stddef.h>
#include <stdint.h>

#include "common/macro.h"
#include "idp-agentd/core/scope-judge.h"

struct authority;
struct config;
struct conn;
struct control_parts;
struct peer;
struct scope_check;
struct wire_in;

struct scope_check_ops {
	/* The configuration that is judged, now: it may change while the platform is asked. */
	const struct config *(*config)(void *userdata);
	/* One scope and what the platform makes of it. May be NULL. */
	void (*row)(void *userdata, const struct scope_entry *entry, enum scope_state state,
		    bool off);
	/* Something to say; level is above WIRE_FINDING_OK. */
	void (*found)(void *userdata, const struct scope_finding *finding);
	/* The n-th step, from 1, that puts a refused scope right. May be NULL. */
	void (*step)(void *userdata, const char *scope, size_t n, const char *text);
	/* That was all: the check is gone when it returns. Never called within begin(). */
	void (*done)(void *userdata);
};

struct scope_check_order {
	struct authority *authority;
	struct peer *peer;
	const char *provider;
	const char *offered; /* scopes_supported, when it was just read; NULL: it is read first */
	const struct scope_check_ops *ops;
	void *userdata;
};

/* -ENOMEM, -ENOTCONN, -ENOBUFS; then done is not called. */
int scope_check_begin(const struct scope_check_order *order,
		      struct scope_check **ret_check) _must_check_;
/* Stops; done is not called. NULL is fine; returns NULL. */
struct scope_check *scope_check_free(struct scope_check *check);

#endif
