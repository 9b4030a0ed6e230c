/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_IDPCTL_SCOPE_DIFF_H
#define IDP_IDPCTL_SCOPE_DIFF_H

/* A register of scopes that was handed over, against the one of this host. Pure. */

#include <stddef.h>

#include "common/macro.h"

struct buf;
struct rows;
struct scope_file;

/* The rows "asked" and "register" of SCOPE_LIST as the body of a file. */
void scope_diff_put_body(const struct rows *here, struct buf *body);
/* Adds a row "difference" for each, and says how many there are. -ENOMEM. */
int scope_diff(const struct rows *here, const struct scope_file *there, struct rows *out,
	       size_t *ret_n) _must_check_;

#endif
