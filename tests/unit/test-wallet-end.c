/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How kept tokens end: by a logout, their time, the rules, the configuration, the last session. */
#include "tests/lib/test.h"

#include <errno.h>

#include "idp-agentd/core/store-internal.h"
#include "idp-agentd/core/store-person.h"
#include "idp-agentd/core/store-wallet.h"
#include "tests/lib/keeper.h"

/* ---- a logout ---- */

static void on_farewell(void *userdata, const struct wallet_farewell *farewell)
{
	unsigned *n = userdata;

	(*n)++;
	assert_true(farewell->told);
	assert_string_equal(farewell->endpoint, KEEPER_ISS "/bye");
}

static void test_a_logout_outruns_a_refresh(void **state)
{
	struct keeper *k = *state;
	struct heard heard;
	struct wallet_errand *errand;
	struct buf out;
	unsigned n = 0;
	bool kept;

	keeper_sign_in(k, 30);
	keeper_wait(k, "", &heard);
	assert_int_equal(wallets_logout(k->wallets, k->alice, on_farewell, &n, &kept, &errand), 0);
	assert_true(kept);
	assert_string_equal(heard.refused, "logout");
	assert_revokes(k, 1, "refresh-1", "access-1");
	assert_refused(k, "no-tokens");
	buf_init(&out, WIRE_MESSAGE_MAX);
	wire_begin(&out, MSG_REVOKED, 0);
	wire_put_u64(&out, 2);
	wire_put_bool(&out, true);
	wire_put_str(&out, KEEPER_ISS "/bye");
	assert_int_equal(keeper_answer(k, 1, &out), 0);
	assert_int_equal(n, 1);
	keeper_answer_tokens(k, 0, "access-2", "refresh-2");
	assert_revokes(k, 2, "refresh-2", "access-2");
	assert_refused(k, "no-tokens");
}

/* The administrator's key is away, or there again. */
static void set_key(struct keeper *k, bool there)
{
	char text[512];

	(void)snprintf(text, sizeof(text), "%s%s", keeper_config,
		       there ? "" : "[agent]\nvault_key = file:/nowhere/vault.key\n");
	keeper_configure(k, text);
}

static void log_out_without_key(struct keeper *k)
{
	struct wallet_errand *errand;
	unsigned n = 0;
	bool kept;

	assert_int_equal(wallets_logout(k->wallets, k->alice, on_farewell, &n, &kept, &errand), 0);
	assert_true(kept);
	wallet_errand_leave(errand);
	assert_revokes(k, 0, "", ""); /* nobody can read what to revoke */
}

static void close_without_key(struct keeper *k)
{
	wallets_count_session(k->wallets, "zz-alice", "sshd", false);
}

static void end_without_key(struct keeper *k)
{
	assert_int_equal(keeper_end_sessions(k, "s1", "any"), 1);
}

static void test_what_ends_without_the_key_stays_ended(void **state)
{
	static void (*const ends[])(struct keeper *) = { log_out_without_key, close_without_key,
							 end_without_key };

	(void)state;
	for (unsigned i = 0; i < ELEMENTSOF(ends); i++) {
		struct keeper k;

		keeper_begin(&k);
		keeper_sign_in(&k, 3600);
		wallets_count_session(k.wallets, "zz-alice", "sshd", true);
		set_key(&k, false);
		assert_refused(&k, "no-tokens");
		ends[i](&k);
		set_key(&k, true);
		assert_refused(&k, "no-tokens");
		keeper_end(&k);
	}
}

static void name_table(struct keeper *k, const char *from, const char *to)
{
	char text[64];

	(void)snprintf(text, sizeof(text), "ALTER TABLE %s RENAME TO %s", from, to);
	assert_int_equal(sqlite3_exec(k->authority.store->db, text, NULL, NULL, NULL), SQLITE_OK);
}

static void test_a_logout_that_cannot_look_says_so(void **state)
{
	struct keeper *k = *state;
	struct wallet_errand *errand;
	unsigned n = 0;
	bool kept;

	keeper_sign_in(k, 3600);
	name_table(k, "wallet", "away");
	assert_int_equal(wallets_logout(k->wallets, k->alice, on_farewell, &n, &kept, &errand),
			 -EIO);
	assert_false(kept);
	assert_int_equal(k->n_asked, 0);
	name_table(k, "away", "wallet");
	assert_token(k, "access-1");
}

