/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_IDPCTL_LOGIN_H
#define IDP_IDPCTL_LOGIN_H

#include "common/macro.h"

struct invocation;

/* idpctl login: the person who runs it signs in with a browser. The exit status. */
int run_login(const struct invocation *invocation) _must_check_;

#endif
