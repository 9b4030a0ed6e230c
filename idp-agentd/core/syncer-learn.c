/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* People outside of a pass: the answer to one question, and whoever proved at sign-in who they are.
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "idp-agentd/core/idmap.h"
#include "idp-agentd/core/person.h"
#include "idp-agentd/core/store-login.h"
#include "idp-agentd/core/store-person.h"
#include "idp-agentd/core/store.h"
#include "idp-agentd/core/syncer-internal.h"

static int refuse(char reason[static REASON_MAX], const char *text)
{
	if (snprintf(reason, REASON_MAX, "%s", text) < 0)
		reason[0] = '\0';
	return SYNCER_E_REFUSED;
}

int syncer_upsert(struct syncer *syncer, const struct syncer_pass *pass,
		  const struct dir_user *user, uint64_t now, char reason[static REASON_MAX],
		  struct person **ret)
{
	_cleanup_(person_freep) struct person *person = NULL;
	struct dir_user clean;
	int r;

	reason[0] = '\0';
	if (!user->id || !*user->id)
		return refuse(reason, "the directory's record has no id");
	r = syncer_clean_user(syncer, user, &clean);
	if (r == 0)
		r = syncer_make_person(pass, &clean, now, &person);
	if (r != 0)
		return r;
	r = idmap_claim(syncer->map, person, reason);
	if (r != 0)
		return r > 0 ? SYNCER_E_REFUSED : r;
	return ret ? store_find_person(syncer->store, person->id, ret) : 0;
}

/* Is this somebody whom a directory answers for, so that a sign-in changes nothing? */
static int find_owned(struct syncer *syncer, const struct syncer_pass *pass, const char *sub,
		      char reason[static REASON_MAX], int64_t *ret)
{
	_cleanup_(person_freep) struct person *person = NULL;
	int r;

	*ret = 0;
	r = store_find_subject(syncer->store, pass->iss, sub, &person);
	if (r != 0)
		return r == STORE_E_NOT_FOUND ? 0 : r;
	if (person->learned)
		return 0;
	if (person->retired)
		return 0; /* idmap_claim() refuses while that directory is configured */
	if (pass->directory && !idmap_is_configured(syncer->map, person->directory))
		return 0;
	reason[0] = '\0';
	*ret = person->id;
	return 0;
}

static int learn(struct syncer *syncer, const struct syncer_pass *pass, const struct dir_user *user,
		 uint64_t now, char reason[static REASON_MAX], int64_t *ret)
{
	_cleanup_(person_freep) struct person *person = NULL;
	int r;

	r = find_owned(syncer, pass, user->sub ? user->sub : "", reason, ret);
	if (r != 0 || *ret != 0)
		return r;
	if (!pass->directory)
		return refuse(reason, "no directory of this host knows this person");
	r = syncer_make_person(pass, user, now, &person);
	if (r != 0)
		return r;
	r = person_set(&person->dir_id, "");
	if (r != 0)
		return r;
	person->learned = true;
	person->active = true;
	r = idmap_claim(syncer->map, person, reason);
	if (r != 0)
		return r > 0 ? SYNCER_E_REFUSED : r;
	*ret = person->id;
	return 0;
}

int syncer_learn(struct syncer *syncer, const struct syncer_pass *pass, const struct dir_user *user,
		 const struct store_fact *facts, size_t n_facts, uint64_t now,
		 char reason[static REASON_MAX], struct person **ret)
{
	int64_t person = 0;
	bool own;
	int r, refused = 0;

	reason[0] = '\0';
	r = store_enter(syncer->store, STORE_DURABLE, &own);
	if (r != 0)
		return r;
	r = learn(syncer, pass, user, now, reason, &person);
	if (r == 0)
		r = store_put_login(syncer->store, person, now, facts, n_facts);
	/* who is refused left nothing behind but the memory of it, which stays */
	if (r == SYNCER_E_REFUSED)
		refused = r;
	r = store_leave(syncer->store, own, refused ? 0 : r);
	if (r != 0 || refused)
		return r != 0 ? r : refused;
	return ret ? store_find_person(syncer->store, person, ret) : 0;
}
