/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The engine that reads a directory, whatever its kind: DIR_SYNC reads everything or what changed,
 * DIR_FIND asks for one. MUST:
 *  1. "complete" is said only after the backend judged that everything came;
 *  2. no more records are sent than the authority gave credit for (a find needs none: it is few);
 *  3. every retry is counted and waited for; no server can keep a flow for ever.
 */
#include "idp-agentd/net/dir.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/reason.h"
#include "idp-agentd/net/dir-flow.h"
#include "idp-agentd/net/directory.h"
#include "idp-agentd/net/flow.h"
#include "idp-agentd/net/http-text.h"
#include "idp-agentd/net/net.h"
#include "idp-agentd/net/oauth.h"
#include "idp-agentd/net/reply.h"
#include "idp-agentd/net/timer.h"
#include "idp-agentd/net/url.h"

#define DIR_RETRY_FIRST (1 * USEC_PER_SEC)
#define DIR_RETRY_TELL  (DIR_SILENCE_MAX / 2) /* a long wait is not silence */
#define DIR_FIND_TRIES  2u                    /* somebody waits at a prompt */

static const struct dir_backend *const dir_backends[] = {
	&dir_backend_scim,
	&dir_backend_userinfo,
	&dir_backend_file,
	&dir_backend_keycloak,
};

const struct dir_backend *dir_backend(const char *kind)
{
	for (size_t i = 0; i < ELEMENTSOF(dir_backends); i++)
		if (strcmp(dir_backends[i]->kind, kind) == 0)
			return dir_backends[i];
	return NULL;
}

static void dir_run(struct dir_flow *dir);

static struct dir_flow *dir_free(struct dir_flow *dir)
{
	if (!dir)
		return NULL;
	dir_token_done(&dir->token);
	sd_event_source_disable_unref(dir->timer);
	dir->backend->close(dir->state);
	buf_done(&dir->request.url);
	directory_unref(dir->directory);
	free(dir->value);
	free(dir->cursor);
	free(dir);
	return NULL;
}
DEFINE_CLEANUP(struct dir_flow *, dir_free);

/* ---- the end: the flow is gone after each of these ---- */

static void dir_end_flow(struct dir_flow *dir, struct reply_dir_end *end)
{
	end->users = dir->n_users;
	end->groups = dir->n_groups;
	reply_dir_end(dir->net->outlet, dir->flow, end);
	flow_end(dir->net->flows, dir->flow);
}

static void dir_fail(struct dir_flow *dir, const char *code, const char *text)
{
	struct reply_dir_end end = { .cursor = "", .code = code, .text = text };

	log_warning("directory %s: %s (%s)", dir->directory->name, text, code);
	dir_end_flow(dir, &end);
}

static void dir_break(struct dir_flow *dir, int error)
{
	dir_fail(dir, "internal", strerrordesc_np(-error));
}

/* Everything came, or nothing is new: code "" or "unchanged". */
static void dir_complete(struct dir_flow *dir, const char *code)
{
	struct reply_dir_end end = { .complete = true, .cursor = "", .code = code, .text = "" };
	char skipped[REASON_MAX];
	struct buf cursor;

	buf_init(&cursor, DIR_CURSOR_MAX);
	if (!dir->ask.find && dir->backend->cursor)
		dir->backend->cursor(dir->state, &cursor);
	if (buf_end(&cursor) == 0)
		end.cursor = (const char *)cursor.data;
	if (dir->n_skipped > 0) {
		reason_format(skipped, sizeof(skipped),
			      "%u records were left out; the first: %.180s", dir->n_skipped,
			      dir->skipped);
		end.text = skipped;
	}
	if (!dir->ask.find)
		log_info("directory %s: %s%u users, %u groups%s%s", dir->directory->name,
			 *code ? "unchanged, " : "", dir->n_users, dir->n_groups,
			 *end.text ? "; " : "", end.text);
	dir_end_flow(dir, &end);
	buf_done(&cursor);
}

/* ---- answers that are of no use ---- */

static bool dir_can_retry(const struct http_answer *answer)
{
	if (answer->error != HTTP_OK)
		return http_may_pass(answer->error);
	return answer->status == 429 || answer->status >= 500;
}

