/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The decision with its reasons: what was known, what each rule made of it, what came of it.
 *
 * MUST
 * 1. The last lines are those of access_decide(), not of a second opinion.
 * 2. They are always there, however many rules there are and however much is known: what has no
 *    room is counted, and what decided comes first.
 * 3. Bytes of a platform or a peer never move a cursor.
 */

#include <inttypes.h>
#include <string.h>

#include "common/buf.h"
#include "idp-agentd/core/access-rules.h"

#define LINE_VALUES_MAX  32u  /* values of one list that are shown */
#define LINE_MAX_BYTES   512u /* of a line of values, by and by */
#define VALUE_MAX        160u /* of one value */
#define CLAIMS_MAX_BYTES 2048u
#define RULE_TEXT_MAX    4096u
/* What the decision and the counts need: a code, the administrator's sentence, a few lines. */
#define TAIL_ROOM (4u * REASON_MAX + 512u)

struct trace {
	const struct facts *facts;
	const struct access_decision *decision;
	struct buf *out;
	size_t n_cut;     /* rules without room */
	size_t n_service; /* rules about another service */
};

/* MUST 3 */
static void put_clean(struct buf *out, const char *text)
{
	for (size_t i = 0; text[i]; i++) {
		unsigned char byte = (unsigned char)text[i];

		if (i == VALUE_MAX) {
			buf_put_text(out, "...");
			return;
		}
		buf_put_u8(out, byte < 0x20 || byte == 0x7f ? '?' : byte);
	}
}

static void put_text(struct buf *out, const char *name, const char *text)
{
	buf_printf(out, "%-13s ", name);
	put_clean(out, text ? text : "(not known)");
	buf_put_text(out, "\n");
}

/* What most people never have is not worth a line that says so. */
static void put_known(struct buf *out, const char *name, const char *text)
{
	if (text && *text)
		put_text(out, name, text);
}

static void put_list(struct buf *out, const char *name, const struct access_list *list,
		     bool unknown)
{
	size_t start = out->len, i;

	buf_printf(out, "%-13s", name);
	if (unknown)
		buf_put_text(out, " (cannot be told: the platform's list could not be read)");
	for (i = 0; i < list->n && i < LINE_VALUES_MAX && out->len - start < LINE_MAX_BYTES; i++) {
		buf_put_text(out, " ");
		put_clean(out, list->items[i]);
	}
	if (i < list->n)
		buf_printf(out, " and %zu more", list->n - i);
	buf_put_text(out, list->n || unknown ? "\n" : " (none)\n");
}

