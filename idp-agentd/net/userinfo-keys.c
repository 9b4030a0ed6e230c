/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Userinfo with keys. MUST: a signed answer is believed only after signature, then claims.
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

/* The signature is good. */
static void userinfo_check_claims(struct userinfo_reader *reader)
{
	_cleanup_(json_release_p) json_t *object = NULL;
	char reason[REASON_MAX] = "";
	int r = userinfo_read_signed(reader->provider, reader->verify.jws.payload,
				     reader->verify.jws.payload_len, &reader->policy,
				     (int64_t)(clock_real() / USEC_PER_SEC), reason, &object);

	userinfo_say(reader, r, reason, object);
}

static void userinfo_invalid(struct userinfo_reader *reader, const char *word, const char *sentence)
{
	const char *kid = reader->verify.jws.kid;
	char text[REASON_MAX];

	reason_format(text, sizeof(text), "%.200s (%s)", sentence, word);
	log_warning("provider %s: signed userinfo is refused: %s, kid %s", reader->provider->name,
		    text, *kid ? kid : "none");
	userinfo_say(reader, USERINFO_E_INVALID, text, NULL);
}

static void userinfo_on_verified(void *userdata, enum verify_end end, const char *code,
				 const char *text)
{
	struct userinfo_reader *reader = userdata;

	switch (end) {
	case VERIFY_GOOD:
		userinfo_check_claims(reader);
		return;
	case VERIFY_REFUSED:
		userinfo_invalid(reader, code, text);
		return;
	case VERIFY_FAILED:
		break;
	}
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
	verify_start(&reader->verify, reader->token, JWS_USE_USERINFO, NULL);
}

void userinfo_reader_init(struct userinfo_reader *reader, struct provider *provider,
			  userinfo_done_fn done, void *userdata)
{
	*reader = (struct userinfo_reader){ .provider = provider, .done = done };
	reader->userdata = userdata;
	verify_init(&reader->verify, provider, userinfo_on_verified, reader);
}

void userinfo_reader_done(struct userinfo_reader *reader)
{
	verify_done(&reader->verify);
	reader->token = secret_free(reader->token);
}
