/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* idpctl status: one function a row. */
#include "idp-agentd/core/status.h"

#include "idp-agentd/core/authority.h"
#include "idp-agentd/core/config-preset.h"
#include "idp-agentd/core/config.h"
#include "idp-agentd/core/control.h"
#include "idp-agentd/core/lookup.h"
#include "idp-agentd/core/passes.h"
#include "idp-agentd/core/peer.h"
#include "idp-agentd/core/policy-control.h"
#include "idp-agentd/core/policy.h"
#include "idp-agentd/core/publishing.h"
#include "idp-agentd/core/row.h"
#include "idp-agentd/core/server.h"
#include "idp-agentd/core/signin.h"
#include "idp-agentd/core/store.h"
#include "idp-agentd/core/wallet.h"

static void status_agent(const struct control_parts *parts, struct conn *conn)
{
	const char *config_error = policy_error(parts->policy);
	struct signins_status signins;
	struct lookup_status lookups;
	struct peer_status peer;
	struct row row;

	signins_get_status(parts->signins, &signins);
	lookup_get_status(parts->lookup, &lookups);
	peer_get_status(parts->peer, &peer);
	row_begin(&row, "agent");
	row_put_text(&row, "version", PACKAGE_VERSION);
	row_put_text(&row, "state", *config_error || !peer.ready ? "degraded" : "running");
	row_put_text(&row, "config", parts->config_path);
	row_put_text(&row, "config_error", config_error);
	row_put_number(&row, "started", parts->started);
	row_put_number(&row, "clients", server_clients(parts->server));
	row_put_number(&row, "signins", signins.under_way);
	row_put_number(&row, "lookups", lookups.under_way);
	row_send(&row, conn);
}

static void status_snapshot(const struct control_parts *parts, struct conn *conn)
{
	struct publish_counts counts;
	uint64_t time;
	struct row row;

	publishing_get_status(parts->publishing, &counts, &time);
	row_begin(&row, "snapshot");
	row_put_text(&row, "path", parts->authority->snapshot);
	row_put_number(&row, "generation", counts.generation);
	row_put_number(&row, "bytes", counts.bytes);
	row_put_number(&row, "base_generation", counts.base_generation);
	row_put_number(&row, "base_bytes", counts.base_bytes);
	row_put_number(&row, "changes", counts.changes);
	row_put_number(&row, "users", counts.people);
	row_put_number(&row, "groups", counts.groups);
	row_put_bool(&row, "complete", counts.complete);
	row_put_number(&row, "published", time);
	row_send(&row, conn);
}

static void status_network(const struct control_parts *parts, struct conn *conn)
{
	struct peer_status peer;
	struct row row;

	peer_get_status(parts->peer, &peer);
	row_begin(&row, "network");
	row_put_bool(&row, "connected", peer.connected);
	row_put_bool(&row, "ready", peer.ready);
	row_put_number(&row, "since", peer.since);
	row_put_number(&row, "reconnects", peer.losses);
	row_send(&row, conn);
}

static void status_provider(const struct config_provider *provider, struct conn *conn)
{
	struct row row;

	row_begin(&row, "provider");
	row_put_text(&row, "name", provider->name);
	row_put_text(&row, "issuer", provider->issuer);
	row_put_text(&row, "preset", config_preset_name(provider->preset));
	row_put_text(&row, "client_id", provider->client_id);
	row_send(&row, conn);
}

static void status_directory(const struct control_parts *parts,
			     const struct config_directory *directory, struct conn *conn)
{
	_cleanup_(store_directory_freep) struct store_directory *state = NULL;
	struct passes_status pass;
	struct row row;

	passes_get_status(parts->passes, directory->name, &pass);
	if (store_get_directory(parts->authority->store, directory->name, &state))
		state = NULL;
	row_begin(&row, "directory");
	row_put_text(&row, "name", directory->name);
	row_put_text(&row, "kind", config_directory_word(directory));
	row_put_text(&row, "provider", directory->provider);
	row_put_bool(&row, "running", pass.running);
	row_put_number(&row, "last_sync", state ? state->last_sync : 0);
	row_put_number(&row, "last_full", state ? state->last_full : 0);
	row_put_number(&row, "next", pass.next);
	row_put_number(&row, "held", state ? state->held : 0);
	row_put_text(&row, "error",
		     *pass.error                                       ? pass.error
		     : state && state->last_failure > state->last_sync ? state->failure
								       : "");
	row_send(&row, conn);
}

static void status_counters(const struct control_parts *parts, struct conn *conn)
{
	struct signins_status signins;
	struct lookup_status lookups;
	struct row row;

	signins_get_status(parts->signins, &signins);
	lookup_get_status(parts->lookup, &lookups);
	row_begin(&row, "counters");
	row_put_number(&row, "permitted", signins.permitted);
	row_put_number(&row, "denied", signins.denied);
	row_put_number(&row, "unavailable", signins.unavailable);
	row_put_number(&row, "lookups_found", lookups.found);
	row_put_number(&row, "lookups_missed", lookups.missed);
	row_put_number(&row, "refused_clients", server_refused(parts->server));
	row_send(&row, conn);
}

static void status_tokens(const struct control_parts *parts, struct conn *conn)
{
	struct wallets_status wallets;
	struct row row;

	wallets_get_status(parts->wallets, &wallets);
	row_begin(&row, "tokens");
	row_put_bool(&row, "ready", wallets.ready);
	if (!wallets.ready)
		row_put_text(&row, "reason", wallets.reason);
	row_put_number(&row, "kept", wallets.kept);
	row_put_number(&row, "handed", wallets.handed);
	row_put_number(&row, "renewed", wallets.renewed);
	row_put_number(&row, "refused", wallets.refused);
	row_send(&row, conn);
}

void status_send(const struct control_parts *parts, struct conn *conn)
{
	const struct config *config = parts->authority->config;

	status_agent(parts, conn);
	policy_control_show(parts, conn);
	status_snapshot(parts, conn);
	status_network(parts, conn);
	for (size_t i = 0; i < config->n_providers; i++)
		status_provider(&config->providers[i], conn);
	for (size_t i = 0; i < config->n_directories; i++)
		status_directory(parts, &config->directories[i], conn);
	status_tokens(parts, conn);
	status_counters(parts, conn);
	row_end(conn, 0, "", "");
}
