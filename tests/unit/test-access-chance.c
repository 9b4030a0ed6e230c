/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Random rules and random people, decided twice: by access_check(), and by the few lines below,
 * which know the truth of each condition from how the person was made and share no code with it.
 * Then the sections are shuffled, which must change nothing.
 */

#include "tests/lib/test.h"

#include "idp-agentd/core/access.h"
#include "idp-agentd/core/config.h"

#define NOW     UINT64_C(1700000000)
#define N_ATOMS 16
#define N_RULES 6
#define ROUNDS  1500

/* The conditions of this world. What a person is decides each of them: 'y', 'n', or '?'. */
static const char *const atoms[N_ATOMS] = {
	"group:a",    "group:b",    "group:c",  "scope:x",       "scope:y",
	"loa:1",      "loa:2",      "loa:3",    "acr:m",         "fresh:10m",
	"fresh:2h",   "user:alice", "user:bob", "provider:corp", "from:192.0.2.0/24",
	"claim:/c=1",
};
/* Only these could a new sign-in bring. */
static const bool brought[N_ATOMS] = {
	[3] = true, [4] = true, [8] = true, [9] = true, [10] = true
};

static uint64_t seed = 0x9e3779b97f4a7c15u;

static unsigned chance(unsigned n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (unsigned)((seed >> 20) % n);
}

struct rule {
	bool deny;
	unsigned service; /* bits: sshd, sudo; 0 any */
	unsigned need, any, never;
	char name[8];
	char text[1024];
};

struct person {
	char truth[N_ATOMS];
	unsigned service; /* 1 sshd, 2 sudo, 0 unknown */
	struct access_request request;
	const char *groups[3], *scopes[2];
	struct access_claim claim;
	char loa[2];
};

static void put_bits(char *text, size_t room, const char *key, unsigned bits)
{
	size_t len = strlen(text);

	if (bits == 0)
		return;
	len += (size_t)snprintf(text + len, room - len, "%s =", key);
	for (unsigned i = 0; i < N_ATOMS; i++)
		if (bits & (1u << i))
			len += (size_t)snprintf(text + len, room - len, " %s", atoms[i]);
	(void)snprintf(text + len, room - len, "\n");
}

/* Few conditions, so that rules hold now and then. */
static unsigned some_bits(unsigned most)
{
	unsigned bits = 0;

	for (unsigned n = chance(most + 1); n > 0; n--)
		bits |= 1u << chance(N_ATOMS);
	return bits;
}

static void make_rule(struct rule *rule, unsigned index)
{
	*rule = (struct rule){ .deny = chance(3) == 0, .service = chance(4) };
	rule->need = some_bits(3);
	rule->any = chance(2) ? some_bits(3) : 0;
	rule->never = chance(3) ? 0 : some_bits(2);
	if ((rule->need | rule->any) == 0)
		rule->need = 1u << chance(N_ATOMS);
	(void)snprintf(rule->name, sizeof(rule->name), "r%u", index);
	(void)snprintf(rule->text, sizeof(rule->text), "[%s %s]\n%s", rule->deny ? "deny" : "allow",
		       rule->name,
		       rule->service == 1   ? "service = sshd\n"
		       : rule->service == 2 ? "service = sudo\n"
		       : rule->service == 3 ? "service = sudo sshd\n"
					    : "");
	put_bits(rule->text, sizeof(rule->text), "never", rule->never);
	put_bits(rule->text, sizeof(rule->text), "need", rule->need);
	put_bits(rule->text, sizeof(rule->text), "any", rule->any);
}

static void make_lists(struct person *p)
{
	static const char *const groups[] = { "a", "b", "c" }, *const scopes[] = { "x", "y" };

	for (unsigned i = 0; i < 3; i++)
		if (chance(2)) {
			p->groups[p->request.groups.n++] = groups[i];
			p->truth[i] = 'y';
		}
	for (unsigned i = 0; i < 2; i++)
		if (chance(2)) {
			p->scopes[p->request.scopes.n++] = scopes[i];
			p->truth[3 + i] = 'y';
		}
	p->request.groups.items = p->groups;
	p->request.scopes.items = p->scopes;
}

