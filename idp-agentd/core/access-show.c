/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * MUST
 * 1. Nothing of a rule is left out: what cannot be said in words is said as it was written.
 * 2. A sentence never says more than its rule: "may enter" only of an [allow] that is whole.
 */

#include "idp-agentd/core/access-show.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "common/buf.h"
#include "common/limits.h"
#include "idp-agentd/core/access-rules.h"
#include "idp-agentd/core/config-problem.h"

#define SHOW_TEXT_MAX (WIRE_STRING_MAX / 2) /* of one rule's sentences: what a row has room for */

struct showing {
	const struct ruleset *rules;
	const char *host;
	struct buf *out;
};

/* ---- words ---- */

void access_put_time(struct buf *out, uint64_t seconds)
{
	static const struct {
		uint64_t seconds;
		const char *name;
	} units[] = { { 86400, "day" }, { 3600, "hour" }, { 60, "minute" }, { 1, "second" } };
	size_t i = 0;

	while (seconds % units[i].seconds || (i == 0 && seconds <= 86400))
		i++; /* "24 hours", as people write it, and "0 hours" */
	seconds /= units[i].seconds;
	buf_printf(out, "%llu %s%s", (unsigned long long)seconds, units[i].name,
		   seconds == 1 ? "" : "s");
}

void access_put_described(struct buf *out, const char *description, const char *host)
{
	for (const char *at = description; *at; at++)
		if (at[0] == '%' && at[1] == 'h') {
			buf_put_text(out, host);
			at++;
		} else {
			buf_put_u8(out, (uint8_t)*at);
		}
}

/* "a", "a and b", "a, b and c" */
static void put_joint(struct buf *out, size_t i, size_t n, const char *last)
{
	if (i > 0)
		buf_put_text(out, i + 1 < n ? ", " : last);
}

static void put_words(struct buf *out, const struct config_list *list)
{
	for (size_t i = 0; i < list->n; i++) {
		put_joint(out, i, list->n, " or ");
		buf_put_text(out, list->items[i]);
	}
}

static void put_net(struct buf *out, const struct net *net)
{
	char text[INET6_ADDRSTRLEN];

	if (net->local || !inet_ntop(net->family, net->bytes, text, sizeof(text)))
		buf_put_text(out, "this host itself");
	else if (net->prefix == (net->family == AF_INET6 ? 128 : 32))
		buf_put_text(out, text);
	else
		buf_printf(out, "%s/%u", text, net->prefix);
}

/* ---- conditions, as they stand behind "people who" ---- */

/* The words before the value, by the word before ':'; kinds that need more have a function. */
static const struct {
	const char *kind, *before;
} phrases[] = {
	{ "scope", "were granted the scope " },
	{ "path-scope", "were granted at least " },
	{ "group", "are in group " },
	{ "role", "have the role " },
	{ "product", "have the product " },
	{ "entitlement", "have the entitlement " },
	{ "site", "belong to site " },
	{ "origin", "are of origin " },
	{ "acr", "signed in with the authentication context " },
	{ "amr", "signed in with the method " },
	{ "user", "are the user " },
	{ "uuid", "have the identity " },
	{ "tenant", "belong to the tenant " },
	{ "provider", "signed in at provider " },
	{ "client", "come by the client " },
	{ "purpose", "act for the purpose " },
	{ "eservice", "use the e-service " },
	{ "consumer", "come from the consumer " },
	{ "claim", "have a token that says " },
};

static void put_level(const struct showing *showing, const struct atom *atom)
{
	buf_put_text(showing->out,
		     atom->kind == ATOM_LOA ? "are verified to level " : "signed in at level ");
	buf_printf(showing->out, "%u or higher", atom->rung);
	if (atom->ladder)
		buf_printf(showing->out, " of [ladder %s]", atom->ladder->name);
}

static void put_scope_text(const struct showing *showing, const char *name)
{
	const char *description = access_scope_text(showing->rules, name);

	if (!description)
		return;
	buf_put_text(showing->out, " (");
	access_put_described(showing->out, description, showing->host);
	buf_put_text(showing->out, ")");
}

static void put_plain(const struct showing *showing, const struct atom *atom)
{
	size_t len = strcspn(atom->text, ":");

	for (size_t i = 0; i < ELEMENTSOF(phrases); i++)
		if (strlen(phrases[i].kind) == len &&
		    memcmp(phrases[i].kind, atom->text, len) == 0) {
			buf_printf(showing->out, "%s%s", phrases[i].before, atom->value);
			if (atom->kind == ATOM_SCOPE)
				put_scope_text(showing, atom->value);
			return;
		}
	buf_printf(showing->out, "meet %s", atom->text); /* MUST 1 */
}

static void put_atom(const struct showing *showing, const struct atom *atom)
{
	if (atom->kind == ATOM_LOA || atom->ladder) {
		put_level(showing, atom);
	} else if (atom->kind == ATOM_SUBJECT) {
		buf_put_text(showing->out, atom->subject == SUBJECT_WORKLOAD
						   ? "are programs"
						   : "are persons, not programs");
	} else if (atom->kind == ATOM_FROM) {
		buf_put_text(showing->out, "come from ");
		put_net(showing->out, &atom->net);
	} else if (atom->kind == ATOM_FRESH) {
		buf_put_text(showing->out, "signed in at the platform at most ");
		access_put_time(showing->out, atom->seconds);
		buf_put_text(showing->out, " ago");
	} else {
		put_plain(showing, atom);
	}
}

static void put_atoms(const struct showing *showing, const struct atoms *atoms, const char *last)
{
	for (size_t i = 0; i < atoms->n; i++) {
		put_joint(showing->out, i, atoms->n, last);
		put_atom(showing, &atoms->items[i]);
	}
}

