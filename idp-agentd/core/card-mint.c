/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * MUST
 * 1. A signature goes out only when the public key that was shown verifies it: a token that was
 *    changed, or an idp-keyd that was misled, is found here and not by the platform.
 * 2. The configuration is looked at again after every wait: a provider that has gone, or has got
 *    another key since, gets nothing.
 * 3. A public key is kept for as long as the link it came over.
 */
#include "idp-agentd/core/card-mint.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/buf.h"
#include "common/log.h"
#include "common/reason.h"
#include "common/secret.h"
#include "idp-agentd/core/authority.h"
#include "idp-agentd/core/card.h"
#include "idp-agentd/core/compact.h"
#include "idp-agentd/core/config.h"
#include "idp-agentd/core/key.h"
#include "idp-agentd/core/pin.h"
#include "idp-agentd/core/signer.h"

struct mint_key {
	char *uri, *alg;
	struct key *key;
};

struct mint {
	struct mint *next;
	struct minter *minter;
	char *provider, *audience, *uri;
	const char *alg; /* of the table of algorithms */
	struct buf token;
	bool again; /* the key was asked for anew */
	mint_fn fn; /* NULL: nobody waits any more */
	void *userdata;
	uint64_t id;
};

struct minter {
	struct card *card;
	struct authority *authority;
	struct mint *mints;
	uint64_t link; /* the keys came over */
	size_t n_keys;
	struct mint_key keys[CARD_KEYS_MAX];
	bool ending;
};

/* ---- public keys ---- */

static void minter_forget_keys(struct minter *minter)
{
	for (size_t i = 0; i < minter->n_keys; i++) {
		free(minter->keys[i].uri);
		free(minter->keys[i].alg);
		key_free(minter->keys[i].key);
	}
	minter->n_keys = 0;
}

/* NULL when it must be asked for. MUST 3. */
static const struct key *minter_key(struct minter *minter, const struct mint *mint)
{
	if (card_link(minter->card) != minter->link)
		minter_forget_keys(minter);
	for (size_t i = 0; i < minter->n_keys; i++)
		if (strcmp(minter->keys[i].uri, mint->uri) == 0 &&
		    strcmp(minter->keys[i].alg, mint->alg) == 0)
			return minter->keys[i].key;
	return NULL;
}

/* Takes key over. */
static int minter_keep_key(struct minter *minter, const struct mint *mint, struct key *key)
{
	struct mint_key kept = { strdup(mint->uri), strdup(mint->alg), key };

	if (!kept.uri || !kept.alg) {
		free(kept.uri);
		free(kept.alg);
		key_free(key);
		return -ENOMEM;
	}
	if (minter->n_keys == CARD_KEYS_MAX || card_link(minter->card) != minter->link)
		minter_forget_keys(minter);
	minter->link = card_link(minter->card);
	minter->keys[minter->n_keys++] = kept;
	return 0;
}

/* ---- one assertion ---- */

static struct mint *mint_free(struct mint *mint)
{
	if (!mint)
		return NULL;
	free(mint->provider);
	free(mint->audience);
	free(mint->uri);
	buf_done(&mint->token);
	free(mint);
	return NULL;
}

static void mint_end(struct mint *mint, const struct secret *made, const char *why)
{
	struct mint **at = &mint->minter->mints;

	while (*at != mint)
		at = &(*at)->next;
	*at = mint->next;
	if (mint->fn && !mint->minter->ending)
		mint->fn(mint->userdata, mint->id, made, why);
	mint_free(mint);
}

static void mint_fail(struct mint *mint, const char *why)
{
	char reason[REASON_MAX];

	reason_format(reason, sizeof(reason), "[provider %.40s] client_key: %.190s", mint->provider,
		      why);
	mint_end(mint, NULL, reason);
}

/* MUST 2: NULL when it is not the same any more. */
static const struct config_provider *mint_provider(const struct mint *mint)
{
	const struct config_provider *provider =
		config_provider(mint->minter->authority->config, mint->provider);

	return provider && provider->client_key && strcmp(provider->client_key, mint->uri) == 0 &&
			       strcmp(config_alg_name(provider->client_alg), mint->alg) == 0
		       ? provider
		       : NULL;
}

static void mint_on_key(void *userdata, struct wire_in *in, const char *why);
static void mint_on_signature(void *userdata, struct wire_in *in, const char *why);

/* What is to be signed, for the token. A sentence in reason when it cannot be asked for. */
static int mint_compose(struct mint *mint, const struct key *key, char reason[static REASON_MAX])
{
	const struct config_provider *provider = mint_provider(mint);
	int r;

	if (!provider)
		return reason_refuse(-ESTALE, reason, "the configuration has changed meanwhile");
	buf_reset(&mint->token);
	r = signer_compose(provider, mint->audience, authority_time(), key, reason, &mint->token);
	if (r < 0)
		return r;
	r = card_ask_signature(mint->minter->card, mint->uri, mint->alg,
			       (const char *)mint->token.data, mint->token.len, mint_on_signature,
			       mint);
	return r < 0 ? reason_refuse(r, reason, "%s", strerrordesc_np(-r)) : 0;
}

