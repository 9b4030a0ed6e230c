/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From text to sections. Invariants of what it gives: every key has a row of the table, no
 * section and no key stands twice, every name is one that reason codes can hold.
 */

#include "idp-agentd/core/config-raw.h"

#include <errno.h>
#include <string.h>

#include "common/ini.h"
#include "idp-agentd/core/arena.h"
#include "idp-agentd/core/config-problem.h"
#include "idp-agentd/core/config-value.h"

#define KEYS_MAX 256u /* of one section: no ladder and no expectation is that long */

struct reader {
	struct arena *arena;
	struct config_problems *problems;
	struct config_raws raws;
	size_t room;                /* of raws.items */
	struct config_raw *section; /* NULL: pairs belong to nothing we know */
	size_t pair_room;
	bool orphan; /* a pair before any section was told already */
	bool full;
};

/* Gives *items place for one more of size bytes; the old place stays with the arena. */
static int grow(struct arena *arena, void **items, size_t n, size_t *room, size_t size)
{
	size_t more = *room ? *room * 2 : 8;
	void *moved;

	if (n < *room)
		return 0;
	moved = arena_take(arena, more, size);
	if (!moved)
		return -ENOMEM;
	if (n > 0)
		memcpy(moved, *items, n * size);
	*items = moved;
	*room = more;
	return 0;
}

/* FNV-1a */
static uint32_t mark_of(enum config_kind kind, const char *name)
{
	uint32_t mark = 2166136261u ^ (uint32_t)kind;

	for (; *name; name++)
		mark = (mark ^ (unsigned char)*name) * 16777619u;
	return mark;
}

/* Each section is held against all before it: with ten thousand of them that has to be quick. */
static const struct config_raw *find_section(const struct config_raws *raws, enum config_kind kind,
					     const char *name)
{
	uint32_t mark = mark_of(kind, name);

	for (size_t i = 0; i < raws->n; i++)
		if (raws->items[i].mark == mark && raws->items[i].kind == kind &&
		    strcmp(raws->items[i].name, name) == 0)
			return &raws->items[i];
	return NULL;
}

static bool section_is_sound(struct reader *reader, struct config_place place,
			     const struct ini_item *item, enum config_kind kind)
{
	const struct config_raw *twin;

	if (kind == CONFIG_AGENT && item->value[0] != '\0') {
		config_problem_add(reader->problems, place,
				   "[agent] has no name: there is only one");
		return false;
	}
	if (kind != CONFIG_AGENT && item->value[0] == '\0') {
		config_problem_add(reader->problems, place, "[%s] needs a name: write [%s NAME]",
				   item->key, item->key);
		return false;
	}
	if (kind != CONFIG_AGENT && !config_value_is_name(item->value)) {
		config_problem_add(
			reader->problems, place,
			"\"%.80s\" cannot name a section: at most %u printable ASCII "
			"letters without blanks, quotes, brackets and any of = | ! , ; #",
			item->value, CONFIG_NAME_MAX);
		return false;
	}
	twin = find_section(&reader->raws, kind, item->value);
	if (twin) {
		config_problem_add(reader->problems, place,
				   "[%s%s%s] stands here a second time; the first is %s:%u",
				   item->key, *item->value ? " " : "", item->value,
				   twin->place.file, twin->place.line);
		return false;
	}
	return true;
}

static int read_section(struct reader *reader, struct config_place place,
			const struct ini_item *item)
{
	struct config_raw *section;
	enum config_kind kind;
	const char *guess;
	int r;

	reader->section = NULL;
	reader->orphan = true;
	if (!config_kind_find(item->key, &kind)) {
		guess = config_kind_guess(item->key);
		config_problem_add(reader->problems, place, "unknown section [%.60s]%s%s%s",
				   item->key, guess ? ": did you mean [" : "", guess ? guess : "",
				   guess ? "]?" : "");
		return 0;
	}
	if (!section_is_sound(reader, place, item, kind))
		return 0;
	if (reader->raws.n >= CONFIG_SECTIONS_MAX) {
		if (!reader->full)
			config_problem_add(reader->problems, place, "more than %u sections",
					   CONFIG_SECTIONS_MAX);
		reader->full = true;
		return 0;
	}
	r = grow(reader->arena, (void **)&reader->raws.items, reader->raws.n, &reader->room,
		 sizeof(*section));
	if (r < 0)
		return r;
	section = &reader->raws.items[reader->raws.n];
	*section = (struct config_raw){
		.kind = kind,
		.kind_name = config_kind_name(kind),
		.name = arena_text(reader->arena, item->value),
		.mark = mark_of(kind, item->value),
		.place = place,
	};
	if (!section->name)
		return -ENOMEM;
	reader->raws.n++;
	reader->section = section;
	reader->pair_room = 0;
	return 0;
}

