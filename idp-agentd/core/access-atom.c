/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Judges one atom against what is known of a person.
 *
 * MUST
 * 1. Values are compared byte for byte: no folding, no trimming, no prefix (CVE-2025-49012).
 * 2. What is absent does not hold. What the caller could not know is UNKNOWN, never NO by chance.
 * 3. A ladder is compared with >=, never with ==: a platform may authenticate higher than asked.
 */

#include <string.h>

#include "idp-agentd/core/access-rules.h"
#include "idp-agentd/core/config-problem.h"
#include "idp-agentd/core/config-value.h"

static enum truth truth_of(bool yes)
{
	return yes ? TRUTH_YES : TRUTH_NO;
}

static enum truth same_text(const char *known, const char *wanted)
{
	return known ? truth_of(strcmp(known, wanted) == 0) : TRUTH_UNKNOWN;
}

/* What the kind is compared with, where that is one text. */
static const char *text_of(const struct access_request *request, enum atom_kind kind)
{
	return kind == ATOM_USER       ? request->user
	       : kind == ATOM_PROVIDER ? request->provider
	       : kind == ATOM_SITE     ? request->site
	       : kind == ATOM_ORIGIN   ? request->origin
	       : kind == ATOM_UUID     ? request->uuid
	       : kind == ATOM_TENANT   ? request->tenant
	       : kind == ATOM_CLIENT   ? request->client
	       : kind == ATOM_PURPOSE  ? request->purpose
	       : kind == ATOM_ESERVICE ? request->eservice
	       : kind == ATOM_CONSUMER ? request->consumer
				       : NULL;
}

/* Where it is a list. */
static const struct access_list *list_of(const struct access_request *request, enum atom_kind kind)
{
	return kind == ATOM_SCOPE         ? &request->scopes
	       : kind == ATOM_PATH_SCOPE  ? &request->scopes
	       : kind == ATOM_GROUP       ? &request->groups
	       : kind == ATOM_ROLE        ? &request->roles
	       : kind == ATOM_PRODUCT     ? &request->products
	       : kind == ATOM_ENTITLEMENT ? &request->entitlements
	       : kind == ATOM_AMR         ? &request->amr
					  : NULL;
}

static bool list_has(const struct access_list *list, const char *wanted)
{
	for (size_t i = 0; i < list->n; i++)
		if (strcmp(list->items[i], wanted) == 0)
			return true;
	return false;
}

/* MUST 2: a list that could not be read names nobody, and rules out nobody. */
static enum truth listed_truth(const struct access_list *list, bool unknown, const char *wanted)
{
	if (list_has(list, wanted))
		return TRUTH_YES;
	return unknown ? TRUTH_UNKNOWN : TRUTH_NO;
}

const struct ladder *ladder_find(const struct ruleset *rules, const char *name)
{
	for (size_t i = 0; i < rules->n_ladders; i++)
		if (strcmp(rules->ladders[i].name, name) == 0)
			return &rules->ladders[i];
	return NULL;
}

const struct scope *scope_find(const struct ruleset *rules, const char *name)
{
	for (size_t i = 0; i < rules->n_scopes; i++)
		if (strcmp(rules->scopes[i].name, name) == 0)
			return &rules->scopes[i];
	return NULL;
}

/* ---- kinds that stand for themselves ---- */

static enum truth path_scope_judge(const struct access_list *scopes, const struct atom *atom)
{
	for (size_t i = 0; i < scopes->n; i++)
		if (path_scope_covers(atom, scopes->items[i]))
			return TRUTH_YES;
	return TRUTH_NO;
}

bool access_signed_in_within(const struct access_request *request, uint64_t seconds)
{
	if (request->auth_time == 0 || request->auth_time > request->now + TOKEN_LEEWAY_SEC)
		return false;
	return request->auth_time >= request->now || request->now - request->auth_time <= seconds;
}

static enum truth claim_judge(const struct access_request *request, const struct atom *atom)
{
	for (size_t i = 0; i < request->n_claims; i++)
		if (strcmp(request->claims[i].path, atom->path) == 0 &&
		    strcmp(request->claims[i].value, atom->wanted) == 0)
			return TRUTH_YES;
	return request->claims_unknown ? TRUTH_UNKNOWN : TRUTH_NO;
}

static enum truth subject_judge(enum subject_kind known, enum subject_kind wanted)
{
	return known == SUBJECT_UNKNOWN ? TRUTH_UNKNOWN : truth_of(known == wanted);
}

