/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Any bytes into wire_open(), the getters of the signature and the printer. */

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "common/limits.h"
#include "common/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void get(struct wire_in *in, char letter)
{
	uint32_t n = letter == 'a' || letter == 'i' || letter == 'f' ? wire_get_count(in) : 1;

	for (uint32_t i = 0; i < n; i++) {
		if (letter == 'b')
			IGNORE(wire_get_bool(in));
		else if (letter == 'u' || letter == 'i')
			IGNORE(wire_get_u32(in) != 0);
		else if (letter == 't')
			IGNORE(wire_get_u64(in) != 0);
		else if (letter == 'f')
			IGNORE(wire_get_field(in).key[0]);
		else
			IGNORE(wire_get_str(in, WIRE_STRING_MAX)[0]);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char text[512];
	struct wire_in in;

	wire_print(data, size, text, sizeof(text));
	if (wire_open(&in, data, size) != 0)
		return 0;
	for (const char *letter = wire_signature((uint16_t)in.type); *letter; letter++)
		get(&in, *letter);
	if (wire_close(&in) != 0)
		abort(); /* what opened must close */
	return 0;
}
