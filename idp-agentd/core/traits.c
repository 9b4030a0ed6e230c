/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * MUST
 * 1. What a provider is said to tell and did not is not known; it is never "none".
 * 2. One text that is told twice, and differently, is not known.
 * 3. A list that holds more than texts is not known as a whole.
 */
#include "idp-agentd/core/traits.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "idp-agentd/core/access.h"
#include "idp-agentd/core/config.h"
#include "idp-agentd/core/identity.h"
#include "idp-agentd/core/store-login.h"

static int list_add(struct trait_list *list, const char *text)
{
	if (list->n == list->room) {
		size_t room = list->room ? list->room * 2 : 16;
		const char **items = reallocarray(list->items, room, sizeof(*items));

		if (!items)
			return -ENOMEM;
		list->items = items;
		list->room = room;
	}
	list->items[list->n++] = text;
	return 0;
}

/* ---- of an identity ---- */

/* "/groups" of "userinfo:/groups" */
static bool is_source_at(const char *source, const char *pointer)
{
	const char *slash = source ? strchr(source, '/') : NULL;

	return slash && strcmp(slash, pointer) == 0;
}

static int add_texts(struct trait_list *list, const struct identity_list *texts, bool unknown)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < texts->n; i++)
		r = list_add(list, texts->items[i]);
	list->unknown |= unknown;
	return r;
}

/* What comes over in a list of its own is no claim any more. */
static int read_list(struct trait_list *list, const struct config_provider *provider,
		     const struct identity *identity, const char *pointer, bool unknown)
{
	size_t len = pointer ? strlen(pointer) : 0;
	int r = 0;

	if (!pointer)
		return 0;
	list->read = true;
	list->unknown = unknown; /* an empty list and none at all leave the same claims */
	if (is_source_at(provider->entitlements_from, pointer))
		return add_texts(list, &identity->entitlements, identity->entitlements_unknown);
	if (is_source_at(provider->groups_from, pointer))
		return add_texts(list, &identity->groups, identity->groups_unknown);
	for (size_t i = 0; r == 0 && i < identity->n_claims; i++) {
		const struct identity_claim *claim = &identity->claims[i];

		if (strcmp(claim->path, pointer) == 0)
			r = list_add(list, claim->value);
		else if (strncmp(claim->path, pointer, len) == 0 && claim->path[len] == '/')
			list->unknown = true; /* MUST 3 */
	}
	return r;
}

/* MUST 2; NULL: it is not there. */
static const char *only_claim(const struct identity *identity, const char *path)
{
	const char *found = NULL;

	for (size_t i = 0; i < identity->n_claims; i++) {
		const struct identity_claim *claim = &identity->claims[i];

		if (strcmp(claim->path, path) != 0)
			continue;
		if (*claim->value == '\0' || (found && strcmp(found, claim->value) != 0))
			return NULL;
		found = claim->value;
	}
	return found;
}

/* MUST 1. */
static const char *read_text(const struct identity *identity, const char *pointer)
{
	return pointer ? only_claim(identity, pointer) : "";
}

static const char *read_id(const struct identity *identity, const char *path)
{
	return identity_claim(identity, path) ? only_claim(identity, path) : "";
}

int traits_read(struct traits *traits, const struct config_provider *provider,
		const struct identity *identity)
{
	int r;

	*traits = (struct traits){ .roles.unknown = !provider, .products.unknown = !provider };
	if (!provider)
		return 0;
	traits->site = read_text(identity, provider->site_from);
	traits->origin = read_text(identity, provider->origin_from);
	traits->uuid = read_text(identity, provider->uuid_from);
	traits->tenant = read_text(identity, provider->tenant_from);
	/* RFC 9068 section 2.2, OIDC Core section 2; vouchers of PDND */
	traits->client =
		read_id(identity, identity_claim(identity, "/client_id") ? "/client_id" : "/azp");
	traits->purpose = read_id(identity, "/purposeId");
	traits->eservice = read_id(identity, "/eserviceId");
	traits->consumer = read_id(identity, "/consumerId");
	r = read_list(&traits->roles, provider, identity, provider->roles_from,
		      identity->roles_unknown);
	if (r == 0)
		r = read_list(&traits->products, provider, identity, provider->products_from,
			      identity->products_unknown);
	if (r == 0)
		r = read_list(&traits->details, provider, identity, provider->details_from,
			      identity->details_unknown);
	return r;
}

