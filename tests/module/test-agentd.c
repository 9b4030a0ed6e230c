/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The real idp-agentd against a scripted idp-netd. It must run as root: PAM requests are root's.
 * Each test starts from a daemon of its own that knows alice (s1) and bob (s2) of group staff.
 */
#include "tests/lib/test.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/snapshot.h"
#include "common/sock.h"
#include "tests/lib/memory.h"
#include "tests/lib/world.h"

static const char config_scim[] = WORLD_PROVIDER WORLD_DIRECTORY WORLD_ALLOW("staff");
static const char config_acr[] = WORLD_PROVIDER WORLD_DIRECTORY
	"[service sshd]\nacr = https://example.com/mfa\n" WORLD_ALLOW("staff");
static const char config_token[] =
	WORLD_PROVIDER "audience = https://host.test\n" WORLD_DIRECTORY
		       "[service sshd]\nflow = token\n" WORLD_ALLOW("staff");
static const char config_token_age[] =
	WORLD_PROVIDER "audience = https://host.test\n" WORLD_DIRECTORY
		       "[service sshd]\nflow = token\nmax_age = 1h\n" WORLD_ALLOW("staff");
static const char config_userinfo[] = WORLD_PROVIDER WORLD_ALLOW("staff");

/* Until the record knows the name. */
static void wait_for(struct world *w, const char *name)
{
	const char *const texts[] = { name, NULL };
	struct wire_in in;
	struct talk talk;

	assert_int_equal(talk_open(&talk, &w->agentd, "control"), 0);
	for (unsigned i = 0; i < 1000; i++) {
		assert_int_equal(talk_ask(&talk, MSG_SHOW_USER, texts), 0);
		assert_int_equal(talk_next(&talk, &in), 0);
		if (in.type == MSG_END) {
			(void)poll(NULL, 0, 5);
			continue;
		}
		while (talk_next_type(&talk) == MSG_ROW)
			;
		talk_close(&talk);
		return;
	}
	fail_msg("%s never came into the record", name);
}

static bool is_published(const struct world *w, const char *name)
{
	char path[108];
	struct snapshot snapshot = SNAPSHOT_INIT(agentd_path(&w->agentd, "db/identity.snap", path));
	struct snapshot_view view;
	struct snapshot_user user;
	bool found;

	assert_int_equal(snapshot_enter(&snapshot, &view), 0);
	found = snapshot_user_by_name(&view, name, strlen(name), &user);
	assert_true(snapshot_leave(&view));
	snapshot_forget(&snapshot);
	return found;
}

static void wait_for_published(struct world *w, const char *name)
{
	for (unsigned i = 0; i < 1000 && !is_published(w, name); i++)
		(void)poll(NULL, 0, 5);
	assert_true(is_published(w, name));
}

/* False: the test cannot run here. */
static bool world_make(struct world *w, const char *config, bool people)
{
	if (!world_start(w, config))
		return false;
	if (people) {
		world_sync(w, "staff", 0);
		wait_for(w, "alice");
	}
	world_open(w);
	return true;
}

/* Enter, and the platform says who signed in; the result of the whole. */
static int approve(struct world *w, const char *sub, const char *name, const char *group)
{
	assert_int_equal(talk_reply(&w->talk, MSG_ANSWER), 0);
	assert_int_equal(
		fake_netd_identity(&w->agentd.netd, w->flow, "corp", WORLD_ISS, sub, name, group),
		0);
	return world_finish(w);
}

static void test_device_login_is_granted(void **state)
{
	struct world w;
	(void)state;
	if (!world_make(&w, config_scim, true))
		skip();
	world_sign_in(&w, "alice");
	assert_int_equal(approve(&w, "s1", "alice", ""), WIRE_PERMIT);
	assert_string_equal(w.reason, "permit rule=staff");
	assert_int_equal(talk_pam(&w.talk, MSG_ACCT, "alice"), 0);
	assert_int_equal(world_finish(&w), WIRE_PERMIT);
	assert_int_equal(talk_pam(&w.talk, MSG_OPEN, "alice"), 0);
	assert_int_equal(world_finish(&w), WIRE_PERMIT);
	world_end(&w);
}

/* OPEN of alice: the one variable of its DONE, or "". */
static void opened_with(struct world *w, char variable[static REASON_MAX])
{
	struct wire_in in;
	uint32_t n;

	assert_int_equal(talk_pam(&w->talk, MSG_OPEN, "alice"), 0);
	assert_int_equal(talk_next(&w->talk, &in), 0);
	assert_int_equal(in.type, MSG_DONE);
	assert_int_equal(wire_get_u32(&in), WIRE_PERMIT);
	assert_string_equal(wire_get_str(&in, REASON_MAX), "opened");
	assert_string_equal(wire_get_str(&in, REASON_MAX), "");
	n = wire_get_count(&in);
	assert_true(n <= 1);
	(void)snprintf(variable, REASON_MAX, "%s", n ? wire_get_str(&in, REASON_MAX - 1) : "");
	assert_int_equal(wire_close(&in), 0);
}

static void test_a_session_has_the_strictest_end(void **state)
{
	static const char rules[] = "[allow long]\nneed = group:staff\nsession = 10h\n"
				    "[allow short]\nservice = sshd\nany = user:alice\n"
				    "session = 8h\n[allow other]\nservice = login\n"
				    "need = group:staff\nsession = 1m\n";
	char variable[REASON_MAX], config[4096];
	struct world w;
	(void)state;
	if (!world_make(&w, config_scim, true))
		skip();
	opened_with(&w, variable);
	assert_string_equal(variable, "");
	(void)snprintf(config, sizeof(config), "%s%s", WORLD_PROVIDER WORLD_DIRECTORY, rules);
	assert_int_equal(agentd_put(&w.agentd, "idp.conf", config), 0);
	assert_int_equal(world_reload(&w), 0);
	opened_with(&w, variable);
	assert_string_equal(variable, "IDP_SESSION_MAX=28800");
	world_end(&w);
}

static void test_approval_before_enter_grants_at_enter(void **state)
{
	struct world w;
	(void)state;
	if (!world_make(&w, config_scim, true))
		skip();
	world_sign_in(&w, "alice");
	assert_int_equal(
		fake_netd_identity(&w.agentd.netd, w.flow, "corp", WORLD_ISS, "s1", "alice", ""),
		0);
	assert_int_equal(talk_reply(&w.talk, MSG_ANSWER), 0);
	assert_int_equal(world_finish(&w), WIRE_PERMIT);
	world_end(&w);
}

