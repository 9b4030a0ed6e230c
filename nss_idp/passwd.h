/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_NSS_PASSWD_H
#define IDP_NSS_PASSWD_H

/* What nss_idp.map exports of the passwd database; the contract is glibc's (nss.h). */

#include <pwd.h>

#include "nss_idp/backend.h"

_public_ enum nss_status NSS_FUNCTION(getpwnam_r)(const char *name, struct passwd *result,
						  char *buffer, size_t buflen, int *errnop);
_public_ enum nss_status NSS_FUNCTION(getpwuid_r)(uid_t uid, struct passwd *result, char *buffer,
						  size_t buflen, int *errnop);
_public_ enum nss_status NSS_FUNCTION(setpwent)(int stay_open);
_public_ enum nss_status NSS_FUNCTION(getpwent_r)(struct passwd *result, char *buffer,
						  size_t buflen, int *errnop);
_public_ enum nss_status NSS_FUNCTION(endpwent)(void);

#endif
