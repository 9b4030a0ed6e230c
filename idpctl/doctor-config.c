/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "idpctl/doctor.h"

/* idp.conf, as the agent would read it now: also the one that is not in force yet. */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "idp-agentd/core/config.h"
#include "idpctl/text.h"

#define TOPIC "config"

static void tell_problems(struct doctor *doctor, const struct config_problems *problems)
{
	for (size_t i = 0; i < problems->n; i++) {
		const struct config_problem *problem = &problems->items[i];

		char line[16] = "";

		if (problem->line > 0)
			(void)snprintf(line, sizeof(line), ":%u", problem->line);
		doctor_find(doctor, problem->note ? WIRE_FINDING_NOTE : WIRE_FINDING_ERROR, TOPIC,
			    problem->note
				    ? ""
				    : "correct it, then idpctl config check and idpctl reload",
			    "%s%s: %s", problem->file, line, problem->text);
	}
}

/*
 * Root reads everything, the agent does not: what it cannot read stops it at its next start. A file
 * that is not there is a problem of the configuration already.
 */
static void check_agent_reads(struct doctor *doctor, const char *path)
{
	uint32_t uid, gid;
	struct stat st;

	if (doctor_lookup(doctor, "/etc/passwd", "idp-agentd", &uid) < 0 ||
	    doctor_lookup(doctor, "/etc/group", "idp-agentd", &gid) < 0 ||
	    doctor_stat(doctor, path, &st) < 0)
		return;
	if (st.st_uid == uid ? st.st_mode & S_IRUSR
			     : st.st_mode & (st.st_gid == gid ? S_IRGRP : S_IROTH))
		return;
	doctor_find(doctor, WIRE_FINDING_ERROR, TOPIC,
		    "chown root:idp-agentd and chmod 0640 it, then idpctl reload",
		    "%s: the agent, user idp-agentd, may not read it.", path);
}

static void check_agent_reads_secret(struct doctor *doctor, const char *reference)
{
	if (reference && strncmp(reference, "file:", 5) == 0)
		check_agent_reads(doctor, reference + 5);
}

static void check_secrets(struct doctor *doctor, const struct config *config)
{
	for (size_t i = 0; i < config->n_providers; i++) {
		check_agent_reads_secret(doctor, config->providers[i].client_secret);
		check_agent_reads_secret(doctor, config->providers[i].client_key);
	}
	for (size_t i = 0; i < config->n_directories; i++)
		check_agent_reads_secret(doctor, config->directories[i].token);
}

void doctor_check_config(struct doctor *doctor)
{
	struct config_problems problems = { 0 };
	struct config *config = NULL;
	char path[4096];
	int r;

	(void)snprintf(path, sizeof(path), "%s%s", doctor->live ? "" : doctor->root, CONFIG_FILE);
	if (doctor->live && access(path, R_OK) < 0 && errno == EACCES) {
		doctor_find(doctor, WIRE_FINDING_NOTE, TOPIC, "run idpctl doctor as root",
			    "%s cannot be looked at.", path);
		return;
	}
	check_agent_reads(doctor, CONFIG_FILE);
	r = config_load(path, &problems, &config);
	tell_problems(doctor, &problems);
	if (r < 0)
		doctor_find(doctor, WIRE_FINDING_ERROR, TOPIC, "", "%s: %s.", path, text_error(r));
	if (r == 0) {
		doctor->first_id = config->agent.id_range.first;
		doctor->last_id = config->agent.id_range.last;
		for (size_t i = 0; i < config->n_directories; i++)
			doctor->wants_keys |= config->directories[i].ssh_keys_from != NULL;
		doctor_find(doctor, WIRE_FINDING_OK, TOPIC, "", "%s is understood.", path);
		check_secrets(doctor, config);
		doctor_check_break_glass(doctor, &config->agent.break_glass);
	}
	config = config_free(config);
	config_problems_done(&problems);
}
