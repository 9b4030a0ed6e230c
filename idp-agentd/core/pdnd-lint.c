/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * idpctl pdnd lint: balance between security and maintenance, in numbers, and what nobody can have
 * meant. It judges what idp.conf and the keys say; what the platform says is the doctor's.
 */
#include "idp-agentd/core/pdnd.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/buf.h"
#include "idp-agentd/core/config.h"
#include "idp-agentd/core/row.h"

#define TEXT_MAX 1024u

void pdnd_say(struct pdnd_view *view, enum wire_finding level, const char *topic,
	      const char *remedy, const char *format, ...)
{
	static const char *const names[] = { "ok", "note", "warning", "error" };
	char text[TEXT_MAX];
	struct row row;
	va_list args;

	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	view->failed = view->failed || level >= WIRE_FINDING_WARNING;
	row_begin(&row, "finding");
	row_put_text(&row, "level", names[level]);
	row_put_text(&row, "topic", topic);
	row_put_text(&row, "text", text);
	row_put_text(&row, "remedy", remedy);
	view->row(view->userdata, &row);
}

/* ---- numbers ---- */

/* Does a purpose of client before the one at this place name the same user or group? */
static bool is_named_before(const struct config *config, const struct config_client *client,
			    size_t at, const char *name, bool group)
{
	for (size_t i = 0; i < at; i++) {
		const struct config_purpose *purpose = &config->purposes[i];

		if (config_list_has(&purpose->clients, client->name) &&
		    config_list_has(group ? &purpose->groups : &purpose->users, name))
			return true;
	}
	return false;
}

/* The users and groups that a client lets in or, where it names none, its purposes; each once. */
static size_t count_principals(const struct config *config, const struct config_client *client)
{
	size_t n = client->users.n + client->groups.n;

	if (n > 0)
		return n;
	for (size_t i = 0; i < config->n_purposes; i++) {
		const struct config_purpose *purpose = &config->purposes[i];

		if (!config_list_has(&purpose->clients, client->name))
			continue;
		for (size_t j = 0; j < purpose->users.n; j++)
			n += !is_named_before(config, client, i, purpose->users.items[j], false);
		for (size_t j = 0; j < purpose->groups.n; j++)
			n += !is_named_before(config, client, i, purpose->groups.items[j], true);
	}
	return n;
}

static void describe_age(uint64_t now, uint64_t made, char *text, size_t room)
{
	uint64_t days = now > made ? (now - made) / 86400 : 0;

	if (days == 0)
		(void)snprintf(text, room, "made today");
	else
		(void)snprintf(text, room, "%llu %s old", (unsigned long long)days,
			       days == 1 ? "day" : "days");
}

static void describe_key(const struct pdnd_view *view, const struct config_client *client,
			 const struct pdnd_keys *keys, char *text, size_t room)
{
	if (!*keys->kid)
		(void)snprintf(text, room, "none");
	else if (client->key)
		(void)snprintf(text, room, "where idp.conf says");
	else
		describe_age(view->now, keys->made, text, room);
}

static void tell_exposure(struct pdnd_view *view, size_t at)
{
	const struct config_client *client = &view->config->clients[at];
	size_t principals = count_principals(view->config, client);
	size_t purposes = pdnd_count_purposes(view->config, client);
	char key[64];
	struct row row;

	describe_key(view, client, &view->keys[at], key, sizeof(key));
	row_begin(&row, "exposure");
	row_put_text(&row, "client", client->name);
	row_put_number(&row, "purposes", purposes);
	row_put_number(&row, "eservices", pdnd_count_eservices(view->config, client));
	row_put_number(&row, "principals", principals);
	row_put_number(&row, "exposure", principals * purposes);
	row_put_text(&row, "key", key);
	view->row(view->userdata, &row);
}

/* ---- clients ---- */

static void topic_of(const struct config_section *section, char topic[static 2 * CONFIG_NAME_MAX])
{
	(void)snprintf(topic, (size_t)2 * CONFIG_NAME_MAX, "%s %s", section->kind_name,
		       section->name);
}

