/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The steps of store.sql, turned into C by the build. */

#include "idp-agentd/core/store-migrate.h"

const struct store_migration store_migrations[] = {
#include "idp-agentd/core/store-sql.h"
};
const size_t store_n_migrations = ELEMENTSOF(store_migrations);
