/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * MUST: disabling and enabling need no platform, and change no file of the administrator's; a scope
 * that is disabled makes no rule hold.
 */
#include "idp-agentd/core/scope-control.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/limits.h"
#include "common/log.h"
#include "idp-agentd/core/authority.h"
#include "idp-agentd/core/config.h"
#include "idp-agentd/core/conn.h"
#include "idp-agentd/core/control.h"
#include "idp-agentd/core/job.h"
#include "idp-agentd/core/row.h"
#include "idp-agentd/core/scope-book.h"
#include "idp-agentd/core/scope-check.h"
#include "idp-agentd/core/scope-list.h"
#include "idp-agentd/core/scope-table.h"
#include "idp-agentd/core/world.h"

/* ---- SCOPE_CHECK ---- */

struct checking {
	struct job job;
	struct scope_check *check;
	bool steps;
	bool all;
	size_t at; /* the next of all providers */
	char provider[CONFIG_NAME_MAX + 1];
};

static const struct config *checking_config(void *userdata)
{
	const struct checking *checking = userdata;

	return checking->job.parts->authority->config;
}

static void checking_on_row(void *userdata, const struct scope_entry *entry, enum scope_state state,
			    bool off)
{
	const struct checking *checking = userdata;
	const char *host = off		      ? "disabled"
			   : entry->asked     ? "asked for"
			   : entry->on_demand ? "on demand"
					      : "not asked for";
	struct row row;

	row_begin(&row, "scope_check");
	row_put_text(&row, "provider", checking->provider);
	row_put_text(&row, "scope", entry->name);
	row_put_text(&row, "platform", scope_state_name(state));
	row_put_text(&row, "host", host);
	row_put_bool(&row, "registered", entry->registered);
	row_put_text(&row, "rules", entry->rules);
	row_send(&row, checking->job.conn);
}

static void checking_on_found(void *userdata, const struct scope_finding *finding)
{
	struct checking *checking = userdata;
	char topic[CONFIG_NAME_MAX + 16];

	(void)snprintf(topic, sizeof(topic), "provider %s", checking->provider);
	job_tell(&checking->job,
		 &(struct finding){ finding->level, topic, finding->text, finding->remedy });
}

static void checking_on_step(void *userdata, const char *scope, size_t n, const char *text)
{
	const struct checking *checking = userdata;
	struct row row;

	if (!checking->steps)
		return;
	row_begin(&row, "step");
	row_put_text(&row, "scope", scope);
	row_put_number(&row, "step", n);
	row_put_text(&row, "text", text);
	row_send(&row, checking->job.conn);
}

static void checking_next(struct checking *checking);

static void checking_on_done(void *userdata)
{
	struct checking *checking = userdata;

	checking->check = NULL;
	checking_next(checking);
}

static const struct scope_check_ops checking_ops = {
	.config = checking_config,
	.row = checking_on_row,
	.found = checking_on_found,
	.step = checking_on_step,
	.done = checking_on_done,
};

static bool checking_begin(struct checking *checking, const char *provider)
{
	const struct scope_check_order order = {
		.authority = checking->job.parts->authority,
		.peer = checking->job.parts->peer,
		.provider = checking->provider,
		.ops = &checking_ops,
		.userdata = checking,
	};
	struct scope_finding finding = { .level = WIRE_FINDING_ERROR };

	(void)snprintf(checking->provider, sizeof(checking->provider), "%s", provider);
	if (scope_check_begin(&order, &checking->check) == 0)
		return true;
	(void)snprintf(finding.text, sizeof(finding.text), "idp-netd is not connected.");
	(void)snprintf(finding.remedy, sizeof(finding.remedy),
		       "systemctl status idp-netd.socket idp-netd.service");
	checking_on_found(checking, &finding);
	return false;
}

static void checking_next(struct checking *checking)
{
	const struct config *config = checking_config(checking);

	while (checking->all && checking->at < config->n_providers) {
		const struct config_provider *provider = &config->providers[checking->at++];

		/* nobody signs in at one that only verifies tokens: it is asked for nothing */
		if (provider->mode == CONFIG_MODE_JWT)
			continue;
		if (checking_begin(checking, provider->name))
			return;
		break; /* idp-netd is away: of the others there is no more to say */
	}
	job_end_findings(&checking->job);
}

