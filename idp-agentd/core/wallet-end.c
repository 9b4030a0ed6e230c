/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How what is kept comes to its end: the last session closes, the person logs out, the platform
 * says so. What ends by itself: wallet-sweep.c. The numbers of MUST are those of wallet.c.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "idp-agentd/core/authority.h"
#include "idp-agentd/core/config.h"
#include "idp-agentd/core/peer.h"
#include "idp-agentd/core/store-person.h"
#include "idp-agentd/core/wallet-internal.h"

/* ---- telling the platform ---- */

static void errand_end(struct wallet_errand *errand, bool told, const char *endpoint)
{
	const struct wallet_farewell farewell = { .told = told, .endpoint = endpoint };
	struct wallet_errand **link = &errand->owner->errands;

	while (*link && *link != errand)
		link = &(*link)->next;
	if (*link)
		*link = errand->next;
	if (errand->fn)
		errand->fn(errand->userdata, &farewell);
	free(errand);
}

static int errand_on_message(void *owner, uint64_t flow, struct wire_in *in, bool last)
{
	struct wallet_errand *errand = owner;
	const char *endpoint = "";
	bool told = false;
	int r;

	(void)flow;
	(void)last; /* every answer of a revocation is */
	if (in->type == MSG_REVOKED) {
		told = wire_get_bool(in);
		endpoint = wire_get_str(in, ISSUER_LEN_MAX);
	} else {
		IGNORE(wire_get_str(in, REASON_MAX)); /* idp-netd has logged it */
		IGNORE(wire_get_str(in, WIRE_STRING_MAX));
	}
	r = wire_close(in);
	errand_end(errand, told && r == 0, r == 0 ? endpoint : "");
	return r;
}

static void errand_on_lost(void *owner, uint64_t flow)
{
	(void)flow;
	errand_end(owner, false, "");
}

static const struct flow_owner errand_flow = {
	.message = errand_on_message,
	.lost = errand_on_lost,
};

static int errand_begin(struct wallets *wallets, const char *provider, const struct grant *grant,
			wallet_farewell_fn fn, void *userdata, struct wallet_errand **ret_errand)
{
	struct wallet_errand *errand = calloc(1, sizeof(*errand));
	int r;

	if (!errand)
		return -ENOMEM;
	*errand = (struct wallet_errand){
		.next = wallets->errands, .owner = wallets, .fn = fn, .userdata = userdata
	};
	r = peer_ask_revoke(wallets->parts.peer, provider, grant ? grant->refresh : NULL,
			    grant ? grant->access : NULL, &errand_flow, errand, &errand->flow);
	if (r < 0) {
		free(errand);
		return r;
	}
	wallets->errands = errand;
	*ret_errand = errand;
	return 0;
}

void wallet_errand_leave(struct wallet_errand *errand)
{
	if (errand)
		errand->fn = NULL;
}

void wallet_revoke(struct wallets *wallets, const char *provider, const struct grant *grant)
{
	struct wallet_errand *errand;
	int r = errand_begin(wallets, provider, grant, NULL, NULL, &errand);

	if (r < 0)
		log_warning("%s could not be told that tokens are not needed any more: %s",
			    provider, strerrordesc_np(-r));
}

void wallets_discard(struct wallets *wallets, const char *provider, struct grant *grant)
{
	if (grant)
		wallet_revoke(wallets, provider, grant);
	grant_free(grant);
}

/* ---- without the key ---- */

/*
 * What is to end ends without the key, too: nobody can open the row now, but the key may come back.
 * Its tokens cannot be revoked then, and grant is NULL.
 */
static int load_to_end(struct wallets *wallets, const struct person *person, const char *provider,
		       struct wallet *ret_wallet)
{
	_cleanup_(store_wallet_freep) struct store_wallet *stored = NULL;
	int r;

	if (wallets->vault)
		return wallet_load(wallets, person, provider, ret_wallet);
	r = wallet_find(wallets, person, provider, &stored);
	if (r == 0)
		*ret_wallet = (struct wallet){ .id = stored->id };
	return r;
}

/* ---- the person says so ---- */

int wallets_logout(struct wallets *wallets, const struct person *person, wallet_farewell_fn fn,
		   void *userdata, bool *ret_kept, struct wallet_errand **ret_errand)
{
	const struct config_provider *provider = wallet_provider(wallets, person);
	const struct wallet_slot *slot;
	struct wallet wallet = { 0 };
	int r = provider ? load_to_end(wallets, person, provider->name, &wallet) : WALLET_E_NONE;

	*ret_kept = r == 0;
	*ret_errand = NULL;
	if (r < 0)
		return -EIO;
	if (!provider)
		return -ENOENT;
	slot = r == 0 ? wallet_slot_find(wallets, wallet.id) : NULL;
	r = errand_begin(wallets, provider->name,
			 slot && slot->unsaved ? slot->unsaved : wallet.grant, fn, userdata,
			 ret_errand);
	if (*ret_kept)
		wallet_forget(wallets, person, provider->name, &wallet, "logout", WALLET_LEAVE);
	wallet_done(&wallet);
	return r;
}

/* ---- the platform says so ---- */

