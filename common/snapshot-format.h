/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_COMMON_SNAPSHOT_FORMAT_H
#define IDP_COMMON_SNAPSHOT_FORMAT_H

/*
 * The bytes of identity.snap, version 1: what idp-agentd publishes and every process maps.
 *
 * A file is immutable but for one word, the header's state. Little-endian; every section starts
 * at a multiple of 64 and is found through the header; references are indexes or offsets inside
 * a section and are checked where they are used. Nothing is reached by a pointer, nothing is
 * believed because it was checked before: the owner of the file may be broken.
 *
 *   header   4096 bytes, never punched
 *   users    cells of 64 bytes, by increasing uid; one cache line answers getpwnam. Behind them
 *            name-only cells, by increasing uid: other names of a uid, and names that are gone
 *   groups   cells of 64 bytes, by increasing gid; behind them names that are gone
 *   indexes  user names, user ids, group names, group ids: open addressing, linear probing,
 *            at most half full; a slot is 10 bits of the hash and 22 bits of cell number + 1
 *   gids     supplementary groups of the users whose cell has no room for them
 *   templates "/home/" NAME "", "/bin/bash": homes and shells that many people share
 *   pool     long texts and the members of groups; the last byte is NUL
 *
 * An overlay (flag OVERLAY) is such a file too, and says what is different from its base: the
 * full file identity.base-GENERATION beside it, of the same hash key and id range. What the
 * overlay has under a name or an id is the answer, a TOMBSTONE included; what it has not, the
 * base answers. A base is never an overlay.
 *
 * To change the format: a new bit in the low half of flags, or of a cell's flags, may be ignored
 * by an older reader (which then does not answer from that cell); a bit in the high half of flags
 * or another version makes it refuse the file. Bytes of version 1 are in tests/data/snapshot.
 */

#include <assert.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "identity.snap is little-endian and mapped as it is; a big-endian reader must swap"
#endif

#define SNAPSHOT_MAGIC       0x0050414e53504449ull /* "IDPSNAP" and a NUL */
#define SNAPSHOT_VERSION     1u
#define SNAPSHOT_HEADER_SIZE 4096u
#define SNAPSHOT_ALIGN       64u
#define SNAPSHOT_CELL_SIZE   64u

/* enum snapshot_flags: the low half may be unknown to a reader, the high half must not. */
#define SNAPSHOT_COMPLETE        0x00000001u /* the whole directory: what is not here does not exist */
#define SNAPSHOT_ENUMERATE       0x00000002u /* getent passwd without a name may list it */
#define SNAPSHOT_OVERLAY         0x00010000u /* base_generation says over which file */
#define SNAPSHOT_ALIASES         0x00020000u /* there are name-only cells */
#define SNAPSHOT_COMPACT         0x00040000u /* members of some group are cell numbers */
#define SNAPSHOT_PRIVATE         0x00080000u /* some user has a group of its own without a cell */
#define SNAPSHOT_FLAGS_MUST_KNOW 0xffff0000u
#define SNAPSHOT_FLAGS_KNOWN \
	(SNAPSHOT_OVERLAY | SNAPSHOT_ALIASES | SNAPSHOT_COMPACT | SNAPSHOT_PRIVATE)

/*
 * The state word. Zero is "no": a wiped header is not alive. The order is the life of a file:
 * LIVE, then SUPERSEDED (still whole: a lookup that began in it may end), then PUNCHED (all but
 * the header reads as zeros, or soon will: what was copied out must be thrown away).
 */
#define SNAPSHOT_LIVE       0x4556494cu /* "LIVE" */
#define SNAPSHOT_SUPERSEDED 0x5245504fu
#define SNAPSHOT_PUNCHED    0x434e5550u

#define SNAPSHOT_REF_BITS  22u
#define SNAPSHOT_REF_MASK  ((1u << SNAPSHOT_REF_BITS) - 1)
#define SNAPSHOT_CELLS_MAX (SNAPSHOT_REF_MASK - 1) /* cells of one kind; ref 0 is an empty slot */

struct snapshot_index {
	uint32_t offset;    /* of the slots, uint32_t each, from the start of the file */
	uint32_t bits;      /* there are 1 << bits slots, at least twice the cells */
	uint32_t probe_max; /* no entry is further from its home slot than this */
	uint32_t reserved;
};

struct snapshot_extent {
	uint32_t offset; /* from the start of the file */
	uint32_t n;      /* elements (pool: bytes) */
};

struct snapshot_header {
	uint64_t magic;
	uint32_t version;
	_Atomic uint32_t state;
	uint32_t flags;
	uint32_t header_size;
	uint64_t size;       /* of the file */
	uint64_t generation; /* counts up by one a publication */
	uint64_t published;  /* microseconds since 1970, for people */
	uint32_t id_floor;   /* no uid or gid below or above is answered */
	uint32_t id_ceiling;
	uint32_t reserved_32[2];
	uint64_t key[4]; /* of the name and id hashes: fresh random bytes for each file */
	struct snapshot_index user_names;
	struct snapshot_index user_ids;
	struct snapshot_index group_names;
	struct snapshot_index group_ids;
	struct snapshot_extent users;
	struct snapshot_extent groups;
	struct snapshot_extent gids;
	struct snapshot_extent templates;
	struct snapshot_extent pool;
	uint64_t base_generation; /* OVERLAY */
	uint32_t n_user_names;    /* ALIASES: name-only cells behind the users */
	uint32_t n_group_names;   /* ... behind the groups */
	uint32_t reserved[10];
};

