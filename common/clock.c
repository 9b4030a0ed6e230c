/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The two clocks of this product, and the one addition that cannot wrap. */

#include "common/clock.h"

#include <assert.h>
#include <time.h>

static usec_t clock_read(clockid_t id)
{
	struct timespec ts;
	int r = clock_gettime(id, &ts);

	assert(r == 0); /* both clocks exist on every kernel we run on */
	return (usec_t)ts.tv_sec * USEC_PER_SEC + (usec_t)ts.tv_nsec / 1000;
}

usec_t clock_now(void)
{
	return clock_read(CLOCK_BOOTTIME);
}

usec_t clock_real(void)
{
	return clock_read(CLOCK_REALTIME);
}

usec_t clock_add(usec_t a, usec_t b)
{
	usec_t sum;

	return __builtin_add_overflow(a, b, &sum) ? USEC_INFINITY : sum;
}
