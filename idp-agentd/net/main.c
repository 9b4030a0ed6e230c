/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * idp-netd: the only process of this agent that talks to the network. It keeps nothing: it serves
 * one connection of the authority at a time and forgets everything when that one closes.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include "common/log.h"
#include "common/macro.h"
#include "common/sock.h"
#include "idp-agentd/net/link.h"

#define MAIN_FD_NAME "net"

struct netd {
	sd_event *event;
	int listener;
	sd_event_source *accept;
	struct link *link;
};

struct main_options {
	const char *listen;
};

/* ---- one connection at a time ---- */

static void netd_on_gone(void *userdata)
{
	struct netd *netd = userdata;

	netd->link = link_free(netd->link);
	if (sd_event_source_set_enabled(netd->accept, SD_EVENT_ON) < 0)
		IGNORE(sd_event_exit(netd->event,
				     EXIT_FAILURE)); /* fails only when it is exiting */
}

static int netd_on_accept(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	struct netd *netd = userdata;
	int r;
	int peer = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	(void)events;
	if (peer < 0 && (errno == EAGAIN || errno == EINTR || errno == ECONNABORTED))
		return 0;
	/* A handler that fails is switched off for good: better to end and be started again. */
	if (peer < 0) {
		log_error("no connection can be taken: %m");
		return sd_event_exit(netd->event, EXIT_FAILURE);
	}
	r = link_new(netd->event, peer, netd_on_gone, netd, &netd->link);
	if (r < 0) {
		log_error("the connection of the authority could not be taken: %s",
			  strerrordesc_np(-r));
		return 0;
	}
	log_info("the authority is connected");
	return sd_event_source_set_enabled(source, SD_EVENT_OFF);
}

/* ---- start ---- */

/* The one socket named "net" that systemd hands over; -ENOENT when there is none. */
static int main_find_socket(int *ret_fd)
{
	char **names = NULL;
	int n = sd_listen_fds_with_names(1, &names);
	int found = -1;

	for (int i = 0; i < n; i++) {
		if (strcmp(names[i], MAIN_FD_NAME) == 0 && found < 0)
			found = SD_LISTEN_FDS_START + i;
		free(names[i]);
	}
	free(names);
	if (n < 0)
		return n;
	if (found < 0)
		return -ENOENT;
	if (sd_is_socket(found, AF_UNIX, SOCK_SEQPACKET, 1) <= 0)
		return -EINVAL;
	/* systemd hands over blocking ones: a connection that is gone again must not stop us */
	if (fcntl(found, F_SETFL, O_NONBLOCK) < 0)
		return -errno;
	*ret_fd = found;
	return 0;
}

static int main_open_socket(const struct main_options *options, int *ret_fd)
{
	int r;

	if (options->listen) {
		r = sock_listen(options->listen, 0600, ret_fd);
		if (r < 0)
			log_error("cannot listen on %s: %s", options->listen, strerrordesc_np(-r));
		return r;
	}
	r = main_find_socket(ret_fd);
	if (r == -ENOENT)
		log_error(
			"no socket named '%s' was handed over; start it by idp-netd.socket or with "
			"--listen PATH",
			MAIN_FD_NAME);
	else if (r < 0)
		log_error("the socket that was handed over cannot be used: %s",
			  strerrordesc_np(-r));
	return r;
}

static int main_watch_signals(sd_event *event)
{
	sigset_t set;
	int r;

	if (sigemptyset(&set) < 0 || sigaddset(&set, SIGTERM) < 0 || sigaddset(&set, SIGINT) < 0 ||
	    sigprocmask(SIG_BLOCK, &set, NULL) < 0 || signal(SIGPIPE, SIG_IGN) == SIG_ERR)
		return -errno;
	r = sd_event_add_signal(event, NULL, SIGTERM, NULL, NULL);
	return r < 0 ? r : sd_event_add_signal(event, NULL, SIGINT, NULL, NULL);
}

static int main_serve(struct netd *netd)
{
	int r = main_watch_signals(netd->event);

	if (r < 0)
		return r;
	r = sd_event_add_io(netd->event, &netd->accept, netd->listener, EPOLLIN, netd_on_accept,
			    netd);
	if (r < 0)
		return r;
	r = sd_event_set_watchdog(netd->event, true);
	if (r < 0)
		return r;
	IGNORE(sd_notify(0, "READY=1")); /* nobody listens when it was started by hand */
	r = sd_event_loop(netd->event);
	IGNORE(sd_notify(0, "STOPPING=1"));
	return r;
}

static int main_run(const struct main_options *options)
{
	struct netd netd = { .listener = -1 };
	/* A token in a core file is a token on a disk. */
	const struct rlimit no_core = { 0, 0 };
	int r;

	IGNORE(setrlimit(RLIMIT_CORE,
			 &no_core)); /* the unit has said so already, and forbids the call */
	r = main_open_socket(options, &netd.listener);
	if (r < 0)
		return EXIT_FAILURE;
	r = sd_event_default(&netd.event);
	if (r >= 0)
		r = main_serve(&netd);
	if (r < 0)
		log_error("idp-netd ends: %s", strerrordesc_np(-r));
	link_free(netd.link);
	sd_event_source_disable_unref(netd.accept);
	sd_event_unref(netd.event);
	close(netd.listener);
	return r == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

static void main_usage(FILE *out)
{
	IGNORE(fputs("Usage: idp-netd [--listen PATH] [--debug]\n"
		     "The network half of the identity agent; idp-agentd is its only client.\n"
		     "\n"
		     "  --listen PATH  listen there instead of on the socket systemd hands over\n"
		     "  --debug        log every step; never a secret\n"
		     "  --version      print the version\n"
		     "  --help         print this\n",
		     out) < 0);
}

int main(int argc, char **argv)
{
	static const struct option long_options[] = {
		{ "listen", required_argument, NULL, 'l' },
		{ "debug", no_argument, NULL, 'd' },
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
		case 'd':
			log_set_level(LOG_DEBUG);
			break;
		case 'V':
			IGNORE(puts("idp-netd " PACKAGE_VERSION) < 0);
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