/* The first answer is not enough; the second sign-in is as far as its prompt. */
static void approve_too_little(struct world *w)
{
	assert_int_equal(talk_reply(&w->talk, MSG_ANSWER), 0);
	assert_int_equal(
		fake_netd_identity(&w->agentd.netd, w->flow, "corp", WORLD_ISS, "s1", "alice", ""),
		0);
	assert_int_equal(talk_next_type(&w->talk), MSG_SAY);
	assert_int_equal(fake_netd_expect(&w->agentd.netd, MSG_DEVICE, &w->flow), 0);
	assert_int_equal(fake_netd_code(&w->agentd.netd, w->flow, WORLD_URI, "ABCD-EFGH", 300), 0);
	assert_int_equal(talk_next_type(&w->talk), MSG_ASK);
}

/* [service] acr: a platform that ignores acr_values does not open the door. */
static void test_a_weaker_sign_in_than_asked_is_refused(void **state)
{
	static const struct {
		const char *acr;
		int result;
		const char *reason;
	} cases[] = {
		{ NULL, WIRE_DENY, "missing=acr:https://example.com/mfa" },
		{ "https://example.com/password", WIRE_DENY,
		  "missing=acr:https://example.com/mfa" },
		{ "https://example.com/mfa", WIRE_PERMIT, "permit rule=staff" },
	};
	struct world w;
	(void)state;
	if (!world_make(&w, config_acr, true))
		skip();
	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		world_sign_in(&w, "alice");
		w.agentd.netd.acr = cases[i].acr;
		if (cases[i].result == WIRE_DENY)
			approve_too_little(&w);
		assert_int_equal(approve(&w, "s1", "alice", ""), cases[i].result);
		assert_string_equal(w.reason, cases[i].reason);
	}
	world_end(&w);
}

/* AUTH up to the prompt; the token is given, and has reached idp-netd. */
static void give_token(struct world *w, const char *token)
{
	struct wire_in in;

	assert_int_equal(talk_pam(&w->talk, MSG_AUTH, "alice"), 0);
	assert_int_equal(talk_next(&w->talk, &in), 0);
	assert_int_equal(in.type, MSG_ASK);
	assert_int_equal(wire_get_u32(&in), WIRE_ASK_HIDDEN);
	wire_begin(&w->talk.out, MSG_ANSWER, w->talk.client.serial);
	wire_put_str(&w->talk.out, token);
	assert_int_equal(client_send(&w->talk.client, &w->talk.out, clock_now() + USEC_PER_SEC), 0);
	assert_int_equal(fake_netd_next(&w->agentd.netd, 10 * USEC_PER_SEC, &in), 0);
	assert_int_equal(in.type, MSG_TOKEN_CHECK);
	w->flow = wire_get_u64(&in);
	assert_string_equal(wire_get_str(&in, 64), "corp");
	assert_string_equal(wire_get_str(&in, JWS_LEN_MAX), token);
}

static void test_a_token_is_checked_and_grants(void **state)
{
	_cleanup_free_ char *longest = calloc(JWS_LEN_MAX + 1, 1);
	struct world w;
	(void)state;
	assert_non_null(longest);
	memset(longest, 'a', JWS_LEN_MAX);
	if (!world_make(&w, config_token, true))
		skip();
	give_token(&w, longest);
	assert_int_equal(
		fake_netd_identity(&w.agentd.netd, w.flow, "corp", WORLD_ISS, "s1", "", ""), 0);
	assert_int_equal(world_finish(&w), WIRE_PERMIT);
	give_token(&w, "bobs-" AGENTD_TOKEN);
	assert_int_equal(
		fake_netd_identity(&w.agentd.netd, w.flow, "corp", WORLD_ISS, "s2", "alice", ""),
		0);
	assert_int_equal(world_finish(&w), WIRE_DENY);
	assert_string_equal(w.reason, "someone-else");
	give_token(&w, "a-machines");
	assert_int_equal(fake_netd_refuse(&w.agentd.netd, MSG_DENIED, w.flow, "workload-token"), 0);
	assert_int_equal(world_finish(&w), WIRE_DENY);
	assert_string_equal(w.reason, "workload-token");
	/* in its memory is the configuration, and of the token of before nothing */
	if (memory_holds(w.agentd.pid, WORLD_ISS))
		assert_false(memory_holds(w.agentd.pid, "bobs-" AGENTD_TOKEN));
	world_end(&w);
}

/* A token says when the person signed in, or it does not; nobody can ask for a newer one. */
static void test_an_old_sign_in_is_refused_with_a_token_too(void **state)
{
	static const uint64_t ages[] = { 60, 3590, 3700 };
	struct world w;
	(void)state;
	if (!world_make(&w, config_token_age, true))
		skip();
	for (size_t i = 0; i < ELEMENTSOF(ages); i++) {
		give_token(&w, "a-token");
		w.agentd.netd.login_age = ages[i];
		assert_int_equal(
			fake_netd_identity(&w.agentd.netd, w.flow, "corp", WORLD_ISS, "s1", "", ""),
			0);
		assert_int_equal(world_finish(&w), ages[i] > 3600 ? WIRE_DENY : WIRE_PERMIT);
		assert_string_equal(w.reason, ages[i] > 3600 ? "stale-login" : "permit rule=staff");
	}
	world_end(&w);
}

static void test_somebody_elses_sign_in_is_refused(void **state)
{
	struct world w;
	(void)state;
	if (!world_make(&w, config_scim, true))
		skip();
	world_sign_in(&w, "alice");
	/* bob's subject, with alice's name for good measure */
	assert_int_equal(approve(&w, "s2", "alice", "staff"), WIRE_DENY);
	assert_string_equal(w.reason, "someone-else");
	world_end(&w);
}

static void test_refusals_are_told_apart(void **state)
{
	static const struct {
		enum wire_type type;
		const char *code, *reason;
		int result;
	} cases[] = {
		{ MSG_DENIED, "access_denied", "access-denied", WIRE_DENY },
		{ MSG_DENIED, "expired_token", "expired-code", WIRE_DENY },
		{ MSG_DENIED, "invalid_client", "platform-refused", WIRE_UNAVAIL },
		{ MSG_FAILED, "platform-unreachable", "platform-unreachable", WIRE_UNAVAIL },
		{ MSG_FAILED, "token-invalid", "token-invalid", WIRE_DENY },
	};
	struct world w;
	(void)state;
	if (!world_make(&w, config_scim, true))
		skip();
	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		world_sign_in(&w, "alice");
		assert_int_equal(talk_reply(&w.talk, MSG_ANSWER), 0);
		assert_int_equal(
			fake_netd_refuse(&w.agentd.netd, cases[i].type, w.flow, cases[i].code), 0);
		assert_int_equal(world_finish(&w), cases[i].result);
		assert_string_equal(w.reason, cases[i].reason);
		assert_true(*w.text);
	}
	world_end(&w);
}

