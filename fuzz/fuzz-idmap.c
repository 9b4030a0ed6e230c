/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Ids that another host, or an administrator, hands over. The properties: what is read is printable
 * text within its limits, and written again it is read as the same; what is refused says which line
 * and why; an export is in order, so nobody stands there twice.
 */

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/buf.h"
#include "common/utf8.h"
#include "idp-agentd/core/idmap-file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_text(const char *text, size_t max)
{
	if (!*text || strlen(text) > max || utf8_has_control(text))
		abort();
}

static void check_line(const struct idmap_line *line)
{
	char memory[IDMAP_LINE_MAX + 1], reason[REASON_MAX] = "";
	struct idmap_line again;
	struct buf out;

	check_text(line->name, IDMAP_NAME_MAX);
	check_text(line->realm, ISSUER_LEN_MAX);
	check_text(line->key, SUBJECT_LEN_MAX);
	buf_init_fixed(&out, memory, sizeof(memory));
	idmap_line_put(&out, line);
	if (buf_end(&out) < 0 || out.len < 2 || memory[out.len - 1] != '\n')
		abort();
	if (idmap_line_read(memory, out.len - 1, &again, reason) != 0)
		abort();
	if (idmap_line_compare(line, &again) != 0 || strcmp(line->name, again.name) != 0 ||
	    line->id != again.id || line->gid != again.gid || line->state != again.state)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct idmap_reader *reader = idmap_reader_new();
	struct idmap_line line, before = { .kind = IDMAP_PERSON };
	char reason[REASON_MAX] = "";
	uint32_t first, last;
	int r = reader ? 0 : -1;

	while (size > 0 && r >= 0 && r != IDMAP_FILE_E_SHAPE) {
		const uint8_t *end = memchr(data, '\n', size);
		size_t len = end ? (size_t)(end - data) : size;

		r = idmap_reader_next(reader, (const char *)data, len, &line, reason);
		if (r == 0) {
			check_line(&line);
			if (idmap_reader_is_export(reader, &first, &last) &&
			    idmap_line_compare(&before, &line) >= 0)
				abort();
			before = line;
		}
		if (r == IDMAP_FILE_E_SHAPE && strncmp(reason, "line ", 5) != 0)
			abort();
		data += len + (end ? 1 : 0);
		size -= len + (end ? 1 : 0);
	}
	if (r == 0 && idmap_reader_end(reader, reason) != 0 && !*reason)
		abort();
	idmap_reader_free(reader);
	return 0;
}
