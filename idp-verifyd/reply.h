/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_VERIFYD_REPLY_H
#define IDP_VERIFYD_REPLY_H

/*
 * What a web server is answered: RFC 6750 section 3 and RFC 9470 to whoever showed the token, and
 * Idp-* headers to the server alone. Pure.
 */

#include "common/buf.h"
#include "common/macro.h"
#include "common/wire.h"
#include "idp-verifyd/request.h"

#define REPLY_MAX (VERIFYD_REPLY_MAX + 2048u) /* with its body */

/* To a request that was not asked about; the verdict is none of REQUEST_MORE. */
void reply_put_refusal(struct buf *out, const struct request *request,
		       enum request_verdict verdict);
/* Why, in a sentence; the verdict is neither REQUEST_MORE nor REQUEST_GOOD. */
const char *reply_refusal(enum request_verdict verdict) _must_check_;
/* To one that could not be: the authority did not answer. */
void reply_put_unavailable(struct buf *out, const struct request *request, const char *code,
			   const char *text);
/* What the authority says: VERIFIED, or END. -EBADMSG: it is neither; then nothing was put. */
int reply_put_answer(struct buf *out, const struct request *request,
		     struct wire_in *in) _must_check_;

#endif