static void put_known_list(struct buf *out, const char *name, const struct access_list *list,
			   bool unknown)
{
	if (list->n || unknown)
		put_list(out, name, list, unknown);
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

/* Only those that rules read: the others are nobody's business. */
static void put_claims(struct buf *out, const struct ruleset *rules,
		       const struct access_request *request)
{
	size_t start = out->len;

	for (size_t i = 0; i < request->n_claims; i++) {
		if (!access_reads_claim(rules, request->claims[i].path))
			continue;
		if (out->len - start > CLAIMS_MAX_BYTES) {
			buf_put_text(out, "claim         and more\n");
			return;
		}
		buf_put_text(out, "claim         ");
		put_clean(out, request->claims[i].path);
		buf_put_text(out, "=");
		put_clean(out, request->claims[i].value);
		buf_put_text(out, "\n");
	}
}

static void put_program(struct buf *out, const struct access_request *request)
{
	if (request->subject_kind == SUBJECT_WORKLOAD)
		buf_put_text(out, "subject       a program\n");
	put_known(out, "client", request->client);
	put_known(out, "purpose", request->purpose);
	put_known(out, "e-service", request->eservice);
	put_known(out, "consumer", request->consumer);
	if (request->anonymous)
		buf_put_text(out, "anonymous     yes, says the platform\n");
	if (request->details_missing)
		put_list(out, "still wanted", &request->details, false);
}

static void put_request(struct buf *out, const struct ruleset *rules,
			const struct access_request *request)
{
	put_text(out, "user", request->user);
	put_text(out, "service", request->service);
	put_text(out, "host", request->host);
	put_text(out, "from", request->from && !*request->from ? "this host" : request->from);
	put_known(out, "as", request->as);
	put_text(out, "provider", request->provider);
	put_list(out, "groups", &request->groups, request->groups_unknown);
	put_known_list(out, "roles", &request->roles, request->roles_unknown);
	put_known_list(out, "products", &request->products, request->products_unknown);
	put_list(out, "entitlements", &request->entitlements, request->entitlements_unknown);
	put_list(out, "scopes", &request->scopes, false);
	put_known(out, "uuid", request->uuid);
	put_known(out, "tenant", request->tenant);
	put_known(out, "site", request->site);
	put_known(out, "origin", request->origin);
	put_text(out, "loa", request->loa);
	put_text(out, "acr", request->acr);
	put_list(out, "amr", &request->amr, false);
	put_sign_in(out, request);
	put_claims(out, rules, request);
	put_program(out, request);
}

/* ---- rules ---- */

static bool is_supposed(const struct facts *facts, const struct atom *atom)
{
	for (size_t i = 0; facts->asserted && i < facts->asserted->n; i++)
		if (strcmp(facts->asserted->items[i].text, atom->text) == 0)
			return true;
	return false;
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
		if (is_supposed(facts, &atoms->items[i]))
			buf_put_text(out, " (supposed)");
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

static void put_heading(struct buf *out, const struct facts *facts, const struct rule *rule,
			bool allow)
{
	const char *selector;
	enum truth fits = rule_fits(rule, facts->request, &selector);
	bool holds = allow ? fits == TRUTH_YES && rule_judge(facts, rule).n == 0
			   : rule_denies(facts, rule);

	buf_printf(out, "[%s %s] %s:%u", allow ? "allow" : "deny", rule->name, rule->place.file,
		   rule->place.line);
	if (fits == TRUTH_NO)
		buf_printf(out, " is about another %s", selector);
	else if (fits == TRUTH_UNKNOWN)
		buf_printf(out, " may or may not be about this: \"%s\" cannot be told", selector);
	buf_put_text(out, holds ? allow ? ": it permits\n" : ": it denies\n" : "\n");
}

static void put_rule(struct trace *trace, const struct rule *rule, bool allow)
{
	char text[RULE_TEXT_MAX];
	const char *selector;
	struct buf one;

	buf_init_fixed(&one, text, sizeof(text));
	put_heading(&one, trace->facts, rule, allow);
	if (rule_fits(rule, trace->facts->request, &selector) != TRUTH_NO) {
		put_atoms(&one, trace->facts, "need", &rule->need);
		put_atoms(&one, trace->facts, "any", &rule->any);
		put_atoms(&one, trace->facts, "never", &rule->never);
	}
	if (buf_end(&one) == 0 && trace->out->len + one.len + TAIL_ROOM <= trace->out->limit)
		buf_put(trace->out, text, one.len);
	else
		trace->n_cut++; /* MUST 2 */
}

static bool decided(const struct trace *trace, const struct rule *rule, bool allow)
{
	bool denied = strncmp(trace->decision->code, "denied-by=", STRLEN("denied-by=")) == 0;

	return allow != denied && strcmp(trace->decision->rule, rule->name) == 0;
}

static void put_rules(struct trace *trace, const struct rules *rules, bool allow, bool first)
{
	for (size_t i = 0; i < rules->n; i++) {
		const struct rule *rule = &rules->items[i];

		if (decided(trace, rule, allow) != first)
			continue;
		if (rule_lists(&rule->service, trace->facts->request->service) == TRUTH_NO)
			trace->n_service++;
		else
			put_rule(trace, rule, allow);
	}
}

/* ---- the decision ---- */

static void put_count(struct buf *out, size_t n, const char *one, const char *more)
{
	if (n > 0)
		buf_printf(out, "(%zu %s)\n", n, n == 1 ? one : more);
}

static void put_time(struct buf *out, const char *name, usec_t time)
{
	if (time != USEC_INFINITY)
		buf_printf(out, "%-13s %" PRIu64 " s\n", name, time / USEC_PER_SEC);
}

static void put_decision(struct buf *out, const struct access_decision *decision)
{
	buf_printf(out, "verdict       %s\n", verdict_name(decision->verdict));
	/* These two are ours, clean already, and told whole. */
	buf_printf(out, "reason        %s\n", decision->code);
	if (*decision->admin)
		buf_printf(out, "because       %s\n", decision->admin);
	put_time(out, "session", decision->session);
	put_time(out, "offline", decision->offline);
	put_time(out, "max-age", decision->max_age);
}

void facts_explain(const struct facts *facts, struct buf *out)
{
	struct access_decision decision;
	struct trace trace = { .facts = facts, .decision = &decision, .out = out };

	access_decide(facts, &decision);
	put_request(out, facts->rules, facts->request);
	for (int pass = 0; pass < 2; pass++) {
		put_rules(&trace, &facts->rules->deny, false, pass == 0);
		put_rules(&trace, &facts->rules->allow, true, pass == 0);
	}
	put_count(out, trace.n_cut, "more rule was looked at and has no room here",
		  "more rules were looked at and have no room here");
	put_count(out, trace.n_service, "rule is about another service",
		  "rules are about other services");
	put_decision(out, &decision);
}

void access_explain(const struct ruleset *rules, const struct access_request *request,
		    struct buf *out)
{
	facts_explain(&(struct facts){ .rules = rules, .request = request }, out);
}
