/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_NET_DIR_KEYCLOAK_H
#define IDP_NET_DIR_KEYCLOAK_H

/* What dir-keycloak.c (the kind), -ask.c (which request is next) and -take.c (what came) share. */

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "idp-agentd/net/dir-backend.h"
#include "idp-agentd/net/dir-keycloak-graph.h"
#include "idp-agentd/net/dir-keycloak-list.h"
#include "idp-agentd/net/dir-keycloak-read.h"
#include "idp-agentd/net/pager.h"

/* What is being read. A pass goes down the list, a search has its own at the end. */
enum keycloak_step {
	KEYCLOAK_COUNT = 0,  /* how many people there are */
	KEYCLOAK_USERS,      /* list */
	KEYCLOAK_RECOUNT,    /* whether there still are as many */
	KEYCLOAK_GROUPS,     /* list: those at the top */
	KEYCLOAK_CHILDREN,   /* list: of the group at node */
	KEYCLOAK_ROLES,      /* list */
	KEYCLOAK_COMPOSITES, /* what the role at node is made of */
	KEYCLOAK_MEMBERS,    /* list: who is in the group or has the role at node */
	KEYCLOAK_HOLDERS,    /* list: which groups have the role at node */
	KEYCLOAK_FIND_USER,  /* by name or subject, or by id */
	KEYCLOAK_FIND_GROUP, /* by the last word of its path */
	KEYCLOAK_GROUP,      /* the one that was found, with what is inside */
	KEYCLOAK_DONE,
};

struct dir_keycloak {
	struct directory *directory;
	const struct dir_ask *ask;
	struct keycloak_rules rules;
	enum keycloak_step step;
	struct keycloak_list list;
	bool listing;     /* list has begun */
	bool over;        /* the step is, once what came of it was given */
	bool capped;      /* the server gives fewer than is asked for */
	uint64_t count;   /* of people, as told */
	struct pager ids; /* of people */
	struct keycloak_graph graph;
	uint32_t node;
	const char *leaf; /* FIND_GROUP: what is searched for, in ask->value */
	json_t *page;
	size_t at; /* next record of page */
	/* The part of the group at node that is to be given. */
	bool part, part_first, part_last;
	const char **members; /* in page and graph */
	size_t n_members, members_room;
	struct keycloak_room room;
};

/* As next(), take() and give() of struct dir_backend. */
int keycloak_next(void *state, struct dir_request *request, struct dir_word *word);
int keycloak_take(void *state, const struct http_answer *answer, struct dir_word *word);
int keycloak_give(void *state, struct dir_record *ret_record, struct dir_word *word);
/* As of struct dir_backend: asks how many people there are. */
int keycloak_look(struct directory *directory, struct dir_request *request, struct dir_word *word);
int keycloak_looked(struct directory *directory, const struct http_answer *answer,
		    struct dir_word *word);
/* What a status that is not 200 means at this step, in word; DIR_TAKE_REFUSED. */
int keycloak_refuse_status(const struct dir_keycloak *dir, unsigned status, struct dir_word *word);

#endif
