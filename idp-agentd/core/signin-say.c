/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a sign-in says to whoever asked, to the auditor, and to the wallets. */
#include "idp-agentd/core/signin-internal.h"

#include <stdio.h>
#include <string.h>

#include "idp-agentd/core/conn.h"
#include "idp-agentd/core/verdict.h"
#include "idp-agentd/core/wallet.h"

static void signin_count(struct signins *signins, const struct session_out *out)
{
	if (out->result == WIRE_PERMIT)
		signins->status.permitted++;
	else if (out->result == WIRE_UNAVAIL)
		signins->status.unavailable++;
	else if (out->result != WIRE_NOT_OURS)
		signins->status.denied++;
}

/* variable: NAME=value for whoever asked, NULL none. */
static void signin_put_done(struct conn *conn, enum wire_result result, const char *reason,
			    const char *text, const char *variable)
{
	struct buf out;

	conn_begin(conn, &out, MSG_DONE);
	wire_put_u32(&out, result);
	wire_put_str(&out, reason);
	wire_put_str(&out, text);
	wire_put_count(&out, variable ? 1 : 0);
	if (variable)
		wire_put_str(&out, variable);
	conn_send(conn, &out);
}

void signin_send_done(struct conn *conn, enum wire_result result, const char *reason,
		      const char *text)
{
	signin_put_done(conn, result, reason, text, NULL);
}

/*
 * The code names what opens this host (missing=group:chiefs): that is for root, who writes it to a
 * log. Whoever asks for himself hears its first word, as he reads no more of it at a prompt.
 */
static const char *signin_reason(const struct signin *signin, char word[static SESSION_REASON_MAX])
{
	const char *reason = signin->out.reason;

	if (signin->world.by_root)
		return reason;
	(void)snprintf(word, SESSION_REASON_MAX, "%.*s", (int)strcspn(reason, " ="), reason);
	return word;
}

/* The end of a session that the rules bound is said along: pam_idp hands it to systemd. */
static void signin_put_end(struct signin *signin)
{
	const struct session_out *out = &signin->out;
	char variable[64], word[SESSION_REASON_MAX];
	bool bound = signin->session.request.kind == SESSION_KIND_OPEN &&
		     out->result == WIRE_PERMIT && out->session != USEC_INFINITY;

	(void)snprintf(variable, sizeof(variable), SESSION_MAX_VARIABLE "=%llu",
		       (unsigned long long)(out->session / USEC_PER_SEC));
	signin_put_done(signin->conn, out->result, signin_reason(signin, word), out->text,
			bound ? variable : NULL);
}

/* Before anybody hears of it: whoever was let in may ask for his token at once. */
static void signin_settle_grant(struct signin *signin)
{
	struct wallets *wallets = signin->owner->parts.wallets;
	const struct session_request *request = &signin->session.request;

	if (signin->grant && signin->out.result == WIRE_PERMIT &&
	    wallets_want(wallets, request->service))
		wallets_put(wallets, request->user, signin->world.provider, TAKE_PTR(signin->grant),
			    signin->out.session);
}

void signin_say_done(struct signin *signin)
{
	signin_settle_grant(signin);
	verdict_audit(&signin->session.request, &signin->out, &signin->world);
	verdict_remember(&signin->session.request, &signin->out, &signin->world);
	signin_count(signin->owner, &signin->out);
	world_settle(&signin->world, signin->session.request.user, signin->out.result,
		     signin->out.reason);
	signin_put_end(signin);
	conn_end_job(signin->conn);
}

static void signin_say_info(struct signin *signin, const char *text)
{
	struct buf out;

	conn_begin(signin->conn, &out, MSG_SAY);
	wire_put_u32(&out, WIRE_SAY_INFO);
	wire_put_str(&out, text);
	conn_send(signin->conn, &out);
}

void signin_say_browse(struct signin *signin)
{
	struct buf out;

	if (*signin->session.asks)
		signin_say_info(signin, signin->session.asks);
	conn_begin(signin->conn, &out, MSG_BROWSE);
	wire_put_str(&out, signin->out.text);
	wire_put_u32(&out, signin->out.seconds);
	conn_send(signin->conn, &out);
	conn_set_state(signin->conn, PERMIT_ASKED);
}

void signin_say_ask(struct signin *signin)
{
	struct buf out;

	conn_begin(signin->conn, &out, MSG_ASK);
	wire_put_u32(&out, signin->out.ask_style);
	wire_put_str(&out, signin->out.text);
	conn_send(signin->conn, &out);
	conn_set_state(signin->conn, PERMIT_ASKED);
}

void signin_say_alive(struct signin *signin)
{
	signin_say_info(signin, "");
}
