/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tokens that are kept: who gets one, how they are renewed, and what the disk holds meanwhile. */
#include "tests/lib/test.h"

#include <errno.h>
#include <sys/stat.h>

#include "common/secret.h"
#include "idp-agentd/core/store.h"
#include "idp-agentd/core/store-wallet.h"
#include "idp-agentd/core/vault.h"
#include "tests/lib/keeper.h"

/* ---- what is kept ---- */

static void test_a_fresh_token_is_handed_out(void **state)
{
	struct keeper *k = *state;

	assert_refused(k, "no-tokens");
	keeper_sign_in(k, 3600);
	assert_token(k, "access-1");
	assert_string_equal(keeper_get(k, k->bob, "").refused, "no-tokens");
	assert_string_equal(keeper_get(k, k->alice, "https://x").refused, "audience-not-allowed");
	keeper_restart(k); /* which keeps it */
	assert_token(k, "access-1");
	assert_int_equal(k->n_asked, 0);
}

static void test_a_fifth_of_its_life_must_be_left(void **state)
{
	struct keeper *k = *state;
	struct heard heard;

	keeper_sign_in(k, 3600);
	k->now += 3600 - 720 - 1;
	assert_token(k, "access-1");
	k->now += 1;
	keeper_wait(k, "", &heard);
	assert_string_equal(k->asked[0].refresh, "refresh-1");
	assert_string_equal(k->asked[0].sub, "s1");
	keeper_answer_tokens(k, 0, "access-2", "");
	assert_string_equal(heard.token, "access-2");
	assert_token(k, "access-2");
	k->now += 3600; /* not rotated: the old one goes on */
	keeper_wait(k, "", &heard);
	assert_string_equal(k->asked[1].refresh, "refresh-1");
	keeper_answer_no(k, 1, MSG_FAILED, "timeout");
	assert_string_equal(heard.refused, "platform-unreachable");
}

static void test_fifty_who_ask_share_one_refresh(void **state)
{
	static struct heard heard[50];
	struct keeper *k = *state;

	keeper_sign_in(k, 30);
	for (unsigned i = 0; i < ELEMENTSOF(heard); i++)
		keeper_wait(k, "", &heard[i]);
	assert_int_equal(k->n_asked, 1);
	wallet_waiter_cancel(heard[7].waiter); /* one has gone */
	keeper_answer_tokens(k, 0, "access-2", "refresh-2");
	for (unsigned i = 0; i < ELEMENTSOF(heard); i++) {
		assert_int_equal(heard[i].n, i != 7);
		if (i != 7)
			assert_string_equal(heard[i].token, "access-2");
	}
	assert_int_equal(k->n_asked, 1);
}

static void test_the_waiting_have_a_limit(void **state)
{
	static struct heard heard[TOKEN_WAITERS_MAX];
	struct keeper *k = *state;

	keeper_sign_in(k, 30);
	k->now += 31;
	for (unsigned i = 0; i < ELEMENTSOF(heard); i++)
		keeper_wait(k, "", &heard[i]);
	assert_refused(k, "busy");
	for (unsigned i = 0; i < ELEMENTSOF(heard); i++)
		wallet_waiter_cancel(heard[i].waiter);
	keeper_answer_tokens(k, 0, "access-2", "refresh-2"); /* kept, though nobody waits */
	assert_token(k, "access-2");
}

static void test_audiences_follow_one_another(void **state)
{
	struct keeper *k = *state;
	struct heard own, api;

	keeper_sign_in(k, 30);
	keeper_wait(k, "", &own);
	keeper_wait(k, KEEPER_API, &api);
	assert_int_equal(k->n_asked, 1);
	keeper_answer_tokens(k, 0, "access-2", "refresh-2");
	assert_string_equal(own.token, "access-2");
	assert_int_equal(api.n, 0);
	assert_int_equal(k->n_asked, 2);
	assert_string_equal(k->asked[1].refresh, "refresh-2"); /* the newest */
	assert_string_equal(k->asked[1].resource, KEEPER_API);
	keeper_answer_tokens(k, 1, "access-api", "refresh-3");
	assert_string_equal(api.token, "access-api");
	assert_token(k, "access-2");
	assert_string_equal(keeper_get(k, k->alice, KEEPER_API).token, "access-api");
	keeper_restart(k); /* in memory only */
	assert_token(k, "access-2");
	keeper_wait(k, KEEPER_API, &api);
	assert_string_equal(k->asked[2].refresh, "refresh-3");
	keeper_answer_no(k, 2, MSG_DENIED, "audience-refused");
	assert_string_equal(api.refused, "audience-refused");
	assert_token(k, "access-2"); /* nothing else is lost */
}

/* ---- the disk ---- */

struct disk_witness {
	struct heard heard;
	struct keeper *k;
	char refresh[64];
};

static void copy_file(const char *from, const char *to)
{
	static char bytes[8 << 20];
	FILE *in = fopen(from, "re"), *out;
	size_t len;

	if (!in)
		return;
	out = fopen(to, "we");
	assert_non_null(out);
	assert_int_equal(fchmod(fileno(out), 0600), 0);
	len = fread(bytes, 1, sizeof(bytes), in);
	assert_int_equal(fwrite(bytes, 1, len, out), len);
	(void)fclose(in);
	(void)fclose(out);
}

