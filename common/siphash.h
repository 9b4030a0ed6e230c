/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_COMMON_SIPHASH_H
#define IDP_COMMON_SIPHASH_H

#include <stddef.h>
#include <stdint.h>

/* SipHash-2-4 (Aumasson, Bernstein): names come from strangers, tables must not degrade. */
uint64_t siphash24(const uint8_t key[static 16], const void *bytes, size_t len);

#endif
