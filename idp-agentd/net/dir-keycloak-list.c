/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Paging without a total. Invariants: every page that brings something new moves first= on, so
 * reading ends after DIR_RECORDS_MAX records at the latest; a page that does not begin where the
 * last one ended is never taken.
 */
#include "idp-agentd/net/dir-keycloak-list.h"

#include <string.h>

#include "common/limits.h"
#include "idp-agentd/net/dir-keycloak-read.h"

void keycloak_list_begin(struct keycloak_list *list, uint32_t max, bool to_empty)
{
	*list = (struct keycloak_list){ .max = max < 2 ? 2 : max, .to_empty = to_empty };
}

uint64_t keycloak_list_first(const struct keycloak_list *list)
{
	return list->came > 0 ? list->came - 1 : 0;
}

static void note_id(const json_t *page, size_t i, char id[static 256])
{
	const char *text = keycloak_id(json_array_get(page, i));

	*id = '\0';
	if (text && strlen(text) < 256)
		strcpy(id,
		       text); // NOLINT(clang-analyzer-security.insecureAPI.strcpy): measured above
}

static enum keycloak_list_verdict judge_border(const struct keycloak_list *list, const json_t *page)
{
	char id[256];

	note_id(page, 0, id);
	if (strcmp(id, list->last_id) == 0)
		return KEYCLOAK_LIST_MORE;
	return list->came > 1 && *id && strcmp(id, list->first_id) == 0 ? KEYCLOAK_LIST_E_IGNORES
									: KEYCLOAK_LIST_E_CHANGED;
}

enum keycloak_list_verdict keycloak_list_take(struct keycloak_list *list, const json_t *page,
					      size_t *ret_new)
{
	size_t n = json_array_size(page);
	size_t overlap = list->came > 0 ? 1 : 0;
	enum keycloak_list_verdict verdict = KEYCLOAK_LIST_MORE;

	*ret_new = overlap;
	if (overlap)
		verdict = judge_border(list, page);
	if (verdict != KEYCLOAK_LIST_MORE)
		return verdict;
	if (n == overlap)
		return KEYCLOAK_LIST_OVER;
	if (!overlap)
		note_id(page, 0, list->first_id);
	list->was_short = list->was_short || list->last_short;
	list->last_short = n < list->max;
	list->came += n - overlap;
	note_id(page, n - 1, list->last_id);
	if (list->came > DIR_RECORDS_MAX)
		return KEYCLOAK_LIST_E_TOO_MANY;
	return list->last_short && !list->to_empty ? KEYCLOAK_LIST_OVER : KEYCLOAK_LIST_MORE;
}

const char *keycloak_list_reason(enum keycloak_list_verdict verdict)
{
	static const char *const codes[] = {
		[KEYCLOAK_LIST_MORE] = "",
		[KEYCLOAK_LIST_OVER] = "",
		[KEYCLOAK_LIST_E_CHANGED] = "paging-changed",
		[KEYCLOAK_LIST_E_IGNORES] = "paging-ignored",
		[KEYCLOAK_LIST_E_TOO_MANY] = "too-many-records",
	};

	return codes[verdict];
}

const char *keycloak_list_sentence(enum keycloak_list_verdict verdict)
{
	static const char *const sentences[] = {
		[KEYCLOAK_LIST_MORE] = "",
		[KEYCLOAK_LIST_OVER] = "",
		[KEYCLOAK_LIST_E_CHANGED] =
			"the realm changed while it was read: the next pass tries again",
		[KEYCLOAK_LIST_E_IGNORES] =
			"the realm gives the same page again: it does not heed first=",
		[KEYCLOAK_LIST_E_TOO_MANY] = "the realm has more records than this agent takes",
	};

	return sentences[verdict];
}
