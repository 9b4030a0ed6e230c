/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_COMMON_B64URL_H
#define IDP_COMMON_B64URL_H

/* base64url without padding (RFC 4648 section 5, RFC 7515 section 2), canonical only. */

#include <stddef.h>
#include <stdint.h>

#include "common/macro.h"

/* Bytes that n_chars characters decode to at most; characters that n_bytes encode to. */
#define B64URL_DECODED_MAX(n_chars) ((n_chars) / 4 * 3 + 2)
#define B64URL_ENCODED_LEN(n_bytes) (((n_bytes)*4 + 2) / 3)

/*
 * Decodes text_len characters. Refuses anything but the 64 characters, lengths 1 mod 4 and set
 * trailing bits: -EBADMSG; -ENOSPC when out is too small. ret_len is written on success.
 */
int b64url_decode(const char *text, size_t text_len, uint8_t *out, size_t out_len,
		  size_t *ret_len) _must_check_;
/* Writes B64URL_ENCODED_LEN(len) characters and a NUL; -ENOSPC when out_len is too small. */
int b64url_encode(const void *bytes, size_t len, char *out, size_t out_len) _must_check_;

#endif
