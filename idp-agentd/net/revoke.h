/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_NET_REVOKE_H
#define IDP_NET_REVOKE_H

/*
 * Token revocation (RFC 7009). Some platforms hand out a refresh token with every sign-in, asked
 * for or not. One that the authority does not keep is given back at once: what lives on for months
 * elsewhere is of use to a thief only. What the authority did keep retire.h gives back.
 */

#include <stdbool.h>

#include "common/macro.h"

struct buf;
struct http_answer;
struct net;
struct provider;
struct revocations;
struct secret;

/*
 * Revokes a refresh token in the background, if the platform lets itself be told. The sign-in it
 * came with does not wait, and does not hear how it went.
 */
void revoke_unused(struct net *net, struct provider *provider, const struct secret *refresh_token);
/* What a revocation says (section 2.1); hint: "refresh_token" or "access_token". */
void revoke_put_form(struct buf *form, const struct secret *token, const char *hint);
/* Section 2.2: also for a token the platform does not know. */
bool revoke_was_taken(const struct http_answer *answer) _must_check_;

/* Stops those under way. Returns NULL; NULL is fine. */
struct revocations *revocations_free(struct revocations *revocations);

#endif
