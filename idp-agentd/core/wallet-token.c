/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * An access token for whoever asks: the one that is kept while enough of its life is left, else a
 * new one, which all who wait for it share. The numbers of MUST are those of wallet.c.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "common/log.h"
#include "common/secret.h"
#include "idp-agentd/core/authority.h"
#include "idp-agentd/core/config.h"
#include "idp-agentd/core/peer.h"
#include "idp-agentd/core/store-person.h"
#include "idp-agentd/core/wallet-internal.h"

/* ---- the refresh ---- */

static int refresh_on_message(void *owner, uint64_t flow, struct wire_in *in, bool last);
static void refresh_on_lost(void *owner, uint64_t flow);

static const struct flow_owner refresh_flow = {
	.message = refresh_on_message,
	.lost = refresh_on_lost,
};

/* MUST 2: only when none is under way. */
static int refresh_begin(struct wallet_slot *slot, const struct grant *grant,
			 const char *audience)
{
	struct wallets *wallets = slot->owner;
	char *copy;
	int r;

	if (wallets->n_refreshes >= TOKEN_REFRESHES_MAX)
		return -ENOBUFS;
	copy = strdup(audience);
	if (!copy)
		return -ENOMEM;
	free(slot->asked);
	slot->asked = copy;
	r = peer_ask_refresh(wallets->parts.peer, slot->provider, grant->refresh,
			     slot->person->sub, audience, &refresh_flow, slot, &slot->flow);
	if (r < 0)
		slot->flow = 0;
	else
		wallets->n_refreshes++;
	return r;
}

static void refresh_end(struct wallet_slot *slot)
{
	slot->flow = 0;
	slot->owner->n_refreshes--;
}

/* The person may have been disabled while the platform was asked. -errno. */
static int slot_look_again(struct wallet_slot *slot)
{
	struct person *person = NULL;
	int r = store_find_person(slot->owner->parts.authority->store, slot->person->id, &person);

	if (r != 0)
		return r < 0 ? r : -ESRCH;
	person_free(slot->person);
	slot->person = person;
	return 0;
}

/* What is kept now, of the person as it is now. */
static int slot_load(struct wallet_slot *slot, struct wallet *ret_wallet)
{
	int r = slot_look_again(slot);

	return r < 0 ? r : wallet_load(slot->owner, slot->person, slot->provider, ret_wallet);
}

/* An older token that still lives is better than none. */
static void waiter_fall_back(struct wallet_waiter *waiter, const struct wallet *wallet,
			     const char *reason)
{
	const struct grant *grant = *waiter->audience
					    ? wallet_cached_find(waiter->slot, waiter->audience)
					    : wallet->grant;
	uint64_t now = waiter->slot->owner->parts.time();

	if (!wallet->grant || !grant || !grant_is_alive(grant, now))
		grant = NULL;
	wallet_waiter_answer(waiter, grant, reason);
}

/* For all who wait for this audience; NULL: for whichever. */
static void refresh_failed(struct wallet_slot *slot, const char *audience, const char *reason)
{
	struct wallet wallet = { 0 };
	struct wallet_waiter *waiter;

	/* Without anything kept the reason stands, unless whoever forgot it gave a better one. */
	if (slot_load(slot, &wallet) != 0)
		wallet.grant = NULL;
	while ((waiter = wallet_waiter_find(slot, audience)))
		waiter_fall_back(waiter, &wallet, reason);
	wallet_done(&wallet);
}

/* MUST 1. Without a new refresh token nothing is lost with the power. */
static int refresh_save(struct wallet_slot *slot, const struct wallet *wallet, bool rotated)
{
	int r = wallet_save(slot->owner, slot->person, slot->provider, wallet->id, wallet->grant,
			    rotated);

	if (r < 0)
		log_error("the renewed tokens of %s cannot be kept: %s", slot->person->name,
			  strerrordesc_np(-r));
	return r;
}

/* Those who wait for something else are next. */
static void refresh_next(struct wallet_slot *slot, const struct wallet *wallet)
{
	struct wallet_waiter *waiter = wallet_waiter_find(slot, NULL);
	int r = waiter ? refresh_begin(slot, wallet->grant, waiter->audience) : 0;

	if (r < 0)
		refresh_failed(slot, NULL, r == -ENOTCONN ? "platform-unreachable" : "busy");
}

