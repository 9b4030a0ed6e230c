/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_IDPCTL_COMMANDS_H
#define IDP_IDPCTL_COMMANDS_H

/* What idpctl can do: one row of a table each. */

#include <stdbool.h>
#include <stddef.h>

#include "common/macro.h"

/* Stable: scripts depend on them, and idpctl(1) lists them. */
enum {
	EXIT_FINE = 0,
	EXIT_NEGATIVE = 1,    /* the answer is no, or something was found */
	EXIT_USAGE = 2,       /* the command line cannot be understood */
	EXIT_UNREACHABLE = 3, /* the agent does not answer */
	EXIT_FORBIDDEN = 4,   /* this user may not ask the agent */
	EXIT_INTERNAL = 5,    /* memory or output failed */
};

/* Options that belong to single commands, as bits. */
enum {
	OPTION_FULL = 1 << 0,
	OPTION_FORCE = 1 << 1,
	OPTION_ROOT = 1 << 2,
	OPTION_RETURN = 1 << 3,
	OPTION_ERROR = 1 << 4,
	OPTION_KEEP = 1 << 5,
	OPTION_YES = 1 << 6,
	OPTION_NO_BROWSER = 1 << 7,
	OPTION_AUDIENCE = 1 << 8,
	OPTION_WITH = 1 << 9, /* and its likes */
	OPTION_AS = 1 << 10,
	OPTION_ONLY = 1 << 11,
	OPTION_CONFIRM = 1 << 12,
	OPTION_RESOURCE = 1 << 13,
	OPTION_VOUCHER = 1 << 14, /* --client and its likes */
	OPTION_DRY_RUN = 1 << 15,
};

struct secret;

#define SUPPOSED_MAX 64

/* "scope:" and "host.sudo"; of a condition that names its kind itself "" and all of it. */
struct supposed {
	const char *kind, *value;
};

struct invocation {
	const char *socket; /* the command's, unless --socket said where */
	const char *root;
	const char *return_uri, *error_uri;
	const char *audience;
	const char *resource;
	const char *as;
	const char *confirm; /* a time */
	const char *client, *digest, *dpop, *method;
	size_t n_supposed;
	struct supposed supposed[SUPPOSED_MAX];
	const struct secret *secret; /* what a command read for its request; NULL none */
	bool json;
	unsigned given; /* OPTION_* on the command line */
	int n_args;
	char *const *args;
};

struct command {
	const char *name;
	const char *args; /* for the help */
	const char *help;
	int n_min;
	int n_max;
	unsigned options;   /* OPTION_* it takes */
	const char *socket; /* that it asks; NULL none */
	int (*run)(const struct invocation *invocation);
};

/* Ends with a row whose name is NULL. */
extern const struct command commands[];

/* NULL when there is no such command. */
const struct command *command_find(const char *name);

#endif
