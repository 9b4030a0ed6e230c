/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_TESTS_LIB_MEMORY_H
#define IDP_TESTS_LIB_MEMORY_H

/* Looks into a process under test for what should have been erased. */

#include <stdbool.h>
#include <sys/types.h>

/*
 * Does text stand anywhere in memory that process can write? Also false when the memory may not be
 * read: look for something that must be there first.
 */
bool memory_holds(pid_t pid, const char *text);

#endif
