/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_PDND_H
#define IDP_CORE_PDND_H

/*
 * What an administrator asks about clients, purposes and e-services. What is told of them is pure,
 * given a view of this host (pdnd-graph.c, pdnd-lint.c, pdnd-doctor.c); pdnd.c has the view of the
 * running agent.
 */

#include <stdbool.h>
#include <stdint.h>

#include "common/limits.h"
#include "common/macro.h"
#include "common/wire.h"
#include "idp-agentd/core/key.h"

struct buf;
struct config;
struct config_client;
struct config_list;
struct config_purpose;
struct conn;
struct control_parts;
struct row;
struct voucher_state;

#define PDND_KEY_OLD   (366 * 86400u) /* seconds; a key that old is told of */
#define PDND_SPARE_OLD (30 * 86400u)  /* a rotation takes a day or two */

/* A client's keys, as far as they can be read. */
struct pdnd_keys {
	char kid[KEY_THUMBPRINT_LEN + 1];   /* of the one that signs; "" there is none */
	char spare[KEY_THUMBPRINT_LEN + 1]; /* "" there is none */
	uint64_t made, spare_made;          /* seconds since 1970; 0 not known */
	char reason[REASON_MAX];            /* why what is there cannot be used; "" it can */
};

struct pdnd_view {
	const struct config *config;
	uint64_t now;                 /* seconds since 1970 */
	const struct pdnd_keys *keys; /* of each client, in their order; not for the graph */
	/* Does this host know a user or group of that name? */
	bool (*knows)(void *userdata, bool group, const char *name);
	/* Can every user read that file of the configuration? */
	bool (*is_open)(void *userdata, const char *file);
	/* How vouchers of a client for a purpose ("" kind api) go; and by how many seconds a
	 * provider's clock is ahead, false: not known. For the doctor. */
	void (*look)(void *userdata, const char *client, const char *purpose,
		     struct voucher_state *ret_state);
	bool (*skew)(void *userdata, const char *provider, int64_t *ret_seconds);
	void (*row)(void *userdata, const struct row *row);
	void *userdata;
	bool failed; /* a warning or worse was told */
};

/* Who reaches which e-service, and after which model. */
void pdnd_graph(struct pdnd_view *view);
/* How much hangs on each client, and what should be otherwise. */
void pdnd_lint(struct pdnd_view *view);
/* Each link of the chain that a voucher hangs on: what this host can see of it itself. */
void pdnd_doctor(struct pdnd_view *view);

/* ---- for those three ---- */

/* Says what is wrong with the key that signs; false: nothing is. */
bool pdnd_tell_key(struct pdnd_view *view, size_t client, const char *topic);
void pdnd_say(struct pdnd_view *view, enum wire_finding level, const char *topic,
	      const char *remedy, const char *format, ...) _printf_(5, 6);
/* Of how many e-services it has purposes, and how many purposes. */
size_t pdnd_count_eservices(const struct config *config, const struct config_client *client);
size_t pdnd_count_purposes(const struct config *config, const struct config_client *client);
/* "user team-a or group accounting"; nothing for two empty lists. */
void pdnd_put_who(struct buf *out, const struct config_list *users,
		  const struct config_list *groups);

/* ---- requests ---- */

/* PDND. Negative: the client broke the rules. */
int pdnd_request(const struct control_parts *parts, struct conn *conn,
		 struct wire_in *in) _must_check_;
/* PDND_KEY, likewise: pdnd-key.c. */
int pdnd_key_request(const struct control_parts *parts, struct conn *conn,
		     struct wire_in *in) _must_check_;

#endif
