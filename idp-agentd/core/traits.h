/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_TRAITS_H
#define IDP_CORE_TRAITS_H

/*
 * What a sign-in says of a person, or of a program, through the keys *_from of its provider: the
 * roles, products, site, origin, uuid and tenant that rules ask for, and the details that the
 * platform still misses. Read from an identity, kept as facts, read back from them.
 */

#include <stdbool.h>
#include <stddef.h>

#include "common/macro.h"

struct access_request;
struct config_provider;
struct identity;
struct store_fact;
struct store_facts;

struct trait_list {
	size_t n, room;
	const char **items; /* texts are borrowed */
	bool read;          /* it was asked for */
	bool unknown;       /* there may be more than those */
};

/* Texts: NULL not known, "" known to be none; as in struct access_request. */
struct traits {
	struct trait_list roles, products, details;
	const char *site, *origin, *uuid, *tenant;
	const char *client, *purpose, *eservice, *consumer;
};

/* Both borrow until traits_done(), which every outcome needs. provider NULL: not configured any
 * more, so nothing of it is known. 0 or -ENOMEM. */
int traits_read(struct traits *traits, const struct config_provider *provider,
		const struct identity *identity) _must_check_;
int traits_recall(struct traits *traits, const struct config_provider *provider,
		  const struct store_facts *facts) _must_check_;
void traits_done(struct traits *traits);

/* Into a request, which borrows from traits. */
void traits_put(const struct traits *traits, struct access_request *request);
/* As facts worth keeping: facts has room for traits_count() of them behind *n. */
size_t traits_count(const struct traits *traits);
void traits_keep(const struct traits *traits, struct store_fact *facts, size_t *n);

#endif