bool pdnd_tell_key(struct pdnd_view *view, size_t client, const char *topic)
{
	const struct pdnd_keys *keys = &view->keys[client];
	char remedy[TEXT_MAX];

	if (*keys->reason) {
		pdnd_say(view, WIRE_FINDING_ERROR, topic, "", "It cannot sign: %s.", keys->reason);
	} else if (!*keys->kid) {
		(void)snprintf(remedy, sizeof(remedy), "idpctl pdnd key new %s",
			       view->config->clients[client].name);
		pdnd_say(view, WIRE_FINDING_ERROR, topic, remedy, "It has no key.");
	} else {
		return false;
	}
	return true;
}

static void lint_keys(struct pdnd_view *view, size_t at, const char *topic)
{
	const struct config_client *client = &view->config->clients[at];
	const struct pdnd_keys *keys = &view->keys[at];
	char remedy[TEXT_MAX], age[64];

	if (pdnd_tell_key(view, at, topic))
		return;
	for (size_t i = 0; *keys->kid && i < at; i++)
		if (strcmp(view->keys[i].kid, keys->kid) == 0)
			pdnd_say(view, WIRE_FINDING_WARNING, topic,
				 "Give each client a key of its own: then one can be taken away "
				 "alone.",
				 "It signs with the key of client %s: who has the one is both.",
				 view->config->clients[i].name);
	if (*keys->kid && keys->made > 0 && keys->made + PDND_KEY_OLD < view->now) {
		describe_age(view->now, keys->made, age, sizeof(age));
		(void)snprintf(remedy, sizeof(remedy), "idpctl pdnd key rotate %s", client->name);
		pdnd_say(view, WIRE_FINDING_WARNING, topic, remedy, "Its key is %s.", age);
	}
	if (*keys->spare && keys->spare_made + PDND_SPARE_OLD < view->now) {
		describe_age(view->now, keys->spare_made, age, sizeof(age));
		(void)snprintf(remedy, sizeof(remedy),
			       "If the platform knows it and it is the new one: idpctl pdnd key "
			       "use %s; if it is the old one: idpctl pdnd key drop %s",
			       client->name, client->name);
		pdnd_say(view, WIRE_FINDING_NOTE, topic, remedy,
			 "It has a spare key, %s: a rotation was not ended.", age);
	}
}

static void lint_client(struct pdnd_view *view, size_t at)
{
	const struct config *config = view->config;
	const struct config_client *client = &config->clients[at];
	size_t principals = count_principals(config, client);
	size_t eservices = pdnd_count_eservices(config, client);
	char topic[2 * CONFIG_NAME_MAX];

	topic_of(client->section, topic);
	lint_keys(view, at, topic);
	if (eservices > 1 && principals > 1)
		pdnd_say(view, WIRE_FINDING_WARNING, topic,
			 "Give each e-service, or each team, a client of its own.",
			 "It serves %zu e-services and %zu users and groups may use it: whoever "
			 "gets hold of one of them reaches every e-service.",
			 eservices, principals);
	if (client->kind == CLIENT_ESERVICE && eservices == 0)
		pdnd_say(view, WIRE_FINDING_NOTE, topic,
			 "Name it in clients of a [purpose], or leave it out.",
			 "No purpose is associated with it.");
	if (client->kind == CLIENT_API && principals == 0)
		pdnd_say(view, WIRE_FINDING_NOTE, topic, "Write users or groups, if others shall.",
			 "Only root may use it.");
}

/* ---- purposes ---- */

static bool names_somebody(const struct config_list *users, const struct config_list *groups)
{
	return users->n + groups->n > 0;
}

/* Two lists of users that have nobody in common; groups may hold anybody. */
static bool excludes(const struct config_purpose *purpose, const struct config_client *client)
{
	if (purpose->groups.n + client->groups.n > 0 || purpose->users.n == 0 ||
	    client->users.n == 0)
		return false;
	for (size_t i = 0; i < purpose->users.n; i++)
		if (config_list_has(&client->users, purpose->users.items[i]))
			return false;
	return true;
}

