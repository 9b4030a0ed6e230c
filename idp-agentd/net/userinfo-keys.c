/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Userinfo with keys. MUST:
 *  1. a signed answer is believed only after signature, then claims;
 *  2. a key nobody knows costs one fetch within the budget and one more try, not more; a flow that
 *     has had its one for another token has none here.
 */
#include "idp-agentd/net/userinfo-keys.h"

#include <errno.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/reason.h"
#include "common/secret.h"
#include "idp-agentd/net/json.h"
#include "idp-agentd/net/provider.h"

static void userinfo_say(struct userinfo_reader *reader, int outcome, const char *reason,
			 const json_t *object)
{
	reader->done(reader->userdata, outcome, userinfo_reason(outcome),
		     outcome < 0 ? strerrordesc_np(-outcome) : reason, object);
}

/* MUST 1: the signature is good. */
static void userinfo_check_claims(struct userinfo_reader *reader)
{
	_cleanup_(json_release_p) json_t *object = NULL;
	char reason[REASON_MAX] = "";
	int r = userinfo_read_signed(reader->provider, reader->jws.payload, reader->jws.payload_len,
				     &reader->policy, (int64_t)(clock_real() / USEC_PER_SEC),
				     reason, &object);

	userinfo_say(reader, r, reason, object);
}

static void userinfo_invalid(struct userinfo_reader *reader, int outcome)
{
	char text[REASON_MAX];

	reason_format(text, sizeof(text), "%.200s (%s)", jws_sentence(outcome),
		      jws_reason(outcome));
	log_warning("provider %s: signed userinfo is refused: %s, kid %s", reader->provider->name,
		    text, *reader->jws.kid ? reader->jws.kid : "none");
	userinfo_say(reader, USERINFO_E_INVALID, text, NULL);
}

static void userinfo_verify(struct userinfo_reader *reader)
{
	const struct jws_policy policy = {
		.algs = reader->provider->algs,
		.use = JWS_USE_USERINFO,
	};
	int r;

	if (!reader->provider->keys) {
		reader->done(reader->userdata, USERINFO_E_UNREACHABLE, "no-keys",
			     "the platform's keys are not here", NULL);
		return;
	}
	jws_done(&reader->jws);
	r = jws_verify(&policy, reader->token->text, reader->token->len, reader->provider->keys,
		       &reader->jws);
	if (r == 0) {
		userinfo_check_claims(reader);
		return;
	}
	if (jws_wants_new_keys(r, &reader->jws) && !reader->asked_newer_keys) { /* MUST 2 */
		reader->asked_newer_keys = true;
		if (document_want_newer(&reader->provider->keys_document, &reader->waiter) ==
		    DOCUMENT_LATER)
			return;
	}
	if (r < 0)
		userinfo_say(reader, r, "", NULL);
	else
		userinfo_invalid(reader, r);
}

static void userinfo_on_keys(void *userdata, bool ok, const char *code, const char *text)
{
	struct userinfo_reader *reader = userdata;

	if (ok)
		userinfo_verify(reader);
	else
		reader->done(reader->userdata, USERINFO_E_UNREACHABLE, code, text, NULL);
}

void userinfo_reader_take(struct userinfo_reader *reader, const struct http_answer *answer,
			  const struct userinfo_policy *policy)
{
	_cleanup_(json_release_p) json_t *object = NULL;
	char reason[REASON_MAX] = "";
	int r = userinfo_read(answer, policy, reason, &object);

	if (r != USERINFO_SIGNED) {
		userinfo_say(reader, r, reason, object);
		return;
	}
	reader->policy = *policy;
	reader->token = secret_new(answer->body, answer->body_len);
	if (!reader->token) {
		userinfo_say(reader, -ENOMEM, "", NULL);
		return;
	}
	document_ask(&reader->provider->keys_document, &reader->waiter);
}

void userinfo_reader_init(struct userinfo_reader *reader, struct provider *provider,
			  userinfo_done_fn done, void *userdata)
{
	*reader = (struct userinfo_reader){ .provider = provider, .done = done };
	reader->userdata = userdata;
	reader->jws = JWS_NULL;
	reader->waiter = (struct waiter){ .ready = userinfo_on_keys, .userdata = reader };
}

void userinfo_reader_done(struct userinfo_reader *reader)
{
	waiter_leave(&reader->waiter);
	reader->token = secret_free(reader->token);
	jws_done(&reader->jws);
}