/* wallet: what was kept, with what came in it and on the disk. Takes fresh over. */
static void refresh_serve(struct wallet_slot *slot, const struct wallet *wallet,
			  struct grant *fresh)
{
	slot->owner->status.renewed++;
	wallet_audit(slot->person, slot->provider, "renewed", "", slot->asked, LOG_INFO);
	if (*slot->asked) {
		wallet_slot_give(slot, slot->asked, fresh);
		IGNORE(wallet_cached_put(slot, slot->asked, fresh)); /* else it is asked for again */
	} else {
		wallet_slot_give(slot, slot->asked, wallet->grant);
		grant_free(fresh);
	}
	refresh_next(slot, wallet);
}

/* Takes fresh over. */
static void refresh_take(struct wallet_slot *slot, struct grant *fresh)
{
	struct wallets *wallets = slot->owner;
	struct wallet wallet = { 0 };
	bool rotated = fresh->refresh;
	int r = slot_load(slot, &wallet);

	if (r == 0)
		r = grant_renew(wallet.grant, fresh, *slot->asked == '\0');
	if (r == 0 && (rotated || *slot->asked == '\0')) {
		r = refresh_save(slot, &wallet, rotated);
		if (r < 0 && r != -ESTALE) {
			grant_free(slot->unsaved);
			slot->unsaved = TAKE_PTR(wallet.grant);
		}
	}
	if (r == 0) {
		refresh_serve(slot, &wallet, fresh);
	} else {
		if (r == WALLET_E_NONE || r == -ESTALE) /* its time came meanwhile */
			wallet_revoke(wallets, slot->provider, fresh);
		grant_free(fresh);
		refresh_failed(slot, NULL, r == WALLET_E_NONE ? "expired" : "internal");
	}
	wallet_done(&wallet);
}

/* The platform wants a new sign-in: what is kept is worth nothing. */
static void refresh_refused(struct wallet_slot *slot)
{
	const struct wallet wallet = { .id = slot->id };

	wallet_forget(slot->owner, slot->person, slot->provider, &wallet, "refresh-refused",
		      WALLET_LEAVE);
}

/* What idp-netd answers, and what the person hears of it. */
static const char *refresh_reason(const char *code, bool denied)
{
	static const struct {
		const char *code, *reason;
	} known[] = {
		{ "audience-refused", "audience-refused" },
		{ "busy", "busy" },
		{ "not-offered", "platform-refused" },
		{ "platform-refused", "platform-refused" },
		{ "platform-unreachable", "platform-unreachable" },
	};

	for (size_t i = 0; i < ELEMENTSOF(known); i++)
		if (strcmp(code, known[i].code) == 0)
			return known[i].reason;
	return denied ? "platform-refused" : "platform-unreachable";
}

/* That there is no token for one audience says nothing to those who wait for another. */
static void refresh_no_audience(struct wallet_slot *slot)
{
	struct wallet wallet = { 0 };
	int r;

	refresh_failed(slot, slot->asked, "audience-refused");
	if (!slot->waiters)
		return;
	r = slot_load(slot, &wallet);
	if (r == 0)
		refresh_next(slot, &wallet);
	else
		wallet_slot_refuse(slot, r < 0 ? "internal" : "expired");
	wallet_done(&wallet);
}

static int refresh_on_tokens(struct wallet_slot *slot, struct wire_in *in)
{
	struct grant *fresh = NULL;
	const char *resource;
	int r = grant_read(in, slot->owner->parts.time(), &fresh, &resource);

	if (r < 0) {
		refresh_failed(slot, NULL, r == -ENOMEM ? "busy" : "internal");
		return r == -ENOMEM ? 0 : r;
	}
	if (!slot->gone) {
		refresh_take(slot, fresh);
		return 0;
	}
	wallet_revoke(slot->owner, slot->provider, fresh); /* MUST 3 */
	grant_free(fresh);
	return 0;
}

static int refresh_on_refusal(struct wallet_slot *slot, struct wire_in *in)
{
	char code[REASON_MAX];
	bool denied = in->type == MSG_DENIED;
	const char *reason;
	int r;

	(void)snprintf(code, sizeof(code), "%s", wire_get_str(in, REASON_MAX - 1));
	IGNORE(wire_get_str(in, WIRE_STRING_MAX)); /* idp-netd has logged it */
	r = wire_close(in);
	if (slot->gone)
		return r;
	reason = refresh_reason(code, denied);
	if (r == 0 && denied && strcmp(code, "refresh-refused") == 0)
		refresh_refused(slot);
	else if (*slot->asked && strcmp(reason, "audience-refused") == 0)
		refresh_no_audience(slot);
	else
		refresh_failed(slot, NULL, reason);
	return r;
}

