/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_BENCH_NSS_MEASURE_H
#define IDP_BENCH_NSS_MEASURE_H

/*
 * How long and how often. All subjects take turns, A B A B, and what is told are medians of the
 * rounds, so that the ratios mean something on a busy machine too. One line a figure on stdout:
 *
 *	TABLE TAB PEOPLE TAB ROW TAB COLUMN TAB STATISTIC TAB VALUE
 */

#include "bench/nss-subject.h"

#define SUBJECTS_MAX 12u
#define ROUNDS_MAX   51u
#define THREADS_MAX  64u

struct bench {
	struct data data;
	struct keys keys;
	struct subject subjects[SUBJECTS_MAX];
	uint32_t n_keys[SUBJECTS_MAX]; /* how many of the keys the subject has been warmed with */
	size_t n_subjects;
	unsigned rounds;
	double patience; /* seconds to warm one subject up for one operation */
};

/* Table "lookup": mean, p50 and p99 in nanoseconds, keys warmed. */
void measure_lookups(struct bench *bench);
/* Table "threads": hits a second of n threads together, by the clock on the wall. */
void measure_threads(struct bench *bench, unsigned n);
/*
 * For strace (bench/nss.sh): of the subject called name, each operation 20 times between two
 * calls of getppid(), which nobody else makes; on stdout which operations, in their order.
 */
void show_calls(struct bench *bench, const char *name);

#define CALLS_EACH 20u

#endif