/* The key is known, or is asked for first. */
static int mint_ask(struct mint *mint, char reason[static REASON_MAX])
{
	const struct key *key = minter_key(mint->minter, mint);
	int r;

	if (key)
		return mint_compose(mint, key, reason);
	r = card_ask_key(mint->minter->card, mint->uri, mint_on_key, mint);
	return r < 0 ? reason_refuse(r, reason, "%s", strerrordesc_np(-r)) : 0;
}

static void mint_on_key(void *userdata, struct wire_in *in, const char *why)
{
	char reason[REASON_MAX] = "idp-keyd told a public key nobody can read";
	uint8_t spki[CARD_BYTES_MAX];
	struct mint *mint = userdata;
	struct key *key = NULL;
	size_t len;

	if (!in)
		mint_fail(mint, why);
	else if (card_read(in, spki, &len) < 0 ||
		 key_load_public(spki, len, mint->alg, reason, &key) < 0)
		mint_fail(mint, reason);
	else if (minter_keep_key(mint->minter, mint, key) < 0)
		mint_fail(mint, "memory is short");
	else if (mint_compose(mint, key, reason) < 0)
		mint_fail(mint, reason);
}

/*
 * MUST 1. What does not verify may be by the key of another token, put in since the key was asked
 * for: then it is asked for once more.
 */
static bool mint_begin_again(struct mint *mint)
{
	char reason[REASON_MAX];

	minter_forget_keys(mint->minter);
	if (mint->again)
		return false;
	mint->again = true;
	return mint_ask(mint, reason) == 0;
}

static void mint_on_signature(void *userdata, struct wire_in *in, const char *why)
{
	_cleanup_(secret_freep) struct secret *made = NULL;
	uint8_t signature[CARD_BYTES_MAX];
	struct mint *mint = userdata;
	const struct key *key;
	size_t len;

	if (!in || card_read(in, signature, &len) < 0) {
		mint_fail(mint, in ? "idp-keyd told a signature nobody can read" : why);
		return;
	}
	key = minter_key(mint->minter, mint);
	if (!key || !key_verify(key, mint->token.data, mint->token.len, signature, len)) {
		if (!mint_begin_again(mint))
			mint_fail(mint, "the token signs with another key than it shows");
		return;
	}
	if (!mint_provider(mint) || compact_finish(&mint->token, signature, len, &made) < 0)
		mint_fail(mint, "the configuration has changed meanwhile, or memory is short");
	else
		mint_end(mint, made, "");
}

/* ---- asking ---- */

static struct mint *mint_new(struct minter *minter, const struct config_provider *provider,
			     const char *audience)
{
	struct mint *mint = calloc(1, sizeof(*mint));

	if (!mint)
		return NULL;
	mint->minter = minter;
	mint->provider = strdup(provider->name);
	mint->audience = strdup(audience);
	mint->uri = strdup(provider->client_key);
	mint->alg = config_alg_name(provider->client_alg);
	buf_init_secret(&mint->token, COMPACT_TOKEN_MAX);
	return mint->provider && mint->audience && mint->uri ? mint : mint_free(mint);
}

int minter_mint(struct minter *minter, const struct config_provider *provider, const char *audience,
		mint_fn fn, void *userdata, uint64_t id, char reason[static REASON_MAX])
{
	struct mint *mint;
	int r = signer_may(provider, audience, reason);

	if (r < 0)
		return r;
	mint = mint_new(minter, provider, audience);
	if (!mint)
		return reason_refuse(-ENOMEM, reason, "memory is short");
	r = mint_ask(mint, reason);
	if (r < 0) {
		mint_free(mint);
		return r;
	}
	mint->fn = fn;
	mint->userdata = userdata;
	mint->id = id;
	mint->next = minter->mints;
	minter->mints = mint;
	return 0;
}

void minter_forget(struct minter *minter, const void *userdata)
{
	for (struct mint *mint = minter->mints; mint; mint = mint->next)
		if (mint->userdata == userdata)
			mint->fn = NULL;
}

/* ---- looking whether it would work ---- */

static void minter_on_checked(void *userdata, uint64_t id, const struct secret *made,
			      const char *why)
{
	(void)userdata;
	(void)id;
	if (!made)
		log_warning("a key in a token cannot be used now: %s", why);
}

void minter_check(struct minter *minter)
{
	const struct config *config = minter->authority->config;
	char reason[REASON_MAX];

	for (size_t i = 0; i < config->n_providers; i++) {
		const struct config_provider *provider = &config->providers[i];

		if (config_is_token_key(provider->client_key) &&
		    minter_mint(minter, provider, pin_own_audience(provider), minter_on_checked,
				minter, 0, reason) < 0)
			log_warning("%s", reason);
	}
}

/* ---- life ---- */

int minter_new(struct sd_event *event, const char *path, struct authority *authority,
	       struct minter **ret_minter)
{
	_cleanup_(minter_freep) struct minter *minter = calloc(1, sizeof(*minter));
	int r;

	if (!minter)
		return -ENOMEM;
	minter->authority = authority;
	r = card_new(event, path, &minter->card);
	if (r < 0)
		return r;
	*ret_minter = TAKE_PTR(minter);
	return 0;
}

struct minter *minter_free(struct minter *minter)
{
	if (!minter)
		return NULL;
	minter->ending = true;
	card_free(minter->card); /* ends every mint */
	minter_forget_keys(minter);
	free(minter);
	return NULL;
}
