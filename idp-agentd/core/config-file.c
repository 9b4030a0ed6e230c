/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reads what is trusted: configuration files and secrets.
 *
 * MUST
 * 1. The file that was judged is the file that is read: open first, then fstat (no stat before).
 * 2. Only regular files, never through a symbolic link in the last component.
 * 3. Nobody but root or ourselves may be able to change a byte of it, nor replace it.
 * 4. A secret that others can read is refused, not used (CVE-2009-1073).
 */

#include "idp-agentd/core/config-file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/buf.h"
#include "common/secret.h"
#include "idp-agentd/core/config-problem.h"
#include "idp-agentd/core/config.h"

_printf_(3, 4) static int say(char *reason, int r, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	IGNORE(vsnprintf(reason, REASON_MAX, format, args) < 0);
	va_end(args);
	return r;
}

static int judge_readers(const struct stat *st, struct config_readers readers, char *reason)
{
	if (readers.anybody)
		return 0;
	if (st->st_mode & 07)
		return say(reason, -EPERM,
			   "everybody can read it (mode %03o): run chmod 0600 on it, and "
			   "replace the secret, which is none any more",
			   (unsigned)(st->st_mode & 0777));
	if ((st->st_mode & 070) && st->st_gid != readers.group &&
	    !(readers.root_group && st->st_gid == 0))
		return say(reason, -EPERM,
			   "its group (gid %u) can read it (mode %03o): run chmod 0600 on it",
			   (unsigned)st->st_gid, (unsigned)(st->st_mode & 0777));
	return 0;
}

static int judge_owner(const struct stat *st, char *reason)
{
	if (st->st_uid != 0 && st->st_uid != geteuid())
		return say(reason, -EPERM, "it belongs to uid %u: run chown root on it",
			   (unsigned)st->st_uid);
	if (st->st_mode & 022)
		return say(reason, -EPERM,
			   "others than its owner can write it (mode %03o): run chmod go-w on it",
			   (unsigned)(st->st_mode & 0777));
	return 0;
}

static int judge_file(const struct stat *st, struct config_readers readers, size_t most,
		      char *reason)
{
	int r;

	if (S_ISDIR(st->st_mode))
		return say(reason, -EPERM, "it is a folder, not a file");
	if (!S_ISREG(st->st_mode))
		return say(reason, -EPERM, "it is not a regular file");
	r = judge_owner(st, reason);
	if (r == 0)
		r = judge_readers(st, readers, reason);
	if (r == 0 && (uint64_t)st->st_size > most)
		r = say(reason, -EFBIG, "it is too large: %lld bytes, at most %zu are read",
			(long long)st->st_size, most);
	return r;
}

static int open_file(int dirfd, const char *name, char *reason, int *ret_fd)
{
	/* O_NONBLOCK: a FIFO must not keep us waiting before it is refused. */
	int fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);

	if (fd >= 0) {
		*ret_fd = fd;
		return 0;
	}
	if (errno == ELOOP)
		return say(reason, -ELOOP, "it is a symbolic link: put the file itself there");
	if (errno == ENOENT)
		return say(reason, -ENOENT, "there is no such file");
	if (errno == EACCES)
		return say(reason, -EACCES, "it may not be read by uid %u", (unsigned)geteuid());
	return say(reason, -errno, "it cannot be opened: %m");
}

static int read_all(int fd, struct buf *out, char *reason)
{
	uint8_t chunk[4096];

	for (;;) {
		ssize_t n = read(fd, chunk, sizeof(chunk));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return say(reason, -errno, "it cannot be read: %m");
		if (n == 0)
			break;
		buf_put(out, chunk, (size_t)n);
	}
	secret_erase(chunk, sizeof(chunk));
	if (buf_end(out) == -EMSGSIZE) /* it grew while being read */
		return say(reason, -EFBIG, "it is too large: at most %zu bytes are read",
			   out->limit);
	return out->error;
}

int config_file_read(int dirfd, const char *name, struct config_readers readers, struct buf *out,
		     char reason[static REASON_MAX])
{
	_cleanup_close_ int fd = -1;
	struct stat st;
	int r = open_file(dirfd, name, reason, &fd);

	if (r < 0)
		return r;
	if (fstat(fd, &st) < 0)
		return say(reason, -errno, "it cannot be examined: %m");
	r = judge_file(&st, readers, out->limit, reason);
	return r < 0 ? r : read_all(fd, out, reason);
}

/* ---- idp.conf and conf.d ---- */

struct loader {
	struct config_problems *problems;
	size_t n;
	struct config_source sources[CONFIG_FILES_MAX + 1];
	struct buf texts[CONFIG_FILES_MAX + 1];
	char *names[CONFIG_FILES_MAX + 1];
};

