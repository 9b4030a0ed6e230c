/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_TESTS_LIB_NETD_WORLD_H
#define IDP_TESTS_LIB_NETD_WORLD_H

/*
 * The world of a test of idp-netd, one a program: the platform that misbehaves, the real idp-netd
 * and the authority in front of it.
 */

#include "tests/lib/fake-core.h"
#include "tests/lib/mock.h"

extern struct mock mock;
extern struct fake_core core;
/* There is no node here, so there is no platform: every test says skip(). */
extern bool no_platform;

/* For cmocka_run_group_tests(). */
int netd_world_setup(void **state);
int netd_world_teardown(void **state);
/* Where a case of the mock is. */
void netd_world_issuer(const char *what, char issuer[static 256]);
/* Sends the [provider NAME] of a case. more: further keys and values, NULL at their end, or NULL;
 * '@' at the beginning of one is the issuer. */
void netd_world_provider(uint32_t revision, const char *name, const char *what,
			 const char *client_id, const char *const *more);
/* alice opens url and signs in; where her browser ended. */
void netd_world_browse(const char *url, char address[static WIRE_STRING_MAX]);

/* How often an endpoint ("jwks") of a case was asked, as the mock counts. */
unsigned netd_world_asked(const char *what, const char *endpoint);
/* Does what the mock noted of a case (its JSON) hold this text? */
bool netd_world_noted(const char *what, const char *text);

/* What the last request to an endpoint of a case said in its form, NUL-terminated in value; false:
 * nothing of that name. */
bool netd_world_said(const char *what, const char *endpoint, const char *name,
		     char value[static 1024]);

/* Runs the group of tests in that world. */
#define NETD_WORLD_MAIN(...)                                                                  \
	int main(void)                                                                        \
	{                                                                                     \
		const struct CMUnitTest tests_[] = { __VA_ARGS__ };                           \
		cmocka_set_message_output(CM_OUTPUT_TAP);                                     \
		return cmocka_run_group_tests(tests_, netd_world_setup, netd_world_teardown); \
	}

#endif
