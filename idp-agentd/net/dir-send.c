/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The records of a directory on their way to the authority, one a message, long groups in parts. */
#include <errno.h>
#include <string.h>

#include "common/log.h"
#include "common/reason.h"
#include "idp-agentd/net/dir-flow.h"
#include "idp-agentd/net/directory.h"
#include "idp-agentd/net/net.h"
#include "idp-agentd/net/reply.h"

#define DIR_PART_BYTES (WIRE_MESSAGE_MAX / 2) /* of member ids in one message */

static void dir_skip(struct dir_flow *dir, const char *reason)
{
	if (dir->n_skipped++ == 0)
		reason_format(dir->skipped, sizeof(dir->skipped), "%s", reason);
	log_debug("directory %s: left out: %s", dir->directory->name, reason);
}

static int dir_send_user(struct dir_flow *dir, const struct dir_user *user)
{
	const struct {
		const char *key, *value;
	} more[] = {
		{ "loa", user->loa },
		{ "origin", user->origin },
		{ "ssh_keys", user->ssh_keys },
		{ "labels", user->labels },
	};
	struct buf message;
	size_t n = 0;
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
	for (size_t i = 0; i < ELEMENTSOF(more); i++)
		n += *more[i].value != '\0';
	wire_put_count(&message, n);
	for (size_t i = 0; i < ELEMENTSOF(more); i++)
		if (*more[i].value)
			wire_put_field(&message, 's', more[i].key, more[i].value);
	r = reply_send(dir->net->outlet, &message);
	buf_done(&message);
	return r;
}

static int dir_send_gone(struct dir_flow *dir, const struct dir_gone *gone)
{
	struct buf message;
	int r;

	buf_init(&message, WIRE_MESSAGE_MAX);
	wire_begin(&message, MSG_DIR_GONE, 0);
	wire_put_u64(&message, dir->flow);
	wire_put_bool(&message, gone->group);
	wire_put_str(&message, gone->id);
	r = reply_send(dir->net->outlet, &message);
	buf_done(&message);
	return r;
}

/* How many members from first on fit into one message. */
static size_t dir_part(const struct dir_group *group, size_t first, size_t *ret_named)
{
	char number[JSON_ID_ROOM];
	size_t bytes = 0;
	size_t at;

	*ret_named = 0;
	for (at = first; at < group->n_members; at++) {
		const char *id = group->member(group, at, number);

		if (!id)
			continue;
		bytes += strlen(id) + 8;
		if (bytes > DIR_PART_BYTES || *ret_named >= WIRE_ARRAY_MAX)
			break;
		(*ret_named)++;
	}
	return at;
}

static int dir_send_part(struct dir_flow *dir, const struct dir_group *group)
{
	size_t first = dir->member_at;
	size_t named;
	size_t end = dir_part(group, first, &named);
	char number[JSON_ID_ROOM];
	struct buf message;
	int r;

	buf_init(&message, WIRE_MESSAGE_MAX);
	wire_begin(&message, MSG_DIR_GROUP, 0);
	wire_put_u64(&message, dir->flow);
	wire_put_str(&message, group->id);
	wire_put_str(&message, group->name);
	wire_put_u32(&message, group->gid);
	wire_put_bool(&message, group->first && first == 0);
	wire_put_bool(&message, group->last && end >= group->n_members);
	wire_put_count(&message, named);
	for (size_t i = first; i < end; i++) {
		const char *id = group->member(group, i, number);

		if (id)
			wire_put_str(&message, id);
	}
	r = reply_send(dir->net->outlet, &message);
	buf_done(&message);
	dir->member_at = end;
	return r;
}

/* Sends the record, or its next part; held is false when nothing of it is left. */
static int dir_send(struct dir_flow *dir)
{
	struct dir_record *record = &dir->record;
	int r = -EINVAL;

	switch (record->kind) {
	case DIR_RECORD_USER:
		dir->held = false;
		r = dir_send_user(dir, &record->user);
		dir->n_users += r == 0;
		break;
	case DIR_RECORD_GROUP:
		dir->n_groups += record->group.first && dir->member_at == 0;
		r = dir_send_part(dir, &record->group);
		dir->held = dir->member_at < record->group.n_members;
		break;
	case DIR_RECORD_GONE:
		dir->held = false;
		r = dir_send_gone(dir, &record->gone);
		break;
	}
	if (r == -EMSGSIZE && record->kind == DIR_RECORD_USER) {
		dir_skip(dir, "a user whose attributes are too long for one message");
		return 0;
	}
	dir->credit -= dir->credit > 0 ? 1 : 0;
	return r;
}

/* A server may search without regard to case (RFC 7643 section 2.2): a name is one exact text. */
static bool dir_is_wanted(struct dir_flow *dir)
{
	const struct dir_record *record = &dir->record;

	if (!dir->ask.find)
		return true;
	if (dir->ask.what == WIRE_FIND_GROUP_NAME)
		return record->kind == DIR_RECORD_GROUP &&
		       strcmp(record->group.name, dir->ask.value) == 0;
	return record->kind == DIR_RECORD_USER &&
	       strcmp(dir->ask.what == WIRE_FIND_SUBJECT ? record->user.sub : record->user.name,
		      dir->ask.value) == 0;
}

/* enum dir_give or -errno. */
static int dir_hold(struct dir_flow *dir)
{
	int r = dir->backend->give(dir->state, &dir->record, &dir->word);

	if (r == DIR_GIVE_SKIPPED)
		dir_skip(dir, dir->word.text);
	if (r != DIR_GIVE_RECORD)
		return r;
	dir->held = dir_is_wanted(dir);
	dir->member_at = 0;
	dir->ask.found += dir->ask.find && dir->held;
	return r;
}

int dir_pump(struct dir_flow *dir)
{
	int r = 0;

	while (r >= 0) {
		if (dir->held && !dir->ask.find && dir->credit == 0)
			return DIR_PUMP_WAITS;
		if (dir->held) {
			r = dir_send(dir);
			continue;
		}
		r = dir_hold(dir);
		if (r == DIR_GIVE_NONE)
			return DIR_PUMP_OVER;
	}
	return r;
}
