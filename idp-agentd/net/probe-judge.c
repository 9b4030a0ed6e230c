/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Findings. Every sentence names what was seen, every remedy what to do next; a platform that does
 * not publish a list is not blamed for it.
 */
#include "idp-agentd/net/probe-judge.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/log.h"
#include "common/reason.h"
#include "idp-agentd/net/alg.h"
#include "idp-agentd/net/directory.h"
#include "idp-agentd/net/json.h"
#include "idp-agentd/net/jwk.h"
#include "idp-agentd/net/jwks.h"
#include "idp-agentd/net/oauth.h"
#include "idp-agentd/net/provider.h"
#include "idp-agentd/net/reply.h"
#include "idp-agentd/net/scim.h"

#define PROBE_SKEW_MAX 30 /* seconds; more, and tokens begin to look expired or not yet valid */
#define PROBE_WORD_MAX 1024u

_printf_(4, 5) static void probe_find(const struct probe_say *say, enum wire_finding level,
				      const char *remedy, const char *format, ...)
{
	char text[2 * REASON_MAX];
	struct reply_finding finding = { .level = level, .topic = say->topic, .text = text };
	va_list args;

	finding.remedy = remedy;
	va_start(args, format);
	reason_vformat(text, sizeof(text), format, args);
	va_end(args);
	reply_finding(say->outlet, say->flow, &finding);
}

void probe_fact(const struct probe_say *say, enum wire_finding kind, const char *what,
		const char *value)
{
	reply_finding(say->outlet, say->flow,
		      &(struct reply_finding){ kind, say->topic, what, value });
}

void probe_error(const struct probe_say *say, const char *text, const char *remedy)
{
	probe_find(say, WIRE_FINDING_ERROR, remedy, "%s", text);
}

void probe_note(const struct probe_say *say, const char *text)
{
	probe_find(say, WIRE_FINDING_NOTE, "", "%s", text);
}

void probe_ok(const struct probe_say *say, const char *text)
{
	probe_find(say, WIRE_FINDING_OK, "", "it can be read: %s", text);
}

/* ---- transport ---- */

static const char *probe_remedy(enum http_error error)
{
	switch (error) {
	case HTTP_E_DNS:
		return "Check the name in idp.conf, and that this host can resolve it (resolvectl query).";
	case HTTP_E_CONNECT:
	case HTTP_E_TIMEOUT:
		return "Check that the platform is up and that the firewall lets this host reach it.";
	case HTTP_E_UNTRUSTED:
		return "If the platform uses the organisation's own authority, name its file with ca= in "
		       "idp.conf.";
	case HTTP_E_NAME:
		return "Use the name the certificate was issued for, or have a certificate issued for this "
		       "one.";
	case HTTP_E_EXPIRED:
		return "Check this host's clock (timedatectl); if it is right, the platform must renew its "
		       "certificate.";
	case HTTP_E_CA:
		return "Check that the file named by ca= is PEM and that everybody can read it; "
		       "without ca=, install ca-certificates.";
	case HTTP_E_CERTIFICATE:
		return "Check client_cert and tls_key in idp.conf, and that the platform trusts whoever "
		       "issued the certificate and has it registered for this client.";
	case HTTP_E_REDIRECT:
		return "Write the address it redirects to into idp.conf, if it is the right one.";
	case HTTP_E_TLS:
		return "The platform must offer TLS 1.2 or 1.3; also check that the port is an https port.";
	case HTTP_OK:
	case HTTP_E_URL:
	case HTTP_E_TOO_LARGE:
	case HTTP_E_TRUNCATED:
	case HTTP_E_PROTOCOL:
	case HTTP_E_MEMORY:
	case HTTP_E_UNSIGNED:
		break;
	}
	return "Check that the address in idp.conf is the platform's.";
}

bool probe_judge_answer(const struct probe_say *say, const struct http_answer *answer,
			const char *what)
{
	if (answer->error != HTTP_OK) {
		probe_find(say, WIRE_FINDING_ERROR, probe_remedy(answer->error), "%s: %s", what,
			   answer->reason);
		return false;
	}
	if (answer->status != 200) {
		probe_find(say, WIRE_FINDING_ERROR,
			   "Check the address in idp.conf, and the platform's log.",
			   "%s: HTTP status %u", what, answer->status);
		return false;
	}
	return true;
}

