/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "idpctl/commands-pdnd.h"

#include <stdio.h>
#include <string.h>

#include "idpctl/answer.h"
#include "idpctl/commands.h"

/* ---- purposes ---- */

static void put_purpose(struct buf *out, const struct invocation *invocation)
{
	wire_put_str(out, invocation->n_args > 0 ? invocation->args[0] : "");
}

int run_purposes(const struct invocation *invocation)
{
	return answer_ask_and_show(invocation, "purposes", MSG_PURPOSES, put_purpose);
}

/* ---- pdnd ---- */

static void put_question(struct buf *out, const struct invocation *invocation)
{
	wire_put_str(out, invocation->args[0]);
}

static void put_order(struct buf *out, const struct invocation *invocation)
{
	wire_put_str(out, invocation->args[1]);
	wire_put_str(out, invocation->args[2]);
}

static bool is_one_of(const char *word, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(word, words[i]) == 0)
			return true;
	return false;
}

int run_pdnd(const struct invocation *invocation)
{
	static const char *const questions[] = { "graph", "lint", "doctor" };
	static const char *const verbs[] = { "show", "new", "rotate", "use", "drop" };
	const char *const *args = (const char *const *)invocation->args;
	char command[32];

	(void)snprintf(command, sizeof(command), "pdnd %s", args[0]);
	if (invocation->n_args == 1 && is_one_of(args[0], questions, ELEMENTSOF(questions)))
		return answer_ask_and_show(invocation, command, MSG_PDND, put_question);
	if (invocation->n_args == 3 && strcmp(args[0], "key") == 0 &&
	    is_one_of(args[1], verbs, ELEMENTSOF(verbs))) {
		(void)snprintf(command, sizeof(command), "pdnd key %s", args[1]);
		return answer_ask_and_show(invocation, command, MSG_PDND_KEY, put_order);
	}
	(void)fprintf(stderr,
		      "idpctl: pdnd takes graph, lint, doctor, or key and one of new, show, "
		      "rotate, use, drop and a client; see idpctl --help\n");
	return EXIT_USAGE;
}
