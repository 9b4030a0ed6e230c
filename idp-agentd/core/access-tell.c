/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The decision in words: a stable code for programs, a sentence for the person, the whole reason
 * for the administrator.
 *
 * MUST
 * 1. What comes of a peer or a platform is shown without control bytes.
 * 2. The person hears what is missing, never what somebody else would have to bring: the sentences
 *    are access-person.c's.
 */

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/buf.h"
#include "idp-agentd/core/access-rules.h"

#define PERSON_ROOM \
	(REASON_MAX * 3u / 4u) /* the rest is for whom to ask, or the rule's own words */

const char *verdict_name(enum verdict verdict)
{
	static const char *const names[] = {
		[VERDICT_DENY] = "deny",
		[VERDICT_PERMIT] = "permit",
		[VERDICT_STEP_UP] = "step-up",
	};

	return names[verdict];
}

_printf_(3, 4) static void say(char *text, size_t room, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	IGNORE(vsnprintf(text, room, format, args) < 0); /* cut where it is too long */
	va_end(args);
	for (char *at = text; *at; at++)
		if ((unsigned char)*at < 0x20 || *at == 0x7f)
			*at = '?';
}

static void append(char *text, size_t room, const char *before, const char *more)
{
	size_t len = strlen(text);

	IGNORE(snprintf(text + len, room - len, "%s%s", before, more) < 0);
}

static const char *known(const char *text)
{
	return text && *text ? text : "this service";
}

void tell_permit(struct access_decision *decision)
{
	say(decision->code, sizeof(decision->code), "permit rule=%s", decision->rule);
}

/* Whom to ask, where nothing the person does alone could help; the rule's own words come first. */
static void add_advice(struct access_decision *decision, const struct access_request *request,
		       const char *rule_say)
{
	size_t len = strlen(decision->person);

	if (rule_say)
		append(decision->person, sizeof(decision->person), " ", rule_say);
	else if (request->user && *request->user && request->service && *request->service)
		say(decision->person + len, sizeof(decision->person) - len,
		    " The administrator of this host sees why with \"idpctl why %s %s\".",
		    request->user, request->service);
}

static void refuse(struct access_decision *decision, const char *rule)
{
	decision->verdict = VERDICT_DENY;
	decision->rule = rule;
	decision->session = decision->offline = decision->max_age = USEC_INFINITY;
	decision->step_up = (struct access_step_up){ .max_age = UINT64_MAX };
}

void tell_denied(struct access_decision *decision, const struct facts *facts,
		 const struct rule *rule)
{
	const char *selector;
	enum truth fits = rule_fits(rule, facts->request, &selector);

	say(decision->code, sizeof(decision->code), "denied-by=%s", rule->name);
	say(decision->person, sizeof(decision->person), "A rule of this host denies you %s.",
	    known(facts->request->service));
	say(decision->admin, sizeof(decision->admin), "[deny %s] at %s:%u holds%s%s%s", rule->name,
	    rule->place.file, rule->place.line, fits == TRUTH_UNKNOWN ? " (its \"" : "",
	    fits == TRUTH_UNKNOWN ? selector : "",
	    fits == TRUTH_UNKNOWN ? "\" cannot be told)" : "");
	add_advice(decision, facts->request, rule->say);
	refuse(decision, rule->name);
}

void tell_no_rule(struct access_decision *decision, const struct facts *facts)
{
	say(decision->code, sizeof(decision->code), "no-rule");
	say(decision->person, sizeof(decision->person), "No rule of this host lets you use %s.",
	    known(facts->request->service));
	say(decision->admin, sizeof(decision->admin), "no [allow] rule is about service %s here",
	    known(facts->request->service));
	add_advice(decision, facts->request, NULL);
	refuse(decision, "");
}

/* "missing=scope:a group:b (granted has scope:A, differs only in case)" */
static void spell_missing(struct access_decision *decision, const struct facts *facts,
			  const struct unmet *unmet)
{
	const char *how = "", *near = unmet->first ? atom_near(facts, unmet->first, &how) : NULL;
	size_t kind_len = unmet->first ? strcspn(unmet->first->text, ":") + 1 : 0;
	char hint[REASON_MAX] = "", list[REASON_MAX] = "";

	for (size_t i = 0; i < decision->n_missing; i++)
		append(list, sizeof(list), i ? " " : "", decision->missing[i]);
	if (near)
		say(hint, sizeof(hint), " (%s has %.*s%.100s, %s)",
		    unmet->first->kind == ATOM_SCOPE ? "granted" : "the sign-in", (int)kind_len,
		    unmet->first->text, near, how);
	say(decision->code, sizeof(decision->code), "missing=%s%s", list, hint);
}

