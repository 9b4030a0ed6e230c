/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The composition of everything that remembers. The order of opening: local names, record, id
 * map, publisher, syncer (whose recovery must precede the first publication).
 */
#include "idp-agentd/core/authority.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/name.h"
#include "common/siphash.h"
#include "idp-agentd/core/alias.h"
#include "idp-agentd/core/authority-lists.h"
#include "idp-agentd/core/binding.h"
#include "idp-agentd/core/claimed.h"
#include "idp-agentd/core/config.h"
#include "idp-agentd/core/localnames.h"
#include "idp-agentd/core/person.h"
#include "idp-agentd/core/scope-book.h"
#include "idp-agentd/core/store-ids.h"
#include "idp-agentd/core/store-person.h"
#include "idp-agentd/core/store.h"

#define DROP_TIME   USEC_PER_SEC
#define DROP_SLICE  1000u
#define LEARNED_AGE (5 * 60u) /* seconds a sign-in counts as "just now" for offline = no */

uint64_t authority_time(void)
{
	return clock_real() / USEC_PER_SEC;
}

/* ---- configuration to options ---- */

static const char *directory_issuer(const struct config *config,
				    const struct config_directory *directory)
{
	const struct config_provider *provider = config_provider(config, directory->provider);

	return provider ? provider->issuer : "";
}

/* Any change of a directory's settings asks for another full pass. The key is public on purpose:
 * this is a fingerprint of our own file, and must be the same after a restart. */
static uint64_t directory_fingerprint(const struct config *config,
				      const struct config_directory *directory)
{
	static const uint8_t key[16] = "idp-directory-1";
	const char *iss = directory_issuer(config, directory);
	uint64_t print = siphash24(key, iss, strlen(iss));

	for (size_t i = 0; i < directory->section->n_pairs; i++) {
		const struct config_pair *pair = &directory->section->pairs[i];

		if (!strcmp(pair->key, "interval") || !strcmp(pair->key, "full_interval") ||
		    !strcmp(pair->key, "page_size"))
			continue;
		print = print * 31 + siphash24(key, pair->key, strlen(pair->key));
		print = print * 31 +
			(pair->value ? siphash24(key, pair->value, strlen(pair->value)) : 0);
	}
	return print ? print : 1;
}

/* Where nobody said anything (the directory no section is for), everybody it can be said of. */
static bool directory_hides(const struct config_directory *directory, const char *whom)
{
	if (directory->hide.n == 0)
		return true;
	for (size_t i = 0; i < directory->hide.n; i++)
		if (!strcmp(directory->hide.items[i], whom))
			return true;
	return false;
}

static int publisher_configure(struct publisher *publisher, const struct config *config)
{
	struct publish_directory *list = calloc(config->n_directories, sizeof(*list));
	int r;

	if (!list)
		return -ENOMEM;
	for (size_t i = 0; i < config->n_directories; i++) {
		const struct config_directory *directory = &config->directories[i];

		list[i] = (struct publish_directory){
			.name = directory->name,
			.iss = directory_issuer(config, directory),
			.fingerprint = directory_fingerprint(config, directory),
			.min_loa = directory->min_loa == UINT32_MAX ? 0 : directory->min_loa,
			.shows_disabled = !directory_hides(directory, "disabled"),
			.shows_ended = !directory_hides(directory, "ended"),
			.shows_below_loa = !directory_hides(directory, "below-min-loa"),
			.swept = config_directory_is_read(directory),
		};
	}
	r = publisher_set_directories(publisher, list, config->n_directories);
	free(list);
	if (r == 0)
		publisher_set_enumerate(publisher, config->agent.enumerate);
	return r;
}

/* Takes the lists over. */
static void idmap_configure(struct authority *authority, const struct config *config,
			    struct authority_lists *lists)
{
	free(authority->break_glass);
	free(authority->directories);
	free(authority->aliases);
	authority->break_glass = TAKE_PTR(lists->break_glass);
	authority->directories = TAKE_PTR(lists->directories);
	authority->aliases = TAKE_PTR(lists->aliases);
	authority->idmap.store = authority->store;
	authority->idmap.locals = authority->locals;
	authority->idmap.first = config->agent.id_range.first;
	authority->idmap.last = config->agent.id_range.last;
	authority->idmap.probe = config->agent.id_collisions == ID_COLLISIONS_PROBE;
	authority->idmap.break_glass = authority->break_glass;
	authority->idmap.directories = authority->directories;
	authority->idmap.aliases = authority->aliases;
}

