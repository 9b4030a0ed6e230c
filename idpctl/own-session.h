/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_IDPCTL_OWN_SESSION_H
#define IDP_IDPCTL_OWN_SESSION_H

/* In which session this command was given, and when that began. */

#include <sys/types.h>

#include "common/clock.h"
#include "common/limits.h"
#include "common/macro.h"

struct own_session {
	/*
	 * "login:..." for one that somebody signed in for: it is the same in every shell, sudo and
	 * terminal multiplexer of it. "process:..." where the host does not tell such sessions
	 * apart. "": nothing could be found out.
	 */
	char name[POLICY_SESSION_MAX + 1];
	usec_t began; /* as clock_now(), rounded down */
};

/* Of process pid, by a file system like /proc. Never fails: what is not known is empty. */
void own_session_find(const char *proc, pid_t pid, struct own_session *ret_session);

#endif