/* What another process would find if this one were killed now. */
static void witness(void *userdata, const struct wallet_token *token)
{
	static const char *const names[] = { "state.db", "state.db-wal", VAULT_KEY_FILE };
	struct disk_witness *w = userdata;
	char copy[] = "/tmp/idp-copy-XXXXXX";
	const struct vault_row row = { w->k->alice->id, "corp", KEEPER_ISS, "s1" };
	_cleanup_(store_wallet_freep) struct store_wallet *stored = NULL;
	_cleanup_(grant_freep) struct grant *grant = NULL;
	_cleanup_(buf_done) struct buf plain;
	struct vault *vault = NULL;
	struct store *store = NULL;
	char from[160], to[160], reason[REASON_MAX];
	struct store_options options = { .folder = copy };

	keeper_on_token(&w->heard, token);
	assert_non_null(mkdtemp(copy));
	for (size_t i = 0; i < ELEMENTSOF(names); i++) {
		(void)snprintf(from, sizeof(from), "%s/%s", w->k->folder, names[i]);
		(void)snprintf(to, sizeof(to), "%s/%s", copy, names[i]);
		copy_file(from, to);
	}
	assert_int_equal(store_open(&options, reason, &store), 0);
	assert_int_equal(store_get_wallet(store, w->k->alice->id, "corp", &stored), 0);
	assert_int_equal(vault_open(NULL, copy, reason, &vault), 0);
	buf_init_secret(&plain, 65536);
	assert_int_equal(vault_unseal(vault, &row, stored->sealed, stored->len, &plain), 0);
	assert_int_equal(grant_parse(plain.data, plain.len, &grant), 0);
	assert_non_null(grant->refresh);
	(void)snprintf(w->refresh, sizeof(w->refresh), "%s", grant->refresh->text);
	vault_free(vault);
	store_free(store);
	keeper_remove_folder(copy);
}

static void test_a_rotated_token_is_on_the_disk_before_anybody_hears(void **state)
{
	struct keeper *k = *state;
	struct disk_witness w = { .k = k };
	struct wallet_waiter *waiter;

	keeper_sign_in(k, 30);
	assert_int_equal(wallets_get_token(k->wallets, k->alice, "", witness, &w, &waiter), 0);
	keeper_answer_tokens(k, 0, "access-2", "refresh-2");
	assert_string_equal(w.heard.token, "access-2");
	assert_string_equal(w.refresh, "refresh-2");
}

static void test_a_full_disk_hands_nothing_out_and_loses_nothing(void **state)
{
	struct keeper *k = *state;
	struct heard heard;

	keeper_sign_in(k, 30);
	k->now += 31;
	keeper_wait(k, "", &heard);
	keeper_set_disk_full(true);
	keeper_answer_tokens(k, 0, "access-2", "refresh-2");
	assert_refused(k, "internal");
	keeper_set_disk_full(false);
	assert_string_equal(heard.refused, "internal");
	assert_token(k, "access-2"); /* it was not thrown away, and is on the disk now */
	keeper_restart(k);
	assert_token(k, "access-2");
	assert_int_equal(k->n_asked, 1);
}

static void test_what_cannot_be_removed_is_void(void **state)
{
	struct keeper *k = *state;

	keeper_sign_in(k, 3600);
	keeper_set_disk_full(true);
	assert_int_equal(keeper_end_sessions(k, "s1", ""), 1);
	keeper_set_disk_full(false);
	assert_refused(k, "no-tokens");
	assert_revokes(k, 0, "refresh-1", "access-1");
	keeper_restart(k); /* before it could be removed it would be there again */
	assert_token(k, "access-1");
	keeper_set_disk_full(true);
	assert_int_equal(keeper_end_sessions(k, "s1", ""), 1);
	keeper_set_disk_full(false);
	wallets_sweep(k->wallets); /* the sweep removes it */
	keeper_restart(k);
	assert_refused(k, "no-tokens");
}

static void test_a_row_that_does_not_open_is_dropped(void **state)
{
	struct keeper *k = *state;
	_cleanup_(store_wallet_freep) struct store_wallet *of_alice = NULL, *of_bob = NULL;

	keeper_sign_in(k, 3600);
	keeper_put(k, "zz-bob", "access-bob", "refresh-bob", 3600);
	assert_string_equal(keeper_get(k, k->bob, "").token, "access-bob");
	assert_int_equal(store_get_wallet(k->authority.store, k->alice->id, "corp", &of_alice), 0);
	assert_int_equal(store_get_wallet(k->authority.store, k->bob->id, "corp", &of_bob), 0);
	of_bob->id = of_alice->id; /* bob's blob in alice's row */
	assert_int_equal(store_set_wallet(k->authority.store, of_bob, true), 0);
	assert_refused(k, "no-tokens");
	of_alice = store_wallet_free(of_alice);
	assert_int_equal(store_get_wallet(k->authority.store, k->alice->id, "corp", &of_alice),
			 STORE_E_NOT_FOUND);
	assert_string_equal(keeper_get(k, k->bob, "").token, "access-bob");
}

