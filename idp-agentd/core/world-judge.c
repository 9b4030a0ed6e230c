/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whether a person may: the rules of this moment, held against what the platform has said (or the
 * last sign-in left behind). MUST: an error is an error, never a milder answer.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/buf.h"
#include "idp-agentd/core/access.h"
#include "idp-agentd/core/authority.h"
#include "idp-agentd/core/config.h"
#include "idp-agentd/core/demand.h"
#include "idp-agentd/core/evidence.h"
#include "idp-agentd/core/identity.h"
#include "idp-agentd/core/person.h"
#include "idp-agentd/core/world-internal.h"

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

static void world_explain(struct world *world, const struct access_request *request)
{
	struct buf out;

	buf_init_fixed(&out, world->trace, sizeof(world->trace));
	access_explain(world->authority->config->rules, request, &out);
	if (buf_end(&out) < 0)
		world->trace[out.len < sizeof(world->trace) ? out.len : 0] = '\0';
}

/* What was decided behind the rules: else the trace would end in a permit that was none. */
_printf_(2, 3) static void world_trace(struct world *world, const char *format, ...)
{
	size_t len = strlen(world->trace);
	va_list args;

	va_start(args, format);
	(void)vsnprintf(world->trace + len, sizeof(world->trace) - len, format, args);
	va_end(args);
}

/* idp-netd holds every sign-in to max_age but a token: nobody could ask for a newer one. */
static bool world_age_ok(const struct config_service *service, const struct access_request *request)
{
	return service->flow != CONFIG_FLOW_TOKEN || demand_age_met(service, request);
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
	world_trace(world, "then          [service %s] wants a sign-in at most %llu s old\n",
		    service->name, (unsigned long long)max_age);
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
	world_trace(world, "then          [service %s] wants acr %s\n", service->name,
		    service->acr.items[0]);
}

static void world_refuse_stale(struct world *world, const struct person *person,
			       struct session_verdict *ret)
{
	ret->permit = false;
	(void)snprintf(ret->reason, sizeof(ret->reason), "stale");
	(void)snprintf(ret->say, sizeof(ret->say), "%s", session_text("stale"));
	world_trace(world,
		    "then          offline is over: the platform confirmed the person %llu s ago\n",
		    (unsigned long long)person_age(person, authority_time()));
}

/*
 * Whether a refusal is for what the platform tells of the person: details, a role or group that is
 * gone, a [deny]. What was asked for and did not come (scopes, acr, a newer sign-in) is no news of
 * them: whoever tries a stricter service and breaks off would lose what an easier one rests on. So
 * only a plain no counts, not one that another sign-in could change. A token of nobody in
 * particular, or of a program, says nothing of a person at all.
 */
static bool world_is_told(const struct identity *identity, const struct access_decision *decision)
{
	return identity && decision->verdict == VERDICT_DENY && !identity->anonymous &&
	       !identity->workload;
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
	char out[80] = "";
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
	if (world->missed && world_scope_is_out(world, &decision.step_up, out, sizeof(out)))
		world->missed = false;
	(void)snprintf(world->rule, sizeof(world->rule), "%s", decision.rule ? decision.rule : "");
	ret->permit = decision.verdict == VERDICT_PERMIT;
	ret->told = world_is_told(identity, &decision);
	/* Which rule let in whom none permits any more nobody knows: then none is exceeded. */
	ret->session = decision.verdict == VERDICT_PERMIT ?
			       decision.session :
			       access_session(world->authority->config->rules, &ask);
	(void)snprintf(ret->reason, sizeof(ret->reason), "%s", decision.code);
	(void)snprintf(ret->say, sizeof(ret->say), *out ? "%.170s %s" : "%s%s", decision.person,
		       out);
	/* [service] acr is asked for as a wish; here the answer is held to it. */
	if (ret->permit && identity &&
	    !demand_acr_met(world->authority->config->rules, service, identity->acr))
		world_refuse_context(world, service, ret);
	else if (ret->permit && identity && !world_age_ok(service, &ask))
		world_refuse_age(world, service, ret);
	if (world->missed)
		world_put_missing(world, ret->more, sizeof(ret->more));
	(void)snprintf(world->code, sizeof(world->code), "%s", ret->reason);
	if (ret->permit && !identity && person &&
	    authority_is_stale(world->authority, person, decision.offline))
		world_refuse_stale(world, person, ret);
	return 0;
}
