/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * SEQPACKET sockets for callers that may block, but never past a deadline. No signals
 * (MSG_NOSIGNAL), no descriptors below 3 (a daemon with closed standard streams must not have
 * ours there), poll() and never select() (CVE-2013-0288).
 */

#include "common/sock.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static int make_address(const char *path, struct sockaddr_un *ret_address)
{
	size_t len = strlen(path);

	if (len == 0 || len >= sizeof(ret_address->sun_path))
		return -ENAMETOOLONG;
	*ret_address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	memcpy(ret_address->sun_path, path, len + 1);
	return 0;
}

/* The socket, or -errno. */
static int make_socket(void)
{
	return macro_fd_above_2(socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
}

/* Waits for events on fd; 0, -ETIMEDOUT or -errno. */
static int wait_for(int fd, short events, usec_t deadline)
{
	for (;;) {
		struct pollfd pollfd = { .fd = fd, .events = events };
		usec_t now = clock_now();
		usec_t left = now < deadline ? deadline - now : 0;
		usec_t ms = (left + USEC_PER_MSEC - 1) / USEC_PER_MSEC;
		int r = poll(&pollfd, 1, ms > 3600000 ? 3600000 : (int)ms);

		if (r > 0)
			return 0;
		if (r < 0 && errno != EINTR)
			return -errno;
		if (clock_now() >= deadline)
			return -ETIMEDOUT;
	}
}

/*
 * A full backlog answers EAGAIN at once on AF_UNIX and poll() does not help; so it is tried again
 * after a short wait on nothing.
 */
static int connect_by(int fd, const struct sockaddr_un *address, usec_t deadline)
{
	for (;;) {
		if (connect(fd, (const struct sockaddr *)address, sizeof(*address)) == 0)
			return 0;
		if (errno == EINTR)
			continue;
		if (errno != EAGAIN)
			return -errno;
		if (clock_now() >= deadline)
			return -ETIMEDOUT;
		IGNORE(poll(NULL, 0, 5)); /* a pause; the clock above decides */
	}
}

int sock_connect(const char *path, usec_t deadline, int *ret_fd)
{
	_cleanup_close_ int fd = -1;
	struct sockaddr_un address;
	int r;

	r = make_address(path, &address);
	if (r < 0)
		return r;
	fd = make_socket();
	if (fd < 0)
		return fd;
	r = connect_by(fd, &address, deadline);
	if (r < 0)
		return r;
	*ret_fd = TAKE_FD(fd);
	return 0;
}

int sock_send(int fd, const void *bytes, size_t len, usec_t deadline)
{
	for (;;) {
		ssize_t n = send(fd, bytes, len, MSG_NOSIGNAL | MSG_DONTWAIT);
		int r;

		if (n >= 0)
			return (size_t)n == len ? 0 : -EMSGSIZE;
		if (errno == EINTR)
			continue;
		if (errno != EAGAIN)
			return -errno;
		r = wait_for(fd, POLLOUT, deadline);
		if (r < 0)
			return r;
	}
}

int sock_receive(int fd, void *bytes, size_t room, usec_t deadline, size_t *ret_len)
{
	for (;;) {
		ssize_t n = recv(fd, bytes, room, MSG_DONTWAIT | MSG_TRUNC);
		int r;

		if (n > 0 && (size_t)n > room)
			return -EMSGSIZE;
		if (n > 0) {
			*ret_len = (size_t)n;
			return 0;
		}
		if (n == 0)
			return -ECONNRESET; /* no message of ours is empty */
		if (errno == EINTR)
			continue;
		if (errno != EAGAIN)
			return -errno;
		r = wait_for(fd, POLLIN, deadline);
		if (r < 0)
			return r;
	}
}

int sock_listen(const char *path, mode_t mode, int *ret_fd)
{
	_cleanup_close_ int fd = -1;
	struct sockaddr_un address;
	mode_t saved;
	int r;

	r = make_address(path, &address);
	if (r < 0)
		return r;
	fd = make_socket();
	if (fd < 0)
		return fd;
	if (unlink(path) < 0 && errno != ENOENT)
		return -errno;
	saved = umask(0177); /* nobody connects before the mode is right */
	r = bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0 ? -errno : 0;
	(void)umask(saved);
	if (r < 0)
		return r;
	if (chmod(path, mode) < 0 || listen(fd, SOMAXCONN) < 0)
		return -errno;
	*ret_fd = TAKE_FD(fd);
	return 0;
}

int sock_peer(int fd, struct sock_peer *ret_peer)
{
	struct ucred cred;
	socklen_t len = sizeof(cred);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) < 0)
		return -errno;
	if (len != sizeof(cred))
		return -EBADMSG;
	*ret_peer = (struct sock_peer){ .pid = cred.pid, .uid = cred.uid, .gid = cred.gid };
	return 0;
}

int sock_peer_groups(int fd, size_t *ret_n, gid_t **ret_gids)
{
	socklen_t len = 0;
	gid_t *gids;

	/* Without room the kernel says how much is needed; what a socket says never changes. */
	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, NULL, &len) < 0 && errno != ERANGE)
		return -errno;
	*ret_n = 0;
	*ret_gids = NULL;
	if (len == 0)
		return 0;
	gids = malloc(len);
	if (!gids)
		return -ENOMEM;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, gids, &len) < 0) {
		int r = -errno;

		free(gids);
		return r;
	}
	*ret_n = len / sizeof(*gids);
	*ret_gids = gids;
	return 0;
}
