/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_CLIENT_KEY_H
#define IDP_CORE_CLIENT_KEY_H

/*
 * The keys of clients. Those without a key in idp.conf have up to two in a folder of the agent's
 * state: the one that signs, and a spare. While a platform is told of a new one both are good; then
 * they change places at once.
 */

#include <stdbool.h>
#include <stdint.h>

#include "common/limits.h"
#include "common/macro.h"
#include "idp-agentd/core/key.h"

struct config_client;

#define CLIENT_KEY_FOLDER "clients"
#define CLIENT_KEY_BITS   3072u

enum client_key_slot {
	CLIENT_KEY_USED = 0,
	CLIENT_KEY_SPARE,
};

enum {
	CLIENT_KEY_E_NONE = 1, /* there is no key in that place */
	CLIENT_KEY_E_TAKEN,    /* there is one already */
	CLIENT_KEY_E_ELSEWHERE /* idp.conf says where it is: not ours to change */
};

struct client_key {
	struct secret *pem;
	struct key *key;
	char kid[KEY_THUMBPRINT_LEN + 1]; /* RFC 7638 */
	uint64_t made;                    /* seconds since 1970; 0: not ours, so not known */
};

/* Erases it. */
void client_key_done(struct client_key *key);

/*
 * The key of client in that place. state is the agent's folder. CLIENT_KEY_E_NONE,
 * CLIENT_KEY_E_ELSEWHERE (there is no spare of it) or -errno, with a sentence and its remedy in
 * reason.
 */
int client_key_read(const char *state, const struct config_client *client,
		    enum client_key_slot slot, char reason[static REASON_MAX],
		    struct client_key *ret_key) _must_check_;
/* Makes a new one there. CLIENT_KEY_E_TAKEN, CLIENT_KEY_E_ELSEWHERE, -errno; likewise. */
int client_key_make(const char *state, const struct config_client *client,
		    enum client_key_slot slot, char reason[static REASON_MAX]) _must_check_;
/* The spare signs from now on, and what signed is the spare. CLIENT_KEY_E_NONE; likewise. */
int client_key_swap(const char *state, const struct config_client *client,
		    char reason[static REASON_MAX]) _must_check_;
/* The spare is no more. Likewise. */
int client_key_drop(const char *state, const struct config_client *client,
		    char reason[static REASON_MAX]) _must_check_;

#endif
