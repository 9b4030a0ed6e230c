/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From the record to NSS messages. MUST: nothing is sent that the snapshot would not hold. */
#include "idp-agentd/core/answer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/buf.h"
#include "common/limits.h"
#include "common/name.h"
#include "common/ssh-key.h"
#include "common/wire.h"
#include "idp-agentd/core/authority.h"
#include "idp-agentd/core/conn.h"
#include "idp-agentd/core/localnames.h"
#include "idp-agentd/core/person.h"
#include "idp-agentd/core/store-group.h"

/* ---- users ---- */

static int answer_who(enum authority_who who)
{
	switch (who) {
	case AUTHORITY_SHOWN:
	case AUTHORITY_CLOSED:
		return 0;
	case AUTHORITY_NOBODY:
		return ANSWER_E_MISS;
	case AUTHORITY_LOCAL:
	case AUTHORITY_HIDDEN:
		break;
	}
	return ANSWER_E_NEVER;
}

static void answer_person(struct conn *conn, const struct person *person)
{
	struct buf out;

	conn_begin(conn, &out, MSG_USER);
	wire_put_str(&out, person->name);
	wire_put_u32(&out, person->uid);
	wire_put_u32(&out, person->gid);
	wire_put_str(&out, person->gecos);
	wire_put_str(&out, person->home);
	wire_put_str(&out, person->shell);
	conn_send(conn, &out);
}

int answer_user(struct authority *authority, struct conn *conn, const char *name)
{
	_cleanup_(person_freep) struct person *person = NULL;
	enum publish_verdict verdict;
	enum authority_who who;
	int r = authority_find(authority, name, &who, &verdict, &person);

	if (!r)
		r = answer_who(who);
	if (!r)
		answer_person(conn, person);
	return r;
}

int answer_uid(struct authority *authority, struct conn *conn, uint32_t uid)
{
	_cleanup_(person_freep) struct person *person = NULL;
	enum authority_who who;
	int r = authority_find_uid(authority, uid, &who, &person);

	if (!r)
		r = answer_who(who);
	if (!r)
		answer_person(conn, person);
	return r;
}

void answer_placeholder(struct authority *authority, struct conn *conn, const char *name)
{
	uint32_t id = idmap_placeholder(&authority->idmap);
	struct buf out;

	conn_begin(conn, &out, MSG_USER);
	wire_put_str(&out, name);
	wire_put_u32(&out, id);
	wire_put_u32(&out, id);
	wire_put_str(&out, "");
	wire_put_str(&out, NAME_PLACEHOLDER_HOME);
	wire_put_str(&out, NAME_PLACEHOLDER_SHELL);
	conn_send(conn, &out);
}

void answer_missing(struct conn *conn, bool known_to_be_missing)
{
	struct buf out;

	conn_begin(conn, &out, known_to_be_missing ? MSG_NOTFOUND : MSG_UNAVAIL);
	conn_send(conn, &out);
}

/* ---- keys ---- */

static bool answer_may_read_keys(const struct authority *authority, const struct conn *conn,
				 const struct person *person)
{
	uint32_t reader, uid = conn_peer(conn)->uid;

	if (uid == 0 || uid == person->uid)
		return true;
	return localnames_find_user(authority->locals, AUTHORIZED_KEYS_USER, &reader) &&
	       uid == reader;
}

/* Lines of the record that are keys, without their comments; at most SSH_KEYS_MAX are kept there.
 */
static void answer_put_keys(struct buf *out, const char *text)
{
	struct {
		const char *line;
		size_t len;
	} keys[SSH_KEYS_MAX];
	size_t n = 0;

	while (*text && n < ELEMENTSOF(keys)) {
		size_t len = strcspn(text, "\n");

		keys[n].line = text;
		keys[n].len = ssh_key_length(text, len);
		n += keys[n].len > 0;
		text += len + (text[len] == '\n');
	}
	wire_put_count(out, n);
	for (size_t i = 0; i < n; i++)
		wire_put_strn(out, keys[i].line, keys[i].len);
}

