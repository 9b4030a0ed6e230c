/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* People and groups as they are to be seen where that is not what the base says. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "idp-agentd/core/publish-internal.h"

static size_t text_room(const char *text)
{
	return text ? strlen(text) + 1 : 0;
}

static const char *put_text(char **at, const char *text)
{
	const size_t room = text_room(text);
	char *put = *at;

	if (!text)
		return NULL;
	memcpy(put, text, room);
	*at += room;
	return put;
}

struct publish_entry *publish_entry_copy(const struct publish_entry *entry)
{
	const size_t gids = entry->n_gids * sizeof(uint32_t);
	struct publish_entry *copy =
		malloc(sizeof(*copy) + gids + text_room(entry->name) + text_room(entry->gecos) +
		       text_room(entry->home) + text_room(entry->shell) + text_room(entry->alias));
	char *at;

	if (!copy)
		return NULL;
	*copy = *entry;
	at = (char *)(copy + 1);
	if (gids > 0)
		memcpy(at, entry->gids, gids);
	copy->gids = (const uint32_t *)(const void *)at;
	at += gids;
	copy->name = put_text(&at, entry->name);
	copy->gecos = put_text(&at, entry->gecos);
	copy->home = put_text(&at, entry->home);
	copy->shell = put_text(&at, entry->shell);
	copy->alias = put_text(&at, entry->alias);
	return copy;
}

static bool text_equal(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

bool publish_entry_equal(const struct publish_entry *a, const struct publish_entry *b)
{
	if (a->id != b->id || a->gone != b->gone)
		return false;
	if (a->gone)
		return true;
	return a->gid == b->gid && a->has_private == b->has_private && a->n_gids == b->n_gids &&
	       (a->n_gids == 0 || memcmp(a->gids, b->gids, a->n_gids * sizeof(uint32_t)) == 0) &&
	       text_equal(a->name, b->name) && text_equal(a->gecos, b->gecos) &&
	       text_equal(a->home, b->home) && text_equal(a->shell, b->shell) &&
	       text_equal(a->alias, b->alias);
}

/* Number of the first entry that is not below id. */
static size_t seek(const struct publish_entries *entries, uint32_t id)
{
	size_t low = 0, high = entries->n;

	while (low < high) {
		const size_t middle = low + (high - low) / 2;

		if (entries->items[middle]->id < id)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct publish_entry *publish_entries_find(const struct publish_entries *entries, uint32_t id)
{
	const size_t at = seek(entries, id);

	return at < entries->n && entries->items[at]->id == id ? entries->items[at] : NULL;
}

static int make_room(struct publish_entries *entries)
{
	const size_t room = entries->room ? entries->room * 2 : 64;
	struct publish_entry **items;

	if (entries->n < entries->room)
		return 0;
	items = reallocarray(entries->items, room, sizeof(struct publish_entry *));
	if (!items)
		return -ENOMEM;
	entries->items = items;
	entries->room = room;
	return 0;
}

KEEPS_POINTERS_BEGIN
int publish_entries_put(struct publish_entries *entries, const struct publish_entry *entry)
{
	const size_t at = seek(entries, entry->id);
	int r = make_room(entries);
	struct publish_entry *copy;

	if (r < 0)
		return r;
	copy = publish_entry_copy(entry);
	if (!copy)
		return -ENOMEM;
	if (at < entries->n && entries->items[at]->id == entry->id) {
		free(entries->items[at]);
	} else {
		memmove(entries->items + at + 1, entries->items + at,
			(entries->n - at) * sizeof(struct publish_entry *));
		entries->n++;
	}
	entries->items[at] = copy;
	return 0;
}
KEEPS_POINTERS_END

void publish_entries_keep(struct publish_entries *entries, const struct rowset *keep)
{
	size_t kept = 0;

	for (size_t i = 0; i < entries->n; i++) {
		if (keep && rowset_has(keep, entries->items[i]->row))
			entries->items[kept++] = entries->items[i];
		else
			free(entries->items[i]);
	}
	entries->n = kept;
}

void publish_entries_done(struct publish_entries *entries)
{
	publish_entries_keep(entries, NULL);
	free(entries->items);
	*entries = (struct publish_entries){ 0 };
}
