/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_COMMON_SNAPSHOT_HASH_H
#define IDP_COMMON_SNAPSHOT_HASH_H

/*
 * The keyed hash of the snapshot's indexes, shared by its writer and its reader (part of format
 * version 1). A folded 64 x 64 -> 128 multiplication, as in wyhash, but with every constant taken
 * from the file's own random key.
 *
 * Why not SipHash: names come from strangers, but they cannot aim. The key is drawn after the
 * names are known, anew for each full file; a collision chosen without it needs a factor that
 * cancels a 64-bit word of the key. And the writer does not trust this argument: it measures the
 * longest probe and builds the table again with another key when that passes SNAPSHOT_PROBE_MAX,
 * which the reader enforces. (An overlay has its base's key, which everybody can read: names made
 * to collide with it cost a new base, and that has another key.) What is left to buy is speed: this
 * is 4 ns where SipHash is 15.
 *
 * Inline on purpose: the call would be a tenth of a lookup.
 */

#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline uint64_t snapshot_fold(uint64_t a, uint64_t b)
{
#ifdef __SIZEOF_INT128__
	const unsigned __int128 product = (unsigned __int128)a * b;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
#else
	const uint64_t a_low = (uint32_t)a, a_high = a >> 32, b_low = (uint32_t)b, b_high = b >> 32;
	const uint64_t middle = (a_low * b_low >> 32) + a_high * b_low;
	const uint64_t other = (uint32_t)middle + a_low * b_high;

	return (a * b) ^ (a_high * b_high + (middle >> 32) + (other >> 32));
#endif
}

static inline uint64_t snapshot_load64(const char *at)
{
	uint64_t value;

	memcpy(&value, at, sizeof(value));
	return value;
}

static inline uint64_t snapshot_load32(const char *at)
{
	uint32_t value;

	memcpy(&value, at, sizeof(value));
	return value;
}

/* len bytes, at least one. Every byte counts; overlapping loads instead of a tail loop. */
static inline uint64_t snapshot_hash_name(const uint64_t key[static 4], const char *name,
					  size_t len)
{
	uint64_t hash = key[0] ^ len;
	uint64_t a, b;

	for (; len > 16; name += 16, len -= 16)
		hash = snapshot_fold(snapshot_load64(name) ^ key[1],
				     snapshot_load64(name + 8) ^ hash);
	if (len >= 8) {
		a = snapshot_load64(name);
		b = snapshot_load64(name + len - 8);
	} else if (len >= 4) {
		a = snapshot_load32(name);
		b = snapshot_load32(name + len - 4);
	} else {
		a = (uint64_t)(uint8_t)name[0] << 16 | (uint64_t)(uint8_t)name[len / 2] << 8 |
		    (uint8_t)name[len - 1];
		b = 0;
	}
	return snapshot_fold(snapshot_fold(a ^ key[1], b ^ hash) ^ key[2], key[3]);
}

static inline uint64_t snapshot_hash_id(const uint64_t key[static 4], uint32_t id)
{
	return snapshot_fold(id ^ key[2], key[3]);
}

/* The home slot is the top bits of the hash, the tag its low bits. */
static inline uint32_t snapshot_tag(uint64_t hash)
{
	return (uint32_t)hash & 0x3ffu;
}

#endif
