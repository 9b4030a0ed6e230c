/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The real idp-agentd with files that are wrong, policies on trial, and kill -9: who could enter by
 * the policy that is in force still enters. Group staff is let in by the good one, nobody of it by
 * the one that is tried.
 */
#include "tests/lib/test.h"

#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/lib/world.h"

#define GOOD   WORLD_PROVIDER WORLD_DIRECTORY WORLD_ALLOW("staff")
#define TRIED  WORLD_PROVIDER WORLD_DIRECTORY WORLD_ALLOW("stuff")
#define PROVEN GOOD "[expect a]\nwho = group:staff\nsudo = permit\nsshd = permit\n"

static char said[8192]; /* the rows of the last answer */

static void send_it(struct talk *talk)
{
	assert_int_equal(client_send(&talk->client, &talk->out, clock_now() + 10 * USEC_PER_SEC),
			 0);
}

/* The code of END, "" all is well. */
static const char *collect(struct talk *talk)
{
	static char code[REASON_MAX];
	struct wire_in in;
	uint32_t status;

	*said = '\0';
	for (;;) {
		size_t n;

		assert_int_equal(talk_next(talk, &in), 0);
		if (in.type == MSG_END)
			break;
		(void)snprintf(said + strlen(said), sizeof(said) - strlen(said), "[%s]",
			       wire_get_str(&in, 64));
		n = wire_get_count(&in);
		for (size_t i = 0; i < n; i++) {
			struct wire_field field = wire_get_field(&in);

			(void)snprintf(said + strlen(said), sizeof(said) - strlen(said), " %s=%s",
				       field.key, field.value);
		}
	}
	status = wire_get_u32(&in);
	(void)snprintf(code, sizeof(code), "%s", wire_get_str(&in, REASON_MAX));
	assert_int_equal(status, strcmp(code, "forbidden") == 0 ? 4 : *code ? 1 : 0);
	return code;
}

/* As idpctl of somebody whom the permissions of the socket let in, and who is not root. */
static const char *as_member(struct world *w, enum wire_type type)
{
	char path[108];
	const char *code;
	struct talk talk;

	assert_int_equal(chmod(agentd_path(&w->agentd, "control", path), 0666), 0);
	assert_int_equal(seteuid(65534), 0);
	assert_int_equal(talk_open(&talk, &w->agentd, "control"), 0);
	assert_int_equal(seteuid(0), 0);
	client_begin(&talk.client, &talk.out, type);
	if (type == MSG_SCOPE_SET || type == MSG_POLICY_CONFIRM)
		wire_put_str(&talk.out, type == MSG_SCOPE_SET ? "email" : "login:audit:4");
	if (type == MSG_POLICY_CONFIRM)
		wire_put_u64(&talk.out, UINT64_MAX);
	if (type == MSG_SCOPE_SET || type == MSG_POLICY_CONFIRM)
		wire_put_bool(&talk.out, type == MSG_POLICY_CONFIRM);
	if (type == MSG_IDMAP_IMPORT || type == MSG_IDMAP_ASSIGN)
		wire_put_bool(&talk.out, false);
	if (type == MSG_IDMAP_ASSIGN) {
		wire_put_str(&talk.out, "https://idp.example.com");
		wire_put_str(&talk.out, "s9");
		wire_put_u32(&talk.out, 1900000000);
	}
	if (type == MSG_POLICY_APPLY) {
		wire_put_u32(&talk.out, 0);
		wire_put_str(&talk.out, "login:audit:3");
		wire_put_bool(&talk.out, true);
	}
	send_it(&talk);
	code = collect(&talk);
	talk_close(&talk);
	return code;
}

static const char *plain(struct world *w, enum wire_type type)
{
	const char *code;
	struct talk talk;

	assert_int_equal(talk_open(&talk, &w->agentd, "control"), 0);
	client_begin(&talk.client, &talk.out, type);
	send_it(&talk);
	code = collect(&talk);
	talk_close(&talk);
	return code;
}

static uint64_t hear(struct world *w, enum wire_type type)
{
	struct wire_in in;

	do
		assert_int_equal(fake_netd_next(&w->agentd.netd, 10 * USEC_PER_SEC, &in), 0);
	while (in.type != type);
	return wire_get_u64(&in);
}