static void dir_give_up(struct dir_flow *dir, const struct http_answer *answer)
{
	struct oauth_error error;
	char text[REASON_MAX];

	if (answer->error != HTTP_OK) {
		dir_fail(dir, http_reason(answer->error), answer->reason);
		return;
	}
	oauth_error_parse(answer->body, answer->body_len, &error);
	reason_format(text, sizeof(text), "the directory answered with HTTP status %u%s%.150s",
		      answer->status, *error.text ? ": " : "", error.text);
	dir_fail(dir,
		 answer->status == 401 || answer->status == 403 ? "directory-unauthorized"
								: "http-status",
		 text);
}

/* Waits for retry_at, in steps that let the authority know. */
static void dir_wait(struct dir_flow *dir)
{
	usec_t step = clock_add(clock_now(), DIR_RETRY_TELL);
	int r = timer_set(dir->timer, step < dir->retry_at ? step : dir->retry_at);

	if (r < 0)
		dir_break(dir, r);
}

static void dir_retry(struct dir_flow *dir, const struct http_answer *answer)
{
	usec_t wait = answer->retry_after;
	unsigned most = dir->ask.find ? DIR_FIND_TRIES : HTTP_RETRIES_MAX;

	dir->tries++;
	if (!wait)
		wait = DIR_RETRY_FIRST << (dir->tries - 1);
	if (dir->tries >= most || wait > HTTP_RETRY_AFTER_MAX) {
		dir_give_up(dir, answer);
		return;
	}
	log_info("directory %s: asking again in %llu s: %s", dir->directory->name,
		 (unsigned long long)(wait / USEC_PER_SEC),
		 answer->error != HTTP_OK ? answer->reason : "it is busy");
	dir->retry_at = clock_add(clock_now(), wait);
	dir_wait(dir);
}

/* ---- asking ---- */

static bool dir_takes(const struct dir_flow *dir, const struct http_answer *answer)
{
	if (answer->error != HTTP_OK)
		return false;
	return answer->status == 200 || dir->request.any_status ||
	       (answer->status == 304 && *dir->request.etag);
}

static void dir_on_answer(void *userdata, const struct http_answer *answer)
{
	struct dir_flow *dir = userdata;
	int r;

	if (dir_can_retry(answer)) {
		dir_retry(dir, answer);
		return;
	}
	if (answer->error == HTTP_OK && answer->status == 401 && !dir->renewed &&
	    dir_token_reject(dir->directory)) {
		dir->renewed = true;
		dir_token_want(&dir->token);
		return;
	}
	if (!dir_takes(dir, answer)) {
		dir_give_up(dir, answer);
		return;
	}
	r = dir->backend->take(dir->state, answer, &dir->word);
	if (r < 0) {
		dir_break(dir, r);
	} else if (r == DIR_TAKE_REFUSED) {
		dir_fail(dir, dir->word.code, dir->word.text);
	} else {
		dir->giving = true;
		dir_run(dir);
	}
}

static void dir_on_token(void *userdata, bool ok, const char *code, const char *text)
{
	struct dir_flow *dir = userdata;
	int r;

	if (!ok) {
		dir_fail(dir, code, text);
		return;
	}
	r = dir_token_read(&dir->token, &dir->request, dir_on_answer, dir);
	if (r < 0)
		dir_break(dir, r);
}

/* enum dir_next or -errno. */
static int dir_next(struct dir_flow *dir)
{
	int r;

	buf_reset(&dir->request.url);
	dir->request.accept = NULL;
	dir->request.etag[0] = '\0';
	dir->request.any_status = false;
	dir->request.body_max = HTTP_PAGE_MAX;
	dir->tries = 0;
	dir->renewed = false;
	r = dir->backend->next(dir->state, &dir->request, &dir->word);
	if (r == DIR_NEXT_ASK) {
		int error = buf_end(&dir->request.url);

		return error < 0 ? error : r;
	}
	return r;
}

static uint32_t dir_clip(uint64_t n)
{
	return n > UINT32_MAX ? UINT32_MAX : (uint32_t)n;
}

static void dir_tell(struct dir_flow *dir)
{
	if (!dir->ask.find)
		reply_dir_progress(dir->net->outlet, dir->flow, dir_clip(dir->word.done),
				   dir_clip(dir->word.total));
}

