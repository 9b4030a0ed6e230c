/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_BRAKE_H
#define IDP_CORE_BRAKE_H

/*
 * How fast passwords of one person may be tried. Every attempt counts as wrong until it was right,
 * so that many at once are no way around the wait. Bounded memory; now comes in.
 */

#include <stdbool.h>

#include "common/clock.h"
#include "common/macro.h"

struct brake;

int brake_new(struct brake **ret_brake) _must_check_;
struct brake *brake_free(struct brake *brake);
DEFINE_CLEANUP(struct brake *, brake_free);

/* One more attempt; false: not yet, and nothing is counted. */
bool brake_take(struct brake *brake, const char *person, usec_t now) _must_check_;
/* The last attempt was right: everything is forgotten. */
void brake_release(struct brake *brake, const char *person);
/* Whether the last attempt was right could not be found out: it does not count. */
void brake_undo(struct brake *brake, const char *person);

#endif
