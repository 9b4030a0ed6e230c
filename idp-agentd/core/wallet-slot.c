/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is in memory of a wallet while something is under way about it: who waits, tokens for other
 * audiences, and what the disk has not taken yet. The numbers of MUST are those of wallet.c.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/secret.h"
#include "idp-agentd/core/wallet-internal.h"

#define AGAIN "Sign in again: idpctl login, or log in anew."

static const struct {
	const char *reason, *text;
} wallet_texts[] = {
	{ "audience-not-allowed",
	  "The administrator of this host lists no such audience: token_audiences of idp.conf(5)." },
	{ "audience-refused", "The identity platform gives you no token for that audience." },
	{ "busy", "Too many tokens are being renewed. Please try again." },
	{ "closed", "The last session has ended. " AGAIN },
	{ "disabled", "This account is disabled or has ended." },
	{ "expired", "What this host kept of your sign-in has come to its end. " AGAIN },
	{ "internal", "This host cannot read or write its record; its administrator finds the "
		      "cause in the log." },
	{ "logout", "You have logged out. " AGAIN },
	{ "no-tokens", "This host keeps no tokens of yours. " AGAIN },
	{ "platform-refused",
	  "The identity platform refused this host. Please tell the administrator." },
	{ "platform-unreachable",
	  "The identity platform cannot be reached. Please try again later." },
	{ "refresh-refused", "The identity platform does not take this sign-in any more. " AGAIN },
	{ "token-bound", "The platform binds its tokens to a key of this host (DPoP): in your "
			 "hands they would be of no use." },
	{ "token-expired",
	  "Your access token has expired, and the platform gave nothing to renew it with. Ask the "
	  "administrator for the scope offline_access. " AGAIN },
};

static const char *wallet_text(const char *reason)
{
	for (size_t i = 0; i < ELEMENTSOF(wallet_texts); i++)
		if (strcmp(wallet_texts[i].reason, reason) == 0)
			return wallet_texts[i].text;
	return "What was kept of your sign-in is gone. " AGAIN;
}

/* ---- slots ---- */

struct wallet_slot *wallet_slot_find(struct wallets *wallets, int64_t id)
{
	struct wallet_slot *slot = wallets->slots;

	while (slot && slot->id != id)
		slot = slot->next;
	return slot;
}

static void cached_free(struct wallet_cached *cached)
{
	grant_free(cached->grant);
	free(cached->audience);
	free(cached);
}

static void slot_forget_cached(struct wallet_slot *slot)
{
	while (slot->cached) {
		struct wallet_cached *cached = slot->cached;

		slot->cached = cached->next;
		cached_free(cached);
	}
}

void wallet_slot_free(struct wallet_slot *slot)
{
	struct wallet_slot **link = &slot->owner->slots;

	while (*link && *link != slot)
		link = &(*link)->next;
	if (*link)
		*link = slot->next;
	slot_forget_cached(slot);
	grant_free(slot->unsaved);
	person_free(slot->person);
	free(slot->provider);
	free(slot->asked);
	free(slot);
}

void wallet_slot_settle(struct wallet_slot *slot)
{
	if (slot->gone)
		slot_forget_cached(slot);
	if (slot->held || slot->flow || slot->waiters || slot->row_left || slot->cached)
		return;
	if (slot->unsaved && !slot->gone)
		return;
	wallet_slot_free(slot);
}

/* A person of its own: the one who asks is gone before the answer comes. */
static struct person *person_copy(const struct person *person)
{
	_cleanup_(person_freep) struct person *copy = person_new();

	if (!copy || person_set(&copy->iss, person->iss) < 0 ||
	    person_set(&copy->sub, person->sub) < 0 || person_set(&copy->name, person->name) < 0)
		return NULL;
	copy->id = person->id;
	copy->uid = person->uid;
	copy->active = person->active;
	copy->retired = person->retired;
	copy->end_time = person->end_time;
	return TAKE_PTR(copy);
}

static struct wallet_slot *slot_new(struct wallets *wallets, const struct person *person,
				    const char *provider, int64_t id)
{
	struct wallet_slot *slot = calloc(1, sizeof(*slot));

	if (!slot)
		return NULL;
	slot->owner = wallets;
	slot->id = id;
	slot->person = person_copy(person);
	slot->provider = strdup(provider);
	if (!slot->person || !slot->provider) {
		wallet_slot_free(slot);
		return NULL;
	}
	slot->next = wallets->slots;
	wallets->slots = slot;
	return slot;
}

struct wallet_slot *wallet_slot_get(struct wallets *wallets, const struct person *person,
				    const char *provider, int64_t id)
{
	struct wallet_slot *slot = wallet_slot_find(wallets, id);

	return slot ? slot : slot_new(wallets, person, provider, id);
}

int wallet_slot_void(struct wallets *wallets, const struct person *person, const char *provider,
		     int64_t id)
{
	struct wallet_slot *slot = wallet_slot_get(wallets, person, provider, id);

	if (!slot)
		return -ENOMEM;
	slot->gone = slot->row_left = true;
	return 0;
}

/* ---- tokens for other audiences ---- */