void probe_judge_clock(const struct probe_say *say, int64_t theirs, int64_t ours)
{
	int64_t off = theirs - ours;

	if (theirs == HTTP_DATE_NONE)
		return;
	if (off > PROBE_SKEW_MAX || off < -PROBE_SKEW_MAX)
		probe_find(say, WIRE_FINDING_WARNING, "Set this host's clock by NTP (timedatectl).",
			   "the platform's clock is %lld seconds %s this host's",
			   (long long)(off < 0 ? -off : off), off < 0 ? "behind" : "ahead of");
	else
		probe_find(say, WIRE_FINDING_OK, "", "clocks agree within %d seconds",
			   PROBE_SKEW_MAX);
}

/* ---- metadata ---- */

bool probe_judge_document(const struct probe_say *say, const struct provider *provider,
			  const struct http_answer *answer, struct metadata *ret_metadata)
{
	char reason[REASON_MAX] = "out of memory";
	int r = discovery_parse(answer->body, answer->body_len, provider->issuer, reason,
				ret_metadata);

	if (r != 0) {
		probe_find(
			say, WIRE_FINDING_ERROR,
			r == DISCOVERY_E_ISSUER
				? "Copy the issuer into idp.conf exactly as the metadata writes it, if it is "
				  "the right platform."
				: "The platform's metadata must be corrected there.",
			"%s", reason);
		return false;
	}
	probe_find(say, WIRE_FINDING_OK, "", "answers over trusted TLS, for issuer %s",
		   provider->issuer);
	return true;
}

bool probe_has(const json_t *list, const char *word)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *text = json_text(json_array_get(list, i), PROBE_WORD_MAX);

		if (text && strcmp(text, word) == 0)
			return true;
	}
	return false;
}

static void probe_judge_endpoints(const struct probe_say *say, const struct provider *provider)
{
	/* Whether that matters the authority knows: it depends on the services. */
	if (!provider_endpoint(provider, PROVIDER_DEVICE))
		probe_find(say, WIRE_FINDING_NOTE, "",
			   "it offers no sign-in with a device code (%s)",
			   provider_endpoint_name(PROVIDER_DEVICE));
	if (!provider_endpoint(provider, PROVIDER_TOKEN))
		probe_find(say, WIRE_FINDING_ERROR, "Name token_endpoint in idp.conf.",
			   "it names no token endpoint");
	if (!provider_endpoint(provider, PROVIDER_JWKS) && !provider->oauth2)
		probe_find(say, WIRE_FINDING_ERROR,
			   "Name jwks_uri in idp.conf; without keys no ID token can be verified.",
			   "it names no keys");
	if (provider_endpoint(provider, PROVIDER_DEVICE) &&
	    provider_endpoint(provider, PROVIDER_TOKEN))
		probe_find(say, WIRE_FINDING_OK, "", "sign-in with a device code is offered");
}

static void probe_judge_auth(const struct probe_say *say, const struct provider *provider,
			     const struct metadata *metadata)
{
	const char *name = clientauth_name(provider->auth);

	/* Public clients are seldom listed although they are taken. */
	if (!metadata->auth_methods || provider->auth == CLIENTAUTH_NONE)
		return;
	if (probe_has(metadata->auth_methods, name))
		probe_find(say, WIRE_FINDING_OK, "", "client authentication %s is supported", name);
	else
		probe_find(
			say, WIRE_FINDING_ERROR,
			"Set client_auth in idp.conf to a method the platform lists.",
			"client authentication %s is not among token_endpoint_auth_methods_supported",
			name);
}

static void probe_judge_algs(const struct probe_say *say, const struct provider *provider,
			     const struct metadata *metadata)
{
	size_t n = json_array_size(metadata->algs);
	size_t fit = 0;

	for (size_t i = 0; i < n; i++) {
		const char *name = json_text(json_array_get(metadata->algs, i), PROBE_WORD_MAX);
		enum jose_alg alg = name ? jose_alg_from_name(name, strlen(name)) : JOSE_NO_ALG;

		fit += alg != JOSE_NO_ALG && (provider->algs & JOSE_ALG_BIT(alg)) != 0;
	}
	if (n > 0 && fit == 0)
		probe_find(say, WIRE_FINDING_ERROR,
			   "Add an algorithm the platform signs with to algs= in idp.conf.",
			   "it signs ID tokens with no algorithm this provider allows");
	else if (n > 0)
		probe_find(say, WIRE_FINDING_OK, "",
			   "%zu of its %zu signature algorithms are allowed", fit, n);
}

