/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The passwd database: getpwnam_r, getpwuid_r, and the list where the snapshot allows it. */
#include "nss_idp/passwd.h"

#include <stdatomic.h>
#include <string.h>

#include "common/limits.h"
#include "common/name.h"
#include "nss_idp/backend.h"
#include "nss_idp/pack.h"

/* Listing goes on above the last uid, in whatever file is current then. */
static _Atomic uint32_t enumerated;

/* The name is not yet known to be a string; its copy is. */
static bool name_may_be_answered(struct snapshot_text text)
{
	_uninitialized_ char name[NAME_LEN_MAX + 1];

	if (!name_is_user(text.at, text.len))
		return false;
	memcpy(name, text.at, text.len);
	name[text.len] = '\0';
	return !name_is_reserved_user(name);
}

static enum backend_found found_user(const struct backend_query *query,
				     const struct snapshot_user *user)
{
	if (!name_may_be_answered(user->name))
		return BACKEND_ABSENT;
	return pack_user(user, query->target);
}

static enum backend_found name_from_view(const struct backend_query *query,
					 const struct snapshot_view *view)
{
	_uninitialized_ struct snapshot_user user;

	if (!snapshot_user_by_name(view, query->name, query->name_len, &user) ||
	    !name_is_user(query->name, query->name_len) || name_is_reserved_user(query->name))
		return BACKEND_ABSENT;
	if (user.by_alias) /* its own name was not looked at */
		return found_user(query, &user);
	return pack_user(&user, query->target);
}

static enum backend_found id_from_view(const struct backend_query *query,
				       const struct snapshot_view *view)
{
	_uninitialized_ struct snapshot_user user;

	if (!snapshot_user_by_id(view, query->id, &user))
		return BACKEND_ABSENT;
	return found_user(query, &user);
}

static enum backend_found next_from_view(const struct backend_query *query,
					 const struct snapshot_view *view)
{
	_uninitialized_ struct snapshot_user user;
	uint32_t after = query->id;
	enum backend_found found;

	do {
		if (!snapshot_user_after(view, after, &user))
			return BACKEND_ABSENT;
		after = user.uid;
		found = found_user(query, &user);
	} while (found == BACKEND_ABSENT);
	return found;
}

static struct snapshot_text text_of(const char *text)
{
	return (struct snapshot_text){ text, (uint32_t)strlen(text) };
}

/*
 * The same name, or its other form (idp.conf(5), aliases): the part before the '@' is the same, and
 * one of them ends there. Such a person is answered with the record's own name, as in the snapshot.
 */
static bool name_is_asked(const char *asked, const char *name)
{
	const size_t len = strcspn(asked, "@");

	if (strcmp(asked, name) == 0)
		return true;
	return len > 0 && strncmp(asked, name, len) == 0 &&
	       (asked[len] ? name[len] == '\0' : name[len] == '@');
}

/* The reply must be about what was asked, and nothing a host must not see. */
static bool reply_is_good(const struct backend_query *query, const struct snapshot_user *user)
{
	if (query->name ? !name_is_asked(query->name, user->name.at) : query->id != user->uid)
		return false;
	return backend_id_is_ours(NULL, user->uid) && backend_id_is_ours(NULL, user->gid) &&
	       name_is_gecos(user->gecos.at, user->gecos.len) &&
	       name_is_path(user->home[0].at, user->home[0].len) &&
	       name_is_path(user->shell.at, user->shell.len);
}

static enum backend_found user_from_wire(const struct backend_query *query, struct wire_in *in)
{
	struct snapshot_user user = { .name = text_of(wire_get_str(in, NAME_LEN_MAX)) };

	user.uid = wire_get_u32(in);
	user.gid = wire_get_u32(in);
	user.gecos = text_of(wire_get_str(in, GECOS_LEN_MAX));
	user.home[0] = text_of(wire_get_str(in, PATH_LEN_MAX));
	user.home[1] = user.home[2] = text_of("");
	user.shell = text_of(wire_get_str(in, PATH_LEN_MAX));
	if (wire_close(in) < 0 || !reply_is_good(query, &user))
		return BACKEND_ABSENT;
	return found_user(query, &user);
}

enum nss_status NSS_FUNCTION(getpwnam_r)(const char *name, struct passwd *result, char *buffer,
					 size_t buflen, int *errnop)
{
	struct pack_target target = { result, buffer, buflen };
	const struct backend_query query = {
		.type = MSG_GETPWNAM,
		.reply = MSG_USER,
		.name = name,
		.name_len = strlen(name),
		.target = &target,
		.from_view = name_from_view,
		.from_wire = user_from_wire,
	};

	return backend_run(&query, errnop);
}

enum nss_status NSS_FUNCTION(getpwuid_r)(uid_t uid, struct passwd *result, char *buffer,
					 size_t buflen, int *errnop)
{
	struct pack_target target = { result, buffer, buflen };
	const struct backend_query query = {
		.type = MSG_GETPWUID,
		.reply = MSG_USER,
		.id = uid,
		.target = &target,
		.from_view = id_from_view,
		.from_wire = user_from_wire,
	};

	return backend_run(&query, errnop);
}

enum nss_status NSS_FUNCTION(setpwent)(int stay_open _unused_)
{
	atomic_store_explicit(&enumerated, 0, memory_order_relaxed);
	return NSS_STATUS_SUCCESS;
}

enum nss_status NSS_FUNCTION(endpwent)(void)
{
	atomic_store_explicit(&enumerated, 0, memory_order_relaxed);
	return NSS_STATUS_SUCCESS;
}

enum nss_status NSS_FUNCTION(getpwent_r)(struct passwd *result, char *buffer, size_t buflen,
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
		atomic_store_explicit(&enumerated, result->pw_uid, memory_order_relaxed);
	return status;
}
