/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What of one [allow] does not hold, and what of that another sign-in could bring. */

#include "idp-agentd/core/access-rules.h"

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

uint64_t rule_age(const struct rule *rule)
{
	return rule->max_age == USEC_INFINITY ? UINT64_MAX : rule->max_age / USEC_PER_SEC;
}

struct unmet rule_judge(const struct facts *facts, const struct rule *rule)
{
	struct unmet unmet = { .rule = rule, .brought = true, .step_up.max_age = rule_age(rule) };
	bool any = rule->any.n == 0;

	for (size_t i = 0; i < rule->need.n; i++)
		if (atom_judge(facts, &rule->need.items[i]) != TRUTH_YES)
			miss_need(facts, &unmet, &rule->need.items[i]);
	for (size_t i = 0; i < rule->any.n; i++)
		any = any || atom_judge(facts, &rule->any.items[i]) == TRUTH_YES;
	if (!any)
		miss_any(facts, &unmet, &rule->any);
	for (size_t i = 0; i < rule->never.n; i++)
		if (atom_foresee(facts, &rule->never.items[i], TRUTH_NO) != TRUTH_NO) {
			unmet.brought = false;
			miss(&unmet, NULL, rule->never.items[i].negated);
		}
	keep_asking(facts, rule, &unmet.step_up);
	return unmet;
}
