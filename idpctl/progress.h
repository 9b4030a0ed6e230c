/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_IDPCTL_PROGRESS_H
#define IDP_IDPCTL_PROGRESS_H

/* How far a long job is: a bar that redraws itself on a terminal, a line now and then elsewhere. */

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "common/clock.h"

struct progress {
	FILE *out;
	bool tty;
	unsigned width; /* columns of the terminal */
	bool drawn;     /* a bar stands in the current line */
	usec_t last;    /* when something was last written; 0: nothing yet */
	char what[128]; /* what that was about */
};

/* width is used on a terminal only. */
void progress_init(struct progress *progress, FILE *out, bool tty, unsigned width);
/* total 0 is unknown. Writes at most some ten times a second, off a terminal every 5 seconds. */
void progress_show(struct progress *progress, usec_t now, uint32_t done, uint32_t total,
		   const char *what);
/* Takes the bar away, so that what follows begins in a clean line. */
void progress_end(struct progress *progress);

#endif
