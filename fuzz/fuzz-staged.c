/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Staged rows of a pass as a damaged record would hand them back: read strictly or not at all,
 * and what is read packs to the same bytes.
 */

#include <stdlib.h>
#include <string.h>

#include "idp-agentd/core/syncer-internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_same(struct buf *packed, const uint8_t *data, size_t size)
{
	if (packed->len != size || memcmp(packed->data, data, size) != 0)
		abort();
	buf_done(packed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dir_user user;
	struct buf packed;
	const char *name;
	uint32_t gid;

	if (syncer_unpack_user(data, size, &user) == 0) {
		if (syncer_pack_user(&packed, &user) != 0)
			abort();
		check_same(&packed, data, size);
	}
	if (syncer_unpack_group(data, size, &name, &gid) == 0) {
		if (syncer_pack_group(&packed, name, gid) != 0)
			abort();
		check_same(&packed, data, size);
	}
	return 0;
}