/* ---- who is bound otherwise ---- */

static void authority_log_guard(const struct binding_guard *guard,
				const struct config_provider *provider)
{
	log_error(
		"provider %s: %llu people are bound by %s of issuer %s, and idp.conf now says %s of "
		"%s: nobody signs in or is learned there until it says so again, or: idpctl "
		"provider rebind %s",
		guard->provider, (unsigned long long)guard->people, guard->subject, guard->issuer,
		provider->subject_from, provider->issuer, guard->provider);
}

void authority_check_bindings(struct authority *authority)
{
	const struct config *config = authority->config;
	struct binding_guards *guards = NULL;
	_cleanup_free_ struct binding_provider *list = calloc(config->n_providers, sizeof(*list));
	int r = -ENOMEM;

	for (size_t i = 0; list && i < config->n_providers; i++)
		list[i] = (struct binding_provider){ .name = config->providers[i].name,
						     .issuer = config->providers[i].issuer,
						     .subject = config->providers[i].subject_from };
	if (list)
		r = binding_check(authority->store, list, config->n_providers, &guards);
	if (r < 0)
		log_error("cannot tell how people are bound: %s; nobody new signs in",
			  strerrordesc_np(-r));
	authority->guards_unsure = r < 0;
	authority->guards = binding_guards_free(authority->guards);
	authority->guards = guards;
	for (size_t i = 0; guards && i < guards->n; i++)
		authority_log_guard(&guards->items[i],
				    config_provider(config, guards->items[i].provider));
}

bool authority_is_guarded(const struct authority *authority, const char *provider)
{
	return authority->guards_unsure || binding_find(authority->guards, provider);
}

bool authority_is_moved(const struct authority *authority, const char *provider)
{
	const struct binding_guard *guard = binding_find(authority->guards, provider);

	return authority->guards_unsure || (guard && guard->other_issuer);
}

/* A full disk must not keep anybody out: the groups are as they were. */
static void authority_claim_groups(struct authority *authority)
{
	int r = claimed_configure(authority);

	if (r < 0)
		log_error("the groups of [groups] cannot be noted: %s", strerrordesc_np(-r));
}

/* ---- opening ---- */

/* What is left of imports of ids that came to nothing, as far as a moment goes: a million rows
 * take longer than anybody may wait for a start or a reload, and they count for nothing. */
static int authority_drop_imports(const struct authority *authority)
{
	const usec_t until = clock_add(clock_now(), DROP_TIME);
	bool more = authority->idmap.importing == 0;
	int r = 0;

	while (r == 0 && more && clock_now() < until)
		r = store_trim_given(authority->store, 0, DROP_SLICE, &more);
	return r;
}

static int authority_open_store(struct authority *authority, const struct config *config,
				char reason[static REASON_MAX])
{
	_cleanup_(authority_homes_done) struct authority_homes homes = { 0 };
	struct store_options options = {
		.folder = authority->state,
		.home_template = config->agent.home,
		.shell = config->agent.shell,
	};
	int r = authority_homes_make(config, &homes);

	if (r < 0)
		return r;
	options.shells = (const char *const *)homes.shells;
	options.homes = homes.homes;
	options.domains = homes.domains;
	if (authority->store)
		r = store_set_defaults(authority->store, &options);
	else
		r = store_open(&options, reason, &authority->store);
	return r != 0 ? r : authority_drop_imports(authority);
}

static int authority_open_parts(struct authority *authority, const struct config *config,
				char reason[static REASON_MAX])
{
	_cleanup_(authority_lists_done) struct authority_lists lists = { 0 };
	int r = localnames_new(NULL, NULL, &authority->locals);

	if (r < 0) {
		(void)snprintf(reason, REASON_MAX, "cannot read /etc/passwd and /etc/group: %s",
			       strerrordesc_np(-r));
		return r;
	}
	r = authority_open_store(authority, config, reason);
	if (r == 0)
		r = scope_book_new(authority->store, &authority->scopes);
	if (r)
		return r;
	r = authority_lists_make(config, &lists);
	if (r < 0)
		return r;
	idmap_configure(authority, config, &lists);
	r = publisher_new(authority->snapshot, &authority->idmap, &authority->publisher);
	if (r < 0)
		return r;
	r = publisher_configure(authority->publisher, config);
	if (r < 0)
		return r;
	r = syncer_new(&authority->idmap, &authority->syncer);
	if (r < 0)
		return r;
	r = syncer_recover(authority->syncer, authority_time());
	if (r != 0)
		/* A full disk must not keep anybody out: the next pass finishes it first. */
		log_error("cannot finish the last synchronisation yet: %s",
			  strerrordesc_np(r < 0 ? -r : EIO));
	return 0;
}

