/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * MUST:
 *  1. a question that waits is answered by its deadline, whatever the platform does;
 *  2. one name is asked for once at a time, however many wait for it;
 *  3. strangers cannot use up the questions root needs, nor the platform's patience: buckets by
 *     user id, a reserve for root, a bounded memory of what does not exist.
 */
#include "idp-agentd/core/lookup.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-event.h>

#include "common/limits.h"
#include "common/log.h"
#include "common/name.h"
#include "common/sock.h"
#include "idp-agentd/core/alias.h"
#include "idp-agentd/core/authority.h"
#include "idp-agentd/core/config.h"
#include "idp-agentd/core/dir.h"
#include "idp-agentd/core/negative.h"
#include "idp-agentd/core/peer.h"
#include "idp-agentd/core/person.h"
#include "idp-agentd/core/placeholder.h"
#include "idp-agentd/core/quota.h"
#include "idp-agentd/core/timer.h"

#define LOOKUP_DIRECTORIES_MAX 16u
#define LOOKUP_BUCKETS         256u

struct question;

/* One directory asked on behalf of a question, by one of the names it may know the person by. */
struct find {
	struct question *question;
	uint64_t flow;                       /* 0: has answered */
	char directory[CONFIG_NAME_MAX + 1]; /* a copy: a reload may come before the answer */
};

struct lookup_waiter {
	struct lookup_waiter *next;
	struct question *question;
	usec_t deadline;
	void (*done)(void *userdata, enum lookup_outcome outcome);
	void *userdata;
};

struct question {
	struct question *next;
	struct lookup *lookup;
	char name[NAME_LEN_MAX + 1];
	usec_t until;
	size_t n_finds, n_open;
	struct find finds[LOOKUP_DIRECTORIES_MAX];
	bool found, failed;
	struct lookup_waiter *waiters;
};

struct lookup {
	struct lookup_parts parts;
	struct negative *negative;
	struct placeholders *placeholders;
	struct question *questions;
	struct lookup_status status;
	sd_event_source *timer;
	usec_t armed;
	struct quota_bucket buckets[LOOKUP_BUCKETS];
};

/* ---- the end of a question ---- */

/* Moves those of the question whose time is over to late; when the next one's is. */
static usec_t question_expire(struct question *question, usec_t now, struct lookup_waiter **late)
{
	struct lookup_waiter **link = &question->waiters;
	usec_t next = USEC_INFINITY;

	while (*link) {
		struct lookup_waiter *waiter = *link;

		if (waiter->deadline > now) {
			if (waiter->deadline < next)
				next = waiter->deadline;
			link = &waiter->next;
			continue;
		}
		*link = waiter->next;
		waiter->question = NULL;
		waiter->next = *late;
		*late = waiter;
	}
	return next;
}

/* Who is told may cancel others of the list. */
static void waiters_tell(struct lookup_waiter *list, enum lookup_outcome outcome)
{
	while (list) {
		struct lookup_waiter *waiter = list;

		list = waiter->next;
		if (waiter->done)
			waiter->done(waiter->userdata, outcome);
		free(waiter);
	}
}

/* Everybody who waits, early or late. */
static void question_tell(struct question *question, enum lookup_outcome outcome)
{
	struct lookup_waiter *all = NULL;

	IGNORE(question_expire(question, USEC_INFINITY, &all));
	waiters_tell(all, outcome);
}

static void question_unlink(struct question *question)
{
	struct question **link = &question->lookup->questions;

	while (*link != question)
		link = &(*link)->next;
	*link = question->next;
	question->lookup->status.under_way--;
}

static struct question *question_free(struct question *question)
{
	for (size_t i = 0; i < question->n_finds; i++)
		peer_abort(question->lookup->parts.peer, question->finds[i].flow);
	free(question);
	return NULL;
}

/* Unlinked first: whoever is told may ask again. */
static void question_end(struct question *question)
{
	struct lookup *lookup = question->lookup;
	enum lookup_outcome outcome = LOOKUP_NOTFOUND;

	if (question->found)
		outcome = LOOKUP_FOUND;
	else if (question->failed)
		outcome = LOOKUP_UNAVAIL;
	question_unlink(question);
	if (outcome == LOOKUP_FOUND)
		lookup->status.found++;
	else
		lookup->status.missed++;
	if (outcome == LOOKUP_NOTFOUND)
		negative_put(lookup->negative, question->name, clock_now());
	if (outcome == LOOKUP_FOUND)
		lookup->parts.publish(lookup->parts.userdata);
	question_tell(question, outcome);
	question_free(question);
}

/* ---- what a directory says ---- */

/* Is it whom was asked for, by name or by alias? Names are in the form of this host here. */
static bool find_is(const struct question *question, const struct naming *naming, const char *name)
{
	char other[NAME_LEN_MAX + 1];

	return strcmp(name, question->name) == 0 ||
	       (naming_other(naming, name, other) && strcmp(other, question->name) == 0);
}

