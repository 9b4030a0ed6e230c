/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "idpctl/control.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/limits.h"
#include "idpctl/progress.h"
#include "idpctl/rows.h"
#include "idpctl/text.h"

void control_end_done(struct control_end *end)
{
	free(end->reason);
	free(end->text);
	*end = (struct control_end){ 0 };
}

int control_end_set(struct control_end *end, uint32_t status, const char *reason, const char *text)
{
	struct control_end new = { .status = status };

	new.reason = strdup(reason);
	new.text = strdup(text);
	if (!new.reason || !new.text) {
		control_end_done(&new);
		return -ENOMEM;
	}
	control_end_done(end);
	*end = new;
	return 0;
}

int control_take_end(struct wire_in *in, struct control_end *end)
{
	uint32_t status = wire_get_u32(in);
	const char *reason = wire_get_str(in, REASON_MAX);
	const char *text = wire_get_str(in, WIRE_STRING_MAX);
	int r = wire_close(in);

	return r < 0 ? r : control_end_set(end, status, reason, text);
}

static int take_progress(struct wire_in *in, struct progress *progress)
{
	uint32_t done = wire_get_u32(in);
	uint32_t total = wire_get_u32(in);
	const char *what = wire_get_str(in, WIRE_STRING_MAX);
	int r = wire_close(in);

	if (r == 0 && progress)
		progress_show(progress, clock_now(), done, total, what);
	return r;
}

int control_ask(struct client *client, struct buf *out, struct rows *rows,
		struct progress *progress, struct control_end *end)
{
	_cleanup_free_ void *memory = malloc(WIRE_MESSAGE_MAX);
	struct wire_in in;
	int r;

	if (!memory)
		return -ENOMEM;
	r = client_send(client, out, clock_add(clock_now(), CTL_REPLY_DEADLINE));
	while (r == 0) {
		r = client_receive(client, memory, WIRE_MESSAGE_MAX,
				   clock_add(clock_now(), CTL_REPLY_DEADLINE), &in);
		if (r < 0)
			return r;
		if (in.type == MSG_END)
			return control_take_end(&in, end);
		if (in.type == MSG_ROW)
			r = rows_add_message(rows, &in);
		else if (in.type == MSG_PROGRESS)
			r = take_progress(&in, progress);
		else
			r = -EPROTO;
	}
	return r;
}

struct explanation {
	int error;
	const char *why;
	const char *next;
};

/* Of the socket that is for everybody. */
static const struct explanation not_there = {
	ENOENT, "The socket is not there: idp-agentd.socket is not started.",
	"systemctl start idp-agentd.socket, then systemctl status idp-agentd"
};

static const struct explanation explanations[] = {
	{ ENOENT, "The socket is not there: idp-agentd-control.socket is not started.",
	  "systemctl start idp-agentd-control.socket, then systemctl status idp-agentd" },
	{ ECONNREFUSED, "Nobody listens there: idp-agentd has stopped.",
	  "systemctl status idp-agentd, and journalctl -u idp-agentd -b" },
	{ EACCES, "Only root and members of the group idp-admin may.",
	  "the same with sudo, or ask to be added to idp-admin" },
	{ EPERM, "Only root and members of the group idp-admin may.",
	  "the same with sudo, or ask to be added to idp-admin" },
	{ ETIMEDOUT, "It is there and does not answer.",
	  "systemctl status idp-agentd, and journalctl -u idp-agentd -b" },
	{ EAGAIN, "It is there and has too many questions waiting.",
	  "systemctl status idp-agentd, and journalctl -u idp-agentd -b" },
	{ ECONNRESET, "It hung up in the middle of its answer.",
	  "journalctl -u idp-agentd -b, which says why" },
	{ EPIPE, "It hung up before the question was asked.",
	  "journalctl -u idp-agentd -b, which says why" },
	{ EPROTO, "It speaks another language than this idpctl.",
	  "systemctl restart idp-agentd, if it was upgraded; then compare idpctl --version" },
	{ EBADMSG, "It speaks another language than this idpctl.",
	  "systemctl restart idp-agentd, if it was upgraded; then compare idpctl --version" },
};

static const struct explanation *find_explanation(const char *path, int error)
{
	if (error == not_there.error && strcmp(path, CLIENT_AGENT_SOCKET) == 0)
		return &not_there;
	for (size_t i = 0; i < ELEMENTSOF(explanations); i++)
		if (explanations[i].error == error)
			return &explanations[i];
	return NULL;
}

void control_explain(FILE *out, const char *path, int error)
{
	const struct explanation *explanation;
	char memory[1024];
	struct buf shown;

	buf_init_fixed(&shown, memory, sizeof(memory));
	text_put(&shown, path);
	(void)fprintf(out, "idpctl: cannot ask the agent at %s: %s\n",
		      buf_end(&shown) < 0 ? "a very long path" : memory, text_error(error));
	explanation = find_explanation(path, -error);
	if (explanation)
		(void)fprintf(out, "  why:  %s\n  next: %s\n", explanation->why, explanation->next);
	else
		(void)fprintf(out, "  next: idpctl doctor\n");
}
