/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_IDPCTL_IDMAP_TALK_H
#define IDP_IDPCTL_IDMAP_TALK_H

/* Ids to and from the agent, a page at a time: a million of them pass through a few kilobytes. */

#include <stdint.h>

#include "common/macro.h"
#include "idp-agentd/core/idmap-file.h"
#include "idpctl/answer.h"

/* A page of whole lines. Other than 0 ends it, and is handed back. */
typedef int (*idmap_page_fn)(void *userdata, const char *text, size_t len);

/*
 * Every id of this host, the first line of the file before them. 0 with answer->end of the agent,
 * whose status is not 0 when it refused; -errno of the link, or what each said.
 */
int idmap_talk_export(const struct invocation *invocation, idmap_page_fn each, void *userdata,
		      struct answer *answer) _must_check_;

enum idmap_talk_outcome {
	IDMAP_TALK_E_FILE = 1, /* the file cannot be read: reason says why */
};
/* Hands the lines of a file ("-": standard input) over. answer has what the agent said. */
int idmap_talk_import(const struct invocation *invocation, const char *name, bool dry_run,
		      struct answer *answer, char reason[static REASON_MAX]) _must_check_;

/* Calls each for every line of text, which are whole. */
int idmap_each_line(const char *text, size_t len,
		    int (*each)(void *userdata, const char *line, size_t len),
		    void *userdata) _must_check_;

#endif
