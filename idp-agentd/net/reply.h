/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_NET_REPLY_H
#define IDP_NET_REPLY_H

/*
 * Every message to the authority that is not built from a platform's records. The outlet takes
 * the message; what cannot be sent is the link's trouble, which ends every flow.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/limits.h"
#include "common/wire.h"

struct outlet {
	void (*send)(void *userdata, struct buf *message);
	void *userdata;
};

struct reply_code {
	const char *uri, *uri_complete, *user_code;
	uint32_t expires_in, interval; /* seconds */
};

struct reply_prove {
	const char *provider, *method, *target;
	const char *nonce, *ath; /* "" none */
};

struct reply_dir_end {
	bool complete;
	const char *cursor;
	uint32_t users, groups;
	const char *code, *text; /* "" when all is well */
};

/* Of a finding; the value of a fact may be a list, and the authority reads no more than this. */
#define REPLY_REMEDY_MAX 8000u
_Static_assert(REPLY_REMEDY_MAX < WIRE_STRING_MAX / 4, "the authority takes it");

struct reply_finding {
	enum wire_finding level;
	const char *topic, *text, *remedy;
};

/* Answer to SCOPE_PROBE. */
struct reply_scopes {
	const char *where; /* "" nowhere */
	bool takes_any, whole;
	const char *const *refused;
	size_t n_refused;
};

void reply_ready(struct outlet *outlet, uint32_t revision);
void reply_code(struct outlet *outlet, uint64_t flow, const struct reply_code *code);
/* expires_in: seconds the address may be opened, 0 when it does not say. */
void reply_auth_url(struct outlet *outlet, uint64_t flow, const char *url, uint32_t expires_in);
/* code: why what was pasted is no answer. */
void reply_repaste(struct outlet *outlet, uint64_t flow, const char *code);
void reply_denied(struct outlet *outlet, uint64_t flow, const char *code, const char *text);
void reply_failed(struct outlet *outlet, uint64_t flow, const char *code, const char *text);
void reply_sign(struct outlet *outlet, uint64_t flow, const char *provider, const char *audience);
void reply_prove(struct outlet *outlet, uint64_t flow, const struct reply_prove *prove);
void reply_dir_progress(struct outlet *outlet, uint64_t flow, uint32_t done, uint32_t total);
void reply_dir_end(struct outlet *outlet, uint64_t flow, const struct reply_dir_end *end);
void reply_finding(struct outlet *outlet, uint64_t flow, const struct reply_finding *finding);
void reply_probe_end(struct outlet *outlet, uint64_t flow);
void reply_scopes(struct outlet *outlet, uint64_t flow, const struct reply_scopes *scopes);

/* For messages built elsewhere: ends and sends; -EMSGSIZE, -EPROTO, -ENOMEM: nothing was sent. */
int reply_send(struct outlet *outlet, struct buf *message) _must_check_;
/*
 * The same for messages whose every text is bounded by us: that they do not fit is our own bug, and
 * logged. Releases message.
 */
void reply_finish(struct outlet *outlet, struct buf *message);

#endif
