/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Sources. MUST:
 *  1. a prefix looks into its one document: what another document says there never counts;
 *  2. a subject is a text or a whole number, byte for byte; nothing is trimmed, folded or rounded,
 *     and what is neither is nobody.
 */
#include "idp-agentd/net/source.h"

#include <string.h>

#include "common/reason.h"
#include "idp-agentd/net/json.h"

static const char *const source_prefixes[] = {
	[SOURCE_MERGED] = "",
	[SOURCE_ID_TOKEN] = "id_token",
	[SOURCE_USERINFO] = "userinfo",
	[SOURCE_TOKEN] = "token",
	[SOURCE_INTROSPECTION] = "introspection",
};

const char *source_name(enum source_kind kind)
{
	return source_prefixes[kind];
}

bool source_parse(const char *text, struct source *ret_source)
{
	const char *colon = strchr(text, ':');
	const char *slash = strchr(text, '/');
	struct source source = { .kind = SOURCE_MERGED, .pointer = text };

	if (colon &&
	    (!slash || colon < slash)) { /* a schema URN inside a pointer has colons, too */
		size_t len = (size_t)(colon - text);

		source.pointer = colon + 1;
		for (size_t i = SOURCE_ID_TOKEN; i < ELEMENTSOF(source_prefixes); i++)
			if (strlen(source_prefixes[i]) == len &&
			    memcmp(source_prefixes[i], text, len) == 0)
				source.kind = (enum source_kind)i;
		if (source.kind == SOURCE_MERGED)
			return false;
	}
	if (*source.pointer != '/' || !json_is_pointer(source.pointer))
		return false;
	*ret_source = source;
	return true;
}

bool source_parse_subject(const char *text, struct source *ret_source)
{
	static const char sub[] = "/sub";
	struct source source;

	if (strcmp(text, "id_token") == 0) {
		*ret_source = (struct source){ .kind = SOURCE_ID_TOKEN, .pointer = sub };
		return true;
	}
	if (strcmp(text, "userinfo") == 0) {
		*ret_source = (struct source){ .kind = SOURCE_USERINFO, .pointer = sub };
		return true;
	}
	if (!source_parse(text, &source) ||
	    (source.kind != SOURCE_USERINFO && source.kind != SOURCE_TOKEN))
		return false;
	*ret_source = source;
	return true;
}

const json_t *source_document(enum source_kind kind, const struct source_documents *documents)
{
	switch (kind) {
	case SOURCE_MERGED:
		return documents->merged;
	case SOURCE_ID_TOKEN:
		return documents->id_token;
	case SOURCE_USERINFO:
		return documents->userinfo;
	case SOURCE_TOKEN:
		return documents->token;
	case SOURCE_INTROSPECTION:
		return documents->introspection;
	}
	return NULL;
}

/* OIDC Core section 2: ASCII; and nothing a log or a terminal minds. */
static bool source_is_printable(const char *text)
{
	for (; *text; text++)
		if (*text < 0x20 || *text >= 0x7f)
			return false;
	return true;
}

int source_read_subject(const struct source *source, const struct source_documents *documents,
			char reason[static REASON_MAX], char subject[static SUBJECT_LEN_MAX + 1])
{
	const json_t *document = source_document(source->kind, documents);
	const json_t *value = document ? json_find(document, source->pointer) : NULL;
	char number[JSON_ID_ROOM];
	const char *id = json_id(value, SUBJECT_LEN_MAX, number);

	if (!document)
		return reason_refuse(SOURCE_E_BAD, reason,
				     "the platform gave no %s to say who it is",
				     source_name(source->kind));
	if (!value)
		return reason_refuse(SOURCE_E_BAD, reason, "%s has no %.100s to say who it is",
				     source_name(source->kind), source->pointer);
	if (!id || !source_is_printable(id)) /* MUST 2 */
		return reason_refuse(
			SOURCE_E_BAD, reason,
			"%.100s of %s is neither a text of at most %u ASCII characters nor a whole "
			"number up to 2^53: nobody is known by it",
			source->pointer, source_name(source->kind), SUBJECT_LEN_MAX);
	memcpy(subject, id, strlen(id) + 1);
	return 0;
}
