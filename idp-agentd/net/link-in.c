/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From messages to flows. To add a message: a handler, a row in link_rows. What has no row is
 * -EPROTO, and the connection ends.
 */
#include "idp-agentd/net/link-in.h"

#include <errno.h>
#include <string.h>

#include "common/limits.h"
#include "common/secret.h"
#include "idp-agentd/net/dir.h"
#include "idp-agentd/net/flow.h"
#include "idp-agentd/net/logout-check.h"
#include "idp-agentd/net/net.h"
#include "idp-agentd/net/probe.h"
#include "idp-agentd/net/registry.h"
#include "idp-agentd/net/renew.h"
#include "idp-agentd/net/reply.h"
#include "idp-agentd/net/retire.h"
#include "idp-agentd/net/scope-probe.h"
#include "idp-agentd/net/settings.h"
#include "idp-agentd/net/signin.h"
#include "idp-agentd/net/token-check.h"
#include "idp-agentd/net/url.h"
#include "idp-agentd/net/voucher.h"

#define LINK_WORDS_MAX 256u /* scopes of one sign-in */

static int link_on_setup(struct net *net, struct wire_in *in)
{
	_cleanup_(settings_freep) struct settings *settings = NULL;
	uint32_t revision = wire_get_u32(in);
	const char *kind = wire_get_str(in, PATH_LEN_MAX);
	const char *name = wire_get_str(in, PATH_LEN_MAX);
	int r = settings_read(in, &settings);

	if (r < 0)
		return r;
	r = wire_close(in);
	if (r < 0)
		return r;
	return registry_setup(net->registry, revision, kind, name, TAKE_PTR(settings));
}

static int link_on_setup_end(struct net *net, struct wire_in *in)
{
	uint32_t revision = wire_get_u32(in);
	int r = wire_close(in);

	if (r == 0)
		r = registry_commit(net->registry, revision);
	if (r == 0)
		reply_ready(net->outlet, revision);
	return r;
}

/* An array of words as one text with spaces; a word with a space in it is two words: -EBADMSG. */
static int link_get_words(struct wire_in *in, struct buf *out)
{
	uint32_t n = wire_get_count(in);

	if (n > LINK_WORDS_MAX)
		return -EBADMSG;
	for (uint32_t i = 0; i < n; i++) {
		const char *word = wire_get_str(in, WIRE_STRING_MAX);

		if (!*word || strpbrk(word, " \t\r\n"))
			return -EBADMSG;
		if (i > 0)
			buf_put_u8(out, ' ');
		buf_put_text(out, word);
	}
	return buf_end(out);
}

/* A flow that could not begin: the authority hears it, and the connection stays. */
static int link_not_started(struct net *net, uint64_t flow, int error)
{
	if (error == -EEXIST)
		return -EPROTO;
	if (error < 0)
		reply_failed(net->outlet, flow, error == -EMFILE ? "busy" : "internal",
			     error == -EMFILE ? "too many questions at once"
					      : strerrordesc_np(-error));
	return 0;
}

/* NULL: there is none of that name, and the authority has heard it. */
static struct provider *link_find_provider(struct net *net, uint64_t flow, const char *name)
{
	struct provider *provider = registry_provider(net->registry, name);

	if (!provider)
		reply_failed(net->outlet, flow, "configuration", "no such provider is configured");
	return provider;
}

static enum signin_kind link_kind(enum wire_type type)
{
	if (type == MSG_PASSWORD)
		return SIGNIN_PASSWORD;
	return type == MSG_AUTHCODE ? SIGNIN_CODE : SIGNIN_DEVICE;
}

/* Who and what PASSWORD says behind the provider. */
static int link_get_password(struct wire_in *in, struct signin_order *order,
			     struct secret **ret_password)
{
	const char *user = wire_get_str(in, PATH_LEN_MAX);
	const char *text = wire_get_str(in, PAM_ANSWER_MAX);

	if (!*user)
		return -EBADMSG;
	*ret_password = secret_new(text, strlen(text));
	order->user = user;
	order->password = *ret_password;
	return *ret_password ? 0 : -ENOMEM;
}

static int link_start_signin(struct net *net, struct wire_in *in, struct buf *scopes,
			     struct buf *acr)
{
	_cleanup_(secret_freep) struct secret *password = NULL;
	struct signin_order order = { .kind = link_kind(in->type), .flow = wire_get_u64(in) };
	const char *provider = wire_get_str(in, PATH_LEN_MAX);
	int r = 0;

