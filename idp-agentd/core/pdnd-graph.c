/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* idpctl pdnd graph: the associations of idp.conf, e-service by e-service. */
#include "idp-agentd/core/pdnd.h"

#include <stdlib.h>
#include <string.h>

#include "common/buf.h"
#include "idp-agentd/core/config.h"
#include "idp-agentd/core/row.h"

#define WHO_MAX 8192u

/* ---- counting ---- */

size_t pdnd_count_eservices(const struct config *config, const struct config_client *client)
{
	_cleanup_free_ bool *seen = calloc(config->n_eservices + 1, sizeof(*seen));
	size_t n = 0;

	for (size_t i = 0; seen && i < config->n_purposes; i++) {
		const struct config_purpose *purpose = &config->purposes[i];
		const struct config_eservice *eservice;

		if (!config_list_has(&purpose->clients, client->name))
			continue;
		eservice = config_eservice(config, purpose->eservice);
		n += !seen[eservice - config->eservices];
		seen[eservice - config->eservices] = true;
	}
	return n;
}

/* Has it purposes of another e-service? */
static bool is_shared(const struct config *config, const char *client, const char *eservice)
{
	for (size_t i = 0; i < config->n_purposes; i++)
		if (strcmp(config->purposes[i].eservice, eservice) != 0 &&
		    config_list_has(&config->purposes[i].clients, client))
			return true;
	return false;
}

size_t pdnd_count_purposes(const struct config *config, const struct config_client *client)
{
	size_t n = 0;

	for (size_t i = 0; i < config->n_purposes; i++)
		n += config_list_has(&config->purposes[i].clients, client->name);
	return n;
}

/* ---- who may ---- */

static void put_names(struct buf *out, const char *kind, const struct config_list *names)
{
	for (size_t i = 0; i < names->n; i++)
		buf_printf(out, "%s%s %s", out->len > 0 ? " or " : "", kind, names->items[i]);
}

void pdnd_put_who(struct buf *out, const struct config_list *users,
		  const struct config_list *groups)
{
	put_names(out, "user", users);
	put_names(out, "group", groups);
}

/* Root may everything; it is named where nobody else may. */
static void put_allowed(struct buf *out, const struct config_purpose *purpose,
			const struct config_client *client)
{
	_cleanup_(buf_done) struct buf of_client;

	buf_init(&of_client, WHO_MAX);
	pdnd_put_who(&of_client, &client->users, &client->groups);
	buf_put_u8(&of_client, '\0');
	if (purpose)
		pdnd_put_who(out, &purpose->users, &purpose->groups);
	if (of_client.len > 1 && !of_client.error)
		buf_printf(out, "%s%s", out->len > 0 ? ", and also: " : "",
			   (const char *)of_client.data);
	if (out->len == 0)
		buf_put_text(out, "only root");
}

/* ---- rows ---- */

static const char *name_model(const struct config *config, const char *eservice)
{
	const char *first = NULL;
	bool several = false, shared = false;

	for (size_t i = 0; i < config->n_purposes; i++) {
		const struct config_list *clients = &config->purposes[i].clients;

		if (strcmp(config->purposes[i].eservice, eservice) != 0)
			continue;
		for (size_t j = 0; j < clients->n; j++) {
			if (!first)
				first = clients->items[j];
			several = several || strcmp(clients->items[j], first) != 0;
			shared = shared || is_shared(config, clients->items[j], eservice);
		}
	}
	if (!first)
		return "none: no purpose is about it";
	if (!several)
		return shared ? "one client for several e-services" : "one client per e-service";
	return shared ? "mixed: several clients, also of other e-services"
		      : "several clients per e-service";
}

static void tell_association(struct pdnd_view *view, const char *eservice,
			     const struct config_purpose *purpose,
			     const struct config_client *client)
{
	_cleanup_(buf_done) struct buf who;
	struct row row;

	buf_init(&who, WHO_MAX);
	put_allowed(&who, purpose, client);
	buf_put_u8(&who, '\0');
	row_begin(&row, eservice ? "association" : "api-client");
	if (eservice) {
		row_put_text(&row, "eservice", eservice);
		row_put_text(&row, "purpose", purpose->name);
	}
	row_put_text(&row, "client", client->name);
	row_put_text(&row, "who", who.error ? "too many to tell" : (const char *)who.data);
	view->row(view->userdata, &row);
}

static void tell_eservice(struct pdnd_view *view, const struct config_eservice *eservice)
{
	const struct config *config = view->config;
	struct row row;

	row_begin(&row, "eservice");
	row_put_text(&row, "eservice", eservice->name);
	row_put_text(&row, "model", name_model(config, eservice->name));
	row_put_text(&row, "provider", eservice->provider);
	view->row(view->userdata, &row);
	for (size_t i = 0; i < config->n_purposes; i++) {
		const struct config_purpose *purpose = &config->purposes[i];

		if (strcmp(purpose->eservice, eservice->name) != 0)
			continue;
		for (size_t j = 0; j < purpose->clients.n; j++)
			tell_association(view, eservice->name, purpose,
					 config_client(config, purpose->clients.items[j]));
	}
}

void pdnd_graph(struct pdnd_view *view)
{
	const struct config *config = view->config;

	for (size_t i = 0; i < config->n_eservices; i++)
		tell_eservice(view, &config->eservices[i]);
	for (size_t i = 0; i < config->n_clients; i++)
		if (config->clients[i].kind == CLIENT_API)
			tell_association(view, NULL, NULL, &config->clients[i]);
}
