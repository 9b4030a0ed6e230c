/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Answers the session machine. MUST: every answer is read from the record and the rules at the
 * moment of the question; an error is an error, never a milder answer.
 */
#include "idp-agentd/core/world.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "idp-agentd/core/alias.h"
#include "idp-agentd/core/audit.h"
#include "idp-agentd/core/authority.h"
#include "idp-agentd/core/brake.h"
#include "idp-agentd/core/claimed.h"
#include "idp-agentd/core/config.h"
#include "idp-agentd/core/evidence.h"
#include "idp-agentd/core/identity.h"
#include "idp-agentd/core/person.h"
#include "idp-agentd/core/store-login.h"
#include "idp-agentd/core/store-person.h"
#include "idp-agentd/core/ticket.h"
#include "idp-agentd/core/wallet.h"
#include "idp-agentd/core/world-internal.h"

uint64_t world_seconds(usec_t usec)
{
	return usec == USEC_INFINITY ? UINT64_MAX : usec / USEC_PER_SEC;
}

void world_bound(const struct config_provider *provider, char bound[static WORLD_BOUND_MAX])
{
	(void)snprintf(bound, WORLD_BOUND_MAX, "%s %s", provider->issuer, provider->subject_from);
}

/* ---- who is it ---- */

/*
 * What somebody nobody knows will be called here, once learned: a learner's own form of the name
 * that was typed, where all learners that take the typed one agree. Else "".
 */
static void world_foretell(const struct authority *authority, const char *user,
			   char name[static NAME_LEN_MAX + 1])
{
	char form[NAMING_ROOM], other[NAME_LEN_MAX + 1];

	for (size_t i = 0; i < authority->config->n_directories; i++) {
		const struct config_directory *directory = &authority->config->directories[i];
		const struct naming *naming = alias_naming(authority->aliases, directory->name);

		if (directory->kind != DIRECTORY_USERINFO || !naming_other(naming, user, other))
			continue;
		naming_apply(naming, user, form);
		if (strlen(form) > NAME_LEN_MAX || (*name && strcmp(name, form) != 0)) {
			*name = '\0';
			return;
		}
		memcpy(name, form, strlen(form) + 1);
	}
	if (strcmp(name, user) == 0)
		*name = '\0';
}

/* A form that is somebody's name already is nobody else's to be. */
static int world_foretell_free(struct authority *authority, const char *user,
			       char name[static NAME_LEN_MAX + 1])
{
	_cleanup_(person_freep) struct person *holder = NULL;
	enum publish_verdict verdict;
	enum authority_who who;
	int r;

	world_foretell(authority, user, name);
	if (!*name)
		return 0;
	r = authority_find(authority, name, &who, &verdict, &holder);
	if (r < 0 || who != AUTHORITY_NOBODY)
		*name = '\0';
	return r;
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
		r = ret->withheld ? 0 : world_foretell_free(authority, user, ret->name);
		if (r < 0)
			return r;
	}
	if (!person)
		return 0;
	if (strlen(person->iss) >= sizeof(ret->iss) || strlen(person->sub) >= sizeof(ret->sub))
		return -EBADMSG;
	ret->known = true;
	if (strcmp(person->name, user) != 0)
		(void)snprintf(ret->name, sizeof(ret->name), "%s", person->name);
	ret->active = person->active && verdict != PUBLISH_INACTIVE && verdict != PUBLISH_LOA;
	ret->ended = verdict == PUBLISH_ENDED;
	ret->fresh = person_age(person, authority_time()) <=
		     world_seconds(authority->config->agent.offline);
	memcpy(ret->iss, person->iss, strlen(person->iss) + 1);
	memcpy(ret->sub, person->sub, strlen(person->sub) + 1);
	(void)snprintf(world->subject, sizeof(world->subject), "%s", person->sub);
	return 0;
}

