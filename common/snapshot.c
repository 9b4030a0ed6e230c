/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which mapping of identity.snap a lookup uses, and when an old one may go. This file runs inside
 * every process of the host, so it
 *
 *  1. MUST NOT make a system call, allocate or wait while the mapped file is the live one.
 *  2. MUST NOT unmap what another thread may still read, nor wait for one that does.
 *  3. MUST throw away what was copied out of a file whose memory was given back meanwhile.
 *  4. MUST be left by a cancelled thread, and by a fork, in a state where the others go on.
 *
 * How 2 is kept: a reader counts itself in and out of one of 32 stripes, chosen by its thread,
 * and loads `current` after it counted itself in. Whoever replaces `current` may unmap the old
 * file once every stripe was seen empty after the replacement. It does not wait for that: what
 * is not yet empty stays retired until the next replacement. Readers write to no shared cache
 * line but their stripe's; in a process of one thread they do not write at all.
 *
 * A thread that vanished inside a lookup (a fork in another thread, an asynchronous cancel)
 * leaves its stripe, or `busy`, marked for ever. Nothing waits for them: lookups that need a new
 * file then map it for themselves and unmap it when they end. Slower, never wrong.
 */
#include "common/snapshot.h"

#include <errno.h>
#include <pthread.h>
#include <sys/single_threaded.h>

#include "common/limits.h"
#include "common/snapshot-map.h"

#define STRIPES_ALL UINT32_MAX
static_assert(SNAPSHOT_STRIPES == 32, "one bit each in snapshot_map.pending");

static struct snapshot_stripe *stripe_of(struct snapshot *snapshot)
{
	/* Thread descriptors lie in mappings of their own: the low bits are all alike. */
	const uint64_t self = (uint64_t)(uintptr_t)pthread_self();

	return &snapshot->stripes[(self * 0x9e3779b97f4a7c15ull) >> 59];
}

/* Counts the caller in (2), unless nobody else is here to unmap anything. */
static struct snapshot_stripe *stripe_enter(struct snapshot *snapshot)
{
	struct snapshot_stripe *stripe;

	if (__libc_single_threaded)
		return NULL;
	stripe = stripe_of(snapshot);
	atomic_fetch_add(&stripe->n_readers, 1);
	return stripe;
}

static void stripe_leave(struct snapshot_stripe *stripe)
{
	if (stripe)
		atomic_fetch_sub_explicit(&stripe->n_readers, 1, memory_order_release);
}

/* Is it the base of an overlay that is still mapped? */
static bool map_is_needed(const struct snapshot *snapshot, const struct snapshot_map *map)
{
	for (size_t i = 0; i < SNAPSHOT_MAPS; i++)
		if (snapshot->maps[i].base && snapshot->maps[i].under == map)
			return true;
	return false;
}

static void reap_once(struct snapshot *snapshot)
{
	const struct snapshot_map *current = atomic_load(&snapshot->current);

	for (size_t i = 0; i < SNAPSHOT_MAPS; i++) {
		struct snapshot_map *map = &snapshot->maps[i];

		if (!map->base || map == current)
			continue;
		for (unsigned s = 0; s < SNAPSHOT_STRIPES; s++)
			if (atomic_load(&snapshot->stripes[s].n_readers) == 0)
				map->pending &= ~(1u << s);
		if (map->pending == 0 && !map_is_needed(snapshot, map))
			snapshot_map_close(map);
	}
}

/*
 * Unmaps retired files whose last possible reader has left. Only the holder of `busy`. Who reads
 * a base came in through an overlay: it goes after the last one of those, in the second round.
 */
static void snapshot_reap(struct snapshot *snapshot)
{
	reap_once(snapshot);
	reap_once(snapshot);
}

static struct snapshot_map *snapshot_free_map(struct snapshot *snapshot)
{
	for (size_t i = 0; i < SNAPSHOT_MAPS; i++)
		if (!snapshot->maps[i].base)
			return &snapshot->maps[i];
	return NULL;
}

/* A base that is mapped already, be it because it was the file itself before. */
static const struct snapshot_map *find_base(const struct snapshot *snapshot,
					    const struct snapshot_map *root)
{
	for (size_t i = 0; i < SNAPSHOT_MAPS; i++) {
		const struct snapshot_map *map = &snapshot->maps[i];

		if (map->base && map != root && snapshot_map_is_base(map, root) &&
		    snapshot_map_state(map) != SNAPSHOT_PUNCHED)
			return map;
	}
	return NULL;
}

/* Gives the overlay in map its base. -ESTALE: no room for one. */
static int snapshot_attach(struct snapshot *snapshot, struct snapshot_map *map)
{
	struct snapshot_map *base;
	int r;

	map->under = find_base(snapshot, map);
	if (map->under)
		return 0;
	base = snapshot_free_map(snapshot);
	if (!base)
		return -ESTALE;
	r = snapshot_map_open_base(base, map, snapshot->path);
	if (r == 0)
		map->under = base;
	return r;
}

