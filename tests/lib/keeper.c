/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/lib/test.h"

#include <dirent.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include "common/secret.h"
#include "idp-agentd/core/config.h"
#include "idp-agentd/core/idmap.h"
#include "idp-agentd/core/peer.h"
#include "tests/lib/conf.h"
#include "tests/lib/keeper.h"

/* Whose the calls are that come with nothing to tell. */
static struct keeper *keeper;

static void note(char room[static 64], const struct secret *secret)
{
	(void)snprintf(room, 64, "%s", secret ? secret->text : "");
}

/* ---- the peer ---- */

/* The question is noted at *ret_asked. */
static int ask(enum wire_type type, const struct flow_owner *ops, void *owner, uint64_t *ret_flow,
	       struct keeper_asked **ret_asked)
{
	struct keeper_asked *asked = &keeper->asked[keeper->n_asked];

	if (keeper->ask_error < 0)
		return keeper->ask_error;
	assert_true(keeper->n_asked < ELEMENTSOF(keeper->asked));
	*asked = (struct keeper_asked){ .type = type, .ops = ops, .owner = owner };
	*ret_flow = ++keeper->n_asked;
	*ret_asked = asked;
	return 0;
}

int peer_ask_refresh(struct peer *unused, const char *provider, const struct secret *refresh,
		     const char *sub, const char *resource, const struct flow_owner *ops,
		     void *owner, uint64_t *ret_flow)
{
	struct keeper_asked *asked = NULL;
	int r = ask(MSG_REFRESH, ops, owner, ret_flow, &asked);

	(void)unused;
	assert_string_equal(provider, "corp");
	if (r < 0)
		return r;
	note(asked->refresh, refresh);
	(void)snprintf(asked->sub, sizeof(asked->sub), "%s", sub);
	(void)snprintf(asked->resource, sizeof(asked->resource), "%s", resource);
	return 0;
}

int peer_ask_revoke(struct peer *unused, const char *provider, const struct secret *refresh,
		    const struct secret *access, const struct flow_owner *ops, void *owner,
		    uint64_t *ret_flow)
{
	struct keeper_asked *asked = NULL;
	int r = ask(MSG_REVOKE, ops, owner, ret_flow, &asked);

	(void)unused;
	assert_string_equal(provider, "corp");
	if (r < 0)
		return r;
	note(asked->refresh, refresh);
	note(asked->access, access);
	return 0;
}

void peer_abort(struct peer *unused, uint64_t flow)
{
	(void)unused;
	if (flow)
		keeper->asked[flow - 1].ops = NULL;
}

int keeper_answer(struct keeper *k, unsigned i, struct buf *out)
{
	struct keeper_asked asked = k->asked[i];
	struct wire_in in;
	int r;

	assert_non_null(asked.ops);
	k->asked[i].ops = NULL;
	assert_int_equal(wire_end(out), 0);
	assert_int_equal(wire_open(&in, out->data, out->len), 0);
	(void)wire_get_u64(&in);
	r = asked.ops->message(asked.owner, i + 1, &in, true);
	buf_done(out);
	return r;
}

static void put_tokens(const struct keeper *k, struct buf *out, const char *access,
		       const char *refresh, uint64_t life)
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
	wire_put_u64(out, life ? k->now + life : 0);
}

void keeper_answer_tokens(struct keeper *k, unsigned i, const char *access, const char *refresh)
{
	struct buf out;

	assert_int_equal(k->asked[i].type, MSG_REFRESH);
	put_tokens(k, &out, access, refresh, 3600);
	assert_int_equal(keeper_answer(k, i, &out), 0);
}

void keeper_answer_no(struct keeper *k, unsigned i, enum wire_type type, const char *code)
{
	struct buf out;

	buf_init(&out, WIRE_MESSAGE_MAX);
	wire_begin(&out, type, 0);
	wire_put_u64(&out, 1);
	wire_put_str(&out, code);
	wire_put_str(&out, "");
	assert_int_equal(keeper_answer(k, i, &out), 0);
}

void assert_revokes(const struct keeper *k, unsigned i, const char *refresh, const char *access)
{
	assert_true(i < k->n_asked);
	assert_int_equal(k->asked[i].type, MSG_REVOKE);
	assert_string_equal(k->asked[i].refresh, refresh);
	assert_string_equal(k->asked[i].access, access);
}

/* ---- the host ---- */

const char keeper_config[] = "[provider corp]\nissuer = " KEEPER_ISS "\nclient_id = h\n"
			     "token_audiences = " KEEPER_API "\n"
			     "[directory people]\nkind = userinfo\n"
			     "[allow staff]\nneed = group:staff\n";

static uint64_t now_is(void)
{
	return keeper->now;
}

static struct person *claim(struct keeper *k, const char *sub, const char *name)
{
	struct person *person = person_new();
	char reason[REASON_MAX];

