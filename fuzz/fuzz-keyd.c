/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Any bytes as a question to an idp-keyd that has no token: each is refused, one way or another. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "common/log.h"
#include "common/wire.h"
#include "idp-keyd/keyd.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void be_quiet(int priority, const char *text)
{
	(void)priority;
	(void)text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct keyd keyd = { .modules = NULL };
	struct wire_in in;
	struct buf out;

	log_set_handler(be_quiet);
	buf_init(&out, WIRE_MESSAGE_MAX);
	if (keyd_answer(&keyd, data, size, &out) == 0 &&
	    (wire_open(&in, out.data, out.len) < 0 || in.type != MSG_KEY_NO))
		abort();
	buf_done(&out);
	return 0;
}
