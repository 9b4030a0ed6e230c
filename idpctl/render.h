/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_IDPCTL_RENDER_H
#define IDP_IDPCTL_RENDER_H

/* Rows for people and for machines. Pure: rows in, text out. */

#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/macro.h"

struct control_end;
struct rows;

/* An answer of this many bytes is a mistake. */
#define RENDER_MAX ((size_t)256 * 1024 * 1024)

/* Tables and records. now is for "5 min ago", in seconds since 1970; what is longer than width
 * goes on in the next line, 0: nothing does. */
void render_people(struct buf *out, const struct rows *rows, uint64_t now, size_t width);
/*
 * One JSON object { command, status, reason, text, rows: [ { row: kind, ... } ] } and a line end.
 * Text stays text, integers are numbers, yes and no are true and false, a secret is null. -ENOMEM.
 */
int render_json(struct buf *out, const char *command, const struct rows *rows,
		const struct control_end *end) _must_check_;

#endif
