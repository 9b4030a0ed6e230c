/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whether what stands in the file of a directory is one. MUST:
 *  1. a member nobody knows refuses the file: a misspelt "active" must not let anybody in;
 *  2. no name, id or subject stands for two;
 *  3. a group has only members that are in the file.
 */
#include "idp-agentd/net/dir-file-check.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/name.h"
#include "common/reason.h"
#include "idp-agentd/net/flatten.h"
#include "idp-agentd/net/json.h"
#include "idp-agentd/net/scim.h"

#define ID_MAX    255u
#define WHERE_MAX 64u

enum field_type {
	FIELD_USER_NAME,
	FIELD_GROUP_NAME,
	FIELD_ID,     /* text of 1 to 255 bytes */
	FIELD_NUMBER, /* uid, gid */
	FIELD_BOOL,
	FIELD_TIME,
	FIELD_GECOS,
	FIELD_PATH,
	FIELD_WORD,  /* text or whole number */
	FIELD_LINES, /* list of texts */
};

struct field {
	const char *name;
	enum field_type type;
	bool must;
};

static const struct field user_fields[] = {
	{ "name", FIELD_USER_NAME, true },  { "subject", FIELD_ID, true },
	{ "id", FIELD_ID, false },          { "uid", FIELD_NUMBER, false },
	{ "gid", FIELD_NUMBER, false },     { "gecos", FIELD_GECOS, false },
	{ "home", FIELD_PATH, false },      { "shell", FIELD_PATH, false },
	{ "active", FIELD_BOOL, false },    { "end_time", FIELD_TIME, false },
	{ "loa", FIELD_WORD, false },       { "origin", FIELD_ID, false },
	{ "ssh_keys", FIELD_LINES, false }, { "labels", FIELD_LINES, false },
};
static const struct field group_fields[] = {
	{ "name", FIELD_GROUP_NAME, true }, { "id", FIELD_ID, false },
	{ "gid", FIELD_NUMBER, false },     { "members", FIELD_LINES, false },
	{ "groups", FIELD_LINES, false },
};

/* What a list holds, for its checks and its words. */
struct list {
	const char *name; /* "users" */
	const struct field *fields;
	size_t n_fields;
};

static const struct list user_list = { "users", user_fields, ELEMENTSOF(user_fields) };
static const struct list group_list = { "groups", group_fields, ELEMENTSOF(group_fields) };

/* ---- one field ---- */

static bool is_line(const json_t *value)
{
	const char *text = json_text(value, DIR_FILE_LINE_MAX);

	return text && *text && !strpbrk(text, "\r\n");
}

/* "members" and "groups" may be long, "ssh_keys" and "labels" not. */
static bool is_lines(const json_t *value, size_t most)
{
	size_t n = json_array_size(value);

	if (!json_is_array(value) || n > most)
		return false;
	for (size_t i = 0; i < n; i++)
		if (!is_line(json_array_get(value, i)))
			return false;
	return true;
}

/* NULL: fine, else what it must be. */
static const char *judge_text(enum field_type type, const char *text)
{
	size_t len = text ? strlen(text) : 0;

	if (type == FIELD_USER_NAME && !(text && name_is_user(text, len)))
		return "a user name";
	if (type == FIELD_GROUP_NAME && !(text && name_is_group(text, len)))
		return "a group name";
	if (type == FIELD_GECOS && !(text && len <= GECOS_LEN_MAX && name_is_gecos(text, len)))
		return "a full name: at most 256 bytes, no colon";
	if (type == FIELD_PATH && !(text && len <= PATH_LEN_MAX && name_is_path(text, len)))
		return "an absolute path";
	if (type == FIELD_TIME && !(text && scim_parse_time(text) != 0))
		return "a time such as 2026-12-31T23:59:00Z";
	if (type == FIELD_ID && len == 0)
		return "a text of 1 to 255 bytes";
	if (type != FIELD_USER_NAME && text && flatten_is_personal("", text))
		return "free of fiscal codes";
	return NULL;
}

