/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is kept, and how it comes and goes. How it is asked for: wallet-token.c; how it ends:
 * wallet-end.c.
 *
 * MUST
 * 1. A refresh token that came is on the disk before anything else is done with it, and before
 *    anybody is answered: a platform that rotates takes the older one never again.
 * 2. One refresh of a wallet at a time: the second would bring the older refresh token, and a
 *    platform takes that for theft and ends both.
 * 3. What is forgotten is forgotten for good: an answer that comes later is revoked, a row that
 *    could not be removed is void.
 * 4. A row that does not open is dropped with one line of log: never trusted, never fatal.
 * 5. No token is in a line of log or in an event.
 */
#include "idp-agentd/core/wallet-internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "common/log.h"
#include "idp-agentd/core/audit.h"
#include "idp-agentd/core/authority.h"
#include "idp-agentd/core/config.h"
#include "idp-agentd/core/store-person.h"

#define WALLET_BLOB_MAX (4u * WIRE_STRING_MAX)
#define WALLET_AHEAD    300u /* seconds a sign-in may lie in the future: the clock was set */

void wallet_audit(const struct person *person, const char *provider, const char *result,
		  const char *reason, const char *detail, int priority)
{
	char message[256];
	const struct audit_event event = {
		.kind = AUDIT_TOKENS,
		.priority = priority,
		.message = message,
		.user = person->name,
		.result = result,
		.reason = reason,
		.detail = detail,
		.provider = provider,
		.subject = person->sub,
	};

	(void)snprintf(message, sizeof(message), "tokens of %.64s at %.64s: %s%s%s", person->name,
		       provider, result, *reason ? ", " : "", reason);
	audit_write(&event);
}

const struct config_provider *wallet_provider(const struct wallets *wallets,
					      const struct person *person)
{
	return authority_issuer(wallets->parts.authority, person->iss);
}

/* ---- rows ---- */

static struct vault_row wallet_row(const struct person *person, const char *provider)
{
	return (struct vault_row){
		.person = person->id,
		.provider = provider,
		.issuer = person->iss,
		.subject = person->sub,
	};
}

static int wallet_seal(const struct wallets *wallets, const struct person *person,
		       const char *provider, const struct grant *grant, struct buf *out)
{
	const struct vault_row row = wallet_row(person, provider);
	_cleanup_(buf_done) struct buf plain;
	int r;

	buf_init_secret(&plain, WALLET_BLOB_MAX);
	r = grant_write(grant, &plain);
	return r < 0 ? r : vault_seal(wallets->vault, &row, plain.data, plain.len, out);
}

static int wallet_unseal(const struct wallets *wallets, const struct person *person,
			 const char *provider, const struct store_wallet *stored,
			 struct grant **ret_grant)
{
	const struct vault_row row = wallet_row(person, provider);
	_cleanup_(buf_done) struct buf plain;
	int r;

	buf_init_secret(&plain, WALLET_BLOB_MAX);
	r = vault_unseal(wallets->vault, &row, stored->sealed, stored->len, &plain);
	return r != 0 ? r : grant_parse(plain.data, plain.len, ret_grant);
}

/* MUST 4. */
static void wallet_drop_shut(struct wallets *wallets, const struct store_wallet *stored,
			     const struct person *person)
{
	struct wallet_slot *slot = wallet_slot_find(wallets, stored->id);

	log_warning("what was kept of %s at %s does not open under the key of this host: dropped",
		    person->name, stored->provider);
	if (store_drop_wallet(wallets->parts.authority->store, stored->id) != 0)
		log_error("and it cannot be removed from the record");
	if (!slot)
		return;
	slot->gone = true; /* with the tokens for other audiences */
	wallet_slot_refuse(slot, "no-tokens");
	wallet_slot_settle(slot);
}

/* Why it may not be used any more, or NULL. The times are those under the seal. */
static const char *wallet_objection(const struct wallets *wallets, const struct person *person,
				    const struct grant *grant)
{
	uint64_t now = wallets->parts.time();

	if (now >= grant->until || grant->signed_in > now + WALLET_AHEAD)
		return "expired";
	return person_is_alive(person, now) ? NULL : "disabled";
}

