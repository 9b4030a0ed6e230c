/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From sections to SETUP. MUST: a key that can sign for this host is never put into a message (a
 * tls_key, which can only open a connection, is); a message that holds a secret is erased when it
 * is done.
 */
#include "idp-agentd/core/setup.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/reason.h"
#include "common/secret.h"
#include "common/wire.h"
#include "idp-agentd/core/config-preset.h"
#include "idp-agentd/core/config.h"
#include "idp-agentd/core/key.h"
#include "idp-agentd/core/signer.h"

static bool setup_wanted(const struct config_pair *pair)
{
	return pair->net && pair->value;
}

static int setup_put_pair(struct buf *out, const struct config_pair *pair,
			  char reason[static REASON_MAX])
{
	_cleanup_(secret_freep) struct secret *secret = NULL;
	char why[REASON_MAX];
	int r;

	if (pair->type != 'S') {
		wire_put_field(out, pair->type, pair->key, pair->value);
		return 0;
	}
	r = config_secret(pair->value, why, &secret);
	if (r < 0) {
		(void)snprintf(reason, REASON_MAX, "%.80s:%u: %s = %.60s: %.90s", pair->place.file,
			       pair->place.line, pair->key, pair->value, why);
		return r;
	}
	wire_put_field(out, 'S', pair->key, secret->text);
	return 0;
}

/* The endpoints that are the preset's: discovery overrules them. */
static void setup_put_yielding(struct buf *out, const struct config_section *section)
{
	char keys[REASON_MAX];
	struct buf list;

	buf_init_fixed(&list, keys, sizeof(keys));
	for (size_t i = 0; i < section->n_pairs; i++)
		if (section->pairs[i].preset && config_preset_yields(section->pairs[i].key))
			buf_printf(&list, "%s%s", list.len > 0 ? " " : "", section->pairs[i].key);
	/* A list that does not fit is our own mistake; then the preset's word stands. */
	wire_put_field(out, 's', "preset_endpoints", buf_end(&list) < 0 ? "" : keys);
}

/* What is told beside the configuration's own words. */
struct setup_more {
	uint32_t revision;
	const char *jkt; /* NULL: not this section's */
};

static int setup_build(struct buf *out, const struct config_section *section,
		       const struct setup_more *more, char reason[static REASON_MAX])
{
	size_t n = more->jkt ? 1 : 0;
	int r;

	for (size_t i = 0; i < section->n_pairs; i++)
		n += setup_wanted(&section->pairs[i]);
	wire_begin(out, MSG_SETUP, 0);
	wire_put_u32(out, more->revision);
	wire_put_str(out, section->kind_name);
	wire_put_str(out, section->name);
	wire_put_count(out, n + (section->kind == CONFIG_PROVIDER));
	if (section->kind == CONFIG_PROVIDER)
		setup_put_yielding(out, section);
	if (more->jkt)
		wire_put_field(out, 's', "dpop_jkt", more->jkt);
	for (size_t i = 0; i < section->n_pairs; i++) {
		if (!setup_wanted(&section->pairs[i]))
			continue;
		r = setup_put_pair(out, &section->pairs[i], reason);
		if (r < 0)
			return r;
	}
	r = wire_end(out);
	if (r < 0)
		(void)snprintf(reason, REASON_MAX, "[%s %s] does not fit into one message",
			       section->kind_name, section->name);
	return r;
}

static int setup_send_section(const struct config_section *section, const struct setup_more *more,
			      int (*send)(void *userdata, struct buf *message), void *userdata,
			      char reason[static REASON_MAX])
{
	_cleanup_(buf_done) struct buf out;
	int r;

	buf_init_secret(&out, WIRE_MESSAGE_MAX);
	r = setup_build(&out, section, more, reason);
	return r < 0 ? r : send(userdata, &out);
}

int setup_send(const struct config *config, const char *jkt, uint32_t revision,
	       int (*send)(void *userdata, struct buf *message), void *userdata,
	       char reason[static REASON_MAX])
{
	_cleanup_(buf_done) struct buf out;
	int r = 0;

	*reason = '\0';
	buf_init(&out, WIRE_MESSAGE_MAX);
	for (size_t i = 0; i < config->n_providers && r >= 0; i++) {
		const struct config_provider *provider = &config->providers[i];
		const struct setup_more more = { revision, provider->dpop ? jkt : NULL };

		r = setup_send_section(provider->section, &more, send, userdata, reason);
	}
	for (size_t i = 0; i < config->n_directories && r >= 0; i++)
		r = setup_send_section(config->directories[i].section,
				       &(struct setup_more){ revision, NULL }, send, userdata,
				       reason);
	if (r < 0)
		return r;
	wire_begin(&out, MSG_SETUP_END, 0);
	wire_put_u32(&out, revision);
	r = wire_end(&out);
	return r < 0 ? r : send(userdata, &out);
}

static int setup_discard(void *userdata, struct buf *message)
{
	(void)userdata;
	(void)message;
	return 0;
}

static int setup_check_certificate(const struct config_provider *provider,
				   char reason[static REASON_MAX])
{
	_cleanup_(secret_freep) struct secret *cert = NULL, *key = NULL;
	char why[REASON_MAX] = "";
	int r = config_secret(provider->client_cert, why, &cert);

	if (r == 0)
		r = config_secret(provider->tls_key, why, &key);
	if (r == 0)
		r = key_judge.certificate(cert, key, why);
	if (r < 0)
		reason_format(reason, REASON_MAX, "[provider %.30s] client_cert = %.60s: %.140s",
			      provider->name, provider->client_cert, why);
	return r;
}

static int setup_check_provider(const struct config_provider *provider,
				char reason[static REASON_MAX])
{
	/* A key in a token is not waited for here; card-mint.c looks at it as soon as it can. */
	if (config_is_token_key(provider->client_key))
		return 0;
	if (provider->client_auth == CLIENT_AUTH_PRIVATE_KEY_JWT)
		return signer_check(provider, reason);
	return config_uses_tls(provider) ? setup_check_certificate(provider, reason) : 0;
}

int setup_check(const struct config *config, char reason[static REASON_MAX])
{
	int r = setup_send(config, NULL, 0, setup_discard, NULL, reason);

	for (size_t i = 0; i < config->n_providers && r >= 0; i++)
		r = setup_check_provider(&config->providers[i], reason);
	if (r < 0 && !*reason)
		(void)snprintf(reason, REASON_MAX, "%s", strerrordesc_np(-r));
	return r;
}
