/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which request of Keycloak's admin API is next. MUST: a pass is whole only after the last member
 * of the last group; the steps only ever go on.
 */
#include <string.h>

#include "common/reason.h"
#include "idp-agentd/net/dir-keycloak.h"
#include "idp-agentd/net/directory.h"
#include "idp-agentd/net/json.h"
#include "idp-agentd/net/url.h"

#define FIND_PAGE 20u /* who has this name: one, or a few whose case differs */

/* ---- which step ---- */

static enum keycloak_step after_people(const struct dir_keycloak *dir)
{
	if (dir->rules.groups)
		return KEYCLOAK_GROUPS;
	return dir->rules.roles ? KEYCLOAK_ROLES : KEYCLOAK_DONE;
}

/* Of the node that is done with. */
static enum keycloak_step after_members(struct dir_keycloak *dir)
{
	const struct keycloak_node *node = &dir->graph.nodes[dir->node];

	if (dir->step == KEYCLOAK_MEMBERS && node->role && !node->why && dir->rules.groups)
		return KEYCLOAK_HOLDERS;
	dir->node++;
	return dir->ask->find ? KEYCLOAK_DONE : KEYCLOAK_MEMBERS;
}

/* "b.c" and then "c" of "a.b.c": a dot may stand between a group and its subgroup, or in a name. */
static enum keycloak_step after_search(struct dir_keycloak *dir)
{
	const char *dot = strchr(dir->leaf, '.');

	if (dir->node != KEYCLOAK_NODE_NONE)
		return KEYCLOAK_GROUP;
	dir->leaf = dot ? dot + 1 : "";
	return *dir->leaf ? KEYCLOAK_FIND_GROUP : KEYCLOAK_DONE;
}

static enum keycloak_step after(struct dir_keycloak *dir)
{
	switch (dir->step) {
	case KEYCLOAK_COUNT:
		return KEYCLOAK_USERS;
	case KEYCLOAK_USERS:
		return KEYCLOAK_RECOUNT;
	case KEYCLOAK_RECOUNT:
		return after_people(dir);
	case KEYCLOAK_GROUPS:
	case KEYCLOAK_GROUP:
		dir->node = 0;
		return KEYCLOAK_CHILDREN;
	case KEYCLOAK_CHILDREN:
		dir->node++;
		return KEYCLOAK_CHILDREN;
	case KEYCLOAK_ROLES:
		dir->node = 0;
		return KEYCLOAK_COMPOSITES;
	case KEYCLOAK_COMPOSITES:
		dir->node++;
		return KEYCLOAK_COMPOSITES;
	case KEYCLOAK_MEMBERS:
	case KEYCLOAK_HOLDERS:
		return after_members(dir);
	case KEYCLOAK_FIND_GROUP:
		return after_search(dir);
	case KEYCLOAK_FIND_USER:
	case KEYCLOAK_DONE:
		break;
	}
	return KEYCLOAK_DONE;
}

/* On to the next node of which this step has something to ask, or to the next step. */
static void settle(struct dir_keycloak *dir)
{
	const struct keycloak_graph *graph = &dir->graph;
	/* Of a search only the group itself is of interest. */
	uint32_t n = dir->ask->find && graph->n > 1 ? 1 : graph->n;
	bool roles = dir->step == KEYCLOAK_COMPOSITES;

	if (dir->step != KEYCLOAK_CHILDREN && dir->step != KEYCLOAK_COMPOSITES) {
		if (dir->step == KEYCLOAK_MEMBERS && dir->node >= n)
			dir->step = KEYCLOAK_DONE;
		return;
	}
	while (dir->node < n &&
	       (!graph->nodes[dir->node].ask || !graph->nodes[dir->node].role == roles))
		dir->node++;
	if (dir->node < n)
		return;
	dir->node = 0;
	dir->step =
		!roles && dir->rules.roles && !dir->ask->find ? KEYCLOAK_ROLES : KEYCLOAK_MEMBERS;
	settle(dir);
}

/* ---- its address ---- */

static void put_base(const struct dir_keycloak *dir, struct buf *out, const char *path)
{
	const char *base = dir->directory->url;
	size_t len = strlen(base);

	buf_put(out, base, len > 0 && base[len - 1] == '/' ? len - 1 : len);
	buf_put_text(out, path);
}

static void put_of(const struct dir_keycloak *dir, struct buf *out, const char *of,
		   const char *which, const char *list)
{
	put_base(dir, out, of);
	url_put_escaped(out, which, false);
	buf_put_text(out, list);
}

static void put_page(const struct dir_keycloak *dir, struct buf *out, const char *more)
{
	buf_printf(out, "?first=%llu&max=%u%s", (unsigned long long)keycloak_list_first(&dir->list),
		   dir->list.max, more);
}

static int refuse_search(struct dir_word *word)
{
	word->code = "configuration";
	return reason_refuse(
		DIR_NEXT_REFUSED, word->text,
		"Keycloak cannot search where name_from or subject_from leads: it can by /id, "
		"/username, /email and /attributes/NAME/0");
}

