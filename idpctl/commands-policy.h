/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_IDPCTL_COMMANDS_POLICY_H
#define IDP_IDPCTL_COMMANDS_POLICY_H

/* What concerns the rules. */

struct invocation;

int run_can(const struct invocation *invocation);
int run_policy(const struct invocation *invocation);

#endif
