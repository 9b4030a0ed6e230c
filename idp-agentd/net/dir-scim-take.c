/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a SCIM server answered, and the records in it. */
#include <errno.h>
#include <string.h>

#include "common/reason.h"
#include "idp-agentd/net/dir-scim.h"
#include "idp-agentd/net/directory.h"

/* ---- pages ---- */

static int refuse_status(const struct http_answer *answer, const char *what, struct dir_word *word)
{
	word->code = answer->status == 401 || answer->status == 403 ? "directory-unauthorized"
								    : "http-status";
	reason_format(word->text, sizeof(word->text),
		      "the directory answered with HTTP status %u when asked for %s",
		      answer->status, what);
	return DIR_TAKE_REFUSED;
}

static int take_service(struct dir_scim *dir, const struct http_answer *answer)
{
	struct scim_service service = { .filter = false };
	uint32_t *learned = &dir->directory->learned;
	int r = 0;

	/* One that does not say gets what every server can do. */
	if (answer->status == 200)
		r = scim_service_parse(answer->body, answer->body_len, &service);
	if (r < 0)
		return r;
	*learned &= ~(uint32_t)(DIR_SCIM_CURSORS | DIR_SCIM_FILTERS);
	*learned |= DIR_SCIM_ASKED | (service.filter ? DIR_SCIM_FILTERS : 0) |
		    (service.cursor ? DIR_SCIM_CURSORS : 0);
	return DIR_TAKE_OK;
}

static void note_date(struct dir_scim *dir, const struct http_answer *answer)
{
	dir->date = answer->date > 0 ? (uint64_t)answer->date : 0;
	if (!dir->began)
		dir->began = dir->date;
}

static void note_times(struct dir_scim *dir, const json_t *resource)
{
	uint64_t counted_at = dir->groups ? dir->mark.groups_at : dir->mark.users_at;
	uint64_t time;

	if (dir->plan == DIR_SCIM_FIND || !dir_scim_may_delta(dir))
		return;
	time = scim_meta_time(resource, "lastModified");
	dir->newest = time > dir->newest ? time : dir->newest;
	if (dir->plan != DIR_SCIM_DELTA)
		return;
	dir->n_created += scim_meta_time(resource, "created") > counted_at;
	dir->n_late += time >= dir->late;
}

static bool has_anywhere(const struct scim_page *page, const char *pointer)
{
	for (size_t i = 0; i < page->n; i++)
		if (json_find(json_array_get(page->resources, i), pointer))
			return true;
	return false;
}

/*
 * Which attributes no record of the page has, a bit each. A server that takes attributes= for
 * something else would take ids, or the word that an account is disabled, from everybody.
 */
static uint32_t missing(const struct dir_scim *dir, const struct scim_page *page)
{
	const struct directory_paths *paths = &dir->directory->paths;
	const char *const user[] = {
		"/active",     "/meta",         paths->subject, paths->name,     paths->uid,
		paths->gid,    paths->gecos,    paths->home,    paths->shell,    paths->loa,
		paths->origin, paths->ssh_keys, paths->labels,  paths->end_time,
	};
	const char *const group[] = { "/meta", paths->group_name, paths->group_gid,
				      dir->members == DIR_SCIM_INLINE ? "/members" : NULL };
	const char *const *list = dir->groups ? group : user;
	size_t n = dir->groups ? ELEMENTSOF(group) : ELEMENTSOF(user);
	uint32_t bits = 0;

	for (size_t i = 0; i < n; i++)
		if (list[i] && !has_anywhere(page, list[i]))
			bits |= 1u << i;
	return bits;
}

static int parse_page(struct dir_scim *dir, const struct http_answer *answer,
		      struct scim_page *ret_page, struct dir_word *word)
{
	int r = scim_page_parse(answer->body, answer->body_len, dir->by_cursor, word->text,
				ret_page);

	word->code = "directory-garbage";
	return r > 0 ? DIR_TAKE_REFUSED : r;
}

static void note_etag(struct dir_scim *dir, const struct http_answer *answer)
{
	const char *etag = answer->etag;
	size_t len = etag ? strlen(etag) : 0;

	if (len >= sizeof(dir->etag))
		len = 0;
	if (len > 0)
		memcpy(dir->etag, etag, len);
	dir->etag[len] = '\0';
}

/* The page at hand holds what it should, or is first compared with one that has everything. */
static void judge_attributes(struct dir_scim *dir)
{
	dir->lacking = dir->page.n > 0 && dir_scim_is_unproven(dir) ? missing(dir, &dir->page) : 0;
	if (dir->lacking)
		dir->at = dir->page.n; /* nothing of it is given yet */
	else if (dir->page.n > 0 && dir_scim_is_unproven(dir))
		dir->directory->learned |= dir->groups ? DIR_SCIM_GROUP_ATTRS : DIR_SCIM_USER_ATTRS;
}

