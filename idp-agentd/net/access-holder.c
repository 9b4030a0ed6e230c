/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "idp-agentd/net/access-judge.h"

/*
 * Whose access token this is: a person's, a program's, or anybody's.
 *
 * MUST
 *  1. A program's token is told from a person's, and where only people may pass it is refused: one
 *     whose subject is the client it was issued to, or ours (RFC 9068 section 5; RFC 9700 section
 *     4.15), and every token of a platform that gives tokens to programs alone.
 *  2. The subject stands in one place, the one that is configured; never in the next best.
 *  3. Where a platform also signs tokens for visitors nobody knows, whoever does not show what
 *     only a known person has is such a visitor: absent, null and any odd value count as nothing
 *     shown.
 *  4. A token bound to a key (cnf; RFC 7800, 8705, 9449) passes only with a proof of that very
 *     key; and no proof passes beside a token that is bound to none, since it would prove nothing.
 */

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "common/secret.h"
#include "idp-agentd/net/flatten.h"
#include "idp-agentd/net/json.h"

#define UUID_LEN 36u

bool access_is_word_of(const char *words, const char *word)
{
	size_t len = strlen(word);

	for (const char *at = words; *at; at += strspn(at, " ")) {
		size_t n = strcspn(at, " ");

		if (secret_equal(at, n, word, len))
			return true;
		at += n;
	}
	return false;
}

/* ---- MUST 4 ---- */

/* Of an answer: what the platform calls the token's type. */
static int check_type(struct judge *judge)
{
	const char *wanted = judge->policy->jkt ? "DPoP" : "Bearer";
	const char *type = "";
	int r = judge->answer ? claim_text(&judge->reader, "token_type", CLAIM_TEXT_MAX, &type)
			      : CLAIM_ABSENT;

	judge->claims->bearer = r == 0;
	if (r == 0 && strcasecmp(type, wanted) != 0)
		return claim_refuse(&judge->reader, ACCESS_E_BOUND,
				    "it is a token of type \"%.*s\", not %s", CLAIM_SHOWN_MAX, type,
				    wanted);
	return r == CLAIM_ABSENT ? 0 : r;
}

int access_check_binding(struct judge *judge)
{
	const json_t *cnf = json_object_get(judge->reader.json, "cnf");
	const char *jkt = json_text(json_object_get(cnf, "jkt"), CLAIM_TEXT_MAX);
	int r = check_type(judge);

	if (r != 0)
		return r;
	if (!judge->policy->jkt)
		return cnf ? claim_refuse(&judge->reader, ACCESS_E_BOUND,
					  "the token is bound to a key that was not proven")
			   : 0;
	/* Of both, the token decides: not every answer says it again. */
	if (!cnf && judge->answer && judge->policy->both)
		return 0;
	if (!cnf)
		return claim_refuse(&judge->reader, ACCESS_E_BOUND,
				    "a proof came along, and the token is bound to no key");
	if (!jkt || json_object_size(cnf) != 1)
		return claim_refuse(&judge->reader, ACCESS_E_BOUND,
				    "the token is bound to something else than a key of DPoP");
	if (!claim_same(jkt, judge->policy->jkt))
		return claim_refuse(&judge->reader, ACCESS_E_PROOF,
				    "the proof is by another key than the token is bound to");
	return 0;
}

/* ---- MUST 1 ---- */

int access_check_client(struct judge *judge)
{
	int r = claim_text(&judge->reader, "client_id", CLAIM_TEXT_MAX, &judge->claims->client_id);

	if (r == CLAIM_ABSENT)
		r = claim_text(&judge->reader, "azp", CLAIM_TEXT_MAX, &judge->claims->client_id);
	if (r == CLAIM_ABSENT && (judge->answer || judge->policy->clientless))
		return 0;
	if (r == CLAIM_ABSENT || (r == 0 && *judge->claims->client_id == '\0'))
		return claim_refuse(&judge->reader, ACCESS_E_CLIENT,
				    "the token does not say which client it was issued to");
	return r;
}

