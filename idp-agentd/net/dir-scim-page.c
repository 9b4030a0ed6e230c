/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The pages of a SCIM directory: judged, retried where that can help, sent record by record. */
#include <errno.h>
#include <string.h>

#include "common/log.h"
#include "common/reason.h"
#include "idp-agentd/net/dir-scim.h"
#include "idp-agentd/net/directory.h"
#include "idp-agentd/net/http-text.h"
#include "idp-agentd/net/json.h"
#include "idp-agentd/net/net.h"
#include "idp-agentd/net/oauth.h"
#include "idp-agentd/net/reply.h"
#include "idp-agentd/net/timer.h"

#define DIR_SCIM_RETRY_FIRST (1 * USEC_PER_SEC)
#define DIR_SCIM_FIND_TRIES  2u                     /* somebody waits at a prompt */
#define DIR_SCIM_PART_BYTES  (WIRE_MESSAGE_MAX / 2) /* of member ids in one message */

/* ---- answers that are no page ---- */

static bool dir_scim_can_retry(const struct http_answer *answer)
{
	if (answer->error != HTTP_OK)
		return http_may_pass(answer->error);
	return answer->status == 429 || answer->status >= 500;
}

static void dir_scim_give_up(struct dir_scim *dir, const struct http_answer *answer)
{
	struct oauth_error error;
	char text[REASON_MAX];

	if (answer->error != HTTP_OK) {
		dir_scim_end(dir, http_reason(answer->error), answer->reason);
		return;
	}
	oauth_error_parse(answer->body, answer->body_len, &error);
	reason_format(text, sizeof(text), "the directory answered with HTTP status %u%s%.150s",
		      answer->status, *error.text ? ": " : "", error.text);
	dir_scim_end(dir,
		     answer->status == 401 || answer->status == 403 ? "directory-unauthorized"
								    : "http-status",
		     text);
}

static void dir_scim_retry(struct dir_scim *dir, const struct http_answer *answer)
{
	usec_t wait = answer->retry_after;
	unsigned most = dir->find ? DIR_SCIM_FIND_TRIES : HTTP_RETRIES_MAX;

	dir->tries++;
	if (!wait)
		wait = DIR_SCIM_RETRY_FIRST << (dir->tries - 1);
	if (dir->tries >= most || wait > HTTP_RETRY_AFTER_MAX) {
		dir_scim_give_up(dir, answer);
		return;
	}
	log_info("directory %s: asking again in %llu s: %s", dir->directory->name,
		 (unsigned long long)(wait / USEC_PER_SEC),
		 answer->error != HTTP_OK ? answer->reason : "it is busy");
	if (timer_set(dir->timer, clock_add(clock_now(), wait)) < 0)
		dir_scim_end(dir, "internal", "the agent's clock could not be set");
}

void dir_scim_on_answer(void *userdata, const struct http_answer *answer)
{
	struct dir_scim *dir = userdata;
	char reason[REASON_MAX] = "";
	int r;

	if (dir_scim_can_retry(answer)) {
		dir_scim_retry(dir, answer);
		return;
	}
	if (answer->error == HTTP_OK && answer->status == 401 && !dir->renewed &&
	    dir_token_reject(dir->directory)) {
		dir->renewed = true;
		dir_scim_ask(dir);
		return;
	}
	if (answer->error != HTTP_OK || answer->status != 200) {
		dir_scim_give_up(dir, answer);
		return;
	}
	r = scim_page_parse(answer->body, answer->body_len, reason, &dir->page);
	if (r != 0) {
		dir_scim_end(dir, r > 0 ? "directory-garbage" : "internal",
			     r > 0 ? reason : strerrordesc_np(-r));
		return;
	}
	dir->tries = 0;
	dir->renewed = false;
	dir->at = 0;
	dir->member_at = 0;
	dir->n_new = 0;
	dir_scim_pump(dir);
}

/* ---- records ---- */