static void test_netd_dying_is_told(void **state)
{
	struct world w;
	(void)state;
	if (!world_make(&w, config_scim, true))
		skip();
	world_sign_in(&w, "alice");
	assert_int_equal(talk_reply(&w.talk, MSG_ANSWER), 0);
	fake_netd_hang_up(&w.agentd.netd);
	assert_int_equal(world_finish(&w), WIRE_UNAVAIL);
	assert_string_equal(w.reason, "platform-unreachable");
	/* it comes back by itself, and the next sign-in works */
	assert_int_equal(fake_netd_welcome(&w.agentd.netd), 0);
	world_sign_in(&w, "alice");
	assert_int_equal(approve(&w, "s1", "alice", ""), WIRE_PERMIT);
	world_end(&w);
}

static void test_hanging_up_aborts_the_flow(void **state)
{
	struct world w;
	uint64_t flow;
	(void)state;
	if (!world_make(&w, config_scim, true))
		skip();
	world_sign_in(&w, "alice");
	talk_close(&w.talk);
	assert_int_equal(fake_netd_expect(&w.agentd.netd, MSG_ABORT, &flow), 0);
	assert_int_equal(flow, w.flow);
	/* what comes late is nobody's fault */
	assert_int_equal(
		fake_netd_identity(&w.agentd.netd, w.flow, "corp", WORLD_ISS, "s1", "alice", ""),
		0);
	world_open(&w);
	world_sign_in(&w, "alice");
	world_end(&w);
}

static void test_cancel_aborts_the_flow(void **state)
{
	struct world w;
	uint64_t flow;
	(void)state;
	if (!world_make(&w, config_scim, true))
		skip();
	world_sign_in(&w, "alice");
	assert_int_equal(talk_reply(&w.talk, MSG_CANCEL), 0);
	assert_int_equal(world_finish(&w), WIRE_DENY);
	assert_string_equal(w.reason, "cancelled");
	assert_int_equal(fake_netd_expect(&w.agentd.netd, MSG_ABORT, &flow), 0);
	world_end(&w);
}

static void test_two_sign_ins_of_one_person_are_apart(void **state)
{
	struct world w;
	struct talk second;
	uint64_t first;
	(void)state;
	if (!world_make(&w, config_scim, true))
		skip();
	world_sign_in(&w, "alice");
	first = w.flow;
	second = w.talk;
	world_open(&w);
	world_sign_in(&w, "alice");
	assert_int_not_equal(first, w.flow);
	assert_int_equal(
		fake_netd_identity(&w.agentd.netd, first, "corp", WORLD_ISS, "s1", "alice", ""), 0);
	assert_int_equal(talk_reply(&second, MSG_ANSWER), 0);
	assert_int_equal(talk_done(&second, w.reason, w.text), WIRE_PERMIT);
	assert_int_equal(talk_reply(&w.talk, MSG_CANCEL), 0);
	assert_int_equal(world_finish(&w), WIRE_DENY);
	talk_close(&second);
	world_end(&w);
}

static void test_a_person_has_few_sign_ins_at_once(void **state)
{
	struct talk talks[FLOWS_PER_USER_MAX];
	struct world w;
	(void)state;
	if (!world_make(&w, config_scim, true))
		skip();
	for (size_t i = 0; i < FLOWS_PER_USER_MAX; i++) {
		world_sign_in(&w, "alice");
		talks[i] = w.talk;
		world_open(&w);
	}
	assert_int_equal(talk_pam(&w.talk, MSG_AUTH, "alice"), 0);
	assert_int_equal(world_finish(&w), WIRE_BUSY);
	talk_close(&talks[0]);
	for (unsigned i = 0; i < 100; i++) {
		assert_int_equal(talk_pam(&w.talk, MSG_AUTH, "alice"), 0);
		if (fake_netd_expect(&w.agentd.netd, MSG_ABORT, &w.flow) == 0)
			break;
	}
	for (size_t i = 1; i < FLOWS_PER_USER_MAX; i++)
		talk_close(&talks[i]);
	world_end(&w);
}

static void test_local_and_impossible_names_are_not_ours(void **state)
{
	static char huge[4097];
	static const char *const names[] = { "root", "nobody", "no such", "al\x1b[31mice", "",
					     huge,   "-rf",    "Alice",   "../alice" };
	struct world w;
	(void)state;
	memset(huge, 'a', sizeof(huge) - 1);
	if (!world_make(&w, config_scim, true))
		skip();
	for (size_t i = 0; i < ELEMENTSOF(names); i++) {
		assert_int_equal(talk_pam(&w.talk, MSG_AUTH, names[i]), 0);
		assert_int_equal(world_finish(&w), WIRE_NOT_OURS);
		assert_int_equal(talk_pam(&w.talk, MSG_ACCT, names[i]), 0);
		assert_int_equal(world_finish(&w), WIRE_NOT_OURS);
	}
	world_end(&w);
}

