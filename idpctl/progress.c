/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "idpctl/progress.h"

#include <string.h>

#include "common/buf.h"
#include "idpctl/text.h"

#define BAR_WIDTH     30u
#define TTY_INTERVAL  (100 * USEC_PER_MSEC)
#define LINE_INTERVAL (5 * USEC_PER_SEC)
#define LINE_MAX_LEN  1024u

void progress_init(struct progress *progress, FILE *out, bool tty, unsigned width)
{
	*progress = (struct progress){ .out = out, .tty = tty, .width = width };
}

static void put_bar(struct buf *line, uint32_t done, uint32_t total)
{
	unsigned full = (unsigned)((uint64_t)done * BAR_WIDTH / total);

	buf_put_u8(line, '[');
	for (unsigned i = 0; i < BAR_WIDTH; i++)
		buf_put_u8(line, i < full ? '#' : '.');
	buf_printf(line, "] %3u%%  ", (unsigned)((uint64_t)done * 100 / total));
}

static void put_count(struct buf *line, uint32_t done, uint32_t total)
{
	if (total > 0)
		buf_printf(line, "%u of %u", (unsigned)done, (unsigned)total);
	else
		buf_printf(line, "%u", (unsigned)done);
}

/* Cuts at width characters: a bar that wraps cannot be redrawn. */
static void cut_at(char *text, size_t width)
{
	for (; *text; text++) {
		if (((unsigned char)*text & 0xc0) == 0x80)
			continue;
		if (width-- == 0) {
			*text = '\0';
			return;
		}
	}
}

static void draw(struct progress *progress, uint32_t done, uint32_t total, const char *what)
{
	char memory[LINE_MAX_LEN];
	struct buf line;

	buf_init_fixed(&line, memory, sizeof(memory));
	if (progress->tty && total > 0)
		put_bar(&line, done, total);
	text_put(&line, what);
	buf_put_text(&line, *what ? "  " : "");
	put_count(&line, done, total);
	if (buf_end(&line) < 0)
		return;
	if (progress->tty) {
		cut_at(memory, progress->width > 1 ? progress->width - 1 : 1);
		(void)fprintf(progress->out, "\r\033[K%s", memory);
	} else {
		(void)fprintf(progress->out, "%s\n", memory);
	}
	(void)fflush(progress->out);
	progress->drawn = progress->tty;
}

void progress_show(struct progress *progress, usec_t now, uint32_t done, uint32_t total,
		   const char *what)
{
	usec_t interval = progress->tty ? TTY_INTERVAL : LINE_INTERVAL;
	char head[sizeof(progress->what)];

	if (total > 0 && done > total)
		done = total;
	(void)snprintf(head, sizeof(head), "%s", what);
	if (progress->last != 0 && strcmp(head, progress->what) == 0 &&
	    now - progress->last < interval && !(total > 0 && done == total))
		return;
	memcpy(progress->what, head, sizeof(head));
	progress->last = now;
	draw(progress, done, total, what);
}

void progress_end(struct progress *progress)
{
	if (!progress->drawn)
		return;
	(void)fprintf(progress->out, "\r\033[K");
	(void)fflush(progress->out);
	progress->drawn = false;
}