/* Makes the file at the path current. -ESTALE: not possible now, map it privately instead. */
static int snapshot_replace(struct snapshot *snapshot)
{
	struct snapshot_map *old = atomic_load(&snapshot->current);
	struct snapshot_map *map;
	int r;

	if (old && snapshot_map_state(old) == SNAPSHOT_LIVE)
		return 0;
	snapshot_reap(snapshot);
	map = snapshot_free_map(snapshot);
	if (!map)
		return -ESTALE;
	r = snapshot_map_open(map, snapshot->path);
	if (r < 0)
		return r;
	if (snapshot_map_state(map) != SNAPSHOT_LIVE) {
		/* Between supersede and rename, or a writer that died there: not for keeps. */
		snapshot_map_close(map);
		return -ESTALE;
	}
	if (map->flags & SNAPSHOT_OVERLAY)
		r = snapshot_attach(snapshot, map);
	if (r < 0) {
		snapshot_map_close(map);
		return r;
	}
	if (old)
		old->pending = STRIPES_ALL;
	atomic_store(&snapshot->current, map);
	snapshot_reap(snapshot);
	return 0;
}

static _always_inline_ bool enter_current(struct snapshot *snapshot, struct snapshot_view *view)
{
	struct snapshot_stripe *stripe = stripe_enter(snapshot);
	const struct snapshot_map *map = atomic_load(&snapshot->current);

	if (!map || snapshot_map_state(map) != SNAPSHOT_LIVE) {
		stripe_leave(stripe);
		return false;
	}
	view->map = map;
	view->stripe = stripe;
	return true;
}

static int enter_private(struct snapshot *snapshot, struct snapshot_view *view)
{
	int r = snapshot_map_open(&view->own, snapshot->path);

	if (r < 0)
		return r;
	if (view->own.flags & SNAPSHOT_OVERLAY) {
		r = snapshot_map_open_base(&view->own_base, &view->own, snapshot->path);
		if (r < 0) {
			snapshot_map_close(&view->own);
			return r;
		}
		view->own.under = &view->own_base;
	}
	view->map = &view->own;
	view->stripe = NULL;
	return 0;
}

static __attribute__((__noinline__, __cold__)) void leave_private(struct snapshot_view *view)
{
	if (view->own.under)
		snapshot_map_close(&view->own_base);
	snapshot_map_close(&view->own);
}

static int enter_replaced(struct snapshot *snapshot, struct snapshot_view *view)
{
	int r;

	if (atomic_exchange(&snapshot->busy, true))
		return enter_private(snapshot, view);
	r = snapshot_replace(snapshot);
	atomic_store(&snapshot->busy, false);
	if (r < 0 && r != -ESTALE)
		return r;
	if (r == 0 && enter_current(snapshot, view))
		return 0;
	return enter_private(snapshot, view);
}

/* open() and close() are cancellation points; a thread must not end between them (4). */
static __attribute__((__noinline__, __cold__)) int enter_slowly(struct snapshot *snapshot,
								struct snapshot_view *view)
{
	const int saved = errno;
	int state, r = -EAGAIN;

	IGNORE(pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state));
	for (unsigned i = 0; r == -EAGAIN && i < SNAPSHOT_RETRIES_MAX; i++)
		r = enter_replaced(snapshot, view);
	errno = saved;
	IGNORE(pthread_setcancelstate(state, NULL));
	return r;
}

int snapshot_enter(struct snapshot *snapshot, struct snapshot_view *ret_view)
{
	if (__builtin_expect(enter_current(snapshot, ret_view), true))
		return 0;
	return enter_slowly(snapshot, ret_view);
}

static _always_inline_ bool map_is_whole(const struct snapshot_map *map)
{
	const uint32_t state = snapshot_map_state(map);

	return state == SNAPSHOT_LIVE || state == SNAPSHOT_SUPERSEDED;
}

void snapshot_forget(struct snapshot *snapshot)
{
	atomic_store(&snapshot->current, NULL);
	for (size_t i = 0; i < SNAPSHOT_MAPS; i++)
		if (snapshot->maps[i].base)
			snapshot_map_close(&snapshot->maps[i]);
}

bool snapshot_leave(struct snapshot_view *view)
{
	bool good;

	/* 3: everything was read before this load. */
	atomic_thread_fence(memory_order_acquire);
	good = map_is_whole(view->map) && (!view->map->under || map_is_whole(view->map->under));
	stripe_leave(view->stripe);
	if (__builtin_expect(view->map == &view->own, false))
		leave_private(view);
	view->map = NULL;
	return good;
}
