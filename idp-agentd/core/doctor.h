/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_DOCTOR_H
#define IDP_CORE_DOCTOR_H

#include "common/macro.h"

struct conn;
struct control_parts;

/* DOCTOR. parts lives as long as the connection. -ENOMEM. */
int doctor_request(const struct control_parts *parts, struct conn *conn) _must_check_;

#endif
