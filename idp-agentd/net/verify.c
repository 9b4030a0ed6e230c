/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * MUST: a key nobody knows costs one fetch within the budget and one more try, not more, however
 * many tokens a flow has.
 */
#include "idp-agentd/net/verify.h"

#include <string.h>

#include "idp-agentd/net/provider.h"

void verify_init(struct verify *verify, struct provider *provider, verify_done_fn done,
		 void *userdata)
{
	*verify = (struct verify){
		.provider = provider, .keys = &provider->keys, .done = done, .userdata = userdata
	};
	verify->jws = JWS_NULL;
}

void verify_done(struct verify *verify)
{
	waiter_leave(&verify->waiter);
	jws_done(&verify->jws);
}

/* The last thing done to it: the flow may be gone after this. */
static void verify_finish(struct verify *verify, enum verify_end end, const char *code,
			  const char *text)
{
	verify->done(verify->userdata, end, code, text);
}

static void verify_refuse(struct verify *verify, int outcome)
{
	verify->outcome = outcome;
	verify_finish(verify, VERIFY_REFUSED, jws_reason(outcome), jws_sentence(outcome));
}

static void verify_try(struct verify *verify)
{
	struct jwks_cache *keys = verify->keys;
	int r;

	if (!keys->keys) {
		verify_finish(verify, VERIFY_FAILED, "no-keys", "the platform's keys are not here");
		return;
	}
	jws_done(&verify->jws);
	r = jws_verify(&verify->policy, verify->token->text, verify->token->len, keys->keys,
		       &verify->jws);
	if (jws_wants_new_keys(r, &verify->jws) && !verify->asked_newer) {
		verify->asked_newer = true;
		if (document_want_newer(&keys->document, &verify->waiter) == DOCUMENT_LATER)
			return;
	}
	if (r == 0)
		verify_finish(verify, VERIFY_GOOD, "", "");
	else if (r < 0)
		verify_finish(verify, VERIFY_FAILED, "internal", strerrordesc_np(-r));
	else
		verify_refuse(verify, r);
}

static void verify_on_keys(void *userdata, bool ok, const char *code, const char *text)
{
	struct verify *verify = userdata;

	if (ok)
		verify_try(verify);
	else
		verify_finish(verify, VERIFY_FAILED, code, text);
}

void verify_start(struct verify *verify, const struct secret *token, enum jws_use use,
		  const char *typ)
{
	verify->token = token;
	verify->policy = (struct jws_policy){ verify->provider->algs, use, typ };
	verify->waiter = (struct waiter){ .ready = verify_on_keys, .userdata = verify };
	document_ask(&verify->keys->document, &verify->waiter);
}
