/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * idp-userdbd: shows the published users and groups to systemd (userdbctl, nss-systemd, logind,
 * homed) in its own words. Reads the snapshot that every process may read, and nothing else; asks
 * nobody, keeps nothing and has no rights.
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include "common/log.h"
#include "idp-userdbd/call.h"
#include "idp-userdbd/front.h"

/* A socket made by ourselves, as the unit wants it: see there. */
static int main_listen_at(const char *where, int *ret_fd)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	_cleanup_close_ int fd = -1;

	if (strlen(where) >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	memcpy(address.sun_path, where, strlen(where));
	IGNORE(unlink(where)); /* bind() says what matters */
	fd = macro_fd_above_2(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
	if (fd < 0)
		return fd;
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(fd, SOMAXCONN) < 0)
		return -errno;
	*ret_fd = TAKE_FD(fd);
	return 0;
}

static int main_listen(struct front *front, const char *where)
{
	int fd = SD_LISTEN_FDS_START, n, r;

	if (where) {
		r = main_listen_at(where, &fd);
		if (r == 0)
			r = front_listen(front, fd);
		if (r < 0)
			log_error("cannot listen at %s: %s", where, strerrordesc_np(-r));
		return r;
	}
	n = sd_listen_fds(1);
	if (n != 1) {
		log_error("%d sockets were handed over where one is needed: give --listen PATH", n);
		return n < 0 ? n : -ENOENT;
	}
	r = front_listen(front, fd);
	if (r < 0)
		log_error("the socket of the unit is no unix stream socket: %s",
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

static int main_serve(sd_event *event, const char *where)
{
	_cleanup_(front_freep) struct front *front = NULL;
	int r = main_watch_signals(event);

	if (r >= 0)
		r = front_new(event, &front);
	if (r >= 0)
		r = main_listen(front, where);
	if (r >= 0)
		r = sd_event_set_watchdog(event, true);
	if (r < 0)
		return r;
	IGNORE(sd_notify(0, "READY=1")); /* nobody listens when it was started by hand */
	r = sd_event_loop(event);
	IGNORE(sd_notify(0, "STOPPING=1"));
	return r;
}

static int main_run(const char *where)
{
	sd_event *event = NULL;
	int r = sd_event_default(&event);

	if (r >= 0)
		r = main_serve(event, where);
	if (r < 0)
		log_error("idp-userdbd ends: %s", strerrordesc_np(-r));
	sd_event_unref(event);
	return r == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

static void main_usage(FILE *out)
{
	IGNORE(fputs("Usage: idp-userdbd [--listen PATH]\n"
		     "Shows the users and groups of the identity platform to systemd, as the\n"
		     "varlink service " CALL_SERVICE "\n"
		     "\n"
		     "  --listen PATH   listen there instead of on the socket systemd hands over\n"
		     "  --version       print the version\n"
		     "  --help          print this\n",
		     out) < 0);
}

int main(int argc, char **argv)
{
	static const struct option long_options[] = {
		{ "listen", required_argument, NULL, 'l' },
		{ "version", no_argument, NULL, 'V' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	const char *where = NULL;
	int c;

	while ((c = getopt_long(argc, argv, "", long_options, NULL)) >= 0) {
		switch (c) {
		case 'l':
			where = optarg;
			break;
		case 'V':
			IGNORE(puts("idp-userdbd " PACKAGE_VERSION) < 0);
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
	return main_run(where);
}
