/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * MUST: a platform that lists nothing, or more than fits, is not blamed for what it does not list;
 * what is listed is compared byte for byte, and what is only nearly the same is said to be so; an
 * error is what keeps people out for certain.
 */
#include "idp-agentd/core/scope-judge.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "idp-agentd/core/config-problem.h"

#define NEAR_MAX 129u

static void _printf_(2, 3) put(char text[static SCOPE_WORDS_MAX], const char *format, ...)
{
	size_t len = strlen(text);
	va_list args;

	va_start(args, format);
	IGNORE(vsnprintf(text + len, SCOPE_WORDS_MAX - len, format, args) < 0);
	va_end(args);
}

static bool is_word_of(const char *words, const char *word)
{
	size_t len = strlen(word);

	for (const char *at = words; *at; at += strspn(at, " ")) {
		size_t n = strcspn(at, " ");

		if (n == len && strncmp(at, word, len) == 0)
			return true;
		at += n;
	}
	return false;
}

/* The word nearest to word; "" when none is near. */
static void nearest(const char *words, const char *word, char out[static NEAR_MAX])
{
	enum config_near best = CONFIG_FAR;

	out[0] = '\0';
	for (const char *at = words; *at; at += strspn(at, " ")) {
		size_t n = strcspn(at, " ");
		char candidate[NEAR_MAX];
		enum config_near near;

		if (n < sizeof(candidate)) {
			memcpy(candidate, at, n);
			candidate[n] = '\0';
			near = config_near(word, candidate);
			if (near > best) {
				best = near;
				memcpy(out, candidate, n + 1);
			}
		}
		at += n;
	}
}

static const char *how_near(const char *a, const char *b)
{
	return strcasecmp(a, b) == 0 ? "differs only in case" : "differs in a letter or two";
}

/* ---- what the platform makes of it ---- */

enum scope_state scope_state(const struct scope_know *know, const char *name)
{
	for (size_t i = 0; know->probed && i < know->n_refused; i++)
		if (strcmp(know->refused[i], name) == 0)
			return SCOPE_REFUSED;
	if (is_word_of(know->offered, name))
		return SCOPE_OFFERED;
	if (know->probed && !know->takes_any)
		return SCOPE_TAKEN;
	return *know->offered ? SCOPE_UNLISTED : SCOPE_UNKNOWN;
}

const char *scope_state_name(enum scope_state state)
{
	static const char *const names[] = {
		[SCOPE_UNKNOWN] = "unknown", [SCOPE_UNLISTED] = "not listed",
		[SCOPE_OFFERED] = "offered", [SCOPE_TAKEN] = "taken",
		[SCOPE_REFUSED] = "refused",
	};

	return names[state];
}

/* ---- the finding ---- */

static const char *verb_of(const struct scope_entry *entry)
{
	if (entry->asked)
		return "asks for";
	if (entry->registered)
		return "is about";
	return entry->needed ? "needs" : "speaks of";
}

/* Is a scope that the platform does not know something that keeps people out? */
static bool keeps_out(const struct scope_entry *entry)
{
	return entry->asked ? !entry->optional : entry->needed || entry->registered;
}

static void put_services(char *text, const struct scope_entry *entry)
{
	if (entry->protects.n == 0) {
		put(text, ": nobody can sign in");
		return;
	}
	put(text, ": nobody can sign in to");
	for (size_t i = 0; i < entry->protects.n; i++)
		put(text, "%s %s", i ? "," : "", entry->protects.items[i]);
}

static void put_effect(char *text, const struct scope_entry *entry)
{
	if (!keeps_out(entry))
		put(text, "%s", entry->asked ? ": sign-ins go on without it" : "");
	else if (entry->asked)
		put_services(text, entry);
	else if (entry->allow)
		put(text, ": no new sign-in can bring what [allow %s] needs", entry->allow);
}

static void put_place(char *text, const struct scope_entry *entry)
{
	if (entry->place.file && entry->place.line > 0)
		put(text, "%s:%u", entry->place.file, entry->place.line);
	else
		put(text, "idp.conf");
}

