/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Scopes in the three places, what is said of each, what stays, and the file that is handed over. */
#include "tests/lib/test.h"

#include <errno.h>

#include "common/buf.h"
#include "idp-agentd/core/scope-book.h"
#include "idp-agentd/core/scope-file.h"
#include "idp-agentd/core/scope-judge.h"
#include "idp-agentd/core/scope-table.h"
#include "tests/lib/conf.h"
#include "tests/lib/record.h"

#define HEAD                                                                \
	"[provider corp]\nissuer = https://id.example.org\nclient_id = h\n" \
	"[provider other]\nissuer = https://other.example.org\nclient_id = o\n"
#define RULES                                                                            \
	"[service sudo]\nscope = host.more\n[scope host.login]\nprotects = sshd login\n" \
	"[scope host.sudo]\nprotects = sudo\nrequest = on-demand\n"                      \
	"[scope elsewhere]\nprotects = sshd\nprovider = other\n"                         \
	"[scope host.extra]\nprotects = sshd\noptional = yes\n"                          \
	"[scope both]\nprotects = sshd sudo\n"                                           \
	"[scope api://x/.default]\nprotects = web\n"                                     \
	"[allow a]\nneed = scope:host.login\n[allow b]\nservice = sudo\nneed = scope:host.sudo\n" \
	"[allow c]\nservice = ftp\nany = scope:host.login group:g\n"                     \
	"[deny d]\nneed = scope:both\n"

static struct config *config;
static struct scope_table *table;

static int setup(void **state)
{
	(void)state;
	config = conf_take(HEAD, RULES);
	return scope_table_new(config, config_provider(config, "corp"), &table);
}

static int teardown(void **state)
{
	(void)state;
	table = scope_table_free(table);
	config = config_free(config);
	return 0;
}

static const struct scope_entry *entry(const char *name)
{
	const struct scope_entry *found = scope_table_find(table, name);

	assert_non_null(found);
	return found;
}

static void test_who_asks_and_who_needs(void **state)
{
	const char *near;

	(void)state;
	assert_int_equal(table->n, 8);
	for (size_t i = 1; i < table->n; i++)
		assert_true(strcmp(table->items[i - 1].name, table->items[i].name) < 0);
	assert_null(scope_table_find(table, "elsewhere"));
	assert_true(entry("openid")->asked && !entry("openid")->registered);
	assert_string_equal(entry("openid")->by, "provider corp");
	assert_string_equal(entry("host.more")->who, "[service sudo]");
	assert_true(entry("host.login")->asked && entry("host.login")->needed);
	assert_string_equal(entry("host.login")->rules, "allow a, allow c");
	assert_string_equal(entry("host.login")->allow, "a");
	assert_true(!entry("host.sudo")->asked && entry("host.sudo")->on_demand);
	assert_true(entry("host.extra")->optional && !entry("host.extra")->needed);
	assert_string_equal(entry("both")->rules, "deny d");
	assert_string_equal(entry("both")->forbids, "[deny d]");
	assert_null(entry("host.login")->forbids);
	assert_true(entry("host.login")->place.line > 0);
	assert_false(scope_table_knows(config, "host.Sudo", &near));
	assert_string_equal(near, "host.sudo");
	assert_true(scope_table_knows(config, "elsewhere", &near));
}

/* What is known of the platform, and what is said of a scope then; "" nothing. */
static const struct row {
	const char *offered, *refused; /* refused NULL: it was not asked */
	bool any, off;
	const char *scope;
	enum wire_finding level;
	const char *says;
} rows[] = {
	{ "openid host.login", "", false, false, "host.login", WIRE_FINDING_OK, "" },
	{ "openid", "", false, false, "host.login", WIRE_FINDING_OK, "" }, /* it takes it */
	{ "", NULL, false, false, "host.login", WIRE_FINDING_OK, "" },
	{ "openid", NULL, false, false, "host.login", WIRE_FINDING_WARNING,
	  "[scope host.login] asks for scope host.login, which is not among scopes_supported" },
	{ "openid host.Login", "", true, false, "host.login", WIRE_FINDING_WARNING,
	  "[scope host.login] asks for scope host.login, which is not offered; host.Login is, and "
	  "differs only in case; the platform drops what it does not know without a word" },
	{ "openid host.Login", "host.login", false, false, "host.login", WIRE_FINDING_ERROR,
	  "[scope host.login] asks for scope host.login, which the platform refuses; host.Login is "
	  "offered, and differs only in case: nobody can sign in to sshd, login" },
	{ "openid host.login", "host.login", false, false, "host.login", WIRE_FINDING_ERROR,
	  "[scope host.login] asks for scope host.login, which the platform offers, but not to client "
	  "h: nobody can sign in to sshd, login" },
	{ "", "host.sudo", false, false, "host.sudo", WIRE_FINDING_ERROR,
	  "[scope host.sudo] is about scope host.sudo, which the platform refuses: no new sign-in "
	  "can bring what [allow b] needs" },
	{ "", "host.extra", false, false, "host.extra", WIRE_FINDING_WARNING,
	  "[scope host.extra] asks for scope host.extra, which the platform refuses: sign-ins go on "
	  "without it" },
	{ "", "host.more", false, false, "host.more", WIRE_FINDING_ERROR,
	  "[service sudo] asks for scope host.more, which the platform refuses: nobody can sign in" },
	{ "", "host.login", false, true, "host.login", WIRE_FINDING_WARNING,
	  "scope host.login is disabled on this host: [allow a] lets in only who was granted it "
	  "before, or shows a token with it" },
	{ "", "", false, true, "both", WIRE_FINDING_WARNING,
	  "scope both is disabled on this host, but [deny d] stops people by it: sign-ins ask for it "
	  "all the same" },
	{ "", "", false, false, "api://x/.default", WIRE_FINDING_NOTE,
	  "[scope api://x/.default] asks for scope api://x/.default, which stands for all that is "
	  "registered: which scopes are granted is only seen in the answer" },
};

