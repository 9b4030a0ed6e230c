/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_NSS_BACKEND_H
#define IDP_NSS_BACKEND_H

/*
 * Inside libnss_idp: where answers come from. The published snapshot first, without a system
 * call; idp-agentd only when the snapshot does not say that it is complete.
 */

#include <errno.h>
#include <nss.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/macro.h"
#include "common/name.h"
#include "common/snapshot.h"
#include "common/wire.h"

/* The check module that tests load is built from the same sources with other values. */
#ifndef NSS_SERVICE
#define NSS_SERVICE idp
#endif
#ifndef NSS_SNAPSHOT_PATH
#define NSS_SNAPSHOT_PATH SNAPSHOT_PATH
#endif
#ifndef NSS_AGENT_PATH
#define NSS_AGENT_PATH IDP_RUNDIR "/agent.sock"
#endif

#define NSS_PASTE_(service, function) _nss_##service##_##function
#define NSS_PASTE(service, function)  NSS_PASTE_(service, function)
/* _nss_idp_getpwnam_r */
#define NSS_FUNCTION(function) NSS_PASTE(NSS_SERVICE, function)

/* Of the whole process; the one mutable global besides the enumerations. */
extern struct snapshot backend_snapshot;

/* What a record is worth to the one who asked. Zero is "no". */
enum backend_found {
	BACKEND_ABSENT = 0, /* not in here, or not to be believed */
	BACKEND_FOUND,      /* in the caller's memory now */
	BACKEND_NO_ROOM,    /* the caller's memory is too small */
	BACKEND_NO_MEMORY,  /* it was to grow and could not */
};

/* One lookup: what is wanted, how to find it in a view and in a message, where it goes. */
struct backend_query {
	enum wire_type type; /* of the question; its one field is name or id */
	enum wire_type reply;
	const char *name; /* NULL: by id */
	size_t name_len;
	uint32_t id;
	void *target; /* of the two functions */
	enum backend_found (*from_view)(const struct backend_query *query,
					const struct snapshot_view *view);
	/* in is open; the fields are to be read, closed and judged. */
	enum backend_found (*from_wire)(const struct backend_query *query, struct wire_in *in);
};

/* Answers the query. *errnop is written unless it is NSS_STATUS_SUCCESS; errno is kept. */
enum nss_status backend_run(const struct backend_query *query, int *errnop);

/*
 * One step of an enumeration: step() is from_view with the id to go on after in query->id.
 * Only a snapshot that allows it is listed; otherwise there is nothing: NSS_STATUS_NOTFOUND.
 */
enum nss_status backend_step(const struct backend_query *query, int *errnop);

/* An id that may leave this module. view is NULL for what the agent said. */
static inline bool backend_id_is_ours(const struct snapshot_view *view, uint32_t id)
{
	if (view && (id < view->map->id_floor || id > view->map->id_ceiling))
		return false;
	return id != 0 && !name_is_reserved_id(id);
}

#endif