static void put(const struct world *w, const char *text)
{
	assert_int_equal(agentd_put(&w->agentd, "idp.conf", text), 0);
}

/* The platform is asked about scopes, and is away. */
static void platform_is_away(struct world *w)
{
	uint64_t flow = hear(w, MSG_PROBE); /* a synchronisation may want something as well */

	assert_int_equal(
		fake_netd_refuse(&w->agentd.netd, MSG_FAILED, flow, "platform-unreachable"), 0);
}

/* The same, and the files are others before it is told. */
static void platform_edits(struct world *w, const char *text)
{
	uint64_t flow = hear(w, MSG_PROBE);

	put(w, text);
	assert_int_equal(
		fake_netd_refuse(&w->agentd.netd, MSG_FAILED, flow, "platform-unreachable"), 0);
}

/* The platform is asked about scopes, and refuses this one. */
static void platform_refuses(struct world *w, const char *scope)
{
	struct buf *out = &w->agentd.netd.out;
	uint64_t flow = hear(w, MSG_PROBE);

	wire_begin(out, MSG_PROBE_END, 0);
	wire_put_u64(out, flow);
	assert_int_equal(fake_netd_send(&w->agentd.netd), 0);
	flow = hear(w, MSG_SCOPE_PROBE);
	wire_begin(out, MSG_SCOPES, 0);
	wire_put_u64(out, flow);
	wire_put_str(out, "device");
	wire_put_bool(out, false);
	wire_put_bool(out, true);
	wire_put_count(out, 1);
	wire_put_str(out, scope);
	assert_int_equal(fake_netd_send(&w->agentd.netd), 0);
}

/* A check of files that can be taken. */
static const char *check(struct world *w)
{
	const char *code;
	struct talk talk;

	assert_int_equal(talk_open(&talk, &w->agentd, "control"), 0);
	client_begin(&talk.client, &talk.out, MSG_POLICY_CHECK);
	send_it(&talk);
	platform_is_away(w);
	code = collect(&talk);
	talk_close(&talk);
	return code;
}

static void put_apply(struct talk *talk, uint32_t seconds, const char *session, bool force)
{
	client_begin(&talk->client, &talk->out, MSG_POLICY_APPLY);
	wire_put_u32(&talk->out, seconds);
	wire_put_str(&talk->out, session);
	wire_put_bool(&talk->out, force);
}

/* asks: the files can be taken, so that the platform is asked. */
static const char *apply(struct world *w, uint32_t seconds, bool asks)
{
	const char *code;
	struct talk talk;

	assert_int_equal(talk_open(&talk, &w->agentd, "control"), 0);
	put_apply(&talk, seconds, "login:audit:3", false);
	send_it(&talk);
	if (asks)
		platform_is_away(w);
	code = collect(&talk);
	talk_close(&talk);
	return code;
}

static const char *confirm(struct world *w, const char *session, usec_t began, bool force)
{
	const char *code;
	struct talk talk;

	assert_int_equal(talk_open(&talk, &w->agentd, "control"), 0);
	client_begin(&talk.client, &talk.out, MSG_POLICY_CONFIRM);
	wire_put_str(&talk.out, session);
	wire_put_u64(&talk.out, began);
	wire_put_bool(&talk.out, force);
	send_it(&talk);
	code = collect(&talk);
	talk_close(&talk);
	return code;
}

/* Killed, and started anew by systemd. */
static void crash(struct world *w)
{
	char path[108];

	talk_close(&w->talk);
	fake_netd_hang_up(&w->agentd.netd);
	assert_true(WIFSIGNALED(agentd_stop(&w->agentd, SIGKILL)));
	IGNORE(unlink(agentd_path(&w->agentd, "agent", path)));
	IGNORE(unlink(agentd_path(&w->agentd, "control", path)));
	assert_int_equal(agentd_start(&w->agentd), 0);
	assert_int_equal(fake_netd_welcome(&w->agentd.netd), 0);
	world_open(w);
}

