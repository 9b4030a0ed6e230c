/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_CONFIG_ADDRESS_H
#define IDP_CORE_CONFIG_ADDRESS_H

/* What an address of idp.conf may be. 0, or CONFIG_E_REFUSED with a sentence in reason. Pure. */

#include <stdbool.h>
#include <stddef.h>

#include "common/limits.h"
#include "common/macro.h"

/* https; issuer: without a query. */
int config_address_url(const char *text, bool issuer, char reason[static REASON_MAX]) _must_check_;
/* https, or http to the browser's own machine. */
int config_address_redirect(const char *text, char reason[static REASON_MAX]) _must_check_;
/* The length of "http://" and a host that is the browser's own machine; behind it is a port, a path
 * or nothing. 0: it is no such address. */
size_t config_address_loopback(const char *uri) _must_check_;
/* An absolute URI without a fragment, of any scheme: a name, and nobody connects to it. */
int config_address_resource(const char *text, char reason[static REASON_MAX]) _must_check_;
/* oidc, oauth, no or https. */
int config_address_discovery(const char *text, char reason[static REASON_MAX]) _must_check_;

#endif
