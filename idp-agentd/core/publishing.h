/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_PUBLISHING_H
#define IDP_CORE_PUBLISHING_H

/*
 * When the snapshot is written: a moment after something changed, when an account ends, when
 * /etc/passwd changed, again after a failure; and when superseded ones give their memory back.
 */

#include "common/macro.h"
#include "idp-agentd/core/publish.h"

struct authority;
struct publishing;
struct sd_event;

int publishing_new(struct sd_event *event, struct authority *authority,
		   struct publishing **ret_publishing) _must_check_;
struct publishing *publishing_free(struct publishing *publishing);
DEFINE_CLEANUP(struct publishing *, publishing_free);

/* Something changed. */
void publishing_request(struct publishing *publishing);
/*
 * At once: what changed is shown when it returns, however much that is. For the start, when nobody
 * is served yet. A failure is logged and tried again later.
 */
void publishing_run(struct publishing *publishing);
/*
 * The same for one person: shown when it returns, unless so much else has changed that only a new
 * base can show it; that is not waited for.
 */
void publishing_run_one(struct publishing *publishing);
/*
 * Calls shown(userdata) once, when all that changed until now is shown, or when that failed, which
 * is logged then and tried again later; possibly before it returns. In place of whoever waits.
 */
void publishing_wait(struct publishing *publishing, void (*shown)(void *userdata), void *userdata);

/* ret_time: seconds since 1970, 0 when this process has not published yet. */
void publishing_get_status(const struct publishing *publishing, struct publish_counts *ret_counts,
			   uint64_t *ret_time);

#endif
