/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Revocations under way. They outlive the flow of their sign-in, so they cannot ask the authority
 * for a signature: a client that proves itself by assertions leaves its refresh tokens to expire.
 */
#include "idp-agentd/net/revoke.h"

#include <stdlib.h>
#include <string.h>

#include "common/limits.h"
#include "common/log.h"
#include "common/secret.h"
#include "idp-agentd/net/call.h"
#include "idp-agentd/net/clientauth.h"
#include "idp-agentd/net/net.h"
#include "idp-agentd/net/provider.h"
#include "idp-agentd/net/url.h"

struct revocation {
	struct revocations *owner; /* NULL: this place is free */
	struct provider *provider; /* ours */
	struct call call;
};

struct revocations {
	struct revocation places[REVOCATIONS_MAX];
};

static void revocation_end(struct revocation *revocation)
{
	call_done(&revocation->call);
	revocation->provider = provider_unref(revocation->provider);
	revocation->owner = NULL;
}

struct revocations *revocations_free(struct revocations *revocations)
{
	if (!revocations)
		return NULL;
	for (size_t i = 0; i < REVOCATIONS_MAX; i++)
		if (revocations->places[i].owner)
			revocation_end(&revocations->places[i]);
	free(revocations);
	return NULL;
}

void revoke_put_form(struct buf *form, const struct secret *token, const char *hint)
{
	url_put_pair(form, "token", token->text);
	url_put_pair(form, "token_type_hint", hint);
}

bool revoke_was_taken(const struct http_answer *answer)
{
	/* 200; some platforms say 204, as there is nothing to say */
	return answer->error == HTTP_OK && (answer->status == 200 || answer->status == 204);
}

static void revocation_on_answer(void *userdata, const struct http_answer *answer)
{
	struct revocation *revocation = userdata;

	if (revoke_was_taken(answer))
		log_debug("provider %s: a refresh token nobody keeps was revoked",
			  revocation->provider->name);
	else
		log_info("provider %s: a refresh token nobody keeps could not be revoked (%s, HTTP "
			 "status %u)",
			 revocation->provider->name, answer->reason, answer->status);
	revocation_end(revocation);
}

static struct revocation *revocations_place(struct net *net)
{
	if (!net->revocations)
		net->revocations = calloc(1, sizeof(*net->revocations));
	for (size_t i = 0; net->revocations && i < REVOCATIONS_MAX; i++)
		if (!net->revocations->places[i].owner)
			return &net->revocations->places[i];
	return NULL;
}

void revoke_unused(struct net *net, struct provider *provider, const struct secret *refresh_token)
{
	const char *url = provider_endpoint(provider, PROVIDER_REVOCATION);
	struct revocation *revocation;

	if (!url || clientauth_needs_assertion(provider->auth))
		return;
	revocation = revocations_place(net);
	if (!revocation) {
		log_info("provider %s: a refresh token is left to expire: too many at once",
			 provider->name);
		return;
	}
	revocation->owner = net->revocations;
	revocation->provider = provider_ref(provider);
	call_init(&revocation->call, net, 0, provider, revocation_on_answer, revocation);
	revoke_put_form(call_form(&revocation->call), refresh_token, "refresh_token");
	if (call_start(&revocation->call, url) < 0)
		revocation_end(revocation);
}