/* The id that sshd is shown for carol in a connection, and session, of its own; 0: none. */
static uint32_t placeholder_elsewhere(const struct world *w)
{
	static const char *const name[] = { "carol", NULL };
	int ends[2], status = -1;
	uint32_t uid = 0;
	pid_t child;

	assert_int_equal(pipe(ends), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		struct talk talk;
		struct wire_in in;

		if (setsid() > 0 && talk_open(&talk, &w->agentd, "agent") == 0 &&
		    talk_ask(&talk, MSG_GETPWNAM_LOGIN, name) == 0 && talk_next(&talk, &in) == 0 &&
		    in.type == MSG_USER && strcmp(wire_get_str(&in, 64), "carol") == 0)
			uid = wire_get_u32(&in);
		_exit(write(ends[1], &uid, sizeof(uid)) != sizeof(uid));
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_int_equal(read(ends[0], &uid, sizeof(uid)), sizeof(uid));
	(void)close(ends[0]);
	(void)close(ends[1]);
	return uid;
}

/*
 * ssh tries again by itself after "come again", and sshd still has the placeholder: whatever is
 * learned meanwhile, here or in another connection, nothing comes of this one.
 */
static void test_who_was_shown_a_placeholder_opens_no_session(void **state)
{
	static const char *const name[] = { "carol", NULL };
	static const enum wire_type asked[] = { MSG_AUTH, MSG_ACCT, MSG_OPEN };
	struct world w;
	(void)state;
	if (!world_make(&w, config_userinfo, false))
		skip();
	assert_int_equal(talk_ask(&w.talk, MSG_GETPWNAM_LOGIN, name), 0);
	assert_int_equal(talk_next_type(&w.talk), MSG_USER);
	world_sign_in(&w, "carol");
	assert_int_equal(approve(&w, "c1", "carol", "staff"), WIRE_DENY);
	assert_string_equal(w.reason, "learned");
	for (size_t i = 0; i < ELEMENTSOF(asked); i++) {
		assert_int_equal(talk_pam(&w.talk, asked[i], "carol"), 0);
		assert_int_equal(world_finish(&w), WIRE_DENY);
		assert_string_equal(w.reason, "learned");
	}
	world_end(&w);
}

/* First login where there is no directory: a placeholder for root, a binding, "come again". */
static void test_a_person_is_learned_and_asked_to_come_again(void **state)
{
	static const char *const name[] = { "carol", NULL };
	struct world w;
	struct wire_in in;
	(void)state;
	if (!world_make(&w, config_userinfo, false))
		skip();
	/* useradd asks as root, too: for anybody but sshd the name is free */
	assert_int_equal(talk_ask(&w.talk, MSG_GETPWNAM, name), 0);
	assert_int_equal(talk_next(&w.talk, &in), 0);
	assert_int_equal(in.type, MSG_NOTFOUND);
	assert_int_equal(placeholder_elsewhere(&w), UID_RANGE_CEILING);
	assert_int_equal(talk_pam(&w.talk, MSG_ACCT, "carol"), 0);
	assert_int_equal(world_finish(&w), WIRE_NOT_OURS);
	/* a stranger with the right name but without the group learns nothing and is not bound */
	world_sign_in(&w, "carol");
	assert_int_equal(approve(&w, "c9", "carol", ""), WIRE_DENY);
	world_sign_in(&w, "carol");
	assert_int_equal(approve(&w, "c1", "carol", "staff"), WIRE_DENY);
	assert_string_equal(w.reason, "learned");
	world_sign_in(&w, "carol");
	assert_int_equal(approve(&w, "c1", "carol", "staff"), WIRE_PERMIT);
	assert_int_equal(talk_pam(&w.talk, MSG_ACCT, "carol"), 0);
	assert_int_equal(world_finish(&w), WIRE_PERMIT);
	/* another subject of the same name is somebody else for ever */
	world_sign_in(&w, "carol");
	assert_int_equal(approve(&w, "c2", "carol", "staff"), WIRE_DENY);
	assert_string_equal(w.reason, "someone-else");
	world_end(&w);
}

static void test_a_miss_asks_the_directory_once(void **state)
{
	static const char *const name[] = { "dave", NULL };
	struct world w;
	struct talk second;
	struct wire_in in;
	uint64_t flow;
	(void)state;
	if (!world_make(&w, config_scim, true))
		skip();
	assert_int_equal(talk_open(&second, &w.agentd, "agent"), 0);
	assert_int_equal(talk_ask(&w.talk, MSG_GETPWNAM, name), 0);
	assert_int_equal(talk_ask(&second, MSG_GETPWNAM, name), 0);
	assert_int_equal(fake_netd_expect(&w.agentd.netd, MSG_DIR_FIND, &flow), 0);
	assert_int_equal(fake_netd_next(&w.agentd.netd, 200 * USEC_PER_MSEC, &in), -ETIMEDOUT);
	assert_int_equal(fake_netd_user(&w.agentd.netd, flow, "s3", "dave"), 0);
	assert_int_equal(fake_netd_end(&w.agentd.netd, flow, true, ""), 0);
	assert_int_equal(talk_next_type(&w.talk), MSG_USER);
	assert_int_equal(talk_next_type(&second), MSG_USER);
	/* their groups come with a pass, which nobody waits for */
	assert_int_equal(fake_netd_expect(&w.agentd.netd, MSG_DIR_SYNC, &flow), 0);
	talk_close(&second);
	world_end(&w);
}

static void test_who_is_learned_is_published(void **state)
{
	static const char *const name[] = { "dave", NULL };
	struct world w;
	uint64_t flow;
	(void)state;
	if (!world_make(&w, config_scim, true))
		skip();
	wait_for_published(&w, "alice");
	wait_for_published(&w, "bob");
	assert_int_equal(talk_ask(&w.talk, MSG_GETPWNAM, name), 0);
	assert_int_equal(fake_netd_expect(&w.agentd.netd, MSG_DIR_FIND, &flow), 0);
	assert_int_equal(fake_netd_user(&w.agentd.netd, flow, "s3", "dave"), 0);
	assert_int_equal(fake_netd_end(&w.agentd.netd, flow, true, ""), 0);
	assert_int_equal(talk_next_type(&w.talk), MSG_USER);
	wait_for_published(&w, "dave");
	world_end(&w);
}

static void test_a_miss_is_remembered_and_an_outage_is_not(void **state)
{
	static const char *const name[] = { "erin", NULL };
	struct world w;
	uint64_t flow;
	(void)state;
	if (!world_make(&w, config_scim, true))
		skip();
	assert_int_equal(talk_ask(&w.talk, MSG_GETPWNAM, name), 0);
	assert_int_equal(fake_netd_expect(&w.agentd.netd, MSG_DIR_FIND, &flow), 0);
	assert_int_equal(fake_netd_end(&w.agentd.netd, flow, false, "platform-unreachable"), 0);
	assert_int_equal(talk_next_type(&w.talk), MSG_UNAVAIL);
	assert_int_equal(talk_ask(&w.talk, MSG_GETPWNAM, name), 0);
	assert_int_equal(fake_netd_expect(&w.agentd.netd, MSG_DIR_FIND, &flow), 0);
	assert_int_equal(fake_netd_end(&w.agentd.netd, flow, true, ""), 0);
	assert_int_equal(talk_next_type(&w.talk), MSG_NOTFOUND);
	assert_int_equal(talk_ask(&w.talk, MSG_GETPWNAM, name), 0);
	assert_int_equal(talk_next_type(&w.talk), MSG_NOTFOUND);
	world_end(&w);
}

static void test_a_silent_platform_is_unavailable_in_time(void **state)
{
	static const char *const name[] = { "frank", NULL };
	struct world w;
	uint64_t flow;
	usec_t begin;
	(void)state;
	if (!world_make(&w, config_scim, true))
		skip();
	begin = clock_now();
	assert_int_equal(talk_ask(&w.talk, MSG_GETPWNAM, name), 0);
	assert_int_equal(fake_netd_expect(&w.agentd.netd, MSG_DIR_FIND, &flow), 0);
	assert_int_equal(talk_next_type(&w.talk), MSG_UNAVAIL);
	assert_true(clock_now() - begin < NSS_DEADLINE);
	world_end(&w);
}

static void test_uids_survive_a_kill(void **state)
{
	struct world w;
	uint32_t alice, bob;
	(void)state;
	if (!world_make(&w, config_scim, true))
		skip();
	alice = world_uid_of(&w, "alice");
	bob = world_uid_of(&w, "bob");
	assert_true(alice >= UID_RANGE_FLOOR && alice != bob);
	world_sign_in(&w, "alice"); /* killed in the middle of a sign-in */
	assert_true(WIFSIGNALED(agentd_stop(&w.agentd, SIGKILL)));
	talk_close(&w.talk);
	fake_netd_hang_up(&w.agentd.netd);
	assert_int_equal(agentd_start(&w.agentd), 0);
	world_open(&w);
	assert_int_equal(world_uid_of(&w, "alice"), alice);
	assert_int_equal(world_uid_of(&w, "bob"), bob);
	world_end(&w);
}

static void test_a_bad_configuration_keeps_the_good_one(void **state)
{
	struct world w;
	(void)state;
	if (!world_make(&w, config_scim, true))
		skip();
	assert_int_equal(agentd_put(&w.agentd, "idp.conf", "[provider corp]\nissuer = nonsense\n"),
			 0);
	assert_int_equal(world_reload(&w), 1);
	world_sign_in(&w, "alice");
	assert_int_equal(approve(&w, "s1", "alice", ""), WIRE_PERMIT);
	assert_int_equal(agentd_put(&w.agentd, "idp.conf", config_scim), 0);
	assert_int_equal(world_reload(&w), 0);
	world_end(&w);
}

static void test_a_reload_in_the_middle_breaks_nothing(void **state)
{
	static const char *const name[] = { "dave", NULL };
	struct talk second;
	struct world w;
	struct wire_in in;
	uint64_t find;
	(void)state;
	if (!world_make(&w, config_scim, true))
		skip();
	assert_int_equal(talk_open(&second, &w.agentd, "agent"), 0);
	world_sign_in(&w, "alice");
	assert_int_equal(talk_ask(&second, MSG_GETPWNAM, name), 0);
	assert_int_equal(fake_netd_expect(&w.agentd.netd, MSG_DIR_FIND, &find), 0);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(world_reload(&w), 0);
	/* each reload tells the configuration anew and begins to read the directory */
	while (fake_netd_next(&w.agentd.netd, 200 * USEC_PER_MSEC, &in) == 0)
		;
	assert_int_equal(fake_netd_user(&w.agentd.netd, find, "s3", "dave"), 0);
	assert_int_equal(fake_netd_end(&w.agentd.netd, find, true, ""), 0);
	assert_int_equal(talk_next_type(&second), MSG_USER);
	assert_int_equal(approve(&w, "s1", "alice", ""), WIRE_PERMIT);
	talk_close(&second);
	world_end(&w);
}

static void test_what_cannot_be_started_says_which_exit_code(void **state)
{
	static const struct {
		const char *config;
		mode_t token;
		int code;
	} cases[] = {
		{ "[nonsense]\n", 0600, 3 },
		{ "", 0600, 3 },
		{ config_scim, 0644, 3 }, /* a secret everybody can read */
		{ config_scim, 0600, 4 }, /* and a record that is not ours to open */
	};
	(void)state;
	if (getuid() != 0)
		skip();
	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		struct agentd agentd;
		char path[108];

		assert_int_equal(agentd_prepare(&agentd, cases[i].config), 0);
		assert_int_equal(chmod(agentd_path(&agentd, "token", path), cases[i].token), 0);
		if (cases[i].code == 4)
			assert_int_equal(chmod(agentd_path(&agentd, "state", path), 0777), 0);
		assert_int_equal(agentd_fail(&agentd), cases[i].code);
		agentd_done(&agentd);
	}
}

