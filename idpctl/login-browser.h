/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_IDPCTL_LOGIN_BROWSER_H
#define IDP_IDPCTL_LOGIN_BROWSER_H

/* Opens an address in the person's browser: a program with arguments, and never a shell. */

#include <sys/types.h>

#include "common/macro.h"

/* Of the environment; NULL is not set. */
struct login_desktop {
	const char *
		browser; /* BROWSER: commands with ':' between, in each the words, %s the address */
	const char *display, *wayland_display;
};

#define LOGIN_BROWSER_WORDS 16u
#define LOGIN_BROWSER_MAX   1024u /* bytes of the words of one command */

enum {
	LOGIN_E_NO_BROWSER = 1, /* none is named, and there is no screen */
	LOGIN_E_NO_COMMAND,     /* this one cannot be run; another may */
};

struct login_command {
	char *argv[LOGIN_BROWSER_WORDS + 2]; /* NULL at the end; texts in words, or url */
	char words[LOGIN_BROWSER_MAX];
};

/* The nth command to try for url. LOGIN_E_NO_BROWSER: there is no nth. LOGIN_E_NO_COMMAND. Pure. */
int login_browser_choose(const struct login_desktop *desktop, unsigned nth, const char *url,
			 struct login_command *ret_command) _must_check_;

/*
 * Starts the first that is there, apart from our terminal. *ret_name is its name, of
 * LOGIN_BROWSER_MAX bytes; *ret_pid the caller's to wait for. LOGIN_E_NO_BROWSER, -errno.
 */
int login_browser_open(const struct login_desktop *desktop, const char *url, char *ret_name,
		       pid_t *ret_pid) _must_check_;

#endif
