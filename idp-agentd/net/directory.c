/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Directories: settings in, a checked description out; and how one is asked for a page. */
#include "idp-agentd/net/directory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/reason.h"
#include "common/secret.h"
#include "idp-agentd/net/dir-backend.h"
#include "idp-agentd/net/dir.h"
#include "idp-agentd/net/json.h"
#include "idp-agentd/net/provider.h"
#include "idp-agentd/net/settings.h"
#include "idp-agentd/net/url.h"

#define DIRECTORY_PAGE_MAX     10000u
#define DIRECTORY_PAGE_DEFAULT 100u

void directory_break(struct directory *directory, const char *key, const char *what)
{
	if (directory->broken[0])
		return;
	reason_format(directory->broken, sizeof(directory->broken), "[directory %.64s] %s: %s",
		      directory->name, key, what);
	log_error("%s", directory->broken);
}

const char *directory_pointer(struct directory *directory, const char *key, const char *fallback)
{
	const char *pointer = settings_text(directory->settings, key);

	if (!pointer)
		return fallback;
	if (!json_is_pointer(pointer))
		directory_break(directory, key, "is not a JSON pointer");
	return pointer;
}

void directory_read_paths(struct directory *directory, const struct directory_paths *defaults)
{
	directory->paths = (struct directory_paths){
		.subject = directory_pointer(directory, "subject_from", defaults->subject),
		.name = directory_pointer(directory, "name_from", defaults->name),
		.uid = directory_pointer(directory, "uid_from", defaults->uid),
		.gid = directory_pointer(directory, "gid_from", defaults->gid),
		.gecos = directory_pointer(directory, "gecos_from", defaults->gecos),
		.home = directory_pointer(directory, "home_from", defaults->home),
		.shell = directory_pointer(directory, "shell_from", defaults->shell),
		.loa = directory_pointer(directory, "loa_from", defaults->loa),
		.origin = directory_pointer(directory, "origin_from", defaults->origin),
		.ssh_keys = directory_pointer(directory, "ssh_keys_from", defaults->ssh_keys),
		.labels = directory_pointer(directory, "labels_from", defaults->labels),
		.end_time = directory_pointer(directory, "end_time_from", defaults->end_time),
		.group_name = directory_pointer(directory, "group_name_from", defaults->group_name),
		.group_gid = directory_pointer(directory, "group_gid_from", defaults->group_gid),
	};
}

static void directory_read_auth(struct directory *directory)
{
	const char *auth = settings_text(directory->settings, "auth");

	if (auth && strcmp(auth, "bearer") == 0) {
		directory->bearer = settings_secret(directory->settings, "token");
		if (!directory->bearer)
			directory_break(directory, "token", "is missing");
	} else if (auth && strcmp(auth, "client_credentials") != 0) {
		directory_break(directory, "auth", "is not a method this agent knows");
	}
}

/* What every kind has; the rest is the backend's. */
static void directory_read(struct directory *directory)
{
	const char *kind = settings_text(directory->settings, "kind");
	const struct dir_backend *backend = dir_backend(kind ? kind : "scim");

	directory->backend = backend;
	directory->page_size = settings_number(directory->settings, "page_size", DIRECTORY_PAGE_MAX,
					       DIRECTORY_PAGE_DEFAULT);
	if (directory->page_size == 0)
		directory->page_size = DIRECTORY_PAGE_DEFAULT;
	directory->url = settings_text(directory->settings, "url");
	directory->filter = settings_text(directory->settings, "filter");
	directory->token_scope = settings_text(directory->settings, "token_scope");
	if (!directory->provider)
		directory_break(directory, "provider", "is not the name of a provider");
	if (!backend)
		directory_break(directory, "kind", "is not a kind this agent knows");
	if (backend && backend->http && (!directory->url || !url_is_https(directory->url)))
		directory_break(directory, "url", "is not an https address");
	directory_read_auth(directory);
	if (backend && backend->judge)
		backend->judge(directory);
}

int directory_new(const char *name, struct settings *settings, struct provider *provider,
		  struct directory **ret_directory)
{
	_cleanup_(settings_freep) struct settings *mine = settings;
	_cleanup_(directory_unrefp) struct directory *directory = calloc(1, sizeof(*directory));

	if (!directory)
		return -ENOMEM;
	directory->n_refs = 1;
	directory->name = strdup(name);
	if (!directory->name)
		return -ENOMEM;
	directory->settings = TAKE_PTR(mine);
	directory->provider = provider ? provider_ref(provider) : NULL;
	directory_read(directory);
	*ret_directory = TAKE_PTR(directory);
	return 0;
}

struct directory *directory_ref(struct directory *directory)
{
	directory->n_refs++;
	return directory;
}

struct directory *directory_unref(struct directory *directory)
{
	if (!directory || --directory->n_refs > 0)
		return NULL;
	secret_free(directory->token);
	provider_unref(directory->provider);
	settings_free(directory->settings);
	free(directory->name);
	free(directory);
	return NULL;
}

/* ---- asking ---- */

void directory_put_url(const struct directory *directory, struct buf *out, const char *list,
		       uint64_t start, uint32_t count)
{
	const char *base = directory->url;
	size_t len = strlen(base);

	buf_put(out, base, len > 0 && base[len - 1] == '/' ? len - 1 : len);
	buf_printf(out, "/%s?startIndex=%llu&count=%u", list, (unsigned long long)start, count);
}
