/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/lib/starve.h"

#include <errno.h>

long starve_left = -1;
unsigned long starve_failed;

/* The linker's names for what it took away. */
void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
char *__real_strdup(const char *text);

bool starve_out(void)
{
	if (starve_left != 0) {
		starve_left -= starve_left > 0;
		return false;
	}
	starve_failed++;
	errno = ENOMEM;
	return true;
}

void *__wrap_malloc(size_t size)
{
	return starve_out() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
	return starve_out() ? NULL : __real_calloc(n, size);
}

char *__wrap_strdup(const char *text)
{
	return starve_out() ? NULL : __real_strdup(text);
}
