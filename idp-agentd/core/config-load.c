/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * idp.conf and conf.d: which files make a configuration, and in which order.
 *
 * MUST
 * 1. One file that cannot be trusted refuses all of them: half a policy is another policy.
 * 2. The order is that of bytes, not of a locale or of a file system.
 */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/buf.h"
#include "idp-agentd/core/arena.h"
#include "idp-agentd/core/config-file.h"
#include "idp-agentd/core/config-problem.h"
#include "idp-agentd/core/config.h"

struct loader {
	struct config_problems *problems;
	struct config_files *files;
};

static void complain(struct loader *loader, const char *file, const char *reason)
{
	config_problem_add(loader->problems, (struct config_place){ .file = file }, "%s", reason);
}

/* Reads name under dirfd, shown as folder/name. A file that cannot be trusted is a problem. */
static int load_file(struct loader *loader, int dirfd, const char *folder, const char *name)
{
	struct config_files *files = loader->files;
	struct config_source *source = &files->sources[files->n];
	_cleanup_(buf_done) struct buf text;
	char reason[REASON_MAX];
	int r;

	buf_init(&text, CONFIG_FILE_MAX);
	source->file = arena_printf(files->arena, "%s/%s", folder, name);
	if (!source->file)
		return -ENOMEM;
	r = config_file_read(dirfd, name, (struct config_readers){ .anybody = true }, &text,
			     reason);
	if (r == -ENOMEM)
		return r;
	if (r < 0) {
		complain(loader, source->file, reason);
		buf_reset(&text);
	}
	source->len = text.len;
	source->text = arena_copy(files->arena, (const char *)text.data, text.len);
	if (!source->text)
		return -ENOMEM;
	files->n++;
	return 0;
}

static int is_drop_in(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name);

	return entry->d_name[0] != '.' && len > STRLEN(".conf") &&
	       strcmp(entry->d_name + len - STRLEN(".conf"), ".conf") == 0;
}

static int in_byte_order(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int load_entries(struct loader *loader, int dirfd, const char *folder,
			struct dirent **entries, int n)
{
	if ((unsigned)n > CONFIG_FILES_MAX) {
		complain(loader, folder, "there are too many files here: at most 256 are read");
		return 0;
	}
	for (int i = 0; i < n; i++) {
		int r = load_file(loader, dirfd, folder, entries[i]->d_name);

		if (r < 0)
			return r;
	}
	return 0;
}

static int load_drop_ins(struct loader *loader, int dirfd, const char *folder)
{
	_cleanup_free_ char *path = NULL;
	_cleanup_close_ int fd = -1;
	struct dirent **entries = NULL;
	char reason[REASON_MAX];
	int n, r;

	if (asprintf(&path, "%s/conf.d", folder) < 0) {
		path = NULL;
		return -ENOMEM;
	}
	r = config_folder_open(dirfd, "conf.d", reason, &fd);
	if (r == -ENOENT)
		return 0; /* drop-ins are optional */
	if (r < 0) {
		complain(loader, path, reason);
		return 0;
	}
	n = scandirat(fd, ".", &entries, is_drop_in, in_byte_order);
	if (n < 0) {
		complain(loader, path, "this folder cannot be read");
		return errno == ENOMEM ? -ENOMEM : 0;
	}
	r = load_entries(loader, fd, path, entries, n);
	for (int i = 0; i < n; i++)
		free(entries[i]);
	free(entries);
	return r;
}

static int load_all(struct loader *loader, const char *path)
{
	_cleanup_free_ char *folder = NULL;
	_cleanup_close_ int fd = -1;
	char reason[REASON_MAX];
	const char *name;
	int r = config_path_split(path, &folder, &name);

	if (r < 0)
		return r;
	r = config_folder_open(AT_FDCWD, folder, reason, &fd);
	if (r < 0) {
		complain(loader, r == -ENOENT ? path : folder, reason);
		return 0;
	}
	if (faccessat(fd, name, F_OK, AT_SYMLINK_NOFOLLOW) < 0 && errno == ENOENT) {
		complain(loader, path,
			 "there is no such file: write it, beginning with the five lines of "
			 "idp.conf(5)");
		return 0;
	}
	r = load_file(loader, fd, folder, name);
	if (r < 0)
		return r;
	return load_drop_ins(loader, fd, folder);
}

struct config_files *config_files_new(void)
{
	struct config_files *files = calloc(1, sizeof(*files));

	if (!files)
		return NULL;
	files->arena = arena_new();
	if (files->arena)
		files->sources = arena_take(files->arena, CONFIG_FILES_MAX + 1,
					    sizeof(*files->sources));
	return files->sources ? files : config_files_free(files);
}

struct config_files *config_files_free(struct config_files *files)
{
	if (files)
		files->arena = arena_free(files->arena);
	free(files);
	return NULL;
}

int config_files_read(const char *path, struct config_problems *problems,
		      struct config_files **ret_files)
{
	_cleanup_(config_files_freep) struct config_files *files = config_files_new();
	struct loader loader = { .problems = problems, .files = files };
	size_t n_before = problems->n_errors;
	int r;

	if (!files)
		return -ENOMEM;
	r = load_all(&loader, path);
	if (r < 0)
		return r;
	if (problems->n_errors > n_before)
		return CONFIG_E_REFUSED; /* half a configuration would only tell half the truth */
	*ret_files = TAKE_PTR(files);
	return 0;
}

int config_load(const char *path, struct config_problems *problems, struct config **ret_config)
{
	_cleanup_(config_files_freep) struct config_files *files = NULL;
	int r = config_files_read(path, problems, &files);

	return r ? r : config_parse(files->sources, files->n, problems, ret_config);
}
