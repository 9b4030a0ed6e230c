/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The keeper of tokens over a real record and a real vault, with a scripted peer: the questions to
 * idp-netd end here, and the test answers them in any order it likes.
 */
#include "tests/lib/test.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include "common/secret.h"
#include "common/wire.h"
#include "idp-agentd/core/authority.h"
#include "idp-agentd/core/config.h"
#include "idp-agentd/core/flows.h"
#include "idp-agentd/core/grant.h"
#include "idp-agentd/core/idmap.h"
#include "idp-agentd/core/peer.h"
#include "idp-agentd/core/person.h"
#include "idp-agentd/core/store-internal.h"
#include "idp-agentd/core/store-person.h"
#include "idp-agentd/core/store-wallet.h"
#include "idp-agentd/core/vault.h"
#include "idp-agentd/core/wallet.h"

#define ISS   "https://idp.example.org"
#define API   "https://api.example.org"
#define START 1790000000u

/* ---- the peer ---- */

struct asked {
	enum wire_type type;
	const struct flow_owner *ops; /* NULL: answered */
	void *owner;
	char refresh[64], access[64], resource[64], sub[64];
};

static struct {
	struct asked asked[128];
	unsigned n;
	int error; /* what the next question comes to */
} peer;

static void note(char room[static 64], const struct secret *secret)
{
	(void)snprintf(room, 64, "%s", secret ? secret->text : "");
}

static int ask(enum wire_type type, const struct flow_owner *ops, void *owner, uint64_t *ret_flow)
{
	if (peer.error < 0)
		return peer.error;
	assert_true(peer.n < ELEMENTSOF(peer.asked));
	peer.asked[peer.n] = (struct asked){ .type = type, .ops = ops, .owner = owner };
	*ret_flow = ++peer.n;
	return 0;
}

int peer_ask_refresh(struct peer *unused, const char *provider, const struct secret *refresh,
		     const char *sub, const char *resource, const struct flow_owner *ops,
		     void *owner, uint64_t *ret_flow)
{
	int r = ask(MSG_REFRESH, ops, owner, ret_flow);

	(void)unused;
	assert_string_equal(provider, "corp");
	if (r < 0)
		return r;
	note(peer.asked[peer.n - 1].refresh, refresh);
	(void)snprintf(peer.asked[peer.n - 1].sub, 64, "%s", sub);
	(void)snprintf(peer.asked[peer.n - 1].resource, 64, "%s", resource);
	return 0;
}

int peer_ask_revoke(struct peer *unused, const char *provider, const struct secret *refresh,
		    const struct secret *access, const struct flow_owner *ops, void *owner,
		    uint64_t *ret_flow)
{
	int r = ask(MSG_REVOKE, ops, owner, ret_flow);

	(void)unused;
	assert_string_equal(provider, "corp");
	if (r < 0)
		return r;
	note(peer.asked[peer.n - 1].refresh, refresh);
	note(peer.asked[peer.n - 1].access, access);
	return 0;
}

void peer_abort(struct peer *unused, uint64_t flow)
{
	(void)unused;
	if (flow)
		peer.asked[flow - 1].ops = NULL;
}

/* The answer in out goes to question number i. */
static int answer(unsigned i, struct buf *out)
{
	struct asked asked = peer.asked[i];
	struct wire_in in;
	int r;

	assert_non_null(asked.ops);
	peer.asked[i].ops = NULL;
	assert_int_equal(wire_end(out), 0);
	assert_int_equal(wire_open(&in, out->data, out->len), 0);
	(void)wire_get_u64(&in);
	r = asked.ops->message(asked.owner, i + 1, &in, true);
	buf_done(out);
	return r;
}

static uint64_t now;

static uint64_t now_is(void)
{
	return now;
}

static void put_tokens(struct buf *out, const char *access, const char *refresh, uint64_t life)
{
	buf_init(out, WIRE_MESSAGE_MAX);
	wire_begin(out, MSG_TOKENS, 0);
	wire_put_u64(out, 1);
	wire_put_str(out, "Bearer");
	wire_put_str(out, access);
	wire_put_str(out, refresh);
	wire_put_str(out, "");
	wire_put_str(out, "openid");
	wire_put_str(out, "");
	wire_put_u64(out, life ? now + life : 0);
}

static void answer_tokens(unsigned i, const char *access, const char *refresh)
{
	struct buf out;

	assert_int_equal(peer.asked[i].type, MSG_REFRESH);
	put_tokens(&out, access, refresh, 3600);
	assert_int_equal(answer(i, &out), 0);
}