static void dir_scim_skip(struct dir_scim *dir, const char *reason)
{
	if (dir->n_skipped++ == 0)
		reason_format(dir->skipped, sizeof(dir->skipped), "%s", reason);
	log_debug("directory %s: left out: %s", dir->directory->name, reason);
}

static int dir_scim_send_user(struct dir_scim *dir, const struct scim_user *user)
{
	struct buf message;
	int r;

	buf_init(&message, WIRE_MESSAGE_MAX);
	wire_begin(&message, MSG_DIR_USER, 0);
	wire_put_u64(&message, dir->flow);
	wire_put_str(&message, user->id);
	wire_put_str(&message, user->sub);
	wire_put_str(&message, user->name);
	wire_put_u32(&message, user->uid);
	wire_put_u32(&message, user->gid);
	wire_put_str(&message, user->gecos);
	wire_put_str(&message, user->home);
	wire_put_str(&message, user->shell);
	wire_put_bool(&message, user->active);
	wire_put_u64(&message, user->end_time);
	wire_put_count(&message, (size_t)(*user->loa != '\0') + (*user->origin != '\0'));
	if (*user->loa)
		wire_put_field(&message, 's', "loa", user->loa);
	if (*user->origin)
		wire_put_field(&message, 's', "origin", user->origin);
	r = reply_send(dir->net->outlet, &message);
	buf_done(&message);
	return r;
}

/* 1 sent, 0 left out (a duplicate, or not who was asked for), negative: the end. */
static int dir_scim_user(struct dir_scim *dir, const json_t *resource)
{
	struct scim_user user;
	char reason[REASON_MAX] = "";
	int r = scim_user_read(&dir->directory->paths, resource, reason, &user);

	if (r != 0) {
		dir->n_new++;
		dir_scim_skip(dir, reason);
		return 0;
	}
	r = pager_note(&dir->pager, user.id);
	if (r < 0)
		return r;
	if (r == 0) {
		dir_scim_skip(dir, "a user came twice");
		return 0;
	}
	dir->n_new++;
	/* eq may ignore case (RFC 7643 section 2.2, caseExact): a name is one exact text here. */
	if (dir->find &&
	    strcmp(dir->what == WIRE_FIND_SUBJECT ? user.sub : user.name, dir->value) != 0)
		return 0;
	r = dir_scim_send_user(dir, &user);
	if (r < 0)
		return r;
	dir->n_users++;
	return 1;
}

/* How many members from first on fit into one message. */
static size_t dir_scim_part(const struct scim_group *group, size_t first, size_t *ret_named)
{
	size_t n = json_array_size(group->members);
	char number[JSON_ID_ROOM];
	size_t bytes = 0;
	size_t at;

	*ret_named = 0;
	for (at = first; at < n; at++) {
		const char *id = scim_member_id(json_array_get(group->members, at), number);

		if (!id)
			continue;
		bytes += strlen(id) + 8;
		if (bytes > DIR_SCIM_PART_BYTES || *ret_named >= WIRE_ARRAY_MAX)
			break;
		(*ret_named)++;
	}
	return at;
}

static int dir_scim_send_part(struct dir_scim *dir, const struct scim_group *group)
{
	size_t first = dir->member_at;
	size_t named;
	size_t end = dir_scim_part(group, first, &named);
	char number[JSON_ID_ROOM];
	struct buf message;
	int r;

	buf_init(&message, WIRE_MESSAGE_MAX);
	wire_begin(&message, MSG_DIR_GROUP, 0);
	wire_put_u64(&message, dir->flow);
	wire_put_str(&message, group->id);
	wire_put_str(&message, group->name);
	wire_put_u32(&message, group->gid);
	wire_put_bool(&message, first == 0);
	wire_put_bool(&message, end >= json_array_size(group->members));
	wire_put_count(&message, named);
	for (size_t i = first; i < end; i++) {
		const char *id = scim_member_id(json_array_get(group->members, i), number);

		if (id)
			wire_put_str(&message, id);
	}
	r = reply_send(dir->net->outlet, &message);
	buf_done(&message);
	dir->member_at = end;
	return r;
}

