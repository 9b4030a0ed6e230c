/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_IDPCTL_COMMANDS_VOUCHER_H
#define IDP_IDPCTL_COMMANDS_VOUCHER_H

/* What programs of this host show to e-services. */

struct invocation;

int run_voucher(const struct invocation *invocation);

#endif
