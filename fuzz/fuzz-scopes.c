/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * A register of scopes that somebody hands over. The properties: what is read is printable and
 * named as a scope is, and written again it is read as the same.
 */

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/buf.h"
#include "idp-agentd/core/config-value.h"
#include "idp-agentd/core/scope-file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_text(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			abort();
}

static void check_file(const struct scope_file *file)
{
	for (size_t i = 0; i < file->n; i++) {
		if (!config_value_is_scope(file->lines[i].name))
			abort();
		check_text(file->lines[i].protects);
		check_text(file->lines[i].description);
		check_text(file->lines[i].provider);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char reason[REASON_MAX] = "";
	struct scope_file *file = NULL;
	int r = scope_file_read((const char *)data, size, reason, &file);

	if (r == 0)
		check_file(file);
	else if (file || !*reason)
		abort();
	scope_file_free(file);
	return 0;
}
