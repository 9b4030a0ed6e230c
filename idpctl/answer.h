/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_IDPCTL_ANSWER_H
#define IDP_IDPCTL_ANSWER_H

/* One question to the agent, and its answer as a command shows it. */

#include "common/buf.h"
#include "common/macro.h"
#include "common/wire.h"
#include "idpctl/commands.h"
#include "idpctl/control.h"
#include "idpctl/rows.h"

struct answer {
	struct rows rows;
	struct control_end end;
};

void answer_done(struct answer *answer);

#define _cleanup_answer_ _cleanup_(answer_done)

/* Puts the fields of a request. */
typedef void (*answer_put_fn)(struct buf *out, const struct invocation *invocation);

/* put NULL: there are no fields. 0 with the whole answer, or -errno of what is to be explained. */
int answer_ask(const struct invocation *invocation, enum wire_type type, answer_put_fn put,
	       struct answer *answer) _must_check_;
/* For questions that the platform has to answer: a person is told what takes so long. */
int answer_ask_slowly(const struct invocation *invocation, enum wire_type type, answer_put_fn put,
		      struct answer *answer) _must_check_;
/* Explains that: people are told on the standard error output, machines in their object as well. */
int answer_unreachable(const struct invocation *invocation, const char *command, int error,
		       struct answer *answer) _must_check_;
/* EXIT_UNREACHABLE or EXIT_FORBIDDEN. */
int answer_unreachable_code(int error) _must_check_;
/* Rows and closing sentence; the exit status. */
int answer_show(const struct invocation *invocation, const char *command,
		const struct answer *answer) _must_check_;
/* All of the above. */
int answer_ask_and_show(const struct invocation *invocation, const char *command,
			enum wire_type type, answer_put_fn put) _must_check_;
/* Says so; the exit status. */
int answer_no_memory(void);

#endif
