/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The small parts of the syncer: sets of rows, problem sentences, the queue of rows to stage, and
 * records as bytes. The bytes live in our own record only, between seal and apply, but are read as
 * strictly as a peer's: a damaged row is an error, not a person.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cursor.h"
#include "idp-agentd/core/attributes.h"
#include "idp-agentd/core/person.h"
#include "idp-agentd/core/store-stage.h"
#include "idp-agentd/core/syncer-internal.h"

#define RECORD_MAX (4096u + SSH_KEYS_LEN_MAX + LABELS_LEN_MAX)

bool syncer_bits_get(const struct syncer_bits *bits, int64_t id)
{
	size_t word = (size_t)id / 64;

	return id > 0 && word < bits->n && (bits->words[word] >> (id % 64) & 1) != 0;
}

int syncer_bits_set(struct syncer_bits *bits, int64_t id)
{
	size_t word = (size_t)id / 64;

	if (id <= 0)
		return -EINVAL;
	if (word >= bits->n) {
		size_t n = word + word / 2 + 64;
		uint64_t *words = reallocarray(bits->words, n, sizeof(*words));

		if (!words)
			return -ENOMEM;
		memset(words + bits->n, 0, (n - bits->n) * sizeof(*words));
		bits->words = words;
		bits->n = n;
	}
	bits->words[word] |= (uint64_t)1 << (id % 64);
	return 0;
}

void syncer_bits_clear(struct syncer_bits *bits, int64_t id)
{
	if (syncer_bits_get(bits, id))
		bits->words[(size_t)id / 64] &= ~((uint64_t)1 << (id % 64));
}

int syncer_ids_add(struct syncer_ids *ids, int64_t id)
{
	if (ids->n == ids->room) {
		size_t room = ids->room ? ids->room * 2 : 64;
		int64_t *items = reallocarray(ids->items, room, sizeof(*items));

		if (!items)
			return -ENOMEM;
		ids->items = items;
		ids->room = room;
	}
	ids->items[ids->n++] = id;
	return 0;
}

/* ---- problems ---- */

/* Copies at most room - 1 harmless bytes; others become '?'. */
static void copy_harmless(char *out, size_t room, const char *text)
{
	size_t n = 0;

	for (; text[n] && n + 1 < room; n++) {
		char c = text[n];

		if (c <= 0x20 || c >= 0x7f || c == '\'' || c == '\\')
			c = '?';
		out[n] = c;
	}
	out[n] = '\0';
}

void syncer_describe(char out[static REASON_MAX], const char *what, const char *id,
		     const char *name)
{
	char safe_id[65], safe_name[65];

	copy_harmless(safe_id, sizeof(safe_id), id);
	copy_harmless(safe_name, sizeof(safe_name), name);
	if (snprintf(out, REASON_MAX, "%s '%s' (record %s)", what, safe_name, safe_id) < 0)
		out[0] = '\0';
}

void syncer_problem(struct syncer *syncer, const char *what, const char *id, const char *name,
		    const char *reason)
{
	char who[REASON_MAX];
	uint64_t n = syncer->result.n_problems++;
	char *text = NULL;

	if (n >= SYNCER_PROBLEMS_MAX)
		return;
	syncer_describe(who, what, id, name);
	if (asprintf(&text, "%s: %s", who, reason) < 0)
		text = NULL;
	syncer->problems[n] = text;
	syncer->result.problems[n] = text ? text : "(no memory for this sentence)";
}

/* ---- the queue ---- */

void syncer_queue_reset(struct syncer_queue *queue)
{
	buf_reset(&queue->memory);
	queue->n = 0;
}

int64_t syncer_next_row(const struct syncer *syncer, enum syncer_lane lane)
{
	int64_t number = syncer->next[lane];

	for (size_t i = 0; i < syncer->queue.n; i++)
		number += syncer->queue.rows[i].lane == lane;
	return (int64_t)lane << STORE_LANE_BITS | number;
}

int syncer_flush(struct syncer *syncer)
{
	struct store_staged rows[SYNCER_BATCH];
	const struct syncer_queue *queue = &syncer->queue;
	const uint8_t *memory = queue->memory.data;
	int64_t next[SYNCER_LANE_COUNT];
	int r;

	if (queue->n == 0)
		return 0;
	memcpy(next, syncer->next, sizeof(next));
	for (size_t i = 0; i < queue->n; i++) {
		enum syncer_lane lane = queue->rows[i].lane;

		rows[i] = (struct store_staged){
			.id = ((int64_t)lane << STORE_LANE_BITS) | next[lane]++,
			.op = (int)queue->rows[i].op,
			.dir_id = (const char *)memory + queue->rows[i].dir_id,
			.record = memory + queue->rows[i].record,
			.len = queue->rows[i].len,
		};
	}
	r = store_stage(syncer->store, rows, queue->n);
	if (r != 0)
		return r < 0 ? r : -EUCLEAN;
	memcpy(syncer->next, next, sizeof(next));
	syncer_queue_reset(&syncer->queue);
	return 0;
}

