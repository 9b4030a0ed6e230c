/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_IDENTITY_H
#define IDP_CORE_IDENTITY_H

/*
 * What the platform said about a person in one sign-in, as it crossed from idp-netd: owned
 * strings, every length checked, no byte of it trusted beyond that. The claims are flattened
 * (path, value) pairs; there is no JSON here.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/macro.h"
#include "common/wire.h"

struct identity_list {
	char **items;
	size_t n;
};

struct identity_claim {
	char *path; /* JSON pointer */
	char *value;
};

struct identity {
	char *provider; /* the configuration's name of it */
	char *iss, *sub;
	char *name; /* what the platform calls the person; "" when it does not say */
	struct identity_list groups, entitlements, scopes, amr;
	bool groups_unknown; /* the platform's list was none: it may have named any group */
	bool entitlements_unknown;
	/* Likewise, of what stands, or does not, at roles_from, products_from and details_from. */
	bool roles_unknown, products_unknown, details_unknown;
	bool workload;  /* it is a program's: the answer to a peer_ask_verify() only */
	bool anonymous; /* the platform gives such a token to anybody; likewise */
	char *acr;
	uint64_t auth_time; /* seconds since 1970, 0 unknown */
	struct identity_claim *claims;
	size_t n_claims;
};

/* Reads an IDENTITY message behind its flow number. -EBADMSG, -ENOMEM. */
int identity_read(struct wire_in *in, struct identity **ret_identity) _must_check_;
/* NULL is fine; returns NULL. */
struct identity *identity_free(struct identity *identity);
DEFINE_CLEANUP(struct identity *, identity_free);
/* The first claim of that path, or NULL. */
const char *identity_claim(const struct identity *identity, const char *path);

#endif
