/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_MANAGER_LOAD_H
#define IDP_CORE_MANAGER_LOAD_H

/* How the manager comes to a configuration; nobody else includes this. */

#include "common/limits.h"
#include "common/macro.h"

struct config;

/*
 * 0 and a configuration worth taking, or not 0 and the first sentence why in reason. Each problem
 * is logged, and told where tell is not NULL.
 */
int manager_load(const char *path, void (*tell)(void *told, const char *text), void *told,
		 char reason[static REASON_MAX], struct config **ret_config) _must_check_;

#endif
