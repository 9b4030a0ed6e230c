/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* AuthorizedKeysCommand of sshd_config(5): idp-authorized-keys %u [%t]. See idp-authorized-keys(8).
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/client.h"
#include "idp-authorized-keys/keys.h"

#define EXIT_AWAY  1 /* it could not be found out: sshd logs it and goes on without */
#define EXIT_USAGE 2

static int print(const struct buf *out)
{
	for (size_t at = 0; at < out->len;) {
		ssize_t n = write(STDOUT_FILENO, (const char *)out->data + at, out->len - at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		at += (size_t)n;
	}
	return 0;
}

int main(int argc, char **argv)
{
	_cleanup_(buf_done) struct buf out = { 0 };
	int r;

	if (argc < 2 || argc > 3 || argv[1][0] == '-') {
		(void)fputs("usage: idp-authorized-keys USER [KEY-TYPE]\n", stderr);
		return EXIT_USAGE;
	}
	r = keys_fetch(CLIENT_AGENT_SOCKET, argv[1], argc > 2 ? argv[2] : NULL, &out);
	if (r == 0)
		r = print(&out);
	if (r == 0)
		return EXIT_SUCCESS;
	(void)fprintf(stderr,
		      "idp-authorized-keys: no answer from idp-agentd at %s: %s; see "
		      "systemctl status idp-agentd\n",
		      CLIENT_AGENT_SOCKET, strerrordesc_np(-r));
	return EXIT_AWAY;
}
