/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is told is the configuration in force, whatever the files say by now. */
#include "idp-agentd/core/show-policy.h"

#include <stdio.h>

#include "common/buf.h"
#include "common/limits.h"
#include "idp-agentd/core/access-show.h"
#include "idp-agentd/core/access.h"
#include "idp-agentd/core/authority.h"
#include "idp-agentd/core/config.h"
#include "idp-agentd/core/row.h"

#define SHOW_SCOPES_MAX 128u

/* ---- how people sign in ---- */

static const char *show_flow(enum config_flow flow)
{
	switch (flow) {
	case CONFIG_FLOW_DEVICE:
		return "People sign in with a code on another device, at provider ";
	case CONFIG_FLOW_CODE:
		return "People sign in with a browser and bring its last address back, at provider ";
	case CONFIG_FLOW_TOKEN:
		return "People bring an access token in the place of a password, of provider ";
	case CONFIG_FLOW_PASSWORD:
		return "People type the password they have at provider ";
	}
	return "";
}

static void put_scopes(struct buf *out, const struct config *config, const char *host,
		       const char *const *scopes, size_t n, bool *first)
{
	for (size_t i = 0; i < n; i++) {
		const char *text = access_scope_text(config->rules, scopes[i]);

		buf_put_text(out, *first ? "It asks for the scopes " : ", ");
		*first = false;
		buf_put_text(out, scopes[i]);
		if (!text)
			continue;
		buf_put_text(out, " (");
		access_put_described(out, text, host);
		buf_put_text(out, ")");
	}
}

static void put_asked(struct buf *out, const struct config *config, const char *host,
		      const struct config_service *service, const char *name)
{
	const struct config_provider *provider = config_provider(config, service->provider);
	const char *registered[SHOW_SCOPES_MAX];
	size_t n =
		access_scopes(config->rules, name, service->provider, registered, SHOW_SCOPES_MAX);
	bool first = true;

	if (provider)
		put_scopes(out, config, host, provider->scope.items, provider->scope.n, &first);
	put_scopes(out, config, host, service->scope.items, service->scope.n, &first);
	put_scopes(out, config, host, registered, n < SHOW_SCOPES_MAX ? n : SHOW_SCOPES_MAX,
		   &first);
	if (!first)
		buf_put_text(out, ".\n");
}

static void put_demands(struct buf *out, const struct config_service *service)
{
	for (size_t i = 0; i < service->acr.n; i++)
		buf_printf(out, "%s%s", i ? " or " : "It has to reach the authentication context ",
			   service->acr.items[i]);
	if (service->acr.n > 0)
		buf_put_text(out, ".\n");
	if (service->max_age == USEC_INFINITY)
		return;
	buf_put_text(out, "It may be ");
	access_put_time(out, service->max_age / USEC_PER_SEC);
	buf_put_text(out, " old.\n");
}

static void put_sign_in(struct buf *out, const struct config *config, const char *host,
			const char *name)
{
	const struct config_service *service = config_service(config, name);

	buf_printf(out, "%s%s.\n", show_flow(service->flow), service->provider);
	if (service->flow != CONFIG_FLOW_TOKEN)
		put_asked(out, config, host, service, name);
	put_demands(out, service);
}

static void put_others(struct buf *out, const struct config *config)
{
	const struct config_list *list = &config->agent.break_glass;

	buf_put_text(out, "Users of this host itself are not subject to these rules");
	for (size_t i = 0; i < list->n; i++)
		buf_printf(out, "%s%s",
			   i ? ", " : ", nor are those of break_glass: ", list->items[i]);
	buf_put_text(out, ".\n");
}

/* ---- rows ---- */

/* Ended by the last line end, which is cut off; what was too long is said to be. */
static const char *sentences(struct buf *out)
{
	if (buf_end(out) < 0 || out->len == 0)
		return "It is too long to be said in sentences.";
	out->data[out->len - 1] = '\0';
	return (const char *)out->data;
}

static void show_service(const struct authority *authority, struct conn *conn, const char *name,
			 const struct access_shown_counts *counts)
{
	char sign_in[WIRE_STRING_MAX / 4], others[WIRE_STRING_MAX / 4];
	struct buf signing, rest;
	struct row row;

	buf_init_fixed(&signing, sign_in, sizeof(sign_in));
	put_sign_in(&signing, authority->config, authority->host, name);
	buf_init_fixed(&rest, others, sizeof(others));
	put_others(&rest, authority->config);
	row_begin(&row, "service");
	row_put_text(&row, "name", name);
	row_put_text(&row, "host", authority->host);
	row_put_text(&row, "sign_in", sentences(&signing));
	row_put_number(&row, "let_in", counts->n_allow);
	row_put_number(&row, "keep_out", counts->n_deny);
	if (counts->n_elsewhere > 0)
		row_put_number(&row, "elsewhere", counts->n_elsewhere);
	row_put_text(&row, "others", sentences(&rest));
	row_send(&row, conn);
}

static void on_rule(void *userdata, const struct access_shown *shown)
{
	struct row row;

	row_begin(&row, "rule");
	row_put_text(&row, "name", shown->name);
	row_put_text(&row, "effect", shown->allow ? "allow" : "deny");
	row_put_text(&row, "file", shown->place.file);
	row_put_number(&row, "line", shown->place.line);
	row_put_text(&row, "text", shown->text);
	row_send(&row, userdata);
}

static void on_nothing(void *userdata, const struct access_shown *shown)
{
	(void)userdata;
	(void)shown;
}

static void show_end(struct conn *conn, const char *name, const struct access_shown_counts *counts)
{
	char text[REASON_MAX];

	if (counts->n_allow > 0) {
		(void)snprintf(text, sizeof(text),
			       "Nobody else may use %.64s. Where several rules let one person in, "
			       "the strictest times of them hold; a deny wins over all.",
			       name);
		row_end(conn, 0, "", text);
		return;
	}
	(void)snprintf(text, sizeof(text),
		       "No rule lets anybody of any platform use %.64s here%s%.64s%s", name,
		       counts->near ? "; did you mean " : ".", counts->near ? counts->near : "",
		       counts->near ? "?" : "");
	row_end(conn, 1, "no-rule", text);
}

/* Counted first, so that the service comes before its rules. */
void show_policy(struct authority *authority, struct conn *conn, const char *service)
{
	const struct ruleset *rules = authority->config->rules;
	struct access_shown_counts counts;
	int r = access_show(rules, service, authority->host, on_nothing, NULL, &counts);

	if (r == 0) {
		show_service(authority, conn, service, &counts);
		r = access_show(rules, service, authority->host, on_rule, conn, &counts);
	}
	if (r < 0)
		row_end(conn, 1, "internal", "The agent is out of memory.");
	else
		show_end(conn, service, &counts);
}
