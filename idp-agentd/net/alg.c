/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "idp-agentd/net/alg.h"

/*
 * The table of signature algorithms. What is not in it does not exist: "none", HS256 and a name in
 * another case are all just unknown names (RFC 7515 section 4.1.1: case-sensitive).
 */

#include <errno.h>
#include <string.h>

static const struct jose_alg_facts algs[JOSE_ALG_END] = {
	[JOSE_NO_ALG] = { "none known", JOSE_KEY_NONE, "", false, 0 },
	[JOSE_RS256] = { "RS256", JOSE_KEY_RSA, "SHA256", false, 0 },
	[JOSE_RS384] = { "RS384", JOSE_KEY_RSA, "SHA384", false, 0 },
	[JOSE_RS512] = { "RS512", JOSE_KEY_RSA, "SHA512", false, 0 },
	[JOSE_PS256] = { "PS256", JOSE_KEY_RSA, "SHA256", true, 0 },
	[JOSE_PS384] = { "PS384", JOSE_KEY_RSA, "SHA384", true, 0 },
	[JOSE_PS512] = { "PS512", JOSE_KEY_RSA, "SHA512", true, 0 },
	[JOSE_ES256] = { "ES256", JOSE_KEY_P256, "SHA256", false, 64 },
	[JOSE_ES384] = { "ES384", JOSE_KEY_P384, "SHA384", false, 96 },
	[JOSE_ES512] = { "ES512", JOSE_KEY_P521, "SHA512", false, 132 },
	[JOSE_EDDSA] = { "EdDSA", JOSE_KEY_ED25519, "SHA512", false, 64 },
};

enum jose_alg jose_alg_from_name(const char *name, size_t len)
{
	for (enum jose_alg alg = JOSE_RS256; alg < JOSE_ALG_END; alg++)
		if (len == strlen(algs[alg].name) && memcmp(name, algs[alg].name, len) == 0)
			return alg;
	return JOSE_NO_ALG;
}

const struct jose_alg_facts *jose_alg_facts(enum jose_alg alg)
{
	return &algs[alg < JOSE_ALG_END ? alg : JOSE_NO_ALG];
}

int jose_algs_parse(const char *list, uint32_t *ret_algs, const char **ret_bad)
{
	static const char separators[] = " \t,";
	const char *at = list + strspn(list, separators);
	uint32_t mask = 0;

	while (*at != '\0') {
		size_t len = strcspn(at, separators);
		enum jose_alg alg = jose_alg_from_name(at, len);

		if (alg == JOSE_NO_ALG) {
			*ret_bad = at;
			return -EINVAL;
		}
		mask |= JOSE_ALG_BIT(alg);
		at += len;
		at += strspn(at, separators);
	}
	if (mask == 0) {
		*ret_bad = list;
		return -EINVAL;
	}
	*ret_algs = mask;
	return 0;
}