static void answer_no(unsigned i, enum wire_type type, const char *code)
{
	struct buf out;

	buf_init(&out, WIRE_MESSAGE_MAX);
	wire_begin(&out, type, 0);
	wire_put_u64(&out, 1);
	wire_put_str(&out, code);
	wire_put_str(&out, "");
	assert_int_equal(answer(i, &out), 0);
}

/* The question number i must be a revocation of these. */
static void assert_revokes(unsigned i, const char *refresh, const char *access)
{
	assert_true(i < peer.n);
	assert_int_equal(peer.asked[i].type, MSG_REVOKE);
	assert_string_equal(peer.asked[i].refresh, refresh);
	assert_string_equal(peer.asked[i].access, access);
}

/* ---- the host ---- */

struct host {
	char folder[64], snapshot[96];
	sd_event *event;
	struct authority authority;
	struct wallets *wallets;
	struct person *alice, *bob;
};

static const char config_text[] = "[provider corp]\nissuer = " ISS "\nclient_id = h\n"
				  "token_audiences = " API "\n"
				  "[directory people]\nkind = userinfo\n"
				  "[allow staff]\nneed = group:staff\n";

static struct config *parse(const char *text)
{
	const struct config_source source = { .file = "t.conf", .text = text, .len = strlen(text) };
	struct config_problems problems = { 0 };
	struct config *config = NULL;

	assert_int_equal(config_parse(&source, 1, &problems, &config), 0);
	config_problems_done(&problems);
	return config;
}

static struct person *claim(struct host *h, const char *sub, const char *name)
{
	struct person *person = person_new();
	char reason[REASON_MAX];

	assert_non_null(person);
	assert_int_equal(person_set(&person->iss, ISS), 0);
	assert_int_equal(person_set(&person->sub, sub), 0);
	assert_int_equal(person_set(&person->directory, "people"), 0);
	assert_int_equal(person_set(&person->dir_id, sub), 0);
	assert_int_equal(person_set(&person->name, name), 0);
	person->active = true;
	person->last_seen = START;
	assert_int_equal(idmap_claim(&h->authority.idmap, person, reason), 0);
	return person;
}

static void open_host(struct host *h)
{
	const struct wallets_parts parts = {
		.event = h->event, .authority = &h->authority, .time = now_is
	};
	char reason[REASON_MAX];

	assert_int_equal(authority_open(&h->authority, parse(config_text), h->folder, h->snapshot,
					reason),
			 0);
	assert_int_equal(wallets_new(&parts, &h->wallets), 0);
}

static void close_host(struct host *h)
{
	h->wallets = wallets_free(h->wallets);
	authority_close(&h->authority);
}

static void setup(struct host *h)
{
	*h = (struct host){ .folder = "/tmp/idp-wallet-XXXXXX" };
	memset(&peer, 0, sizeof(peer));
	now = START;
	assert_non_null(mkdtemp(h->folder));
	(void)snprintf(h->snapshot, sizeof(h->snapshot), "%s/identity.snap", h->folder);
	assert_int_equal(sd_event_new(&h->event), 0);
	open_host(h);
	h->alice = claim(h, "s1", "zz-alice");
	h->bob = claim(h, "s2", "zz-bob");
}

static void remove_folder(const char *path)
{
	DIR *folder = opendir(path);
	const struct dirent *entry;

	assert_non_null(folder);
	while ((entry = readdir(folder)))
		(void)unlinkat(dirfd(folder), entry->d_name, 0);
	(void)closedir(folder);
	assert_int_equal(rmdir(path), 0);
}

static void teardown(struct host *h)
{
	close_host(h);
	h->alice = person_free(h->alice);
	h->bob = person_free(h->bob);
	h->event = sd_event_unref(h->event);
	remove_folder(h->folder);
}

static struct grant *make_grant(const char *access, const char *refresh, uint64_t life)
{
	struct grant *grant = NULL;
	const char *resource;
	struct wire_in in;
	struct buf out;

	put_tokens(&out, access, refresh, life);
	assert_int_equal(wire_end(&out), 0);
	assert_int_equal(wire_open(&in, out.data, out.len), 0);
	(void)wire_get_u64(&in);
	assert_int_equal(grant_read(&in, now, &grant, &resource), 0);
	buf_done(&out);
	return grant;
}

/* alice has signed in; her token lives so long. */
static void sign_in(struct host *h, uint64_t life)
{
	wallets_put(h->wallets, "zz-alice", "corp", make_grant("access-1", "refresh-1", life),
		    USEC_INFINITY);
}

/* ---- who asks ---- */

struct heard {
	unsigned n;
	char token[64], refused[64];
	struct wallet_waiter *waiter;
};

