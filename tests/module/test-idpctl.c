/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/lib/test.h"

/* The real idpctl against a scripted agent: exit status, what is asked, what is shown. */

#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/client.h"
#include "tests/lib/fake-agent.h"

static char program[PATH_MAX];

struct outcome {
	int status;
	char out[65536];
	char err[65536];
};

static void slurp(FILE *f, char *text, size_t room)
{
	size_t n;

	rewind(f);
	n = fread(text, 1, room - 1, f);
	text[n] = '\0';
	(void)fclose(f);
}

/* As nobody, when this is root: by a descriptor, since nobody may not walk to the program. */
static void become_nobody(void)
{
	if (getuid() != 0)
		return;
	if (setgroups(0, NULL) < 0 || setresgid(65534, 65534, 65534) < 0 ||
	    setresuid(65534, 65534, 65534) < 0)
		_exit(126);
}

/* argv without the program's name, NULL at the end. */
static void run(struct outcome *outcome, const char *const *args, bool nobody)
{
	FILE *out = tmpfile();
	FILE *err = tmpfile();
	char *argv[128] = { program };
	int fd = open(program, O_RDONLY | O_CLOEXEC);
	int status = -1;
	pid_t pid;

	assert_non_null(out);
	assert_non_null(err);
	assert_true(fd >= 0);
	for (size_t i = 0; args[i]; i++)
		argv[i + 1] = strdup(args[i]);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		if (dup2(fileno(out), 1) < 0 || dup2(fileno(err), 2) < 0)
			_exit(127);
		if (nobody)
			become_nobody();
		(void)fexecve(fd, argv, environ);
		_exit(127);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	(void)close(fd);
	for (size_t i = 1; argv[i]; i++)
		free(argv[i]);
	outcome->status = WEXITSTATUS(status);
	slurp(out, outcome->out, sizeof(outcome->out));
	slurp(err, outcome->err, sizeof(outcome->err));
}

#define RUN(outcome, ...) run(outcome, (const char *const[]){ __VA_ARGS__, NULL }, false)

static struct outcome got;

static void assert_has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("\"%s\" does not have \"%s\"", text, part);
}

/* ---- scripts ---- */

static void answers_status(struct fake_peer *peer)
{
	static const struct wire_field agent[] = { { 's', "version", "0.1.0" },
						   { 's', "state", "running\x1b[31m" },
						   { 'n', "clients", "3" } };

	fake_expect(peer, MSG_STATUS);
	fake_row(peer, "agent", agent, ELEMENTSOF(agent));
	fake_end(peer, 0, "", "");
}

static void answers_user(struct fake_peer *peer)
{
	static const struct wire_field user[] = { { 's', "name", "alice" },
						  { 'n', "uid", "1879048193" } };

	fake_expect(peer, MSG_SHOW_USER);
	fake_expect_str(peer, "alice");
	fake_row(peer, "user", user, ELEMENTSOF(user));
	fake_end(peer, 0, "", "");
}

static void knows_no_group(struct fake_peer *peer)
{
	fake_expect(peer, MSG_SHOW_GROUP);
	fake_expect_str(peer, "no\x1bsuch");
	fake_end(peer, 1, "not-found", "There is no group no\x1bsuch.");
}

static void answers_why(struct fake_peer *peer)
{
	static const struct wire_field decision[] = { { 's', "user", "alice" },
						      { 's', "result", "deny" },
						      { 's', "reason", "no-rule" } };

	fake_expect(peer, MSG_WHY);
	fake_expect_str(peer, "alice");
	fake_expect_str(peer, "sshd");
	fake_row(peer, "decision", decision, ELEMENTSOF(decision));
	fake_end(peer, 0, "", "");
}

static void answers_why_of_any_service(struct fake_peer *peer)
{
	fake_expect(peer, MSG_WHY);
	fake_expect_str(peer, "alice");
	fake_expect_str(peer, "");
	fake_end(peer, 1, "not-found", "Nothing was decided about alice.");
}

static void says_can(struct fake_peer *peer)
{
	static const char *const wanted[] = { "group:staff", "scope:host.sudo", "loa:2",
					      "from:192.0.2.1" };
	static const struct wire_field can[] = { { 's', "user", "alice" },
						 { 's', "result", "step-up" },
						 { 's', "asks", "scope=host.sudo" } };

	fake_expect(peer, MSG_CAN);
	fake_expect_str(peer, "alice");
	fake_expect_str(peer, "sudo");
	fake_expect_str(peer, "root");
	if (wire_get_count(&peer->in) != ELEMENTSOF(wanted))
		_exit(1);
	for (size_t i = 0; i < ELEMENTSOF(wanted); i++)
		fake_expect_str(peer, wanted[i]);
	if (!wire_get_bool(&peer->in))
		_exit(1);
	fake_row(peer, "can", can, ELEMENTSOF(can));
	fake_end(peer, 1, "", "alice may use sudo only after a new sign-in.");
}

static void shows_policy(struct fake_peer *peer)
{
	static const struct wire_field service[] = {
		{ 's', "name", "sshd" },
		{ 's', "host", "build7" },
		{ 's', "sign_in", "People sign in with a code.\nIt asks for the scopes openid." },
		{ 'n', "let_in", "1" },
	};
	static const struct wire_field rule[] = { { 's', "name", "staff" },
						  { 's', "effect", "allow" },
						  { 's', "text", "People may enter.\nNot bob." } };

	fake_expect(peer, MSG_POLICY_SHOW);
	fake_expect_str(peer, "sshd");
	fake_row(peer, "service", service, ELEMENTSOF(service));
	fake_row(peer, "rule", rule, ELEMENTSOF(rule));
	fake_end(peer, 0, "", "Nobody else may use sshd.");
}

static void puts_on_trial(struct fake_peer *peer)
{
	static const struct wire_field policy[] = { { 's', "state", "on trial" },
						    { 's', "hash", "00ff" },
						    { 's', "rules", "11ee" },
						    { 's', "files", "in force" } };

	fake_expect(peer, MSG_POLICY_APPLY);
	fake_expect_u32(peer, 300);
	if (!*wire_get_str(&peer->in, POLICY_SESSION_MAX) || wire_get_bool(&peer->in))
		_exit(1);
	fake_row(peer, "policy", policy, ELEMENTSOF(policy));
	fake_end(peer, 0, "", "The policy is on trial for 5 minutes.");
}

