/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/lib/test.h"

/* Rows for people, against golden texts, and for machines, read back by a JSON parser. */

#include <time.h>

#include <jansson.h>

#include "idpctl/control.h"
#include "idpctl/render.h"
#include "idpctl/rows.h"

#define NOW UINT64_C(1795305900) /* 2026-11-22 00:05:00 UTC */

struct field {
	char type;
	const char *key;
	const char *value;
};

static void add(struct rows *rows, const char *kind, const struct field *fields, size_t n)
{
	struct row *row = rows_add(rows, kind);

	assert_non_null(row);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(row_put(row, fields[i].type, fields[i].key, fields[i].value), 0);
}

#define ADD(rows, kind, ...)                                    \
	do {                                                    \
		const struct field fields_[] = { __VA_ARGS__ }; \
		add(rows, kind, fields_, ELEMENTSOF(fields_));  \
	} while (0)

static size_t columns; /* 0: as wide as it wants to be */

static void assert_people(struct rows *rows, const char *want)
{
	struct buf out;

	buf_init(&out, RENDER_MAX);
	render_people(&out, rows, NOW, columns);
	assert_int_equal(buf_end(&out), 0);
	assert_string_equal((const char *)out.data, want);
	buf_done(&out);
	rows_done(rows);
}

static void test_a_status_is_records(void **state _unused_)
{
	struct rows rows = { 0 };

	ADD(&rows, "agent", { 's', "version", "0.1.0" }, { 's', "state", "running" },
	    { 's', "config", "/etc/idp/idp.conf" }, { 's', "config_error", "" },
	    { 'n', "started", "1795305600" });
	ADD(&rows, "directory", { 's', "name", "corp" }, { 's', "kind", "scim" },
	    { 'b', "running", "false" }, { 'n', "last_sync", "0" }, { 'n', "next", "1795306800" });
	ADD(&rows, "directory", { 's', "name", "extern" }, { 'b', "running", "true" });
	assert_people(&rows, "Agent\n"
			     "  Version             0.1.0\n"
			     "  State               running\n"
			     "  Configuration       /etc/idp/idp.conf\n"
			     "  Not in force        -\n"
			     "  Started             2026-11-22 00:00:00 (5 min ago)\n"
			     "\n"
			     "Directory corp\n"
			     "  Kind                scim\n"
			     "  Syncing now         no\n"
			     "  Last sync           never\n"
			     "  Next sync           2026-11-22 00:20:00 (in 15 min)\n"
			     "\n"
			     "Directory extern\n"
			     "  Syncing now         yes\n");
}

static void test_a_trace_keeps_its_lines(void **state _unused_)
{
	struct rows rows = { 0 };

	ADD(&rows, "decision", { 'n', "time", "1795305600" }, { 's', "result", "deny" },
	    { 's', "text", "two\nlines" },
	    { 's', "trace", "user  alice\n  Result  permit\x1b\n\nend" });
	ADD(&rows, "decision", { 's', "trace", "" });
	assert_people(&rows, "Decision\n"
			     "  When                2026-11-22 00:00:00 (5 min ago)\n"
			     "  Result              deny\n"
			     "  Told                two\\x0Alines\n"
			     "  What was looked at\n"
			     "      user  alice\n"
			     "        Result  permit\\x1B\n"
			     "      \n"
			     "      end\n"
			     "\n"
			     "Decision\n"
			     "  What was looked at  -\n");
}

static void test_members_are_a_table(void **state _unused_)
{
	struct rows rows = { 0 };

	ADD(&rows, "group", { 's', "name", "staff" }, { 'n', "gid", "1879048200" });
	ADD(&rows, "member", { 's', "name", "zo\xc3\xab" }, { 'n', "uid", "1879048201" });
	ADD(&rows, "member", { 's', "name", "alice\x1b[2J" }, { 'n', "uid", "1879048202" });
	assert_people(&rows, "Group staff\n"
			     "  Group ID            1879048200\n"
			     "\n"
			     "Members\n"
			     "  Name          User ID\n"
			     "  zo\xc3\xab           1879048201\n"
			     "  alice\\x1B[2J  1879048202\n");
}