static void loader_free(struct loader **loader)
{
	for (size_t i = 0; *loader && i < ELEMENTSOF((*loader)->texts); i++) {
		buf_done(&(*loader)->texts[i]);
		free((*loader)->names[i]);
	}
	free(*loader);
}

static void complain(struct loader *loader, const char *file, const char *reason)
{
	config_problem_add(loader->problems, (struct config_place){ .file = file }, "%s", reason);
}

/* Reads name under dirfd, shown as folder/name. A file that cannot be trusted is a problem. */
static int load_file(struct loader *loader, int dirfd, const char *folder, const char *name)
{
	size_t at = loader->n;
	char reason[REASON_MAX];
	int r;

	if (asprintf(&loader->names[at], "%s/%s", folder, name) < 0) {
		loader->names[at] = NULL;
		return -ENOMEM;
	}
	buf_init(&loader->texts[at], CONFIG_FILE_MAX);
	loader->n++;
	r = config_file_read(dirfd, name, (struct config_readers){ .anybody = true },
			     &loader->texts[at], reason);
	if (r == -ENOMEM)
		return r;
	if (r < 0) {
		complain(loader, loader->names[at], reason);
		buf_reset(&loader->texts[at]);
	}
	loader->sources[at] = (struct config_source){
		.file = loader->names[at],
		.text = r == 0 ? (const char *)loader->texts[at].data : "",
		.len = loader->texts[at].len,
	};
	return 0;
}

