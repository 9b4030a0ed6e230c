/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_STORE_MIGRATE_H
#define IDP_CORE_STORE_MIGRATE_H

#include <stddef.h>

#include "common/limits.h"
#include "common/macro.h"

/* One step of the schema, from version-1 to version. */
struct store_migration {
	int version;
	const char *sql;
};

/* The steps of store.sql, in order. */
extern const struct store_migration store_migrations[];
extern const size_t store_n_migrations;

#endif
