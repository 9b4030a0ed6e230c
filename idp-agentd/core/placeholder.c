/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "idp-agentd/core/placeholder.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/limits.h"

struct placeholder {
	pid_t pid; /* 0: empty */
	pid_t session;
	usec_t until; /* from then on the session alone is no sign any more */
	char name[NAME_LEN_MAX + 1];
};

struct placeholders {
	size_t at; /* the next place of the ring, the oldest once it has gone round */
	struct placeholder ring[PLACEHOLDERS_MAX];
};

int placeholders_new(struct placeholders **ret)
{
	struct placeholders *placeholders = calloc(1, sizeof(*placeholders));

	if (!placeholders)
		return -ENOMEM;
	*ret = placeholders;
	return 0;
}

struct placeholders *placeholders_free(struct placeholders *placeholders)
{
	free(placeholders);
	return NULL;
}

/* Needs no right over the process, nor to see it in /proc. A process that is gone is its own. */
static pid_t session_of(pid_t pid)
{
	pid_t session = getsid(pid);

	return session > 0 ? session : pid;
}

void placeholders_note(struct placeholders *placeholders, pid_t pid, const char *name, usec_t now)
{
	struct placeholder *entry = &placeholders->ring[placeholders->at];

	if (pid <= 0 || strlen(name) > NAME_LEN_MAX)
		return;
	*entry = (struct placeholder){ .pid = pid,
				       .session = session_of(pid),
				       .until = clock_add(now, PLACEHOLDER_LIFE) };
	memcpy(entry->name, name, strlen(name) + 1);
	placeholders->at = (placeholders->at + 1) % PLACEHOLDERS_MAX;
}

bool placeholders_has(const struct placeholders *placeholders, pid_t pid, const char *name,
		      usec_t now)
{
	pid_t session;

	if (pid <= 0)
		return false;
	session = session_of(pid);
	for (size_t i = 0; i < PLACEHOLDERS_MAX; i++) {
		const struct placeholder *entry = &placeholders->ring[i];

		if (entry->pid != 0 &&
		    (entry->pid == pid || (entry->session == session && now < entry->until)) &&
		    strcmp(entry->name, name) == 0)
			return true;
	}
	return false;
}
