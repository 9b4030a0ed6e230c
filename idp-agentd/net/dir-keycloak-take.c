/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What Keycloak answered at each step: judged, and given record by record. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/reason.h"
#include "idp-agentd/net/dir-keycloak.h"
#include "idp-agentd/net/directory.h"
#include "idp-agentd/net/json.h"
#include "idp-agentd/net/provider.h"

#define CHANGED "the realm changed while it was read: the next pass tries again"
#define NOBODY                                                                                   \
	"the realm shows no people at all: the account that reads it needs the role view-users " \
	"of the client realm-management"

static int refuse(struct dir_word *word, const char *code, const char *text)
{
	word->code = code;
	return reason_refuse(DIR_TAKE_REFUSED, word->text, "%s", text);
}

/* ---- statuses ---- */

static const char *role_for(enum keycloak_step step)
{
	switch (step) {
	case KEYCLOAK_COUNT:
	case KEYCLOAK_USERS:
	case KEYCLOAK_RECOUNT:
	case KEYCLOAK_MEMBERS:
	case KEYCLOAK_FIND_USER:
		return "view-users";
	case KEYCLOAK_GROUPS:
	case KEYCLOAK_CHILDREN:
	case KEYCLOAK_FIND_GROUP:
	case KEYCLOAK_GROUP:
		return "query-groups, beside view-users";
	case KEYCLOAK_ROLES:
	case KEYCLOAK_COMPOSITES:
	case KEYCLOAK_HOLDERS:
		return "view-realm";
	case KEYCLOAK_DONE:
		break;
	}
	return "view-users";
}

/* Who has the role at node is a matter of the role. */
static const char *missing_role(const struct dir_keycloak *dir)
{
	bool of_role = dir->step == KEYCLOAK_MEMBERS && dir->graph.nodes[dir->node].role;

	return of_role ? "view-realm, beside view-users" : role_for(dir->step);
}

int keycloak_refuse_status(const struct dir_keycloak *dir, unsigned status, struct dir_word *word)
{
	const char *client = dir->directory->provider->client_id;

	if (status == 401)
		return refuse(word, "directory-unauthorized",
			      "the realm does not take the token (HTTP 401): url must be the "
			      "realm that the token is of");
	if (status == 403) {
		word->code = "directory-unauthorized";
		if (dir->directory->bearer)
			return reason_refuse(
				DIR_TAKE_REFUSED, word->text,
				"the realm refuses this (HTTP 403): the account of the "
				"token lacks the role %s of the client "
				"realm-management",
				missing_role(dir));
		return reason_refuse(DIR_TAKE_REFUSED, word->text,
				     "the realm refuses this (HTTP 403): give the service account "
				     "of %.60s the role %s of the client realm-management",
				     client ? client : "the client", missing_role(dir));
	}
	if (status == 404 && (dir->step <= KEYCLOAK_USERS || dir->ask->find))
		return refuse(word, "http-status",
			      "there is no such realm at url (HTTP 404): Keycloak before 17 has "
			      "https://HOST/auth/admin/realms/REALM");
	if (status == 404 && dir->step >= KEYCLOAK_CHILDREN)
		return refuse(word, "paging-changed", CHANGED);
	word->code = "http-status";
	return reason_refuse(DIR_TAKE_REFUSED, word->text,
			     "the directory answered with HTTP status %u", status);
}

/* ---- counts ---- */

static int take_count(struct dir_keycloak *dir, const struct http_answer *answer,
		      struct dir_word *word)
{
	uint64_t count;

	if (keycloak_count_parse(answer->body, answer->body_len, &count) != 0)
		return refuse(word, "directory-garbage",
			      "users/count of the realm is no number: is url the admin API, "
			      "https://HOST/admin/realms/REALM?");
	dir->over = true;
	if (dir->step == KEYCLOAK_COUNT) {
		dir->count = count;
		return DIR_TAKE_OK;
	}
	if (count != dir->count)
		return refuse(word, "paging-changed", CHANGED);
	/* More may come than are counted, where people are in a federated directory. */
	if (dir->ids.n_ids < count)
		return refuse(word, "paging-short", "the realm counts more people than it gave");
	/* A realm that shows nobody to whoever may not see them is how this looks. */
	if (dir->ids.n_ids == 0)
		return refuse(word, "directory-empty", NOBODY);
	return DIR_TAKE_OK;
}

/* ---- lists ---- */

static int member(struct dir_keycloak *dir, const char *id)
{
	if (dir->n_members == dir->members_room) {
		size_t room = dir->members_room ? dir->members_room * 2 : 128;
		const char **members = reallocarray(dir->members, room, sizeof(*members));

		if (!members)
			return -ENOMEM;
		dir->members = members;
		dir->members_room = room;
	}
	dir->members[dir->n_members++] = id;
	return 0;
}

