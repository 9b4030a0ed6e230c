/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_PAM_IDP_DIALOG_H
#define IDP_PAM_IDP_DIALOG_H

#include <stdint.h>

#include <security/pam_modules.h>

#include "common/macro.h"
#include "common/wire.h"

struct args;
struct client;

/* What the agent is asked: one of AUTH ACCT OPEN CLOSE CHAUTHTOK, and the items of the handle. */
struct dialog_request {
	enum wire_type type;
	const char *service;
	const char *user;
	const char *rhost;
	const char *tty;
	const char *ruser;
	uint32_t flags;
};

enum {
	DIALOG_E_CONVERSATION = 1, /* the application could not ask the person */
	DIALOG_E_TOO_LONG,         /* the answer was longer than PAM_ANSWER_MAX; it was not sent */
};

/*
 * Asks the agent at args->socket and is its terminal until it says DONE, by args->timeout at the
 * latest. 0: *ret_result is the agent's enum wire_result, and what a permission brings is in the
 * environment of the handle. Everything else is no answer: DIALOG_E_*, or -errno (-ETIMEDOUT,
 * -ECONNREFUSED, -EPROTO, ...), and *ret_result is not written.
 */
int dialog_run(pam_handle_t *pamh, const struct args *args, const struct dialog_request *request,
	       enum wire_result *ret_result) _must_check_;
/* The same over a connection that stands already; the caller closes it. */
int dialog_run_connected(pam_handle_t *pamh, const struct args *args,
			 const struct dialog_request *request, struct client *client,
			 enum wire_result *ret_result) _must_check_;

#endif
