/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Unlike answers to NSS, an administrator also sees who is hidden, and why. */
#include "idp-agentd/core/show.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "idp-agentd/core/alias.h"
#include "idp-agentd/core/authority.h"
#include "idp-agentd/core/localnames.h"
#include "idp-agentd/core/person.h"
#include "idp-agentd/core/row.h"
#include "idp-agentd/core/session.h"
#include "idp-agentd/core/store-group.h"
#include "idp-agentd/core/store-login.h"
#include "idp-agentd/core/store-person.h"

/* Why there is nothing to show, and what would change that. */
static void show_nothing(struct conn *conn, bool local, const char *name, const char *why)
{
	char text[REASON_MAX];

	if (local)
		why = "belongs to this host itself: the agent is never asked about it.";
	(void)snprintf(text, sizeof(text), "%.100s %s", name, why);
	row_end(conn, 1, local ? "local" : "not-found", text);
}

/* Ends the answer when the record could not be read; true: it was. */
static bool show_can(struct conn *conn, int r, bool local, const char *what)
{
	char text[REASON_MAX];

	if (r == 0)
		return true;
	if (r == STORE_E_NOT_FOUND) {
		show_nothing(conn, local, what,
			     "is not in the record of this host. New people come with idpctl "
			     "sync or, where there is no directory, as they sign in.");
		return false;
	}
	(void)snprintf(text, sizeof(text), "The record cannot be read: %s.",
		       r < 0 ? strerrordesc_np(-r) : "unexpected answer");
	row_end(conn, 1, "store", text);
	return false;
}

static const char *show_verdict(enum publish_verdict verdict)
{
	switch (verdict) {
	case PUBLISH_YES:
		return "yes";
	case PUBLISH_NO:
		return "no";
	case PUBLISH_RETIRED:
		return "no: gone from the platform";
	case PUBLISH_INACTIVE:
		return "no: disabled at the platform";
	case PUBLISH_ENDED:
		return "no: the account has ended";
	case PUBLISH_RANGE:
		return "no: the id is outside id_range";
	case PUBLISH_LOCAL:
		return "no: a local name or id is the same";
	case PUBLISH_NAME:
		return "no: the name is reserved or not valid";
	case PUBLISH_LOA:
		return "no: below the level of assurance its directory asks for (min_loa)";
	case PUBLISH_DIRECTORY:
		return "no: its directory is not configured any more";
	}
	return "no";
}

static const char *show_published(const struct publisher *publisher, const struct person *person)
{
	enum publish_verdict verdict = publish_judge(publisher, person, authority_time());

	if (verdict != PUBLISH_YES &&
	    publish_look(publisher, person, authority_time()) == PUBLISH_YES)
		return verdict == PUBLISH_LOA     ? "to be seen only: below min_loa"
		       : verdict == PUBLISH_ENDED ? "to be seen only: the account has ended"
						  : "to be seen only: disabled at the platform";
	return show_verdict(verdict);
}

static void show_membership(struct conn *conn, const char *name, uint64_t gid, const char *source)
{
	struct row row;

	row_begin(&row, "membership");
	row_put_text(&row, "name", name);
	row_put_number(&row, "gid", gid);
	row_put_text(&row, "source", source);
	row_send(&row, conn);
}

static bool show_has(struct group **groups, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (!group_is_claimed(groups[i]) && !strcmp(groups[i]->name, name))
			return true;
	return false;
}

/* What a sign-in said beyond the directory has no id: only rules know it. */
static int show_memberships(struct authority *authority, struct conn *conn,
			    const struct person *person)
{
	_cleanup_(store_facts_freep) struct store_facts *facts = NULL;
	struct group **groups;
	size_t n;
	int r = store_person_groups(authority->store, person->id, &n, &groups);

	if (r)
		return r;
	for (size_t i = 0; i < n; i++)
		show_membership(conn, groups[i]->name, groups[i]->gid,
				group_is_claimed(groups[i]) ? "claims"
				: groups[i]->is_inherited   ? "inherited"
							    : "directory");
	r = store_get_facts(authority->store, person->id, &facts);
	for (size_t i = 0; !r && i < facts->n; i++)
		if (!strcmp(facts->facts[i].kind, "group") &&
		    !show_has(groups, n, facts->facts[i].value))
			show_membership(conn, facts->facts[i].value, UINT32_MAX, "sign-in");
	group_list_free(groups, n);
	return r;
}

/* A row each. */
static void show_lines(struct conn *conn, const char *kind, const char *text)
{
	while (*text) {
		size_t len = strcspn(text, "\n");
		char line[SSH_KEYS_LEN_MAX + 1];
		struct row row;

		(void)snprintf(line, sizeof(line), "%.*s", (int)len, text);
		row_begin(&row, kind);
		row_put_text(&row, "text", line);
		row_send(&row, conn);
		text += len + (text[len] == '\n');
	}
}

/* The other name it goes by, or why it goes by none. */
static void show_alias(const struct authority *authority, const struct person *person,
		       struct row *row, char text[static REASON_MAX])
{
	char alias[NAME_LEN_MAX + 1];
	int r = alias_of(&authority->idmap, person, alias);

	if (r == ALIAS_E_NONE || r < 0)
		return;
	(void)snprintf(text, REASON_MAX, "%s%s", alias,
		       r == 0                ? ""
		       : r == ALIAS_E_SHARED ? " (not found: another person could have it as well)"
					     : " (not found: it is a name of its own here)");
	row_put_text(row, "alias", text);
}