static void judge_refused(const struct scope_know *know, const struct scope_entry *entry,
			  const char *near, struct scope_finding *finding)
{
	bool listed = is_word_of(know->offered, entry->name);

	finding->level = keeps_out(entry) && !know->bare ? WIRE_FINDING_ERROR
							 : WIRE_FINDING_WARNING;
	put(finding->text, "%s %s scope %s, which the platform ", entry->who, verb_of(entry),
	    entry->name);
	if (listed)
		put(finding->text, "offers, but not to client %.64s", know->client_id);
	else if (*near)
		put(finding->text, "refuses; %s is offered, and %s", near,
		    how_near(near, entry->name));
	else
		put(finding->text, "refuses");
	put_effect(finding->text, entry);
	if (know->bare)
		put(finding->text, ", unless it takes it for the resource that sign-ins name");
	if (*near && !listed) {
		put(finding->remedy, "Scopes are compared byte for byte: write %s at ", near);
		put_place(finding->remedy, entry);
		put(finding->remedy, ", or register %s at the platform.", entry->name);
	} else {
		put(finding->remedy, "Have it registered at the platform for client %.64s, or take "
				     "it out of ",
		    know->client_id);
		put_place(finding->remedy, entry);
		put(finding->remedy, ".");
	}
	if (entry->asked && !entry->forbids)
		put(finding->remedy, " At once, as root: idpctl scope disable %s", entry->name);
}

static void judge_unlisted(const struct scope_know *know, const struct scope_entry *entry,
			   const char *near, struct scope_finding *finding)
{
	finding->level = WIRE_FINDING_WARNING;
	put(finding->text, "%s %s scope %s, which is not ", entry->who, verb_of(entry),
	    entry->name);
	if (*near)
		put(finding->text, "offered; %s is, and %s", near, how_near(near, entry->name));
	else
		put(finding->text, "among scopes_supported");
	if (know->takes_any)
		put(finding->text, "; the platform drops what it does not know without a word");
	if (*near) {
		put(finding->remedy, "Scopes are compared byte for byte: write %s at ", near);
		put_place(finding->remedy, entry);
		put(finding->remedy, ", as the platform does.");
	} else {
		put(finding->remedy,
		    "Register it at the platform for this client, or take it out of ");
		put_place(finding->remedy, entry);
		put(finding->remedy, "; leave it if the platform offers more than it lists.");
	}
}

static void judge_off(const struct scope_know *know, const struct scope_entry *entry,
		      struct scope_finding *finding)
{
	enum scope_state state = scope_state(know, entry->name);
	bool fine = state == SCOPE_OFFERED || state == SCOPE_TAKEN;

	finding->level = WIRE_FINDING_WARNING;
	put(finding->text, "scope %s is disabled on this host", entry->name);
	if (entry->forbids) /* it was, before there was this rule */
		put(finding->text, ", but %s stops people by it: sign-ins ask for it all the same",
		    entry->forbids);
	else if (entry->allow)
		put(finding->text,
		    ": [allow %s] lets in only who was granted it before, or shows a token with it",
		    entry->allow);
	put(finding->remedy, "%sidpctl scope enable %s",
	    fine ? "The platform takes it now: " : "When the platform knows it: ", entry->name);
}

/* ".../.default" stands for whatever was registered; the answer may list other names. */
static void judge_default(const struct scope_entry *entry, struct scope_finding *finding)
{
	size_t len = strlen(entry->name), n = STRLEN("/.default");

	if (len < n || strcmp(entry->name + len - n, "/.default") != 0)
		return;
	finding->level = WIRE_FINDING_NOTE;
	put(finding->text,
	    "%s %s scope %s, which stands for all that is registered: which scopes are granted is "
	    "only seen in the answer",
	    entry->who, verb_of(entry), entry->name);
	if (entry->needed) {
		finding->level = WIRE_FINDING_WARNING;
		put(finding->remedy, "A rule over scope:%s may never hold: name the scopes that the "
				     "platform grants for it.",
		    entry->name);
	}
}

