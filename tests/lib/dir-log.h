/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_TESTS_LIB_DIR_LOG_H
#define IDP_TESTS_LIB_DIR_LOG_H

/* Asks a real idp-netd for a directory and writes down what it says, for a test to compare. */

#include <stdbool.h>
#include <stdint.h>

#include "common/limits.h"
#include "common/wire.h"
#include "tests/lib/fake-core.h"

struct dir_log {
	/*
	 * A line a record, in the order they came:
	 * "user ID SUB NAME UID GID GECOS|HOME|SHELL on|off" and fields " KEY=VALUE", newlines as
	 * ';' "group ID NAME GID [MEMBER ...]", the parts of a long one joined. No id: '-'.
	 */
	char text[1 << 19];
	unsigned users, groups, parts;
	bool complete;
	char cursor[DIR_CURSOR_MAX];
	char code[REASON_MAX], reason[REASON_MAX];
};

/* A whole pass, or what changed since cursor; waits for its end. */
void dir_log_sync(struct fake_core *core, const char *directory, bool full, const char *cursor,
		  struct dir_log *log);
void dir_log_find(struct fake_core *core, const char *directory, enum wire_find what,
		  const char *value, struct dir_log *log);
/* What idpctl doctor is told of it: "LEVEL TEXT (REMEDY)" a line. */
void dir_log_probe(struct fake_core *core, const char *directory, struct dir_log *log);

#endif
