/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is asked of the mouth, and said about questions under way. To add a question: its kind in
 * permit.h, its first message in peer_begin(), a function here.
 */
#include <errno.h>

#include "common/secret.h"
#include "idp-agentd/core/peer-internal.h"

static int peer_begin(struct peer *peer, struct buf *out, enum permit_flow kind,
		      const char *provider, const struct flow_owner *ops, void *owner,
		      uint64_t *ret_flow)
{
	static const enum wire_type questions[PERMIT_FLOWS] = {
		[PERMIT_FLOW_DEVICE] = MSG_DEVICE,     [PERMIT_FLOW_CODE] = MSG_AUTHCODE,
		[PERMIT_FLOW_TOKEN] = MSG_TOKEN_CHECK, [PERMIT_FLOW_SYNC] = MSG_DIR_SYNC,
		[PERMIT_FLOW_FIND] = MSG_DIR_FIND,     [PERMIT_FLOW_PROBE] = MSG_PROBE,
		[PERMIT_FLOW_REFRESH] = MSG_REFRESH,   [PERMIT_FLOW_REVOKE] = MSG_REVOKE,
		[PERMIT_FLOW_LOGOUT] = MSG_LOGOUT_CHECK,
		[PERMIT_FLOW_PASSWORD] = MSG_PASSWORD, [PERMIT_FLOW_VOUCHER] = MSG_VOUCH,
		[PERMIT_FLOW_VERIFY] = MSG_TOKEN_VERIFY,
		[PERMIT_FLOW_SCOPES] = MSG_SCOPE_PROBE,
	};
	int r;

	buf_init_secret(out, WIRE_MESSAGE_MAX); /* a token, perhaps */
	if (peer->fd < 0)
		return -ENOTCONN;
	r = flows_add(peer->flows, kind, provider, ops, owner, ret_flow);
	if (r < 0)
		return r;
	wire_begin(out, questions[kind], 0);
	wire_put_u64(out, *ret_flow);
	return 0;
}

static int peer_end(struct peer *peer, struct buf *out, uint64_t flow)
{
	int r = peer_send(peer, out);

	if (r < 0)
		flows_remove(peer->flows, flow);
	return r;
}

static void peer_put_list(struct buf *out, const char *const *items, size_t n)
{
	wire_put_count(out, n);
	for (size_t i = 0; i < n; i++)
		wire_put_str(out, items[i]);
}

static void peer_put_secret(struct buf *out, const struct secret *secret)
{
	wire_put_strn(out, secret ? secret->text : "", secret ? secret->len : 0);
}

int peer_ask_signin(struct peer *peer, const struct peer_signin *signin,
		    const struct flow_owner *ops, void *owner, uint64_t *ret_flow)
{
	_cleanup_(buf_done) struct buf out;
	int r = peer_begin(peer, &out, signin->kind, signin->provider, ops, owner, ret_flow);

	if (r < 0)
		return r;
	wire_put_str(&out, signin->provider);
	if (signin->kind == PERMIT_FLOW_PASSWORD) {
		wire_put_str(&out, signin->user);
		wire_put_strn(&out, signin->password->text, signin->password->len);
	}
	peer_put_list(&out, signin->scopes, signin->n_scopes);
	peer_put_list(&out, signin->acr, signin->n_acr);
	wire_put_u32(&out, signin->max_age);
	wire_put_str(&out, signin->resource);
	wire_put_bool(&out, signin->keep);
	if (signin->kind == PERMIT_FLOW_CODE)
		wire_put_str(&out, signin->redirect_uri);
	return peer_end(peer, &out, *ret_flow);
}

int peer_ask_token(struct peer *peer, const char *provider, const struct secret *token,
		   const struct flow_owner *ops, void *owner, uint64_t *ret_flow)
{
	_cleanup_(buf_done) struct buf out;
	int r = peer_begin(peer, &out, PERMIT_FLOW_TOKEN, provider, ops, owner, ret_flow);

	if (r < 0)
		return r;
	wire_put_str(&out, provider);
	peer_put_secret(&out, token);
	return peer_end(peer, &out, *ret_flow);
}

int peer_ask_verify(struct peer *peer, const struct peer_shown *shown, const struct flow_owner *ops,
		    void *owner, uint64_t *ret_flow)
{
	_cleanup_(buf_done) struct buf out;
	int r = peer_begin(peer, &out, PERMIT_FLOW_VERIFY, shown->provider, ops, owner, ret_flow);

	if (r < 0)
		return r;
	wire_put_str(&out, shown->provider);
	peer_put_secret(&out, shown->token);
	peer_put_secret(&out, shown->proof);
	wire_put_str(&out, shown->proof ? shown->method : "");
	wire_put_str(&out, shown->proof ? shown->address : "");
	return peer_end(peer, &out, *ret_flow);
}

int peer_ask_refresh(struct peer *peer, const char *provider, const struct secret *refresh,
		     const char *sub, const char *resource, const struct flow_owner *ops,
		     void *owner, uint64_t *ret_flow)
{
	_cleanup_(buf_done) struct buf out;
	int r = peer_begin(peer, &out, PERMIT_FLOW_REFRESH, provider, ops, owner, ret_flow);

	if (r < 0)
		return r;
	wire_put_str(&out, provider);
	peer_put_secret(&out, refresh);
	wire_put_str(&out, sub);
	wire_put_str(&out, resource);
	return peer_end(peer, &out, *ret_flow);
}

