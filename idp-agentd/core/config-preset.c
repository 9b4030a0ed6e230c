/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The peculiarities of products.
 *
 * MUST
 * 1. A row never loosens a check of signature, time or subject, and names no secret.
 * 2. A row is something somebody verified; docs/platforms.md says where from.
 */

#include "idp-agentd/core/config-preset.h"

#include <errno.h>
#include <string.h>

#include "idp-agentd/core/arena.h"

#define HOLE "{issuer}"

/* In the order of the enum. */
static const struct {
	const char *name;
	int slash;
} presets[] = {
	[PRESET_GENERIC] = { "generic", 0 },
	[PRESET_KEYCLOAK] = { "keycloak", 0 },
	[PRESET_INDIGO_IAM] = { "indigo-iam", 1 },
	[PRESET_PINGFEDERATE] = { "pingfederate", 0 },
	[PRESET_OPENCITY] = { "opencity", 0 },
	[PRESET_PRENLY] = { "prenly", -1 },
	[PRESET_SPID] = { "spid", 0 },
	[PRESET_PDND] = { "pdnd", 0 },
};

struct row {
	enum config_preset preset;
	const char *key;
	const char *value;
};

static const struct row rows[] = {
	{ PRESET_KEYCLOAK, "entitlements_from", "/realm_access/roles" },
	{ PRESET_KEYCLOAK, "roles_from", "/realm_access/roles" },

	{ PRESET_INDIGO_IAM, "entitlements_from", "/eduperson_entitlement" },
	{ PRESET_INDIGO_IAM, "verify", "introspect" },
	{ PRESET_INDIGO_IAM, "aud_form", "space" },

	{ PRESET_PINGFEDERATE, "authorization_endpoint", HOLE "/as/authorization.oauth2" },
	{ PRESET_PINGFEDERATE, "token_endpoint", HOLE "/as/token.oauth2" },
	{ PRESET_PINGFEDERATE, "device_endpoint", HOLE "/as/device_authz.oauth2" },
	{ PRESET_PINGFEDERATE, "introspection_endpoint", HOLE "/as/introspect.oauth2" },

	{ PRESET_OPENCITY, "discovery", "no" },
	{ PRESET_OPENCITY, "jwks_uri", HOLE "/.well-known/jwks.json" },
	{ PRESET_OPENCITY, "algs", "RS256" },
	{ PRESET_OPENCITY, "entitlements_from", "/roles" },
	{ PRESET_OPENCITY, "roles_from", "/roles" },
	{ PRESET_OPENCITY, "tenant_from", "/tenant_id" },
	{ PRESET_OPENCITY, "uuid_from", "/id" },
	{ PRESET_OPENCITY, "no_mail", "cps.didnt.have.my.email.tld anonymous.fake.email.tld" },

	{ PRESET_PRENLY, "client_auth", "client_secret_basic" },
	{ PRESET_PRENLY, "jwks_uri", HOLE "/.well-known/jwks" },
	{ PRESET_PRENLY, "entitlements_from", "/products" },
	{ PRESET_PRENLY, "products_from", "/products" },

	{ PRESET_SPID, "client_auth", "private_key_jwt" },

	{ PRESET_PDND, "issuer", "interop.pagopa.it" },
	{ PRESET_PDND, "iss_form", "name" },
	{ PRESET_PDND, "aud_form", "comma" },
	{ PRESET_PDND, "discovery", "no" },
	{ PRESET_PDND, "token_endpoint", "https://auth.interop.pagopa.it/token.oauth2" },
	{ PRESET_PDND, "jwks_uri", "https://interop.pagopa.it/.well-known/jwks.json" },
	{ PRESET_PDND, "algs", "RS256" },
	{ PRESET_PDND, "client_aud", "auth.interop.pagopa.it/client-assertion" },
	{ PRESET_PDND, "client_kid", "thumbprint" },
};

/* Of a [directory] of that provider. */
static const struct row directory_rows[] = {
	{ PRESET_INDIGO_IAM, "members", "paged" },
	{ PRESET_INDIGO_IAM, "ssh_keys_from", "/urn:indigo-dc:scim:schemas:IndigoUser/sshKeys" },
	{ PRESET_INDIGO_IAM, "labels_from", "/urn:indigo-dc:scim:schemas:IndigoUser/labels" },
};

/* Where its tokens are checked and nobody signs in; the mode itself is one of them. */
static const struct row jwt_rows[] = {
	{ PRESET_OPENCITY, "mode", "jwt" },
	{ PRESET_OPENCITY, "iss_form", "none" },
	{ PRESET_OPENCITY, "access_typ", "JWT" },
	{ PRESET_OPENCITY, "subject_from", "/id" },
	{ PRESET_OPENCITY, "token_life", "1h" },
	{ PRESET_OPENCITY, "person_from", "/username" },
	{ PRESET_OPENCITY, "person_form", "fiscal-code" },
	{ PRESET_OPENCITY, "person_roles", "ROLE_OPERATORE ROLE_OPERATORE_ADMIN ROLE_ADMIN" },

	{ PRESET_PDND, "mode", "jwt" },
	{ PRESET_PDND, "holders", "programs" },
};

const char *config_preset_name(enum config_preset preset)
{
	return (size_t)preset < ELEMENTSOF(presets) ? presets[preset].name : "";
}

int config_preset_slash(enum config_preset preset)
{
	return (size_t)preset < ELEMENTSOF(presets) ? presets[preset].slash : 0;
}

bool config_preset_yields(const char *key)
{
	size_t len = strlen(key);
	size_t tail = STRLEN("_endpoint");

	return strcmp(key, "jwks_uri") == 0 ||
	       (len > tail && strcmp(key + len - tail, "_endpoint") == 0);
}

/* An issuer with a slash at its end gives no address with two. */
static int fill_hole(const char *value, const char *issuer, struct arena *arena,
		     const char **ret_value)
{
	size_t hole = STRLEN(HOLE);
	size_t len;

	if (strncmp(value, HOLE, hole) != 0) {
		*ret_value = value;
		return 0;
	}
	if (!issuer)
		return 0;
	len = strlen(issuer);
	while (len > 0 && issuer[len - 1] == '/')
		len--;
	*ret_value = arena_printf(arena, "%.*s%s", (int)len, issuer, value + hole);
	return *ret_value ? 0 : -ENOMEM;
}

static const char *find(const struct row *table, size_t n, const char *word, const char *key)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(presets[table[i].preset].name, word) == 0 &&
		    strcmp(table[i].key, key) == 0)
			return table[i].value;
	return NULL;
}

bool config_preset_is_for_jwt(const char *word, const char *key)
{
	return find(jwt_rows, ELEMENTSOF(jwt_rows), word, key) != NULL;
}

const char *config_preset_directory(const char *word, const char *key)
{
	return find(directory_rows, ELEMENTSOF(directory_rows), word, key);
}

int config_preset_value(const char *word, const char *key, const char *issuer, struct arena *arena,
			const char **ret_value)
{
	const char *value = word ? find(rows, ELEMENTSOF(rows), word, key) : NULL;

	*ret_value = NULL;
	if (word && !value)
		value = find(jwt_rows, ELEMENTSOF(jwt_rows), word, key);
	return value ? fill_hole(value, issuer, arena, ret_value) : 0;
}
