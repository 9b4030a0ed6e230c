/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/lib/test.h"

/*
 * The stacks we ship, as libpam runs them: the profile for pam-auth-update, written the way it
 * writes common-auth and common-account, and the examples for /etc/pam.d. pam_debug.so stands in
 * for pam_unix.so, with an answer the test chooses; everything else is the real thing.
 */

#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include <security/pam_appl.h>

#include "tests/lib/fake-agent.h"

#define PERSON  "zz.idp-test"
#define NOWHERE "/nonexistent/agent.sock"

static char confdir[] = "/tmp/idp-stack-XXXXXX";
static char module_path[PATH_MAX];
static const char *top_srcdir;

/* What a stack is made with. */
struct setting {
	const char *module; /* instead of pam_idp.so */
	const char *socket;
	const char *unix_auth; /* what pam_unix would say: "success", "auth_err" */
	const char *unix_acct;
	const char *unix_password;
};

static char *read_file(const char *name)
{
	char path[PATH_MAX];
	char *text = calloc(1, 65536);
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%s", top_srcdir, name);
	f = fopen(path, "re");
	assert_non_null(f);
	assert_non_null(text);
	assert_true(fread(text, 1, 65535, f) > 0);
	assert_int_equal(fclose(f), 0);
	return text;
}

/* One line of a stack; module and pam_unix are replaced. "end" becomes the number of the jump. */
static void put_line(FILE *f, const struct setting *setting, const char *group, const char *line,
		     unsigned end)
{
	const char *module = strstr(line, "pam_");
	const char *jump = strstr(line, "success=end");
	char control[512];

	assert_non_null(module);
	(void)snprintf(control, sizeof(control), "%.*s", (int)(module - line), line);
	if (jump)
		(void)snprintf(control, sizeof(control), "%.*ssuccess=%u%.*s", (int)(jump - line),
			       line, end, (int)(module - jump - 11), jump + 11);
	if (strncmp(module, "pam_idp.so", 10) == 0)
		(void)fprintf(f, "%s %s %s socket=%s timeout=5\n", group, control, setting->module,
			      setting->socket);
	else if (strncmp(module, "pam_unix.so", 11) == 0)
		(void)fprintf(f,
			      "%s %s pam_debug.so auth=%s acct=%s prechauthtok=%s chauthtok=%s\n",
			      group, control, setting->unix_auth, setting->unix_acct,
			      setting->unix_password, setting->unix_password);
	else
		(void)fprintf(f, "%s %s %s\n", group, control, module);
}

/* The lines of the profile under "Auth:" or "Account:". */
static void put_profile(FILE *f, const struct setting *setting, const char *head, const char *group,
			unsigned end)
{
	bool password = strcmp(group, "password") == 0;
	_cleanup_free_ char *text =
		read_file(password ? "etc/pam-configs/idp-password" : "etc/pam-configs/idp");
	bool inside = false;
	unsigned n = 0;
	char *save = NULL;

	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		if (line[0] != '\t' && line[0] != ' ') {
			inside = strcmp(line, head) == 0;
			continue;
		}
		if (!inside)
			continue;
		put_line(f, setting, group, line + strspn(line, " \t"), end);
		n++;
	}
	assert_true(n > 0);
}

static FILE *open_service(void)
{
	char path[128];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/idp-test", confdir);
	f = fopen(path, "we");
	assert_non_null(f);
	return f;
}

/* As pam-auth-update does with the profiles idp, of priority 512, unix, of 256, idp-password, 128.
 */
static void write_debian(const struct setting *setting)
{
	FILE *f = open_service();

	put_profile(f, setting, "Auth-Initial:", "auth", 2);
	put_line(f, setting, "auth", "[success=end default=ignore] pam_unix.so", 1);
	put_line(f, setting, "auth", "requisite pam_deny.so", 0);
	put_line(f, setting, "auth", "required pam_permit.so", 0);
	put_line(f, setting, "account",
		 "[success=end new_authtok_reqd=done default=ignore] pam_unix.so", 1);
	put_line(f, setting, "account", "requisite pam_deny.so", 0);
	put_line(f, setting, "account", "required pam_permit.so", 0);
	put_profile(f, setting, "Account:", "account", 0);
	put_line(f, setting, "session", "required pam_permit.so", 0);
	put_profile(f, setting, "Session:", "session", 0);
	put_line(f, setting, "password", "[success=2 default=ignore] pam_unix.so", 0);
	put_profile(f, setting, "Password:", "password", 1);
	put_line(f, setting, "password", "requisite pam_deny.so", 0);
	put_line(f, setting, "password", "required pam_permit.so", 0);
	assert_int_equal(fclose(f), 0);
}

