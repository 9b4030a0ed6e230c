/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * main() for a fuzz target built as a plain program: replays every file named, and every file in
 * every folder named. It refuses to pass when it replayed nothing.
 */

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/macro.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned n_replayed;

static int replay_file(const char *path)
{
	_cleanup_free_ uint8_t *data = NULL;
	struct stat st;
	FILE *file = fopen(path, "re");
	size_t n;

	if (!file || fstat(fileno(file), &st) < 0) {
		(void)printf("# %s: %m\n", path);
		if (file)
			(void)fclose(file);
		return 1;
	}
	/* Exactly as long as the input, so that a sanitizer sees one byte too many. */
	data = malloc(st.st_size > 0 ? (size_t)st.st_size : 1);
	n = data ? fread(data, 1, (size_t)st.st_size, file) : 0;
	(void)fclose(file);
	if (!data || n != (size_t)st.st_size)
		return 1;
	(void)LLVMFuzzerTestOneInput(data, n);
	n_replayed++;
	return 0;
}

static int replay_folder(const char *path)
{
	DIR *folder = opendir(path);
	struct dirent *entry;
	int failed = 0;

	if (!folder)
		return 1;
	while ((entry = readdir(folder))) {
		char file[PATH_MAX];

		if (entry->d_name[0] == '.')
			continue;
		if (snprintf(file, sizeof(file), "%s/%s", path, entry->d_name) >= (int)sizeof(file))
			failed = 1;
		else
			failed |= replay_file(file);
	}
	(void)closedir(folder);
	return failed;
}

int main(int argc, char *argv[])
{
	int failed = 0;

	for (int i = 1; i < argc; i++) {
		struct stat st;

		if (stat(argv[i], &st) == 0 && S_ISDIR(st.st_mode))
			failed |= replay_folder(argv[i]);
		else
			failed |= replay_file(argv[i]);
	}
	(void)printf("1..1\n%s 1 - replayed %u inputs\n", failed || !n_replayed ? "not ok" : "ok",
		     n_replayed);
	return failed || !n_replayed;
}
