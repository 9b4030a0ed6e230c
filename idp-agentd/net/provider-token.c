/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a [provider] says of tokens that somebody brings, and of the places they come from. */
#include "idp-agentd/net/provider-read.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/reason.h"
#include "idp-agentd/net/json.h"
#include "idp-agentd/net/settings.h"
#include "idp-agentd/net/url.h"

#define INSTANCE_KEYS "/.well-known/jwks.json" /* beneath the address of an instance */

/* With no client that could ask for others, tokens are what the platform made them; a day is longer
 * than any that we know gives out. */
#define TOKEN_LIFE_DEFAULT (24 * 60 * 60)
#define TOKEN_LIFE_MOST    (365 * 24 * 60 * 60)

static void read_audience(struct provider *provider)
{
	static const char *const forms[] = { "list", "comma", "space", NULL };
	static const char separators[] = { '\0', ',', ' ' };
	size_t form =
		provider_read_word(provider, "aud_form", forms, "is not list, comma or space");

	provider->audience = settings_text(provider->settings, "audience");
	provider->aud_separator = separators[form];
}

static void read_tenant(struct provider *provider)
{
	provider->tenant = settings_text(provider->settings, "tenant");
	provider->tenant_from = provider_pointer(provider, "tenant_from", NULL);
	if (provider->tenant && !provider->tenant_from)
		provider_break(provider, "tenant_from",
			       "does not say where a token has its tenant");
}

/* Of platforms that give a token to whoever asks. */
static void read_visitors(struct provider *provider)
{
	static const char *const forms[] = { "any", "fiscal-code", NULL };
	const struct settings *settings = provider->settings;

	provider->person_from = provider_pointer(provider, "person_from", NULL);
	provider->person_fiscal_code = provider_read_word(provider, "person_form", forms,
							  "is neither any nor fiscal-code") == 1;
	provider->person_roles = settings_text(settings, "person_roles");
	provider->no_mail = settings_text(settings, "no_mail");
}

/* The authority reads these from the claims; here it is seen whether they were told at all. */
static void read_traits(struct provider *provider)
{
	provider->roles_from = provider_pointer(provider, "roles_from", NULL);
	provider->products_from = provider_pointer(provider, "products_from", NULL);
	provider->details_from = provider_pointer(provider, "details_from", NULL);
	provider->site_from = provider_pointer(provider, "site_from", NULL);
	provider->origin_from = provider_pointer(provider, "origin_from", NULL);
	provider->uuid_from = provider_pointer(provider, "uuid_from", NULL);
}

void provider_read_tokens(struct provider *provider)
{
	static const char *const words[] = {
		[PROVIDER_VERIFY_JWKS] = "jwks",
		[PROVIDER_VERIFY_INTROSPECT] = "introspect",
		[PROVIDER_VERIFY_BOTH] = "both",
		NULL,
	};
	static const char *const holders[] = { "people", "programs", NULL };
	const struct settings *settings = provider->settings;
	const char *typ = settings_text(settings, "access_typ");

	provider->verify = (enum provider_verify)provider_read_word(
		provider, "verify", words, "is not jwks, introspect or both");
	if (provider->jwt && provider->verify != PROVIDER_VERIFY_JWKS)
		provider_break(provider, "verify", "asks a platform that knows no client of ours");
	provider->access_typ = typ && strcasecmp(typ, "at+jwt") != 0 ? typ : NULL;
	provider->programs = provider_read_word(provider, "holders", holders,
						"is neither people nor programs") == 1;
	provider->token_life = settings_number(settings, "token_life", TOKEN_LIFE_MOST,
					       provider->jwt ? TOKEN_LIFE_DEFAULT : 0);
	read_audience(provider);
	read_tenant(provider);
	read_visitors(provider);
	read_traits(provider);
}

/* ---- instances ---- */

/* Where the keys of an instance are; no address with two slashes. NULL: no memory. */
static char *keys_address(const char *issuer)
{
	size_t len = strlen(issuer), room = len + sizeof(INSTANCE_KEYS);
	char *address = malloc(room);

	while (len > 0 && issuer[len - 1] == '/')
		len--;
	if (address)
		reason_format(address, room, "%.*s" INSTANCE_KEYS, (int)len, issuer);
	return address;
}

/* TENANT=ADDRESS */
static int make_instance(struct provider *provider, struct http *http, const char *text, size_t len)
{
	struct instance *instance = &provider->instances[provider->n_instances];
	_cleanup_free_ char *tenant = NULL, *issuer = NULL, *keys = NULL;
	const char *equals = memchr(text, '=', len);

	if (!equals || equals == text) {
		provider_break(provider, "instances", "has a word that is no TENANT=ADDRESS");
		return 0;
	}
	tenant = strndup(text, (size_t)(equals - text));
	issuer = strndup(equals + 1, len - (size_t)(equals - text) - 1);
	keys = issuer ? keys_address(issuer) : NULL;
	if (!tenant || !keys)
		return -ENOMEM;
	if (!url_is_https(issuer))
		provider_break(provider, "instances", "has an address that is not https");
	instance->tenant = TAKE_PTR(tenant);
	instance->issuer = TAKE_PTR(issuer);
	provider->n_instances++;
	return jwks_cache_init(&instance->keys, http, provider, keys);
}

int provider_make_instances(struct provider *provider, struct http *http)
{
	const char *text = settings_text(provider->settings, "instances");
	int r = 0;

	if (!text)
		return 0;
	provider->instances = calloc(INSTANCES_MAX, sizeof(*provider->instances));
	if (!provider->instances)
		return -ENOMEM;
	if (!provider->tenant)
		provider_break(provider, "tenant", "is missing: it tells instances apart");
	for (const char *at = text; r == 0 && *at; at += strspn(at, " ")) {
		size_t n = strcspn(at, " ");

		if (provider->n_instances == INSTANCES_MAX) {
			provider_break(provider, "instances", "are too many");
			return 0;
		}
		r = make_instance(provider, http, at, n);
		at += n;
	}
	return r;
}

void provider_free_instances(struct provider *provider)
{
	for (size_t i = 0; i < provider->n_instances; i++) {
		struct instance *instance = &provider->instances[i];

		jwks_cache_done(&instance->keys);
		free(instance->tenant);
		free(instance->issuer);
	}
	free(provider->instances);
}
