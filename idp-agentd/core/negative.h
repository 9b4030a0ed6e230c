/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_NEGATIVE_H
#define IDP_CORE_NEGATIVE_H

/*
 * Names a platform said it does not know, for a while. Bounded: when full, the oldest makes
 * room. Pure: `now` comes in.
 */

#include <stdbool.h>
#include <stddef.h>

#include "common/clock.h"
#include "common/macro.h"

struct negative;

int negative_new(size_t max, usec_t life, struct negative **ret_negative) _must_check_;
struct negative *negative_free(struct negative *negative);
DEFINE_CLEANUP(struct negative *, negative_free);

bool negative_has(struct negative *negative, const char *name, usec_t now) _must_check_;
/* Short of memory it is simply not remembered. */
void negative_put(struct negative *negative, const char *name, usec_t now);
/* After a find or a pass: the name may exist now. */
void negative_drop(struct negative *negative, const char *name);
/* Forgets all; how many there were. */
size_t negative_flush(struct negative *negative);

#endif
