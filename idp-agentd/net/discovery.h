/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_NET_DISCOVERY_H
#define IDP_NET_DISCOVERY_H

/*
 * What a platform says about itself (OpenID Connect Discovery 1.0, RFC 8414): where the document
 * is, and what may be taken from it. Pure.
 */

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "common/buf.h"
#include "common/limits.h"
#include "common/macro.h"

enum discovery_kind {
	DISCOVERY_OIDC = 0, /* issuer + /.well-known/openid-configuration */
	DISCOVERY_OAUTH,    /* /.well-known/oauth-authorization-server between host and path */
	DISCOVERY_URL,      /* somebody wrote the address down */
	DISCOVERY_NONE,     /* there is no document: every endpoint is configured */
};

enum discovery_outcome {
	DISCOVERY_E_JSON = 1, /* not one JSON object */
	DISCOVERY_E_ISSUER,   /* it speaks for another issuer, or does not say */
	DISCOVERY_E_ENDPOINT, /* an endpoint is not an https address */
	DISCOVERY_E_SHAPE,    /* a member is of the wrong kind */
};

/* The texts are NULL when absent; they and the arrays live in json. */
struct metadata {
	json_t *json;
	const char *device_endpoint;
	const char *token_endpoint;
	const char *jwks_uri;
	const char *userinfo_endpoint;
	const char *authorization_endpoint;
	const char *par_endpoint; /* pushed_authorization_request_endpoint (RFC 9126) */
	const char *introspection_endpoint;
	const char *revocation_endpoint;
	const char *end_session_endpoint;
	const json_t *tls_aliases;  /* mtls_endpoint_aliases: object of https addresses, or NULL */
	bool par_required;          /* require_pushed_authorization_requests */
	bool iss_in_answers;        /* authorization_response_iss_parameter_supported (RFC 9207) */
	const json_t *scopes;       /* scopes_supported: array of texts, or NULL */
	const json_t *auth_methods; /* token_endpoint_auth_methods_supported */
	const json_t *algs;         /* id_token_signing_alg_values_supported */
	const json_t *dpop_algs;    /* dpop_signing_alg_values_supported (RFC 9449) */
	const json_t *pkce_methods; /* code_challenge_methods_supported (RFC 8414) */
};
#define METADATA_NULL ((struct metadata){ .json = NULL })

/* Puts the address of the document of issuer (an https URL) for kind OIDC or OAUTH. */
void discovery_put_url(struct buf *out, enum discovery_kind kind, const char *issuer);
/*
 * Reads a document that must speak for issuer, byte for byte. 0, -ENOMEM or DISCOVERY_E_* with a
 * sentence in reason.
 */
int discovery_parse(const void *bytes, size_t len, const char *issuer,
		    char reason[static REASON_MAX], struct metadata *ret_metadata) _must_check_;
void metadata_done(struct metadata *metadata);
/* "discovery-issuer" and so on. */
const char *discovery_reason(int outcome);

#endif
