/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_TESTS_LIB_PLATFORM_H
#define IDP_TESTS_LIB_PLATFORM_H

/*
 * The certified platform on loopback, as strict as it goes and with a client for each way to prove
 * oneself (tests/idp/platform/matrix.mjs), and a crowd with browsers in front of it.
 */

#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

struct platform {
	pid_t pid, crowd_pid;
	int in; /* the platform ends when this closes */
	FILE *to_crowd, *from_crowd;
	char dir[64]; /* its state: ca.pem and what its clients prove themselves with */
	char issuer[128];
};

/* 0; -ENOENT: npm's packages are not here, so the test is skipped; other -errno. */
int platform_start(struct platform *platform);
/* Also removes its folder. */
void platform_stop(struct platform *platform);

/* alice opens this address, signs in and allows it; tag is one word. 0 or -errno. */
int platform_browse(struct platform *platform, const char *tag, const char *url);
/* The next one of them who is done: "TAG ADDRESS" without line end, or -errno. */
int platform_browsed(struct platform *platform, char *line, size_t room);

#endif
