/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_PIN_H
#define IDP_CORE_PIN_H

/*
 * For whom this host signs. idp-netd names the audience of an assertion and the target of a proof;
 * were it taken over, it could have one made for any platform the key is known at. So each must be
 * a place the configuration names. Pure.
 */

#include <stdbool.h>

#include "common/limits.h"
#include "common/macro.h"

struct config;
struct config_provider;

/*
 * client_aud where it is set, and nothing else then. Else the issuer, the token_endpoint of the
 * configuration, or an https address with the issuer's scheme, host and port.
 */
bool pin_audience(const struct config_provider *provider, const char *audience) _must_check_;
/* The audience an assertion is made for to see whether it can be made; nobody takes it. */
const char *pin_own_audience(const struct config_provider *provider);
/*
 * Where a DPoP proof may be shown: an https address without query that has the origin of the
 * issuer, of an endpoint the configuration names, or of a directory of this provider.
 */
bool pin_target(const struct config *config, const struct config_provider *provider,
		const char *url) _must_check_;

#endif
