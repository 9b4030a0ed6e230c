/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * idpctl pdnd doctor. A platform of vouchers tells a stranger nothing: whatever is missing, it says
 * that no token can be generated. So all that this host can know is looked at here, and what it
 * cannot know is named, with the ids to compare.
 */
#include "idp-agentd/core/pdnd.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "idp-agentd/core/config.h"
#include "idp-agentd/core/row.h"
#include "idp-agentd/core/voucher.h"

static void tell_links(struct pdnd_view *view)
{
	static const char *const links[][3] = {
		{ "1", "an active version of the e-service", "the platform" },
		{ "2", "an active agreement with its provider", "the platform" },
		{ "3", "an active purpose", "the platform" },
		{ "4", "the client associated with the purpose",
		  "the platform; idp.conf has ours" },
		{ "5", "the client's public key", "the platform; below is the kid of ours" },
	};
	struct row row;

	for (size_t i = 0; i < ELEMENTSOF(links); i++) {
		row_begin(&row, "link");
		row_put_text(&row, "link", links[i][0]);
		row_put_text(&row, "what", links[i][1]);
		row_put_text(&row, "known_to", links[i][2]);
		view->row(view->userdata, &row);
	}
}

/* Assertions hold the time; nothing on this host knows whether it is right. */
static void look_at_clock(struct pdnd_view *view)
{
	time_t seconds = (time_t)view->now;
	char text[32] = "?";
	struct tm tm;

	if (gmtime_r(&seconds, &tm))
		IGNORE(strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &tm) == 0);
	pdnd_say(view, WIRE_FINDING_NOTE, "clock", "", "It is %s UTC here, and assertions say so.",
		 text);
}

/* ---- providers ---- */

/* The part of an address, or of an audience that looks like one, that is a host. */
static size_t host_of(const char *text, const char **ret_host)
{
	const char *behind = strstr(text, "://");

	*ret_host = behind ? behind + 3 : text;
	return strcspn(*ret_host, "/:?");
}

static bool same_host(const char *a, const char *b)
{
	const char *x, *y;
	size_t n = host_of(a, &x), m = host_of(b, &y);

	return n == m && strncasecmp(x, y, n) == 0;
}

/* Production, test and attestation differ in a few letters, and copies mix them. */
static void look_at_environment(struct pdnd_view *view, const struct config_provider *provider,
				const char *topic)
{
	static const char remedy[] = "Write token_endpoint, client_aud, issuer and jwks_uri all of "
				     "one environment; idp.conf(5) has those of production.";

	if (!same_host(provider->token_endpoint, provider->client_aud))
		pdnd_say(view, WIRE_FINDING_ERROR, topic, remedy,
			 "Assertions for %s are sent to %s: these are two environments.",
			 provider->client_aud, provider->token_endpoint);
	else if (provider->jwks_uri && !same_host(provider->jwks_uri, provider->issuer))
		pdnd_say(view, WIRE_FINDING_ERROR, topic, remedy,
			 "Vouchers of %s are checked with the keys of %s: these are two "
			 "environments.",
			 provider->issuer, provider->jwks_uri);
	else
		pdnd_say(view, WIRE_FINDING_OK, topic, "", "Assertions for %s are sent to %s.",
			 provider->client_aud, provider->token_endpoint);
}

/* A voucher that is not good yet, or not any more, by the clock of whoever looks at it. */
static void look_at_skew(struct pdnd_view *view, const char *provider, const char *topic)
{
	unsigned long long apart;
	int64_t seconds;

	if (!view->skew(view->userdata, provider, &seconds))
		return; /* it was not asked yet */
	apart = (unsigned long long)llabs((long long)seconds);
	if (apart > VOUCHER_SKEW_MAX)
		pdnd_say(view, WIRE_FINDING_WARNING, topic,
			 "Set this host's clock, and see that something keeps it (NTP).",
			 "Its clock is %llu s %s ours: it may refuse assertions, and e-services "
			 "vouchers.",
			 apart, seconds > 0 ? "ahead of" : "behind");
	else
		pdnd_say(view, WIRE_FINDING_OK, topic, "", "Its clock and ours are %llu s apart.",
			 apart);
}

