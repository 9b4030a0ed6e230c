/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * MUST: a word is refused only when a question of it alone was, or when it is what is left of a
 * question that was while the rest of it was taken. The number of questions is bounded.
 */
#include "idp-agentd/net/scope-search.h"

#include <string.h>

#include "common/buf.h"

/* The word that goes along everywhere, or NULL. */
static const char *anchor(const struct scope_search *search)
{
	for (size_t i = 0; i < search->n; i++)
		if (strcmp(search->words[i], "openid") == 0)
			return search->words[i];
	return NULL;
}

static bool is_anchor(const struct scope_search *search, size_t i)
{
	return search->anchored && strcmp(search->words[i], "openid") == 0;
}

static void push(struct scope_search *search, size_t first, size_t n, bool left)
{
	if (n > 0)
		search->ranges[search->n_ranges++] =
			(struct scope_search_range){ .first = first, .n = n, .left = left };
}

static void split(struct scope_search *search)
{
	search->phase = SCOPE_SEARCH_SPLIT;
	push(search, 0, search->n, false);
}

void scope_search_init(struct scope_search *search, const char *const *words, size_t n,
		       const char *canary)
{
	*search = (struct scope_search){ .words = words, .n = n, .canary = canary };
	if (!anchor(search))
		split(search);
}

/* ---- asking ---- */

static void put(struct buf *out, const char *word)
{
	if (out->len > 0)
		buf_put_u8(out, ' ');
	buf_put_text(out, word);
}

/* The same words, openid first. False: there is nothing to ask. */
static bool put_words(const struct scope_search *search, size_t first, size_t n, struct buf *out)
{
	bool some = false;

	if (search->anchored)
		put(out, "openid");
	for (size_t i = first; i < first + n; i++) {
		if (search->refused[i] || is_anchor(search, i))
			continue;
		put(out, search->words[i]);
		some = true;
	}
	return some;
}

/* A range of which nothing is open, or whose one word is known, needs no question. */
static bool is_known(struct scope_search *search, const struct scope_search_range *range)
{
	size_t open = 0, last = 0;

	for (size_t i = range->first; i < range->first + range->n; i++)
		if (!search->refused[i] && !is_anchor(search, i)) {
			open++;
			last = i;
		}
	if (open == 1 && range->bad)
		search->refused[last] = true;
	return open == 0 || (open == 1 && range->bad);
}

/* The right half goes below the left one, which is asked first. */
static void halve(struct scope_search *search)
{
	struct scope_search_range range = search->ranges[--search->n_ranges];
	size_t left = range.n / 2;

	push(search, range.first + left, range.n - left, false);
	push(search, range.first, left, true);
}

static bool next_range(struct scope_search *search, struct buf *out)
{
	while (search->n_ranges > 0) {
		struct scope_search_range *top = &search->ranges[search->n_ranges - 1];

		if (is_known(search, top)) {
			search->n_ranges--;
		} else if (top->bad && top->n > 1) {
			halve(search);
		} else {
			return put_words(search, top->first, top->n, out);
		}
	}
	return false;
}

static bool next_verify(struct scope_search *search, struct buf *out)
{
	bool found = false;

	for (size_t i = 0; i < search->n; i++)
		found = found || search->refused[i];
	/* Was none refused, then this was asked, and taken, as the first range. */
	return found && put_words(search, 0, search->n, out);
}

static bool next_canary(struct scope_search *search, struct buf *out)
{
	if (!*search->canary)
		return false;
	if (search->anchored)
		put(out, "openid");
	put(out, search->canary);
	return true;
}

static bool next_of_phase(struct scope_search *search, struct buf *out)
{
	switch (search->phase) {
	case SCOPE_SEARCH_ANCHOR:
		put(out, anchor(search));
		return true;
	case SCOPE_SEARCH_SPLIT:
		return next_range(search, out);
	case SCOPE_SEARCH_VERIFY:
		return next_verify(search, out);
	case SCOPE_SEARCH_CANARY:
		return next_canary(search, out);
	case SCOPE_SEARCH_OVER:
		break;
	}
	return false;
}

bool scope_search_next(struct scope_search *search, struct buf *out)
{
	for (; search->phase < SCOPE_SEARCH_OVER; search->phase++) {
		buf_reset(out);
		if (search->n_asked >= SCOPE_QUESTIONS_MAX) {
			search->unclear = true;
			search->phase = SCOPE_SEARCH_OVER;
			return false;
		}
		if (!next_of_phase(search, out))
			continue;
		search->n_asked++;
		return true;
	}
	return false;
}

/* ---- being answered ---- */

static void answer_anchor(struct scope_search *search, bool taken)
{
	search->anchored = taken;
	for (size_t i = 0; i < search->n; i++)
		if (strcmp(search->words[i], "openid") == 0)
			search->refused[i] = !taken;
	split(search);
}

static void answer_range(struct scope_search *search, bool taken)
{
	struct scope_search_range *top = &search->ranges[search->n_ranges - 1];
	bool left = top->left;

	if (!taken) {
		top->bad = true; /* next_range() halves it, or knows it now */
		return;
	}
	search->n_ranges--;
	if (left) /* what made the two together be refused is in the other half */
		search->ranges[search->n_ranges - 1].bad = true;
}

void scope_search_answer(struct scope_search *search, bool taken)
{
	switch (search->phase) {
	case SCOPE_SEARCH_ANCHOR:
		answer_anchor(search, taken);
		break;
	case SCOPE_SEARCH_SPLIT:
		answer_range(search, taken);
		break;
	case SCOPE_SEARCH_VERIFY:
		search->unclear = !taken;
		search->phase = SCOPE_SEARCH_CANARY;
		break;
	case SCOPE_SEARCH_CANARY:
		search->takes_any = taken;
		search->phase = SCOPE_SEARCH_OVER;
		break;
	case SCOPE_SEARCH_OVER:
		break;
	}
}
