/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The decision.
 *
 * MUST
 * 1. The decision starts as deny; only a whole [allow] rule that holds makes it permit.
 * 2. Any [deny] that fits wins over every [allow].
 * 3. The order of rules, of atoms and of what was brought changes nothing.
 * 4. What is UNKNOWN keeps an [allow] from holding and a [deny] from being escaped.
 * 5. A program's identity opens no session, whatever the rules say.
 */

#include "idp-agentd/core/access.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "idp-agentd/core/access-rules.h"

/* What of one [allow] does not hold. */
struct unmet {
	const struct rule *rule;
	size_t n;
	size_t n_loa;
	size_t n_fresh;
	bool brought; /* a new sign-in could bring all of it */
	struct access_step_up step_up;
	const struct atom *first; /* that can look like something else */
	const char *texts[ACCESS_MISSING_MAX];
};

/* ---- words ---- */

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

const char *verdict_name(enum verdict verdict)
{
	static const char *const names[] = {
		[VERDICT_DENY] = "deny",
		[VERDICT_PERMIT] = "permit",
		[VERDICT_STEP_UP] = "step-up",
	};

	return names[verdict];
}

/* ---- where a rule applies ---- */

static enum truth listed(const struct config_list *list, const char *text)
{
	if (list->n == 0)
		return TRUTH_YES;
	for (size_t i = 0; text && i < list->n; i++)
		if (strcmp(list->items[i], text) == 0)
			return TRUTH_YES;
	return text ? TRUTH_NO : TRUTH_UNKNOWN;
}

/*
 * sudo does not tell PAM whom somebody wants to become. Who may become root may become anybody,
 * so "as = root" is what an [allow] has to say; a [deny] about others cannot be ruled out.
 */
static enum truth listed_as(const struct config_list *list, const struct access_request *request)
{
	enum truth root;

	if (request->as || list->n == 0 || !request->service ||
	    strcmp(request->service, "sudo") != 0)
		return listed(list, request->as);
	root = listed(list, "root");
	return root == TRUTH_YES ? TRUTH_YES : TRUTH_UNKNOWN;
}

enum truth rule_fits(const struct rule *rule, const struct access_request *request,
		     const char **ret_selector)
{
	const struct {
		const char *name;
		enum truth truth;
	} selectors[] = {
		{ "service", listed(&rule->service, request->service) },
		{ "on", listed(&rule->on, request->host) },
		{ "as", listed_as(&rule->as, request) },
		{ "from", rule->from.n == 0 ? TRUTH_YES : net_judge(&rule->from, request->from) },
	};
	enum truth least = TRUTH_YES;

	*ret_selector = "";
	for (size_t i = 0; i < ELEMENTSOF(selectors); i++)
		if (selectors[i].truth < least) {
			least = selectors[i].truth;
			*ret_selector = selectors[i].name;
		}
	return least;
}

/* ---- [deny] ---- */

static bool deny_holds(const struct facts *facts, const struct rule *rule)
{
	const char *selector;
	bool any = rule->any.n == 0;

	if (rule_fits(rule, facts->request, &selector) == TRUTH_NO)
		return false;
	for (size_t i = 0; i < rule->need.n; i++)
		if (atom_judge(facts, &rule->need.items[i]) == TRUTH_NO)
			return false;
	for (size_t i = 0; i < rule->any.n; i++)
		any = any || atom_judge(facts, &rule->any.items[i]) != TRUTH_NO;
	for (size_t i = 0; i < rule->never.n; i++)
		if (atom_judge(facts, &rule->never.items[i]) == TRUTH_YES)
			return false;
	return any;
}

/* ---- [allow] ---- */

static void miss(struct unmet *unmet, const struct atom *atom, const char *text)
{
	if (unmet->n < ACCESS_MISSING_MAX)
		unmet->texts[unmet->n] = text;
	else
		unmet->brought = false; /* more than we could ask for */
	if (!unmet->first)
		unmet->first = atom;
	unmet->n++;
}

/* Could it come with a sign-in: because it is asked for, or unasked, in a token we have not seen?
 */
static bool may_come(const struct facts *facts, const struct atom *atom,
		     struct access_step_up *step_up)
{
	return atom_is_brought(atom, step_up) || (facts->request->signing_in && atom_is_told(atom));
}

static void lack(struct access_step_up *step_up, const struct atom *atom)
{
	step_up->stronger |= atom->kind == ATOM_ACR || atom->kind == ATOM_LOA;
	step_up->newer |= atom->kind == ATOM_FRESH;
	step_up->n_new_scopes = step_up->n_scopes;
}

static void miss_need(const struct facts *facts, struct unmet *unmet, const struct atom *atom)
{
	miss(unmet, atom, atom->text);
	unmet->n_loa += atom->kind == ATOM_LOA;
	unmet->n_fresh += atom->kind == ATOM_FRESH;
	if (!may_come(facts, atom, &unmet->step_up))
		unmet->brought = false;
	lack(&unmet->step_up, atom);
}

