/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "idp-agentd/net/claim-read.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "common/reason.h"
#include "common/secret.h"
#include "idp-agentd/net/json.h"

#define CLAIM_LEEWAY_MAX 300 /* seconds: more is a wrong clock, not a slow network */

int claim_refuse(const struct claim_reader *reader, int outcome, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	reason_vformat(reader->reason, REASON_MAX, format, arguments);
	va_end(arguments);
	/* What a token says never drives a terminal. */
	reason_copy_printable(reader->reason, reader->reason, REASON_MAX);
	return outcome;
}

int claim_parse(const struct claim_reader *reader, const void *payload, size_t len,
		json_t **ret_json)
{
	int r = json_parse(payload, len, JWS_LEN_MAX, JSON_ROOT_OBJECT, ret_json);

	if (r <= 0)
		return r;
	return claim_refuse(reader, reader->outcomes->json,
			    "the token's claims are not one JSON object (%s)", json_reason(r));
}

int claim_text(const struct claim_reader *reader, const char *name, size_t max,
	       const char **ret_text)
{
	const json_t *value = json_object_get(reader->json, name);
	const char *text = json_text(value, max);

	if (!value)
		return CLAIM_ABSENT;
	if (!text)
		return claim_refuse(reader, reader->outcomes->shape,
				    "%s is not a text of at most %zu bytes", name, max);
	*ret_text = text;
	return 0;
}

int claim_date(const struct claim_reader *reader, const char *name, int64_t *ret_date)
{
	const json_t *value = json_object_get(reader->json, name);
	double date = json_number_value(value); /* exact for every whole number that is taken */

	if (!value)
		return CLAIM_ABSENT;
	if (!json_is_number(value) || !(date >= 0 && date <= CLAIM_DATE_MAX))
		return claim_refuse(reader, reader->outcomes->shape,
				    "%s is not a time in seconds since 1970", name);
	*ret_date = (int64_t)date;
	return 0;
}

int claim_past(const struct claim_reader *reader, const char *name, int64_t *ret_date)
{
	int64_t date = 0;
	int r = claim_date(reader, name, &date);

	if (r != 0)
		return r;
	if (date - reader->now > reader->leeway)
		return claim_refuse(reader, reader->outcomes->future,
				    "%s lies %lld seconds in the future (is a clock wrong?)", name,
				    (long long)(date - reader->now));
	*ret_date = date;
	return 0;
}

int claim_exp(const struct claim_reader *reader, const char *what, int64_t *ret_date)
{
	int64_t date = 0;
	int r = claim_date(reader, "exp", &date);

	if (r != 0)
		return r;
	if (reader->now - date >= reader->leeway)
		return claim_refuse(reader, reader->outcomes->expired,
				    "%s expired %lld seconds ago", what,
				    (long long)(reader->now - date));
	*ret_date = date;
	return 0;
}

int claim_issuer(const struct claim_reader *reader, const char *issuer, const char **ret_iss)
{
	const char *iss = "";
	int r = claim_text(reader, "iss", CLAIM_TEXT_MAX, &iss);

	if (r == CLAIM_ABSENT)
		return claim_refuse(reader, reader->outcomes->issuer, "the token names no issuer");
	if (r != 0)
		return r;
	if (!claim_same(iss, issuer))
		return claim_refuse(reader, reader->outcomes->issuer,
				    "the token is from \"%.*s\", not from \"%.*s\"",
				    CLAIM_SHOWN_MAX, iss, CLAIM_SHOWN_MAX, issuer);
	*ret_iss = iss;
	return 0;
}

int claim_subject(const struct claim_reader *reader, const char **ret_sub)
{
	const char *sub = "";
	int r = claim_text(reader, "sub", SUBJECT_LEN_MAX, &sub);

	if (r != 0)
		return r;
	if (*sub == '\0' || !claim_is_printable(sub))
		return claim_refuse(reader, reader->outcomes->subject,
				    "sub is empty or not printable ASCII");
	*ret_sub = sub;
	return 0;
}

int claim_audience(const struct claim_reader *reader, const json_t **ret_aud)
{
	const json_t *aud = json_object_get(reader->json, "aud");

	if (!aud)
		return CLAIM_ABSENT;
	if (!json_text(aud, CLAIM_TEXT_MAX) && !json_is_texts(aud, CLAIM_AUD_MAX, CLAIM_TEXT_MAX))
		return claim_refuse(reader, reader->outcomes->shape,
				    "aud is neither a text nor an array of texts");
	*ret_aud = aud;
	return 0;
}

int claim_methods(const struct claim_reader *reader, const char **ret_acr, const json_t **ret_amr)
{
	const json_t *amr = json_object_get(reader->json, "amr");
	const char *acr = "";
	int r = claim_text(reader, "acr", CLAIM_ACR_MAX, &acr);

	if (r != 0 && r != CLAIM_ABSENT)
		return r;
	if (amr && !json_is_texts(amr, CLAIM_AMR_MAX, CLAIM_ACR_MAX))
		return claim_refuse(reader, reader->outcomes->shape,
				    "amr is not an array of texts");
	*ret_acr = acr;
	*ret_amr = amr;
	return 0;
}

/* ---- what several policies hold to be right ---- */

int claim_check_policy(const struct claim_reader *reader, const char *issuer, const char *client_id)
{
	if (!issuer || !*issuer || !client_id || !*client_id)
		return claim_refuse(reader, reader->outcomes->policy,
				    "no issuer or no client id is configured");
	if (reader->now <= 0 || reader->now > CLAIM_DATE_MAX || reader->leeway < 0 ||
	    reader->leeway > CLAIM_LEEWAY_MAX)
		return claim_refuse(reader, reader->outcomes->policy,
				    "the clock or the leeway is out of range");
	return 0;
}

static int claim_party(const struct claim_reader *reader, const char *client_id, bool required)
{
	const char *azp = "";
	int r = claim_text(reader, "azp", CLAIM_TEXT_MAX, &azp);

	if (r == CLAIM_ABSENT && !required)
		return 0;
	if (r == CLAIM_ABSENT)
		return claim_refuse(reader, reader->outcomes->party,
				    "the token is for several parties and names none in azp");
	if (r == 0 && !claim_same(azp, client_id))
		return claim_refuse(reader, reader->outcomes->party,
				    "the token was issued to \"%.*s\" (azp)", CLAIM_SHOWN_MAX, azp);
	return r;
}

int claim_for_client(const struct claim_reader *reader, const char *client_id)
{
	const json_t *aud = NULL;
	const char *text;
	bool ours = false;
	int r = claim_audience(reader, &aud);

	if (r == CLAIM_ABSENT)
		return claim_refuse(reader, reader->outcomes->audience,
				    "the token names no audience");
	if (r != 0)
		return r;
	text = json_string_value(aud);
	if (text)
		ours = claim_same(text, client_id);
	for (size_t i = 0; !text && i < json_array_size(aud); i++)
		ours |= claim_same(json_string_value(json_array_get(aud, i)), client_id);
	if (!ours)
		return claim_refuse(reader, reader->outcomes->audience,
				    "the token is for %s%.*s%s, not for us", text ? "\"" : "",
				    CLAIM_SHOWN_MAX, text ? text : "others", text ? "\"" : "");
	return claim_party(reader, client_id, !text && json_array_size(aud) > 1);
}

bool claim_same(const char *a, const char *b)
{
	return secret_equal(a, strlen(a), b, strlen(b));
}

bool claim_is_printable(const char *text)
{
	for (; *text != '\0'; text++)
		if (*text < ' ' || *text > '~')
			return false;
	return true;
}