void show_user(struct authority *authority, struct conn *conn, const char *asked)
{
	_cleanup_(person_freep) struct person *person = NULL;
	bool local = localnames_has_user(authority->locals, asked);
	char room[NAME_LEN_MAX + 1], alias[REASON_MAX];
	const char *name = authority_canonical(authority, asked, room);
	struct row row;

	if (!show_can(conn, store_find_name(authority->store, name, &person), local, name))
		return;
	row_begin(&row, "user");
	row_put_text(&row, "name", person->name);
	row_put_number(&row, "uid", person->uid);
	row_put_number(&row, "gid", person->gid);
	row_put_text(&row, "gecos", person->gecos);
	row_put_text(&row, "home", person->home);
	row_put_text(&row, "shell", person->shell);
	row_put_text(&row, "issuer", person->iss);
	row_put_text(&row, "subject", person->sub);
	row_put_text(&row, "directory", person->directory);
	row_put_bool(&row, "active", person->active);
	row_put_number(&row, "end_time", person->end_time);
	row_put_text(&row, "loa", person->loa);
	row_put_text(&row, "origin", person->origin);
	row_put_number(&row, "seen", person->last_seen);
	row_put_number(&row, "signed_in", person->last_login);
	row_put_text(&row, "published", show_published(authority->publisher, person));
	show_alias(authority, person, &row, alias);
	if (*person->given_home && strcmp(person->given_home, person->home) != 0)
		row_put_text(&row, "refused_home", person->given_home);
	if (*person->given_shell && strcmp(person->given_shell, person->shell) != 0)
		row_put_text(&row, "refused_shell", person->given_shell);
	row_send(&row, conn);
	show_lines(conn, "label", person->labels);
	show_lines(conn, "ssh_key", person->ssh_keys);
	if (show_can(conn, show_memberships(authority, conn, person), local, name))
		row_end(conn, 0, "", "");
}

static void show_member(struct authority *authority, struct conn *conn, const char *name,
			const char *source)
{
	_cleanup_(person_freep) struct person *person = NULL;
	struct row row;

	if (store_find_name(authority->store, name, &person))
		return;
	row_begin(&row, "member");
	row_put_text(&row, "name", name);
	row_put_number(&row, "uid", person->uid);
	row_put_text(&row, "source", source);
	row_send(&row, conn);
}

/* The groups inside it. A private group is no row of the record and holds none. */
static int show_nested(struct authority *authority, struct conn *conn, const struct group *group)
{
	struct group **groups;
	struct row row;
	size_t n;
	int r = store_nested_groups(authority->store, group->id, &n, &groups);

	if (r)
		return r;
	for (size_t i = 0; i < n; i++) {
		row_begin(&row, "nested");
		row_put_text(&row, "name", groups[i]->name);
		row_put_number(&row, "gid", groups[i]->gid);
		row_send(&row, conn);
	}
	group_list_free(groups, n);
	return 0;
}

void show_group(struct authority *authority, struct conn *conn, const char *name)
{
	_cleanup_(group_freep) struct group *group = NULL;
	bool local = localnames_has_group(authority->locals, name);
	struct row row;

	if (!show_can(conn, store_find_group(authority->store, name, &group), local, name) ||
	    !show_can(conn, store_group_members(authority->store, group), local, name))
		return;
	row_begin(&row, "group");
	row_put_text(&row, "name", group->name);
	row_put_number(&row, "gid", group->gid);
	row_put_text(&row, "directory", group->directory);
	row_put_number(&row, "members", group->n_members);
	row_send(&row, conn);
	if (!show_can(conn, show_nested(authority, conn, group), local, name))
		return;
	for (size_t i = 0; i < group->n_members; i++)
		show_member(authority, conn, group->members[i],
			    i < group->n_direct ? "directory" : "inherited");
	row_end(conn, 0, "", "");
}

static void show_decision(struct conn *conn, const struct store_decision *decision)
{
	struct row row;

	row_begin(&row, "decision");
	row_put_number(&row, "time", decision->time);
	row_put_text(&row, "user", decision->user);
	row_put_text(&row, "service", decision->service);
	row_put_text(&row, "phase", decision->phase);
	row_put_text(&row, "result", decision->permit ? "permit" : "deny");
	row_put_text(&row, "reason", decision->code);
	row_put_text(&row, "rule", decision->rule);
	row_put_text(&row, "text", decision->text);
	row_put_text(&row, "trace", decision->trace);
	row_send(&row, conn);
}

/* The newest first, then the other phase at the same service: what is permitted in the one may
 * have been refused in the other. */
void show_why(struct authority *authority, struct conn *conn, const char *asked,
	      const char *service)
{
	_cleanup_(store_decision_freep) struct store_decision *last = NULL, *other = NULL;
	bool local = localnames_has_user(authority->locals, asked);
	char room[NAME_LEN_MAX + 1];
	const char *user = authority_canonical(authority, asked, room), *phase;
	int r = store_get_decision(authority->store, user, service, "", &last);

	if (r == STORE_E_NOT_FOUND) {
		show_nothing(conn, local, user,
			     *service ? "has not been decided about at this service yet."
				      : "has not been decided about on this host yet.");
		return;
	}
	if (!show_can(conn, r, local, user))
		return;
	show_decision(conn, last);
	phase = session_kind_name(strcmp(last->phase, session_kind_name(SESSION_KIND_AUTH))
					  ? SESSION_KIND_AUTH
					  : SESSION_KIND_ACCT);
	r = store_get_decision(authority->store, user, last->service, phase, &other);
	if (r == 0)
		show_decision(conn, other);
	else if (r != STORE_E_NOT_FOUND && !show_can(conn, r, local, user))
		return;
	row_end(conn, 0, "", "");
}
