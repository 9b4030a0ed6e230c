/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* idpctl: the command line, and nothing else. What the commands do is in commands.c. */

#include <getopt.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/buf.h"
#include "common/client.h"
#include "idpctl/commands.h"
#include "idpctl/text.h"

enum {
	ARG_FULL = 256,
	ARG_FORCE,
	ARG_KEEP,
	ARG_NO_BROWSER,
	ARG_ROOT,
	ARG_RETURN,
	ARG_ERROR,
	ARG_SOCKET,
	ARG_VERSION,
	ARG_YES,
	ARG_AUDIENCE,
};

static const struct option options[] = {
	{ "full", no_argument, NULL, ARG_FULL },
	{ "force", no_argument, NULL, ARG_FORCE },
	{ "keep", no_argument, NULL, ARG_KEEP },
	{ "no-browser", no_argument, NULL, ARG_NO_BROWSER },
	{ "yes", no_argument, NULL, ARG_YES },
	{ "root", required_argument, NULL, ARG_ROOT },
	{ "audience", required_argument, NULL, ARG_AUDIENCE },
	{ "return", required_argument, NULL, ARG_RETURN },
	{ "error", required_argument, NULL, ARG_ERROR },
	{ "socket", required_argument, NULL, ARG_SOCKET },
	{ "json", no_argument, NULL, 'j' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, ARG_VERSION },
	{ NULL, 0, NULL, 0 },
};

static void print_help(FILE *out)
{
	(void)fprintf(out, "Usage: idpctl [--json] [--socket PATH] COMMAND ...\n\n"
			   "Shows and steers the identity agent of this host.\n\nCommands:\n");
	for (const struct command *c = commands; c->name; c++) {
		char usage[64];

		(void)snprintf(usage, sizeof(usage), "%s %s", c->name, c->args);
		if (strlen(usage) <= 22)
			(void)fprintf(out, "  %-22s %s\n", usage, c->help);
		else
			(void)fprintf(out, "  %s\n  %-22s %s\n", usage, "", c->help);
	}
	(void)fprintf(
		out,
		"\nOptions:\n"
		"  -j, --json             answer in JSON, for machines\n"
		"      --full             sync: everything, not only what changed\n"
		"      --force            sync: also when many people would disappear\n"
		"      --keep             provider rebind: the subjects are the same people's\n"
		"      --no-browser       login: only say which address to open\n"
		"      --yes              provider rebind: do it\n"
		"      --root DIRECTORY   doctor: examine the system in this folder\n"
		"      --audience URI     token: for whom the token is to be\n"
		"      --return URL       logout-url: where the browser goes after it\n"
		"      --error URL        logout-url: where it goes when that failed\n"
		"      --socket PATH      where the agent listens (" CLIENT_CONTROL_SOCKET ";\n"
		"                         about yourself: " CLIENT_AGENT_SOCKET ")\n"
		"  -h, --help             this text\n"
		"      --version          the version of this program\n\n"
		"Exit status: 0 fine, 1 the answer is no or something was found, 2 usage,\n"
		"3 the agent does not answer, 4 not permitted, 5 memory or output failed.\n"
		"See idpctl(1).\n");
}

static int complain(const char *what, const char *about)
{
	char memory[512];
	struct buf text;

	buf_init_fixed(&text, memory, sizeof(memory));
	text_put(&text, about);
	(void)fprintf(stderr, "idpctl: %s%s; see idpctl --help\n", what,
		      buf_end(&text) < 0 ? "" : memory);
	return EXIT_USAGE;
}

/* Fills invocation; EXIT_FINE to go on, -1 when all is said, else the exit status. */
static int parse(int argc, char *argv[], struct invocation *invocation)
{
	int option;

	while ((option = getopt_long(argc, argv, "jh", options, NULL)) != -1) {
		switch (option) {
		case ARG_FULL:
			invocation->given |= OPTION_FULL;
			break;
		case ARG_FORCE:
			invocation->given |= OPTION_FORCE;
			break;
		case ARG_KEEP:
			invocation->given |= OPTION_KEEP;
			break;
		case ARG_NO_BROWSER:
			invocation->given |= OPTION_NO_BROWSER;
			break;
		case ARG_YES:
			invocation->given |= OPTION_YES;
			break;
		case ARG_ROOT:
			invocation->given |= OPTION_ROOT;
			invocation->root = optarg;
			break;
		case ARG_AUDIENCE:
			invocation->given |= OPTION_AUDIENCE;
			invocation->audience = optarg;
			break;
		case ARG_RETURN:
			invocation->given |= OPTION_RETURN;
			invocation->return_uri = optarg;
			break;
		case ARG_ERROR:
			invocation->given |= OPTION_ERROR;
			invocation->error_uri = optarg;
			break;
		case ARG_SOCKET:
			invocation->socket = optarg;
			break;
		case 'j':
			invocation->json = true;
			break;
		case 'h':
			print_help(stdout);
			return -1;
		case ARG_VERSION:
			(void)printf("idpctl %s\n", PACKAGE_VERSION);
			return -1;
		default:
			return EXIT_USAGE;
		}
	}
	invocation->n_args = argc - optind;
	invocation->args = argv + optind;
	return EXIT_FINE;
}

static int dispatch(struct invocation *invocation)
{
	const struct command *command;

	if (invocation->n_args == 0) {
		print_help(stderr);
		return EXIT_USAGE;
	}
	command = command_find(invocation->args[0]);
	if (!command)
		return complain("there is no command ", invocation->args[0]);
	invocation->n_args--;
	invocation->args++;
	if (invocation->n_args < command->n_min)
		return complain("something is missing: ", command->args);
	if (invocation->n_args > command->n_max)
		return complain("too much: ", invocation->args[command->n_max]);
	if (invocation->given & ~command->options)
		return complain("this option does not go with ", command->name);
	if (!invocation->socket)
		invocation->socket = command->socket;
	return command->run(invocation);
}

int main(int argc, char *argv[])
{
	struct invocation invocation = { .socket = NULL };
	int status;

	(void)setlocale(LC_ALL, "");
	status = parse(argc, argv, &invocation);
	if (status == EXIT_FINE)
		status = dispatch(&invocation);
	else if (status == -1)
		status = EXIT_FINE;
	if (fflush(stdout) != 0 || ferror(stdout))
		return EXIT_INTERNAL;
	return status;
}
