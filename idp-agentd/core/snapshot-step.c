/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From what was collected to the file: phases in their order, each in slices. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/limits.h"
#include "idp-agentd/core/snapshot-write-internal.h"

#define SLICE         (5 * USEC_PER_MSEC)
#define WRITE_AT_ONCE (256u * 1024) /* bytes; a tenth of a millisecond */

static int compare_names(const void *a, const void *b)
{
	const struct snapshot_user_cell *x = a, *y = b;

	if (x->flags != y->flags)
		return x->flags == SNAPSHOT_CELL_ALIAS ? -1 : 1;
	return x->uid < y->uid ? -1 : x->uid > y->uid;
}

/* Aliases first, as the indexes want them, each kind by increasing uid, as overlays want them. */
static int names_order(struct snapshot_writer *writer)
{
	if ((writer->names_unsorted || writer_is_overlay(writer)) && writer->user_names.n > 0)
		qsort(writer->user_names.data, writer->user_names.n,
		      sizeof(struct snapshot_user_cell), compare_names);
	return 0;
}

static int index_build(struct snapshot_writer *writer)
{
	const struct snapshot_cells cells = {
		.users = users_of(writer),
		.n_users = writer->users.n,
		.user_names = writer->user_names.data,
		.n_user_names = writer->user_names.n,
		.groups = groups_of(writer),
		.n_groups = writer->groups.n,
		.group_names = writer->group_names.data,
		.n_group_names = writer->group_names.n,
		.pool = writer->pool.text.data,
	};
	const bool overlay = writer_is_overlay(writer);
	const int r = snapshot_index_step(&writer->indexing, &cells,
					  overlay ? writer->base.key : writer->call.options->key,
					  writer->deadline, &writer->header, writer->indexes);

	return overlay && r == -EAGAIN ? SNAPSHOT_E_BASE : r;
}

/* The next multiple of SNAPSHOT_ALIGN after *at; moves *at behind size bytes. */
static uint32_t place(uint64_t *at, uint64_t size)
{
	const uint64_t offset = (*at + SNAPSHOT_ALIGN - 1) / SNAPSHOT_ALIGN * SNAPSHOT_ALIGN;

	*at = offset + size;
	return offset <= UINT32_MAX ? (uint32_t)offset : 0;
}

static struct snapshot_section place_cells(uint64_t *at, const struct snapshot_array *array,
					   size_t size, struct snapshot_extent *ret_extent)
{
	ret_extent->offset = place(at, array->n * size);
	ret_extent->n = (uint32_t)array->n;
	return (struct snapshot_section){ ret_extent->offset, array->data, array->n * size };
}

static struct snapshot_section place_index(uint64_t *at, const uint32_t *slots,
					   struct snapshot_index *index)
{
	const size_t size = sizeof(uint32_t) << index->bits;

	index->offset = place(at, size);
	return (struct snapshot_section){ index->offset, slots, size };
}

/* Name-only cells: directly behind those of the same kind, whose size is a multiple of a cell's. */
static struct snapshot_section place_names(uint64_t *at, const struct snapshot_array *array,
					   uint32_t *ret_n)
{
	struct snapshot_extent extent;

	*ret_n = (uint32_t)array->n;
	return place_cells(at, array, SNAPSHOT_CELL_SIZE, &extent);
}

static int place_sections(struct snapshot_writer *writer)
{
	const struct snapshot_array templates = { .data = writer->pool.templates,
						  .n = writer->pool.n_templates };
	struct snapshot_header *header = &writer->header;
	struct snapshot_section *sections = writer->sections;
	uint64_t at = SNAPSHOT_HEADER_SIZE;

	sections[0] = place_index(&at, writer->indexes[0], &header->user_names);
	sections[1] = place_index(&at, writer->indexes[1], &header->user_ids);
	sections[2] = place_index(&at, writer->indexes[2], &header->group_names);
	sections[3] = place_index(&at, writer->indexes[3], &header->group_ids);
	sections[4] =
		place_cells(&at, &templates, sizeof(struct snapshot_template), &header->templates);
	sections[5] = place_cells(&at, &writer->users, SNAPSHOT_CELL_SIZE, &header->users);
	sections[6] = place_names(&at, &writer->user_names, &header->n_user_names);
	sections[7] = place_cells(&at, &writer->groups, SNAPSHOT_CELL_SIZE, &header->groups);
	sections[8] = place_names(&at, &writer->group_names, &header->n_group_names);
	sections[9] = place_cells(&at, &writer->gids, sizeof(uint32_t), &header->gids);
	sections[10] = place_cells(&at, &writer->pool.text, 1, &header->pool);
	writer->size = at;
	return at > SNAPSHOT_SIZE_MAX ? -EFBIG : 0;
}

