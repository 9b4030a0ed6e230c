/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_CONFIG_VALUE_H
#define IDP_CORE_CONFIG_VALUE_H

/* One value of idp.conf: is it what its key wants, and what does it say? Pure. */

#include <stdbool.h>
#include <stdint.h>

#include "common/clock.h"
#include "common/limits.h"
#include "common/macro.h"
#include "idp-agentd/core/config-table.h"

struct arena;

struct config_value {
	const char *text; /* as written; also what text-like types hold */
	struct config_list list;
	struct config_range range;
	uint64_t number; /* NUMBER; TIME in usec; CHOICE's index; BOOL's 0 or 1 */
	char wire_type;
	const char *wire; /* normalised for a wire field */
};

/*
 * 0; CONFIG_E_REFUSED with a sentence in reason, which does not name the key; -ENOMEM. Lists of
 * rules (ATOMS, NETS) are split here and understood in access-parse.c.
 */
int config_value_parse(const struct config_key *key, const char *text, struct arena *arena,
		       char reason[static REASON_MAX], struct config_value *ret_value) _must_check_;
/* An https address of printable ASCII with a host, and no user or fragment. */
bool config_value_is_url(const char *text) _must_check_;
/* A name of the DNS with a dot in it: interop.example.org. */
bool config_value_is_host(const char *text) _must_check_;
/* "15m", "24h", "30s", "7d", "0", and "no" for 0. */
bool config_value_time(const char *text, usec_t *ret_time) _must_check_;
/* Decimal digits only, at most max. */
bool config_value_number(const char *text, size_t len, uint64_t max,
			 uint64_t *ret_number) _must_check_;
/* "/a/b": a JSON pointer of len bytes with valid escapes. */
bool config_value_is_pointer(const char *text, size_t len) _must_check_;
/* No blank, no control byte, nothing beyond ASCII. */
bool config_value_is_ascii(const char *text) _must_check_;
/* One scope of RFC 6749 section 3.3. */
bool config_value_is_scope(const char *text) _must_check_;
/* 8-4-4-4-12 digits of base 16 in small letters, as tokens have them: they are compared byte for
 * byte. */
bool config_value_is_uuid(const char *text) _must_check_;
/* What may name a section. */
bool config_value_is_name(const char *text) _must_check_;

#endif
