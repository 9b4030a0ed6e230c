/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pam_idp/args.h"

/*
 * The options of pam_idp.so. All of them are documented in pam_idp(8); none of them can make an
 * answer more permissive.
 */

#include <stddef.h>
#include <string.h>
#include <syslog.h>

#include <security/pam_ext.h>

#include "common/client.h"
#include "common/limits.h"
#include "common/macro.h"

/* What other modules' lines carry and common-auth may hand to every module: meaningless here. */
static const char *const tolerated[] = { "try_first_pass", "use_first_pass", "use_authtok" };

static const char *value_of(const char *option, const char *name)
{
	size_t len = strlen(name);

	return strncmp(option, name, len) == 0 ? option + len : NULL;
}

/* Whole seconds from 1 to max; 0 when text is anything else. */
static unsigned parse_seconds(const char *text, unsigned max)
{
	unsigned seconds = 0;

	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return 0;
		seconds = seconds * 10 + (unsigned)(*text - '0');
		if (seconds > max)
			return 0;
	}
	return seconds;
}

static bool is_tolerated(const char *option)
{
	for (size_t i = 0; i < ELEMENTSOF(tolerated); i++) {
		if (strcmp(option, tolerated[i]) == 0)
			return true;
	}
	return false;
}

static void set_timeout(struct args *args, pam_handle_t *pamh, const char *text)
{
	unsigned max = (unsigned)(PAM_TOTAL_DEADLINE / USEC_PER_SEC);
	unsigned seconds = parse_seconds(text, max);

	if (seconds == 0) {
		pam_syslog(pamh, LOG_ERR,
			   "timeout=%s: not a number of seconds from 1 to %u; ignored", text, max);
		return;
	}
	args->timeout = seconds * USEC_PER_SEC;
}

static void set_socket(struct args *args, pam_handle_t *pamh, const char *path)
{
	if (path[0] != '/') {
		pam_syslog(pamh, LOG_ERR, "socket=%s: not an absolute path; ignored", path);
		return;
	}
	args->socket = path;
}

static void set_option(struct args *args, pam_handle_t *pamh, const char *option)
{
	const char *value;

	if ((value = value_of(option, "socket=")))
		set_socket(args, pamh, value);
	else if ((value = value_of(option, "timeout=")))
		set_timeout(args, pamh, value);
	else if (strcmp(option, "debug") == 0)
		args->debug = true;
	else if (strcmp(option, "quiet") == 0)
		args->quiet = true;
	else if (!is_tolerated(option))
		pam_syslog(pamh, LOG_ERR, "unknown option \"%s\" ignored, see pam_idp(8)", option);
}

void args_parse(struct args *args, pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	*args = (struct args){
		.socket = CLIENT_AGENT_SOCKET,
		.timeout = PAM_TOTAL_DEADLINE,
		.silent = ((unsigned)flags & PAM_SILENT) != 0,
	};
	for (int i = 0; i < argc; i++)
		set_option(args, pamh, argv[i]);
}
