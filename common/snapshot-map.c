/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Opens identity.snap and judges what can be judged at once: who may have written it, its size,
 * its version, and that every section lies inside of it. What the header says is copied out here
 * and never looked at again, but for the state word: the file may change under us.
 */
#include "common/snapshot-map.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/limits.h"

void snapshot_map_close(struct snapshot_map *map)
{
	/* munmap() takes no const pointer.*/
	IGNORE(munmap((void *)(uintptr_t)map->base, map->len));
	map->base = NULL;
}

static bool others_may_write(const struct stat *st)
{
	return st->st_mode & (S_IWGRP | S_IWOTH);
}

/* The trust decision of snapshot.h: type, owner and mode of the file and of its directory. */
static int file_judge(const struct stat *dir, const struct stat *file)
{
	if (!S_ISREG(file->st_mode) || others_may_write(file) || others_may_write(dir))
		return -EPERM;
	if (file->st_uid != 0 && file->st_uid != dir->st_uid)
		return -EPERM;
	if (file->st_size < SNAPSHOT_HEADER_SIZE || file->st_size > SNAPSHOT_SIZE_MAX)
		return -EBADMSG;
	return 0;
}

/* *ret_name is the part of path behind the directory that was opened. */
static int dir_open(const char *path, const char **ret_name, int *ret_fd)
{
	char dir[PATH_LEN_MAX];
	const char *slash = strrchr(path, '/');
	size_t len;
	int fd;

	if (!slash || slash == path || (size_t)(slash - path) >= sizeof(dir))
		return -EINVAL;
	len = (size_t)(slash - path);
	memcpy(dir, path, len);
	dir[len] = '\0';
	fd = macro_fd_above_2(open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC));
	if (fd < 0)
		return fd;
	*ret_name = slash + 1;
	*ret_fd = fd;
	return 0;
}

