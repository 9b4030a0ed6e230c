/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "idpctl/login-browser.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The words of a command, and the address where it wants it or else behind them. */
static int command_split(const char *command, size_t len, const char *url,
			 struct login_command *ret_command)
{
	union {
		const char *text;
		char *word; /* argv of exec is not const for reasons of 1978 */
	} address = { .text = url };
	bool placed = false;
	size_t n = 0;
	char *rest = NULL;

	if (len >= sizeof(ret_command->words))
		return LOGIN_E_NO_COMMAND;
	memcpy(ret_command->words, command, len);
	ret_command->words[len] = '\0';
	for (char *word = strtok_r(ret_command->words, " \t", &rest); word;
	     word = strtok_r(NULL, " \t", &rest)) {
		bool here = strcmp(word, "%s") == 0;

		if (n == LOGIN_BROWSER_WORDS)
			return LOGIN_E_NO_COMMAND;
		ret_command->argv[n++] = here ? address.word : word;
		placed = placed || here;
	}
	if (n == 0 || ret_command->argv[0] == address.word)
		return LOGIN_E_NO_COMMAND;
	if (!placed)
		ret_command->argv[n++] = address.word;
	ret_command->argv[n] = NULL;
	return 0;
}

static bool is_set(const char *value)
{
	return value && *value;
}

int login_browser_choose(const struct login_desktop *desktop, unsigned nth, const char *url,
			 struct login_command *ret_command)
{
	const char *list = desktop->browser;

	if (!is_set(list)) {
		if (nth > 0 || (!is_set(desktop->display) && !is_set(desktop->wayland_display)))
			return LOGIN_E_NO_BROWSER;
		list = "xdg-open";
	}
	for (; nth > 0; nth--) {
		list = strchr(list, ':');
		if (!list)
			return LOGIN_E_NO_BROWSER;
		list++;
	}
	return command_split(list, strcspn(list, ":"), url, ret_command);
}

/* Nothing of ours but the environment: no terminal, no descriptor, no blocked signal. */
static int spawn(struct login_command *command, pid_t *ret_pid)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none;
	int r = posix_spawn_file_actions_init(&actions);

	if (r != 0)
		return -r;
	r = posix_spawnattr_init(&attributes);
	if (r != 0) {
		(void)posix_spawn_file_actions_destroy(&actions);
		return -r;
	}
	(void)sigemptyset(&none);
	for (int fd = 0; r == 0 && fd <= STDERR_FILENO; fd++)
		r = posix_spawn_file_actions_addopen(&actions, fd, "/dev/null", O_RDWR, 0);
	if (r == 0)
		r = posix_spawnattr_setsigmask(&attributes, &none);
	if (r == 0)
		r = posix_spawnattr_setflags(&attributes,
					     POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSID);
	if (r == 0)
		r = posix_spawnp(ret_pid, command->argv[0], &actions, &attributes, command->argv,
				 environ);
	(void)posix_spawnattr_destroy(&attributes);
	(void)posix_spawn_file_actions_destroy(&actions);
	return -r;
}

int login_browser_open(const struct login_desktop *desktop, const char *url, char *ret_name,
		       pid_t *ret_pid)
{
	int r = LOGIN_E_NO_BROWSER;

	for (unsigned i = 0;; i++) {
		struct login_command command;
		int chosen = login_browser_choose(desktop, i, url, &command);

		if (chosen == LOGIN_E_NO_BROWSER)
			return r;
		if (chosen)
			continue;
		r = spawn(&command, ret_pid);
		if (r == 0) {
			(void)snprintf(ret_name, LOGIN_BROWSER_MAX, "%s", command.argv[0]);
			return 0;
		}
	}
}