	if (order.kind == SIGNIN_PASSWORD)
		r = link_get_password(in, &order, &password);
	if (r == 0)
		r = link_get_words(in, scopes);
	if (r == 0)
		r = link_get_words(in, acr);
	if (r < 0)
		return r;
	order.max_age = wire_get_u32(in);
	order.resource = wire_get_str(in, WIRE_STRING_MAX);
	order.keep = wire_get_bool(in);
	order.redirect_uri = order.kind == SIGNIN_CODE ? wire_get_str(in, ISSUER_LEN_MAX) : "";
	order.scopes = (const char *)scopes->data;
	order.acr_values = (const char *)acr->data;
	r = wire_close(in);
	if (r < 0)
		return r;
	order.provider = link_find_provider(net, order.flow, provider);
	if (!order.provider)
		return 0;
	return link_not_started(net, order.flow, signin_start(net, &order));
}

static int link_on_signin(struct net *net, struct wire_in *in)
{
	struct buf scopes, acr;
	int r;

	buf_init(&scopes, WIRE_MESSAGE_MAX);
	buf_init(&acr, WIRE_MESSAGE_MAX);
	r = link_start_signin(net, in, &scopes, &acr);
	buf_done(&scopes);
	buf_done(&acr);
	return r;
}

static int link_on_redirect(struct net *net, struct wire_in *in)
{
	_cleanup_(secret_freep) struct secret *pasted = NULL;
	uint64_t flow = wire_get_u64(in);
	const char *text = wire_get_str(in, PAM_ANSWER_MAX);
	int r = wire_close(in);

	if (r < 0)
		return r;
	pasted = secret_new(text, strlen(text));
	return pasted ? flow_redirect(net->flows, flow, pasted) : -ENOMEM;
}

/* *ret_token: NULL for "". */
static int link_copy_token(const char *text, struct secret **ret_token)
{
	struct secret *token = *text ? secret_new(text, strlen(text)) : NULL;

	if (*text && !token)
		return -ENOMEM;
	*ret_token = token;
	return 0;
}

static int link_on_refresh(struct net *net, struct wire_in *in)
{
	_cleanup_(secret_freep) struct secret *token = NULL;
	struct renew_order order = { .flow = wire_get_u64(in) };
	const char *provider = wire_get_str(in, PATH_LEN_MAX);
	const char *text = wire_get_str(in, JWS_LEN_MAX);
	int r;

	order.subject = wire_get_str(in, SUBJECT_LEN_MAX);
	order.resource = wire_get_str(in, WIRE_STRING_MAX);
	r = wire_close(in);
	if (r == 0)
		r = link_copy_token(text, &token);
	if (r < 0)
		return r;
	if (!token || !*order.subject)
		return -EBADMSG;
	order.refresh_token = token;
	order.provider = link_find_provider(net, order.flow, provider);
	if (!order.provider)
		return 0;
	return link_not_started(net, order.flow, renew_start(net, &order));
}

static int link_on_revoke(struct net *net, struct wire_in *in)
{
	_cleanup_(secret_freep) struct secret *refresh_token = NULL, *access_token = NULL;
	struct retire_order order = { .flow = wire_get_u64(in) };
	const char *provider = wire_get_str(in, PATH_LEN_MAX);
	const char *refresh_text = wire_get_str(in, JWS_LEN_MAX);
	const char *access_text = wire_get_str(in, JWS_LEN_MAX);
	int r = wire_close(in);

	if (r == 0)
		r = link_copy_token(refresh_text, &refresh_token);
	if (r == 0)
		r = link_copy_token(access_text, &access_token);
	if (r < 0)
		return r;
	order.refresh_token = refresh_token;
	order.access_token = access_token;
	order.provider = link_find_provider(net, order.flow, provider);
	if (!order.provider)
		return 0;
	return link_not_started(net, order.flow, retire_start(net, &order));
}

/* A token that somebody brings: TOKEN_CHECK and LOGOUT_CHECK, which differ in what it is for. */
static int link_start_check(struct net *net, struct wire_in *in,
			    int (*start)(struct net *net, const struct token_order *order))
{
	_cleanup_(secret_freep) struct secret *token = NULL;
	struct token_order order = { .flow = wire_get_u64(in) };
	const char *provider = wire_get_str(in, PATH_LEN_MAX);
	const char *text = wire_get_str(in, JWS_LEN_MAX);
	int r = wire_close(in);

	if (r < 0)
		return r;
	token = secret_new(text, strlen(text));
	if (!token)
		return -ENOMEM;
	order.token = token;
	order.provider = link_find_provider(net, order.flow, provider);
	if (!order.provider)
		return 0;
	return link_not_started(net, order.flow, start(net, &order));
}

