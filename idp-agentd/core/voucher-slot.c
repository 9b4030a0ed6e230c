/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is kept, and who waits for it. MUST:
 *  1. one question at a time for one voucher, whose answer all who wait share;
 *  2. what one user may ask for in masses, vouchers for single messages, takes no room from others;
 *  3. a waiter is unlinked before it is answered: its callback may ask again or cancel others.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/reason.h"
#include "common/secret.h"
#include "idp-agentd/core/config.h"
#include "idp-agentd/core/peer.h"
#include "idp-agentd/core/voucher-internal.h"

/* ---- pairs ---- */

struct voucher_pair *voucher_pair_find(const struct vouchers *vouchers, const char *client,
				       const char *purpose, bool bound)
{
	struct voucher_pair *pair = vouchers->pairs;

	while (pair && (strcmp(pair->client, client) != 0 || strcmp(pair->purpose, purpose) != 0 ||
			pair->bound != bound))
		pair = pair->next;
	return pair;
}

static struct voucher_pair *pair_get(struct vouchers *vouchers, const char *client,
				     const char *purpose, bool bound)
{
	struct voucher_pair *pair = voucher_pair_find(vouchers, client, purpose, bound);

	if (pair)
		return pair;
	pair = calloc(1, sizeof(*pair));
	if (!pair)
		return NULL;
	pair->bound = bound;
	pair->code = ""; /* nothing holds it yet */
	(void)snprintf(pair->client, sizeof(pair->client), "%s", client);
	(void)snprintf(pair->purpose, sizeof(pair->purpose), "%s", purpose);
	pair->next = vouchers->pairs;
	vouchers->pairs = pair;
	return pair;
}

static void pair_leave(struct vouchers *vouchers, struct voucher_pair *pair)
{
	struct voucher_pair **link = &vouchers->pairs;

	if (--pair->n_slots > 0)
		return;
	while (*link != pair)
		link = &(*link)->next;
	*link = pair->next;
	free(pair);
}

/* ---- slots ---- */

void voucher_slot_free(struct voucher_slot *slot)
{
	struct vouchers *vouchers = slot->owner;
	struct voucher_slot **link = &vouchers->slots;

	while (*link != slot)
		link = &(*link)->next;
	*link = slot->next;
	vouchers->n_slots--;
	if (*slot->digest)
		vouchers->n_digests--;
	pair_leave(vouchers, slot->pair);
	secret_free(slot->voucher);
	free(slot);
}

/* How many digests of this user the platform has not answered yet. */
static size_t count_asked(const struct vouchers *vouchers, uint32_t uid)
{
	size_t n = 0;

	for (const struct voucher_slot *slot = vouchers->slots; slot; slot = slot->next)
		n += *slot->digest && slot->flow && slot->uid == uid;
	return n;
}

/* MUST 2. The one that ends first of those nobody waits for, and of its own kind. False: all are
 * waited for, or asked for and nobody waits any more: a platform that hangs has them. */
static bool make_room(struct vouchers *vouchers, bool digest)
{
	struct voucher_slot *first = NULL;

	if (digest ? vouchers->n_digests < VOUCHERS_DIGEST_MAX
		   : vouchers->n_slots - vouchers->n_digests < VOUCHERS_MAX - VOUCHERS_DIGEST_MAX)
		return true;
	for (struct voucher_slot *slot = vouchers->slots; slot; slot = slot->next)
		if ((*slot->digest != '\0') == digest && !slot->flow && !slot->waiters &&
		    (!first || slot->term.end < first->term.end))
			first = slot;
	if (first)
		voucher_slot_free(first);
	return first;
}

static struct voucher_slot *slot_find(const struct vouchers *vouchers,
				      const struct voucher_order *order, const char *purpose)
{
	struct voucher_slot *slot = vouchers->slots;

	while (slot &&
	       (strcmp(slot->pair->client, order->client->name) != 0 ||
		strcmp(slot->pair->purpose, purpose) != 0 ||
		strcmp(slot->digest, order->digest) != 0 || slot->bound != order->bound))
		slot = slot->next;
	return slot;
}

static int slot_make(struct vouchers *vouchers, const struct voucher_order *order,
		     const char *purpose, struct voucher_slot **ret_slot)
{
	struct voucher_slot *slot = calloc(1, sizeof(*slot));

	if (!slot)
		return -ENOMEM;
	slot->pair = pair_get(vouchers, order->client->name, purpose, order->bound);
	if (!slot->pair) {
		free(slot);
		return -ENOMEM;
	}
	slot->pair->n_slots++;
	slot->owner = vouchers;
	slot->bound = order->bound;
	slot->uid = order->uid;
	(void)snprintf(slot->digest, sizeof(slot->digest), "%s", order->digest);
	slot->next = vouchers->slots;
	vouchers->slots = slot;
	vouchers->n_slots++;
	if (*slot->digest)
		vouchers->n_digests++;
	*ret_slot = slot;
	return 0;
}

