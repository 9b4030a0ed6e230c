/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Findings wait until the facts are told, so that a person reads what there is before what is
 * wrong with it. MUST: of a secret only its reference is shown.
 */
#include "idp-agentd/core/provider-check.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/limits.h"
#include "idp-agentd/core/authority.h"
#include "idp-agentd/core/config-preset.h"
#include "idp-agentd/core/config-problem.h"
#include "idp-agentd/core/config-table.h"
#include "idp-agentd/core/config.h"
#include "idp-agentd/core/control.h"
#include "idp-agentd/core/examine.h"
#include "idp-agentd/core/job.h"
#include "idp-agentd/core/peer.h"
#include "idp-agentd/core/row.h"
#include "idp-agentd/core/scope-check.h"

struct found {
	enum wire_finding level;
	char *text;
	char *remedy;
};

struct check {
	struct job job;
	bool all;
	size_t at;                      /* the next of all providers */
	char name[CONFIG_NAME_MAX + 1]; /* of the one under look */
	bool answers;                   /* it has told a fact */
	char *offered;                  /* scopes_supported of it; NULL: it has said nothing */
	struct scope_check *scopes;     /* under way */
	size_t n_found;
	struct found found[CHECK_FINDINGS_MAX];
};

static const struct config *check_config(const struct check *check)
{
	return check->job.parts->authority->config;
}

static void check_forget(struct check *check)
{
	for (size_t i = 0; i < check->n_found; i++) {
		free(check->found[i].text);
		free(check->found[i].remedy);
	}
	check->n_found = 0;
}

static void check_release(struct job *job)
{
	struct check *check = (struct check *)job;

	check_forget(check);
	scope_check_free(check->scopes);
	free(check->offered);
}

static const struct job_ops check_ops = { .release = check_release };

/* ---- what is configured ---- */

/* As it would be written: the wire has seconds and true. */
static void put_value(struct row *row, const struct config_pair *pair, char *memory, size_t room)
{
	const struct config_key *key = config_key_find(CONFIG_PROVIDER, pair->key);

	if (key && key->type == TYPE_TIME) {
		(void)snprintf(memory, room, "%ss", pair->value);
		row_put_text(row, "value", memory);
	} else if (pair->type == 'b') {
		row_put_text(row, "value", strcmp(pair->value, "true") == 0 ? "yes" : "no");
	} else {
		row_put_text(row, "value", pair->value);
	}
}

static void send_setting(const struct check *check, const struct config_provider *provider,
			 const struct config_pair *pair)
{
	char from[PATH_LEN_MAX + 32], memory[32];
	struct row row;

	if (pair->place.line > 0)
		(void)snprintf(from, sizeof(from), "%.255s:%u", pair->place.file, pair->place.line);
	else if (pair->preset)
		(void)snprintf(from, sizeof(from), "preset %s",
			       config_preset_name(provider->preset));
	else
		(void)snprintf(from, sizeof(from), "default");
	row_begin(&row, "setting");
	row_put_text(&row, "provider", provider->name);
	row_put_text(&row, "key", pair->key);
	row_put_text(&row, "from", from);
	put_value(&row, pair, memory, sizeof(memory));
	row_send(&row, check->job.conn);
}

/* ---- what idp-netd sees ---- */

static void check_keep(void *userdata, enum wire_finding level, const char *text,
		       const char *remedy)
{
	struct check *check = userdata;
	struct found *found = &check->found[check->n_found];

	if (level >= WIRE_FINDING_ERROR)
		check->job.failed = true;
	if (check->n_found >= ELEMENTSOF(check->found))
		return; /* nobody reads more */
	*found = (struct found){ level, strdup(text), strdup(remedy) };
	if (found->text && found->remedy) {
		check->n_found++;
		return;
	}
	free(found->text);
	free(found->remedy);
}

static void send_found(struct check *check)
{
	char topic[CONFIG_NAME_MAX + 16];

	(void)snprintf(topic, sizeof(topic), "provider %s", check->name);
	for (size_t i = 0; i < check->n_found; i++) {
		const struct found *found = &check->found[i];

		job_tell(&check->job,
			 &(struct finding){ found->level, topic, found->text, found->remedy });
	}
	check_forget(check);
}

static void send_fact(struct check *check, enum wire_finding kind, const char *what,
		      const char *value)
{
	const struct examine examine = { check_config(check), check_keep, check };
	struct row row;

	/* Its scopes are judged when it has been asked for them. */
	if (kind == WIRE_FINDING_OFFER && strcmp(what, "scopes_supported") == 0) {
		free(check->offered);
		check->offered = strdup(value);
	} else {
		examine_fact(&examine, check->name, kind, what, value);
	}
	row_begin(&row, kind == WIRE_FINDING_OFFER ? "offer" : "use");
	row_put_text(&row, "provider", check->name);
	row_put_text(&row, "what", what);
	if (kind == WIRE_FINDING_USE)
		row_put_text(&row, "from",
			     examine_origin(check_config(check), check->name, what, value));
	row_put_text(&row, "value", value);
	row_send(&row, check->job.conn);
}

