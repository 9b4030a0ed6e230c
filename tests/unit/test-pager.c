/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "idp-agentd/net/pager.h"

#include "common/limits.h"
#include "tests/lib/test.h"

struct page {
	size_t n, n_new;
	uint64_t total, start;
	enum pager_verdict verdict;
};

static void run(const struct page *pages, size_t n)
{
	struct pager pager;

	assert_int_equal(pager_init(&pager), 0);
	for (size_t i = 0; i < n; i++) {
		enum pager_verdict verdict = pager_take(&pager, pages[i].n, pages[i].n_new,
							pages[i].total, pages[i].start);

		if (verdict != pages[i].verdict)
			fail_msg("page %zu: %d, expected %d", i, (int)verdict,
				 (int)pages[i].verdict);
		assert_true(verdict <= PAGER_WHOLE || strlen(pager_sentence(verdict)) > 20);
	}
	pager_done(&pager);
}

#define RUN(...)                                             \
	do {                                                 \
		const struct page pages[] = { __VA_ARGS__ }; \
		run(pages, ELEMENTSOF(pages));               \
	} while (0)

static void test_a_list_that_adds_up_is_whole(void **state)
{
	(void)state;
	RUN({ 0, 0, 0, 1, PAGER_WHOLE });
	RUN({ 3, 3, 3, 1, PAGER_WHOLE });
	RUN({ 3, 3, 3, 0, PAGER_WHOLE });
	RUN({ 100, 100, 250, 1, PAGER_MORE }, { 100, 100, 250, 101, PAGER_MORE },
	    { 50, 50, 250, 201, PAGER_WHOLE });
	/* A page may be shorter than was asked for. */
	RUN({ 10, 10, 25, 1, PAGER_MORE }, { 10, 10, 25, 11, PAGER_MORE },
	    { 5, 5, 25, 21, PAGER_WHOLE });
	/* Somebody joined at the end. */
	RUN({ 10, 10, 20, 1, PAGER_MORE }, { 10, 10, 21, 11, PAGER_MORE },
	    { 1, 1, 21, 21, PAGER_WHOLE });
}

static void test_a_server_that_lies_is_found_out(void **state)
{
	(void)state;
	RUN({ 10, 10, 20, 1, PAGER_MORE }, { 10, 0, 20, 0, PAGER_E_IGNORES });
	RUN({ 10, 10, 20, 1, PAGER_MORE }, { 10, 10, 20, 1, PAGER_E_IGNORES });
	/* It gave what was asked for, and counts from 0 when it says so. */
	RUN({ 10, 10, 20, 1, PAGER_MORE }, { 10, 10, 20, 10, PAGER_WHOLE });
	RUN({ 10, 10, 20, 1, PAGER_MORE }, { 0, 0, 20, 11, PAGER_E_SHORT });
	RUN({ 0, 0, 5, 1, PAGER_E_SHORT });
	RUN({ 10, 10, 5, 1, PAGER_E_LONG });
	RUN({ 10, 10, 20, 1, PAGER_MORE }, { 11, 11, 20, 11, PAGER_E_LONG });
	RUN({ 10, 9, 10, 1, PAGER_E_CHANGED });
	RUN({ 10, 10, 20, 1, PAGER_MORE }, { 10, 9, 20, 11, PAGER_E_CHANGED });
	/* Somebody left: whoever moved up into a page that was read is missing. */
	RUN({ 10, 10, 20, 1, PAGER_MORE }, { 9, 9, 19, 11, PAGER_E_CHANGED });
	RUN({ DIR_RECORDS_MAX, DIR_RECORDS_MAX, DIR_RECORDS_MAX + 5ul, 1, PAGER_MORE },
	    { 1, 1, DIR_RECORDS_MAX + 5ul, 0, PAGER_E_TOO_MANY });
}

