/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_VERIFYD_LINK_H
#define IDP_VERIFYD_LINK_H

/*
 * The connections to idp-agentd: each carries one question at a time, the next ones wait in their
 * order. They are opened when they are needed, and what an agent that was started anew has lost is
 * asked again, once.
 */

#include <systemd/sd-event.h>

#include "common/macro.h"
#include "common/wire.h"

struct links;
struct question;
struct request;

/* in: the answer; NULL: there is none, and error says why (-errno). The question is gone after it.
 */
typedef void (*link_answer_fn)(void *userdata, struct wire_in *in, int error);

int links_new(sd_event *event, const char *path, struct links **ret_links) _must_check_;
/* Every question must be over or cancelled before. */
struct links *links_free(struct links *links);
DEFINE_CLEANUP(struct links *, links_free);

/* What request shows, which is SHOWN_TOKEN. answer() is not called before this returns. -ENOMEM. */
int links_ask(struct links *links, const struct request *request, link_answer_fn answer,
	      void *userdata, struct question **ret_question) _must_check_;
/* answer() will not be called. */
void links_cancel(struct question *question);

#endif
