/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_IDPCTL_LOGIN_PASTE_H
#define IDP_IDPCTL_LOGIN_PASTE_H

/* What a person pastes into a terminal, or a script writes into a pipe: lines, without blocking. */

#include <stdbool.h>
#include <stddef.h>

#include "common/limits.h"
#include "common/macro.h"
#include "common/secret.h"

struct login_paste {
	int fd; /* -1: nothing is read (any more) */
	bool overlong;
	size_t len;
	char line[PAM_ANSWER_MAX];
};

enum {
	LOGIN_PASTE_MORE = 0,
	LOGIN_PASTE_LINE,  /* *ret_line holds it, without blanks around it */
	LOGIN_PASTE_EMPTY, /* a line with nothing in it */
	LOGIN_PASTE_LONG,  /* a line that no address is as long as */
	LOGIN_PASTE_END,   /* nothing comes any more */
};

/* Reads what is there, up to a line. LOGIN_PASTE_*, -ENOMEM. */
int login_paste_read(struct login_paste *paste, struct secret **ret_line) _must_check_;
/* Whether reading would not stop a process that the shell has put into the background. */
bool login_paste_may_read(const struct login_paste *paste) _must_check_;
/* Erases what is half there. */
void login_paste_done(struct login_paste *paste);

#endif
