/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "idpctl/doctor.h"

/* Is the range of our ids free of ids this host gives out itself? */

#include <stdlib.h>
#include <string.h>

#include "idpctl/text.h"

#define TOPIC     "ids"
#define SHOWN_MAX 5u

/* Field number i, from 0, of a line with colons; cut off. NULL when there is none. */
static char *field(char *line, unsigned i)
{
	while (i-- > 0) {
		line = strchr(line, ':');
		if (!line)
			return NULL;
		line++;
	}
	line[strcspn(line, ":")] = '\0';
	return line;
}

static bool in_range(const struct doctor *doctor, uint64_t first, uint64_t count)
{
	return count > 0 && first <= doctor->last_id && first + count > doctor->first_id;
}

/* Names with an id of ours: in passwd and group, where the third field is the id. */
static void check_names(struct doctor *doctor, const char *path, const char *what)
{
	_cleanup_free_ char *text = NULL;
	size_t n = 0;
	char *rest;
	char *line;

	if (doctor_read(doctor, path, &text) < 0)
		return;
	rest = text;
	while ((line = doctor_line(&rest))) {
		char *number = strchr(line, ':') ? field(line, 2) : NULL;
		uint64_t id;

		if (!number || text_parse_number(number, &id) < 0 || !in_range(doctor, id, 1))
			continue;
		if (n++ >= SHOWN_MAX)
			continue;
		doctor_find(
			doctor, WIRE_FINDING_ERROR, TOPIC,
			"give it another id, or set id_range in idp.conf to ids nobody has",
			"the local %s %.*s has the id %s, which is in the range of the platform's "
			"people.",
			what, (int)strcspn(line, ":"), line, number);
	}
	if (n > SHOWN_MAX)
		doctor_find(doctor, WIRE_FINDING_ERROR, TOPIC, "see above",
			    "so have %zu more in %s.", n - SHOWN_MAX, path);
}

/* systemd 258 lends these to containers whose files come from elsewhere, on hosts that have it. */
#define FOREIGN_FIRST 2147352576u
#define FOREIGN_COUNT 65536u

static void check_foreign(struct doctor *doctor)
{
	struct stat st;

	if (!in_range(doctor, FOREIGN_FIRST, FOREIGN_COUNT) ||
	    doctor_stat(doctor, "/usr/lib/systemd/system/systemd-mountfsd.service", &st) < 0)
		return;
	doctor_find(doctor, WIRE_FINDING_NOTE, TOPIC,
		    "on a host without people yet: id_range = 1879048192-2147352575",
		    "systemd-mountfsd of systemd 258 and later gives ids from %u to %u to trees of "
		    "containers; few of the platform's people have one of them.",
		    FOREIGN_FIRST, FOREIGN_FIRST + FOREIGN_COUNT - 1);
}

/* subuid and subgid: name:first:count. */
static void check_subordinates(struct doctor *doctor, const char *path)
{
	_cleanup_free_ char *text = NULL;
	char *rest;
	char *line;

	if (doctor_read(doctor, path, &text) < 0)
		return;
	rest = text;
	while ((line = doctor_line(&rest))) {
		char *count_text = strchr(line, ':') ? strrchr(line, ':') + 1 : NULL;
		char *first_text;
		uint64_t first;
		uint64_t count;

		if (!count_text || text_parse_number(count_text, &count) < 0)
			continue;
		first_text = field(line, 1);
		if (!first_text || text_parse_number(first_text, &first) < 0 ||
		    first > UINT32_MAX || count > UINT32_MAX || !in_range(doctor, first, count))
			continue;
		doctor_find(
			doctor, WIRE_FINDING_WARNING, TOPIC,
			"move the range, or set id_range in idp.conf",
			"%s gives ids from %s on to containers of %.*s: they overlap with the "
			"platform's people, whose files these could then change.",
			path, first_text, (int)strcspn(line, ":"), line);
		return;
	}
}

static void check_limit(struct doctor *doctor, const char *key, const char *what)
{
	uint64_t limit;

	if (doctor_login_defs(doctor, key, &limit) < 0 || limit < doctor->first_id)
		return;
	doctor_find(doctor, WIRE_FINDING_WARNING, TOPIC,
		    "lower it in /etc/login.defs, or set id_range in idp.conf",
		    "%s is %llu: %s of the platform's people.", key, (unsigned long long)limit,
		    what);
}

void doctor_check_ids(struct doctor *doctor)
{
	size_t before = doctor->n_errors;

	check_names(doctor, "/etc/passwd", "user");
	check_names(doctor, "/etc/group", "group");
	check_subordinates(doctor, "/etc/subuid");
	check_subordinates(doctor, "/etc/subgid");
	check_limit(doctor, "UID_MAX", "useradd may give out ids");
	check_limit(doctor, "GID_MAX", "groupadd may give out ids");
	check_limit(doctor, "SUB_UID_MAX", "useradd may give containers ids");
	check_limit(doctor, "SUB_GID_MAX", "useradd may give containers ids");
	check_foreign(doctor);
	if (doctor->n_errors == before)
		doctor_find(doctor, WIRE_FINDING_OK, TOPIC, "",
			    "no local user or group has an id from %u to %u.",
			    (unsigned)doctor->first_id, (unsigned)doctor->last_id);
}
