/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_NET_REVOKE_H
#define IDP_NET_REVOKE_H

/*
 * Token revocation (RFC 7009). Some platforms hand out a refresh token with every sign-in, asked
 * for or not. This host keeps none, so the one it was given is given back at once: what lives on
 * for months elsewhere is of use to a thief only.
 */

struct net;
struct provider;
struct revocations;
struct secret;

/*
 * Revokes a refresh token in the background, if the platform lets itself be told. The sign-in it
 * came with does not wait, and does not hear how it went.
 */
void revoke_unused(struct net *net, struct provider *provider, const struct secret *refresh_token);
/* Stops those under way. Returns NULL; NULL is fine. */
struct revocations *revocations_free(struct revocations *revocations);

#endif