static int file_create(struct snapshot_writer *writer)
{
	return snapshot_file_create(writer->call.path, writer_is_overlay(writer), &writer->file);
}

/* writer->at counts the bytes of all sections together. */
static int file_write(struct snapshot_writer *writer)
{
	size_t before = 0;

	for (size_t i = 0; i < SNAPSHOT_SECTIONS; i++) {
		const struct snapshot_section *section = &writer->sections[i];

		while (writer->at < before + section->len) {
			const size_t done = writer->at - before;
			const size_t left = section->len - done;
			const size_t len = left < WRITE_AT_ONCE ? left : WRITE_AT_ONCE;
			const int r = snapshot_file_put(&writer->file, section->offset + done,
							(const char *)section->data + done, len);

			if (r < 0)
				return r;
			writer->at += len;
			if (clock_now() >= writer->deadline)
				return SNAPSHOT_E_MORE;
		}
		before += section->len;
	}
	return 0;
}

static uint32_t header_flags(const struct snapshot_writer *writer)
{
	uint32_t flags = writer->call.options->flags & ~SNAPSHOT_FLAGS_MUST_KNOW;

	if (writer_is_overlay(writer))
		flags |= SNAPSHOT_OVERLAY;
	if (writer->user_names.n + writer->group_names.n > 0)
		flags |= SNAPSHOT_ALIASES;
	if (writer->any_compact)
		flags |= SNAPSHOT_COMPACT;
	if (writer->any_private)
		flags |= SNAPSHOT_PRIVATE;
	return flags;
}

/* The header comes last: what was published meanwhile has a say in it. */
static int file_finish(struct snapshot_writer *writer)
{
	struct snapshot_header *header = &writer->header;
	int r;

	header->magic = SNAPSHOT_MAGIC;
	header->version = SNAPSHOT_VERSION;
	atomic_init(&header->state, SNAPSHOT_LIVE);
	header->flags = header_flags(writer);
	header->header_size = SNAPSHOT_HEADER_SIZE;
	header->size = writer->size;
	header->generation = writer->call.options->generation;
	header->published = writer->call.options->published;
	header->id_floor = writer->floor;
	header->id_ceiling = writer->ceiling;
	header->base_generation = writer_is_overlay(writer) ? writer->base.generation : 0;
	r = snapshot_file_put(&writer->file, 0, header, sizeof(*header));
	if (r < 0)
		return r;
	if (!writer->call.options->beside)
		return snapshot_file_finish(&writer->file, writer->call.path, header,
					    writer->call.ret_old);
	*writer->call.ret_old = NULL;
	return snapshot_file_lay(&writer->file, writer->call.path, header);
}

typedef int (*phase_run)(struct snapshot_writer *writer);

static const phase_run phases_full[] = {
	snapshot_layout_count,
	snapshot_layout_by_user,
	snapshot_layout_gids,
	snapshot_layout_by_group,
	snapshot_layout_choose,
	snapshot_layout_members,
	names_order,
	index_build,
	place_sections,
	file_create,
	file_write,
	file_finish,
};

static const phase_run phases_overlay[] = {
	snapshot_overlay_order,
	snapshot_layout_count,
	snapshot_layout_by_user,
	snapshot_overlay_people,
	snapshot_overlay_groups,
	snapshot_layout_gids,
	snapshot_layout_by_group,
	snapshot_layout_members,
	snapshot_overlay_drop,
	names_order,
	index_build,
	place_sections,
	file_create,
	file_write,
	file_finish,
};

static int run_phases(struct snapshot_writer *writer)
{
	const bool overlay = writer_is_overlay(writer);
	const phase_run *phases = overlay ? phases_overlay : phases_full;
	const size_t n = overlay ? ELEMENTSOF(phases_overlay) : ELEMENTSOF(phases_full);
	int r = 0;

	while (r == 0 && writer->phase < n) {
		if (clock_now() >= writer->deadline)
			return SNAPSHOT_E_MORE;
		r = phases[writer->phase](writer);
		if (r == 0) {
			writer->phase++;
			writer->at = 0;
		}
	}
	if (r != SNAPSHOT_E_MORE)
		snapshot_file_discard(&writer->file);
	return r;
}

int snapshot_writer_step(struct snapshot_writer *writer, const struct snapshot_options *options,
			 const char *path, struct snapshot_old **ret_old)
{
	writer->deadline = clock_add(clock_now(), SLICE);
	writer->call = (struct snapshot_call){ options, path, ret_old };
	return run_phases(writer);
}

int snapshot_writer_write(struct snapshot_writer *writer, const struct snapshot_options *options,
			  const char *path, struct snapshot_old **ret_old)
{
	writer->deadline = USEC_INFINITY;
	writer->call = (struct snapshot_call){ options, path, ret_old };
	return run_phases(writer);
}