static void test_a_group_for_rules_has_no_id(void **state _unused_)
{
	struct rows rows = { 0 };

	ADD(&rows, "membership", { 's', "name", "staff" }, { 'n', "gid", "4294967295" });
	assert_people(&rows, "Groups\n"
			     "  Name   Group ID\n"
			     "  staff  none\n");
}

static void test_findings_say_what_to_do(void **state _unused_)
{
	struct rows rows = { 0 };

	ADD(&rows, "finding", { 's', "level", "ok" }, { 's', "topic", "nsswitch" },
	    { 's', "text", "fine." }, { 's', "remedy", "" });
	ADD(&rows, "finding", { 's', "level", "error" }, { 's', "topic", "pam" },
	    { 's', "text", "bad." }, { 's', "remedy", "mend it" });
	assert_people(&rows, "Findings\n"
			     "  ok       nsswitch      fine.\n"
			     "  ERROR    pam           bad.\n"
			     "                         -> mend it\n");
}

static void test_a_provider_is_four_tables(void **state _unused_)
{
	struct rows rows = { 0 };

	ADD(&rows, "setting", { 's', "provider", "corp" }, { 's', "key", "issuer" },
	    { 's', "from", "/etc/idp/idp.conf:12" }, { 's', "value", "https://id.example.org/" });
	ADD(&rows, "setting", { 's', "provider", "corp" }, { 's', "key", "aud_form" },
	    { 's', "from", "preset indigo-iam" }, { 's', "value", "space" });
	ADD(&rows, "setting", { 's', "provider", "corp" }, { 's', "key", "leeway" },
	    { 's', "from", "default" }, { 's', "value", "30s" });
	ADD(&rows, "offer", { 's', "provider", "corp" }, { 's', "what", "scopes_supported" },
	    { 's', "value", "openid profile email groups" });
	ADD(&rows, "use", { 's', "provider", "corp" }, { 's', "what", "token_endpoint" },
	    { 's', "from", "discovery" }, { 's', "value", "https://id.example.org/token" });
	ADD(&rows, "use", { 's', "provider", "corp" }, { 's', "what", "revocation_endpoint" },
	    { 's', "from", "" }, { 's', "value", "" });
	ADD(&rows, "finding", { 's', "level", "warning" }, { 's', "topic", "provider corp" },
	    { 's', "text", "host.Sudo is not offered; host.sudo is." },
	    { 's', "remedy", "Write it so." });
	ADD(&rows, "setting", { 's', "provider", "other" }, { 's', "key", "issuer" },
	    { 's', "from", "default" }, { 's', "value", "\x1b[2J" });
	columns = 50;
	assert_people(&rows, "Configured for corp\n"
			     "  Key       From                  Value\n"
			     "  issuer    /etc/idp/idp.conf:12  https://id.example.org/\n"
			     "  aud_form  preset indigo-iam     space\n"
			     "  leeway    default               30s\n"
			     "\n"
			     "Offered by corp\n"
			     "  What              Value\n"
			     "  scopes_supported  openid profile email groups\n"
			     "\n"
			     "Used with corp\n"
			     "  What                 From       Value\n"
			     "  token_endpoint       discovery  https://id.example.org/token\n"
			     "  revocation_endpoint  -          -\n"
			     "\n"
			     "Findings\n"
			     "  warning  provider corp  host.Sudo is not\n"
			     "                          offered; host.sudo is.\n"
			     "                          -> Write it so.\n"
			     "\n"
			     "Configured for other\n"
			     "  Key     From     Value\n"
			     "  issuer  default  \\x1B[2J\n");
	columns = 0;
}

static void test_what_is_long_goes_on_below(void **state _unused_)
{
	struct rows rows = { 0 };

	ADD(&rows, "finding", { 's', "level", "error" }, { 's', "topic", "a longer topic" },
	    { 's', "text", "one two three four five" }, { 's', "remedy", "six seven eight" });
	ADD(&rows, "decision", { 's', "text", "one two three four five" });
	columns = 40;
	assert_people(&rows, "Findings\n"
			     "  ERROR    a longer topic  one two three\n"
			     "                           four five\n"
			     "                           -> six seven\n"
			     "                              eight\n"
			     "\n"
			     "Decision\n"
			     "  Told                one two three four\n"
			     "                      five\n");
	columns = 0;
}

