/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What no value alone can be wrong about: sections that contradict themselves or one another,
 * and ids that are not ours to give. Each finding names the line and what to do.
 */

#include <string.h>
#include <strings.h>

#include "common/name.h"
#include "idp-agentd/core/config-preset.h"
#include "idp-agentd/core/config-problem.h"
#include "idp-agentd/core/config-tree.h"
#include "idp-agentd/core/config-value.h"
#include "idp-agentd/core/config.h"

/* Where the reserved ranges of name_is_reserved_id() begin: a range that holds any reserved id
 * starts reserved or holds one of these. A test compares both. */
static const uint32_t reserved_starts[] = {
	0, 60001, 61184, 65534, 524288, (uint32_t)UID_RANGE_CEILING + 1,
};

static void judge_agent(const struct config_agent *agent, struct config_problems *problems)
{
	struct config_place place = config_place_of(agent->section, "id_range");
	const struct config_range *range = &agent->id_range;
	uint32_t clash = 0;
	bool found = name_is_reserved_id(range->first);

	for (size_t i = 0; !found && i < ELEMENTSOF(reserved_starts); i++)
		if (reserved_starts[i] > range->first && reserved_starts[i] <= range->last) {
			clash = reserved_starts[i];
			found = true;
		}
	if (found && range->last > 0) /* else it was told already */
		config_problem_add(
			problems, place,
			"id_range: the system reserves %u; use ids within %u-%u, or another "
			"range that holds none of systemd's (see idp.conf(5))",
			clash ? clash : range->first, UID_RANGE_FLOOR, UID_RANGE_CEILING);
	if (!found && range->first <= 60000)
		config_problem_note(
			problems, place,
			"id_range: useradd(8) gives ids of 1000 to 60000 to local users as well; "
			"see that the two never meet");
	for (size_t i = 0; i < agent->break_glass.n; i++)
		if (strcmp(agent->break_glass.items[i], "root") == 0)
			return;
	config_problem_note(
		problems, config_place_of(agent->section, "break_glass"),
		"break_glass does not name root; root is local and gets in all the same");
}

/* Which of its own keys a way of proving oneself needs, and which it makes meaningless. */
static void judge_client_auth(const struct config_provider *provider,
			      struct config_problems *problems)
{
	static const char *const idle[] = { "client_kid", "client_alg", "client_aud" };
	const struct config_section *section = provider->section;
	bool secret = provider->client_auth == CLIENT_AUTH_SECRET_BASIC ||
		      provider->client_auth == CLIENT_AUTH_SECRET_POST;
	bool key = provider->client_auth == CLIENT_AUTH_PRIVATE_KEY_JWT;

	if (!config_is_sound(section, "client_auth"))
		return; /* told already; the rest would be guesses */
	if (secret && !config_is_written(section, "client_secret"))
		config_problem_add(
			problems, config_place_of(section, "client_auth"),
			"[provider %s] proves itself with a secret but has no client_secret: "
			"write client_secret = credential:NAME or file:PATH",
			provider->name);
	if (key && !config_is_written(section, "client_key"))
		config_problem_add(problems, config_place_of(section, "client_auth"),
				   "[provider %s] proves itself with a key but has no client_key: "
				   "write client_key = credential:NAME, file:PATH or pkcs11:URI",
				   provider->name);
	if (!secret && provider->client_secret)
		config_problem_add(
			problems, config_place_of(section, "client_secret"),
			"[provider %s] has a client_secret that is never used: set client_auth to "
			"client_secret_basic or client_secret_post",
			provider->name);
	if (!key && provider->client_key)
		config_problem_add(
			problems, config_place_of(section, "client_key"),
			"[provider %s] has a client_key that is never used: set client_auth to "
			"private_key_jwt",
			provider->name);
	/* A platform that nobody signs in at may have applications of its own: [client NAME]. */
	for (size_t i = 0; !key && provider->mode != CONFIG_MODE_JWT && i < ELEMENTSOF(idle); i++)
		if (config_is_written(section, idle[i]))
			config_problem_add(problems, config_place_of(section, idle[i]),
					   "%s is for client_auth = private_key_jwt only", idle[i]);
}