static int link_on_token_check(struct net *net, struct wire_in *in)
{
	return link_start_check(net, in, token_check_start);
}

static int link_on_token_verify(struct net *net, struct wire_in *in)
{
	_cleanup_(secret_freep) struct secret *token = NULL, *proof = NULL;
	struct token_order order = { .flow = wire_get_u64(in), .shown = true };
	const char *provider = wire_get_str(in, PATH_LEN_MAX);
	const char *text = wire_get_str(in, JWS_LEN_MAX);
	const char *proof_text = wire_get_str(in, PROOF_LEN_MAX);
	int r;

	order.method = wire_get_str(in, METHOD_LEN_MAX);
	order.address = wire_get_str(in, URL_LEN_MAX);
	r = wire_close(in);
	if (r < 0)
		return r;
	if (*proof_text && (!*order.method || !*order.address))
		return -EBADMSG;
	token = secret_new(text, strlen(text));
	if (!token)
		return -ENOMEM;
	r = link_copy_token(proof_text, &proof);
	if (r < 0)
		return r;
	order.token = token;
	order.proof = proof;
	order.provider = link_find_provider(net, order.flow, provider);
	if (!order.provider)
		return 0;
	return link_not_started(net, order.flow, token_check_start(net, &order));
}

static int link_on_logout_check(struct net *net, struct wire_in *in)
{
	return link_start_check(net, in, logout_check_start);
}

static int link_on_vouch(struct net *net, struct wire_in *in)
{
	_cleanup_(secret_freep) struct secret *assertion = NULL, *proof = NULL;
	struct vouch_order order = { .flow = wire_get_u64(in) };
	const char *provider = wire_get_str(in, PATH_LEN_MAX);
	const char *assertion_text, *proof_text;
	int r;

	order.url = wire_get_str(in, ISSUER_LEN_MAX);
	order.client_id = wire_get_str(in, ISSUER_LEN_MAX);
	assertion_text = wire_get_str(in, JWS_LEN_MAX);
	proof_text = wire_get_str(in, JWS_LEN_MAX);
	r = wire_close(in);
	if (r == 0)
		r = link_copy_token(assertion_text, &assertion);
	if (r == 0)
		r = link_copy_token(proof_text, &proof);
	if (r < 0)
		return r;
	if (!assertion)
		return -EBADMSG;
	order.assertion = assertion;
	order.proof = proof;
	order.provider = link_find_provider(net, order.flow, provider);
	if (!order.provider)
		return 0;
	return link_not_started(net, order.flow, vouch_start(net, &order));
}

static int link_on_abort(struct net *net, struct wire_in *in)
{
	uint64_t flow = wire_get_u64(in);
	int r = wire_close(in);

	if (r == 0)
		flow_end(net->flows, flow);
	return r;
}

static int link_on_signed(struct net *net, struct wire_in *in)
{
	_cleanup_(secret_freep) struct secret *assertion = NULL;
	uint64_t flow = wire_get_u64(in);
	const char *why_not = wire_get_str(in, WIRE_STRING_MAX);
	const char *text = wire_get_str(in, JWS_LEN_MAX);
	int r = wire_close(in);

	if (r < 0)
		return r;
	if (!*why_not && !*text)
		return -EBADMSG;
	r = link_copy_token(text, &assertion);
	if (r < 0)
		return r;
	return flow_sign(net->flows, flow, why_not, assertion);
}

static int link_dir(struct net *net, const struct dir_order *order)
{
	struct reply_dir_end end = { .cursor = "", .code = "configuration", .text = "" };
	int r;

	if (!order->directory) {
		end.text = "no such directory is configured";
		reply_dir_end(net->outlet, order->flow, &end);
		return 0;
	}
	r = dir_start(net, order);
	if (r == 0)
		return 0;
	if (r == -EEXIST)
		return -EPROTO;
	end.code = r == -EMFILE ? "busy" : "internal";
	end.text = r == -EMFILE ? "too many questions at once" : strerrordesc_np(-r);
	reply_dir_end(net->outlet, order->flow, &end);
	return 0;
}