static void refuses_to_confirm(struct fake_peer *peer)
{
	fake_expect(peer, MSG_POLICY_CONFIRM);
	if (!*wire_get_str(&peer->in, POLICY_SESSION_MAX) || !wire_get_u64(&peer->in) ||
	    wire_get_bool(&peer->in))
		_exit(1);
	fake_end(peer, 1, "old-session", "Nothing was changed: this session is older.");
}

static void is_for_root(struct fake_peer *peer)
{
	fake_expect(peer, MSG_POLICY_ROLLBACK);
	fake_end(peer, 4, "forbidden", "Nothing was changed: only root may.");
}

static void confirms_by_force(struct fake_peer *peer)
{
	fake_expect(peer, MSG_POLICY_CONFIRM);
	(void)wire_get_str(&peer->in, POLICY_SESSION_MAX);
	(void)wire_get_u64(&peer->in);
	if (!wire_get_bool(&peer->in))
		_exit(1);
	fake_end(peer, 0, "", "The policy stays in force.");
}

static void tells_status_with_policy(struct fake_peer *peer)
{
	static const struct wire_field agent[] = { { 's', "version", "9" } };
	static const struct wire_field policy[] = { { 's', "state", "in force" },
						    { 's', "hash", "00ff" },
						    { 's', "files", "in force" } };

	fake_expect(peer, MSG_STATUS);
	fake_row(peer, "agent", agent, ELEMENTSOF(agent));
	fake_row(peer, "policy", policy, ELEMENTSOF(policy));
	fake_row(peer, "agent", agent, ELEMENTSOF(agent));
	fake_end(peer, 0, "", "");
}

static void syncs(struct fake_peer *peer)
{
	static const struct wire_field sync[] = { { 's', "directory", "corp" },
						  { 'b', "full", "true" },
						  { 'n', "users", "20" } };

	fake_expect(peer, MSG_SYNC);
	fake_expect_str(peer, "corp");
	if (!wire_get_bool(&peer->in) || wire_get_bool(&peer->in))
		_exit(1);
	fake_progress(peer, 10, 20, "corp: users");
	fake_progress(peer, 20, 20, "corp: users");
	fake_row(peer, "sync", sync, ELEMENTSOF(sync));
	fake_end(peer, 0, "", "");
}

static void syncs_everything_by_force(struct fake_peer *peer)
{
	fake_expect(peer, MSG_SYNC);
	fake_expect_str(peer, "");
	if (wire_get_bool(&peer->in) || !wire_get_bool(&peer->in))
		_exit(1);
	fake_end(peer, 1, "platform-unreachable", "corp: the platform does not answer.");
}

static void refuses_to_reload(struct fake_peer *peer)
{
	static const struct wire_field problem[] = { { 's', "text", "idp.conf:3: no such key" } };

	fake_expect(peer, MSG_RELOAD);
	fake_row(peer, "problem", problem, ELEMENTSOF(problem));
	fake_end(peer, 1, "config-invalid", "The last good configuration stays in force.");
}

static void flushes(struct fake_peer *peer)
{
	fake_expect(peer, MSG_FLUSH);
	fake_end(peer, 0, "", "7 answers were forgotten.");
}

static void settles(struct fake_peer *peer, bool keep, bool yes)
{
	static const struct wire_field rebind[] = { { 's', "provider", "corp" },
						    { 'n', "people", "7" },
						    { 's', "subject_from", "id_token" },
						    { 's', "new_subject_from", "token:/user_id" } };

	fake_expect(peer, MSG_REBIND);
	fake_expect_str(peer, "corp");
	if (wire_get_bool(&peer->in) != keep || wire_get_bool(&peer->in) != yes)
		_exit(1);
	fake_row(peer, "rebind", rebind, ELEMENTSOF(rebind));
	fake_end(peer, yes ? 0 : 1, yes ? "" : "confirm", "Say it again with --yes.");
}

static void asks_to_confirm(struct fake_peer *peer)
{
	settles(peer, false, false);
}

static void settles_and_keeps(struct fake_peer *peer)
{
	settles(peer, true, true);
}

static void finds_something(struct fake_peer *peer)
{
	static const struct wire_field finding[] = { { 's', "level", "warning" },
						     { 's', "topic", "platform" },
						     { 's', "text", "its clock is 40 s ahead." },
						     { 's', "remedy", "set it" } };

	fake_expect(peer, MSG_DOCTOR);
	fake_row(peer, "finding", finding, ELEMENTSOF(finding));
	fake_end(peer, 0, "", "");
}

static void checks_a_provider(struct fake_peer *peer)
{
	static const struct wire_field setting[] = { { 's', "provider", "corp" },
						     { 's', "key", "client_secret" },
						     { 's', "from", "/etc/idp/idp.conf:7" },
						     { 's', "value", "credential:corp" } };
	static const struct wire_field use[] = { { 's', "provider", "corp" },
						 { 's', "what", "token_endpoint" },
						 { 's', "from", "discovery" },
						 { 's', "value", "https://id.example.org/t" } };
	static const struct wire_field finding[] = { { 's', "level", "error" },
						     { 's', "topic", "provider corp" },
						     { 's', "text", "there is no way in." },
						     { 's', "remedy", "make one" } };

	fake_expect(peer, MSG_PROVIDER_CHECK);
	fake_expect_str(peer, "corp");
	fake_row(peer, "setting", setting, ELEMENTSOF(setting));
	fake_row(peer, "use", use, ELEMENTSOF(use));
	fake_row(peer, "finding", finding, ELEMENTSOF(finding));
	fake_end(peer, 1, "findings", "Something needs your attention.");
}

static void checks_all_providers(struct fake_peer *peer)
{
	fake_expect(peer, MSG_PROVIDER_CHECK);
	fake_expect_str(peer, "");
	fake_end(peer, 0, "", "");
}

static void knows_no_provider(struct fake_peer *peer)
{
	fake_expect(peer, MSG_PROVIDER_CHECK);
	fake_expect_str(peer, "crop");
	fake_end(peer, 1, "not-found", "There is no [provider crop]: did you mean corp?");
}

