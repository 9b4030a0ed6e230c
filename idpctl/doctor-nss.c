/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "idpctl/doctor.h"

/* nsswitch.conf: is idp asked about users and groups, and only after the files of this host? */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "idpctl/text.h"

#define TOPIC    "nsswitch"
#define NSSWITCH "/etc/nsswitch.conf"

struct database {
	bool seen;
	bool has_files;
	bool has_idp;
	bool files_first;
	bool cut_off; /* an action before idp ends the search at a miss */
};

/* "[NOTFOUND=return]", "[!SUCCESS=return]" and "[UNAVAIL=return NOTFOUND=return]" alike. */
static bool ends_at_a_miss(const char *action)
{
	const char *p = strcasestr(action, "notfound=return");

	if (strcasestr(action, "!success=return"))
		return true;
	return p && (p == action || p[-1] != '!');
}

static void take_service(struct database *db, const char *word)
{
	if (word[0] == '[') {
		if (!db->has_idp && ends_at_a_miss(word))
			db->cut_off = true;
	} else if (strcmp(word, "files") == 0 || strcmp(word, "compat") == 0) {
		db->has_files = true;
		db->files_first = !db->has_idp;
	} else if (strcmp(word, "idp") == 0) {
		db->has_idp = true;
	}
}

static void read_database(char *text, const char *name, struct database *ret)
{
	struct database db = { 0 };
	size_t len = strlen(name);
	char *line;

	while ((line = doctor_line(&text))) {
		char *word;

		if (strncmp(line, name, len) != 0 || line[len + strspn(line + len, " \t")] != ':')
			continue;
		db = (struct database){ .seen = true };
		line[strcspn(line, "#")] = '\0';
		line = strchr(line, ':');
		if (!line)
			continue;
		line++;
		while ((word = doctor_word(&line)))
			take_service(&db, word);
	}
	*ret = db;
}

static void judge(struct doctor *doctor, const char *name, const struct database *db)
{
	char remedy[128];

	(void)snprintf(remedy, sizeof(remedy), "in " NSSWITCH ", write: %s: files idp", name);
	if (!db->seen || !db->has_idp)
		doctor_find(doctor, WIRE_FINDING_ERROR, TOPIC, remedy,
			    "\"%s\" does not name idp: nobody of the platform exists on this host.",
			    name);
	else if (!db->has_files || !db->files_first)
		doctor_find(
			doctor, WIRE_FINDING_ERROR, TOPIC, remedy,
			"\"%s\" asks idp before files: this host's own names should come first.",
			name);
	else if (db->cut_off)
		doctor_find(doctor, WIRE_FINDING_ERROR, TOPIC, remedy,
			    "\"%s\" ends the search before idp is asked.", name);
	else
		doctor_find(doctor, WIRE_FINDING_OK, TOPIC, "", "\"%s\" asks idp after files.",
			    name);
}

static void check_database(struct doctor *doctor, const char *text, const char *name)
{
	_cleanup_free_ char *copy = strdup(text);
	struct database db;

	if (!copy) {
		doctor->error = -ENOMEM;
		return;
	}
	read_database(copy, name, &db);
	if (strcmp(name, "initgroups") != 0)
		judge(doctor, name, &db);
	else if (db.seen && !db.has_idp)
		doctor_find(
			doctor, WIRE_FINDING_ERROR, TOPIC,
			"in " NSSWITCH ", remove the line initgroups, or add idp to it",
			"\"initgroups\" does not name idp: people sign in without their groups.");
}

void doctor_check_nsswitch(struct doctor *doctor)
{
	_cleanup_free_ char *text = NULL;
	int r = doctor_read(doctor, NSSWITCH, &text);

	if (r < 0) {
		doctor_find(doctor, WIRE_FINDING_ERROR, TOPIC,
			    "write " NSSWITCH
			    " with the lines passwd: files idp and group: files idp",
			    NSSWITCH " cannot be read: %s.", text_error(r));
		return;
	}
	check_database(doctor, text, "passwd");
	check_database(doctor, text, "group");
	check_database(doctor, text, "initgroups");
}
