/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * An answer in parts says "continues" in all but the last, so each part waits until it is known
 * whether another follows.
 */
#include "idp-userdbd/answer.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "idp-userdbd/call.h"
#include "idp-userdbd/describe.h"
#include "idp-userdbd/record.h"
#include "idp-userdbd/source.h"

/* Outcomes of a step, beside those of source.h. */
enum {
	ANSWER_E_CONFLICT = 16, /* name and id are two people's */
	ANSWER_E_LATER,         /* nothing yet */
};

#define ANSWER_GROUPS \
	64u /* looked at for one part: a million may have groups of their own, empty */

struct answer {
	struct call call;
	int outcome; /* of call_parse() */
	bool begun;
	json_t *waiting; /* the part before the one that is made next */
	uint32_t after;  /* listing goes on above this id */
	struct source_room room;
	struct source_room group_room;
	/* memberships: of one user the groups, of one group (or of the one at `after`) the users */
	gid_t *gids;
	size_t n_gids, at;
	struct passwd user;
	struct group group;
	bool has_group;
};

int answer_new(const struct call *call, int outcome, struct answer **ret_answer)
{
	struct answer *answer = calloc(1, sizeof(*answer));

	if (!answer)
		return -ENOMEM;
	answer->call = *call;
	answer->outcome = outcome;
	*ret_answer = answer;
	return 0;
}

struct answer *answer_free(struct answer *answer)
{
	if (!answer)
		return NULL;
	json_decref(answer->waiting);
	source_room_done(&answer->room);
	source_room_done(&answer->group_room);
	free(answer->gids);
	free(answer);
	return NULL;
}

/* ---- one record ---- */

static int user_by_call(struct answer *answer, struct passwd *ret)
{
	const struct call *call = &answer->call;
	int r = source_user(&answer->room, call->has_user ? call->user : NULL, call->uid, ret);

	return r == 0 && call->has_uid && ret->pw_uid != call->uid ? ANSWER_E_CONFLICT : r;
}

static int group_by_call(struct answer *answer, struct group *ret)
{
	const struct call *call = &answer->call;
	int r = source_group(&answer->group_room, call->has_group ? call->group : NULL, call->gid,
			     ret);

	return r == 0 && call->has_gid && ret->gr_gid != call->gid ? ANSWER_E_CONFLICT : r;
}

static int made(json_t *json, json_t **ret)
{
	*ret = json;
	return json ? 0 : -ENOMEM;
}

static int one_user(struct answer *answer, json_t **ret)
{
	struct passwd user;
	int r = answer->begun ? SOURCE_E_ABSENT : user_by_call(answer, &user);

	return r != 0 ? r : made(record_user(&user), ret);
}

static int one_group(struct answer *answer, json_t **ret)
{
	struct group group;
	int r = answer->begun ? SOURCE_E_ABSENT : group_by_call(answer, &group);

	return r != 0 ? r : made(record_group(&group), ret);
}

/* ---- everybody: whoever vanishes between the two questions is passed by ---- */

static int next_user(struct answer *answer, json_t **ret)
{
	struct passwd user;
	int r;

	do {
		r = source_uid_after(answer->after, &answer->after);
		if (r == 0)
			r = source_user(&answer->room, NULL, answer->after, &user);
		else
			return r;
	} while (r == SOURCE_E_ABSENT);
	return r != 0 ? r : made(record_user(&user), ret);
}

static int step_group(struct answer *answer, struct group *ret)
{
	int r;

	do {
		r = source_gid_after(answer->after, &answer->after);
		if (r != 0)
			return r;
		r = source_group(&answer->group_room, NULL, answer->after, ret);
	} while (r == SOURCE_E_ABSENT);
	return r;
}

static int next_group(struct answer *answer, json_t **ret)
{
	struct group group;
	int r = step_group(answer, &group);

	return r != 0 ? r : made(record_group(&group), ret);
}

/* ---- memberships ---- */

static bool is_member(const struct group *group, const char *name)
{
	for (char **member = group->gr_mem; *member; member++)
		if (strcmp(*member, name) == 0)
			return true;
	return false;
}

/* Is this user in this group? */
static int one_membership(struct answer *answer, json_t **ret)
{
	struct passwd user;
	struct group group;
	int r;

	if (answer->begun)
		return SOURCE_E_ABSENT;
	r = source_user(&answer->room, answer->call.user, 0, &user);
	if (r == 0)
		r = source_group(&answer->group_room, answer->call.group, 0, &group);
	if (r == 0 && !is_member(&group, user.pw_name))
		r = SOURCE_E_ABSENT;
	return r != 0 ? r : made(record_membership(user.pw_name, group.gr_name), ret);
}

/* The groups of one user: as in getent, the primary one only where it names him as a member. */
static int next_of_user(struct answer *answer, json_t **ret)
{
	int r = 0;

	if (!answer->begun) {
		r = source_user(&answer->room, answer->call.user, 0, &answer->user);
		if (r == 0)
			r = source_gids(answer->user.pw_name, &answer->gids, &answer->n_gids);
	}
	while (r == 0 && answer->at < answer->n_gids) {
		struct group group;

		r = source_group(&answer->group_room, NULL, answer->gids[answer->at++], &group);
		if (r == 0)
			return made(record_membership(answer->user.pw_name, group.gr_name), ret);
		if (r == SOURCE_E_ABSENT)
			r = 0;
	}
	return r != 0 ? r : SOURCE_E_ABSENT;
}