int answer_keys(struct authority *authority, struct conn *conn, const char *name)
{
	_cleanup_(person_freep) struct person *person = NULL;
	enum publish_verdict verdict;
	enum authority_who who;
	struct buf out;
	int r = authority_find(authority, name, &who, &verdict, &person);

	if (!r)
		r = answer_who(who);
	if (!r && who != AUTHORITY_SHOWN)
		r = ANSWER_E_NEVER; /* keys open */
	if (!r && !answer_may_read_keys(authority, conn, person))
		r = ANSWER_E_NEVER;
	if (r)
		return r;
	conn_begin(conn, &out, MSG_KEYS_OF_USER);
	answer_put_keys(&out, person->ssh_keys);
	conn_send(conn, &out);
	return 0;
}

/* ---- groups ---- */

static bool answer_may_show(struct authority *authority, const struct group *group)
{
	_cleanup_(person_freep) struct person *person = NULL;
	enum authority_who who;

	if (!group->is_private)
		return publish_judge_group(authority->publisher, group) == PUBLISH_YES;
	/* A private group is shown with its person. */
	return authority_find_uid(authority, group->gid, &who, &person) == 0 &&
	       answer_who(who) == 0 && !localnames_has_gid(authority->locals, group->gid) &&
	       !localnames_has_group(authority->locals, group->name);
}

/* The members processes may see. */
static size_t answer_filter(struct authority *authority, struct group *group)
{
	size_t n = 0;

	for (size_t i = 0; i < group->n_members; i++) {
		_cleanup_(person_freep) struct person *person = NULL;
		enum publish_verdict verdict;
		enum authority_who who;
		char *name = group->members[i];

		if (authority_find(authority, name, &who, &verdict, &person) < 0 ||
		    answer_who(who) != 0)
			continue;
		group->members[i] = group->members[n];
		group->members[n++] = name;
	}
	return n;
}

static int answer_found_group(struct authority *authority, struct conn *conn, struct group *group)
{
	struct buf out;
	size_t n;
	int r;

	if (!answer_may_show(authority, group))
		return ANSWER_E_NEVER;
	r = store_group_members(authority->store, group);
	if (r)
		return r < 0 ? r : -EIO;
	if (group->n_members > WIRE_ARRAY_MAX)
		return -E2BIG; /* only the snapshot holds such a group */
	n = answer_filter(authority, group);
	conn_begin(conn, &out, MSG_GROUP);
	wire_put_str(&out, group->name);
	wire_put_u32(&out, group->gid);
	wire_put_count(&out, n);
	for (size_t i = 0; i < n; i++)
		wire_put_str(&out, group->members[i]);
	if (out.error) {
		buf_done(&out);
		return -E2BIG;
	}
	conn_send(conn, &out);
	return 0;
}

static int answer_store(int r)
{
	if (r == STORE_E_NOT_FOUND)
		return ANSWER_E_MISS;
	return r > 0 ? -EIO : r;
}

int answer_group(struct authority *authority, struct conn *conn, const char *name)
{
	_cleanup_(group_freep) struct group *group = NULL;
	int r;

	if (!name_is_group(name, strlen(name)))
		return ANSWER_E_NEVER;
	r = answer_store(store_find_group(authority->store, name, &group));
	return r ? r : answer_found_group(authority, conn, group);
}

int answer_gid(struct authority *authority, struct conn *conn, uint32_t gid)
{
	_cleanup_(group_freep) struct group *group = NULL;
	int r;

	if (idmap_check_id(&authority->idmap, gid))
		return ANSWER_E_NEVER;
	r = answer_store(store_find_gid(authority->store, gid, &group));
	return r ? r : answer_found_group(authority, conn, group);
}

int answer_gids(struct authority *authority, struct conn *conn, const char *name)
{
	_cleanup_(person_freep) struct person *person = NULL;
	enum publish_verdict verdict;
	enum authority_who who;
	struct group **groups;
	struct buf out;
	size_t n, shown = 0;
	int r = authority_find(authority, name, &who, &verdict, &person);

	if (!r)
		r = answer_who(who);
	if (!r)
		r = answer_store(store_person_groups(authority->store, person->id, &n, &groups));
	if (r)
		return r;
	for (size_t i = 0; i < n; i++) {
		struct group *group = groups[i];

		if (!answer_may_show(authority, group))
			continue;
		groups[i] = groups[shown];
		groups[shown++] = group;
	}
	conn_begin(conn, &out, MSG_GIDS);
	wire_put_count(&out, shown);
	for (size_t i = 0; i < shown; i++)
		wire_put_u32(&out, groups[i]->gid);
	conn_send(conn, &out);
	group_list_free(groups, n);
	return 0;
}
