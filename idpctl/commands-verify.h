/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_IDPCTL_COMMANDS_VERIFY_H
#define IDP_IDPCTL_COMMANDS_VERIFY_H

struct invocation;

int run_verify(const struct invocation *invocation);

#endif
