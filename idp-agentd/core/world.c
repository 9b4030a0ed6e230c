/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Answers the session machine. MUST: every answer is read from the record and the rules at the
 * moment of the question; an error is an error, never a milder answer.
 */
#include "idp-agentd/core/world.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/buf.h"
#include "common/log.h"
#include "idp-agentd/core/access.h"
#include "idp-agentd/core/audit.h"
#include "idp-agentd/core/authority.h"
#include "idp-agentd/core/config.h"
#include "idp-agentd/core/evidence.h"
#include "idp-agentd/core/identity.h"
#include "idp-agentd/core/person.h"
#include "idp-agentd/core/store-login.h"
#include "idp-agentd/core/store-person.h"

#define WORLD_LEARNED_AGE (5 * 60u) /* seconds a sign-in counts as "just now" for offline = no */

/* ---- who is it ---- */

static uint64_t world_seconds(usec_t usec)
{
	return usec == USEC_INFINITY ? UINT64_MAX : usec / USEC_PER_SEC;
}

static int world_find(void *userdata, const char *user, struct session_person *ret)
{
	struct world *world = userdata;
	struct authority *authority = world->authority;
	_cleanup_(person_freep) struct person *person = NULL;
	enum publish_verdict verdict;
	enum authority_who who;
	int r = authority_find(authority, user, &who, &verdict, &person);

	if (r < 0)
		return r;
	*ret = (struct session_person){ .local = who == AUTHORITY_LOCAL };
	ret->withheld = who == AUTHORITY_LOCAL && verdict != PUBLISH_NO;
	if (who == AUTHORITY_NOBODY) {
		r = store_has_left(authority->store, user, &ret->withheld);
		if (r)
			return r < 0 ? r : -EIO;
		ret->askable = authority_has_directory(authority, false);
		ret->learnable = authority_has_directory(authority, true);
	}
	if (!person)
		return 0;
	if (strlen(person->iss) >= sizeof(ret->iss) || strlen(person->sub) >= sizeof(ret->sub))
		return -EBADMSG;
	ret->known = true;
	ret->active = person->active && verdict != PUBLISH_INACTIVE;
	ret->ended = verdict == PUBLISH_ENDED;
	ret->fresh = person_age(person, authority_time()) <=
		     world_seconds(authority->config->agent.offline);
	memcpy(ret->iss, person->iss, strlen(person->iss) + 1);
	memcpy(ret->sub, person->sub, strlen(person->sub) + 1);
	(void)snprintf(world->subject, sizeof(world->subject), "%s", person->sub);
	return 0;
}

/* The record behind a session's person, or NULL for nobody. */
static int world_record(struct world *world, const char *user, struct person **ret)
{
	enum publish_verdict verdict;
	enum authority_who who;

	return authority_find(world->authority, user, &who, &verdict, ret);
}

/* ---- how do they sign in ---- */

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

/* What a subject of this provider means. */
static void world_bound(const struct config_provider *provider, char bound[static WORLD_BOUND_MAX])
{
	(void)snprintf(bound, WORLD_BOUND_MAX, "%s %s", provider->issuer, provider->subject_from);
}

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

static int world_flow(void *userdata, const struct session_request *request,
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
		.prompt = (int)service->prompt,
	};
	(void)snprintf(world->provider, sizeof(world->provider), "%s", provider->name);
	world_add_scopes(world, request, provider, service, ret);
	for (size_t i = 0; i < service->acr.n; i++)
		world_add(world->acr, &ret->n_acr, service->acr.items[i]);
	r = world_step_up(world, request, provider->name, ret, &max_age);
	if (r < 0)
		return r;
	world_describe(world, ret);
	ret->scopes = world->scopes;
	ret->acr = world->acr;
	ret->max_age = max_age / USEC_PER_SEC < UINT32_MAX ? (uint32_t)(max_age / USEC_PER_SEC)
							   : UINT32_MAX;
	return 0;
}

static bool world_admit(void *userdata, const struct session_request *request)
{
	struct world *world = userdata;

	return admission_take(world->admission, request, world->by_root, world->asker,
			      &world->admitted);
}

/* ---- may they ---- */

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
static bool world_context_ok(const struct world *world, const struct session_request *request,
			     const struct identity *identity)
{
	const struct config *config = world->authority->config;
	const struct config_service *service = config_service(config, request->service);

	for (size_t i = 0; i < service->acr.n; i++)
		if (access_acr_reaches(config->rules, identity->acr, service->acr.items[i]))
			return true;
	return service->acr.n == 0;
}

/* idp-netd holds every sign-in to max_age but a token: nobody could ask for a newer one. */
static bool world_age_ok(const struct config_service *service, const struct access_request *request)
{
	return service->flow != CONFIG_FLOW_TOKEN || service->max_age == USEC_INFINITY ||
	       access_signed_in_within(request, world_seconds(service->max_age));
}

static void world_refuse_age(struct session_verdict *ret)
{
	ret->permit = false;
	(void)snprintf(ret->reason, sizeof(ret->reason), "stale-login");
	(void)snprintf(ret->say, sizeof(ret->say),
		       "This service needs a token of a newer sign-in than yours.");
}

