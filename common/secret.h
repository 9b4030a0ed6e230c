/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_COMMON_SECRET_H
#define IDP_COMMON_SECRET_H

/*
 * Bytes that must not be seen: passwords, tokens, client secrets, private keys. The type has no
 * printable form; every copy is erased when it is released.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/macro.h"

struct secret {
	size_t len;
	char text[]; /* len bytes and a NUL that is not counted */
};

/* NULL when memory is short. */
struct secret *secret_new(const void *bytes, size_t len) _must_check_;
/* Erases and frees; returns NULL; NULL is fine. */
struct secret *secret_free(struct secret *secret);
DEFINE_CLEANUP(struct secret *, secret_free);
/* In time that depends on the lengths only. */
bool secret_equal(const void *a, size_t a_len, const void *b, size_t b_len) _must_check_;
/* Erases memory the optimiser may not skip. */
void secret_erase(void *bytes, size_t len);
/* len random bytes from the kernel; never fails quietly: 0 or -errno. */
int secret_random(void *bytes, size_t len) _must_check_;

#endif
