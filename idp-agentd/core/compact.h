/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_COMPACT_H
#define IDP_CORE_COMPACT_H

/*
 * Compact JWS of ours (RFC 7515 section 7.1), written: one JSON object of texts and numbers for
 * the header, one for the payload, a signature. The authority writes JSON and never reads it.
 */

#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/macro.h"

struct key;
struct secret;

#define COMPACT_TEXT_MAX  4096u  /* one value; the longest of ours is an address */
#define COMPACT_TOKEN_MAX 65536u /* all of it in base64url */
#define COMPACT_JSON_MAX  16384u /* a header or a payload; with a JWK of RSA 8192 about 3000 */

/*
 * Puts "name":"value" behind what is there, '{' first. name is a literal of ours and goes in as it
 * is; value is escaped. A value longer than COMPACT_TEXT_MAX or not UTF-8 sets the buffer's error
 * (-EMSGSIZE, -EBADMSG).
 */
void compact_put_text(struct buf *json, const char *name, const char *value);
void compact_put_number(struct buf *json, const char *name, uint64_t value);
/* Puts "name":json, where json is ours and whole. */
void compact_put_json(struct buf *json, const char *name, const char *value);
/* A jti nobody can guess, of 16 random bytes. */
void compact_put_jti(struct buf *json);
/* Closes both objects, begun by puts: what is to be signed goes into token. The first error. */
int compact_compose(struct buf *header, struct buf *payload, struct buf *token) _must_check_;
/* Puts the signature behind what compact_compose() made. */
int compact_finish(struct buf *token, const void *signature, size_t len,
		   struct secret **ret_token) _must_check_;
/* Closes both objects, begun by puts, and signs them. The first error of either; -EIO, -ENOMEM. */
int compact_sign(const struct key *key, struct buf *header, struct buf *payload,
		 struct secret **ret_token) _must_check_;

#endif
