/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * MUST
 * 1. Every release erases first (explicit_bzero: the optimiser may not skip it).
 * 2. Comparison takes the same time whatever the bytes are.
 * 3. Randomness comes from the kernel or not at all.
 */

#include "common/secret.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

struct secret *secret_new(const void *bytes, size_t len)
{
	struct secret *secret;
	size_t size;

	if (__builtin_add_overflow(len, sizeof(*secret) + 1, &size))
		return NULL;
	secret = malloc(size);
	if (!secret)
		return NULL;
	secret->len = len;
	if (len > 0)
		memcpy(secret->text, bytes, len);
	secret->text[len] = '\0';
	return secret;
}

struct secret *secret_free(struct secret *secret)
{
	if (secret)
		explicit_bzero(secret, sizeof(*secret) + secret->len + 1); /* MUST 1 */
	free(secret);
	return NULL;
}

bool secret_equal(const void *a, size_t a_len, const void *b, size_t b_len)
{
	const volatile uint8_t *x = a, *y = b;
	uint8_t difference = 0;

	if (a_len != b_len)
		return false;
	for (size_t i = 0; i < a_len; i++)
		difference = (uint8_t)(difference | (x[i] ^ y[i])); /* MUST 2: no early return */
	return difference == 0;
}

void secret_erase(void *bytes, size_t len)
{
	explicit_bzero(bytes, len);
}

int secret_random(void *bytes, size_t len)
{
	uint8_t *at = bytes;

	while (len > 0) {
		ssize_t n = getrandom(at, len, 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno; /* MUST 3 */
		at += n;
		len -= (size_t)n;
	}
	return 0;
}
