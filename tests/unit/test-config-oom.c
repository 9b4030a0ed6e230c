/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Memory runs out at each allocation of a load: that ends in -ENOMEM or a refusal, never a tree. */

#include "tests/lib/test.h"

#include <errno.h>

#include "idp-agentd/core/config.h"
#include "tests/lib/starve.h"

/* Returns how many allocations a whole load takes. */
static long starve(const char *text, int wanted)
{
	struct config_source source = { .file = "t", .text = text, .len = strlen(text) };

	for (long at = 0;; at++) {
		struct config_problems problems = { .n = 0 };
		struct config *config = NULL;
		unsigned long before = starve_failed;
		bool starved;
		int r;

		starve_left = at;
		r = config_parse(&source, 1, &problems, &config);
		starve_left = -1;
		starved = starve_failed > before;
		if (starved) /* a problem whose text found no memory still counts */
			assert_true(r == -ENOMEM ||
				    (r == CONFIG_E_REFUSED && problems.n_errors > 0));
		else
			assert_int_equal(r, wanted);
		assert_int_equal(config != NULL, r == 0);
		config_free(config);
		config_problems_done(&problems);
		if (!starved)
			return at;
	}
}

static void test_a_starved_load_gives_no_tree(void **state)
{
	(void)state;
	assert_true(
		starve("[provider corp]\nissuer = https://a.example.org\nclient_id = x\nleeway = 1m\n"
		       "[ladder loa]\n1 = claim:/loa=1 | x\n[scope s]\nprotects = sshd\n"
		       "[allow a]\nfrom = 10.0.0.0/8\nneed = group:g loa:1 scope:s claim:/a=b\nmax-age = 8h\n"
		       "[expect e]\nwho = group:g loa:1 scope:s claim:/a=b from:10.0.0.1 fresh:1m\nsshd = permit\n",
		       0) > 50);
	assert_true(
		starve("[provider corp]\nissuer = https://a.example.org\nclient_id = x\n"
		       "[client A]\nclient_id = a\nusers = u v\n[eservice X]\naudience = x y\n"
		       "[purpose P]\nid = 34f1624b-91cb-4b05-b8c0-cad208a30203\nclients = A\n"
		       "eservice = X\n[allow v]\nservice = voucher\nneed = purpose:P client:A\n",
		       0) > 50);
	assert_true(starve("[provider corp]\nissuer = http://a\n[x]\n[allow a]\nneed = y\n",
			   CONFIG_E_REFUSED) > 20);
}

TEST_MAIN(TEST(test_a_starved_load_gives_no_tree))
