/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_SCOPE_LIST_H
#define IDP_CORE_SCOPE_LIST_H

/* idpctl scope list and export. */

#include "common/macro.h"
#include "common/wire.h"

struct config;
struct conn;
struct control_parts;

/* SCOPE_LIST. Negative: the client broke the rules. */
int scope_list_request(const struct control_parts *parts, struct conn *conn,
		       struct wire_in *in) _must_check_;
/* The END of a request about a provider that is not there. */
void scope_list_no_provider(const struct config *config, struct conn *conn, const char *name);

#endif
