/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One function for each kind of record, whether it came from the snapshot or from the agent.
 * The length is summed up first, so a buffer is either filled whole or not touched.
 *
 * The password is "*": with "x" and no shadow entry the account phase of pam_unix fails.
 */
#include "nss_idp/pack.h"

#include <stdint.h>
#include <string.h>

#define PASSWORD "*"

/*
 * Most texts are 4 to 16 bytes: two overlapping moves of a fixed size, which the compiler turns
 * into four instructions, instead of a call for each of six texts.
 */
static _always_inline_ char *put(char *at, struct snapshot_text text)
{
	const size_t len = text.len;
	uint64_t first, last;
	uint32_t first_half, last_half;

	if (len >= 8 && len <= 16) {
		memcpy(&first, text.at, 8);
		memcpy(&last, text.at + len - 8, 8);
		memcpy(at, &first, 8);
		memcpy(at + len - 8, &last, 8);
	} else if (len >= 4 && len < 8) {
		memcpy(&first_half, text.at, 4);
		memcpy(&last_half, text.at + len - 4, 4);
		memcpy(at, &first_half, 4);
		memcpy(at + len - 4, &last_half, 4);
	} else if (len > 0) {
		memcpy(at, text.at, len);
	}
	return at + len;
}

static char *put_nul(char *at)
{
	*at = '\0';
	return at + 1;
}

static char *put_password(char *at)
{
	memcpy(at, PASSWORD, sizeof(PASSWORD));
	return at + sizeof(PASSWORD);
}

enum backend_found pack_user(const struct snapshot_user *user, const struct pack_target *target)
{
	const size_t need = (size_t)user->name.len + user->gecos.len + user->home[0].len +
			    user->home[1].len + user->home[2].len + user->shell.len + 4 +
			    sizeof(PASSWORD);
	struct passwd *result = target->result;
	char *at = target->buffer;

	if (need > target->len)
		return BACKEND_NO_ROOM;
	result->pw_uid = user->uid;
	result->pw_gid = user->gid;
	result->pw_name = at;
	at = put_nul(put(at, user->name));
	result->pw_passwd = at;
	at = put_password(at);
	result->pw_gecos = at;
	at = put_nul(put(at, user->gecos));
	result->pw_dir = at;
	at = put(put(at, user->home[0]), user->home[1]);
	at = put_nul(put(at, user->home[2]));
	result->pw_shell = at;
	put_nul(put(at, user->shell));
	return BACKEND_FOUND;
}

/* Names that end in the bytes that were looked at become entries of a list. */
struct listing {
	char **list;
	uint32_t n, n_max;
	char *start; /* of the name that has not ended yet */
};

/* nul ends a name. False: an empty one, or one too many. */
static _always_inline_ bool listing_add(struct listing *listing, char *nul)
{
	if (listing->n == listing->n_max || nul == listing->start)
		return false;
	listing->list[listing->n++] = listing->start;
	listing->start = nul + 1;
	return true;
}

/*
 * Points list at the n names in the len bytes at names, and ends it. False: not n names. Eight
 * bytes at a time: a call of memchr() for each name takes three times as long. In zeros each byte
 * that is 0 has its highest bit set, and no other has: no sum here carries into the next byte.
 */
static bool list_members(char **list, char *names, size_t len, uint32_t n)
{
	const uint64_t low = 0x7f7f7f7f7f7f7f7fu;
	struct listing listing = { list, 0, n, names };
	size_t at = 0;

	for (; len - at >= 8; at += 8) {
		uint64_t bytes, zeros;

		memcpy(&bytes, names + at, 8);
		for (zeros = ~(((bytes & low) + low) | bytes | low); zeros > 0; zeros &= zeros - 1)
			if (!listing_add(&listing, names + at + __builtin_ctzll(zeros) / 8))
				return false;
	}
	for (; at < len; at++)
		if (names[at] == '\0' && !listing_add(&listing, names + at))
			return false;
	list[listing.n] = NULL;
	return listing.n == n && listing.start == names + len;
}

/* The same for members that are no list of names in the file. */
static bool put_members(char **list, char *at, const struct snapshot_group *group)
{
	char *const end = at + group->names_len;
	struct snapshot_members members;

	snapshot_members_begin(group, &members);
	for (uint32_t i = 0; i < group->n_members; i++) {
		struct snapshot_text name;

		if (!snapshot_members_next(&members, &name) || name.len >= (size_t)(end - at))
			return false;
		list[i] = at;
		at = put_nul(put(at, name));
	}
	list[group->n_members] = NULL;
	return at == end;
}

/* A patch that changes nothing still says itself how long the base's list is, and may be wrong. */
static bool members_are_listed(const struct snapshot_group *group)
{
	return !group->cells && group->removed.len == 0 && group->added.len == 0 &&
	       group->members.len == group->names_len;
}

enum backend_found pack_group(const struct snapshot_group *group, const struct pack_target *target)
{
	const size_t unaligned = (uintptr_t)target->buffer % _Alignof(char *);
	const size_t pad = unaligned > 0 ? _Alignof(char *) - unaligned : 0;
	/* What a damaged file claims must not wrap where size_t has 32 bits. */
	const uint64_t list_len = ((uint64_t)group->n_members + 1) * sizeof(char *);
	const uint64_t need =
		pad + list_len + group->name.len + 1 + sizeof(PASSWORD) + group->names_len;
	struct group *result = target->result;
	char **list;
	char *at;

	if (need > target->len)
		return BACKEND_NO_ROOM;
	list = (char **)(void *)(target->buffer + pad);
	at = target->buffer + pad + list_len;
	result->gr_gid = group->gid;
	result->gr_mem = list;
	result->gr_name = at;
	at = put_nul(put(at, group->name));
	result->gr_passwd = at;
	at = put_password(at);
	if (!members_are_listed(group))
		return put_members(list, at, group) ? BACKEND_FOUND : BACKEND_ABSENT;
	put(at, group->members);
	return list_members(list, at, group->members.len, group->n_members) ? BACKEND_FOUND
									    : BACKEND_ABSENT;
}