static void on_token(void *userdata, const struct wallet_token *token)
{
	struct heard *heard = userdata;

	heard->n++;
	heard->waiter = NULL;
	note(heard->token, token->token);
	(void)snprintf(heard->refused, sizeof(heard->refused), "%s", token->refused);
	assert_true((*token->refused != '\0') == (token->token == NULL));
	assert_true((*token->refused != '\0') == (*token->text != '\0'));
}

static struct heard get_for(struct host *h, const struct person *person, const char *audience)
{
	struct heard heard = { 0 };

	assert_int_equal(wallets_get_token(h->wallets, person, audience, on_token, &heard,
					   &heard.waiter),
			 0);
	assert_int_equal(heard.n, 1);
	return heard;
}

#define assert_token(h, text)   assert_string_equal(get_for(h, (h)->alice, "").token, text)
#define assert_refused(h, text) assert_string_equal(get_for(h, (h)->alice, "").refused, text)

static void wait_for(struct host *h, const char *audience, struct heard *heard)
{
	*heard = (struct heard){ 0 };
	assert_int_equal(wallets_get_token(h->wallets, h->alice, audience, on_token, heard,
					   &heard->waiter),
			 0);
	assert_int_equal(heard->n, 0);
	assert_non_null(heard->waiter);
}

/* ---- what is kept ---- */

static void test_a_fresh_token_is_handed_out(void **state)
{
	struct host h;

	(void)state;
	setup(&h);
	assert_refused(&h, "no-tokens");
	sign_in(&h, 3600);
	assert_token(&h, "access-1");
	assert_string_equal(get_for(&h, h.bob, "").refused, "no-tokens");
	assert_string_equal(get_for(&h, h.alice, "https://x").refused, "audience-not-allowed");
	close_host(&h); /* a restart keeps it */
	open_host(&h);
	assert_token(&h, "access-1");
	assert_int_equal(peer.n, 0);
	teardown(&h);
}

static void test_a_fifth_of_its_life_must_be_left(void **state)
{
	struct host h;
	struct heard heard;

	(void)state;
	setup(&h);
	sign_in(&h, 3600);
	now += 3600 - 720 - 1;
	assert_token(&h, "access-1");
	now += 1;
	wait_for(&h, "", &heard);
	assert_string_equal(peer.asked[0].refresh, "refresh-1");
	assert_string_equal(peer.asked[0].sub, "s1");
	answer_tokens(0, "access-2", "");
	assert_string_equal(heard.token, "access-2");
	assert_token(&h, "access-2");
	now += 3600; /* not rotated: the old one goes on */
	wait_for(&h, "", &heard);
	assert_string_equal(peer.asked[1].refresh, "refresh-1");
	answer_no(1, MSG_FAILED, "timeout");
	assert_string_equal(heard.refused, "platform-unreachable");
	teardown(&h);
}

static void test_fifty_who_ask_share_one_refresh(void **state)
{
	static struct heard heard[50];
	struct host h;

	(void)state;
	setup(&h);
	sign_in(&h, 30);
	for (unsigned i = 0; i < ELEMENTSOF(heard); i++)
		wait_for(&h, "", &heard[i]);
	assert_int_equal(peer.n, 1);
	wallet_waiter_cancel(heard[7].waiter); /* one has gone */
	answer_tokens(0, "access-2", "refresh-2");
	for (unsigned i = 0; i < ELEMENTSOF(heard); i++) {
		assert_int_equal(heard[i].n, i != 7);
		if (i != 7)
			assert_string_equal(heard[i].token, "access-2");
	}
	assert_int_equal(peer.n, 1);
	teardown(&h);
}

static void test_the_waiting_have_a_limit(void **state)
{
	static struct heard heard[TOKEN_WAITERS_MAX];
	struct host h;

	(void)state;
	setup(&h);
	sign_in(&h, 30);
	now += 31;
	for (unsigned i = 0; i < ELEMENTSOF(heard); i++)
		wait_for(&h, "", &heard[i]);
	assert_refused(&h, "busy");
	for (unsigned i = 0; i < ELEMENTSOF(heard); i++)
		wallet_waiter_cancel(heard[i].waiter);
	answer_tokens(0, "access-2", "refresh-2"); /* kept, though nobody waits */
	assert_token(&h, "access-2");
	teardown(&h);
}