static void test_garbage_costs_the_connection_only(void **state)
{
	static const uint8_t noise[] = "this is no message at all, is it?";
	struct world w;
	struct wire_in in;
	struct talk talk;
	(void)state;
	if (!world_make(&w, config_scim, true))
		skip();
	for (size_t len = 1; len < sizeof(noise); len++) {
		assert_int_equal(talk_open(&talk, &w.agentd, "agent"), 0);
		assert_int_equal(send(talk.client.fd, noise, len, MSG_NOSIGNAL), (ssize_t)len);
		assert_int_equal(talk_next(&talk, &in), -ECONNRESET);
		talk_close(&talk);
	}
	/* a message of another socket's class */
	assert_int_equal(talk_open(&talk, &w.agentd, "agent"), 0);
	assert_int_equal(talk_ask(&talk, MSG_STATUS, (const char *const[]){ NULL }), 0);
	assert_int_equal(talk_next(&talk, &in), -ECONNRESET);
	talk_close(&talk);
	/* an answer nobody asked for */
	assert_int_equal(talk_open(&talk, &w.agentd, "agent"), 0);
	assert_int_equal(talk_reply(&talk, MSG_ANSWER), 0);
	assert_int_equal(talk_next(&talk, &in), -ECONNRESET);
	talk_close(&talk);
	assert_true(world_uid_of(&w, "alice") >= UID_RANGE_FLOOR);
	world_end(&w);
}

/* Whoever asks and never reads is dropped; the others notice nothing. */
static void test_a_client_that_does_not_read_is_dropped(void **state)
{
	static const char *const name[] = { "alice", NULL };
	struct world w;
	struct talk talk;
	unsigned n = 0;
	(void)state;
	if (!world_make(&w, config_scim, true))
		skip();
	assert_int_equal(talk_open(&talk, &w.agentd, "agent"), 0);
	while (n < 100000 && talk_ask(&talk, MSG_GETPWNAM, name) == 0)
		n++;
	assert_true(n > 100 && n < 100000);
	talk_close(&talk);
	assert_true(world_uid_of(&w, "alice") >= UID_RANGE_FLOOR);
	world_end(&w);
}

static void test_netd_that_breaks_the_rules_loses_the_link(void **state)
{
	struct world w;
	struct wire_in in;
	(void)state;
	if (!world_make(&w, config_scim, true))
		skip();
	world_sign_in(&w, "alice");
	assert_int_equal(talk_reply(&w.talk, MSG_ANSWER), 0);
	/* an answer to a question nobody asked */
	assert_int_equal(fake_netd_identity(&w.agentd.netd, w.flow + 1000, "corp", WORLD_ISS, "s1",
					    "alice", "staff"),
			 0);
	assert_int_equal(world_finish(&w), WIRE_UNAVAIL);
	assert_int_equal(fake_netd_next(&w.agentd.netd, 5 * USEC_PER_SEC, &in), -ECONNRESET);
	fake_netd_hang_up(&w.agentd.netd);
	assert_int_equal(fake_netd_welcome(&w.agentd.netd), 0);
	/* another provider than was asked */
	world_sign_in(&w, "alice");
	assert_int_equal(talk_reply(&w.talk, MSG_ANSWER), 0);
	assert_int_equal(fake_netd_identity(&w.agentd.netd, w.flow, "other", WORLD_ISS, "s1",
					    "alice", "staff"),
			 0);
	assert_int_equal(world_finish(&w), WIRE_UNAVAIL);
	world_end(&w);
}

