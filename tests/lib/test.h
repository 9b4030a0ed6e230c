/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_TESTS_LIB_TEST_H
#define IDP_TESTS_LIB_TEST_H

/* cmocka in the order it wants its headers, and what every unit test needs. TAP on stdout. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/macro.h"

#define TEST(function) cmocka_unit_test(function)

#define TEST_MAIN(...)                                              \
	int main(void)                                              \
	{                                                           \
		const struct CMUnitTest tests_[] = { __VA_ARGS__ }; \
		cmocka_set_message_output(CM_OUTPUT_TAP);           \
		return cmocka_run_group_tests(tests_, NULL, NULL);  \
	}

/*
 * cmocka 1.1.5 reports a skipped test as "not ok # SKIP", which automake's driver counts as failed,
 * and leaves by longjmp, past every _cleanup_. So a test that cannot run here says so and returns:
 * the one macro that hides a return, because cmocka's own does.
 */
#undef skip
#define skip()                                                   \
	do {                                                     \
		print_message("# %s: skipped here\n", __func__); \
		return;                                          \
	} while (0)

/* Where test data nobody here wrote lies (IDP_VECTORS, else ../shared/vectors beside the source
 * tree), or NULL: then the test says so and skips. */
static inline const char *test_vectors(void)
{
	static char path[4096];
	const char *set = getenv("IDP_VECTORS");
	const char *top = getenv("top_srcdir");

	if (set && *set)
		return set;
	(void)snprintf(path, sizeof(path), "%s/../shared/vectors", top && *top ? top : ".");
	FILE *f = NULL;
	char probe[4200];
	(void)snprintf(probe, sizeof(probe), "%s/README.md", path);
	f = fopen(probe, "re");
	if (!f)
		return NULL;
	(void)fclose(f);
	return path;
}

#endif
