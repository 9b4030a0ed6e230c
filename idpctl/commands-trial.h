/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_IDPCTL_COMMANDS_TRIAL_H
#define IDP_IDPCTL_COMMANDS_TRIAL_H

/* idpctl policy check, apply, confirm, rollback, status. Each returns an exit status. */

struct invocation;

int run_policy_check(const struct invocation *invocation);
int run_policy_apply(const struct invocation *invocation);
int run_policy_confirm(const struct invocation *invocation);
int run_policy_rollback(const struct invocation *invocation);
int run_policy_status(const struct invocation *invocation);

#endif
