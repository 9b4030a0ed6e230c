/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a lookup costs in libnss_idp, in glibc's files, in the modules of others, and on a bare
 * floor: the same people, the same keys, all taking turns in one process. bench/nss.sh runs it.
 *
 *	bench-nss [-l] -w DIR -s SNAPSHOT USERS
 *		writes the data set: files for the peers, with -l also LDIF, and our file
 *	bench-nss [-m NAME=SERVICE[=FILE][,OPTION]]... [-r ROUNDS] [-p SECONDS] USERS
 *		the table of lookups
 *	bench-nss ... -t THREADS USERS
 *		hits a second of so many threads
 *	bench-nss ... -c NAME USERS
 *		a few lookups between two getppid(), for strace
 */
#include <getopt.h>
#include <stdlib.h>

#include "bench/nss-measure.h"

#define KEYS_MAX 100000u

_Noreturn static void usage(void)
{
	print(stderr, "usage: bench-nss [-l] -w DIR -s SNAPSHOT USERS\n"
		      "       bench-nss [-m NAME=SERVICE[=FILE][,OPTION]]... [-r ROUNDS] "
		      "[-p SECONDS] [-t THREADS | -c NAME] USERS\n");
	exit(2);
}

static void add_subject(struct bench *bench, char *spec)
{
	if (bench->n_subjects == SUBJECTS_MAX)
		usage();
	bench->subjects[bench->n_subjects++] = subject_load(spec);
}

int main(int argc, char **argv)
{
	static struct bench bench = { .rounds = 7, .patience = 8, .n_subjects = 1 };
	const char *calls = NULL, *dir = NULL, *snapshot = NULL;
	unsigned n_threads = 0;
	bool ldif = false;
	int option;

	bench.subjects[0] = floor_subject;
	while ((option = getopt(argc, argv, "c:lm:p:r:s:t:w:")) != -1) {
		if (option == 'c')
			calls = optarg;
		else if (option == 'l')
			ldif = true;
		else if (option == 'm')
			add_subject(&bench, optarg);
		else if (option == 'p')
			bench.patience = strtod(optarg, NULL);
		else if (option == 'r')
			bench.rounds = (unsigned)strtoul(optarg, NULL, 10);
		else if (option == 's')
			snapshot = optarg;
		else if (option == 't')
			n_threads = (unsigned)strtoul(optarg, NULL, 10);
		else if (option == 'w')
			dir = optarg;
		else
			usage();
	}
	if (optind + 1 != argc || bench.rounds < 1 || bench.rounds > ROUNDS_MAX ||
	    n_threads > THREADS_MAX || !dir != !snapshot)
		usage();
	bench.data = data_of((uint32_t)strtoul(argv[optind], NULL, 10));
	if (bench.data.n_users < 10 || bench.data.n_users > 2000000)
		usage();
	if (dir) {
		data_write_files(&bench.data, dir, ldif);
		data_write_snapshot(&bench.data, snapshot);
		return 0;
	}
	floor_build(&bench.data);
	bench.keys = keys_of(&bench.data, KEYS_MAX);
	if (calls)
		show_calls(&bench, calls);
	else if (n_threads > 0)
		measure_threads(&bench, n_threads);
	else
		measure_lookups(&bench);
	return 0;
}
