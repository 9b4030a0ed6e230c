/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Groups in groups. Invariants: an id is one node; a group's parent stands before it, so parents
 * never go round; roles may contain one another, which is the authority's to bound.
 */
#include "idp-agentd/net/dir-keycloak-graph.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/reason.h"
#include "idp-agentd/net/json.h"
#include "idp-agentd/net/scim.h"

#define DEPTH_MAX                                                                       \
	32u /* groups inside groups; JSON_DEPTH_MAX allows half of it inside one answer \
	     */

int keycloak_graph_init(struct keycloak_graph *graph)
{
	*graph = (struct keycloak_graph){ .at = json_object() };
	return graph->at ? 0 : -ENOMEM;
}

void keycloak_graph_done(struct keycloak_graph *graph)
{
	for (uint32_t i = 0; i < graph->n; i++) {
		free(graph->nodes[i].id);
		free(graph->nodes[i].name);
		free(graph->nodes[i].why);
		free(graph->nodes[i].role);
	}
	free(graph->nodes);
	free(graph->edges);
	json_release_p(&graph->at);
	*graph = (struct keycloak_graph){ .n = 0 };
}

KEEPS_POINTERS_BEGIN
static int add_edge(struct keycloak_graph *graph, uint32_t to, uint32_t member)
{
	if (graph->n_edges == graph->edges_room) {
		uint32_t room = graph->edges_room ? graph->edges_room * 2 : 64;
		struct keycloak_edge *edges =
			room <= DIR_RECORDS_MAX ? reallocarray(graph->edges, room, sizeof(*edges))
						: NULL;

		if (!edges)
			return room <= DIR_RECORDS_MAX ? -ENOMEM : -E2BIG;
		graph->edges = edges;
		graph->edges_room = room;
	}
	graph->edges[graph->n_edges] =
		(struct keycloak_edge){ .member = member, .next = graph->nodes[to].edges };
	graph->nodes[to].edges = graph->n_edges++;
	return 0;
}

/* An empty node with this id: its number in *ret. */
static int add_node(struct keycloak_graph *graph, const char *id, uint32_t *ret)
{
	uint32_t at = graph->n;

	if (json_object_get(graph->at, id))
		return KEYCLOAK_E_TWICE;
	if (at == graph->room) {
		uint32_t room = graph->room ? graph->room * 2 : 64;
		struct keycloak_node *nodes =
			room <= DIR_RECORDS_MAX ? reallocarray(graph->nodes, room, sizeof(*nodes))
						: NULL;

		if (!nodes)
			return room <= DIR_RECORDS_MAX ? -ENOMEM : -E2BIG;
		graph->nodes = nodes;
		graph->room = room;
	}
	graph->nodes[at] = (struct keycloak_node){
		.id = strdup(id),
		.gid = DIR_ID_NONE,
		.parent = KEYCLOAK_NODE_NONE,
		.edges = KEYCLOAK_NODE_NONE,
	};
	if (!graph->nodes[at].id)
		return -ENOMEM;
	graph->n++;
	*ret = at;
	return json_object_set_new(graph->at, id, json_integer(at)) < 0 ? -ENOMEM : 0;
}

/* ---- names ---- */

static int leave_out(struct keycloak_node *node, const char *why)
{
	node->why = strdup(why);
	return node->why ? 0 : -ENOMEM;
}

/* "sales.emea" of /sales/emea: a subgroup never has the name of a top-level group by itself. */
static int name_by_path(const struct keycloak_graph *graph, struct keycloak_node *node,
			const char *own)
{
	const struct keycloak_node *parent =
		node->parent == KEYCLOAK_NODE_NONE ? NULL : &graph->nodes[node->parent];
	char name[KEYCLOAK_ID_MAX + 1], why[REASON_MAX];
	int n;

	if (parent && !parent->name) {
		reason_format(why, sizeof(why), "group %.100s is inside one that is left out", own);
		return leave_out(node, why);
	}
	n = snprintf(name, sizeof(name), "%s%s%s", parent ? parent->name : "", parent ? "." : "",
		     own);
	if (n < 0 || (size_t)n >= sizeof(name)) {
		reason_format(why, sizeof(why), "the path of group %.100s is too long for a name",
			      own);
		return leave_out(node, why);
	}
	node->name = strdup(name);
	return node->name ? 0 : -ENOMEM;
}

static int name_node(const struct keycloak_graph *graph, const struct keycloak_rules *rules,
		     struct keycloak_node *node, const json_t *item)
{
	const bool by_path = !rules->paths->group_name || node->role;
	struct directory_paths paths = *rules->paths;
	char reason[REASON_MAX] = "";
	struct dir_group group;
	struct scim_room room;

	if (by_path)
		paths.group_name = "/name";
	if (scim_group_read(&paths, item, &room, reason, &group) != 0)
		return leave_out(node, reason);
	node->gid = group.gid;
	if (by_path)
		return name_by_path(graph, node, group.name);
	node->name = strdup(group.name);
	return node->name ? 0 : -ENOMEM;
}
KEEPS_POINTERS_END