static int check_on_finding(struct check *check, struct wire_in *in)
{
	struct finding finding;
	int r = finding_read(in, &finding);

	if (r < 0)
		return r;
	/* A directory may have the provider's name; it is not what was asked about. */
	if (strncmp(finding.topic, "provider ", STRLEN("provider ")) != 0)
		return 0;
	check->answers = check->answers || finding.level == WIRE_FINDING_USE;
	if (finding.level >= WIRE_FINDING_OFFER)
		send_fact(check, finding.level, finding.text, finding.remedy);
	else
		check_keep(check, finding.level, finding.text, finding.remedy);
	return 0;
}

/* ---- which scopes it refuses ---- */

static void check_next(struct check *check);

static const struct config *check_scopes_config(void *userdata)
{
	return check_config(userdata);
}

static void check_scopes_found(void *userdata, const struct scope_finding *finding)
{
	check_keep(userdata, finding->level, finding->text, finding->remedy);
}

static void check_scopes_done(void *userdata)
{
	struct check *check = userdata;

	check->scopes = NULL;
	check_next(check);
}

static const struct scope_check_ops check_scopes = {
	.config = check_scopes_config,
	.found = check_scopes_found,
	.done = check_scopes_done,
};

/* False: there is nothing to wait for. A platform that told no facts does not answer. */
static bool check_ask_scopes(struct check *check)
{
	const struct scope_check_order order = {
		.authority = check->job.parts->authority,
		.peer = check->job.parts->peer,
		.provider = check->name,
		.offered = check->offered ? check->offered : "",
		.ops = &check_scopes,
		.userdata = check,
	};
	const struct config_provider *provider = config_provider(check_config(check), check->name);

	/* At one that only verifies tokens nobody signs in. */
	return check->answers && provider && provider->mode != CONFIG_MODE_JWT &&
	       scope_check_begin(&order, &check->scopes) == 0;
}

static int check_on_message(void *owner, uint64_t flow, struct wire_in *in, bool last)
{
	struct check *check = owner;
	int r = 0;

	(void)flow;
	if (in->type == MSG_FINDING)
		r = check_on_finding(check, in);
	else if (in->type == MSG_FAILED)
		check_keep(check, WIRE_FINDING_ERROR, "idp-netd could not look.",
			   "See the journal of idp-netd.");
	if (!last)
		return r;
	check->job.flow = 0;
	if (r < 0 || !check_ask_scopes(check))
		check_next(check);
	return r;
}

static void check_on_lost(void *owner, uint64_t flow)
{
	struct check *check = owner;

	(void)flow;
	check->all = false;
	check_keep(check, WIRE_FINDING_ERROR, "The link to idp-netd was lost.",
		   "See the journal of idp-netd.");
	check_next(check);
}

static const struct flow_owner check_flow = {
	.message = check_on_message,
	.lost = check_on_lost,
};

/* ---- one after the other ---- */

/* Tells of this provider what the authority knows and asks idp-netd for the rest. */
static bool check_begin(struct check *check, const struct config_provider *provider)
{
	(void)snprintf(check->name, sizeof(check->name), "%s", provider->name);
	check->answers = false;
	free(TAKE_PTR(check->offered));
	for (size_t i = 0; i < provider->section->n_pairs; i++)
		send_setting(check, provider, &provider->section->pairs[i]);
	if (peer_ask_probe(check->job.parts->peer, check->name, &check_flow, check,
			   &check->job.flow) >= 0)
		return true;
	check->all = false;
	check_keep(check, WIRE_FINDING_ERROR, "idp-netd is not connected.",
		   "systemctl status idp-netd.socket idp-netd.service");
	send_found(check);
	return false;
}

/* One provider is done. */
static void check_next(struct check *check)
{
	const struct config *config = check_config(check);

	check->job.flow = 0;
	send_found(check);
	if (check->all && check->at < config->n_providers &&
	    check_begin(check, &config->providers[check->at++]))
		return;
	job_end_findings(&check->job);
}

static void refuse_name(const struct control_parts *parts, struct conn *conn, const char *name)
{
	const struct config *config = parts->authority->config;
	struct config_guess guess = { .word = name };
	char text[REASON_MAX];

	for (size_t i = 0; i < config->n_providers; i++)
		config_guess(&guess, config->providers[i].name);
	(void)snprintf(text, sizeof(text), "There is no [provider %.64s]%s%s%s", name,
		       guess.best ? ": did you mean " : ".", guess.best ? guess.best : "",
		       guess.best ? "?" : "");
	row_end(conn, 1, "not-found", text);
}

int provider_check_request(const struct control_parts *parts, struct conn *conn, struct wire_in *in)
{
	const struct config *config = parts->authority->config;
	const char *name = wire_get_str(in, CONFIG_NAME_MAX);
	const struct config_provider *provider = config_provider(config, name);
	struct check *check;

	if (wire_close(in) < 0)
		return -EPROTO;
	if (*name && !provider) {
		refuse_name(parts, conn, name);
		return 0;
	}
	check = calloc(1, sizeof(*check));
	if (!check)
		return -ENOMEM;
	check->all = !*name;
	job_begin(&check->job, &check_ops, parts, conn);
	if (check->all)
		provider = &config->providers[check->at++];
	if (!check_begin(check, provider))
		job_end_findings(&check->job);
	return 0;
}
