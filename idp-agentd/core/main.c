/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* idp-agentd(8): the command line, the listening sockets, and what a process must be first. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "common/log.h"
#include "common/sock.h"
#include "idp-agentd/core/card-check.h"
#include "idp-agentd/core/card.h"
#include "idp-agentd/core/config.h"
#include "idp-agentd/core/key.h"
#include "idp-agentd/core/manager.h"

#define MAIN_SNAPSHOT IDP_RUNDIR "/db/identity.snap"
#define MAIN_NET      IDP_RUNDIR "/net.sock"

struct arguments {
	struct manager_options options;
	const char *agent, *control;
	bool check, version, help;
};

static const char usage[] =
	"usage: idp-agentd [--config FILE] [--state DIR] [--snapshot FILE] [--net PATH]\n"
	"                  [--key PATH] [--agent PATH --control PATH]\n"
	"       idp-agentd [--config FILE] [--key PATH] --check\n"
	"       idp-agentd --version | --help\n";

static int main_parse(int argc, char **argv, struct arguments *arguments)
{
	static const struct option longs[] = {
		{ "config", required_argument, NULL, 'f' },
		{ "state", required_argument, NULL, 's' },
		{ "snapshot", required_argument, NULL, 'p' },
		{ "net", required_argument, NULL, 'n' },
		{ "key", required_argument, NULL, 'k' },
		{ "agent", required_argument, NULL, 'a' },
		{ "control", required_argument, NULL, 'c' },
		{ "check", no_argument, NULL, 'C' },
		{ "version", no_argument, NULL, 'V' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		if (c == 'f')
			arguments->options.config = optarg;
		else if (c == 's')
			arguments->options.state = optarg;
		else if (c == 'p')
			arguments->options.snapshot = optarg;
		else if (c == 'n')
			arguments->options.net = optarg;
		else if (c == 'k')
			arguments->options.key = optarg;
		else if (c == 'a')
			arguments->agent = optarg;
		else if (c == 'c')
			arguments->control = optarg;
		else if (c == 'C')
			arguments->check = true;
		else if (c == 'V')
			arguments->version = true;
		else if (c == 'h')
			arguments->help = true;
		else
			return -EINVAL;
	}
	return optind < argc ? -EINVAL : 0;
}

/* From systemd by name, else made here by path. */
static int main_sockets(struct arguments *arguments)
{
	char **names = NULL;
	int n = sd_listen_fds_with_names(1, &names);

	for (int i = 0; i < n; i++) {
		if (!strcmp(names[i], "agent"))
			arguments->options.agent_fd = SD_LISTEN_FDS_START + i;
		else if (!strcmp(names[i], "control"))
			arguments->options.control_fd = SD_LISTEN_FDS_START + i;
		else
			log_warning("a descriptor named %s was passed and is not used", names[i]);
		free(names[i]);
	}
	free(names);
	if (arguments->agent &&
	    sock_listen(arguments->agent, 0666, &arguments->options.agent_fd) < 0)
		log_error("cannot listen on %s", arguments->agent);
	if (arguments->control &&
	    sock_listen(arguments->control, 0660, &arguments->options.control_fd) < 0)
		log_error("cannot listen on %s", arguments->control);
	if (arguments->options.agent_fd >= 0 && arguments->options.control_fd >= 0)
		return 0;
	log_error("no listening sockets: start idp-agentd.socket, or give --agent and --control");
	return -EBADF;
}

/* Descriptors 0 to 2 exist, nobody may read our memory, files we make are ours alone. */
static int main_settle(void)
{
	const struct rlimit none = { 0 };

	for (;;) {
		int fd = open("/dev/null", O_RDWR | O_CLOEXEC);

		if (fd < 0)
			return -errno;
		if (fd > STDERR_FILENO) {
			(void)close(fd);
			break;
		}
	}
	(void)umask(0077);
	IGNORE(setrlimit(RLIMIT_CORE, &none)); /* the unit's sandbox has done and forbidden it */
	return prctl(PR_SET_DUMPABLE, 0) < 0 ? -errno : 0;
}

static int main_check(const struct manager_options *options)
{
	struct config_judge judge = key_judge;

	judge.token = card_check;
	card_check_socket = options->key;
	return config_check(options->config, &judge, stdout);
}

int main(int argc, char **argv)
{
	struct arguments arguments = {
		.options = {
			.config = CONFIG_FILE,
			.state = IDP_STATEDIR,
			.snapshot = MAIN_SNAPSHOT,
			.net = MAIN_NET,
			.key = CARD_SOCKET,
			.agent_fd = -1,
			.control_fd = -1,
		},
	};

	if (main_parse(argc, argv, &arguments) < 0) {
		(void)fputs(usage, stderr);
		return MANAGER_EXIT_USAGE;
	}
	if (arguments.help || arguments.version) {
		(void)fputs(arguments.help ? usage : PACKAGE_STRING "\n", stdout);
		return MANAGER_EXIT_OK;
	}
	if (arguments.check)
		return main_check(&arguments.options);
	if (main_settle() < 0) {
		log_error("cannot settle: %m");
		return MANAGER_EXIT_FAILED;
	}
	if (main_sockets(&arguments) < 0)
		return MANAGER_EXIT_SOCKETS;
	return manager_run(&arguments.options);
}