/* ---- time, rules, configuration ---- */

static void test_its_time_is_the_rules_and_thirty_days_at_most(void **state)
{
	struct keeper *k = *state;

	wallets_put(k->wallets, "zz-alice", "corp",
		    keeper_grant(k, "access-1", "refresh-1", 999999999), USEC_PER_HOUR);
	k->now += 3599;
	assert_token(k, "access-1");
	k->now += 1;
	assert_refused(k, "no-tokens");
	assert_revokes(k, 0, "refresh-1", "access-1");
	keeper_sign_in(k, 999999999);
	k->now += 30 * 86400 - 1;
	wallets_sweep(k->wallets);
	assert_token(k, "access-1");
	k->now += 1;
	wallets_sweep(k->wallets);
	assert_revokes(k, 1, "refresh-1", "access-1");
	assert_refused(k, "no-tokens");
}

static void test_a_clock_that_jumps_keeps_nothing_alive(void **state)
{
	struct keeper *k = *state;
	struct heard heard;

	keeper_sign_in(k, 3600);
	k->now -= 100; /* a little: what is left of the token is not known */
	keeper_wait(k, "", &heard);
	keeper_answer_no(k, 0, MSG_FAILED, "timeout");
	assert_string_equal(heard.refused, "platform-unreachable");
	k->now -= 86400; /* much: nobody knows when that was */
	assert_refused(k, "no-tokens");
	assert_revokes(k, 1, "refresh-1", "access-1");
}

static void test_a_token_without_renewal_ends(void **state)
{
	struct keeper *k = *state;

	keeper_put(k, "zz-alice", "access-1", "", 30);
	assert_token(k, "access-1");
	k->now += 31;
	assert_refused(k, "token-expired");
	keeper_put(k, "zz-alice", "access-2", "", 0);
	assert_token(k, "access-2"); /* nobody said how long */
	k->now += 5 * 60;
	assert_refused(k, "token-expired");
}

static void disable(struct keeper *k)
{
	k->alice->active = false;
	assert_int_equal(store_put_person(k->authority.store, k->alice), 0);
}

static void test_whoever_is_disabled_has_nothing(void **state)
{
	struct keeper *k = *state;
	struct heard heard;

	keeper_sign_in(k, 30);
	keeper_wait(k, "", &heard);
	disable(k);
	keeper_answer_tokens(k, 0, "access-2", "refresh-2");
	assert_string_equal(heard.refused, "disabled");
	assert_revokes(k, 1, "refresh-1", "access-1");
	assert_revokes(k, 2, "refresh-2", "access-2");
	assert_refused(k, "no-tokens");
}

static void test_whoever_is_disabled_gets_no_older_token(void **state)
{
	struct keeper *k = *state;
	struct heard heard;

	keeper_sign_in(k, 30);
	keeper_wait(k, "", &heard);
	disable(k);
	keeper_answer_no(k, 0, MSG_FAILED, "platform-unreachable");
	assert_string_equal(heard.refused, "disabled");
	assert_revokes(k, 1, "refresh-1", "access-1");
}

static void test_the_sweep_finds_who_was_disabled(void **state)
{
	struct keeper *k = *state;
	struct wallets_status status;

	keeper_sign_in(k, 3600);
	wallets_get_status(k->wallets, &status);
	assert_int_equal(status.kept, 1);
	disable(k);
	wallets_sweep(k->wallets);
	assert_revokes(k, 0, "refresh-1", "access-1");
	wallets_get_status(k->wallets, &status);
	assert_int_equal(status.kept, 0);
}

static void test_a_provider_that_changes_takes_them_along(void **state)
{
	static const char *const texts[] = {
		"[provider corp]\nissuer = https://other.example.org\nclient_id = h\n"
		"[allow staff]\nneed = group:staff\n",
		"[provider corq]\nissuer = " KEEPER_ISS "\nclient_id = h\n"
		"[allow staff]\nneed = group:staff\n",
	};

	(void)state;
	for (unsigned i = 0; i < ELEMENTSOF(texts); i++) {
		struct keeper k;
		struct wallets_status status;

		keeper_begin(&k);
		keeper_sign_in(&k, 3600);
		keeper_configure(&k, texts[i]);
		wallets_get_status(k.wallets, &status);
		assert_int_equal(status.kept, 0);
		assert_int_equal(k.n_asked, 0); /* it is told to nobody else */
		keeper_end(&k);
	}
}

