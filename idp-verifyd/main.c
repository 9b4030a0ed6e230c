/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * idp-verifyd: asks idp-agentd for web servers whether a request may pass. It decides nothing,
 * keeps nothing and has no rights: whoever takes it over can do to web servers what a broken check
 * does.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include "common/client.h"
#include "common/log.h"
#include "idp-verifyd/front.h"
#include "idp-verifyd/link.h"

#define MAIN_LISTEN_MAX 4

struct main_options {
	const char *listen[MAIN_LISTEN_MAX];
	int n_listen;
	const char *agent;
};

/* ---- sockets made by ourselves: for tests, and where there is no systemd ---- */

static int main_bind(int fd, const struct sockaddr *address, socklen_t len, bool local)
{
	const int one = 1;

	if (!local && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) < 0)
		return -errno;
	if (bind(fd, address, len) < 0 || listen(fd, SOMAXCONN) < 0)
		return -errno;
	return 0;
}

/* 0: it is none. */
static uint16_t main_port(const char *text)
{
	char *end;
	unsigned long port = *text >= '0' && *text <= '9' ? strtoul(text, &end, 10) : 0;

	return port > 0 && port <= UINT16_MAX && *end == '\0' ? (uint16_t)port : 0;
}

static int main_listen_at(const char *where, int *ret_fd)
{
	struct sockaddr_un local = { .sun_family = AF_UNIX };
	struct sockaddr_in tcp = { .sin_family = AF_INET };
	bool is_local = *where == '/';
	_cleanup_close_ int fd = -1;
	const char *colon = strrchr(where, ':');
	uint16_t port;
	char host[INET_ADDRSTRLEN];
	int r;

	if (is_local && strlen(where) >= sizeof(local.sun_path))
		return -ENAMETOOLONG;
	if (is_local) {
		memcpy(local.sun_path, where, strlen(where));
		IGNORE(unlink(where)); /* bind() says what matters */
	} else {
		if (!colon || (size_t)(colon - where) >= sizeof(host))
			return -EINVAL;
		(void)snprintf(host, sizeof(host), "%.*s", (int)(colon - where), where);
		port = main_port(colon + 1);
		tcp.sin_port = htons(port);
		if (port == 0 || inet_pton(AF_INET, host, &tcp.sin_addr) != 1)
			return -EINVAL;
	}
	fd = macro_fd_above_2(socket(is_local ? AF_UNIX : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
	if (fd < 0)
		return fd;
	r = is_local ? main_bind(fd, (struct sockaddr *)&local, sizeof(local), true)
		     : main_bind(fd, (struct sockaddr *)&tcp, sizeof(tcp), false);
	if (r < 0)
		return r;
	*ret_fd = TAKE_FD(fd);
	return 0;
}

static int main_listen(struct front *front, const struct main_options *options)
{
	int r = 0;

	for (int i = 0; i < options->n_listen && r >= 0; i++) {
		int fd = -1;

		r = main_listen_at(options->listen[i], &fd);
		if (r == 0)
			r = front_listen(front, fd);
		if (r < 0)
			log_error("cannot listen at %s: %s", options->listen[i],
				  r == -EADDRNOTAVAIL
					  ? "other machines would send tokens there in the clear"
				  : r == -EINVAL ? "write a path, or 127.0.0.1:PORT"
						 : strerrordesc_np(-r));
	}
	return r;
}

/* Those systemd hands over. */
static int main_take_sockets(struct front *front)
{
	int n = sd_listen_fds(1), r = 0;

	if (n <= 0) {
		log_error("there is nothing to listen on: start idp-verifyd.socket, or give "
			  "--listen WHERE");
		return n < 0 ? n : -ENOENT;
	}
	for (int i = 0; i < n && r >= 0; i++) {
		r = front_listen(front, SD_LISTEN_FDS_START + i);
		if (r < 0)
			log_error("socket %d of the unit cannot be used: %s", i + 1,
				  r == -EADDRNOTAVAIL
					  ? "it is not of the loopback, so tokens would cross the "
					    "network in the clear"
					  : strerrordesc_np(-r));
	}
	return r;
}

/* ---- running ---- */

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

static int main_serve(sd_event *event, const struct main_options *options)
{
	_cleanup_(links_freep) struct links *links = NULL;
	_cleanup_(front_freep) struct front *front = NULL;
	int r = main_watch_signals(event);

	if (r >= 0)
		r = links_new(event, options->agent, &links);
	if (r >= 0)
		r = front_new(event, links, &front);
	if (r >= 0)
		r = options->n_listen > 0 ? main_listen(front, options) : main_take_sockets(front);
	if (r >= 0)
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
	sd_event *event = NULL;
	int r;

	/* A token in a core file is a token on a disk. */
	IGNORE(setrlimit(RLIMIT_CORE, &no_core)); /* the unit has said so, and forbids the call */
	if (prctl(PR_SET_DUMPABLE, 0) < 0)
		return EXIT_FAILURE;
	r = sd_event_default(&event);
	if (r >= 0)
		r = main_serve(event, options);
	if (r < 0)
		log_error("idp-verifyd ends: %s", strerrordesc_np(-r));
	sd_event_unref(event);
	return r == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

static void main_usage(FILE *out)
{
	IGNORE(fputs("Usage: idp-verifyd [--listen WHERE]... [--agent PATH]\n"
		     "Tells web servers whether a request may pass: GET /verify/RESOURCE\n"
		     "\n"
		     "  --listen WHERE  listen at this path or 127.0.0.1:PORT instead of on the\n"
		     "                  sockets systemd hands over\n"
		     "  --agent PATH    where idp-agentd listens (" CLIENT_AGENT_SOCKET ")\n"
		     "  --version       print the version\n"
		     "  --help          print this\n",
		     out) < 0);
}

int main(int argc, char **argv)
{
	static const struct option long_options[] = {
		{ "listen", required_argument, NULL, 'l' },
		{ "agent", required_argument, NULL, 'a' },
		{ "version", no_argument, NULL, 'V' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct main_options options = { .agent = CLIENT_AGENT_SOCKET };
	int c;

	while ((c = getopt_long(argc, argv, "", long_options, NULL)) >= 0) {
		switch (c) {
		case 'l':
			if (options.n_listen == MAIN_LISTEN_MAX) {
				main_usage(stderr);
				return 2;
			}
			options.listen[options.n_listen++] = optarg;
			break;
		case 'a':
			options.agent = optarg;
			break;
		case 'V':
			IGNORE(puts("idp-verifyd " PACKAGE_VERSION) < 0);
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
