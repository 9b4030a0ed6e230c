/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Decisions a second, for 10, 100 and 10,000 rules and for people of whom much is known, beside a
 * floor of the same run: the comparisons of texts that nobody who asks every rule can do without.
 * Trust the ratios.
 *
 *	make bench/bench-access && bench/bench-access [MS]
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "idp-agentd/core/access.h"
#include "idp-agentd/core/config.h"

#define ROUNDS     5u
#define GROUPS_MAX 2000u
#define CLAIMS_MAX 256u
#define NAME_MAX_  24u
#define RULE_BYTES 160u
#define HEAD       "[provider corp]\nissuer = https://id.example.org\nclient_id = host\n"

static double seconds = 0.2;

static _Noreturn void die(const char *what)
{
	(void)fprintf(stderr, "bench-access: %s\n", what);
	exit(1);
}

/*
 * One rule in ten denies. Each asks for a group that nobody here has and for a scope; all = each
 * is about the service that is asked for, else one in ten. Nobody is let in but by the last.
 */
static struct config *make_rules(unsigned n, bool all, const char *kind)
{
	size_t room = sizeof(HEAD) + (n + 1) * RULE_BYTES, len;
	char *text = malloc(room);
	struct config_problems problems = { .n = 0 };
	struct config *config = NULL;
	struct config_source source = { .file = "bench" };
	usec_t start = clock_now();

	if (!text)
		die("memory is short");
	len = (size_t)snprintf(text, room, HEAD);
	for (unsigned i = 0; i < n - 1; i++)
		len += (size_t)snprintf(
			text + len, room - len,
			"[%s r%05u]\nservice = %s%u\nneed = %s%u scope:host.login\n",
			i % 10 ? "allow" : "deny", i, "svc", all ? 0 : i % 10, kind, i);
	len += (size_t)snprintf(text + len, room - len,
				"[allow z]\nservice = svc0\nneed = user:anna scope:host.login\n");
	source.text = text;
	source.len = len;
	if (config_parse(&source, 1, &problems, &config) != 0) {
		config_problems_print(&problems, stderr);
		die("the rules were refused");
	}
	(void)printf("%7u rules, %-15s read in %5.0f ms\n", n, all ? "all about it" : "one in ten",
		     (double)(clock_now() - start) / 1e3);
	config_problems_done(&problems);
	free(text);
	return config;
}

static char names[GROUPS_MAX][NAME_MAX_];
static const char *groups[GROUPS_MAX];
static struct access_claim claims[CLAIMS_MAX];
static char values[CLAIMS_MAX][NAME_MAX_];

static struct access_request make_person(unsigned n_groups, unsigned n_claims)
{
	static const char *const scopes[] = { "openid", "host.login" };

	for (unsigned i = 0; i < n_groups; i++) {
		(void)snprintf(names[i], sizeof(names[i]), "team-%u", i);
		groups[i] = names[i];
	}
	for (unsigned i = 0; i < n_claims; i++) {
		(void)snprintf(values[i], sizeof(values[i]), "/c/%u", i);
		claims[i] = (struct access_claim){ .path = values[i], .value = "x" };
	}
	return (struct access_request){
		.user = "anna",
		.service = "svc0",
		.provider = "corp",
		.subject_kind = SUBJECT_PERSON,
		.groups = { .n = n_groups, .items = groups },
		.scopes = { .n = 2, .items = scopes },
		.n_claims = n_claims,
		.claims = claims,
		.now = 1700000000,
	};
}

/* Runs until its time is over; how often a second, the best of some rounds. */
static double rate(unsigned (*work)(const void *a, const void *b), const void *a, const void *b)
{
	double best = 0;

	for (unsigned round = 0; round < ROUNDS; round++) {
		usec_t start = clock_now(), end = start + (usec_t)(seconds * 1e6), now;
		unsigned long n = 0;
		double here;

		do {
			if (!work(a, b))
				die("nobody was let in");
			n++;
			now = clock_now();
		} while (now < end);
		here = (double)n * 1e6 / (double)(now - start);
		best = here > best ? here : best;
	}
	return best;
}

static unsigned decide(const void *config, const void *request)
{
	struct access_decision decision;

	access_check(((const struct config *)config)->rules, request, &decision);
	return decision.verdict == VERDICT_PERMIT;
}

/* So many pairs of texts that differ at their end, and nothing else. */
static unsigned compare(const void *count, const void *request)
{
	const struct access_request *who = request;
	unsigned long n = *(const unsigned long *)count, same = 1;

	for (unsigned long i = 0; i < n; i++)
		same += strcmp(who->groups.items[i % who->groups.n], "team-x") == 0;
	return same == 1;
}

static void measure(unsigned n_rules, bool all, unsigned n_groups, unsigned n_claims,
		    const char *kind)
{
	struct config *config = make_rules(n_rules, all, kind);
	struct access_request anna = make_person(n_groups, n_claims);
	bool of_claims = strncmp(kind, "claim", 5) == 0;
	unsigned long per_rule = of_claims ? n_claims : n_groups;
	unsigned long n = n_rules + (all ? n_rules : n_rules / 10) * per_rule;
	double decisions = rate(decide, config, &anna), floor = rate(compare, &n, &anna);

	(void)printf(
		"        %4u groups %3u claims: %10.0f decisions/s, floor %10.0f, ratio %.2f\n",
		n_groups, n_claims, decisions, floor, floor / decisions);
	config_free(config);
}

int main(int argc, char **argv)
{
	static const unsigned sizes[] = { 10, 100, 10000 };

	if (argc > 1)
		seconds = atof(argv[1]) / 1000;
	for (size_t i = 0; i < ELEMENTSOF(sizes); i++) {
		measure(sizes[i], false, 10, 16, "group:g");
		measure(sizes[i], true, 10, 16, "group:g");
	}
	measure(100, true, GROUPS_MAX, 16, "group:g");
	measure(100, true, 10, CLAIMS_MAX, "claim:/x=");
	return 0;
}
