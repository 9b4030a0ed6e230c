/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Facts about a platform. MUST: a list that does not fit is not told at all, since what is missing
 * from half of it would look like something that is not offered.
 */
#include <string.h>

#include "common/reason.h"
#include "idp-agentd/net/alg.h"
#include "idp-agentd/net/json.h"
#include "idp-agentd/net/probe-judge.h"
#include "idp-agentd/net/provider.h"
#include "idp-agentd/net/reply.h"
#include "idp-agentd/net/url.h"

#define FACT_WORD_MAX 1024u

/* Visible ASCII without blanks: every word that a standard allows in one of these lists. */
static bool is_plain(const char *word)
{
	for (; *word; word++)
		if (*word <= ' ' || *word > '~')
			return false;
	return true;
}

static void tell_list(const struct probe_say *say, const char *what, const json_t *list)
{
	char memory[REPLY_REMEDY_MAX];
	struct buf words;

	if (!list)
		return;
	buf_init_fixed(&words, memory, sizeof(memory));
	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *word = json_text(json_array_get(list, i), FACT_WORD_MAX);

		if (word && is_plain(word))
			buf_printf(&words, "%s%s", words.len > 0 ? " " : "", word);
	}
	if (buf_end(&words) < 0)
		probe_note(say, "it lists more than can be shown");
	else
		probe_fact(say, WIRE_FINDING_OFFER, what, memory);
}

static void tell_offers(const struct probe_say *say, const struct metadata *metadata)
{
	char url[URL_LEN_MAX + 1];

	for (size_t i = 0; i < PROVIDER_ENDPOINTS; i++) {
		const char *offered = provider_offered(metadata, (enum provider_endpoint)i);

		if (!offered)
			continue;
		reason_copy_printable(offered, url, sizeof(url));
		probe_fact(say, WIRE_FINDING_OFFER,
			   provider_endpoint_name((enum provider_endpoint)i), url);
	}
	tell_list(say, "scopes_supported", metadata->scopes);
	tell_list(say, "token_endpoint_auth_methods_supported", metadata->auth_methods);
	tell_list(say, "id_token_signing_alg_values_supported", metadata->algs);
	tell_list(say, "code_challenge_methods_supported", metadata->pkce_methods);
	tell_list(say, "dpop_signing_alg_values_supported", metadata->dpop_algs);
	if (metadata->par_required)
		probe_fact(say, WIRE_FINDING_OFFER, "require_pushed_authorization_requests", "yes");
	if (metadata->iss_in_answers)
		probe_fact(say, WIRE_FINDING_OFFER,
			   "authorization_response_iss_parameter_supported", "yes");
}

/* Those we take, out of those it lists; all we take where it lists none. */
static void tell_algs(const struct probe_say *say, const struct provider *provider,
		      const json_t *offered)
{
	char memory[256];
	struct buf words;

	buf_init_fixed(&words, memory, sizeof(memory));
	for (enum jose_alg alg = JOSE_RS256; alg < JOSE_ALG_END; alg++) {
		const char *name = jose_alg_facts(alg)->name;

		if (!(provider->algs & JOSE_ALG_BIT(alg)) || (offered && !probe_has(offered, name)))
			continue;
		buf_printf(&words, "%s%s", words.len > 0 ? " " : "", name);
	}
	if (buf_end(&words) == 0)
		probe_fact(say, WIRE_FINDING_USE, "algs", memory);
}

static void tell_uses(const struct probe_say *say, const struct provider *provider,
		      const struct metadata *metadata)
{
	char url[URL_LEN_MAX + 1];

	for (size_t i = 0; i < PROVIDER_ENDPOINTS; i++) {
		const char *used = provider_endpoint(provider, (enum provider_endpoint)i);

		if (provider->jwt && i != PROVIDER_JWKS)
			continue; /* nothing else of it is used */
		reason_copy_printable(used ? used : "", url, sizeof(url));
		probe_fact(say, WIRE_FINDING_USE, provider_endpoint_name((enum provider_endpoint)i),
			   url);
	}
	if (!provider->jwt)
		probe_fact(say, WIRE_FINDING_USE, "client_auth", clientauth_name(provider->auth));
	tell_algs(say, provider, metadata->algs);
}

void probe_tell_facts(const struct probe_say *say, const struct provider *provider,
		      const struct metadata *metadata)
{
	tell_offers(say, metadata);
	tell_uses(say, provider, metadata);
}
