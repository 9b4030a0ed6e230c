/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Introspection. MUST:
 *  1. only a 200 with one JSON object whose active is the boolean true is a yes (RFC 7662 section
 *     2.2); a text "true", a 1, and no active at all are not;
 *  2. of an answer that says false nothing else is read;
 *  3. a yes is kept INTROSPECT_LIFE_MAX at most, and INTROSPECT_KEPT_MAX of them; a no never is: a
 *     token that was revoked is good no longer than that (RFC 7662 section 4);
 *  4. no token is kept, only its digest.
 */
#include "idp-agentd/net/introspect.h"

#include <openssl/evp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/reason.h"
#include "common/secret.h"
#include "idp-agentd/net/json.h"
#include "idp-agentd/net/url.h"

#define DIGEST_LEN 32u

struct introspection {
	uint8_t digest[DIGEST_LEN];
	json_t *answer; /* NULL: a free place */
	usec_t until;
};

struct introspections {
	struct introspection kept[INTROSPECT_KEPT_MAX];
};

/* ---- the question and the answer ---- */

void introspect_put_form(struct buf *form, const struct secret *token)
{
	url_put_pair(form, "token", token->text);
	url_put_pair(form, "token_type_hint", "access_token");
}

/* What is wrong with the answer as HTTP, or 0. */
static int introspect_status(const struct http_answer *answer, char reason[static REASON_MAX])
{
	if (answer->error != HTTP_OK)
		return reason_refuse(INTROSPECT_E_UNREACHABLE, reason, "%s", answer->reason);
	if (answer->status >= 500 || answer->status == 429)
		return reason_refuse(
			INTROSPECT_E_UNREACHABLE, reason,
			"the platform could not say just now what this token is (introspection)");
	if (answer->status != 200)
		return reason_refuse(INTROSPECT_E_REFUSED, reason,
				     "the platform does not tell this host about tokens "
				     "(introspection: HTTP status %u)",
				     answer->status);
	if (strcmp(answer->content_type, "application/token-introspection+jwt") == 0)
		return reason_refuse(
			INTROSPECT_E_SHAPE, reason,
			"introspection came as a signed token: set its answer to plain JSON");
	return 0;
}

int introspect_read(const struct http_answer *answer, char reason[static REASON_MAX],
		    json_t **ret_object)
{
	_cleanup_(json_release_p) json_t *object = NULL;
	const json_t *active;
	int r = introspect_status(answer, reason);

	if (r != 0)
		return r;
	r = json_parse(answer->body, answer->body_len, HTTP_BODY_MAX, JSON_ROOT_OBJECT, &object);
	if (r < 0)
		return r;
	active = json_object_get(object, "active");
	if (r > 0 || !json_is_boolean(active)) /* MUST 1 */
		return reason_refuse(
			INTROSPECT_E_SHAPE, reason,
			"introspection is not a JSON object that says active, true or false");
	if (!json_is_true(active)) /* MUST 2 */
		return reason_refuse(INTROSPECT_E_INACTIVE, reason,
				     "the platform says that this token is not active: it has "
				     "expired, was revoked, or never was one");
	*ret_object = TAKE_PTR(object);
	return 0;
}

const char *introspect_reason(int outcome)
{
	switch (outcome) {
	case INTROSPECT_E_UNREACHABLE:
		return "platform-unreachable";
	case INTROSPECT_E_REFUSED:
	case INTROSPECT_E_SHAPE:
		return "platform-refused";
	case INTROSPECT_E_INACTIVE:
		return "token-inactive";
	default:
		return "internal";
	}
}

/* ---- the memory ---- */

/* MUST 4. */
static bool introspect_digest(const struct secret *token, uint8_t digest[static DIGEST_LEN])
{
	unsigned len = 0;

	return EVP_Digest(token->text, token->len, digest, &len, EVP_sha256(), NULL) == 1 &&
	       len == DIGEST_LEN;
}

static void introspection_drop(struct introspection *kept)
{
	json_release_p(&kept->answer);
	secret_erase(kept, sizeof(*kept));
}

struct introspections *introspections_free(struct introspections *memory)
{
	if (!memory)
		return NULL;
	for (size_t i = 0; i < INTROSPECT_KEPT_MAX; i++)
		introspection_drop(&memory->kept[i]);
	free(memory);
	return NULL;
}

json_t *introspections_find(struct introspections *memory, const struct secret *token, usec_t now)
{
	uint8_t digest[DIGEST_LEN];

	if (!memory || !introspect_digest(token, digest))
		return NULL;
	for (size_t i = 0; i < INTROSPECT_KEPT_MAX; i++) {
		struct introspection *kept = &memory->kept[i];

		if (kept->answer && kept->until <= now)
			introspection_drop(kept);
		if (kept->answer &&
		    secret_equal(kept->digest, sizeof(kept->digest), digest, sizeof(digest)))
			return json_incref(kept->answer);
	}
	return NULL;
}

/* A free place, else that of the answer which ends first. */
static struct introspection *introspections_place(struct introspections *memory)
{
	struct introspection *place = &memory->kept[0];

	for (size_t i = 0; i < INTROSPECT_KEPT_MAX; i++) {
		if (!memory->kept[i].answer)
			return &memory->kept[i];
		if (memory->kept[i].until < place->until)
			place = &memory->kept[i];
	}
	introspection_drop(place);
	return place;
}

void introspections_keep(struct introspections **memory, const struct secret *token, json_t *answer,
			 usec_t now, usec_t until)
{
	usec_t latest = clock_add(now, INTROSPECT_LIFE_MAX); /* MUST 3 */
	struct introspection *place;
	uint8_t digest[DIGEST_LEN];

	if (until <= now || !introspect_digest(token, digest))
		return;
	if (!*memory)
		*memory = calloc(1, sizeof(**memory));
	if (!*memory)
		return;
	place = introspections_place(*memory);
	memcpy(place->digest, digest, sizeof(place->digest));
	place->until = until < latest ? until : latest;
	place->answer = json_incref(answer);
}