static void dir_on_next(struct dir_flow *dir, int next)
{
	if (next < 0) {
		dir_break(dir, next);
		return;
	}
	switch ((enum dir_next)next) {
	case DIR_NEXT_ASK:
		dir_token_want(&dir->token);
		return;
	case DIR_NEXT_WHOLE:
		dir_complete(dir, "");
		return;
	case DIR_NEXT_UNCHANGED:
		dir_complete(dir, "unchanged");
		return;
	case DIR_NEXT_REFUSED:
	case DIR_NEXT_RECORDS:
		break;
	}
	dir_fail(dir, dir->word.code, dir->word.text);
}

/* Records out, then what is next, until something has to be waited for. May end the flow. */
static void dir_run(struct dir_flow *dir)
{
	int next;

	do {
		bool gave = dir->giving;
		int r = gave ? dir_pump(dir) : 0;

		if (r < 0) {
			dir_break(dir, r);
			return;
		}
		if (r == DIR_PUMP_WAITS)
			return;
		next = dir_next(dir);
		dir->giving = next == DIR_NEXT_RECORDS;
		if (gave && (dir->word.done > 0 || dir->word.total > 0))
			dir_tell(dir);
	} while (next == DIR_NEXT_RECORDS);
	dir_on_next(dir, next);
}

/* ---- the flow ---- */

static void dir_on_free(void *state)
{
	dir_free(state);
}

static void dir_on_sign(void *state, const char *why_not, const struct secret *assertion)
{
	struct dir_flow *dir = state;

	dir_token_signed(&dir->token, why_not, assertion);
}

static void dir_on_credit(void *state, uint32_t n)
{
	struct dir_flow *dir = state;

	dir->credit = n > UINT32_MAX - dir->credit ? UINT32_MAX : dir->credit + n;
	if (dir->giving)
		dir_run(dir);
}

static const struct flow_ops dir_flow_ops = {
	.free = dir_on_free,
	.sign = dir_on_sign,
	.credit = dir_on_credit,
};

static int dir_on_time(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct dir_flow *dir = userdata;

	(void)source;
	(void)usec;
	dir_tell(dir); /* also where nothing came yet: the next try may take its time as well */
	if (clock_now() >= dir->retry_at)
		dir_token_want(&dir->token);
	else
		dir_wait(dir);
	return 0;
}

static int dir_new(struct net *net, const struct dir_order *order, struct dir_flow **ret_dir)
{
	_cleanup_(dir_freep) struct dir_flow *dir = calloc(1, sizeof(*dir));
	int r;

	if (!dir)
		return -ENOMEM;
	dir->net = net;
	dir->flow = order->flow;
	dir->directory = directory_ref(order->directory);
	dir->backend = order->directory->backend;
	buf_init(&dir->request.url, URL_LEN_MAX);
	dir_token_init(&dir->token, net, order->flow, dir->directory, dir_on_token, dir);
	dir->value = strdup(order->value ? order->value : "");
	dir->cursor = strdup(order->cursor ? order->cursor : "");
	if (!dir->value || !dir->cursor)
		return -ENOMEM;
	dir->ask = (struct dir_ask){
		.find = order->find,
		.what = order->what,
		.value = dir->value,
		.full = order->full,
		.cursor = dir->cursor,
	};
	r = timer_new(net->event, 0, dir_on_time, dir, &dir->timer);
	if (r < 0)
		return r;
	r = dir->backend->open(dir->directory, &dir->ask, &dir->state);
	if (r < 0)
		return r;
	*ret_dir = TAKE_PTR(dir);
	return 0;
}

int dir_start(struct net *net, const struct dir_order *order)
{
	_cleanup_(dir_freep) struct dir_flow *dir = NULL;
	const struct reply_dir_end broken = {
		.cursor = "",
		.code = "configuration",
		.text = order->directory->broken,
	};
	int r;

	if (*order->directory->broken) {
		reply_dir_end(net->outlet, order->flow, &broken);
		return 0;
	}
	r = dir_new(net, order, &dir);
	if (r < 0)
		return r;
	r = flow_add(net->flows, order->flow, &dir_flow_ops, dir);
	if (r < 0)
		return r;
	dir_run(TAKE_PTR(dir));
	return 0;
}
