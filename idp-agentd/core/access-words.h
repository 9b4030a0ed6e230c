/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_ACCESS_WORDS_H
#define IDP_CORE_ACCESS_WORDS_H

/*
 * From the words of rule sections to what access.c judges. Everything wrong goes to the problems
 * with its line; then what is built is never used. Only the readers of rule sections include this.
 */

#include "common/macro.h"
#include "idp-agentd/core/access-rules.h"

struct arena;
struct config;
struct config_problems;
struct config_raw;
struct config_raw_pair;
struct config_raws;
struct config_value;

struct parse {
	struct arena *arena;
	const struct config *config;
	struct config_problems *problems;
	struct ruleset *rules; /* scopes and ladders are complete before atoms are read */
};

/* ---- access-read.c: one key of a section; what is absent or wrong is unset. 0 or -ENOMEM ---- */

/* ret_place: of the key, else of the section. */
int parse_value(const struct parse *parse, const struct config_raw *raw, const char *key,
		struct config_value *ret_value, struct config_place *ret_place) _must_check_;
int parse_list(const struct parse *parse, const struct config_raw *raw, const char *key,
	       struct config_list *ret_list) _must_check_;
int parse_text(const struct parse *parse, const struct config_raw *raw, const char *key,
	       const char **ret_text) _must_check_;
/* USEC_INFINITY: unset */
int parse_time(const struct parse *parse, const struct config_raw *raw, const char *key,
	       usec_t *ret_time) _must_check_;
int parse_atoms(const struct parse *parse, const struct config_raw *raw, const char *key,
		struct atoms *ret_atoms) _must_check_;
/* How many sections of that kind there are. */
size_t parse_count(const struct config_raws *raws, enum config_kind kind);

/* ---- access-names.c ---- */

int parse_scopes(const struct parse *parse, const struct config_raws *raws) _must_check_;
int parse_ladders(const struct parse *parse, const struct config_raws *raws) _must_check_;
/* After the rules: no scope by which one of them stops people can be left out. */
void parse_check_optional(const struct parse *parse, const struct config_raws *raws);

/* ---- access-roles.c ---- */

int parse_roles(const struct parse *parse, const struct config_raws *raws) _must_check_;

/* ---- access-told.c ---- */

/* Notes conditions that nobody can meet, since no platform tells what they ask for. */
void parse_note_untold(const struct parse *parse);

/* ---- access-groups.c ---- */

int parse_groups(const struct parse *parse, const struct config_raws *raws) _must_check_;

/* ---- access-words.c ---- */

bool atom_kind_find(const char *word, size_t len, enum atom_kind *ret_kind);
/* 0; CONFIG_E_REFUSED with a reason; -ENOMEM. */
int atom_parse(const struct parse *parse, const char *word, struct atom *atom,
	       char *reason) _must_check_;
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
