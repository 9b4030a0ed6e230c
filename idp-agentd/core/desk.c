/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * MUST
 * 1. Who asks says the kernel (caller.h), and it is looked up for each question.
 * 2. An answer costs reads of the record: each user has so many and no more, and takes none of
 *    another's. Root is not counted, nor is the user of idp-verifyd, who asks for every web server
 *    and counts by himself.
 */
#include "idp-agentd/core/desk.h"

#include <errno.h>
#include <stdlib.h>

#include "common/clock.h"
#include "common/limits.h"
#include "idp-agentd/core/authority.h"
#include "idp-agentd/core/caller.h"
#include "idp-agentd/core/conn.h"
#include "idp-agentd/core/localnames.h"
#include "idp-agentd/core/purpose.h"
#include "idp-agentd/core/quota.h"
#include "idp-agentd/core/row.h"
#include "idp-agentd/core/verify.h"
#include "idp-agentd/core/voucher-desk.h"
#include "idp-agentd/core/voucher.h"

#define DESK_BUCKETS  256u
#define DESK_VERIFIER "idp-verifyd"

struct desk {
	struct desk_parts parts;
	struct vouchers *vouchers;
	struct quota_user askers[DESK_BUCKETS];
	struct quota_user complaints[DESK_BUCKETS];
};

/* The caller is good until answer() returns: what takes time copies what it needs of it. */
static const struct {
	enum wire_type type;
	int (*answer)(struct desk *desk, struct conn *conn, struct wire_in *in,
		      const struct caller *caller);
} desk_questions[] = {
	{ MSG_PURPOSES, purpose_list },
	{ MSG_VOUCHER, voucher_request },
};

/* MUST 2. */
static bool desk_may_ask(struct desk *desk, uid_t uid)
{
	uint32_t verifier;

	if (uid == 0 ||
	    (localnames_find_user(desk->parts.authority->locals, DESK_VERIFIER, &verifier) &&
	     verifier == uid))
		return true;
	return quota_user_take(desk->askers, DESK_BUCKETS, uid, DESK_BURST, DESK_REFILL,
			       clock_now());
}

int desk_request(struct desk *desk, struct conn *conn, struct wire_in *in)
{
	_cleanup_(caller_done) struct caller caller = { 0 };

	if (!desk_may_ask(desk, conn_peer(conn)->uid)) {
		row_end(conn, 1, "busy", "You ask too often. Please wait a moment.");
		return 0;
	}
	if (in->type == MSG_VERIFY) /* about whoever shows a token, and not about who asks */
		return verify_request(&desk->parts, conn, in);
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

bool desk_may_complain(struct desk *desk, uint32_t uid)
{
	return quota_user_take(desk->complaints, DESK_BUCKETS, uid, DESK_COMPLAINTS_BURST,
			       DESK_COMPLAINTS_REFILL, clock_now());
}

void desk_configure(struct desk *desk)
{
	vouchers_configure(desk->vouchers);
}

struct vouchers *desk_vouchers(const struct desk *desk)
{
	return desk->vouchers;
}

const struct desk_parts *desk_parts(const struct desk *desk)
{
	return &desk->parts;
}

int desk_new(const struct desk_parts *parts, struct desk **ret_desk)
{
	const struct vouchers_parts vouchers = {
		.event = parts->event,
		.authority = parts->authority,
		.peer = parts->peer,
		.time = authority_time,
	};
	_cleanup_(desk_freep) struct desk *desk = calloc(1, sizeof(*desk));
	int r;

	if (!desk)
		return -ENOMEM;
	desk->parts = *parts;
	r = vouchers_new(&vouchers, &desk->vouchers);
	if (r < 0)
		return r;
	*ret_desk = TAKE_PTR(desk);
	return 0;
}

struct desk *desk_free(struct desk *desk)
{
	if (!desk)
		return NULL;
	vouchers_free(desk->vouchers);
	free(desk);
	return NULL;
}
