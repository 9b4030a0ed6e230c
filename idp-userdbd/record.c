/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "idp-userdbd/record.h"

#include "idp-userdbd/call.h"

/*
 * Nothing is kept from anybody (incomplete): there is no privileged part. No password either:
 * people sign in through pam_idp(8), and a record without one has none that could match.
 */
static json_t *record_wrap(json_t *record)
{
	return record ? json_pack("{s:o,s:b}", "record", record, "incomplete", 0) : NULL;
}

json_t *record_user(const struct passwd *user)
{
	json_t *record = json_pack("{s:s,s:I,s:I,s:s,s:s,s:s,s:s}", "userName", user->pw_name,
				   "uid", (json_int_t)user->pw_uid, "gid", (json_int_t)user->pw_gid,
				   "homeDirectory", user->pw_dir, "shell", user->pw_shell,
				   "disposition", "regular", "service", CALL_SERVICE);

	/* An empty one is left out, as systemd does for /etc/passwd. */
	if (record && *user->pw_gecos &&
	    json_object_set_new(record, "realName", json_string(user->pw_gecos)) < 0) {
		json_decref(record);
		return NULL;
	}
	return record_wrap(record);
}

static json_t *record_members(const struct group *group)
{
	json_t *members = json_array();

	for (char **member = group->gr_mem; members && *member; member++)
		if (json_array_append_new(members, json_string(*member)) < 0) {
			json_decref(members);
			return NULL;
		}
	return members;
}

json_t *record_group(const struct group *group)
{
	json_t *members = record_members(group);
	json_t *record = members ? json_pack("{s:s,s:I,s:s,s:s}", "groupName", group->gr_name,
					     "gid", (json_int_t)group->gr_gid, "disposition",
					     "regular", "service", CALL_SERVICE)
				 : NULL;

	if (!record || json_array_size(members) == 0) {
		json_decref(members);
	} else if (json_object_set_new(record, "members", members) < 0) {
		json_decref(record);
		return NULL;
	}
	return record_wrap(record);
}

json_t *record_membership(const char *user, const char *group)
{
	return json_pack("{s:s,s:s}", "userName", user, "groupName", group);
}