static void miss_any(const struct facts *facts, struct unmet *unmet, const struct atoms *any)
{
	for (size_t i = 0; i < any->n; i++)
		if (may_come(facts, &any->items[i], &unmet->step_up)) {
			miss(unmet, &any->items[i], any->joined);
			lack(&unmet->step_up, &any->items[i]);
			return;
		}
	unmet->brought = false;
	miss(unmet, &any->items[0], any->joined);
}

/* Can it hold by nothing but the sign-in that is judged? */
static bool is_of_one_sign_in(const struct atom *atom)
{
	return atom->kind == ATOM_SCOPE || atom->kind == ATOM_PATH_SCOPE ||
	       atom->kind == ATOM_ACR || atom->kind == ATOM_FRESH;
}

/* What holds by this sign-in, the next one has to bring as well. */
static void keep_asking(const struct facts *facts, const struct rule *rule,
			struct access_step_up *step_up)
{
	const struct atom *held = NULL;

	for (size_t i = 0; i < rule->need.n; i++)
		if (is_of_one_sign_in(&rule->need.items[i]) &&
		    atom_judge(facts, &rule->need.items[i]) == TRUTH_YES)
			IGNORE(atom_is_brought(&rule->need.items[i], step_up));
	for (size_t i = 0; i < rule->any.n; i++) {
		if (atom_judge(facts, &rule->any.items[i]) != TRUTH_YES)
			continue;
		if (!is_of_one_sign_in(&rule->any.items[i]))
			return; /* this one stays */
		held = held ? held : &rule->any.items[i];
	}
	if (held)
		IGNORE(atom_is_brought(held, step_up));
}

static uint64_t age_of(const struct rule *rule)
{
	return rule->max_age == USEC_INFINITY ? UINT64_MAX : rule->max_age / USEC_PER_SEC;
}

static struct unmet judge_allow(const struct facts *facts, const struct rule *rule)
{
	struct unmet unmet = { .rule = rule, .brought = true, .step_up.max_age = age_of(rule) };
	bool any = rule->any.n == 0;

	for (size_t i = 0; i < rule->need.n; i++)
		if (atom_judge(facts, &rule->need.items[i]) != TRUTH_YES)
			miss_need(facts, &unmet, &rule->need.items[i]);
	for (size_t i = 0; i < rule->any.n; i++)
		any = any || atom_judge(facts, &rule->any.items[i]) == TRUTH_YES;
	if (!any)
		miss_any(facts, &unmet, &rule->any);
	for (size_t i = 0; i < rule->never.n; i++)
		if (atom_judge(facts, &rule->never.items[i]) != TRUTH_NO) {
			unmet.brought = false;
			miss(&unmet, NULL, rule->never.items[i].negated);
		}
	keep_asking(facts, rule, &unmet.step_up);
	return unmet;
}

/* Rules come sorted by name, so the first of two equals is the same whatever the files' order. */
static bool is_closer(const struct unmet *a, const struct unmet *b)
{
	if (!b->rule || a->brought != b->brought)
		return !b->rule || a->brought;
	return a->n < b->n;
}

static void permit(struct access_decision *decision, const struct unmet *met)
{
	const struct rule *rule = met->rule;

	if (decision->verdict != VERDICT_PERMIT) {
		decision->rule = rule->name;
		decision->step_up = met->step_up;
	}
	decision->verdict = VERDICT_PERMIT;
	decision->session = rule->session < decision->session ? rule->session : decision->session;
	decision->offline = rule->offline < decision->offline ? rule->offline : decision->offline;
	if (rule->max_age < decision->max_age) {
		decision->max_age = rule->max_age;
		decision->missing[0] = rule->max_age_text; /* counted only when it is not kept */
	}
	if (age_of(rule) < decision->step_up.max_age)
		decision->step_up.max_age = age_of(rule);
}

/* ---- the decision's words ---- */

static void refuse(struct access_decision *decision, const char *rule, const char *rule_say)
{
	decision->verdict = VERDICT_DENY;
	decision->rule = rule;
	decision->session = decision->offline = decision->max_age = USEC_INFINITY;
	decision->step_up = (struct access_step_up){ .max_age = UINT64_MAX };
	if (rule_say)
		append(decision->person, sizeof(decision->person), " ", rule_say);
}

static void decide_denied(struct access_decision *decision, const struct facts *facts,
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
	refuse(decision, rule->name, rule->say);
}

static void decide_no_rule(struct access_decision *decision, const struct facts *facts)
{
	say(decision->code, sizeof(decision->code), "no-rule");
	say(decision->person, sizeof(decision->person), "No rule of this host lets you use %s.",
	    known(facts->request->service));
	say(decision->admin, sizeof(decision->admin), "no [allow] rule is about service %s here",
	    known(facts->request->service));
	refuse(decision, "", NULL);
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
	say(decision->person, sizeof(decision->person),
	    "You may not use %s here: %.100s is missing.", known(facts->request->service), list);
}

static void say_stale(struct access_decision *decision, const struct facts *facts)
{
	say(decision->code, sizeof(decision->code), "stale-login");
	say(decision->person, sizeof(decision->person),
	    "Your sign-in is too long ago for %s; please sign in again.",
	    known(facts->request->service));
}