static int enters(struct world *w, const char *name)
{
	assert_int_equal(talk_pam(&w->talk, MSG_ACCT, name), 0);
	return world_finish(w);
}

static bool make(struct world *w)
{
	if (!world_start(w, GOOD))
		return false;
	world_sync(w, "staff", 0);
	world_open(w);
	world_wait_for(w, "alice");
	return true;
}

static void test_wrong_files_lock_nobody_out(void **state)
{
	char path[108];
	struct world w;
	(void)state;
	if (!make(&w))
		skip();
	put(&w, GOOD "[alow x]\n");
	crash(&w);
	assert_int_equal(enters(&w, "alice"), WIRE_PERMIT);
	assert_string_equal(plain(&w, MSG_STATUS), "");
	assert_non_null(strstr(said, "state=degraded"));
	assert_non_null(strstr(said, "did you mean [allow]?"));
	assert_non_null(strstr(said, "[policy] state=in force"));
	assert_non_null(strstr(said, "files=changed, not in force yet"));
	assert_string_equal(plain(&w, MSG_POLICY_CHECK), "config-invalid");
	assert_string_equal(apply(&w, 60, false), "config-invalid");
	assert_non_null(strstr(said, "[problem] text="));
	assert_int_equal(unlink(agentd_path(&w.agentd, "idp.conf", path)), 0);
	crash(&w);
	assert_int_equal(enters(&w, "alice"), WIRE_PERMIT);
	world_end(&w);
}

static void test_a_check_tells_and_changes_nothing(void **state)
{
	struct world w;
	(void)state;
	if (!make(&w))
		skip();
	assert_string_equal(check(&w), "");
	assert_non_null(strstr(said, "text=The files are in force already."));
	assert_non_null(strstr(said, "text=No expectation proves that anybody keeps sudo"));
	assert_non_null(strstr(said, "level=warning topic=provider corp"));
	put(&w, PROVEN "[agent]\nbreak_glass = root nobody-has-this-name\n");
	assert_string_equal(check(&w), "");
	assert_non_null(strstr(said, "text=The files are not in force yet."));
	assert_non_null(strstr(said, "2 expectations hold"));
	assert_non_null(strstr(said, "Somebody keeps sudo: [expect a] says so."));
	assert_non_null(strstr(said, "break_glass names nobody-has-this-name"));
	assert_null(strstr(said, "No expectation"));
	put(&w, TRIED "[expect a]\nwho = group:staff\nsshd = permit\n");
	assert_string_equal(plain(&w, MSG_POLICY_CHECK), "config-invalid");
	assert_non_null(strstr(said, "[expect a] expects sshd = permit, but it is deny"));
	assert_int_equal(enters(&w, "alice"), WIRE_PERMIT);
	world_end(&w);
}

/* The lock-out of a misspelt scope: nothing of it comes into force, unless somebody insists. */
static void test_a_scope_that_the_platform_refuses_stops_it(void **state)
{
	static const char scoped[] = WORLD_PROVIDER WORLD_DIRECTORY
		"[scope host.Login]\nprotects = sshd\n"
		"[allow staff]\nneed = group:staff scope:host.Login\n";
	struct talk talk;
	struct world w;
	(void)state;
	if (!make(&w))
		skip();
	put(&w, scoped);
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(talk_open(&talk, &w.agentd, "control"), 0);
		if (i == 0)
			client_begin(&talk.client, &talk.out, MSG_POLICY_CHECK);
		else
			put_apply(&talk, 3600, "login:audit:3", i == 2);
		send_it(&talk);
		platform_refuses(&w, "host.Login");
		assert_string_equal(collect(&talk), i == 2 ? "" : "findings");
		assert_non_null(strstr(said, "level=error topic=provider corp"));
		assert_non_null(strstr(said, "host.Login"));
		if (i < 2)
			assert_int_equal(enters(&w, "alice"), WIRE_PERMIT);
		talk_close(&talk);
	}
	assert_non_null(strstr(said, "[policy] state=on trial"));
	assert_int_equal(enters(&w, "alice"), WIRE_DENY);
	/* who asks and goes away leaves nothing behind */
	assert_string_equal(plain(&w, MSG_POLICY_ROLLBACK), "");
	assert_int_equal(talk_open(&talk, &w.agentd, "control"), 0);
	put_apply(&talk, 3600, "login:audit:3", true);
	send_it(&talk);
	IGNORE(hear(&w, MSG_PROBE) == 0);
	talk_close(&talk);
	IGNORE(hear(&w, MSG_ABORT) == 0);
	assert_int_equal(enters(&w, "alice"), WIRE_PERMIT);
	world_end(&w);
}

