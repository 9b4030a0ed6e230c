/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Providers. The authority has checked the configuration; what this file uses it checks again,
 * since a mistake here would talk to the wrong place.
 */
#include "idp-agentd/net/provider-read.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/reason.h"
#include "idp-agentd/net/alg.h"
#include "idp-agentd/net/authcode.h"
#include "idp-agentd/net/introspect.h"
#include "idp-agentd/net/json.h"
#include "idp-agentd/net/settings.h"
#include "idp-agentd/net/url.h"

#define PROVIDER_REDIRECT "http://127.0.0.1/" /* as in the authority's table of keys */

#define ROW(key_, name_, slot_)                                                          \
	{                                                                                \
		.key = (key_), .name = (name_), .slot = offsetof(struct metadata, slot_) \
	}

static const struct {
	const char *key;  /* of the configuration */
	const char *name; /* of the metadata */
	size_t slot;      /* of struct metadata */
} provider_endpoints[] = {
	[PROVIDER_DEVICE] =
		ROW("device_endpoint", "device_authorization_endpoint", device_endpoint),
	[PROVIDER_TOKEN] = ROW("token_endpoint", "token_endpoint", token_endpoint),
	[PROVIDER_JWKS] = ROW("jwks_uri", "jwks_uri", jwks_uri),
	[PROVIDER_USERINFO] = ROW("userinfo_endpoint", "userinfo_endpoint", userinfo_endpoint),
	[PROVIDER_AUTHORIZATION] =
		ROW("authorization_endpoint", "authorization_endpoint", authorization_endpoint),
	[PROVIDER_PAR] = ROW("par_endpoint", "pushed_authorization_request_endpoint", par_endpoint),
	[PROVIDER_INTROSPECTION] =
		ROW("introspection_endpoint", "introspection_endpoint", introspection_endpoint),
	[PROVIDER_REVOCATION] =
		ROW("revocation_endpoint", "revocation_endpoint", revocation_endpoint),
	[PROVIDER_END_SESSION] =
		ROW("end_session_endpoint", "end_session_endpoint", end_session_endpoint),
};
_Static_assert(ELEMENTSOF(provider_endpoints) == PROVIDER_ENDPOINTS, "every endpoint has a row");
#undef ROW

const char *provider_endpoint_name(enum provider_endpoint which)
{
	return provider_endpoints[which].name;
}

const char *provider_offered(const struct metadata *metadata, enum provider_endpoint which)
{
	const char *url = NULL;

	memcpy(&url, (const char *)metadata + provider_endpoints[which].slot, sizeof(url));
	return url;
}

/* Where certificates are asked for, if that is another place (RFC 8705 section 5); or NULL. */
static const char *provider_alias(const struct provider *provider, enum provider_endpoint which)
{
	const char *url = NULL;

	if (!clientauth_uses_tls(provider->auth) ||
	    json_get_text(provider->metadata.tls_aliases, provider_endpoints[which].name,
			  URL_LEN_MAX, &url) != 0)
		return NULL;
	return url;
}

const char *provider_endpoint(const struct provider *provider, enum provider_endpoint which)
{
	const char *ours = settings_text(provider->settings, provider_endpoints[which].key);
	const char *theirs;

	if (ours && !(provider->yielding & (UINT32_C(1) << which)))
		return ours;
	theirs = provider_alias(provider, which);
	if (!theirs)
		theirs = provider_offered(&provider->metadata, which);
	return theirs ? theirs : ours;
}

/* Is this one known before any document was read. */
static bool provider_endpoint_is_fixed(const struct provider *provider,
				       enum provider_endpoint which)
{
	return settings_text(provider->settings, provider_endpoints[which].key) &&
	       !(provider->yielding & (UINT32_C(1) << which));
}

void provider_put_resource(const struct provider *provider, struct buf *form, const char *resource)
{
	if (*resource)
		url_put_pair(form, provider->resource_parameter, resource);
}

/* ---- the metadata document ---- */