static void mends_a_scope(struct fake_peer *peer)
{
	static const struct wire_field scope[] = {
		{ 's', "provider", "corp" },    { 's', "scope", "host.Sudo" },
		{ 's', "platform", "refused" }, { 's', "host", "asked for" },
		{ 'b', "registered", "true" },  { 's', "rules", "allow admin" }
	};
	static const struct wire_field step[] = { { 's', "scope", "host.Sudo" },
						  { 'n', "step", "1" },
						  { 's', "text", "Register it." } };

	fake_expect(peer, MSG_SCOPE_CHECK);
	fake_expect_str(peer, "");
	fake_row(peer, "scope_check", scope, ELEMENTSOF(scope));
	fake_row(peer, "step", step, ELEMENTSOF(step));
	fake_end(peer, 1, "findings", "Something needs your attention.");
}

static void hands_scopes_over(struct fake_peer *peer)
{
	static const struct wire_field asked[] = { { 's', "provider", "corp" },
						   { 's', "scopes", "openid" } };
	static const struct wire_field line[] = { { 's', "scope", "host.sudo" },
						  { 's', "protects", "sudo" },
						  { 's', "description", "Become root" },
						  { 's', "provider", "" },
						  { 's', "request", "on-demand" },
						  { 'b', "optional", "false" },
						  { 'b', "disabled", "true" } };

	fake_expect(peer, MSG_SCOPE_LIST);
	fake_row(peer, "asked", asked, ELEMENTSOF(asked));
	fake_row(peer, "register", line, ELEMENTSOF(line));
	fake_end(peer, 0, "", "sha256:00");
}

static void raves(struct fake_peer *peer)
{
	fake_expect(peer, MSG_STATUS);
	fake_raw(peer, "hello", 5);
}

static void answers_pam(struct fake_peer *peer)
{
	fake_expect(peer, MSG_STATUS);
	fake_done(peer, WIRE_PERMIT, "", "", 0, NULL);
}

static void dies(struct fake_peer *peer)
{
	fake_expect(peer, MSG_STATUS);
	fake_row(peer, "agent", NULL, 0);
	fake_die();
}

/* ---- tests ---- */

static void test_status_is_shown(void **state _unused_)
{
	struct fake_agent agent;

	fake_agent_start(&agent, answers_status, 1);
	RUN(&got, "--socket", agent.path, "status");
	assert_true(fake_agent_stop(&agent));
	assert_int_equal(got.status, 0);
	assert_string_equal(got.out, "Agent\n"
				     "  Version             0.1.0\n"
				     "  State               running\\x1B[31m\n"
				     "  Connections         3\n");
	assert_string_equal(got.err, "");
}

static void test_machines_get_the_same(void **state _unused_)
{
	struct fake_agent agent;

	fake_agent_start(&agent, answers_user, 1);
	RUN(&got, "user", "--json", "alice", "--socket", agent.path);
	assert_true(fake_agent_stop(&agent));
	assert_int_equal(got.status, 0);
	assert_string_equal(got.out,
			    "{\n  \"command\": \"user\",\n  \"status\": 0,\n"
			    "  \"reason\": \"\",\n  \"text\": \"\",\n  \"rows\": [\n    {\n"
			    "      \"row\": \"user\",\n      \"name\": \"alice\",\n"
			    "      \"uid\": 1879048193\n    }\n  ]\n}\n");
}

static void test_a_negative_answer_is_1(void **state _unused_)
{
	struct fake_agent agent;

	fake_agent_start(&agent, knows_no_group, 1);
	RUN(&got, "--socket", agent.path, "group", "no\x1bsuch");
	assert_true(fake_agent_stop(&agent));
	assert_int_equal(got.status, 1);
	assert_string_equal(got.out, "");
	assert_string_equal(got.err, "idpctl: There is no group no\\x1Bsuch. (not-found)\n");
}

static void test_can_carries_what_is_supposed(void **state _unused_)
{
	struct fake_agent agent;
	const char *args[2 * 65 + 6] = { "can", "alice", "sshd" };

	fake_agent_start(&agent, says_can, 1);
	RUN(&got, "--socket", agent.path, "can", "alice", "sudo", "--with=group:staff",
	    "--scope=host.sudo", "--loa=2", "--from=192.0.2.1", "--as=root", "--only");
	assert_true(fake_agent_stop(&agent));
	assert_int_equal(got.status, 1);
	assert_string_equal(got.out, "If asked now\n"
				     "  User                   alice\n"
				     "  Result                 step-up\n"
				     "  Sign-in would ask for  scope=host.sudo\n"
				     "\n"
				     "alice may use sudo only after a new sign-in.\n");
	for (size_t i = 0; i < 65; i++)
		args[3 + i] = "--scope=x";
	run(&got, args, false);
	assert_int_equal(got.status, 2);
	assert_has(got.err, "that is too much to suppose");
	RUN(&got, "can", "alice");
	assert_int_equal(got.status, 2);
	RUN(&got, "status", "--scope=x");
	assert_int_equal(got.status, 2);
}

static void test_policy_show_tells_sentences(void **state _unused_)
{
	static const char *const wrong[][3] = { { "policy", NULL, NULL },
						{ "policy", "show", NULL },
						{ "policy", "tell", "sshd" } };
	struct fake_agent agent;

	fake_agent_start(&agent, shows_policy, 1);
	RUN(&got, "--socket", agent.path, "policy", "show", "sshd");
	assert_true(fake_agent_stop(&agent));
	assert_int_equal(got.status, 0);
	assert_string_equal(got.out, "Service sshd\n"
				     "  Host                build7\n"
				     "  Sign-in\n"
				     "      People sign in with a code.\n"
				     "      It asks for the scopes openid.\n"
				     "  Rules that let in   1\n"
				     "\n"
				     "Rule staff\n"
				     "  Effect              allow\n"
				     "  Says\n"
				     "      People may enter.\n"
				     "      Not bob.\n"
				     "\n"
				     "Nobody else may use sshd.\n");
	for (size_t i = 0; i < ELEMENTSOF(wrong); i++) {
		run(&got, (const char *const[]){ wrong[i][0], wrong[i][1], wrong[i][2], NULL },
		    false);
		assert_int_equal(got.status, 2);
	}
}

