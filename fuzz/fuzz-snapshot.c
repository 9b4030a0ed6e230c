/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Any bytes as identity.snap: the reader must refuse or survive them. The input is the file; the
 * part of a header that a fuzzer would never guess (magic, version, sizes) is put right first,
 * so that the records behind it are reached; a first byte of 0 leaves even that as it is. A first
 * byte of 2: two bytes follow, the length of an overlay (little-endian), then the overlay and its
 * base, put right as well so that they belong together.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/macro.h"
#include "common/snapshot-map.h"
#include "nss_idp/pack.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FUZZ_SIZE_MAX 65536u

#define BASE_GENERATION 1u

static char path[64];
static char base_path[80];

static void remove_file(void)
{
	IGNORE(unlink(path));
	IGNORE(unlink(base_path));
	*strrchr(path, '/') = '\0';
	IGNORE(rmdir(path));
}

static void make_path(void)
{
	char directory[] = "/tmp/fuzz-snapshot-XXXXXX";

	if (path[0])
		return;
	if (!mkdtemp(directory) ||
	    snprintf(path, sizeof(path), "%s/identity.snap", directory) < 0 ||
	    snapshot_base_path(path, BASE_GENERATION, base_path, sizeof(base_path)) < 0 ||
	    atexit(remove_file) != 0)
		abort();
}

enum role { AS_IT_IS, ALONE, OVERLAY, BASE };

static void repair(uint8_t *file, size_t size, enum role role)
{
	/* That of tests/data/snapshot, so that the names in there are found. */
	static const uint64_t key[4] = { 0x0123456789abcdefu, 0xfedcba9876543210u,
					 0x0f1e2d3c4b5a6978u, 0x8877665544332211u };
	struct snapshot_header header;

	if (role == AS_IT_IS || size < sizeof(header))
		return;
	memcpy(&header, file, sizeof(header));
	header.magic = SNAPSHOT_MAGIC;
	header.version = SNAPSHOT_VERSION;
	atomic_init(&header.state, SNAPSHOT_LIVE);
	header.size = size;
	header.header_size = SNAPSHOT_HEADER_SIZE;
	if (role != ALONE) {
		memcpy(header.key, key, sizeof(key));
		header.id_floor = 1879048192u;
		header.id_ceiling = 2147483647u;
		header.generation = role == BASE ? BASE_GENERATION : 2;
		header.base_generation = BASE_GENERATION;
		header.flags &= ~SNAPSHOT_OVERLAY;
		header.flags |= role == OVERLAY ? SNAPSHOT_OVERLAY : 0;
	}
	memcpy(file, &header, sizeof(header));
}

static void write_input(const char *to, const uint8_t *data, size_t size, enum role role)
{
	static uint8_t file[FUZZ_SIZE_MAX];
	FILE *f = fopen(to, "we");

	if (size > 0)
		memcpy(file, data, size);
	repair(file, size, role);
	if (!f || fwrite(file, 1, size, f) != size || fclose(f) != 0)
		abort();
}

static void write_files(const uint8_t *data, size_t size)
{
	size_t len;

	if (data[0] != 2 || size < 3) {
		write_input(path, data + 1, size - 1, data[0] ? ALONE : AS_IT_IS);
		return;
	}
	len = (size_t)data[1] | (size_t)data[2] << 8;
	data += 3;
	size -= 3;
	if (len > size)
		len = size;
	write_input(path, data, len, OVERLAY);
	write_input(base_path, data + len, size - len, BASE);
}

static uint32_t sum_of(struct snapshot_text text)
{
	uint32_t sum = 0;

	for (uint32_t i = 0; i < text.len; i++)
		sum += (uint8_t)text.at[i];
	return sum;
}

/* Whatever libnss_idp makes of it ends inside of the caller's buffer. */
static void pack_it(const struct snapshot_user *user, const struct snapshot_group *group)
{
	static char buffer[1000];
	struct passwd pw;
	struct group gr;
	struct pack_target target = { user ? (void *)&pw : (void *)&gr, buffer, sizeof(buffer) };

	if (user && pack_user(user, &target) == BACKEND_FOUND &&
	    memchr(pw.pw_shell, '\0', (size_t)(buffer + sizeof(buffer) - pw.pw_shell)) == NULL)
		abort();
	if (!group || pack_group(group, &target) != BACKEND_FOUND)
		return;
	for (uint32_t i = 0; i < group->n_members; i++)
		if (gr.gr_mem[i] < buffer || gr.gr_mem[i] >= buffer + sizeof(buffer) ||
		    !memchr(gr.gr_mem[i], '\0', (size_t)(buffer + sizeof(buffer) - gr.gr_mem[i])))
			abort();
	if (gr.gr_mem[group->n_members])
		abort();
}

static uint32_t read_user(const struct snapshot_user *user)
{
	uint32_t sum = sum_of(user->name) + sum_of(user->gecos) + sum_of(user->shell);

	for (size_t i = 0; i < 3; i++)
		sum += sum_of(user->home[i]);
	for (uint32_t i = 0; i < user->n_gids; i++)
		sum += user->gids[i];
	if (user->uid == 0 || user->gid == 0)
		abort();
	pack_it(user, NULL);
	return sum;
}

static uint32_t read_group(const struct snapshot_group *group)
{
	struct snapshot_members members;
	struct snapshot_text name;
	uint32_t sum = sum_of(group->name);

	snapshot_members_begin(group, &members);
	if (group->gid == 0 || group->n_members > group->names_len)
		abort();
	while (snapshot_members_next(&members, &name))
		sum += sum_of(name);
	pack_it(NULL, group);
	return sum;
}

/* Everything the file lists, asked for again by its name and its id. */
static uint32_t read_all(const struct snapshot_view *view)
{
	struct snapshot_user user, again;
	struct snapshot_group group, same;
	uint32_t sum = 0;

	for (uint32_t at = 0; snapshot_user_after(view, at, &user); at = user.uid) {
		sum += read_user(&user);
		if (snapshot_user_by_name(view, user.name.at, user.name.len, &again) ||
		    snapshot_user_by_id(view, user.uid, &again))
			sum += read_user(&again);
	}
	for (uint32_t at = 0; snapshot_group_after(view, at, &group); at = group.gid) {
		sum += read_group(&group);
		if (snapshot_group_by_name(view, group.name.at, group.name.len, &same) ||
		    snapshot_group_by_id(view, group.gid, &same))
			sum += read_group(&same);
	}
	if (snapshot_user_by_name(view, "new-name", 8, &user))
		sum += read_user(&user);
	if (snapshot_group_by_name(view, "crew", 4, &group))
		sum += read_group(&group);
	if (snapshot_user_by_name(view, "alice", 5, &user))
		sum += read_user(&user);
	if (snapshot_group_by_name(view, "staff-of-x", 10, &group))
		sum += read_group(&group);
	return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct snapshot snapshot;
	struct snapshot_view view;

	if (size < 1 || size - 1 > FUZZ_SIZE_MAX)
		return 0;
	make_path();
	write_files(data, size);
	snapshot.path = path;
	if (snapshot_enter(&snapshot, &view) < 0)
		return 0;
	/* Every byte is looked at; the sum is of no interest to anybody but the sanitizers. */
	IGNORE(read_all(&view) == 0);
	IGNORE(!snapshot_leave(&view));
	/* The next input lies under the same name and is not announced: forget this one. */
	snapshot_forget(&snapshot);
	memset(&snapshot, 0, sizeof(snapshot));
	return 0;
}
