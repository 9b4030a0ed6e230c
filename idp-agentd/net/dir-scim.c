/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A directory that speaks SCIM 2.0 (RFC 7643, 7644, 9865): a pass reads all users, then all groups,
 * or what changed since the pass before; a find asks for one. MUST:
 *  1. "whole" is said only after both lists came whole (pager.h);
 *  2. "unchanged" only when every page that was read the last time was confirmed;
 *  3. a pass by time counts once more at its end: where somebody left the directory, or what
 *     filter= names of it, it asks for a full one;
 *  4. times are the server's; the next pass begins before anything this one may have missed.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/reason.h"
#include "idp-agentd/net/dir-scim.h"
#include "idp-agentd/net/directory.h"

#define OVERLAP 120u /* seconds: servers of a cluster differ, and write late */

/* ---- settings ---- */

static enum dir_scim_members dir_scim_members(const struct directory *directory)
{
	const char *word = dir_scim_setting(directory, "members", "inline");

	if (strcmp(word, "paged") == 0)
		return DIR_SCIM_PAGED;
	return strcmp(word, "apart") == 0 ? DIR_SCIM_APART : DIR_SCIM_INLINE;
}

static void dir_scim_judge(struct directory *directory)
{
	static const struct directory_paths defaults = {
		.subject = "/id",
		.name = "/userName",
		.gecos = "/displayName",
		.group_name = "/displayName",
	};

	directory_read_paths(directory, &defaults);
}

bool dir_scim_may_delta(const struct dir_scim *dir)
{
	const char *word = dir_scim_setting(dir->directory, "delta", "auto");
	uint32_t learned = dir->directory->learned;

	if (learned & DIR_SCIM_NO_DELTA)
		return false;
	if (strcmp(word, "auto") == 0)
		return learned & DIR_SCIM_FILTERS;
	return strcmp(word, "yes") == 0;
}

/* ---- the state ---- */

static void dir_scim_close(void *state)
{
	struct dir_scim *dir = state;

	if (!dir)
		return;
	scim_page_done(&dir->page);
	scim_page_done(&dir->member_page);
	json_release_p(&dir->member_group);
	pager_done(&dir->pager);
	pager_done(&dir->member_pager);
	free(dir);
}

static int dir_scim_open(struct directory *directory, const struct dir_ask *ask, void **ret_state)
{
	struct dir_scim *dir = calloc(1, sizeof(*dir));
	int r;

	if (!dir)
		return -ENOMEM;
	dir->directory = directory;
	dir->ask = ask;
	dir->plan = ask->find ? DIR_SCIM_FIND : DIR_SCIM_FULL;
	dir->groups = ask->find && ask->what == WIRE_FIND_GROUP_NAME;
	dir->members = dir_scim_members(directory);
	dir->delta_groups = strcmp(dir_scim_setting(directory, "delta", "auto"), "yes") == 0;
	r = pager_init(&dir->pager);
	if (r < 0) {
		free(dir);
		return r;
	}
	*ret_state = dir;
	return 0;
}

/* ---- what is next ---- */

static int dir_scim_refuse(struct dir_word *word, const char *code, const char *text)
{
	word->code = code;
	reason_format(word->text, sizeof(word->text), "%s", text);
	return DIR_NEXT_REFUSED;
}

static int dir_scim_need_full(struct dir_word *word, const char *text)
{
	return dir_scim_refuse(word, DIR_CODE_FULL, text);
}

static int dir_scim_asked(int r, struct dir_word *word)
{
	if (r == SCIM_E_PATH)
		return dir_scim_refuse(word, "configuration",
				       "an attribute of this directory cannot be searched for: it "
				       "is inside a list");
	return r < 0 ? r : DIR_NEXT_ASK;
}

static int dir_scim_page(struct dir_scim *dir, enum dir_scim_step step, struct dir_request *request,
			 struct dir_word *word)
{
	if (dir->plan == DIR_SCIM_CONFIRM)
		memcpy(request->etag, dir->mark.pages[dir->mark_at].etag, sizeof(request->etag));
	return dir_scim_asked(dir_scim_ask_page(dir, step, request), word);
}

/* An empty list, from its first page. */
static int dir_scim_reset(struct dir_scim *dir, bool groups)
{
	dir->groups = groups;
	dir->n_created = 0;
	dir->n_late = 0;
	dir->cursor[0] = '\0';
	pager_done(&dir->pager);
	return pager_init(&dir->pager);
}

static int dir_scim_by_time(struct dir_scim *dir, struct dir_request *request,
			    struct dir_word *word)
{
	int r = dir_scim_reset(dir, false);

	if (r < 0)
		return r;
	if (!dir->mark.since || !dir_scim_may_delta(dir))
		return dir_scim_need_full(word, "the directory changed since it was read");
	dir->plan = DIR_SCIM_DELTA;
	dir->spoiled = true;
	dir->late = dir->mark.began > OVERLAP ? dir->mark.began - OVERLAP : 0;
	if (dir->late < dir->mark.since)
		dir->late = dir->mark.since;
	return dir_scim_page(dir, DIR_SCIM_PAGE, request, word);
}

