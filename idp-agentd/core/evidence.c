/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * MUST: the account phase sees exactly what was kept of the last sign-in and what the directory
 * says now, nothing more; what is not known stays unset, and never helps the person.
 */
#include "idp-agentd/core/evidence.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "idp-agentd/core/authority.h"
#include "idp-agentd/core/config.h"
#include "idp-agentd/core/identity.h"
#include "idp-agentd/core/person.h"
#include "idp-agentd/core/session.h"
#include "idp-agentd/core/store-group.h"
#include "idp-agentd/core/store-login.h"
#include "idp-agentd/core/traits.h"

struct texts {
	size_t n, room;
	const char **items;
};

struct evidence {
	struct access_request request;
	struct texts groups, entitlements, scopes, amr;
	struct access_claim *claims;
	char **claim_paths; /* those split out of stored facts, ours to free */
	size_t n_claim_paths;
	struct group **dir_groups;
	size_t n_dir_groups;
	struct store_facts *facts;
	struct traits traits;
};

static int texts_add(struct texts *texts, const char *text)
{
	if (texts->n == texts->room) {
		size_t room = texts->room ? texts->room * 2 : 16;
		const char **items = reallocarray(texts->items, room, sizeof(*items));

		if (!items)
			return -ENOMEM;
		texts->items = items;
		texts->room = room;
	}
	texts->items[texts->n++] = text;
	return 0;
}

static bool texts_has(const struct texts *texts, const char *text)
{
	for (size_t i = 0; i < texts->n; i++)
		if (strcmp(texts->items[i], text) == 0)
			return true;
	return false;
}

static int texts_add_list(struct texts *texts, const struct identity_list *list)
{
	int r = 0;

	for (size_t i = 0; i < list->n && r >= 0; i++)
		r = texts_add(texts, list->items[i]);
	return r;
}

/* ---- of a sign-in ---- */

/* The level of assurance that the sign-in told, where its provider tells one; else NULL. */
static const char *evidence_loa(const struct config *config, const struct identity *identity)
{
	const struct config_provider *provider = config_provider(config, identity->provider);

	return provider && provider->loa_from ? identity_claim(identity, provider->loa_from) : NULL;
}

static int evidence_add_identity(struct evidence *evidence, const struct identity *identity,
				 const struct config *config)
{
	struct access_request *request = &evidence->request;
	int r;

	request->provider = identity->provider;
	if (identity->workload)
		request->subject_kind = SUBJECT_WORKLOAD;
	request->anonymous = identity->anonymous;
	request->auth_time = identity->auth_time;
	request->acr = *identity->acr ? identity->acr : NULL;
	request->loa = evidence_loa(config, identity);
	request->groups_unknown = identity->groups_unknown;
	request->entitlements_unknown = identity->entitlements_unknown;
	evidence->claims = calloc(identity->n_claims + 1, sizeof(*evidence->claims));
	if (!evidence->claims)
		return -ENOMEM;
	for (size_t i = 0; i < identity->n_claims; i++)
		evidence->claims[i] = (struct access_claim){ .path = identity->claims[i].path,
							     .value = identity->claims[i].value };
	request->n_claims = identity->n_claims;
	r = traits_read(&evidence->traits, config_provider(config, identity->provider), identity);
	if (r >= 0)
		r = texts_add_list(&evidence->groups, &identity->groups);
	if (r >= 0)
		r = texts_add_list(&evidence->entitlements, &identity->entitlements);
	if (r >= 0)
		r = texts_add_list(&evidence->scopes, &identity->scopes);
	if (r >= 0)
		r = texts_add_list(&evidence->amr, &identity->amr);
	return r;
}

/* ---- of the last sign-in ---- */

/* "/path=value"; a path never holds '=' that is not part of the member's name, and the longest
 * path is not needed: rules compare both halves. */
static int evidence_add_claim(struct evidence *evidence, const char *text)
{
	const char *equals = strchr(text, '=');
	char *path = equals ? strndup(text, (size_t)(equals - text)) : NULL;

	if (!equals)
		return 0;
	if (!path)
		return -ENOMEM;
	evidence->claim_paths[evidence->n_claim_paths++] = path;
	evidence->claims[evidence->request.n_claims++] =
		(struct access_claim){ .path = path, .value = equals + 1 };
	return 0;
}

