/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * kind = keycloak: the people, groups and realm roles of a realm by its admin REST API. It has no
 * times of change, so every pass is a full one.
 */
#include "idp-agentd/net/dir-keycloak.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/reason.h"
#include "idp-agentd/net/directory.h"
#include "idp-agentd/net/json.h"
#include "idp-agentd/net/settings.h"

#define ADMIN_PATH "/admin/realms/"

/* Is word one of those, between spaces or commas? */
static bool has_word(const char *list, const char *word)
{
	static const char between[] = " \t,";

	for (const char *at = list; at && *at;) {
		size_t len;

		at += strspn(at, between);
		len = strcspn(at, between);
		if (len == strlen(word) && strncmp(at, word, len) == 0)
			return true;
		at += len;
	}
	return false;
}

/* "https://HOST/admin/realms/REALM", perhaps with /auth before and a slash behind. */
static bool is_admin_url(const char *url)
{
	const char *realm = strstr(url, ADMIN_PATH);
	size_t len;

	if (!realm)
		return false;
	realm += STRLEN(ADMIN_PATH);
	len = strcspn(realm, "/?");
	return len > 0 && (realm[len] == '\0' || strcmp(realm + len, "/") == 0);
}

static void keycloak_judge(struct directory *directory)
{
	static const struct directory_paths defaults = { .subject = "/id", .name = "/username" };

	if (directory->url && !is_admin_url(directory->url))
		directory_break(directory, "url",
				"is not the admin API of a realm: https://HOST/admin/realms/REALM");
	directory_read_paths(directory, &defaults);
}

static void read_rules(struct dir_keycloak *dir)
{
	const struct settings *settings = dir->directory->settings;
	const char *groups = settings_text(settings, "groups");
	const char *require = settings_text(settings, "require");

	dir->rules = (struct keycloak_rules){
		.paths = &dir->directory->paths,
		.groups = !groups || has_word(groups, "groups"),
		.roles = groups && has_word(groups, "roles"),
		.need_email = has_word(require, "email"),
		.need_actions = has_word(require, "actions"),
	};
}

static void keycloak_close(void *state)
{
	struct dir_keycloak *dir = state;

	if (!dir)
		return;
	json_release_p(&dir->page);
	keycloak_graph_done(&dir->graph);
	pager_done(&dir->ids);
	free(dir->members);
	free(dir);
}

static int keycloak_open(struct directory *directory, const struct dir_ask *ask, void **ret_state)
{
	struct dir_keycloak *dir = calloc(1, sizeof(*dir));
	int r;

	if (!dir)
		return -ENOMEM;
	dir->directory = directory;
	dir->ask = ask;
	read_rules(dir);
	if (ask->find && ask->what == WIRE_FIND_GROUP_NAME) {
		dir->step = KEYCLOAK_FIND_GROUP;
		dir->leaf = ask->value;
	} else if (ask->find) {
		dir->step = KEYCLOAK_FIND_USER;
	}
	r = pager_init(&dir->ids);
	if (r == 0)
		r = keycloak_graph_init(&dir->graph);
	if (r < 0)
		keycloak_close(dir);
	else
		*ret_state = dir;
	return r;
}

const struct dir_backend dir_backend_keycloak = {
	.kind = "keycloak",
	.http = true,
	.lists = true,
	.judge = keycloak_judge,
	.open = keycloak_open,
	.close = keycloak_close,
	.next = keycloak_next,
	.take = keycloak_take,
	.give = keycloak_give,
	.look = keycloak_look,
	.looked = keycloak_looked,
};
