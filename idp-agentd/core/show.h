/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_SHOW_H
#define IDP_CORE_SHOW_H

/* The record, shown to an administrator: people, groups, the last decision. Sends rows and END. */

struct authority;
struct conn;

void show_user(struct authority *authority, struct conn *conn, const char *name);
void show_group(struct authority *authority, struct conn *conn, const char *name);
void show_why(struct authority *authority, struct conn *conn, const char *user,
	      const char *service);

#endif
