/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One question to a platform of vouchers. MUST:
 *  1. where it goes and for whom the assertion is comes from idp.conf, never from idp-netd;
 *  2. the key is read for each assertion and erased after it;
 *  3. what came is kept only when it is what was asked for (voucher-judge.c).
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/reason.h"
#include "common/secret.h"
#include "idp-agentd/core/authority.h"
#include "idp-agentd/core/client-key.h"
#include "idp-agentd/core/config.h"
#include "idp-agentd/core/flows.h"
#include "idp-agentd/core/peer.h"
#include "idp-agentd/core/proof.h"
#include "idp-agentd/core/voucher-audit.h"
#include "idp-agentd/core/voucher-internal.h"
#include "idp-agentd/core/voucher-judge.h"

/* The configuration of one question; it is that of the slot until vouchers_configure(). */
struct ask {
	const struct config_client *client;
	const struct config_purpose *purpose; /* NULL: kind api */
	const struct config_eservice *eservice;
	const struct config_provider *provider;
};

static bool ask_find(const struct voucher_slot *slot, struct ask *ret_ask)
{
	const struct config *config = slot->owner->parts.authority->config;
	struct ask ask = { .client = config_client(config, slot->pair->client) };

	if (!ask.client)
		return false;
	ask.purpose = *slot->pair->purpose ? config_purpose(config, slot->pair->purpose) : NULL;
	if (ask.purpose)
		ask.eservice = config_eservice(config, ask.purpose->eservice);
	ask.provider = config_provider(config, ask.client->provider);
	*ret_ask = ask;
	return ask.provider && (ask.purpose || !*slot->pair->purpose);
}

/* ---- why not ---- */

static void pair_say(struct voucher_pair *pair, const char *code, const char *text)
{
	pair->code = code;
	reason_copy_printable(text, pair->said, sizeof(pair->said));
}

/* It did not come to a question, or there was no answer. */
static int ask_fail(struct voucher_slot *slot, int error, const char *code, const char *text)
{
	voucher_hold_trouble(&slot->pair->hold, 0, clock_now());
	pair_say(slot->pair, code, text);
	return error;
}

/* What only the administrator can put right: whoever asks hears no path and no detail. */
static int ask_misconfigured(struct voucher_slot *slot, int error, const char *code,
			     const char *detail)
{
	char text[REASON_MAX];

	log_error("no voucher can be asked for as the client %s: %s", slot->pair->client, detail);
	reason_format(text, sizeof(text),
		      "This host cannot ask as the client %.64s; its administrator finds the cause "
		      "in the log.",
		      slot->pair->client);
	return ask_fail(slot, error, code, text);
}

/* ---- the clock of the platform ---- */

static struct voucher_clock *clock_get(struct vouchers *vouchers, const char *provider)
{
	struct voucher_clock *clock = vouchers->clocks;

	while (clock && strcmp(clock->provider, provider) != 0)
		clock = clock->next;
	if (clock)
		return clock;
	clock = calloc(1, sizeof(*clock));
	if (!clock)
		return NULL;
	(void)snprintf(clock->provider, sizeof(clock->provider), "%s", provider);
	clock->next = vouchers->clocks;
	vouchers->clocks = clock;
	return clock;
}

/* E-services judge a voucher by the times in it, and programs here by this clock. */
static void note_clock(struct vouchers *vouchers, const char *provider, uint64_t date)
{
	struct voucher_clock *clock = date ? clock_get(vouchers, provider) : NULL;
	bool wrong;

	if (!clock)
		return;
	clock->skew = (int64_t)(date - vouchers->parts.time());
	wrong = llabs((long long)clock->skew) > VOUCHER_SKEW_MAX;
	if (wrong && !clock->warned)
		log_warning("the clock of provider %s is %lld seconds %s this host's: vouchers may "
			    "be refused, by the platform and by e-services",
			    provider, llabs((long long)clock->skew),
			    clock->skew > 0 ? "ahead of" : "behind");
	if (!wrong && clock->warned)
		log_notice("the clocks of provider %s and of this host agree again", provider);
	clock->warned = wrong;
}

/* ---- the answer ---- */

