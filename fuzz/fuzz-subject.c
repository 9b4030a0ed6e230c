/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Any bytes as a token response, as userinfo, and as the place where the subject stands. A subject
 * that is taken is short printable ASCII, and a number in its one spelling; what is handed on of a
 * token response holds no token.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "idp-agentd/net/json.h"
#include "idp-agentd/net/oauth.h"
#include "idp-agentd/net/source.h"
#include "idp-agentd/net/userinfo.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int condition)
{
	if (!condition)
		abort();
}

/* Every way to say where it stands, and one that the bytes themselves say. */
static void try_subject(const json_t *document, const char *own)
{
	const char *const texts[] = { "userinfo", "userinfo:/id", "token:/user_id", "token:/a/0/b",
				      own };
	const struct source_documents documents = { .userinfo = document, .token = document };
	char reason[REASON_MAX], subject[SUBJECT_LEN_MAX + 1];

	for (size_t i = 0; i < ELEMENTSOF(texts); i++) {
		struct source source;
		const json_t *value;

		if (!source_parse_subject(texts[i], &source))
			continue;
		require(source.kind == SOURCE_USERINFO || source.kind == SOURCE_TOKEN ||
			source.kind == SOURCE_ID_TOKEN);
		if (source_read_subject(&source, &documents, reason, subject) != 0) {
			require(*reason != '\0');
			continue;
		}
		value = json_find(document, source.pointer);
		require(*subject && strlen(subject) <= SUBJECT_LEN_MAX);
		for (const char *at = subject; *at; at++)
			require(*at >= 0x20 && *at < 0x7f);
		require(json_is_string(value)
				? strcmp(json_string_value(value), subject) == 0
				: json_is_integer(value) && *subject != '0' && *subject != '-' &&
					  strtoll(subject, NULL, 10) == json_integer_value(value));
	}
}

static void try_tokens(const void *body, size_t len, const char *own)
{
	struct oauth_tokens tokens;

	if (oauth_tokens_parse(body, len, false, &tokens) == 0) {
		require(json_is_object(tokens.properties));
		require(!json_object_get(tokens.properties, "access_token"));
		require(!json_object_get(tokens.properties, "refresh_token"));
		require(!json_object_get(tokens.properties, "id_token"));
		try_subject(tokens.properties, own);
	}
	oauth_tokens_done(&tokens);
}

static void try_userinfo(const char *body, size_t len, const char *type, const char *own)
{
	struct http_answer answer = { .status = 200, .body = body, .body_len = len };

	memcpy(answer.content_type, type, strlen(type) + 1);
	for (unsigned plain = 0; plain < 2; plain++) {
		const struct userinfo_policy policy = { .plain_oauth2 = plain == 1,
							.subject = len % 2 ? "s" : NULL };
		char reason[REASON_MAX] = "";
		json_t *object = NULL;
		int r = userinfo_read(&answer, &policy, reason, &object);

		require((r == 0) == (object != NULL));
		require(r != USERINFO_SIGNED || (!plain && strcmp(type, "application/jwt") == 0));
		require(r == 0 || r == USERINFO_SIGNED || *reason);
		if (r == 0)
			try_subject(object, own);
		json_decref(object);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char own[128] = "";
	struct source source;

	memcpy(own, data, size < sizeof(own) ? size : sizeof(own) - 1);
	if (source_parse(own, &source))
		require(*source.pointer == '/' && json_is_pointer(source.pointer));
	try_tokens(data, size, own);
	try_userinfo((const char *)data, size, "application/json", own);
	try_userinfo((const char *)data, size, "application/jwt", own);
	return 0;
}