int wallet_find(struct wallets *wallets, const struct person *person, const char *provider,
		struct store_wallet **ret_stored)
{
	int r = store_get_wallet(wallets->parts.authority->store, person->id, provider, ret_stored);
	const struct wallet_slot *slot;

	if (r == STORE_E_NOT_FOUND)
		return WALLET_E_NONE;
	if (r != 0)
		return r < 0 ? r : -EIO;
	slot = wallet_slot_find(wallets, (*ret_stored)->id);
	if (!slot || !slot->gone)
		return 0;
	*ret_stored = store_wallet_free(*ret_stored); /* MUST 3 */
	return WALLET_E_NONE;
}

int wallet_load(struct wallets *wallets, const struct person *person, const char *provider,
		struct wallet *ret_wallet)
{
	_cleanup_(store_wallet_freep) struct store_wallet *stored = NULL;
	_cleanup_(grant_freep) struct grant *grant = NULL;
	struct wallet wallet = { 0 };
	const char *objection;
	int r;

	if (!wallets->vault)
		return WALLET_E_NONE;
	r = wallet_find(wallets, person, provider, &stored);
	if (r != 0)
		return r;
	r = wallet_unseal(wallets, person, provider, stored, &grant);
	if (r == VAULT_E_SEALED || r == -EBADMSG)
		wallet_drop_shut(wallets, stored, person);
	if (r != 0)
		return r == VAULT_E_SEALED || r == -EBADMSG ? WALLET_E_NONE : r;
	wallet = (struct wallet){ .id = stored->id, .grant = grant };
	objection = wallet_objection(wallets, person, grant);
	if (objection) {
		wallet_forget(wallets, person, provider, &wallet, objection, WALLET_REVOKE);
		return WALLET_E_NONE;
	}
	TAKE_PTR(grant);
	*ret_wallet = wallet;
	return 0;
}

void wallet_done(struct wallet *wallet)
{
	wallet->grant = grant_free(wallet->grant);
}

int wallet_save(struct wallets *wallets, const struct person *person, const char *provider,
		int64_t id, const struct grant *grant, bool durable)
{
	_cleanup_(buf_done) struct buf sealed;
	struct store_wallet stored = { .id = id, .until = grant->until };
	int r;

	buf_init(&sealed, WALLET_BLOB_MAX + VAULT_OVERHEAD);
	r = wallet_seal(wallets, person, provider, grant, &sealed);
	if (r < 0)
		return r;
	stored.sealed = sealed.data;
	stored.len = sealed.len;
	r = store_set_wallet(wallets->parts.authority->store, &stored, durable);
	return r <= 0 ? r : -ESTALE;
}

/* ---- forgetting ---- */

/* MUST 3: whatever becomes of the row, and of what is under way, nothing of it is used again. */
void wallet_forget(struct wallets *wallets, const struct person *person, const char *provider,
		   const struct wallet *wallet, const char *reason, enum wallet_revoke revoke)
{
	struct wallet_slot *slot = wallet_slot_find(wallets, wallet->id);
	const struct grant *newest = slot && slot->unsaved ? slot->unsaved : wallet->grant;
	int r = store_drop_wallet(wallets->parts.authority->store, wallet->id);

	if (r != 0) {
		log_error("what was kept of %s cannot be removed yet: %s", person->name,
			  strerrordesc_np(r < 0 ? -r : EIO));
		IGNORE(wallet_slot_void(wallets, person, provider, wallet->id)); /* the sweep comes */
		slot = wallet_slot_find(wallets, wallet->id);
	}
	if (revoke == WALLET_REVOKE && newest)
		wallet_revoke(wallets, provider, newest);
	wallet_audit(person, provider, "forgotten", reason, NULL, LOG_INFO);
	if (!slot)
		return;
	slot->gone = true;
	wallet_slot_refuse(slot, strcmp(reason, "replaced") == 0 ? "busy" : reason);
	wallet_slot_settle(slot);
}

/* ---- a sign-in ---- */

