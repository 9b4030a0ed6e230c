/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * MUST
 * 1. What others may have is answered exactly as what does not exist: the same bytes, and the same
 *    work, for all of it is looked through in both cases.
 * 2. Who may not use a client does not learn that it exists either.
 */
#include "idp-agentd/core/purpose.h"

#include <errno.h>
#include <string.h>

#include "common/limits.h"
#include "idp-agentd/core/authority.h"
#include "idp-agentd/core/caller.h"
#include "idp-agentd/core/config.h"
#include "idp-agentd/core/row.h"

static bool names_somebody(const struct config_list *users, const struct config_list *groups)
{
	return users->n + groups->n > 0;
}

bool purpose_may(const struct caller *caller, const struct config_purpose *purpose,
		 const struct config_client *client)
{
	bool by_purpose = names_somebody(&purpose->users, &purpose->groups);
	bool by_client = names_somebody(&client->users, &client->groups);

	if (!config_list_has(&purpose->clients, client->name) || client->kind != CLIENT_ESERVICE)
		return false;
	if (caller->root)
		return true;
	if (by_purpose && !caller_is_among(caller, &purpose->users, &purpose->groups))
		return false;
	if (by_client && !caller_is_among(caller, &client->users, &client->groups))
		return false;
	return by_purpose || by_client;
}

bool purpose_may_api(const struct caller *caller, const struct config_client *client)
{
	if (client->kind != CLIENT_API)
		return false;
	return caller->root || caller_is_among(caller, &client->users, &client->groups);
}

static int find_api(const struct caller *caller, const char *name,
		    const struct config_client **ret_client)
{
	const struct config *config = caller->authority->config;
	const struct config_client *found = NULL;

	for (size_t i = 0; i < config->n_clients; i++)
		if (purpose_may_api(caller, &config->clients[i]) &&
		    strcmp(config->clients[i].name, name) == 0)
			found = &config->clients[i];
	*ret_client = found;
	return found ? 0 : PURPOSE_E_UNKNOWN;
}

int purpose_find(const struct caller *caller, const char *purpose, const char *client,
		 const struct config_purpose **ret_purpose, const struct config_client **ret_client)
{
	const struct config *config = caller->authority->config;
	const struct config_client *found = NULL;

	*ret_purpose = NULL;
	if (!*purpose)
		return find_api(caller, client, ret_client);
	/* MUST 1: no shorter way for what is not there. */
	for (size_t i = 0; i < config->n_purposes; i++) {
		const struct config_purpose *at = &config->purposes[i];

		for (size_t j = 0; j < at->clients.n; j++) {
			const struct config_client *with =
				config_client(config, at->clients.items[j]);

			if (!with || !purpose_may(caller, at, with) ||
			    strcmp(at->name, purpose) != 0 ||
			    (*client && strcmp(with->name, client) != 0) || found)
				continue;
			found = with;
			*ret_purpose = at;
		}
	}
	*ret_client = found;
	return found ? 0 : PURPOSE_E_UNKNOWN;
}

void purpose_say_unknown(struct conn *conn)
{
	row_end(conn, 1, "unknown-purpose",
		"There is no such purpose or client that you may use on this host.");
}

static void tell_client(struct conn *conn, const struct config_purpose *purpose,
			const struct config_eservice *eservice, const struct config_client *client)
{
	struct row row;

	row_begin(&row, "purpose");
	row_put_text(&row, "purpose", purpose ? purpose->name : "");
	row_put_text(&row, "id", purpose ? purpose->id : "");
	row_put_text(&row, "eservice", eservice ? eservice->name : "");
	row_put_text(&row, "client", client->name);
	row_put_text(&row, "client_id", client->client_id);
	row_put_text(&row, "provider", client->provider);
	row_send(&row, conn);
}

static size_t tell_purpose(const struct caller *caller, struct conn *conn,
			   const struct config_purpose *purpose, const char *wanted)
{
	const struct config *config = caller->authority->config;
	const struct config_eservice *eservice = config_eservice(config, purpose->eservice);
	size_t n = 0;

	for (size_t i = 0; i < purpose->clients.n; i++) {
		const struct config_client *client =
			config_client(config, purpose->clients.items[i]);

		if (!client || !purpose_may(caller, purpose, client) ||
		    (*wanted && strcmp(wanted, purpose->name) != 0))
			continue;
		tell_client(conn, purpose, eservice, client);
		n++;
	}
	return n;
}

int purpose_list(struct desk *desk, struct conn *conn, struct wire_in *in,
		 const struct caller *caller)
{
	const struct config *config = caller->authority->config;
	const char *wanted = wire_get_str(in, REASON_MAX);
	size_t n = 0;

	(void)desk;
	if (wire_close(in) < 0)
		return -EPROTO;
	for (size_t i = 0; i < config->n_purposes; i++)
		n += tell_purpose(caller, conn, &config->purposes[i], wanted);
	for (size_t i = 0; i < config->n_clients && !*wanted; i++)
		if (purpose_may_api(caller, &config->clients[i])) {
			tell_client(conn, NULL, NULL, &config->clients[i]);
			n++;
		}
	if (n > 0)
		row_end(conn, 0, "", "");
	else if (*wanted)
		purpose_say_unknown(conn);
	else
		row_end(conn, 1, "no-purposes", "There are no purposes for you on this host.");
	return 0;
}
