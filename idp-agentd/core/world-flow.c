/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How a person of a service signs in, and what is asked of that sign-in: what the configuration
 * names, and at once what the rules are going to miss.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/buf.h"
#include "idp-agentd/core/access.h"
#include "idp-agentd/core/authority.h"
#include "idp-agentd/core/config.h"
#include "idp-agentd/core/evidence.h"
#include "idp-agentd/core/login.h"
#include "idp-agentd/core/person.h"
#include "idp-agentd/core/wallet.h"
#include "idp-agentd/core/world-internal.h"

static void world_add(const char **items, size_t *n, const char *item)
{
	for (size_t i = 0; i < *n; i++)
		if (!strcmp(items[i], item))
			return;
	if (*n < WORLD_SCOPES_MAX)
		items[(*n)++] = item;
}

static const struct config_provider *world_provider(const struct world *world,
						    const struct config_service *service,
						    const struct session_person *person)
{
	if (person->known)
		return authority_issuer(world->authority, person->iss);
	return config_provider(world->authority->config, service->provider);
}

/* What the rules miss and a sign-in could bring is asked for at once, not in a second sign-in. */
static int world_foresee(struct world *world, const struct session_request *request,
			 const char *provider, size_t n_scopes, struct access_step_up *ret)
{
	_cleanup_(person_freep) struct person *person = NULL;
	_cleanup_(evidence_freep) struct evidence *evidence = NULL;
	struct access_decision decision;
	struct access_request ask;
	int r = world_record(world, request->user, &person);

	if (r >= 0)
		r = evidence_new(world->authority, request, person, NULL, &evidence);
	if (r < 0)
		return r;
	ask = *evidence_request(evidence);
	ask.provider = provider;
	ask.scopes = (struct access_list){ .n = n_scopes, .items = world->scopes };
	ask.acr = NULL;
	ask.auth_time = 0; /* a platform's own session may be older than a rule likes */
	ask.may_step_up = true;
	ask.signing_in = true;
	access_check(world->authority->config->rules, &ask, &decision);
	*ret = (struct access_step_up){ .max_age = UINT64_MAX };
	if (decision.verdict == VERDICT_STEP_UP)
		*ret = decision.step_up;
	return 0;
}

static void world_add_scopes(struct world *world, const struct session_request *request,
			     const struct config_provider *provider,
			     const struct config_service *service, struct session_flow *flow)
{
	const char *registered[WORLD_SCOPES_MAX];
	size_t n = access_scopes(world->authority->config->rules, request->service, provider->name,
				 registered, WORLD_SCOPES_MAX);

	for (size_t i = 0; i < provider->scope.n; i++)
		world_add_scope(world, provider->name, &flow->n_scopes, provider->scope.items[i]);
	for (size_t i = 0; i < service->scope.n; i++)
		world_add_scope(world, provider->name, &flow->n_scopes, service->scope.items[i]);
	for (size_t i = 0; i < n && i < WORLD_SCOPES_MAX; i++)
		world_add_scope(world, provider->name, &flow->n_scopes, registered[i]);
}

/* What the person will read at the platform, in the words of who runs this host. */
static void world_describe(struct world *world, struct session_flow *flow)
{
	const char *descriptions[WORLD_SCOPES_MAX];
	size_t n = 0;

	for (size_t i = 0; i < flow->n_scopes; i++) {
		const char *text =
			access_scope_text(world->authority->config->rules, world->scopes[i]);

		if (text)
			descriptions[n++] = text;
	}
	prompt_join_asks(descriptions, n, world->authority->host, world->asks, sizeof(world->asks));
	flow->asks = world->asks;
}

static enum session_way world_way(enum config_flow flow)
{
	switch (flow) {
	case CONFIG_FLOW_DEVICE:
		break;
	case CONFIG_FLOW_CODE:
		return SESSION_WAY_CODE;
	case CONFIG_FLOW_TOKEN:
		return SESSION_WAY_TOKEN;
	case CONFIG_FLOW_PASSWORD:
		return SESSION_WAY_PASSWORD;
	}
	return SESSION_WAY_DEVICE;
}

static void world_add_step_up(struct world *world, const struct access_step_up *step_up,
			      struct session_flow *flow)
{
	for (size_t i = 0; i < step_up->n_scopes; i++)
		world_add_scope(world, flow->provider, &flow->n_scopes, step_up->scopes[i]);
	for (size_t i = 0; i < step_up->n_acr; i++)
		world_add(world->acr, &flow->n_acr, step_up->acr[i]);
	if (step_up->max_age < flow->max_age)
		flow->max_age = (uint32_t)step_up->max_age;
}

/* The flow of a service at a provider, as the configuration has it. */
static void world_begin_flow(struct world *world, const struct session_request *request,
			     const struct config_provider *provider,
			     const struct config_service *service, struct session_flow *ret)
{
	uint64_t max_age = world_seconds(service->max_age);

	world->left_out = false;
	*ret = (struct session_flow){
		.way = world_way(service->flow),
		.redirect_uri = provider->redirect_uri,
		.provider = provider->name,
		.resource = service->resource,
		.prompt = (int)service->prompt,
		.scopes = world->scopes,
		.acr = world->acr,
		.keep = world->wallets && wallets_want(world->wallets, request->service),
		.max_age = max_age < UINT32_MAX ? (uint32_t)max_age : UINT32_MAX,
	};
	world_add_scopes(world, request, provider, service, ret);
}

