/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The file of a directory: parsed, and its records as the authority wants them. */
#include "idp-agentd/net/dir-file-read.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/reason.h"
#include "idp-agentd/net/dir-file-check.h"
#include "idp-agentd/net/json.h"
#include "idp-agentd/net/scim.h"

/* ---- the file ---- */

/* json_parse() says what is wrong; this says in which line. */
static int refuse_json(const void *bytes, size_t len, int outcome, char reason[static REASON_MAX])
{
	json_error_t error = { .line = 0 };
	json_t *json = NULL;

	if (outcome == JSON_E_SYNTAX || outcome == JSON_E_MEMBERS)
		json = json_loadb(bytes, len, JSON_REJECT_DUPLICATES, &error);
	json_decref(json);
	if (error.line > 0)
		return reason_refuse(DIR_FILE_E_JSON, reason, "line %d is not JSON (%s)",
				     error.line, json_reason(outcome));
	return reason_refuse(DIR_FILE_E_JSON, reason, "it is not one JSON object (%s)",
			     json_reason(outcome));
}

int dir_file_parse(const void *bytes, size_t len, char reason[static REASON_MAX],
		   struct dir_file *ret_file)
{
	struct dir_file file = DIR_FILE_NULL;
	int r = json_parse(bytes, len, DIR_FILE_MAX, JSON_ROOT_OBJECT, &file.json);

	if (r < 0)
		return r;
	if (r > 0)
		return refuse_json(bytes, len, r, reason);
	r = dir_file_judge(&file, reason);
	if (r != 0)
		dir_file_done(&file);
	else
		*ret_file = file;
	return r;
}

void dir_file_done(struct dir_file *file)
{
	json_release_p(&file->json);
	json_release_p(&file->user_at);
	json_release_p(&file->group_at);
	*file = DIR_FILE_NULL;
}

void dir_file_scratch_init(struct dir_file_scratch *scratch)
{
	buf_init(&scratch->ssh_keys, DIR_FILE_LINES_MAX * (DIR_FILE_LINE_MAX + 1));
	buf_init(&scratch->labels, DIR_FILE_LINES_MAX * (DIR_FILE_LINE_MAX + 1));
	*scratch->loa = '\0';
}

void dir_file_scratch_done(struct dir_file_scratch *scratch)
{
	buf_done(&scratch->ssh_keys);
	buf_done(&scratch->labels);
}

/* ---- records ---- */

size_t dir_file_n_users(const struct dir_file *file)
{
	return json_array_size(file->users);
}

size_t dir_file_n_groups(const struct dir_file *file)
{
	return json_array_size(file->groups);
}

static uint32_t number_of(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	return value ? (uint32_t)json_integer_value(value) : DIR_ID_NONE;
}

static int join(const json_t *lines, struct buf *out, const char **ret_text)
{
	int r;

	buf_reset(out);
	for (size_t i = 0; i < json_array_size(lines); i++) {
		if (i > 0)
			buf_put_u8(out, '\n');
		buf_put_text(out, json_string_value(json_array_get(lines, i)));
	}
	r = buf_end(out);
	*ret_text = r == 0 ? (const char *)out->data : "";
	return r;
}

static const char *word_of(const json_t *object, const char *key, char *number, size_t room)
{
	const json_t *value = json_object_get(object, key);

	if (!json_is_integer(value))
		return dir_file_text(object, key);
	(void)snprintf(number, room, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
	return number;
}

int dir_file_user(const struct dir_file *file, size_t i, struct dir_file_scratch *scratch,
		  struct dir_user *ret_user)
{
	const json_t *object = json_array_get(file->users, i);
	const json_t *active = json_object_get(object, "active");
	struct dir_user user = {
		.id = dir_file_id(object, true),
		.sub = dir_file_text(object, "subject"),
		.name = dir_file_text(object, "name"),
		.gecos = dir_file_text(object, "gecos"),
		.home = dir_file_text(object, "home"),
		.shell = dir_file_text(object, "shell"),
		.loa = word_of(object, "loa", scratch->loa, sizeof(scratch->loa)),
		.origin = dir_file_text(object, "origin"),
		.uid = number_of(object, "uid"),
		.gid = number_of(object, "gid"),
		.active = !active || json_is_true(active),
		.end_time = scim_parse_time(dir_file_text(object, "end_time")),
	};
	int r = join(json_object_get(object, "ssh_keys"), &scratch->ssh_keys, &user.ssh_keys);

	if (r == 0)
		r = join(json_object_get(object, "labels"), &scratch->labels, &user.labels);
	if (r == 0)
		*ret_user = user;
	return r;
}

/* Users first, then groups: names in the file, ids to the authority. */
static const char *member_of(const struct dir_group *group, size_t i,
			     char number[static JSON_ID_ROOM])
{
	const struct dir_file *file = group->members;
	const json_t *users = json_object_get(file->group, "members");
	size_t n_users = json_array_size(users);
	const bool is_user = i < n_users;
	const json_t *names = is_user ? users : json_object_get(file->group, "groups");
	const char *name = json_string_value(json_array_get(names, is_user ? i : i - n_users));
	const json_t *at = json_object_get(is_user ? file->user_at : file->group_at, name);
	const json_t *records = is_user ? file->users : file->groups;

	(void)number;
	return dir_file_id(json_array_get(records, (size_t)json_integer_value(at)), is_user);
}

void dir_file_group(struct dir_file *file, size_t i, struct dir_group *ret_group)
{
	const json_t *object = json_array_get(file->groups, i);

	file->group = object;
	*ret_group = (struct dir_group){
		.id = dir_file_id(object, false),
		.name = dir_file_text(object, "name"),
		.gid = number_of(object, "gid"),
		.first = true,
		.last = true,
		.n_members = json_array_size(json_object_get(object, "members")) +
			     json_array_size(json_object_get(object, "groups")),
		.member = member_of,
		.members = file,
	};
}
