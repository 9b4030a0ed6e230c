/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_NET_DIRECTORY_H
#define IDP_NET_DIRECTORY_H

/* One [directory]: what the configuration says, and the token it is read with. */

#include <stdbool.h>
#include <stdint.h>

#include "common/clock.h"
#include "common/limits.h"
#include "common/macro.h"
#include "idp-agentd/net/document.h"

struct dir_backend;
struct dir_token;
struct net;
struct provider;
struct secret;
struct settings;

/* JSON pointers into a resource; NULL: not taken. */
struct directory_paths {
	const char *subject, *name, *uid, *gid, *gecos, *home, *shell, *loa, *origin;
	const char *ssh_keys, *labels, *end_time;
	const char *group_name, *group_gid;
};

struct directory {
	unsigned n_refs; /* the registry and running flows */
	char *name;
	struct settings *settings;
	char broken[REASON_MAX];
	struct provider *provider;         /* counted */
	const struct dir_backend *backend; /* NULL: broken */
	const char *url;                   /* a slash at its end does not matter */
	const char *filter;
	const char *token_scope;
	const struct secret *bearer; /* the configured token; NULL: client_credentials */
	uint32_t page_size;
	struct directory_paths paths;
	uint32_t learned; /* the backend's: what it found out about the server, 0 nothing yet */
	/* dir-token.c: */
	struct secret *token;
	usec_t token_until;
	struct dir_token *token_fetcher;
	struct waiter *token_waiters;
};

/* Takes settings over; provider may be NULL: then the directory is broken and says so. */
int directory_new(const char *name, struct settings *settings, struct provider *provider,
		  struct directory **ret_directory) _must_check_;
struct directory *directory_ref(struct directory *directory);
struct directory *directory_unref(struct directory *directory);
DEFINE_CLEANUP(struct directory *, directory_unref);

/* For a backend's judge(): the directory is broken, and says so; the first reason stays. */
void directory_break(struct directory *directory, const char *key, const char *what);
/* A JSON pointer of the configuration, or fallback where there is none. */
const char *directory_pointer(struct directory *directory, const char *key, const char *fallback);
/* Reads all of directory->paths; defaults as the backend's records have them. */
void directory_read_paths(struct directory *directory, const struct directory_paths *defaults);

/* Puts the address of count records of "Users" or "Groups", the first being start (from 1). */
void directory_put_url(const struct directory *directory, struct buf *out, const char *list,
		       uint64_t start, uint32_t count);

#endif