/* Without a ladder the claim is a number itself. */
static enum truth loa_judge(const struct access_request *request, const struct atom *atom)
{
	uint64_t level;

	return truth_of(
		request->loa &&
		config_value_number(request->loa, strlen(request->loa), UINT32_MAX, &level) &&
		level >= atom->rung);
}

static enum truth acr_judge(const struct access_request *request, const struct atom *atom)
{
	return truth_of(request->acr && strcmp(request->acr, atom->value) == 0);
}

static enum truth role_judge(const struct facts *facts, const struct atom *atom)
{
	if (role_held(facts->rules, facts->request, atom->value))
		return TRUTH_YES;
	return facts->request->roles_unknown ? TRUTH_UNKNOWN : TRUTH_NO;
}

/* Every atom that is on no ladder. */
static enum truth plain_judge(const struct facts *facts, const struct atom *atom)
{
	const struct access_request *request = facts->request;
	struct net net = atom->net;

	switch (atom->kind) {
	case ATOM_SCOPE:
		return truth_of(list_has(&request->scopes, atom->value));
	case ATOM_PATH_SCOPE:
		return path_scope_judge(&request->scopes, atom);
	case ATOM_GROUP:
		return listed_truth(&request->groups, request->groups_unknown, atom->value);
	case ATOM_ENTITLEMENT:
		return listed_truth(&request->entitlements, request->entitlements_unknown,
				    atom->value);
	case ATOM_ROLE:
		return role_judge(facts, atom);
	case ATOM_PRODUCT:
		return listed_truth(&request->products, request->products_unknown, atom->value);
	case ATOM_AMR:
		return truth_of(list_has(&request->amr, atom->value));
	case ATOM_LOA:
		return loa_judge(request, atom);
	case ATOM_ACR:
		return acr_judge(request, atom);
	case ATOM_USER:
	case ATOM_PROVIDER:
	case ATOM_SITE:
	case ATOM_ORIGIN:
	case ATOM_UUID:
	case ATOM_TENANT:
	case ATOM_CLIENT:
	case ATOM_PURPOSE:
	case ATOM_ESERVICE:
	case ATOM_CONSUMER:
		return same_text(text_of(request, atom->kind), atom->wanted);
	case ATOM_SUBJECT:
		return subject_judge(request->subject_kind, atom->subject);
	case ATOM_FROM:
		return net_judge(&(struct nets){ .n = 1, .items = &net }, request->from);
	case ATOM_FRESH:
		return truth_of(access_signed_in_within(request, atom->seconds));
	case ATOM_CLAIM:
		return claim_judge(request, atom);
	case ATOM_LITERAL:
		break; /* the parser lets none of them into a rule */
	}
	return TRUTH_UNKNOWN;
}

/* ---- ladders ---- */

static bool atom_is_on(const struct atom *atom, const struct ladder *ladder)
{
	return (atom->kind == ATOM_LOA || atom->kind == ATOM_ACR) && atom->ladder == ladder;
}

/* An expectation says "loa:2": then it is 2 whatever the ladder is made of. */
static bool ladder_is_asserted(const struct facts *facts, const struct atom *wanted)
{
	for (size_t i = 0; facts->asserted && i < facts->asserted->n; i++) {
		const struct atom *atom = &facts->asserted->items[i];

		if (atom->kind == wanted->kind && atom_is_on(atom, wanted->ladder) &&
		    atom->rung >= wanted->rung)
			return true;
	}
	return false;
}

static enum truth literal_judge(const struct ladder *ladder, const struct access_request *request,
				const char *value)
{
	const char *known = ladder->is_acr ? request->acr : request->loa;

	return truth_of(known && strcmp(known, value) == 0);
}

static enum truth way_judge(const struct facts *facts, const struct ladder *ladder,
			    const struct atom *way)
{
	if (way->kind == ATOM_LITERAL)
		return literal_judge(ladder, facts->request, way->value);
	return plain_judge(facts, way); /* a rung stands on no ladder: access-words.c */
}

static enum truth ladder_judge(const struct facts *facts, const struct atom *atom)
{
	const struct ladder *ladder = atom->ladder;
	enum truth best = TRUTH_NO;

