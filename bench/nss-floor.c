/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The floor: open-addressing tables in a mapped file and one memcpy() of a record that is laid out
 * as the caller's buffer wants it; of a group, also a pointer for each member. No policy, no
 * validation, no way to replace the file.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bench/nss-subject.h"
#include "common/snapshot-hash.h"

struct slot {
	uint32_t tag;
	uint32_t at; /* in 8 bytes; 0 is empty */
};

struct table {
	struct slot *slots;
	uint32_t shift;
	uint32_t mask;
};

/* Both kinds begin with what is looked for. */
struct user_record {
	uint32_t id, gid, n_gids, len;
	uint16_t password, gecos, home, shell;
	char text[]; /* len bytes, then the gids at the next multiple of 4 */
};

struct group_record {
	uint32_t id, n_members, password, len;
	char text[]; /* len bytes, then where each member begins, at the next multiple of 4 */
};

static uint8_t *file;
static struct table user_names, user_ids, group_names;

static const uint64_t key[4] = { 1, 0xe7037ed1a0b428dbu, 2, 0x8ebc6af09c88c6e3u };

static const void *record_at(uint32_t at)
{
	return file + (size_t)at * 8;
}

static const uint32_t *words_behind(const char *text, uint32_t len)
{
	return (const uint32_t *)(const void *)(text + (len + 3) / 4 * 4);
}

/* ---- lookups ---- */

static enum nss_status copy_user(const struct user_record *record, struct passwd *pw, char *to,
				 size_t room, int *errnop)
{
	if (record->len > room) {
		*errnop = ERANGE;
		return NSS_STATUS_TRYAGAIN;
	}
	memcpy(to, record->text, record->len);
	pw->pw_name = to;
	pw->pw_passwd = to + record->password;
	pw->pw_gecos = to + record->gecos;
	pw->pw_dir = to + record->home;
	pw->pw_shell = to + record->shell;
	pw->pw_uid = record->id;
	pw->pw_gid = record->gid;
	return NSS_STATUS_SUCCESS;
}

static const struct user_record *user_by_name(const char *name)
{
	const size_t len = strlen(name);
	const uint64_t hash = snapshot_hash_name(key, name, len);
	const struct slot *slots = user_names.slots;
	uint32_t at = (uint32_t)(hash >> user_names.shift);

	for (; slots[at].at; at = (at + 1) & user_names.mask)
		if (slots[at].tag == (uint32_t)hash) {
			const struct user_record *record = record_at(slots[at].at);

			if (memcmp(record->text, name, len + 1) == 0)
				return record;
		}
	return NULL;
}

static const struct group_record *group_by_name(const char *name)
{
	const size_t len = strlen(name);
	const uint64_t hash = snapshot_hash_name(key, name, len);
	const struct slot *slots = group_names.slots;
	uint32_t at = (uint32_t)(hash >> group_names.shift);

	for (; slots[at].at; at = (at + 1) & group_names.mask)
		if (slots[at].tag == (uint32_t)hash) {
			const struct group_record *record = record_at(slots[at].at);

			if (memcmp(record->text, name, len + 1) == 0)
				return record;
		}
	return NULL;
}

static enum nss_status floor_getpwnam(const char *name, struct passwd *pw, char *to, size_t room,
				      int *errnop)
{
	const struct user_record *record = user_by_name(name);

	return record ? copy_user(record, pw, to, room, errnop) : NSS_STATUS_NOTFOUND;
}

static enum nss_status floor_getpwuid(uid_t uid, struct passwd *pw, char *to, size_t room,
				      int *errnop)
{
	const uint64_t hash = snapshot_hash_id(key, uid);
	const struct slot *slots = user_ids.slots;
	uint32_t at = (uint32_t)(hash >> user_ids.shift);

	for (; slots[at].at; at = (at + 1) & user_ids.mask)
		if (slots[at].tag == (uint32_t)hash) {
			const struct user_record *record = record_at(slots[at].at);

			if (record->id == uid)
				return copy_user(record, pw, to, room, errnop);
		}
	return NSS_STATUS_NOTFOUND;
}

static enum nss_status floor_getgrnam(const char *name, struct group *gr, char *to, size_t room,
				      int *errnop)
{
	const struct group_record *record = group_by_name(name);
	const uint32_t *begins;
	char **list, *text;

	if (!record)
		return NSS_STATUS_NOTFOUND;
	list = (char **)(void *)to; /* the caller here aligns its buffer */
	text = to + ((size_t)record->n_members + 1) * sizeof(*list);
	if ((size_t)(text - to) + record->len > room) {
		*errnop = ERANGE;
		return NSS_STATUS_TRYAGAIN;
	}
	memcpy(text, record->text, record->len);
	begins = words_behind(record->text, record->len);
	for (uint32_t i = 0; i < record->n_members; i++)
		list[i] = text + begins[i];
	list[record->n_members] = NULL;
	gr->gr_mem = list;
	gr->gr_gid = record->id;
	gr->gr_name = text;
	gr->gr_passwd = text + record->password;
	return NSS_STATUS_SUCCESS;
}