static void slot_refused(struct voucher_slot *slot, const struct ask *ask, const char *code,
			 const char *said)
{
	struct voucher_trace trace = {
		.what = "refused",
		.client = ask->client,
		.purpose = ask->purpose,
		.reason = code,
		.detail = said,
	};
	char text[REASON_MAX], message[REASON_MAX], name[REASON_MAX];
	int64_t skew = 0;

	if (vouchers_skew(slot->owner, ask->provider->name, &skew) &&
	    llabs((long long)skew) > VOUCHER_SKEW_MAX)
		reason_format(text, sizeof(text),
			      "The platform gives no voucher (%.120s). Its clock is %lld seconds "
			      "%s this host's.",
			      said, llabs((long long)skew), skew > 0 ? "ahead of" : "behind");
	else
		reason_format(text, sizeof(text), "The platform gives no voucher (%.200s).", said);
	voucher_name(slot->pair->purpose, slot->pair->client, name);
	reason_format(message, sizeof(message), "no voucher for %.180s: %s", name,
		      strcmp(code, "voucher-invalid") == 0 ? "what came was not taken"
							    : "the platform refused");
	trace.text = message;
	voucher_audit(&trace);
	voucher_hold_refused(&slot->pair->hold, clock_now());
	pair_say(slot->pair, "suspended", text);
	voucher_slot_settle(slot, code, text);
}

static void slot_trouble(struct voucher_slot *slot, uint64_t wait, const char *text)
{
	char said[REASON_MAX];

	reason_format(said, sizeof(said), "The platform cannot be reached (%.180s).", text);
	voucher_hold_trouble(&slot->pair->hold,
			     wait < VOUCHER_LIFE_MAX ? wait * USEC_PER_SEC : USEC_PER_HOUR,
			     clock_now());
	pair_say(slot->pair, "platform-unreachable", said);
	voucher_slot_settle(slot, "platform-unreachable", said);
}

static void join_audiences(const struct vouched *vouched, char *text, size_t room)
{
	size_t len = 0;

	*text = '\0';
	for (size_t i = 0; i < vouched->n_aud && len < room; i++)
		len += (size_t)snprintf(text + len, room - len, "%s%s", i ? " " : "",
					vouched->aud[i]);
}

static void slot_issued(struct voucher_slot *slot, const struct ask *ask)
{
	struct voucher_trace trace = {
		.what = "issued",
		.client = ask->client,
		.purpose = ask->purpose,
		.jti = slot->jti,
		.audience = slot->audience,
	};
	char message[REASON_MAX], name[REASON_MAX];

	voucher_name(slot->pair->purpose, slot->pair->client, name);
	reason_format(message, sizeof(message), "a voucher was issued: %.200s", name);
	trace.text = message;
	voucher_audit(&trace);
}

static void slot_take(struct voucher_slot *slot, const struct ask *ask,
		      const struct vouched *vouched, uint64_t life)
{
	struct secret *voucher = secret_new(vouched->voucher, strlen(vouched->voucher));

	if (!voucher) {
		slot_trouble(slot, 0, "memory is short");
		return;
	}
	secret_free(slot->voucher);
	slot->voucher = voucher;
	slot->n_askers = 0;
	reason_copy_printable(vouched->jti, slot->jti, sizeof(slot->jti));
	join_audiences(vouched, slot->audience, sizeof(slot->audience));
	voucher_term_set(&slot->term, life * USEC_PER_SEC, clock_now());
	voucher_hold_clear(&slot->pair->hold);
	slot_issued(slot, ask);
	voucher_slot_settle(slot, "voucher-invalid",
			    "The platform gave a voucher that ends at once.");
}

/* MUST 3. */
static void slot_judge(struct voucher_slot *slot, const struct ask *ask,
		       const struct vouched *vouched)
{
	const struct voucher_wish wish = {
		.issuer = ask->provider->issuer,
		.client_id = ask->client->client_id,
		.purpose = ask->purpose ? ask->purpose->id : NULL,
		.digest = *slot->digest ? slot->digest : NULL,
		.jkt = slot->bound ? slot->jkt : NULL,
		.audience = ask->eservice ? &ask->eservice->audience : NULL,
	};
	char reason[REASON_MAX];
	uint64_t life;

	if (vouched_is_ours(vouched, &wish, reason, &life)) {
		slot_take(slot, ask, vouched, life);
		return;
	}
	slot_refused(slot, ask, "voucher-invalid", reason);
}

static void slot_answered(struct voucher_slot *slot, const struct vouched *vouched)
{
	struct ask ask;

	if (!ask_find(slot, &ask)) { /* vouchers_configure() has not been called: our own bug */
		slot_trouble(slot, 0, "the configuration has changed");
		return;
	}
	note_clock(slot->owner, ask.provider->name, vouched->date);
	if (strcmp(vouched->code, "platform-busy") == 0)
		slot_trouble(slot, vouched->wait, vouched->text);
	else if (*vouched->code)
		slot_refused(slot, &ask,
			     strcmp(vouched->code, "voucher-invalid") == 0 ? "voucher-invalid"
									   : "voucher-refused",
			     vouched->text);
	else
		slot_judge(slot, &ask, vouched);
}

