/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * idp-keyd: the only process of this agent that loads somebody else's library. It asks a token
 * (RFC 7512, PKCS #11) to sign for idp-agentd, and has no network.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include "common/log.h"
#include "common/sock.h"
#include "idp-keyd/keyd.h"
#include "idp-keyd/serve.h"

#define MAIN_FD_NAME "key"

struct main_options {
	const char *listen;
	const char *module;
};

/* The one socket systemd hands over; -ENOENT when there is none. */
static int main_find_socket(int *ret_fd)
{
	char **names = NULL;
	int n = sd_listen_fds_with_names(1, &names);
	bool ours = n == 1 && strcmp(names[0], MAIN_FD_NAME) == 0;

	for (int i = 0; i < n; i++)
		free(names[i]);
	free(names);
	if (n < 0)
		return n;
	if (!ours)
		return -ENOENT;
	if (sd_is_socket(SD_LISTEN_FDS_START, AF_UNIX, SOCK_SEQPACKET, 1) <= 0)
		return -EINVAL;
	/* systemd hands over blocking ones: a connection that is gone again must not stop us */
	if (fcntl(SD_LISTEN_FDS_START, F_SETFL, O_NONBLOCK) < 0)
		return -errno;
	*ret_fd = SD_LISTEN_FDS_START;
	return 0;
}

static int main_open_socket(const struct main_options *options, int *ret_fd)
{
	int r = options->listen ? sock_listen(options->listen, 0600, ret_fd)
				: main_find_socket(ret_fd);

	if (r < 0)
		log_error("there is nothing to listen on (%s): start idp-keyd.socket, or give "
			  "--listen PATH",
			  strerrordesc_np(-r));
	return r;
}

/* A reload is how somebody says that a PIN was put right. */
static int main_on_hup(sd_event_source *source, const struct signalfd_siginfo *info, void *userdata)
{
	struct keyd *keyd = userdata;

	(void)source;
	(void)info;
	pins_forget(&keyd->pins);
	log_info("PINs that were refused may be tried again, once");
	return 0;
}

static int main_watch_signals(sd_event *event, struct keyd *keyd)
{
	sigset_t set;
	int r;

	if (sigemptyset(&set) < 0 || sigaddset(&set, SIGTERM) < 0 || sigaddset(&set, SIGINT) < 0 ||
	    sigaddset(&set, SIGHUP) < 0 || sigprocmask(SIG_BLOCK, &set, NULL) < 0 ||
	    signal(SIGPIPE, SIG_IGN) == SIG_ERR)
		return -errno;
	r = sd_event_add_signal(event, NULL, SIGTERM, NULL, NULL);
	if (r >= 0)
		r = sd_event_add_signal(event, NULL, SIGINT, NULL, NULL);
	return r < 0 ? r : sd_event_add_signal(event, NULL, SIGHUP, main_on_hup, keyd);
}

static int main_serve(sd_event *event, int listener, struct keyd *keyd)
{
	_cleanup_(serve_freep) struct serve *serve = NULL;
	int r = main_watch_signals(event, keyd);

	if (r >= 0)
		r = serve_new(event, listener, keyd, &serve);
	if (r >= 0) /* a module that hangs stops us hearing anything: then we are started anew */
		r = sd_event_set_watchdog(event, true);
	if (r < 0)
		return r;
	IGNORE(sd_notify(0, "READY=1")); /* nobody listens when it was started by hand */
	r = sd_event_loop(event);
	IGNORE(sd_notify(0, "STOPPING=1"));
	return r;
}

static int main_run(const struct main_options *options)
{
	const struct rlimit no_core = { 0, 0 };
	struct keyd keyd;
	sd_event *event = NULL;
	int listener = -1;
	int r;

	/* A PIN in a core file is a PIN on a disk. */
	IGNORE(setrlimit(RLIMIT_CORE, &no_core)); /* the unit has said so, and forbids the call */
	if (prctl(PR_SET_DUMPABLE, 0) < 0 || main_open_socket(options, &listener) < 0)
		return EXIT_FAILURE;
	keyd_load(&keyd, options->module);
	r = sd_event_default(&event);
	if (r >= 0)
		r = main_serve(event, listener, &keyd);
	if (r < 0)
		log_error("idp-keyd ends: %s", strerrordesc_np(-r));
	sd_event_unref(event);
	keyd_unload(&keyd);
	(void)close(listener);
	return r == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

static void main_usage(FILE *out)
{
	IGNORE(fputs("Usage: idp-keyd [--listen PATH] [--module PATH]\n"
		     "Signs with keys in PKCS #11 tokens; idp-agentd is its only client.\n"
		     "\n"
		     "  --listen PATH  listen there instead of on the socket systemd hands over\n"
		     "  --module PATH  load this PKCS #11 module, and none that p11-kit knows of\n"
		     "  --version      print the version\n"
		     "  --help         print this\n",
		     out) < 0);
}

int main(int argc, char **argv)
{
	static const struct option long_options[] = {
		{ "listen", required_argument, NULL, 'l' },
		{ "module", required_argument, NULL, 'm' },
		{ "version", no_argument, NULL, 'V' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct main_options options = { .listen = NULL };
	int c;

	while ((c = getopt_long(argc, argv, "", long_options, NULL)) >= 0) {
		switch (c) {
		case 'l':
			options.listen = optarg;
			break;
		case 'm':
			options.module = optarg;
			break;
		case 'V':
			IGNORE(puts("idp-keyd " PACKAGE_VERSION) < 0);
			return EXIT_SUCCESS;
		case 'h':
			main_usage(stdout);
			return EXIT_SUCCESS;
		default:
			main_usage(stderr);
			return 2;
		}
	}
	if (optind < argc) {
		main_usage(stderr);
		return 2;
	}
	return main_run(&options);
}
