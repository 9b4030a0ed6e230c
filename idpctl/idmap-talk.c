/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "idpctl/idmap-talk.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/client.h"
#include "common/clock.h"
#include "common/limits.h"
#include "common/reason.h"
#include "idpctl/progress.h"

#define LINES_QUIET 5000u
#define PAGES_QUIET 50u /* so many are over before anybody wonders */
#define BATCH 30000u /* bytes of one IDMAP_LINES: below WIRE_STRING_MAX with a line more */

struct talk {
	struct client client;
	struct progress progress;
	void *memory;
};

static int talk_open(struct talk *talk, const struct invocation *invocation)
{
	talk->client = CLIENT_NULL;
	progress_init(&talk->progress, stderr, isatty(STDERR_FILENO) == 1, 80);
	talk->memory = malloc(WIRE_MESSAGE_MAX);
	if (!talk->memory)
		return -ENOMEM;
	return client_open(&talk->client, invocation->socket,
			   clock_add(clock_now(), PAM_CONNECT_DEADLINE));
}

static void talk_close(struct talk *talk)
{
	progress_end(&talk->progress);
	client_close(&talk->client);
	free(talk->memory);
}

int idmap_each_line(const char *text, size_t len,
		    int (*each)(void *userdata, const char *line, size_t len), void *userdata)
{
	int r = 0;

	while (r == 0 && len > 0) {
		const char *end = memchr(text, '\n', len);
		size_t n = end ? (size_t)(end - text) : len;

		r = each(userdata, text, n);
		n += end ? 1 : 0;
		text += n;
		len -= n;
	}
	return r;
}

/* ---- export ---- */

/* The last line of a page becomes the cursor; false: there was none. */
static bool take_cursor(const char *text, char cursor[static IDMAP_LINE_MAX + 1])
{
	size_t len = strlen(text), start;

	if (len < 2 || len > WIRE_STRING_MAX)
		return false;
	for (start = len - 1; start > 0 && text[start - 1] != '\n'; start--)
		;
	if (text[start] == '#' || len - start > IDMAP_LINE_MAX)
		return false; /* only the head */
	memcpy(cursor, text + start, len - start - 1);
	cursor[len - start - 1] = '\0';
	return true;
}

static int export_page(struct talk *talk, char cursor[static IDMAP_LINE_MAX + 1],
		       idmap_page_fn each, void *userdata, struct answer *answer, bool *ret_more)
{
	struct buf request;
	const char *text;
	int r;

	answer_done(answer);
	*answer = (struct answer){ 0 };
	buf_init(&request, WIRE_MESSAGE_MAX);
	client_begin(&talk->client, &request, MSG_IDMAP_EXPORT);
	wire_put_str(&request, cursor);
	r = control_ask(&talk->client, &request, &answer->rows, NULL, &answer->end);
	buf_done(&request);
	*ret_more = false;
	if (r != 0 || answer->end.status != 0)
		return r;
	text = answer->rows.first ? row_get(answer->rows.first, "lines") : NULL;
	if (!text)
		return -EPROTO;
	*ret_more = take_cursor(text, cursor);
	return each(userdata, text, strlen(text));
}

int idmap_talk_export(const struct invocation *invocation, idmap_page_fn each, void *userdata,
		      struct answer *answer)
{
	char cursor[IDMAP_LINE_MAX + 1] = "";
	struct talk talk;
	uint32_t n = 0;
	bool more = true;
	int r = talk_open(&talk, invocation);

	while (r == 0 && more) {
		r = export_page(&talk, cursor, each, userdata, answer, &more);
		if (++n >= PAGES_QUIET)
			progress_show(&talk.progress, clock_now(), n, 0, "pages of ids");
	}
	talk_close(&talk);
	rows_done(&answer->rows);
	answer->rows = (struct rows){ 0 };
	return r;
}

/* ---- import ---- */

/* Until the agent wants more (true) or is done with it. */
static int import_hear(struct talk *talk, struct answer *answer, bool *ret_more)
{
	struct wire_in in;

	*ret_more = false;
	for (;;) {
		int r = client_receive(&talk->client, talk->memory, WIRE_MESSAGE_MAX,
				       clock_add(clock_now(), CTL_REPLY_DEADLINE), &in);

		if (r == 0 && in.type == MSG_ROW)
			r = rows_add_message(&answer->rows, &in);
		else if (r == 0 && in.type == MSG_PROGRESS) {
			uint32_t done = wire_get_u32(&in), total = wire_get_u32(&in);
			const char *what = wire_get_str(&in, WIRE_STRING_MAX);

			r = wire_close(&in);
			if (r == 0 && done > LINES_QUIET)
				progress_show(&talk->progress, clock_now(), done, total, what);
			*ret_more = r == 0;
			return r;
		} else if (r == 0 && in.type == MSG_END) {
			return control_take_end(&in, &answer->end);
		} else if (r == 0) {
			r = -EPROTO;
		}
		if (r < 0)
			return r;
	}
}