static void test_cursors_lead_to_an_end(void **state)
{
	struct pager pager;

	(void)state;
	assert_int_equal(pager_init(&pager), 0);
	assert_int_equal(pager_take_cursor(&pager, 10, 10, PAGER_TOTAL_NONE, "a"), PAGER_MORE);
	assert_int_equal(pager_take_cursor(&pager, 0, 0, PAGER_TOTAL_NONE, "b"), PAGER_MORE);
	assert_int_equal(pager_take_cursor(&pager, 3, 3, 13, NULL), PAGER_WHOLE);
	pager_done(&pager);

	assert_int_equal(pager_init(&pager), 0);
	assert_int_equal(pager_take_cursor(&pager, 10, 10, 20, "a"), PAGER_MORE);
	assert_int_equal(pager_take_cursor(&pager, 5, 5, 20, NULL), PAGER_E_SHORT);
	pager_done(&pager);

	/* Back to where it was, by whatever way. */
	assert_int_equal(pager_init(&pager), 0);
	assert_int_equal(pager_take_cursor(&pager, 10, 10, PAGER_TOTAL_NONE, "a"), PAGER_MORE);
	assert_int_equal(pager_take_cursor(&pager, 10, 10, PAGER_TOTAL_NONE, "b"), PAGER_MORE);
	assert_int_equal(pager_take_cursor(&pager, 10, 9, PAGER_TOTAL_NONE, "a"), PAGER_E_CURSOR);
	pager_done(&pager);

	assert_int_equal(pager_init(&pager), 0);
	assert_int_equal(pager_take_cursor(&pager, 10, 10, PAGER_TOTAL_NONE, "a"), PAGER_MORE);
	assert_int_equal(pager_take_cursor(&pager, 10, 9, PAGER_TOTAL_NONE, NULL), PAGER_E_CHANGED);
	pager_done(&pager);
}

static void test_one_missing_may_be_the_first(void **state)
{
	struct pager pager;
	enum pager_verdict verdict;

	(void)state;
	assert_int_equal(pager_init(&pager), 0);
	verdict = pager_take(&pager, 9, 9, 10, 0);
	assert_int_equal(verdict, PAGER_MORE);
	assert_false(pager_misses_first(&pager, verdict));
	verdict = pager_take(&pager, 0, 0, 10, 0);
	assert_int_equal(verdict, PAGER_E_SHORT);
	assert_true(pager_misses_first(&pager, verdict));
	assert_int_equal(pager_take(&pager, 1, 1, 10, 0), PAGER_WHOLE);
	pager_done(&pager);
	assert_int_equal(pager_init(&pager), 0);
	assert_int_equal(pager_take(&pager, 9, 9, 11, 0), PAGER_MORE);
	verdict = pager_take(&pager, 0, 0, 11, 0);
	assert_false(pager_misses_first(&pager, verdict));
	pager_done(&pager);
}

static void test_reading_always_ends(void **state)
{
	struct pager pager;
	enum pager_verdict verdict = PAGER_MORE;
	unsigned pages = 0;

	(void)state;
	assert_int_equal(pager_init(&pager), 0);
	/* One new record a page, and always a million more. */
	while (verdict == PAGER_MORE && pages <= DIR_RECORDS_MAX + 1) {
		verdict = pager_take(&pager, 1, 1, pager_start(&pager) + 1000000, 0);
		pages++;
	}
	assert_int_equal(verdict, PAGER_E_TOO_MANY);
	pager_done(&pager);
}

static void test_every_id_is_new_once(void **state)
{
	struct pager pager;
	char id[32];

	(void)state;
	assert_int_equal(pager_init(&pager), 0);
	for (unsigned round = 0; round < 2; round++) {
		for (unsigned i = 0; i < 20000; i++) {
			assert_true(snprintf(id, sizeof(id), "user-%u", i) > 0);
			assert_int_equal(pager_note(&pager, id), round == 0);
		}
	}
	pager_done(&pager);
}

TEST_MAIN(TEST(test_a_list_that_adds_up_is_whole), TEST(test_a_server_that_lies_is_found_out),
	  TEST(test_cursors_lead_to_an_end), TEST(test_one_missing_may_be_the_first),
	  TEST(test_reading_always_ends), TEST(test_every_id_is_new_once))