/* idpctl logout-url takes the text as it is: idp-wire(7). */
static void probe_tell_logout(const struct probe_say *say, const struct provider *provider,
			      const struct metadata *metadata)
{
	char topic[CONFIG_NAME_MAX + sizeof("logout ")];
	const struct reply_finding finding = { .level = WIRE_FINDING_OK,
					       .topic = topic,
					       .text = metadata->end_session_endpoint,
					       .remedy = "" };

	if (!metadata->end_session_endpoint)
		return;
	(void)snprintf(topic, sizeof(topic), "logout %.*s", (int)CONFIG_NAME_MAX, provider->name);
	reply_finding(say->outlet, say->flow, &finding);
}

/* RFC 9449 section 5.1; the proofs of this host are ES256. */
static void probe_judge_dpop(const struct probe_say *say, const struct provider *provider,
			     const struct metadata *metadata)
{
	if (!provider->dpop)
		return;
	if (!metadata->dpop_algs)
		probe_find(
			say, WIRE_FINDING_WARNING,
			"Leave dpop out of idp.conf if the platform knows no DPoP: every sign-in "
			"would fail.",
			"it does not say that it binds tokens (dpop_signing_alg_values_supported)");
	else if (!probe_has(metadata->dpop_algs, "ES256"))
		probe_find(say, WIRE_FINDING_ERROR,
			   "Allow ES256 for DPoP at the platform, or leave dpop out of idp.conf.",
			   "it takes no DPoP proofs signed with ES256");
	else
		probe_find(say, WIRE_FINDING_OK, "", "it binds tokens to this host (DPoP)");
}

void probe_judge_metadata(const struct probe_say *say, const struct provider *provider,
			  const struct metadata *metadata)
{
	if (provider->jwt) { /* there are no sign-ins, so nothing but keys is needed */
		if (!provider_endpoint(provider, PROVIDER_JWKS))
			probe_error(say, "it does not say where its keys are",
				    "Write jwks_uri= in idp.conf.");
		return;
	}
	probe_judge_endpoints(say, provider);
	probe_judge_auth(say, provider, metadata);
	probe_judge_algs(say, provider, metadata);
	probe_judge_dpop(say, provider, metadata);
	probe_tell_logout(say, provider, metadata);
}

/* ---- keys, directory ---- */

void probe_judge_keys(const struct probe_say *say, const struct http_answer *answer)
{
	_cleanup_(jwks_freep) struct jwks *keys = NULL;
	const struct jwks_facts *facts;
	int r;

	if (!probe_judge_answer(say, answer, "keys (jwks_uri)"))
		return;
	r = jwks_parse(answer->body, answer->body_len, &keys);
	if (r != 0) {
		probe_error(say, r > 0 ? jwks_sentence(r) : "out of memory",
			    "The platform must publish a JWK Set there.");
		return;
	}
	facts = jwks_facts(keys);
	if (facts->n_refused > 0)
		probe_find(say, WIRE_FINDING_WARNING,
			   "The platform should take such keys out of its set.",
			   "%zu of its keys are refused; the first: %s", facts->n_refused,
			   jwk_sentence(facts->first_refusal));
	if (facts->n_keys == 0)
		probe_error(say, "none of its keys can verify a signature",
			    "The platform must publish the key it signs tokens with.");
	else
		probe_find(say, WIRE_FINDING_OK, "", "%zu usable keys", facts->n_keys);
}

void probe_judge_directory(const struct probe_say *say, const struct directory *directory,
			   const struct http_answer *answer)
{
	struct scim_page page = SCIM_PAGE_NULL;
	char reason[REASON_MAX] = "out of memory";
	int r;

	if (answer->error == HTTP_OK && (answer->status == 401 || answer->status == 403)) {
		probe_find(
			say, WIRE_FINDING_ERROR,
			"Let this host's client read users at the platform; token_scope= in idp.conf may "
			"be needed.",
			"it does not let this host read users (HTTP status %u)", answer->status);
		return;
	}
	if (!probe_judge_answer(say, answer, directory->url))
		return;
	r = scim_page_parse(answer->body, answer->body_len, false, reason, &page);
	if (r != 0)
		probe_error(say, reason,
			    "Check that url= is the base address of a SCIM 2.0 service.");
	else if (page.total == 0)
		probe_find(say, WIRE_FINDING_WARNING,
			   "Check filter= in idp.conf and what this client may see.",
			   "it can be read, but shows no users");
	else
		probe_find(say, WIRE_FINDING_OK, "", "it can be read: %llu users",
			   (unsigned long long)page.total);
	scim_page_done(&page);
}
