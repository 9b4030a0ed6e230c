/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which scopes are refused: every set of them is found, in few questions, by a platform played here. */
#include "tests/lib/test.h"

#include "common/buf.h"
#include "idp-agentd/net/scope-search.h"

static const char *const words[] = { "openid", "profile", "a", "b", "c", "d", "e", "f",
				     "g",      "h",       "i", "j", "k", "l", "m", "n" };

struct platform {
	unsigned refused;   /* bits of words */
	bool wants_openid;  /* refuses whatever comes without it */
	bool drops;         /* takes names it does not know */
	const char *rivals; /* "a b": not together; NULL: none */
};

static bool has(const char *question, const char *word)
{
	char padded[1024], wanted[64];

	(void)snprintf(padded, sizeof(padded), " %s ", question);
	(void)snprintf(wanted, sizeof(wanted), " %s ", word);
	return strstr(padded, wanted) != NULL;
}

static bool takes(const struct platform *platform, const char *question)
{
	if (platform->wants_openid && !has(question, "openid"))
		return false;
	if (!platform->drops && has(question, "canary"))
		return false;
	if (platform->rivals && has(question, "a") && has(question, "b"))
		return false;
	for (size_t i = 0; i < ELEMENTSOF(words); i++)
		if ((platform->refused & (1u << i)) && has(question, words[i]))
			return false;
	return true;
}

/* The questions it took. */
static size_t run(struct scope_search *search, const struct platform *platform, size_t n,
		  const char *canary)
{
	struct buf question;

	buf_init(&question, 4096);
	scope_search_init(search, words, n, canary);
	while (scope_search_next(search, &question)) {
		assert_int_equal(buf_end(&question), 0);
		assert_true(question.len > 0);
		scope_search_answer(search, takes(platform, (const char *)question.data));
	}
	/* It stays over. */
	assert_false(scope_search_next(search, &question));
	buf_done(&question);
	return search->n_asked;
}

static unsigned found(const struct scope_search *search)
{
	unsigned bits = 0;

	for (size_t i = 0; i < search->n; i++)
		bits |= search->refused[i] ? 1u << i : 0;
	return bits;
}

static void test_every_set_of_ten_is_found(void **state)
{
	struct scope_search search;
	size_t most = 0;

	(void)state;
	for (size_t n = 0; n <= 10; n++)
		for (unsigned refused = 0; refused < 1u << n; refused++) {
			struct platform platform = { .refused = refused };
			size_t asked = run(&search, &platform, n, "");

			assert_int_equal(found(&search), refused);
			assert_false(search.unclear);
			most = asked > most ? asked : most;
			/* openid can be required where it is taken */
			platform.wants_openid = n > 0 && !(refused & 1);
			(void)run(&search, &platform, n, "");
			assert_int_equal(found(&search), refused);
		}
	assert_true(most <= 2 * 10 + 3);
}

static void test_one_of_many_takes_few_questions(void **state)
{
	struct scope_search search;

	(void)state;
	for (unsigned i = 0; i < ELEMENTSOF(words); i++) {
		const struct platform platform = { .refused = 1u << i };

		/* openid, the whole, at most two for each of four halvings, all the others */
		assert_true(run(&search, &platform, ELEMENTSOF(words), "") <= 11);
		assert_int_equal(found(&search), 1u << i);
	}
	assert_int_equal(run(&search, &(struct platform){ .refused = 0 }, ELEMENTSOF(words), ""),
			 2);
}

static void test_a_platform_that_takes_anything_is_known(void **state)
{
	struct scope_search search;

	(void)state;
	(void)run(&search, &(struct platform){ .drops = true }, 4, "canary");
	assert_true(search.takes_any);
	(void)run(&search, &(struct platform){ .drops = true, .refused = 4 }, 4, "canary");
	assert_true(search.takes_any);
	assert_int_equal(found(&search), 4);
	(void)run(&search, &(struct platform){ .drops = false }, 4, "canary");
	assert_false(search.takes_any);
	/* Nothing to look for is found at once. */
	assert_int_equal(run(&search, &(struct platform){ .drops = false }, 0, ""), 0);
}

static void test_scopes_that_are_refused_only_together_are_not_blamed_in_earnest(void **state)
{
	struct scope_search search;

	(void)state;
	(void)run(&search, &(struct platform){ .rivals = "a b" }, 6, "");
	assert_true(search.unclear || found(&search) != 0);
	/* Whatever it says, what it leaves is taken. */
	if (!search.unclear)
		assert_true(has("a b", "a"));
}

/* A platform that says no to everything, and one that answers as it likes: it ends. */
static void test_it_ends_whatever_is_answered(void **state)
{
	static const char *names[SCOPES_ASKED_MAX];
	static char memory[SCOPES_ASKED_MAX][8];
	struct scope_search search;
	struct buf question;
	unsigned seed = 1;

	(void)state;
	for (size_t i = 0; i < SCOPES_ASKED_MAX; i++) {
		(void)snprintf(memory[i], sizeof(memory[i]), "s%zu", i);
		names[i] = memory[i];
	}
	buf_init(&question, 4096);
	for (unsigned turn = 0; turn < 2000; turn++) {
		scope_search_init(&search, names, SCOPES_ASKED_MAX, "canary");
		while (scope_search_next(&search, &question)) {
			seed = seed * 1103515245u + 12345u;
			scope_search_answer(&search, turn > 0 && ((seed >> 16) & 1));
		}
		assert_true(search.n_asked <= SCOPE_QUESTIONS_MAX);
		assert_true(search.n_ranges <= SCOPES_ASKED_MAX);
		if (turn == 0)
			assert_true(search.unclear);
	}
	buf_done(&question);
}

TEST_MAIN(TEST(test_every_set_of_ten_is_found), TEST(test_one_of_many_takes_few_questions),
	  TEST(test_a_platform_that_takes_anything_is_known),
	  TEST(test_scopes_that_are_refused_only_together_are_not_blamed_in_earnest),
	  TEST(test_it_ends_whatever_is_answered))
