/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What bench/system.sh needs done to the microsecond, each as its own process:
 *
 *	bench-system see NAME GECOS SECONDS
 *		waits until getpwnam() gives it; prints the monotonic time
 *	bench-system replace FILE ROUNDS
 *		the floor of publishing: the same bytes, written beside FILE, fsync'ed and renamed
 *	bench-system login CONFDIR SERVICE USER COMMAND
 *		a PAM conversation; COMMAND URL CODE approves; prints how long both took
 *
 * Times are in microseconds.
 */

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <regex.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <security/pam_appl.h>

#include "common/clock.h"
#include "common/macro.h"

#define SEE_PAUSE  100000 /* nanoseconds between two looks */
#define ROUNDS_MAX 1000
/* One line of the prompt names the address, a later one the code. */
#define PROMPT "(https://[^[:space:]]+)[^\n]*\n?[^\n]*code ([A-Za-z0-9-]+)"

static _Noreturn void die(const char *what)
{
	(void)fprintf(stderr, "bench-system: %s: %m\n", what);
	exit(1);
}

static int see(const char *name, const char *gecos, usec_t patience)
{
	const struct timespec pause = { .tv_nsec = SEE_PAUSE };
	usec_t deadline = clock_now() + patience;
	const struct passwd *pw;
	struct timespec ts;

	while (!(pw = getpwnam(name)) || strcmp(pw->pw_gecos, gecos) != 0) {
		if (clock_now() > deadline)
			return 1;
		(void)nanosleep(&pause, NULL);
	}
	(void)clock_gettime(CLOCK_MONOTONIC, &ts); /* the one node has too */
	(void)printf("%lld\n", (long long)ts.tv_sec * 1000000 + ts.tv_nsec / 1000);
	return 0;
}

/* ---- the floor of publishing ---- */

static void write_all(int fd, const char *data, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, data, len);

		if (n < 0)
			die("write");
		data += n;
		len -= (size_t)n;
	}
}

static usec_t replace_once(const char *path, const char *name, const char *data, size_t len)
{
	usec_t began = clock_now();
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (fd < 0)
		die(path);
	write_all(fd, data, len);
	if (fsync(fd) < 0 || close(fd) < 0)
		die("fsync");
	if (rename(path, name) < 0)
		die("rename");
	return clock_now() - began;
}

static int compare(const void *a, const void *b)
{
	const usec_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static int replace(const char *path, unsigned rounds)
{
	usec_t spans[ROUNDS_MAX];
	_cleanup_free_ char *beside = NULL, *name = NULL;
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char *data;

	if (fd < 0 || fstat(fd, &st) < 0)
		die(path);
	data = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
	if (data == MAP_FAILED)
		die("mmap");
	if (asprintf(&beside, "%s.floor.new", path) < 0 || asprintf(&name, "%s.floor", path) < 0)
		die("asprintf");
	for (unsigned i = 0; i < rounds; i++)
		spans[i] = replace_once(beside, name, data, (size_t)st.st_size);
	(void)unlink(name);
	(void)close(fd);
	qsort(spans, rounds, sizeof(*spans), compare);
	(void)printf("%llu %lld\n", (unsigned long long)spans[rounds / 2], (long long)st.st_size);
	return 0;
}

/* ---- a person at a PAM prompt ---- */

struct login {
	const char *command;
	char approved[128]; /* the code that was */
	usec_t approving;   /* spent in the browser */
};

static char *copy_match(const char *text, regmatch_t match)
{
	return strndup(text + match.rm_so, (size_t)(match.rm_eo - match.rm_so));
}

static void run(const char *command, char *url, char *code)
{
	pid_t pid = fork();
	int status = -1;

	if (pid == 0) {
		(void)execl("/bin/sh", "sh", "-c", command, "sh", url, code, (char *)NULL);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0 || status != 0)
		(void)fprintf(stderr, "bench-system: %s gave %d\n", command, status);
}

static void approve(struct login *login, const char *text)
{
	_cleanup_free_ char *url = NULL, *code = NULL;
	regmatch_t match[3];
	regex_t prompt;

	if (regcomp(&prompt, PROMPT, REG_EXTENDED) != 0)
		die("regcomp");
	if (regexec(&prompt, text, ELEMENTSOF(match), match, 0) == 0) {
		usec_t began = clock_now();

		url = copy_match(text, match[1]);
		code = copy_match(text, match[2]);
		if (url && code && strcmp(code, login->approved) != 0) {
			(void)snprintf(login->approved, sizeof(login->approved), "%s", code);
			run(login->command, url, code);
			login->approving += clock_now() - began;
		}
	}
	regfree(&prompt);
}

static int converse(int n, const struct pam_message **messages, struct pam_response **ret,
		    void *userdata)
{
	struct pam_response *responses = calloc((size_t)n, sizeof(*responses));

	if (!responses)
		return PAM_BUF_ERR;
	for (int i = 0; i < n; i++) {
		if (messages[i]->msg_style != PAM_PROMPT_ECHO_ON &&
		    messages[i]->msg_style != PAM_PROMPT_ECHO_OFF)
			continue;
		approve(userdata, messages[i]->msg);
		responses[i].resp = strdup("");
	}
	*ret = responses;
	return PAM_SUCCESS;
}

static int log_in(const char *confdir, const char *service, const char *user, const char *command)
{
	struct login login = { .command = command };
	const struct pam_conv conv = { .conv = converse, .appdata_ptr = &login };
	usec_t began = clock_now();
	pam_handle_t *pamh = NULL;
	int r = pam_start_confdir(service, user, &conv, confdir, &pamh);

	if (r == PAM_SUCCESS)
		r = pam_authenticate(pamh, 0);
	if (r == PAM_SUCCESS)
		r = pam_acct_mgmt(pamh, 0);
	(void)printf("%llu %llu\n", (unsigned long long)(clock_now() - began),
		     (unsigned long long)login.approving);
	if (r != PAM_SUCCESS)
		(void)fprintf(stderr, "bench-system: login of %s: %s\n", user,
			      pam_strerror(pamh, r));
	if (pamh)
		(void)pam_end(pamh, r);
	return r == PAM_SUCCESS ? 0 : 1;
}

int main(int argc, char **argv)
{
	if (argc == 5 && strcmp(argv[1], "see") == 0)
		return see(argv[2], argv[3], (usec_t)strtoul(argv[4], NULL, 10) * USEC_PER_SEC);
	if (argc == 4 && strcmp(argv[1], "replace") == 0) {
		unsigned long rounds = strtoul(argv[3], NULL, 10);

		if (rounds >= 1 && rounds <= ROUNDS_MAX)
			return replace(argv[2], (unsigned)rounds);
	}
	if (argc == 6 && strcmp(argv[1], "login") == 0)
		return log_in(argv[2], argv[3], argv[4], argv[5]);
	(void)fprintf(stderr, "usage: bench-system see NAME GECOS SECONDS\n"
			      "       bench-system replace FILE ROUNDS\n"
			      "       bench-system login CONFDIR SERVICE USER COMMAND\n");
	return 2;
}
