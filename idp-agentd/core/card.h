/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_CARD_H
#define IDP_CORE_CARD_H

/*
 * The questions to idp-keyd: sent one after the other over a link that is made when it is needed.
 * Nothing here waits; an answer comes from the loop, at the latest when its deadline has passed.
 */

#include <stddef.h>
#include <stdint.h>

#include "common/macro.h"
#include "common/wire.h"

#define CARD_SOCKET    IDP_RUNDIR "/key.sock"
#define CARD_BYTES_MAX 2048u /* a public key or a signature of RSA 8192 */

struct card;
struct sd_event;

/*
 * in is KEY_IS or SIGNED_IS, whichever was asked for; or NULL, and why says in a sentence why there
 * is none. New questions may be asked from here.
 */
typedef void (*card_fn)(void *userdata, struct wire_in *in, const char *why);

int card_new(struct sd_event *event, const char *path, struct card **ret_card) _must_check_;
/* Whoever waits hears that there is no answer. */
struct card *card_free(struct card *card);
DEFINE_CLEANUP(struct card *, card_free);

/* fn is called once, unless these fail: -ENOBUFS when too much is asked, -EMSGSIZE, -ENOMEM. */
int card_ask_key(struct card *card, const char *uri, card_fn fn, void *userdata) _must_check_;
int card_ask_signature(struct card *card, const char *uri, const char *alg, const char *bytes,
		       size_t len, card_fn fn, void *userdata) _must_check_;
/* What KEY_IS or SIGNED_IS holds, read to its end and decoded. */
int card_read(struct wire_in *in, uint8_t bytes[static CARD_BYTES_MAX],
	      size_t *ret_len) _must_check_;
/* Which link this is, counted from 1: behind another one may be another token. 0 none. */
uint64_t card_link(const struct card *card);

#endif