static const char *judge_value(const struct field *field, const json_t *value)
{
	json_int_t number = json_integer_value(value);
	const bool few = strcmp(field->name, "ssh_keys") == 0 || strcmp(field->name, "labels") == 0;

	switch (field->type) {
	case FIELD_NUMBER:
		return json_is_integer(value) && number > 0 && number < (json_int_t)DIR_ID_NONE
			       ? NULL
			       : "a number from 1 to 4294967294";
	case FIELD_BOOL:
		return json_is_boolean(value) ? NULL : "true or false";
	case FIELD_LINES:
		return is_lines(value, few ? DIR_FILE_LINES_MAX : GROUP_MEMBERS_MAX)
			       ? NULL
			       : "a list of texts, each one line";
	case FIELD_WORD:
		if (json_is_integer(value))
			return NULL;
		return judge_text(FIELD_ID, json_text(value, ID_MAX));
	case FIELD_USER_NAME:
	case FIELD_GROUP_NAME:
	case FIELD_ID:
		return judge_text(field->type, json_text(value, ID_MAX));
	case FIELD_TIME:
	case FIELD_GECOS:
	case FIELD_PATH:
		return judge_text(field->type, json_text(value, 2 * PATH_LEN_MAX));
	}
	return "something else";
}

/* ---- one record ---- */

static const struct field *find_field(const struct list *list, const char *name)
{
	for (size_t i = 0; i < list->n_fields; i++)
		if (strcmp(list->fields[i].name, name) == 0)
			return &list->fields[i];
	return NULL;
}

static int refuse(char reason[static REASON_MAX], const struct list *list, size_t i,
		  const char *member, const char *what)
{
	char printable[WHERE_MAX];

	reason_copy_printable(member, printable, sizeof(printable));
	return reason_refuse(DIR_FILE_E_CONTENT, reason, "%s[%zu].%s %s", list->name, i, printable,
			     what);
}

static int judge_record(const struct list *list, size_t i, const json_t *record,
			char reason[static REASON_MAX])
{
	json_t *object = json_array_get(record, i);
	const char *key;
	json_t *value;

	if (!json_is_object(object))
		return reason_refuse(DIR_FILE_E_CONTENT, reason, "%s[%zu] is not an object",
				     list->name, i);
	json_object_foreach(object, key, value)
	{
		const struct field *field = find_field(list, key);
		const char *wanted = field ? judge_value(field, value) : NULL;
		char what[128];

		if (!field)
			return refuse(reason, list, i, key, "is no field this agent knows");
		if (wanted) {
			(void)snprintf(what, sizeof(what), "is not %s", wanted);
			return refuse(reason, list, i, key, what);
		}
	}
	for (size_t at = 0; at < list->n_fields; at++)
		if (list->fields[at].must && !json_object_get(object, list->fields[at].name))
			return refuse(reason, list, i, list->fields[at].name, "is missing");
	return 0;
}

const char *dir_file_text(const json_t *record, const char *key)
{
	const char *text = json_string_value(json_object_get(record, key));

	return text ? text : "";
}

const char *dir_file_id(const json_t *record, bool user)
{
	const char *id = dir_file_text(record, "id");

	return *id ? id : dir_file_text(record, user ? "subject" : "name");
}

/* ---- uniqueness ---- */

/* Notes that value stands for record i: 0, 1 it did for another, -ENOMEM. */
static int note(json_t *seen, const char *value, size_t i)
{
	if (json_object_get(seen, value))
		return 1;
	return json_object_set_new(seen, value, json_integer((json_int_t)i)) < 0 ? -ENOMEM : 0;
}

struct seen {
	json_t *names, *ids, *subjects;
};

