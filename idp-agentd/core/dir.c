/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Directory records off the wire. Whether they are acceptable is idmap's and syncer's question. */
#include "idp-agentd/core/dir.h"

#include <errno.h>
#include <string.h>

#define DIR_ID_MAX 1024u

int dir_read_user(struct wire_in *in, struct dir_user *ret_user)
{
	struct dir_user user = { 0 };
	uint32_t n;

	user.id = wire_get_str(in, DIR_ID_MAX);
	user.sub = wire_get_str(in, DIR_ID_MAX);
	user.name = wire_get_str(in, DIR_ID_MAX);
	user.uid = wire_get_u32(in);
	user.gid = wire_get_u32(in);
	user.gecos = wire_get_str(in, WIRE_STRING_MAX);
	user.home = wire_get_str(in, WIRE_STRING_MAX);
	user.shell = wire_get_str(in, WIRE_STRING_MAX);
	user.active = wire_get_bool(in);
	user.end_time = wire_get_u64(in);
	n = wire_get_count(in);
	if (n > CLAIMS_PAIRS_MAX)
		return -EBADMSG;
	for (uint32_t i = 0; i < n; i++) {
		struct wire_field field = wire_get_field(in);

		if (!strcmp(field.key, "loa"))
			user.loa = field.value;
		else if (!strcmp(field.key, "origin"))
			user.origin = field.value;
		else if (!strcmp(field.key, "ssh_keys"))
			user.ssh_keys = field.value;
		else if (!strcmp(field.key, "labels"))
			user.labels = field.value;
	}
	if (wire_close(in) < 0)
		return -EBADMSG;
	*ret_user = user;
	return 0;
}

const struct dir_user *dir_name_user(const struct naming *naming, char room[static NAMING_ROOM],
				     struct dir_user *user)
{
	naming_apply(naming, user->name, room);
	user->name = room;
	return user;
}

int dir_read_group(struct wire_in *in, struct dir_members *members, struct dir_group *ret_group)
{
	struct dir_group group = { 0 };

	group.id = wire_get_str(in, DIR_ID_MAX);
	group.name = wire_get_str(in, DIR_ID_MAX);
	group.gid = wire_get_u32(in);
	group.first = wire_get_bool(in);
	group.last = wire_get_bool(in);
	members->n = wire_get_count(in);
	if (members->n > WIRE_ARRAY_MAX)
		return -EBADMSG;
	for (size_t i = 0; i < members->n; i++)
		members->ids[i] = wire_get_str(in, DIR_ID_MAX);
	if (wire_close(in) < 0)
		return -EBADMSG;
	group.members = members->ids;
	group.n_members = members->n;
	*ret_group = group;
	return 0;
}

int dir_read_gone(struct wire_in *in, bool *ret_is_group, const char **ret_id)
{
	bool is_group = wire_get_bool(in);
	const char *id = wire_get_str(in, DIR_ID_MAX);

	if (wire_close(in) < 0)
		return -EBADMSG;
	*ret_is_group = is_group;
	*ret_id = id;
	return 0;
}

int dir_read_end(struct wire_in *in, struct dir_end *ret_end)
{
	struct dir_end end = { 0 };

	end.complete = wire_get_bool(in);
	end.cursor = wire_get_str(in, DIR_CURSOR_MAX);
	end.users = wire_get_u32(in);
	end.groups = wire_get_u32(in);
	end.code = wire_get_str(in, REASON_MAX);
	end.text = wire_get_str(in, WIRE_STRING_MAX);
	if (wire_close(in) < 0)
		return -EBADMSG;
	*ret_end = end;
	return 0;
}

int dir_read_progress(struct wire_in *in, uint32_t *ret_done, uint32_t *ret_total)
{
	uint32_t done = wire_get_u32(in);
	uint32_t total = wire_get_u32(in);

	if (wire_close(in) < 0)
		return -EBADMSG;
	*ret_done = done;
	*ret_total = total;
	return 0;
}
