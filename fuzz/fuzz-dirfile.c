/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Any bytes as the file of a directory. What is taken holds good names and ids only, and every
 * member of a group is somebody of the file.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/name.h"
#include "idp-agentd/net/dir-file-read.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int condition)
{
	if (!condition)
		abort();
}

static void try_user(const struct dir_user *user)
{
	require(*user->id && strlen(user->id) <= 255);
	require(*user->sub && strlen(user->sub) <= SUBJECT_LEN_MAX);
	require(name_is_user(user->name, strlen(user->name)));
	require(strlen(user->gecos) <= GECOS_LEN_MAX && strlen(user->home) <= PATH_LEN_MAX);
	require(strlen(user->shell) <= PATH_LEN_MAX && user->loa && user->origin);
	require(user->uid != 0 && user->gid != 0 && user->ssh_keys && user->labels);
}

static void try_group(const struct dir_group *group)
{
	require(*group->id && name_is_group(group->name, strlen(group->name)) && group->gid != 0);
	require(group->first && group->last);
	for (size_t i = 0; i < group->n_members; i++) {
		char number[JSON_ID_ROOM];
		const char *id = group->member(group, i, number);

		require(id && *id && strlen(id) <= 255);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dir_file file = DIR_FILE_NULL;
	struct dir_file_scratch scratch;
	char reason[REASON_MAX] = "";
	int r = dir_file_parse(data, size, reason, &file);

	require(r >= 0 && (r == 0) == (file.json != NULL) && (r == 0 || *reason));
	dir_file_scratch_init(&scratch);
	for (size_t i = 0; i < dir_file_n_users(&file); i++) {
		struct dir_user user;

		require(dir_file_user(&file, i, &scratch, &user) == 0);
		try_user(&user);
	}
	for (size_t i = 0; i < dir_file_n_groups(&file); i++) {
		struct dir_group group;

		dir_file_group(&file, i, &group);
		try_group(&group);
	}
	dir_file_scratch_done(&scratch);
	dir_file_done(&file);
	return 0;
}
