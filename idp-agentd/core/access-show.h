/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_ACCESS_SHOW_H
#define IDP_CORE_ACCESS_SHOW_H

/*
 * The rules in sentences, for somebody who did not write them. Pure. Every part of a rule is said,
 * so that who reads the sentences alone knows as much as who reads the file.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/macro.h"
#include "idp-agentd/core/config.h"

struct buf;
struct ruleset;

struct access_shown {
	const char *name; /* of [allow NAME] or [deny NAME] */
	bool allow;
	struct config_place place;
	const char *text; /* sentences, one a line; good during the call */
};

struct access_shown_counts {
	size_t n_allow, n_deny; /* about the service on this host */
	size_t n_elsewhere;     /* about it on other hosts alone: not shown */
	const char *near;       /* no rule names the service, but one that is spelt like it;
				 * NULL none */
};

typedef void (*access_show_fn)(void *userdata, const struct access_shown *shown);

/* Calls each for every rule about service on host: those that let in, then those that keep out,
 * by name. -ENOMEM. */
int access_show(const struct ruleset *rules, const char *service, const char *host,
		access_show_fn each, void *userdata,
		struct access_shown_counts *ret_counts) _must_check_;

/* "15 minutes", "1 hour", "90 seconds": the largest unit that tells it whole. */
void access_put_time(struct buf *out, uint64_t seconds);
/* The description of a scope with the host's name in it. */
void access_put_described(struct buf *out, const char *description, const char *host);

#endif
