/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "idp-userdbd/source.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/limits.h"
#include "common/snapshot.h"
#include "nss_idp/backend.h"

#define SOURCE_ROOM_FIRST 4096u
#define SOURCE_ROOM_MAX   (64u * 1024u * 1024u) /* GROUP_MEMBERS_MAX names and their pointers */

enum nss_status NSS_FUNCTION(getpwnam_r)(const char *, struct passwd *, char *, size_t, int *);
enum nss_status NSS_FUNCTION(getpwuid_r)(uid_t, struct passwd *, char *, size_t, int *);
enum nss_status NSS_FUNCTION(getgrnam_r)(const char *, struct group *, char *, size_t, int *);
enum nss_status NSS_FUNCTION(getgrgid_r)(gid_t, struct group *, char *, size_t, int *);
enum nss_status NSS_FUNCTION(initgroups_dyn)(const char *, gid_t, long *, long *, gid_t **, long,
					     int *);

void source_room_done(struct source_room *room)
{
	free(room->bytes);
	*room = (struct source_room){ NULL, 0 };
}

static int room_grow(struct source_room *room)
{
	size_t size = room->size ? room->size * 4 : SOURCE_ROOM_FIRST;
	char *bytes;

	if (size > SOURCE_ROOM_MAX)
		return -ENOMEM;
	bytes = realloc(room->bytes, size);
	if (!bytes)
		return -ENOMEM;
	room->bytes = bytes;
	room->size = size;
	return 0;
}

/* The flags of the file that is in force. */
static int source_flags(uint32_t *ret_flags)
{
	struct snapshot_view view;

	for (unsigned i = 0; i < SNAPSHOT_RETRIES_MAX; i++) {
		uint32_t flags;

		if (snapshot_enter(&backend_snapshot, &view) < 0)
			return SOURCE_E_AWAY;
		flags = view.map->flags;
		if (snapshot_leave(&view)) {
			*ret_flags = flags;
			return 0;
		}
	}
	return SOURCE_E_AWAY;
}

/* 0: again with more room. A miss in an incomplete file reads as an outage: nobody was asked. */
static int outcome(enum nss_status status, int error, struct source_room *room)
{
	uint32_t flags;
	int r;

	if (status == NSS_STATUS_NOTFOUND)
		return SOURCE_E_ABSENT;
	if (status == NSS_STATUS_TRYAGAIN)
		return error == ERANGE ? room_grow(room) : -ENOMEM;
	r = source_flags(&flags);
	return r == 0 ? SOURCE_E_ABSENT : r;
}

int source_user(struct source_room *room, const char *name, uid_t uid, struct passwd *ret)
{
	int r = room->size ? 0 : room_grow(room);

	while (r == 0) {
		enum nss_status status;
		int error = 0;

		status = name ? NSS_FUNCTION(getpwnam_r)(name, ret, room->bytes, room->size, &error)
			      : NSS_FUNCTION(getpwuid_r)(uid, ret, room->bytes, room->size, &error);
		if (status == NSS_STATUS_SUCCESS)
			return 0;
		r = outcome(status, error, room);
	}
	return r;
}

int source_group(struct source_room *room, const char *name, gid_t gid, struct group *ret)
{
	int r = room->size ? 0 : room_grow(room);

	while (r == 0) {
		enum nss_status status;
		int error = 0;

		status = name ? NSS_FUNCTION(getgrnam_r)(name, ret, room->bytes, room->size, &error)
			      : NSS_FUNCTION(getgrgid_r)(gid, ret, room->bytes, room->size, &error);
		if (status == NSS_STATUS_SUCCESS)
			return 0;
		r = outcome(status, error, room);
	}
	return r;
}

int source_uid_after(uint32_t after, uint32_t *ret_uid)
{
	struct snapshot_view view;
	struct snapshot_user user;

	for (unsigned i = 0; i < SNAPSHOT_RETRIES_MAX; i++) {
		bool listed, found;

		if (snapshot_enter(&backend_snapshot, &view) < 0)
			return SOURCE_E_AWAY;
		listed = view.map->flags & SNAPSHOT_ENUMERATE;
		found = listed && snapshot_user_after(&view, after, &user);
		if (!snapshot_leave(&view))
			continue;
		if (!listed)
			return SOURCE_E_UNLISTED;
		if (!found)
			return SOURCE_E_ABSENT;
		*ret_uid = user.uid;
		return 0;
	}
	return SOURCE_E_AWAY;
}

int source_gid_after(uint32_t after, uint32_t *ret_gid)
{
	struct snapshot_view view;
	struct snapshot_group group;

	for (unsigned i = 0; i < SNAPSHOT_RETRIES_MAX; i++) {
		bool listed, found;

		if (snapshot_enter(&backend_snapshot, &view) < 0)
			return SOURCE_E_AWAY;
		listed = view.map->flags & SNAPSHOT_ENUMERATE;
		found = listed && snapshot_group_after(&view, after, &group);
		if (!snapshot_leave(&view))
			continue;
		if (!listed)
			return SOURCE_E_UNLISTED;
		if (!found)
			return SOURCE_E_ABSENT;
		*ret_gid = group.gid;
		return 0;
	}
	return SOURCE_E_AWAY;
}

int source_gids(const char *name, gid_t **ret_gids, size_t *ret_n)
{
	struct source_room none = { NULL, 0 };
	gid_t *gids = NULL;
	long n = 0, size = 0;
	int error = 0, r;
	/* It leaves out the group it is told; nobody has group 0. */
	enum nss_status status =
		NSS_FUNCTION(initgroups_dyn)(name, 0, &n, &size, &gids, -1, &error);

	if (status != NSS_STATUS_SUCCESS) {
		free(gids);
		r = status == NSS_STATUS_TRYAGAIN ? -ENOMEM : outcome(status, error, &none);
		return r == 0 ? -ENOMEM : r;
	}
	*ret_gids = gids;
	*ret_n = (size_t)n;
	return 0;
}