static void test_the_mouth_gets_its_secrets_and_nobody_else(void **state)
{
	struct world w;
	(void)state;
	if (!world_make(&w, config_scim, true))
		skip();
	assert_int_equal(w.agentd.netd.setups, 2);
	assert_string_equal(w.agentd.netd.secret, AGENTD_TOKEN);
	world_end(&w);
}

/* A pass that ends in the middle publishes nothing and is tried again. */
static void test_half_a_synchronisation_is_no_synchronisation(void **state)
{
	static const char *const name[] = { "mallory", NULL };
	struct world w;
	struct wire_in in;
	struct talk talk;
	uint64_t flow, other;
	(void)state;
	if (!world_make(&w, config_scim, true))
		skip();
	world_ask_sync(&w, &talk, true, false);
	assert_int_equal(fake_netd_expect(&w.agentd.netd, MSG_DIR_SYNC, &flow), 0);
	assert_int_equal(fake_netd_expect(&w.agentd.netd, MSG_CREDIT, &other), 0);
	assert_int_equal(fake_netd_user(&w.agentd.netd, flow, "s9", "mallory"), 0);
	fake_netd_hang_up(&w.agentd.netd);
	assert_int_equal(talk_next(&talk, &in), 0);
	assert_int_equal(in.type, MSG_ROW);
	assert_int_equal(talk_next(&talk, &in), 0);
	assert_int_equal(in.type, MSG_END);
	assert_int_equal(wire_get_u32(&in), 1);
	assert_int_equal(talk_ask(&talk, MSG_SHOW_USER, name), 0);
	assert_int_equal(talk_next_type(&talk), MSG_END);
	assert_true(world_uid_of(&w, "alice") >= UID_RANGE_FLOOR);
	talk_close(&talk);
	world_end(&w);
}

/* "idpctl sync" comes back when lookups see what it fetched. */
static void test_a_synchronisation_ends_when_it_is_published(void **state)
{
	struct world w;
	struct wire_in in;
	struct talk talk;
	uint64_t flow, credit;
	(void)state;
	if (!world_make(&w, config_scim, true))
		skip();
	world_ask_sync(&w, &talk, false, true);
	assert_int_equal(fake_netd_expect(&w.agentd.netd, MSG_DIR_SYNC, &flow), 0);
	assert_int_equal(fake_netd_expect(&w.agentd.netd, MSG_CREDIT, &credit), 0);
	assert_int_equal(fake_netd_user(&w.agentd.netd, flow, "s4", "gina"), 0);
	assert_int_equal(fake_netd_end(&w.agentd.netd, flow, true, ""), 0);
	do {
		assert_int_equal(talk_next(&talk, &in), 0);
	} while (in.type == MSG_PROGRESS);
	assert_int_equal(in.type, MSG_ROW);
	assert_true(is_published(&w, "gina"));
	assert_int_equal(talk_next(&talk, &in), 0);
	assert_int_equal(in.type, MSG_END);
	assert_int_equal(wire_get_u32(&in), 0);
	talk_close(&talk);
	world_end(&w);
}

/* Nor does it when the snapshot takes many slices, in which others are served. */
static void test_a_large_synchronisation_ends_when_it_is_published(void **state)
{
	static const char *const name[] = { "alice", NULL };
	struct world w;
	struct wire_in in;
	struct talk talk;
	uint64_t flow, credit;
	(void)state;
	if (!world_make(&w, config_scim, true))
		skip();
	wait_for_published(&w, "alice");
	world_ask_sync(&w, &talk, true, true);
	assert_int_equal(fake_netd_expect(&w.agentd.netd, MSG_DIR_SYNC, &flow), 0);
	assert_int_equal(fake_netd_expect(&w.agentd.netd, MSG_CREDIT, &credit), 0);
	for (unsigned i = 0; i < 6000; i++) {
		char id[16];

		(void)snprintf(id, sizeof(id), "large%u", i);
		if (i % (DIR_CREDIT / 4) == 0)
			(void)poll(NULL, 0, 1); /* so that the socket takes it */
		assert_int_equal(fake_netd_user(&w.agentd.netd, flow, id, id), 0);
	}
	assert_int_equal(fake_netd_user(&w.agentd.netd, flow, "s1", "alice"), 0);
	assert_int_equal(fake_netd_end(&w.agentd.netd, flow, true, ""), 0);
	do {
		assert_int_equal(talk_next(&talk, &in), 0);
		assert_int_equal(talk_ask(&w.talk, MSG_GETPWNAM, name), 0);
		assert_int_equal(talk_next_type(&w.talk), MSG_USER);
	} while (in.type == MSG_PROGRESS);
	assert_int_equal(in.type, MSG_ROW);
	assert_true(is_published(&w, "large0"));
	assert_true(is_published(&w, "large5999"));
	assert_int_equal(talk_next(&talk, &in), 0);
	assert_int_equal(in.type, MSG_END);
	assert_int_equal(wire_get_u32(&in), 0);
	talk_close(&talk);
	world_end(&w);
}

static void test_the_doctor_relays_what_the_mouth_finds(void **state)
{
	static const char *const none[] = { NULL };
	struct world w;
	struct wire_in in;
	struct talk talk;
	uint64_t flow;
	bool seen = false;
	(void)state;
	if (!world_make(&w, config_scim, true))
		skip();
	assert_int_equal(talk_open(&talk, &w.agentd, "control"), 0);
	assert_int_equal(talk_ask(&talk, MSG_DOCTOR, none), 0);
	assert_int_equal(fake_netd_expect(&w.agentd.netd, MSG_PROBE, &flow), 0);
	wire_begin(&w.agentd.netd.out, MSG_FINDING, 0);
	wire_put_u64(&w.agentd.netd.out, flow);
	wire_put_u32(&w.agentd.netd.out, WIRE_FINDING_ERROR);
	wire_put_str(&w.agentd.netd.out, "tls");
	wire_put_str(&w.agentd.netd.out, "The certificate is not trusted.");
	wire_put_str(&w.agentd.netd.out, "Set ca.");
	assert_int_equal(fake_netd_send(&w.agentd.netd), 0);
	wire_begin(&w.agentd.netd.out, MSG_PROBE_END, 0);
	wire_put_u64(&w.agentd.netd.out, flow);
	assert_int_equal(fake_netd_send(&w.agentd.netd), 0);
	for (;;) {
		assert_int_equal(talk_next(&talk, &in), 0);
		if (in.type == MSG_END)
			break;
		assert_string_equal(wire_get_str(&in, 64), "finding");
		assert_int_equal(wire_get_count(&in), 4);
		(void)wire_get_field(&in);
		seen = seen || !strcmp(wire_get_field(&in).value, "tls");
	}
	assert_true(seen);
	assert_int_equal(wire_get_u32(&in), 1);
	talk_close(&talk);
	world_end(&w);
}

