/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_USERDBD_RECORD_H
#define IDP_USERDBD_RECORD_H

/* JSON user and group records (systemd.io/USER_RECORD, systemd.io/GROUP_RECORD). Pure. */

#include <grp.h>
#include <jansson.h>
#include <pwd.h>

#include "common/macro.h"

/* { record, incomplete }; NULL when memory is out. */
json_t *record_user(const struct passwd *user) _must_check_;
json_t *record_group(const struct group *group) _must_check_;
/* { userName, groupName } */
json_t *record_membership(const char *user, const char *group) _must_check_;

#endif