/* Where the platform's access tokens have no typ of their own, its ID tokens are for the client. */
static void judge_access(const struct config_provider *provider, struct config_problems *problems)
{
	const struct config_section *section = provider->section;
	bool own = true;

	if (!config_is_sound(section, "access_typ") || !config_is_sound(section, "audience"))
		return;
	for (size_t i = 0; i < provider->access_typ.n; i++)
		own &= strcasecmp(provider->access_typ.items[i], "at+jwt") == 0;
	for (size_t i = 0; i < provider->audience.n; i++)
		if (provider->client_id && !own &&
		    strcmp(provider->audience.items[i], provider->client_id) == 0)
			config_problem_add(
				problems, config_place_of(section, "audience"),
				"audience names the client_id, and access_typ is not at+jwt: an ID "
				"token would look like an access token; leave it out here");
}

/* A name is no address: nothing can be found there, so it vouches for tokens and for no sign-in. */
static void judge_issuer(const struct config_provider *provider, struct config_problems *problems)
{
	const struct config_section *section = provider->section;
	struct config_place place = config_place_of(section, "issuer");
	bool name = provider->iss_form == ISS_FORM_NAME;

	if (!provider->issuer || !config_is_sound(section, "issuer") ||
	    !config_is_sound(section, "iss_form"))
		return;
	if (config_value_is_url(provider->issuer) == name)
		config_problem_add(
			problems, place,
			name ? "iss_form = name is for an issuer that is no address"
			     : "\"%.100s\" is not an address: write https://HOST/PATH; or iss_form = "
			       "name where the platform's tokens name it so",
			provider->issuer);
	if (name && provider->discovery && strcmp(provider->discovery, "no") != 0)
		config_problem_add(
			problems, place,
			"an issuer that is only a name cannot be asked what it is: write "
			"discovery = no");
	if (name && !provider->jwks_uri)
		config_problem_add(problems, place,
				   "an issuer that is only a name does not say where its keys are: "
				   "write jwks_uri");
}

/* The byte that people forget, or add, when they copy an address. */
static void judge_slash(const struct config_provider *provider, struct config_problems *problems)
{
	int slash = config_preset_slash(provider->preset);
	size_t len = provider->issuer ? strlen(provider->issuer) : 0;
	bool ends = len > 0 && provider->issuer[len - 1] == '/';

	if (len == 0 || slash == 0 || ends == (slash > 0))
		return;
	config_problem_note(problems, config_place_of(provider->section, "issuer"),
			    "issuers of %s end in %s slash, and this one does%s",
			    config_preset_name(provider->preset), slash > 0 ? "a" : "no",
			    slash > 0 ? " not" : "");
}

bool config_uses_tls(const struct config_provider *provider)
{
	return provider->client_auth == CLIENT_AUTH_TLS ||
	       provider->client_auth == CLIENT_AUTH_SELF_SIGNED_TLS;
}

/* The certificate and its key come together, and with the methods that show them. */
static void judge_certificate(const struct config_provider *provider,
			      struct config_problems *problems)
{
	static const char *const keys[] = { "client_cert", "tls_key" };
	const struct config_section *section = provider->section;
	bool wanted = config_uses_tls(provider);

	if (!config_is_sound(section, "client_auth"))
		return; /* told already */
	for (size_t i = 0; i < ELEMENTSOF(keys); i++) {
		bool written = config_is_written(section, keys[i]);

		if (wanted && !written)
			config_problem_add(
				problems, config_place_of(section, "client_auth"),
				"[provider %s] proves itself with a certificate but has no %s: "
				"write %s = credential:NAME or file:PATH",
				provider->name, keys[i], keys[i]);
		if (!wanted && written)
			config_problem_add(problems, config_place_of(section, keys[i]),
					   "%s is for client_auth = tls_client_auth and "
					   "self_signed_tls_client_auth only",
					   keys[i]);
	}
}

