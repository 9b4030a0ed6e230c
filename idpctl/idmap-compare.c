/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "idpctl/idmap-compare.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/name.h"
#include "common/reason.h"
#include "common/siphash.h"
#include "idp-agentd/core/localnames.h"
#include "idp-agentd/core/person.h"

#define SHOWN_MAX 100u /* of each kind */

/* Who has an id, as short as can be. The name's hash tells a private pair. */
struct who {
	uint32_t id;
	uint8_t kind;
	bool there;
	uint64_t key, name;
};

struct idmap_compare {
	FILE *file;
	const struct localnames *locals;
	struct rows *rows;
	struct idmap_reader *here, *there;
	struct idmap_line line; /* of the file, waiting */
	bool waiting, over;
	char *text; /* of getline() */
	size_t room;
	uint32_t first, last;
	struct who *who;
	size_t n, allocated;
	struct idmap_counts counts;
	uint64_t n_shown[4];
};

struct idmap_compare *idmap_compare_free(struct idmap_compare *compare)
{
	if (!compare)
		return NULL;
	idmap_reader_free(compare->here);
	idmap_reader_free(compare->there);
	free(compare->text);
	free(compare->who);
	free(compare);
	return NULL;
}

struct idmap_compare *idmap_compare_new(FILE *file, const struct localnames *locals,
					struct rows *rows)
{
	_cleanup_(idmap_compare_freep) struct idmap_compare *compare = calloc(1, sizeof(*compare));

	if (!compare)
		return NULL;
	compare->file = file;
	compare->over = !file;
	compare->locals = locals;
	compare->rows = rows;
	compare->here = idmap_reader_new();
	compare->there = idmap_reader_new();
	return compare->here && compare->there ? TAKE_PTR(compare) : NULL;
}

/* ---- what is found ---- */

enum found { FOUND_WRONG, FOUND_DIFFERS, FOUND_SWAPPED, FOUND_MISSING };

static int _printf_(4, 5)
	tell(struct idmap_compare *compare, enum found what, const struct idmap_line *line,
	     const char *format, ...)
{
	char text[2 * REASON_MAX];
	struct row *row;
	va_list args;

	if (compare->n_shown[what]++ >= SHOWN_MAX)
		return 0;
	va_start(args, format);
	reason_vformat(text, sizeof(text), format, args);
	va_end(args);
	row = rows_add(compare->rows, what == FOUND_WRONG ? "wrong" : "difference");
	if (!row || row_put(row, 's', line->kind == IDMAP_GROUP ? "group" : "user", line->name) < 0 ||
	    row_put(row, 's', "what", text) < 0)
		return -ENOMEM;
	return 0;
}

static uint64_t hash(const char *text)
{
	static const uint8_t key[16] = "idpctl idmap c.";

	return siphash24(key, text, strlen(text));
}

static int keep(struct idmap_compare *compare, const struct idmap_line *line, bool there)
{
	if (compare->n == compare->allocated) {
		size_t n = compare->allocated ? 2 * compare->allocated : 1024;
		struct who *more = reallocarray(compare->who, n, sizeof(*more));

		if (!more)
			return -ENOMEM;
		compare->who = more;
		compare->allocated = n;
	}
	compare->who[compare->n++] = (struct who){
		.id = line->id,
		.kind = (uint8_t)line->kind,
		.there = there,
		.key = hash(line->realm) * 31 + hash(line->key),
		.name = hash(line->name),
	};
	return 0;
}

static int check_self(struct idmap_compare *compare, const struct idmap_line *line)
{
	const struct localnames *locals = compare->locals;
	const char *what = NULL;

	if (name_is_reserved_id(line->id))
		what = "which the system reserves: it is shown to nobody";
	else if (line->id < compare->first || line->id >= compare->last)
		what = "outside of id_range: it is shown to nobody; widen id_range again";
	else if (locals && localnames_has_uid(locals, line->id))
		what = "which a local user of this host has, too";
	else if (locals && localnames_has_gid(locals, line->id))
		what = "which a local group of this host has, too";
	if (!what)
		return 0;
	compare->counts.wrong++;
	return tell(compare, FOUND_WRONG, line, "has id %u, %s", line->id, what);
}

/* ---- the other file ---- */

