/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_TESTS_LIB_NSS_H
#define IDP_TESTS_LIB_NSS_H

/*
 * The check module libnss_idptest.so.2, loaded as glibc would, and its snapshot (tests/lib/
 * snapshot.h) in the directory it was built to look into.
 */

#include <grp.h>
#include <nss.h>
#include <pwd.h>

struct nss_module {
	enum nss_status (*getpwnam)(const char *, struct passwd *, char *, size_t, int *);
	enum nss_status (*getpwuid)(uid_t, struct passwd *, char *, size_t, int *);
	enum nss_status (*setpwent)(int);
	enum nss_status (*getpwent)(struct passwd *, char *, size_t, int *);
	enum nss_status (*endpwent)(void);
	enum nss_status (*getgrnam)(const char *, struct group *, char *, size_t, int *);
	enum nss_status (*getgrgid)(gid_t, struct group *, char *, size_t, int *);
	enum nss_status (*setgrent)(int);
	enum nss_status (*getgrent)(struct group *, char *, size_t, int *);
	enum nss_status (*endgrent)(void);
	enum nss_status (*initgroups)(const char *, gid_t, long *, long *, gid_t **, long, int *);
};

extern struct nss_module nss;

/* Loads it, once; ends the program when that fails. */
void nss_load(void);
/* Takes the published file away as if it had never been: the next lookup must look again. */
void nss_no_snapshot(void);
/* Puts bytes in its place. */
void nss_put_snapshot(const void *bytes, size_t len);

#endif
