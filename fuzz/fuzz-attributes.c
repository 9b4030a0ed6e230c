/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Keys and labels as anybody may type them: what is kept is within bounds and is kept again. */

#include <stdlib.h>
#include <string.h>

#include "common/limits.h"
#include "idp-agentd/core/attributes.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const char *text, size_t limit, int (*clean)(const char *text, struct buf *out))
{
	struct buf once, twice;

	buf_init(&once, limit + 1);
	buf_init(&twice, limit + 1);
	if (clean(text, &once) != 0 || once.len > limit || strlen((char *)once.data) != once.len)
		abort();
	if (clean((char *)once.data, &twice) != 0 || once.len != twice.len ||
	    memcmp(once.data, twice.data, once.len) != 0)
		abort();
	buf_done(&once);
	buf_done(&twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	if (!text)
		return 0;
	if (size > 0)
		memcpy(text, data, size);
	text[size] = '\0';
	check(text, SSH_KEYS_LEN_MAX, attributes_clean_keys);
	check(text, LABELS_LEN_MAX, attributes_clean_labels);
	free(text);
	return 0;
}
