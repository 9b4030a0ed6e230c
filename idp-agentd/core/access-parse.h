/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_ACCESS_PARSE_H
#define IDP_CORE_ACCESS_PARSE_H

/* From the rule sections of a configuration to a ruleset. */

#include <stdbool.h>

#include "common/macro.h"

struct config;
struct config_problems;
struct config_raws;
struct ruleset;

/*
 * Builds the ruleset in config's arena. Everything wrong goes to problems, with its line; then
 * what is built must not be used. When problems holds no error, the [expect] sections are tried.
 * 0 or -ENOMEM.
 */
int access_parse(const struct config_raws *raws, const struct config *config,
		 struct config_problems *problems, struct ruleset **ret_rules) _must_check_;

/* Do programs show tokens here, and open no session: vouchers, and what may be a resource because
 * it is written? */
bool access_is_for_programs(const struct config *config, const char *service) _must_check_;

#endif
