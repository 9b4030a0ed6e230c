/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_SHOW_POLICY_H
#define IDP_CORE_SHOW_POLICY_H

/* Who may use a service, in sentences, for an administrator. Sends rows and END. */

struct authority;
struct conn;

void show_policy(struct authority *authority, struct conn *conn, const char *service);

#endif
