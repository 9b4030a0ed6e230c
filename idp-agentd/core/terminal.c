/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "idp-agentd/core/terminal.h"

#include <stddef.h>
#include <string.h>

#include "common/macro.h"
#include "idp-agentd/core/session.h"

static bool terminal_is_one(const char *tty)
{
	static const char *const beginnings[] = { "/dev/", "tty", "pts/", ":" };

	for (size_t i = 0; i < ELEMENTSOF(beginnings); i++)
		if (!strncmp(tty, beginnings[i], strlen(beginnings[i])))
			return true;
	return false;
}

/* sudo says /dev/pts/3 where another service says pts/3. */
static const char *terminal_name(const char *tty)
{
	return strncmp(tty, "/dev/", 5) ? tty : tty + 5;
}

void terminal_leave(struct terminal_seat *seat)
{
	if (!seat->link)
		return;
	*seat->link = seat->next;
	if (seat->next)
		seat->next->link = seat->link;
	seat->link = NULL;
}

void *terminal_take(struct terminals *terminals, struct terminal_seat *seat,
		    const struct session_request *request, bool by_root, void *owner)
{
	struct terminal_seat *older;

	terminal_leave(seat);
	if (!by_root || !terminal_is_one(request->tty))
		return NULL;
	older = terminals->first;
	while (older && (strcmp(terminal_name(older->request->tty), terminal_name(request->tty)) ||
			 strcmp(older->request->service, request->service)))
		older = older->next;
	if (older)
		terminal_leave(older);
	*seat = (struct terminal_seat){ .next = terminals->first,
					.link = &terminals->first,
					.request = request,
					.owner = owner };
	if (seat->next)
		seat->next->link = &seat->next;
	terminals->first = seat;
	return older ? older->owner : NULL;
}