/* Whatever an answer ends, the slot is there until it was taken. */
static int refresh_on_message(void *owner, uint64_t flow, struct wire_in *in, bool last)
{
	struct wallet_slot *slot = owner;
	int r;

	(void)flow;
	(void)last; /* every answer of a refresh is */
	refresh_end(slot);
	slot->held = true;
	r = in->type == MSG_TOKENS ? refresh_on_tokens(slot, in) : refresh_on_refusal(slot, in);
	slot->held = false;
	wallet_slot_settle(slot);
	return r;
}

static void refresh_on_lost(void *owner, uint64_t flow)
{
	struct wallet_slot *slot = owner;

	(void)flow;
	refresh_end(slot);
	slot->held = true;
	refresh_failed(slot, NULL, "platform-unreachable");
	slot->held = false;
	wallet_slot_settle(slot);
}

/* ---- asking ---- */

struct question {
	const struct person *person;
	const struct config_provider *provider;
	const char *audience;
	wallet_token_fn fn;
	void *userdata;
};

static bool audience_is_allowed(const struct config_provider *provider, const char *audience)
{
	const struct config_list *allowed = &provider->token_audiences;

	for (size_t i = 0; i < allowed->n; i++)
		if (strcmp(allowed->items[i], audience) == 0)
			return true;
	return *audience == '\0';
}

/* A refresh under way, or begun now: 0 when the question waits for it. */
static int question_refresh(struct wallets *wallets, const struct question *question,
			    const struct wallet *wallet, struct wallet_waiter **ret_waiter)
{
	struct wallet_slot *slot =
		wallet_slot_get(wallets, question->person, question->provider->name, wallet->id);
	int r;

	if (!slot)
		return -ENOMEM;
	r = slot->flow ? 0 : refresh_begin(slot, wallet->grant, question->audience);
	if (r == 0)
		r = wallet_slot_wait(slot, question->audience, question->fn, question->userdata,
				     ret_waiter);
	if (r < 0)
		wallet_slot_settle(slot);
	return r;
}

/* What the disk would not take once is offered again before it is used. */
static int question_catch_up(struct wallets *wallets, const struct question *question,
			     struct wallet *wallet)
{
	struct wallet_slot *slot = wallet_slot_find(wallets, wallet->id);
	int r;

	if (!slot || !slot->unsaved)
		return 0;
	r = wallet_save(wallets, question->person, question->provider->name, wallet->id,
			slot->unsaved, true);
	if (r < 0)
		return r;
	grant_free(wallet->grant);
	wallet->grant = TAKE_PTR(slot->unsaved);
	wallet_slot_settle(slot);
	return 0;
}

static void question_answer(struct wallets *wallets, const struct question *question,
			    const struct wallet *wallet, struct wallet_waiter **ret_waiter)
{
	const struct grant *kept = *question->audience
					   ? wallet_cached_find(wallet_slot_find(wallets, wallet->id),
							 question->audience)
					   : wallet->grant;
	uint64_t now = wallets->parts.time();
	int r = wallet->grant->refresh ? 0 : -ENOKEY;

	if (grant_is_bound(wallet->grant) || (kept && grant_is_fresh(kept, now))) {
		wallet_give(wallets, kept ? kept : wallet->grant, question->fn,
			    question->userdata);
		return;
	}
	if (r == 0)
		r = question_refresh(wallets, question, wallet, ret_waiter);
	if (r == 0)
		return;
	if (kept && grant_is_alive(kept, now))
		wallet_give(wallets, kept, question->fn, question->userdata);
	else
		wallet_refuse(wallets,
			      r == -ENOKEY     ? "token-expired"
			      : r == -ENOTCONN ? "platform-unreachable"
					       : "busy",
			      question->fn, question->userdata);
}

int wallets_get_token(struct wallets *wallets, const struct person *person, const char *audience,
		      wallet_token_fn fn, void *userdata, struct wallet_waiter **ret_waiter)
{
	const struct question question = {
		.person = person,
		.provider = wallet_provider(wallets, person),
		.audience = audience,
		.fn = fn,
		.userdata = userdata,
	};
	struct wallet wallet = { 0 };
	int r = WALLET_E_NONE;

	*ret_waiter = NULL;
	if (question.provider && !audience_is_allowed(question.provider, audience)) {
		wallet_refuse(wallets, "audience-not-allowed", fn, userdata);
		return 0;
	}
	if (question.provider)
		r = wallet_load(wallets, person, question.provider->name, &wallet);
	if (r == 0)
		r = question_catch_up(wallets, &question, &wallet);
	if (r == 0)
		question_answer(wallets, &question, &wallet, ret_waiter);
	else
		wallet_refuse(wallets, r > 0 ? "no-tokens" : "internal", fn, userdata);
	wallet_done(&wallet);
	return 0;
}
