/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_IDPCTL_ANSWER_SECRET_H
#define IDP_IDPCTL_ANSWER_SECRET_H

/*
 * Secrets that come by standard input or are an answer. MUST: never to the command line, nowhere
 * but to standard output, and what held one is erased.
 */

#include <stdbool.h>

#include "common/secret.h"
#include "idpctl/answer.h"

/*
 * The token in standard input, without the white space behind it. One that is not needed may be
 * "", and is not waited for at a terminal. What is wrong with it is said, by that name; the exit
 * status, with EXIT_FINE the token.
 */
int answer_read_token(const char *name, bool needed, struct secret **ret_token) _must_check_;

/* Takes the message with the secret apart; 0 or -errno. */
typedef int (*answer_take_fn)(struct wire_in *in, void *ret_said);

/* One question that is answered by one message of type is; or by END, which goes to answer. */
int answer_ask_secret(const struct invocation *invocation, enum wire_type type, answer_put_fn put,
		      enum wire_type is, answer_take_fn take, void *ret_said,
		      struct answer *answer) _must_check_;

/* Alone on the standard output; at a terminal the remark is on the other. The exit status. */
int answer_show_secret(const struct secret *secret, const char *remark) _must_check_;

#endif
