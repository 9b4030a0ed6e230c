/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_NET_DIR_KEYCLOAK_LIST_H
#define IDP_NET_DIR_KEYCLOAK_LIST_H

/*
 * One list of Keycloak's admin API, read page by page with first= and max=. It tells no total, so
 * every page but the first begins with the last record of the one before: where that is another
 * one, somebody came or went meanwhile, and people may have slipped through between the pages.
 * Pure.
 */

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/macro.h"

enum keycloak_list_verdict {
	KEYCLOAK_LIST_MORE = 0,
	KEYCLOAK_LIST_OVER,
	KEYCLOAK_LIST_E_CHANGED,
	KEYCLOAK_LIST_E_IGNORES, /* the first page again: it does not heed first= */
	KEYCLOAK_LIST_E_TOO_MANY,
};

struct keycloak_list {
	uint64_t came;  /* records, each counted once */
	uint32_t max;   /* asked for at once */
	bool to_empty;  /* a short page is not the end; only one with nothing new is */
	bool was_short; /* a page was, and more came after it: the server gives fewer than max */
	bool last_short;
	char first_id[256], last_id[256];
};

/* max below 2 counts as 2. */
void keycloak_list_begin(struct keycloak_list *list, uint32_t max, bool to_empty);
/* What first= has to be. */
uint64_t keycloak_list_first(const struct keycloak_list *list);
/* A page came: judges it; *ret_new is the index of the first record that is new. */
enum keycloak_list_verdict keycloak_list_take(struct keycloak_list *list, const json_t *page,
					      size_t *ret_new) _must_check_;
/* A reason code and a sentence for E_*. */
const char *keycloak_list_reason(enum keycloak_list_verdict verdict);
const char *keycloak_list_sentence(enum keycloak_list_verdict verdict);

#endif