static void test_policy_is_tried_and_confirmed(void **state _unused_)
{
	static const char *const wrong[] = { "5", "29s", "2d", "soon", "" };
	struct fake_agent agent;

	fake_agent_start(&agent, puts_on_trial, 1);
	RUN(&got, "--socket", agent.path, "policy", "apply", "--confirm", "5m");
	assert_true(fake_agent_stop(&agent));
	assert_int_equal(got.status, 0);
	assert_string_equal(got.out, "Policy\n"
				     "  State               on trial\n"
				     "  Fingerprint         00ff\n"
				     "  of its rules        11ee\n"
				     "  Files               in force\n"
				     "\n"
				     "The policy is on trial for 5 minutes.\n");
	for (size_t i = 0; i < ELEMENTSOF(wrong); i++) {
		RUN(&got, "policy", "apply", "--confirm", wrong[i]);
		assert_int_equal(got.status, 2);
		assert_has(got.err, "--confirm takes a time between 30s and 1d");
	}
	fake_agent_start(&agent, refuses_to_confirm, 1);
	RUN(&got, "--socket", agent.path, "policy", "confirm");
	assert_true(fake_agent_stop(&agent));
	assert_int_equal(got.status, 1);
	assert_has(got.err, "this session is older. (old-session)");
	fake_agent_start(&agent, is_for_root, 1);
	RUN(&got, "--socket", agent.path, "policy", "rollback");
	assert_true(fake_agent_stop(&agent));
	assert_int_equal(got.status, 4);
	assert_has(got.err, "only root may. (forbidden)");
	fake_agent_start(&agent, confirms_by_force, 1);
	RUN(&got, "--socket", agent.path, "policy", "confirm", "--force");
	assert_true(fake_agent_stop(&agent));
	assert_int_equal(got.status, 0);
	RUN(&got, "policy", "rollback", "--force");
	assert_int_equal(got.status, 2);
	RUN(&got, "policy", "confirm", "--confirm", "5m");
	assert_int_equal(got.status, 2);
}

static void test_policy_status_is_about_the_policy(void **state _unused_)
{
	struct fake_agent agent;

	fake_agent_start(&agent, tells_status_with_policy, 1);
	RUN(&got, "--socket", agent.path, "policy", "status");
	assert_true(fake_agent_stop(&agent));
	assert_int_equal(got.status, 0);
	assert_string_equal(got.out, "Policy\n"
				     "  State               in force\n"
				     "  Fingerprint         00ff\n"
				     "  Files               in force\n");
}

/* Without the agent the files alone are judged, and that is never "fine". */
static void test_policy_check_without_the_agent(void **state _unused_)
{
	RUN(&got, "--socket", "/nowhere", "policy", "check");
	assert_true(got.status == 1 || got.status == 3);
	assert_has(got.err, "only the files are looked at");
	RUN(&got, "--socket", "/nowhere", "--json", "policy", "check");
	assert_int_equal(got.status, 3);
	assert_has(got.out, "\"reason\": \"unreachable\"");
}

static void test_why_takes_a_service_or_none(void **state _unused_)
{
	struct fake_agent agent;

	fake_agent_start(&agent, answers_why, 1);
	RUN(&got, "--socket", agent.path, "why", "alice", "sshd");
	assert_true(fake_agent_stop(&agent));
	assert_int_equal(got.status, 0);
	assert_has(got.out, "Reason              no-rule\n");
	fake_agent_start(&agent, answers_why_of_any_service, 1);
	RUN(&got, "--socket", agent.path, "why", "alice");
	assert_true(fake_agent_stop(&agent));
	assert_int_equal(got.status, 1);
}

static void test_sync_tells_how_far_it_is(void **state _unused_)
{
	struct fake_agent agent;

	fake_agent_start(&agent, syncs, 1);
	RUN(&got, "--socket", agent.path, "sync", "corp", "--full");
	assert_true(fake_agent_stop(&agent));
	assert_int_equal(got.status, 0);
	assert_string_equal(got.err, "corp: users  10 of 20\ncorp: users  20 of 20\n");
	assert_string_equal(got.out, "Synchronised\n  Directory  Full  Users\n"
				     "  corp       yes   20\n");
	fake_agent_start(&agent, syncs_everything_by_force, 1);
	RUN(&got, "--socket", agent.path, "sync", "--force");
	assert_true(fake_agent_stop(&agent));
	assert_int_equal(got.status, 1);
	assert_has(got.err, "platform-unreachable");
}

static void test_reload_shows_the_problems(void **state _unused_)
{
	struct fake_agent agent;

	fake_agent_start(&agent, refuses_to_reload, 1);
	RUN(&got, "--socket", agent.path, "reload");
	assert_true(fake_agent_stop(&agent));
	assert_int_equal(got.status, 1);
	assert_string_equal(got.out, "Problems\n  idp.conf:3: no such key\n");
	assert_has(got.err, "config-invalid");
}

static void test_flush_says_what_it_did(void **state _unused_)
{
	struct fake_agent agent;

	fake_agent_start(&agent, flushes, 1);
	RUN(&got, "--socket", agent.path, "flush");
	assert_true(fake_agent_stop(&agent));
	assert_int_equal(got.status, 0);
	assert_string_equal(got.out, "7 answers were forgotten.\n");
}

static void test_a_rebind_needs_a_yes(void **state _unused_)
{
	struct fake_agent agent;

	fake_agent_start(&agent, asks_to_confirm, 1);
	RUN(&got, "--socket", agent.path, "provider", "rebind", "corp");
	assert_true(fake_agent_stop(&agent));
	assert_int_equal(got.status, 1);
	assert_non_null(strstr(got.out, "token:/user_id"));
	assert_string_equal(got.err, "idpctl: Say it again with --yes. (confirm)\n");
	fake_agent_start(&agent, settles_and_keeps, 1);
	RUN(&got, "--socket", agent.path, "provider", "rebind", "corp", "--keep", "--yes");
	assert_true(fake_agent_stop(&agent));
	assert_int_equal(got.status, 0);
}

static void test_the_doctor_adds_what_the_agent_sees(void **state _unused_)
{
	struct fake_agent agent;

	fake_agent_start(&agent, finds_something, 1);
	RUN(&got, "--socket", agent.path, "doctor");
	assert_true(fake_agent_stop(&agent));
	assert_has(got.out, "  warning  platform      its clock is 40 s ahead.\n"
			    "                         -> set it\n");
	assert_has(got.out, " fine.\n");
	assert_string_equal(got.err, "");
}