/* The next id of it into compare->line. */
static int read_there(struct idmap_compare *compare, char reason[static REASON_MAX])
{
	uint32_t first, last;
	int r = IDMAP_FILE_E_NONE;

	while (!compare->over && !compare->waiting && r == IDMAP_FILE_E_NONE) {
		ssize_t n = getline(&compare->text, &compare->room, compare->file);

		if (n < 0 && ferror(compare->file))
			return -errno;
		if (n < 0) {
			compare->over = true;
			return idmap_reader_end(compare->there, reason);
		}
		if (compare->text[n - 1] == '\n')
			n--;
		r = idmap_reader_next(compare->there, compare->text, (size_t)n, &compare->line,
				      reason);
		if (r <= IDMAP_FILE_E_NONE && r >= 0 &&
		    !idmap_reader_is_export(compare->there, &first, &last))
			return reason_refuse(IDMAP_FILE_E_SHAPE, reason,
					     "line 1 is not that of an export; have the other host "
					     "write it: idpctl idmap export");
		compare->waiting = r == 0;
	}
	if (r != 0)
		return r == IDMAP_FILE_E_NONE ? 0 : r;
	return 0;
}

static int only_there(struct idmap_compare *compare)
{
	compare->waiting = false;
	compare->counts.there++;
	compare->counts.only_there++;
	return keep(compare, &compare->line, true);
}

/* Of one that was given by hand nothing may be said of the gid. */
static bool is_gid_agreed(const struct idmap_line *a, const struct idmap_line *b)
{
	return a->gid == b->gid || a->gid == PERSON_ID_NONE || b->gid == PERSON_ID_NONE;
}

static int both(struct idmap_compare *compare, const struct idmap_line *here)
{
	const struct idmap_line *there = &compare->line;
	int r = keep(compare, there, true);

	compare->waiting = false;
	compare->counts.there++;
	if (r != 0)
		return r;
	if (here->id == there->id && is_gid_agreed(here, there)) {
		compare->counts.same++;
		return 0;
	}
	compare->counts.differing++;
	if (here->id == there->id)
		return tell(compare, FOUND_DIFFERS, here, "gid %u here, %u there", here->gid,
			    there->gid);
	return tell(compare, FOUND_DIFFERS, here, "id %u here, %u there", here->id, there->id);
}

int idmap_compare_here(struct idmap_compare *compare, const char *text, size_t len,
		       char reason[static REASON_MAX])
{
	struct idmap_line line;
	int r = idmap_reader_next(compare->here, text, len, &line, reason);
	int order = -1;

	if (r == IDMAP_FILE_E_NONE)
		return idmap_reader_is_export(compare->here, &compare->first, &compare->last)
			       ? 0
			       : -EPROTO;
	if (r != 0)
		return r < 0 ? r : -EPROTO;
	compare->counts.here++;
	r = check_self(compare, &line);
	if (r == 0)
		r = keep(compare, &line, false);
	while (r == 0) {
		r = read_there(compare, reason);
		if (r != 0 || !compare->waiting)
			break;
		order = idmap_line_compare(&compare->line, &line);
		if (order >= 0)
			break;
		r = only_there(compare);
	}
	if (r != 0)
		return r;
	if (compare->waiting && order == 0)
		return both(compare, &line);
	compare->counts.only_here++;
	return 0;
}

/* ---- one id, two people ---- */

static int by_id(const void *a, const void *b)
{
	const struct who *x = a, *y = b;

	if (x->id != y->id)
		return x->id < y->id ? -1 : 1;
	return (int)x->there - (int)y->there;
}

static bool is_pair(const struct who *a, const struct who *b)
{
	return a->kind != b->kind && a->name == b->name;
}

static int tell_two(struct idmap_compare *compare, const struct who *a, const struct who *b)
{
	const struct idmap_line nobody = { .kind = (enum idmap_kind)a->kind, .name = "-" };

	if (a->there == b->there) {
		if (a->there)
			return 0; /* that host's own trouble */
		compare->counts.wrong++;
		return tell(compare, FOUND_WRONG, &nobody,
			    "id %u stands in the record twice; report this", a->id);
	}
	compare->counts.swapped++;
	return tell(compare, FOUND_SWAPPED, &nobody,
		    "id %u is one's here and another's there: files they share change hands", a->id);
}

static int check_twins(struct idmap_compare *compare)
{
	int r = 0;

	if (compare->n == 0)
		return 0;
	qsort(compare->who, compare->n, sizeof(*compare->who), by_id);
	for (size_t i = 0; i < compare->n && r == 0; i++) {
		for (size_t j = i + 1; j < compare->n && r == 0; j++) {
			const struct who *a = &compare->who[i], *b = &compare->who[j];

			if (a->id != b->id)
				break;
			if ((a->key != b->key || a->kind != b->kind) && !is_pair(a, b))
				r = tell_two(compare, a, b);
		}
	}
	return r;
}

int idmap_compare_end(struct idmap_compare *compare, char reason[static REASON_MAX],
		      struct idmap_counts *ret_counts)
{
	int r = 0;

	do {
		if (compare->waiting)
			r = only_there(compare);
		if (r == 0)
			r = read_there(compare, reason);
	} while (r == 0 && compare->waiting);
	if (r == 0)
		r = check_twins(compare);
	if (r == 0)
		*ret_counts = compare->counts;
	return r;
}
