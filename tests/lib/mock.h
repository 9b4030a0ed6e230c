/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_TESTS_LIB_MOCK_H
#define IDP_TESTS_LIB_MOCK_H

/* Runs tests/idp/mock.mjs, the platform that misbehaves, for as long as a test lasts. */

#include <stdbool.h>
#include <sys/types.h>

struct mock {
	pid_t pid;
	int in; /* the mock ends when this closes */
	unsigned port;
	char dir[64]; /* its state: ca.pem, ports */
	char ca[80];
};

/* 0; -ENOENT: there is no node here, so the test is skipped; other -errno. */
int mock_start(struct mock *mock);
/* Also removes its folder. */
void mock_stop(struct mock *mock);
/* Port of a listener of DIR/ports; 0 when there is no such listener. */
unsigned mock_port(const struct mock *mock, const char *name);

#endif
