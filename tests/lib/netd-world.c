/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/lib/test.h"

#include "tests/lib/netd-world.h"

#include <errno.h>

struct mock mock;
struct fake_core core;
bool no_platform;

int netd_world_setup(void **state)
{
	int r = mock_start(&mock);

	(void)state;
	if (r == -ENOENT) {
		print_message("node is not installed: the platform that misbehaves cannot run\n");
		no_platform = true;
		return 0;
	}
	return r < 0 ? r : fake_core_start(&core, mock.dir);
}

int netd_world_teardown(void **state)
{
	int status;

	(void)state;
	if (no_platform)
		return 0;
	status = fake_core_stop(&core);
	mock_stop(&mock);
	if (status != 0)
		print_message("idp-netd ended with status %d\n", status);
	return status;
}