static const char *provider_metadata_url(void *owner, char reason[static REASON_MAX])
{
	struct provider *provider = owner;

	if (provider->metadata_url.error == 0)
		return (const char *)provider->metadata_url.data;
	reason_format(reason, REASON_MAX, "the issuer of provider %s is too long", provider->name);
	return NULL;
}

static int provider_metadata_take(void *owner, const char *body, size_t len,
				  char reason[static REASON_MAX], const char **ret_code)
{
	struct provider *provider = owner;
	struct metadata metadata = METADATA_NULL;
	int r = discovery_parse(body, len, provider->issuer, reason, &metadata);

	if (r != 0) {
		if (r < 0)
			reason_format(reason, REASON_MAX, "out of memory");
		*ret_code = discovery_reason(r);
		return -EBADMSG;
	}
	metadata_done(&provider->metadata);
	provider->metadata = metadata;
	return 0;
}

static const struct document_ops provider_metadata_ops = {
	.url = provider_metadata_url,
	.take = provider_metadata_take,
};

void provider_ask_metadata(struct provider *provider, enum provider_endpoint first,
			   struct waiter *waiter)
{
	if (provider->discovery == DISCOVERY_NONE ||
	    (provider_endpoint_is_fixed(provider, first) &&
	     provider_endpoint_is_fixed(provider, PROVIDER_TOKEN) &&
	     (provider_endpoint_is_fixed(provider, PROVIDER_JWKS) ||
	      provider_endpoint_is_fixed(provider, PROVIDER_USERINFO))))
		waiter->ready(waiter->userdata, true, "", "");
	else
		document_ask(&provider->metadata_document, waiter);
}

/* ---- from settings ---- */

void provider_break(struct provider *provider, const char *key, const char *what)
{
	if (provider->broken[0])
		return;
	reason_format(provider->broken, sizeof(provider->broken), "[provider %.64s] %s: %s",
		      provider->name, key, what);
	log_error("%s", provider->broken);
}

size_t provider_read_word(struct provider *provider, const char *key, const char *const *words,
			  const char *trouble)
{
	const char *said = settings_text(provider->settings, key);

	for (size_t i = 0; said && words[i]; i++)
		if (strcmp(said, words[i]) == 0)
			return i;
	if (said)
		provider_break(provider, key, trouble);
	return 0;
}

const char *provider_pointer(struct provider *provider, const char *key, const char *fallback)
{
	const char *pointer = settings_text(provider->settings, key);

	if (!pointer)
		return fallback;
	if (!json_is_pointer(pointer))
		provider_break(provider, key, "is not a JSON pointer");
	return pointer;
}

/* A list: "/groups", "userinfo:/groups". */
static void provider_read_source(struct provider *provider, const char *key, const char *fallback,
				 struct source *source)
{
	const char *text = settings_text(provider->settings, key);

	if (source_parse(text ? text : fallback, source))
		return;
	provider_break(provider, key, "is not a JSON pointer, nor one behind a source");
	source->pointer = "";
}

static void provider_read_subject(struct provider *provider)
{
	const char *from = settings_text(provider->settings, "subject_from");

	if (provider->jwt) { /* of the one token there is */
		provider->subject_pointer = provider_pointer(provider, "subject_from", "/sub");
		from = NULL;
	}
	if (!source_parse_subject(from ? from : "id_token", &provider->subject))
		provider_break(provider, "subject_from", "does not say where the subject stands");
	else if (provider->oauth2 && provider->subject.kind == SOURCE_ID_TOKEN)
		provider_break(provider, "subject_from",
			       "cannot be an ID token with mode = oauth2: there is none");
}

