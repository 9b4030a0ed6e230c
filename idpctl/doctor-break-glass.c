/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "idpctl/doctor.h"

/* Who gets in when the platform lets nobody in: can these users log in at all? */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "idp-agentd/core/config.h"

#define TOPIC "break glass"

/* The fields of name's line in a file with colons, cut apart; false: it has none. */
static bool find_fields(char *text, const char *name, char **fields, size_t n)
{
	char *line;

	while ((line = doctor_line(&text))) {
		for (size_t i = 0; i < n; i++)
			fields[i] = line ? strsep(&line, ":") : NULL;
		if (fields[n - 1] && strcmp(fields[0], name) == 0)
			return true;
	}
	return false;
}

/* 1 there is a password, 0 there is none, -1 only root may look. */
static int has_password(struct doctor *doctor, const char *name)
{
	_cleanup_free_ char *text = NULL;
	char *fields[2];

	if (doctor_read(doctor, "/etc/shadow", &text) < 0)
		return -1;
	/* '!' and '*' are what no password becomes; an empty one is refused nearly everywhere */
	return find_fields(text, name, fields, ELEMENTSOF(fields)) && fields[1][0] != '\0' &&
	       fields[1][0] != '!' && fields[1][0] != '*';
}

static bool has_key(struct doctor *doctor, const char *home)
{
	char path[4096];
	struct stat st;

	(void)snprintf(path, sizeof(path), "%.4000s/.ssh/authorized_keys", home);
	return doctor_stat(doctor, path, &st) == 0 && st.st_size > 0;
}

static bool is_no_shell(const char *shell)
{
	const char *name = strrchr(shell, '/');

	return strcmp(name ? name + 1 : shell, "nologin") == 0 ||
	       strcmp(name ? name + 1 : shell, "false") == 0;
}

/* 1 this user can log in, 0 not, -1 only root can tell. */
static int can_log_in(struct doctor *doctor, const char *name)
{
	_cleanup_free_ char *text = NULL;
	char *fields[7];

	if (doctor_read(doctor, "/etc/passwd", &text) < 0)
		return -1;
	if (!find_fields(text, name, fields, ELEMENTSOF(fields))) {
		doctor_find(doctor, WIRE_FINDING_WARNING, TOPIC,
			    "create the user on this host, or take the name out of break_glass",
			    "break_glass names %s, whom /etc/passwd does not know.", name);
		return 0;
	}
	if (is_no_shell(fields[6]))
		return 0;
	return has_key(doctor, fields[5]) ? 1 : has_password(doctor, name);
}

void doctor_check_break_glass(struct doctor *doctor, const struct config_list *names)
{
	const char *found = NULL;
	bool unknown = false;

	for (size_t i = 0; i < names->n; i++) {
		int r = can_log_in(doctor, names->items[i]);

		if (r > 0 && !found)
			found = names->items[i];
		unknown = unknown || r < 0;
	}
	if (found)
		doctor_find(doctor, WIRE_FINDING_OK, TOPIC, "", "%s gets in without the platform.",
			    found);
	else if (unknown)
		doctor_find(doctor, WIRE_FINDING_NOTE, TOPIC, "run idpctl doctor as root",
			    "whether anybody gets in without the platform cannot be looked at.");
	else
		doctor_find(
			doctor, WIRE_FINDING_WARNING, TOPIC,
			"give root or another local user of break_glass a password or an ssh "
			"key, and try it",
			"no user of break_glass has a password or an ssh key: when the platform "
			"or the policy lets nobody in, nobody gets in to correct it.");
}
