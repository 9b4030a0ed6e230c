/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * When what is done. MUST:
 *  1. what the platform refused is not asked again before its hold ends, whoever wants it: but then
 *     it is, by itself, if somebody does;
 *  2. a voucher that is alive is handed out whatever becomes of the next one;
 *  3. nothing that was got by one configuration is handed out by another.
 */
#include "idp-agentd/core/voucher.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-event.h>

#include "common/log.h"
#include "idp-agentd/core/peer.h"
#include "idp-agentd/core/timer.h"
#include "idp-agentd/core/voucher-internal.h"

#define VOUCHERS_BUSY "Too many wait for this voucher already. Please ask again."
#define VOUCHERS_FULL "Too many vouchers are asked for and not answered yet. Please ask again."

/* ---- the timer ---- */

static usec_t slot_due(const struct voucher_slot *slot)
{
	usec_t renewal = voucher_renewal(&slot->term, &slot->pair->hold);

	if (slot->flow) /* its answer looks anew */
		return USEC_INFINITY;
	return slot->term.wanted ? renewal : voucher_oblivion(&slot->term, &slot->pair->hold);
}

void vouchers_rearm(struct vouchers *vouchers)
{
	usec_t first = USEC_INFINITY;

	for (const struct voucher_slot *slot = vouchers->slots; slot; slot = slot->next) {
		usec_t due = slot_due(slot);

		if (due < first)
			first = due;
	}
	if (timer_set(vouchers->timer, first) < 0)
		log_error("the timer of the vouchers cannot be armed");
}

/* For those who have asked and will again; they are served by the old one until it ends. */
static void slot_renew(struct voucher_slot *slot)
{
	slot->term.wanted = false;
	IGNORE(voucher_ask(slot)); /* the pair is held then */
}

static int vouchers_on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct vouchers *vouchers = userdata;
	usec_t now = clock_now();

	(void)source;
	(void)usec;
	for (struct voucher_slot *slot = vouchers->slots, *next; slot; slot = next) {
		next = slot->next;
		if (slot->flow || slot->waiters || now < slot_due(slot))
			continue;
		if (slot->term.wanted)
			slot_renew(slot);
		else
			voucher_slot_free(slot);
	}
	vouchers_rearm(vouchers);
	return 0;
}

/* ---- asking ---- */

/* A voucher for one message is never wanted again. */
static void slot_want(struct voucher_slot *slot)
{
	slot->term.wanted = *slot->digest == '\0';
}

/* MUST 2: a voucher that still lives is better than none. */
static void slot_make_do(struct voucher_slot *slot, const struct voucher_order *order, usec_t now,
			 voucher_fn fn, void *userdata)
{
	slot_want(slot);
	if (slot->voucher && voucher_term_is_alive(&slot->term, now))
		voucher_give(slot, order->uid, fn, userdata);
	else
		voucher_hold_back(slot, fn, userdata);
}

/* 0: told; else the error that came. */
static int tell_busy(int error, const char *text, voucher_fn fn, void *userdata)
{
	const struct voucher_given busy = { .refused = "busy", .text = text };

	if (error != -ENOBUFS)
		return error;
	fn(userdata, &busy);
	return 0;
}

static int slot_wait(struct voucher_slot *slot, const struct voucher_order *order, voucher_fn fn,
		     void *userdata, struct voucher_waiter **ret_waiter)
{
	int r = voucher_slot_wait(slot, order, fn, userdata, ret_waiter);

	return tell_busy(r, VOUCHERS_BUSY, fn, userdata);
}

static int slot_ask(struct voucher_slot *slot, const struct voucher_order *order, voucher_fn fn,
		    void *userdata, struct voucher_waiter **ret_waiter)
{
	if (slot->flow)
		return slot_wait(slot, order, fn, userdata, ret_waiter);
	slot->term.wanted = false;
	if (voucher_ask(slot) == 0)
		return slot_wait(slot, order, fn, userdata, ret_waiter);
	slot_make_do(slot, order, clock_now(), fn, userdata);
	return 0;
}

int vouchers_get(struct vouchers *vouchers, const struct voucher_order *order, voucher_fn fn,
		 void *userdata, struct voucher_waiter **ret_waiter)
{
	usec_t now = clock_now(); /* one moment: what is to be given is not dead a line later */
	struct voucher_slot *slot;
	int r = voucher_slot_get(vouchers, order, &slot);

	*ret_waiter = NULL;
	if (r < 0)
		return tell_busy(r, VOUCHERS_FULL, fn, userdata);
	switch (voucher_step(&slot->term, &slot->pair->hold, now)) {
	case VOUCHER_GIVE:
	case VOUCHER_HELD:
		slot_make_do(slot, order, now, fn, userdata);
		break;
	case VOUCHER_ASK:
		r = slot_ask(slot, order, fn, userdata, ret_waiter);
		break;
	}
	vouchers_rearm(vouchers);
	return r;
}

