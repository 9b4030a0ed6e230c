/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_PAM_IDP_ARGS_H
#define IDP_PAM_IDP_ARGS_H

#include <stdbool.h>

#include <security/pam_modules.h>

#include "common/clock.h"

struct args {
	const char *socket; /* where idp-agentd listens; inside argv */
	usec_t timeout;     /* of the whole dialogue */
	bool debug;         /* one line per step to syslog */
	bool quiet;         /* show no information, only errors and prompts */
	bool silent;        /* PAM_SILENT: show nothing but prompts */
};

/*
 * Reads the options of a line in /etc/pam.d. What cannot be used is logged and left at its
 * default: an option nobody knows must not lock anybody out.
 */
void args_parse(struct args *args, pam_handle_t *pamh, int flags, int argc, const char **argv);

#endif
