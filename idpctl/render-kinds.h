/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_IDPCTL_RENDER_KINDS_H
#define IDP_IDPCTL_RENDER_KINDS_H

/* What each kind of row and each of its fields is called; for render-people.c alone. */

#include <stdbool.h>

enum format {
	FORMAT_PLAIN = 0,
	FORMAT_TIME,
	FORMAT_ID,    /* of a user or group; the last number there is means none */
	FORMAT_LINES, /* in a record: each line of the value in a line of its own, */
	FORMAT_SENTENCES, /* and what is longer than the page goes on in the next */
};

enum layout {
	LAYOUT_RECORD = 0, /* "Title  value" lines under a heading */
	LAYOUT_TABLE,      /* one line each under column titles */
	LAYOUT_LINES,      /* the first field, nothing else */
	LAYOUT_FINDING,    /* level, topic, text, and what to do below */
};

struct render_column {
	const char *key;
	const char *title;
	enum format format;
};

struct render_kind {
	const char *name;
	const char *heading;
	enum layout layout;
	bool named; /* the first field belongs into the heading */
	const struct render_column *columns;
};

/* NULL: a kind nobody listed. */
const struct render_kind *render_kind_find(const char *name);
/* kind may be NULL; NULL: a field nobody listed. */
const struct render_column *render_column_find(const struct render_kind *kind, const char *key);

#endif
