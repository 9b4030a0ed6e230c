/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_USERDBD_DESCRIBE_H
#define IDP_USERDBD_DESCRIBE_H

/* What the service says of itself (varlink.org/Service). */

#include <jansson.h>
#include <stdbool.h>

#include "common/macro.h"

#define DESCRIBE_USERDB  "io.systemd.UserDatabase"
#define DESCRIBE_VARLINK "org.varlink.service"

/* Is this interface spoken here? */
bool describe_has(const char *interface) _must_check_;
/* { description } of an interface that is; NULL when memory is out. */
json_t *describe_interface(const char *interface) _must_check_;
/* { vendor, product, version, url, interfaces } */
json_t *describe_service(void) _must_check_;

#endif
