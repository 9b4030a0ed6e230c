/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bench/nss-subject.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#define GROUPS_ROOM 4096

const char *const operation_names[OPERATIONS] = {
	[OP_HIT] = "getpwnam hit",
	[OP_MISS] = "getpwnam miss",
	[OP_UID] = "getpwuid hit",
	[OP_GROUP] = "getgrnam, 50 members",
	[OP_BIG_GROUP] = "getgrnam, 10000 members",
	[OP_INITGROUPS] = "initgroups, 5 groups",
	[OP_INITGROUPS_500] = "initgroups, 500 groups",
};

static _Thread_local char buffer[1u << 20];
static _Thread_local gid_t gid_memory[GROUPS_ROOM];

static void bind_one(void *handle, const char *service, const char *function, void *to)
{
	char symbol[64];
	void *found;

	IGNORE(snprintf(symbol, sizeof(symbol), "_nss_%s_%s", service, function) < 0);
	found = dlsym(handle, symbol);
	memcpy(to, &found, sizeof(found));
}

static void *open_module(const char *service, const char *file)
{
	char name[64];
	void *handle;

	if (strcmp(service, "files") == 0)
		return RTLD_DEFAULT;
	IGNORE(snprintf(name, sizeof(name), "libnss_%s.so.2", service) < 0);
	handle = dlopen(file ? file : name, RTLD_NOW | RTLD_LOCAL);
	if (!handle)
		print(stderr, "bench-nss: its column stays empty: %s\n", dlerror());
	return handle;
}

struct subject subject_load(char *spec)
{
	struct subject subject = { .name = spec };
	char *service = strchr(spec, '='), *file, *option;
	void *handle;

	if (!service) {
		print(stderr, "bench-nss: '%s' is not NAME=SERVICE\n", spec);
		exit(2);
	}
	*service++ = '\0';
	option = strchr(service, ',');
	if (option)
		*option++ = '\0';
	file = strchr(service, '=');
	if (file)
		*file++ = '\0';
	subject.remote = option && strstr(option, "remote");
	subject.remote_misses = option && strstr(option, "misses");
	subject.cached = option && strstr(option, "cached");
	subject.like = option && strstr(option, "like");
	subject.no_cache = option && strstr(option, "nocache");
	handle = open_module(service, file);
	if (!handle && strcmp(service, "files") != 0)
		return subject;
	bind_one(handle, service, "getpwnam_r", &subject.getpwnam);
	bind_one(handle, service, "getpwuid_r", &subject.getpwuid);
	bind_one(handle, service, "getgrnam_r", &subject.getgrnam);
	bind_one(handle, service, "initgroups_dyn", &subject.initgroups);
	subject.there = subject.getpwnam != NULL;
	return subject;
}

static void *allocate(size_t n, size_t size)
{
	void *memory = calloc(n, size);

	if (!memory)
		die("memory");
	return memory;
}

struct keys keys_of(const struct data *data, uint32_t max)
{
	const uint32_t outside = data->n_big < data->n_users ? data->n_big : 0;
	uint64_t random = 88172645463325252u;
	struct keys keys = { .n = data->n_users < max ? data->n_users : max };
	_cleanup_free_ uint32_t *members = allocate(data_members_max(data), sizeof(*members));
	struct data_group group;

	keys.has_big = data->n_big > 0;
	keys.has_500 = data->n_many > 0;
	keys.names = allocate(keys.n, sizeof(*keys.names));
	keys.missing = allocate(keys.n, sizeof(*keys.missing));
	keys.members = allocate(keys.n, sizeof(*keys.members));
	keys.groups = allocate(keys.n, sizeof(*keys.groups));
	keys.ids = allocate(keys.n, sizeof(*keys.ids));
	for (uint32_t i = 0; i < keys.n; i++) {
		uint32_t who;

		random ^= random << 13;
		random ^= random >> 7;
		random ^= random << 17;
		who = (uint32_t)(random >> 33) % data->n_users;
		data_user_name(who, keys.names[i]);
		data_user_name(who, keys.missing[i]);
		memcpy(keys.missing[i], "nosu", 4);
		data_user_name(outside + who % (data->n_users - outside), keys.members[i]);
		data_group(data, who % data->n_small, &group, members);
		memcpy(keys.groups[i], group.name, sizeof(group.name));
		keys.ids[i] = DATA_UID(who);
	}
	return keys;
}

bool subject_can(const struct subject *subject, enum operation operation, const struct keys *keys)
{
	if (!subject->there)
		return false;
	switch (operation) {
	case OP_HIT:
	case OP_MISS:
		return true;
	case OP_UID:
		return subject->getpwuid != NULL;
	case OP_GROUP:
		return subject->getgrnam != NULL;
	case OP_BIG_GROUP:
		return subject->getgrnam != NULL && keys->has_big;
	case OP_INITGROUPS:
		return subject->initgroups != NULL;
	case OP_INITGROUPS_500:
		return subject->initgroups != NULL && keys->has_500;
	case OPERATIONS:
		break;
	}
	return false;
}

static bool ask_group(const struct subject *subject, const char *name)
{
	struct group gr = { .gr_mem = NULL };
	int error = 0;

	return subject->getgrnam(name, &gr, buffer, sizeof(buffer), &error) == NSS_STATUS_SUCCESS &&
	       gr.gr_mem && gr.gr_mem[0];
}

static bool ask_groups(const struct subject *subject, const char *name, long least)
{
	long start = 0, size = GROUPS_ROOM;
	gid_t *groups = gid_memory;
	int error = 0;

	return subject->initgroups(name, 1, &start, &size, &groups, -1, &error) ==
		       NSS_STATUS_SUCCESS &&
	       start >= least;
}

bool subject_ask(const struct subject *subject, enum operation operation, const struct keys *keys,
		 uint32_t i)
{
	struct passwd pw;
	int error = 0;

	switch (operation) {
	case OP_HIT:
		return subject->getpwnam(keys->names[i], &pw, buffer, 4096, &error) ==
		       NSS_STATUS_SUCCESS;
	case OP_MISS:
		return subject->getpwnam(keys->missing[i], &pw, buffer, 4096, &error) ==
		       NSS_STATUS_NOTFOUND;
	case OP_UID:
		return subject->getpwuid(keys->ids[i], &pw, buffer, 4096, &error) ==
		       NSS_STATUS_SUCCESS;
	case OP_GROUP:
		return ask_group(subject, keys->groups[i]);
	case OP_BIG_GROUP:
		return ask_group(subject, "team10k");
	case OP_INITGROUPS:
		return ask_groups(subject, keys->members[i], 5);
	case OP_INITGROUPS_500:
		return ask_groups(subject, "user0000001", 500);
	case OPERATIONS:
		break;
	}
	return false;
}