/*
 * OpenID Connect Back-Channel Logout 1.0 section 2.7: a refresh token that was granted with
 * offline_access normally is not revoked. Its grant stays at the platform; what was kept here served
 * a session that is over, and is forgotten in either case.
 */
static enum wallet_revoke revoke_after(const struct grant *grant)
{
	const char *at = grant->scope;
	size_t len = STRLEN("offline_access");

	while ((at = strstr(at, "offline_access"))) {
		if ((at == grant->scope || at[-1] == ' ') && (at[len] == ' ' || at[len] == '\0'))
			return WALLET_LEAVE;
		at += len;
	}
	return WALLET_REVOKE;
}

struct ending {
	struct wallets *wallets;
	const struct config_provider *provider;
	const char *sub, *sid;
};

/* A wallet whose sid is not known may be of any session: then it is of this one. */
static bool ending_meets(const struct ending *ending, const struct person *person,
			 const struct grant *grant)
{
	const char *sid = grant ? grant->sid : "";

	if (strcmp(person->iss, ending->provider->issuer) != 0)
		return false;
	if (ending->sub && strcmp(person->sub, ending->sub) != 0)
		return false;
	if (!ending->sub && *sid == '\0')
		return false;
	return *ending->sid == '\0' || *sid == '\0' || strcmp(sid, ending->sid) == 0;
}

/* 1 when it was forgotten, 0, -errno. */
static int ending_of_person(const struct ending *ending, const struct person *person)
{
	struct wallet wallet = { 0 };
	int r = load_to_end(ending->wallets, person, ending->provider->name, &wallet);
	bool ended = r == 0 && ending_meets(ending, person, wallet.grant);

	if (ended)
		wallet_forget(ending->wallets, person, ending->provider->name, &wallet,
			      "back-channel",
			      wallet.grant ? revoke_after(wallet.grant) : WALLET_LEAVE);
	wallet_done(&wallet);
	return r < 0 ? r : ended;
}

struct ending_of_sid {
	struct ending ending;
	int n;
};

static int ending_of_row(void *userdata, const struct store_wallet *row)
{
	struct ending_of_sid *all = userdata;
	_cleanup_(person_freep) struct person *person = NULL;
	int r;

	if (strcmp(row->provider, all->ending.provider->name) != 0)
		return 0;
	r = store_find_person(all->ending.wallets->parts.authority->store, row->person, &person);
	if (r == 0)
		r = ending_of_person(&all->ending, person);
	if (r > 0 && person)
		all->n += r == 1;
	return r < 0 ? r : 0;
}

int wallets_end_sessions(struct wallets *wallets, const struct config_provider *provider,
			 const char *sub, const char *sid)
{
	struct ending_of_sid all = {
		.ending = { .wallets = wallets, .provider = provider, .sub = sub, .sid = sid },
	};
	_cleanup_(person_freep) struct person *person = NULL;
	int r;

	if (!sub) {
		r = wallet_each(wallets, ending_of_row, &all);
		return r < 0 ? r : all.n;
	}
	r = store_find_subject(wallets->parts.authority->store, provider->issuer, sub, &person);
	if (r != 0)
		return r < 0 ? r : 0;
	return ending_of_person(&all.ending, person);
}

/* ---- sessions ---- */

static int count_session(struct wallets *wallets, const struct person *person, bool opened,
			 bool revoke, bool *ret_last)
{
	struct store *store = wallets->parts.authority->store;
	bool before = false;
	uint64_t n = 0;
	int r = store_get_opened(store, person->id, wallets->boot, &n, &before);

	if (r != 0)
		return r < 0 ? r : -EIO;
	*ret_last = !opened && n <= 1;
	if (opened)
		n++;
	else if (n > 0)
		n--;
	r = store_set_opened(store, person->id, wallets->boot, n, revoke || before);
	return r > 0 ? -EIO : r;
}

void wallet_forget_closed(struct wallets *wallets, const struct person *person)
{
	const struct config_provider *provider = wallet_provider(wallets, person);
	struct wallet wallet = { 0 };

	if (provider && load_to_end(wallets, person, provider->name, &wallet) == 0)
		wallet_forget(wallets, person, provider->name, &wallet, "closed", WALLET_REVOKE);
	wallet_done(&wallet);
}

void wallets_count_session(struct wallets *wallets, const char *user, const char *service,
			   bool opened)
{
	const struct config *config = wallets->parts.authority->config;
	bool revoke = config_service(config, service)->at_close == AT_CLOSE_REVOKE;
	_cleanup_(person_freep) struct person *person = NULL;
	bool last = false;
	int r;

	/* systemd opens the session of a user's manager as root, and ends it as the user. */
	if (!config_keeps_tokens(config, service) || strcmp(service, "systemd-user") == 0)
		return;
	r = store_find_name(wallets->parts.authority->store, user, &person);
	if (r == 0)
		r = count_session(wallets, person, opened, revoke, &last);
	if (r != 0)
		log_warning("the sessions of %s cannot be counted: %s", user,
			    strerrordesc_np(r < 0 ? -r : ESRCH));
	/* What cannot be counted is taken for the last: a token less, never one too many. */
	if (person && !opened && revoke && (last || r != 0))
		wallet_forget_closed(wallets, person);
}
