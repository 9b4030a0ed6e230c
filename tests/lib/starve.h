/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_TESTS_LIB_STARVE_H
#define IDP_TESTS_LIB_STARVE_H

/*
 * Memory that runs out. A test linked with -Wl,--wrap=malloc,--wrap=calloc,--wrap=strdup gets what
 * its objects call so from here.
 */

#include <stdbool.h>
#include <stddef.h>

extern long starve_left;            /* allocations until every one fails; negative: none does */
extern unsigned long starve_failed; /* how many did since the program began */

/* One more allocation, of whatever kind: must it fail? Sets errno when it must. */
bool starve_out(void);

void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
char *__wrap_strdup(const char *text);

#endif
