/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whether a person may: the rules of this moment, held against what the platform has said (or the
 * last sign-in left behind). MUST: an error is an error, never a milder answer.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/buf.h"
#include "idp-agentd/core/access.h"
#include "idp-agentd/core/authority.h"
#include "idp-agentd/core/config.h"
#include "idp-agentd/core/evidence.h"
#include "idp-agentd/core/identity.h"
#include "idp-agentd/core/person.h"
#include "idp-agentd/core/world-internal.h"

#define WORLD_LEARNED_AGE (5 * 60u) /* seconds a sign-in counts as "just now" for offline = no */

/* Does the identity of a sign-in mean what it meant when it began? A reload may lie between. */
static bool world_still_bound(const struct world *world)
{
	const struct config_provider *provider =
		config_provider(world->authority->config, world->provider);
	char bound[WORLD_BOUND_MAX];

	if (!provider || authority_is_guarded(world->authority, world->provider))
		return false;
	world_bound(provider, bound);
	return strcmp(bound, world->bound) == 0;
}

/*
 * offline of a rule: how long after the platform last confirmed the person the account phase may
 * still permit. A confirmation as recent as the directory's own rhythm is not "offline".
 */
static bool world_stale(const struct world *world, const struct person *person, usec_t offline)
{
	const struct config_directory *directory =
		config_directory(world->authority->config, person->directory);
	uint64_t least = WORLD_LEARNED_AGE;

	if (offline == USEC_INFINITY)
		return false;
	if (directory && directory->kind == DIRECTORY_SCIM)
		least += 2 * world_seconds(directory->interval);
	if (world_seconds(offline) > least)
		least = world_seconds(offline);
	return person_age(person, authority_time()) > least;
}

static void world_explain(struct world *world, const struct access_request *request)
{
	struct buf out;

	buf_init_fixed(&out, world->trace, sizeof(world->trace));
	access_explain(world->authority->config->rules, request, &out);
	if (buf_end(&out) < 0)
		world->trace[out.len < sizeof(world->trace) ? out.len : 0] = '\0';
}

/* [service] acr is asked for as a wish; here the answer is held to it. */
static bool world_context_ok(const struct world *world, const struct config_service *service,
			     const struct identity *identity)
{
	for (size_t i = 0; i < service->acr.n; i++)
		if (access_acr_reaches(world->authority->config->rules, identity->acr,
				       service->acr.items[i]))
			return true;
	return service->acr.n == 0;
}

/* idp-netd holds every sign-in to max_age but a token: nobody could ask for a newer one. */
static bool world_age_ok(const struct config_service *service, const struct access_request *request)
{
	return service->flow != CONFIG_FLOW_TOKEN || service->max_age == USEC_INFINITY ||
	       access_signed_in_within(request, world_seconds(service->max_age));
}

static void world_refuse_age(struct world *world, const struct config_service *service,
			     struct session_verdict *ret)
{
	uint64_t max_age = world_seconds(service->max_age);

	ret->permit = false;
	world->missed = true;
	world->missing.newer = true;
	if (max_age < world->missing.max_age)
		world->missing.max_age = max_age;
	(void)snprintf(ret->reason, sizeof(ret->reason), "stale-login");
	(void)snprintf(ret->say, sizeof(ret->say),
		       "This service needs a token of a newer sign-in than yours.");
}

static void world_refuse_context(struct world *world, const struct config_service *service,
				 struct session_verdict *ret)
{
	ret->permit = false;
	world->missed = true;
	world->missing.stronger = true;
	(void)snprintf(ret->reason, sizeof(ret->reason), "missing=acr:%s", service->acr.items[0]);
	(void)snprintf(ret->say, sizeof(ret->say),
		       "This service needs a stronger sign-in than the one you made.");
}

int world_judge(void *userdata, const struct session_request *request,
		const struct session_person *session_person, const struct identity *identity,
		struct session_verdict *ret)
{
	struct world *world = userdata;
	_cleanup_(person_freep) struct person *person = NULL;
	_cleanup_(evidence_freep) struct evidence *evidence = NULL;
	const struct config_service *service =
		config_service(world->authority->config, request->service);
	struct access_decision decision;
	struct access_request ask;
	int r = world_record(world, request->user, &person);

	world->missed = false;
	if (r < 0)
		return r;
	if (identity && !world_still_bound(world))
		return -ESTALE;
	/* Between the two reads nothing ran; if it is not the same person all the same, refuse. */
	if ((person != NULL) != session_person->known ||
	    (person && (strcmp(person->iss, session_person->iss) ||
			strcmp(person->sub, session_person->sub))))
		return -ESTALE;
	r = evidence_new(world->authority, request, person, identity, &evidence);
	if (r < 0)
		return r;
	ask = *evidence_request(evidence);
	ask.may_step_up = identity != NULL;
	access_check(world->authority->config->rules, &ask, &decision);
	world_explain(world, &ask);
	world->missed = decision.verdict == VERDICT_STEP_UP;
	world->missing = decision.step_up;
	(void)snprintf(world->rule, sizeof(world->rule), "%s", decision.rule ? decision.rule : "");
	ret->permit = decision.verdict == VERDICT_PERMIT;
	ret->session = decision.session;
	(void)snprintf(ret->reason, sizeof(ret->reason), "%s", decision.code);
	(void)snprintf(ret->say, sizeof(ret->say), "%s", decision.person);
	if (ret->permit && identity && !world_context_ok(world, service, identity))
		world_refuse_context(world, service, ret);
	else if (ret->permit && identity && !world_age_ok(service, &ask))
		world_refuse_age(world, service, ret);
	if (world->missed)
		world_put_missing(world, ret->more, sizeof(ret->more));
	(void)snprintf(world->code, sizeof(world->code), "%s", ret->reason);
	if (ret->permit && !identity && person && world_stale(world, person, decision.offline)) {
		ret->permit = false;
		(void)snprintf(ret->reason, sizeof(ret->reason), "stale");
		(void)snprintf(ret->say, sizeof(ret->say),
			       "This host has not been able to confirm your account for too long.");
	}
	return 0;
}