static int slot_on_message(void *owner, uint64_t flow, struct wire_in *in, bool last)
{
	struct voucher_slot *slot = owner;
	struct vouched vouched = { .code = "" };
	const char *text = "";
	int r = 0;

	(void)flow;
	(void)last;
	slot->flow = 0;
	if (in->type == MSG_FAILED) {
		IGNORE(wire_get_str(in, REASON_MAX)); /* the sentence says it */
		text = wire_get_str(in, REASON_MAX);
		r = wire_close(in) < 0 ? -EPROTO : 0;
	} else {
		r = vouched_read(in, &vouched);
	}
	if (r < 0)
		slot_trouble(slot, 0, "idp-netd said what nobody can read");
	else if (in->type == MSG_FAILED)
		slot_trouble(slot, 0, text);
	else
		slot_answered(slot, &vouched);
	vouchers_rearm(slot->owner);
	return r;
}

static void slot_on_lost(void *owner, uint64_t flow)
{
	struct voucher_slot *slot = owner;

	(void)flow;
	slot->flow = 0;
	slot_trouble(slot, 0, "idp-netd went away");
	vouchers_rearm(slot->owner);
}

static const struct flow_owner slot_flow = { .message = slot_on_message, .lost = slot_on_lost };

/* ---- the question ---- */

static int ask_prove(struct voucher_slot *slot, const struct ask *ask,
		     char reason[static REASON_MAX], struct secret **ret_proof)
{
	const struct proof_order order = {
		.method = "POST",
		.target = ask->provider->token_endpoint,
		.nonce = "",
		.ath = "",
	};
	const struct key *key;
	int r;

	if (!slot->bound)
		return 0;
	r = peer_proof_key(slot->owner->parts.peer, &key);
	if (r == 0)
		r = key_thumbprint(key, slot->jkt);
	if (r < 0)
		return reason_refuse(r, reason, "the key of proofs cannot be made: %s",
				     strerrordesc_np(-r));
	return proof_make_with(key, &order, slot->owner->parts.time(), reason, ret_proof);
}

/* MUST 2. */
static int ask_mint(struct voucher_slot *slot, const struct ask *ask,
		    char reason[static REASON_MAX], struct secret **ret_assertion)
{
	const struct voucher_claims claims = {
		.client_id = ask->client->client_id,
		.audience = ask->provider->client_aud ? ask->provider->client_aud
						      : ask->provider->token_endpoint,
		.purpose = ask->purpose ? ask->purpose->id : NULL,
		.digest = *slot->digest ? slot->digest : NULL,
	};
	struct client_key key;
	int r = client_key_read(slot->owner->parts.authority->state, ask->client, CLIENT_KEY_USED,
				reason, &key);

	if (r != 0)
		return r < 0 ? r : -ENOKEY;
	r = voucher_mint(key.key, &claims, slot->owner->parts.time(), reason, ret_assertion);
	client_key_done(&key);
	return r;
}

int voucher_ask(struct voucher_slot *slot)
{
	_cleanup_(secret_freep) struct secret *assertion = NULL, *proof = NULL;
	char reason[REASON_MAX] = "";
	struct peer_vouch vouch = { 0 };
	struct ask ask;
	int r;

	if (!ask_find(slot, &ask))
		return ask_fail(slot, -ESTALE, "reloaded",
				"The configuration of this host has just changed.");
	if (!ask.provider->token_endpoint)
		return ask_misconfigured(slot, -EINVAL, "configuration",
					 "its provider has no token_endpoint in idp.conf");
	r = ask_mint(slot, &ask, reason, &assertion);
	if (r == 0)
		r = ask_prove(slot, &ask, reason, &proof);
	if (r < 0)
		return ask_misconfigured(slot, r, "key-unusable", reason);
	vouch = (struct peer_vouch){
		.provider = ask.provider->name,
		.url = ask.provider->token_endpoint,
		.client_id = ask.client->client_id,
		.assertion = assertion,
		.proof = proof,
	};
	r = peer_ask_voucher(slot->owner->parts.peer, &vouch, &slot_flow, slot, &slot->flow);
	if (r < 0) {
		slot->flow = 0;
		return ask_fail(slot, r, "platform-unreachable",
				r == -ENOTCONN ? "idp-netd of this host is away."
					       : "Too many questions are under way.");
	}
	return 0;
}
