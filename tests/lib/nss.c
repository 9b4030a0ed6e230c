/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/lib/nss.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/macro.h"
#include "common/snapshot-format.h"
#include "tests/lib/snapshot.h"

struct nss_module nss;

static void load_symbol(void *handle, const char *name, void *function)
{
	char symbol[64];
	void *found;

	IGNORE(snprintf(symbol, sizeof(symbol), "_nss_idptest_%s", name) < 0);
	found = dlsym(handle, symbol);
	if (!found) {
		IGNORE(fprintf(stderr, "%s: %s\n", symbol, dlerror()) < 0);
		exit(99);
	}
	memcpy(function, &found, sizeof(found));
}

void nss_load(void)
{
	void *handle = dlopen(NSS_TEST_MODULE, RTLD_NOW | RTLD_LOCAL);

	if (!handle) {
		IGNORE(fprintf(stderr, "%s\n", dlerror()) < 0);
		exit(99);
	}
	world_use_directory(NSS_TEST_DIR);
	load_symbol(handle, "getpwnam_r", &nss.getpwnam);
	load_symbol(handle, "getpwuid_r", &nss.getpwuid);
	load_symbol(handle, "setpwent", &nss.setpwent);
	load_symbol(handle, "getpwent_r", &nss.getpwent);
	load_symbol(handle, "endpwent", &nss.endpwent);
	load_symbol(handle, "getgrnam_r", &nss.getgrnam);
	load_symbol(handle, "getgrgid_r", &nss.getgrgid);
	load_symbol(handle, "setgrent", &nss.setgrent);
	load_symbol(handle, "getgrent_r", &nss.getgrent);
	load_symbol(handle, "endgrent", &nss.endgrent);
	load_symbol(handle, "initgroups_dyn", &nss.initgroups);
}

void nss_no_snapshot(void)
{
	const uint32_t superseded = SNAPSHOT_SUPERSEDED;
	const int fd = open(world_path(), O_WRONLY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return;
	IGNORE(pwrite(fd, &superseded, sizeof(superseded),
		      offsetof(struct snapshot_header, state)));
	IGNORE(close(fd));
	IGNORE(unlink(world_path()));
}

void nss_put_snapshot(const void *bytes, size_t len)
{
	int fd;

	nss_no_snapshot();
	fd = open(world_path(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (fd < 0 || write(fd, bytes, len) != (ssize_t)len) {
		perror(world_path());
		exit(99);
	}
	IGNORE(close(fd));
}