static int find_on_user(struct find *find, struct wire_in *in)
{
	struct question *question = find->question;
	struct authority *authority = question->lookup->parts.authority;
	const struct config_directory *directory =
		config_directory(authority->config, find->directory);
	const struct naming *naming = alias_naming(authority->idmap.aliases, find->directory);
	char reason[REASON_MAX], name[NAMING_ROOM];
	struct syncer_pass pass;
	struct dir_user user;
	int r = dir_read_user(in, &user);

	if (r < 0)
		return r;
	if (!directory || authority_is_moved(authority, directory->provider))
		return 0;
	IGNORE(dir_name_user(naming, name, &user));
	if (question->found || !find_is(question, naming, name))
		return 0; /* not what was asked for; and each one costs a wait for the disk */
	pass = authority_pass(authority, directory);
	r = syncer_upsert(authority->syncer, &pass, &user, authority_time(), reason, NULL);
	if (r == 0)
		question->found = true;
	else if (r == SYNCER_E_REFUSED)
		log_warning("%s of directory %s is refused: %s", question->name, find->directory,
			    reason);
	else
		question->failed = true;
	return 0;
}

static int find_on_end(struct find *find, struct wire_in *in)
{
	struct dir_end end;
	int r = in->type == MSG_DIR_END ? dir_read_end(in, &end) : 0;

	if (r < 0)
		return r;
	if (in->type != MSG_DIR_END || !end.complete || *end.code)
		find->question->failed = true;
	return 0;
}

static void find_over(struct find *find)
{
	find->flow = 0;
	if (--find->question->n_open == 0)
		question_end(find->question);
}

static int find_on_message(void *owner, uint64_t flow, struct wire_in *in, bool last)
{
	struct find *find = owner;
	int r = 0;

	(void)flow;
	if (in->type == MSG_DIR_USER)
		r = find_on_user(find, in);
	else if (last)
		r = find_on_end(find, in);
	if (r < 0)
		find->question->failed = true;
	if (last)
		find_over(find);
	return r;
}

static void find_on_lost(void *owner, uint64_t flow)
{
	struct find *find = owner;

	(void)flow;
	find->question->failed = true;
	find_over(find);
}

static const struct flow_owner find_flow = {
	.message = find_on_message,
	.lost = find_on_lost,
};

/* ---- the clock ---- */

static void lookup_arm(struct lookup *lookup, usec_t at)
{
	if (at >= lookup->armed)
		return;
	lookup->armed = at;
	if (timer_set(lookup->timer, at) < 0)
		log_error("cannot arm the timer of lookups");
}

/* MUST 1. Telling may change the list of questions, so it comes after the walk. */
static int lookup_on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct lookup *lookup = userdata;
	struct lookup_waiter *late = NULL;
	struct question *next;
	usec_t now = clock_now();

	(void)source;
	(void)usec;
	lookup->armed = USEC_INFINITY;
	for (struct question *question = lookup->questions; question; question = next) {
		next = question->next;
		lookup_arm(lookup, question_expire(question, now, &late));
		if (question->until > now) {
			lookup_arm(lookup, question->until);
			continue;
		}
		question_unlink(question);
		question_free(question); /* nobody waits longer than a question lives */
	}
	waiters_tell(late, LOOKUP_UNAVAIL);
	return 0;
}

/* ---- asking ---- */

static bool lookup_may_ask(struct lookup *lookup, uid_t uid)
{
	size_t room = LOOKUP_PENDING_MAX;

	if (uid != 0) {
		room -= LOOKUP_RESERVE;
		if (!quota_bucket_take(&lookup->buckets[uid % LOOKUP_BUCKETS], LOOKUP_BURST,
				       LOOKUP_REFILL, clock_now()))
			return false;
	}
	return lookup->status.under_way < room;
}

static void question_ask_for(struct question *question, const struct config_directory *directory,
			     const char *name)
{
	struct find *find = &question->finds[question->n_finds];

	if (question->n_finds == LOOKUP_DIRECTORIES_MAX)
		return;
	*find = (struct find){ .question = question };
	(void)snprintf(find->directory, sizeof(find->directory), "%s", directory->name);
	if (peer_ask_find(question->lookup->parts.peer, directory->name, directory->provider,
			  WIRE_FIND_USER_NAME, name, &find_flow, find, &find->flow) < 0) {
		question->failed = true;
		return;
	}
	question->n_finds++;
	question->n_open++;
}

