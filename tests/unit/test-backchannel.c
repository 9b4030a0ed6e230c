/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A logout token works once: over a scripted peer, and wallets that can be read or not.
 */
#include "tests/lib/test.h"

#include <errno.h>

#include "common/clock.h"
#include "common/wire.h"
#include "idp-agentd/core/authority.h"
#include "idp-agentd/core/backchannel.h"
#include "idp-agentd/core/config.h"
#include "idp-agentd/core/conn.h"
#include "idp-agentd/core/control.h"
#include "idp-agentd/core/flows.h"
#include "idp-agentd/core/peer.h"
#include "idp-agentd/core/row.h"
#include "idp-agentd/core/wallet.h"
#include "tests/lib/conf.h"

#define ISS "https://idp.example.org"

/* ---- everybody else ---- */

static struct {
	const struct flow_owner *ops;
	void *owner;
	int outcome; /* of looking through the wallets */
	unsigned asked;
	char code[32]; /* of the answer */
} stage;

int peer_ask_logout(struct peer *peer, const char *provider, const struct secret *token,
		    const struct flow_owner *ops, void *owner, uint64_t *ret_flow)
{
	(void)peer;
	assert_string_equal(provider, "corp");
	assert_non_null(token);
	stage.ops = ops;
	stage.owner = owner;
	*ret_flow = 1;
	return 0;
}

void peer_abort(struct peer *peer, uint64_t flow)
{
	(void)peer;
	(void)flow;
}

int wallets_end_sessions(struct wallets *wallets, const struct config_provider *provider,
			 const char *sub, const char *sid)
{
	(void)wallets;
	assert_string_equal(provider->name, "corp");
	assert_string_equal(sub, "s1");
	assert_string_equal(sid, "");
	stage.asked++;
	return stage.outcome;
}

void conn_begin_job(struct conn *conn, const struct conn_job *ops, void *job,
		    enum permit_state state)
{
	(void)conn;
	assert_non_null(ops->gone);
	assert_non_null(job);
	assert_int_equal(state, PERMIT_BUSY);
}

void conn_end_job(struct conn *conn)
{
	(void)conn;
}

void row_begin(struct row *row, const char *kind)
{
	(void)row;
	assert_string_equal(kind, "backchannel");
}

void row_put_text(struct row *row, const char *key, const char *text)
{
	(void)row;
	(void)key;
	(void)text;
}

void row_put_number(struct row *row, const char *key, uint64_t number)
{
	(void)row;
	(void)key;
	(void)number;
}

void row_send(const struct row *row, struct conn *conn)
{
	(void)row;
	(void)conn;
}

void row_end(struct conn *conn, uint32_t status, const char *code, const char *text)
{
	(void)conn;
	(void)text;
	assert_true((status == 0) == (*code == '\0'));
	(void)snprintf(stage.code, sizeof(stage.code), "%s", code);
}

/* ---- the test ---- */

static void ask(struct backchannel *backchannel, const struct control_parts *parts)
{
	struct wire_in in;
	struct buf out;

	buf_init(&out, WIRE_MESSAGE_MAX);
	wire_begin(&out, MSG_BACKCHANNEL, 1);
	wire_put_str(&out, "corp");
	wire_put_str(&out, "the.logout.token");
	assert_int_equal(wire_end(&out), 0);
	assert_int_equal(wire_open(&in, out.data, out.len), 0);
	assert_int_equal(backchannel_request(backchannel, parts, NULL, &in), 0);
	buf_done(&out);
}

static void logged_out(const char *jti)
{
	struct wire_in in;
	struct buf out;

	buf_init(&out, WIRE_MESSAGE_MAX);
	wire_begin(&out, MSG_LOGGED_OUT, 1);
	wire_put_u64(&out, 1);
	wire_put_str(&out, ISS);
	wire_put_str(&out, "s1");
	wire_put_str(&out, "");
	wire_put_str(&out, jti);
	wire_put_u64(&out, clock_real() / USEC_PER_SEC + 120);
	assert_int_equal(wire_end(&out), 0);
	assert_int_equal(wire_open(&in, out.data, out.len), 0);
	(void)wire_get_u64(&in);
	assert_int_equal(stage.ops->message(stage.owner, 1, &in, true), 0);
	buf_done(&out);
}

static void test_a_token_that_ended_nothing_may_come_again(void **state)
{
	struct authority authority = {
		.config = conf_take("", "[provider corp]\nissuer = " ISS "\nclient_id = h\n"
					"[allow staff]\nneed = group:staff\n"),
	};
	const struct control_parts parts = { .authority = &authority };
	struct backchannel *backchannel = NULL;

	(void)state;
	assert_int_equal(backchannel_new(&backchannel), 0);
	ask(backchannel, &parts);
	logged_out("jti-0");
	stage.outcome = -EIO;
	ask(backchannel, &parts);
	logged_out("jti-1");
	assert_string_equal(stage.code, "store");
	stage.outcome = 1;
	ask(backchannel, &parts);
	logged_out("jti-1"); /* the platform says it again */
	assert_string_equal(stage.code, "");
	assert_int_equal(stage.asked, 3);
	ask(backchannel, &parts);
	logged_out("jti-1");
	assert_string_equal(stage.code, "replayed");
	ask(backchannel, &parts);
	logged_out("jti-0"); /* an older one is still known */
	assert_string_equal(stage.code, "replayed");
	assert_int_equal(stage.asked, 3);
	backchannel_free(backchannel);
	config_free(authority.config);
}

TEST_MAIN(TEST(test_a_token_that_ended_nothing_may_come_again))