/* The groups inside, or the roles that hold this one. */
static int put_inner(struct dir_keycloak *dir, const struct keycloak_node *node)
{
	int r = 0;

	for (uint32_t at = node->edges; r == 0 && at != KEYCLOAK_NODE_NONE;
	     at = dir->graph.edges[at].next) {
		const struct keycloak_node *inner = &dir->graph.nodes[dir->graph.edges[at].member];

		if (!inner->why)
			r = member(dir, inner->id);
	}
	return r;
}

static int take_members(struct dir_keycloak *dir, size_t first, bool begins)
{
	const struct keycloak_node *node = &dir->graph.nodes[dir->node];
	int r = 0;

	dir->n_members = 0;
	dir->part = true;
	dir->part_first = begins && dir->step == KEYCLOAK_MEMBERS;
	dir->part_last =
		dir->over && (dir->step == KEYCLOAK_HOLDERS || !node->role || !dir->rules.groups);
	if (dir->part_first)
		r = put_inner(dir, node);
	for (size_t i = first; r == 0 && i < json_array_size(dir->page); i++) {
		const json_t *item = json_array_get(dir->page, i);
		const char *id = keycloak_id(item);

		if (id && !keycloak_is_service(item))
			r = member(dir, id);
	}
	return r;
}

static int note_people(struct dir_keycloak *dir, size_t first, struct dir_word *word)
{
	dir->at = first;
	for (size_t i = first; i < json_array_size(dir->page); i++) {
		const char *id = keycloak_id(json_array_get(dir->page, i));
		int r = id ? pager_note(&dir->ids, id) : 1;

		if (r < 0)
			return r;
		if (r == 0)
			return refuse(word, "paging-changed", CHANGED);
	}
	return DIR_TAKE_OK;
}

static int graph_outcome(int r, struct dir_word *word)
{
	if (r == KEYCLOAK_E_TWICE)
		return refuse(word, "paging-changed", CHANGED);
	if (r == -E2BIG)
		return refuse(word, "too-many-records",
			      "the realm has more groups, or deeper ones, than this agent takes");
	return r;
}

/* The page of a list, from its first new record on. */
static int take_list(struct dir_keycloak *dir, size_t first, bool begins, struct dir_word *word)
{
	if (dir->step == KEYCLOAK_USERS)
		return note_people(dir, first, word);
	if (dir->step == KEYCLOAK_GROUPS)
		return graph_outcome(keycloak_graph_add_groups(&dir->graph, &dir->rules, dir->page,
							       first, KEYCLOAK_NODE_NONE),
				     word);
	if (dir->step == KEYCLOAK_CHILDREN)
		return graph_outcome(keycloak_graph_add_groups(&dir->graph, &dir->rules, dir->page,
							       first, dir->node),
				     word);
	if (dir->step == KEYCLOAK_ROLES)
		return graph_outcome(
			keycloak_graph_add_roles(&dir->graph, &dir->rules, dir->page, first), word);
	return take_members(dir, first, begins);
}

static int judge_list(struct dir_keycloak *dir, struct dir_word *word)
{
	bool begins = dir->list.came == 0;
	size_t first;
	enum keycloak_list_verdict verdict = keycloak_list_take(&dir->list, dir->page, &first);

	dir->capped = dir->capped || dir->list.was_short;
	dir->over = verdict == KEYCLOAK_LIST_OVER;
	if (verdict > KEYCLOAK_LIST_OVER)
		return refuse(word, keycloak_list_reason(verdict), keycloak_list_sentence(verdict));
	return take_list(dir, first, begins, word);
}

/* ---- searches ---- */

/* The group that is searched for, if it is among these: its node, and only then its id is known. */
static int take_found(struct dir_keycloak *dir, struct dir_word *word)
{
	int r;

	keycloak_graph_done(&dir->graph);
	r = keycloak_graph_init(&dir->graph);
	dir->graph.partial = true;
	if (r == 0)
		r = graph_outcome(keycloak_graph_add_groups(&dir->graph, &dir->rules, dir->page, 0,
							    KEYCLOAK_NODE_NONE),
				  word);
	dir->node = r == 0 ? keycloak_graph_find(&dir->graph, dir->ask->value) : KEYCLOAK_NODE_NONE;
	dir->over = true;
	return r;
}

KEEPS_POINTERS_BEGIN
/* By itself a group does not know its path, but that is what it was found by. */
static int take_group(struct dir_keycloak *dir, struct dir_word *word)
{
	char *name = strdup(dir->ask->value);
	int r;

	if (!name)
		return -ENOMEM;
	keycloak_graph_done(&dir->graph);
	r = keycloak_graph_init(&dir->graph);
	if (r == 0)
		r = graph_outcome(keycloak_graph_add_groups(&dir->graph, &dir->rules, dir->page, 0,
							    KEYCLOAK_NODE_NONE),
				  word);
	if (r == 0 && dir->graph.n > 0 && dir->graph.nodes[0].name) {
		free(dir->graph.nodes[0].name);
		dir->graph.nodes[0].name = TAKE_PTR(name);
	}
	free(name);
	dir->over = true;
	return r;
}
KEEPS_POINTERS_END

