/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The kernel lists every TCP socket of this network namespace with its owner (proc(5)). The other
 * end is the one whose local address is our peer's and whose peer is ours. An address of IPv4 may
 * stand in the list of IPv6: programs that speak both use one socket for it (RFC 4291 2.5.5.2).
 */
#include "idpctl/login-peer.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define ENTRY_MAX       256u /* a line of the list has some 150 bytes */
#define STATE_TIME_WAIT 6u   /* nobody's any more; it says 0 */

/* As the lists write it: the words of the address as this machine keeps them, and the port. */
struct place {
	char v4[16], v6[40];
};

static void place_v4(struct place *place, const struct in_addr *address, in_port_t port)
{
	(void)snprintf(place->v4, sizeof(place->v4), "%08X:%04X", address->s_addr, ntohs(port));
	(void)snprintf(place->v6, sizeof(place->v6), "0000000000000000%08X%08X:%04X", htonl(0xffff),
		       address->s_addr, ntohs(port));
}

static void place_v6(struct place *place, const struct in6_addr *address, in_port_t port)
{
	uint32_t words[4];

	memcpy(words, address, sizeof(words));
	*place->v4 = '\0';
	(void)snprintf(place->v6, sizeof(place->v6), "%08X%08X%08X%08X:%04X", words[0], words[1],
		       words[2], words[3], ntohs(port));
}

static int place_of(const struct sockaddr_storage *address, struct place *ret_place)
{
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;

	memcpy(&v4, address, sizeof(v4));
	memcpy(&v6, address, sizeof(v6));
	if (address->ss_family == AF_INET)
		place_v4(ret_place, &v4.sin_addr, v4.sin_port);
	else if (address->ss_family == AF_INET6)
		place_v6(ret_place, &v6.sin6_addr, v6.sin6_port);
	else
		return -EAFNOSUPPORT;
	return 0;
}

/* "sl: local remote state queues timer retransmissions uid ..." */
static int read_entry(const char *line, const char *local, const char *remote, uid_t *ret_uid)
{
	char where[40], from[40];
	unsigned state, uid;

	if (sscanf(line, " %*d: %39s %39s %x %*s %*s %*s %u", where, from, &state, &uid) != 4)
		return -ENOENT;
	if (strcmp(where, local) != 0 || strcmp(from, remote) != 0 || state == STATE_TIME_WAIT)
		return -ENOENT;
	*ret_uid = uid;
	return 0;
}

static int look_in(const char *path, const char *local, const char *remote, uid_t *ret_uid)
{
	char line[ENTRY_MAX];
	FILE *list;
	int r = -ENOENT;

	if (!*local || !*remote)
		return r;
	list = fopen(path, "re");
	if (!list)
		return r;
	while (r < 0 && fgets(line, sizeof(line), list))
		r = read_entry(line, local, remote, ret_uid);
	(void)fclose(list);
	return r;
}

int login_peer_uid(int fd, uid_t *ret_uid)
{
	struct sockaddr_storage ours = { 0 }, theirs = { 0 };
	socklen_t ours_len = sizeof(ours), theirs_len = sizeof(theirs);
	struct place here, there;
	int r;

	if (getsockname(fd, (struct sockaddr *)&ours, &ours_len) < 0 ||
	    getpeername(fd, (struct sockaddr *)&theirs, &theirs_len) < 0)
		return -errno;
	r = place_of(&ours, &here);
	if (r == 0)
		r = place_of(&theirs, &there);
	if (r < 0)
		return r;
	r = look_in("/proc/net/tcp", there.v4, here.v4, ret_uid);
	return r < 0 ? look_in("/proc/net/tcp6", there.v6, here.v6, ret_uid) : r;
}
