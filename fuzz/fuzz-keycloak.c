/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Any bytes as answers of Keycloak's admin API, one a line: people, groups, the children of the
 * first, roles, what the first is made of, a count. No record is half one, no edge leads nowhere,
 * parents never go round.
 */

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "idp-agentd/net/dir-keycloak-graph.h"
#include "idp-agentd/net/dir-keycloak-list.h"
#include "idp-agentd/net/dir-keycloak-read.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct directory_paths paths = {
	.subject = "/id",
	.name = "/username",
	.uid = "/attributes/uidNumber/0",
	.gid = "/attributes/gidNumber/0",
	.home = "/attributes/homeDirectory/0",
	.shell = "/attributes/loginShell/0",
	.loa = "/attributes/loa/0",
	.ssh_keys = "/attributes/sshPublicKey",
	.group_gid = "/attributes/gidNumber/0",
};
static const struct keycloak_rules rules = {
	.paths = &paths,
	.groups = true,
	.roles = true,
	.need_email = true,
	.need_actions = true,
};
static struct keycloak_room room;

static void require(int condition)
{
	if (!condition)
		abort();
}

static void try_user(const json_t *item)
{
	char reason[REASON_MAX] = "";
	struct dir_user user;
	int r = keycloak_user_read(&rules, item, &room, reason, &user);

	require(r == 0 || r == KEYCLOAK_E_SERVICE || (r == KEYCLOAK_E_RECORD && *reason));
	if (r != 0)
		return;
	require(*user.id && strlen(user.id) <= KEYCLOAK_ID_MAX);
	require(*user.sub && strlen(user.sub) <= SUBJECT_LEN_MAX);
	require(*user.name && strlen(user.name) <= KEYCLOAK_ID_MAX);
	require(strlen(user.gecos) <= GECOS_LEN_MAX && strlen(user.home) <= PATH_LEN_MAX);
	require(strlen(user.shell) <= PATH_LEN_MAX && user.loa && user.ssh_keys && user.labels);
	require(!user.active || json_is_true(json_object_get(item, "enabled")));
}

static void try_list(const json_t *page)
{
	struct keycloak_list list;
	size_t is_new = 0;

	keycloak_list_begin(&list, 3, true);
	for (unsigned i = 0; i < 3; i++)
		if (keycloak_list_take(&list, page, &is_new) == KEYCLOAK_LIST_MORE)
			require(is_new < json_array_size(page));
}

static void try_graph(const struct keycloak_graph *graph)
{
	for (uint32_t i = 0; i < graph->n; i++) {
		const struct keycloak_node *node = &graph->nodes[i];

		require(*node->id && (node->name != NULL) != (node->why != NULL));
		require(!node->name || (*node->name && strlen(node->name) <= KEYCLOAK_ID_MAX));
		require(node->parent == KEYCLOAK_NODE_NONE || node->parent < i);
		for (uint32_t at = node->edges; at != KEYCLOAK_NODE_NONE;
		     at = graph->edges[at].next)
			require(at < graph->n_edges && graph->edges[at].member < graph->n);
	}
}

static void try_page(struct keycloak_graph *graph, unsigned line, const json_t *page)
{
	int r = 0;

	try_list(page);
	for (size_t i = 0; line == 0 && i < json_array_size(page); i++)
		try_user(json_array_get(page, i));
	if (line == 1)
		r = keycloak_graph_add_groups(graph, &rules, page, 0, KEYCLOAK_NODE_NONE);
	else if (line == 2 && graph->n > 0)
		r = keycloak_graph_add_groups(graph, &rules, page, 0, 0);
	else if (line == 3)
		r = keycloak_graph_add_roles(graph, &rules, page, 0);
	else if (line == 4 && graph->n > 0)
		r = keycloak_graph_add_composites(graph, graph->n - 1, page);
	require(r == 0 || r == KEYCLOAK_E_TWICE || r == -E2BIG);
}

static void try_line(struct keycloak_graph *graph, unsigned line, const char *text, size_t len)
{
	char reason[REASON_MAX] = "";
	json_t *page = NULL;
	uint64_t count;
	int r = keycloak_page_parse(text, len, false, reason, &page);

	require(r >= 0 && (r == 0) == (page != NULL) && (r == 0 || *reason));
	if (r == 0)
		try_page(graph, line, page);
	json_decref(page);
	if (keycloak_count_parse(text, len, &count) == 0)
		require(count < UINT64_C(10000000000));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	struct keycloak_graph graph;

	require(keycloak_graph_init(&graph) == 0);
	for (unsigned line = 0; size > 0 && line < 8; line++) {
		const char *end = memchr(text, '\n', size);
		size_t len = end ? (size_t)(end - text) : size;

		try_line(&graph, line, text, len);
		try_graph(&graph);
		len += end ? 1 : 0;
		text += len;
		size -= len;
	}
	keycloak_graph_done(&graph);
	return 0;
}
