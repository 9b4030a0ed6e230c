/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/lib/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/macro.h"

#define MAPPING_MAX (256UL * 1024 * 1024)

static FILE *open_of(pid_t pid, const char *name)
{
	char path[64];

	return snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name) > 0 ? fopen(path, "re")
									       : NULL;
}

static bool range_holds(FILE *mem, unsigned long from, unsigned long to, const char *text)
{
	size_t len = to - from;
	char *bytes = malloc(len);
	bool found = bytes && fseek(mem, (long)from, SEEK_SET) == 0 &&
		     fread(bytes, 1, len, mem) == len &&
		     memmem(bytes, len, text, strlen(text)) != NULL;

	free(bytes);
	return found;
}

bool memory_holds(pid_t pid, const char *text)
{
	FILE *maps = open_of(pid, "maps"), *mem = open_of(pid, "mem");
	char line[512];
	bool found = false;

	while (maps && mem && !found && fgets(line, sizeof(line), maps)) {
		unsigned long from, to;

		if (sscanf(line, "%lx-%lx", &from, &to) == 2 && strstr(line, " rw") &&
		    to - from <= MAPPING_MAX)
			found = range_holds(mem, from, to, text);
	}
	if (maps)
		IGNORE(fclose(maps));
	if (mem)
		IGNORE(fclose(mem));
	return found;
}
