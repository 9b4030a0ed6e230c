/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_AUTHORITY_LISTS_H
#define IDP_CORE_AUTHORITY_LISTS_H

/* Lists of the configuration in the form the record wants; only authority.c includes it. */

#include "common/macro.h"

struct alias_book;
struct config;
struct config_list;
struct store_domain;

/* What of a configuration the map of ids refers to; texts are config's. */
struct authority_lists {
	const char **break_glass; /* NULL-terminated */
	const char **directories; /* likewise */
	struct alias_book *aliases;
};

/* -ENOMEM; what was made is for authority_lists_done() in any case. */
int authority_lists_make(const struct config *config, struct authority_lists *lists) _must_check_;
void authority_lists_done(struct authority_lists *lists);
/* Where people may live and what they may run, for store_options. */
struct authority_homes {
	char **shells;                /* those of idp.conf, else of /etc/shells; NULL-terminated */
	const char **homes;           /* NULL-terminated, texts config's; or NULL */
	struct store_domain *domains; /* texts config's */
};
/* -ENOMEM; what was made is for authority_homes_done() in any case. */
int authority_homes_make(const struct config *config, struct authority_homes *homes) _must_check_;
void authority_homes_done(struct authority_homes *homes);

/* A NULL-terminated copy of a list, texts borrowed; free(). -ENOMEM. */
int authority_list(const struct config_list *list, const char ***ret) _must_check_;

#endif