static int file_open(const char *path, size_t *ret_len, int *ret_fd)
{
	_cleanup_close_ int dir_fd = -1, fd = -1;
	struct stat dir_st, st;
	const char *name = NULL;
	int r;

	r = dir_open(path, &name, &dir_fd);
	if (r < 0)
		return r;
	fd = macro_fd_above_2(
		openat(dir_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
	if (fd < 0)
		return fd;
	if (fstat(dir_fd, &dir_st) < 0 || fstat(fd, &st) < 0)
		return -errno;
	r = file_judge(&dir_st, &st);
	if (r < 0)
		return r;
	*ret_len = (size_t)st.st_size;
	*ret_fd = TAKE_FD(fd);
	return 0;
}

/* Sections begin after the header page, aligned, and end inside the file: no sum can wrap. */
static bool part_fits(const struct snapshot_map *map, uint32_t offset, uint64_t bytes)
{
	return offset >= SNAPSHOT_HEADER_SIZE && offset % SNAPSHOT_ALIGN == 0 &&
	       offset <= map->len && bytes <= map->len - offset;
}

static bool part_extent(const struct snapshot_map *map, const struct snapshot_extent *extent,
			size_t size, struct snapshot_part *ret)
{
	const struct snapshot_extent once = *extent;

	if (!part_fits(map, once.offset, (uint64_t)once.n * size))
		return false;
	*ret = (struct snapshot_part){ .offset = once.offset, .n = once.n };
	return true;
}

/* Cells, and the name-only ones behind them. */
static bool part_cells(const struct snapshot_map *map, const struct snapshot_extent *extent,
		       uint32_t n_names, struct snapshot_part *ret, uint32_t *ret_n_all)
{
	const uint32_t n_more = (map->flags & SNAPSHOT_ALIASES) ? n_names : 0;

	if (!part_extent(map, extent, SNAPSHOT_CELL_SIZE, ret) ||
	    !part_fits(map, ret->offset, ((uint64_t)ret->n + n_more) * SNAPSHOT_CELL_SIZE))
		return false;
	*ret_n_all = ret->n + n_more;
	return true;
}

static bool part_index(const struct snapshot_map *map, const struct snapshot_index *index,
		       uint32_t n_cells, struct snapshot_part *ret)
{
	const struct snapshot_index once = *index;

	if (once.bits < 1 || once.bits > SNAPSHOT_REF_BITS + 1 ||
	    once.probe_max > SNAPSHOT_PROBE_MAX)
		return false;
	*ret = (struct snapshot_part){
		.offset = once.offset,
		.n = 1u << once.bits,
		.shift = 64 - once.bits,
		.probe_max = once.probe_max,
	};
	return ret->n / 2 >= n_cells && part_fits(map, once.offset, (uint64_t)ret->n * 4);
}

static bool map_parts(struct snapshot_map *map, const struct snapshot_header *header)
{
	return part_cells(map, &header->users, header->n_user_names, &map->users,
			  &map->n_user_cells) &&
	       part_cells(map, &header->groups, header->n_group_names, &map->groups,
			  &map->n_group_cells) &&
	       part_extent(map, &header->gids, 4, &map->gids) &&
	       part_extent(map, &header->templates, sizeof(struct snapshot_template),
			   &map->templates) &&
	       part_extent(map, &header->pool, 1, &map->pool) &&
	       part_index(map, &header->user_names, map->n_user_cells, &map->user_names) &&
	       part_index(map, &header->user_ids, map->users.n, &map->user_ids) &&
	       part_index(map, &header->group_names, map->n_group_cells, &map->group_names) &&
	       part_index(map, &header->group_ids, map->groups.n, &map->group_ids);
}

/* Everything that can be judged without looking at a record. */
static int map_check(struct snapshot_map *map)
{
	struct snapshot_header header;

	memcpy(&header, map->base, sizeof(header));
	if (header.magic != SNAPSHOT_MAGIC)
		return -EBADMSG;
	if (header.version != SNAPSHOT_VERSION ||
	    (header.flags & SNAPSHOT_FLAGS_MUST_KNOW & ~SNAPSHOT_FLAGS_KNOWN))
		return -EPROTONOSUPPORT;
	if (header.size != map->len || header.header_size != SNAPSHOT_HEADER_SIZE)
		return -EBADMSG;
	if (header.id_floor == 0 || header.id_floor > header.id_ceiling)
		return -EBADMSG;
	map->flags = header.flags;
	if (!map_parts(map, &header))
		return -EBADMSG;
	map->id_floor = header.id_floor;
	map->id_ceiling = header.id_ceiling;
	map->generation = header.generation;
	map->base_generation = header.base_generation;
	map->published = header.published;
	memcpy(map->key, header.key, sizeof(map->key));
	return 0;
}

/* Opened as the current file, replaced and emptied before it could be used: look again. */
static int map_check_state(const struct snapshot_map *map)
{
	const uint32_t state = snapshot_map_state(map);

	if (state == SNAPSHOT_PUNCHED)
		return -EAGAIN;
	return state == SNAPSHOT_LIVE || state == SNAPSHOT_SUPERSEDED ? 0 : -EBADMSG;
}

int snapshot_map_open(struct snapshot_map *map, const char *path)
{
	struct snapshot_map new_map = { .base = NULL };
	void *memory;
	int fd = -1, r;

	r = file_open(path, &new_map.len, &fd);
	if (r < 0)
		return r;
	memory = mmap(NULL, new_map.len, PROT_READ, MAP_SHARED, fd, 0);
	r = memory == MAP_FAILED ? -errno : 0;
	IGNORE(close(fd));
	if (r < 0)
		return r;
	new_map.base = memory;
	r = map_check(&new_map);
	if (r == 0)
		r = map_check_state(&new_map);
	if (r < 0)
		snapshot_map_close(&new_map);
	else
		*map = new_map;
	return r;
}

int snapshot_base_path(const char *path, uint64_t generation, char *ret, size_t room)
{
	static const char snap[] = ".snap", base[] = ".base-";
	size_t len = strlen(path);
	char digits[20];
	size_t n = 0;

	if (len > sizeof(snap) - 1 && strcmp(path + len - (sizeof(snap) - 1), snap) == 0)
		len -= sizeof(snap) - 1;
	do {
		digits[n++] = (char)('0' + generation % 10);
		generation /= 10;
	} while (generation > 0);
	if (len + sizeof(base) + n > room)
		return -ENAMETOOLONG;
	memcpy(ret, path, len);
	memcpy(ret + len, base, sizeof(base) - 1);
	len += sizeof(base) - 1;
	while (n > 0)
		ret[len++] = digits[--n];
	ret[len] = '\0';
	return 0;
}

bool snapshot_map_is_base(const struct snapshot_map *map, const struct snapshot_map *root)
{
	return !(map->flags & SNAPSHOT_OVERLAY) && map->generation == root->base_generation &&
	       memcmp(map->key, root->key, sizeof(map->key)) == 0 &&
	       map->id_floor == root->id_floor && map->id_ceiling == root->id_ceiling;
}

int snapshot_map_open_base(struct snapshot_map *map, const struct snapshot_map *root,
			   const char *path)
{
	char base_path[PATH_LEN_MAX];
	struct snapshot_map base = { .base = NULL };
	int r;

	r = snapshot_base_path(path, root->base_generation, base_path, sizeof(base_path));
	if (r == 0)
		r = snapshot_map_open(&base, base_path);
	if (r == 0 && !snapshot_map_is_base(&base, root)) {
		snapshot_map_close(&base);
		r = -EBADMSG;
	}
	if (r < 0) {
		/* A base is taken away only after the last overlay over it was superseded. */
		if (snapshot_map_state(root) != SNAPSHOT_LIVE)
			return -EAGAIN;
		return r == -ENOENT || r == -EAGAIN ? -EBADMSG : r;
	}
	*map = base;
	return 0;
}