	assert_non_null(person);
	assert_int_equal(person_set(&person->iss, KEEPER_ISS), 0);
	assert_int_equal(person_set(&person->sub, sub), 0);
	assert_int_equal(person_set(&person->directory, "people"), 0);
	assert_int_equal(person_set(&person->dir_id, sub), 0);
	assert_int_equal(person_set(&person->name, name), 0);
	person->active = true;
	person->last_seen = KEEPER_START;
	assert_int_equal(idmap_claim(&k->authority.idmap, person, reason), 0);
	return person;
}

static void open_host(struct keeper *k)
{
	const struct wallets_parts parts = { .event = k->event,
					     .authority = &k->authority,
					     .time = now_is };
	char reason[REASON_MAX];

	assert_int_equal(authority_open(&k->authority, conf_take("", keeper_config), k->folder,
					k->snapshot, reason),
			 0);
	assert_int_equal(wallets_new(&parts, &k->wallets), 0);
}

static void close_host(struct keeper *k)
{
	k->wallets = wallets_free(k->wallets);
	authority_close(&k->authority);
}

void keeper_begin(struct keeper *k)
{
	*k = (struct keeper){ .folder = "/tmp/idp-wallet-XXXXXX", .now = KEEPER_START };
	keeper = k;
	assert_non_null(mkdtemp(k->folder));
	(void)snprintf(k->snapshot, sizeof(k->snapshot), "%s/identity.snap", k->folder);
	assert_int_equal(sd_event_new(&k->event), 0);
	open_host(k);
	k->alice = claim(k, "s1", "zz-alice");
	k->bob = claim(k, "s2", "zz-bob");
}

void keeper_remove_folder(const char *path)
{
	DIR *folder = opendir(path);
	const struct dirent *entry;

	assert_non_null(folder);
	while ((entry = readdir(folder)))
		(void)unlinkat(dirfd(folder), entry->d_name, 0);
	(void)closedir(folder);
	assert_int_equal(rmdir(path), 0);
}

void keeper_end(struct keeper *k)
{
	close_host(k);
	k->alice = person_free(k->alice);
	k->bob = person_free(k->bob);
	k->event = sd_event_unref(k->event);
	keeper_remove_folder(k->folder);
	keeper = NULL;
}

void keeper_restart(struct keeper *k)
{
	close_host(k);
	open_host(k);
}

void keeper_configure(struct keeper *k, const char *text)
{
	assert_int_equal(authority_reconfigure(&k->authority, conf_take("", text)), 0);
	wallets_configure(k->wallets);
}

void keeper_set_disk_full(bool full)
{
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = full ? 1 : limit.rlim_max;
	(void)signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

int keeper_setup(void **state)
{
	static struct keeper k;

	keeper_begin(&k);
	*state = &k;
	return 0;
}

int keeper_teardown(void **state)
{
	keeper_end(*state);
	return 0;
}

/* ---- who signed in, and who asks ---- */

struct grant *keeper_grant(const struct keeper *k, const char *access, const char *refresh,
			   uint64_t life)
{
	struct grant *grant = NULL;
	const char *resource;
	struct wire_in in;
	struct buf out;

	put_tokens(k, &out, access, refresh, life);
	assert_int_equal(wire_end(&out), 0);
	assert_int_equal(wire_open(&in, out.data, out.len), 0);
	(void)wire_get_u64(&in);
	assert_int_equal(grant_read(&in, k->now, &grant, &resource), 0);
	buf_done(&out);
	return grant;
}

void keeper_put(struct keeper *k, const char *name, const char *access, const char *refresh,
		uint64_t life)
{
	wallets_put(k->wallets, name, "corp", keeper_grant(k, access, refresh, life),
		    USEC_INFINITY);
}

void keeper_sign_in(struct keeper *k, uint64_t life)
{
	keeper_put(k, "zz-alice", "access-1", "refresh-1", life);
}

int keeper_end_sessions(struct keeper *k, const char *sub, const char *sid)
{
	return wallets_end_sessions(k->wallets, &k->authority.config->providers[0], sub, sid);
}

void keeper_on_token(void *userdata, const struct wallet_token *token)
{
	struct heard *heard = userdata;

	heard->n++;
	heard->waiter = NULL;
	note(heard->token, token->token);
	(void)snprintf(heard->refused, sizeof(heard->refused), "%s", token->refused);
	assert_true((*token->refused != '\0') == (token->token == NULL));
	assert_true((*token->refused != '\0') == (*token->text != '\0'));
}

struct heard keeper_get(struct keeper *k, const struct person *person, const char *audience)
{
	struct heard heard = { 0 };

	assert_int_equal(wallets_get_token(k->wallets, person, audience, keeper_on_token, &heard,
					   &heard.waiter),
			 0);
	assert_int_equal(heard.n, 1);
	return heard;
}

void keeper_wait(struct keeper *k, const char *audience, struct heard *heard)
{
	*heard = (struct heard){ 0 };
	assert_int_equal(wallets_get_token(k->wallets, k->alice, audience, keeper_on_token, heard,
					   &heard->waiter),
			 0);
	assert_int_equal(heard->n, 0);
	assert_non_null(heard->waiter);
}
