/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "idp-agentd/core/policy-load.h"

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

/* Tells all of them, keeps the first error for reason, and frees the list. */
static void problems_tell(struct config_problems *problems, struct policy_listener listener,
			  char reason[static REASON_MAX])
{
	char line[1024];

	for (size_t i = 0; i < problems->n; i++) {
		problem_line(&problems->items[i], line);
		if (!listener.quiet)
			log_write(problems->items[i].note ? LOG_NOTICE : LOG_ERR, "%s", line);
		if (listener.fn)
			listener.fn(listener.told, line);
		if (!problems->items[i].note && !*reason)
			(void)snprintf(reason, REASON_MAX, "%.255s", line);
	}
	config_problems_done(problems);
	free(problems);
}

static void refuse(int r, char reason[static REASON_MAX])
{
	if (r && !*reason)
		(void)snprintf(reason, REASON_MAX, "%s", strerrordesc_np(r < 0 ? -r : EINVAL));
}

int policy_load_files(const char *path, struct policy_listener listener,
		      char reason[static REASON_MAX], struct config_files **ret_files)
{
	struct config_problems *problems = calloc(1, sizeof(*problems));
	int r;

	*reason = '\0';
	refuse(problems ? 0 : -ENOMEM, reason);
	if (!problems)
		return -ENOMEM;
	r = config_files_read(path, problems, ret_files);
	problems_tell(problems, listener, reason);
	refuse(r, reason);
	return r;
}

int policy_load(const struct config_files *files, struct policy_listener listener,
		char reason[static REASON_MAX], struct config **ret_config)
{
	struct config_problems *problems = calloc(1, sizeof(*problems));
	_cleanup_(config_freep) struct config *config = NULL;
	int r;

	*reason = '\0';
	refuse(problems ? 0 : -ENOMEM, reason);
	if (!problems)
		return -ENOMEM;
	r = config_parse(files->sources, files->n, problems, &config);
	problems_tell(problems, listener, reason);
	if (!r) {
		r = setup_check(config, reason);
		if (r < 0 && listener.fn)
			listener.fn(listener.told, reason);
		if (r < 0 && !listener.quiet)
			log_error("%s", reason);
	}
	refuse(r, reason);
	if (!r)
		*ret_config = TAKE_PTR(config);
	return r;
}