static void checking_release(struct job *job)
{
	scope_check_free(((struct checking *)job)->check);
}

static const struct job_ops checking_job = { .release = checking_release };

static int control_check(const struct control_parts *parts, struct conn *conn, struct wire_in *in)
{
	const struct config *config = parts->authority->config;
	const char *name = wire_get_str(in, CONFIG_NAME_MAX);
	bool steps = wire_get_bool(in);
	struct checking *checking;

	if (wire_close(in) < 0)
		return -EPROTO;
	if (*name && !config_provider(config, name)) {
		scope_list_no_provider(config, conn, name);
		return 0;
	}
	if (*name && config_provider(config, name)->mode == CONFIG_MODE_JWT) {
		row_end(conn, 0, "", "Nobody signs in there: it is asked for no scopes.");
		return 0;
	}
	checking = calloc(1, sizeof(*checking));
	if (!checking)
		return -ENOMEM;
	checking->steps = steps;
	checking->all = !*name;
	job_begin(&checking->job, &checking_job, parts, conn);
	if (checking->all)
		checking_next(checking);
	else if (!checking_begin(checking, name))
		job_end_findings(&checking->job);
	return 0;
}

/* ---- SCOPE_SET ---- */

/* Whether a list asks for the scope, and whether for any other that is not disabled. */
static void weigh_list(const struct authority *authority, const char *const *items, size_t n,
		       const char *name, bool *asks, bool *rest)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(items[i], name) == 0)
			*asks = true;
		else if (!scope_book_is_off(authority->scopes, items[i]))
			*rest = true;
}

/* Would sign-ins of the service ask this provider for nothing any more? */
static bool is_last(const struct authority *authority, const struct config_provider *provider,
		    const char *service_name, const char *name)
{
	const struct config_service *service = config_service(authority->config, service_name);
	const char *registered[WORLD_SCOPES_MAX];
	size_t n = access_scopes(authority->config->rules, service_name, provider->name,
				 registered, WORLD_SCOPES_MAX);
	bool asks = false, rest = false;

	if (service->flow == CONFIG_FLOW_TOKEN)
		return false;
	weigh_list(authority, provider->scope.items, provider->scope.n, name, &asks, &rest);
	weigh_list(authority, service->scope.items, service->scope.n, name, &asks, &rest);
	weigh_list(authority, registered, n < WORLD_SCOPES_MAX ? n : WORLD_SCOPES_MAX, name, &asks,
		   &rest);
	return asks && !rest;
}

/*
 * The first service of which it is the last scope, or NULL. Whom a provider knows signs in there,
 * whichever the service names. A service that nothing names asks for what the default asks for.
 */
static const char *last_of(const struct authority *authority,
			   const struct config_provider *provider, const char *name)
{
	const struct config *config = authority->config;
	struct access_scope scope;

	for (size_t i = 0; i < config->n_services; i++)
		if (is_last(authority, provider, config->services[i].name, name))
			return config->services[i].name;
	for (size_t i = 0; access_scope_at(config->rules, i, &scope); i++)
		for (size_t k = 0; strcmp(scope.name, name) == 0 && k < scope.protects.n; k++)
			if (is_last(authority, provider, scope.protects.items[k], name))
				return scope.protects.items[k];
	return NULL;
}

#define OBJECTION_MAX (2u * REASON_MAX)

/* Why it cannot be disabled, as a code, with a sentence; NULL: it can. */
static const char *set_objection(const struct authority *authority, const char *name,
				 char text[static OBJECTION_MAX])
{
	const struct config *config = authority->config;
	struct access_scope_use use;

	if (access_scope_forbids(config->rules, name, &use)) {
		(void)snprintf(text, OBJECTION_MAX,
			       "[%s %s] stops people by it: a sign-in that did not ask for it "
			       "would let them in. Change that rule first.",
			       use.verb, use.rule);
		return "forbids";
	}
	for (size_t i = 0; i < config->n_providers; i++) {
		const struct config_provider *provider = &config->providers[i];
		const char *service;

		if (strcmp(name, "openid") == 0 && strcmp(provider->subject_from, "id_token") == 0) {
			(void)snprintf(text, OBJECTION_MAX,
				       "Without openid no platform says who signs in; see "
				       "subject_from in idp.conf(5).");
			return "last-scope";
		}
		service = provider->mode == CONFIG_MODE_JWT ? NULL
							    : last_of(authority, provider, name);
		if (!service)
			continue;
		(void)snprintf(text, OBJECTION_MAX,
			       "It is the last scope that sign-ins of service %s ask provider %s "
			       "for: asked for none, a platform grants what it likes.",
			       service, provider->name);
		return "last-scope";
	}
	return NULL;
}