static int import_send(struct talk *talk, const char *text, struct answer *answer, bool *ret_more)
{
	struct buf request;
	int r;

	buf_init(&request, WIRE_MESSAGE_MAX);
	client_begin(&talk->client, &request, MSG_IDMAP_LINES);
	wire_put_str(&request, text);
	r = client_send(&talk->client, &request, clock_add(clock_now(), CTL_REPLY_DEADLINE));
	buf_done(&request);
	return r < 0 ? r : import_hear(talk, answer, ret_more);
}

struct batch {
	char text[BATCH + IDMAP_LINE_MAX + 2];
	size_t len;
	uint64_t n_lines;
};

/* Adds the next line of the file. 0, 1 at the end, IDMAP_TALK_E_FILE + 1 with a reason. */
enum { LINE_END = 1, LINE_BAD };
static int batch_add(struct batch *batch, FILE *file, char **line, size_t *room,
		     char reason[static REASON_MAX])
{
	ssize_t n = getline(line, room, file);

	if (n < 0 && ferror(file))
		return reason_refuse(LINE_BAD, reason, "%s", strerrordesc_np(errno));
	if (n < 0)
		return LINE_END;
	batch->n_lines++;
	if ((size_t)n > IDMAP_LINE_MAX || memchr(*line, '\0', (size_t)n))
		return reason_refuse(LINE_BAD, reason,
				     "line %llu: it is longer than %u bytes or not text",
				     (unsigned long long)batch->n_lines, IDMAP_LINE_MAX);
	memcpy(batch->text + batch->len, *line, (size_t)n);
	batch->len += (size_t)n;
	if (batch->text[batch->len - 1] != '\n')
		batch->text[batch->len++] = '\n';
	return 0;
}

/* All of the file, then the end. */
static int import_file(struct talk *talk, FILE *file, struct answer *answer,
		       char reason[static REASON_MAX])
{
	_cleanup_free_ struct batch *batch = calloc(1, sizeof(*batch));
	_cleanup_free_ char *line = NULL;
	size_t room = 0;
	bool more = true;
	int r = batch ? 0 : -ENOMEM, got = 0;

	while (r == 0 && more && got == 0) {
		batch->len = 0;
		while (got == 0 && batch->len < BATCH)
			got = batch_add(batch, file, &line, &room, reason);
		if (got == LINE_BAD)
			return IDMAP_TALK_E_FILE;
		batch->text[batch->len] = '\0';
		if (batch->len > 0)
			r = import_send(talk, batch->text, answer, &more);
	}
	if (r == 0 && more)
		r = import_send(talk, "", answer, &more);
	return r == 0 && more ? -EPROTO : r;
}

static int import_begin(struct talk *talk, bool dry_run, struct answer *answer, bool *ret_more)
{
	struct buf request;
	int r;

	buf_init(&request, WIRE_MESSAGE_MAX);
	client_begin(&talk->client, &request, MSG_IDMAP_IMPORT);
	wire_put_bool(&request, dry_run);
	r = client_send(&talk->client, &request, clock_add(clock_now(), CTL_REPLY_DEADLINE));
	buf_done(&request);
	return r < 0 ? r : import_hear(talk, answer, ret_more);
}

int idmap_talk_import(const struct invocation *invocation, const char *name, bool dry_run,
		      struct answer *answer, char reason[static REASON_MAX])
{
	bool stdin_is = strcmp(name, "-") == 0, more = false;
	FILE *file = stdin_is ? stdin : fopen(name, "re");
	struct talk talk;
	int r;

	if (!file)
		return reason_refuse(IDMAP_TALK_E_FILE, reason, "%s", strerrordesc_np(errno));
	r = talk_open(&talk, invocation);
	if (r == 0)
		r = import_begin(&talk, dry_run, answer, &more);
	if (r == 0 && more)
		r = import_file(&talk, file, answer, reason);
	talk_close(&talk);
	if (!stdin_is)
		(void)fclose(file);
	return r;
}
