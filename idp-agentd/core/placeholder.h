/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_PLACEHOLDER_H
#define IDP_CORE_PLACEHOLDER_H

/*
 * Which processes were shown a placeholder of whom. sshd looks a name up once for a connection and
 * keeps that entry, however much is learned of the person meanwhile: whatever it lets in later
 * would have the id of the placeholder. Bounded: when full, the oldest makes room. `now` comes in.
 */

#include <stdbool.h>
#include <sys/types.h>

#include "common/clock.h"
#include "common/macro.h"

struct placeholders;

int placeholders_new(struct placeholders **ret) _must_check_;
struct placeholders *placeholders_free(struct placeholders *placeholders);
DEFINE_CLEANUP(struct placeholders *, placeholders_free);

/* The process was answered with the placeholder of name. A pid of 0 (not of our namespace) is
 * nobody's, and neither noted nor found. */
void placeholders_note(struct placeholders *placeholders, pid_t pid, const char *name, usec_t now);
/*
 * Was it that process, or, within PLACEHOLDER_LIFE, one of its session (setsid(2))? sshd gives each
 * connection a session of its own, and asks PAM in children of who has the entry.
 */
bool placeholders_has(const struct placeholders *placeholders, pid_t pid, const char *name,
		      usec_t now) _must_check_;

#endif