static int evidence_add_fact(struct evidence *evidence, const struct store_fact *fact)
{
	struct access_request *request = &evidence->request;

	if (!strcmp(fact->kind, "group"))
		return texts_add(&evidence->groups, fact->value);
	if (!strcmp(fact->kind, "entitlement"))
		return texts_add(&evidence->entitlements, fact->value);
	if (!strcmp(fact->kind, "scope"))
		return texts_add(&evidence->scopes, fact->value);
	if (!strcmp(fact->kind, "amr"))
		return texts_add(&evidence->amr, fact->value);
	if (!strcmp(fact->kind, "claim"))
		return evidence_add_claim(evidence, fact->value);
	if (!strcmp(fact->kind, "unknown")) {
		request->groups_unknown |= !strcmp(fact->value, "groups");
		request->entitlements_unknown |= !strcmp(fact->value, "entitlements");
	} else if (!strcmp(fact->kind, "acr"))
		request->acr = fact->value;
	else if (!strcmp(fact->kind, "loa"))
		request->loa = fact->value;
	else if (!strcmp(fact->kind, "auth_time"))
		request->auth_time = strtoull(fact->value, NULL, 10); /* we wrote it */
	return 0;
}

static int evidence_add_facts(struct evidence *evidence, struct authority *authority,
			      const struct person *person)
{
	int r = store_get_facts(authority->store, person->id, &evidence->facts);

	if (r)
		return r < 0 ? r : -EIO;
	/* Of who was never let in no sign-in tells: that they have none is not known. */
	if (evidence->facts->time == 0)
		evidence->request.entitlements_unknown = evidence->request.claims_unknown = true;
	evidence->claims = calloc(evidence->facts->n + 1, sizeof(*evidence->claims));
	evidence->claim_paths = calloc(evidence->facts->n + 1, sizeof(*evidence->claim_paths));
	if (!evidence->claims || !evidence->claim_paths)
		return -ENOMEM;
	r = traits_recall(&evidence->traits, authority_issuer(authority, person->iss),
			  evidence->facts);
	for (size_t i = 0; i < evidence->facts->n && r >= 0; i++)
		r = evidence_add_fact(evidence, &evidence->facts->facts[i]);
	return r;
}

/* ---- of the record ---- */

static int evidence_add_person(struct evidence *evidence, struct authority *authority,
			       const struct person *person)
{
	const struct config_provider *provider = authority_issuer(authority, person->iss);
	const struct config_directory *directory =
		config_directory(authority->config, person->directory);
	int r;

	if (!evidence->request.provider && provider)
		evidence->request.provider = provider->name;
	if (*person->loa)
		evidence->request.loa = person->loa;
	if (*person->origin)
		evidence->traits.origin = person->origin;
	else if (directory && directory->origin_from && !(provider && provider->origin_from))
		evidence->traits.origin = NULL; /* it was to tell, and does not */
	r = store_person_groups(authority->store, person->id, &evidence->n_dir_groups,
				&evidence->dir_groups);
	if (r)
		return r < 0 ? r : -EIO;
	if (evidence->n_dir_groups > USER_GROUPS_MAX) {
		log_warning(
			"%s is in more than %u groups: a rule may be about one that is not read, "
			"so nothing is decided",
			person->name, USER_GROUPS_MAX);
		return -E2BIG;
	}
	for (size_t i = 0; i < evidence->n_dir_groups && r >= 0; i++)
		/* What claims give is not a claim: a rule about a group is about the platform's. */
		if (!group_is_claimed(evidence->dir_groups[i]) &&
		    !texts_has(&evidence->groups, evidence->dir_groups[i]->name))
			r = texts_add(&evidence->groups, evidence->dir_groups[i]->name);
	return r;
}

static struct access_list texts_list(const struct texts *texts)
{
	return (struct access_list){ .n = texts->n, .items = texts->items };
}

static void evidence_seal(struct evidence *evidence)
{
	struct access_request *request = &evidence->request;

	request->groups = texts_list(&evidence->groups);
	request->entitlements = texts_list(&evidence->entitlements);
	request->scopes = texts_list(&evidence->scopes);
	request->amr = texts_list(&evidence->amr);
	request->claims = evidence->claims;
	traits_put(&evidence->traits, request);
}

int evidence_new(struct authority *authority, const struct session_request *request,
		 const struct person *person, const struct identity *identity,
		 struct evidence **ret_evidence)
{
	_cleanup_(evidence_freep) struct evidence *evidence = calloc(1, sizeof(*evidence));
	int r = 0;

