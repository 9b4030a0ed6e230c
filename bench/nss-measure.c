/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bench/nss-measure.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define BATCH_SECONDS   0.02
#define SAMPLES_MAX     20000u
#define SAMPLES_MIN     20u
#define SAMPLES_SECONDS 0.25
#define THREADS_TIME    200000000 /* nanoseconds a round */
#define KEYS_LEAST      10u
#define WARM_SECONDS    0.3

static double seconds(clockid_t clock)
{
	struct timespec t;

	if (clock_gettime(clock, &t) < 0)
		die("clock");
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/*
 * Who answers in this process is measured by its processor time, which others on the machine do
 * not touch but for their caches; who asks a daemon, by the time that passes.
 */
static clockid_t clock_of(const struct subject *subject, enum operation operation)
{
	if (subject->remote || (subject->remote_misses && operation == OP_MISS))
		return CLOCK_MONOTONIC;
	return CLOCK_THREAD_CPUTIME_ID;
}

static void prepare(const struct subject *subject)
{
	if ((subject->no_cache ? setenv("SSS_NSS_USE_MEMCACHE", "NO", 1)
			       : unsetenv("SSS_NSS_USE_MEMCACHE")) < 0)
		die("environment");
}

static uint32_t next_key(uint32_t at, uint32_t n)
{
	return at + 1 < n ? at + 1 : 0;
}

/*
 * Asks for key after key, until all were or patience ends: the keys it will be measured with. Who
 * keeps what was asked for gets more time, so that as much as possible is kept.
 */
static uint32_t warm(const struct bench *bench, const struct subject *subject,
		     enum operation operation)
{
	const bool one_key = operation == OP_BIG_GROUP || operation == OP_INITGROUPS_500;
	const double patience = subject->cached ? bench->patience : WARM_SECONDS;
	const double until = seconds(CLOCK_MONOTONIC) + patience;
	const uint32_t most = one_key ? 3 : bench->keys.n;
	uint32_t n = 0;

	prepare(subject);
	while (n < most) {
		if (!subject_ask(subject, operation, &bench->keys, n)) {
			print(stderr, "bench-nss: %s: %s of key %u: a wrong answer%s\n",
			      subject->name, operation_names[operation], n,
			      n > 0 ? "; so only those before it are asked" : "");
			return n;
		}
		n++;
		if (n >= KEYS_LEAST && seconds(CLOCK_MONOTONIC) > until)
			break;
	}
	return n;
}

/* How many keys each subject is measured with; 0: it is not. */
static void warm_all(struct bench *bench, enum operation operation)
{
	for (size_t s = 0; s < bench->n_subjects; s++) {
		const struct subject *subject = &bench->subjects[s];

		bench->n_keys[s] = 0;
		if (subject_can(subject, operation, &bench->keys))
			bench->n_keys[s] = warm(bench, subject, operation);
		if (subject->like && s > 0 && bench->n_keys[s - 1] < bench->n_keys[s])
			bench->n_keys[s] = bench->n_keys[s - 1];
	}
}

/* Nanoseconds a lookup, of n. */
static double batch(const struct bench *bench, size_t s, enum operation operation, uint32_t n,
		    uint32_t *at)
{
	const struct subject *subject = &bench->subjects[s];
	const clockid_t clock = clock_of(subject, operation);
	double began;
	bool good = true;

	prepare(subject);
	began = seconds(clock);
	for (uint32_t i = 0; i < n; i++) {
		good = subject_ask(subject, operation, &bench->keys, *at) && good;
		*at = next_key(*at, bench->n_keys[s]);
	}
	if (!good)
		print(stderr, "bench-nss: %s: %s: wrong answers\n", subject->name,
		      operation_names[operation]);
	return (seconds(clock) - began) / n * 1e9;
}

/* How many fit into BATCH_SECONDS, at least three. */
static uint32_t batch_size(const struct bench *bench, size_t s, enum operation operation)
{
	uint32_t at = 0, n = 3;
	double ns = batch(bench, s, operation, n, &at);

	if (ns < 1e5)
		ns = batch(bench, s, operation, 100, &at);
	n = (uint32_t)(BATCH_SECONDS * 1e9 / (ns > 1 ? ns : 1));
	return n < 3 ? 3 : n;
}

/* ---- one lookup at a time ---- */

/* Ticks of a clock that does not wait for the kernel; serialised, so that nothing overlaps. */
static uint64_t ticks(void)
{
#if defined(__x86_64__)
	uint64_t now;

	__builtin_ia32_lfence();
	now = __builtin_ia32_rdtsc();
	__builtin_ia32_lfence();
	return now;
#else
	struct timespec t;

	if (clock_gettime(CLOCK_MONOTONIC, &t) < 0)
		die("clock");
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
#endif
}

static int compare_ticks(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* What an empty pair of looks at the clock costs, and how long a tick is. */
static void calibrate(uint64_t *ret_empty, double *ret_ns)
{
	const double began = seconds(CLOCK_MONOTONIC);
	const uint64_t first = ticks();
	uint64_t empty = UINT64_MAX;

	while (seconds(CLOCK_MONOTONIC) - began < 0.02) {
		const uint64_t a = ticks(), b = ticks();

		if (b - a < empty)
			empty = b - a;
	}
	*ret_ns = (seconds(CLOCK_MONOTONIC) - began) * 1e9 / (double)(ticks() - first);
	*ret_empty = empty;
}

static void samples(const struct bench *bench, size_t s, enum operation operation, double *ret_p50,
		    double *ret_p99)
{
	static uint64_t spans[SAMPLES_MAX];
	const double until = seconds(CLOCK_MONOTONIC) + SAMPLES_SECONDS;
	uint64_t empty;
	uint32_t at = 0;
	size_t n = 0;
	double ns;

	calibrate(&empty, &ns);
	prepare(&bench->subjects[s]);
	while (n < SAMPLES_MAX && (n < SAMPLES_MIN || seconds(CLOCK_MONOTONIC) < until)) {
		const uint64_t began = ticks();
		uint64_t span;

		IGNORE(subject_ask(&bench->subjects[s], operation, &bench->keys, at));
		span = ticks() - began;
		spans[n++] = span > empty ? span - empty : 0;
		at = next_key(at, bench->n_keys[s]);
	}
	qsort(spans, n, sizeof(*spans), compare_ticks);
	*ret_p50 = (double)spans[n / 2] * ns;
	*ret_p99 = (double)spans[n * 99 / 100] * ns;
}

/* ---- the tables ---- */

static int compare(const void *a, const void *b)
{
	double x, y;

	memcpy(&x, a, sizeof(x));
	memcpy(&y, b, sizeof(y));
	return (x > y) - (x < y);
}

static double median(double *values, unsigned n)
{
	qsort(values, n, sizeof(*values), compare);
	return values[n / 2];
}

static void tell(const char *table, const struct bench *bench, const char *row, const char *column,
		 const char *statistic, double value)
{
	print(stdout, "%s\t%u\t%s\t%s\t%s\t%.1f\n", table, bench->data.n_users, row, column,
	      statistic, value);
}

static void measure(struct bench *bench, enum operation operation)
{
	double times[SUBJECTS_MAX][ROUNDS_MAX];
	uint32_t size[SUBJECTS_MAX] = { 0 }, at[SUBJECTS_MAX] = { 0 };
	const char *row = operation_names[operation];

	warm_all(bench, operation);
	for (size_t s = 0; s < bench->n_subjects; s++)
		if (bench->n_keys[s] > 0)
			size[s] = batch_size(bench, s, operation);
	for (unsigned round = 0; round < bench->rounds; round++)
		for (size_t s = 0; s < bench->n_subjects; s++)
			if (size[s] > 0)
				times[s][round] = batch(bench, s, operation, size[s], &at[s]);
	for (size_t s = 0; s < bench->n_subjects; s++) {
		double p50 = 0, p99 = 0;

		if (size[s] == 0)
			continue;
		samples(bench, s, operation, &p50, &p99);
		tell("lookup", bench, row, bench->subjects[s].name, "mean",
		     median(times[s], bench->rounds));
		tell("lookup", bench, row, bench->subjects[s].name, "p50", p50);
		tell("lookup", bench, row, bench->subjects[s].name, "p99", p99);
		tell("lookup", bench, row, bench->subjects[s].name, "keys", bench->n_keys[s]);
	}
	IGNORE(fflush(stdout));
}

void measure_lookups(struct bench *bench)
{
	for (enum operation operation = 0; operation < OPERATIONS; operation++) {
		print(stderr, "bench-nss: %u people: %s\n", bench->data.n_users,
		      operation_names[operation]);
		measure(bench, operation);
	}
}

/* ---- many threads ---- */

static _Atomic bool stopped;

struct runner {
	pthread_t thread;
	const struct subject *subject;
	const struct keys *keys;
	uint32_t at, n_keys;
	uint64_t n_hits;
};

static void *run(void *argument)
{
	struct runner *runner = argument;

	while (!atomic_load_explicit(&stopped, memory_order_relaxed)) {
		runner->n_hits += subject_ask(runner->subject, OP_HIT, runner->keys, runner->at);
		runner->at = next_key(runner->at, runner->n_keys);
	}
	return NULL;
}

/* Hits a second of n threads together. */
static double run_threads(const struct bench *bench, size_t s, unsigned n)
{
	static struct runner runners[THREADS_MAX];
	const struct timespec time = { .tv_nsec = THREADS_TIME };
	uint64_t n_hits = 0;
	double began;

	prepare(&bench->subjects[s]);
	atomic_store(&stopped, false);
	began = seconds(CLOCK_MONOTONIC);
	for (unsigned i = 0; i < n; i++) {
		runners[i] = (struct runner){ .subject = &bench->subjects[s],
					      .keys = &bench->keys,
					      .at = bench->n_keys[s] / n * i,
					      .n_keys = bench->n_keys[s] };
		if (pthread_create(&runners[i].thread, NULL, run, &runners[i]) != 0)
			die("pthread_create");
	}
	IGNORE(nanosleep(&time, NULL));
	atomic_store(&stopped, true);
	for (unsigned i = 0; i < n; i++) {
		IGNORE(pthread_join(runners[i].thread, NULL));
		n_hits += runners[i].n_hits;
	}
	return (double)n_hits / (seconds(CLOCK_MONOTONIC) - began);
}

void measure_threads(struct bench *bench, unsigned n)
{
	double rates[SUBJECTS_MAX][ROUNDS_MAX];
	char row[32];

	print(stderr, "bench-nss: %u people: %u threads\n", bench->data.n_users, n);
	for (size_t s = 0; s < bench->n_subjects; s++)
		bench->n_keys[s] =
			bench->subjects[s].there ? warm(bench, &bench->subjects[s], OP_HIT) : 0;
	for (unsigned round = 0; round < bench->rounds; round++)
		for (size_t s = 0; s < bench->n_subjects; s++)
			if (bench->n_keys[s] > 0)
				rates[s][round] = run_threads(bench, s, n);
	IGNORE(snprintf(row, sizeof(row), "%u thread%s", n, n > 1 ? "s" : "") < 0);
	for (size_t s = 0; s < bench->n_subjects; s++)
		if (bench->n_keys[s] > 0)
			tell("threads", bench, row, bench->subjects[s].name, "rate",
			     median(rates[s], bench->rounds));
}

/* ---- system calls ---- */

void show_calls(struct bench *bench, const char *name)
{
	const uint32_t n_keys = bench->keys.n < KEYS_LEAST ? bench->keys.n : KEYS_LEAST;

	for (size_t s = 0; s < bench->n_subjects; s++) {
		const struct subject *subject = &bench->subjects[s];

		if (strcmp(subject->name, name) != 0)
			continue;
		for (enum operation operation = 0; operation < OPERATIONS; operation++) {
			if (!subject_can(subject, operation, &bench->keys) ||
			    warm(bench, subject, operation) == 0)
				continue;
			print(stdout, "%s\n", operation_names[operation]);
			IGNORE(fflush(stdout));
			IGNORE(getppid());
			for (uint32_t i = 0; i < CALLS_EACH; i++)
				IGNORE(subject_ask(subject, operation, &bench->keys, i % n_keys));
			IGNORE(getppid());
		}
	}
}
