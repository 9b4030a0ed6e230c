/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "idpctl/doctor.h"

/* The frame of the checks: how they read the tree and how they tell what they saw. */

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/limits.h"
#include "idpctl/rows.h"
#include "idpctl/text.h"

int doctor_open(struct doctor *doctor, const char *root, struct rows *rows)
{
	struct stat st;
	int fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0) {
		(void)close(fd);
		return -errno;
	}
	*doctor = (struct doctor){
		.root = root,
		.root_fd = fd,
		.live = strcmp(root, "/") == 0,
		.trusted = st.st_uid,
		.first_id = UID_RANGE_FLOOR,
		.last_id = UID_RANGE_CEILING,
		.rows = rows,
	};
	return 0;
}

void doctor_close(struct doctor *doctor)
{
	macro_closep(&doctor->root_fd);
}

int doctor_run(struct doctor *doctor)
{
	doctor_check_config(doctor);
	doctor_check_nsswitch(doctor);
	doctor_check_pam(doctor);
	doctor_check_sshd(doctor);
	doctor_check_login(doctor);
	doctor_check_files(doctor);
	doctor_check_ids(doctor);
	doctor_check_units(doctor);
	doctor_check_clock(doctor);
	return doctor->error;
}

static const char *level_name(enum wire_finding level)
{
	switch (level) {
	case WIRE_FINDING_OK:
		return "ok";
	case WIRE_FINDING_NOTE:
		return "note";
	case WIRE_FINDING_WARNING:
		return "warning";
	case WIRE_FINDING_ERROR:
	case WIRE_FINDING_OFFER: /* facts are the network's to tell */
	case WIRE_FINDING_USE:
		break;
	}
	return "error";
}

void doctor_find(struct doctor *doctor, enum wire_finding level, const char *topic,
		 const char *remedy, const char *format, ...)
{
	char text[1024];
	struct row *row;
	va_list args;

	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	doctor->n_errors += level == WIRE_FINDING_ERROR;
	row = rows_add(doctor->rows, "finding");
	if (!row || row_put(row, 's', "level", level_name(level)) < 0 ||
	    row_put(row, 's', "topic", topic) < 0 || row_put(row, 's', "text", text) < 0 ||
	    row_put(row, 's', "remedy", remedy) < 0)
		doctor->error = -ENOMEM;
}

/* openat2() keeps absolute links inside the tree, as they would be after a chroot. */
static int open_inside(struct doctor *doctor, const char *path, int flags)
{
	struct open_how how = { .flags = (unsigned)(flags | O_CLOEXEC),
				.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS };
	long fd;

	fd = syscall(SYS_openat2, doctor->root_fd, path, &how, sizeof(how));
	if (fd < 0 && errno == ENOSYS && doctor->live)
		fd = open(path, flags | O_CLOEXEC);
	return fd < 0 ? -errno : (int)fd;
}

int doctor_stat(struct doctor *doctor, const char *path, struct stat *ret_stat)
{
	_cleanup_close_ int fd = open_inside(doctor, path, O_PATH);

	if (fd < 0)
		return fd;
	return fstat(fd, ret_stat) < 0 ? -errno : 0;
}

int doctor_read(struct doctor *doctor, const char *path, char **ret_text)
{
	_cleanup_close_ int fd = open_inside(doctor, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
	_cleanup_free_ char *text = NULL;
	struct stat st;
	size_t len = 0;

	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EBADF;
	if (st.st_size < 0 || (uint64_t)st.st_size > DOCTOR_FILE_MAX)
		return -EFBIG;
	text = malloc((size_t)st.st_size + 1);
	if (!text)
		return -ENOMEM;
	while (len < (size_t)st.st_size) {
		ssize_t n = read(fd, text + len, (size_t)st.st_size - len);

		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		len += (size_t)n;
	}
	text[len] = '\0';
	*ret_text = TAKE_PTR(text);
	return 0;
}

int doctor_lookup(struct doctor *doctor, const char *file, const char *name, uint32_t *ret_id)
{
	_cleanup_free_ char *text = NULL;
	size_t len = strlen(name);
	char *rest;
	char *line;

	if (doctor_read(doctor, file, &text) < 0)
		return -ENOENT;
	rest = text;
	while ((line = doctor_line(&rest))) {
		uint64_t id;
		char *number;

		if (strncmp(line, name, len) != 0 || line[len] != ':')
			continue;
		number = strchr(line + len + 1, ':');
		if (!number)
			continue;
		number++;
		number[strcspn(number, ":")] = '\0';
		if (text_parse_number(number, &id) < 0 || id > UINT32_MAX)
			continue;
		*ret_id = (uint32_t)id;
		return 0;
	}
	return -ENOENT;
}

int doctor_login_defs(struct doctor *doctor, const char *key, uint64_t *ret_number)
{
	_cleanup_free_ char *text = NULL;
	int r = -ENOENT;
	char *rest;
	char *line;

	if (doctor_read(doctor, "/etc/login.defs", &text) < 0)
		return -ENOENT;
	rest = text;
	while ((line = doctor_line(&rest))) {
		char *word = doctor_word(&line);
		char *value = word ? doctor_word(&line) : NULL;

		/* The last one counts. */
		if (value && strcmp(word, key) == 0 && text_parse_number(value, ret_number) == 0)
			r = 0;
	}
	return r;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

char *doctor_line(char **text)
{
	char *line = *text;
	size_t len;

	if (!line || !*line)
		return NULL;
	len = strcspn(line, "\n");
	*text = line[len] ? line + len + 1 : line + len;
	line[len] = '\0';
	while (len > 0 && is_blank(line[len - 1]))
		line[--len] = '\0';
	while (is_blank(*line))
		line++;
	return line;
}

char *doctor_word(char **line)
{
	char *word = *line;
	char *end;

	while (word && is_blank(*word))
		word++;
	if (!word || !*word)
		return NULL;
	end = word;
	if (*word == '[')
		end += strcspn(word, "]");
	end += strcspn(end, " \t\r");
	*line = *end ? end + 1 : end;
	*end = '\0';
	return word;
}
