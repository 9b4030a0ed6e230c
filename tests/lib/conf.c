/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/lib/test.h"

#include "tests/lib/conf.h"

int conf_parse(const char *head, const char *text, struct config **ret_config, char **ret_said)
{
	_cleanup_free_ char *whole = NULL;
	struct config_source source = { .file = "t.conf" };
	struct config_problems problems = { .n = 0 };
	size_t len = 0;
	FILE *out = open_memstream(ret_said, &len);
	int r;

	assert_non_null(out);
	assert_true(asprintf(&whole, "%s%s", head, text) >= 0);
	source.text = whole;
	source.len = strlen(whole);
	r = config_parse(&source, 1, &problems, ret_config);
	config_problems_print(&problems, out);
	assert_int_equal(fclose(out), 0);
	assert_int_equal(r > 0, problems.n_errors > 0);
	config_problems_done(&problems);
	return r;
}

struct config *conf_take(const char *head, const char *text)
{
	struct config *config = NULL;
	_cleanup_free_ char *said = NULL;
	int r = conf_parse(head, text, &config, &said);

	if (r != 0)
		print_message("# refused: %s", said);
	assert_int_equal(r, 0);
	return config;
}

void conf_refuse(const char *head, const char *text, const char *wanted)
{
	struct config *config = NULL;
	_cleanup_free_ char *said = NULL;

	assert_int_equal(conf_parse(head, text, &config, &said), CONFIG_E_REFUSED);
	assert_null(config);
	assert_string_equal(said, wanted);
}