int voucher_slot_get(struct vouchers *vouchers, const struct voucher_order *order,
		     struct voucher_slot **ret_slot)
{
	const char *purpose = order->purpose ? order->purpose->name : "";
	bool digest = *order->digest != '\0';

	*ret_slot = slot_find(vouchers, order, purpose);
	if (*ret_slot)
		return 0;
	if (digest && count_asked(vouchers, order->uid) >= VOUCHERS_ASKED_MAX)
		return -ENOBUFS;
	if (!make_room(vouchers, digest))
		return -ENOBUFS;
	return slot_make(vouchers, order, purpose, ret_slot);
}

/* ---- answers ---- */

static bool slot_note_asker(struct voucher_slot *slot, uint32_t uid)
{
	for (size_t i = 0; i < slot->n_askers; i++)
		if (slot->askers[i] == uid)
			return true;
	if (slot->n_askers < VOUCHER_ASKERS_MAX)
		slot->askers[slot->n_askers++] = uid;
	return false;
}

void voucher_give(struct voucher_slot *slot, uint32_t uid, voucher_fn fn, void *userdata)
{
	usec_t left = slot->term.end - clock_now();
	const struct voucher_given given = {
		.refused = "",
		.text = "",
		.voucher = slot->voucher,
		.type = slot->bound ? "DPoP" : "Bearer",
		.expiry = slot->owner->parts.time() + left / USEC_PER_SEC,
		.jti = slot->jti,
		.audience = slot->audience,
		.again = slot_note_asker(slot, uid),
	};

	fn(userdata, &given);
}

static void refuse(const char *code, const char *text, voucher_fn fn, void *userdata)
{
	const struct voucher_given given = {
		.refused = code,
		.text = text,
		.type = "",
		.jti = "",
		.audience = "",
	};

	fn(userdata, &given);
}

void voucher_hold_back(const struct voucher_slot *slot, voucher_fn fn, void *userdata)
{
	const struct voucher_hold *hold = &slot->pair->hold;
	usec_t now = clock_now(), left = hold->until > now ? hold->until - now : 0;
	unsigned long long seconds = left / USEC_PER_SEC + 1;
	char text[2 * REASON_MAX];

	(void)snprintf(text, sizeof(text), "%s It is asked again in %llu %s.", slot->pair->said,
		       seconds < 120 ? seconds : (seconds + 59) / 60,
		       seconds < 120 ? "seconds" : "minutes");
	refuse(slot->pair->code, text, fn, userdata);
}

static void waiter_unlink(struct voucher_waiter *waiter)
{
	struct voucher_waiter **link = &waiter->slot->waiters;

	while (*link != waiter)
		link = &(*link)->next;
	*link = waiter->next;
	waiter->slot->n_waiters--;
}

void voucher_waiter_cancel(struct voucher_waiter *waiter)
{
	if (!waiter)
		return;
	waiter_unlink(waiter);
	free(waiter);
}

/* MUST 3. */
void voucher_slot_settle(struct voucher_slot *slot, const char *code, const char *text)
{
	while (slot->waiters) {
		struct voucher_waiter waiter = *slot->waiters;

		voucher_waiter_cancel(slot->waiters);
		if (slot->voucher && voucher_term_is_alive(&slot->term, clock_now()))
			voucher_give(slot, waiter.uid, waiter.fn, waiter.userdata);
		else
			refuse(code, text, waiter.fn, waiter.userdata);
	}
}

int voucher_slot_wait(struct voucher_slot *slot, const struct voucher_order *order, voucher_fn fn,
		      void *userdata, struct voucher_waiter **ret_waiter)
{
	struct voucher_waiter *waiter;

	if (slot->n_waiters >= VOUCHER_WAITERS_MAX)
		return -ENOBUFS;
	waiter = calloc(1, sizeof(*waiter));
	if (!waiter)
		return -ENOMEM;
	*waiter = (struct voucher_waiter){
		.next = slot->waiters,
		.slot = slot,
		.uid = order->uid,
		.fn = fn,
		.userdata = userdata,
	};
	slot->waiters = waiter;
	slot->n_waiters++;
	*ret_waiter = waiter;
	return 0;
}
