/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The real idpctl asks the real daemon what it decided, what it would decide, and who may enter. It
 * must run as root: PAM requests are root's.
 */
#include "tests/lib/test.h"

#include <errno.h>
#include <limits.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/lib/world.h"

static const char config_rules[] = WORLD_PROVIDER WORLD_DIRECTORY
	"[scope host.login]\nprotects = sshd\ndescription = Log in to this host\n"
	"[scope host.sudo]\nprotects = sudo\nrequest = on-demand\n"
	"[allow shell]\nservice = sshd\nneed = group:staff\nsession = 10h\n"
	"[allow admin]\nservice = sudo\nneed = group:staff scope:host.sudo fresh:15m\n"
	"[deny visitors]\nneed = group:visitors\n";
static const char config_token_age[] =
	WORLD_PROVIDER "audience = https://host.test\n" WORLD_DIRECTORY
		       "[service sshd]\nflow = token\nmax_age = 1h\n" WORLD_ALLOW("staff");

/* Both pairs are the same question, and the load says that the second one holds. */
static const char config_program[] = WORLD_PROVIDER
	"audience = https://host.test\n" WORLD_DIRECTORY WORLD_ALLOW("staff")
	"[service orders]\nflow = token\n"
	"[allow programs]\nservice = orders\nfrom = local\nneed = subject:workload scope:orders\n"
	"[deny others]\nservice = orders\nneed = provider:corp\n"
	"[deny banned]\nneed = role:BANNED\n"
	"[expect a-program]\nwho = subject:workload scope:orders\norders = permit\n";

static char out[1u << 16];

/* What idpctl says, on both outputs; its exit status. */
static int idpctl(struct world *w, const char *const *args)
{
	char program[PATH_MAX], path[108];
	char *argv[16] = { program, strdup("--socket"),
			   strdup(agentd_path(&w->agentd, "control", path)) };
	const char *build = getenv("top_builddir");
	FILE *file = tmpfile();
	int status;
	size_t n = 3;
	pid_t pid;

	(void)snprintf(program, sizeof(program), "%s/idpctl/idpctl", build ? build : ".");
	for (size_t i = 0; args[i]; i++)
		argv[n++] = strdup(args[i]);
	assert_non_null(file);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		if (dup2(fileno(file), 1) < 0 || dup2(fileno(file), 2) < 0)
			_exit(127);
		(void)execv(program, argv);
		_exit(127);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	rewind(file);
	n = fread(out, 1, sizeof(out) - 1, file);
	out[n] = '\0';
	(void)fclose(file);
	for (size_t i = 1; argv[i]; i++)
		free(argv[i]);
	return WEXITSTATUS(status);
}

#define IDPCTL(w, ...) idpctl(w, (const char *const[]){ __VA_ARGS__, NULL })

static void has(const char *part)
{
	if (!strstr(out, part))
		fail_msg("\"%s\" does not have \"%s\"", out, part);
}

static void has_not(const char *part)
{
	if (strstr(out, part))
		fail_msg("\"%s\" has \"%s\"", out, part);
}

static bool begin(struct world *w, const char *config)
{
	if (!world_start(w, config))
		return false;
	world_sync(w, "staff", 0);
	world_open(w);
	world_wait_for(w, "alice");
	return true;
}

static void test_who_may_enter_is_told_in_sentences(void **state)
{
	struct world w;
	(void)state;
	if (!begin(&w, config_rules))
		skip();
	assert_int_equal(IDPCTL(&w, "policy", "show", "sshd"), 0);
	has("Service sshd\n");
	has("      People sign in with a code on another device, at provider corp.\n"
	    "      It asks for the scopes openid, profile, host.login (Log in to this host).\n");
	has("  Rules that let in    1\n  Rules that keep out  1\n");
	has("Rule shell\n  Effect              allow\n");
	has("      People may enter who are in group staff.\n"
	    "      A session may last 10 hours.\n");
	has("Rule visitors\n  Effect              deny\n");
	has("      People may not enter who are in group visitors.\n");
	has("Nobody else may use sshd.");
	has_not("Rule admin");
	assert_int_equal(IDPCTL(&w, "policy", "show", "sshdd"), 1);
	has("idpctl: No rule lets anybody of any platform use sshdd here; did you mean sshd? "
	    "(no-rule)\n");
	world_end(&w);
}