static void world_refuse_context(const struct config_service *service, struct session_verdict *ret)
{
	ret->permit = false;
	(void)snprintf(ret->reason, sizeof(ret->reason), "missing=acr:%s", service->acr.items[0]);
	(void)snprintf(ret->say, sizeof(ret->say),
		       "This service needs a stronger sign-in than the one you made.");
}

static int world_judge(void *userdata, const struct session_request *request,
		       const struct session_person *session_person, const struct identity *identity,
		       struct session_verdict *ret)
{
	struct world *world = userdata;
	_cleanup_(person_freep) struct person *person = NULL;
	_cleanup_(evidence_freep) struct evidence *evidence = NULL;
	const struct config_service *service =
		config_service(world->authority->config, request->service);
	struct access_decision decision;
	int r = world_record(world, request->user, &person);

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
	access_check(world->authority->config->rules, evidence_request(evidence), &decision);
	world_explain(world, evidence_request(evidence));
	(void)snprintf(world->rule, sizeof(world->rule), "%s", decision.rule ? decision.rule : "");
	ret->permit = decision.verdict == VERDICT_PERMIT;
	ret->session = decision.session;
	(void)snprintf(ret->reason, sizeof(ret->reason), "%s", decision.code);
	(void)snprintf(ret->say, sizeof(ret->say), "%s", decision.person);
	if (ret->permit && identity && !world_context_ok(world, request, identity))
		world_refuse_context(service, ret);
	else if (ret->permit && identity && !world_age_ok(service, evidence_request(evidence)))
		world_refuse_age(ret);
	if (ret->permit && !identity && person && world_stale(world, person, decision.offline)) {
		ret->permit = false;
		(void)snprintf(ret->reason, sizeof(ret->reason), "stale");
		(void)snprintf(ret->say, sizeof(ret->say),
			       "This host has not been able to confirm your account for too long.");
	}
	return 0;
}

/* ---- what stays of it ---- */

static void world_audit_learned(const char *user, const struct identity *identity,
				const char *directory)
{
	char message[256];
	const struct audit_event event = {
		.kind = AUDIT_LEARNED,
		.priority = LOG_NOTICE,
		.message = message,
		.user = user,
		.result = "learned",
		.provider = identity->provider,
		.subject = identity->sub,
		.directory = directory,
	};

	(void)snprintf(message, sizeof(message), "%.64s was learned from a sign-in at %.64s", user,
		       identity->provider);
	audit_write(&event);
}

static int world_learn(void *userdata, const char *user, const struct identity *identity)
{
	struct world *world = userdata;
	struct authority *authority = world->authority;
	const struct config_directory *directory = authority_learner(authority, identity->provider);
	const char *gecos = identity_claim(identity, "/name");
	const struct dir_user who = { .sub = identity->sub,
				      .name = user,
				      .uid = PERSON_ID_NONE,
				      .gid = PERSON_ID_NONE,
				      .gecos = gecos ? gecos : "",
				      .active = true };
	struct store_fact *facts = NULL;
	struct syncer_pass pass;
	char reason[REASON_MAX];
	size_t n = 0;
	int r;

	if (!directory)
		return SESSION_E_TAKEN;
	pass = authority_pass(authority, directory);
	if (strcmp(pass.iss, identity->iss) != 0)
		return SESSION_E_TAKEN;
	r = evidence_facts(authority->config, identity, &facts, &n);
	if (r < 0)
		return r;
	r = syncer_learn(authority->syncer, &pass, &who, facts, n, authority_time(), reason, NULL);
	evidence_facts_free(facts, n);
	if (r == SYNCER_E_REFUSED) {
		log_warning("%s was not learned: %s", user, reason);
		return SESSION_E_TAKEN;
	}
	if (r)
		return r < 0 ? r : -EIO;
	world->learned = true;
	world_audit_learned(user, identity, directory->name);
	return 0;
}

static int world_remember(void *userdata, const struct session_request *request,
			  const struct identity *identity)
{
	struct world *world = userdata;
	_cleanup_(person_freep) struct person *person = NULL;
	struct store_fact *facts = NULL;
	size_t n = 0;
	int r = world_record(world, request->user, &person);

	if (r < 0 || !person)
		return r;
	r = evidence_facts(world->authority->config, identity, &facts, &n);
	if (r >= 0)
		r = store_put_login(world->authority->store, person->id, authority_time(), facts,
				    n);
	evidence_facts_free(facts, n);
	if (r)
		log_error("the sign-in of %s cannot be noted: %s", request->user,
			  strerrordesc_np(r < 0 ? -r : EIO));
	return r;
}

/* ---- life ---- */

void world_init(struct world *world, struct authority *authority, struct admission *admission)
{
	*world = (struct world){ .authority = authority, .admission = admission };
	world->ops = (struct session_world){
		.userdata = world,
		.find = world_find,
		.flow = world_flow,
		.admit = world_admit,
		.judge = world_judge,
		.learn = world_learn,
		.remember = world_remember,
		.host = authority->host,
	};
}

void world_done(struct world *world)
{
	admission_give(world->admission, &world->admitted);
}
