/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_CONFIG_PROBLEM_H
#define IDP_CORE_CONFIG_PROBLEM_H

/* Telling a person what is wrong with a configuration, and what was probably meant. */

#include <stdbool.h>
#include <stddef.h>

#include "common/macro.h"
#include "idp-agentd/core/config.h"

/* Appends an error. When memory or place is short it is still counted. */
void config_problem_add(struct config_problems *problems, struct config_place place,
			const char *format, ...) _printf_(3, 4);
/* Appends something worth knowing that refuses nothing. */
void config_problem_note(struct config_problems *problems, struct config_place place,
			 const char *format, ...) _printf_(3, 4);

/* Writes a sentence, cut where it is too long, and says no: CONFIG_E_REFUSED. */
int config_refuse(char reason[static REASON_MAX], const char *format, ...) _printf_(2, 3);

/* Puts those from first on in the order of the files and of their lines; a stable sort. */
void config_problems_sort(struct config_problems *problems, size_t first, const char *const *files,
			  size_t n_files);

/* How two words differ. */
enum config_near {
	CONFIG_FAR = 0,
	CONFIG_NEAR_LETTERS, /* at most two letters, in words long enough for that to mean a slip */
	CONFIG_NEAR_CASE,    /* only in the case of ASCII letters, or '-' and '_' */
};

/* Equal words are CONFIG_FAR: those are not a miss. */
enum config_near config_near(const char *a, const char *b) _must_check_;

/* Collects candidates one at a time and keeps the nearest. Start with zeros and word set. */
struct config_guess {
	const char *word;
	const char *best; /* NULL: nothing is near */
	enum config_near near;
};
void config_guess(struct config_guess *guess, const char *candidate);

#endif
