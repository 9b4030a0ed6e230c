/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/lib/test.h"

#include "tests/lib/mock-token.h"

#include "tests/lib/forge.h"

/* One a program; not to be freed. */
static EVP_PKEY *mock_key(const struct mock *mock)
{
	static EVP_PKEY *key;
	char path[128];

	assert_true(snprintf(path, sizeof(path), "%s/rs256.pem", mock->dir) > 0);
	if (!key)
		key = forge_read_key(path);
	return key;
}

char *mock_token(const struct mock *mock, const char *header, json_t *claims, const char *name,
		 const char *value)
{
	_cleanup_free_ char *payload = NULL;

	assert_non_null(claims);
	if (name && *value)
		assert_int_equal(
			json_object_set_new(claims, name, json_loads(value, JSON_DECODE_ANY, NULL)),
			0);
	else if (name)
		assert_int_equal(json_object_del(claims, name), 0);
	payload = json_dumps(claims, 0);
	json_decref(claims);
	return forge_token(mock_key(mock), JOSE_RS256, header, payload);
}