/* What has no room is told by no half of it. */
static void tell_person(struct access_decision *decision, const struct facts *facts,
			const struct rule *rule)
{
	char text[PERSON_ROOM];
	struct buf out;
	bool own;

	buf_init_fixed(&out, text, sizeof(text));
	own = person_put_unmet(facts, rule, &out);
	if (buf_end(&out) < 0) {
		own = false;
		say(text, sizeof(text), "You may not use %.64s here: several things are missing.",
		    known(facts->request->service));
	}
	say(decision->person, sizeof(decision->person), "%s", text);
	if (rule->say || !own)
		add_advice(decision, facts->request, rule->say);
}

static void say_stale(struct access_decision *decision, const struct facts *facts)
{
	say(decision->code, sizeof(decision->code), "stale-login");
	say(decision->person, sizeof(decision->person),
	    "Your sign-in is too long ago for %s; please sign in again.",
	    known(facts->request->service));
}

void tell_unmet(struct access_decision *decision, const struct facts *facts,
		const struct unmet *unmet)
{
	const struct rule *rule = unmet->rule;

	decision->n_missing = unmet->n < ACCESS_MISSING_MAX ? unmet->n : ACCESS_MISSING_MAX;
	memcpy(decision->missing, unmet->texts, sizeof(unmet->texts));
	if (unmet->n_loa == unmet->n) {
		say(decision->code, sizeof(decision->code), "loa-too-low");
		say(decision->person, sizeof(decision->person),
		    "Your identity is not verified well enough for %s here.",
		    known(facts->request->service));
		add_advice(decision, facts->request, rule->say);
	} else if (unmet->n_fresh == unmet->n) {
		say_stale(decision, facts);
		if (rule->say)
			add_advice(decision, facts->request, rule->say);
	} else {
		spell_missing(decision, facts, unmet);
		tell_person(decision, facts, rule);
	}
	say(decision->admin, sizeof(decision->admin),
	    "[allow %s] at %s:%u came closest, but there is no", rule->name, rule->place.file,
	    rule->place.line);
	for (size_t i = 0; i < decision->n_missing; i++)
		append(decision->admin, sizeof(decision->admin), " ", decision->missing[i]);
	refuse(decision, rule->name);
	if (!unmet->brought || !facts->request->may_step_up)
		return;
	decision->verdict = VERDICT_STEP_UP;
	decision->step_up = unmet->step_up;
}

void tell_stale(struct access_decision *decision, const struct facts *facts)
{
	struct access_step_up step_up = decision->step_up;

	say_stale(decision, facts);
	say(decision->admin, sizeof(decision->admin), "[allow %s] and its like permit, but not %s",
	    decision->rule, decision->missing[0]);
	decision->n_missing = 1;
	refuse(decision, decision->rule);
	if (!facts->request->may_step_up)
		return;
	decision->verdict = VERDICT_STEP_UP;
	decision->step_up = step_up;
	decision->step_up.newer = true;
}

static void tell_workload(struct access_decision *decision)
{
	say(decision->code, sizeof(decision->code), "workload-token");
	say(decision->person, sizeof(decision->person),
	    "This identity belongs to a program, not to a person; it cannot sign in here.");
	say(decision->admin, sizeof(decision->admin),
	    "a workload opens no session, whatever the rules say");
}

static void tell_anonymous(struct access_decision *decision, const struct facts *facts)
{
	say(decision->code, sizeof(decision->code), "anonymous");
	say(decision->person, sizeof(decision->person),
	    "You are not signed in at the platform: what it gave you may not use %s here.",
	    known(facts->request->service));
	say(decision->admin, sizeof(decision->admin),
	    "the platform gives such a token to anybody; no rule lets it in");
}

static void tell_details(struct access_decision *decision, const struct facts *facts)
{
	const struct access_list *details = &facts->request->details;
	char names[REASON_MAX / 2] = "";

	for (size_t i = 0; i < details->n; i++)
		if (strcmp(details->items[i], "true") != 0) /* it does not say which */
			append(names, sizeof(names), *names ? ", " : " (", details->items[i]);
	say(decision->code, sizeof(decision->code), "details-required");
	say(decision->person, sizeof(decision->person),
	    "The platform still needs details of you%s%s: complete your profile there, then sign "
	    "in again.",
	    names, *names ? ")" : "");
	say(decision->admin, sizeof(decision->admin),
	    "the platform says that details of this person are missing; no rule lets them in to "
	    "%s before",
	    known(facts->request->service));
}

bool tell_gate(struct access_decision *decision, const struct facts *facts)
{
	const struct access_request *request = facts->request;

	if (request->anonymous)
		tell_anonymous(decision, facts);
	else if (request->subject_kind == SUBJECT_WORKLOAD && !request->workload_ok)
		tell_workload(decision);
	else if (request->details_missing && !request->signing_in) /* its token will tell */
		tell_details(decision, facts);
	else
		return false;
	return true;
}