	if (ladder_is_asserted(facts, atom))
		return TRUTH_YES;
	for (size_t i = 0; i < ladder->n; i++) {
		const struct rung *rung = &ladder->rungs[i];

		if (rung->number < atom->rung)
			continue;
		for (size_t j = 0; j < rung->ways.n; j++) {
			enum truth way = way_judge(facts, ladder, &rung->ways.items[j]);

			best = way > best ? way : best;
		}
	}
	return best;
}

enum truth atom_judge(const struct facts *facts, const struct atom *atom)
{
	return atom->ladder ? ladder_judge(facts, atom) : plain_judge(facts, atom);
}

enum truth atom_foresee(const struct facts *facts, const struct atom *atom, enum truth hoped)
{
	enum truth truth = atom_judge(facts, atom);

	return truth == TRUTH_UNKNOWN && facts->request->signing_in && atom_is_told(atom) ? hoped
											  : truth;
}

/* ---- what a new sign-in could bring ---- */

static bool ask_for_acr(struct access_step_up *step_up, const char *acr)
{
	for (size_t i = 0; i < step_up->n_acr; i++)
		if (strcmp(step_up->acr[i], acr) == 0)
			return true;
	if (step_up->n_acr < ACCESS_MISSING_MAX)
		step_up->acr[step_up->n_acr++] = acr;
	return step_up->n_acr > 0;
}

static bool ladder_is_brought(const struct atom *atom, struct access_step_up *step_up)
{
	const struct ladder *ladder = atom->ladder;
	bool brought = false;

	for (size_t i = 0; i < ladder->n; i++) {
		const struct rung *rung = &ladder->rungs[i];

		for (size_t j = 0; rung->number >= atom->rung && j < rung->ways.n; j++) {
			const struct atom *way = &rung->ways.items[j];

			if (way->kind == ATOM_ACR || (way->kind == ATOM_LITERAL && ladder->is_acr))
				brought = ask_for_acr(step_up, way->value) || brought;
		}
	}
	return brought;
}

bool atom_is_brought(const struct atom *atom, struct access_step_up *step_up)
{
	if (atom->kind == ATOM_SCOPE || atom->kind == ATOM_PATH_SCOPE) {
		if (step_up->n_scopes >= ACCESS_MISSING_MAX)
			return false;
		step_up->scopes[step_up->n_scopes++] = atom->value;
		return true;
	}
	if (atom->kind == ATOM_FRESH) {
		if (atom->seconds < step_up->max_age)
			step_up->max_age = atom->seconds;
		return true;
	}
	if ((atom->kind == ATOM_ACR || atom->kind == ATOM_LOA) && atom->ladder)
		return ladder_is_brought(atom, step_up);
	return atom->kind == ATOM_ACR && ask_for_acr(step_up, atom->value);
}

bool atom_is_told(const struct atom *atom)
{
	switch (atom->kind) {
	case ATOM_GROUP:
	case ATOM_ENTITLEMENT:
	case ATOM_ROLE:
	case ATOM_PRODUCT:
	case ATOM_SITE:
	case ATOM_ORIGIN:
	case ATOM_UUID:
	case ATOM_TENANT:
	case ATOM_CLAIM:
	case ATOM_AMR:
	case ATOM_LOA:
	case ATOM_ACR:
		return true;
	case ATOM_SCOPE:
	case ATOM_PATH_SCOPE:
	case ATOM_FRESH: /* these are asked for */
	case ATOM_USER:
	case ATOM_PROVIDER:
	case ATOM_SUBJECT:
	case ATOM_FROM:
	case ATOM_CLIENT:
	case ATOM_PURPOSE:
	case ATOM_ESERVICE:
	case ATOM_CONSUMER: /* of no person */
	case ATOM_LITERAL:
		break;
	}
	return false;
}

/* ---- what looks like it ---- */

const char *atom_near(const struct facts *facts, const struct atom *atom, const char **ret_how)
{
	const struct access_request *request = facts->request;
	const struct access_list *list = list_of(request, atom->kind);
	const char *text = atom->kind == ATOM_ACR && !atom->ladder ? request->acr
								   : text_of(request, atom->kind);
	struct config_guess guess = { .word = atom->wanted };

	for (size_t i = 0; list && i < list->n; i++)
		config_guess(&guess, list->items[i]);
	if (text)
		config_guess(&guess, text);
	*ret_how = guess.near == CONFIG_NEAR_CASE ? "differs only in case" : "looks alike";
	return guess.best;
}