static void test_every_relation_has_its_sentence(void **state)
{
	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		const struct scope_know know = {
			.client_id = "h",
			.offered = rows[i].offered,
			.probed = rows[i].refused != NULL,
			.takes_any = rows[i].any,
			.refused = &rows[i].refused,
			.n_refused = rows[i].refused && *rows[i].refused ? 1 : 0,
		};
		struct scope_finding finding;

		scope_judge(&know, entry(rows[i].scope), rows[i].off, &finding);
		assert_string_equal(finding.text, rows[i].says);
		assert_int_equal(finding.level, rows[i].level);
		if (finding.level > WIRE_FINDING_NOTE)
			assert_string_not_equal(finding.remedy, "");
	}
}

static void test_one_scope_for_a_login_and_root_is_warned_of(void **state)
{
	struct scope_finding finding;

	(void)state;
	scope_judge_alone(entry("both"), &finding);
	assert_int_equal(finding.level, WIRE_FINDING_WARNING);
	assert_string_equal(finding.text, "[scope both] protects sshd and sudo: who was granted the one "
					  "has the other");
	scope_judge_alone(entry("host.login"), &finding);
	assert_int_equal(finding.level, WIRE_FINDING_OK);
}

static void test_there_are_four_steps(void **state)
{
	const struct scope_know know = { .client_id = "h", .offered = "openid" };
	char text[SCOPE_WORDS_MAX];

	(void)state;
	assert_true(scope_step(&know, entry("host.login"), "corp", 0, text));
	assert_string_equal(text, "At the platform (provider corp, client h): register the scope "
				  "host.login and assign it to this client. From then on people can sign "
				  "in again.");
	assert_true(scope_step(&know, entry("host.login"), "corp", 3, text));
	assert_false(scope_step(&know, entry("host.login"), "corp", 4, text));
}

/* ---- what stays ---- */

static void test_what_is_disabled_is_on_the_disk(void **state)
{
	struct record record;
	struct scope_book *book;
	char *offered = NULL;
	char name[16];

	(void)state;
	record_setup(&record);
	assert_int_equal(scope_book_new(record.store, &book), 0);
	assert_int_equal(scope_book_set_off(book, "a", true), 0);
	assert_int_equal(scope_book_set_off(book, "b", true), 0);
	assert_int_equal(scope_book_set_off(book, "a", false), 0);
	scope_book_offer(book, "https://i", "openid x");
	book = scope_book_free(book);
	record_close(&record);
	record_open(&record);
	assert_int_equal(scope_book_new(record.store, &book), 0);
	assert_true(scope_book_is_off(book, "b") && !scope_book_is_off(book, "a"));
	assert_string_equal(scope_book_off_at(book, 0), "b");
	assert_int_equal(scope_book_offered(book, "https://i", &offered), 0);
	assert_string_equal(offered, "openid x");
	assert_int_equal(scope_book_offered(book, "https://j", &offered), -ENOENT);
	free(offered);
	for (unsigned i = 1; i < SCOPES_OFF_MAX; i++) {
		(void)snprintf(name, sizeof(name), "s%u", i);
		assert_int_equal(scope_book_set_off(book, name, true), 0);
	}
	assert_int_equal(scope_book_set_off(book, "more", true), -ENOSPC);
	assert_false(scope_book_is_off(book, "more"));
	scope_book_free(book);
	record_teardown(&record);
}