void world_name(const struct world *world, struct identity *identity)
{
	const struct authority *authority = world->authority;
	const struct config_directory *directory = authority_learner(authority, identity->provider);
	char name[NAMING_ROOM], *copy;

	if (!directory)
		return;
	naming_apply(alias_naming(authority->aliases, directory->name), identity->name, name);
	if (strcmp(name, identity->name) == 0)
		return;
	copy = strdup(name);
	if (!copy) {
		*identity->name = '\0'; /* nobody's name: it teaches nothing */
		return;
	}
	free(identity->name);
	identity->name = copy;
}

int world_record(struct world *world, const char *user, struct person **ret)
{
	enum publish_verdict verdict;
	enum authority_who who;

	return authority_find(world->authority, user, &who, &verdict, ret);
}

/* ---- may one more begin ---- */

static bool world_admit(void *userdata, const struct session_request *request)
{
	struct world *world = userdata;

	return admission_take(world->admission, request, world->by_root, world->asker,
			      &world->admitted);
}

static bool world_attempt(void *userdata, const struct session_request *request)
{
	struct world *world = userdata;

	world->attempted =
		brake_take(admission_brake(world->admission), request->user, clock_now());
	return world->attempted;
}

/*
 * Guesses are not braked: none finds 100 bits in two minutes, and a brake would let a stranger who
 * knocks under a name keep the right ticket of that name out.
 */
static int world_ticket(void *userdata, const struct session_request *request,
			const struct secret *typed, struct secret **ret_token)
{
	struct world *world = userdata;

	if (!world->tickets || !ticket_is_one(typed))
		return 0;
	*ret_token = tickets_redeem(world->tickets, request->user, typed, clock_now());
	return *ret_token ? 0 : SESSION_E_TICKET;
}

/*
 * Platforms say no to a password in words of their own, not all of them invalid_grant: whatever one
 * answered counts. Only where nobody answered it does not.
 */
void world_settle(struct world *world, const char *user, enum wire_result result,
		  const char *reason)
{
	struct brake *brake = admission_brake(world->admission);

	if (world->attempted && result == WIRE_PERMIT)
		brake_release(brake, user);
	else if (world->attempted && result == WIRE_UNAVAIL &&
		 strcmp(reason, "platform-refused") != 0)
		brake_undo(brake, user);
	world->attempted = false;
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

static int world_keep(struct world *world, const struct session_request *request,
		      const struct identity *identity, bool signed_in)
{
	_cleanup_(person_freep) struct person *person = NULL;
	struct store_fact *facts = NULL;
	size_t n = 0;
	int r = world_record(world, request->user, &person);

	if (r < 0 || !person)
		return r;
	r = evidence_facts(world->authority->config, identity, &facts, &n);
	if (r >= 0 && signed_in)
		r = store_put_login(world->authority->store, person->id, authority_time(), facts,
				    n);
	else if (r >= 0)
		r = store_put_facts(world->authority->store, person->id, facts, n);
	evidence_facts_free(facts, n);
	if (r == 0)
		r = claimed_person(world->authority, person, &world->regrouped);
	if (r)
		log_error("the sign-in of %s cannot be noted: %s", request->user,
			  strerrordesc_np(r < 0 ? -r : EIO));
	return r;
}

static int world_remember(void *userdata, const struct session_request *request,
			  const struct identity *identity)
{
	return world_keep(userdata, request, identity, true);
}

static int world_retract(void *userdata, const struct session_request *request,
			 const struct identity *identity)
{
	return world_keep(userdata, request, identity, false);
}

/* Whoever is not root may say of himself that he comes and goes; it is not counted. */
static void world_count(void *userdata, const struct session_request *request)
{
	struct world *world = userdata;

	if (world->wallets && world->by_root)
		wallets_count_session(world->wallets, request->user, request->service,
				      request->kind == SESSION_KIND_OPEN);
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
		.attempt = world_attempt,
		.ticket = world_ticket,
		.judge = world_judge,
		.more = world_more,
		.learn = world_learn,
		.remember = world_remember,
		.retract = world_retract,
		.count = world_count,
		.host = authority->host,
	};
}

void world_done(struct world *world)
{
	free(TAKE_PTR(world->asked));
	admission_give(world->admission, &world->admitted);
}
