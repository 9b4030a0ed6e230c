/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A line that a stranger typed, on its way to sshd: what passes is one word of a few letters, one
 * blank and base64, and passes again as it is.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/ssh-key.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const char *line, size_t len)
{
	static const char key[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/"
				  "=@.- ";
	size_t blanks = 0;

	for (size_t i = 0; i < len; i++) {
		if (!memchr(key, line[i], sizeof(key) - 1))
			abort();
		blanks += line[i] == ' ';
	}
	if (blanks != 1 || ssh_key_length(line, len) != len)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *line = malloc(size + 1); /* its end is where a sanitizer looks */
	size_t len;

	if (!line)
		return 0;
	if (size > 0)
		memcpy(line, data, size);
	len = ssh_key_length(line, size);
	if (len > size)
		abort();
	if (len > 0)
		check(line, len);
	free(line);
	return 0;
}