/* RFC 6749 section 10.12 wants it; RFC 9700 section 2.1 lets PKCE or a nonce stand in. */
static void judge_state(const struct config_provider *provider, struct config_problems *problems)
{
	struct config_place place = config_place_of(provider->section, "state");

	if (provider->state != CONFIG_STATE_OFF || !config_is_sound(provider->section, "state"))
		return;
	if (provider->mode ==
	    CONFIG_MODE_OAUTH2) /* no nonce, and nobody says that PKCE is checked */
		config_problem_add(
			problems, place,
			"state = off needs a platform that shows what binds a code instead; "
			"with mode = oauth2 nothing does");
	else
		config_problem_note(
			problems, place,
			"[provider %s] state = off is weaker: only PKCE or the nonce still "
			"tells whose sign-in an address is",
			provider->name);
}

/* What is configured against itself. */
static void judge_par(const struct config_provider *provider, struct config_problems *problems)
{
	if (provider->par == CONFIG_PAR_NO && provider->par_endpoint &&
	    config_is_written(provider->section, "par_endpoint"))
		config_problem_add(problems, config_place_of(provider->section, "par_endpoint"),
				   "par = no: then par_endpoint is never used");
}

static void judge_provider(const struct config *config, size_t at, struct config_problems *problems)
{
	const struct config_provider *provider = &config->providers[at];

	judge_client_auth(provider, problems);
	judge_certificate(provider, problems);
	judge_access(provider, problems);
	config_judge_subject(provider, problems);
	judge_state(provider, problems);
	judge_par(provider, problems);
	judge_issuer(provider, problems);
	judge_slash(provider, problems);
	config_judge_jwt(config, at, problems);
	for (size_t i = 0; provider->issuer && i < at; i++)
		if (config->providers[i].issuer &&
		    strcmp(config->providers[i].issuer, provider->issuer) == 0)
			config_problem_add(
				problems, config_place_of(provider->section, "issuer"),
				"[provider %s] has the issuer of [provider %s]: whose are its people?",
				provider->name, config->providers[i].name);
}

/* Names one of the providers there are, or says which there are. */
static void judge_reference(const struct config *config, const struct config_section *section,
			    const char *name, struct config_problems *problems)
{
	struct config_guess guess = { .word = name ? name : "" };

	if (config->n_providers == 0 || config_provider(config, name))
		return;
	if (!name) {
		if (!config_is_written(section, "provider"))
			config_problem_add(
				problems, section->place,
				"[%s %s] does not say whose people it holds and there are %zu "
				"providers: write provider = %s, or another",
				section->kind_name, section->name, config->n_providers,
				config->providers[0].name);
		return;
	}
	for (size_t i = 0; i < config->n_providers; i++)
		config_guess(&guess, config->providers[i].name);
	config_problem_add(problems, config_place_of(section, "provider"),
			   "there is no [provider %s]%s%s%s", name,
			   guess.best ? ": did you mean \"" : "", guess.best ? guess.best : "",
			   guess.best ? "\"?" : "");
}

static void judge_hide(const struct config_directory *directory, struct config_problems *problems)
{
	for (size_t i = 0; i < directory->hide.n && directory->hide.n > 1; i++)
		if (strcmp(directory->hide.items[i], "nobody") == 0)
			config_problem_add(problems, config_place_of(directory->section, "hide"),
					   "hide = nobody stands alone: write it, or the others");
}

static void judge_directory(const struct config *config, const struct config_directory *directory,
			    struct config_problems *problems)
{
	judge_reference(config, directory->section, directory->provider, problems);
	config_judge_names(directory, problems);
	judge_hide(directory, problems);
	config_judge_directory(config, directory, problems);
}

/* A way in that nobody could take. */
static void judge_flow(const struct config *config, const struct config_service *service,
		       struct config_problems *problems)
{
	const struct config_provider *provider = config_provider(config, service->provider);

