/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The tokenizer of idp.conf: whatever it is fed, what it hands out is text of this configuration.
 */

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/ini.h"
#include "common/limits.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_text(const char *text)
{
	if (strlen(text) > CONFIG_LINE_MAX)
		abort();
	for (; *text; text++)
		if (((unsigned char)*text < 0x20 && *text != '\t') || *text == 0x7f)
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(ini_freep) struct ini *ini = ini_new((const char *)data, size);
	struct ini_item item;
	unsigned line = 0;

	if (!ini)
		return 0;
	do {
		item = ini_next(ini);
		if (item.line < line) /* lines only go forward */
			abort();
		line = item.line;
		if (item.kind == INI_SECTION || item.kind == INI_PAIR) {
			check_text(item.key);
			check_text(item.value);
			if (*item.key == '\0')
				abort();
		} else if (item.kind == INI_ERROR) {
			check_text(item.text);
		}
	} while (item.kind != INI_END && item.kind != INI_ERROR);
	if (ini_next(ini).kind != item.kind)
		abort();
	return 0;
}