static void provider_read_auth(struct provider *provider)
{
	const char *method = settings_text(provider->settings, "client_auth");
	const char *dpop = settings_text(provider->settings, "dpop");
	const char *password = settings_text(provider->settings, "password_grant");

	provider->auth = clientauth_from_name(method ? method : "none");
	provider->secret = settings_secret(provider->settings, "client_secret");
	provider->client_aud = settings_text(provider->settings, "client_aud");
	provider->dpop = dpop && strcmp(dpop, "true") == 0;
	provider->password_grant = password && strcmp(password, "true") == 0;
	if (provider->dpop)
		provider->dpop_jkt = settings_text(provider->settings, "dpop_jkt");
	if (provider->auth == CLIENTAUTH_INVALID)
		provider_break(provider, "client_auth", "is not a method this agent knows");
	if (clientauth_uses_tls(provider->auth)) {
		provider->cert = settings_secret(provider->settings, "client_cert");
		provider->tls_key = settings_secret(provider->settings, "tls_key");
		if (!provider->cert || !provider->tls_key)
			provider_break(provider, "client_cert", "or tls_key is missing");
	}
	if ((provider->auth == CLIENTAUTH_BASIC || provider->auth == CLIENTAUTH_POST) &&
	    !provider->secret)
		provider_break(provider, "client_secret", "is missing");
}

static void provider_read_discovery(struct provider *provider)
{
	const char *how = settings_text(provider->settings, "discovery");

	buf_init(&provider->metadata_url, URL_LEN_MAX);
	if (provider->oauth2 || provider->name_only) { /* there is no place to look at */
		provider->discovery = DISCOVERY_NONE;
		return;
	}
	if (!how || strcmp(how, "oidc") == 0) {
		provider->discovery = DISCOVERY_OIDC;
	} else if (strcmp(how, "oauth") == 0) {
		provider->discovery = DISCOVERY_OAUTH;
	} else if (strcmp(how, "no") == 0) {
		provider->discovery = DISCOVERY_NONE;
		return;
	} else {
		provider->discovery = DISCOVERY_URL;
		if (!url_is_https(how))
			provider_break(provider, "discovery", "is not an https address");
		buf_put_text(&provider->metadata_url, how);
	}
	if (provider->discovery != DISCOVERY_URL)
		discovery_put_url(&provider->metadata_url, provider->discovery, provider->issuer);
	if (buf_end(&provider->metadata_url) < 0)
		provider_break(provider, "issuer", "is too long");
}

static void provider_read_algs(struct provider *provider)
{
	const char *algs = settings_text(provider->settings, "algs");
	const char *bad = NULL;

	provider->algs = JOSE_ALGS_ALL;
	if (algs && jose_algs_parse(algs, &provider->algs, &bad) < 0) {
		provider->algs = 0;
		provider_break(provider, "algs", "names an algorithm this agent does not know");
	}
}

static void provider_read_issuer(struct provider *provider)
{
	const char *form = settings_text(provider->settings, "iss_form");

	provider->issuer = settings_text(provider->settings, "issuer");
	provider->name_only = form && strcmp(form, "name") == 0;
	provider->issuer_unsaid = provider->jwt && form && strcmp(form, "none") == 0;
	if (provider->issuer && (provider->name_only || url_is_https(provider->issuer)))
		return;
	provider_break(provider, "issuer", "is not an https address");
	provider->issuer = "";
}

static bool provider_has_word(const char *words, const char *word)
{
	size_t len = strlen(word);

	for (const char *at = words; *at; at += strspn(at, " ")) {
		size_t n = strcspn(at, " ");

		if (n == len && strncmp(at, word, len) == 0)
			return true;
		at += n;
	}
	return false;
}

static void provider_read_endpoints(struct provider *provider)
{
	const char *keys = settings_text(provider->settings, "preset_endpoints");

	for (size_t i = 0; i < PROVIDER_ENDPOINTS; i++) {
		const char *key = provider_endpoints[i].key;
		const char *url = settings_text(provider->settings, key);

		if (url && !url_is_https(url))
			provider_break(provider, key, "is not an https address");
		if (keys && provider_has_word(keys, key))
			provider->yielding |= UINT32_C(1) << i;
	}
}