int syncer_stage(struct syncer *syncer, enum syncer_lane lane, enum syncer_op op,
		 const char *dir_id, const void *record, size_t len)
{
	struct syncer_queue *queue = &syncer->queue;
	size_t at = queue->memory.len;

	buf_put(&queue->memory, dir_id, strlen(dir_id) + 1);
	queue->rows[queue->n].dir_id = at;
	queue->rows[queue->n].record = queue->memory.len;
	queue->rows[queue->n].len = len;
	queue->rows[queue->n].op = op;
	queue->rows[queue->n].lane = lane;
	buf_put(&queue->memory, record, len);
	if (queue->memory.error)
		return queue->memory.error;
	syncer->staged += queue->memory.len - at;
	if (syncer->staged > DIR_STAGED_MAX)
		return SYNCER_E_BROKEN;
	queue->n++;
	if (queue->n < ELEMENTSOF(queue->rows) && queue->memory.len < SYNCER_QUEUE_MEMORY_MAX / 2)
		return 0;
	return syncer_flush(syncer);
}

/* ---- records as bytes ---- */

static void put_text(struct buf *buf, const char *text)
{
	size_t len = text ? strlen(text) : 0;

	buf_put_u32(buf, len <= RECORD_MAX ? (uint32_t)len : RECORD_MAX + 1);
	buf_put(buf, text ? text : "", len);
	buf_put_u8(buf, 0);
}

static const char *get_text(struct cursor *cursor)
{
	uint32_t len = cursor_get_u32(cursor);
	const uint8_t *bytes = len <= RECORD_MAX ? cursor_get(cursor, (size_t)len + 1) : NULL;

	if (!bytes || bytes[len] != '\0' || strlen((const char *)bytes) != len) {
		cursor->error = -EBADMSG;
		return "";
	}
	return (const char *)bytes;
}

static bool get_bool(struct cursor *cursor)
{
	uint8_t value = cursor_get_u8(cursor);

	if (value > 1)
		cursor->error = -EBADMSG;
	return value == 1;
}

int syncer_clean_user(struct syncer *syncer, const struct dir_user *user, struct dir_user *ret)
{
	int r;

	*ret = *user;
	r = attributes_clean_keys(user->ssh_keys ? user->ssh_keys : "", &syncer->keys);
	if (r == 0)
		r = attributes_clean_labels(user->labels ? user->labels : "", &syncer->labels);
	ret->ssh_keys = (const char *)syncer->keys.data;
	ret->labels = (const char *)syncer->labels.data;
	return r;
}

int syncer_pack_user(struct buf *buf, const struct dir_user *user)
{
	buf_init(buf, RECORD_MAX);
	put_text(buf, user->sub);
	put_text(buf, user->name);
	buf_put_u32(buf, user->uid);
	buf_put_u32(buf, user->gid);
	put_text(buf, user->gecos);
	put_text(buf, user->home);
	put_text(buf, user->shell);
	buf_put_u8(buf, user->active);
	buf_put_u64(buf, user->end_time);
	put_text(buf, user->loa);
	put_text(buf, user->origin);
	put_text(buf, user->ssh_keys);
	put_text(buf, user->labels);
	return buf_end(buf);
}

int syncer_unpack_user(const void *bytes, size_t len, struct dir_user *ret)
{
	struct dir_user user = { 0 };
	struct cursor cursor;
	int r;

	cursor_init(&cursor, bytes, len);
	user.sub = get_text(&cursor);
	user.name = get_text(&cursor);
	user.uid = cursor_get_u32(&cursor);
	user.gid = cursor_get_u32(&cursor);
	user.gecos = get_text(&cursor);
	user.home = get_text(&cursor);
	user.shell = get_text(&cursor);
	user.active = get_bool(&cursor);
	user.end_time = cursor_get_u64(&cursor);
	user.loa = get_text(&cursor);
	user.origin = get_text(&cursor);
	user.ssh_keys = get_text(&cursor);
	user.labels = get_text(&cursor);
	r = cursor_end(&cursor);
	if (r == 0)
		*ret = user;
	return r;
}

int syncer_pack_group(struct buf *buf, const char *name, uint32_t gid)
{
	buf_init(buf, RECORD_MAX);
	put_text(buf, name);
	buf_put_u32(buf, gid);
	return buf_end(buf);
}

int syncer_unpack_group(const void *bytes, size_t len, const char **ret_name, uint32_t *ret_gid)
{
	struct cursor cursor;
	const char *name;
	uint32_t gid;
	int r;

	cursor_init(&cursor, bytes, len);
	name = get_text(&cursor);
	gid = cursor_get_u32(&cursor);
	r = cursor_end(&cursor);
	if (r != 0)
		return r;
	*ret_name = name;
	*ret_gid = gid;
	return 0;
}

int syncer_make_person(const struct syncer_pass *pass, const struct dir_user *user, uint64_t now,
		       struct person **ret)
{
	_cleanup_(person_freep) struct person *person = person_new();

	if (!person)
		return -ENOMEM;
	const struct {
		char **field;
		const char *value;
	} texts[] = {
		{ &person->iss, pass->iss },
		{ &person->sub, user->sub },
		{ &person->directory, pass->directory },
		{ &person->dir_id, user->id },
		{ &person->name, user->name },
		{ &person->gecos, user->gecos },
		{ &person->given_home, user->home },
		{ &person->given_shell, user->shell },
		{ &person->loa, user->loa },
		{ &person->origin, user->origin },
		{ &person->ssh_keys, user->ssh_keys },
		{ &person->labels, user->labels },
	};

	for (size_t i = 0; i < ELEMENTSOF(texts); i++) {
		if (person_set(texts[i].field, texts[i].value) != 0)
			return -ENOMEM;
	}
	person->uid = user->uid;
	person->gid = user->gid;
	person->active = user->active;
	person->end_time = user->end_time;
	person->last_seen = now;
	*ret = TAKE_PTR(person);
	return 0;
}