static void test_a_provider_is_checked(void **state _unused_)
{
	struct fake_agent agent;

	fake_agent_start(&agent, checks_a_provider, 2);
	RUN(&got, "--socket", agent.path, "provider", "check", "corp");
	assert_int_equal(got.status, 1);
	assert_string_equal(got.out, "Configured for corp\n"
				     "  Key            From                 Value\n"
				     "  client_secret  /etc/idp/idp.conf:7  credential:corp\n"
				     "\n"
				     "Used with corp\n"
				     "  What            From       Value\n"
				     "  token_endpoint  discovery  https://id.example.org/t\n"
				     "\n"
				     "Findings\n"
				     "  ERROR    provider corp  there is no way in.\n"
				     "                          -> make one\n"
				     "\n"
				     "1 error, 0 warnings, 0 notes, 0 fine.\n");
	RUN(&got, "--json", "--socket", agent.path, "provider", "check", "corp");
	assert_true(fake_agent_stop(&agent));
	assert_int_equal(got.status, 1);
	assert_has(got.out, "\"command\": \"provider check\"");
	assert_has(got.out, "\"from\": \"discovery\"");
	fake_agent_start(&agent, checks_all_providers, 1);
	RUN(&got, "--socket", agent.path, "provider", "check");
	assert_true(fake_agent_stop(&agent));
	assert_int_equal(got.status, 0);
	assert_string_equal(got.out, "0 errors, 0 warnings, 0 notes, 0 fine.\n");
	fake_agent_start(&agent, knows_no_provider, 1);
	RUN(&got, "--socket", agent.path, "provider", "check", "crop");
	assert_true(fake_agent_stop(&agent));
	assert_int_equal(got.status, 1);
	assert_has(got.err, "did you mean corp?");
	RUN(&got, "provider", "show");
	assert_int_equal(got.status, 2);
	RUN(&got, "--socket", "/nonexistent/control.sock", "provider", "check");
	assert_int_equal(got.status, 3);
}

static void test_a_scope_is_put_right(void **state _unused_)
{
	struct fake_agent agent;

	fake_agent_start(&agent, mends_a_scope, 1);
	RUN(&got, "--socket", agent.path, "scope", "doctor");
	assert_true(fake_agent_stop(&agent));
	assert_int_equal(got.status, 0);
	assert_string_equal(got.out, "Scopes at corp\n"
				     "  Scope      Platform  This host  Registered  Rules\n"
				     "  host.Sudo  refused   asked for  yes         allow admin\n"
				     "\n"
				     "To put right host.Sudo\n"
				     "  Step  Text\n"
				     "  1     Register it.\n"
				     "\n"
				     "0 errors, 0 warnings, 0 notes, 0 fine.\n");
	RUN(&got, "scope", "disable");
	assert_int_equal(got.status, 2);
	RUN(&got, "scope", "forget", "x");
	assert_int_equal(got.status, 2);
	assert_has(got.err, "scope takes list, check");
}

static void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "we");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static void test_a_register_of_scopes_is_handed_over(void **state _unused_)
{
	static const char body[] = "# asked for at corp beside these: openid\n"
				   "[scope host.sudo]\n"
				   "protects = sudo\n"
				   "description = Become root\n"
				   "request = on-demand\n"
				   "optional = no\n"
				   "# disabled on this host: host.sudo\n";
	struct fake_agent agent;
	char path[PATH_MAX];

	fake_agent_start(&agent, hands_scopes_over, 3);
	assert_true(snprintf(path, sizeof(path), "%s.scopes", agent.path) < PATH_MAX);
	RUN(&got, "--socket", agent.path, "scope", "export");
	assert_int_equal(got.status, 0);
	assert_has(got.out, "# Scopes of idp-agent. sha256:");
	assert_string_equal(strchr(got.out, '\n') + 1, body);
	write_file(path, got.out);
	RUN(&got, "--socket", agent.path, "scope", "import", path);
	assert_int_equal(got.status, 0);
	assert_has(got.out, "1 scope: nothing differs.");
	write_file(path, "[scope host.Sudo]\nprotects = sudo\n");
	RUN(&got, "--socket", agent.path, "scope", "import", path);
	assert_int_equal(got.status, 1);
	assert_has(got.out, "host.sudo  only here; did somebody mean host.Sudo?");
	assert_has(got.out, "host.Sudo  only there; did somebody mean host.sudo?");
	write_file(path, "# Scopes of idp-agent. sha256:00\n");
	RUN(&got, "--socket", agent.path, "scope", "import", path);
	assert_int_equal(got.status, 2);
	assert_has(got.err, "line 1 is cut");
	assert_int_equal(unlink(path), 0);
	RUN(&got, "--socket", agent.path, "scope", "import", path);
	assert_int_equal(got.status, 2);
	assert_true(fake_agent_stop(&agent));
}

static void test_the_doctor_works_without_an_agent(void **state _unused_)
{
	RUN(&got, "--socket", "/nonexistent/control.sock", "doctor");
	assert_int_equal(got.status, 1);
	assert_has(got.out, "the agent does not answer at /nonexistent/control.sock");
	RUN(&got, "doctor", "--root", "/nonexistent");
	assert_int_equal(got.status, 2);
}

static void test_an_agent_that_is_away_is_3(void **state _unused_)
{
	RUN(&got, "--socket", "/nonexistent/control.sock", "status");
	assert_int_equal(got.status, 3);
	assert_string_equal(got.out, "");
	assert_has(got.err, "cannot ask the agent at /nonexistent/control.sock: No such file");
	assert_has(got.err, "  why:  ");
	assert_has(got.err, "  next: systemctl start idp-agentd-control.socket");
}

static void test_an_agent_that_fails_is_3(void **state _unused_)
{
	static const fake_script scripts[] = { raves, answers_pam, dies };

	for (size_t i = 0; i < ELEMENTSOF(scripts); i++) {
		struct fake_agent agent;

		fake_agent_start(&agent, scripts[i], 1);
		RUN(&got, "--socket", agent.path, "status");
		fake_agent_kill(&agent);
		assert_int_equal(got.status, 3);
		assert_string_equal(got.out, "");
		assert_has(got.err, "  next: ");
	}
}