static void look_at_provider(struct pdnd_view *view, const struct config_provider *provider)
{
	const struct config *config = view->config;
	char topic[2 * CONFIG_NAME_MAX];
	bool wanted = false;

	for (size_t i = 0; i < config->n_clients && !wanted; i++)
		wanted = strcmp(config->clients[i].provider, provider->name) == 0;
	if (!wanted)
		return;
	(void)snprintf(topic, sizeof(topic), "provider %s", provider->name);
	look_at_skew(view, provider->name, topic);
	if (!provider->token_endpoint)
		pdnd_say(view, WIRE_FINDING_ERROR, topic, "Write token_endpoint in idp.conf.",
			 "idp.conf does not say where vouchers are had.");
	else if (!provider->client_aud)
		pdnd_say(view, WIRE_FINDING_ERROR, topic, "Write client_aud in idp.conf.",
			 "idp.conf does not say which audience an assertion must name.");
	else if (provider->preset == PRESET_PDND)
		look_at_environment(view, provider, topic);
	else
		pdnd_say(view, WIRE_FINDING_OK, topic, "", "Assertions for %s are sent to %s.",
			 provider->client_aud, provider->token_endpoint);
}

/* ---- clients and purposes ---- */

/* A pair of client and purpose (NULL: kind api); of what went well or ill lately. */
static void look_at_pair(struct pdnd_view *view, const struct config_purpose *purpose,
			 const struct config_client *client, const char *topic)
{
	const char *id = purpose ? purpose->id : "";
	struct voucher_state state = { .said = "" };
	char ids[REASON_MAX], left[64];

	(void)snprintf(ids, sizeof(ids), "To be compared there: client %.100s%s%s.",
		       client->client_id, purpose ? ", purpose " : "", id);
	view->look(view->userdata, client->name, purpose ? purpose->name : "", &state);
	(void)snprintf(left, sizeof(left), "%llu s",
		       (unsigned long long)(state.next > view->now ? state.next - view->now : 0));
	if (*state.said)
		pdnd_say(view, WIRE_FINDING_WARNING, topic, ids,
			 "With client %s: %s Asked again in %s at the earliest.", client->name,
			 state.said, left);
	else if (state.until > 0)
		pdnd_say(view, WIRE_FINDING_OK, topic, "",
			 "With client %s: the platform gives vouchers.", client->name);
	else
		pdnd_say(view, WIRE_FINDING_NOTE, topic, ids,
			 "With client %s: not asked for lately.", client->name);
}

static void look_at_client(struct pdnd_view *view, size_t at)
{
	const struct config_client *client = &view->config->clients[at];
	const struct pdnd_keys *keys = &view->keys[at];
	char topic[2 * CONFIG_NAME_MAX];

	(void)snprintf(topic, sizeof(topic), "client %s", client->name);
	if (pdnd_tell_key(view, at, topic))
		return;
	pdnd_say(view, WIRE_FINDING_OK, topic, "", "It signs with kid %s; client_id %s.", keys->kid,
		 client->client_id);
	if (*keys->spare)
		pdnd_say(view, WIRE_FINDING_NOTE, topic, "", "Its spare key has kid %s.",
			 keys->spare);
	if (client->kind == CLIENT_API)
		look_at_pair(view, NULL, client, topic);
}

static void look_at_purpose(struct pdnd_view *view, const struct config_purpose *purpose)
{
	char topic[2 * CONFIG_NAME_MAX];

	(void)snprintf(topic, sizeof(topic), "purpose %s", purpose->name);
	for (size_t i = 0; i < purpose->clients.n; i++)
		look_at_pair(view, purpose, config_client(view->config, purpose->clients.items[i]),
			     topic);
}

void pdnd_doctor(struct pdnd_view *view)
{
	const struct config *config = view->config;

	tell_links(view);
	look_at_clock(view);
	for (size_t i = 0; i < config->n_providers; i++)
		look_at_provider(view, &config->providers[i]);
	for (size_t i = 0; i < config->n_clients; i++)
		look_at_client(view, i);
	for (size_t i = 0; i < config->n_purposes; i++)
		look_at_purpose(view, &config->purposes[i]);
}