/* A folder whose entries others can replace cannot hold a file that is trusted. */
static int open_folder(int dirfd, const char *path, char *reason, int *ret_fd)
{
	_cleanup_close_ int fd = openat(dirfd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 && errno == ENOENT)
		return say(reason, -ENOENT, "there is no such folder");
	if (fd < 0 || fstat(fd, &st) < 0)
		return say(reason, -errno, "this folder cannot be opened: %m");
	if (st.st_uid != 0 && st.st_uid != geteuid())
		return say(reason, -EPERM, "this folder belongs to uid %u: run chown root on it",
			   (unsigned)st.st_uid);
	if ((st.st_mode & 022) && !(st.st_mode & S_ISVTX))
		return say(reason, -EPERM,
			   "others than its owner can write this folder (mode %03o): run "
			   "chmod go-w on it",
			   (unsigned)(st.st_mode & 0777));
	*ret_fd = TAKE_FD(fd);
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
	r = open_folder(dirfd, "conf.d", reason, &fd);
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

/* "/etc/idp/idp.conf" is "/etc/idp" and "idp.conf". */
static int split_path(const char *path, char **ret_folder, const char **ret_name)
{
	const char *slash = strrchr(path, '/');

	*ret_folder = slash == path ? strdup("/")
		      : slash       ? strndup(path, (size_t)(slash - path))
				    : strdup(".");
	*ret_name = slash ? slash + 1 : path;
	return *ret_folder ? 0 : -ENOMEM;
}

static int load_all(struct loader *loader, const char *path)
{
	_cleanup_free_ char *folder = NULL;
	_cleanup_close_ int fd = -1;
	char reason[REASON_MAX];
	const char *name;
	int r = split_path(path, &folder, &name);

	if (r < 0)
		return r;
	r = open_folder(AT_FDCWD, folder, reason, &fd);
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

int config_load(const char *path, struct config_problems *problems, struct config **ret_config)
{
	_cleanup_(config_freep) struct config *config = NULL;
	_cleanup_(loader_free) struct loader *loader = calloc(1, sizeof(*loader));
	size_t n_before = problems->n_errors;
	int r;

	if (!loader)
		return -ENOMEM;
	loader->problems = problems;
	r = load_all(loader, path);
	if (r < 0)
		return r;
	if (problems->n_errors > n_before)
		return CONFIG_E_REFUSED; /* half a configuration would only tell half the truth */
	r = config_parse(loader->sources, loader->n, problems, &config);
	if (r == 0)
		*ret_config = TAKE_PTR(config);
	return r;
}

/* ---- secrets ---- */

static int read_credential(const char *name, gid_t group, struct buf *out, char *reason)
{
	const char *folder = getenv("CREDENTIALS_DIRECTORY");
	_cleanup_close_ int fd = -1;

	if (!folder || folder[0] != '/')
		return say(reason, -ENOENT,
			   "credential %.60s: systemd has handed over no credentials; add "
			   "LoadCredential=%.60s:FILE to idp-agentd.service",
			   name, name);
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return say(reason, -errno, "credential %.60s: %.100s cannot be opened: %m", name,
			   folder);
	/* systemd lends the file by an access list, which shows as the mode of root's group. */
	return config_file_read(fd, name,
				(struct config_readers){ .group = group, .root_group = true }, out,
				reason);
}

static int read_secret_file(const char *path, gid_t group, struct buf *out, char *reason)
{
	_cleanup_free_ char *folder = NULL;
	_cleanup_close_ int fd = -1;
	const char *name;
	int r = split_path(path, &folder, &name);

	if (r < 0)
		return say(reason, r, "memory is short");
	r = open_folder(AT_FDCWD, folder, reason, &fd); /* MUST 3 */
	if (r < 0)
		return r;
	return config_file_read(fd, name, (struct config_readers){ .group = group }, out, reason);
}

static int read_reference(const char *reference, gid_t group, struct buf *out, char *reason)
{
	if (strncmp(reference, "credential:", STRLEN("credential:")) == 0)
		return read_credential(reference + STRLEN("credential:"), group, out, reason);
	if (strncmp(reference, "file:/", STRLEN("file:/")) == 0)
		return read_secret_file(reference + STRLEN("file:"), group, out, reason);
	return say(reason, -EINVAL, "this is not a reference to a secret");
}

/* One line end, as editors and echo leave it. */
static size_t without_line_end(const char *text, size_t len)
{
	if (len > 0 && text[len - 1] == '\n')
		len--;
	if (len > 0 && text[len - 1] == '\r')
		len--;
	return len;
}

static int read_secret(const char *reference, gid_t group, char *reason, struct secret **ret_secret)
{
	struct secret *secret = NULL;
	struct buf text;
	size_t len;
	int r;

	buf_init_secret(&text, CONFIG_SECRET_MAX);
	r = read_reference(reference, group, &text, reason);
	if (r == 0) {
		len = without_line_end((const char *)text.data, text.len);
		if (len == 0)
			r = say(reason, -ENODATA, "it is empty");
		else if (memchr(text.data, '\0', len))
			r = say(reason, -EBADMSG, "it holds a NUL byte; it must be text");
		else
			secret = secret_new(text.data, len);
		if (r == 0 && !secret)
			r = say(reason, -ENOMEM, "memory is short");
	}
	buf_done(&text);
	if (r == 0)
		*ret_secret = secret;
	return r;
}

int config_secret(const char *reference, char reason[static REASON_MAX], struct secret **ret_secret)
{
	return read_secret(reference, getegid(), reason, ret_secret);
}

/* ---- idp-agentd --check ---- */

/*
 * Looks at the secrets in files as the daemon will. Whoever checks is root, so the daemon's
 * group is taken to be the group of the configuration itself. Credentials are there only while
 * the daemon runs.
 */
static void check_secrets(const struct config *config, gid_t group,
			  struct config_problems *problems)
{
	for (size_t i = 0; i < config->n_sections; i++)
		for (size_t j = 0; j < config->sections[i].n_pairs; j++) {
			const struct config_pair *pair = &config->sections[i].pairs[j];
			_cleanup_(secret_freep) struct secret *secret = NULL;
			char reason[REASON_MAX];

			if (pair->type == 'S' &&
			    strncmp(pair->value, "file:", STRLEN("file:")) == 0 &&
			    read_secret(pair->value, group, reason, &secret) < 0)
				config_problem_add(problems, pair->place, "%s: %s: %s", pair->key,
						   pair->value + STRLEN("file:"), reason);
		}
}

int config_check(const char *path, FILE *out)
{
	_cleanup_(config_freep) struct config *config = NULL;
	_cleanup_(config_problems_done) struct config_problems problems = { .n = 0 };
	const char *file = path ? path : CONFIG_FILE;
	int r = config_load(file, &problems, &config);
	struct stat st;

	if (r == 0)
		check_secrets(config, stat(file, &st) == 0 ? st.st_gid : getegid(), &problems);
	if (r == 0 && problems.n_errors > 0)
		r = CONFIG_E_REFUSED;
	config_problems_print(&problems, out);
	if (r < 0) {
		(void)fprintf(out, "%s: memory is short\n", file);
		return 2;
	}
	if (r > 0) {
		(void)fprintf(out, "%s: refused, %zu %s\n", file, problems.n_errors,
			      problems.n_errors == 1 ? "problem" : "problems");
		return 1;
	}
	(void)fprintf(out, "%s: good: %zu %s, %zu %s\n", file, config->n_providers,
		      config->n_providers == 1 ? "provider" : "providers", config->n_directories,
		      config->n_directories == 1 ? "directory" : "directories");
	return 0;
}
