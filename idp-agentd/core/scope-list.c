/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "idp-agentd/core/scope-list.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/buf.h"
#include "common/clock.h"
#include "common/limits.h"
#include "idp-agentd/core/access.h"
#include "idp-agentd/core/authority.h"
#include "idp-agentd/core/config-problem.h"
#include "idp-agentd/core/config.h"
#include "idp-agentd/core/control.h"
#include "idp-agentd/core/row.h"
#include "idp-agentd/core/scope-book.h"
#include "idp-agentd/core/scope-file.h"
#include "idp-agentd/core/scope-table.h"

static void join(const struct access_list *list, char *text, size_t room)
{
	struct buf out;

	buf_init_fixed(&out, text, room);
	for (size_t i = 0; i < list->n; i++)
		buf_printf(&out, "%s%s", i ? " " : "", list->items[i]);
	if (buf_end(&out) < 0) /* 64 services of 64 bytes fit: nothing is lost in silence */
		(void)snprintf(text, room, "?");
}

/* ---- for people ---- */

static void list_entry(const struct authority *authority, struct conn *conn, const char *provider,
		       const struct scope_entry *entry)
{
	bool off = scope_book_is_off(authority->scopes, entry->name);
	bool refused =
		scope_book_is_refused(authority->scopes, provider, entry->name, clock_now());
	char protects[8192];
	struct row row;

	join(&entry->protects, protects, sizeof(protects));
	row_begin(&row, "scope");
	row_put_text(&row, "provider", provider);
	row_put_text(&row, "scope", entry->name);
	row_put_text(&row, "state", off ? "disabled" : refused ? "refused" : "");
	row_put_text(&row, "asked", entry->asked ? entry->by : entry->on_demand ? "on demand" : "");
	row_put_bool(&row, "optional", entry->optional);
	row_put_text(&row, "protects", protects);
	row_put_text(&row, "rules", entry->rules);
	row_send(&row, conn);
}

static void list_left_over(const struct authority *authority, struct conn *conn)
{
	const char *name, *near;
	struct row row;

	for (size_t i = 0; (name = scope_book_off_at(authority->scopes, i)); i++) {
		char text[2 * REASON_MAX];

		if (scope_table_knows(authority->config, name, &near))
			continue;
		(void)snprintf(text, sizeof(text),
			       "%.200s is disabled, and nothing here speaks of it any more: idpctl "
			       "scope enable %.200s",
			       name, name);
		row_begin(&row, "problem");
		row_put_text(&row, "text", text);
		row_send(&row, conn);
	}
}

/* ---- to hand over ---- */

static void list_register(const struct authority *authority, struct conn *conn,
			  const struct access_scope *scope, struct buf *body)
{
	char protects[8192];
	const struct scope_line line = {
		.name = scope->name,
		.protects = protects,
		.description = scope->description ? scope->description : "",
		.provider = scope->provider ? scope->provider : "",
		.on_demand = scope->on_demand,
		.optional = scope->optional,
		.off = scope_book_is_off(authority->scopes, scope->name),
	};
	struct row row;

	join(&scope->protects, protects, sizeof(protects));
	scope_file_put(body, &line);
	if (!conn)
		return;
	row_begin(&row, "register");
	row_put_text(&row, "scope", line.name);
	row_put_text(&row, "protects", line.protects);
	row_put_text(&row, "description", line.description);
	row_put_text(&row, "provider", line.provider);
	row_put_text(&row, "request", line.on_demand ? "on-demand" : "always");
	row_put_bool(&row, "optional", line.optional);
	row_put_bool(&row, "disabled", line.off);
	row_send(&row, conn);
}

static void list_asked(const struct config *config, const struct config_provider *provider,
		       struct conn *conn, struct buf *body)
{
	_cleanup_(scope_table_freep) struct scope_table *table = NULL;
	char memory[8192];
	struct buf words;
	struct row row;

	buf_init_fixed(&words, memory, sizeof(memory));
	if (scope_table_new(config, provider, &table) < 0)
		return;
	for (size_t i = 0; i < table->n; i++)
		if (table->items[i].asked && !table->items[i].registered)
			buf_printf(&words, "%s%s", words.len > 0 ? " " : "", table->items[i].name);
	if (buf_end(&words) < 0 || words.len == 0)
		return;
	scope_file_put_asked(body, provider->name, memory);
	if (!conn)
		return;
	row_begin(&row, "asked");
	row_put_text(&row, "provider", provider->name);
	row_put_text(&row, "scopes", memory);
	row_send(&row, conn);
}

/* conn NULL: only the hash is wanted. */
static void list_whole(const struct authority *authority, struct conn *conn, struct buf *body)
{
	const struct config *config = authority->config;
	struct access_scope scope;

	for (size_t i = 0; i < config->n_providers; i++)
		if (config->providers[i].mode != CONFIG_MODE_JWT)
			list_asked(config, &config->providers[i], conn, body);
	for (size_t i = 0; access_scope_at(config->rules, i, &scope); i++)
		list_register(authority, conn, &scope, body);
}

/* ---- the request ---- */

static void list_end(const struct authority *authority, struct conn *conn, bool whole)
{
	char hash[SCOPE_HASH_LEN + 1], text[REASON_MAX];
	struct buf body;
	int r;

	buf_init(&body, SCOPE_FILE_MAX);
	list_whole(authority, whole ? conn : NULL, &body);
	r = scope_file_hash(&body, hash);
	buf_done(&body);
	if (r < 0) {
		row_end(conn, 1, "internal", "The register could not be put together.");
		return;
	}
	(void)snprintf(text, sizeof(text), "sha256:%s", hash);
	row_end(conn, 0, "", text);
}

int scope_list_request(const struct control_parts *parts, struct conn *conn, struct wire_in *in)
{
	const struct authority *authority = parts->authority;
	const struct config *config = authority->config;
	bool for_people = wire_get_bool(in);

	if (wire_close(in) < 0)
		return -EPROTO;
	for (size_t i = 0; for_people && i < config->n_providers; i++) {
		_cleanup_(scope_table_freep) struct scope_table *table = NULL;

		if (config->providers[i].mode == CONFIG_MODE_JWT)
			continue; /* nobody signs in there */
		if (scope_table_new(config, &config->providers[i], &table) < 0)
			return -ENOMEM;
		for (size_t j = 0; j < table->n; j++)
			list_entry(authority, conn, config->providers[i].name, &table->items[j]);
	}
	if (for_people)
		list_left_over(authority, conn);
	list_end(authority, conn, !for_people);
	return 0;
}

void scope_list_no_provider(const struct config *config, struct conn *conn, const char *name)
{
	struct config_guess guess = { .word = name };
	char text[REASON_MAX];

	for (size_t i = 0; i < config->n_providers; i++)
		config_guess(&guess, config->providers[i].name);
	(void)snprintf(text, sizeof(text), "There is no [provider %.64s]%s%s%s", name,
		       guess.best ? ": did you mean " : ".", guess.best ? guess.best : "",
		       guess.best ? "?" : "");
	row_end(conn, 1, "not-found", text);
}
