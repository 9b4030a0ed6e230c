/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_NET_DIR_SCIM_H
#define IDP_NET_DIR_SCIM_H

/* What dir-scim.c (which step is next), -ask.c (requests) and -take.c (answers) share; only they.
 */

#include <stdbool.h>
#include <stdint.h>

#include "idp-agentd/net/dir-backend.h"
#include "idp-agentd/net/pager.h"
#include "idp-agentd/net/scim-mark.h"
#include "idp-agentd/net/scim.h"

struct directory;

/* directory->learned */
enum dir_scim_learned {
	DIR_SCIM_ASKED = 1 << 0,      /* what the server says about itself is known */
	DIR_SCIM_CURSORS = 1 << 1,    /* it links its pages by cursors, and would rather */
	DIR_SCIM_FILTERS = 1 << 2,    /* it filters */
	DIR_SCIM_NO_DELTA = 1 << 3,   /* but not by time */
	DIR_SCIM_USER_ATTRS = 1 << 4, /* it gives what attributes= names */
	DIR_SCIM_GROUP_ATTRS = 1 << 5,
	DIR_SCIM_BREAKS_ATTRS = 1 << 6, /* it gives less */
};

enum dir_scim_plan {
	DIR_SCIM_FIND,
	DIR_SCIM_FULL,
	DIR_SCIM_DELTA,   /* what changed since mark.since */
	DIR_SCIM_CONFIRM, /* is every page still what it was? */
};

/* What was asked last. */
enum dir_scim_step {
	DIR_SCIM_NOTHING = 0,
	DIR_SCIM_SERVICE, /* ServiceProviderConfig */
	DIR_SCIM_PAGE,
	DIR_SCIM_RECHECK, /* the same page, without attributes= */
	DIR_SCIM_ZERO,    /* the resource at index 0 */
	DIR_SCIM_OTHERS,  /* how many changed, also of those filter= leaves out (delta) */
	DIR_SCIM_COUNT,   /* how many there are by now (delta) */
	DIR_SCIM_MEMBERS, /* of one group */
};

enum dir_scim_members { DIR_SCIM_INLINE, DIR_SCIM_APART, DIR_SCIM_PAGED };

struct dir_scim {
	struct directory *directory;
	const struct dir_ask *ask;
	enum dir_scim_plan plan;
	enum dir_scim_step step;
	enum dir_scim_members members;
	bool delta_groups; /* they come by time as well, not whole */
	bool groups;       /* which list is being read */
	bool by_cursor;
	char cursor[SCIM_CURSOR_MAX + 1]; /* of the next page */
	struct pager pager;
	struct scim_page page;
	size_t at;    /* next resource of the page */
	size_t n_new; /* resources of the page whose id was new */
	struct scim_room room;
	/* members of one group, read apart */
	bool joining; /* group has members still to be asked for */
	bool joined;  /* they came: group is a record */
	bool absent;  /* it is gone meanwhile */
	struct dir_group group;
	struct pager member_pager;
	struct scim_page member_page;
	json_t *member_group; /* that resource, with its members */
	/* delta */
	uint32_t lacking;   /* attributes no record had, when attributes= was sent */
	bool refused;       /* the server does not filter by time, or a page is not what it was */
	uint64_t counted;   /* UINT64_MAX: the server does not count */
	uint64_t date;      /* of the last answer, as began */
	uint64_t n_created; /* records of this list that are new since the mark */
	uint64_t late;      /* before the pass before began, as mark.since, but not long before */
	uint64_t n_late;    /* records that changed since */
	struct scim_mark mark; /* of the pass before */
	size_t mark_at;        /* next page of it to be confirmed */
	/* what this pass leaves */
	struct scim_mark next;
	bool spoiled;            /* next.pages cannot be whole */
	uint64_t began;          /* the server's clock at the first answer, 0 it has none */
	uint64_t newest;         /* lastModified */
	char etag[DIR_ETAG_MAX]; /* of the page at hand, "" none */
};

/* ---- requests: 0, SCIM_E_PATH or -errno; the step is set ---- */

int dir_scim_ask_service(struct dir_scim *dir, struct dir_request *request) _must_check_;
/*
 * The page where the pager is; RECHECK: without attributes=, ZERO: index 0, COUNT: not by time,
 * OTHERS: by time alone.
 */
int dir_scim_ask_page(struct dir_scim *dir, enum dir_scim_step step,
		      struct dir_request *request) _must_check_;
int dir_scim_ask_members(struct dir_scim *dir, struct dir_request *request) _must_check_;
/* Is attributes= sent along with a page? */
bool dir_scim_selects(const struct dir_scim *dir) _must_check_;
/* And it is not known yet whether the server then gives what it has? */
bool dir_scim_is_unproven(const struct dir_scim *dir) _must_check_;
/* Is this setting one of dir's: settings_text() or fallback. */
const char *dir_scim_setting(const struct directory *directory, const char *key,
			     const char *fallback);

/* May changes be asked for by time? */
bool dir_scim_may_delta(const struct dir_scim *dir) _must_check_;

/* ---- answers: as in dir-backend.h ---- */

int dir_scim_take(void *state, const struct http_answer *answer, struct dir_word *word);
int dir_scim_give(void *state, struct dir_record *ret_record, struct dir_word *word);

#endif