static void test_who_may_not_ask_is_4(void **state _unused_)
{
	struct fake_agent agent;
	const char *args[] = { "--socket", agent.path, "status", NULL };

	fake_agent_start(&agent, answers_status, 1);
	assert_int_equal(chmod(agent.path, 0), 0);
	run(&got, args, true);
	fake_agent_kill(&agent);
	assert_int_equal(got.status, 4);
	assert_has(got.err, "idp-admin");
}

static void test_bad_usage_is_2(void **state _unused_)
{
	static const char *const lines[][4] = {
		{ NULL },
		{ "frobnicate\x1b", NULL },
		{ "user", NULL },
		{ "user", "a", "b", NULL },
		{ "status", "--full", NULL },
		{ "sync", "--root", "/", NULL },
		{ "--no-such-option", NULL },
		{ "config", "write", NULL },
		{ "config", NULL },
		{ "provider", "rebind", NULL },
		{ "provider", "unbind", "corp", NULL },
		{ "reload", "--keep", NULL },
	};

	for (size_t i = 0; i < ELEMENTSOF(lines); i++) {
		run(&got, lines[i], false);
		assert_int_equal(got.status, 2);
		assert_string_equal(got.out, "");
		assert_string_not_equal(got.err, "");
		assert_null(strchr(got.err, '\x1b'));
	}
}

static void test_help_names_every_command(void **state _unused_)
{
	static const char *const names[] = { "status", "sync",      "user",         "group",
					     "why",    "doctor",    "config check", "reload",
					     "flush",  "logout-url" };

	RUN(&got, "--help");
	assert_int_equal(got.status, 0);
	for (size_t i = 0; i < ELEMENTSOF(names); i++)
		assert_has(got.out, names[i]);
	RUN(&got, "--version");
	assert_int_equal(got.status, 0);
	assert_string_equal(got.out, "idpctl " PACKAGE_VERSION "\n");
}

static void write_config(char *path, const char *text)
{
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	assert_int_equal(close(fd), 0);
}

static void test_config_check_needs_no_agent(void **state _unused_)
{
	char good[] = "/tmp/idp-conf-XXXXXX";
	char bad[] = "/tmp/idp-conf-XXXXXX";

	write_config(good, "[provider corp]\nissuer = https://id.example.org\nclient_id = host\n"
			   "[allow staff]\nneed = group:staff\n");
	write_config(bad, "[provider corp]\nisuer = https://id.example.org\n");
	RUN(&got, "config", "check", good);
	assert_int_equal(got.status, 0);
	RUN(&got, "config", "check", bad);
	assert_int_equal(got.status, 1);
	assert_has(got.out, ":2: ");
	RUN(&got, "--json", "config", "check", bad);
	assert_int_equal(got.status, 1);
	assert_has(got.out, "\"reason\": \"config-invalid\"");
	assert_has(got.out, "\"line\": 2");
	(void)unlink(good);
	(void)unlink(bad);
}

static bool find_program(void)
{
	const char *top = getenv("top_builddir");
	char path[PATH_MAX];

	(void)snprintf(path, sizeof(path), "%s/idpctl/idpctl", top && *top ? top : ".");
	return realpath(path, program) != NULL;
}

/* A folder with that configuration, for --root. */
static void make_root(char folder[static 32], const char *text)
{
	char command[4096], path[256];
	FILE *f;

	strcpy(folder, "/tmp/idpctl-root.XXXXXX");
	assert_non_null(mkdtemp(folder));
	(void)snprintf(command, sizeof(command), "mkdir -p %s%s/idp", folder, IDP_SYSCONFDIR);
	assert_int_equal(system(command), 0);
	(void)snprintf(path, sizeof(path), "%s%s/idp/idp.conf", folder, IDP_SYSCONFDIR);
	f = fopen(path, "we");
	assert_non_null(f);
	(void)fputs(text, f);
	(void)fclose(f);
	assert_int_equal(chmod(path, 0644), 0);
}

static void remove_root(const char *folder)
{
	char command[128];

	(void)snprintf(command, sizeof(command), "rm -r %s", folder);
	assert_int_equal(system(command), 0);
}

static void test_the_logout_address_is_printed_alone(void **state _unused_)
{
	char root[32];

	make_root(root, "[provider corp]\nissuer = https://id.example\nclient_id = host 1\n"
			"logout_url = https://id.example/out?c={client_id}&r={return_uri}\n"
			"[provider two]\nissuer = https://two.example\nclient_id = x\n");
	RUN(&got, "logout-url", "--root", root, "--return", "https://a.example/?b", "corp");
	assert_string_equal(got.out,
			    "https://id.example/out?c=host%201&r=https%3A%2F%2Fa.example%2F%3Fb\n");
	assert_int_equal(got.status, 0);
	RUN(&got, "logout-url", "--root", root, "--return", "https://a.example/?b", "--json",
	    "corp");
	assert_int_equal(got.status, 0);
	assert_non_null(strstr(got.out, "\"url\""));
	RUN(&got, "logout-url", "--root", root, "corp");
	assert_int_equal(got.status, 1);
	assert_string_equal(got.out, "");
	assert_non_null(strstr(got.err, "{return_uri}, and no value was given"));
	RUN(&got, "logout-url", "--root", root);
	assert_int_equal(got.status, 1);
	assert_non_null(strstr(got.err, "name one"));
	RUN(&got, "logout-url", "--root", root, "two");
	assert_int_equal(got.status, 1);
	assert_non_null(strstr(got.err, "no logout_url"));
	RUN(&got, "status", "--return", "https://a.example/");
	assert_int_equal(got.status, 2);
	remove_root(root);
}

/* ---- about oneself ---- */

#define TOKEN "eyJhbGciOiJub25lIn0.a-token_of~the.test"

static void hands_out_a_token(struct fake_peer *peer)
{
	fake_expect(peer, MSG_TOKEN);
	fake_expect_str(peer, "https://api.example.org");
	wire_begin(&peer->out, MSG_TOKEN_IS, peer->serial);
	wire_put_str(&peer->out, TOKEN);
	wire_put_u64(&peer->out, 1790003600);
	wire_put_str(&peer->out, "Bearer");
	assert_int_equal(wire_end(&peer->out), 0);
	fake_raw(peer, peer->out.data, peer->out.len);
}