/* How a request of the code flow is made and bound. */
static void provider_read_request(struct provider *provider)
{
	static const char *const states[] = { "on", "off", NULL };
	static const char *const pars[] = {
		[PROVIDER_PAR_AUTO] = "auto",
		[PROVIDER_PAR_ALWAYS] = "require",
		[PROVIDER_PAR_NEVER] = "no",
		NULL,
	};
	static const char *const parameters[] = { "resource", "audience", NULL };
	size_t which;

	provider->redirect_uri = settings_text(provider->settings, "redirect_uri");
	if (!provider->redirect_uri)
		provider->redirect_uri = PROVIDER_REDIRECT;
	if (!authcode_redirect_ok(provider->redirect_uri))
		provider_break(provider, "redirect_uri",
			       "is neither an https address nor the browser's own machine");
	provider->stateless =
		provider_read_word(provider, "state", states, "is neither on nor off") == 1;
	provider->par = (enum provider_par)provider_read_word(provider, "par", pars,
							      "is not auto, require or no");
	which = provider_read_word(provider, "resource_parameter", parameters,
				   "is neither resource nor audience");
	provider->resource_parameter = parameters[which];
}

static void provider_read_mode(struct provider *provider)
{
	static const char *const modes[] = { "oidc", "oauth2", "jwt", NULL };
	size_t mode = provider_read_word(provider, "mode", modes, "is not oidc, oauth2 or jwt");

	provider->oauth2 = mode == 1;
	provider->jwt = mode == 2;
}

static void provider_read(struct provider *provider)
{
	const struct settings *settings = provider->settings;

	provider_read_mode(provider);
	provider_read_issuer(provider);
	provider->client_id = settings_text(settings, "client_id");
	if (!provider->client_id) {
		if (!provider->jwt)
			provider_break(provider, "client_id", "is missing");
		provider->client_id = "";
	}
	provider->ca = settings_text(settings, "ca");
	provider->scope = settings_text(settings, "scope");
	provider->typ = settings_text(settings, "typ");
	provider->leeway = settings_number(settings, "leeway", 300, TOKEN_LEEWAY_SEC);
	provider->name_from = provider_pointer(provider, "name_from", "/preferred_username");
	provider_read_subject(provider);
	provider_read_source(provider, "groups_from", "/groups", &provider->groups);
	provider_read_source(provider, "entitlements_from", "/entitlements",
			     &provider->entitlements);
	provider_read_request(provider);
	provider_read_auth(provider);
	provider_read_discovery(provider);
	provider_read_algs(provider);
	provider_read_tokens(provider);
	provider_read_endpoints(provider);
}

/* ---- lifetime ---- */

int provider_new(struct http *http, const char *name, struct settings *settings,
		 struct provider **ret_provider)
{
	_cleanup_(settings_freep) struct settings *mine = settings;
	_cleanup_(provider_unrefp) struct provider *provider = calloc(1, sizeof(*provider));
	int r;

	if (!provider)
		return -ENOMEM;
	provider->n_refs = 1;
	provider->name = strdup(name);
	if (!provider->name)
		return -ENOMEM;
	provider->settings = TAKE_PTR(mine);
	provider_read(provider);
	document_init(&provider->metadata_document, http, provider->ca, &provider_metadata_ops,
		      provider);
	r = jwks_cache_init(&provider->keys, http, provider, NULL);
	if (r == 0)
		r = provider_make_instances(provider, http);
	if (r < 0)
		return r;
	*ret_provider = TAKE_PTR(provider);
	return 0;
}

struct provider *provider_ref(struct provider *provider)
{
	provider->n_refs++;
	return provider;
}

struct provider *provider_unref(struct provider *provider)
{
	if (!provider || --provider->n_refs > 0)
		return NULL;
	document_done(&provider->metadata_document);
	jwks_cache_done(&provider->keys);
	provider_free_instances(provider);
	metadata_done(&provider->metadata);
	provider->introspections = introspections_free(provider->introspections);
	buf_done(&provider->metadata_url);
	settings_free(provider->settings);
	free(provider->name);
	free(provider);
	return NULL;
}
