/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The bounded list of what is wrong with a configuration. Invariant: n_errors counts every error
 * ever added, so a load with an error is refused even when its text could not be kept.
 */

#include "idp-agentd/core/config-problem.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define NEAR_WORD_MAX 64u

static void _printf_(4, 0) add(struct config_problems *problems, struct config_place place,
			       bool note, const char *format, va_list args)
{
	struct config_problem *item = &problems->items[problems->n];

	if (!note)
		problems->n_errors++;
	if (problems->n >= CONFIG_PROBLEMS_MAX)
		return;
	*item = (struct config_problem){ .line = place.line, .note = note };
	item->file = strdup(place.file ? place.file : "");
	if (vasprintf(&item->text, format, args) < 0)
		item->text = NULL;
	if (item->file && item->text) {
		problems->n++;
		return;
	}
	free(item->file);
	free(item->text);
}

void config_problem_add(struct config_problems *problems, struct config_place place,
			const char *format, ...)
{
	va_list args;

	va_start(args, format);
	add(problems, place, false, format, args);
	va_end(args);
}

void config_problem_note(struct config_problems *problems, struct config_place place,
			 const char *format, ...)
{
	va_list args;

	va_start(args, format);
	add(problems, place, true, format, args);
	va_end(args);
}

int config_refuse(char reason[static REASON_MAX], const char *format, ...)
{
	va_list args;

	va_start(args, format);
	IGNORE(vsnprintf(reason, REASON_MAX, format, args) < 0);
	va_end(args);
	return CONFIG_E_REFUSED;
}

void config_problems_done(struct config_problems *problems)
{
	for (size_t i = 0; i < problems->n; i++) {
		free(problems->items[i].file);
		free(problems->items[i].text);
	}
	*problems = (struct config_problems){ .n = 0 };
}

static size_t file_rank(const char *const *files, size_t n_files, const char *file)
{
	for (size_t i = 0; i < n_files; i++)
		if (strcmp(files[i], file) == 0)
			return i;
	return n_files;
}

void config_problems_sort(struct config_problems *problems, size_t first, const char *const *files,
			  size_t n_files)
{
	size_t ranks[CONFIG_PROBLEMS_MAX];

	for (size_t i = first; i < problems->n; i++) {
		struct config_problem item = problems->items[i];
		size_t rank = file_rank(files, n_files, item.file), at = i;

		for (; at > first &&
		       (ranks[at - 1] > rank ||
			(ranks[at - 1] == rank && problems->items[at - 1].line > item.line));
		     at--) {
			problems->items[at] = problems->items[at - 1];
			ranks[at] = ranks[at - 1];
		}
		problems->items[at] = item;
		ranks[at] = rank;
	}
}

static void print_one(const struct config_problem *problem, FILE *out)
{
	const char *note = problem->note ? "note: " : "";

	if (problem->line > 0)
		(void)fprintf(out, "%s:%u: %s%s\n", problem->file, problem->line, note,
			      problem->text);
	else
		(void)fprintf(out, "%s: %s%s\n", problem->file, note, problem->text);
}

void config_problems_print(const struct config_problems *problems, FILE *out)
{
	size_t n_told = 0;

	for (size_t i = 0; i < problems->n; i++) {
		print_one(&problems->items[i], out);
		n_told += problems->items[i].note ? 0 : 1;
	}
	if (problems->n_errors > n_told)
		(void)fprintf(out, "... and %zu problems more\n", problems->n_errors - n_told);
}

/* '-' and '_' are one letter here, and so are 'a' and 'A'. */
static char folded(char c)
{
	if (c >= 'A' && c <= 'Z')
		return (char)(c - 'A' + 'a');
	return c == '_' ? '-' : c;
}

static bool same_folded(const char *a, const char *b)
{
	while (*a && folded(*a) == folded(*b)) {
		a++;
		b++;
	}
	return folded(*a) == folded(*b);
}

/* Letters to add, drop, change or swap with their neighbour to make a into b. */
static size_t distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
	size_t rows[3][NEAR_WORD_MAX + 1];

	for (size_t j = 0; j <= b_len; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= a_len; i++) {
		size_t *row = rows[i % 3], *above = rows[(i + 2) % 3], *higher = rows[(i + 1) % 3];

		row[0] = i;
		for (size_t j = 1; j <= b_len; j++) {
			size_t cost = a[i - 1] == b[j - 1] ? 0 : 1;
			size_t best = above[j - 1] + cost;

			if (above[j] + 1 < best)
				best = above[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    higher[j - 2] + 1 < best)
				best = higher[j - 2] + 1;
			row[j] = best;
		}
	}
	return rows[a_len % 3][b_len];
}

enum config_near config_near(const char *a, const char *b)
{
	size_t a_len = strlen(a), b_len = strlen(b);
	size_t shorter = a_len < b_len ? a_len : b_len;
	size_t longer = a_len < b_len ? b_len : a_len;

	if (strcmp(a, b) == 0)
		return CONFIG_FAR;
	if (same_folded(a, b))
		return CONFIG_NEAR_CASE;
	if (longer > NEAR_WORD_MAX || longer - shorter > 2 || shorter < 2)
		return CONFIG_FAR;
	/* In a short word two other letters make another word. */
	return distance(a, a_len, b, b_len) <= (longer > 5 ? 2u : 1u) ? CONFIG_NEAR_LETTERS
								      : CONFIG_FAR;
}

void config_guess(struct config_guess *guess, const char *candidate)
{
	enum config_near near = config_near(guess->word, candidate);

	if (near <= guess->near)
		return;
	guess->near = near;
	guess->best = candidate;
}