/* ---- what is refused ---- */

static void test_a_refusal_drops_it_and_says_so(void **state)
{
	struct keeper *k = *state;
	struct heard heard;

	keeper_sign_in(k, 30);
	keeper_wait(k, "", &heard);
	keeper_answer_no(k, 0, MSG_DENIED, "refresh-refused");
	assert_string_equal(heard.refused, "refresh-refused");
	assert_refused(k, "no-tokens");
	assert_int_equal(k->n_asked, 1); /* there is nothing to revoke */
}

static void test_another_refusal_drops_nothing(void **state)
{
	static const char *const codes[] = { "invalid_client", "token-invalid", "busy" };
	struct keeper *k = *state;
	struct heard heard;

	keeper_sign_in(k, 30);
	for (unsigned i = 0; i < ELEMENTSOF(codes); i++) {
		keeper_wait(k, "", &heard);
		keeper_answer_no(k, i, MSG_DENIED, codes[i]);
		assert_string_equal(heard.token, "access-1"); /* it still lives */
	}
	k->now += 31;
	keeper_wait(k, "", &heard);
	keeper_answer_no(k, 3, MSG_DENIED, "invalid_client");
	assert_string_equal(heard.refused, "platform-refused");
	keeper_wait(k, "", &heard);
	/* as idp-netd says of invalid_client */
	keeper_answer_no(k, 4, MSG_FAILED, "platform-refused");
	assert_string_equal(heard.refused, "platform-refused");
	keeper_wait(k, KEEPER_API, &heard);
	keeper_answer_no(k, 5, MSG_DENIED, "token-invalid");
	assert_string_equal(heard.refused, "platform-refused");
	k->ask_error = -ENOTCONN;
	assert_refused(k, "platform-unreachable");
}

static void test_no_token_for_one_audience_is_no_answer_to_others(void **state)
{
	struct keeper *k = *state;
	struct heard own, api;

	keeper_sign_in(k, 30);
	k->now += 31;
	keeper_wait(k, KEEPER_API, &api);
	keeper_wait(k, "", &own);
	keeper_answer_no(k, 0, MSG_DENIED, "audience-refused");
	assert_string_equal(api.refused, "audience-refused");
	assert_int_equal(own.n, 0);
	assert_int_equal(k->n_asked, 2);
	assert_string_equal(k->asked[1].resource, "");
	keeper_answer_tokens(k, 1, "access-2", "");
	assert_string_equal(own.token, "access-2");
}

static void test_a_lost_link_leaves_what_lives(void **state)
{
	struct keeper *k = *state;
	struct heard heard;
	struct keeper_asked asked;

	keeper_sign_in(k, 30);
	keeper_wait(k, "", &heard);
	asked = k->asked[0];
	asked.ops->lost(asked.owner, 1);
	assert_string_equal(heard.token, "access-1");
	k->ask_error = -ENOTCONN;
	assert_token(k, "access-1");
	k->ask_error = 0;
	keeper_wait(k, "", &heard); /* and the next one asks again */
	keeper_answer_tokens(k, 1, "access-2", "");
	assert_string_equal(heard.token, "access-2");
}

static void test_a_newer_sign_in_wins_over_a_refresh_under_way(void **state)
{
	struct keeper *k = *state;
	struct heard heard;

	keeper_sign_in(k, 30);
	keeper_wait(k, "", &heard);
	keeper_put(k, "zz-alice", "access-9", "refresh-9", 3600);
	assert_revokes(k, 1, "refresh-1", "access-1");
	assert_string_equal(heard.refused, "busy");
	keeper_answer_tokens(k, 0, "access-2", "refresh-2"); /* too late: given back */
	assert_revokes(k, 2, "refresh-2", "access-2");
	assert_token(k, "access-9");
}

TEST_MAIN(KEEPER_TEST(test_a_fresh_token_is_handed_out),
	  KEEPER_TEST(test_a_fifth_of_its_life_must_be_left),
	  KEEPER_TEST(test_fifty_who_ask_share_one_refresh),
	  KEEPER_TEST(test_the_waiting_have_a_limit),
	  KEEPER_TEST(test_audiences_follow_one_another),
	  KEEPER_TEST(test_a_rotated_token_is_on_the_disk_before_anybody_hears),
	  KEEPER_TEST(test_a_full_disk_hands_nothing_out_and_loses_nothing),
	  KEEPER_TEST(test_what_cannot_be_removed_is_void),
	  KEEPER_TEST(test_a_row_that_does_not_open_is_dropped),
	  KEEPER_TEST(test_a_refusal_drops_it_and_says_so),
	  KEEPER_TEST(test_another_refusal_drops_nothing),
	  KEEPER_TEST(test_no_token_for_one_audience_is_no_answer_to_others),
	  KEEPER_TEST(test_a_lost_link_leaves_what_lives),
	  KEEPER_TEST(test_a_newer_sign_in_wins_over_a_refresh_under_way))