static void lint_pair(struct pdnd_view *view, const struct config_purpose *purpose,
		      const struct config_client *client, const char *topic)
{
	if (!names_somebody(&purpose->users, &purpose->groups) &&
	    !names_somebody(&client->users, &client->groups))
		pdnd_say(view, WIRE_FINDING_NOTE, topic,
			 "Write users or groups in either of them, if others shall.",
			 "As client %s only root may have its vouchers.", client->name);
	if (excludes(purpose, client))
		pdnd_say(view, WIRE_FINDING_WARNING, topic,
			 "Write the same user in both, or leave users out of one.",
			 "As client %s nobody but root may have its vouchers: its users are none "
			 "of the client's.",
			 client->name);
}

static void lint_purpose(struct pdnd_view *view, const struct config_purpose *purpose)
{
	char topic[2 * CONFIG_NAME_MAX];

	topic_of(purpose->section, topic);
	for (size_t i = 0; i < purpose->clients.n; i++)
		lint_pair(view, purpose, config_client(view->config, purpose->clients.items[i]),
			  topic);
}

static void lint_eservice(struct pdnd_view *view, const struct config_eservice *eservice)
{
	char topic[2 * CONFIG_NAME_MAX];

	for (size_t i = 0; i < view->config->n_purposes; i++)
		if (strcmp(view->config->purposes[i].eservice, eservice->name) == 0)
			return;
	topic_of(eservice->section, topic);
	/* A producer's host knows it for its rules only. */
	if (!eservice->id)
		pdnd_say(view, WIRE_FINDING_NOTE, topic,
			 "Write a [purpose] about it, or its id for rules, or leave it out.",
			 "No purpose is about it, and no rule can mean it.");
}

/* ---- what both have ---- */

static void lint_names(struct pdnd_view *view, const struct config_section *section,
		       const struct config_list *names, bool group)
{
	char topic[2 * CONFIG_NAME_MAX];

	topic_of(section, topic);
	for (size_t i = 0; i < names->n; i++)
		if (!view->knows(view->userdata, group, names->items[i]))
			pdnd_say(view, WIRE_FINDING_WARNING, topic,
				 "Correct the name, or make it; until then nobody comes in by it.",
				 "This host knows no %s %s.", group ? "group" : "user",
				 names->items[i]);
}

/* One warning a file: who reads it knows what others may have. */
static void lint_files(struct pdnd_view *view)
{
	const struct config *config = view->config;
	const char *told = "";

	for (size_t i = 0; i < config->n_sections; i++) {
		const struct config_section *section = &config->sections[i];
		char remedy[TEXT_MAX];

		if ((section->kind != CONFIG_CLIENT && section->kind != CONFIG_PURPOSE) ||
		    strcmp(told, section->place.file) == 0 ||
		    !view->is_open(view->userdata, section->place.file))
			continue;
		told = section->place.file;
		(void)snprintf(remedy, sizeof(remedy),
			       "chown root:idp-agentd %s; chmod 0640 %s; a file of its own in "
			       "conf.d will do",
			       told, told);
		pdnd_say(view, WIRE_FINDING_WARNING, "visibility", remedy,
			 "Every user can read %s, and with it who has which purposes.", told);
	}
}

void pdnd_lint(struct pdnd_view *view)
{
	const struct config *config = view->config;

	for (size_t i = 0; i < config->n_clients; i++)
		tell_exposure(view, i);
	lint_files(view);
	for (size_t i = 0; i < config->n_clients; i++) {
		lint_client(view, i);
		lint_names(view, config->clients[i].section, &config->clients[i].users, false);
		lint_names(view, config->clients[i].section, &config->clients[i].groups, true);
	}
	for (size_t i = 0; i < config->n_purposes; i++) {
		lint_purpose(view, &config->purposes[i]);
		lint_names(view, config->purposes[i].section, &config->purposes[i].users, false);
		lint_names(view, config->purposes[i].section, &config->purposes[i].groups, true);
	}
	for (size_t i = 0; i < config->n_eservices; i++)
		lint_eservice(view, &config->eservices[i]);
}
