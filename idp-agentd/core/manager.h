/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_MANAGER_H
#define IDP_CORE_MANAGER_H

/*
 * Puts the authority together and runs it: what is made in which order, which callback reaches
 * whom, signals, reload, the words to systemd. It decides nothing about people.
 */

#include <stddef.h>

#include "common/macro.h"

struct manager;

struct manager_options {
	const char *config;
	const char *state;
	const char *snapshot;
	const char *net;
	const char *key;          /* the socket of idp-keyd */
	int agent_fd, control_fd; /* listening sockets, taken over */
};

/* Exit codes of idp-agentd(8). */
enum manager_exit {
	MANAGER_EXIT_OK = 0,
	MANAGER_EXIT_FAILED = 1,  /* the machine failed */
	MANAGER_EXIT_USAGE = 2,   /* EX_USAGE's place in this program's page */
	MANAGER_EXIT_CONFIG = 3,  /* no usable configuration, and none in force before */
	MANAGER_EXIT_RECORD = 4,  /* the record cannot be opened */
	MANAGER_EXIT_SOCKETS = 5, /* no listening sockets */
};

/* Runs until told to stop; returns the exit code. */
int manager_run(const struct manager_options *options) _must_check_;

#endif