static enum nss_status floor_initgroups(const char *name, gid_t skip, long *start, long *size,
					gid_t **groups, long limit, int *errnop)
{
	const struct user_record *record = user_by_name(name);
	const uint32_t *gids;

	if (!record || limit > 0 || *size < (long)record->n_gids || *errnop)
		return NSS_STATUS_NOTFOUND;
	gids = words_behind(record->text, record->len);
	for (uint32_t i = 0; i < record->n_gids; i++)
		if (gids[i] != skip)
			(*groups)[(*start)++] = gids[i];
	return NSS_STATUS_SUCCESS;
}

const struct subject floor_subject = {
	.name = "floor",
	.there = true,
	.getpwnam = floor_getpwnam,
	.getpwuid = floor_getpwuid,
	.getgrnam = floor_getgrnam,
	.initgroups = floor_initgroups,
};

/* ---- building ---- */

static struct table table_at(size_t *offset, uint32_t n)
{
	struct table table = { .slots = (struct slot *)(void *)(file + *offset) };
	uint32_t bits = 4;

	while ((1u << bits) / 2 < n)
		bits++;
	table.shift = 64 - bits;
	table.mask = (1u << bits) - 1;
	*offset += sizeof(struct slot) << bits;
	return table;
}

static void table_put(struct table *table, uint64_t hash, size_t where)
{
	uint32_t slot = (uint32_t)(hash >> table->shift);

	while (table->slots[slot].at)
		slot = (slot + 1) & table->mask;
	table->slots[slot] = (struct slot){ (uint32_t)hash, (uint32_t)(where / 8) };
}

static uint32_t add_text(char *to, uint32_t *len, const char *text)
{
	const uint32_t begin = *len;

	memcpy(to + begin, text, strlen(text) + 1);
	*len += (uint32_t)strlen(text) + 1;
	return begin;
}

static size_t put_user(size_t at, const struct data_person *person)
{
	struct user_record *record = (struct user_record *)(void *)(file + at);
	uint32_t *gids;

	record->id = person->uid;
	record->gid = person->gid;
	record->n_gids = person->n_gids;
	add_text(record->text, &record->len, person->name);
	record->password = (uint16_t)add_text(record->text, &record->len, "*");
	record->gecos = (uint16_t)add_text(record->text, &record->len, person->gecos);
	record->home = (uint16_t)add_text(record->text, &record->len, person->home);
	record->shell = (uint16_t)add_text(record->text, &record->len, person->shell);
	gids = (uint32_t *)(void *)(record->text + (record->len + 3) / 4 * 4);
	for (uint32_t i = 0; i < person->n_gids; i++)
		gids[i] = DATA_GID(person->groups[i]);
	return sizeof(*record) + (record->len + 3) / 4 * 4 + 4 * (size_t)person->n_gids;
}

static size_t put_group(size_t at, const struct data_group *group, const uint32_t *members)
{
	struct group_record *record = (struct group_record *)(void *)(file + at);
	char name[16];
	uint32_t *begins, n;

	record->id = group->gid;
	record->n_members = group->n_members;
	add_text(record->text, &record->len, group->name);
	record->password = add_text(record->text, &record->len, "*");
	n = record->len;
	for (uint32_t i = 0; i < group->n_members; i++) {
		data_user_name(members[i], name);
		add_text(record->text, &record->len, name);
	}
	begins = (uint32_t *)(void *)(record->text + (record->len + 3) / 4 * 4);
	for (uint32_t i = 0; i < group->n_members; i++) {
		begins[i] = n;
		n += (uint32_t)strlen(record->text + n) + 1;
	}
	return sizeof(*record) + (record->len + 3) / 4 * 4 + 4 * (size_t)group->n_members;
}

static void *map_room(size_t room)
{
	const int fd = memfd_create("floor", MFD_CLOEXEC);
	void *memory;

	if (fd < 0 || ftruncate(fd, (off_t)room) < 0)
		die("memfd");
	memory = mmap(NULL, room, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (memory == MAP_FAILED)
		die("mmap");
	IGNORE(close(fd));
	return memory;
}

void floor_build(const struct data *data)
{
	_cleanup_free_ uint32_t *members = calloc(data_members_max(data), sizeof(*members));
	struct data_person person;
	struct data_group group;
	size_t at = 64;

	if (!members)
		die("memory");
	/* What is never written takes no memory. */
	file = map_room(((size_t)data->n_users + 100) * 512 + (16u << 20));
	user_names = table_at(&at, data->n_users);
	user_ids = table_at(&at, data->n_users);
	group_names = table_at(&at, data->n_groups);
	for (uint32_t i = 0; i < data->n_users; i++) {
		data_person(data, i, &person);
		at = (at + 7) / 8 * 8;
		table_put(&user_names, snapshot_hash_name(key, person.name, strlen(person.name)),
			  at);
		table_put(&user_ids, snapshot_hash_id(key, person.uid), at);
		at += put_user(at, &person);
	}
	for (uint32_t g = 0; g < data->n_groups; g++) {
		data_group(data, g, &group, members);
		at = (at + 7) / 8 * 8;
		table_put(&group_names, snapshot_hash_name(key, group.name, strlen(group.name)),
			  at);
		at += put_group(at, &group, members);
	}
}
