/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_IDPCTL_COMMANDS_PDND_H
#define IDP_IDPCTL_COMMANDS_PDND_H

/* Clients, purposes and e-services: what a user may have of them, and what an administrator does
 * with them. */

struct invocation;

int run_purposes(const struct invocation *invocation);
int run_pdnd(const struct invocation *invocation);

#endif
