/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How a person of a service signs in, and what is asked of that sign-in: what the configuration
 * names, and at once what the rules are going to miss.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

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

static usec_t world_min(usec_t a, usec_t b)
{
	return a < b ? a : b;
}

/* What the rules miss and a sign-in could bring is asked for at once, not in a second sign-in. */
static int world_step_up(struct world *world, const struct session_request *request,
			 const char *provider, struct session_flow *flow, usec_t *max_age)
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
	ask.scopes = (struct access_list){ .n = flow->n_scopes, .items = world->scopes };
	ask.acr = NULL;
	ask.auth_time = 0; /* a platform's own session may be older than a rule likes */
	ask.may_step_up = true;
	ask.signing_in = true;
	access_check(world->authority->config->rules, &ask, &decision);
	if (decision.verdict != VERDICT_STEP_UP)
		return 0;
	for (size_t i = 0; i < decision.step_up.n_scopes; i++)
		world_add(world->scopes, &flow->n_scopes, decision.step_up.scopes[i]);
	for (size_t i = 0; i < decision.step_up.n_acr; i++)
		world_add(world->acr, &flow->n_acr, decision.step_up.acr[i]);
	if (decision.step_up.max_age < UINT32_MAX)
		*max_age = world_min(*max_age, decision.step_up.max_age * USEC_PER_SEC);
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
		world_add(world->scopes, &flow->n_scopes, provider->scope.items[i]);
	for (size_t i = 0; i < service->scope.n; i++)
		world_add(world->scopes, &flow->n_scopes, service->scope.items[i]);
	for (size_t i = 0; i < n && i < WORLD_SCOPES_MAX; i++)
		world_add(world->scopes, &flow->n_scopes, registered[i]);
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
	}
	return SESSION_WAY_DEVICE;
}

int world_flow(void *userdata, const struct session_request *request,
	       const struct session_person *person, struct session_flow *ret)
{
	struct world *world = userdata;
	const struct config_service *service =
		config_service(world->authority->config, request->service);
	const struct config_provider *provider = world_provider(world, service, person);
	usec_t max_age = service->max_age;
	int r;

	if (!provider)
		return -ENOENT;
	if (authority_is_guarded(world->authority, provider->name))
		return SESSION_E_GUARDED;
	world_bound(provider, world->bound);
	*ret = (struct session_flow){
		.way = world_way(service->flow),
		.redirect_uri = provider->redirect_uri,
		.provider = provider->name,
		.resource = service->resource,
		.prompt = (int)service->prompt,
		.keep = world->wallets && wallets_want(world->wallets, request->service),
	};
	(void)snprintf(world->provider, sizeof(world->provider), "%s", provider->name);
	world_add_scopes(world, request, provider, service, ret);
	for (size_t i = 0; i < service->acr.n; i++)
		world_add(world->acr, &ret->n_acr, service->acr.items[i]);
	r = world_step_up(world, request, provider->name, ret, &max_age);
	if (r < 0)
		return r;
	if (request->browse) {
		r = login_redirect(provider->redirect_uri, request->port, world->redirect_uri);
		if (r)
			return r < 0 ? r : -ESTALE; /* it was another one when they asked where */
		ret->way = SESSION_WAY_CODE;
		ret->redirect_uri = world->redirect_uri;
	}
	world_describe(world, ret);
	ret->scopes = world->scopes;
	ret->acr = world->acr;
	ret->max_age = max_age / USEC_PER_SEC < UINT32_MAX ? (uint32_t)(max_age / USEC_PER_SEC)
							   : UINT32_MAX;
	return 0;
}