/* ---- looking ---- */

/* A moment of clock_now() as seconds since 1970; 0: it is past. */
static uint64_t moment(const struct vouchers *vouchers, usec_t at)
{
	usec_t now = clock_now();

	return at > now ? vouchers->parts.time() + (at - now) / USEC_PER_SEC : 0;
}

/* Of the bound ones and the others the worse: what is refused, before trouble that passes. */
static void look_at_hold(const struct vouchers *vouchers, const struct voucher_pair *pair,
			 struct voucher_state *state)
{
	if (!pair->hold.until || (*state->said && (state->suspended || !pair->hold.refused)))
		return;
	state->next = moment(vouchers, pair->hold.until);
	state->suspended = pair->hold.refused;
	state->said = pair->said;
}

static void look_at_pair(const struct vouchers *vouchers, const struct voucher_pair *pair,
			 struct voucher_state *ret_state)
{
	if (!pair)
		return;
	look_at_hold(vouchers, pair, ret_state);
	for (const struct voucher_slot *slot = vouchers->slots; slot; slot = slot->next) {
		uint64_t until = slot->voucher ? moment(vouchers, slot->term.end) : 0;

		if (slot->pair == pair && until > ret_state->until)
			ret_state->until = until;
	}
}

void vouchers_look(const struct vouchers *vouchers, const char *client, const char *purpose,
		   struct voucher_state *ret_state)
{
	*ret_state = (struct voucher_state){ .said = "" };
	look_at_pair(vouchers, voucher_pair_find(vouchers, client, purpose, false), ret_state);
	look_at_pair(vouchers, voucher_pair_find(vouchers, client, purpose, true), ret_state);
}

void vouchers_retry(struct vouchers *vouchers, const char *client)
{
	for (struct voucher_pair *pair = vouchers->pairs; pair; pair = pair->next)
		if (strcmp(pair->client, client) == 0)
			voucher_hold_clear(&pair->hold);
	vouchers_rearm(vouchers);
}

bool vouchers_skew(const struct vouchers *vouchers, const char *provider, int64_t *ret_seconds)
{
	const struct voucher_clock *clock = vouchers->clocks;

	while (clock && strcmp(clock->provider, provider) != 0)
		clock = clock->next;
	if (clock)
		*ret_seconds = clock->skew;
	return clock;
}

/* ---- life ---- */

/* MUST 3. */
void vouchers_configure(struct vouchers *vouchers)
{
	while (vouchers->slots) {
		struct voucher_slot *slot = vouchers->slots;

		peer_abort(vouchers->parts.peer, slot->flow);
		slot->flow = 0;
		slot->term.end = 0;
		voucher_slot_settle(slot, "reloaded",
				    "The configuration of this host has just changed. Please ask "
				    "again.");
		voucher_slot_free(slot);
	}
	vouchers_rearm(vouchers);
}

int vouchers_new(const struct vouchers_parts *parts, struct vouchers **ret_vouchers)
{
	_cleanup_(vouchers_freep) struct vouchers *vouchers = calloc(1, sizeof(*vouchers));
	int r;

	if (!vouchers)
		return -ENOMEM;
	vouchers->parts = *parts;
	r = sd_event_add_time(parts->event, &vouchers->timer, CLOCK_BOOTTIME, USEC_INFINITY,
			      100 * USEC_PER_MSEC, vouchers_on_timer, vouchers);
	if (r >= 0)
		r = timer_set(vouchers->timer, USEC_INFINITY);
	if (r < 0)
		return r;
	*ret_vouchers = TAKE_PTR(vouchers);
	return 0;
}

struct vouchers *vouchers_free(struct vouchers *vouchers)
{
	if (!vouchers)
		return NULL;
	while (vouchers->slots) {
		peer_abort(vouchers->parts.peer, vouchers->slots->flow);
		voucher_slot_free(vouchers->slots);
	}
	while (vouchers->clocks) {
		struct voucher_clock *clock = vouchers->clocks;

		vouchers->clocks = clock->next;
		free(clock);
	}
	sd_event_source_disable_unref(vouchers->timer);
	free(vouchers);
	return NULL;
}
