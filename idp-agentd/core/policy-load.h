/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_POLICY_LOAD_H
#define IDP_CORE_POLICY_LOAD_H

/* From files to a configuration worth taking, with everything that is wrong told on the way. */

#include <stdbool.h>

#include "common/limits.h"
#include "common/macro.h"

struct config;
struct config_files;

/* Who is told each problem, a line at a time; it is logged as well. fn NULL: nobody. */
struct policy_listener {
	void (*fn)(void *told, const char *text);
	void *told;
	bool quiet; /* nor logged: somebody only wants to know whether */
};

/* Reads the files beside path. 0, or not 0 and the first sentence why in reason. */
int policy_load_files(const char *path, struct policy_listener listener,
		      char reason[static REASON_MAX], struct config_files **ret_files) _must_check_;
/* Are they worth taking, with the secrets they name? Likewise. */
int policy_load(const struct config_files *files, struct policy_listener listener,
		char reason[static REASON_MAX], struct config **ret_config) _must_check_;

#endif
