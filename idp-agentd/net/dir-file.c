/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * kind = file: a directory that is one JSON file of this host. MUST:
 *  1. only a regular file that root (or this user) owns and nobody else can write is read;
 *  2. one that changes while it is read is not taken; whoever replaces it renames a whole one into
 *     its place;
 *  3. "unchanged" is said only of a file that could not have been written to since without a trace.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/reason.h"
#include "idp-agentd/net/dir-backend.h"
#include "idp-agentd/net/dir-file-read.h"
#include "idp-agentd/net/directory.h"
#include "idp-agentd/net/settings.h"

#define PATH_DEFAULT  "/etc/idp/directory.json"
#define SETTLED_AFTER 2 /* seconds; the clock of a file system may be that coarse */

struct dir_files {
	const char *path; /* the settings' */
	const struct dir_ask *ask;
	bool asked;
	struct stat st;
	bool settled; /* the next change of it will show */
	struct dir_file file;
	struct dir_file_scratch scratch;
	size_t user, group; /* next ones */
};

static const char *path_of(const struct directory *directory)
{
	const char *path = settings_text(directory->settings, "path");

	return path ? path : PATH_DEFAULT;
}

static void dir_file_check(struct directory *directory)
{
	if (*path_of(directory) != '/')
		directory_break(directory, "path", "is not an absolute path");
}

static int dir_file_open(struct directory *directory, const struct dir_ask *ask, void **ret_state)
{
	struct dir_files *dir = calloc(1, sizeof(*dir));

	if (!dir)
		return -ENOMEM;
	dir->path = path_of(directory);
	dir->ask = ask;
	dir_file_scratch_init(&dir->scratch);
	*ret_state = dir;
	return 0;
}

static void dir_file_close(void *state)
{
	struct dir_files *dir = state;

	if (!dir)
		return;
	dir_file_done(&dir->file);
	dir_file_scratch_done(&dir->scratch);
	free(dir);
}

/* ---- the file itself ---- */

static int refuse(struct dir_word *word, const struct dir_files *dir, const char *code,
		  const char *what)
{
	word->code = code;
	return reason_refuse(DIR_NEXT_REFUSED, word->text, "%.80s %s", dir->path, what);
}

/* MUST 1: 0, or DIR_NEXT_REFUSED. */
static int judge_file(const struct dir_files *dir, struct dir_word *word)
{
	const struct stat *st = &dir->st;

	if (!S_ISREG(st->st_mode))
		return refuse(word, dir, "directory-file", "is not a regular file");
	if (st->st_uid != 0 && st->st_uid != geteuid())
		return refuse(word, dir, "directory-file",
			      "does not belong to root: run chown root on it");
	if (st->st_mode & 022)
		return refuse(word, dir, "directory-file",
			      "can be written by others than its owner: run chmod go-w on it");
	if (st->st_size > (off_t)DIR_FILE_MAX)
		return refuse(word, dir, "directory-file",
			      "is longer than 4 MiB: so many people want a server");
	return 0;
}

static int open_file(const struct dir_files *dir, struct dir_word *word, int *ret_fd)
{
	/* O_NONBLOCK: a FIFO must not keep us waiting before it is refused. */
	int fd = open(dir->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);

	if (fd >= 0) {
		*ret_fd = fd;
		return 0;
	}
	if (errno == ELOOP)
		return refuse(word, dir, "directory-file",
			      "is a symbolic link: put the file itself there");
	if (errno == ENOENT)
		return refuse(word, dir, "directory-file", "does not exist, as idp-netd sees it");
	if (errno == EACCES || errno == EPERM)
		return refuse(word, dir, "directory-file",
			      "may not be read by idp-netd: run chgrp idp-netd and chmod 0640 on "
			      "it, and keep it below /etc/idp");
	return refuse(word, dir, "directory-file", strerrordesc_np(errno));
}