static int judge_unique(const struct list *list, size_t i, const json_t *object,
			const struct seen *seen, char reason[static REASON_MAX])
{
	int r = note(seen->names, dir_file_text(object, "name"), i);

	if (r > 0)
		return refuse(reason, list, i, "name", "is the name of another as well");
	if (r == 0)
		r = note(seen->ids, dir_file_id(object, list == &user_list), i);
	if (r > 0)
		return refuse(reason, list, i, "id",
			      "(subject or name, where there is none) is another's as well");
	if (r == 0 && list == &user_list)
		r = note(seen->subjects, dir_file_text(object, "subject"), i);
	if (r > 0)
		return refuse(reason, list, i, "subject", "is another's as well");
	return r;
}

static int judge_list(const struct list *list, const json_t *records, const struct seen *seen,
		      char reason[static REASON_MAX])
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < json_array_size(records); i++) {
		r = judge_record(list, i, records, reason);
		if (r == 0)
			r = judge_unique(list, i, json_array_get(records, i), seen, reason);
	}
	return r;
}

/* ---- members ---- */

static int judge_names(size_t i, const char *key, const json_t *names, const json_t *known,
		       char reason[static REASON_MAX])
{
	char printable[WHERE_MAX];

	for (size_t at = 0; at < json_array_size(names); at++) {
		const char *name = json_string_value(json_array_get(names, at));

		if (json_object_get(known, name))
			continue;
		reason_copy_printable(name, printable, sizeof(printable));
		return reason_refuse(DIR_FILE_E_CONTENT, reason,
				     "groups[%zu].%s[%zu]: no %s of this file is named \"%s\"", i,
				     key, at, strcmp(key, "groups") == 0 ? "group" : "user",
				     printable);
	}
	return 0;
}

static int judge_members(const struct dir_file *file, char reason[static REASON_MAX])
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < json_array_size(file->groups); i++) {
		const json_t *group = json_array_get(file->groups, i);

		r = judge_names(i, "members", json_object_get(group, "members"), file->user_at,
				reason);
		if (r == 0)
			r = judge_names(i, "groups", json_object_get(group, "groups"),
					file->group_at, reason);
	}
	return r;
}

/* ---- the file ---- */

static int judge_top(json_t *object, char reason[static REASON_MAX])
{
	char printable[WHERE_MAX];
	const char *key;
	json_t *value;
	int r = 0;

	json_object_foreach(object, key, value)
	{
		reason_copy_printable(key, printable, sizeof(printable));
		if (r == 0 && strcmp(key, "users") != 0 && strcmp(key, "groups") != 0)
			r = reason_refuse(DIR_FILE_E_CONTENT, reason,
					  "\"%s\" is neither users nor groups", printable);
		else if (r == 0 && !json_is_array(value))
			r = reason_refuse(DIR_FILE_E_CONTENT, reason, "%s is not a list",
					  printable);
	}
	if (r == 0 && !json_object_get(object, "users"))
		r = reason_refuse(DIR_FILE_E_CONTENT, reason, "users is missing");
	return r;
}

int dir_file_judge(struct dir_file *file, char reason[static REASON_MAX])
{
	_cleanup_(json_release_p) json_t *ids = json_object();
	_cleanup_(json_release_p) json_t *subjects = json_object();
	struct seen seen = { .ids = ids, .subjects = subjects };
	int r;

	file->user_at = json_object();
	file->group_at = json_object();
	if (!ids || !subjects || !file->user_at || !file->group_at)
		return -ENOMEM;
	r = judge_top(file->json, reason);
	if (r != 0)
		return r;
	file->users = json_object_get(file->json, "users");
	file->groups = json_object_get(file->json, "groups");
	seen.names = file->user_at;
	r = judge_list(&user_list, file->users, &seen, reason);
	if (r != 0)
		return r;
	seen.names = file->group_at;
	r = judge_list(&group_list, file->groups, &seen, reason);
	return r != 0 ? r : judge_members(file, reason);
}