int authority_open(struct authority *authority, struct config *config, const char *state,
		   const char *snapshot, char reason[static REASON_MAX])
{
	int r;

	*authority = (struct authority){ .state = state, .snapshot = snapshot };
	*reason = '\0';
	if (gethostname(authority->host, sizeof(authority->host) - 1) < 0)
		(void)snprintf(authority->host, sizeof(authority->host), "this host");
	r = authority_open_parts(authority, config, reason);
	if (r) {
		if (!*reason)
			(void)snprintf(reason, REASON_MAX, "cannot open the record: %s",
				       r < 0 ? strerrordesc_np(-r) : "refused");
		authority_close(authority);
		return r;
	}
	authority->config = config;
	authority_check_bindings(authority);
	authority_claim_groups(authority);
	return 0;
}

void authority_close(struct authority *authority)
{
	authority->guards = binding_guards_free(authority->guards);
	authority->scopes = scope_book_free(authority->scopes);
	authority->syncer = syncer_free(authority->syncer);
	authority->publisher = publisher_free(authority->publisher);
	authority->store = store_free(authority->store);
	authority->locals = localnames_free(authority->locals);
	free(authority->break_glass);
	free(authority->directories);
	free(authority->aliases);
	authority->break_glass = NULL;
	authority->directories = NULL;
	authority->aliases = NULL;
	authority->config = config_free(authority->config);
}

int authority_reconfigure(struct authority *authority, struct config *config)
{
	char reason[REASON_MAX] = "";
	_cleanup_(authority_lists_done) struct authority_lists lists = { 0 };
	int r;

	r = authority_lists_make(config, &lists);
	if (r < 0)
		return r;
	r = publisher_configure(authority->publisher, config);
	if (!r)
		r = authority_open_store(authority, config, reason);
	if (r) {
		/* Back to what was: the same calls with the old configuration worked before. */
		IGNORE(publisher_configure(authority->publisher, authority->config));
		return r < 0 ? r : -EIO;
	}
	idmap_configure(authority, config, &lists);
	config_free(authority->config);
	authority->config = config;
	scope_book_forget(authority->scopes);
	authority_check_bindings(authority);
	authority_claim_groups(authority);
	return 0;
}

/* ---- who is it ---- */

static enum authority_who authority_weigh(const struct authority *authority,
					  const struct person *person,
					  enum publish_verdict *ret_verdict)
{
	*ret_verdict = publish_judge(authority->publisher, person, authority_time());
	if (*ret_verdict != PUBLISH_YES &&
	    publish_look(authority->publisher, person, authority_time()) == PUBLISH_YES)
		return AUTHORITY_CLOSED;
	switch (*ret_verdict) {
	case PUBLISH_YES:
		return AUTHORITY_SHOWN;
	case PUBLISH_RANGE:
	case PUBLISH_LOCAL:
	case PUBLISH_NAME:
	case PUBLISH_DIRECTORY:
	case PUBLISH_RETIRED:
	case PUBLISH_LOA:
		return AUTHORITY_LOCAL;
	case PUBLISH_INACTIVE:
	case PUBLISH_ENDED:
		return AUTHORITY_HIDDEN;
	case PUBLISH_NO:
		break;
	}
	return AUTHORITY_LOCAL;
}

void authority_refresh_locals(struct authority *authority)
{
	int r = localnames_refresh(authority->locals);

	if (r > 0)
		authority->locals_changed = true;
	/* On an error what was read last time still stands. */
}

/* What the record's answer r means; takes person over when there is one to show. */
static int authority_found(const struct authority *authority, int r, struct person **person,
			   enum authority_who *ret_who, enum publish_verdict *ret_verdict,
			   struct person **ret_person)
{
	if (r == STORE_E_NOT_FOUND) {
		*ret_who = AUTHORITY_NOBODY;
		return 0;
	}
	if (r)
		return r < 0 ? r : -EIO;
	*ret_who = authority_weigh(authority, *person, ret_verdict);
	if (*ret_who != AUTHORITY_LOCAL)
		*ret_person = TAKE_PTR(*person);
	return 0;
}

