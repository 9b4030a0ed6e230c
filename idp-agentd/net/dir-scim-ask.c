/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The addresses a SCIM server is asked at. */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "idp-agentd/net/dir-scim.h"
#include "idp-agentd/net/directory.h"
#include "idp-agentd/net/settings.h"
#include "idp-agentd/net/url.h"

#define FIND_PAGE 20u /* who has this name: one, or a few whose case differs */

const char *dir_scim_setting(const struct directory *directory, const char *key,
			     const char *fallback)
{
	const char *text = settings_text(directory->settings, key);

	return text ? text : fallback;
}

static void put_base(const struct dir_scim *dir, struct buf *out, const char *what)
{
	const char *base = dir->directory->url;
	size_t len = strlen(base);

	buf_put(out, base, len > 0 && base[len - 1] == '/' ? len - 1 : len);
	buf_put_text(out, what);
}

static void put_parameter(struct buf *out, const char *name, const char *value)
{
	buf_printf(out, "&%s=", name);
	url_put_escaped(out, value, false);
}

int dir_scim_ask_service(struct dir_scim *dir, struct dir_request *request)
{
	put_base(dir, &request->url, "/ServiceProviderConfig");
	request->accept = SCIM_TYPES;
	request->any_status = true;
	dir->step = DIR_SCIM_SERVICE;
	return 0;
}

/* ---- filters ---- */

