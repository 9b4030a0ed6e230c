/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_ACCESS_WORDS_H
#define IDP_CORE_ACCESS_WORDS_H

/* The words of rules: atoms, rungs, expected verdicts. Only access-parse.c includes this. */

#include "common/macro.h"
#include "idp-agentd/core/access-rules.h"

struct arena;
struct config;
struct config_problems;
struct config_raw_pair;

struct parse {
	struct arena *arena;
	const struct config *config;
	struct config_problems *problems;
	struct ruleset *rules; /* scopes and ladders are complete before atoms are read */
};

/* Each word of list; wrong ones go to problems and are left out. 0 or -ENOMEM. */
int atoms_parse(const struct parse *parse, struct config_place place,
		const struct config_list *list, struct atoms *ret_atoms) _must_check_;
/* "a | b": plain values, or atoms that are on no ladder themselves. 0 or -ENOMEM. */
int rung_parse(const struct parse *parse, const struct config_raw_pair *pair,
	       struct atoms *ret_ways) _must_check_;
/* "deny missing=loa:2". 0; CONFIG_E_REFUSED with a reason; -ENOMEM. */
int verdict_parse(const struct parse *parse, const char *text, struct expectation *expectation,
		  char reason[static REASON_MAX]) _must_check_;
void check_provider(const struct parse *parse, struct config_place place, const char *name);

#endif
