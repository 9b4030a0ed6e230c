/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "idpctl/answer.h"

/* Asking the agent one question, and showing what it said to people or machines. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "common/client.h"
#include "common/clock.h"
#include "common/limits.h"
#include "idpctl/progress.h"
#include "idpctl/render.h"
#include "idpctl/text.h"

void answer_done(struct answer *answer)
{
	rows_done(&answer->rows);
	control_end_done(&answer->end);
}

int answer_no_memory(void)
{
	(void)fprintf(stderr, "idpctl: out of memory\n");
	return EXIT_INTERNAL;
}

/* The agent's closing sentence: a complaint when it has a reason, else a remark. */
static void show_end(const struct answer *answer)
{
	const struct control_end *end = &answer->end;
	char memory[WIRE_STRING_MAX];
	struct buf text;

	if (!end->text || !end->text[0])
		return;
	buf_init_fixed(&text, memory, sizeof(memory));
	text_put(&text, end->text);
	if (end->reason && end->reason[0]) {
		buf_put_text(&text, " (");
		text_put(&text, end->reason);
		buf_put_text(&text, ")");
	}
	if (buf_end(&text) < 0)
		return;
	if (end->status == 0 || !end->reason || !end->reason[0])
		(void)printf("%s%s\n", answer->rows.first ? "\n" : "", memory);
	else
		(void)fprintf(stderr, "idpctl: %s\n", memory);
}

static unsigned terminal_width(int fd)
{
	struct winsize size = { 0 };

	if (ioctl(fd, TIOCGWINSZ, &size) < 0 || size.ws_col == 0)
		return 80;
	return size.ws_col;
}

int answer_show(const struct invocation *invocation, const char *command,
		const struct answer *answer)
{
	struct buf out;
	int r = 0;

	buf_init(&out, RENDER_MAX);
	if (invocation->json)
		r = render_json(&out, command, &answer->rows, &answer->end);
	else
		render_people(&out, &answer->rows, clock_real() / USEC_PER_SEC,
			      isatty(STDOUT_FILENO) == 1 ? terminal_width(STDOUT_FILENO) : 0);
	if (r == 0)
		r = buf_end(&out);
	if (r == 0 && out.len > 0 && fwrite(out.data, 1, out.len, stdout) != out.len)
		r = -EIO;
	buf_done(&out);
	if (r < 0)
		return answer_no_memory();
	if (!invocation->json)
		show_end(answer);
	if (answer->end.status == EXIT_FORBIDDEN)
		return EXIT_FORBIDDEN;
	return answer->end.status == 0 ? EXIT_FINE : EXIT_NEGATIVE;
}

int answer_unreachable_code(int error)
{
	return error == -EACCES || error == -EPERM ? EXIT_FORBIDDEN : EXIT_UNREACHABLE;
}

int answer_ask(const struct invocation *invocation, enum wire_type type, answer_put_fn put,
	       struct answer *answer)
{
	_cleanup_(client_close) struct client client = CLIENT_NULL;
	struct progress progress;
	struct buf request;
	int r;

	r = client_open(&client, invocation->socket, clock_add(clock_now(), PAM_CONNECT_DEADLINE));
	if (r < 0)
		return r;
	progress_init(&progress, stderr, isatty(STDERR_FILENO) == 1, terminal_width(STDERR_FILENO));
	buf_init_secret(&request, WIRE_MESSAGE_MAX); /* a logout token, perhaps */
	client_begin(&client, &request, type);
	if (put)
		put(&request, invocation);
	r = control_ask(&client, &request, &answer->rows, &progress, &answer->end);
	buf_done(&request);
	progress_end(&progress);
	return r;
}

int answer_ask_slowly(const struct invocation *invocation, enum wire_type type, answer_put_fn put,
		      struct answer *answer)
{
	bool tty = isatty(STDERR_FILENO) == 1;
	int r;

	if (tty)
		(void)fprintf(stderr, "asking the agent, which asks the platform ...");
	r = answer_ask(invocation, type, put, answer);
	if (tty)
		(void)fprintf(stderr, "\r\033[K");
	return r;
}

int answer_unreachable(const struct invocation *invocation, const char *command, int error,
		       struct answer *answer)
{
	int code = answer_unreachable_code(error);

	control_explain(stderr, invocation->socket, error);
	if (!invocation->json)
		return code;
	if (control_end_set(&answer->end, (uint32_t)code,
			    code == EXIT_FORBIDDEN ? "forbidden" : "unreachable",
			    text_error(error)) < 0)
		return answer_no_memory();
	return answer_show(invocation, command, answer) == EXIT_INTERNAL ? EXIT_INTERNAL : code;
}

int answer_ask_and_show(const struct invocation *invocation, const char *command,
			enum wire_type type, answer_put_fn put)
{
	_cleanup_answer_ struct answer answer = { 0 };
	int r = answer_ask(invocation, type, put, &answer);

	if (r < 0)
		return answer_unreachable(invocation, command, r, &answer);
	return answer_show(invocation, command, &answer);
}