void scope_judge(const struct scope_know *know, const struct scope_entry *entry, bool off,
		 struct scope_finding *ret_finding)
{
	char near[NEAR_MAX];

	*ret_finding = (struct scope_finding){ .level = WIRE_FINDING_OK };
	if (off) {
		judge_off(know, entry, ret_finding);
		return;
	}
	nearest(know->offered, entry->name, near);
	switch (scope_state(know, entry->name)) {
	case SCOPE_REFUSED:
		judge_refused(know, entry, near, ret_finding);
		return;
	case SCOPE_UNLISTED:
		judge_unlisted(know, entry, near, ret_finding);
		return;
	case SCOPE_UNKNOWN:
	case SCOPE_OFFERED:
	case SCOPE_TAKEN:
		judge_default(entry, ret_finding);
		return;
	}
}

/* ---- the scope itself ---- */

static bool makes_root(const char *service)
{
	static const char *const services[] = { "sudo", "sudo-i", "su", "su-l", "doas", "polkit-1" };

	for (size_t i = 0; i < ELEMENTSOF(services); i++)
		if (strcmp(services[i], service) == 0)
			return true;
	return false;
}

void scope_judge_alone(const struct scope_entry *entry, struct scope_finding *ret_finding)
{
	const char *root = NULL, *other = NULL;

	*ret_finding = (struct scope_finding){ .level = WIRE_FINDING_OK };
	for (size_t i = 0; i < entry->protects.n; i++) {
		const char *service = entry->protects.items[i];

		if (makes_root(service))
			root = service;
		else
			other = service;
	}
	if (!root || !other)
		return;
	ret_finding->level = WIRE_FINDING_WARNING;
	put(ret_finding->text, "[scope %s] protects %s and %s: who was granted the one has the other",
	    entry->name, other, root);
	put(ret_finding->remedy, "Give %s a scope of its own, with request = on-demand.", root);
}

/* ---- step by step ---- */

static void step_near(const struct scope_entry *entry, const char *near, const char *provider,
		      const char *client, size_t n, char *text)
{
	if (n == 0) {
		put(text,
		    "At the platform (provider %.64s, client %.64s): register the scope exactly as "
		    "this host writes it, %s. From then on people can sign in again.",
		    provider, client, entry->name);
	} else if (n == 1) {
		put(text, "On this host: write %s in the place of %s at ", near, entry->name);
		put_place(text, entry);
		put(text, ", and wherever else it stands (idpctl scope list); then idpctl reload "
			  "and idpctl scope check.");
	} else {
		put(text, "At the platform: take %s away again, which nobody asks for any more.",
		    entry->name);
	}
}

static void step_far(const struct scope_entry *entry, const char *provider, const char *client,
		     size_t n, char *text)
{
	if (n == 0) {
		put(text,
		    "At the platform (provider %.64s, client %.64s): register the scope %s and "
		    "assign it to this client. From then on people can sign in again.",
		    provider, client, entry->name);
	} else if (n == 1) {
		put(text, "If there is to be no such scope: take it out of ");
		put_place(text, entry);
		put(text, ", and out of every rule (idpctl scope list).");
	} else {
		put(text, "On this host: idpctl reload, then idpctl scope check.");
	}
}

bool scope_step(const struct scope_know *know, const struct scope_entry *entry,
		const char *provider, size_t n, char text[static SCOPE_WORDS_MAX])
{
	char near[NEAR_MAX];

	text[0] = '\0';
	if (n > 3 || (n == 3 && entry->forbids)) /* which cannot be disabled */
		return false;
	if (n == 3) {
		put(text,
		    "Or at once, without the platform, as root of this host: idpctl scope disable "
		    "%s. Sign-ins no longer ask for it; until idpctl scope enable %s a rule that needs "
		    "it lets in only who was granted it before, or shows a token with it.",
		    entry->name, entry->name);
		return true;
	}
	nearest(know->offered, entry->name, near);
	if (*near && !is_word_of(know->offered, entry->name))
		step_near(entry, near, provider, know->client_id, n, text);
	else
		step_far(entry, provider, know->client_id, n, text);
	return true;
}