static void test_a_trial_survives_a_crash_and_ends_with_the_boot(void **state)
{
	char path[108];
	struct world w;
	(void)state;
	if (!make(&w))
		skip();
	put(&w, TRIED);
	assert_string_equal(apply(&w, 3600, true), "");
	assert_non_null(strstr(said, "[policy] state=on trial"));
	assert_int_equal(enters(&w, "alice"), WIRE_DENY);
	crash(&w);
	assert_int_equal(enters(&w, "alice"), WIRE_DENY);
	fake_netd_hang_up(&w.agentd.netd); /* nobody answers for the network */
	assert_string_equal(plain(&w, MSG_DOCTOR), "findings");
	assert_non_null(strstr(said, "A policy is on trial"));
	assert_int_equal(unlink(agentd_path(&w.agentd, "db/boot", path)), 0);
	crash(&w);
	assert_int_equal(enters(&w, "alice"), WIRE_PERMIT);
	crash(&w);
	assert_int_equal(enters(&w, "alice"), WIRE_PERMIT);
	assert_string_equal(plain(&w, MSG_RELOAD), "rolled-back");
	assert_int_equal(enters(&w, "alice"), WIRE_PERMIT);
	put(&w, PROVEN);
	assert_string_equal(plain(&w, MSG_RELOAD), "");
	world_end(&w);
}

static void test_only_a_newer_session_confirms(void **state)
{
	struct world w;
	(void)state;
	if (!make(&w))
		skip();
	put(&w, PROVEN);
	assert_string_equal(confirm(&w, "login:audit:4", UINT64_MAX, false), "no-trial");
	assert_string_equal(apply(&w, 3600, true), "");
	assert_string_equal(apply(&w, 0, false), "on-trial");
	assert_string_equal(confirm(&w, "login:audit:3", UINT64_MAX, false), "same-session");
	assert_string_equal(confirm(&w, "login:audit:2", 1, false), "old-session");
	assert_string_equal(confirm(&w, "", UINT64_MAX, false), "no-session");
	crash(&w); /* it is still known who applied it */
	assert_string_equal(confirm(&w, "login:audit:3", UINT64_MAX, false), "same-session");
	assert_string_equal(confirm(&w, "login:audit:4", clock_now(), false), "");
	crash(&w);
	assert_string_equal(plain(&w, MSG_STATUS), "");
	assert_non_null(strstr(said, "[policy] state=in force"));
	assert_non_null(strstr(said, "files=in force"));
	assert_string_equal(plain(&w, MSG_POLICY_ROLLBACK), "");
	assert_non_null(strstr(said, "files=rolled back, not in force"));
	assert_string_equal(plain(&w, MSG_POLICY_ROLLBACK), "nothing-before");
	world_end(&w);
}

/* Who may look may not choose: the laxer policy before would let a member of the group in. */
static void test_only_root_chooses(void **state)
{
	static const enum wire_type types[] = { MSG_POLICY_APPLY, MSG_POLICY_CONFIRM,
						MSG_POLICY_ROLLBACK, MSG_SCOPE_SET,
						MSG_IDMAP_IMPORT,    MSG_IDMAP_ASSIGN };
	char path[108], log[65536];
	struct world w;
	FILE *file;
	(void)state;
	if (!make(&w))
		skip();
	put(&w, TRIED);
	assert_string_equal(apply(&w, 3600, true), "");
	for (size_t i = 0; i < ELEMENTSOF(types); i++)
		assert_string_equal(as_member(&w, types[i]), "forbidden");
	assert_string_equal(as_member(&w, MSG_STATUS), "");
	assert_non_null(strstr(said, "[policy] state=on trial"));
	assert_int_equal(enters(&w, "alice"), WIRE_DENY);
	file = fopen(agentd_path(&w.agentd, "log", path), "re");
	assert_non_null(file);
	log[fread(log, 1, sizeof(log) - 1, file)] = '\0';
	assert_int_equal(fclose(file), 0);
	assert_non_null(strstr(log, "the policy was not changed: only root may (uid 65534)"));
	assert_non_null(strstr(log, "a scope was not changed: only root may (uid 65534)"));
	assert_non_null(strstr(log, "ids were not changed: only root may (uid 65534)"));
	assert_string_equal(plain(&w, MSG_POLICY_ROLLBACK), "");
	world_end(&w);
}