static void keeps_no_token(struct fake_peer *peer)
{
	fake_expect(peer, MSG_TOKEN);
	fake_expect_str(peer, "");
	fake_end(peer, 1, "no-tokens", "This host keeps no tokens of yours.");
}

static void test_a_token_stands_alone(void **state _unused_)
{
	struct fake_agent agent;

	fake_agent_start(&agent, hands_out_a_token, 2);
	RUN(&got, "token", "--socket", agent.path, "--audience", "https://api.example.org");
	assert_int_equal(got.status, 0);
	assert_string_equal(got.out, TOKEN "\n");
	assert_string_equal(got.err, "");
	RUN(&got, "token", "--socket", agent.path, "--audience", "https://api.example.org",
	    "--json");
	assert_int_equal(got.status, 0);
	assert_has(got.out, "\"token\": \"" TOKEN "\"");
	assert_has(got.out, "\"expires\": 1790003600");
	assert_true(fake_agent_stop(&agent));
}

static void test_where_no_token_is_nothing_is_printed(void **state _unused_)
{
	struct fake_agent agent;

	fake_agent_start(&agent, keeps_no_token, 1);
	RUN(&got, "token", "--socket", agent.path);
	assert_int_equal(got.status, 1);
	assert_string_equal(got.out, "");
	assert_has(got.err, "keeps no tokens of yours. (no-tokens)");
	assert_true(fake_agent_stop(&agent));
	RUN(&got, "token", "--socket", "/nonexistent/agent.sock");
	assert_int_equal(got.status, 3);
	assert_string_equal(got.out, "");
	RUN(&got, "whoami", "--audience", "x");
	assert_int_equal(got.status, 2);
}

static void knows_who_asks(struct fake_peer *peer)
{
	static const struct wire_field row[] = { { 's', "user", "alice" },
						 { 'b', "tokens", "true" },
						 { 'n', "kept_until", "1790003600" } };

	fake_expect(peer, MSG_WHOAMI);
	fake_row(peer, "whoami", row, ELEMENTSOF(row));
	fake_end(peer, 0, "", "");
}

static void revokes(struct fake_peer *peer)
{
	static const struct wire_field row[] = { { 's', "provider", "corp" },
						 { 's', "url", "https://idp.example.org/bye" },
						 { 'b', "told", "false" } };

	fake_expect(peer, MSG_LOGOUT);
	fake_row(peer, "logout", row, ELEMENTSOF(row));
	fake_end(peer, 1, "not-told", "The platform could not be told.");
}

static void test_a_person_looks_and_leaves(void **state _unused_)
{
	struct fake_agent agent;

	fake_agent_start(&agent, knows_who_asks, 1);
	RUN(&got, "whoami", "--socket", agent.path);
	assert_int_equal(got.status, 0);
	assert_has(got.out, "alice");
	assert_has(got.out, "Tokens kept");
	assert_true(fake_agent_stop(&agent));
	fake_agent_start(&agent, revokes, 1);
	RUN(&got, "logout", "--socket", agent.path);
	assert_int_equal(got.status, 1);
	assert_has(got.out, "https://idp.example.org/bye");
	assert_has(got.err, "(not-told)");
	assert_true(fake_agent_stop(&agent));
}

/* --socket says where, also where it names the other one's. */
static void test_the_socket_that_was_named_is_asked(void **state _unused_)
{
	static const char *const commands[] = { "whoami", "token", "ticket", "logout", "login" };

	for (size_t i = 0; i < ELEMENTSOF(commands); i++) {
		RUN(&got, commands[i], "--socket", CLIENT_CONTROL_SOCKET);
		assert_int_not_equal(got.status, 0);
		assert_string_equal(got.out, "");
		assert_has(got.err, "cannot ask the agent at " CLIENT_CONTROL_SOCKET);
	}
}

static void takes_a_logout_token(struct fake_peer *peer)
{
	fake_expect(peer, MSG_BACKCHANNEL);
	fake_expect_str(peer, "corp");
	fake_expect_str(peer, "a.logout.token");
	fake_end(peer, 0, "", "");
}

/* Standard input of what is run next. */
static void type_in(const char *text)
{
	FILE *f = tmpfile();

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	rewind(f);
	assert_true(dup2(fileno(f), 0) == 0);
	(void)fclose(f);
}

static void test_a_logout_token_comes_from_standard_input(void **state _unused_)
{
	struct fake_agent agent;
	char *long_one = calloc(1, 20000);

	fake_agent_start(&agent, takes_a_logout_token, 1);
	type_in("a.logout.token\r\n");
	RUN(&got, "backchannel-logout", "--socket", agent.path, "corp");
	assert_int_equal(got.status, 0);
	assert_true(fake_agent_stop(&agent));
	type_in("\n");
	RUN(&got, "backchannel-logout", "corp");
	assert_int_equal(got.status, 2);
	assert_has(got.err, "there is nothing");
	assert_non_null(long_one);
	memset(long_one, 'x', 19999);
	type_in(long_one);
	free(long_one);
	RUN(&got, "backchannel-logout", "corp");
	assert_int_equal(got.status, 2);
	assert_has(got.err, "too long");
	type_in("");
}

/* ---- verify ---- */

static void verify_begin(struct fake_peer *peer, const char *resource, uint32_t outcome,
			 const char *code, const char *text)
{
	fake_expect(peer, MSG_VERIFY);
	fake_expect_str(peer, resource);
	fake_expect_str(peer, TOKEN);
	fake_expect_str(peer, "");
	wire_begin(&peer->out, MSG_VERIFIED, peer->serial);
	wire_put_u32(&peer->out, outcome);
	wire_put_str(&peer->out, code);
	wire_put_str(&peer->out, text);
}

static void verifies(struct fake_peer *peer)
{
	verify_begin(peer, "api", WIRE_VERIFIED_YES, "permit rule=readers", "");
	wire_put_count(&peer->out, 2);
	wire_put_field(&peer->out, 's', "subject", "s1");
	wire_put_field(&peer->out, 's', "user", "alice");
	wire_put_count(&peer->out, 2);
	wire_put_str(&peer->out, "openid");
	wire_put_str(&peer->out, "read");
	wire_put_count(&peer->out, 0);
	wire_put_count(&peer->out, 0);
	assert_int_equal(wire_end(&peer->out), 0);
	fake_raw(peer, peer->out.data, peer->out.len);
}