int peer_ask_revoke(struct peer *peer, const char *provider, const struct secret *refresh,
		    const struct secret *access, const struct flow_owner *ops, void *owner,
		    uint64_t *ret_flow)
{
	_cleanup_(buf_done) struct buf out;
	int r = peer_begin(peer, &out, PERMIT_FLOW_REVOKE, provider, ops, owner, ret_flow);

	if (r < 0)
		return r;
	wire_put_str(&out, provider);
	peer_put_secret(&out, refresh);
	peer_put_secret(&out, access);
	return peer_end(peer, &out, *ret_flow);
}

int peer_ask_logout(struct peer *peer, const char *provider, const struct secret *token,
		    const struct flow_owner *ops, void *owner, uint64_t *ret_flow)
{
	_cleanup_(buf_done) struct buf out;
	int r = peer_begin(peer, &out, PERMIT_FLOW_LOGOUT, provider, ops, owner, ret_flow);

	if (r < 0)
		return r;
	wire_put_str(&out, provider);
	peer_put_secret(&out, token);
	return peer_end(peer, &out, *ret_flow);
}

int peer_ask_voucher(struct peer *peer, const struct peer_vouch *vouch,
		     const struct flow_owner *ops, void *owner, uint64_t *ret_flow)
{
	_cleanup_(buf_done) struct buf out;
	int r = peer_begin(peer, &out, PERMIT_FLOW_VOUCHER, vouch->provider, ops, owner, ret_flow);

	if (r < 0)
		return r;
	wire_put_str(&out, vouch->provider);
	wire_put_str(&out, vouch->url);
	wire_put_str(&out, vouch->client_id);
	peer_put_secret(&out, vouch->assertion);
	peer_put_secret(&out, vouch->proof);
	return peer_end(peer, &out, *ret_flow);
}

int peer_ask_sync(struct peer *peer, const char *directory, const char *provider, bool full,
		  const char *cursor, const struct flow_owner *ops, void *owner, uint64_t *ret_flow)
{
	_cleanup_(buf_done) struct buf out;
	int r = peer_begin(peer, &out, PERMIT_FLOW_SYNC, provider, ops, owner, ret_flow);

	if (r < 0)
		return r;
	wire_put_str(&out, directory);
	wire_put_bool(&out, full);
	wire_put_str(&out, cursor);
	return peer_end(peer, &out, *ret_flow);
}

int peer_ask_find(struct peer *peer, const char *directory, const char *provider,
		  enum wire_find what, const char *value, const struct flow_owner *ops, void *owner,
		  uint64_t *ret_flow)
{
	_cleanup_(buf_done) struct buf out;
	int r = peer_begin(peer, &out, PERMIT_FLOW_FIND, provider, ops, owner, ret_flow);

	if (r < 0)
		return r;
	wire_put_str(&out, directory);
	wire_put_u32(&out, what);
	wire_put_str(&out, value);
	return peer_end(peer, &out, *ret_flow);
}

int peer_ask_probe(struct peer *peer, const char *name, const struct flow_owner *ops, void *owner,
		   uint64_t *ret_flow)
{
	_cleanup_(buf_done) struct buf out;
	int r = peer_begin(peer, &out, PERMIT_FLOW_PROBE, "", ops, owner, ret_flow);

	if (r < 0)
		return r;
	wire_put_str(&out, name);
	return peer_end(peer, &out, *ret_flow);
}

int peer_ask_scopes(struct peer *peer, const struct peer_scopes *ask, const struct flow_owner *ops,
		    void *owner, uint64_t *ret_flow)
{
	_cleanup_(buf_done) struct buf out;
	int r = peer_begin(peer, &out, PERMIT_FLOW_SCOPES, ask->provider, ops, owner, ret_flow);

	if (r < 0)
		return r;
	wire_put_str(&out, ask->provider);
	peer_put_list(&out, ask->scopes, ask->n);
	wire_put_str(&out, ask->canary);
	wire_put_str(&out, ask->resource);
	return peer_end(peer, &out, *ret_flow);
}

int peer_redirect(struct peer *peer, uint64_t flow, const struct secret *pasted)
{
	_cleanup_(buf_done) struct buf out;

	buf_init_secret(&out, WIRE_MESSAGE_MAX);
	wire_begin(&out, MSG_REDIRECT, 0);
	wire_put_u64(&out, flow);
	wire_put_strn(&out, pasted->text, pasted->len);
	return peer_send(peer, &out);
}

void peer_credit(struct peer *peer, uint64_t flow, uint32_t n)
{
	_cleanup_(buf_done) struct buf out;

	buf_init(&out, 64);
	wire_begin(&out, MSG_CREDIT, 0);
	wire_put_u64(&out, flow);
	wire_put_u32(&out, n);
	IGNORE(peer_send(peer, &out)); /* a lost link says so by itself */
}

void peer_abort(struct peer *peer, uint64_t flow)
{
	_cleanup_(buf_done) struct buf out;
	struct flow *open;

	buf_init(&out, 64);
	if (flows_find(peer->flows, flow, &open) != FLOWS_OPEN)
		return;
	flows_remove(peer->flows, flow);
	wire_begin(&out, MSG_ABORT, 0);
	wire_put_u64(&out, flow);
	IGNORE(peer_send(peer, &out)); /* likewise */
}