/* Of an example the lines that decide: those of pam_idp, pam_unix and pam_localuser. */
static void write_example(const struct setting *setting, const char *name)
{
	_cleanup_free_ char *text = read_file(name);
	FILE *f = open_service();
	char *save = NULL;

	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		char *rest = line + strcspn(line, " \t");

		if (line[0] == '#' || !(strstr(line, "pam_idp.so") || strstr(line, "pam_unix.so") ||
					strstr(line, "pam_localuser.so")))
			continue;
		*rest++ = '\0';
		put_line(f, setting, line, rest + strspn(rest, " \t"), 0);
	}
	assert_int_equal(fclose(f), 0);
}

static unsigned n_prompts;

static int converse(int n, const struct pam_message **messages, struct pam_response **ret_responses,
		    void *data _unused_)
{
	struct pam_response *responses = calloc((size_t)n, sizeof(*responses));

	assert_non_null(responses);
	for (int i = 0; i < n; i++) {
		if (messages[i]->msg_style != PAM_PROMPT_ECHO_ON &&
		    messages[i]->msg_style != PAM_PROMPT_ECHO_OFF)
			continue;
		n_prompts++;
		responses[i].resp = strdup("");
	}
	*ret_responses = responses;
	return PAM_SUCCESS;
}

struct codes {
	int auth;
	int cred;
	int acct;
	int session;
};

static struct codes enter(const char *user)
{
	struct pam_conv conv = { .conv = converse };
	struct codes codes = { -1, -1, -1, -1 };
	pam_handle_t *pamh = NULL;

	n_prompts = 0;
	assert_int_equal(pam_start_confdir("idp-test", user, &conv, confdir, &pamh), PAM_SUCCESS);
	codes.auth = pam_authenticate(pamh, 0);
	codes.cred = pam_setcred(pamh, PAM_ESTABLISH_CRED);
	codes.acct = pam_acct_mgmt(pamh, 0);
	codes.session = pam_open_session(pamh, 0);
	assert_int_equal(pam_end(pamh, PAM_SUCCESS), PAM_SUCCESS);
	return codes;
}

/* The same without a sign-in, as after a key in sshd, or in cron. */
static int enter_by_key(const char *user, int *ret_cred)
{
	struct pam_conv conv = { .conv = converse };
	pam_handle_t *pamh = NULL;
	int code;

	assert_int_equal(pam_start_confdir("idp-test", user, &conv, confdir, &pamh), PAM_SUCCESS);
	code = pam_acct_mgmt(pamh, 0);
	*ret_cred = pam_setcred(pamh, PAM_ESTABLISH_CRED);
	assert_int_equal(pam_end(pamh, PAM_SUCCESS), PAM_SUCCESS);
	return code;
}

static const char *const stacks[] = { "debian", "etc/pam.d/sshd.example", "etc/pam.d/login.example",
				      "etc/pam.d/sudo.example", "etc/pam.d/su.example" };

static void write_stack(const char *stack, const struct setting *setting)
{
	if (strcmp(stack, "debian") == 0)
		write_debian(setting);
	else
		write_example(setting, stack);
}

static void answer(struct fake_peer *peer, uint32_t result)
{
	fake_done(peer, result, "test", "", 0, NULL);
}

static void permits(struct fake_peer *peer)
{
	fake_expect(peer, MSG_AUTH);
	fake_ask(peer, WIRE_ASK_ECHO, "code: ");
	fake_expect(peer, MSG_ANSWER);
	answer(peer, WIRE_PERMIT);
}

static void denies(struct fake_peer *peer)
{
	fake_expect(peer, MSG_AUTH);
	answer(peer, WIRE_DENY);
}

