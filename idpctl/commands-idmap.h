/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_IDPCTL_COMMANDS_IDMAP_H
#define IDP_IDPCTL_COMMANDS_IDMAP_H

#include "common/macro.h"

struct invocation;

/* idpctl idmap: ids of people and groups, between hosts and by hand. */
int run_idmap(const struct invocation *invocation) _must_check_;

#endif
