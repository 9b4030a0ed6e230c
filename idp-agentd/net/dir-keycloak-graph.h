/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_NET_DIR_KEYCLOAK_GRAPH_H
#define IDP_NET_DIR_KEYCLOAK_GRAPH_H

/*
 * The groups and realm roles of a realm, and which of them are inside which, as Keycloak means it:
 * whoever is in a child group has all that is given to its parent (server administration guide,
 * "Groups"), so the child is a member of the parent; whoever has a composite role has the roles it
 * is made of, so the composite is a member of each of those. Pure.
 */

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/limits.h"
#include "common/macro.h"
#include "idp-agentd/net/dir-keycloak-read.h"

#define KEYCLOAK_NODE_NONE UINT32_MAX

struct keycloak_node {
	char *id;
	char *name;      /* of the group on hosts; NULL: it has none, why says why */
	char *why;       /* it is left out */
	char *role;      /* the role's own name, for its address; NULL: this is a group */
	uint32_t gid;    /* DIR_ID_NONE none */
	uint32_t parent; /* groups; KEYCLOAK_NODE_NONE: top level */
	uint32_t edges;  /* first of its member nodes, in edges; KEYCLOAK_NODE_NONE none */
	bool ask;        /* what is inside has to be asked for: subgroups, or a composite's roles */
};

struct keycloak_edge {
	uint32_t member, next;
};

struct keycloak_graph {
	struct keycloak_node *nodes;
	uint32_t n, room;
	struct keycloak_edge *edges;
	uint32_t n_edges, edges_room;
	json_t *at;   /* id: number of the node */
	bool partial; /* answers to a search: subGroups are those on the way to what was found */
};

/* -ENOMEM. */
int keycloak_graph_init(struct keycloak_graph *graph) _must_check_;
void keycloak_graph_done(struct keycloak_graph *graph);
/*
 * Adds the groups of a page from index first on, below parent, with those in their subGroups
 * (Keycloak before 23 tells the whole tree so; later ones tell a subGroupCount and are asked for
 * the children). 0, KEYCLOAK_E_TWICE, -E2BIG: too many or too deep, -ENOMEM.
 */
int keycloak_graph_add_groups(struct keycloak_graph *graph, const struct keycloak_rules *rules,
			      const json_t *page, size_t first, uint32_t parent) _must_check_;
/* Realm roles. Those that Keycloak makes for itself are left out. As above. */
int keycloak_graph_add_roles(struct keycloak_graph *graph, const struct keycloak_rules *rules,
			     const json_t *page, size_t first) _must_check_;
/* What the composite role at node is made of; roles of clients and unknown ones do not count. */
int keycloak_graph_add_composites(struct keycloak_graph *graph, uint32_t node,
				  const json_t *page) _must_check_;
/* The node of this name, or KEYCLOAK_NODE_NONE. */
uint32_t keycloak_graph_find(const struct keycloak_graph *graph, const char *name);

#endif
