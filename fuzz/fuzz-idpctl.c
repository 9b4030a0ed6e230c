/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * What an agent may answer to idpctl. Input: messages, each behind a u16 length (little endian).
 * ROWs are collected and shown to people and to machines. The property: no byte a terminal acts
 * upon comes out but the line end, and the JSON can be read back.
 */

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <jansson.h>

#include "common/limits.h"
#include "common/wire.h"
#include "idpctl/control.h"
#include "idpctl/render.h"
#include "idpctl/rows.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void show_people(const struct rows *rows, size_t width)
{
	struct buf out;

	buf_init(&out, RENDER_MAX);
	render_people(&out, rows, 1795305600, width);
	if (buf_end(&out) < 0)
		abort();
	for (size_t i = 0; i < out.len; i++) {
		if ((out.data[i] < 0x20 && out.data[i] != '\n') || out.data[i] == 0x7f)
			abort();
		if (out.data[i] == 0xc2 && i + 1 < out.len && out.data[i + 1] < 0xa0)
			abort();
	}
	buf_done(&out);
}

static void show_machines(const struct rows *rows)
{
	const struct control_end end = { 0 };
	struct buf out;
	json_t *json;

	buf_init(&out, RENDER_MAX);
	if (render_json(&out, "fuzz", rows, &end) < 0)
		abort();
	json = json_loadb((const char *)out.data, out.len, JSON_REJECT_DUPLICATES, NULL);
	if (!json || json_array_size(json_object_get(json, "rows")) != rows->n)
		abort();
	json_decref(json);
	buf_done(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rows rows = { 0 };

	while (size >= 2) {
		size_t len = (size_t)(data[0] | data[1] << 8);
		struct wire_in in;

		data += 2;
		size -= 2;
		len = len < size ? len : size;
		if (wire_open(&in, data, len) == 0 && in.type == MSG_ROW &&
		    rows_add_message(&rows, &in) < 0)
			abort(); /* what opens can be read */
		data += len;
		size -= len;
	}
	show_people(&rows, 0);
	show_people(&rows, 40);
	show_machines(&rows);
	rows_done(&rows);
	return 0;
}