/* The members of answer->group, one by one. */
static int next_member(struct answer *answer, json_t **ret)
{
	const char *member = answer->group.gr_mem[answer->at];

	if (!member)
		return SOURCE_E_ABSENT;
	answer->at++;
	return made(record_membership(member, answer->group.gr_name), ret);
}

static int next_of_group(struct answer *answer, json_t **ret)
{
	int r = 0;

	if (!answer->begun)
		r = source_group(&answer->group_room, answer->call.group, 0, &answer->group);
	return r != 0 ? r : next_member(answer, ret);
}

static int next_of_all(struct answer *answer, json_t **ret)
{
	for (unsigned i = 0; i < ANSWER_GROUPS; i++) {
		int r = answer->has_group ? next_member(answer, ret) : SOURCE_E_ABSENT;

		if (r != SOURCE_E_ABSENT)
			return r;
		answer->at = 0;
		r = step_group(answer, &answer->group);
		if (r != 0)
			return r;
		answer->has_group = true;
	}
	return ANSWER_E_LATER;
}

static int next_membership(struct answer *answer, json_t **ret)
{
	if (answer->call.has_user && answer->call.has_group)
		return one_membership(answer, ret);
	if (answer->call.has_user)
		return next_of_user(answer, ret);
	return answer->call.has_group ? next_of_group(answer, ret) : next_of_all(answer, ret);
}

/* ---- messages ---- */

/* SOURCE_E_ABSENT: there is no further part. */
static int next_part(struct answer *answer, json_t **ret)
{
	const struct call *call = &answer->call;

	switch (call->method) {
	case CALL_USER:
		return call->has_user || call->has_uid ? one_user(answer, ret)
						       : next_user(answer, ret);
	case CALL_GROUP:
		return call->has_group || call->has_gid ? one_group(answer, ret)
							: next_group(answer, ret);
	case CALL_MEMBERSHIPS:
		return next_membership(answer, ret);
	case CALL_INFO:
		return answer->begun ? SOURCE_E_ABSENT : made(describe_service(), ret);
	case CALL_DESCRIPTION:
		return answer->begun ? SOURCE_E_ABSENT : made(describe_interface(call->word), ret);
	case CALL_UNKNOWN:
		break;
	}
	return -EINVAL;
}

static int put_message(struct buf *out, json_t *message)
{
	char *text = message ? json_dumps(message, JSON_COMPACT) : NULL;

	json_decref(message);
	if (!text)
		return -ENOMEM;
	buf_put(out, text, strlen(text) + 1); /* varlink ends a message with a NUL */
	free(text);
	return buf_end(out);
}

static int put_part(struct buf *out, json_t *part, bool continues)
{
	json_t *message = json_pack("{s:o}", "parameters", part);

	if (message && continues && json_object_set_new(message, "continues", json_true()) < 0) {
		json_decref(message);
		message = NULL;
	}
	return put_message(out, message);
}

/* Its name, and of some the parameter that says what it is about. */
static int put_error(struct buf *out, const struct call *call, int outcome)
{
	static const struct {
		int outcome;
		const char *name;
		const char *key;
	} errors[] = {
		{ CALL_E_INTERFACE, "org.varlink.service.InterfaceNotFound", "interface" },
		{ CALL_E_METHOD, "org.varlink.service.MethodNotFound", "method" },
		{ CALL_E_PARAMETER, "org.varlink.service.InvalidParameter", "parameter" },
		{ CALL_E_MORE, "org.varlink.service.ExpectedMore", NULL },
		{ CALL_E_SERVICE, "io.systemd.UserDatabase.BadService", NULL },
	};

	for (size_t i = 0; i < ELEMENTSOF(errors); i++)
		if (errors[i].outcome == outcome)
			return put_message(out, errors[i].key
							? json_pack("{s:s,s:{s:s}}", "error",
								    errors[i].name, "parameters",
								    errors[i].key, call->word)
							: json_pack("{s:s,s:{}}", "error",
								    errors[i].name, "parameters"));
	return -EINVAL;
}

static const char *absence(int r)
{
	if (r == SOURCE_E_UNLISTED)
		return "io.systemd.UserDatabase.EnumerationNotSupported";
	if (r == SOURCE_E_AWAY)
		return "io.systemd.UserDatabase.ServiceNotAvailable";
	if (r == ANSWER_E_CONFLICT)
		return "io.systemd.UserDatabase.ConflictingRecordFound";
	return "io.systemd.UserDatabase.NoRecordFound";
}

int answer_next(struct answer *answer, struct buf *out)
{
	json_t *part = NULL;
	int r, put;

	if (answer->outcome != 0)
		return put_error(out, &answer->call, answer->outcome);
	r = next_part(answer, &part);
	if (r == 0 && !answer->begun) {
		answer->begun = true;
		answer->waiting = part;
		return answer->call.more ? ANSWER_MORE
					 : put_part(out, TAKE_PTR(answer->waiting), false);
	}
	if (r < 0)
		return r;
	if (r == ANSWER_E_LATER)
		return ANSWER_MORE;
	if (!answer->begun)
		return put_message(out, json_pack("{s:s,s:{}}", "error", absence(r), "parameters"));
	/* What ends a list early (the agent went away) ends it: what was said stays true. */
	r = r == 0 ? ANSWER_MORE : 0;
	put = put_part(out, TAKE_PTR(answer->waiting), r == ANSWER_MORE);
	answer->waiting = part;
	return put < 0 ? put : r;
}

size_t answer_held(const struct answer *answer)
{
	return answer->room.size + answer->group_room.size + answer->n_gids * sizeof(gid_t);
}
