/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_COMMON_CLOCK_H
#define IDP_COMMON_CLOCK_H

#include <stdint.h>

/* Microseconds. */
typedef uint64_t usec_t;

#define USEC_PER_MSEC   ((usec_t)1000)
#define USEC_PER_SEC    ((usec_t)1000000)
#define USEC_PER_MINUTE (60 * USEC_PER_SEC)
#define USEC_PER_HOUR   (60 * USEC_PER_MINUTE)
#define USEC_PER_DAY    (24 * USEC_PER_HOUR)
#define USEC_INFINITY   UINT64_MAX

/* Time since boot, suspend included (CLOCK_BOOTTIME): for every deadline and age. */
usec_t clock_now(void);

/* Wall clock since 1970: only for what other machines also see (JWT times) and for display. */
usec_t clock_real(void);

/* a + b that stays at USEC_INFINITY instead of wrapping. */
usec_t clock_add(usec_t a, usec_t b);

#endif
