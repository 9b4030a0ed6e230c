/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Messages to the authority. Texts are cut to what the wire's readers take. */
#include "idp-agentd/net/reply.h"

#include <string.h>

#include "common/limits.h"
#include "common/log.h"

int reply_send(struct outlet *outlet, struct buf *message)
{
	int r = wire_end(message);

	if (r < 0)
		return r;
	outlet->send(outlet->userdata, message);
	return 0;
}

void reply_finish(struct outlet *outlet, struct buf *message)
{
	int r = reply_send(outlet, message);

	if (r < 0)
		log_error("a message to the authority could not be built: %s", strerrordesc_np(-r));
	buf_done(message);
}

static void reply_begin(struct buf *message, enum wire_type type, uint64_t flow)
{
	buf_init(message, WIRE_MESSAGE_MAX);
	wire_begin(message, type, 0);
	wire_put_u64(message, flow);
}

static void reply_put_text(struct buf *message, const char *text)
{
	wire_put_strn(message, text ? text : "", text ? strnlen(text, REASON_MAX - 1) : 0);
}

void reply_ready(struct outlet *outlet, uint32_t revision)
{
	struct buf message;

	buf_init(&message, WIRE_MESSAGE_MAX);
	wire_begin(&message, MSG_READY, 0);
	wire_put_u32(&message, revision);
	reply_finish(outlet, &message);
}

void reply_code(struct outlet *outlet, uint64_t flow, const struct reply_code *code)
{
	struct buf message;

	reply_begin(&message, MSG_CODE, flow);
	wire_put_str(&message, code->uri);
	wire_put_str(&message, code->uri_complete);
	wire_put_str(&message, code->user_code);
	wire_put_u32(&message, code->expires_in);
	wire_put_u32(&message, code->interval);
	reply_finish(outlet, &message);
}

void reply_auth_url(struct outlet *outlet, uint64_t flow, const char *url, uint32_t expires_in)
{
	struct buf message;

	reply_begin(&message, MSG_AUTH_URL, flow);
	wire_put_str(&message, url);
	wire_put_u32(&message, expires_in);
	reply_finish(outlet, &message);
}

void reply_repaste(struct outlet *outlet, uint64_t flow, const char *code)
{
	struct buf message;

	reply_begin(&message, MSG_REPASTE, flow);
	wire_put_str(&message, code);
	reply_finish(outlet, &message);
}

static void reply_refusal(struct outlet *outlet, enum wire_type type, uint64_t flow,
			  const char *code, const char *text)
{
	struct buf message;

	reply_begin(&message, type, flow);
	reply_put_text(&message, code);
	reply_put_text(&message, text);
	reply_finish(outlet, &message);
}

void reply_denied(struct outlet *outlet, uint64_t flow, const char *code, const char *text)
{
	reply_refusal(outlet, MSG_DENIED, flow, code, text);
}

void reply_failed(struct outlet *outlet, uint64_t flow, const char *code, const char *text)
{
	reply_refusal(outlet, MSG_FAILED, flow, code, text);
}

void reply_sign(struct outlet *outlet, uint64_t flow, const char *provider, const char *audience)
{
	struct buf message;

	reply_begin(&message, MSG_SIGN, flow);
	wire_put_str(&message, provider);
	wire_put_str(&message, audience);
	reply_finish(outlet, &message);
}

void reply_prove(struct outlet *outlet, uint64_t flow, const struct reply_prove *prove)
{
	struct buf message;

	reply_begin(&message, MSG_PROVE, flow);
	wire_put_str(&message, prove->provider);
	wire_put_str(&message, prove->method);
	wire_put_str(&message, prove->target);
	wire_put_str(&message, prove->nonce);
	wire_put_str(&message, prove->ath);
	reply_finish(outlet, &message);
}

void reply_dir_progress(struct outlet *outlet, uint64_t flow, uint32_t done, uint32_t total)
{
	struct buf message;

	reply_begin(&message, MSG_DIR_PROGRESS, flow);
	wire_put_u32(&message, done);
	wire_put_u32(&message, total);
	reply_finish(outlet, &message);
}

void reply_dir_end(struct outlet *outlet, uint64_t flow, const struct reply_dir_end *end)
{
	struct buf message;

	reply_begin(&message, MSG_DIR_END, flow);
	wire_put_bool(&message, end->complete);
	wire_put_str(&message, end->cursor);
	wire_put_u32(&message, end->users);
	wire_put_u32(&message, end->groups);
	reply_put_text(&message, end->code);
	reply_put_text(&message, end->text);
	reply_finish(outlet, &message);
}

void reply_finding(struct outlet *outlet, uint64_t flow, const struct reply_finding *finding)
{
	struct buf message;

	reply_begin(&message, MSG_FINDING, flow);
	wire_put_u32(&message, (uint32_t)finding->level);
	reply_put_text(&message, finding->topic);
	wire_put_strn(&message, finding->text, strnlen(finding->text, 2UL * REASON_MAX));
	wire_put_strn(&message, finding->remedy, strnlen(finding->remedy, REPLY_REMEDY_MAX));
	reply_finish(outlet, &message);
}

void reply_probe_end(struct outlet *outlet, uint64_t flow)
{
	struct buf message;

	reply_begin(&message, MSG_PROBE_END, flow);
	reply_finish(outlet, &message);
}

void reply_scopes(struct outlet *outlet, uint64_t flow, const struct reply_scopes *scopes)
{
	struct buf message;

	reply_begin(&message, MSG_SCOPES, flow);
	wire_put_str(&message, scopes->where);
	wire_put_bool(&message, scopes->takes_any);
	wire_put_bool(&message, scopes->whole);
	wire_put_count(&message, scopes->n_refused);
	for (size_t i = 0; i < scopes->n_refused; i++)
		wire_put_str(&message, scopes->refused[i]);
	reply_finish(outlet, &message);
}
