/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A packed world and its events: the invariant of the session machine holds in all of them. */
#include <stddef.h>
#include <stdint.h>

#include "tests/lib/session-world.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	(void)session_model_run(data, size);
	return 0;
}
