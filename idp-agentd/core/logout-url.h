/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_LOGOUT_URL_H
#define IDP_CORE_LOGOUT_URL_H

/*
 * The address that ends a person's session at the platform. It is for the person's browser, which
 * holds the cookies: nothing of ours ever asks for it. Pure.
 */

#include "common/limits.h"
#include "common/macro.h"

/* NULL: there is none. */
struct logout_values {
	const char *client_id;
	const char *return_uri; /* where the browser goes when it is done */
	const char *error_uri;  /* and when it is not */
};

/*
 * Both: 0, or CONFIG_E_REFUSED with a sentence in reason.
 *
 * A template is an https address with {client_id}, {return_uri} and {error_uri} somewhere in its
 * path or query. There is no {state}: nobody would be here to compare it.
 */
int logout_url_check(const char *template, char reason[static REASON_MAX]) _must_check_;
/* Values are percent-encoded, all but the unreserved characters of RFC 3986. */
int logout_url_build(const char *template, const struct logout_values *values,
		     char reason[static REASON_MAX],
		     char url[static LOGOUT_URL_MAX + 1]) _must_check_;
/*
 * The template of a platform that has none but names an end_session_endpoint: the parameters of
 * OpenID Connect RP-Initiated Logout 1.0 section 2, as far as there are values for them.
 */
int logout_url_standard(const char *endpoint, const struct logout_values *values,
			char reason[static REASON_MAX],
			char template[static LOGOUT_URL_MAX + 1]) _must_check_;

#endif