static void decide_unmet(struct access_decision *decision, const struct facts *facts,
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
	} else if (unmet->n_fresh == unmet->n) {
		say_stale(decision, facts);
	} else {
		spell_missing(decision, facts, unmet);
	}
	say(decision->admin, sizeof(decision->admin),
	    "[allow %s] at %s:%u came closest, but there is no", rule->name, rule->place.file,
	    rule->place.line);
	for (size_t i = 0; i < decision->n_missing; i++)
		append(decision->admin, sizeof(decision->admin), " ", decision->missing[i]);
	refuse(decision, rule->name, rule->say);
	if (!unmet->brought || !facts->request->may_step_up)
		return;
	decision->verdict = VERDICT_STEP_UP;
	decision->step_up = unmet->step_up;
}

/* The strictest max-age of the rules that permit is not kept. */
static void decide_stale(struct access_decision *decision, const struct facts *facts)
{
	struct access_step_up step_up = decision->step_up;

	say_stale(decision, facts);
	say(decision->admin, sizeof(decision->admin), "[allow %s] and its like permit, but not %s",
	    decision->rule, decision->missing[0]);
	decision->n_missing = 1;
	refuse(decision, decision->rule, NULL);
	if (!facts->request->may_step_up)
		return;
	decision->verdict = VERDICT_STEP_UP;
	decision->step_up = step_up;
	decision->step_up.newer = true;
}

static bool is_stale(const struct access_decision *decision, const struct access_request *request)
{
	return decision->max_age != USEC_INFINITY &&
	       !access_signed_in_within(request, decision->max_age / USEC_PER_SEC);
}

static void decide_workload(struct access_decision *decision)
{
	say(decision->code, sizeof(decision->code), "workload-token");
	say(decision->person, sizeof(decision->person),
	    "This identity belongs to a program, not to a person; it cannot sign in here.");
	say(decision->admin, sizeof(decision->admin),
	    "a workload opens no session, whatever the rules say");
}

static void decide_allowed(const struct facts *facts, struct access_decision *decision)
{
	const struct rules *allow = &facts->rules->allow;
	struct unmet closest = { .rule = NULL };

	for (size_t i = 0; i < allow->n; i++) {
		const char *selector;
		struct unmet unmet;

		if (rule_fits(&allow->items[i], facts->request, &selector) != TRUTH_YES)
			continue;
		unmet = judge_allow(facts, &allow->items[i]);
		if (unmet.n == 0)
			permit(decision, &unmet);
		else if (is_closer(&unmet, &closest))
			closest = unmet;
	}
	if (decision->verdict == VERDICT_PERMIT && is_stale(decision, facts->request))
		decide_stale(decision, facts);
	else if (decision->verdict == VERDICT_PERMIT)
		say(decision->code, sizeof(decision->code), "permit rule=%s", decision->rule);
	else if (closest.rule)
		decide_unmet(decision, facts, &closest);
	else
		decide_no_rule(decision, facts);
}

void access_decide(const struct facts *facts, struct access_decision *ret_decision)
{
	const struct rules *deny = &facts->rules->deny;

	*ret_decision = (struct access_decision){
		.verdict = VERDICT_DENY, /* MUST 1 */
		.rule = "",
		.session = USEC_INFINITY,
		.offline = USEC_INFINITY,
		.max_age = USEC_INFINITY,
		.step_up.max_age = UINT64_MAX,
	};
	if (facts->request->subject_kind == SUBJECT_WORKLOAD && !facts->request->workload_ok) {
		decide_workload(ret_decision);
		return;
	}
	for (size_t i = 0; i < deny->n; i++)
		if (deny_holds(facts, &deny->items[i])) {
			decide_denied(ret_decision, facts, &deny->items[i]);
			return;
		}
	decide_allowed(facts, ret_decision);
}

void access_check(const struct ruleset *rules, const struct access_request *request,
		  struct access_decision *ret_decision)
{
	access_decide(&(struct facts){ .rules = rules, .request = request }, ret_decision);
}

/* ---- the register of scopes ---- */

size_t access_scopes(const struct ruleset *rules, const char *service, const char *provider,
		     const char **items, size_t room)
{
	size_t n = 0;

	for (size_t i = 0; i < rules->n_scopes; i++) {
		const struct scope *scope = &rules->scopes[i];

		if (scope->on_demand || listed(&scope->protects, service) != TRUTH_YES ||
		    (scope->provider && (!provider || strcmp(scope->provider, provider) != 0)))
			continue;
		if (n < room)
			items[n] = scope->name;
		n++;
	}
	return n;
}

const char *access_scope_text(const struct ruleset *rules, const char *name)
{
	const struct scope *scope = scope_find(rules, name);

	return scope ? scope->description : NULL;
}

bool access_scope_is_optional(const struct ruleset *rules, const char *name)
{
	const struct scope *scope = scope_find(rules, name);

	return scope && scope->optional;
}