/* ---- sessions ---- */

static void test_the_last_session_ends_them(void **state)
{
	struct keeper *k = *state;

	keeper_sign_in(k, 3600);
	wallets_count_session(k->wallets, "zz-alice", "sshd", true);
	wallets_count_session(k->wallets, "zz-alice", "login", true);
	wallets_count_session(k->wallets, "zz-alice", "sudo", true);
	wallets_count_session(k->wallets, "zz-alice", "sudo", false);
	wallets_count_session(k->wallets, "zz-alice", "sshd", false);
	assert_token(k, "access-1");
	wallets_count_session(k->wallets, "zz-alice", "login", false);
	assert_revokes(k, 0, "refresh-1", "access-1");
	assert_refused(k, "no-tokens");
	wallets_count_session(k->wallets, "zz-alice", "login", false); /* one too many is none */
	wallets_count_session(k->wallets, "zz-nobody", "login", false);
}

static void test_sessions_of_another_boot_are_over(void **state)
{
	struct keeper *k = *state;

	keeper_sign_in(k, 3600);
	assert_int_equal(
		store_set_opened(k->authority.store, k->alice->id, "another boot", 3, true), 0);
	assert_int_equal(store_set_opened(k->authority.store, k->bob->id, "another boot", 1, false),
			 0);
	keeper_put(k, "zz-bob", "access-bob", "refresh-bob", 3600);
	assert_token(k, "access-1"); /* until somebody can be told */
	wallets_on_link(k->wallets);
	assert_revokes(k, 0, "refresh-1", "access-1");
	assert_refused(k, "no-tokens");
	assert_string_equal(keeper_get(k, k->bob, "").token, "access-bob"); /* at_close = keep */
	keeper_sign_in(k, 3600);
	wallets_on_link(k->wallets); /* once */
	assert_token(k, "access-1");
}

static void test_a_session_id_ends_its_own(void **state)
{
	struct keeper *k = *state;
	struct grant *grant;

	grant = keeper_grant(k, "access-1", "refresh-1", 3600);
	free(grant->sid);
	grant->sid = strdup("sid-1");
	wallets_put(k->wallets, "zz-alice", "corp", grant, USEC_INFINITY);
	keeper_put(k, "zz-bob", "access-bob", "refresh-bob", 3600);
	assert_int_equal(keeper_end_sessions(k, NULL, "sid-2"), 0);
	assert_int_equal(keeper_end_sessions(k, "s1", "sid-2"), 0);
	assert_int_equal(keeper_end_sessions(k, "nobody", ""), 0);
	assert_token(k, "access-1");
	assert_int_equal(keeper_end_sessions(k, NULL, "sid-1"), 1);
	assert_refused(k, "no-tokens");
	assert_string_equal(keeper_get(k, k->bob, "").token, "access-bob");
	assert_int_equal(keeper_end_sessions(k, "s2", "any"), 1);
}

TEST_MAIN(KEEPER_TEST(test_a_logout_outruns_a_refresh),
	  TEST(test_what_ends_without_the_key_stays_ended),
	  KEEPER_TEST(test_a_logout_that_cannot_look_says_so),
	  KEEPER_TEST(test_its_time_is_the_rules_and_thirty_days_at_most),
	  KEEPER_TEST(test_a_clock_that_jumps_keeps_nothing_alive),
	  KEEPER_TEST(test_a_token_without_renewal_ends),
	  KEEPER_TEST(test_whoever_is_disabled_has_nothing),
	  KEEPER_TEST(test_whoever_is_disabled_gets_no_older_token),
	  KEEPER_TEST(test_the_sweep_finds_who_was_disabled),
	  TEST(test_a_provider_that_changes_takes_them_along),
	  KEEPER_TEST(test_the_last_session_ends_them),
	  KEEPER_TEST(test_sessions_of_another_boot_are_over),
	  KEEPER_TEST(test_a_session_id_ends_its_own))