static void permits_account(struct fake_peer *peer)
{
	fake_expect(peer, MSG_ACCT);
	answer(peer, WIRE_PERMIT);
}

static void denies_account(struct fake_peer *peer)
{
	fake_expect(peer, MSG_ACCT);
	answer(peer, WIRE_DENY);
}

static void does_not_know(struct fake_peer *peer)
{
	fake_expect(peer, MSG_ACCT);
	answer(peer, WIRE_NOT_OURS);
}

static void test_root_enters_with_the_agent_stopped(void **state _unused_)
{
	const struct setting setting = { module_path, NOWHERE, "success", "success", "success" };

	for (size_t i = 0; i < ELEMENTSOF(stacks); i++) {
		struct codes codes;
		int cred;

		write_stack(stacks[i], &setting);
		codes = enter("root");
		if (codes.auth != PAM_SUCCESS || codes.cred != PAM_SUCCESS ||
		    codes.acct != PAM_SUCCESS || codes.session != PAM_SUCCESS || n_prompts != 0)
			fail_msg("%s: %d %d %d %d", stacks[i], codes.auth, codes.cred, codes.acct,
				 codes.session);
		assert_int_equal(enter_by_key("root", &cred), PAM_SUCCESS);
		assert_int_equal(cred, PAM_SUCCESS);
	}
}

static void test_root_enters_when_the_module_cannot_be_loaded(void **state _unused_)
{
	const struct setting setting = { "/nonexistent/pam_idp.so", NOWHERE, "success", "success",
					 "success" };

	for (size_t i = 0; i < ELEMENTSOF(stacks); i++) {
		struct codes codes;

		write_stack(stacks[i], &setting);
		codes = enter("root");
		if (codes.auth != PAM_SUCCESS || codes.acct != PAM_SUCCESS)
			fail_msg("%s: %d %d", stacks[i], codes.auth, codes.acct);
	}
}

static void test_a_wrong_password_stays_wrong(void **state _unused_)
{
	const struct setting setting = { module_path, NOWHERE, "auth_err", "success", "success" };

	for (size_t i = 0; i < ELEMENTSOF(stacks); i++) {
		write_stack(stacks[i], &setting);
		assert_int_not_equal(enter("root").auth, PAM_SUCCESS);
	}
}

/* One sign-in, whatever pam_unix would have said. */
static int sign_in(const char *stack, fake_script script, const char *unix_auth)
{
	struct fake_agent agent;
	struct setting setting = { module_path, NULL, unix_auth, "success", "success" };
	struct pam_conv conv = { .conv = converse };
	pam_handle_t *pamh = NULL;
	int code;

	fake_agent_start(&agent, script, 1);
	setting.socket = agent.path;
	write_stack(stack, &setting);
	n_prompts = 0;
	assert_int_equal(pam_start_confdir("idp-test", PERSON, &conv, confdir, &pamh), PAM_SUCCESS);
	code = pam_authenticate(pamh, 0);
	if (code == PAM_SUCCESS)
		assert_int_equal(pam_setcred(pamh, PAM_ESTABLISH_CRED), PAM_SUCCESS);
	assert_int_equal(pam_end(pamh, code), PAM_SUCCESS);
	assert_true(fake_agent_stop(&agent));
	return code;
}

static void test_a_person_enters_without_a_unix_password(void **state _unused_)
{
	for (size_t i = 0; i < ELEMENTSOF(stacks); i++) {
		assert_int_equal(sign_in(stacks[i], permits, "auth_err"), PAM_SUCCESS);
		assert_int_equal(n_prompts, 1);
	}
}

/* Not even pam_unix can let in who was refused. */
static void test_a_refusal_is_final(void **state _unused_)
{
	for (size_t i = 0; i < ELEMENTSOF(stacks); i++)
		assert_int_equal(sign_in(stacks[i], denies, "success"), PAM_AUTH_ERR);
}