/* By time, or what it was asked by: it cannot do that. */
static void refuse_delta(struct dir_scim *dir, const struct http_answer *answer)
{
	dir->refused = true;
	if (answer->status == 400 || answer->status == 501)
		dir->directory->learned |= DIR_SCIM_NO_DELTA;
}

static int take_recheck(struct dir_scim *dir, const struct http_answer *answer,
			struct dir_word *word)
{
	struct scim_page page = SCIM_PAGE_NULL;
	int r;

	if (answer->status != 200) {
		refuse_delta(dir, answer);
		return DIR_TAKE_OK;
	}
	r = parse_page(dir, answer, &page, word);
	if (r != DIR_TAKE_OK)
		return r;
	dir->at = 0;
	if (missing(dir, &page) == dir->lacking) {
		dir->directory->learned |= dir->groups ? DIR_SCIM_GROUP_ATTRS : DIR_SCIM_USER_ATTRS;
		scim_page_done(&page);
	} else {
		dir->directory->learned |= DIR_SCIM_BREAKS_ATTRS;
		note_etag(dir, answer);
		scim_page_done(&dir->page);
		dir->page = page;
	}
	dir->lacking = 0;
	return DIR_TAKE_OK;
}

static int take_page(struct dir_scim *dir, const struct http_answer *answer, struct dir_word *word)
{
	int r;

	dir->at = 0;
	dir->n_new = 0;
	note_date(dir, answer);
	note_etag(dir, answer);
	if (dir->plan == DIR_SCIM_CONFIRM) {
		dir->refused = answer->status != 304;
		return DIR_TAKE_OK;
	}
	dir->refused = false;
	if (answer->status != 200 && dir_scim_is_unproven(dir)) {
		dir->lacking = UINT32_MAX; /* some refuse attributes= altogether */
		return DIR_TAKE_OK;
	}
	if (answer->status != 200) {
		refuse_delta(dir, answer);
		return DIR_TAKE_OK;
	}
	r = parse_page(dir, answer, &dir->page, word);
	if (r == DIR_TAKE_OK)
		judge_attributes(dir);
	return r;
}

static int take_count(struct dir_scim *dir, const struct http_answer *answer, struct dir_word *word)
{
	struct scim_page page = SCIM_PAGE_NULL;
	int r = parse_page(dir, answer, &page, word);

	note_date(dir, answer);
	dir->counted = page.total;
	scim_page_done(&page);
	return r;
}

/* A server that does not say how many: then nobody knows. */
static int take_others(struct dir_scim *dir, const struct http_answer *answer,
		       struct dir_word *word)
{
	dir->counted = UINT64_MAX;
	return answer->status == 200 ? take_count(dir, answer, word) : DIR_TAKE_OK;
}

/* ---- members of a group, read apart ---- */

static int take_group(struct dir_scim *dir, const struct http_answer *answer, struct dir_word *word)
{
	int r = json_parse(answer->body, answer->body_len, HTTP_PAGE_MAX,
			   JSON_ROOT_OBJECT | JSON_NUL_IS_NULL, &dir->member_group);

	if (r < 0)
		return r;
	word->code = "directory-garbage";
	if (r > 0)
		reason_format(word->text, sizeof(word->text),
			      "the answer for group %.100s is not one JSON object (%s)",
			      dir->group.id, json_reason(r));
	if (r == 0)
		r = scim_members_read(dir->member_group, word->text, &dir->group);
	dir->joined = true;
	return r == 0 ? DIR_TAKE_OK : DIR_TAKE_REFUSED;
}

/* Members that came before are not new; one without an id counts as such, as with records. */
static int note_members(struct dir_scim *dir, size_t *ret_new)
{
	char number[JSON_ID_ROOM];

	*ret_new = 0;
	for (size_t i = 0; i < dir->group.n_members; i++) {
		const char *id = dir->group.member(&dir->group, i, number);
		int r = id ? pager_note(&dir->member_pager, id) : 1;

		if (r < 0)
			return r;
		*ret_new += (size_t)r;
	}
	return 0;
}

