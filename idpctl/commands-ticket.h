/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_IDPCTL_COMMANDS_TICKET_H
#define IDP_IDPCTL_COMMANDS_TICKET_H

struct invocation;

/* A short word that stands for an access token, once. */
int run_ticket(const struct invocation *invocation);

#endif
