/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_NSS_GROUP_H
#define IDP_NSS_GROUP_H

/* What nss_idp.map exports of the group database; the contract is glibc's (nss.h). */

#include <grp.h>

#include "nss_idp/backend.h"

_public_ enum nss_status NSS_FUNCTION(getgrnam_r)(const char *name, struct group *result,
						  char *buffer, size_t buflen, int *errnop);
_public_ enum nss_status NSS_FUNCTION(getgrgid_r)(gid_t gid, struct group *result, char *buffer,
						  size_t buflen, int *errnop);
_public_ enum nss_status NSS_FUNCTION(setgrent)(int stay_open);
_public_ enum nss_status NSS_FUNCTION(getgrent_r)(struct group *result, char *buffer, size_t buflen,
						  int *errnop);
_public_ enum nss_status NSS_FUNCTION(endgrent)(void);
/* Appends the supplementary groups of user but for group; *groupsp grows by realloc(). */
_public_ enum nss_status NSS_FUNCTION(initgroups_dyn)(const char *user, gid_t group, long *start,
						      long *size, gid_t **groupsp, long limit,
						      int *errnop);

#endif
