/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Somebody who is made up: what conditions say is added to what is known. What there is one of (a
 * name, a level, an address) takes the place of what was known; what there may be many of (groups,
 * scopes) comes beside it.
 */

#include <errno.h>
#include <string.h>

#include "idp-agentd/core/access-rules.h"
#include "idp-agentd/core/arena.h"

struct person {
	struct access_request request;
	const char **scopes, **groups, **roles, **products, **entitlements, **amr;
	struct access_claim *claims;
};

/* What there is one text of. */
static const char **text_of(struct access_request *request, enum atom_kind kind)
{
	return kind == ATOM_USER       ? &request->user
	       : kind == ATOM_PROVIDER ? &request->provider
	       : kind == ATOM_SITE     ? &request->site
	       : kind == ATOM_ORIGIN   ? &request->origin
	       : kind == ATOM_UUID     ? &request->uuid
	       : kind == ATOM_TENANT   ? &request->tenant
	       : kind == ATOM_CLIENT   ? &request->client
	       : kind == ATOM_PURPOSE  ? &request->purpose
	       : kind == ATOM_ESERVICE ? &request->eservice
				       : &request->consumer;
}

static void learn(struct person *person, const struct atom *atom)
{
	struct access_request *request = &person->request;

	switch (atom->kind) {
	case ATOM_SCOPE:
	case ATOM_PATH_SCOPE:
		person->scopes[request->scopes.n++] = atom->value;
		return;
	case ATOM_GROUP:
		person->groups[request->groups.n++] = atom->value;
		return;
	case ATOM_ENTITLEMENT:
		person->entitlements[request->entitlements.n++] = atom->value;
		return;
	case ATOM_AMR:
		person->amr[request->amr.n++] = atom->value;
		return;
	case ATOM_LOA:
		request->loa = atom->ladder ? request->loa : atom->value;
		return;
	case ATOM_ACR:
		request->acr = atom->ladder ? request->acr : atom->value;
		return;
	case ATOM_ROLE:
		person->roles[request->roles.n++] = atom->value;
		return;
	case ATOM_PRODUCT:
		person->products[request->products.n++] = atom->value;
		return;
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
		*text_of(request, atom->kind) = atom->wanted;
		return;
	case ATOM_SUBJECT:
		request->subject_kind = atom->subject;
		return;
	case ATOM_FROM:
		request->from = atom->net.local ? "" : atom->value;
		return;
	case ATOM_FRESH:
		request->auth_time =
			atom->seconds < request->now ? request->now - atom->seconds : 1;
		return;
	case ATOM_CLAIM:
		person->claims[request->n_claims++] =
			(struct access_claim){ .path = atom->path, .value = atom->wanted };
		return;
	case ATOM_LITERAL:
		return; /* the parser lets none of them through */
	}
}

/* A level that is supposed stands alone, whether its atom tells a value or is on a ladder. */
static void forget_levels(struct access_request *request, const struct atoms *who)
{
	for (size_t i = 0; i < who->n; i++) {
		if (who->items[i].kind == ATOM_LOA)
			request->loa = NULL;
		if (who->items[i].kind == ATOM_ACR)
			request->acr = NULL;
	}
}

/* A copy of list with room for n more; NULL: memory is short. */
static const char **take_list(struct arena *arena, struct access_list *list, size_t n)
{
	const char **items = arena_take(arena, list->n + n, sizeof(*items));

	for (size_t i = 0; items && i < list->n; i++)
		items[i] = list->items[i];
	list->items = items;
	return items;
}

static struct access_claim *take_claims(struct arena *arena, struct access_request *request,
					size_t n)
{
	struct access_claim *claims = arena_take(arena, request->n_claims + n, sizeof(*claims));

	for (size_t i = 0; claims && i < request->n_claims; i++)
		claims[i] = request->claims[i];
	request->claims = claims;
	return claims;
}

int request_suppose(const struct access_request *base, const struct atoms *who, struct arena *arena,
		    struct access_request *ret_request)
{
	struct person person = { .request = *base };
	struct access_request *request = &person.request;

	person.scopes = take_list(arena, &request->scopes, who->n);
	person.groups = take_list(arena, &request->groups, who->n);
	person.roles = take_list(arena, &request->roles, who->n);
	person.products = take_list(arena, &request->products, who->n);
	person.entitlements = take_list(arena, &request->entitlements, who->n);
	person.amr = take_list(arena, &request->amr, who->n);
	person.claims = take_claims(arena, request, who->n);
	if (!person.scopes || !person.groups || !person.roles || !person.products ||
	    !person.entitlements || !person.amr || !person.claims)
		return -ENOMEM;
	forget_levels(request, who);
	for (size_t i = 0; i < who->n; i++)
		learn(&person, &who->items[i]);
	*ret_request = *request;
	return 0;
}