static void test_audiences_follow_one_another(void **state)
{
	struct host h;
	struct heard own, api;

	(void)state;
	setup(&h);
	sign_in(&h, 30);
	wait_for(&h, "", &own);
	wait_for(&h, API, &api);
	assert_int_equal(peer.n, 1);
	answer_tokens(0, "access-2", "refresh-2");
	assert_string_equal(own.token, "access-2");
	assert_int_equal(api.n, 0);
	assert_int_equal(peer.n, 2);
	assert_string_equal(peer.asked[1].refresh, "refresh-2"); /* the newest */
	assert_string_equal(peer.asked[1].resource, API);
	answer_tokens(1, "access-api", "refresh-3");
	assert_string_equal(api.token, "access-api");
	assert_token(&h, "access-2");
	assert_string_equal(get_for(&h, h.alice, API).token, "access-api");
	close_host(&h); /* in memory only */
	open_host(&h);
	assert_token(&h, "access-2");
	wait_for(&h, API, &api);
	assert_string_equal(peer.asked[2].refresh, "refresh-3");
	answer_no(2, MSG_DENIED, "audience-refused");
	assert_string_equal(api.refused, "audience-refused");
	assert_token(&h, "access-2"); /* nothing else is lost */
	teardown(&h);
}

/* ---- the disk ---- */

struct disk_witness {
	struct heard heard;
	struct host *host;
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
	struct host copy = { .folder = "/tmp/idp-copy-XXXXXX", .event = w->host->event };
	const struct vault_row row = { w->host->alice->id, "corp", ISS, "s1" };
	_cleanup_(store_wallet_freep) struct store_wallet *stored = NULL;
	_cleanup_(grant_freep) struct grant *grant = NULL;
	_cleanup_(buf_done) struct buf plain;
	struct vault *vault = NULL;
	struct store *store = NULL;
	char from[160], to[160], reason[REASON_MAX];
	struct store_options options = { .folder = copy.folder };

	on_token(&w->heard, token);
	assert_non_null(mkdtemp(copy.folder));
	for (size_t i = 0; i < ELEMENTSOF(names); i++) {
		(void)snprintf(from, sizeof(from), "%s/%s", w->host->folder, names[i]);
		(void)snprintf(to, sizeof(to), "%s/%s", copy.folder, names[i]);
		copy_file(from, to);
	}
	assert_int_equal(store_open(&options, reason, &store), 0);
	assert_int_equal(store_get_wallet(store, w->host->alice->id, "corp", &stored), 0);
	assert_int_equal(vault_open(NULL, copy.folder, reason, &vault), 0);
	buf_init_secret(&plain, 65536);
	assert_int_equal(vault_unseal(vault, &row, stored->sealed, stored->len, &plain), 0);
	assert_int_equal(grant_parse(plain.data, plain.len, &grant), 0);
	note(w->refresh, grant->refresh);
	vault_free(vault);
	store_free(store);
	remove_folder(copy.folder);
}

static void test_a_rotated_token_is_on_the_disk_before_anybody_hears(void **state)
{
	struct host h;
	struct disk_witness w = { .host = &h };
	struct wallet_waiter *waiter;

	(void)state;
	setup(&h);
	sign_in(&h, 30);
	assert_int_equal(wallets_get_token(h.wallets, h.alice, "", witness, &w, &waiter), 0);
	answer_tokens(0, "access-2", "refresh-2");
	assert_string_equal(w.heard.token, "access-2");
	assert_string_equal(w.refresh, "refresh-2");
	teardown(&h);
}

