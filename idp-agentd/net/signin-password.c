/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * To tokens by a password (RFC 6749 section 4.3). MUST:
 *  1. nothing is sent unless the configuration of this very provider says password_grant = yes;
 *  2. the password is in one request to the token endpoint, and is erased when that is made; it is
 *     in no message back and in no log;
 *  3. one try: what the platform says of it is the end.
 */
#include <errno.h>
#include <string.h>

#include "idp-agentd/net/provider.h"
#include "idp-agentd/net/signin-flow.h"
#include "idp-agentd/net/url.h"

static void signin_wrong_password(struct signin *signin)
{
	signin_deny(signin, "wrong-password", "wrong user name or password");
}

static void signin_on_password_tokens(void *userdata, const struct http_answer *answer)
{
	signin_take_tokens(userdata, answer, signin_wrong_password);
}

static void signin_password_begin(struct signin *signin)
{
	const char *url = provider_endpoint(signin->provider, PROVIDER_TOKEN);
	struct buf *form = call_form(&signin->call);
	int r;

	if (!signin->provider->password_grant) { /* MUST 1 */
		signin_fail(signin, "configuration", "password_grant = yes is not configured");
		return;
	}
	if (!url) {
		signin_fail(signin, "not-offered", "the platform has no token endpoint");
		return;
	}
	signin_want_keys(signin);
	url_put_pair(form, "grant_type", "password");
	url_put_pair(form, "username", signin->user);
	url_put_pair(form, "password", signin->password->text);
	signin->password = secret_free(signin->password); /* MUST 2 */
	if (*signin->scopes)
		url_put_pair(form, "scope", signin->scopes);
	provider_put_resource(signin->provider, form, signin->resource);
	r = call_start(&signin->call, url);
	if (r < 0)
		signin_fail(signin, "internal", strerrordesc_np(-r));
}

static int signin_password_prepare(struct signin *signin)
{
	signin->call.done = signin_on_password_tokens;
	signin->call.once = true; /* MUST 2: a wrong one that comes twice counts twice there */
	return 0;
}

const struct signin_way signin_password_way = {
	.endpoint = PROVIDER_TOKEN,
	.prepare = signin_password_prepare,
	.begin = signin_password_begin,
};
