/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_TESTS_LIB_KEEPER_H
#define IDP_TESTS_LIB_KEEPER_H

/*
 * The keeper of tokens over a real record and a real vault, with a scripted peer: the questions to
 * idp-netd end here, and the test answers them in any order it likes. alice (s1) and bob (s2) are
 * in the record, and the provider is "corp". What goes wrong in here fails the test. One at a time.
 */

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "common/wire.h"
#include "idp-agentd/core/authority.h"
#include "idp-agentd/core/flows.h"
#include "idp-agentd/core/grant.h"
#include "idp-agentd/core/person.h"
#include "idp-agentd/core/wallet.h"

#define KEEPER_ISS   "https://idp.example.org"
#define KEEPER_API   "https://api.example.org" /* an audience that may be asked for */
#define KEEPER_START 1790000000u

/* A question to idp-netd. */
struct keeper_asked {
	enum wire_type type;
	const struct flow_owner *ops; /* NULL: answered */
	void *owner;
	char refresh[64], access[64], resource[64], sub[64];
};

struct keeper {
	char folder[64], snapshot[96];
	sd_event *event;
	struct authority authority;
	struct wallets *wallets;
	struct person *alice, *bob;
	uint64_t now;
	struct keeper_asked asked[128];
	unsigned n_asked;
	int ask_error; /* what the next question comes to */
};

/* The configuration it begins with. */
extern const char keeper_config[];

void keeper_begin(struct keeper *k);
/* Closes it and removes everything. */
void keeper_end(struct keeper *k);
/* What is in memory only is lost. */
void keeper_restart(struct keeper *k);
/* The configuration is this one now. */
void keeper_configure(struct keeper *k, const char *text);
void keeper_remove_folder(const char *path);
/* No file can grow any more, or again. */
void keeper_set_disk_full(bool full);

/* A test that finds its keeper in *state. */
int keeper_setup(void **state);
int keeper_teardown(void **state);
#define KEEPER_TEST(function) \
	cmocka_unit_test_setup_teardown(function, keeper_setup, keeper_teardown)

/* Tokens that live so many seconds, 0: nobody said how long. refresh "": none. */
struct grant *keeper_grant(const struct keeper *k, const char *access, const char *refresh,
			   uint64_t life);
/* name has signed in and was granted these. */
void keeper_put(struct keeper *k, const char *name, const char *access, const char *refresh,
		uint64_t life);
/* alice has signed in: access-1 lives so long, and there is refresh-1. */
void keeper_sign_in(struct keeper *k, uint64_t life);
/* wallets_end_sessions() of the provider. */
int keeper_end_sessions(struct keeper *k, const char *sub, const char *sid);

/* Who asks for a token, and what he hears. */
struct heard {
	unsigned n;
	char token[64], refused[64];
	struct wallet_waiter *waiter;
};

/* A wallet_token_fn: userdata is a struct heard. */
void keeper_on_token(void *userdata, const struct wallet_token *token);
/* The answer comes at once. */
struct heard keeper_get(struct keeper *k, const struct person *person, const char *audience);
/* alice must wait for hers. */
void keeper_wait(struct keeper *k, const char *audience, struct heard *heard);

#define assert_token(k, text)   assert_string_equal(keeper_get(k, (k)->alice, "").token, text)
#define assert_refused(k, text) assert_string_equal(keeper_get(k, (k)->alice, "").refused, text)

/* What idp-netd says to question number i. */
int keeper_answer(struct keeper *k, unsigned i, struct buf *out);
void keeper_answer_tokens(struct keeper *k, unsigned i, const char *access, const char *refresh);
void keeper_answer_no(struct keeper *k, unsigned i, enum wire_type type, const char *code);
/* The question number i must be a revocation of these. */
void assert_revokes(const struct keeper *k, unsigned i, const char *refresh, const char *access);

#endif