/* What kind of pass this is, once it is known what the server can do. */
static int dir_scim_plan(struct dir_scim *dir, struct dir_request *request, struct dir_word *word)
{
	const char *paging = dir_scim_setting(dir->directory, "paging", "auto");

	dir->by_cursor = strcmp(paging, "cursor") == 0 ||
			 (strcmp(paging, "auto") == 0 && dir->plan != DIR_SCIM_FIND &&
			  dir->directory->learned & DIR_SCIM_CURSORS);
	if (dir->plan == DIR_SCIM_FIND)
		dir->by_cursor = false;
	/* Cursors are made anew each time, and members have pages of their own. */
	dir->spoiled = dir->by_cursor || dir->members != DIR_SCIM_INLINE;
	if (dir->plan == DIR_SCIM_FIND || dir->ask->full)
		return dir_scim_page(dir, DIR_SCIM_PAGE, request, word);
	if (!scim_mark_read(dir->ask->cursor, &dir->mark))
		return dir_scim_need_full(word, "nothing is known of the pass before");
	if (dir->mark.n_pages == 0 || dir->spoiled)
		return dir_scim_by_time(dir, request, word);
	dir->plan = DIR_SCIM_CONFIRM;
	return dir_scim_page(dir, DIR_SCIM_PAGE, request, word);
}

static int dir_scim_begin(struct dir_scim *dir, struct dir_request *request, struct dir_word *word)
{
	bool must_know = strcmp(dir_scim_setting(dir->directory, "paging", "auto"), "auto") == 0 ||
			 strcmp(dir_scim_setting(dir->directory, "delta", "auto"), "auto") == 0;

	if (dir->plan == DIR_SCIM_FIND || !must_know ||
	    (!dir->ask->full && dir->directory->learned & DIR_SCIM_ASKED))
		return dir_scim_plan(dir, request, word);
	return dir_scim_asked(dir_scim_ask_service(dir, request), word);
}

/* One page is all a find reads: a server that has more did not heed the filter. */
static int dir_scim_found(const struct dir_scim *dir, enum pager_verdict verdict,
			  struct dir_word *word)
{
	if (dir->ask->found > 0 || verdict == PAGER_WHOLE)
		return DIR_NEXT_WHOLE;
	return dir_scim_refuse(word, "directory-filter",
			       "the directory does not heed the filter of a search");
}

static int dir_scim_next_list(struct dir_scim *dir, struct dir_request *request,
			      struct dir_word *word)
{
	int r;

	if (dir->groups)
		return DIR_NEXT_WHOLE;
	r = dir_scim_reset(dir, true);
	return r < 0 ? r : dir_scim_page(dir, DIR_SCIM_PAGE, request, word);
}

/* MUST 3. */
static int dir_scim_on_count(struct dir_scim *dir, uint64_t counted, struct dir_request *request,
			     struct dir_word *word)
{
	uint64_t expected = dir->groups ? dir->mark.groups : dir->mark.users;

	if (counted != UINT64_MAX && counted != expected + dir->n_created)
		return dir_scim_need_full(word, "somebody or a group left the directory");
	*(dir->groups ? &dir->next.groups : &dir->next.users) = expected + dir->n_created;
	*(dir->groups ? &dir->next.groups_at : &dir->next.users_at) = dir->date;
	return dir_scim_next_list(dir, request, word);
}

/* MUST 3: one may have left and another come who was there before, and the count is the same. */
static int dir_scim_on_others(struct dir_scim *dir, struct dir_request *request,
			      struct dir_word *word)
{
	if (dir->counted != dir->n_late)
		return dir_scim_need_full(word,
					  "somebody changed who is not among those of filter=");
	return dir_scim_page(dir, DIR_SCIM_COUNT, request, word);
}

static int dir_scim_list_over(struct dir_scim *dir, struct dir_request *request,
			      struct dir_word *word)
{
	if (dir->plan == DIR_SCIM_DELTA && !dir->groups && dir->directory->filter)
		return dir_scim_page(dir, DIR_SCIM_OTHERS, request, word);
	if (dir->plan == DIR_SCIM_DELTA && (!dir->groups || dir->delta_groups))
		return dir_scim_page(dir, DIR_SCIM_COUNT, request, word);
	if (dir->plan == DIR_SCIM_DELTA)
		return dir_scim_on_count(dir, dir->pager.received, request, word);
	*(dir->groups ? &dir->next.groups : &dir->next.users) = dir->pager.received;
	*(dir->groups ? &dir->next.groups_at : &dir->next.users_at) = dir->date;
	return dir_scim_next_list(dir, request, word);
}

static enum pager_verdict dir_scim_verdict(struct dir_scim *dir)
{
	struct scim_page *page = &dir->page;

