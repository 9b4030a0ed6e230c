/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_CONFIG_PRESET_H
#define IDP_CORE_CONFIG_PRESET_H

/*
 * What products are known for, as data: a preset fills keys of [provider], and of its directories,
 * that nobody wrote, and does nothing else. To add one: a word in config-keys.h, rows in config-preset.c, a paragraph in
 * idp.conf(5) and a row of docs/platforms.md. What nobody verified has no row.
 */

#include "common/macro.h"
#include "idp-agentd/core/config.h"

struct arena;

/* "generic", ...; "" for a number that is none of ours. */
const char *config_preset_name(enum config_preset preset);
/*
 * What the preset named word says key is, NULL when it says nothing. issuer stands where the row
 * has {issuer}; without one (NULL) such a row says nothing. -ENOMEM.
 */
int config_preset_value(const char *word, const char *key, const char *issuer, struct arena *arena,
			const char **ret_value) _must_check_;
/* The same of a key of a SCIM [directory] whose provider that is; NULL: it says nothing. */
const char *config_preset_directory(const char *word, const char *key);
/* Whether what it says of key holds with mode = jwt only; so its mode itself, where it is that. */
bool config_preset_is_for_jwt(const char *word, const char *key);
/* Whether key is one that discovery overrules where it is the preset's: an endpoint. */
bool config_preset_yields(const char *key);
/* The product's issuers end in '/' (1), never do (-1), or it is not known (0). */
int config_preset_slash(enum config_preset preset);

#endif
