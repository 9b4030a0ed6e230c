/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who is in the data set, and as libnss_idp's published file. */
#include "bench/nss-data.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "common/snapshot.h"
#include "idp-agentd/core/snapshot-write.h"

#define TEAM       50u
#define TEAMS_EACH 5u

void die(const char *what)
{
	IGNORE(fprintf(stderr, "bench-nss: %s: %s\n", what, strerror(errno)) < 0);
	exit(1);
}

void print(FILE *f, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	if (vfprintf(f, format, arguments) < 0)
		die("write");
	va_end(arguments);
}

struct data data_of(uint32_t n_users)
{
	struct data data = { .n_users = n_users };

	data.n_small = n_users < 100 ? 10 : n_users * TEAMS_EACH / TEAM;
	data.stride = data.n_small < 100 ? 1 : 17;
	data.n_many = n_users < 1000 ? 0 : 500 - TEAMS_EACH;
	data.n_big = n_users < 20000 ? 0 : 10000;
	data.n_groups = data.n_small + data.n_many + 1 + (data.n_big > 0 ? 1 : 0);
	return data;
}

uint32_t data_members_max(const struct data *data)
{
	return data->n_big > 1000 ? data->n_big : 1000;
}

uint32_t data_big_group(const struct data *data)
{
	return data->n_groups - 1;
}

void data_user_name(uint32_t i, char ret_name[static 16])
{
	IGNORE(snprintf(ret_name, 16, "user%07u", i) < 0);
}

void data_person(const struct data *data, uint32_t i, struct data_person *ret_person)
{
	uint32_t n = 0;

	data_user_name(i, ret_person->name);
	IGNORE(snprintf(ret_person->gecos, sizeof(ret_person->gecos), "Ana Almeida %u", i % 97) <
	       0);
	IGNORE(snprintf(ret_person->home, sizeof(ret_person->home), "/home/user%07u", i) < 0);
	ret_person->shell = i % 3 ? "/bin/bash" : "/bin/sh";
	ret_person->uid = DATA_UID(i);
	ret_person->gid = DATA_GID(data->n_small + data->n_many);
	for (uint32_t k = 0; k < TEAMS_EACH; k++)
		ret_person->groups[n++] = (i + k * data->stride) % data->n_small;
	for (uint32_t m = 0; i == 1 && m < data->n_many; m++)
		ret_person->groups[n++] = data->n_small + m;
	if (i < data->n_big)
		ret_person->groups[n++] = data_big_group(data);
	ret_person->n_gids = n;
}

static int compare(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Those whose k-th team is g, for each k. */
static uint32_t team_members(const struct data *data, uint32_t g, uint32_t *members)
{
	uint32_t n = 0;

	for (uint32_t k = 0; k < TEAMS_EACH; k++) {
		uint32_t i = (g + data->n_small - k * data->stride) % data->n_small;

		for (; i < data->n_users; i += data->n_small)
			members[n++] = i;
	}
	qsort(members, n, sizeof(*members), compare);
	return n;
}

void data_group(const struct data *data, uint32_t g, struct data_group *ret_group,
		uint32_t *members)
{
	const uint32_t people = data->n_small + data->n_many;

	ret_group->gid = DATA_GID(g);
	ret_group->n_members = 0;
	if (g < data->n_small) {
		IGNORE(snprintf(ret_group->name, 16, "grp%06u", g) < 0);
		ret_group->n_members = team_members(data, g, members);
	} else if (g < people) {
		IGNORE(snprintf(ret_group->name, 16, "many%03u", g - data->n_small) < 0);
		ret_group->n_members = 1;
		members[0] = 1;
	} else {
		memcpy(ret_group->name, g == people ? "people\0" : "team10k", 8);
		for (uint32_t i = 0; g > people && i < data->n_big; i++)
			members[ret_group->n_members++] = i;
	}
}

static int add_people(struct snapshot_writer *writer, const struct data *data)
{
	struct data_person person;
	uint32_t number;
	int r = 0;

	for (uint32_t i = 0; r == 0 && i < data->n_users; i++) {
		data_person(data, i, &person);
		r = snapshot_writer_add_user(writer,
					     &(struct snapshot_person){ .name = person.name,
									.uid = person.uid,
									.gid = person.gid,
									.gecos = person.gecos,
									.home = person.home,
									.shell = person.shell },
					     &number);
	}
	return r;
}

static int add_groups(struct snapshot_writer *writer, const struct data *data, uint32_t *members)
{
	struct data_group group;
	uint32_t number;
	int r = 0;

	for (uint32_t g = 0; r == 0 && g < data->n_groups; g++) {
		data_group(data, g, &group, members);
		r = snapshot_writer_add_group(writer, group.name, group.gid, &number);
		for (uint32_t i = 0; r == 0 && i < group.n_members; i++)
			r = snapshot_writer_add_member(writer, members[i], number);
	}
	return r;
}

void data_write_snapshot(const struct data *data, const char *path)
{
	_cleanup_(snapshot_writer_freep) struct snapshot_writer *writer = NULL;
	_cleanup_(snapshot_old_freep) struct snapshot_old *old = NULL;
	const struct snapshot_options options = {
		.flags = SNAPSHOT_COMPLETE,
		.generation = 1,
		.published = 1795305600000000u,
	};
	_cleanup_free_ uint32_t *members = calloc(data_members_max(data), sizeof(*members));
	int r;

	writer = snapshot_writer_new(DATA_FLOOR, DATA_CEILING);
	if (!writer || !members)
		die("memory");
	r = add_people(writer, data);
	if (r == 0)
		r = add_groups(writer, data, members);
	if (r == 0)
		r = snapshot_writer_write(writer, &options, path, &old);
	if (r != 0) {
		errno = r < 0 ? -r : EINVAL;
		die(path);
	}
}