static void make_levels(struct person *p)
{
	unsigned loa = chance(5), age = chance(4);

	if (loa < 4) {
		p->loa[0] = (char)('0' + loa);
		p->request.loa = p->loa;
	}
	for (unsigned i = 1; i <= 3 && loa < 4; i++)
		p->truth[4 + i] = loa >= i ? 'y' : 'n';
	if (chance(2)) {
		p->request.acr = "m";
		p->truth[8] = 'y';
	}
	p->request.auth_time = age == 0   ? 0
			       : age == 1 ? NOW - 60
			       : age == 2 ? NOW - 3600
					  : NOW - 86400;
	p->truth[9] = age == 1 ? 'y' : 'n';
	p->truth[10] = age == 1 || age == 2 ? 'y' : 'n';
	if (chance(2)) {
		p->claim = (struct access_claim){ .path = "/c", .value = "1" };
		p->request.n_claims = 1;
		p->request.claims = &p->claim;
		p->truth[15] = 'y';
	}
}

static void make_person(struct person *p)
{
	static const char *const froms[] = { "192.0.2.9", "198.51.100.1", "", "host.example.org",
					     NULL };
	static const char *const users[] = { "alice", "bob", "carol", NULL };
	unsigned from = chance(5), user = chance(4), provider = chance(3);

	*p = (struct person){ .service = chance(3) };
	memset(p->truth, 'n', sizeof(p->truth));
	make_lists(p);
	make_levels(p);
	p->request.now = NOW;
	p->request.may_step_up = chance(2);
	p->request.service = p->service == 1 ? "sshd" : p->service == 2 ? "sudo" : NULL;
	p->request.user = users[user];
	p->truth[11] = user == 0 ? 'y' : user == 3 ? '?' : 'n';
	p->truth[12] = user == 1 ? 'y' : user == 3 ? '?' : 'n';
	p->request.provider = provider == 0 ? "corp" : provider == 1 ? "other" : NULL;
	p->truth[13] = provider == 0 ? 'y' : provider == 1 ? 'n' : '?';
	p->request.from = froms[from];
	p->truth[14] = from == 0 ? 'y' : from >= 3 ? '?' : 'n';
}

/* ---- the second opinion ---- */

static unsigned bits_of(const struct person *p, char truth)
{
	unsigned bits = 0;

	for (unsigned i = 0; i < N_ATOMS; i++)
		bits |= p->truth[i] == truth ? 1u << i : 0;
	return bits;
}

static char fits(const struct rule *rule, const struct person *p)
{
	if (rule->service == 0)
		return 'y';
	return p->service == 0 ? '?' : rule->service & p->service ? 'y' : 'n';
}

static bool deny_hits(const struct rule *rule, const struct person *p)
{
	unsigned yes = bits_of(p, 'y'), no = bits_of(p, 'n');

	return fits(rule, p) != 'n' && !(rule->need & no) && (!rule->any || rule->any & ~no) &&
	       !(rule->never & yes);
}

static bool allow_hits(const struct rule *rule, const struct person *p)
{
	unsigned yes = bits_of(p, 'y'), no = bits_of(p, 'n');

	return fits(rule, p) == 'y' && !(rule->need & ~yes) && (!rule->any || rule->any & yes) &&
	       !(rule->never & ~no);
}

static bool sign_in_would_do(const struct rule *rule, const struct person *p)
{
	unsigned yes = bits_of(p, 'y'), no = bits_of(p, 'n'), can = 0;

	for (unsigned i = 0; i < N_ATOMS; i++)
		can |= brought[i] ? 1u << i : 0;
	return fits(rule, p) == 'y' && !(rule->need & ~yes & ~can) &&
	       (!rule->any || rule->any & (yes | can)) && !(rule->never & ~no);
}

