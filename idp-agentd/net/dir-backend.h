/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_NET_DIR_BACKEND_H
#define IDP_NET_DIR_BACKEND_H

/*
 * What a kind of directory has to say; all else is the engine's (dir.c): tokens and their renewal,
 * requests, retries (429, 5xx, a connection that breaks), deadlines, credit, long groups in parts,
 * records left out and counted, and every message to the authority.
 *
 * A new kind: one file with a const struct dir_backend, its row in dir_backends[] of dir.c, its
 * word in config-keys.h, and a test. The engine calls, for each order (a pass, or the search for
 * one):
 *
 *   open, then next; while next says ASK or RECORDS: [request and take], give until 0, next again;
 *   at WHOLE and UNCHANGED: cursor; always: close.
 *
 * A backend never blocks on a network, keeps no state but its own, and trusts no answer.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/limits.h"
#include "common/macro.h"
#include "common/wire.h"
#include "idp-agentd/net/http.h"
#include "idp-agentd/net/json.h"

struct directory;

/* ---- what is asked for ---- */

/* Texts live as long as the flow. */
struct dir_ask {
	bool find;           /* who has this name or subject; else a pass over everything */
	enum wire_find what; /* find */
	const char *value;   /* find */
	bool full;           /* pass: what does not come is gone, so everything must come */
	const char *cursor;  /* pass, not full: what cursor() put at the pass before; "" none */
	uint32_t found;      /* find: records so far that were it; the engine counts */
};

/* ---- what comes out ---- */

enum dir_record_kind { DIR_RECORD_USER = 1, DIR_RECORD_GROUP, DIR_RECORD_GONE };

#define DIR_ID_NONE UINT32_MAX /* no uid or gid was given */

/*
 * Texts are never NULL, "" when absent; UTF-8 without NUL; id, sub and name as long as the
 * authority takes them (255 bytes, subjects SUBJECT_LEN_MAX). What a name may be is the authority's
 * to judge. uid and gid: an id the directory gave, DIR_ID_NONE; never one made up.
 */
struct dir_user {
	const char *id, *sub, *name, *gecos, *home, *shell, *loa, *origin;
	const char *ssh_keys, *labels; /* one a line, no newline at the end */
	uint32_t uid, gid;
	bool active;
	uint64_t end_time; /* seconds since 1970, 0 none */
};

/*
 * A group, or a part of one whose members come page by page: then the same id and name again, first
 * on the first part, last on the last, and no other record in between. A group that is a member
 * of another is named by its own id, like a person.
 */
struct dir_group {
	const char *id, *name;
	uint32_t gid;
	bool first, last;
	size_t n_members; /* of this part; more than fit into a message is fine */
	/* Id of member i, or NULL: nobody this agent could know. number: as json_id(). */
	const char *(*member)(const struct dir_group *group, size_t i,
			      char number[static JSON_ID_ROOM]);
	const void *members; /* for member() */
};

/* Only in a pass that is not full: the directory says that this one is gone. */
struct dir_gone {
	bool group;
	const char *id;
};

struct dir_record {
	enum dir_record_kind kind;
	union {
		struct dir_user user;
		struct dir_group group;
		struct dir_gone gone;
	};
};

/* ---- what a backend says ---- */

/*
 * A refusal's code where a pass that is not full cannot tell what changed: the authority then asks
 * for a full one at once.
 */
#define DIR_CODE_FULL "cursor-expired"

/* Along with an outcome: a reason code (a literal) and a sentence for a refusal; progress always.
 */
struct dir_word {
	const char *code;
	char text[REASON_MAX];
	uint64_t done, total; /* of the list that is being read; total 0: unknown */
};

/* The next GET. url is empty and open; the rest is as below unless it is set. */
struct dir_request {
	struct buf url;
	const char *accept;      /* a literal; NULL: application/json */
	char etag[DIR_ETAG_MAX]; /* sent as If-None-Match; "" none. 304 then comes to take() */
	bool any_status;         /* take() judges every status; else 200 only, and the rest fails */
	size_t body_max;         /* HTTP_PAGE_MAX */
};

enum dir_next {
	DIR_NEXT_ASK = 0,   /* send the request that was filled in; take() gets the answer */
	DIR_NEXT_RECORDS,   /* nothing to ask: give() has records */
	DIR_NEXT_WHOLE,     /* everything came */
	DIR_NEXT_UNCHANGED, /* nothing changed since ask->cursor, and nothing was given */
	DIR_NEXT_REFUSED,   /* it cannot be read; word says why */
};

enum dir_take {
	DIR_TAKE_OK = 0,  /* give() has what the answer held, perhaps nothing */
	DIR_TAKE_REFUSED, /* word says why: the pass ends, nothing of it counts */
};

enum dir_give {
	DIR_GIVE_NONE = 0, /* no more of this answer: next() */
	DIR_GIVE_RECORD,   /* one was put */
	DIR_GIVE_SKIPPED,  /* one cannot be used; word->text says why. The pass goes on */
};

/* Every int below: one of the enum named at it, or -errno, which ends the pass. */
struct dir_backend {
	const char *kind; /* word of the configuration */
	/* It has an address (url, https) and is opened by a token. */
	bool http;
	/* Is a pass of it, once whole, all there is? Else people are only learned as they sign in.
	 */
	bool lists;
	/* Checks its own settings: directory_break() for what is wrong. NULL: has none. */
	void (*judge)(struct directory *directory);
	/* ask lives as long as the state. 0 or -errno. */
	int (*open)(struct directory *directory, const struct dir_ask *ask, void **ret_state);
	/* NULL is fine. */
	void (*close)(void *state);
	/* enum dir_next. After the last page of a pass: judges whether it was whole. */
	int (*next)(void *state, struct dir_request *request, struct dir_word *word);
	/*
	 * enum dir_take. Busy servers and broken connections were tried again already, a token that
	 * was refused renewed. answer and its body are gone after the call. NULL where !http.
	 */
	int (*take)(void *state, const struct http_answer *answer, struct dir_word *word);
	/* enum dir_give. What was put lives until the next call of any function here. */
	int (*give)(void *state, struct dir_record *ret_record, struct dir_word *word);
	/*
	 * After WHOLE or UNCHANGED of a pass: what the next one that is not full shall get as
	 * ask->cursor, at most DIR_CURSOR_MAX bytes. Kept by the authority together with the
	 * records. NULL or nothing put: every pass is a full one.
	 */
	void (*cursor)(const void *state, struct buf *out);
	/*
	 * For idpctl doctor: can it be read? look() says what to ask (DIR_NEXT_ASK), or at once what
	 * looked() says of the answer: DIR_NEXT_WHOLE it can, DIR_NEXT_REFUSED it cannot, and
	 * word->text how many or why. NULL: the first page of users of a SCIM server is asked for.
	 */
	int (*look)(struct directory *directory, struct dir_request *request, struct dir_word *word);
	int (*looked)(struct directory *directory, const struct http_answer *answer,
		      struct dir_word *word);
};

extern const struct dir_backend dir_backend_scim;
extern const struct dir_backend dir_backend_userinfo;
extern const struct dir_backend dir_backend_file;
extern const struct dir_backend dir_backend_keycloak;

#endif