static int take_page(struct dir_keycloak *dir, struct dir_word *word)
{
	if (dir->step == KEYCLOAK_FIND_GROUP)
		return take_found(dir, word);
	if (dir->step == KEYCLOAK_GROUP)
		return take_group(dir, word);
	dir->over = true;
	if (dir->step == KEYCLOAK_COMPOSITES)
		return graph_outcome(
			keycloak_graph_add_composites(&dir->graph, dir->node, dir->page), word);
	if (dir->step == KEYCLOAK_FIND_USER) {
		dir->at = 0;
		return DIR_TAKE_OK;
	}
	return judge_list(dir, word);
}

/* ---- what the engine calls ---- */

static bool by_id(const struct dir_keycloak *dir)
{
	return dir->step == KEYCLOAK_FIND_USER && dir->ask->what == WIRE_FIND_SUBJECT &&
	       strcmp(dir->directory->paths.subject, "/id") == 0;
}

int keycloak_take(void *state, const struct http_answer *answer, struct dir_word *word)
{
	struct dir_keycloak *dir = state;
	bool one = by_id(dir) || dir->step == KEYCLOAK_GROUP;
	int r;

	if (answer->status == 404 && dir->ask->find && one) {
		dir->step = KEYCLOAK_DONE; /* nobody, or no longer */
		return DIR_TAKE_OK;
	}
	if (answer->status != 200)
		return keycloak_refuse_status(dir, answer->status, word);
	if (dir->step == KEYCLOAK_COUNT || dir->step == KEYCLOAK_RECOUNT)
		return take_count(dir, answer, word);
	r = keycloak_page_parse(answer->body, answer->body_len, one, word->text, &dir->page);
	if (r > 0) {
		word->code = "directory-garbage";
		return DIR_TAKE_REFUSED;
	}
	return r < 0 ? r : take_page(dir, word);
}

static const char *member_of(const struct dir_group *group, size_t i,
			     char number[static JSON_ID_ROOM])
{
	const char *const *members = group->members;

	(void)number;
	return members[i];
}

static int give_part(struct dir_keycloak *dir, struct dir_record *ret_record, struct dir_word *word)
{
	const struct keycloak_node *node = &dir->graph.nodes[dir->node];

	if (!dir->part)
		return DIR_GIVE_NONE;
	dir->part = false;
	if (node->why)
		return reason_refuse(DIR_GIVE_SKIPPED, word->text, "%s", node->why);
	ret_record->kind = DIR_RECORD_GROUP;
	ret_record->group = (struct dir_group){
		.id = node->id,
		.name = node->name,
		.gid = node->gid,
		.first = dir->part_first,
		.last = dir->part_last,
		.n_members = dir->n_members,
		.member = member_of,
		.members = dir->members,
	};
	return DIR_GIVE_RECORD;
}

int keycloak_give(void *state, struct dir_record *ret_record, struct dir_word *word)
{
	struct dir_keycloak *dir = state;
	int r = KEYCLOAK_E_SERVICE;

	if (dir->step == KEYCLOAK_MEMBERS || dir->step == KEYCLOAK_HOLDERS)
		return give_part(dir, ret_record, word);
	if (dir->step != KEYCLOAK_USERS && dir->step != KEYCLOAK_FIND_USER)
		return DIR_GIVE_NONE;
	while (r == KEYCLOAK_E_SERVICE && dir->at < json_array_size(dir->page))
		r = keycloak_user_read(&dir->rules, json_array_get(dir->page, dir->at++),
				       &dir->room, word->text, &ret_record->user);
	ret_record->kind = DIR_RECORD_USER;
	if (r == KEYCLOAK_E_SERVICE)
		return DIR_GIVE_NONE;
	return r == 0 ? DIR_GIVE_RECORD : DIR_GIVE_SKIPPED;
}

int keycloak_looked(struct directory *directory, const struct http_answer *answer,
		    struct dir_word *word)
{
	struct dir_keycloak dir = { .directory = directory, .step = KEYCLOAK_COUNT };
	int r = answer->status == 200 ? take_count(&dir, answer, word)
				      : keycloak_refuse_status(&dir, answer->status, word);

	if (r == DIR_TAKE_OK && dir.count == 0)
		r = refuse(word, "directory-empty", NOBODY);
	if (r != DIR_TAKE_OK)
		return DIR_NEXT_REFUSED;
	return reason_refuse(DIR_NEXT_WHOLE, word->text, "%llu users",
			     (unsigned long long)dir.count);
}
