/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * MUST:
 *  1. a voucher for anything but what was asked for is none: another purpose, client, audience,
 *     digest or key of proofs, and also one claim too many of these;
 *  2. its life is what its own times say, and no longer than the answer around it says.
 */
#include "idp-agentd/core/voucher-judge.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/reason.h"
#include "common/utf8.h"
#include "common/wire.h"
#include "idp-agentd/core/config.h"

/* ---- reading ---- */

/* Seconds since 1970 in decimal digits; 0: none. */
static uint64_t read_time(const char *text)
{
	size_t len = strlen(text);

	if (len == 0 || len > 12 || strspn(text, "0123456789") != len)
		return 0;
	return strtoull(text, NULL, 10);
}

static void take_text(struct vouched *vouched, const char **place, const char *value)
{
	vouched->odd |= **place != '\0';
	*place = value;
}

static void take_claim(struct vouched *vouched, const struct wire_field *field)
{
	const struct {
		const char *path;
		const char **place;
	} texts[] = {
		{ "/jti", &vouched->jti },
		{ "/iss", &vouched->iss },
		{ "/sub", &vouched->sub },
		{ "/client_id", &vouched->client_id },
		{ "/purposeId", &vouched->purpose },
		{ "/cnf/jkt", &vouched->jkt },
		{ "/digest/value", &vouched->digest },
	};

	for (size_t i = 0; i < ELEMENTSOF(texts); i++)
		if (strcmp(field->key, texts[i].path) == 0)
			take_text(vouched, texts[i].place, field->value);
	if (strcmp(field->key, "/aud") == 0 && vouched->n_aud < VOUCHER_AUD_MAX)
		vouched->aud[vouched->n_aud++] = field->value;
	else if (strcmp(field->key, "/aud") == 0)
		vouched->odd = true;
	if (strcmp(field->key, "/iat") == 0)
		vouched->iat = read_time(field->value);
	if (strcmp(field->key, "/exp") == 0)
		vouched->exp = read_time(field->value);
}

int vouched_read(struct wire_in *in, struct vouched *ret_vouched)
{
	struct vouched vouched = {
		.jti = "",
		.iss = "",
		.sub = "",
		.client_id = "",
		.purpose = "",
		.jkt = "",
		.digest = "",
	};
	uint32_t n;

	vouched.voucher = wire_get_str(in, JWS_LEN_MAX);
	vouched.type = wire_get_str(in, VOUCHER_TYPE_MAX);
	vouched.typ = wire_get_str(in, CONFIG_NAME_MAX);
	vouched.expires_in = wire_get_u64(in);
	vouched.date = wire_get_u64(in);
	vouched.wait = wire_get_u64(in);
	vouched.code = wire_get_str(in, REASON_MAX);
	vouched.text = wire_get_str(in, REASON_MAX);
	n = wire_get_count(in);
	if (n > CLAIMS_PAIRS_MAX)
		return -EPROTO;
	for (uint32_t i = 0; i < n; i++) {
		struct wire_field field = wire_get_field(in);

		if (field.type == 'S')
			return -EPROTO;
		take_claim(&vouched, &field);
	}
	if (wire_close(in) < 0 || (*vouched.voucher == '\0') != (*vouched.code != '\0'))
		return -EPROTO;
	*ret_vouched = vouched;
	return 0;
}

/* ---- judging ---- */

static bool differs(char *reason, const char *what)
{
	reason_format(reason, REASON_MAX, "the voucher that came %.200s", what);
	return false;
}

/* Every audience in the list, however the platform joined them. */
static bool audience_is(const char *aud, const struct config_list *wanted)
{
	char word[ISSUER_LEN_MAX + 1];
	size_t n = 0;

	for (; *aud; aud += strspn(aud, ", ")) {
		size_t len = strcspn(aud, ", ");

		if (len > ISSUER_LEN_MAX)
			return false;
		memcpy(word, aud, len);
		word[len] = '\0';
		if (!config_list_has(wanted, word))
			return false;
		aud += len;
		n++;
	}
	return n > 0;
}

static bool audiences_are(const struct vouched *vouched, const struct config_list *wanted)
{
	if (!wanted || wanted->n == 0)
		return true;
	for (size_t i = 0; i < vouched->n_aud; i++)
		if (!audience_is(vouched->aud[i], wanted))
			return false;
	return vouched->n_aud > 0;
}

static const char *or_none(const char *text)
{
	return text ? text : "";
}

static bool kind_is(const struct vouched *vouched, const struct voucher_wish *wish, char *reason)
{
	if (strcasecmp(vouched->type, wish->jkt ? "DPoP" : "Bearer") != 0)
		return differs(reason, wish->jkt ? "is not bound to the key of this host"
						 : "is of another type than Bearer");
	if (strcasecmp(vouched->typ, "at+jwt") != 0 && strcasecmp(vouched->typ, "dpop+jwt") != 0)
		return differs(reason, "does not say that it is an access token");
	if (strcmp(vouched->jkt, or_none(wish->jkt)) != 0)
		return differs(reason, wish->jkt ? "is bound to another key, or to none"
						 : "is bound to a key, and was not to be");
	return true;
}

static bool claims_are(const struct vouched *vouched, const struct voucher_wish *wish, char *reason)
{
	if (vouched->odd)
		return differs(reason, "says one thing twice");
	if (strcmp(vouched->iss, wish->issuer) != 0)
		return differs(reason, "is of another issuer");
	if (strcmp(vouched->client_id, wish->client_id) != 0 ||
	    strcmp(vouched->sub, wish->client_id) != 0)
		return differs(reason, "is for another client");
	if (strcmp(vouched->purpose, or_none(wish->purpose)) != 0)
		return differs(reason, "is for another purpose");
	if (strcmp(vouched->digest, or_none(wish->digest)) != 0)
		return differs(reason, "has another digest than was asked for");
	if (!audiences_are(vouched, wish->audience))
		return differs(reason, "is for another audience than idp.conf has for the "
				       "e-service");
	if (!*vouched->jti || strlen(vouched->jti) >= REASON_MAX || utf8_has_control(vouched->jti))
		return differs(reason, "has no number (jti) it could be traced by");
	return true;
}

bool vouched_is_ours(const struct vouched *vouched, const struct voucher_wish *wish,
		     char reason[static REASON_MAX], uint64_t *ret_life)
{
	uint64_t life;

	if (!kind_is(vouched, wish, reason) || !claims_are(vouched, wish, reason))
		return false;
	if (vouched->iat == 0 || vouched->exp <= vouched->iat)
		return differs(reason, "does not say how long it is good, or not at all");
	life = vouched->exp - vouched->iat; /* MUST 2 */
	if (vouched->expires_in > 0 && vouched->expires_in < life)
		life = vouched->expires_in;
	if (life <= VOUCHER_LEFT / USEC_PER_SEC)
		return differs(reason, "ends at once"); /* asked for anew each time, unheld */
	*ret_life = life < VOUCHER_LIFE_MAX ? life : VOUCHER_LIFE_MAX;
	return true;
}