static void test_what_would_be_decided(void **state)
{
	struct world w;
	(void)state;
	if (!begin(&w, config_rules))
		skip();
	assert_int_equal(IDPCTL(&w, "can", "alice", "sshd"), 0);
	has("permit rule=shell\n");
	has("  Without a sign-in   yes\n  Session             10 hours\n");
	has("/idp.conf:15: it permits\n          need  group:staff: yes\n");
	has("alice may use sshd.\n");
	assert_int_equal(IDPCTL(&w, "can", "alice", "sudo"), 1);
	has("  Result                 step-up\n");
	has("  Sign-in would ask for  scope=host.sudo max_age=900\n");
	has("alice may use sudo only after a new sign-in that brings what is missing.\n");
	assert_int_equal(
		IDPCTL(&w, "can", "alice", "sudo", "--scope", "host.sudo", "--with", "fresh:1m"),
		0);
	has("need  scope:host.sudo: yes (supposed)\n");
	assert_int_equal(IDPCTL(&w, "can", "alice", "sshd", "--with", "group:visitors"), 1);
	has("  Reason              denied-by=visitors\n");
	assert_int_equal(IDPCTL(&w, "can", "alice", "sshd", "--only"), 1);
	has("  Record              not looked at\n");
	has("missing=group:staff");
	world_end(&w);
}

static void test_whoever_no_rule_is_about(void **state)
{
	struct world w;
	(void)state;
	if (!begin(&w, config_rules))
		skip();
	assert_int_equal(IDPCTL(&w, "can", "root", "sshd", "--with", "group:staff"), 1);
	has("idpctl: root belongs to this host itself: the agent is never asked about it. (local)\n");
	assert_int_equal(IDPCTL(&w, "can", "nobody-yet", "sshd"), 1);
	has("  Record              none: judged by what is supposed alone\n");
	assert_int_equal(IDPCTL(&w, "can", "nobody-yet", "sshd", "--with", "group:staff"), 0);
	assert_int_equal(IDPCTL(&w, "can", "alice", "sudo", "--scope", "host.Sudo"), 1);
	has("idpctl: there is no [scope host.Sudo]: did you mean \"host.sudo\" (it differs only in "
	    "case)? (condition)\n");
	world_end(&w);
}

static void test_a_program_is_judged_as_the_expectations_are(void **state)
{
	struct world w;
	(void)state;
	if (!begin(&w, config_program))
		skip();
	assert_int_equal(IDPCTL(&w, "can", "x", "orders", "--only", "--with", "subject:workload",
				"--with", "scope:orders"),
			 0);
	has("permit rule=programs\n");
	assert_int_equal(IDPCTL(&w, "can", "x", "orders", "--only", "--with", "scope:orders"), 1);
	assert_int_equal(IDPCTL(&w, "can", "x", "sshd", "--only", "--with", "subject:workload",
				"--with", "group:staff"),
			 1); /* which opens a session */
	has("workload-token");
	world_end(&w);
}

/* Neither remembered nor asked of anybody: the last decision stays the last. */
static void test_nothing_comes_of_a_question(void **state)
{
	struct world w;
	struct wire_in in;
	(void)state;
	if (!begin(&w, config_rules))
		skip();
	assert_int_equal(IDPCTL(&w, "can", "alice", "sudo"), 1);
	assert_int_equal(IDPCTL(&w, "why", "alice", "sudo"), 1);
	has("(not-found)");
	assert_int_equal(fake_netd_next(&w.agentd.netd, 50 * USEC_PER_MSEC, &in), -ETIMEDOUT);
	world_end(&w);
}

/* The rules permit, the service wants more: the trace does not end in a permit that was none. */
static void test_why_tells_what_was_decided_behind_the_rules(void **state)
{
	struct world w;
	(void)state;
	if (!begin(&w, config_token_age))
		skip();
	assert_int_equal(talk_pam(&w.talk, MSG_AUTH, "alice"), 0);
	assert_int_equal(talk_next_type(&w.talk), MSG_ASK);
	assert_int_equal(talk_answer(&w.talk, "a.token.of-alice"), 0);
	assert_int_equal(fake_netd_expect(&w.agentd.netd, MSG_TOKEN_CHECK, &w.flow), 0);
	w.agentd.netd.login_age = 7200;
	assert_int_equal(fake_netd_identity(&w.agentd.netd, w.flow, "corp", WORLD_ISS, "s1",
					    "alice", "staff"),
			 0);
	assert_int_equal(world_finish(&w), WIRE_DENY);
	assert_string_equal(w.reason, "stale-login");
	assert_int_equal(IDPCTL(&w, "why", "alice", "sshd"), 0);
	has("      reason        permit rule=staff\n"
	    "      then          [service sshd] wants a sign-in at most 3600 s old\n");
	world_end(&w);
}

TEST_MAIN(TEST(test_who_may_enter_is_told_in_sentences), TEST(test_what_would_be_decided),
	  TEST(test_whoever_no_rule_is_about),
	  TEST(test_a_program_is_judged_as_the_expectations_are),
	  TEST(test_nothing_comes_of_a_question),
	  TEST(test_why_tells_what_was_decided_behind_the_rules))
