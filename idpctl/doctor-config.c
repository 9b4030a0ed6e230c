/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "idpctl/doctor.h"

/* idp.conf, as the agent would read it now: also the one that is not in force yet. */

#include <stdio.h>

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

void doctor_check_config(struct doctor *doctor)
{
	struct config_problems problems = { 0 };
	struct config *config = NULL;
	char path[4096];
	int r;

	(void)snprintf(path, sizeof(path), "%s%s", doctor->live ? "" : doctor->root, CONFIG_FILE);
	r = config_load(path, &problems, &config);
	tell_problems(doctor, &problems);
	if (r < 0)
		doctor_find(doctor, WIRE_FINDING_ERROR, TOPIC, "", "%s: %s.", path, text_error(r));
	if (r == 0) {
		doctor->first_id = config->agent.id_range.first;
		doctor->last_id = config->agent.id_range.last;
		doctor_find(doctor, WIRE_FINDING_OK, TOPIC, "", "%s is understood.", path);
	}
	config = config_free(config);
	config_problems_done(&problems);
}
