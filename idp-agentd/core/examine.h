/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_EXAMINE_H
#define IDP_CORE_EXAMINE_H

/*
 * What this host asks of a platform, held against what the platform offers. idp-netd tells facts;
 * only the authority knows which service needs what. Pure.
 */

#include "common/macro.h"
#include "common/wire.h"

struct config;

struct examine {
	const struct config *config;
	/* remedy "" for what is fine. */
	void (*say)(void *userdata, enum wire_finding level, const char *text, const char *remedy);
	void *userdata;
};

/* One fact (WIRE_FINDING_OFFER, WIRE_FINDING_USE) about the provider of this name. */
void examine_fact(const struct examine *examine, const char *provider, enum wire_finding kind,
		  const char *what, const char *value);
/* Who says this value in use: "written", "preset", "default", "discovery"; "" there is none. */
const char *examine_origin(const struct config *config, const char *provider, const char *what,
			   const char *value);

#endif
