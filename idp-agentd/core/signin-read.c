/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the module asks, and what the mouth says about it. To add a message of the mouth: a reader,
 * and its case in signin_read().
 */
#include "idp-agentd/core/signin-read.h"

#include <errno.h>
#include <string.h>

#include "common/limits.h"
#include "idp-agentd/core/identity.h"

static int signin_read_code(struct wire_in *in, struct signin_heard *heard)
{
	uint32_t life;

	heard->code.uri = wire_get_str(in, WIRE_STRING_MAX);
	heard->code.uri_complete = wire_get_str(in, WIRE_STRING_MAX);
	heard->code.code = wire_get_str(in, WIRE_STRING_MAX);
	life = wire_get_u32(in);
	IGNORE(wire_get_u32(in)); /* the interval is idp-netd's business */
	heard->code.life = life * USEC_PER_SEC;
	heard->event = SESSION_CODE;
	heard->input.code = &heard->code;
	return wire_close(in);
}

static int signin_read_address(struct wire_in *in, struct signin_heard *heard)
{
	heard->address.url = wire_get_str(in, WIRE_STRING_MAX);
	heard->address.life = wire_get_u32(in) * USEC_PER_SEC;
	heard->event = SESSION_ADDRESS;
	heard->input.address = &heard->address;
	return wire_close(in);
}

static int signin_read_repaste(struct wire_in *in, struct signin_heard *heard)
{
	heard->refusal.code = wire_get_str(in, REASON_MAX);
	heard->refusal.text = "";
	heard->event = SESSION_REPASTE;
	heard->input.refusal = &heard->refusal;
	return wire_close(in);
}

static int signin_read_identity(struct wire_in *in, struct signin_heard *heard)
{
	int r = identity_read(in, &heard->input.identity);

	heard->event = SESSION_IDENTITY;
	if (r == 0 && (heard->input.identity->workload || heard->input.identity->anonymous)) {
		heard->input.identity = identity_free(heard->input.identity);
		return -EPROTO; /* nobody enters as a program, nor as just anybody */
	}
	if (r != -ENOMEM)
		return r;
	heard->refusal = (struct session_refusal){ "busy", "out of memory" };
	heard->event = SESSION_FAILED;
	heard->input.refusal = &heard->refusal;
	return 0;
}

static int signin_read_refusal(struct wire_in *in, struct signin_heard *heard)
{
	heard->refusal.code = wire_get_str(in, REASON_MAX);
	heard->refusal.text = wire_get_str(in, WIRE_STRING_MAX);
	heard->event = in->type == MSG_DENIED ? SESSION_REFUSED : SESSION_FAILED;
	heard->input.refusal = &heard->refusal;
	return wire_close(in);
}

int signin_read(struct wire_in *in, struct signin_heard *ret_heard)
{
	*ret_heard = (struct signin_heard){ .event = SESSION_EVENTS };
	if (in->type == MSG_CODE)
		return signin_read_code(in, ret_heard);
	if (in->type == MSG_AUTH_URL)
		return signin_read_address(in, ret_heard);
	if (in->type == MSG_REPASTE)
		return signin_read_repaste(in, ret_heard);
	if (in->type == MSG_IDENTITY)
		return signin_read_identity(in, ret_heard);
	if (in->type == MSG_DENIED || in->type == MSG_FAILED)
		return signin_read_refusal(in, ret_heard);
	return -EBADMSG;
}

/* ---- requests ---- */

static enum session_kind signin_kind(enum wire_type type)
{
	if (type == MSG_AUTH)
		return SESSION_KIND_AUTH;
	if (type == MSG_ACCT)
		return SESSION_KIND_ACCT;
	if (type == MSG_OPEN)
		return SESSION_KIND_OPEN;
	if (type == MSG_CLOSE)
		return SESSION_KIND_CLOSE;
	return type == MSG_CHAUTHTOK ? SESSION_KIND_CHAUTHTOK : SESSION_KIND_NONE;
}

/* wire_get_str() lends constant text; a request owns its own. */
static char *signin_text(struct wire_in *in, size_t max)
{
	return strdup(wire_get_str(in, max));
}

int signin_read_request(struct wire_in *in, struct session_request *ret_request)
{
	*ret_request = (struct session_request){
		.kind = signin_kind(in->type),
		.service = signin_text(in, SESSION_WORD_MAX),
		.user = signin_text(in, WIRE_STRING_MAX),
		.rhost = signin_text(in, SESSION_HOST_MAX),
		.tty = signin_text(in, SESSION_WORD_MAX),
		.ruser = signin_text(in, SESSION_WORD_MAX),
	};
	IGNORE(wire_get_u32(in)); /* PAM's flags: nothing here depends on them */
	if (!ret_request->service || !ret_request->user || !ret_request->rhost ||
	    !ret_request->tty || !ret_request->ruser)
		return -ENOMEM;
	return wire_close(in) < 0 ? -EPROTO : 0;
}