/* ---- groups ---- */

static bool has_all_inside(const json_t *item)
{
	const json_t *count = json_object_get(item, "subGroupCount");
	size_t n = json_array_size(json_object_get(item, "subGroups"));

	return !json_is_integer(count) || json_integer_value(count) == (json_int_t)n;
}

static unsigned depth_of(const struct keycloak_graph *graph, uint32_t node)
{
	unsigned depth = 0;

	for (; node != KEYCLOAK_NODE_NONE && depth < DEPTH_MAX; node = graph->nodes[node].parent)
		depth++;
	return depth;
}

/* A group that is to be added, and below which. */
struct pending {
	const json_t *item;
	uint32_t parent;
};

/* Those of one answer whose subgroups were not looked at yet. */
struct queue {
	struct pending *items;
	size_t n, room, at;
};

static int queue_put(struct queue *queue, const json_t *list, size_t first, uint32_t parent)
{
	size_t more = json_array_size(list);

	if (queue->n + more > queue->room) {
		size_t room = 2 * (queue->n + more);
		struct pending *items = reallocarray(queue->items, room, sizeof(*items));

		if (!items)
			return -ENOMEM;
		queue->items = items;
		queue->room = room;
	}
	for (size_t i = first; queue->items && i < more; i++)
		queue->items[queue->n++] =
			(struct pending){ .item = json_array_get(list, i), .parent = parent };
	return 0;
}

static int add_group(struct keycloak_graph *graph, const struct keycloak_rules *rules,
		     struct queue *queue, const struct pending *pending)
{
	const char *id = keycloak_id(pending->item);
	bool whole = graph->partial || has_all_inside(pending->item);
	uint32_t node;
	int r;

	if (!id)
		return 0; /* nobody can be asked who is in it */
	if (depth_of(graph, pending->parent) >= DEPTH_MAX)
		return -E2BIG;
	r = add_node(graph, id, &node);
	if (r != 0)
		return r;
	graph->nodes[node].parent = pending->parent;
	graph->nodes[node].ask = !whole;
	r = name_node(graph, rules, &graph->nodes[node], pending->item);
	if (r == 0 && pending->parent != KEYCLOAK_NODE_NONE)
		r = add_edge(graph, pending->parent, node);
	if (r == 0 && whole)
		r = queue_put(queue, json_object_get(pending->item, "subGroups"), 0, node);
	return r;
}

int keycloak_graph_add_groups(struct keycloak_graph *graph, const struct keycloak_rules *rules,
			      const json_t *page, size_t first, uint32_t parent)
{
	struct queue queue = { .n = 0 };
	int r = queue_put(&queue, page, first, parent);

	while (r == 0 && queue.at < queue.n) {
		struct pending pending = queue.items[queue.at++];

		r = add_group(graph, rules, &queue, &pending);
	}
	free(queue.items);
	return r;
}

/* ---- roles ---- */

static bool is_own(const char *name)
{
	return strcmp(name, "offline_access") == 0 || strcmp(name, "uma_authorization") == 0 ||
	       strncmp(name, "default-roles-", STRLEN("default-roles-")) == 0;
}

KEEPS_POINTERS_BEGIN
static int add_role(struct keycloak_graph *graph, const struct keycloak_rules *rules,
		    const json_t *item)
{
	const char *id = keycloak_id(item);
	const char *name = json_text(json_object_get(item, "name"), KEYCLOAK_ID_MAX);
	uint32_t node;
	int r;

	if (!id || !name || !*name || is_own(name) ||
	    json_is_true(json_object_get(item, "clientRole")))
		return 0;
	r = add_node(graph, id, &node);
	if (r != 0)
		return r;
	graph->nodes[node].ask = json_is_true(json_object_get(item, "composite"));
	graph->nodes[node].role = strdup(name);
	if (!graph->nodes[node].role)
		return -ENOMEM;
	return name_node(graph, rules, &graph->nodes[node], item);
}
KEEPS_POINTERS_END

int keycloak_graph_add_roles(struct keycloak_graph *graph, const struct keycloak_rules *rules,
			     const json_t *page, size_t first)
{
	int r = 0;

	for (size_t i = first; r == 0 && i < json_array_size(page); i++)
		r = add_role(graph, rules, json_array_get(page, i));
	return r;
}

int keycloak_graph_add_composites(struct keycloak_graph *graph, uint32_t node, const json_t *page)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < json_array_size(page); i++) {
		const char *id = keycloak_id(json_array_get(page, i));
		const json_t *at = id ? json_object_get(graph->at, id) : NULL;

		if (at && graph->nodes[json_integer_value(at)].role)
			r = add_edge(graph, (uint32_t)json_integer_value(at), node);
	}
	return r;
}

uint32_t keycloak_graph_find(const struct keycloak_graph *graph, const char *name)
{
	for (uint32_t i = 0; i < graph->n; i++)
		if (graph->nodes[i].name && strcmp(graph->nodes[i].name, name) == 0)
			return i;
	return KEYCLOAK_NODE_NONE;
}
