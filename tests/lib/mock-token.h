/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_TESTS_LIB_MOCK_TOKEN_H
#define IDP_TESTS_LIB_MOCK_TOKEN_H

/* Tokens signed with a key of the platform that misbehaves, as an attacker who has one would. */

#include <jansson.h>

#include "tests/lib/mock.h"

/* Takes the claims, with name replaced by or added from the JSON in value, or removed (""); name
 * NULL: as they are. Signed by RS256 whatever the header says; the caller's to free(). */
char *mock_token(const struct mock *mock, const char *header, json_t *claims, const char *name,
		 const char *value);

#endif