/* A token that says whose it is with nothing but its client's name. */
static int take_clients_own(struct judge *judge)
{
	const char *client = judge->claims->client_id;

	if (!judge->policy->anyone || *client == '\0' || !claim_is_printable(client) ||
	    strlen(client) > SUBJECT_LEN_MAX)
		return claim_refuse(&judge->reader, ACCESS_E_WORKLOAD,
				    "the token is about no person");
	judge->claims->token.sub = client;
	judge->claims->workload = true;
	return 0;
}

/* MUST 2. */
static int find_subject(struct judge *judge, const char **ret_sub)
{
	const char *pointer = judge->policy->subject;
	const json_t *value;
	const char *text;

	if (!pointer)
		return claim_subject(&judge->reader, ret_sub);
	value = json_find(judge->reader.json, pointer);
	text = json_text(value, SUBJECT_LEN_MAX);
	if (!text || *text == '\0' || !claim_is_printable(text))
		return claim_refuse(&judge->reader, ACCESS_E_SUBJECT,
				    "the token does not say whose it is: %.100s is %s", pointer,
				    !value                ? "not there"
				    : json_is_null(value) ? "null"
							  : "no text of 1 to 255 ASCII characters");
	*ret_sub = text;
	return 0;
}

static bool is_programs(const struct judge *judge, const char *sub)
{
	const char *ours = judge->policy->client_id;

	return judge->policy->programs || claim_same(sub, judge->claims->client_id) ||
	       (ours && claim_same(sub, ours));
}

/* ---- MUST 3 ---- */

/* RFC 9562 section 4, in letters of either case. */
static bool is_uuid(const char *text)
{
	if (strlen(text) != UUID_LEN)
		return false;
	for (size_t i = 0; i < UUID_LEN; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (dash ? text[i] != '-' : !isxdigit((unsigned char)text[i]))
			return false;
	}
	return true;
}

/* Does it have a role that no visitor is ever given? */
static bool has_role(const struct judge *judge)
{
	const struct access_policy *p = judge->policy;
	const json_t *roles = p->roles ? json_find(judge->reader.json, p->roles) : NULL;

	for (size_t i = 0; p->person_roles && i < json_array_size(roles); i++) {
		const char *role = json_text(json_array_get(roles, i), CLAIM_TEXT_MAX);

		if (role && access_is_word_of(p->person_roles, role))
			return true;
	}
	return false;
}

static bool is_somebody(const struct judge *judge, const char *sub)
{
	const struct access_policy *p = judge->policy;
	const char *shown = json_text(json_find(judge->reader.json, p->person), CLAIM_TEXT_MAX);

	if (!shown || *shown == '\0' || is_uuid(shown) || strcasecmp(shown, sub) == 0)
		return false;
	return !p->fiscal_code || flatten_is_fiscal_code(shown) || has_role(judge);
}

/* ---- whose it is ---- */

int access_check_holder(struct judge *judge)
{
	struct access_claims *claims = judge->claims;
	const char *sub = "";
	int r = find_subject(judge, &sub);

	if (r == CLAIM_ABSENT && judge->answer && !json_object_get(judge->reader.json, "username"))
		return take_clients_own(judge);
	if (r == CLAIM_ABSENT)
		return claim_refuse(&judge->reader, ACCESS_E_SUBJECT, "the token names no subject");
	if (r != 0)
		return r;
	claims->token.sub = sub;
	claims->workload = is_programs(judge, sub);
	if (claims->workload && !judge->policy->anyone)
		return claim_refuse(&judge->reader, ACCESS_E_WORKLOAD,
				    "the token is about the client \"%.*s\", not about a person",
				    CLAIM_SHOWN_MAX, sub);
	claims->anonymous = !claims->workload && judge->policy->person && !is_somebody(judge, sub);
	if (claims->anonymous && !judge->policy->anyone)
		return claim_refuse(&judge->reader, ACCESS_E_ANONYMOUS,
				    "the token is one the platform gives to anybody");
	return 0;
}