static void test_a_refusal_is_forgotten_in_time(void **state)
{
	struct record record;
	struct scope_book *book;
	char name[16];

	(void)state;
	record_setup(&record);
	assert_int_equal(scope_book_new(record.store, &book), 0);
	assert_true(scope_book_refuse(book, "corp", "x", 1000));
	assert_false(scope_book_refuse(book, "corp", "x", 1000)); /* said once */
	assert_true(scope_book_is_refused(book, "corp", "x", 1000));
	assert_false(scope_book_is_refused(book, "other", "x", 1000));
	assert_false(scope_book_is_refused(book, "corp", "x", 1000 + SCOPE_REFUSED_LIFE));
	assert_true(scope_book_take(book, "corp", "x"));
	assert_false(scope_book_take(book, "corp", "x"));
	for (unsigned i = 0; i < 2 * SCOPES_ASKED_MAX; i++) {
		(void)snprintf(name, sizeof(name), "s%u", i);
		assert_true(scope_book_refuse(book, "corp", name, 1000));
	}
	assert_false(scope_book_is_refused(book, "corp", "s0", 1000));
	assert_true(scope_book_is_refused(book, "corp", name, 1000));
	scope_book_forget(book);
	assert_false(scope_book_is_refused(book, "corp", name, 1000));
	scope_book_free(book);
	record_teardown(&record);
}

/* ---- handed over ---- */

static void test_a_file_comes_back_as_it_went(void **state)
{
	static const struct scope_line lines[] = {
		{ "host.login", "sshd login", "Log in to %h", "corp", false, false, false },
		{ "host.sudo", "sudo", "", "", true, true, true },
	};
	_cleanup_(scope_file_freep) struct scope_file *file = NULL;
	char reason[REASON_MAX];
	struct buf body, out;

	(void)state;
	buf_init(&body, SCOPE_FILE_MAX);
	buf_init(&out, SCOPE_FILE_MAX);
	scope_file_put_asked(&body, "corp", "openid profile");
	for (size_t i = 0; i < ELEMENTSOF(lines); i++)
		scope_file_put(&body, &lines[i]);
	assert_int_equal(scope_file_write(&body, &out), 0);
	assert_int_equal(scope_file_read((const char *)out.data, out.len, reason, &file), 0);
	assert_true(file->hashed);
	assert_int_equal(file->n, 2);
	for (size_t i = 0; i < 2; i++) {
		assert_string_equal(file->lines[i].name, lines[i].name);
		assert_string_equal(file->lines[i].protects, lines[i].protects);
		assert_string_equal(file->lines[i].description, lines[i].description);
		assert_string_equal(file->lines[i].provider, lines[i].provider);
		assert_int_equal(file->lines[i].on_demand, lines[i].on_demand);
		assert_int_equal(file->lines[i].optional, lines[i].optional);
		assert_int_equal(file->lines[i].off, lines[i].off);
	}
	/* Every byte counts, and so does every byte that is missing. */
	for (size_t i = 0; i < out.len; i++) {
		struct scope_file *other = NULL;

		out.data[i] ^= 1;
		if (scope_file_read((const char *)out.data, out.len, reason, &other) == 0)
			assert_false(other->hashed); /* the line that says so is gone */
		other = scope_file_free(other);
		out.data[i] ^= 1;
		if (i > 0 && scope_file_read((const char *)out.data, i, reason, &other) == 0)
			assert_false(other->hashed);
		scope_file_free(other);
	}
	buf_done(&out);
	buf_done(&body);
}

static void test_files_that_are_none(void **state)
{
	static const struct {
		const char *text, *says;
	} bad[] = {
		{ "x", "line 1" },
		{ "protects = x\n", "there must be a [scope NAME] before it" },
		{ "[allow x]\n", "line 1: only sections [scope NAME] belong here" },
		{ "[scope x]\n[scope x]\n", "line 2: [scope x] stands there twice" },
		{ "[scope x]\nprotects = a\nprotects = b\n", "line 3: protects stands there twice" },
		{ "[scope x]\nrequest = never\n", "does not belong into a [scope]" },
		{ "[scope x]\nneed = group:g\n", "does not belong into a [scope]" },
		{ "# Scopes of idp-agent. sha256:00\n", "line 1 is cut" },
	};

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(bad); i++) {
		struct scope_file *file = NULL;
		char reason[REASON_MAX];

		assert_int_equal(scope_file_read(bad[i].text, strlen(bad[i].text), reason, &file),
				 SCOPE_FILE_E_SHAPE);
		assert_null(file);
		if (!strstr(reason, bad[i].says))
			fail_msg("\"%s\" is not in \"%s\"", bad[i].says, reason);
	}
}

int main(void)
{
	const struct CMUnitTest tests_[] = {
		TEST(test_who_asks_and_who_needs),
		TEST(test_every_relation_has_its_sentence),
		TEST(test_one_scope_for_a_login_and_root_is_warned_of),
		TEST(test_there_are_four_steps),
		TEST(test_what_is_disabled_is_on_the_disk),
		TEST(test_a_refusal_is_forgotten_in_time),
		TEST(test_a_file_comes_back_as_it_went),
		TEST(test_files_that_are_none),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests_, setup, teardown);
}
