/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/lib/snapshot.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

const uint64_t world_key[4] = { 0x0123456789abcdefu, 0xfedcba9876543210u, 0x0f1e2d3c4b5a6978u,
				0x8877665544332211u };

static char directory[200];
static char path[240];
static pid_t owner; /* who removes it; a forked child does not */

static void remove_directory(void)
{
	const struct dirent *entry;
	DIR *dir;

	if (getpid() != owner)
		return;
	dir = opendir(directory);
	while (dir && (entry = readdir(dir)))
		if (strncmp(entry->d_name, "identity.", 9) == 0 ||
		    strcmp(entry->d_name, "agent.sock") == 0)
			IGNORE(unlinkat(dirfd(dir), entry->d_name, 0));
	if (dir)
		IGNORE(closedir(dir));
	IGNORE(rmdir(directory));
}

void world_use_directory(const char *use)
{
	char lock[256];
	int fd = -1;

	if (strlen(use) < sizeof(directory)) {
		IGNORE(snprintf(lock, sizeof(lock), "%s.lock", use) < 0);
		fd = open(lock, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	}
	/* Held until the process ends; whoever had it before removed the directory. */
	if (fd < 0 || flock(fd, LOCK_EX) < 0 || (mkdir(use, 0755) < 0 && errno != EEXIST)) {
		perror(use);
		exit(99);
	}
	memcpy(directory, use, strlen(use) + 1);
	owner = getpid();
	IGNORE(atexit(remove_directory));
}

const char *world_directory(void)
{
	const char *tmp = getenv("TMPDIR");

	if (directory[0])
		return directory;
	IGNORE(snprintf(directory, sizeof(directory), "%s/idp-test-XXXXXX", tmp ? tmp : "/tmp") <
	       0);
	if (!mkdtemp(directory) || chmod(directory, 0755) < 0) {
		perror(directory);
		exit(99);
	}
	owner = getpid();
	IGNORE(atexit(remove_directory));
	return directory;
}

const char *world_path(void)
{
	if (!path[0])
		IGNORE(snprintf(path, sizeof(path), "%s/identity.snap", world_directory()) < 0);
	return path;
}

static int add_users(struct snapshot_writer *writer, const struct world *world)
{
	for (uint32_t i = 0; i < world->n_users; i++) {
		char name[16], home[32], gecos[40];
		uint32_t number;
		int r;

		IGNORE(snprintf(name, sizeof(name), "user%07u", i) < 0);
		IGNORE(snprintf(home, sizeof(home), "/home/user%07u", i) < 0);
		IGNORE(snprintf(gecos, sizeof(gecos), "Ana Almeida %u", i % 97) < 0);
		r = snapshot_writer_add_user(writer,
					     &(struct snapshot_person){
						     .name = name,
						     .uid = WORLD_UID(i),
						     .gid = WORLD_UID(i),
						     .gecos = gecos,
						     .home = home,
						     .shell = i % 3 ? "/bin/bash" : "/bin/sh",
					     },
					     &number);
		if (r != 0)
			return r;
	}
	return 0;
}

static int add_groups(struct snapshot_writer *writer, const struct world *world)
{
	for (uint32_t g = 0; g < world->n_groups; g++) {
		char name[16];
		uint32_t number;
		int r;

		IGNORE(snprintf(name, sizeof(name), "grp%06u", g) < 0);
		r = snapshot_writer_add_group(writer, name, WORLD_GID(g), &number);
		if (r != 0)
			return r;
	}
	return 0;
}

static int add_members(struct snapshot_writer *writer, const struct world *world)
{
	int r = 0;

	for (uint32_t i = 0; r == 0 && world->n_groups > 5 && i < world->n_users; i++)
		for (uint32_t k = 0; r == 0 && i > 1 && k < 5; k++)
			r = snapshot_writer_add_member(writer, i,
						       (i * 7 + k * 101) % (world->n_groups - 1));
	for (uint32_t g = 0; r == 0 && g < world->n_big_user; g++)
		r = snapshot_writer_add_member(writer, 1, g);
	for (uint32_t i = 0; r == 0 && i < world->n_big_group; i++)
		r = snapshot_writer_add_member(writer, i, world->n_groups - 1);
	return r;
}

int world_publish(const struct world *world, struct snapshot_old **ret_old)
{
	_cleanup_(snapshot_writer_freep) struct snapshot_writer *writer = NULL;
	_cleanup_(snapshot_old_freep) struct snapshot_old *old = NULL;
	const struct snapshot_options options = {
		.flags = world->flags,
		.generation = world->generation,
		.published = 1795305600000000u,
		.key = world->key,
	};
	int r;

	writer = snapshot_writer_new(WORLD_FLOOR, WORLD_CEILING);
	if (!writer)
		return -ENOMEM;
	r = add_users(writer, world);
	if (r == 0)
		r = add_groups(writer, world);
	if (r == 0)
		r = add_members(writer, world);
	if (r == 0)
		r = snapshot_writer_write(writer, &options, world_path(), &old);
	if (r == 0 && ret_old)
		*ret_old = TAKE_PTR(old);
	return r;
}
