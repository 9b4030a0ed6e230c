/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_CONFIG_TABLE_H
#define IDP_CORE_CONFIG_TABLE_H

/* config-keys.h as a table that can be walked. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "idp-agentd/core/config.h"

enum config_type {
	TYPE_TEXT = 1, /* anything */
	TYPE_WORD,     /* no white space */
	TYPE_NAME,     /* the name of a section */
	TYPE_BOOL,     /* yes, no */
	TYPE_CHOICE,   /* one of words */
	TYPE_NUMBER,
	TYPE_TIME,     /* 30s 15m 24h 7d; no where the least is 0 */
	TYPE_RANGE,    /* FIRST-LAST */
	TYPE_PATH,     /* absolute */
	TYPE_TEMPLATE, /* absolute, with %u */
	TYPE_PATHS,
	TYPE_NAMES,  /* user names */
	TYPE_GROUPS, /* group names */
	TYPE_WORDS,  /* of words, when there are any */
	TYPE_SCOPES, /* RFC 6749 section 3.3 */
	TYPE_ACRS,
	TYPE_POINTER,   /* RFC 6901 */
	TYPE_SOURCE,    /* RFC 6901, perhaps behind id_token: userinfo: token: introspection: */
	TYPE_SUBJECT,   /* id_token, userinfo, userinfo:POINTER, token:POINTER */
	TYPE_URL,       /* https */
	TYPE_ISSUER,    /* https, no query */
	TYPE_REDIRECT,  /* https, or http to the browser's own machine */
	TYPE_DISCOVERY, /* oidc, oauth, https address */
	TYPE_RESOURCE,  /* any absolute URI, without fragment (RFC 8707) */
	TYPE_LOGOUT,    /* https, with {placeholders} */
	TYPE_SECRET,    /* credential:NAME, file:PATH */
	TYPE_KEY,       /* likewise, or pkcs11:URI: a private key this process signs with */
	TYPE_UUID,      /* in small letters */
	TYPE_NETS,      /* CIDR or local */
	TYPE_ATOMS,
	TYPE_RUNG,    /* alternatives of a ladder */
	TYPE_VERDICT, /* of an expectation */
};

enum { CONFIG_KEY_MUST = 1, CONFIG_KEY_NET = 2, CONFIG_KEY_MANY = 4 };

struct config_key {
	enum config_kind kind;
	const char *kind_name;
	const char *key;
	enum config_type type;
	const char *def; /* NULL: unset */
	uint64_t min;
	uint64_t max;
	const char *words; /* with '|' between them, or NULL */
	unsigned flags;
	size_t offset; /* of the field in struct config_KIND; SIZE_MAX for what rules hold */
	const char *help;
};

extern const struct config_key config_keys[];
extern const size_t n_config_keys;

/* "provider", ... */
const char *config_kind_name(enum config_kind kind);
/* false: no such kind. */
bool config_kind_find(const char *name, enum config_kind *ret_kind);
/* The row of that key, the row that stands for any key, or NULL. */
const struct config_key *config_key_find(enum config_kind kind, const char *key);
/* What was probably meant, or NULL. */
const char *config_kind_guess(const char *name);
const char *config_key_guess(enum config_kind kind, const char *key);
/* The index of word among the row's words; false: it is not one of them. */
bool config_word_find(const char *words, const char *word, size_t len, unsigned *ret_index);

#endif
