/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "idpctl/doctor.h"

/*
 * sshd_config: can the prompt of a sign-in reach a person? Keywords are read as sshd does, the
 * first value counts, up to the first Match. Only what is in files: "sshd -T" is not run.
 */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TOPIC        "sshd"
#define SSHD_CONFIG  "/etc/ssh/sshd_config"
#define RELOAD       "systemctl reload ssh"
#define KEYS_COMMAND IDP_LIBEXECDIR "/idp-authorized-keys"
#define KEYS_USER    "idp-keys"
#define DEPTH_MAX    8u
#define FILES_MAX    64u

struct sshd {
	char use_pam[16];
	char keyboard[16];  /* KbdInteractiveAuthentication */
	char grace[16];     /* LoginGraceTime */
	char methods[256];  /* AuthenticationMethods */
	char keys[256];     /* AuthorizedKeysCommand, without its arguments */
	char keys_user[64]; /* AuthorizedKeysCommandUser */
	bool match;         /* a Match block begins: what follows is not for everybody */
};

static void read_file(struct doctor *doctor, struct sshd *sshd, const char *path, unsigned depth);

static void set_first(char *slot, size_t room, const char *value)
{
	if (!slot[0])
		(void)snprintf(slot, room, "%s", value);
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The names in folder that match pattern, sorted; returns how many, at most FILES_MAX. */
KEEPS_POINTERS_BEGIN
static size_t list_folder(struct doctor *doctor, const char *folder, const char *pattern,
			  char *names[static FILES_MAX])
{
	struct dirent *entry;
	size_t n = 0;
	DIR *dir;
	int fd;

	fd = openat(doctor->root_fd, folder[1] ? folder + 1 : ".",
		    O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	dir = fdopendir(fd);
	if (!dir) {
		(void)close(fd);
		return 0;
	}
	while (n < FILES_MAX && (entry = readdir(dir))) {
		if (fnmatch(pattern, entry->d_name, FNM_PERIOD) == 0 &&
		    (names[n] = strdup(entry->d_name)))
			n++;
	}
	(void)closedir(dir);
	qsort(names, n, sizeof(*names), compare_names);
	return n;
}
KEEPS_POINTERS_END

/* "Include" of all files in sshd_config.d: a pattern in the last part only. */
// NOLINTNEXTLINE(misc-no-recursion)
static void read_include(struct doctor *doctor, struct sshd *sshd, const char *pattern,
			 unsigned depth)
{
	char *names[FILES_MAX];
	char folder[256];
	char path[600];
	const char *base;
	size_t n;

	(void)snprintf(folder, sizeof(folder), "%s%s", pattern[0] == '/' ? "" : "/etc/ssh/",
		       pattern);
	if (!strrchr(folder, '/'))
		return;
	base = pattern + strlen(pattern) - strlen(strrchr(folder, '/') + 1);
	*strrchr(folder, '/') = '\0';
	n = list_folder(doctor, folder, base, names);
	for (size_t i = 0; i < n; i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
		read_file(doctor, sshd, path, depth + 1);
		free(names[i]);
	}
}

/* "Keyword value", "Keyword=value", "Keyword "value"". */
// NOLINTNEXTLINE(misc-no-recursion)
static void take_line(struct doctor *doctor, struct sshd *sshd, char *line, unsigned depth)
{
	char *keyword;
	char *value;

	for (char *p = line; *p && *p != '#'; p++) {
		if (*p == '=' || *p == '"')
			*p = ' ';
	}
	if (line[0] == '#' || !(keyword = doctor_word(&line)) || !(value = doctor_word(&line)))
		return;
	if (strcasecmp(keyword, "Match") == 0)
		sshd->match = true;
	else if (strcasecmp(keyword, "UsePAM") == 0)
		set_first(sshd->use_pam, sizeof(sshd->use_pam), value);
	else if (strcasecmp(keyword, "KbdInteractiveAuthentication") == 0 ||
		 strcasecmp(keyword, "ChallengeResponseAuthentication") == 0)
		set_first(sshd->keyboard, sizeof(sshd->keyboard), value);
	else if (strcasecmp(keyword, "AuthorizedKeysCommand") == 0)
		set_first(sshd->keys, sizeof(sshd->keys), value);
	else if (strcasecmp(keyword, "AuthorizedKeysCommandUser") == 0)
		set_first(sshd->keys_user, sizeof(sshd->keys_user), value);
	else if (strcasecmp(keyword, "LoginGraceTime") == 0)
		set_first(sshd->grace, sizeof(sshd->grace), value);
	else if (strcasecmp(keyword, "AuthenticationMethods") == 0 && !sshd->methods[0])
		do {
			size_t used = strlen(sshd->methods);

			(void)snprintf(sshd->methods + used, sizeof(sshd->methods) - used, "%s ",
				       value);
		} while ((value = doctor_word(&line)));
	else if (strcasecmp(keyword, "Include") == 0)
		read_include(doctor, sshd, value, depth);
}

// NOLINTNEXTLINE(misc-no-recursion)
static void read_file(struct doctor *doctor, struct sshd *sshd, const char *path, unsigned depth)
{
	_cleanup_free_ char *text = NULL;
	bool before = sshd->match;
	char *rest;
	char *line;

	if (depth > DEPTH_MAX || doctor_read(doctor, path, &text) < 0)
		return;
	rest = text;
	while (!sshd->match && (line = doctor_line(&rest)))
		take_line(doctor, sshd, line, depth);
	/* A Match in an included file ends with that file. */
	sshd->match = before;
}

/* "120", "2m", "1h30m"; 0 is no limit. */
static unsigned long parse_time(const char *text)
{
	unsigned long total = 0;

	while (*text) {
		char *end;
		unsigned long n = strtoul(text, &end, 10);

		if (end == text || n > 1000000)
			return total;
		switch (*end) {
		case 'm':
		case 'M':
			n *= 60;
			break;
		case 'h':
		case 'H':
			n *= 3600;
			break;
		case 'd':
		case 'D':
			n *= 86400;
			break;
		default:
			break;
		}
		total += n;
		text = *end ? end + 1 : end;
	}
	return total;
}

static void judge_grace(struct doctor *doctor, const struct sshd *sshd)
{
	unsigned long seconds = sshd->grace[0] ? parse_time(sshd->grace) : 120;

	if (seconds != 0 && seconds < 300)
		doctor_find(
			doctor, WIRE_FINDING_NOTE, TOPIC,
			"in /etc/ssh/sshd_config.d/idp.conf, write: LoginGraceTime 600; then " RELOAD,
			"LoginGraceTime is %lu s: that is all the time there is to open the "
			"address and enter the code.",
			seconds);
}

/* Keys that the directory tells, see idp-authorized-keys(8). */
static void judge_keys(struct doctor *doctor, const struct sshd *sshd)
{
	static const char remedy[] =
		"in /etc/ssh/sshd_config.d/idp.conf, write: AuthorizedKeysCommand " KEYS_COMMAND
		" %u %t and, on a line of its own, AuthorizedKeysCommandUser " KEYS_USER
		"; then " RELOAD;
	bool ours = strcmp(sshd->keys, KEYS_COMMAND) == 0;
	struct stat st;

	if (!ours && doctor->wants_keys)
		doctor_find(doctor, WIRE_FINDING_WARNING, TOPIC, remedy,
			    "the directory tells keys for ssh, and sshd does not ask for them.");
	if (!ours)
		return;
	if (strcmp(sshd->keys_user, KEYS_USER) != 0)
		doctor_find(doctor, WIRE_FINDING_ERROR, TOPIC, remedy,
			    "AuthorizedKeysCommandUser is %s: the agent tells keys to " KEYS_USER
			    " and to root only.",
			    sshd->keys_user[0] ? sshd->keys_user : "not set");
	else if (doctor_stat(doctor, KEYS_COMMAND, &st) < 0)
		doctor_find(doctor, WIRE_FINDING_ERROR, TOPIC, "install the package idp-agent",
			    "AuthorizedKeysCommand names " KEYS_COMMAND ", which is not there.");
	else
		doctor_find(doctor, WIRE_FINDING_OK, TOPIC, "",
			    "sshd asks for the keys that the directory tells.");
}

static void judge(struct doctor *doctor, const struct sshd *sshd)
{
	if (strcasecmp(sshd->use_pam, "yes") != 0)
		doctor_find(doctor, WIRE_FINDING_ERROR, TOPIC,
			    "in " SSHD_CONFIG ", write: UsePAM yes; then " RELOAD,
			    "UsePAM is not yes: sshd does not ask pam_idp.");
	else if (strcasecmp(sshd->keyboard, "no") == 0)
		doctor_find(doctor, WIRE_FINDING_ERROR, TOPIC,
			    "in " SSHD_CONFIG
			    ", write: KbdInteractiveAuthentication yes; then " RELOAD,
			    "KbdInteractiveAuthentication is no: the code cannot be shown.");
	else if (sshd->methods[0] && !strstr(sshd->methods, "keyboard-interactive") &&
		 !strstr(sshd->methods, "any"))
		doctor_find(
			doctor, WIRE_FINDING_WARNING, TOPIC,
			"add keyboard-interactive to AuthenticationMethods",
			"AuthenticationMethods leaves keyboard-interactive out: the code cannot "
			"be shown.");
	else
		doctor_find(doctor, WIRE_FINDING_OK, TOPIC, "",
			    "sshd asks PAM and can show the code.");
}

void doctor_check_sshd(struct doctor *doctor)
{
	struct sshd sshd = { 0 };
	struct stat st;
	int r = doctor_stat(doctor, SSHD_CONFIG, &st);

	if (r < 0) {
		doctor_find(doctor, WIRE_FINDING_NOTE, TOPIC, "",
			    "there is no " SSHD_CONFIG " here.");
		return;
	}
	read_file(doctor, &sshd, SSHD_CONFIG, 0);
	judge(doctor, &sshd);
	judge_grace(doctor, &sshd);
	judge_keys(doctor, &sshd);
}
