/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From the file to a configuration worth taking, with everything that is wrong told on the way. */
#include "idp-agentd/core/manager-load.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "idp-agentd/core/config.h"
#include "idp-agentd/core/setup.h"

static void problem_line(const struct config_problem *problem, char line[static 1024])
{
	if (problem->line)
		(void)snprintf(line, 1024, "%s:%u: %s", problem->file, problem->line,
			       problem->text);
	else
		(void)snprintf(line, 1024, "%s: %s", problem->file, problem->text);
}

static void problems_tell(const struct config_problems *problems,
			  void (*tell)(void *told, const char *text), void *told, char *ret_first,
			  size_t room)
{
	char line[1024];

	for (size_t i = 0; i < problems->n; i++) {
		problem_line(&problems->items[i], line);
		log_write(problems->items[i].note ? LOG_NOTICE : LOG_ERR, "%s", line);
		if (tell)
			tell(told, line);
		if (!problems->items[i].note && !*ret_first)
			(void)snprintf(ret_first, room, "%.255s", line);
	}
}

int manager_load(const char *path, void (*tell)(void *told, const char *text), void *told,
			char reason[static REASON_MAX], struct config **ret_config)
{
	struct config_problems *problems = calloc(1, sizeof(*problems));
	_cleanup_(config_freep) struct config *config = NULL;
	int r;

	*reason = '\0';
	if (!problems)
		return -ENOMEM;
	r = config_load(path, problems, &config);
	problems_tell(problems, tell, told, reason, REASON_MAX);
	config_problems_done(problems);
	free(problems);
	if (!r) {
		r = setup_check(config, reason);
		if (r < 0 && tell)
			tell(told, reason);
		if (r < 0)
			log_error("%s", reason);
	}
	if (r && !*reason)
		(void)snprintf(reason, REASON_MAX, "%s", strerrordesc_np(r < 0 ? -r : EINVAL));
	if (r)
		return r;
	*ret_config = TAKE_PTR(config);
	return 0;
}