static int take_part(struct dir_scim *dir, const struct http_answer *answer, struct dir_word *word)
{
	struct scim_page *page = &dir->member_page;
	enum pager_verdict verdict;
	size_t n_new;
	int r = scim_page_parse(answer->body, answer->body_len, false, word->text, page);

	word->code = "directory-garbage";
	if (r != 0)
		return r > 0 ? DIR_TAKE_REFUSED : r;
	dir->group.first = !dir->member_pager.begun;
	dir->group.members = page->resources;
	dir->group.n_members = page->n;
	r = note_members(dir, &n_new);
	if (r < 0)
		return r;
	verdict = pager_take(&dir->member_pager, page->n, n_new, page->total, page->start);
	dir->group.last = verdict == PAGER_WHOLE;
	dir->joined = true;
	if (verdict == PAGER_MORE && page->total <= GROUP_MEMBERS_MAX)
		return DIR_TAKE_OK;
	word->code = verdict == PAGER_MORE ? "too-many-records" : pager_reason(verdict);
	reason_format(word->text, sizeof(word->text), "members of group %.80s: %s", dir->group.name,
		      verdict == PAGER_MORE ? "more than this agent takes"
					    : pager_sentence(verdict));
	return verdict == PAGER_WHOLE ? DIR_TAKE_OK : DIR_TAKE_REFUSED;
}

static int take_members(struct dir_scim *dir, const struct http_answer *answer,
			struct dir_word *word)
{
	dir->absent = answer->status == 404 && !dir->member_pager.begun;
	if (dir->absent)
		return DIR_TAKE_OK;
	if (answer->status != 200)
		return refuse_status(answer, "the members of a group", word);
	return dir->members == DIR_SCIM_PAGED ? take_part(dir, answer, word)
					      : take_group(dir, answer, word);
}

int dir_scim_take(void *state, const struct http_answer *answer, struct dir_word *word)
{
	struct dir_scim *dir = state;

	switch (dir->step) {
	case DIR_SCIM_SERVICE:
		return take_service(dir, answer);
	case DIR_SCIM_PAGE:
	case DIR_SCIM_ZERO:
		return take_page(dir, answer, word);
	case DIR_SCIM_RECHECK:
		return take_recheck(dir, answer, word);
	case DIR_SCIM_OTHERS:
		return take_others(dir, answer, word);
	case DIR_SCIM_COUNT:
		return take_count(dir, answer, word);
	case DIR_SCIM_MEMBERS:
		return take_members(dir, answer, word);
	case DIR_SCIM_NOTHING:
		break;
	}
	return -EINVAL;
}

/* ---- records ---- */

static int skip(struct dir_word *word, const char *text)
{
	reason_format(word->text, sizeof(word->text), "%s", text);
	return DIR_GIVE_SKIPPED;
}

/* The group whose members were asked for, if they came. */
static int give_joined(struct dir_scim *dir, struct dir_record *ret_record, struct dir_word *word)
{
	if (dir->absent) {
		dir->absent = dir->joining = false;
		return skip(word, "a group was gone before its members were read");
	}
	if (!dir->joined) {
		scim_page_done(&dir->member_page);
		json_release_p(&dir->member_group);
		return DIR_GIVE_NONE;
	}
	dir->joined = false;
	dir->joining = !dir->group.last;
	ret_record->group = dir->group;
	return DIR_GIVE_RECORD;
}

static int begin_joining(struct dir_scim *dir, const struct dir_group *group)
{
	pager_done(&dir->member_pager);
	scim_page_done(&dir->member_page);
	json_release_p(&dir->member_group);
	dir->group = *group;
	dir->joining = true;
	return pager_init(&dir->member_pager);
}

int dir_scim_give(void *state, struct dir_record *ret_record, struct dir_word *word)
{
	struct dir_scim *dir = state;
	const struct directory_paths *paths = &dir->directory->paths;
	const json_t *resource;
	int r;

	ret_record->kind = dir->groups ? DIR_RECORD_GROUP : DIR_RECORD_USER;
	if (dir->joining || dir->joined)
		return give_joined(dir, ret_record, word);
	if (dir->at >= dir->page.n)
		return DIR_GIVE_NONE;
	resource = json_array_get(dir->page.resources, dir->at++);
	if (dir->groups)
		r = scim_group_read(paths, resource, &dir->room, word->text, &ret_record->group);
	else
		r = scim_user_read(paths, resource, &dir->room, word->text, &ret_record->user);
	if (r != 0) {
		dir->n_new++;
		note_times(dir, resource);
		return DIR_GIVE_SKIPPED;
	}
	r = pager_note(&dir->pager, dir->groups ? ret_record->group.id : ret_record->user.id);
	if (r == 0)
		return skip(word, dir->groups ? "a group came twice" : "a user came twice");
	dir->n_new++;
	note_times(dir, resource);
	if (r < 0 || !dir->groups || dir->members == DIR_SCIM_INLINE)
		return r < 0 ? r : DIR_GIVE_RECORD;
	r = begin_joining(dir, &ret_record->group);
	return r < 0 ? r : DIR_GIVE_NONE;
}
