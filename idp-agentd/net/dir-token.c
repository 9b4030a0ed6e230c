/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Directory tokens, and reading with them. Invariant: at most one flow fetches for a directory at a
 * time (directory->token_fetcher); every other one waits in directory->token_waiters, and each of
 * them is called once or leaves.
 */
#include "idp-agentd/net/dir-token.h"

#include <errno.h>
#include <string.h>

#include "common/reason.h"
#include "common/secret.h"
#include "idp-agentd/net/dir-backend.h"
#include "idp-agentd/net/directory.h"
#include "idp-agentd/net/http-text.h"
#include "idp-agentd/net/oauth.h"
#include "idp-agentd/net/provider.h"
#include "idp-agentd/net/url.h"

#define DIR_TOKEN_LIFE_DEFAULT (5 * USEC_PER_MINUTE) /* when the platform does not say */

const struct secret *dir_token_get(const struct directory *directory)
{
	if (directory->bearer)
		return directory->bearer;
	return clock_now() < directory->token_until ? directory->token : NULL;
}

bool dir_token_reject(struct directory *directory)
{
	if (directory->bearer)
		return false;
	directory->token = secret_free(directory->token);
	directory->token_until = 0;
	return true;
}

static void dir_token_finish(struct dir_token *token, bool ok, const char *code, const char *text)
{
	struct directory *directory = directory_ref(token->directory);
	char kept[REASON_MAX];

	directory->token_fetcher = NULL;
	/* The flow may be gone after ready(), and its texts with it. */
	reason_format(kept, sizeof(kept), "%s", text);
	token->ready(token->userdata, ok, code, text);
	waiters_wake(&directory->token_waiters, ok, code, kept);
	directory_unref(directory);
}

static void dir_token_take(struct dir_token *token, struct oauth_tokens *tokens)
{
	struct directory *directory = token->directory;
	usec_t life = tokens->expires_in ? tokens->expires_in : DIR_TOKEN_LIFE_DEFAULT;

	secret_free(directory->token);
	directory->token = TAKE_PTR(tokens->access_token);
	directory->token_until = clock_add(clock_now(), life / 5 * 4);
	dir_token_finish(token, true, "", "");
}

static void dir_token_on_answer(void *userdata, const struct http_answer *answer)
{
	struct dir_token *token = userdata;
	struct oauth_tokens tokens = OAUTH_TOKENS_NULL;
	struct oauth_error error;
	char text[REASON_MAX];
	int r;

	if (answer->error != HTTP_OK) {
		dir_token_finish(token, false, http_reason(answer->error), answer->reason);
		return;
	}
	r = answer->status == 200 ? oauth_tokens_parse(answer->body, answer->body_len,
						       token->directory->provider->dpop, &tokens)
				  : 0;
	if (answer->status == 200 && r == 0) {
		dir_token_take(token, &tokens);
		oauth_tokens_done(&tokens);
		return;
	}
	oauth_tokens_done(&tokens);
	oauth_error_parse(answer->body, answer->body_len, &error);
	reason_format(text, sizeof(text), "no token for the directory: HTTP status %u %.40s %.120s",
		      answer->status, error.code, r != 0 ? oauth_sentence(r) : error.text);
	dir_token_finish(token, false, "directory-token", text);
}

static int dir_token_ask(struct dir_token *token)
{
	const char *url = provider_endpoint(token->directory->provider, PROVIDER_TOKEN);
	struct buf *form = call_form(&token->call);

	if (!url)
		return -ENOTSUP;
	url_put_pair(form, "grant_type", "client_credentials");
	if (token->directory->token_scope)
		url_put_pair(form, "scope", token->directory->token_scope);
	return call_start(&token->call, url);
}

static void dir_token_on_metadata(void *userdata, bool ok, const char *code, const char *text)
{
	struct dir_token *token = userdata;
	int r;

	if (!ok) {
		dir_token_finish(token, false, code, text);
		return;
	}
	r = dir_token_ask(token);
	if (r < 0)
		dir_token_finish(token, false, r == -ENOTSUP ? "not-offered" : "internal",
				 r == -ENOTSUP ? "the platform has no token endpoint"
					       : strerrordesc_np(-r));
}

static void dir_token_fetch(struct dir_token *token)
{
	struct provider *provider = token->directory->provider;

	token->directory->token_fetcher = token;
	token->waiter.ready = dir_token_on_metadata;
	if (*provider->broken) {
		dir_token_finish(token, false, "configuration", provider->broken);
		return;
	}
	provider_ask_metadata(provider, PROVIDER_TOKEN, &token->waiter);
}

static void dir_token_on_turn(void *userdata, bool ok, const char *code, const char *text)
{
	struct dir_token *token = userdata;

	if (ok)
		dir_token_want(token);
	else
		token->ready(token->userdata, false, code, text);
}

void dir_token_want(struct dir_token *token)
{
	struct directory *directory = token->directory;

	if (dir_token_get(directory)) {
		token->ready(token->userdata, true, "", "");
	} else if (!directory->token_fetcher) {
		dir_token_fetch(token);
	} else {
		token->waiter.ready = dir_token_on_turn;
		waiter_enter(&directory->token_waiters, &token->waiter);
	}
}

void dir_token_signed(struct dir_token *token, const char *why_not, const struct secret *assertion)
{
	/* Whichever waits for it takes it; after the second the flow may be gone. */
	if (token->call.wait != CALL_WAITS_NOT)
		call_signed(&token->call, why_not, assertion);
	else
		call_signed(&token->page, why_not, assertion);
}

int dir_token_read(struct dir_token *token, const struct dir_request *request, http_done_fn done,
		   void *userdata)
{
	const struct directory *directory = token->directory;
	const struct call_get get = {
		.url = (const char *)request->url.data,
		.token = dir_token_get(directory),
		.bound = directory->provider->dpop && !directory->bearer,
		.accept = request->accept,
		.etag = *request->etag ? request->etag : NULL,
		.body_max = request->body_max,
	};

	if (!get.token)
		return -EACCES;
	token->page.done = done;
	token->page.userdata = userdata;
	return call_get(&token->page, &get);
}

void dir_token_init(struct dir_token *token, struct net *net, uint64_t flow,
		    struct directory *directory,
		    void (*ready)(void *userdata, bool ok, const char *code, const char *text),
		    void *userdata)
{
	*token = (struct dir_token){ .net = net, .directory = directory, .ready = ready };
	token->userdata = userdata;
	token->waiter.userdata = token;
	call_init(&token->call, net, flow, directory->provider, dir_token_on_answer, token);
	call_init(&token->page, net, flow, directory->provider, NULL, NULL);
}

void dir_token_done(struct dir_token *token)
{
	bool fetched = token->directory && token->directory->token_fetcher == token;

	waiter_leave(&token->waiter);
	call_done(&token->call);
	call_done(&token->page);
	if (!fetched)
		return;
	token->directory->token_fetcher = NULL;
	/* There is a token, or the first of them fetches one. */
	waiters_wake(&token->directory->token_waiters, true, "", "");
}
