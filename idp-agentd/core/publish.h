/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_PUBLISH_H
#define IDP_CORE_PUBLISH_H

/*
 * From the record to the snapshot every process reads. Publishes only who passes publish_judge();
 * answers given from the record must pass it too. When to publish (debounce, retry) is the
 * caller's business; a failed publish leaves the old snapshot in place.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/limits.h"
#include "common/macro.h"

struct group;
struct idmap;
struct person;
struct publisher;

enum {
	PUBLISH_E_SYNC = 1, /* a pass is being applied: call again when syncer_step() is done */
	PUBLISH_E_MORE,     /* there is another slice to do: call publish_step() again soon */
};

enum publish_verdict {
	PUBLISH_NO = 0,
	PUBLISH_RETIRED,
	PUBLISH_INACTIVE,
	PUBLISH_ENDED,
	PUBLISH_RANGE,     /* id outside the range now configured, or reserved */
	PUBLISH_LOCAL,     /* name or id is this host's own */
	PUBLISH_NAME,      /* name not valid or reserved (break_glass changed) */
	PUBLISH_DIRECTORY, /* its directory is not configured any more, or has another issuer */
	PUBLISH_LOA,       /* below the least level of assurance its directory takes */
	PUBLISH_YES,
};

/* A configured directory; strings borrowed. */
struct publish_directory {
	const char *name;
	const char *iss;      /* issuer of its people */
	uint64_t fingerprint; /* of its settings: another value asks for another full pass */
	uint32_t min_loa;     /* people below do not exist here; 0: everybody does */
	/* Who is no more than refused: seen by NSS all the same. All false: hidden. */
	bool shows_disabled, shows_ended, shows_below_loa;
	bool swept; /* has full passes (scim); a userinfo directory has none */
};

struct publish_counts {
	uint64_t people;                  /* published */
	uint64_t groups;                  /* published, private ones not counted */
	uint64_t hidden[PUBLISH_YES + 1]; /* people held back, by verdict */
	uint64_t hidden_groups;
	uint64_t cut_members; /* memberships left out: USER_GROUPS_MAX, GROUP_MEMBERS_MAX */
	uint64_t next_end;    /* earliest end_time ahead (publish again then), 0 = none */
	uint64_t bytes;       /* of the file */
	uint64_t generation;
	uint64_t base_bytes;      /* of the file under it; 0: it stands alone */
	uint64_t base_generation; /* 0: it stands alone */
	uint64_t changes;         /* people and groups that differ from the base */
	bool complete;            /* COMPLETE flag set: a miss is final */
	bool is_behind;           /* something that changed is not shown yet */
	bool is_soon;             /* and what changed last will be, before the base on its way is */
};

/* path: the snapshot; its folder must exist. map is borrowed for the publisher's life. */
int publisher_new(const char *path, const struct idmap *map, struct publisher **ret) _must_check_;
struct publisher *publisher_free(struct publisher *publisher);
DEFINE_CLEANUP(struct publisher *, publisher_free);

/* After start and each reload: what is configured now. Copied. */
int publisher_set_directories(struct publisher *publisher,
			      const struct publish_directory *directories, size_t n) _must_check_;

/* How work is divided. */
struct publish_pace {
	size_t small;   /* so few people and groups are written anew at each change: as fast */
	size_t entries; /* an overlay of so many is no reason for a new base */
	size_t page;    /* rows read at a time */
	uint64_t slice; /* a step of a base in microseconds, about */
};
#define PUBLISH_PACE                                                       \
	{                                                                  \
		.small = 2000, .entries = 1000, .page = 200, .slice = 5000 \
	}
/* For tests; the one to begin with is PUBLISH_PACE. */
void publisher_set_pace(struct publisher *publisher, const struct publish_pace *pace);

/* May `getent passwd` list everybody ([agent] enumerate)? No to begin with. */
void publisher_set_enumerate(struct publisher *publisher, bool enumerate);

/* May this person (group) be shown to processes, and with this id? */
enum publish_verdict publish_judge(const struct publisher *publisher, const struct person *person,
				   uint64_t now) _must_check_;
/*
 * The same for eyes only: PUBLISH_YES also for those whom their directory's `hide` leaves to be
 * seen. For answers to NSS and the snapshot, and for nothing that opens a door.
 */
enum publish_verdict publish_look(const struct publisher *publisher, const struct person *person,
				  uint64_t now) _must_check_;
enum publish_verdict publish_judge_group(const struct publisher *publisher,
					 const struct group *group) _must_check_;

/*
 * Shows what changed in the record, in what judges, or by time, in about as long as the change is
 * large; nothing changed: nothing is written. What takes longer, a base above all, is done in
 * slices of about 10 ms, one a call. 0: everything is shown. PUBLISH_E_MORE: so it is unless
 * is_behind says otherwise, and there is more to do. PUBLISH_E_SYNC, or -errno (-ENOSPC: disk full)
 * with one sentence in reason; then what was published stays, and nothing of the change is
 * forgotten.
 */
int publish_step(struct publisher *publisher, uint64_t now, char reason[static REASON_MAX],
		 struct publish_counts *ret) _must_check_;
/*
 * The same to its end, however long that takes. 0, PUBLISH_E_SYNC, or -errno (-ENOSPC: disk full)
 * with one sentence in reason; then the old snapshot is untouched.
 */
int publish_run(struct publisher *publisher, uint64_t now, char reason[static REASON_MAX],
		struct publish_counts *ret) _must_check_;
/*
 * Gives back the memory of superseded snapshots whose grace is over. Returns the delay in
 * microseconds until it wants to be called again, USEC_INFINITY when nothing is left.
 * now: clock_now().
 */
uint64_t publish_reap(struct publisher *publisher, uint64_t now);

#endif