bool wallets_want(const struct wallets *wallets, const char *service)
{
	return wallets->vault && config_keeps_tokens(wallets->parts.authority->config, service);
}

static int wallet_insert(struct wallets *wallets, const struct person *person,
			 const char *provider, const struct grant *grant)
{
	_cleanup_(buf_done) struct buf sealed;
	_cleanup_free_ char *name = strdup(provider);
	struct store_wallet stored = { .person = person->id, .until = grant->until };
	int64_t id;
	int r;

	if (!name)
		return -ENOMEM;
	buf_init(&sealed, WALLET_BLOB_MAX + VAULT_OVERHEAD);
	r = wallet_seal(wallets, person, provider, grant, &sealed);
	if (r < 0)
		return r;
	stored.provider = name;
	stored.sealed = sealed.data;
	stored.len = sealed.len;
	r = store_put_wallet(wallets->parts.authority->store, &stored, &id);
	return r > 0 ? -EIO : r;
}

/* The older one goes first: two refresh tokens of one person at once are one too many. */
static int wallet_replace(struct wallets *wallets, const struct person *person,
			  const char *provider, const struct grant *grant)
{
	struct wallet old = { 0 };
	int r = wallet_load(wallets, person, provider, &old);

	if (r == 0)
		wallet_forget(wallets, person, provider, &old, "replaced", WALLET_REVOKE);
	wallet_done(&old);
	return r < 0 ? r : wallet_insert(wallets, person, provider, grant);
}

/* The person of the record whom the sign-in was for; it may have changed since. */
static int wallet_owner(const struct wallets *wallets, const char *user, const char *provider,
			struct person **ret_person)
{
	const struct config_provider *known;
	_cleanup_(person_freep) struct person *person = NULL;
	int r = store_find_name(wallets->parts.authority->store, user, &person);

	if (r != 0)
		return r < 0 ? r : -ESRCH;
	known = wallet_provider(wallets, person);
	if (!known || strcmp(known->name, provider) != 0)
		return -ESTALE;
	*ret_person = TAKE_PTR(person);
	return 0;
}

static uint64_t wallet_until(uint64_t now, usec_t session)
{
	usec_t most = session < TOKENS_KEPT_MAX ? session : TOKENS_KEPT_MAX;

	return now + most / USEC_PER_SEC;
}

void wallets_put(struct wallets *wallets, const char *user, const char *provider,
		 struct grant *grant, usec_t session)
{
	_cleanup_(person_freep) struct person *person = NULL;
	_cleanup_(grant_freep) struct grant *kept = grant;
	int r = wallets->vault ? wallet_owner(wallets, user, provider, &person) : -ENOKEY;

	kept->until = wallet_until(wallets->parts.time(), session);
	if (r == 0)
		r = wallet_replace(wallets, person, provider, kept);
	if (r == 0) {
		wallet_audit(person, provider, "kept", "", NULL, LOG_INFO);
		return;
	}
	log_error("the tokens of %s cannot be kept: %s", user, strerrordesc_np(-r));
	wallets_discard(wallets, provider, TAKE_PTR(kept));
}

/* ---- looking ---- */

int wallets_look(struct wallets *wallets, const struct person *person, struct grant **ret_grant)
{
	const struct config_provider *provider = wallet_provider(wallets, person);
	struct wallet wallet = { 0 };
	int r = provider ? wallet_load(wallets, person, provider->name, &wallet) : WALLET_E_NONE;

	if (r < 0)
		return r;
	*ret_grant = wallet.grant;
	return 0;
}

int wallets_count_open(struct wallets *wallets, const struct person *person, uint64_t *ret_n)
{
	bool revoke;
	int r = store_get_opened(wallets->parts.authority->store, person->id, wallets->boot, ret_n,
				 &revoke);

	return r > 0 ? -EIO : r;
}

void wallets_get_status(struct wallets *wallets, struct wallets_status *ret_status)
{
	*ret_status = wallets->status;
	ret_status->ready = wallets->vault;
	if (store_count_wallets(wallets->parts.authority->store, &ret_status->kept) != 0)
		ret_status->kept = 0;
}