/* Not its ctime: renaming another into its place, as is asked for, is none of its content. */
static bool same_content(const struct stat *a, const struct stat *b)
{
	return a->st_size == b->st_size && a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	       a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/* The whole content, or -errno; one byte more than st_size is asked for. */
static int read_file(int fd, struct buf *out)
{
	uint8_t chunk[16384];

	for (;;) {
		ssize_t n = read(fd, chunk, sizeof(chunk));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			return buf_end(out);
		buf_put(out, chunk, (size_t)n);
	}
}

static int take_content(struct dir_files *dir, int fd, struct dir_word *word)
{
	_cleanup_(buf_done) struct buf content;
	char reason[REASON_MAX] = "";
	struct stat after;
	int r;

	buf_init(&content, DIR_FILE_MAX + 1);
	r = read_file(fd, &content);
	if (r < 0 && r != -EMSGSIZE)
		return r;
	if (r < 0 || fstat(fd, &after) < 0 || !same_content(&dir->st, &after))
		return refuse(word, dir, "directory-file",
			      "changed while it was read: write another and rename it into place");
	r = dir_file_parse(content.data, content.len, reason, &dir->file);
	return r > 0 ? refuse(word, dir, "directory-garbage", reason) : r;
}

/* MUST 3: what shows that it is still the same. */
static void put_cursor(const struct stat *st, struct buf *out)
{
	buf_printf(out, "%llu.%09lu %llu.%09lu %llu %llu", (unsigned long long)st->st_mtim.tv_sec,
		   (unsigned long)st->st_mtim.tv_nsec, (unsigned long long)st->st_ctim.tv_sec,
		   (unsigned long)st->st_ctim.tv_nsec, (unsigned long long)st->st_ino,
		   (unsigned long long)st->st_size);
}

static bool is_known(const struct dir_files *dir)
{
	_cleanup_(buf_done) struct buf cursor;

	buf_init(&cursor, DIR_CURSOR_MAX);
	put_cursor(&dir->st, &cursor);
	return buf_end(&cursor) == 0 && strcmp((const char *)cursor.data, dir->ask->cursor) == 0;
}

static void dir_file_cursor(const void *state, struct buf *out)
{
	const struct dir_files *dir = state;

	if (dir->settled)
		put_cursor(&dir->st, out);
}

/* ---- what comes of it ---- */

static int take_file(struct dir_files *dir, int fd, struct dir_word *word)
{
	const uint64_t now = clock_real() / USEC_PER_SEC;
	int r;

	if (fstat(fd, &dir->st) < 0)
		return -errno;
	r = judge_file(dir, word);
	if (r != 0)
		return r;
	dir->settled = (uint64_t)dir->st.st_mtim.tv_sec + SETTLED_AFTER <= now &&
		       (uint64_t)dir->st.st_ctim.tv_sec + SETTLED_AFTER <= now;
	if (!dir->ask->find && !dir->ask->full)
		return is_known(dir) ? DIR_NEXT_UNCHANGED
				     : refuse(word, dir, DIR_CODE_FULL, "is another than before");
	r = take_content(dir, fd, word);
	return r != 0 ? r : DIR_NEXT_RECORDS;
}

static int dir_file_next(void *state, struct dir_request *request, struct dir_word *word)
{
	struct dir_files *dir = state;
	_cleanup_close_ int fd = -1;
	int r;

	(void)request;
	word->done = word->total = dir_file_n_users(&dir->file);
	if (dir->asked)
		return DIR_NEXT_WHOLE;
	dir->asked = true;
	r = open_file(dir, word, &fd);
	return r != 0 ? r : take_file(dir, fd, word);
}

static int dir_file_give(void *state, struct dir_record *ret_record, struct dir_word *word)
{
	struct dir_files *dir = state;
	int r;

	(void)word;
	if (dir->user < dir_file_n_users(&dir->file)) {
		ret_record->kind = DIR_RECORD_USER;
		r = dir_file_user(&dir->file, dir->user++, &dir->scratch, &ret_record->user);
		return r < 0 ? r : DIR_GIVE_RECORD;
	}
	if (dir->group >= dir_file_n_groups(&dir->file))
		return DIR_GIVE_NONE;
	ret_record->kind = DIR_RECORD_GROUP;
	dir_file_group(&dir->file, dir->group++, &ret_record->group);
	return DIR_GIVE_RECORD;
}

/* Read as a pass would. */
static int dir_file_look(struct directory *directory, struct dir_request *request,
			 struct dir_word *word)
{
	const struct dir_ask ask = { .full = true };
	struct dir_files *dir;
	void *state = NULL;
	int r = dir_file_open(directory, &ask, &state);

	if (r < 0)
		return r;
	dir = state;
	r = dir_file_next(dir, request, word);
	if (r == DIR_NEXT_RECORDS)
		r = reason_refuse(DIR_NEXT_WHOLE, word->text, "%.80s: %zu users, %zu groups",
				  dir->path, dir_file_n_users(&dir->file),
				  dir_file_n_groups(&dir->file));
	dir_file_close(dir);
	return r;
}

const struct dir_backend dir_backend_file = {
	.kind = "file",
	.lists = true,
	.judge = dir_file_check,
	.open = dir_file_open,
	.close = dir_file_close,
	.next = dir_file_next,
	.give = dir_file_give,
	.cursor = dir_file_cursor,
	.look = dir_file_look,
};
