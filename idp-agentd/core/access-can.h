/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_ACCESS_CAN_H
#define IDP_CORE_ACCESS_CAN_H

/* What would be decided if more were true of somebody than is known. Pure: nothing comes of it. */

#include <stddef.h>

#include "common/limits.h"
#include "common/macro.h"
#include "idp-agentd/core/access.h"

struct buf;
struct config;

#define ACCESS_SUPPOSED_MAX 64u /* conditions of one question */

/*
 * Decides about base as if every condition (written as in a rule, "scope:host.sudo") held. What
 * there is one of takes the place of what base says, what there may be many of comes beside it;
 * ret_decision's texts live in the configuration. trace gets the reasons. 0; CONFIG_E_REFUSED with
 * a sentence about a condition that is none; -ENOMEM.
 */
int access_can(const struct config *config, const struct access_request *base,
	       const char *const *conditions, size_t n, struct access_decision *ret_decision,
	       struct buf *trace, char reason[static REASON_MAX]) _must_check_;

#endif