	if (!evidence)
		return -ENOMEM;
	evidence->traits = (struct traits){ .roles.unknown = true, .products.unknown = true };
	evidence->request = (struct access_request){
		.user = request->user,
		.service = request->service,
		.host = authority->host,
		.from = request->rhost,
		.subject_kind = SUBJECT_PERSON,
		.now = authority_time(),
	};
	if (identity)
		r = evidence_add_identity(evidence, identity, authority->config);
	else if (person)
		r = evidence_add_facts(evidence, authority, person);
	if (r >= 0 && person)
		r = evidence_add_person(evidence, authority, person);
	if (r < 0)
		return r;
	evidence_seal(evidence);
	*ret_evidence = TAKE_PTR(evidence);
	return 0;
}

struct evidence *evidence_free(struct evidence *evidence)
{
	if (!evidence)
		return NULL;
	traits_done(&evidence->traits);
	free(evidence->groups.items);
	free(evidence->entitlements.items);
	free(evidence->scopes.items);
	free(evidence->amr.items);
	for (size_t i = 0; i < evidence->n_claim_paths; i++)
		free(evidence->claim_paths[i]);
	free(evidence->claim_paths);
	free(evidence->claims);
	group_list_free(evidence->dir_groups, evidence->n_dir_groups);
	store_facts_free(evidence->facts);
	free(evidence);
	return NULL;
}

const struct access_request *evidence_request(const struct evidence *evidence)
{
	return &evidence->request;
}

/* ---- what is kept ---- */

/* Every list of an identity is bounded, so all of it has room. */
static void facts_add(struct store_fact *facts, size_t *n, const char *kind, const char *value)
{
	if (value && *value)
		facts[(*n)++] = (struct store_fact){ .kind = kind, .value = value };
}

static void facts_add_list(struct store_fact *facts, size_t *n, const char *kind,
			   const struct identity_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		facts_add(facts, n, kind, list->items[i]);
}

/* Texts made here, not borrowed: claims and the time. */
static bool facts_is_ours(const struct store_fact *fact)
{
	return !strcmp(fact->kind, "claim") || !strcmp(fact->kind, "auth_time");
}

static int facts_add_made(struct store_fact *facts, size_t *n, const struct ruleset *rules,
			  const struct identity *identity)
{
	char *text;

	if (asprintf(&text, "%llu", (unsigned long long)identity->auth_time) < 0)
		return -ENOMEM;
	facts_add(facts, n, "auth_time", text);
	for (size_t i = 0; i < identity->n_claims; i++) {
		const struct identity_claim *claim = &identity->claims[i];

		if (!access_reads_claim(rules, claim->path))
			continue;
		if (asprintf(&text, "%s=%s", claim->path, claim->value) < 0)
			return -ENOMEM;
		facts_add(facts, n, "claim", text);
	}
	return 0;
}

int evidence_facts(const struct config *config, const struct identity *identity,
		   struct store_fact **ret_facts, size_t *ret_n)
{
	size_t n = 0, room = identity->groups.n + identity->entitlements.n + identity->scopes.n +
			     identity->amr.n + identity->n_claims +
			     5; /* auth_time, acr, loa, unknown */
	struct store_fact *facts = NULL;
	struct traits traits;
	int r = traits_read(&traits, config_provider(config, identity->provider), identity);

	room += traits_count(&traits);
	if (r == 0 && room > STORE_FACTS_MAX)
		r = -E2BIG;
	if (r == 0 && !(facts = calloc(room, sizeof(*facts))))
		r = -ENOMEM;
	if (r == 0)
		r = facts_add_made(facts, &n, config->rules, identity);
	if (r != 0) {
		traits_done(&traits);
		evidence_facts_free(facts, n);
		return r;
	}
	facts_add(facts, &n, "acr", identity->acr);
	facts_add(facts, &n, "loa", evidence_loa(config, identity));
	facts_add_list(facts, &n, "scope", &identity->scopes);
	facts_add_list(facts, &n, "amr", &identity->amr);
	facts_add_list(facts, &n, "group", &identity->groups);
	facts_add_list(facts, &n, "entitlement", &identity->entitlements);
	facts_add(facts, &n, "unknown", identity->groups_unknown ? "groups" : NULL);
	facts_add(facts, &n, "unknown", identity->entitlements_unknown ? "entitlements" : NULL);
	traits_keep(&traits, facts, &n);
	traits_done(&traits);
	*ret_facts = facts;
	*ret_n = n;
	return 0;
}

void evidence_facts_free(struct store_fact *facts, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char *ours = NULL;

		if (!facts_is_ours(&facts[i]))
			continue;
		memcpy(&ours, &facts[i].value, sizeof(ours)); /* const only while it is a fact */
		free(ours);
	}
	free(facts);
}
