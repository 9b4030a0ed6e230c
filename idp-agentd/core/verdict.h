/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_VERDICT_H
#define IDP_CORE_VERDICT_H

/* What is left of a sign-in when it is over: a journal entry, and the decision with its trace. */

struct session_out;
struct session_request;
struct world;

/* out holds a DONE. */
void verdict_audit(const struct session_request *request, const struct session_out *out,
		   const struct world *world);
void verdict_remember(const struct session_request *request, const struct session_out *out,
		      const struct world *world);

#endif