/* "permit r1", "deny r0", "step-up", "deny", "no-rule" */
static void second_opinion(const struct rule *rules, const struct person *p, char *text,
			   size_t room)
{
	bool about = false, hope = false;

	for (unsigned i = 0; i < N_RULES; i++) /* the names are in byte order */
		if (rules[i].deny && deny_hits(&rules[i], p)) {
			(void)snprintf(text, room, "denied-by=%s", rules[i].name);
			return;
		}
	for (unsigned i = 0; i < N_RULES; i++) {
		if (rules[i].deny)
			continue;
		if (allow_hits(&rules[i], p)) {
			(void)snprintf(text, room, "permit rule=%s", rules[i].name);
			return;
		}
		about = about || fits(&rules[i], p) == 'y';
		hope = hope || sign_in_would_do(&rules[i], p);
	}
	(void)snprintf(text, room, "%s",
		       !about                           ? "no-rule"
		       : hope && p->request.may_step_up ? "step-up"
							: "deny");
}

static void first_opinion(const struct access_decision *decision, char *text, size_t room)
{
	bool named = decision->verdict == VERDICT_PERMIT ||
		     strncmp(decision->code, "denied-by=", 10) == 0 ||
		     strcmp(decision->code, "no-rule") == 0;

	(void)snprintf(text, room, "%s",
		       named                                  ? decision->code
		       : decision->verdict == VERDICT_STEP_UP ? "step-up"
							      : "deny");
}

/* ---- both, in two orders ---- */

static struct config *load(const struct rule *rules, const unsigned *order)
{
	char text[N_RULES * sizeof(rules[0].text) + 256] = "";
	struct config_source source = { .file = "t", .text = text };
	struct config_problems problems = { .n = 0 };
	struct config *config = NULL;
	size_t len = (size_t)snprintf(
		text, sizeof(text),
		"[provider corp]\nissuer = https://a.example.org\nclient_id = x\n");

	for (unsigned i = 0; i < N_RULES; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s", rules[order[i]].text);
	source.len = len;
	if (config_parse(&source, 1, &problems, &config) != 0) {
		config_problems_print(&problems, stdout);
		fail_msg("%s", text);
	}
	config_problems_done(&problems);
	return config;
}

static void test_chance_finds_no_difference(void **state)
{
	unsigned n_seen[5] = { 0 };

	(void)state;
	for (unsigned round = 0; round < ROUNDS; round++) {
		struct rule rules[N_RULES];
		unsigned order[N_RULES] = { 0, 1, 2, 3, 4, 5 };
		struct config *straight, *shuffled;

		for (unsigned i = 0; i < N_RULES; i++)
			make_rule(&rules[i], i);
		straight = load(rules, order);
		for (unsigned i = N_RULES - 1; i > 0; i--) {
			unsigned j = chance(i + 1), kept = order[i];

			order[i] = order[j];
			order[j] = kept;
		}
		shuffled = load(rules, order);
		for (unsigned i = 0; i < 8; i++) {
			struct access_decision one, two;
			char first[REASON_MAX], second[REASON_MAX];
			struct person p;

			make_person(&p);
			access_check(straight->rules, &p.request, &one);
			access_check(shuffled->rules, &p.request, &two);
			assert_int_equal(one.verdict, two.verdict);
			assert_string_equal(one.code, two.code);
			assert_string_equal(one.rule, two.rule);
			assert_string_equal(one.person, two.person);
			first_opinion(&one, first, sizeof(first));
			second_opinion(rules, &p, second, sizeof(second));
			if (strcmp(first, second) != 0)
				fail_msg("round %u: %s, but the second opinion is %s", round,
					 one.code, second);
			n_seen[one.verdict == VERDICT_PERMIT    ? 0
			       : one.verdict == VERDICT_STEP_UP ? 1
			       : strcmp(second, "no-rule") == 0 ? 2
			       : second[4]                      ? 3
								: 4]++;
		}
		config_free(straight);
		config_free(shuffled);
	}
	/* every kind of decision came up often enough to mean something */
	for (size_t i = 0; i < ELEMENTSOF(n_seen); i++)
		assert_true(n_seen[i] > ROUNDS / 20);
}

TEST_MAIN(TEST(test_chance_finds_no_difference))