const struct config_raw_pair *config_raw_find(const struct config_raw *raw, const char *key)
{
	for (size_t i = 0; raw && i < raw->n_pairs; i++)
		if (strcmp(raw->pairs[i].key, key) == 0)
			return &raw->pairs[i];
	return NULL;
}

const struct config_raw *config_raws_find(const struct config_raws *raws, enum config_kind kind,
					  const char *name)
{
	for (size_t i = 0; i < raws->n; i++)
		if (raws->items[i].kind == kind &&
		    (!name || strcmp(raws->items[i].name, name) == 0))
			return &raws->items[i];
	return NULL;
}

size_t config_raws_count(const struct config_raws *raws, enum config_kind kind)
{
	size_t n = 0;

	for (size_t i = 0; i < raws->n; i++)
		n += raws->items[i].kind == kind;
	return n;
}

static void refuse_key(struct reader *reader, struct config_place place, const char *key)
{
	const struct config_raw *section = reader->section;
	const char *guess = config_key_guess(section->kind, key);
	const char *gap = *section->name ? " " : "";

	if (guess)
		config_problem_add(reader->problems, place,
				   "unknown key \"%.60s\" in [%s%s%s]: did you mean \"%s\"?", key,
				   section->kind_name, gap, section->name, guess);
	else
		config_problem_add(reader->problems, place, "unknown key \"%.60s\" in [%s%s%s]",
				   key, section->kind_name, gap, section->name);
}

/* "claim:/loa=1 = a" and "claim:/loa=2 = b" are cut at the first '=' and are two lines all the
 * same. */
static bool is_repeatable(const struct config_raw *section, const char *key)
{
	return section->kind == CONFIG_GROUPS && strncmp(key, "claim:", STRLEN("claim:")) == 0;
}

static int read_pair(struct reader *reader, struct config_place place, const struct ini_item *item)
{
	struct config_raw *section = reader->section;
	const struct config_raw_pair *twin;
	struct config_raw_pair *pair;
	int r;

	if (!section) {
		if (!reader->orphan)
			config_problem_add(reader->problems, place,
					   "\"%.60s\" stands before any [section]", item->key);
		reader->orphan = true;
		return 0;
	}
	if (!config_key_find(section->kind, item->key)) {
		refuse_key(reader, place, item->key);
		return 0;
	}
	twin = config_raw_find(section, item->key);
	if (twin && !is_repeatable(section, item->key)) {
		config_problem_add(reader->problems, place,
				   "\"%.60s\" stands here a second time; the first is %s:%u",
				   item->key, twin->place.file, twin->place.line);
		return 0;
	}
	if (section->n_pairs >= KEYS_MAX) {
		config_problem_add(reader->problems, place, "more than %u keys in one section",
				   KEYS_MAX);
		reader->section = NULL;
		return 0;
	}
	r = grow(reader->arena, (void **)&section->pairs, section->n_pairs, &reader->pair_room,
		 sizeof(*pair));
	if (r < 0)
		return r;
	pair = &section->pairs[section->n_pairs];
	pair->row = config_key_find(section->kind, item->key);
	pair->place = place;
	pair->key = arena_text(reader->arena, item->key);
	pair->value = arena_text(reader->arena, item->value);
	if (!pair->key || !pair->value)
		return -ENOMEM;
	section->n_pairs++;
	return 0;
}

static int read_source(struct reader *reader, const struct config_source *source)
{
	_cleanup_(ini_freep) struct ini *ini = ini_new(source->text, source->len);
	const char *file = arena_text(reader->arena, source->file);

	if (!ini || !file)
		return -ENOMEM;
	reader->section = NULL;
	reader->orphan = false;
	for (;;) {
		struct ini_item item = ini_next(ini);
		struct config_place place = { .file = file, .line = item.line };
		int r = 0;

		switch (item.kind) {
		case INI_END:
			return 0;
		case INI_ERROR:
			config_problem_add(reader->problems, place, "%s", item.text);
			return 0;
		case INI_SECTION:
			r = read_section(reader, place, &item);
			break;
		case INI_PAIR:
			r = read_pair(reader, place, &item);
			break;
		}
		if (r < 0)
			return r;
	}
}

int config_raw_read(const struct config_source *sources, size_t n_sources, struct arena *arena,
		    struct config_problems *problems, struct config_raws *ret_raws)
{
	struct reader reader = { .arena = arena, .problems = problems };

	for (size_t i = 0; i < n_sources; i++) {
		int r = read_source(&reader, &sources[i]);

		if (r < 0)
			return r;
	}
	*ret_raws = reader.raws;
	return 0;
}
