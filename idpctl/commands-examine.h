/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_IDPCTL_COMMANDS_EXAMINE_H
#define IDP_IDPCTL_COMMANDS_EXAMINE_H

/* The commands that look for what is wrong: doctor, and provider check and rebind. */

#include "common/macro.h"

struct invocation;

/* Each the exit status of its command. */
int run_doctor(const struct invocation *invocation) _must_check_;
int run_provider(const struct invocation *invocation) _must_check_;

#endif