	if (service->flow == CONFIG_FLOW_TOKEN && config_is_written(service->section, "flow") &&
	    provider && provider->verify == VERIFY_JWKS && provider->audience.n == 0 &&
	    !provider->tenant)
		config_problem_add(
			problems, config_place_of(service->section, "flow"),
			"flow = token, but [provider %s] has no audience, so no access token "
			"could be meant for this host: write audience = NAME there",
			provider->name);
}

/*
 * RFC 9700 section 2.4 forbids it: a password that every host sees is no secret. Whoever wants it
 * all the same says so twice, and is told at every load.
 */
static void judge_password(const struct config *config, const struct config_service *service,
			   struct config_problems *problems)
{
	const struct config_provider *provider = config_provider(config, service->provider);
	struct config_place place = config_place_of(service->section, "flow");

	if (service->flow != CONFIG_FLOW_PASSWORD || !provider)
		return;
	if (!provider->password_grant)
		config_problem_add(
			problems, place,
			"flow = password shows people's passwords to this host, which RFC "
			"9700 forbids: use device or code; who must, also writes "
			"password_grant = yes in [provider %s]",
			provider->name);
	else
		config_problem_note(problems, place,
				    "[service %s] flow = password is weak: this host sees people's "
				    "passwords of [provider %s] (RFC 9700 section 2.4 forbids it)",
				    service->name, provider->name);
}

/* Platforms where no person has a password that a host could be told. */
static void judge_password_grant(const struct config *config,
				 const struct config_provider *provider,
				 struct config_problems *problems)
{
	struct config_place place = config_place_of(provider->section, "password_grant");

	if (!provider->password_grant)
		return;
	if (provider->preset == PRESET_SPID || provider->preset == PRESET_PDND)
		config_problem_add(problems, place,
				   "preset = %s knows no password grant: leave password_grant out",
				   config_preset_name(provider->preset));
	for (size_t i = 0; i < config->n_services; i++)
		if (config->services[i].flow == CONFIG_FLOW_PASSWORD)
			return;
	config_problem_note(
		problems, place,
		"[provider %s] password_grant = yes, and no service has flow = password: "
		"leave it out",
		provider->name);
}

/* Nobody enters through a name, nor where there is no client of ours. */
static void judge_name(const struct config *config, const struct config_service *service,
		       struct config_problems *problems)
{
	const struct config_provider *provider = config_provider(config, service->provider);
	const struct config_section *section = service->section;
	struct config_place place = config_place_of(section, "provider");

	if (!provider || service->flow == CONFIG_FLOW_TOKEN)
		return;
	if (provider->mode == CONFIG_MODE_JWT) {
		if (config_is_written(section, "flow"))
			place = config_place_of(section, "flow");
		config_problem_add(
			problems, place.line > 0 ? place : provider->section->place,
			"[service %s] signs people in at [provider %s], which has mode = jwt: its "
			"tokens can be checked, and nobody can sign in there: write flow = token, "
			"or another provider",
			service->name, provider->name);
		return;
	}
	if (provider->iss_form != ISS_FORM_NAME || service->flow == CONFIG_FLOW_PASSWORD)
		return;
	config_problem_add(problems, place.line > 0 ? place : provider->section->place,
			   "[service %s] signs people in at [provider %s], whose issuer is only a "
			   "name: its tokens can be checked, and nobody can sign in there",
			   service->name, provider->name);
}

void config_judge(const struct config *config, struct config_problems *problems)
{
	judge_agent(&config->agent, problems);
	for (size_t i = 0; i < config->n_providers; i++) {
		judge_provider(config, i, problems);
		judge_password_grant(config, &config->providers[i], problems);
	}
	for (size_t i = 0; i < config->n_directories; i++)
		judge_directory(config, &config->directories[i], problems);
	for (size_t i = 0; i < config->n_services; i++) {
		judge_reference(config, config->services[i].section, config->services[i].provider,
				problems);
		judge_flow(config, &config->services[i], problems);
		judge_password(config, &config->services[i], problems);
		judge_name(config, &config->services[i], problems);
	}
	config_judge_homes(config, problems);
	config_judge_purposes(config, problems);
}
