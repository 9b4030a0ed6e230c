/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_NET_PROVIDER_H
#define IDP_NET_PROVIDER_H

/*
 * One [provider]: what the configuration says, and the platform's own documents (metadata, keys)
 * as far as they are known. Two owners exist, the registry and running flows; hence the count.
 */

#include <stdbool.h>
#include <stdint.h>

#include "common/limits.h"
#include "common/macro.h"
#include "idp-agentd/net/clientauth.h"
#include "idp-agentd/net/discovery.h"
#include "idp-agentd/net/document.h"
#include "idp-agentd/net/jwks-cache.h"
#include "idp-agentd/net/source.h"

struct buf;
struct http;
struct introspections;
struct settings;

/* What verifies an access token that somebody presents. */
enum provider_verify {
	PROVIDER_VERIFY_JWKS = 0,
	PROVIDER_VERIFY_INTROSPECT,
	PROVIDER_VERIFY_BOTH,
};

/* Whether the request of a code flow is pushed. */
enum provider_par {
	PROVIDER_PAR_AUTO = 0, /* where that is offered */
	PROVIDER_PAR_ALWAYS,
	PROVIDER_PAR_NEVER,
};

/* A further place where the same platform runs for another tenant, with people of its own. */
struct instance {
	char *tenant, *issuer;
	struct jwks_cache keys;
};

/* Texts are the settings' and live as long as the provider; NULL: not configured. */
struct provider {
	unsigned n_refs;
	char *name;
	struct settings *settings;
	char broken[REASON_MAX]; /* why it cannot be used; "" when it can */
	const char *issuer;
	const char *client_id;
	enum clientauth_method auth;
	const struct secret *secret;
	const struct secret *cert, *tls_key; /* shown to the platform; NULL: not configured */
	const char *client_aud; /* the audience of assertions; NULL: the token endpoint */
	bool dpop;              /* tokens are bound to this host, or refused */
	const char *ca;
	uint32_t algs; /* mask for jws.h */
	const char *scope;
	bool oauth2;           /* no ID tokens, no discovery: only what is configured */
	struct source subject; /* who somebody is */
	const char *name_from;
	struct source groups;
	struct source entitlements;
	const char *redirect_uri; /* of the code flow; never NULL */
	bool password_grant;      /* people's passwords may be sent to it */
	bool stateless;           /* the code flow goes without state: a nonce or PKCE must bind */
	enum provider_par par;
	const char *dpop_jkt;           /* thumbprint of the authority's key; NULL: none */
	const char *resource_parameter; /* what it calls RFC 8707's; never NULL */
	const char *typ;
	int64_t leeway; /* seconds */
	enum provider_verify verify;
	const char *audience;   /* words with one space between */
	const char *access_typ; /* NULL: at+jwt */
	char aud_separator;     /* of a text with several audiences; NUL: there is none */
	bool name_only;         /* the issuer is no address: tokens are checked, nobody signs in */
	bool issuer_unsaid;     /* tokens do not name it */
	bool jwt;               /* no client of ours: tokens are checked, nobody signs in */
	const char *subject_pointer;      /* of a token that somebody brings; NULL: /sub */
	const char *tenant, *tenant_from; /* NULL: tokens name none */
	bool programs;                    /* its tokens are programs' alone */
	const char *person_from;          /* NULL: it gives tokens to nobody it does not know */
	bool person_fiscal_code;
	const char *person_roles;
	/* What rules ask for; NULL: it tells none. */
	const char *roles_from, *products_from, *details_from;
	const char *site_from, *origin_from, *uuid_from;
	const char *no_mail; /* domains of addresses that stand for none, with spaces between */
	int64_t token_life;  /* seconds; 0: any */
	size_t n_instances;
	struct instance *instances; /* beside the one that is the issuer */
	struct introspections *introspections;
	unsigned n_shown_asked; /* tokens shown to services that it is being asked about */
	uint32_t yielding;      /* bits of enum provider_endpoint: of the preset, discovery wins */
	enum discovery_kind discovery;
	struct buf metadata_url;
	struct document metadata_document;
	struct metadata metadata;
	struct jwks_cache keys; /* wanted once the metadata is here */
};

enum provider_endpoint {
	PROVIDER_DEVICE = 0,
	PROVIDER_TOKEN,
	PROVIDER_JWKS,
	PROVIDER_USERINFO,
	PROVIDER_AUTHORIZATION,
	PROVIDER_PAR,
	PROVIDER_INTROSPECTION,
	PROVIDER_REVOCATION,
	PROVIDER_END_SESSION,
	PROVIDER_ENDPOINTS, /* how many there are */
};

/* Takes settings over. A provider that is wrong is made all the same, with .broken saying why. */
int provider_new(struct http *http, const char *name, struct settings *settings,
		 struct provider **ret_provider) _must_check_;
struct provider *provider_ref(struct provider *provider);
/* Returns NULL; NULL is fine. */
struct provider *provider_unref(struct provider *provider);
DEFINE_CLEANUP(struct provider *, provider_unref);

/* What is written in idp.conf, else the metadata's, else the preset's, else NULL. Copy it before
 * returning to the loop. */
const char *provider_endpoint(const struct provider *provider, enum provider_endpoint which);
/* What the metadata alone says, or NULL. */
const char *provider_offered(const struct metadata *metadata, enum provider_endpoint which);
/* "device_authorization_endpoint" and so on. */
const char *provider_endpoint_name(enum provider_endpoint which);
/* What the token that is asked for is meant for (RFC 8707 section 2); "" is not put. */
void provider_put_resource(const struct provider *provider, struct buf *form, const char *resource);
/* As document_ask(), for whoever begins at this endpoint; it is here where every endpoint that will
 * be needed is configured, or has to be. */
void provider_ask_metadata(struct provider *provider, enum provider_endpoint first,
			   struct waiter *waiter);

#endif
