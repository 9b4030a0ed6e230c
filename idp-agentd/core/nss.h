/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_NSS_H
#define IDP_CORE_NSS_H

/* Answers NSS clients: from the record at once, else when the directories have been asked. */

#include "common/macro.h"
#include "common/wire.h"

struct authority;
struct conn;
struct lookup;

/* Kept by the caller as long as any connection lives. */
struct nss {
	struct authority *authority;
	struct lookup *lookup;
};

/* A request of class NSS; answers now or later. Negative: the client broke the rules. */
int nss_request(const struct nss *nss, struct conn *conn, struct wire_in *in) _must_check_;

#endif
