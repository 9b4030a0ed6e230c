/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The decision with its reasons: what was known, what each rule made of it, what came of it.
 * Invariant: the last lines are those of access_decide(), not of a second opinion.
 */

#include <inttypes.h>
#include <string.h>

#include "common/buf.h"
#include "idp-agentd/core/access-rules.h"

#define LINE_VALUES_MAX 32u /* values of one list that are shown */

/* Bytes of a platform or a peer never move a cursor. */
static void put_clean(struct buf *out, const char *text)
{
	for (; *text; text++)
		buf_put_u8(out,
			   (unsigned char)*text < 0x20 || *text == 0x7f ? '?' : (uint8_t)*text);
}

static void put_text(struct buf *out, const char *name, const char *text)
{
	buf_printf(out, "%-13s ", name);
	put_clean(out, text ? text : "(not known)");
	buf_put_text(out, "\n");
}

static void put_list(struct buf *out, const char *name, const struct access_list *list,
		     bool unknown)
{
	buf_printf(out, "%-13s", name);
	if (unknown)
		buf_put_text(out, " (cannot be told: the platform's list could not be read)");
	for (size_t i = 0; i < list->n && i < LINE_VALUES_MAX; i++) {
		buf_put_text(out, " ");
		put_clean(out, list->items[i]);
	}
	if (list->n > LINE_VALUES_MAX)
		buf_printf(out, " and %zu more", list->n - LINE_VALUES_MAX);
	buf_put_text(out, list->n || unknown ? "\n" : " (none)\n");
}

static void put_sign_in(struct buf *out, const struct access_request *request)
{
	if (request->auth_time == 0)
		buf_put_text(out, "signed in     (not known)\n");
	else if (request->auth_time > request->now)
		buf_printf(out, "signed in     %" PRIu64 " s in the future\n",
			   request->auth_time - request->now);
	else
		buf_printf(out, "signed in     %" PRIu64 " s ago\n",
			   request->now - request->auth_time);
}

static void put_request(struct buf *out, const struct access_request *request)
{
	put_text(out, "user", request->user);
	put_text(out, "service", request->service);
	put_text(out, "host", request->host);
	put_text(out, "from", request->from && !*request->from ? "this host" : request->from);
	if (request->as)
		put_text(out, "as", request->as);
	put_text(out, "provider", request->provider);
	put_list(out, "groups", &request->groups, request->groups_unknown);
	put_list(out, "entitlements", &request->entitlements, request->entitlements_unknown);
	put_list(out, "scopes", &request->scopes, false);
	put_text(out, "loa", request->loa);
	put_text(out, "acr", request->acr);
	put_list(out, "amr", &request->amr, false);
	put_sign_in(out, request);
}

static void put_atoms(struct buf *out, const struct facts *facts, const char *key,
		      const struct atoms *atoms)
{
	static const char *const words[] = {
		[TRUTH_NO] = "no",
		[TRUTH_UNKNOWN] = "cannot be told",
		[TRUTH_YES] = "yes",
	};

	for (size_t i = 0; i < atoms->n; i++) {
		const char *how, *near = NULL;
		enum truth truth = atom_judge(facts, &atoms->items[i]);

		buf_printf(out, "    %-5s %s: %s", key, atoms->items[i].text, words[truth]);
		if (truth != TRUTH_YES)
			near = atom_near(facts, &atoms->items[i], &how);
		if (near) {
			buf_put_text(out, " (there is ");
			put_clean(out, near);
			buf_printf(out, ", %s)", how);
		}
		buf_put_text(out, "\n");
	}
}

static void put_rule(struct buf *out, const struct facts *facts, const char *kind,
		     const struct rule *rule)
{
	const char *selector;
	enum truth fits = rule_fits(rule, facts->request, &selector);

	buf_printf(out, "[%s %s] %s:%u", kind, rule->name, rule->place.file, rule->place.line);
	if (fits == TRUTH_NO) {
		buf_printf(out, " is about another %s\n", selector);
		return;
	}
	if (fits == TRUTH_UNKNOWN)
		buf_printf(out, " may or may not be about this: \"%s\" cannot be told", selector);
	buf_put_text(out, "\n");
	put_atoms(out, facts, "need", &rule->need);
	put_atoms(out, facts, "any", &rule->any);
	put_atoms(out, facts, "never", &rule->never);
}

static void put_time(struct buf *out, const char *name, usec_t time)
{
	if (time != USEC_INFINITY)
		buf_printf(out, "%-13s %" PRIu64 " s\n", name, time / USEC_PER_SEC);
}

static void put_decision(struct buf *out, const struct access_decision *decision)
{
	buf_printf(out, "verdict       %s\n", verdict_name(decision->verdict));
	put_text(out, "reason", decision->code);
	if (*decision->admin)
		put_text(out, "because", decision->admin);
	put_time(out, "session", decision->session);
	put_time(out, "offline", decision->offline);
	put_time(out, "max-age", decision->max_age);
}

void access_explain(const struct ruleset *rules, const struct access_request *request,
		    struct buf *out)
{
	struct facts facts = { .rules = rules, .request = request };
	struct access_decision decision;

	put_request(out, request);
	for (size_t i = 0; i < rules->deny.n; i++)
		put_rule(out, &facts, "deny", &rules->deny.items[i]);
	for (size_t i = 0; i < rules->allow.n; i++)
		put_rule(out, &facts, "allow", &rules->allow.items[i]);
	access_decide(&facts, &decision);
	put_decision(out, &decision);
}