/* ---- a rule ---- */

static void put_where(const struct showing *showing, const struct rule *rule)
{
	struct buf *out = showing->out;

	if (rule->service.n == 0)
		buf_put_text(out, "This is about every service.\n");
	if (rule->as.n > 0) {
		buf_put_text(out, "This is about becoming ");
		put_words(out, &rule->as);
		buf_put_text(out, ".\n");
	}
	if (rule->from.n == 0)
		return;
	buf_put_text(out, "This is about people who come from ");
	for (size_t i = 0; i < rule->from.n; i++) {
		put_joint(out, i, rule->from.n, " or ");
		put_net(out, &rule->from.items[i]);
	}
	buf_put_text(out, ".\n");
}

static void put_who(const struct showing *showing, const struct rule *rule, bool allow)
{
	struct buf *out = showing->out;

	buf_put_text(out, allow                            ? "People may enter"
			  : rule->need.n + rule->any.n > 0 ? "People may not enter"
							   : "Nobody may enter");
	if (rule->need.n > 0) {
		buf_put_text(out, " who ");
		put_atoms(showing, &rule->need, " and ");
		if (rule->any.n > 0) {
			buf_put_text(out,
				     allow ? ".\nAt least one of these has to hold as well: they "
					   : ".\nOnly those are meant who also ");
			put_atoms(showing, &rule->any, " or ");
		}
	} else if (rule->any.n > 0) {
		buf_put_text(out, " who ");
		put_atoms(showing, &rule->any, " or ");
	}
	buf_put_text(out, ".\n");
	if (rule->never.n == 0)
		return;
	buf_put_text(out, allow ? "Not those who " : "Those are not meant who ");
	put_atoms(showing, &rule->never, " or ");
	buf_put_text(out, ".\n");
}

static void put_span(struct buf *out, const char *before, usec_t time, const char *after)
{
	if (time == USEC_INFINITY)
		return;
	buf_put_text(out, before);
	access_put_time(out, time / USEC_PER_SEC);
	buf_put_text(out, after);
}

static void put_effects(const struct showing *showing, const struct rule *rule, bool allow)
{
	struct buf *out = showing->out;

	put_span(out, "A session may last ", rule->session, ".\n");
	if (rule->offline == 0)
		buf_put_text(out, "Without a new sign-in they may enter only right after the "
				  "platform has confirmed them.\n");
	else
		put_span(out, "Without a new sign-in they may enter until ", rule->offline,
			 " after the platform last confirmed them.\n");
	put_span(out, "Their sign-in at the platform may be ", rule->max_age, " old.\n");
	if (rule->say)
		buf_printf(out,
			   allow ? "Who comes close and is refused reads: %s\n"
				 : "Who is refused by it reads: %s\n",
			   rule->say);
}

/* ---- all of them ---- */

static bool lists(const struct config_list *list, const char *text)
{
	for (size_t i = 0; i < list->n; i++)
		if (strcmp(list->items[i], text) == 0)
			return true;
	return list->n == 0;
}

static int show_rule(const struct showing *showing, const struct rule *rule, bool allow,
		     access_show_fn each, void *userdata)
{
	struct buf *out = showing->out;
	struct access_shown shown = { .name = rule->name, .allow = allow, .place = rule->place };
	char *text;
	int r;

	buf_reset(out);
	put_where(showing, rule);
	put_who(showing, rule, allow);
	put_effects(showing, rule, allow);
	r = buf_end(out);
	if (r == -EMSGSIZE) {
		shown.text = "It is too long to be said in sentences.";
	} else if (r < 0) {
		return r;
	} else {
		text = (char *)out->data;
		text[out->len - 1] = '\0'; /* the last line end: there is always a sentence */
		shown.text = text;
	}
	each(userdata, &shown);
	return 0;
}

static int show_rules(const struct showing *showing, const struct rules *rules, bool allow,
		      const char *service, access_show_fn each, void *userdata,
		      struct access_shown_counts *counts)
{
	for (size_t i = 0; i < rules->n; i++) {
		const struct rule *rule = &rules->items[i];
		int r;

		if (!lists(&rule->service, service))
			continue;
		if (!lists(&rule->on, showing->host)) {
			counts->n_elsewhere++;
			continue;
		}
		*(allow ? &counts->n_allow : &counts->n_deny) += 1;
		r = show_rule(showing, rule, allow, each, userdata);
		if (r < 0)
			return r;
	}
	return 0;
}

static void guess_service(const struct rules *rules, struct config_guess *guess)
{
	for (size_t i = 0; i < rules->n; i++)
		for (size_t j = 0; j < rules->items[i].service.n; j++)
			config_guess(guess, rules->items[i].service.items[j]);
}

int access_show(const struct ruleset *rules, const char *service, const char *host,
		access_show_fn each, void *userdata, struct access_shown_counts *ret_counts)
{
	struct access_shown_counts counts = { 0 };
	struct config_guess guess = { .word = service };
	_cleanup_(buf_done) struct buf out;
	struct showing showing = { .rules = rules, .host = host, .out = &out };
	int r;

	buf_init(&out, SHOW_TEXT_MAX);
	r = show_rules(&showing, &rules->allow, true, service, each, userdata, &counts);
	if (r == 0)
		r = show_rules(&showing, &rules->deny, false, service, each, userdata, &counts);
	if (r < 0)
		return r;
	guess_service(&rules->allow, &guess);
	if (counts.n_allow == 0)
		counts.near = guess.best;
	*ret_counts = counts;
	return 0;
}
