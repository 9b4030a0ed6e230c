/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "idpctl/doctor.h"

/*
 * Who owns what, and who may write or read it. One row of the table is one file or folder. What is
 * not there is a finding of the other checks: no configuration, no unit, no agent.
 */

#include <errno.h>
#include <string.h>

#include "idpctl/text.h"

#define CONFIG_DIR IDP_SYSCONFDIR "/idp"
#define TOPIC      "permissions"
#define TMP        "systemd-tmpfiles --create"
#define SOCKETS    "systemctl restart idp-agentd.socket idp-agentd-control.socket"

struct place {
	const char *path;
	mode_t type;
	const char *owner; /* "root" or a user of ours */
	const char *group; /* "" any */
	mode_t forbidden;  /* bits nobody may have */
	mode_t required;   /* bits it does not work without */
	const char *remedy;
};

/* clang-format off */
static const struct place places[] = {
	{ CONFIG_DIR, S_IFDIR, "root", "", 022, 0, "chown root: " CONFIG_DIR "; chmod 0755 " CONFIG_DIR },
	{ CONFIG_DIR "/idp.conf", S_IFREG, "root", "", 022, 0,
	  "chown root:idp-agentd " CONFIG_DIR "/idp.conf; chmod 0640 " CONFIG_DIR "/idp.conf" },
	{ IDP_RUNDIR, S_IFDIR, "root", "", 022, 0111, TMP },
	{ IDP_RUNDIR "/agent.sock", S_IFSOCK, "root", "", 0, 0666, SOCKETS },
	{ IDP_RUNDIR "/control.sock", S_IFSOCK, "root", "idp-admin", 0006, 0660, SOCKETS },
	{ IDP_RUNDIR "/net.sock", S_IFSOCK, "idp-agentd", "", 0077, 0600,
	  "systemctl restart idp-netd.socket" },
	{ IDP_RUNDIR "/db", S_IFDIR, "idp-agentd", "", 022, 0555, TMP },
	{ IDP_RUNDIR "/db/identity.snap", S_IFREG, "idp-agentd", "", 022, 0444,
	  "systemctl restart idp-agentd, which writes it anew" },
	{ IDP_STATEDIR, S_IFDIR, "idp-agentd", "", 077, 0,
	  "chown idp-agentd: " IDP_STATEDIR "; chmod 0700 " IDP_STATEDIR },
	{ IDP_STATEDIR "/state.db", S_IFREG, "idp-agentd", "", 077, 0,
	  "chown idp-agentd: " IDP_STATEDIR "/state.db; chmod 0600 " IDP_STATEDIR "/state.db" },
};
/* clang-format on */

/* An id by name in this tree; root is whom the tree belongs to. */
static uint32_t id_of(struct doctor *doctor, const char *file, const char *name, bool *ret_known)
{
	uint32_t id = doctor->trusted;

	*ret_known = true;
	if (strcmp(name, "root") != 0)
		*ret_known = doctor_lookup(doctor, file, name, &id) == 0;
	return id;
}

static bool owner_fits(struct doctor *doctor, const struct place *place, const struct stat *st)
{
	bool known;
	uint32_t uid = id_of(doctor, "/etc/passwd", place->owner, &known);

	return known && st->st_uid == uid;
}

static bool group_fits(struct doctor *doctor, const struct place *place, const struct stat *st)
{
	bool known;
	uint32_t gid;

	if (!place->group[0] || !(st->st_mode & 070))
		return true;
	gid = id_of(doctor, "/etc/group", place->group, &known);
	return known && st->st_gid == gid;
}

static void judge(struct doctor *doctor, const struct place *place, const struct stat *st)
{
	mode_t mode = st->st_mode & 07777;

	if ((st->st_mode & S_IFMT) != place->type)
		doctor_find(doctor, WIRE_FINDING_ERROR, TOPIC, place->remedy,
			    "%s is not of the kind it should be.", place->path);
	else if (!owner_fits(doctor, place, st))
		doctor_find(doctor, WIRE_FINDING_ERROR, TOPIC, place->remedy,
			    "%s belongs to user %u, not to %s.", place->path, (unsigned)st->st_uid,
			    place->owner);
	else if (!group_fits(doctor, place, st))
		doctor_find(doctor, WIRE_FINDING_ERROR, TOPIC, place->remedy,
			    "%s belongs to group %u, not to %s.", place->path, (unsigned)st->st_gid,
			    place->group);
	else if (mode & place->forbidden)
		doctor_find(doctor, WIRE_FINDING_ERROR, TOPIC, place->remedy,
			    "%s has mode %04o: others may do what only %s should.", place->path,
			    (unsigned)mode, place->owner);
	else if ((mode & place->required) != place->required)
		doctor_find(doctor, WIRE_FINDING_ERROR, TOPIC, place->remedy,
			    "%s has mode %04o: it should have at least %04o.", place->path,
			    (unsigned)mode, (unsigned)place->required);
}

void doctor_check_files(struct doctor *doctor)
{
	size_t before = doctor->n_errors;
	bool all = true;
	struct stat st;

	for (size_t i = 0; i < ELEMENTSOF(places); i++) {
		int r = doctor_stat(doctor, places[i].path, &st);

		if (r == 0)
			judge(doctor, &places[i], &st);
		else if (r == -EACCES)
			all = false;
		else if (r != -ENOENT && r != -ENOTDIR)
			doctor_find(doctor, WIRE_FINDING_ERROR, TOPIC, places[i].remedy, "%s: %s.",
				    places[i].path, text_error(r));
	}
	if (!all)
		doctor_find(doctor, WIRE_FINDING_NOTE, TOPIC, "run idpctl doctor as root",
			    "not every file can be looked at.");
	else if (doctor->n_errors == before)
		doctor_find(doctor, WIRE_FINDING_OK, TOPIC, "",
			    "files belong to whom they should, and nobody else may write them.");
}
