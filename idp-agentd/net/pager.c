/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Paging. Invariants: every page that is asked for starts behind the last one, so reading ends
 * after total resources at the latest; "whole" is said only when as many different resources came
 * as the server counts, and it never counted fewer than before. A directory that is read while
 * people leave it shifts under the reader: somebody is then skipped without any other sign.
 */
#include "idp-agentd/net/pager.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/limits.h"
#include "common/secret.h"
#include "common/siphash.h"

#define PAGER_EMPTY_MAX \
	16u /* RFC 9865 section 2.1 allows an empty page; in a row they are a mill */

int pager_init(struct pager *pager)
{
	*pager = (struct pager){ .received = 0 };
	return secret_random(pager->key, sizeof(pager->key));
}

void pager_done(struct pager *pager)
{
	free(pager->ids);
	*pager = (struct pager){ .received = 0 };
}

uint64_t pager_start(const struct pager *pager)
{
	return pager->received + 1;
}

/* Where hash is, or would be. room is never full. */
static uint64_t *pager_slot(uint64_t *ids, size_t room, uint64_t hash)
{
	size_t at = (size_t)hash & (room - 1);

	while (ids[at] != 0 && ids[at] != hash)
		at = (at + 1) & (room - 1);
	return &ids[at];
}

static int pager_grow(struct pager *pager)
{
	size_t room = pager->room ? pager->room * 2 : 1024;
	uint64_t *ids;

	if (pager->room && pager->n_ids < pager->room / 2)
		return 0;
	ids = calloc(room, sizeof(*ids));
	if (!ids)
		return -ENOMEM;
	for (size_t i = 0; i < pager->room; i++)
		if (pager->ids[i])
			*pager_slot(ids, room, pager->ids[i]) = pager->ids[i];
	free(pager->ids);
	pager->ids = ids;
	pager->room = room;
	return 0;
}

int pager_note(struct pager *pager, const char *id)
{
	uint64_t hash = siphash24(pager->key, id, strlen(id));
	uint64_t *slot;
	int r = pager_grow(pager);

	if (r < 0)
		return r;
	hash = hash ? hash : 1;
	slot = pager_slot(pager->ids, pager->room, hash);
	if (*slot == hash)
		return 0;
	*slot = hash;
	pager->n_ids++;
	return 1;
}

static enum pager_verdict pager_end(const struct pager *pager)
{
	if (pager->received > pager->total)
		return PAGER_E_LONG;
	if (pager->received < pager->total)
		return PAGER_E_SHORT;
	return pager->shrank || pager->repeated > 0 ? PAGER_E_CHANGED : PAGER_WHOLE;
}

enum pager_verdict pager_take(struct pager *pager, size_t n, size_t n_new, uint64_t total,
			      uint64_t start)
{
	/* Some count from 0 when they say where they are; which records they gave says more. */
	if (pager->begun && ((n > 0 && n_new == 0) || (start != 0 && start != pager_start(pager) &&
						       start + 1 != pager_start(pager))))
		return PAGER_E_IGNORES;
	pager->shrank = pager->shrank || (pager->begun && total < pager->total);
	pager->begun = true;
	pager->total = total;
	pager->received += n;
	pager->repeated += n - n_new;
	if (pager->received > DIR_RECORDS_MAX)
		return PAGER_E_TOO_MANY;
	if (n > 0 && pager->received < total)
		return PAGER_MORE;
	return pager_end(pager);
}

/* A cursor that was seen before leads back; noted among the ids, none of which begins so. */
static bool pager_is_circle(struct pager *pager, const char *next, int *ret_error)
{
	uint64_t before = pager->n_ids;
	size_t len = strlen(next);
	char *name = malloc(len + 3);
	int r = -ENOMEM;

	if (name) {
		memcpy(name, "\n>", 2);
		memcpy(name + 2, next, len + 1);
		r = pager_note(pager, name);
	}
	free(name);
	*ret_error = r < 0 ? r : 0;
	return r == 0 && pager->n_ids == before;
}

enum pager_verdict pager_take_cursor(struct pager *pager, size_t n, size_t n_new, uint64_t total,
				     const char *next)
{
	int error = 0;

	if (pager->begun && n > 0 && n_new == 0)
		return PAGER_E_IGNORES;
	pager->begun = true;
	pager->received += n;
	pager->repeated += n - n_new;
	pager->n_empty = n > 0 ? 0 : pager->n_empty + 1;
	if (pager->received > DIR_RECORDS_MAX)
		return PAGER_E_TOO_MANY;
	if (next &&
	    (pager->n_empty > PAGER_EMPTY_MAX || pager_is_circle(pager, next, &error) || error < 0))
		return PAGER_E_CURSOR;
	if (next)
		return PAGER_MORE;
	if (total != PAGER_TOTAL_NONE && pager->received < total)
		return PAGER_E_SHORT;
	return pager->repeated > 0 ? PAGER_E_CHANGED : PAGER_WHOLE;
}

bool pager_misses_first(const struct pager *pager, enum pager_verdict verdict)
{
	return verdict == PAGER_E_SHORT && pager->received > 0 &&
	       pager->received + 1 == pager->total && pager->repeated == 0;
}

const char *pager_reason(enum pager_verdict verdict)
{
	static const char *const codes[] = {
		[PAGER_MORE] = "",
		[PAGER_WHOLE] = "",
		[PAGER_E_IGNORES] = "paging-ignored",
		[PAGER_E_SHORT] = "paging-short",
		[PAGER_E_LONG] = "paging-long",
		[PAGER_E_CHANGED] = "paging-changed",
		[PAGER_E_CURSOR] = "paging-cursor",
		[PAGER_E_TOO_MANY] = "too-many-records",
	};

	return codes[verdict];
}

const char *pager_sentence(enum pager_verdict verdict)
{
	static const char *const sentences[] = {
		[PAGER_MORE] = "",
		[PAGER_WHOLE] = "",
		[PAGER_E_IGNORES] =
			"the directory gives the same page again: it does not heed startIndex",
		[PAGER_E_SHORT] = "the directory ended before the totalResults it had named",
		[PAGER_E_LONG] =
			"the directory gave more records than the totalResults it had named",
		[PAGER_E_CHANGED] =
			"the directory changed while it was read: the next pass tries again",
		[PAGER_E_CURSOR] =
			"the cursors of the directory lead in a circle: try paging = index",
		[PAGER_E_TOO_MANY] = "the directory has more records than this agent takes",
	};

	return sentences[verdict];
}
