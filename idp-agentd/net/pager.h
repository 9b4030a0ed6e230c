/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_NET_PAGER_H
#define IDP_NET_PAGER_H

/*
 * Reading a list page by page (RFC 7644 section 3.4.2.4) from a server that may lie: which page
 * is next, and whether what came is all there is. Pure.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/macro.h"

enum pager_verdict {
	PAGER_MORE = 0,  /* ask for the page at pager_start() */
	PAGER_WHOLE,     /* everything came, once */
	PAGER_E_IGNORES, /* it gives the same page again, whatever is asked for */
	PAGER_E_SHORT,   /* it ended before its own total */
	PAGER_E_LONG,    /* it gives more than its own total */
	PAGER_E_CHANGED, /* it changed while it was read: something was missed or came twice */
	PAGER_E_CURSOR,  /* its cursors lead in a circle, or nowhere */
	PAGER_E_TOO_MANY,
};

struct pager {
	uint64_t received; /* resources, also those that came twice */
	uint64_t repeated; /* of those */
	uint64_t n_ids;    /* in the table below */
	uint64_t total;    /* as last said */
	bool shrank;
	bool begun;
	unsigned n_empty; /* pages with nothing on them, one after the other */
	uint8_t key[16];  /* of the hash, random: ids are a stranger's */
	uint64_t *ids;    /* hashes of the ids seen, 0 is free */
	size_t room;      /* a power of two, or 0 */
};

/* -errno when the kernel gives no random bytes. */
int pager_init(struct pager *pager) _must_check_;
void pager_done(struct pager *pager);
/* Index of the first resource of the next page, from 1. */
uint64_t pager_start(const struct pager *pager);
/* Notes an id: 1 it is new, 0 it came before, -ENOMEM. */
int pager_note(struct pager *pager, const char *id) _must_check_;
/*
 * A page came whole: n resources, of which n_new had an id that was not seen before or could not
 * be read at all; start as the page says it (0: it does not).
 */
enum pager_verdict pager_take(struct pager *pager, size_t n, size_t n_new, uint64_t total,
			      uint64_t start) _must_check_;
/*
 * The same where pages are linked by cursors (RFC 9865): next is the cursor of the page behind
 * this one, NULL on the last; total is PAGER_TOTAL_NONE where the server does not count.
 */
#define PAGER_TOTAL_NONE UINT64_MAX
enum pager_verdict pager_take_cursor(struct pager *pager, size_t n, size_t n_new, uint64_t total,
				     const char *next) _must_check_;
/*
 * One resource is missing at the end: does this server count from 0, and is it the one at index 0?
 * Then page 0 is asked for, and pager_take() judges that one too.
 */
bool pager_misses_first(const struct pager *pager, enum pager_verdict verdict) _must_check_;
/* A reason code and a sentence. */
const char *pager_reason(enum pager_verdict verdict);
const char *pager_sentence(enum pager_verdict verdict);

#endif