/* ---- of facts ---- */

static const char *recall_text(const struct store_facts *facts, const char *kind, bool told)
{
	for (size_t i = 0; i < facts->n; i++)
		if (strcmp(facts->facts[i].kind, kind) == 0)
			return facts->facts[i].value;
	return told ? NULL : "";
}

/* A list that was read leaves a mark, so that one that was never asked for is not taken for empty.
 */
static int recall_list(struct trait_list *list, const struct store_facts *facts, const char *kind,
		       bool told)
{
	bool known = !told;
	int r = 0;

	for (size_t i = 0; r == 0 && i < facts->n; i++) {
		const struct store_fact *fact = &facts->facts[i];

		if (strcmp(fact->kind, kind) == 0)
			r = list_add(list, fact->value);
		else if (strcmp(fact->kind, "known") == 0 && strcmp(fact->value, kind) == 0)
			known = true;
	}
	list->unknown = !known;
	return r;
}

int traits_recall(struct traits *traits, const struct config_provider *provider,
		  const struct store_facts *facts)
{
	int r;

	*traits = (struct traits){ .roles.unknown = !provider, .products.unknown = !provider };
	if (!provider)
		return 0;
	traits->site = recall_text(facts, "site", provider->site_from);
	traits->origin = recall_text(facts, "origin", provider->origin_from);
	traits->uuid = recall_text(facts, "uuid", provider->uuid_from);
	traits->tenant = recall_text(facts, "tenant", provider->tenant_from);
	traits->client = recall_text(facts, "client", false);
	traits->purpose = traits->eservice = traits->consumer = "";
	r = recall_list(&traits->roles, facts, "role", provider->roles_from);
	if (r == 0)
		r = recall_list(&traits->products, facts, "product", provider->products_from);
	if (r == 0)
		r = recall_list(&traits->details, facts, "detail", false);
	return r;
}

void traits_done(struct traits *traits)
{
	free(traits->roles.items);
	free(traits->products.items);
	free(traits->details.items);
	*traits = (struct traits){ .site = NULL };
}

/* ---- where they go ---- */

static struct access_list list_of(const struct trait_list *list)
{
	return (struct access_list){ .n = list->n, .items = list->items };
}

/* "required_details": false */
static bool is_nothing(const struct trait_list *list)
{
	return list->n == 0 || (list->n == 1 && (strcmp(list->items[0], "false") == 0 ||
						 strcmp(list->items[0], "0") == 0 ||
						 strcmp(list->items[0], "") == 0));
}

void traits_put(const struct traits *traits, struct access_request *request)
{
	request->roles = list_of(&traits->roles);
	request->roles_unknown = traits->roles.unknown;
	request->products = list_of(&traits->products);
	request->products_unknown = traits->products.unknown;
	request->details_missing = traits->details.unknown || !is_nothing(&traits->details);
	request->details = list_of(&traits->details);
	request->site = traits->site;
	request->origin = traits->origin;
	request->uuid = traits->uuid;
	request->tenant = traits->tenant;
	request->client = traits->client;
	request->purpose = traits->purpose;
	request->eservice = traits->eservice;
	request->consumer = traits->consumer;
}

static void keep(struct store_fact *facts, size_t *n, const char *kind, const char *value)
{
	if (value && *value)
		facts[(*n)++] = (struct store_fact){ .kind = kind, .value = value };
}

static void keep_list(struct store_fact *facts, size_t *n, const char *kind,
		      const struct trait_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		keep(facts, n, kind, list->items[i]);
	keep(facts, n, "known", list->read && !list->unknown ? kind : NULL);
}

size_t traits_count(const struct traits *traits)
{
	return traits->roles.n + traits->products.n + traits->details.n + 4 + 5; /* marks, texts */
}

void traits_keep(const struct traits *traits, struct store_fact *facts, size_t *n)
{
	keep_list(facts, n, "role", &traits->roles);
	keep_list(facts, n, "product", &traits->products);
	keep_list(facts, n, "detail", &traits->details);
	/* Details that cannot be read are details. */
	keep(facts, n, "detail", traits->details.unknown ? "true" : NULL);
	keep(facts, n, "site", traits->site);
	keep(facts, n, "origin", traits->origin);
	keep(facts, n, "uuid", traits->uuid);
	keep(facts, n, "tenant", traits->tenant);
	keep(facts, n, "client", traits->client);
}