static void tell(struct world *w, uint64_t flow, uint32_t level, const char *topic,
		 const char *text, const char *remedy)
{
	wire_begin(&w->agentd.netd.out, MSG_FINDING, 0);
	wire_put_u64(&w->agentd.netd.out, flow);
	wire_put_u32(&w->agentd.netd.out, level);
	wire_put_str(&w->agentd.netd.out, topic);
	wire_put_str(&w->agentd.netd.out, text);
	wire_put_str(&w->agentd.netd.out, remedy);
	assert_int_equal(fake_netd_send(&w->agentd.netd), 0);
}

static void tell_the_end(struct world *w, uint64_t flow)
{
	wire_begin(&w->agentd.netd.out, MSG_PROBE_END, 0);
	wire_put_u64(&w->agentd.netd.out, flow);
	assert_int_equal(fake_netd_send(&w->agentd.netd), 0);
}

/* SCOPE_PROBE comes, and there is nowhere to ask. */
static void tell_no_scopes(struct world *w)
{
	uint64_t flow;

	assert_int_equal(fake_netd_expect(&w->agentd.netd, MSG_SCOPE_PROBE, &flow), 0);
	wire_begin(&w->agentd.netd.out, MSG_SCOPES, 0);
	wire_put_u64(&w->agentd.netd.out, flow);
	wire_put_str(&w->agentd.netd.out, "");
	wire_put_bool(&w->agentd.netd.out, false);
	wire_put_bool(&w->agentd.netd.out, false);
	wire_put_count(&w->agentd.netd.out, 0);
	assert_int_equal(fake_netd_send(&w->agentd.netd), 0);
}

/* Puts every row until END as "kind value value ...;" into text; the exit status. */
static uint32_t collect_rows(struct talk *talk, char *text, size_t room)
{
	struct wire_in in;
	size_t len = 0;

	text[0] = '\0';
	for (;;) {
		assert_int_equal(talk_next(talk, &in), 0);
		if (in.type == MSG_END)
			return wire_get_u32(&in);
		assert_int_equal(in.type, MSG_ROW);
		len += (size_t)snprintf(text + len, room - len, "%s", wire_get_str(&in, 64));
		for (uint32_t n = wire_get_count(&in); n > 0 && len < room; n--)
			len += (size_t)snprintf(text + len, room - len, " %s",
						wire_get_field(&in).value);
		assert_true(len + 2 < room);
		len += (size_t)snprintf(text + len, room - len, ";");
	}
}

static void assert_row(const char *rows, const char *row)
{
	if (!strstr(rows, row))
		fail_msg("\"%s\" is not among: %s", row, rows);
}

static void test_a_provider_is_checked(void **state)
{
	static const char *const corp[] = { "corp", NULL };
	static const char *const crop[] = { "crop", NULL };
	static char rows[32768];
	struct world w;
	struct talk talk;
	uint64_t flow;
	(void)state;
	if (!world_make(&w, config_scim, true))
		skip();
	assert_int_equal(talk_open(&talk, &w.agentd, "control"), 0);
	assert_int_equal(talk_ask(&talk, MSG_PROVIDER_CHECK, corp), 0);
	assert_int_equal(fake_netd_expect(&w.agentd.netd, MSG_PROBE, &flow), 0);
	tell(&w, flow, WIRE_FINDING_OK, "provider corp", "clocks agree", "");
	tell(&w, flow, WIRE_FINDING_OFFER, "provider corp", "scopes_supported", "openid Profile");
	tell(&w, flow, WIRE_FINDING_USE, "provider corp", "device_authorization_endpoint", "");
	tell(&w, flow, WIRE_FINDING_USE, "provider corp", "token_endpoint", "https://t");
	tell(&w, flow, WIRE_FINDING_ERROR, "directory corp", "not asked about", "x");
	tell_the_end(&w, flow);
	tell_no_scopes(&w);
	assert_int_equal(collect_rows(&talk, rows, sizeof(rows)), 1);
	assert_row(rows, "setting corp preset default generic;");
	assert_row(rows, "setting corp leeway default 30s;");
	assert_row(rows, "idp.conf:");
	assert_row(rows, "offer corp scopes_supported openid Profile;use corp");
	assert_row(rows, "use corp token_endpoint discovery https://t;finding ok provider corp");
	assert_row(rows,
		   "scope profile, which is not offered; Profile is, and differs only in case");
	assert_row(rows, "finding error provider corp [service default] signs people in with flow");
	assert_null(strstr(rows, "not asked about"));
	assert_null(strstr(rows, AGENTD_TOKEN));
	assert_int_equal(talk_ask(&talk, MSG_PROVIDER_CHECK, crop), 0);
	assert_int_equal(collect_rows(&talk, rows, sizeof(rows)), 1);
	assert_string_equal(rows, "");
	/* Whoever hangs up is forgotten, and so is the question. */
	assert_int_equal(talk_ask(&talk, MSG_PROVIDER_CHECK, corp), 0);
	assert_int_equal(fake_netd_expect(&w.agentd.netd, MSG_PROBE, &flow), 0);
	talk_close(&talk);
	assert_int_equal(fake_netd_expect(&w.agentd.netd, MSG_ABORT, &flow), 0);
	world_end(&w);
}

static void test_why_remembers_the_last_decision(void **state)
{
	static const char *const texts[] = { "alice", "sshd", NULL };
	struct world w;
	struct wire_in in;
	struct talk talk;
	(void)state;
	if (!world_make(&w, config_scim, true))
		skip();
	assert_int_equal(talk_pam(&w.talk, MSG_ACCT, "alice"), 0);
	assert_int_equal(world_finish(&w), WIRE_PERMIT);
	assert_int_equal(talk_open(&talk, &w.agentd, "control"), 0);
	assert_int_equal(talk_ask(&talk, MSG_WHY, texts), 0);
	assert_int_equal(talk_next(&talk, &in), 0);
	assert_int_equal(in.type, MSG_ROW);
	assert_string_equal(wire_get_str(&in, 64), "decision");
	assert_int_equal(wire_get_count(&in), 9);
	(void)wire_get_field(&in);
	assert_string_equal(wire_get_field(&in).value, "alice");
	assert_string_equal(wire_get_field(&in).value, "sshd");
	assert_string_equal(wire_get_field(&in).value, "account");
	assert_string_equal(wire_get_field(&in).value, "permit");
	assert_string_equal(wire_get_field(&in).value, "permit rule=staff");
	assert_int_equal(talk_next_type(&talk), MSG_END);
	talk_close(&talk);
	world_end(&w);
}

