/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_KEY_MAKE_H
#define IDP_CORE_KEY_MAKE_H

/* New private keys that are kept, and the public halves of keys as platforms take them. */

#include <stddef.h>

#include "common/macro.h"

struct buf;
struct secret;

/* RSA in PEM, PKCS #8. -EIO, -ENOMEM. */
int key_make_rsa(unsigned bits, struct secret **ret_pem) _must_check_;
/* The SubjectPublicKeyInfo in DER of a private key in PEM into out. -EKEYREJECTED: it is none. */
int key_make_spki(const struct secret *pem, struct buf *out) _must_check_;
/* That in PEM ("BEGIN PUBLIC KEY") behind what is in out; to be ended by the caller. */
void key_put_spki_pem(const void *spki, size_t len, struct buf *out);
/* RFC 4648 section 4, with padding and without line ends. */
void key_put_base64(const void *bytes, size_t len, struct buf *out);
/* The size of an RSA key by its SubjectPublicKeyInfo; 0: it is none. */
unsigned key_rsa_bits(const void *spki, size_t len);

#endif
