/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Networks, and where somebody sits. Nobody asks a resolver here. */

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "idp-agentd/core/access-rules.h"
#include "idp-agentd/core/config-value.h"

static bool net_bits_are_clean(const struct net *net, size_t n_bytes)
{
	for (size_t bit = net->prefix; bit < n_bytes * 8; bit++)
		if (net->bytes[bit / 8] & (0x80u >> (bit % 8)))
			return false;
	return true;
}

bool net_parse(const char *text, struct net *ret_net, char reason[static REASON_MAX])
{
	struct net net = { .family = strchr(text, ':') ? AF_INET6 : AF_INET };
	size_t n_bytes = net.family == AF_INET6 ? 16 : 4;
	char address[INET6_ADDRSTRLEN];
	size_t len = strcspn(text, "/");
	uint64_t prefix = n_bytes * 8;

	if (strcmp(text, "local") == 0) {
		*ret_net = (struct net){ .local = true };
		return true;
	}
	if (len < sizeof(address)) {
		memcpy(address, text, len);
		address[len] = '\0';
	}
	if (len >= sizeof(address) || inet_pton(net.family, address, net.bytes) != 1 ||
	    (text[len] == '/' &&
	     !config_value_number(text + len + 1, strlen(text + len + 1), n_bytes * 8, &prefix))) {
		IGNORE(snprintf(reason, REASON_MAX,
				"\"%.60s\" is no network: write ADDRESS/BITS or local", text) < 0);
		return false;
	}
	net.prefix = (unsigned)prefix;
	if (!net_bits_are_clean(&net, n_bytes)) {
		IGNORE(snprintf(
			       reason, REASON_MAX,
			       "\"%.60s\" has bits behind its /%u: is the address or the length wrong?",
			       text, net.prefix) < 0);
		return false;
	}
	*ret_net = net;
	return true;
}

static bool net_has(const struct net *net, const struct net *address)
{
	if (net->local || net->family != address->family)
		return false;
	for (size_t bit = 0; bit < net->prefix; bit++)
		if ((net->bytes[bit / 8] ^ address->bytes[bit / 8]) & (0x80u >> (bit % 8)))
			return false;
	return true;
}

/* An address of a peer, also "fe80::1%eth0" and "::ffff:192.0.2.1" as sockets spell them. */
static bool read_address(const char *from, struct net *ret_net)
{
	static const uint8_t mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };
	char text[INET6_ADDRSTRLEN], reason[REASON_MAX];
	size_t len = strcspn(from, "%");

	if (len >= sizeof(text) || strchr(from, '/') || strcmp(from, "local") == 0)
		return false;
	memcpy(text, from, len);
	text[len] = '\0';
	if (!net_parse(text, ret_net, reason))
		return false;
	if (ret_net->family == AF_INET6 && memcmp(ret_net->bytes, mapped, sizeof(mapped)) == 0) {
		ret_net->family = AF_INET;
		memmove(ret_net->bytes, ret_net->bytes + sizeof(mapped), 4);
	}
	return true;
}

enum truth net_judge(const struct nets *nets, const char *from)
{
	struct net address = { .local = true };
	bool here = from && from[0] == '\0';

	if (!from || (!here && !read_address(from, &address)))
		return TRUTH_UNKNOWN; /* a host name: nobody asks a resolver here */
	for (size_t i = 0; i < nets->n; i++)
		if (here ? nets->items[i].local : net_has(&nets->items[i], &address))
			return TRUTH_YES;
	return TRUTH_NO;
}
