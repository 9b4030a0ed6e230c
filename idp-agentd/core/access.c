/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The decision.
 *
 * MUST
 * 1. The decision starts as deny; only a whole [allow] rule that holds makes it permit.
 * 2. Any [deny] that fits wins over every [allow].
 * 3. The order of rules, of atoms and of what was brought changes nothing.
 * 4. What is UNKNOWN keeps an [allow] from holding and a [deny] from being escaped.
 * 5. The gates come first, and no rule opens them: nobody anonymous, nobody of whom the platform
 *    still wants to know something, and no program where a session opens.
 */

#include "idp-agentd/core/access.h"

#include <string.h>

#include "idp-agentd/core/access-rules.h"

/* ---- where a rule applies ---- */

enum truth rule_lists(const struct config_list *list, const char *text)
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
		return rule_lists(list, request->as);
	root = rule_lists(list, "root");
	return root == TRUTH_YES ? TRUTH_YES : TRUTH_UNKNOWN;
}

enum truth rule_fits(const struct rule *rule, const struct access_request *request,
		     const char **ret_selector)
{
	const struct {
		const char *name;
		enum truth truth;
	} selectors[] = {
		{ "service", rule_lists(&rule->service, request->service) },
		{ "on", rule_lists(&rule->on, request->host) },
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

bool rule_denies(const struct facts *facts, const struct rule *rule)
{
	const char *selector;
	bool any = rule->any.n == 0;

	if (rule_fits(rule, facts->request, &selector) == TRUTH_NO)
		return false;
	for (size_t i = 0; i < rule->need.n; i++)
		if (atom_foresee(facts, &rule->need.items[i], TRUTH_NO) == TRUTH_NO)
			return false;
	for (size_t i = 0; i < rule->any.n; i++)
		any = any || atom_foresee(facts, &rule->any.items[i], TRUTH_NO) != TRUTH_NO;
	for (size_t i = 0; i < rule->never.n; i++)
		if (atom_foresee(facts, &rule->never.items[i], TRUTH_YES) == TRUTH_YES)
			return false;
	return any;
}

/* ---- [allow] ---- */

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
	if (rule_age(rule) < decision->step_up.max_age)
		decision->step_up.max_age = rule_age(rule);
}

static bool is_stale(const struct access_decision *decision, const struct access_request *request)
{
	return decision->max_age != USEC_INFINITY &&
	       !access_signed_in_within(request, decision->max_age / USEC_PER_SEC);
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
		unmet = rule_judge(facts, &allow->items[i]);
		if (unmet.n == 0)
			permit(decision, &unmet);
		else if (is_closer(&unmet, &closest))
			closest = unmet;
	}
	if (decision->verdict == VERDICT_PERMIT && is_stale(decision, facts->request))
		tell_stale(decision, facts);
	else if (decision->verdict == VERDICT_PERMIT)
		tell_permit(decision);
	else if (closest.rule)
		tell_unmet(decision, facts, &closest);
	else
		tell_no_rule(decision, facts);
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
	if (tell_gate(ret_decision, facts))
		return;
	for (size_t i = 0; i < deny->n; i++)
		if (rule_denies(facts, &deny->items[i])) {
			tell_denied(ret_decision, facts, &deny->items[i]);
			return;
		}
	decide_allowed(facts, ret_decision);
}

void access_check(const struct ruleset *rules, const struct access_request *request,
		  struct access_decision *ret_decision)
{
	access_decide(&(struct facts){ .rules = rules, .request = request }, ret_decision);
}

usec_t access_session(const struct ruleset *rules, const struct access_request *request)
{
	usec_t least = USEC_INFINITY;

	for (size_t i = 0; i < rules->allow.n; i++) {
		const struct rule *rule = &rules->allow.items[i];
		const char *selector;

		if (rule_fits(rule, request, &selector) == TRUTH_YES && rule->session < least)
			least = rule->session;
	}
	return least;
}
