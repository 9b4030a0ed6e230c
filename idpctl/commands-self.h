/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_IDPCTL_COMMANDS_SELF_H
#define IDP_IDPCTL_COMMANDS_SELF_H

/* What people ask about themselves, and what a platform says about them. */

struct invocation;

int run_token(const struct invocation *invocation);
int run_whoami(const struct invocation *invocation);
int run_logout(const struct invocation *invocation);
int run_backchannel(const struct invocation *invocation);

#endif
