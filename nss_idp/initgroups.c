/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The supplementary groups of one user, appended to the array glibc collects them in. That array
 * is the heap's by contract: it grows by realloc(), and only when it is full.
 */
#include <stdlib.h>
#include <string.h>

#include "common/limits.h"
#include "common/name.h"
#include "nss_idp/backend.h"
#include "nss_idp/group.h"

struct gid_list {
	gid_t *groups;
	long size;
	long start; /* where the caller's own ended: a second attempt begins here again */
	long n;
	long limit; /* at most so many in all; not positive: no limit */
	gid_t skip;
};

#if defined(__GNUC__) && !defined(__clang__)
/* gcc 12's analyzer does not see that the caller of this module owns the array. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wanalyzer-malloc-leak"
#endif
/* Doubles the array, up to the limit. */
static __attribute__((__noinline__, __cold__)) bool list_grow(struct gid_list *list)
{
	long size = list->size > 0 ? list->size * 2 : 64;
	gid_t *groups;

	if (list->limit > 0 && size > list->limit)
		size = list->limit;
	groups = reallocarray(list->groups, (size_t)size, sizeof(*groups));
	if (!groups)
		return false;
	list->size = size;
	list->groups = groups;
	return true;
}
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif

/* BACKEND_NO_ROOM: the limit is reached, which is no error but the end. */
static _always_inline_ enum backend_found list_add(struct gid_list *list, gid_t gid)
{
	if (gid == list->skip)
		return BACKEND_FOUND;
	if (list->limit > 0 && list->n >= list->limit)
		return BACKEND_NO_ROOM;
	if (list->n >= list->size && !list_grow(list))
		return BACKEND_NO_MEMORY;
	list->groups[list->n++] = gid;
	return BACKEND_FOUND;
}

/* The usual case: they fit, whatever is left out. The count stays in a register. */
static void list_add_all(struct gid_list *list, const struct snapshot_view *view,
			 const struct snapshot_user *user)
{
	const uint32_t floor = view->map->id_floor, ceiling = view->map->id_ceiling;
	const uint32_t *const gids = user->gids;
	const uint32_t n = user->n_gids;
	const gid_t skip = list->skip;
	gid_t *at = list->groups + list->n;

	for (uint32_t i = 0; i < n; i++) {
		const gid_t gid = __atomic_load_n(&gids[i], __ATOMIC_RELAXED);

		*at = gid;
		at += gid != skip && gid >= floor && gid <= ceiling &&
		      backend_id_is_ours(NULL, gid);
	}
	list->n = at - list->groups;
}

static bool list_has_room(const struct gid_list *list, uint32_t n)
{
	return list->size - list->n >= (long)n &&
	       (list->limit <= 0 || list->limit - list->n >= (long)n);
}

static enum backend_found gids_from_view(const struct backend_query *query,
					 const struct snapshot_view *view)
{
	struct gid_list *list = query->target;
	enum backend_found found = BACKEND_FOUND;
	_uninitialized_ struct snapshot_user user;

	list->n = list->start;
	if (!snapshot_user_by_name(view, query->name, query->name_len, &user) ||
	    name_is_reserved_user(query->name))
		return BACKEND_ABSENT;
	if (list_has_room(list, user.n_gids)) {
		list_add_all(list, view, &user);
		return BACKEND_FOUND;
	}
	for (uint32_t i = 0; i < user.n_gids && found == BACKEND_FOUND; i++) {
		const gid_t gid = __atomic_load_n(&user.gids[i], __ATOMIC_RELAXED);

		if (backend_id_is_ours(view, gid))
			found = list_add(list, gid);
	}
	return found == BACKEND_NO_ROOM ? BACKEND_FOUND : found;
}

static enum backend_found gids_from_wire(const struct backend_query *query, struct wire_in *in)
{
	struct gid_list *list = query->target;
	enum backend_found found = BACKEND_FOUND;
	const uint32_t n = wire_get_count(in);

	list->n = list->start;
	for (uint32_t i = 0; i < n && found == BACKEND_FOUND; i++) {
		const gid_t gid = wire_get_u32(in);

		if (backend_id_is_ours(NULL, gid))
			found = list_add(list, gid);
	}
	if (found == BACKEND_NO_ROOM)
		return BACKEND_FOUND;
	if (found == BACKEND_FOUND && wire_close(in) < 0) {
		list->n = list->start;
		return BACKEND_ABSENT;
	}
	return found;
}

enum nss_status NSS_FUNCTION(initgroups_dyn)(const char *user, gid_t group, long *start, long *size,
					     gid_t **groupsp, long limit, int *errnop)
{
	struct gid_list list = {
		.groups = *groupsp,
		.size = *size,
		.start = *start,
		.n = *start,
		.limit = limit,
		.skip = group,
	};
	const struct backend_query query = {
		.type = MSG_INITGROUPS,
		.reply = MSG_GIDS,
		.name = user,
		.name_len = strlen(user),
		.target = &list,
		.from_view = gids_from_view,
		.from_wire = gids_from_wire,
	};
	const enum nss_status status = backend_run(&query, errnop);

	/* The array may have moved whatever came of it. */
	*groupsp = list.groups;
	*size = list.size;
	if (status == NSS_STATUS_SUCCESS)
		*start = list.n;
	return status;
}