/* Says what systemd would hear until it has heard all of them. */
static void hear(int fd, const char *const *wanted)
{
	usec_t deadline = clock_now() + 10 * USEC_PER_SEC;
	char text[1024];

	while (*wanted) {
		ssize_t n = recv(fd, text, sizeof(text) - 1, MSG_DONTWAIT);

		if (clock_now() > deadline)
			fail_msg("never heard %s", *wanted);
		if (n < 0) {
			(void)poll(NULL, 0, 5);
			continue;
		}
		text[n] = '\0';
		if (strstr(text, *wanted))
			wanted++;
	}
}

static void test_systemd_hears_ready_watchdog_reload_and_stop(void **state)
{
	static const char *const first[] = { "READY=1", "WATCHDOG=1", "WATCHDOG=1", NULL };
	static const char *const second[] = { "RELOADING=1", "READY=1",
					      "STATUS=CONFIGURATION REFUSED", NULL };
	static const char *const third[] = { "READY=1", "STATUS=", NULL };
	static const char *const last[] = { "STOPPING=1", NULL };
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct world w;
	int fd;
	(void)state;
	if (getuid() != 0)
		skip();
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	(void)snprintf(address.sun_path, sizeof(address.sun_path), "/tmp/idp-notify-%i", getpid());
	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(setenv("NOTIFY_SOCKET", address.sun_path, 1), 0);
	assert_int_equal(setenv("WATCHDOG_USEC", "400000", 1), 0);
	if (!world_make(&w, config_scim, true))
		skip();
	(void)unsetenv("NOTIFY_SOCKET");
	(void)unsetenv("WATCHDOG_USEC");
	hear(fd, first);
	assert_int_equal(agentd_put(&w.agentd, "idp.conf", "[agent]\nnonsense = 1\n"), 0);
	assert_int_equal(kill(w.agentd.pid, SIGHUP), 0);
	hear(fd, second);
	assert_int_equal(agentd_put(&w.agentd, "idp.conf", config_scim), 0);
	assert_int_equal(kill(w.agentd.pid, SIGHUP), 0);
	hear(fd, third);
	world_end(&w);
	hear(fd, last);
	(void)unlink(address.sun_path);
	(void)close(fd);
}

/* A user of this host asks about others, and about itself. */
static void ask_as(const struct agentd *agentd, uid_t uid, const char *user, int want)
{
	pid_t child = fork();
	int status;

	assert_true(child >= 0);
	if (child == 0) {
		char reason[REASON_MAX], text[REASON_MAX];
		struct talk talk;

		if (setgid(uid) < 0 || setuid(uid) < 0 || talk_open(&talk, agentd, "agent") < 0 ||
		    talk_pam(&talk, MSG_ACCT, user) < 0)
			_exit(99);
		_exit(talk_done(&talk, reason, text));
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), want);
}

static void test_users_ask_about_themselves_only(void **state)
{
	struct world w;
	uint32_t alice;
	(void)state;
	if (!world_make(&w, config_scim, true))
		skip();
	alice = world_uid_of(&w, "alice");
	ask_as(&w.agentd, alice, "alice", WIRE_PERMIT);
	ask_as(&w.agentd, alice, "bob", WIRE_NOT_OURS);
	ask_as(&w.agentd, 12345, "alice", WIRE_NOT_OURS);
	world_end(&w);
}

/* A flood from user 12345; root must get in meanwhile. */
static void flood(const struct agentd *agentd, unsigned n)
{
	char path[108];
	int fd;

	if (setgid(12345) < 0 || setuid(12345) < 0)
		_exit(1);
	for (unsigned i = 0; i < n; i++) /* those refused are closed by the agent, not by us */
		IGNORE(sock_connect(agentd_path(agentd, "agent", path), clock_now() + USEC_PER_SEC,
				    &fd));
	_exit(0);
}

static void test_root_gets_in_under_ten_thousand_connections(void **state)
{
	struct rlimit limit = { 16384, 16384 };
	struct world w;
	struct talk talk;
	pid_t child;
	int status;
	(void)state;
	if (!world_make(&w, config_scim, true))
		skip();
	if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
		skip();
	child = fork();
	assert_true(child >= 0);
	if (child == 0)
		flood(&w.agentd, 10000);
	for (unsigned i = 0; i < 50; i++) {
		usec_t begin = clock_now();

		assert_int_equal(talk_open(&talk, &w.agentd, "agent"), 0);
		assert_int_equal(talk_pam(&talk, MSG_ACCT, "alice"), 0);
		assert_int_equal(talk_done(&talk, w.reason, w.text), WIRE_PERMIT);
		talk_close(&talk);
		assert_true(clock_now() - begin < 2 * USEC_PER_SEC);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	world_end(&w);
}

TEST_MAIN(TEST(test_device_login_is_granted), TEST(test_a_session_has_the_strictest_end),
	  TEST(test_approval_before_enter_grants_at_enter),
	  TEST(test_a_token_is_checked_and_grants),
	  TEST(test_an_old_sign_in_is_refused_with_a_token_too),
	  TEST(test_somebody_elses_sign_in_is_refused),
	  TEST(test_a_weaker_sign_in_than_asked_is_refused), TEST(test_refusals_are_told_apart),
	  TEST(test_netd_dying_is_told), TEST(test_hanging_up_aborts_the_flow),
	  TEST(test_cancel_aborts_the_flow), TEST(test_two_sign_ins_of_one_person_are_apart),
	  TEST(test_a_person_has_few_sign_ins_at_once),
	  TEST(test_local_and_impossible_names_are_not_ours),
	  TEST(test_who_was_shown_a_placeholder_opens_no_session),
	  TEST(test_a_person_is_learned_and_asked_to_come_again),
	  TEST(test_a_miss_asks_the_directory_once), TEST(test_who_is_learned_is_published),
	  TEST(test_a_miss_is_remembered_and_an_outage_is_not),
	  TEST(test_a_silent_platform_is_unavailable_in_time), TEST(test_uids_survive_a_kill),
	  TEST(test_a_bad_configuration_keeps_the_good_one),
	  TEST(test_a_reload_in_the_middle_breaks_nothing),
	  TEST(test_what_cannot_be_started_says_which_exit_code),
	  TEST(test_garbage_costs_the_connection_only),
	  TEST(test_a_client_that_does_not_read_is_dropped),
	  TEST(test_netd_that_breaks_the_rules_loses_the_link),
	  TEST(test_the_mouth_gets_its_secrets_and_nobody_else),
	  TEST(test_half_a_synchronisation_is_no_synchronisation),
	  TEST(test_a_synchronisation_ends_when_it_is_published),
	  TEST(test_a_large_synchronisation_ends_when_it_is_published),
	  TEST(test_the_doctor_relays_what_the_mouth_finds), TEST(test_a_provider_is_checked),
	  TEST(test_why_remembers_the_last_decision),
	  TEST(test_systemd_hears_ready_watchdog_reload_and_stop),
	  TEST(test_users_ask_about_themselves_only),
	  TEST(test_root_gets_in_under_ten_thousand_connections))