/* Whom it keeps out, as one line. */
static void set_say_rules(const struct authority *authority, const char *name, struct buf *text)
{
	const struct config *config = authority->config;

	for (size_t i = 0; i < config->n_providers; i++) {
		_cleanup_(scope_table_freep) struct scope_table *table = NULL;
		const struct scope_entry *entry = NULL;

		if (scope_table_new(config, &config->providers[i], &table) == 0)
			entry = scope_table_find(table, name);
		if (!entry || !entry->needed)
			continue;
		buf_printf(text, " [allow %s] needs it: until then only who was granted it "
			   "before, or shows a token with it, gets in by that rule.",
			   entry->allow);
		return;
	}
}

static void set_done(const struct authority *authority, struct conn *conn, const char *name,
		     bool on)
{
	char memory[2 * REASON_MAX];
	struct buf text;

	buf_init_fixed(&text, memory, sizeof(memory));
	if (on) {
		buf_printf(&text, "Sign-ins ask for %s again.", name);
	} else {
		buf_printf(&text,
			   "Sign-ins no longer ask for %s, until idpctl scope enable %s.", name,
			   name);
		set_say_rules(authority, name, &text);
	}
	row_end(conn, 0, "", buf_end(&text) < 0 ? "Done." : memory);
}

static void set_refuse_name(struct conn *conn, const char *name, const char *near)
{
	char text[2 * REASON_MAX];

	(void)snprintf(text, sizeof(text), "This host neither asks for %.100s nor has a rule about "
					   "it%s%.100s%s",
		       name, near ? ": did you mean " : ".", near ? near : "", near ? "?" : "");
	row_end(conn, 1, "not-found", text);
}

static int control_set(const struct control_parts *parts, struct conn *conn, struct wire_in *in)
{
	struct authority *authority = parts->authority;
	char name[REASON_MAX], why[OBJECTION_MAX];
	const char *near, *objection;
	bool on;
	int r;

	(void)snprintf(name, sizeof(name), "%s", wire_get_str(in, REASON_MAX));
	on = wire_get_bool(in);
	if (wire_close(in) < 0)
		return -EPROTO;
	if (scope_book_is_off(authority->scopes, name) != on) {
		row_end(conn, 0, "", on ? "It was not disabled." : "It was disabled already.");
		return 0;
	}
	if (!on && !scope_table_knows(authority->config, name, &near)) {
		set_refuse_name(conn, name, near);
		return 0;
	}
	objection = on ? NULL : set_objection(authority, name, why);
	if (objection) {
		row_end(conn, 1, objection, why);
		return 0;
	}
	r = scope_book_set_off(authority->scopes, name, !on);
	if (r < 0) {
		char text[REASON_MAX];

		(void)snprintf(text, sizeof(text), "It could not be kept, so nothing changed: %s.",
			       strerrordesc_np(-r));
		row_end(conn, 1, "not-kept", text);
		return 0;
	}
	log_notice("scope %s was %s by uid %u", name, on ? "enabled" : "disabled",
		   conn_peer(conn)->uid);
	set_done(authority, conn, name, on);
	return 0;
}

int scope_control_request(const struct control_parts *parts, struct conn *conn, struct wire_in *in)
{
	if (in->type == MSG_SCOPE_CHECK)
		return control_check(parts, conn, in);
	if (in->type == MSG_SCOPE_SET)
		return control_set(parts, conn, in);
	return in->type == MSG_SCOPE_LIST ? scope_list_request(parts, conn, in) : -EPROTO;
}
