/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * MUST
 * 1. Who asks says the kernel (caller.h), and it is looked up for each question.
 * 2. An answer costs reads of the record: each user has so many and no more. Root is not counted.
 */
#include "idp-agentd/core/desk.h"

#include <errno.h>
#include <stdlib.h>

#include "common/clock.h"
#include "common/limits.h"
#include "idp-agentd/core/caller.h"
#include "idp-agentd/core/conn.h"
#include "idp-agentd/core/purpose.h"
#include "idp-agentd/core/quota.h"
#include "idp-agentd/core/row.h"

#define DESK_BUCKETS 256u

struct desk {
	struct desk_parts parts;
	struct quota_bucket buckets[DESK_BUCKETS]; /* by user id */
};

/* The caller is good until answer() returns: what takes time copies what it needs of it. */
static const struct {
	enum wire_type type;
	int (*answer)(struct desk *desk, struct conn *conn, struct wire_in *in,
		      const struct caller *caller);
} desk_questions[] = {
	{ MSG_PURPOSES, purpose_list },
};

int desk_request(struct desk *desk, struct conn *conn, struct wire_in *in)
{
	_cleanup_(caller_done) struct caller caller = { 0 };
	uid_t uid = conn_peer(conn)->uid;

	/* MUST 2. */
	if (uid != 0 && !quota_bucket_take(&desk->buckets[uid % DESK_BUCKETS], DESK_BURST,
					   DESK_REFILL, clock_now())) {
		row_end(conn, 1, "busy", "You ask too often. Please wait a moment.");
		return 0;
	}
	if (caller_identify(desk->parts.authority, conn, &caller) < 0) {
		row_end(conn, 1, "internal",
			"This host cannot tell who you are; its administrator finds the cause in "
			"the log.");
		return 0;
	}
	for (size_t i = 0; i < ELEMENTSOF(desk_questions); i++)
		if (desk_questions[i].type == in->type)
			return desk_questions[i].answer(desk, conn, in, &caller);
	return -EPROTO;
}

const struct desk_parts *desk_parts(const struct desk *desk)
{
	return &desk->parts;
}

int desk_new(const struct desk_parts *parts, struct desk **ret_desk)
{
	struct desk *desk = calloc(1, sizeof(*desk));

	if (!desk)
		return -ENOMEM;
	desk->parts = *parts;
	*ret_desk = desk;
	return 0;
}

struct desk *desk_free(struct desk *desk)
{
	free(desk);
	return NULL;
}
