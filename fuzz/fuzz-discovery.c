/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Any bytes as the metadata of a platform. What is taken speaks for exactly our issuer and names
 * https addresses only; what is refused says why and leaves nothing behind.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "idp-agentd/net/discovery.h"
#include "idp-agentd/net/json.h"
#include "idp-agentd/net/url.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define ISSUER "https://idp.example.org/one"

static void require(int condition)
{
	if (!condition)
		abort();
}

static void require_endpoint(const char *url)
{
	require(!url || url_is_https(url));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct metadata metadata = METADATA_NULL;
	char reason[REASON_MAX] = "";
	const char *issuer = NULL;
	int r = discovery_parse(data, size, ISSUER, reason, &metadata);

	require(r >= 0 && strnlen(reason, sizeof(reason)) < sizeof(reason));
	require((r == 0) == (metadata.json != NULL) && (r == 0 || *reason));
	if (r == 0) {
		require(json_get_text(metadata.json, "issuer", 512, &issuer) == 0);
		require(strcmp(issuer, ISSUER) == 0);
		require_endpoint(metadata.device_endpoint);
		require_endpoint(metadata.token_endpoint);
		require_endpoint(metadata.jwks_uri);
		require_endpoint(metadata.userinfo_endpoint);
		require_endpoint(metadata.authorization_endpoint);
		require_endpoint(metadata.par_endpoint);
		require_endpoint(metadata.introspection_endpoint);
		require_endpoint(metadata.revocation_endpoint);
		require_endpoint(metadata.end_session_endpoint);
	}
	metadata_done(&metadata);
	return 0;
}
