/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_SETUP_H
#define IDP_CORE_SETUP_H

/*
 * What idp-netd is told of the configuration: SETUP messages with the keys it needs, secrets
 * read at that moment and erased after.
 */

#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/limits.h"
#include "common/macro.h"

struct config;

/*
 * Whether every secret the configuration names can be read, and every private key used: before
 * a configuration is taken. 0; otherwise -errno with a sentence in reason.
 */
int setup_check(const struct config *config, char reason[static REASON_MAX]) _must_check_;

/* Calls send(userdata, message) for each message, SETUP_END last. A negative return stops it. jkt:
 * the thumbprint of the key of proofs, for providers with dpop = yes; NULL there is none. */
int setup_send(const struct config *config, const char *jkt, uint32_t revision,
	       int (*send)(void *userdata, struct buf *message), void *userdata,
	       char reason[static REASON_MAX]) _must_check_;

#endif
