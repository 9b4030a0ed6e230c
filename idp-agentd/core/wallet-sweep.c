/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What ends without anybody saying so: the time has come, the person or the provider is gone, the
 * machine was switched off. And how all of it begins.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-event.h>

#include "common/clock.h"
#include "common/log.h"
#include "idp-agentd/core/authority.h"
#include "idp-agentd/core/config.h"
#include "idp-agentd/core/peer.h"
#include "idp-agentd/core/store-person.h"
#include "idp-agentd/core/timer.h"
#include "idp-agentd/core/wallet-internal.h"

#define SWEEP_ROWS 64u /* read at once */

/* ---- row by row ---- */

/* Calls each for some wallets behind *after, and moves it; 0 there: those were the last. */
static int some_wallets(struct wallets *wallets, int64_t *after, wallet_each_fn each,
			void *userdata)
{
	struct store_wallet list[SWEEP_ROWS];
	size_t n;
	int r = store_list_wallets(wallets->parts.authority->store, *after, list, SWEEP_ROWS, &n);

	if (r != 0)
		return r < 0 ? r : -EIO;
	for (size_t i = 0; i < n && r >= 0; i++) {
		*after = list[i].id;
		r = each(userdata, &list[i]);
	}
	store_wallets_done(list, n);
	if (n < SWEEP_ROWS)
		*after = 0;
	return r < 0 ? r : 0;
}

int wallet_each(struct wallets *wallets, wallet_each_fn each, void *userdata)
{
	int64_t after = 0;
	int r;

	do
		r = some_wallets(wallets, &after, each, userdata);
	while (r == 0 && after != 0);
	return r;
}

/* ---- the time has come ---- */

/* wallet_load() forgets what has ended; here it only has to be called. */
static int sweep_row(void *userdata, const struct store_wallet *row)
{
	struct wallets *wallets = userdata;
	_cleanup_(person_freep) struct person *person = NULL;
	const struct config_provider *provider;
	struct wallet wallet = { .id = row->id };
	int r = store_find_person(wallets->parts.authority->store, row->person, &person);

	if (r == STORE_E_NOT_FOUND)
		r = store_drop_wallet(wallets->parts.authority->store, row->id);
	if (r != 0 || !person)
		return r < 0 ? r : 0;
	provider = wallet_provider(wallets, person);
	if (!provider || strcmp(provider->name, row->provider) != 0) {
		/* Whoever the name stands for now is not who gave the tokens: nobody is told. */
		wallet_forget(wallets, person, row->provider, &wallet, "provider", WALLET_LEAVE);
		return 0;
	}
	if (wallets->parts.time() < row->until && person_is_alive(person, wallets->parts.time()))
		return 0; /* what is under the seal is looked at when it is used */
	r = wallet_load(wallets, person, row->provider, &wallet);
	wallet_done(&wallet);
	return r < 0 ? r : 0;
}

/* Rows that the disk would not let go. */
static void sweep_void(struct wallets *wallets)
{
	struct wallet_slot *slot = wallets->slots, *next;

	for (; slot; slot = next) {
		next = slot->next;
		if (!slot->row_left ||
		    store_drop_wallet(wallets->parts.authority->store, slot->id) != 0)
			continue;
		slot->row_left = false;
		wallet_slot_settle(slot);
	}
}

void wallets_sweep(struct wallets *wallets)
{
	int r;

	sweep_void(wallets);
	r = wallets->vault ? wallet_each(wallets, sweep_row, wallets) : 0;
	if (r < 0)
		log_error("what is kept of sign-ins cannot be looked through: %s",
			  strerrordesc_np(-r));
}

/* Some at a time: nobody's login waits for thousands of rows. */
static int wallets_on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct wallets *wallets = userdata;

	(void)usec;
	sweep_void(wallets);
	if (wallets->vault && some_wallets(wallets, &wallets->swept, sweep_row, wallets) < 0)
		wallets->swept = 0; /* once more from the beginning */
	return timer_set(source,
			 clock_now() + (wallets->swept ? WALLET_SWEEP_PAUSE : WALLET_SWEEP));
}

/* ---- a machine that was switched off ---- */

/* Sessions of another boot ended without a word: their tokens end now, when somebody can be told. */
static int end_cut_off(struct wallets *wallets)
{
	struct store *store = wallets->parts.authority->store;
	int64_t list[SWEEP_ROWS], after = 0;
	size_t n;
	int r;

	do {
		r = store_list_cut_off(store, wallets->boot, after, list, SWEEP_ROWS, &n);
		for (size_t i = 0; i < n && r == 0; i++) {
			_cleanup_(person_freep) struct person *person = NULL;

			after = list[i];
			r = store_find_person(store, list[i], &person);
			if (r == 0)
				wallet_forget_closed(wallets, person);
			r = r > 0 ? 0 : r;
		}
	} while (r == 0 && n == SWEEP_ROWS);
	return r != 0 ? r : store_drop_cut_off(store, wallets->boot);
}

void wallets_on_link(struct wallets *wallets)
{
	int r;

	if (wallets->cut_off_told || !wallets->vault)
		return;
	r = end_cut_off(wallets);
	wallets->cut_off_told = r == 0;
	if (r != 0)
		log_error("sessions of the last boot cannot be looked through: %s",
			  strerrordesc_np(r < 0 ? -r : EIO));
}

/* ---- life ---- */

void wallets_configure(struct wallets *wallets)
{
	struct authority *authority = wallets->parts.authority;
	struct vault *vault = NULL;
	int r = vault_open(authority->config->agent.vault_key, authority->state,
			   wallets->status.reason, &vault);

	if (r != 0)
		log_error("no tokens are kept: %s", wallets->status.reason);
	else
		*wallets->status.reason = '\0';
	vault_free(wallets->vault);
	wallets->vault = vault;
	wallets_sweep(wallets);
}

int wallets_new(const struct wallets_parts *parts, struct wallets **ret_wallets)
{
	_cleanup_(wallets_freep) struct wallets *wallets = calloc(1, sizeof(*wallets));
	int r;

	if (!wallets)
		return -ENOMEM;
	wallets->parts = *parts;
	r = boot_name(parts->authority->snapshot, wallets->boot);
	if (r < 0)
		return r;
	r = sd_event_add_time(parts->event, &wallets->timer, CLOCK_BOOTTIME,
			      clock_now() + WALLET_SWEEP, USEC_PER_SEC, wallets_on_timer, wallets);
	if (r < 0)
		return r;
	wallets_configure(wallets);
	*ret_wallets = TAKE_PTR(wallets);
	return 0;
}

struct wallets *wallets_free(struct wallets *wallets)
{
	if (!wallets)
		return NULL;
	while (wallets->slots) {
		peer_abort(wallets->parts.peer, wallets->slots->flow);
		wallet_slot_free(wallets->slots);
	}
	while (wallets->errands) {
		struct wallet_errand *errand = wallets->errands;

		wallets->errands = errand->next;
		peer_abort(wallets->parts.peer, errand->flow);
		free(errand);
	}
	sd_event_source_disable_unref(wallets->timer);
	vault_free(wallets->vault);
	free(wallets);
	return NULL;
}
