/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * MUST
 * 1. Whoever left, was locked or has ended is nobody at a resource either, however good the token.
 * 2. A program is nobody here, also where its platform lets it have a person's id (RFC 9068 section
 *    5): no account, no group and no lock of a person is a program's.
 * 3. YES is said in one place, when the rules permit and the [service] demands nothing that is
 *    missing; an error is an error, never a milder answer.
 */
#include "idp-agentd/core/verify-internal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "idp-agentd/core/authority.h"
#include "idp-agentd/core/config.h"
#include "idp-agentd/core/demand.h"
#include "idp-agentd/core/evidence.h"
#include "idp-agentd/core/identity.h"
#include "idp-agentd/core/person.h"
#include "idp-agentd/core/publish.h"
#include "idp-agentd/core/session.h"
#include "idp-agentd/core/store-person.h"

void verify_refuse(struct verify_verdict *verdict, enum wire_verified outcome, const char *code,
		   const char *text)
{
	verdict->outcome = outcome;
	(void)snprintf(verdict->code, sizeof(verdict->code), "%s", code);
	(void)snprintf(verdict->text, sizeof(verdict->text), "%s", text);
}

/* MUST 1, 2. 0 go on, 1 refused, -errno. */
static int judge_person(struct authority *authority, struct verify_verdict *verdict)
{
	const struct identity *identity = verdict->identity;
	int r;

	if (identity->workload) {
		verdict->nobody = true;
		return 0;
	}
	r = store_find_subject(authority->store, identity->iss, identity->sub, &verdict->person);
	verdict->nobody = r == STORE_E_NOT_FOUND;
	if (verdict->nobody)
		return 0;
	if (r != 0)
		return r < 0 ? r : -EIO;
	switch (publish_judge(authority->publisher, verdict->person, authority_time())) {
	case PUBLISH_YES:
		verdict->shown = true;
		return 0;
	case PUBLISH_RETIRED:
	case PUBLISH_INACTIVE:
	case PUBLISH_ENDED:
		verify_refuse(verdict, WIRE_VERIFIED_NO, "inactive",
			      "This account is locked, or has ended.");
		return 1;
	case PUBLISH_NO:
	case PUBLISH_RANGE:
	case PUBLISH_LOCAL:
	case PUBLISH_NAME:
	case PUBLISH_DIRECTORY:
	case PUBLISH_LOA:
		break;
	}
	/* No account of this host: what the token says of them stands alone. */
	verdict->person = person_free(verdict->person);
	return 0;
}

/* What a new sign-in would have to be, and could. */
static void judge_step_up(struct verify_verdict *verdict)
{
	const struct access_step_up *step_up = &verdict->decision.step_up;
	bool sign_in = step_up->stronger || step_up->newer;

	verify_refuse(verdict, sign_in ? WIRE_VERIFIED_SIGN_IN : WIRE_VERIFIED_NO,
		      verdict->decision.code, verdict->decision.person);
	verdict->acr_values = step_up->acr;
	verdict->n_acr_values = step_up->n_acr;
	verdict->max_age = step_up->max_age;
}

/* The rules permit. */
static void judge_demands(const struct authority *authority, const struct config_service *service,
			  const struct access_request *ask, struct verify_verdict *verdict)
{
	if (!demand_acr_met(authority->config->rules, service, ask->acr)) {
		verify_refuse(verdict, WIRE_VERIFIED_SIGN_IN, "missing=acr",
			      "This service needs a stronger sign-in than the one you made.");
		verdict->acr_values = service->acr.items;
		verdict->n_acr_values = service->acr.n;
	} else if (!demand_age_met(service, ask)) {
		verify_refuse(verdict, WIRE_VERIFIED_SIGN_IN, "stale-login",
			      "This service needs a token of a newer sign-in than yours.");
		verdict->max_age = service->max_age / USEC_PER_SEC;
	} else {
		verify_refuse(verdict, WIRE_VERIFIED_YES, verdict->decision.code, ""); /* MUST 3 */
	}
}

static void judge_rules(const struct authority *authority, const struct config_service *service,
			struct verify_verdict *verdict)
{
	struct access_request ask = *evidence_request(verdict->evidence);

	ask.workload_ok = true; /* no session is opened */
	ask.may_step_up = true;
	access_check(authority->config->rules, &ask, &verdict->decision);
	switch (verdict->decision.verdict) {
	case VERDICT_PERMIT:
		judge_demands(authority, service, &ask, verdict);
		return;
	case VERDICT_STEP_UP:
		judge_step_up(verdict);
		return;
	case VERDICT_DENY:
		break;
	}
	verify_refuse(verdict, WIRE_VERIFIED_NO, verdict->decision.code, verdict->decision.person);
}

int verify_judge(struct authority *authority, const char *resource, struct identity *identity,
		 struct verify_verdict *ret_verdict)
{
	const struct config_service *service = config_service(authority->config, resource);
	struct verify_verdict verdict = { .identity = identity, .max_age = UINT64_MAX };
	char name[CONFIG_NAME_MAX + 1], none[] = "";
	struct session_request request = { .service = name };
	int r = judge_person(authority, &verdict);

	(void)snprintf(name, sizeof(name), "%s", service->name);
	if (r == 0) {
		/* Nobody here has no account, which is known of them; who else has none shown may
		 * be anybody to a [deny]. */
		request.user = verdict.shown ? verdict.person->name : verdict.nobody ? none : NULL;
		r = evidence_new(authority, &request, verdict.person, identity, &verdict.evidence);
		if (r == 0)
			judge_rules(authority, service, &verdict);
	}
	if (r < 0) {
		verify_verdict_done(&verdict);
		return r;
	}
	*ret_verdict = verdict;
	return 0;
}

void verify_verdict_done(struct verify_verdict *verdict)
{
	verdict->evidence = evidence_free(verdict->evidence);
	verdict->person = person_free(verdict->person);
}