/* enum dir_next; WHOLE: nobody can have such a name. */
static int put_find_user(const struct dir_keycloak *dir, struct buf *out, struct dir_word *word)
{
	const struct directory_paths *paths = &dir->directory->paths;
	const char *value = dir->ask->value;
	const char *pointer = dir->ask->what == WIRE_FIND_SUBJECT ? paths->subject : paths->name;
	int r;

	if (!*value)
		return DIR_NEXT_WHOLE;
	if (strcmp(pointer, "/id") == 0) {
		if (value[strspn(value, ".")] == '\0' || strcmp(value, "count") == 0)
			return DIR_NEXT_WHOLE; /* another address than that of a person */
		put_of(dir, out, "/users/", value, "");
		return DIR_NEXT_ASK;
	}
	put_base(dir, out, "/users?");
	r = keycloak_put_search(out, pointer, value);
	if (r != 0)
		return r == KEYCLOAK_E_SEARCH ? refuse_search(word) : DIR_NEXT_WHOLE;
	buf_printf(out, "&first=0&max=%u&briefRepresentation=false", FIND_PAGE);
	return DIR_NEXT_ASK;
}

static void put_find_group(const struct dir_keycloak *dir, struct buf *out)
{
	put_base(dir, out, "/groups?search=");
	url_put_escaped(out, dir->leaf, false);
	buf_printf(out, "&exact=true&first=0&max=%u&briefRepresentation=false", FIND_PAGE);
}

/* Steps that are about the group or role at node. */
static void put_node_url(const struct dir_keycloak *dir, struct buf *out)
{
	const struct keycloak_node *node = &dir->graph.nodes[dir->node];

	if (dir->step == KEYCLOAK_COMPOSITES) {
		put_of(dir, out, "/roles-by-id/", node->id, "/composites");
	} else if (dir->step == KEYCLOAK_CHILDREN) {
		put_of(dir, out, "/groups/", node->id, "/children");
		put_page(dir, out, "&briefRepresentation=false&subGroupsCount=true");
	} else if (dir->step == KEYCLOAK_HOLDERS) {
		put_of(dir, out, "/roles/", node->role, "/groups");
		put_page(dir, out, "&briefRepresentation=true");
	} else if (dir->step == KEYCLOAK_GROUP) {
		put_of(dir, out, "/groups/", node->id, "");
	} else {
		if (node->role)
			put_of(dir, out, "/roles/", node->role, "/users");
		else
			put_of(dir, out, "/groups/", node->id, "/members");
		put_page(dir, out, "&briefRepresentation=true");
	}
}

static int put_url(const struct dir_keycloak *dir, struct buf *out, struct dir_word *word)
{
	switch (dir->step) {
	case KEYCLOAK_COUNT:
	case KEYCLOAK_RECOUNT:
		put_base(dir, out, "/users/count");
		return DIR_NEXT_ASK;
	case KEYCLOAK_USERS:
		put_base(dir, out, "/users");
		put_page(dir, out, "&briefRepresentation=false");
		return DIR_NEXT_ASK;
	case KEYCLOAK_GROUPS:
		put_base(dir, out, "/groups");
		put_page(dir, out, "&briefRepresentation=false&subGroupsCount=true");
		return DIR_NEXT_ASK;
	case KEYCLOAK_ROLES:
		put_base(dir, out, "/roles");
		put_page(dir, out, "&briefRepresentation=false");
		return DIR_NEXT_ASK;
	case KEYCLOAK_CHILDREN:
	case KEYCLOAK_COMPOSITES:
	case KEYCLOAK_MEMBERS:
	case KEYCLOAK_HOLDERS:
	case KEYCLOAK_GROUP:
		put_node_url(dir, out);
		return DIR_NEXT_ASK;
	case KEYCLOAK_FIND_USER:
		return put_find_user(dir, out, word);
	case KEYCLOAK_FIND_GROUP:
		put_find_group(dir, out);
		return *dir->leaf ? DIR_NEXT_ASK : DIR_NEXT_WHOLE;
	case KEYCLOAK_DONE:
		break;
	}
	return DIR_NEXT_WHOLE;
}

static void tell_progress(const struct dir_keycloak *dir, struct dir_word *word)
{
	bool people = dir->step <= KEYCLOAK_RECOUNT;

	word->done = people ? dir->list.came : dir->node;
	word->total = people ? dir->count : dir->graph.n;
}

int keycloak_next(void *state, struct dir_request *request, struct dir_word *word)
{
	struct dir_keycloak *dir = state;

	json_release_p(&dir->page);
	if (dir->over) {
		dir->step = after(dir);
		dir->over = false;
		dir->listing = false;
	}
	settle(dir);
	tell_progress(dir, word);
	if (dir->step == KEYCLOAK_MEMBERS && dir->graph.nodes[dir->node].why) {
		dir->over = true;
		dir->part = true;
		return DIR_NEXT_RECORDS;
	}
	if (!dir->listing)
		keycloak_list_begin(&dir->list, dir->directory->page_size,
				    dir->capped || dir->step == KEYCLOAK_USERS);
	dir->listing = true;
	request->any_status = true;
	return put_url(dir, &request->url, word);
}

int keycloak_look(struct directory *directory, struct dir_request *request, struct dir_word *word)
{
	const struct dir_keycloak dir = { .directory = directory, .step = KEYCLOAK_COUNT };

	request->any_status = true;
	return put_url(&dir, &request->url, word);
}
