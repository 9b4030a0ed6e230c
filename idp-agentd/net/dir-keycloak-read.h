/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_NET_DIR_KEYCLOAK_READ_H
#define IDP_NET_DIR_KEYCLOAK_READ_H

/*
 * What Keycloak's admin API answers with (UserRepresentation, a count), and how a person is
 * searched for. Pure. Texts live in the page.
 */

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/limits.h"
#include "common/macro.h"
#include "idp-agentd/net/dir-backend.h"
#include "idp-agentd/net/directory.h"
#include "idp-agentd/net/scim.h"

#define KEYCLOAK_ID_MAX 255u

enum keycloak_outcome {
	KEYCLOAK_E_JSON = 1, /* not a list of objects; not a number */
	KEYCLOAK_E_RECORD,   /* this one cannot be used; the page can */
	KEYCLOAK_E_SERVICE,  /* a client's own account: nobody */
	KEYCLOAK_E_SEARCH,   /* Keycloak cannot search there */
	KEYCLOAK_E_TWICE,    /* a group or role came twice */
};

/* How this directory reads a realm. */
struct keycloak_rules {
	const struct directory_paths
		*paths;     /* gecos NULL: first and last name; group_name NULL: path */
	bool groups, roles; /* which become groups of hosts */
	bool need_email;    /* active only with emailVerified */
	bool need_actions;  /* active only without requiredActions */
};

struct keycloak_room {
	struct scim_room scim;
	char gecos[GECOS_LEN_MAX + 1];
};

/*
 * A list of objects, or with one set a single object, which is then put into a list. 0, -ENOMEM or
 * KEYCLOAK_E_JSON with a sentence in reason.
 */
int keycloak_page_parse(const void *bytes, size_t len, bool one, char reason[static REASON_MAX],
			json_t **ret_page) _must_check_;
/* The answer of /users/count: digits and nothing else. 0 or KEYCLOAK_E_JSON. */
int keycloak_count_parse(const char *bytes, size_t len, uint64_t *ret_count) _must_check_;
/* The id of a user, group or role, or NULL. Ids are texts here. */
const char *keycloak_id(const json_t *item);
/* The account of a client ("service-account-CLIENT"): no person. */
bool keycloak_is_service(const json_t *user) _must_check_;
/* 0, KEYCLOAK_E_SERVICE, or KEYCLOAK_E_RECORD with a sentence in reason. Lives in user and room. */
int keycloak_user_read(const struct keycloak_rules *rules, const json_t *user,
		       struct keycloak_room *room, char reason[static REASON_MAX],
		       struct dir_user *ret_user) _must_check_;
/*
 * Puts the query that finds whoever has exactly value where pointer leads to ("username=alice&
 * exact=true"). 0, KEYCLOAK_E_SEARCH: Keycloak cannot search there, KEYCLOAK_E_RECORD: nobody has
 * such a value.
 */
int keycloak_put_search(struct buf *out, const char *pointer, const char *value) _must_check_;

#endif