/* Flags of a cell. An unknown one: the reader does not answer from that cell. */
#define SNAPSHOT_CELL_TOMBSTONE 0x01u /* it does not exist, whatever the base says */
#define SNAPSHOT_CELL_FAR_TEXT  0x02u /* user: gecos, home, shell are in the pool */
#define SNAPSHOT_CELL_FAR_GIDS  0x04u /* user: the supplementary gids are in the gids section */
#define SNAPSHOT_CELL_FAR_NAME  0x08u /* group: the name is in the pool */
#define SNAPSHOT_CELL_ALIAS     0x10u /* name-only: another name of uid, to be looked up by id */
#define SNAPSHOT_CELL_PRIVATE   0x20u /* user: also a group of this name, gid = uid, no members */
#define SNAPSHOT_CELL_COMPACT   0x40u /* group: members are cell numbers */
#define SNAPSHOT_CELL_PATCH     0x80u /* group: members are those of the base's group, but for some */

#define SNAPSHOT_USER_BODY 48u

/*
 * A user. body starts with the name, which is always there whole, then
 *   no FAR_TEXT: the GECOS field; home and shell are template numbers;
 *   FAR_TEXT: word 8 is the pool offset of the texts "gecos NUL home NUL shell NUL", word 9 is
 *     the length of the GECOS field | length of home << 16, word 10 the length of the shell;
 *   no FAR_GIDS: the last n_gids words are the gids;
 *   FAR_GIDS: word 11 is the number of the first in the gids section. FAR_TEXT has no near gids.
 */
struct snapshot_user_cell {
	uint32_t uid;
	uint32_t gid;
	uint16_t n_gids;
	uint8_t name_len;
	uint8_t gecos_len;
	uint8_t home;
	uint8_t shell;
	uint8_t flags;
	uint8_t reserved;
	union {
		char text[SNAPSHOT_USER_BODY];
		uint32_t words[SNAPSHOT_USER_BODY / 4];
	} body;
};

#define SNAPSHOT_USER_WORD_TEXT    8u
#define SNAPSHOT_USER_WORD_LENGTHS 9u
#define SNAPSHOT_USER_WORD_SHELL   10u
#define SNAPSHOT_USER_WORD_GIDS    11u

#define SNAPSHOT_GROUP_NAME 40u

/*
 * A group. Its members stand in the pool, in members_len bytes:
 *   "one NUL two NUL ...", or
 *   COMPACT: a word, the length the names would have that way; then for each member the number of
 *     its user's cell as a varint (7 bits a byte, the low ones first, the high bit says that more
 *     follow; at most 4 bytes), the first one plus 1, the others as the distance to the one before;
 *   PATCH: three words, the length of the names of all n_members, the bytes of removed, the number
 *     of added; then removed: positions in the base's list, coded as above; then the names added.
 * Gone names (TOMBSTONE) have no members.
 */
struct snapshot_group_cell {
	uint32_t gid;
	uint32_t n_members;
	uint32_t members; /* pool offset */
	uint32_t members_len;
	uint32_t far_name; /* FAR_NAME: pool offset */
	uint8_t name_len;
	uint8_t flags;
	uint16_t reserved;
	char name[SNAPSHOT_GROUP_NAME];
};

#define SNAPSHOT_TEMPLATES_MAX  255u
#define SNAPSHOT_TEMPLATE_NAMED 0x01u

/* before_len bytes of the pool at text, the user's name when NAMED, the next after_len bytes. */
struct snapshot_template {
	uint32_t text;
	uint16_t before_len;
	uint16_t after_len;
	uint32_t flags;
};

static_assert(sizeof(_Atomic uint32_t) == 4, "the state word is a plain 32-bit word");
static_assert(sizeof(struct snapshot_index) == 16, "format v1");
static_assert(sizeof(struct snapshot_extent) == 8, "format v1");
static_assert(sizeof(struct snapshot_header) == 256, "format v1");
static_assert(offsetof(struct snapshot_header, state) == 12, "format v1");
static_assert(offsetof(struct snapshot_header, key) == 64, "format v1");
static_assert(offsetof(struct snapshot_header, users) == 160, "format v1");
static_assert(offsetof(struct snapshot_header, base_generation) == 200, "format v1");
static_assert(sizeof(struct snapshot_user_cell) == SNAPSHOT_CELL_SIZE, "one cache line a person");
static_assert(offsetof(struct snapshot_user_cell, body) == 16, "format v1");
static_assert(sizeof(struct snapshot_group_cell) == SNAPSHOT_CELL_SIZE, "one cache line a group");
static_assert(sizeof(struct snapshot_template) == 12, "format v1");

#endif
