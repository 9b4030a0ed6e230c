/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A directory that speaks SCIM 2.0: a pass reads all users, then all groups; a find asks for one.
 * MUST: "whole" is said only after both lists came whole (pager.h).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/reason.h"
#include "idp-agentd/net/dir-backend.h"
#include "idp-agentd/net/directory.h"
#include "idp-agentd/net/pager.h"
#include "idp-agentd/net/provider.h"
#include "idp-agentd/net/scim.h"
#include "idp-agentd/net/settings.h"
#include "idp-agentd/net/url.h"

#define INDIGO_USER        "/urn:indigo-dc:scim:schemas:IndigoUser"
#define DIR_SCIM_FIND_PAGE 20u /* who has this name: one, or a few whose case differs */

struct dir_scim {
	struct directory *directory;
	const struct dir_ask *ask;
	bool groups; /* which list is being read */
	bool asked;  /* a page of it, which was not judged yet */
	struct pager pager;
	struct scim_page page;
	size_t at;    /* next resource of the page */
	size_t n_new; /* resources of the page whose id was new */
	struct scim_room room;
};

static void dir_scim_judge(struct directory *directory)
{
	struct directory_paths defaults = {
		.subject = "/id",
		.name = "/userName",
		.gecos = "/displayName",
		.group_name = "/displayName",
		.end_time = INDIGO_USER "/endTime",
	};
	const char *preset =
		directory->provider ? settings_text(directory->provider->settings, "preset") : NULL;

	if (preset && strcmp(preset, "indigo-iam") == 0) {
		defaults.ssh_keys = INDIGO_USER "/sshKeys";
		defaults.labels = INDIGO_USER "/labels";
	}
	directory_read_paths(directory, &defaults);
}

static void dir_scim_close(void *state)
{
	struct dir_scim *dir = state;

	if (!dir)
		return;
	scim_page_done(&dir->page);
	pager_done(&dir->pager);
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
	dir->groups = ask->find && ask->what == WIRE_FIND_GROUP_NAME;
	r = pager_init(&dir->pager);
	if (r < 0) {
		free(dir);
		return r;
	}
	*ret_state = dir;
	return 0;
}

/* ---- asking ---- */

static int dir_scim_refuse(struct dir_word *word, const char *code, const char *text)
{
	word->code = code;
	reason_format(word->text, sizeof(word->text), "%s", text);
	return DIR_NEXT_REFUSED;
}

static int dir_scim_put_filter(const struct dir_scim *dir, struct buf *out)
{
	const struct directory_paths *paths = &dir->directory->paths;
	const char *base = dir->groups ? NULL : dir->directory->filter;
	const char *pointer = dir->groups ? paths->group_name : paths->name;

	if (!dir->ask->find) {
		buf_put_text(out, base ? base : "");
		return 0;
	}
	if (dir->ask->what == WIRE_FIND_SUBJECT)
		pointer = paths->subject;
	return scim_put_filter(out, base, pointer, dir->ask->value);
}

/* 0, SCIM_E_PATH or -errno. */
static int dir_scim_put_url(const struct dir_scim *dir, struct buf *out)
{
	struct buf filter;
	int r;

	buf_init(&filter, URL_LEN_MAX);
	r = dir_scim_put_filter(dir, &filter);
	if (r == 0)
		r = buf_end(&filter);
	if (r == 0) {
		directory_put_url(dir->directory, out, dir->groups ? "Groups" : "Users",
				  pager_start(&dir->pager),
				  dir->ask->find ? DIR_SCIM_FIND_PAGE : dir->directory->page_size);
		if (filter.len > 0) {
			buf_put_text(out, "&filter=");
			url_put_escaped(out, (const char *)filter.data, false);
		}
	}
	buf_done(&filter);
	return r;
}

static int dir_scim_ask(struct dir_scim *dir, struct dir_request *request, struct dir_word *word)
{
	int r = dir_scim_put_url(dir, &request->url);

	if (r == SCIM_E_PATH)
		return dir_scim_refuse(word, "configuration",
				       "an attribute of this directory cannot be searched for: it "
				       "is inside a list");
	request->accept = SCIM_TYPES;
	dir->asked = true;
	return r < 0 ? r : DIR_NEXT_ASK;
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
	dir->groups = true;
	pager_done(&dir->pager);
	r = pager_init(&dir->pager);
	return r < 0 ? r : dir_scim_ask(dir, request, word);
}

static int dir_scim_next(void *state, struct dir_request *request, struct dir_word *word)
{
	struct dir_scim *dir = state;
	enum pager_verdict verdict;

	if (!dir->asked)
		return dir_scim_ask(dir, request, word);
	verdict =
		pager_take(&dir->pager, dir->page.n, dir->n_new, dir->page.total, dir->page.start);
	word->done = dir->pager.received;
	word->total = dir->page.total;
	scim_page_done(&dir->page);
	if (dir->ask->find)
		return dir_scim_found(dir, verdict, word);
	switch (verdict) {
	case PAGER_MORE:
		return dir_scim_ask(dir, request, word);
	case PAGER_WHOLE:
		return dir_scim_next_list(dir, request, word);
	case PAGER_E_IGNORES:
	case PAGER_E_SHORT:
	case PAGER_E_LONG:
	case PAGER_E_CHANGED:
	case PAGER_E_TOO_MANY:
		break;
	}
	return dir_scim_refuse(word, pager_reason(verdict), pager_sentence(verdict));
}

/* ---- what came ---- */

static int dir_scim_take(void *state, const struct http_answer *answer, struct dir_word *word)
{
	struct dir_scim *dir = state;
	int r = scim_page_parse(answer->body, answer->body_len, word->text, &dir->page);

	dir->at = 0;
	dir->n_new = 0;
	word->code = "directory-garbage";
	return r > 0 ? DIR_TAKE_REFUSED : r;
}

static int dir_scim_skip(struct dir_word *word, const char *text)
{
	reason_format(word->text, sizeof(word->text), "%s", text);
	return DIR_GIVE_SKIPPED;
}

static int dir_scim_give(void *state, struct dir_record *ret_record, struct dir_word *word)
{
	struct dir_scim *dir = state;
	const struct directory_paths *paths = &dir->directory->paths;
	const json_t *resource;
	int r;

	if (dir->at >= dir->page.n)
		return DIR_GIVE_NONE;
	resource = json_array_get(dir->page.resources, dir->at++);
	ret_record->kind = dir->groups ? DIR_RECORD_GROUP : DIR_RECORD_USER;
	if (dir->groups)
		r = scim_group_read(paths, resource, &dir->room, word->text, &ret_record->group);
	else
		r = scim_user_read(paths, resource, &dir->room, word->text, &ret_record->user);
	if (r != 0) {
		dir->n_new++;
		return DIR_GIVE_SKIPPED;
	}
	r = pager_note(&dir->pager, dir->groups ? ret_record->group.id : ret_record->user.id);
	if (r == 0)
		return dir_scim_skip(word,
				     dir->groups ? "a group came twice" : "a user came twice");
	dir->n_new++;
	return r < 0 ? r : DIR_GIVE_RECORD;
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
};