/* acr_values are in order of preference: what a rule needs stands before what a service likes. */
static void world_end_flow(struct world *world, const struct config_service *service,
			   const struct access_step_up *step_up, struct session_flow *ret)
{
	world_add_step_up(world, step_up, ret);
	for (size_t i = 0; i < service->acr.n; i++)
		world_add(world->acr, &ret->n_acr, service->acr.items[i]);
	world_describe(world, ret);
	world_note_asked(world, ret);
}

int world_flow(void *userdata, const struct session_request *request,
	       const struct session_person *person, struct session_flow *ret)
{
	struct world *world = userdata;
	const struct config_service *service =
		config_service(world->authority->config, request->service);
	const struct config_provider *provider = world_provider(world, service, person);
	struct access_step_up step_up;
	int r;

	if (!provider)
		return -ENOENT;
	if (authority_is_guarded(world->authority, provider->name))
		return SESSION_E_GUARDED;
	/* Whom one provider knows, another may have been configured for. */
	if (service->flow == CONFIG_FLOW_PASSWORD && !provider->password_grant)
		return SESSION_E_FORBIDDEN;
	world_bound(provider, world->bound);
	(void)snprintf(world->provider, sizeof(world->provider), "%s", provider->name);
	world_begin_flow(world, request, provider, service, ret);
	r = world_foresee(world, request, provider->name, ret->n_scopes, &step_up);
	if (r < 0)
		return r;
	if (request->browse) {
		r = login_redirect(provider->redirect_uri, request->port, world->redirect_uri);
		if (r)
			return r < 0 ? r : -ESTALE; /* it was another one when they asked where */
		ret->way = SESSION_WAY_CODE;
		ret->redirect_uri = world->redirect_uri;
	}
	world_end_flow(world, service, &step_up, ret);
	return world_check_scopes(world, ret);
}

/* ---- the second one ---- */

static void world_note_step_up(struct world *world, const struct session_flow *flow)
{
	struct buf out;

	buf_init_fixed(&out, world->stepped, sizeof(world->stepped));
	buf_printf(&out, "%s, asked for", world->code);
	for (size_t i = 0; i < flow->n_acr; i++)
		buf_printf(&out, "%s%s", i ? " " : " acr_values=", flow->acr[i]);
	if (flow->max_age < UINT32_MAX)
		buf_printf(&out, " max_age=%u", flow->max_age);
	for (size_t i = 0; i < flow->n_scopes; i++)
		buf_printf(&out, "%s%s", i ? " " : " scope=", flow->scopes[i]);
	if (buf_end(&out) < 0)
		(void)snprintf(world->stepped, sizeof(world->stepped), "too much to say");
}

int world_more(void *userdata, const struct session_request *request,
	       const struct session_person *person, struct session_flow *ret)
{
	struct world *world = userdata;
	const struct config *config = world->authority->config;
	const struct config_service *service = config_service(config, request->service);
	const struct config_provider *provider = config_provider(config, world->provider);

	(void)person; /* the provider is the one that was asked first */
	if (!world->missed || !provider)
		return -ESTALE;
	world->missed = false;
	world_begin_flow(world, request, provider, service, ret);
	world_end_flow(world, service, &world->missing, ret);
	world_note_step_up(world, ret);
	return world_check_scopes(world, ret);
}

/* ---- why there is a second one, for the person ---- */

static void world_put_age(struct buf *out, uint64_t seconds)
{
	static const struct {
		uint64_t seconds;
		const char *name;
	} units[] = { { 3600, "hour" }, { 60, "minute" }, { 1, "second" } };
	size_t i = 0;

	while (seconds % units[i].seconds)
		i++;
	seconds /= units[i].seconds;
	buf_printf(out, "not older than %llu %s%s", (unsigned long long)seconds, units[i].name,
		   seconds == 1 ? "" : "s");
}

static void world_put_kind(struct buf *out, const struct access_step_up *missing)
{
	bool aged = missing->newer && missing->max_age > 0 && missing->max_age < UINT32_MAX;

	if (missing->stronger)
		buf_put_text(out, "a stronger sign-in");
	else if (missing->newer)
		buf_put_text(out, aged ? "a sign-in" : "a new sign-in");
	if (!aged)
		return;
	buf_put_text(out, missing->stronger ? ", " : " ");
	world_put_age(out, missing->max_age);
}

void world_put_missing(const struct world *world, char *text, size_t room)
{
	const struct access_step_up *missing = &world->missing;
	const char *names[ACCESS_MISSING_MAX];
	char scopes[SESSION_REASON_MAX];
	struct buf out;

	for (size_t i = 0; i < missing->n_new_scopes; i++) {
		const char *described =
			access_scope_text(world->authority->config->rules, missing->scopes[i]);

		names[i] = described ? described : missing->scopes[i];
	}
	prompt_join_asks(names, missing->n_new_scopes, world->authority->host, scopes,
			 sizeof(scopes));
	buf_init_fixed(&out, text, room);
	world_put_kind(&out, missing);
	if (*scopes)
		buf_printf(&out, "%s%s", out.len ? "; " : "", scopes);
	if (buf_end(&out) < 0) /* the scopes were too long to say */
		(void)snprintf(text, room, "more rights");
}