static void question_ask(struct question *question)
{
	const struct authority *authority = question->lookup->parts.authority;
	const struct config *config = authority->config;

	for (size_t i = 0; i < config->n_directories; i++) {
		const struct config_directory *directory = &config->directories[i];
		struct naming_guess guesses[NAMING_GUESSES_MAX];
		size_t n;

		if (!config_directory_is_read(directory))
			continue;
		if (authority_is_moved(authority, directory->provider)) {
			question->failed = true; /* who knows */
			continue;
		}
		n = naming_guess(alias_naming(authority->idmap.aliases, directory->name),
				 question->name, guesses);
		for (size_t k = 0; k < n; k++)
			question_ask_for(question, directory, guesses[k].name);
	}
}

/* NULL: nobody can be asked; *ret_outcome says what that means. */
static struct question *question_new(struct lookup *lookup, const char *name, uid_t uid,
				     enum lookup_outcome *ret_outcome)
{
	struct question *question;

	*ret_outcome = LOOKUP_UNAVAIL;
	if (!lookup_may_ask(lookup, uid))
		return NULL;
	question = calloc(1, sizeof(*question));
	if (!question)
		return NULL;
	question->lookup = lookup;
	memcpy(question->name, name, strlen(name) + 1);
	question->until = clock_add(clock_now(), LOOKUP_LIFE);
	question_ask(question);
	if (question->n_open == 0) {
		*ret_outcome = question->failed ? LOOKUP_UNAVAIL : LOOKUP_NOTFOUND;
		free(question);
		return NULL;
	}
	question->next = lookup->questions;
	lookup->questions = question;
	lookup->status.under_way++;
	lookup_arm(lookup, question->until);
	return question;
}

static struct question *question_find(struct lookup *lookup, const char *name)
{
	struct question *question = lookup->questions;

	while (question && strcmp(question->name, name) != 0)
		question = question->next;
	return question;
}

int lookup_user(struct lookup *lookup, const char *name, uid_t uid, usec_t deadline,
		void (*done)(void *userdata, enum lookup_outcome outcome), void *userdata,
		struct lookup_waiter **ret_waiter)
{
	enum lookup_outcome outcome = LOOKUP_NOTFOUND;
	struct question *question = NULL;
	struct lookup_waiter *waiter;

	*ret_waiter = NULL;
	if (name_is_user(name, strlen(name)) &&
	    !negative_has(lookup->negative, name, clock_now())) {
		question = question_find(lookup, name);
		if (!question)
			question = question_new(lookup, name, uid, &outcome);
	}
	if (!question) {
		done(userdata, outcome);
		return 0;
	}
	waiter = calloc(1, sizeof(*waiter));
	if (!waiter)
		return -ENOMEM;
	*waiter = (struct lookup_waiter){ .next = question->waiters,
					  .question = question,
					  .deadline = deadline < question->until ? deadline
										 : question->until,
					  .done = done,
					  .userdata = userdata };
	question->waiters = waiter;
	lookup_arm(lookup, waiter->deadline);
	*ret_waiter = waiter;
	return 0;
}

void lookup_cancel(struct lookup_waiter *waiter)
{
	struct lookup_waiter **link;

	if (!waiter)
		return;
	if (!waiter->question) { /* its time is over and it is about to be told: not any more */
		waiter->done = NULL;
		return;
	}
	link = &waiter->question->waiters;
	while (*link != waiter)
		link = &(*link)->next;
	*link = waiter->next;
	free(waiter);
}

/* ---- life ---- */

int lookup_new(const struct lookup_parts *parts, struct lookup **ret_lookup)
{
	_cleanup_(lookup_freep) struct lookup *lookup = calloc(1, sizeof(*lookup));
	int r;

	if (!lookup)
		return -ENOMEM;
	lookup->parts = *parts;
	lookup->armed = USEC_INFINITY;
	r = negative_new(LOOKUP_NEGATIVE_MAX, LOOKUP_NEGATIVE_LIFE, &lookup->negative);
	if (r == 0)
		r = placeholders_new(&lookup->placeholders);
	if (r < 0)
		return r;
	r = sd_event_add_time(parts->event, &lookup->timer, CLOCK_BOOTTIME, USEC_INFINITY,
			      USEC_PER_MSEC, lookup_on_timer, lookup);
	if (r < 0)
		return r;
	*ret_lookup = TAKE_PTR(lookup);
	return 0;
}

struct lookup *lookup_free(struct lookup *lookup)
{
	if (!lookup)
		return NULL;
	while (lookup->questions) {
		struct question *question = lookup->questions;

		question_unlink(question);
		question_tell(question, LOOKUP_UNAVAIL);
		question_free(question);
	}
	sd_event_source_disable_unref(lookup->timer);
	negative_free(lookup->negative);
	placeholders_free(lookup->placeholders);
	free(lookup);
	return NULL;
}

struct placeholders *lookup_placeholders(const struct lookup *lookup)
{
	return lookup->placeholders;
}

size_t lookup_flush(struct lookup *lookup)
{
	return negative_flush(lookup->negative);
}

void lookup_get_status(const struct lookup *lookup, struct lookup_status *ret_status)
{
	*ret_status = lookup->status;
}