static int put_since(uint64_t when, struct buf *out, const char *base)
{
	time_t since = (time_t)when;
	struct tm tm;
	char text[32];

	if (!gmtime_r(&since, &tm) || strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		return -EINVAL;
	buf_printf(out, "%s%s%smeta.lastModified ge \"%s\"", base ? "(" : "", base ? base : "",
		   base ? ") and " : "", text);
	return 0;
}

static bool is_count(enum dir_scim_step step)
{
	return step == DIR_SCIM_COUNT || step == DIR_SCIM_OTHERS;
}

static bool is_by_time(const struct dir_scim *dir, enum dir_scim_step step)
{
	return dir->plan == DIR_SCIM_DELTA && !is_count(step) &&
	       (!dir->groups || dir->delta_groups);
}

static int put_filter(const struct dir_scim *dir, enum dir_scim_step step, struct buf *out)
{
	const struct directory_paths *paths = &dir->directory->paths;
	const char *base = dir->groups ? NULL : dir->directory->filter;
	const char *pointer = dir->groups ? paths->group_name : paths->name;

	if (dir->plan == DIR_SCIM_FIND)
		return scim_put_filter(
			out, base, dir->ask->what == WIRE_FIND_SUBJECT ? paths->subject : pointer,
			dir->ask->value);
	if (step == DIR_SCIM_OTHERS)
		return put_since(dir->late, out, NULL);
	if (is_by_time(dir, step))
		return put_since(dir->mark.since, out, base);
	buf_put_text(out, base ? base : "");
	return 0;
}

/* ---- attributes ---- */

bool dir_scim_selects(const struct dir_scim *dir)
{
	const char *word = dir_scim_setting(dir->directory, "attributes", "auto");

	if (strcmp(word, "auto") != 0)
		return strcmp(word, "yes") == 0;
	return !(dir->directory->learned & DIR_SCIM_BREAKS_ATTRS);
}

bool dir_scim_is_unproven(const struct dir_scim *dir)
{
	uint32_t proof = dir->groups ? DIR_SCIM_GROUP_ATTRS : DIR_SCIM_USER_ATTRS;

	return dir_scim_selects(dir) && !(dir->directory->learned & proof) &&
	       strcmp(dir_scim_setting(dir->directory, "attributes", "auto"), "auto") == 0;
}

static bool is_indigo(const char *pointer)
{
	return strncmp(pointer, "/urn:indigo-dc:", STRLEN("/urn:indigo-dc:")) == 0;
}

/* What the configuration takes, and no more; INDIGO IAM knows its extension as a whole. */
static int put_attributes(const struct dir_scim *dir, struct buf *out)
{
	const struct directory_paths *paths = &dir->directory->paths;
	const char *const user[] = {
		"/id",      "/active",     "/meta",         paths->subject, paths->name,
		paths->uid, paths->gid,    paths->gecos,    paths->home,    paths->shell,
		paths->loa, paths->origin, paths->ssh_keys, paths->labels,  paths->end_time,
	};
	const char *const group[] = { "/id", "/meta", paths->group_name, paths->group_gid };
	const char *const *list = dir->groups ? group : user;
	size_t n = dir->groups ? ELEMENTSOF(group) : ELEMENTSOF(user);
	int r = 0;

	for (size_t i = 0; i < n && r == 0; i++)
		if (list[i])
			r = scim_put_attribute(out, list[i], is_indigo(list[i]));
	if (r == 0 && dir->groups && dir->members == DIR_SCIM_INLINE)
		r = scim_put_attribute(out, "/members", false);
	return r;
}

/* ---- pages ---- */

static void put_place(const struct dir_scim *dir, enum dir_scim_step step, struct buf *out)
{
	unsigned count = dir->plan == DIR_SCIM_FIND ? FIND_PAGE : dir->directory->page_size;

	if (step == DIR_SCIM_ZERO || is_count(step)) {
		buf_put_text(out, step == DIR_SCIM_ZERO ? "?startIndex=0&count=1"
							: "?startIndex=1&count=1");
	} else if (dir->by_cursor) {
		/* The first page has an empty one (RFC 9865 section 2). */
		buf_printf(out, "?count=%u", count);
		put_parameter(out, "cursor", dir->cursor);
	} else {
		buf_printf(out, "?startIndex=%llu&count=%u",
			   (unsigned long long)pager_start(&dir->pager), count);
	}
}

static int put_rest(const struct dir_scim *dir, enum dir_scim_step step, struct buf *out)
{
	bool selects = step != DIR_SCIM_RECHECK && !is_count(step) && dir_scim_selects(dir);
	struct buf text;
	int r;

	buf_init(&text, URL_LEN_MAX);
	r = put_filter(dir, step, &text);
	if (r == 0)
		r = buf_end(&text);
	if (r == 0 && text.len > 0)
		put_parameter(out, "filter", (const char *)text.data);
	buf_reset(&text);
	if (r == 0 && selects)
		r = put_attributes(dir, &text);
	if (r == 0)
		r = buf_end(&text);
	if (r == 0 && text.len > 0)
		put_parameter(out, "attributes", (const char *)text.data);
	else if (r == 0 && dir->groups && dir->members != DIR_SCIM_INLINE)
		put_parameter(out, "excludedAttributes", "members");
	buf_done(&text);
	return r;
}

int dir_scim_ask_page(struct dir_scim *dir, enum dir_scim_step step, struct dir_request *request)
{
	int r;

	put_base(dir, &request->url, dir->groups ? "/Groups" : "/Users");
	put_place(dir, step, &request->url);
	r = put_rest(dir, step, &request->url);
	request->accept = SCIM_TYPES;
	request->any_status = is_by_time(dir, step) || step == DIR_SCIM_OTHERS ||
			      (step == DIR_SCIM_PAGE && dir_scim_is_unproven(dir));
	dir->step = step;
	return r;
}

int dir_scim_ask_members(struct dir_scim *dir, struct dir_request *request)
{
	const char *id = dir->group.id;

	if (strncmp(id, SCIM_GROUP_MARK, STRLEN(SCIM_GROUP_MARK)) == 0)
		id += STRLEN(SCIM_GROUP_MARK);
	put_base(dir, &request->url, "/Groups/");
	url_put_escaped(&request->url, id, false);
	if (dir->members == DIR_SCIM_PAGED)
		buf_printf(&request->url, "/members?startIndex=%llu&count=%u",
			   (unsigned long long)pager_start(&dir->member_pager),
			   dir->directory->page_size);
	else if (dir_scim_selects(dir))
		buf_put_text(&request->url, "?attributes=members");
	request->accept = SCIM_TYPES;
	request->any_status = true;
	dir->step = DIR_SCIM_MEMBERS;
	return 0;
}