	if (dir->by_cursor)
		return pager_take_cursor(&dir->pager, page->n, dir->n_new, page->total, page->next);
	return pager_take(&dir->pager, page->n, dir->n_new, page->total, page->start);
}

static int dir_scim_page_over(struct dir_scim *dir, struct dir_request *request,
			      struct dir_word *word)
{
	enum pager_verdict verdict = dir_scim_verdict(dir);
	bool zero = dir->step == DIR_SCIM_ZERO;

	word->done = dir->pager.received;
	word->total = dir->page.total == UINT64_MAX ? 0 : dir->page.total;
	if (dir->page.next) /* scim_page_parse() bounds it */
		memcpy(dir->cursor, dir->page.next, strlen(dir->page.next) + 1);
	if (!dir->spoiled)
		scim_mark_add(&dir->next, dir->groups, dir->page.n, dir->etag, &dir->spoiled);
	scim_page_done(&dir->page);
	if (dir->plan == DIR_SCIM_FIND)
		return dir_scim_found(dir, verdict, word);
	if (verdict == PAGER_MORE)
		return dir_scim_page(dir, DIR_SCIM_PAGE, request, word);
	if (verdict == PAGER_WHOLE)
		return dir_scim_list_over(dir, request, word);
	if (!zero && !dir->by_cursor && pager_misses_first(&dir->pager, verdict)) {
		dir->spoiled = true;
		return dir_scim_page(dir, DIR_SCIM_ZERO, request, word);
	}
	/* A server that counts from 1 takes 0 for 1: that says nothing new. */
	if (zero)
		verdict = PAGER_E_SHORT;
	return dir_scim_refuse(word, pager_reason(verdict), pager_sentence(verdict));
}

/* MUST 2. */
static int dir_scim_confirmed(struct dir_scim *dir, struct dir_request *request,
			      struct dir_word *word)
{
	const struct scim_mark_page *page = &dir->mark.pages[dir->mark_at];
	int r;

	dir->pager.received += page->n;
	word->done = dir->pager.received;
	word->total = dir->groups ? dir->mark.groups : dir->mark.users;
	dir->mark_at++;
	if (dir->mark_at >= dir->mark.n_pages)
		return DIR_NEXT_UNCHANGED;
	if (page[1].groups != dir->groups) {
		r = dir_scim_reset(dir, true);
		if (r < 0)
			return r;
	}
	return dir_scim_page(dir, DIR_SCIM_PAGE, request, word);
}

static int dir_scim_on_page(struct dir_scim *dir, struct dir_request *request,
			    struct dir_word *word)
{
	if (dir->plan == DIR_SCIM_CONFIRM)
		return dir->refused ? dir_scim_by_time(dir, request, word)
				    : dir_scim_confirmed(dir, request, word);
	if (dir->refused)
		return dir_scim_need_full(word, "the directory does not filter by time");
	if (dir->lacking)
		return dir_scim_page(dir, DIR_SCIM_RECHECK, request, word);
	return dir_scim_page_over(dir, request, word);
}

static int dir_scim_next(void *state, struct dir_request *request, struct dir_word *word)
{
	struct dir_scim *dir = state;

	if (dir->joining)
		return dir_scim_asked(dir_scim_ask_members(dir, request), word);
	switch (dir->step) {
	case DIR_SCIM_NOTHING:
		return dir_scim_begin(dir, request, word);
	case DIR_SCIM_SERVICE:
		return dir_scim_plan(dir, request, word);
	case DIR_SCIM_OTHERS:
		return dir_scim_on_others(dir, request, word);
	case DIR_SCIM_COUNT:
		return dir_scim_on_count(dir, dir->counted, request, word);
	case DIR_SCIM_PAGE:
	case DIR_SCIM_RECHECK:
	case DIR_SCIM_ZERO:
	case DIR_SCIM_MEMBERS:
		return dir_scim_on_page(dir, request, word);
	}
	return -EINVAL;
}

/* MUST 4. */
static void dir_scim_cursor(const void *state, struct buf *out)
{
	const struct dir_scim *dir = state;
	struct scim_mark mark = dir->next;
	uint64_t newest = dir->newest < dir->began ? dir->newest : dir->began;

	if (dir->plan == DIR_SCIM_CONFIRM) {
		scim_mark_put(out, &dir->mark);
		return;
	}
	mark.began = dir->began;
	mark.n_pages = dir->spoiled ? 0 : mark.n_pages;
	if (dir_scim_may_delta(dir) && newest > OVERLAP)
		mark.since = newest - OVERLAP;
	if (mark.since < dir->mark.since)
		mark.since = dir->mark.since;
	if (mark.since > 0 || mark.n_pages > 0)
		scim_mark_put(out, &mark);
}

const struct dir_backend dir_backend_scim = {
	.kind = "scim",
	.http = true,
	.lists = true,
	.judge = dir_scim_judge,
	.open = dir_scim_open,
	.close = dir_scim_close,
	.next = dir_scim_next,
	.take = dir_scim_take,
	.give = dir_scim_give,
	.cursor = dir_scim_cursor,
};
