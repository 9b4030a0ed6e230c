/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_BOOT_H
#define IDP_CORE_BOOT_H

/* Is this still the boot of the machine in which something was noted? */

#include "common/macro.h"

#define BOOT_DIGITS 16

/*
 * The name of this boot: kept beside the snapshot, in a folder that outlives no boot. One that
 * cannot be noted is good for this run only. 0 or -errno.
 */
int boot_name(const char *snapshot, char boot[static BOOT_DIGITS + 1]) _must_check_;

#endif
