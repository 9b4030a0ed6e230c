/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_PAM_IDP_LOCAL_USER_H
#define IDP_PAM_IDP_LOCAL_USER_H

#include <stdbool.h>

#include "common/macro.h"

/*
 * Looks for name in the passwd file at path, without NSS: getpwnam() would come back to us
 * through nss_idp, and would wait for the agent this very question is meant to do without.
 * 0 and *ret_found, or -errno when the file cannot be read whole.
 */
int local_user_find(const char *path, const char *name, bool *ret_found) _must_check_;

#endif
