/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_NET_SETTINGS_H
#define IDP_NET_SETTINGS_H

/*
 * One section of the configuration as the authority sent it: keys and values, kept apart from
 * what is made of them, so that an unchanged section is recognised after a reload. Pure.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/macro.h"
#include "common/secret.h"
#include "common/wire.h"

struct settings;

/* Reads the 'f' that comes next in the message. -EBADMSG, -ENOMEM. */
int settings_read(struct wire_in *in, struct settings **ret_settings) _must_check_;
struct settings *settings_free(struct settings *settings);
DEFINE_CLEANUP(struct settings *, settings_free);
/* Same keys with the same values in the same order, secrets included. */
bool settings_equal(const struct settings *a, const struct settings *b) _must_check_;
/* The value, or NULL when the key is absent or its value empty. */
const char *settings_text(const struct settings *settings, const char *key);
/* The value as a secret (still the settings'), or NULL. */
const struct secret *settings_secret(const struct settings *settings, const char *key);
/* Decimal digits; fallback when absent, malformed or above max. */
uint32_t settings_number(const struct settings *settings, const char *key, uint32_t max,
			 uint32_t fallback);

#endif