static int link_on_dir_sync(struct net *net, struct wire_in *in)
{
	struct dir_order order = { .flow = wire_get_u64(in) };
	const char *directory = wire_get_str(in, PATH_LEN_MAX);
	int r;

	order.full = wire_get_bool(in);
	order.cursor = wire_get_str(in, DIR_CURSOR_MAX);
	r = wire_close(in);
	if (r < 0)
		return r;
	order.directory = registry_directory(net->registry, directory);
	return link_dir(net, &order);
}

static int link_on_dir_find(struct net *net, struct wire_in *in)
{
	struct dir_order order = { .flow = wire_get_u64(in), .find = true };
	const char *directory = wire_get_str(in, PATH_LEN_MAX);
	uint32_t what = wire_get_u32(in);
	int r;

	order.value = wire_get_str(in, WIRE_STRING_MAX);
	r = wire_close(in);
	if (r < 0)
		return r;
	if (what < WIRE_FIND_USER_NAME || what > WIRE_FIND_SUBJECT)
		return -EPROTO;
	order.what = (enum wire_find)what;
	order.directory = registry_directory(net->registry, directory);
	return link_dir(net, &order);
}

static int link_on_credit(struct net *net, struct wire_in *in)
{
	uint64_t flow = wire_get_u64(in);
	uint32_t n = wire_get_u32(in);
	int r = wire_close(in);

	return r < 0 ? r : flow_credit(net->flows, flow, n);
}

static int link_on_probe(struct net *net, struct wire_in *in)
{
	uint64_t flow = wire_get_u64(in);
	const char *name = wire_get_str(in, PATH_LEN_MAX);
	int r = wire_close(in);

	if (r < 0)
		return r;
	return link_not_started(net, flow, probe_start(net, flow, name));
}

static int link_start_scopes(struct net *net, struct wire_in *in, struct buf *scopes)
{
	struct scope_probe_order order = { .flow = wire_get_u64(in) };
	const char *provider = wire_get_str(in, PATH_LEN_MAX);
	int r = link_get_words(in, scopes);

	if (r < 0)
		return r;
	order.canary = wire_get_str(in, PATH_LEN_MAX);
	order.resource = wire_get_str(in, WIRE_STRING_MAX);
	order.scopes = (const char *)scopes->data;
	r = wire_close(in);
	if (r < 0)
		return r;
	order.provider = link_find_provider(net, order.flow, provider);
	if (!order.provider)
		return 0;
	return link_not_started(net, order.flow, scope_probe_start(net, &order));
}

static int link_on_scope_probe(struct net *net, struct wire_in *in)
{
	struct buf scopes;
	int r;

	buf_init(&scopes, WIRE_MESSAGE_MAX);
	r = link_start_scopes(net, in, &scopes);
	buf_done(&scopes);
	return r;
}

int link_in(struct net *net, struct wire_in *in)
{
	static const struct {
		enum wire_type type;
		int (*handle)(struct net *net, struct wire_in *in);
	} link_rows[] = {
		{ MSG_SETUP, link_on_setup },
		{ MSG_SETUP_END, link_on_setup_end },
		{ MSG_DEVICE, link_on_signin },
		{ MSG_ABORT, link_on_abort },
		{ MSG_SIGNED, link_on_signed },
		{ MSG_DIR_SYNC, link_on_dir_sync },
		{ MSG_DIR_FIND, link_on_dir_find },
		{ MSG_CREDIT, link_on_credit },
		{ MSG_PROBE, link_on_probe },
		{ MSG_AUTHCODE, link_on_signin },
		{ MSG_PASSWORD, link_on_signin },
		{ MSG_REDIRECT, link_on_redirect },
		{ MSG_TOKEN_CHECK, link_on_token_check },
		{ MSG_TOKEN_VERIFY, link_on_token_verify },
		{ MSG_REFRESH, link_on_refresh },
		{ MSG_REVOKE, link_on_revoke },
		{ MSG_LOGOUT_CHECK, link_on_logout_check },
		{ MSG_VOUCH, link_on_vouch },
		{ MSG_SCOPE_PROBE, link_on_scope_probe },
	};

	for (size_t i = 0; i < ELEMENTSOF(link_rows); i++)
		if (link_rows[i].type == in->type)
			return link_rows[i].handle(net, in);
	return -EPROTO;
}
