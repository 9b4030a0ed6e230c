/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_IDPCTL_COMMANDS_EXAMINE_H
#define IDP_IDPCTL_COMMANDS_EXAMINE_H

/* The commands that look for what is wrong: doctor, and provider check and rebind. */

#include "common/macro.h"

#include "idpctl/answer.h"

struct invocation;

/* Each the exit status of its command. */
int run_doctor(const struct invocation *invocation) _must_check_;
int run_provider(const struct invocation *invocation) _must_check_;
/* For questions that the platform has to answer, whose findings are counted at the end. */
int examine_ask_and_show(const struct invocation *invocation, const char *command,
			 enum wire_type type, answer_put_fn put) _must_check_;

#endif