static void test_what_is_not_known_is_shown_all_the_same(void **state _unused_)
{
	struct rows rows = { 0 };

	ADD(&rows, "moon_phase", { 's', "new_field", "x" }, { 'n', "some\nthing", "007" },
	    { 'S', "token", "hidden" }, { 'b', "full", "true" });
	ADD(&rows, "empty", { 's', "a", "" });
	assert_non_null(rows_add(&rows, "nothing"));
	ADD(&rows, "member", { 's', "name", "a" }, { 'n', "uid", "not a number" });
	ADD(&rows, "member", { 's', "name", "b" });
	ADD(&rows, "problem", { 's', "text", "idp.conf:3: no such key" });
	assert_people(&rows, "Moon phase\n"
			     "  New field           x\n"
			     "  Some\\x0Athing       007\n"
			     "  Token               (secret)\n"
			     "  Full                yes\n"
			     "\n"
			     "Empty\n"
			     "  A                   -\n"
			     "\n"
			     "Nothing\n"
			     "\n"
			     "Members\n"
			     "  Name  User ID\n"
			     "  a     not a number\n"
			     "  b\n"
			     "\n"
			     "Problems\n"
			     "  idp.conf:3: no such key\n");
}

static void test_no_rows_are_no_text(void **state _unused_)
{
	struct rows rows = { 0 };

	assert_people(&rows, "");
}

static void test_machines_get_json(void **state _unused_)
{
	struct rows rows = { 0 };
	char reason[] = "not-found";
	char text[] = "nobody \x1b\xff";
	struct control_end end = { .status = 1, .reason = reason, .text = text };
	struct buf out;
	json_t *top;
	json_t *row;

	ADD(&rows, "directory", { 's', "name", "a\"b\n\x1b" }, { 's', "kind", "scim" },
	    { 'n', "users", "9007199254740993" }, { 'n', "odd", "x" }, { 'b', "running", "true" },
	    { 'b', "off", "false" }, { 'S', "token", "hidden" }, { 's', "raw", "\xff" });
	buf_init(&out, RENDER_MAX);
	assert_int_equal(render_json(&out, "user", &rows, &end), 0);
	assert_null(strstr((const char *)out.data, "hidden"));
	assert_null(strchr((const char *)out.data, '\x1b'));
	top = json_loadb((const char *)out.data, out.len, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(top);
	assert_string_equal(json_string_value(json_object_get(top, "command")), "user");
	assert_int_equal(json_integer_value(json_object_get(top, "status")), 1);
	assert_string_equal(json_string_value(json_object_get(top, "reason")), "not-found");
	assert_string_equal(json_string_value(json_object_get(top, "text")), "nobody \\x1B\\xFF");
	assert_int_equal(json_array_size(json_object_get(top, "rows")), 1);
	row = json_array_get(json_object_get(top, "rows"), 0);
	assert_string_equal(json_string_value(json_object_get(row, "row")), "directory");
	assert_string_equal(json_string_value(json_object_get(row, "kind")), "scim");
	assert_string_equal(json_string_value(json_object_get(row, "name")), "a\"b\n\x1b");
	assert_true(json_integer_value(json_object_get(row, "users")) == 9007199254740993);
	assert_string_equal(json_string_value(json_object_get(row, "odd")), "x");
	assert_true(json_is_true(json_object_get(row, "running")));
	assert_true(json_is_false(json_object_get(row, "off")));
	assert_true(json_is_null(json_object_get(row, "token")));
	assert_string_equal(json_string_value(json_object_get(row, "raw")), "\\xFF");
	json_decref(top);
	buf_done(&out);
	rows_done(&rows);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_status_is_records),
		TEST(test_a_trace_keeps_its_lines),
		TEST(test_members_are_a_table),
		TEST(test_a_group_for_rules_has_no_id),
		TEST(test_findings_say_what_to_do),
		TEST(test_a_provider_is_four_tables),
		TEST(test_what_is_long_goes_on_below),
		TEST(test_what_is_not_known_is_shown_all_the_same),
		TEST(test_no_rows_are_no_text),
		TEST(test_machines_get_json),
	};

	(void)setenv("TZ", "UTC", 1);
	tzset();
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
