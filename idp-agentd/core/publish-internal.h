/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_PUBLISH_INTERNAL_H
#define IDP_CORE_PUBLISH_INTERNAL_H

/*
 * What publish*.c share; nobody else includes it.
 *
 *	publish-changes.c	what changed becomes entries: the forms that differ from the base
 *	publish-overlay.c	all entries become an overlay
 *	publish-build.c		the whole record becomes a base, slice by slice
 *	publish-base.c		when one is due, and how it appears
 *	publish.c		which of them when
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/clock.h"
#include "common/snapshot.h"
#include "idp-agentd/core/publish.h"
#include "idp-agentd/core/rowset.h"
#include "idp-agentd/core/snapshot-write.h"
#include "idp-agentd/core/store-changes.h"

#define PUBLISH_OLD_MAX  64u  /* superseded files that wait for their memory to be given back */
#define PUBLISH_PART     100u /* an overlay is at most one in so many of the base, or pace.entries */
#define PUBLISH_PATIENCE 4u   /* times as many are shown while a base is on its way */
#define PUBLISH_REST     4u   /* a base rests so many times as long as it took to write ... */
#define PUBLISH_REST_MAX (10 * USEC_PER_MINUTE) /* ... and no longer */

struct idmap;
struct publish_building;

/* A configured directory, owned. */
struct publisher_directory {
	char *name;
	char *iss;
	uint64_t fingerprint;
	uint32_t min_loa;
	bool shows_disabled, shows_ended, shows_below_loa;
	bool swept;
};

struct waiting_file {
	struct snapshot_old *old;
	usec_t due; /* 0: not yet seen by publish_reap() */
};

/* ---- what became of each row: publish-tally.c ---- */

enum publish_group {
	PUBLISH_GROUP_NONE = 0, /* no live row */
	PUBLISH_GROUP_HIDDEN,
	PUBLISH_GROUP_SHOWN,
};

/* A byte a row. */
struct publish_rows {
	uint8_t *items;
	size_t room;
};

struct publish_tally {
	struct publish_rows people; /* enum publish_verdict; PUBLISH_NO: no live row */
	struct publish_rows groups; /* enum publish_group */
	struct publish_counts counts;
};

void publish_tally_done(struct publish_tally *tally);
uint8_t publish_rows_get(const struct publish_rows *rows, int64_t row) _must_check_;
/* Notes the row and counts it in place of what it was. */
int publish_tally_person(struct publish_tally *tally, int64_t row,
			 enum publish_verdict verdict) _must_check_;
int publish_tally_group(struct publish_tally *tally, int64_t row,
			enum publish_group state) _must_check_;

/* ---- forms that differ from the base: publish-entries.c ---- */

/* A person or a group as it is to be seen; one block of memory. */
struct publish_entry {
	int64_t row;
	uint32_t id; /* uid, or gid of a group */
	bool gone;
	bool has_private; /* a group of its own */
	uint32_t gid;
	size_t n_gids;
	const uint32_t *gids; /* sorted, of groups that are shown */
	const char *name;
	const char *gecos, *home, *shell; /* people only */
	const char *alias;                /* NULL: none */
};

/* Owned entries by increasing id. */
struct publish_entries {
	struct publish_entry **items;
	size_t n, room;
};

/* A copy in one block; NULL when memory is short. */
struct publish_entry *publish_entry_copy(const struct publish_entry *entry) _must_check_;
/* The same to whoever looks. */
bool publish_entry_equal(const struct publish_entry *a, const struct publish_entry *b) _must_check_;
struct publish_entry *publish_entries_find(const struct publish_entries *entries,
					   uint32_t id) _must_check_;
/* Takes a copy of the entry in place of the one of its id. */
int publish_entries_put(struct publish_entries *entries,
			const struct publish_entry *entry) _must_check_;
/* Drops those whose row is not in keep; NULL: all. */
void publish_entries_keep(struct publish_entries *entries, const struct rowset *keep);
void publish_entries_done(struct publish_entries *entries);

/* ---- the publisher ---- */

struct publisher {
	const struct idmap *map;
	char *path;
	bool enumerate;
	struct publisher_directory *directories;
	size_t n_directories;
	struct waiting_file waiting[PUBLISH_OLD_MAX];
	size_t n_waiting;