/* The platform takes its time, and somebody edits meanwhile. */
static void test_what_is_applied_was_checked(void **state)
{
	struct talk talk;
	struct world w;
	(void)state;
	if (!make(&w))
		skip();
	put(&w, PROVEN);
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(talk_open(&talk, &w.agentd, "control"), 0);
		put_apply(&talk, i ? 3600 : 0, "login:audit:3", true);
		send_it(&talk);
		platform_edits(&w, i ? TRIED "# again\n" : TRIED);
		assert_string_equal(collect(&talk), "files-changed");
		talk_close(&talk);
		assert_int_equal(enters(&w, "alice"), WIRE_PERMIT);
	}
	world_end(&w);
}

static void test_nobody_writes_into_the_record(void **state)
{
	static const char *const strange[] = { "login:audit:3\nforce = x", "a b", "x;y", "\x1b[2J",
					       "\xc3\xa9" };
	char longest[POLICY_SESSION_MAX + 2];
	struct talk talk;
	struct world w;
	(void)state;
	if (!make(&w))
		skip();
	put(&w, TRIED);
	memset(longest, 'a', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	for (size_t i = 0; i < ELEMENTSOF(strange) + 4; i++) {
		uint32_t seconds = i == 0 ? 29 : i == 1 ? 86401 : i == 2 ? UINT32_MAX : 60;

		assert_int_equal(talk_open(&talk, &w.agentd, "control"), 0);
		put_apply(&talk, seconds,
			  i < 3    ? "login:audit:3"
			  : i == 3 ? longest
				   : strange[i - 4],
			  true);
		assert_int_equal(client_send(&talk.client, &talk.out, clock_now() + USEC_PER_SEC),
				 0);
		assert_true(talk_next_type(&talk) < 0);
		talk_close(&talk);
	}
	assert_int_equal(enters(&w, "alice"), WIRE_PERMIT);
	world_end(&w);
}

/* A reload, a trial, the way back, again and again, killed in between. */
static void test_killed_again_and_again(void **state)
{
	struct talk talk;
	struct world w;
	(void)state;
	if (!make(&w))
		skip();
	for (unsigned i = 0; i < 10; i++) {
		put(&w, TRIED);
		assert_int_equal(talk_open(&talk, &w.agentd, "control"), 0);
		put_apply(&talk, 3600, "login:audit:3", false);
		assert_int_equal(client_send(&talk.client, &talk.out, clock_now() + USEC_PER_SEC),
				 0);
		if (i % 2)
			platform_is_away(&w);
		IGNORE(usleep(i * 1000));
		put(&w, GOOD);
		crash(&w);
		talk_close(&talk);
		/* on trial, or never heard of it */
		if (enters(&w, "alice") != WIRE_PERMIT)
			assert_string_equal(plain(&w, MSG_POLICY_ROLLBACK), "");
		assert_int_equal(enters(&w, "alice"), WIRE_PERMIT);
	}
	world_end(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_wrong_files_lock_nobody_out),
		TEST(test_a_check_tells_and_changes_nothing),
		TEST(test_a_scope_that_the_platform_refuses_stops_it),
		TEST(test_a_trial_survives_a_crash_and_ends_with_the_boot),
		TEST(test_only_a_newer_session_confirms),
		TEST(test_only_root_chooses),
		TEST(test_what_is_applied_was_checked),
		TEST(test_nobody_writes_into_the_record),
		TEST(test_killed_again_and_again),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
