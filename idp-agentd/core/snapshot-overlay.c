/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What an overlay says of its base. */
#include "idp-agentd/core/snapshot-overlay.h"

#include <errno.h>

int snapshot_writer_new_overlay(uint32_t floor _unused_, uint32_t ceiling _unused_,
				const char *path _unused_, struct snapshot_writer **ret _unused_)
{
	return -EOPNOTSUPP;
}

int snapshot_writer_add_gone_user(struct snapshot_writer *writer _unused_, uint32_t uid _unused_)
{
	return -EOPNOTSUPP;
}

int snapshot_writer_add_gone_group(struct snapshot_writer *writer _unused_, uint32_t gid _unused_)
{
	return -EOPNOTSUPP;
}

int snapshot_writer_patch_group(struct snapshot_writer *writer _unused_, uint32_t gid _unused_,
				uint32_t *ret_group _unused_)
{
	return -EOPNOTSUPP;
}

int snapshot_writer_add_private_group(struct snapshot_writer *writer _unused_,
				      uint32_t user _unused_)
{
	return -EOPNOTSUPP;
}

int snapshot_writer_add_alias(struct snapshot_writer *writer _unused_, const char *name _unused_,
			      uint32_t uid _unused_)
{
	return -EOPNOTSUPP;
}

int snapshot_writer_step(struct snapshot_writer *writer, const struct snapshot_options *options,
			 const char *path, struct snapshot_old **ret_old)
{
	return snapshot_writer_write(writer, options, path, ret_old);
}

int snapshot_facts(const char *path _unused_, struct snapshot_facts *ret _unused_)
{
	return -EOPNOTSUPP;
}