static void does_not_verify(struct fake_peer *peer)
{
	verify_begin(peer, "verify", WIRE_VERIFIED_NO, "missing=scope:read", "It lacks a scope.");
	wire_put_count(&peer->out, 0);
	wire_put_count(&peer->out, 1);
	wire_put_str(&peer->out, "read");
	wire_put_count(&peer->out, 0);
	wire_put_count(&peer->out, 0);
	assert_int_equal(wire_end(&peer->out), 0);
	fake_raw(peer, peer->out.data, peer->out.len);
}

static void test_a_token_is_verified(void **state _unused_)
{
	struct fake_agent agent;

	fake_agent_start(&agent, verifies, 2);
	type_in(TOKEN "\n");
	RUN(&got, "verify", "--resource", "api", "--socket", agent.path, "-");
	assert_int_equal(got.status, 0);
	assert_has(got.out, "alice");
	assert_has(got.out, "openid read");
	assert_null(strstr(got.out, TOKEN));
	type_in(TOKEN "\n");
	RUN(&got, "verify", "--resource", "api", "--socket", agent.path, "--json");
	assert_has(got.out, "\"outcome\": \"permit\"");
	assert_has(got.out, "\"scopes\": \"openid read\"");
	assert_true(fake_agent_stop(&agent));
	fake_agent_start(&agent, does_not_verify, 1);
	type_in(TOKEN "\n");
	RUN(&got, "verify", "--socket", agent.path, "-");
	assert_int_equal(got.status, 1);
	assert_has(got.out, "missing=scope:read");
	assert_true(fake_agent_stop(&agent));
	/* what stands on the command line can be read by everybody */
	RUN(&got, "verify", TOKEN);
	assert_int_equal(got.status, 2);
	assert_has(got.err, "standard input");
	type_in("");
}

static void makes_a_ticket(struct fake_peer *peer)
{
	fake_expect(peer, MSG_TICKET);
	fake_expect_str(peer, TOKEN);
	wire_begin(&peer->out, MSG_TICKET_IS, peer->serial);
	wire_put_str(&peer->out, "ticket-abcd-efgh");
	wire_put_u32(&peer->out, 120);
	assert_int_equal(wire_end(&peer->out), 0);
	fake_raw(peer, peer->out.data, peer->out.len);
}

static void has_no_ticket(struct fake_peer *peer)
{
	fake_expect(peer, MSG_TICKET);
	fake_expect_str(peer, "");
	fake_end(peer, 1, "no-tokens", "This host keeps no tokens of yours.");
}

static void test_a_ticket_stands_alone(void **state _unused_)
{
	struct fake_agent agent;

	fake_agent_start(&agent, makes_a_ticket, 2);
	type_in(TOKEN " \r\n");
	RUN(&got, "ticket", "--socket", agent.path);
	assert_int_equal(got.status, 0);
	assert_string_equal(got.out, "ticket-abcd-efgh\n");
	assert_string_equal(got.err, "");
	type_in(TOKEN);
	RUN(&got, "ticket", "--socket", agent.path, "--json");
	assert_int_equal(got.status, 0);
	assert_has(got.out, "\"command\": \"ticket\"");
	assert_has(got.out, "\"ticket\": \"ticket-abcd-efgh\"");
	assert_has(got.out, "\"seconds\": 120");
	assert_true(fake_agent_stop(&agent));
	type_in("");
}

/* Nothing on standard input is the token of the session; what is no token asks nobody. */
static void test_where_no_ticket_is_nothing_is_printed(void **state _unused_)
{
	struct fake_agent agent;
	char *long_one = calloc(1, 20000);

	fake_agent_start(&agent, has_no_ticket, 1);
	type_in("\n");
	RUN(&got, "ticket", "--socket", agent.path);
	assert_int_equal(got.status, 1);
	assert_string_equal(got.out, "");
	assert_has(got.err, "keeps no tokens of yours. (no-tokens)");
	assert_true(fake_agent_stop(&agent));
	RUN(&got, "ticket", "--socket", "/nonexistent/agent.sock");
	assert_int_equal(got.status, 3);
	assert_non_null(long_one);
	memset(long_one, 'x', 19999);
	type_in(long_one);
	free(long_one);
	RUN(&got, "ticket");
	assert_int_equal(got.status, 2);
	assert_has(got.err, "no access token on standard input: that is too long");
	type_in("");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_status_is_shown),
		TEST(test_machines_get_the_same),
		TEST(test_a_negative_answer_is_1),
		TEST(test_why_takes_a_service_or_none),
		TEST(test_can_carries_what_is_supposed),
		TEST(test_policy_show_tells_sentences),
		TEST(test_policy_is_tried_and_confirmed),
		TEST(test_policy_status_is_about_the_policy),
		TEST(test_policy_check_without_the_agent),
		TEST(test_sync_tells_how_far_it_is),
		TEST(test_reload_shows_the_problems),
		TEST(test_flush_says_what_it_did),
		TEST(test_the_doctor_adds_what_the_agent_sees),
		TEST(test_a_provider_is_checked),
		TEST(test_a_scope_is_put_right),
		TEST(test_a_register_of_scopes_is_handed_over),
		TEST(test_the_doctor_works_without_an_agent),
		TEST(test_an_agent_that_is_away_is_3),
		TEST(test_an_agent_that_fails_is_3),
		TEST(test_who_may_not_ask_is_4),
		TEST(test_a_rebind_needs_a_yes),
		TEST(test_bad_usage_is_2),
		TEST(test_help_names_every_command),
		TEST(test_config_check_needs_no_agent),
		TEST(test_the_logout_address_is_printed_alone),
		TEST(test_a_token_stands_alone),
		TEST(test_where_no_token_is_nothing_is_printed),
		TEST(test_a_person_looks_and_leaves),
		TEST(test_the_socket_that_was_named_is_asked),
		TEST(test_a_logout_token_comes_from_standard_input),
		TEST(test_a_token_is_verified),
		TEST(test_a_ticket_stands_alone),
		TEST(test_where_no_ticket_is_nothing_is_printed),
	};

	if (!find_program()) {
		(void)fprintf(stderr, "idpctl is not built\n");
		return 1;
	}
	(void)setenv("LC_ALL", "C", 1);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
