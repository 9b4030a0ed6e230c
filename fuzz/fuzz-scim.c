/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Any bytes as a page of a directory (by index, by cursor), each resource read as a user and as a
 * group; as what a server says about itself; as what a pass left. Nothing that is taken is longer
 * than the authority's reader allows, no id is half a number, and what a pass left survives.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "idp-agentd/net/directory.h"
#include "idp-agentd/net/scim-mark.h"
#include "idp-agentd/net/scim.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define POSIX "/urn:ietf:params:scim:schemas:extension:posix:2.0:User"

static const struct directory_paths paths = {
	.subject = "/externalId",
	.name = "/userName",
	.uid = POSIX "/uidNumber",
	.gid = POSIX "/gidNumber",
	.gecos = "/name/formatted",
	.home = POSIX "/homeDirectory",
	.shell = POSIX "/loginShell",
	.loa = "/loa",
	.origin = "/origin",
	.ssh_keys = "/urn:indigo-dc:scim:schemas:IndigoUser/sshKeys",
	.labels = "/urn:indigo-dc:scim:schemas:IndigoUser/labels",
	.end_time = "/urn:indigo-dc:scim:schemas:IndigoUser/endTime",
	.group_name = "/displayName",
	.group_gid = POSIX "/gidNumber",
};

static void require(int condition)
{
	if (!condition)
		abort();
}

static void try_user(const json_t *resource)
{
	char reason[REASON_MAX] = "";
	static struct scim_room room;
	struct dir_user user;
	int r = scim_user_read(&paths, resource, &room, reason, &user);

	require(r == 0 || (r == SCIM_E_RECORD && *reason));
	if (r != 0)
		return;
	require(*user.id && strlen(user.id) <= SCIM_ID_MAX);
	require(*user.sub && strlen(user.sub) <= SUBJECT_LEN_MAX);
	require(*user.name && strlen(user.name) <= SCIM_ID_MAX);
	require(strlen(user.gecos) <= GECOS_LEN_MAX && strlen(user.home) <= PATH_LEN_MAX);
	require(strlen(user.ssh_keys) <= SSH_KEYS_LEN_MAX && strlen(user.labels) <= LABELS_LEN_MAX);
	require(strlen(user.shell) <= PATH_LEN_MAX && user.loa && user.origin);
}

static void try_group(const json_t *resource)
{
	char reason[REASON_MAX] = "";
	struct scim_room room;
	struct dir_group group;
	int r = scim_group_read(&paths, resource, &room, reason, &group);

	require(r == 0 || (r == SCIM_E_RECORD && *reason));
	if (r != 0)
		return;
	require(*group.id && *group.name);
	for (size_t i = 0; i < group.n_members; i++) {
		char number[JSON_ID_ROOM];
		const char *id = group.member(&group, i, number);

		require(!id || (*id && strlen(id) <= SCIM_ID_MAX));
	}
}

static void try_mark(const uint8_t *data, size_t size)
{
	static struct scim_mark mark, again;
	char *text = strndup((const char *)data, size);
	struct buf out;

	require(text != NULL);
	buf_init(&out, DIR_CURSOR_MAX);
	if (scim_mark_read(text, &mark)) {
		scim_mark_put(&out, &mark);
		require(buf_end(&out) == 0 && scim_mark_read((const char *)out.data, &again));
		require(again.since == mark.since && again.users == mark.users);
		require(again.n_pages == mark.n_pages || again.n_pages == 0);
		for (size_t i = 0; i < again.n_pages; i++)
			require(strcmp(again.pages[i].etag, mark.pages[i].etag) == 0 &&
				again.pages[i].n == mark.pages[i].n);
	}
	buf_done(&out);
	free(text);
}

static void try_page(const uint8_t *data, size_t size, bool by_cursor)
{
	struct scim_page page = SCIM_PAGE_NULL;
	char reason[REASON_MAX] = "";
	int r = scim_page_parse(data, size, by_cursor, reason, &page);

	require(r >= 0 && (r == 0) == (page.json != NULL) && (r == 0 || *reason));
	require(!page.next || (by_cursor && *page.next && strlen(page.next) <= SCIM_CURSOR_MAX));
	for (size_t i = 0; i < page.n; i++) {
		try_user(json_array_get(page.resources, i));
		try_group(json_array_get(page.resources, i));
	}
	scim_page_done(&page);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct scim_service service;

	try_page(data, size, false);
	try_page(data, size, true);
	try_mark(data, size);
	require(scim_service_parse(data, size, &service) >= 0);
	return 0;
}
