/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_AUTHORITY_H
#define IDP_CORE_AUTHORITY_H

/*
 * What the authority knows: the configuration in force, the record, who is local, the publisher
 * and the syncer, put together and kept in step when the configuration changes. No sockets here.
 * Whoever answers about a person asks authority_find(), so that nobody answers for somebody the
 * snapshot would not show.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/clock.h"
#include "common/limits.h"
#include "common/macro.h"
#include "idp-agentd/core/idmap.h"
#include "idp-agentd/core/publish.h"
#include "idp-agentd/core/syncer.h"

struct config;
struct config_directory;
struct config_provider;
struct person;
struct scope_book;
struct store;

struct authority {
	struct config *config;
	struct store *store;
	struct localnames *locals;
	struct idmap idmap;
	struct publisher *publisher;
	struct syncer *syncer;
	struct binding_guards *guards; /* binding.h: providers that say otherwise who people are */
	struct scope_book *scopes;     /* disabled, refused, offered: scope-book.h */
	bool guards_unsure;            /* it could not be found out: everybody is guarded */
	const char **break_glass;      /* NULL-terminated, texts in config */
	const char **directories;      /* likewise */
	struct alias_book *aliases;    /* likewise */
	const char *state, *snapshot;  /* paths */
	bool locals_changed;           /* since the last publication */
	char host[256];
};

/* Who a name or id stands for, after every filter. */
enum authority_who {
	AUTHORITY_NOBODY = 0, /* no record: a directory may still know */
	AUTHORITY_LOCAL,      /* local, break-glass, reserved or impossible: never ours */
	AUTHORITY_HIDDEN,     /* ours, but processes may not see it now: the verdict says why */
	AUTHORITY_CLOSED,     /* ours and to be seen, but nothing opens: the verdict says why */
	AUTHORITY_SHOWN,      /* ours, and everybody may see it */
};

/*
 * Opens the record in state (a folder) and publishes into snapshot. Takes config over when it
 * returns 0. Otherwise -errno or STORE_E_* (store.h), and reason holds a sentence.
 */
int authority_open(struct authority *authority, struct config *config, const char *state,
		   const char *snapshot, char reason[static REASON_MAX]) _must_check_;
void authority_close(struct authority *authority);
/* Another configuration: taken over when it returns 0, else the old one stays in force. */
int authority_reconfigure(struct authority *authority, struct config *config) _must_check_;

/* Looks whether /etc/passwd or /etc/group has changed; sets locals_changed. */
void authority_refresh_locals(struct authority *authority);

/* ret_person may hold a record with AUTHORITY_HIDDEN, _CLOSED and _SHOWN, else NULL. -errno. */
int authority_find(struct authority *authority, const char *name, enum authority_who *ret_who,
		   enum publish_verdict *ret_verdict, struct person **ret_person) _must_check_;
/*
 * What the person with this name or alias is called: name itself, or room with another's. For
 * administrators: also of people who are hidden.
 */
const char *authority_canonical(const struct authority *authority, const char *name,
				char room[static NAME_LEN_MAX + 1]);
int authority_find_uid(struct authority *authority, uint32_t uid, enum authority_who *ret_who,
		       struct person **ret_person) _must_check_;

/* The provider whose issuer this is, byte for byte; NULL none. */
const struct config_provider *authority_issuer(const struct authority *authority, const char *iss);
/* The userinfo directory that learns the people of a provider; NULL none. */
const struct config_directory *authority_learner(const struct authority *authority,
						 const char *provider);
/* Whether there is a directory that can be asked (scim) or one that learns (userinfo). */
bool authority_has_directory(const struct authority *authority, bool learns);
/* What the syncer must know of a directory's pass; borrows from config. */
struct syncer_pass authority_pass(const struct authority *authority,
				  const struct config_directory *directory);
/* May nobody sign in or be learned at this provider now, since its people were bound otherwise? */
bool authority_is_guarded(const struct authority *authority, const char *provider);
/* Does idp.conf name another issuer than its people's? Then its directories are not read either:
 * each record would make a stranger of somebody. */
bool authority_is_moved(const struct authority *authority, const char *provider);
/*
 * offline of a rule: is it too long ago that the platform confirmed the person, for the account
 * phase to permit? A confirmation as recent as the directory's own rhythm is not "offline".
 */
bool authority_is_stale(const struct authority *authority, const struct person *person,
			usec_t offline) _must_check_;
/* Looks again, after binding_settle(); said to the log. */
void authority_check_bindings(struct authority *authority);
/* Seconds since 1970. */
uint64_t authority_time(void);

#endif
