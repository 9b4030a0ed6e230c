/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_IDMAP_CONTROL_H
#define IDP_CORE_IDMAP_CONTROL_H

#include "common/macro.h"

struct conn;
struct control_parts;
struct job;
struct wire_in;

/* IDMAP_EXPORT, IDMAP_ASSIGN, IDMAP_CLASHES. Negative: the client broke the rules, or -ENOMEM. */
int idmap_control_request(const struct control_parts *parts, struct conn *conn,
			  struct wire_in *in) _must_check_;
/* IDMAP_IMPORT, with the IDMAP_LINES behind it. One at a time. */
int idmap_bring_request(const struct control_parts *parts, struct conn *conn,
			struct wire_in *in) _must_check_;
/* Of idpctl doctor: who was refused because another has the id. */
void idmap_doctor(struct job *job);

#endif