static void test_with_the_agent_away_the_others_decide(void **state _unused_)
{
	struct setting setting = { module_path, NOWHERE, "auth_err", "success", "success" };

	for (size_t i = 0; i < ELEMENTSOF(stacks); i++) {
		write_stack(stacks[i], &setting);
		assert_int_not_equal(enter(PERSON).auth, PAM_SUCCESS);
	}
}

static int account(const char *stack, fake_script script, const char *unix_acct)
{
	struct fake_agent agent;
	struct setting setting = { module_path, NOWHERE, "auth_err", unix_acct, "success" };
	int code;
	int cred;

	if (script) {
		fake_agent_start(&agent, script, 1);
		setting.socket = agent.path;
	}
	write_stack(stack, &setting);
	code = enter_by_key(PERSON, &cred);
	if (script && !fake_agent_stop(&agent))
		fail_msg("%s: the agent was not asked", stack);
	return code;
}

static void test_account_management_counts_after_a_key(void **state _unused_)
{
	for (size_t i = 0; i < ELEMENTSOF(stacks); i++) {
		assert_int_equal(account(stacks[i], permits_account, "success"), PAM_SUCCESS);
		assert_int_equal(account(stacks[i], denies_account, "success"), PAM_PERM_DENIED);
		assert_int_equal(account(stacks[i], does_not_know, "success"), PAM_SUCCESS);
		assert_int_equal(account(stacks[i], NULL, "success"), PAM_AUTHINFO_UNAVAIL);
	}
}

static void tells_where(struct fake_peer *peer)
{
	fake_expect(peer, MSG_CHAUTHTOK);
	fake_say(peer, WIRE_SAY_INFO, "Passwords are changed at https://id.example.org");
	answer(peer, WIRE_DENY);
}

static int change_password(const char *user, const struct setting *setting)
{
	struct pam_conv conv = { .conv = converse };
	pam_handle_t *pamh = NULL;
	int code;

	write_debian(setting);
	assert_int_equal(pam_start_confdir("idp-test", user, &conv, confdir, &pamh), PAM_SUCCESS);
	code = pam_chauthtok(pamh, 0);
	assert_int_equal(pam_end(pamh, code), PAM_SUCCESS);
	return code;
}

static void test_passwords_of_the_platform_are_changed_there(void **state _unused_)
{
	struct setting setting = { .module = module_path,
				   .socket = NOWHERE,
				   .unix_auth = "success",
				   .unix_acct = "success",
				   .unix_password = "success" };
	struct fake_agent agent;

	assert_int_equal(change_password("root", &setting), PAM_SUCCESS);
	setting.unix_password = "user_unknown";
	assert_int_not_equal(change_password("root", &setting), PAM_SUCCESS);
	assert_int_not_equal(change_password(PERSON, &setting), PAM_SUCCESS);
	fake_agent_start(&agent, tells_where, 1);
	setting.socket = agent.path;
	assert_int_equal(change_password(PERSON, &setting), PAM_PERM_DENIED);
	assert_true(fake_agent_stop(&agent));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_root_enters_with_the_agent_stopped),
		TEST(test_root_enters_when_the_module_cannot_be_loaded),
		TEST(test_a_wrong_password_stays_wrong),
		TEST(test_a_person_enters_without_a_unix_password),
		TEST(test_a_refusal_is_final),
		TEST(test_with_the_agent_away_the_others_decide),
		TEST(test_account_management_counts_after_a_key),
		TEST(test_passwords_of_the_platform_are_changed_there),
	};
	const char *build = getenv("top_builddir");
	char path[PATH_MAX];
	char service[64];
	int n_failed;

	top_srcdir = getenv("top_srcdir");
	if (!top_srcdir)
		top_srcdir = "..";
	(void)snprintf(path, sizeof(path), "%s/.libs/pam_idp.so", build && *build ? build : ".");
	if (!realpath(path, module_path) || !mkdtemp(confdir)) {
		(void)fprintf(stderr, "pam_idp.so is not built\n");
		return 1;
	}
	cmocka_set_message_output(CM_OUTPUT_TAP);
	n_failed = cmocka_run_group_tests(tests, NULL, NULL);
	(void)snprintf(service, sizeof(service), "%s/idp-test", confdir);
	(void)unlink(service);
	(void)rmdir(confdir);
	return n_failed;
}
