/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whole processes: getent and id of one person, started anew each time, with one service after
 * the other in nsswitch.conf. Only in a root directory of bench/nss.sh's.
 *
 *	bench-cold ROUNDS PEOPLE DIR SUBJECT=PERSON...
 *
 * Each SUBJECT is a directory below DIR; before a process starts, DIR/now is made to lead there,
 * and nsswitch.conf, passwd and group of /etc are links into DIR/now. Lines as bench-nss prints
 * them, table "cold", microseconds by the clock on the wall.
 */
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/macro.h"

#define SUBJECTS_MAX 12
#define ROUNDS_MAX   2000
#define COMMANDS     2

static const char *const commands[COMMANDS] = { "getent passwd", "id" };
static char path[] = "PATH=/usr/bin:/bin";
static char *const environment[] = { path, NULL };

struct subject {
	const char *name;
	char *person;
	double spans[COMMANDS][ROUNDS_MAX];
	unsigned failures;
};

_Noreturn static void die(const char *what)
{
	perror(what);
	exit(1);
}

static double now(void)
{
	struct timespec t;

	if (clock_gettime(CLOCK_MONOTONIC, &t) < 0)
		die("clock");
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec * 1e-3;
}

/* DIR/now leads to the subject's files from here on. */
static void switch_to(const char *dir, const char *name)
{
	char to[512], link[512];

	IGNORE(snprintf(link, sizeof(link), "%s/now.new", dir) < 0);
	IGNORE(snprintf(to, sizeof(to), "%s/now", dir) < 0);
	IGNORE(unlink(link));
	if (symlink(name, link) < 0 || rename(link, to) < 0)
		die(to);
}

static double run(struct subject *subject, size_t command)
{
	static char getent[] = "/usr/bin/getent", passwd[] = "passwd", id[] = "/usr/bin/id";
	char *with_getent[] = { getent, passwd, subject->person, NULL };
	char *with_id[] = { id, subject->person, NULL };
	char **argv = command == 0 ? with_getent : with_id;
	posix_spawn_file_actions_t actions;
	const double began = now();
	int status = 0;
	pid_t pid;

	if (posix_spawn_file_actions_init(&actions) != 0 ||
	    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0) != 0 ||
	    posix_spawn(&pid, argv[0], &actions, NULL, argv, environment) != 0 ||
	    waitpid(pid, &status, 0) != pid)
		die(argv[0]);
	IGNORE(posix_spawn_file_actions_destroy(&actions));
	if (status != 0)
		subject->failures++;
	return now() - began;
}

static int compare(const void *a, const void *b)
{
	double x, y;

	memcpy(&x, a, sizeof(x));
	memcpy(&y, b, sizeof(y));
	return (x > y) - (x < y);
}

static void tell(const char *people, struct subject *subject, size_t command, unsigned rounds)
{
	double *spans = subject->spans[command], sum = 0;

	for (unsigned i = 0; i < rounds; i++)
		sum += spans[i];
	qsort(spans, rounds, sizeof(*spans), compare);
	printf("cold\t%s\t%s\t%s\tmean\t%.1f\n", people, commands[command], subject->name,
	       sum / rounds);
	printf("cold\t%s\t%s\t%s\tp50\t%.1f\n", people, commands[command], subject->name,
	       spans[rounds / 2]);
	printf("cold\t%s\t%s\t%s\tp99\t%.1f\n", people, commands[command], subject->name,
	       spans[rounds * 99 / 100]);
}

static void measure(const char *dir, struct subject *subjects, size_t n, unsigned rounds)
{
	for (unsigned round = 0; round < rounds + 2; round++)
		for (size_t s = 0; s < n; s++) {
			switch_to(dir, subjects[s].name);
			for (size_t c = 0; c < COMMANDS; c++)
				subjects[s].spans[c][round < 2 ? 0 : round - 2] =
					run(&subjects[s], c);
		}
}

int main(int argc, char **argv)
{
	static struct subject subjects[SUBJECTS_MAX];
	const size_t n = argc > 4 ? (size_t)argc - 4 : 0;
	unsigned long rounds = n > 0 ? strtoul(argv[1], NULL, 10) : 0;

	if (n < 1 || n > SUBJECTS_MAX || rounds < 1 || rounds > ROUNDS_MAX) {
		IGNORE(fprintf(stderr, "usage: bench-cold ROUNDS PEOPLE DIR SUBJECT=PERSON...\n") <
		       0);
		return 2;
	}
	for (size_t s = 0; s < n; s++) {
		char *person = strchr(argv[s + 4], '=');

		if (!person)
			return 2;
		*person = '\0';
		subjects[s].name = argv[s + 4];
		subjects[s].person = person + 1;
	}
	measure(argv[3], subjects, n, (unsigned)rounds);
	for (size_t s = 0; s < n; s++) {
		if (subjects[s].failures > 0)
			IGNORE(fprintf(stderr, "bench-cold: %s: %u processes failed\n",
				       subjects[s].name, subjects[s].failures) < 0);
		else
			for (size_t c = 0; c < COMMANDS; c++)
				tell(argv[2], &subjects[s], c, (unsigned)rounds);
	}
	return 0;
}
