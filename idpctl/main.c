/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* idpctl: the command line, and nothing else. What the commands do is in commands.c. */

#include <getopt.h>
#include <locale.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/buf.h"
#include "common/client.h"
#include "idpctl/commands.h"
#include "idpctl/text.h"

/* Options that belong to single commands: a bit, and for some a text. To add one: a bit and a field
 * in commands.h, a row here, a line in the help, a line in idpctl(1). */
static const struct known {
	const char *name;
	unsigned bit;
	size_t field;     /* offset of the text in struct invocation; NO_TEXT: it takes none */
	const char *kind; /* not NULL: a condition of that kind ("": it names its kind itself) */
} known[] = {
#define NO_TEXT      SIZE_MAX
#define TEXT(member) offsetof(struct invocation, member)
	{ "full", OPTION_FULL, NO_TEXT, NULL },
	{ "force", OPTION_FORCE, NO_TEXT, NULL },
	{ "keep", OPTION_KEEP, NO_TEXT, NULL },
	{ "no-browser", OPTION_NO_BROWSER, NO_TEXT, NULL },
	{ "yes", OPTION_YES, NO_TEXT, NULL },
	{ "only", OPTION_ONLY, NO_TEXT, NULL },
	{ "root", OPTION_ROOT, TEXT(root), NULL },
	{ "audience", OPTION_AUDIENCE, TEXT(audience), NULL },
	{ "resource", OPTION_RESOURCE, TEXT(resource), NULL },
	{ "return", OPTION_RETURN, TEXT(return_uri), NULL },
	{ "error", OPTION_ERROR, TEXT(error_uri), NULL },
	{ "as", OPTION_AS, TEXT(as), NULL },
	{ "confirm", OPTION_CONFIRM, TEXT(confirm), NULL },
	{ "client", OPTION_VOUCHER, TEXT(client), NULL },
	{ "digest", OPTION_VOUCHER, TEXT(digest), NULL },
	{ "dpop", OPTION_VOUCHER, TEXT(dpop), NULL },
	{ "method", OPTION_VOUCHER, TEXT(method), NULL },
	{ "dry-run", OPTION_DRY_RUN, NO_TEXT, NULL },
	{ "with", OPTION_WITH, NO_TEXT, "" },
	{ "scope", OPTION_WITH, NO_TEXT, "scope:" },
	{ "loa", OPTION_WITH, NO_TEXT, "loa:" },
	{ "from", OPTION_WITH, NO_TEXT, "from:" },
};

/* What getopt_long() returns for an option that is not known[]. */
enum { ARG_SOCKET = 1024, ARG_VERSION };

static const struct option common_options[] = {
	{ "socket", required_argument, NULL, ARG_SOCKET },
	{ "json", no_argument, NULL, 'j' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, ARG_VERSION },
	{ NULL, 0, NULL, 0 },
};

#define KNOWN_FIRST 256 /* then by their place in known[] */

static struct option options[ELEMENTSOF(known) + ELEMENTSOF(common_options)];

static void make_options(void)
{
	for (size_t i = 0; i < ELEMENTSOF(known); i++)
		options[i] = (struct option){
			.name = known[i].name,
			.has_arg = known[i].field != NO_TEXT || known[i].kind ? required_argument
									      : no_argument,
			.val = KNOWN_FIRST + (int)i,
		};
	memcpy(options + ELEMENTSOF(known), common_options, sizeof(common_options));
}

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
		"      --confirm TIME     policy apply: back again unless confirmed by then\n"
		"      --force            sync: also when many people would disappear; policy apply:\n"
		"                         whatever the check finds; policy confirm: from anywhere\n"
		"      --keep             provider rebind: the subjects are the same people's\n"
		"      --no-browser       login: only say which address to open\n"
		"      --yes              provider rebind: do it\n"
		"      --dry-run          idmap import: only say what would become of it\n"
		"      --root DIRECTORY   doctor: examine the system in this folder\n"
		"      --audience URI     token: for whom the token is to be\n"
		"      --scope NAME, --loa LEVEL, --from ADDRESS, --with CONDITION\n"
		"                         can: as if that were so; as often as you like\n"
		"      --as USER          can: to become this user\n"
		"      --only             can: nothing but that, the record is not looked at\n"
		"      --resource NAME    verify: the [service] that is asked for\n"
		"      --client NAME      voucher: as which client it is asked for\n"
		"      --digest HEX       voucher: SHA-256 of the evidence that goes along\n"
		"      --dpop URL         voucher: bound to this host, with a proof for URL\n"
		"      --method METHOD    voucher: of the request to that URL (GET)\n"
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

static int take_known(const struct known *option, struct invocation *invocation)
{
	invocation->given |= option->bit;
	if (option->field != NO_TEXT)
		memcpy((char *)invocation + option->field, &optarg, sizeof(optarg));
	if (!option->kind)
		return EXIT_FINE;
	if (invocation->n_supposed == SUPPOSED_MAX)
		return complain("that is too much to suppose: ", optarg);
	invocation->supposed[invocation->n_supposed++] =
		(struct supposed){ .kind = option->kind, .value = optarg };
	return EXIT_FINE;
}

/* Fills invocation; EXIT_FINE to go on, -1 when all is said, else the exit status. */
static int parse(int argc, char *argv[], struct invocation *invocation)
{
	int option, status = EXIT_FINE;

	make_options();
	while (status == EXIT_FINE &&
	       (option = getopt_long(argc, argv, "jh", options, NULL)) != -1) {
		switch (option) {
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
			if (option < KNOWN_FIRST)
				return EXIT_USAGE;
			status = take_known(&known[option - KNOWN_FIRST], invocation);
		}
	}
	invocation->n_args = argc - optind;
	invocation->args = argv + optind;
	return status;
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