	uint64_t rules;  /* hash of what judges, under which the base was written */
	uint64_t judged; /* ends of accounts up to here are published, seconds since 1970 */
	struct publish_pace pace;
	bool has_base;     /* there is a file of ours, and the tally says what is in it */
	bool needs_base;   /* it is not to be mended by overlays ... */
	bool wants_base;   /* ... or will be dear to */
	bool is_unwritten; /* entries are newer than the file */
	uint32_t flags;    /* of the file */
	usec_t begun;      /* the base on its way */
	usec_t rest_until; /* before this no base is written that is only wanted */

	struct store_changes changes; /* rows to look at */
	struct rowset forced;  /* of them: people who get an entry even if they look the same */
	struct rowset derived; /* of them: people listed for the sake of a name of another */
	struct snapshot seen;  /* what processes see at path */
	struct publish_tally tally;
	struct publish_entries users, groups;

	struct snapshot_writer *overlay; /* NULL: none is on its way */
	size_t overlay_at;               /* entries that are in it */

	struct publish_building *building; /* NULL: no base is on its way */
	struct store_changes since;        /* what changed since it was begun */
	size_t owed;                       /* slices it had to leave to overlays */
	uint64_t laid;                     /* generation it was laid beside with; 0: not yet */
	int64_t laid_group, laid_person;   /* rows of since that were looked at for it */
};

/* A step takes no longer, about: the rest waits for the next. */
usec_t publish_slice_end(const struct publisher *publisher) _must_check_;

/* More rows or entries than this are not shown before the next base. */
size_t publish_patience(const struct publisher *publisher) _must_check_;
/* The row must be looked at (again). */
int publish_mark_person(struct publisher *publisher, int64_t row) _must_check_;

/* publish-judge.c: may this group be shown, overshadowed ones apart? */
int publish_choose_group(const struct publisher *publisher, const struct group *group,
			 enum publish_group *ret) _must_check_;
/* The person's second name into room, *ret is that or NULL. */
int publish_find_alias(const struct publisher *publisher, const struct person *person,
		       char room[static NAME_LEN_MAX + 1], const char **ret) _must_check_;
/* Has the person a group of its own, in the eyes of this host? Groups with the gid apart. */
bool publish_has_private(const struct publisher *publisher,
			 const struct person *person) _must_check_;

/*
 * publish-changes.c: looks at all rows of publisher->changes. What fails stays listed.
 * SNAPSHOT_E_MORE: at some of them, call it again. SNAPSHOT_E_BASE: what was published cannot be
 * read.
 */
int publish_review(struct publisher *publisher, uint64_t now) _must_check_;
/*
 * Entries for all rows of publisher->since that were looked at, whatever is published: over the
 * base that was laid, whose tally is the publisher's now. SNAPSHOT_E_MORE.
 */
int publish_review_again(struct publisher *publisher, uint64_t now) _must_check_;
/* Has anything since the base was begun been looked at? */
int publish_has_since(const struct publisher *publisher, bool *ret) _must_check_;

/*
 * publish-overlay.c: writes all entries; over a base that was laid, those since that was begun.
 * SNAPSHOT_E_MORE: entries must stay as they are until it is done. SNAPSHOT_E_BASE: a base is
 * needed.
 */
int publish_write_overlay(struct publisher *publisher, uint32_t flags) _must_check_;
/* Stops one half-way. */
void publish_drop_overlay(struct publisher *publisher);

/*
 * publish-build.c: a base on its way. step: 0 published, or laid beside what is; SNAPSHOT_E_MORE,
 * another outcome, -errno. The last step decides what beside says.
 */
int publish_building_new(struct publisher *publisher, struct publish_building **ret) _must_check_;
struct publish_building *publish_building_free(struct publish_building *building);
int publish_building_step(struct publish_building *building, uint64_t now, uint32_t flags,
			  bool beside) _must_check_;
/* What it has counted. */
struct publish_tally *publish_building_tally(struct publish_building *building) _must_check_;

/* publish-base.c: a slice of the base. 0: it is published. SNAPSHOT_E_MORE, -errno. */
int publish_work_on_base(struct publisher *publisher, uint64_t now, uint32_t flags) _must_check_;
/* Stops it half-way. */
void publish_drop_base(struct publisher *publisher);

/* publish-files.c */
struct snapshot_options publish_options(const struct publisher *publisher, uint32_t flags);
void publish_keep_old(struct publisher *publisher, struct snapshot_old *old);
/* Notes size and generation of what was just written. */
void publish_measure(struct publisher *publisher);

/* One person into a writer, with whatever belongs to a person. alias: NULL for none. */
int publish_add_user(struct snapshot_writer *writer, const struct snapshot_person *person,
		     const char *alias, bool has_private, uint32_t *ret_user) _must_check_;

#endif