/* Nothing can be written any more, or again. */
static void set_disk_full(bool full)
{
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = full ? 1 : limit.rlim_max;
	(void)signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void test_a_full_disk_hands_nothing_out_and_loses_nothing(void **state)
{
	struct host h;
	struct heard heard;

	(void)state;
	setup(&h);
	sign_in(&h, 30);
	now += 31;
	wait_for(&h, "", &heard);
	set_disk_full(true);
	answer_tokens(0, "access-2", "refresh-2");
	assert_refused(&h, "internal");
	set_disk_full(false);
	assert_string_equal(heard.refused, "internal");
	assert_token(&h, "access-2"); /* it was not thrown away, and is on the disk now */
	close_host(&h);
	open_host(&h);
	assert_token(&h, "access-2");
	assert_int_equal(peer.n, 1);
	teardown(&h);
}

static void test_what_cannot_be_removed_is_void(void **state)
{
	struct host h;

	(void)state;
	setup(&h);
	sign_in(&h, 3600);
	set_disk_full(true);
	assert_int_equal(wallets_end_sessions(h.wallets, &h.authority.config->providers[0], "s1", ""),
			 1);
	set_disk_full(false);
	assert_refused(&h, "no-tokens");
	assert_revokes(0, "refresh-1", "access-1");
	close_host(&h); /* before it could be removed it would be there again */
	open_host(&h);
	assert_token(&h, "access-1");
	set_disk_full(true);
	assert_int_equal(wallets_end_sessions(h.wallets, &h.authority.config->providers[0], "s1", ""),
			 1);
	set_disk_full(false);
	wallets_sweep(h.wallets); /* the sweep removes it */
	close_host(&h);
	open_host(&h);
	assert_refused(&h, "no-tokens");
	teardown(&h);
}

static void test_a_row_that_does_not_open_is_dropped(void **state)
{
	struct host h;
	_cleanup_(store_wallet_freep) struct store_wallet *of_alice = NULL, *of_bob = NULL;

	(void)state;
	setup(&h);
	sign_in(&h, 3600);
	wallets_put(h.wallets, "zz-bob", "corp", make_grant("access-bob", "refresh-bob", 3600),
		    USEC_INFINITY);
	assert_string_equal(get_for(&h, h.bob, "").token, "access-bob");
	assert_int_equal(store_get_wallet(h.authority.store, h.alice->id, "corp", &of_alice), 0);
	assert_int_equal(store_get_wallet(h.authority.store, h.bob->id, "corp", &of_bob), 0);
	of_bob->id = of_alice->id; /* bob's blob in alice's row */
	assert_int_equal(store_set_wallet(h.authority.store, of_bob, true), 0);
	assert_refused(&h, "no-tokens");
	of_alice = store_wallet_free(of_alice);
	assert_int_equal(store_get_wallet(h.authority.store, h.alice->id, "corp", &of_alice),
			 STORE_E_NOT_FOUND);
	assert_string_equal(get_for(&h, h.bob, "").token, "access-bob");
	teardown(&h);
}

/* ---- ends ---- */

static void test_a_refusal_drops_it_and_says_so(void **state)
{
	struct host h;
	struct heard heard;

	(void)state;
	setup(&h);
	sign_in(&h, 30);
	wait_for(&h, "", &heard);
	answer_no(0, MSG_DENIED, "refresh-refused");
	assert_string_equal(heard.refused, "refresh-refused");
	assert_refused(&h, "no-tokens");
	assert_int_equal(peer.n, 1); /* there is nothing to revoke */
	teardown(&h);
}

static void test_another_refusal_drops_nothing(void **state)
{
	static const char *const codes[] = { "invalid_client", "token-invalid", "busy" };
	struct host h;
	struct heard heard;

	(void)state;
	setup(&h);
	sign_in(&h, 30);
	for (unsigned i = 0; i < ELEMENTSOF(codes); i++) {
		wait_for(&h, "", &heard);
		answer_no(i, MSG_DENIED, codes[i]);
		assert_string_equal(heard.token, "access-1"); /* it still lives */
	}
	now += 31;
	wait_for(&h, "", &heard);
	answer_no(3, MSG_DENIED, "invalid_client");
	assert_string_equal(heard.refused, "platform-refused");
	wait_for(&h, "", &heard);
	answer_no(4, MSG_FAILED, "platform-refused"); /* as idp-netd says of invalid_client */
	assert_string_equal(heard.refused, "platform-refused");
	wait_for(&h, API, &heard);
	answer_no(5, MSG_DENIED, "token-invalid");
	assert_string_equal(heard.refused, "platform-refused");
	peer.error = -ENOTCONN;
	assert_refused(&h, "platform-unreachable");
	teardown(&h);
}

static void test_no_token_for_one_audience_is_no_answer_to_others(void **state)
{
	struct host h;
	struct heard own, api;

	(void)state;
	setup(&h);
	sign_in(&h, 30);
	now += 31;
	wait_for(&h, API, &api);
	wait_for(&h, "", &own);
	answer_no(0, MSG_DENIED, "audience-refused");
	assert_string_equal(api.refused, "audience-refused");
	assert_int_equal(own.n, 0);
	assert_int_equal(peer.n, 2);
	assert_string_equal(peer.asked[1].resource, "");
	answer_tokens(1, "access-2", "");
	assert_string_equal(own.token, "access-2");
	teardown(&h);
}

static void test_a_lost_link_leaves_what_lives(void **state)
{
	struct host h;
	struct heard heard;
	struct asked asked;

	(void)state;
	setup(&h);
	sign_in(&h, 30);
	wait_for(&h, "", &heard);
	asked = peer.asked[0];
	asked.ops->lost(asked.owner, 1);
	assert_string_equal(heard.token, "access-1");
	peer.error = -ENOTCONN;
	assert_token(&h, "access-1");
	peer.error = 0;
	wait_for(&h, "", &heard); /* and the next one asks again */
	answer_tokens(1, "access-2", "");
	assert_string_equal(heard.token, "access-2");
	teardown(&h);
}

static void test_a_newer_sign_in_wins_over_a_refresh_under_way(void **state)
{
	struct host h;
	struct heard heard;

	(void)state;
	setup(&h);
	sign_in(&h, 30);
	wait_for(&h, "", &heard);
	wallets_put(h.wallets, "zz-alice", "corp", make_grant("access-9", "refresh-9", 3600),
		    USEC_INFINITY);
	assert_revokes(1, "refresh-1", "access-1");
	assert_string_equal(heard.refused, "busy");
	answer_tokens(0, "access-2", "refresh-2"); /* too late: given back */
	assert_revokes(2, "refresh-2", "access-2");
	assert_token(&h, "access-9");
	teardown(&h);
}

static void on_farewell(void *userdata, const struct wallet_farewell *farewell)
{
	unsigned *n = userdata;

	(*n)++;
	assert_true(farewell->told);
	assert_string_equal(farewell->endpoint, ISS "/bye");
}

static void test_a_logout_outruns_a_refresh(void **state)
{
	struct host h;
	struct heard heard;
	struct wallet_errand *errand;
	struct buf out;
	unsigned n = 0;
	bool kept;

	(void)state;
	setup(&h);
	sign_in(&h, 30);
	wait_for(&h, "", &heard);
	assert_int_equal(wallets_logout(h.wallets, h.alice, on_farewell, &n, &kept, &errand), 0);
	assert_true(kept);
	assert_string_equal(heard.refused, "logout");
	assert_revokes(1, "refresh-1", "access-1");
	assert_refused(&h, "no-tokens");
	buf_init(&out, WIRE_MESSAGE_MAX);
	wire_begin(&out, MSG_REVOKED, 0);
	wire_put_u64(&out, 2);
	wire_put_bool(&out, true);
	wire_put_str(&out, ISS "/bye");
	assert_int_equal(answer(1, &out), 0);
	assert_int_equal(n, 1);
	answer_tokens(0, "access-2", "refresh-2");
	assert_revokes(2, "refresh-2", "access-2");
	assert_refused(&h, "no-tokens");
	teardown(&h);
}

/* The administrator's key is away, or there again. */
static void set_key(struct host *h, bool there)
{
	char text[512];

	(void)snprintf(text, sizeof(text), "%s%s", config_text,
		       there ? "" : "[agent]\nvault_key = file:/nowhere/vault.key\n");
	assert_int_equal(authority_reconfigure(&h->authority, parse(text)), 0);
	wallets_configure(h->wallets);
}

static void log_out_without_key(struct host *h)
{
	struct wallet_errand *errand;
	unsigned n = 0;
	bool kept;

	assert_int_equal(wallets_logout(h->wallets, h->alice, on_farewell, &n, &kept, &errand), 0);
	assert_true(kept);
	wallet_errand_leave(errand);
	assert_revokes(0, "", ""); /* nobody can read what to revoke */
}

static void close_without_key(struct host *h)
{
	wallets_count_session(h->wallets, "zz-alice", "sshd", false);
}

static void end_without_key(struct host *h)
{
	assert_int_equal(wallets_end_sessions(h->wallets, &h->authority.config->providers[0], "s1",
					      "any"),
			 1);
}

static void test_what_ends_without_the_key_stays_ended(void **state)
{
	static void (*const ends[])(struct host *) = { log_out_without_key, close_without_key,
						       end_without_key };

	(void)state;
	for (unsigned i = 0; i < ELEMENTSOF(ends); i++) {
		struct host h;

		setup(&h);
		sign_in(&h, 3600);
		wallets_count_session(h.wallets, "zz-alice", "sshd", true);
		set_key(&h, false);
		assert_refused(&h, "no-tokens");
		ends[i](&h);
		set_key(&h, true);
		assert_refused(&h, "no-tokens");
		teardown(&h);
	}
}

static void name_table(struct host *h, const char *from, const char *to)
{
	char text[64];

	(void)snprintf(text, sizeof(text), "ALTER TABLE %s RENAME TO %s", from, to);
	assert_int_equal(sqlite3_exec(h->authority.store->db, text, NULL, NULL, NULL), SQLITE_OK);
}

static void test_a_logout_that_cannot_look_says_so(void **state)
{
	struct host h;
	struct wallet_errand *errand;
	unsigned n = 0;
	bool kept;

	(void)state;
	setup(&h);
	sign_in(&h, 3600);
	name_table(&h, "wallet", "away");
	assert_int_equal(wallets_logout(h.wallets, h.alice, on_farewell, &n, &kept, &errand), -EIO);
	assert_false(kept);
	assert_int_equal(peer.n, 0);
	name_table(&h, "away", "wallet");
	assert_token(&h, "access-1");
	teardown(&h);
}

static void test_its_time_is_the_rules_and_thirty_days_at_most(void **state)
{
	struct host h;

	(void)state;
	setup(&h);
	wallets_put(h.wallets, "zz-alice", "corp", make_grant("access-1", "refresh-1", 999999999),
		    USEC_PER_HOUR);
	now += 3599;
	assert_token(&h, "access-1");
	now += 1;
	assert_refused(&h, "no-tokens");
	assert_revokes(0, "refresh-1", "access-1");
	sign_in(&h, 999999999);
	now += 30 * 86400 - 1;
	wallets_sweep(h.wallets);
	assert_token(&h, "access-1");
	now += 1;
	wallets_sweep(h.wallets);
	assert_revokes(1, "refresh-1", "access-1");
	assert_refused(&h, "no-tokens");
	teardown(&h);
}

static void test_a_clock_that_jumps_keeps_nothing_alive(void **state)
{
	struct host h;
	struct heard heard;

	(void)state;
	setup(&h);
	sign_in(&h, 3600);
	now -= 100; /* a little: what is left of the token is not known */
	wait_for(&h, "", &heard);
	answer_no(0, MSG_FAILED, "timeout");
	assert_string_equal(heard.refused, "platform-unreachable");
	now -= 86400; /* much: nobody knows when that was */
	assert_refused(&h, "no-tokens");
	assert_revokes(1, "refresh-1", "access-1");
	teardown(&h);
}

static void test_a_token_without_renewal_ends(void **state)
{
	struct host h;

	(void)state;
	setup(&h);
	wallets_put(h.wallets, "zz-alice", "corp", make_grant("access-1", "", 30), USEC_INFINITY);
	assert_token(&h, "access-1");
	now += 31;
	assert_refused(&h, "token-expired");
	wallets_put(h.wallets, "zz-alice", "corp", make_grant("access-2", "", 0), USEC_INFINITY);
	assert_token(&h, "access-2"); /* nobody said how long */
	now += 5 * 60;
	assert_refused(&h, "token-expired");
	teardown(&h);
}

static void disable(struct host *h)
{
	h->alice->active = false;
	assert_int_equal(store_put_person(h->authority.store, h->alice), 0);
}

static void test_whoever_is_disabled_has_nothing(void **state)
{
	struct host h;
	struct heard heard;

	(void)state;
	setup(&h);
	sign_in(&h, 30);
	wait_for(&h, "", &heard);
	disable(&h);
	answer_tokens(0, "access-2", "refresh-2");
	assert_string_equal(heard.refused, "disabled");
	assert_revokes(1, "refresh-1", "access-1");
	assert_revokes(2, "refresh-2", "access-2");
	assert_refused(&h, "no-tokens");
	teardown(&h);
}

static void test_whoever_is_disabled_gets_no_older_token(void **state)
{
	struct host h;
	struct heard heard;

	(void)state;
	setup(&h);
	sign_in(&h, 30);
	wait_for(&h, "", &heard);
	disable(&h);
	answer_no(0, MSG_FAILED, "platform-unreachable");
	assert_string_equal(heard.refused, "disabled");
	assert_revokes(1, "refresh-1", "access-1");
	teardown(&h);
}

static void test_the_sweep_finds_who_was_disabled(void **state)
{
	struct host h;
	struct wallets_status status;

	(void)state;
	setup(&h);
	sign_in(&h, 3600);
	wallets_get_status(h.wallets, &status);
	assert_int_equal(status.kept, 1);
	disable(&h);
	wallets_sweep(h.wallets);
	assert_revokes(0, "refresh-1", "access-1");
	wallets_get_status(h.wallets, &status);
	assert_int_equal(status.kept, 0);
	teardown(&h);
}

static void test_a_provider_that_changes_takes_them_along(void **state)
{
	static const char *const texts[] = {
		"[provider corp]\nissuer = https://other.example.org\nclient_id = h\n"
		"[allow staff]\nneed = group:staff\n",
		"[provider corq]\nissuer = " ISS "\nclient_id = h\n"
		"[allow staff]\nneed = group:staff\n",
	};

	(void)state;
	for (unsigned i = 0; i < ELEMENTSOF(texts); i++) {
		struct host h;
		struct wallets_status status;

		setup(&h);
		sign_in(&h, 3600);
		assert_int_equal(authority_reconfigure(&h.authority, parse(texts[i])), 0);
		wallets_configure(h.wallets);
		wallets_get_status(h.wallets, &status);
		assert_int_equal(status.kept, 0);
		assert_int_equal(peer.n, 0); /* it is told to nobody else */
		teardown(&h);
	}
}

/* ---- sessions ---- */

static void test_the_last_session_ends_them(void **state)
{
	struct host h;

	(void)state;
	setup(&h);
	sign_in(&h, 3600);
	wallets_count_session(h.wallets, "zz-alice", "sshd", true);
	wallets_count_session(h.wallets, "zz-alice", "login", true);
	wallets_count_session(h.wallets, "zz-alice", "sudo", true);
	wallets_count_session(h.wallets, "zz-alice", "sudo", false);
	wallets_count_session(h.wallets, "zz-alice", "sshd", false);
	assert_token(&h, "access-1");
	wallets_count_session(h.wallets, "zz-alice", "login", false);
	assert_revokes(0, "refresh-1", "access-1");
	assert_refused(&h, "no-tokens");
	wallets_count_session(h.wallets, "zz-alice", "login", false); /* one too many is none */
	wallets_count_session(h.wallets, "zz-nobody", "login", false);
	teardown(&h);
}

static void test_sessions_of_another_boot_are_over(void **state)
{
	struct host h;

	(void)state;
	setup(&h);
	sign_in(&h, 3600);
	assert_int_equal(store_set_opened(h.authority.store, h.alice->id, "another boot", 3, true),
			 0);
	assert_int_equal(store_set_opened(h.authority.store, h.bob->id, "another boot", 1, false),
			 0);
	wallets_put(h.wallets, "zz-bob", "corp", make_grant("access-bob", "refresh-bob", 3600),
		    USEC_INFINITY);
	assert_token(&h, "access-1"); /* until somebody can be told */
	wallets_on_link(h.wallets);
	assert_revokes(0, "refresh-1", "access-1");
	assert_refused(&h, "no-tokens");
	assert_string_equal(get_for(&h, h.bob, "").token, "access-bob"); /* at_close = keep */
	sign_in(&h, 3600);
	wallets_on_link(h.wallets); /* once */
	assert_token(&h, "access-1");
	teardown(&h);
}

static void test_a_session_id_ends_its_own(void **state)
{
	struct host h;
	struct grant *grant;
	const struct config_provider *provider;

	(void)state;
	setup(&h);
	provider = &h.authority.config->providers[0];
	grant = make_grant("access-1", "refresh-1", 3600);
	free(grant->sid);
	grant->sid = strdup("sid-1");
	wallets_put(h.wallets, "zz-alice", "corp", grant, USEC_INFINITY);
	wallets_put(h.wallets, "zz-bob", "corp", make_grant("access-bob", "refresh-bob", 3600),
		    USEC_INFINITY);
	assert_int_equal(wallets_end_sessions(h.wallets, provider, NULL, "sid-2"), 0);
	assert_int_equal(wallets_end_sessions(h.wallets, provider, "s1", "sid-2"), 0);
	assert_int_equal(wallets_end_sessions(h.wallets, provider, "nobody", ""), 0);
	assert_token(&h, "access-1");
	assert_int_equal(wallets_end_sessions(h.wallets, provider, NULL, "sid-1"), 1);
	assert_refused(&h, "no-tokens");
	assert_string_equal(get_for(&h, h.bob, "").token, "access-bob");
	assert_int_equal(wallets_end_sessions(h.wallets, provider, "s2", "any"), 1);
	teardown(&h);
}

TEST_MAIN(TEST(test_a_fresh_token_is_handed_out), TEST(test_a_fifth_of_its_life_must_be_left),
	  TEST(test_fifty_who_ask_share_one_refresh), TEST(test_the_waiting_have_a_limit),
	  TEST(test_audiences_follow_one_another),
	  TEST(test_a_rotated_token_is_on_the_disk_before_anybody_hears),
	  TEST(test_a_full_disk_hands_nothing_out_and_loses_nothing),
	  TEST(test_what_cannot_be_removed_is_void), TEST(test_a_row_that_does_not_open_is_dropped),
	  TEST(test_a_refusal_drops_it_and_says_so), TEST(test_another_refusal_drops_nothing),
	  TEST(test_no_token_for_one_audience_is_no_answer_to_others),
	  TEST(test_a_lost_link_leaves_what_lives),
	  TEST(test_a_newer_sign_in_wins_over_a_refresh_under_way),
	  TEST(test_a_logout_outruns_a_refresh), TEST(test_what_ends_without_the_key_stays_ended),
	  TEST(test_a_logout_that_cannot_look_says_so),
	  TEST(test_its_time_is_the_rules_and_thirty_days_at_most),
	  TEST(test_a_clock_that_jumps_keeps_nothing_alive),
	  TEST(test_a_token_without_renewal_ends), TEST(test_whoever_is_disabled_has_nothing),
	  TEST(test_whoever_is_disabled_gets_no_older_token),
	  TEST(test_the_sweep_finds_who_was_disabled),
	  TEST(test_a_provider_that_changes_takes_them_along), TEST(test_the_last_session_ends_them),
	  TEST(test_sessions_of_another_boot_are_over), TEST(test_a_session_id_ends_its_own))
