/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_NET_SCIM_H
#define IDP_NET_SCIM_H

/*
 * SCIM 2.0 resources (RFC 7643, RFC 7644) as this agent reads them: a page, a user, a group, and
 * the filter that asks for one of them. Pure. Texts live in the page.
 */

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/limits.h"
#include "common/macro.h"
#include "idp-agentd/net/dir-backend.h"
#include "idp-agentd/net/json.h"

#define SCIM_ID_MAX 255u
/* Before the id of a group, where that is a number: people may be numbered alike. */
#define SCIM_GROUP_MARK "group "
#define SCIM_TYPES      "application/scim+json, application/json"

enum scim_outcome {
	SCIM_E_JSON = 1, /* not one JSON object */
	SCIM_E_SHAPE,    /* not a ListResponse */
	SCIM_E_RECORD,   /* this resource cannot be used; the page can */
	SCIM_E_PATH,     /* the pointer cannot be written as an attribute path */
};

struct directory_paths;

struct scim_page {
	json_t *json;
	const json_t *resources; /* array */
	size_t n;
	uint64_t total;   /* UINT64_MAX: it does not say (only where cursors link the pages) */
	uint64_t start;   /* 0: it does not say */
	const char *next; /* cursor of the page behind it, NULL: there is none */
};
#define SCIM_PAGE_NULL ((struct scim_page){ .json = NULL })

#define SCIM_CURSOR_MAX 1024u /* of a page; an address has no room for more */

/* What a server says about itself (RFC 7643 section 5, RFC 9865 section 4). */
struct scim_service {
	bool filter, cursor;
};

/* What a record points to that is not in the page as it stands: numbers and lists as texts. */
struct scim_room {
	char id[JSON_ID_ROOM], sub[JSON_ID_ROOM];
	char loa[24], origin[24];
	char ssh_keys[SSH_KEYS_LEN_MAX + 1], labels[LABELS_LEN_MAX + 1];
};

/*
 * 0, -ENOMEM, SCIM_E_JSON or SCIM_E_SHAPE with a sentence in reason. by_cursor: such pages need
 * not say how many resources there are.
 */
int scim_page_parse(const void *bytes, size_t len, bool by_cursor, char reason[static REASON_MAX],
		    struct scim_page *ret_page) _must_check_;
void scim_page_done(struct scim_page *page);

/*
 * 0 or SCIM_E_RECORD with a sentence in reason. Names are the authority's to judge. What is read
 * lives in resource and in room.
 */
int scim_user_read(const struct directory_paths *paths, const json_t *resource,
		   struct scim_room *room, char reason[static REASON_MAX],
		   struct dir_user *ret_user) _must_check_;
int scim_group_read(const struct directory_paths *paths, const json_t *resource,
		    struct scim_room *room, char reason[static REASON_MAX],
		    struct dir_group *ret_group) _must_check_;

/* The members of a resource into a group that was read: 0 or SCIM_E_RECORD, as above. */
int scim_members_read(const json_t *resource, char reason[static REASON_MAX],
		      struct dir_group *group) _must_check_;

/*
 * Puts 'attribute eq "value"', the attribute being the one the JSON pointer leads to, the value
 * quoted so that it cannot end early. base, where not NULL, is a filter that must hold as well.
 * 0, SCIM_E_PATH, or -EINVAL: a control byte in value.
 */
int scim_put_filter(struct buf *out, const char *base, const char *pointer,
		    const char *value) _must_check_;
/* 0, -ENOMEM or SCIM_E_JSON: it is no ServiceProviderConfig; what it does not say is false. */
int scim_service_parse(const void *bytes, size_t len,
		       struct scim_service *ret_service) _must_check_;
/*
 * Adds the attribute a pointer begins with to a list with commas: "/name/formatted" is name, what
 * is in an extension keeps its URN ("urn:x:User:uidNumber"), or is the whole of it. Once only. 0 or
 * SCIM_E_PATH.
 */
int scim_put_attribute(struct buf *out, const char *pointer, bool whole) _must_check_;
/* A time in meta ("lastModified", "created") as seconds since 1970; 0: it does not say. */
uint64_t scim_meta_time(const json_t *resource, const char *name);
/* RFC 3339 time as seconds since 1970; 0 when it is none. */
uint64_t scim_parse_time(const char *text);

#endif
