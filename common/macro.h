/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_COMMON_MACRO_H
#define IDP_COMMON_MACRO_H

/* The whole dialect of this tree. A macro never hides return, goto or a variable. */

#include <stddef.h>

#define _cleanup_(f)   __attribute__((__cleanup__(f)))
#define _must_check_   __attribute__((__warn_unused_result__))
#define _printf_(a, b) __attribute__((__format__(__printf__, a, b)))
#define _public_       __attribute__((__visibility__("default")))
#define _unused_       __attribute__((__unused__))
/* Only where a call would be felt in every lookup of every process. */
#define _always_inline_ inline __attribute__((__always_inline__))
/* Written before it is read, and large: -ftrivial-auto-var-init would be felt. */
#if defined(__has_attribute) && __has_attribute(__uninitialized__)
#define _uninitialized_ __attribute__((__uninitialized__))
#else
#define _uninitialized_
#endif

/* Hands ownership over and leaves NULL behind, so that a _cleanup_ finds nothing to free. */
#define TAKE_PTR(p)                     \
	({                              \
		__typeof__(p) p_ = (p); \
		(p) = NULL;             \
		p_;                     \
	})
#define TAKE_FD(fd)             \
	({                      \
		int fd_ = (fd); \
		(fd) = -1;      \
		fd_;            \
	})

#define ELEMENTSOF(a) (sizeof(a) / sizeof((a)[0]))
#define STRLEN(s)     (sizeof("" s "") - 1)

/* Says "this failure is known and does not matter here"; the reason stands beside it. */
#define IGNORE(e)        \
	do {             \
		if (e) { \
		}        \
	} while (0)

/*
 * gcc 12's analyzer loses sight of a pointer that is kept in an array, or freed through a helper,
 * and calls it a leak or freed twice. The functions that do so stand between these two;
 * AddressSanitizer and LeakSanitizer watch them in the tests.
 */
#if defined(__GNUC__) && !defined(__clang__)
#define KEEPS_POINTERS_BEGIN                                                 \
	_Pragma("GCC diagnostic push")                                       \
		_Pragma("GCC diagnostic ignored \"-Wanalyzer-malloc-leak\"") \
			_Pragma("GCC diagnostic ignored \"-Wanalyzer-double-free\"")
#define KEEPS_POINTERS_END _Pragma("GCC diagnostic pop")
#else
#define KEEPS_POINTERS_BEGIN
#define KEEPS_POINTERS_END
#endif

/* Makes FUNCp() for _cleanup_ out of "struct x *x_free(struct x *)". */
#define DEFINE_CLEANUP(type, func)          \
	static inline void func##p(type *p) \
	{                                   \
		if (*p)                     \
			*p = func(*p);      \
	}                                   \
	struct func##_swallow_semicolon

/* free() and close() in the shape _cleanup_ wants. */
void macro_freep(void *p);
void macro_closep(int *fd);
#define _cleanup_free_  _cleanup_(macro_freep)
#define _cleanup_close_ _cleanup_(macro_closep)

/*
 * Takes a new CLOEXEC descriptor, or the -1 of a call that failed: returns it, or another for it
 * above 2, or -errno. A process may have closed its standard streams; they are not ours to take.
 */
int macro_fd_above_2(int fd) _must_check_;

#endif
