/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_KEYD_URI_H
#define IDP_KEYD_URI_H

/* Which key is meant: RFC 7512, read by p11-kit and held to what is safe here. */

#include <p11-kit/uri.h>

#include "common/limits.h"
#include "common/macro.h"

static inline P11KitUri *uri_free(P11KitUri *uri)
{
	p11_kit_uri_free(uri);
	return NULL;
}
DEFINE_CLEANUP(P11KitUri *, uri_free);

/*
 * Reads text as the name of one private key (type=private is understood). KEYD_NO_URI with a
 * sentence in reason, which never holds a pin-value.
 */
int uri_parse(const char *text, char reason[static REASON_MAX], P11KitUri **ret_uri) _must_check_;

#endif