int authority_find(struct authority *authority, const char *name, enum authority_who *ret_who,
		   enum publish_verdict *ret_verdict, struct person **ret_person)
{
	_cleanup_(person_freep) struct person *person = NULL;
	char reason[REASON_MAX];
	int r;

	*ret_person = NULL;
	*ret_verdict = PUBLISH_NO;
	*ret_who = AUTHORITY_LOCAL;
	if (!name_is_user(name, strlen(name)))
		return 0;
	authority_refresh_locals(authority);
	if (idmap_check_user(&authority->idmap, name, reason) != 0)
		return 0;
	r = store_find_name(authority->store, name, &person);
	if (r == STORE_E_NOT_FOUND) {
		r = alias_find(&authority->idmap, name, &person);
		if (r == ALIAS_E_SHARED) {
			/* Two people's is nobody's; but not one to leave to others, as long as a
			 * process may still see whose it was. */
			*ret_verdict = PUBLISH_NAME;
			return 0;
		}
		if (r == ALIAS_E_NONE)
			r = STORE_E_NOT_FOUND;
	}
	return authority_found(authority, r, &person, ret_who, ret_verdict, ret_person);
}

const char *authority_canonical(const struct authority *authority, const char *name,
				char room[static NAME_LEN_MAX + 1])
{
	_cleanup_(person_freep) struct person *named = NULL, *person = NULL;
	char reason[REASON_MAX];

	if (idmap_check_user(&authority->idmap, name, reason) != 0 ||
	    store_find_name(authority->store, name, &named) != STORE_E_NOT_FOUND ||
	    alias_find(&authority->idmap, name, &person) != 0)
		return name;
	(void)snprintf(room, NAME_LEN_MAX + 1, "%s", person->name);
	return room;
}

int authority_find_uid(struct authority *authority, uint32_t uid, enum authority_who *ret_who,
		       struct person **ret_person)
{
	_cleanup_(person_freep) struct person *person = NULL;
	enum publish_verdict verdict;
	int r;

	*ret_person = NULL;
	*ret_who = AUTHORITY_LOCAL;
	if (idmap_check_id(&authority->idmap, uid) != 0)
		return 0;
	r = store_find_uid(authority->store, uid, &person);
	return authority_found(authority, r, &person, ret_who, &verdict, ret_person);
}

/* ---- asking the configuration ---- */

const struct config_provider *authority_issuer(const struct authority *authority, const char *iss)
{
	const struct config *config = authority->config;

	for (size_t i = 0; i < config->n_providers; i++)
		if (config_has_issuer(&config->providers[i], iss))
			return &config->providers[i];
	return NULL;
}

bool authority_is_stale(const struct authority *authority, const struct person *person,
			usec_t offline)
{
	const struct config_directory *directory =
		config_directory(authority->config, person->directory);
	uint64_t least = LEARNED_AGE, bound = offline / USEC_PER_SEC;

	if (offline == USEC_INFINITY)
		return false;
	if (directory && config_directory_is_read(directory))
		least += 2 * (directory->interval / USEC_PER_SEC);
	return person_age(person, authority_time()) > (bound > least ? bound : least);
}

const struct config_directory *authority_learner(const struct authority *authority,
						 const char *provider)
{
	const struct config *config = authority->config;

	for (size_t i = 0; i < config->n_directories; i++)
		if (config->directories[i].kind == DIRECTORY_USERINFO &&
		    !strcmp(config->directories[i].provider, provider))
			return &config->directories[i];
	return NULL;
}

bool authority_has_directory(const struct authority *authority, bool learns)
{
	const struct config *config = authority->config;

	for (size_t i = 0; i < config->n_directories; i++)
		if (config_directory_is_read(&config->directories[i]) != learns)
			return true;
	return false;
}

struct syncer_pass authority_pass(const struct authority *authority,
				  const struct config_directory *directory)
{
	return (struct syncer_pass){
		.directory = directory->name,
		.iss = directory_issuer(authority->config, directory),
		.fingerprint = directory_fingerprint(authority->config, directory),
	};
}