/* 1 a part was sent (the group is done when member_at is 0 again), 0 left out, negative: the end.
 */
static int dir_scim_group(struct dir_scim *dir, const json_t *resource)
{
	struct scim_group group;
	char reason[REASON_MAX] = "";
	int r = scim_group_read(&dir->directory->paths, resource, reason, &group);

	if (r != 0) {
		dir->n_new++;
		dir_scim_skip(dir, reason);
		return 0;
	}
	if (dir->member_at == 0) {
		r = pager_note(&dir->pager, group.id);
		if (r < 0)
			return r;
		if (r == 0) {
			dir_scim_skip(dir, "a group came twice");
			return 0;
		}
		dir->n_new++;
		if (dir->find && strcmp(group.name, dir->value) != 0)
			return 0;
		dir->n_groups++;
	}
	r = dir_scim_send_part(dir, &group);
	if (r < 0)
		return r;
	if (dir->member_at >= json_array_size(group.members))
		dir->member_at = 0;
	return 1;
}

/* ---- from page to page ---- */

static uint32_t dir_scim_clip(uint64_t n)
{
	return n > UINT32_MAX ? UINT32_MAX : (uint32_t)n;
}

static void dir_scim_next_list(struct dir_scim *dir)
{
	int r;

	if (dir->find || dir->groups) {
		dir_scim_end(dir, "", "");
		return;
	}
	dir->groups = true;
	pager_done(&dir->pager);
	r = pager_init(&dir->pager);
	if (r < 0)
		dir_scim_end(dir, "internal", strerrordesc_np(-r));
	else
		dir_scim_ask(dir);
}

/* One page is all a find reads: a server that has more did not heed the filter. */
static void dir_scim_found(struct dir_scim *dir, enum pager_verdict verdict)
{
	if (dir->n_users + dir->n_groups > 0 || verdict == PAGER_WHOLE)
		dir_scim_end(dir, "", "");
	else
		dir_scim_end(dir, "directory-filter",
			     "the directory does not heed the filter of a search");
}

static void dir_scim_page_over(struct dir_scim *dir)
{
	enum pager_verdict verdict =
		pager_take(&dir->pager, dir->page.n, dir->n_new, dir->page.total, dir->page.start);
	uint32_t total = dir_scim_clip(dir->page.total);

	scim_page_done(&dir->page);
	if (dir->find) {
		dir_scim_found(dir, verdict);
		return;
	}
	reply_dir_progress(dir->net->outlet, dir->flow, dir_scim_clip(dir->pager.received), total);
	switch (verdict) {
	case PAGER_MORE:
		dir_scim_ask(dir);
		return;
	case PAGER_WHOLE:
		dir_scim_next_list(dir);
		return;
	case PAGER_E_IGNORES:
	case PAGER_E_SHORT:
	case PAGER_E_LONG:
	case PAGER_E_CHANGED:
	case PAGER_E_TOO_MANY:
		break;
	}
	dir_scim_end(dir, pager_reason(verdict), pager_sentence(verdict));
}

void dir_scim_pump(struct dir_scim *dir)
{
	if (!dir->page.json)
		return;
	while (dir->at < dir->page.n) {
		const json_t *resource = json_array_get(dir->page.resources, dir->at);
		int r;

		if (!dir->find && dir->credit == 0)
			return;
		r = dir->groups ? dir_scim_group(dir, resource) : dir_scim_user(dir, resource);
		if (r < 0) {
			dir_scim_end(dir, "internal", strerrordesc_np(-r));
			return;
		}
		dir->credit -= r > 0 && dir->credit > 0 ? 1 : 0;
		dir->at += dir->member_at == 0 ? 1 : 0;
	}
	dir_scim_page_over(dir);
}
