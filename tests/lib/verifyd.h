/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_TESTS_LIB_VERIFYD_H
#define IDP_TESTS_LIB_VERIFYD_H

/*
 * A real idp-verifyd before the idp-agentd of a world, a real nginx before that where there is one,
 * and clients of both that write bytes. What goes wrong in here fails the test.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "tests/lib/world.h"

struct verifyd {
	pid_t pid, nginx;
	uint16_t port;       /* of idp-verifyd on the loopback */
	uint16_t nginx_port; /* of nginx */
};

/* Listens at a port and FOLDER/verify. */
void verifyd_start(struct verifyd *verifyd, const struct world *w);
/* Is text in a line of its log? */
bool verifyd_has_said(const struct world *w, const char *text);
/* It must leave in order; nothing it wrote holds the secret of the test. */
void verifyd_end(struct verifyd *verifyd, const struct world *w);

/* Every header of idp-verifyd's that a service behind could believe, and the two it is asked with.
 */
extern const char *const verifyd_headers[];

/* Is there an nginx with auth_request? */
bool nginx_exists(void);
/*
 * Before idp-verifyd: the example that is shipped (etc/nginx.example), where /api/ asks about the
 * resource "api", with a back end that says who it was told is asking.
 */
void nginx_start(struct verifyd *verifyd, const struct world *w);
void nginx_end(struct verifyd *verifyd);

/* A connection; it waits. */
int http_open_local(const struct world *w);
int http_open_port(uint16_t port);
void http_write(int fd, const char *text);
/* One whole answer, its head and the body its Content-Length says; "" the peer has hung up. */
const char *http_read(int fd);
/* The value of a header of an answer, in memory of its own; "" there is none. */
const char *http_header(const char *answer, const char *name);

#endif
