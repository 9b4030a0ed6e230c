/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_IDPCTL_COMMANDS_SCOPE_H
#define IDP_IDPCTL_COMMANDS_SCOPE_H

/* idpctl scope: list, check, doctor, disable, enable, export, import. */

struct invocation;

int run_scope(const struct invocation *invocation);

#endif
