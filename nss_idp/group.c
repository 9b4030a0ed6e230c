/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The group database: getgrnam_r, getgrgid_r, and the list where the snapshot allows it. */
#include "nss_idp/group.h"

#include <stdatomic.h>
#include <string.h>

#include "common/limits.h"
#include "common/name.h"
#include "nss_idp/backend.h"
#include "nss_idp/pack.h"

/* Listing goes on above the last gid, in whatever file is current then. */
static _Atomic uint32_t enumerated;

static bool name_may_be_answered(struct snapshot_text text)
{
	_uninitialized_ char name[GROUP_NAME_LEN_MAX + 1];

	if (!name_is_group(text.at, text.len))
		return false;
	memcpy(name, text.at, text.len);
	name[text.len] = '\0';
	return !name_is_reserved_group(name);
}

static enum backend_found found_group(const struct backend_query *query,
				      const struct snapshot_group *group)
{
	if (!name_may_be_answered(group->name))
		return BACKEND_ABSENT;
	return pack_group(group, query->target);
}

static enum backend_found name_from_view(const struct backend_query *query,
					 const struct snapshot_view *view)
{
	_uninitialized_ struct snapshot_group group;

	if (!snapshot_group_by_name(view, query->name, query->name_len, &group) ||
	    !name_is_group(query->name, query->name_len) || name_is_reserved_group(query->name))
		return BACKEND_ABSENT;
	return pack_group(&group, query->target);
}

static enum backend_found id_from_view(const struct backend_query *query,
				       const struct snapshot_view *view)
{
	_uninitialized_ struct snapshot_group group;

	if (!snapshot_group_by_id(view, query->id, &group))
		return BACKEND_ABSENT;
	return found_group(query, &group);
}

static enum backend_found next_from_view(const struct backend_query *query,
					 const struct snapshot_view *view)
{
	_uninitialized_ struct snapshot_group group;
	uint32_t after = query->id;
	enum backend_found found;

	do {
		if (!snapshot_group_after(view, after, &group))
			return BACKEND_ABSENT;
		after = group.gid;
		found = found_group(query, &group);
	} while (found == BACKEND_ABSENT);
	return found;
}

/*
 * The members of a reply stand in the message as { length, bytes, NUL }. They are moved together
 * in place to "one NUL two NUL ...", which is never longer than what was read already.
 */
static bool members_from_wire(struct wire_in *in, struct snapshot_group *group)
{
	char *end = NULL;

	group->n_members = wire_get_count(in);
	group->members = (struct snapshot_text){ "", 0 };
	for (uint32_t i = 0; i < group->n_members; i++) {
		const char *name = wire_get_str(in, NAME_LEN_MAX);
		const size_t len = strlen(name);

		if (!name_is_user(name, len))
			return false;
		if (!end) {
			/* The message is ours to write: it lies in this query's own memory. */
			end = (char *)(uintptr_t)name;
			group->members.at = name;
		}
		memmove(end, name, len + 1);
		end += len + 1;
		group->members.len += (uint32_t)len + 1;
	}
	group->n_listed = group->n_members;
	group->names_len = group->members.len;
	return true;
}

static enum backend_found group_from_wire(const struct backend_query *query, struct wire_in *in)
{
	const char *name = wire_get_str(in, GROUP_NAME_LEN_MAX);
	struct snapshot_group group = {
		.name = { name, (uint32_t)strlen(name) },
		.gid = wire_get_u32(in),
	};

	if (!members_from_wire(in, &group) || wire_close(in) < 0)
		return BACKEND_ABSENT;
	if (query->name ? strcmp(query->name, name) != 0 : query->id != group.gid)
		return BACKEND_ABSENT;
	if (!backend_id_is_ours(NULL, group.gid))
		return BACKEND_ABSENT;
	return found_group(query, &group);
}

enum nss_status NSS_FUNCTION(getgrnam_r)(const char *name, struct group *result, char *buffer,
					 size_t buflen, int *errnop)
{
	struct pack_target target = { result, buffer, buflen };
	const struct backend_query query = {
		.type = MSG_GETGRNAM,
		.reply = MSG_GROUP,
		.name = name,
		.name_len = strlen(name),
		.target = &target,
		.from_view = name_from_view,
		.from_wire = group_from_wire,
	};

	return backend_run(&query, errnop);
}

enum nss_status NSS_FUNCTION(getgrgid_r)(gid_t gid, struct group *result, char *buffer,
					 size_t buflen, int *errnop)
{
	struct pack_target target = { result, buffer, buflen };
	const struct backend_query query = {
		.type = MSG_GETGRGID,
		.reply = MSG_GROUP,
		.id = gid,
		.target = &target,
		.from_view = id_from_view,
		.from_wire = group_from_wire,
	};

	return backend_run(&query, errnop);
}

enum nss_status NSS_FUNCTION(setgrent)(int stay_open _unused_)
{
	atomic_store_explicit(&enumerated, 0, memory_order_relaxed);
	return NSS_STATUS_SUCCESS;
}

enum nss_status NSS_FUNCTION(endgrent)(void)
{
	atomic_store_explicit(&enumerated, 0, memory_order_relaxed);
	return NSS_STATUS_SUCCESS;
}

enum nss_status NSS_FUNCTION(getgrent_r)(struct group *result, char *buffer, size_t buflen,
					 int *errnop)
{
	struct pack_target target = { result, buffer, buflen };
	const struct backend_query query = {
		.id = atomic_load_explicit(&enumerated, memory_order_relaxed),
		.target = &target,
		.from_view = next_from_view,
	};
	const enum nss_status status = backend_step(&query, errnop);

	if (status == NSS_STATUS_SUCCESS)
		atomic_store_explicit(&enumerated, result->gr_gid, memory_order_relaxed);
	return status;
}