const struct grant *wallet_cached_find(const struct wallet_slot *slot, const char *audience)
{
	const struct wallet_cached *cached = slot ? slot->cached : NULL;

	while (cached && strcmp(cached->audience, audience) != 0)
		cached = cached->next;
	return cached ? cached->grant : NULL;
}

/* The newest stands first; what is beyond the limit, or of the same audience, goes. */
static void cached_trim(struct wallet_slot *slot)
{
	struct wallet_cached **link = &slot->cached->next;

	for (size_t n = 1; *link;) {
		struct wallet_cached *cached = *link;

		if (n < TOKEN_AUDIENCES_MAX &&
		    strcmp(cached->audience, slot->cached->audience) != 0) {
			link = &cached->next;
			n++;
			continue;
		}
		*link = cached->next;
		cached_free(cached);
	}
}

/* Takes grant over; its refresh token is the wallet's and no business of this list. */
int wallet_cached_put(struct wallet_slot *slot, const char *audience, struct grant *grant)
{
	struct wallet_cached *cached = calloc(1, sizeof(*cached));
	char *copy = strdup(audience);

	if (!cached || !copy) {
		free(cached);
		free(copy);
		grant_free(grant);
		return -ENOMEM;
	}
	grant->refresh = secret_free(grant->refresh);
	*cached = (struct wallet_cached){ .next = slot->cached, .audience = copy, .grant = grant };
	slot->cached = cached;
	cached_trim(slot);
	return 0;
}

/* ---- answers ---- */

void wallet_refuse(struct wallets *wallets, const char *reason, wallet_token_fn fn,
			  void *userdata)
{
	const struct wallet_token token = { .refused = reason, .text = wallet_text(reason) };

	wallets->status.refused++;
	fn(userdata, &token);
}

void wallet_give(struct wallets *wallets, const struct grant *grant, wallet_token_fn fn,
			void *userdata)
{
	const struct wallet_token token = {
		.refused = "",
		.text = "",
		.token = grant->access,
		.expiry = grant->expiry,
		.type = grant->type,
	};

	if (grant_is_bound(grant)) {
		wallet_refuse(wallets, "token-bound", fn, userdata);
		return;
	}
	wallets->status.handed++;
	fn(userdata, &token);
}

static void waiter_unlink(struct wallet_waiter *waiter)
{
	struct wallet_waiter **link = &waiter->slot->waiters;

	while (*link && *link != waiter)
		link = &(*link)->next;
	if (*link)
		*link = waiter->next;
}

static void waiter_free(struct wallet_waiter *waiter)
{
	free(waiter->audience);
	free(waiter);
}

void wallet_waiter_cancel(struct wallet_waiter *waiter)
{
	struct wallet_slot *slot;

	if (!waiter)
		return;
	slot = waiter->slot;
	waiter_unlink(waiter);
	waiter_free(waiter);
	wallet_slot_settle(slot);
}

void wallet_waiter_answer(struct wallet_waiter *waiter, const struct grant *grant,
			  const char *reason)
{
	struct wallets *wallets = waiter->slot->owner;

	waiter_unlink(waiter);
	if (grant)
		wallet_give(wallets, grant, waiter->fn, waiter->userdata);
	else
		wallet_refuse(wallets, reason, waiter->fn, waiter->userdata);
	waiter_free(waiter);
}

void wallet_slot_refuse(struct wallet_slot *slot, const char *reason)
{
	while (slot->waiters)
		wallet_waiter_answer(slot->waiters, NULL, reason);
}

/* ---- who waits ---- */

static size_t slot_count_waiters(const struct wallet_slot *slot)
{
	size_t n = 0;

	for (const struct wallet_waiter *waiter = slot->waiters; waiter; waiter = waiter->next)
		n++;
	return n;
}

int wallet_slot_wait(struct wallet_slot *slot, const char *audience, wallet_token_fn fn,
		     void *userdata, struct wallet_waiter **ret_waiter)
{
	struct wallet_waiter *waiter;
	char *copy;

	if (slot_count_waiters(slot) >= TOKEN_WAITERS_MAX)
		return -ENOBUFS;
	waiter = calloc(1, sizeof(*waiter));
	copy = strdup(audience);
	if (!waiter || !copy) {
		free(waiter);
		free(copy);
		return -ENOMEM;
	}
	*waiter = (struct wallet_waiter){
		.next = slot->waiters,
		.slot = slot,
		.audience = copy,
		.fn = fn,
		.userdata = userdata,
	};
	slot->waiters = waiter;
	*ret_waiter = waiter;
	return 0;
}

/* The first who waits for this audience, or for any (NULL). */
struct wallet_waiter *wallet_waiter_find(const struct wallet_slot *slot, const char *audience)
{
	struct wallet_waiter *waiter = slot->waiters;

	while (waiter && audience && strcmp(waiter->audience, audience) != 0)
		waiter = waiter->next;
	return waiter;
}

void wallet_slot_give(struct wallet_slot *slot, const char *audience, const struct grant *grant)
{
	struct wallet_waiter *waiter;

	while ((waiter = wallet_waiter_find(slot, audience)))
		wallet_waiter_answer(waiter, grant, "");
}
