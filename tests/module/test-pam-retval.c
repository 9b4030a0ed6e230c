/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/lib/test.h"

/*
 * What pam_idp.so returns: every entry point, every verdict, every way an agent can fail, through
 * libpam and the built module, with a scripted agent on the other side.
 *
 * A stack is "[ignore=ignore default=done] pam_idp.so ..." and then pam_debug.so, which returns
 * PAM_CRED_UNAVAIL: so each code of the module is seen as it is, and IGNORED stands for PAM_IGNORE.
 */

#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <security/pam_appl.h>

#include "common/clock.h"
#include "common/name.h"
#include "common/sock.h"
#include "tests/lib/fake-agent.h"

#define IGNORED PAM_CRED_UNAVAIL
#define PERSON  "zz.idp-test"
#define SECRET  "correct horse battery staple"
#define NOWHERE "/nonexistent/agent.sock"

/* An address: libpam's audit would ask the DNS about a name. */
#define SOURCE "192.0.2.7"

/* What the conversation of the application saw, and how it behaves. */
struct person {
	char shown[65536]; /* every text, one line each, after its style: "i:" "e:" "?:" "*:" */
	size_t n_prompts;
	const char *answer; /* NULL: the conversation fails */
	pam_handle_t *swap; /* a prompt gives this handle another user */
};

static char confdir[] = "/tmp/idp-pam-XXXXXX";
static char module_path[PATH_MAX];

static void person_show(struct person *person, const char *style, const char *text)
{
	size_t used = strlen(person->shown);

	if (strstr(text, "=cred_unavail")) /* pam_debug.so */
		return;
	(void)snprintf(person->shown + used, sizeof(person->shown) - used, "%s:%s\n", style, text);
}

static int converse(int n, const struct pam_message **messages, struct pam_response **ret_responses,
		    void *data)
{
	struct person *person = data;
	struct pam_response *responses = calloc((size_t)n, sizeof(*responses));

	assert_non_null(responses);
	for (int i = 0; i < n; i++) {
		static const char *const style[] = { [PAM_PROMPT_ECHO_OFF] = "*",
						     [PAM_PROMPT_ECHO_ON] = "?",
						     [PAM_ERROR_MSG] = "e",
						     [PAM_TEXT_INFO] = "i" };
		bool prompt = messages[i]->msg_style == PAM_PROMPT_ECHO_OFF ||
			      messages[i]->msg_style == PAM_PROMPT_ECHO_ON;

		person_show(person, style[messages[i]->msg_style], messages[i]->msg);
		person->n_prompts += prompt;
		if (prompt && !person->answer) {
			free(responses);
			return PAM_CONV_ERR;
		}
		if (prompt && person->swap)
			IGNORE(pam_set_item(person->swap, PAM_USER, "idp-mallory"));
		responses[i].resp = prompt ? strdup(person->answer) : NULL;
	}
	*ret_responses = responses;
	return PAM_SUCCESS;
}

enum entry { AUTH, CRED, ACCT, OPEN, CLOSE, PASSWD };

static int enter(pam_handle_t *pamh, enum entry entry, int flags)
{
	switch (entry) {
	case AUTH:
		return pam_authenticate(pamh, flags);
	case CRED:
		return pam_setcred(pamh, flags | (int)PAM_ESTABLISH_CRED);
	case ACCT:
		return pam_acct_mgmt(pamh, flags);
	case OPEN:
		return pam_open_session(pamh, flags);
	case CLOSE:
		return pam_close_session(pamh, flags);
	case PASSWD:
		return pam_chauthtok(pamh, flags);
	}
	return PAM_ABORT;
}

static void write_service(const char *options)
{
	static const char *const groups[] = { "auth", "account", "session", "password" };
	char path[128];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/idp-test", confdir);
	f = fopen(path, "we");
	assert_non_null(f);
	for (size_t i = 0; i < ELEMENTSOF(groups); i++) {
		(void)fprintf(f, "%s [ignore=ignore default=done] %s %s\n", groups[i], module_path,
			      options);
		(void)fprintf(f,
			      "%s required pam_debug.so auth=cred_unavail cred=cred_unavail "
			      "acct=cred_unavail open_session=cred_unavail "
			      "close_session=cred_unavail prechauthtok=cred_unavail "
			      "chauthtok=cred_unavail\n",
			      groups[i]);
	}
	assert_int_equal(fclose(f), 0);
}

static pam_handle_t *start(const char *user, struct person *person, const char *socket,
			   const char *options)
{
	struct pam_conv conv = { .conv = converse, .appdata_ptr = person };
	pam_handle_t *pamh = NULL;
	char all[512];

	(void)snprintf(all, sizeof(all), "socket=%s %s", socket, options);
	write_service(all);
	assert_int_equal(pam_start_confdir("idp-test", user, &conv, confdir, &pamh), PAM_SUCCESS);
	assert_int_equal(pam_set_item(pamh, PAM_RHOST, SOURCE), PAM_SUCCESS);
	assert_int_equal(pam_set_item(pamh, PAM_TTY, "pts/7"), PAM_SUCCESS);
	assert_int_equal(pam_set_item(pamh, PAM_RUSER, "remote"), PAM_SUCCESS);
	return pamh;
}

struct trial {
	const char *name;
	enum entry entry;
	int flags;
	fake_script script; /* NULL: nobody listens */
	const char *options;
	int code;
	bool endless; /* the script must be killed */
	bool mute;    /* the conversation fails */
	usec_t at_most;
};

/* One trial in a handle of its own; *ret_person gets what was shown. */
static void run(const struct trial *trial, struct person *person)
{
	struct fake_agent agent = { .pid = -1, .path = NOWHERE };
	usec_t limit = trial->at_most ? trial->at_most : 10 * USEC_PER_SEC;
	pam_handle_t *pamh;
	usec_t before;
	int code;

	memset(person, 0, sizeof(*person));
	person->answer = trial->mute ? NULL : SECRET;
	if (trial->script)
		fake_agent_start(&agent, trial->script, 1);
	pamh = start(PERSON, person, agent.path, trial->options ? trial->options : "");
	before = clock_now();
	code = enter(pamh, trial->entry, trial->flags);
	if (code != trial->code)
		fail_msg("%s: %s, not %s", trial->name, pam_strerror(pamh, code),
			 pam_strerror(pamh, trial->code));
	if (clock_now() - before > limit)
		fail_msg("%s: took %llu ms", trial->name,
			 (unsigned long long)((clock_now() - before) / USEC_PER_MSEC));
	assert_int_equal(pam_end(pamh, code), PAM_SUCCESS);
	if (!trial->script)
		return;
	if (trial->endless)
		fake_agent_kill(&agent);
	else if (!fake_agent_stop(&agent))
		fail_msg("%s: the agent's script did not end well", trial->name);
}

static void run_all(const struct trial *trials, size_t n)
{
	static struct person person;

	for (size_t i = 0; i < n; i++)
		run(&trials[i], &person);
}

/* ---- verdicts ---- */

/* The first request, whatever it is. */
static void expect_some(struct fake_peer *peer)
{
	size_t len = 0;

	if (sock_receive(peer->fd, peer->memory, sizeof(peer->memory),
			 clock_add(clock_now(), 10 * USEC_PER_SEC), &len) < 0 ||
	    wire_open(&peer->in, peer->memory, len) < 0)
		_exit(1);
	peer->serial = peer->in.serial;
}

#define VERDICT(name, result)                                                        \
	static void name(struct fake_peer *peer)                                     \
	{                                                                            \
		expect_some(peer);                                                   \
		fake_done(peer, result, "test", "the text of the verdict", 0, NULL); \
	}

VERDICT(says_deny, WIRE_DENY)
VERDICT(says_permit, WIRE_PERMIT)
VERDICT(says_not_ours, WIRE_NOT_OURS)
VERDICT(says_unavail, WIRE_UNAVAIL)
VERDICT(says_expired, WIRE_EXPIRED)
VERDICT(says_busy, WIRE_BUSY)
VERDICT(says_unknown_number, 6)
VERDICT(says_huge_number, UINT32_MAX)

static void test_each_verdict_has_its_code_in_each_phase(void **state _unused_)
{
	static const struct {
		fake_script script;
		int auth, acct, session, passwd;
	} rows[] = {
		{ says_permit, PAM_SUCCESS, PAM_SUCCESS, PAM_SUCCESS, IGNORED },
		{ says_deny, PAM_AUTH_ERR, PAM_PERM_DENIED, PAM_PERM_DENIED, PAM_PERM_DENIED },
		{ says_not_ours, PAM_USER_UNKNOWN, IGNORED, IGNORED, IGNORED },
		{ says_unavail, PAM_AUTHINFO_UNAVAIL, PAM_AUTHINFO_UNAVAIL, PAM_SESSION_ERR,
		  PAM_TRY_AGAIN },
		{ says_expired, PAM_ACCT_EXPIRED, PAM_ACCT_EXPIRED, PAM_ACCT_EXPIRED,
		  PAM_PERM_DENIED },
		{ says_busy, PAM_MAXTRIES, PAM_AUTHINFO_UNAVAIL, PAM_SESSION_ERR, PAM_TRY_AGAIN },
		{ says_unknown_number, PAM_AUTHINFO_UNAVAIL, PAM_AUTHINFO_UNAVAIL, PAM_SESSION_ERR,
		  PAM_TRY_AGAIN },
		{ says_huge_number, PAM_AUTHINFO_UNAVAIL, PAM_AUTHINFO_UNAVAIL, PAM_SESSION_ERR,
		  PAM_TRY_AGAIN },
	};

	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		const struct trial trials[] = {
			{ "auth", AUTH, .script = rows[i].script, .code = rows[i].auth },
			{ "acct", ACCT, .script = rows[i].script, .code = rows[i].acct },
			{ "open", OPEN, .script = rows[i].script, .code = rows[i].session },
			{ "close", CLOSE, .script = rows[i].script, .code = rows[i].session },
			{ "passwd", PASSWD, .script = rows[i].script, .code = rows[i].passwd },
		};

		run_all(trials, ELEMENTSOF(trials));
	}
}

/*
 * CVE-2025-5689: where sshd sees a placeholder only, "not ours" must not leave the name to modules
 * that would go by its id. What this process sees is in the test's hands: the module's
 * pam_modutil_getpwnam() is this one.
 */
static struct passwd *seen;

_public_ struct passwd *pam_modutil_getpwnam(pam_handle_t *pamh, const char *user);
struct passwd *pam_modutil_getpwnam(pam_handle_t *pamh _unused_, const char *user)
{
	assert_string_equal(user, PERSON);
	return seen;
}

static void test_a_placeholder_never_has_a_session(void **state _unused_)
{
	static char home[] = "/nonexistent", shell[] = "/usr/sbin/nologin", other[] = "/home/x";
	struct passwd entries[] = {
		{ .pw_uid = UID_RANGE_CEILING, .pw_gid = UID_RANGE_CEILING },
		{ .pw_uid = UID_RANGE_CEILING - 1, .pw_gid = UID_RANGE_CEILING },
		{ .pw_uid = 987, .pw_gid = 987 },     /* a daemon's, of another source */
		{ .pw_uid = 61200, .pw_gid = 61200 }, /* DynamicUser= */
		{ .pw_uid = UID_RANGE_CEILING, .pw_gid = UID_RANGE_CEILING, .pw_dir = other },
		{ .pw_uid = UID_RANGE_CEILING, .pw_gid = UID_RANGE_CEILING, .pw_shell = other },
	};

	for (size_t i = 0; i < ELEMENTSOF(entries); i++) {
		const int refused = i == 0 ? PAM_PERM_DENIED : IGNORED;
		const struct trial trials[] = {
			{ "auth", AUTH, .script = says_not_ours, .code = PAM_USER_UNKNOWN },
			{ "acct", ACCT, .script = says_not_ours, .code = refused },
			{ "open", OPEN, .script = says_not_ours, .code = refused },
			{ "close", CLOSE, .script = says_not_ours, .code = IGNORED },
			{ "known", ACCT, .script = says_permit, .code = PAM_SUCCESS },
		};

		entries[i].pw_dir = entries[i].pw_dir ? entries[i].pw_dir : home;
		entries[i].pw_shell = entries[i].pw_shell ? entries[i].pw_shell : shell;
		seen = &entries[i];
		run_all(trials, ELEMENTSOF(trials));
	}
	seen = NULL;
}

/* ---- what is asked, shown and answered ---- */

static void expect_items(struct fake_peer *peer, enum wire_type type)
{
	fake_expect(peer, type);
	fake_expect_str(peer, "idp-test");
	fake_expect_str(peer, PERSON);
	fake_expect_str(peer, SOURCE);
	fake_expect_str(peer, "pts/7");
	fake_expect_str(peer, "remote");
}

static void holds_a_dialog(struct fake_peer *peer)
{
	static const char *const env[] = { "IDP_LOA=2",        "LD_PRELOAD=/tmp/x", "PATH=/tmp",
					   "IDP_=nothing",     "IDP_lower=1",       "IDP_NOVALUE",
					   "IDP_BAD=a\nPATH=b" };
	uint32_t serial;

	expect_items(peer, MSG_AUTH);
	serial = peer->serial;
	fake_say(peer, WIRE_SAY_INFO, "");
	fake_say(peer, WIRE_SAY_INFO, "hello");
	fake_say(peer, WIRE_SAY_ERROR, "careful");
	fake_ask(peer, WIRE_ASK_ECHO, "code ABCD\x1b[2J\xc2\x9b\tthen Enter\n");
	fake_expect(peer, MSG_ANSWER);
	fake_expect_str(peer, SECRET);
	if (peer->serial != serial)
		_exit(1);
	fake_ask(peer, WIRE_ASK_HIDDEN, "PIN: ");
	fake_expect(peer, MSG_ANSWER);
	fake_expect_str(peer, SECRET);
	fake_done(peer, WIRE_PERMIT, "permit", "welcome", ELEMENTSOF(env), env);
}

static void test_the_module_is_a_terminal_of_the_agent(void **state _unused_)
{
	static struct person person = { .answer = SECRET };
	struct fake_agent agent;
	const void *user = NULL;
	pam_handle_t *pamh;
	int code;

	fake_agent_start(&agent, holds_a_dialog, 1);
	pamh = start(PERSON, &person, agent.path, "timeout=10");
	code = pam_authenticate(pamh, 0);
	assert_int_equal(code, PAM_SUCCESS);
	assert_true(fake_agent_stop(&agent));
	assert_string_equal(person.shown, "i:hello\ne:careful\n"
					  "?:code ABCD?[2J??\tthen Enter\n\n"
					  "*:PIN: \ni:welcome\n");
	assert_string_equal(pam_getenv(pamh, "IDP_LOA"), "2");
	assert_null(pam_getenv(pamh, "LD_PRELOAD"));
	assert_null(pam_getenv(pamh, "PATH"));
	assert_null(pam_getenv(pamh, "IDP_"));
	assert_null(pam_getenv(pamh, "IDP_lower"));
	assert_null(pam_getenv(pamh, "IDP_NOVALUE"));
	assert_null(pam_getenv(pamh, "IDP_BAD"));
	assert_int_equal(pam_get_item(pamh, PAM_USER, &user), PAM_SUCCESS);
	assert_string_equal(user, PERSON);
	assert_int_equal(pam_setcred(pamh, PAM_ESTABLISH_CRED), PAM_SUCCESS);
	assert_int_equal(pam_end(pamh, code), PAM_SUCCESS);
}

/* An answer about one name is of no use for another. */
static void test_a_user_swapped_in_the_prompt_is_refused(void **state _unused_)
{
	static struct person person = { .answer = SECRET };
	struct fake_agent agent;
	pam_handle_t *pamh;
	int code;

	fake_agent_start(&agent, holds_a_dialog, 1);
	pamh = start(PERSON, &person, agent.path, "timeout=10");
	person.swap = pamh;
	code = pam_authenticate(pamh, 0);
	assert_int_equal(code, PAM_AUTH_ERR);
	assert_true(fake_agent_stop(&agent));
	assert_int_not_equal(pam_setcred(pamh, PAM_ESTABLISH_CRED), PAM_SUCCESS);
	assert_int_equal(pam_end(pamh, code), PAM_SUCCESS);
}

static void denies_with_env(struct fake_peer *peer)
{
	static const char *const env[] = { "IDP_LOA=2" };

	expect_items(peer, MSG_AUTH);
	fake_done(peer, WIRE_DENY, "no-rule", "You may not.", 1, env);
}

static void test_a_refusal_sets_nothing(void **state _unused_)
{
	static struct person person = { .answer = SECRET };
	struct fake_agent agent;
	pam_handle_t *pamh;

	fake_agent_start(&agent, denies_with_env, 1);
	pamh = start(PERSON, &person, agent.path, "");
	assert_int_equal(pam_authenticate(pamh, 0), PAM_AUTH_ERR);
	assert_true(fake_agent_stop(&agent));
	assert_null(pam_getenv(pamh, "IDP_LOA"));
	assert_string_equal(person.shown, "e:You may not.\n");
	assert_int_equal(pam_setcred(pamh, PAM_ESTABLISH_CRED), IGNORED);
	assert_int_equal(pam_end(pamh, PAM_AUTH_ERR), PAM_SUCCESS);
}

static void test_a_second_sign_in_forgets_the_first(void **state _unused_)
{
	static struct person person = { .answer = SECRET };
	struct fake_agent agent;
	pam_handle_t *pamh;

	fake_agent_start(&agent, says_permit, 1);
	pamh = start(PERSON, &person, agent.path, "");
	assert_int_equal(pam_authenticate(pamh, 0), PAM_SUCCESS);
	assert_true(fake_agent_stop(&agent));
	assert_int_equal(pam_authenticate(pamh, 0), PAM_AUTHINFO_UNAVAIL);
	assert_int_equal(pam_setcred(pamh, PAM_ESTABLISH_CRED), IGNORED);
	assert_int_equal(pam_end(pamh, PAM_AUTHINFO_UNAVAIL), PAM_SUCCESS);
}

#define ASKS_FOR(name, type)                                             \
	static void name(struct fake_peer *peer)                         \
	{                                                                \
		expect_items(peer, type);                                \
		fake_say(peer, WIRE_SAY_INFO, "note");                   \
		fake_done(peer, WIRE_PERMIT, "permit", "fine", 0, NULL); \
		fake_expect_hangup(peer);                                \
	}

ASKS_FOR(asks_auth, MSG_AUTH)
ASKS_FOR(asks_acct, MSG_ACCT)
ASKS_FOR(asks_open, MSG_OPEN)
ASKS_FOR(asks_close, MSG_CLOSE)
ASKS_FOR(asks_passwd, MSG_CHAUTHTOK)

static void test_each_entry_point_asks_its_own_question(void **state _unused_)
{
	static const struct trial trials[] = {
		{ "auth", AUTH, .script = asks_auth, .code = PAM_SUCCESS },
		{ "acct", ACCT, .script = asks_acct, .code = PAM_SUCCESS },
		{ "open", OPEN, .script = asks_open, .code = PAM_SUCCESS },
		{ "close", CLOSE, .script = asks_close, .code = PAM_SUCCESS },
		{ "passwd", PASSWD, .script = asks_passwd, .code = IGNORED },
	};

	run_all(trials, ELEMENTSOF(trials));
}

/* ---- how long a session may last ---- */

static const char *session_max; /* what the agent says; NULL nothing */

static void opens(struct fake_peer *peer)
{
	expect_items(peer, MSG_OPEN);
	fake_done(peer, WIRE_PERMIT, "opened", "", session_max ? 1 : 0, &session_max);
}

/* What the person's own files have set before is not the agent's word. */
static void test_a_session_is_as_long_as_the_agent_says(void **state _unused_)
{
	static const struct {
		const char *says;
		int code;
		const char *kept;
	} rows[] = {
		{ NULL, PAM_SUCCESS, NULL },
		{ "IDP_SESSION_MAX=36000", PAM_SUCCESS, "36000" },
		{ "IDP_SESSION_MAX=31536000", PAM_SUCCESS, "31536000" },
		{ "IDP_SESSION_MAX=", PAM_SESSION_ERR, "" },
		{ "IDP_SESSION_MAX=infinity", PAM_SESSION_ERR, "infinity" },
		{ "IDP_SESSION_MAX=-1", PAM_SESSION_ERR, "-1" },
		{ "IDP_SESSION_MAX=1h", PAM_SESSION_ERR, "1h" },
		{ "IDP_SESSION_MAX=315360000", PAM_SESSION_ERR, "315360000" },
	};

	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		static struct person person = { .answer = SECRET };
		struct fake_agent agent;
		pam_handle_t *pamh;
		const char *kept;
		int code;

		session_max = rows[i].says;
		fake_agent_start(&agent, opens, 1);
		pamh = start(PERSON, &person, agent.path, "");
		assert_int_equal(pam_putenv(pamh, "IDP_SESSION_MAX=99999999"), PAM_SUCCESS);
		code = pam_open_session(pamh, 0);
		kept = pam_getenv(pamh, "IDP_SESSION_MAX");
		if (code != rows[i].code || !kept != !rows[i].kept ||
		    (kept && strcmp(kept, rows[i].kept) != 0))
			fail_msg("%s: %d, %s", rows[i].says ? rows[i].says : "nothing", code,
				 kept ? kept : "nothing");
		assert_true(fake_agent_stop(&agent));
		assert_int_equal(pam_end(pamh, code), PAM_SUCCESS);
	}
}

static void test_setcred_without_sign_in_says_nothing(void **state _unused_)
{
	static const struct trial trials[] = {
		{ "establish", CRED, .code = IGNORED, .at_most = USEC_PER_SEC },
		{ "silent", CRED, .flags = PAM_SILENT, .code = IGNORED, .at_most = USEC_PER_SEC },
	};

	run_all(trials, ELEMENTSOF(trials));
}

static void shown(const struct trial *trial, const char *text)
{
	static struct person person;

	run(trial, &person);
	assert_string_equal(person.shown, text);
}

static void says_and_denies(struct fake_peer *peer)
{
	expect_some(peer);
	fake_say(peer, WIRE_SAY_INFO, "information");
	fake_say(peer, WIRE_SAY_ERROR, "error");
	fake_ask(peer, WIRE_ASK_ECHO, "prompt");
	fake_expect(peer, MSG_ANSWER);
	fake_done(peer, WIRE_DENY, "no-rule", "no", 0, NULL);
}

static void test_silence_is_kept_where_it_is_asked_for(void **state _unused_)
{
	struct trial trial = { "talk", AUTH, .script = says_and_denies, .code = PAM_AUTH_ERR };

	shown(&trial, "i:information\ne:error\n?:prompt\ne:no\n");
	trial.options = "quiet";
	shown(&trial, "e:error\n?:prompt\ne:no\n");
	trial.options = "";
	trial.flags = PAM_SILENT;
	shown(&trial, "?:prompt\ne:no\n"); /* why, after a prompt, is part of the conversation */
	shown(&(struct trial){ "away", AUTH, .code = PAM_AUTHINFO_UNAVAIL },
	      "e:The identity service of this host does not answer.\n");
	shown(&(struct trial){ "away", AUTH, .flags = PAM_SILENT, .code = PAM_AUTHINFO_UNAVAIL },
	      "");
	shown(&(struct trial){ "not ours", AUTH, .script = says_not_ours,
			       .code = PAM_USER_UNKNOWN },
	      "");
}

/* ---- options ---- */

static void test_options_nobody_knows_lock_nobody_out(void **state _unused_)
{
	static const char *const options[] = { "debug",
					       "quiet debug",
					       "try_first_pass use_first_pass use_authtok",
					       "no_such_option",
					       "timeout=0",
					       "timeout=-1",
					       "timeout=901",
					       "timeout=18446744073709551617",
					       "timeout=1x",
					       "timeout=",
					       "timeout",
					       "timeout=900",
					       "socket=relative debug=1 =" };

	for (size_t i = 0; i < ELEMENTSOF(options); i++) {
		struct trial trial = { options[i], AUTH, .script = says_permit,
				       .options = options[i], .code = PAM_SUCCESS };
		static struct person person;

		run(&trial, &person);
		trial.entry = ACCT;
		run(&trial, &person);
	}
}

/* ---- agents that fail ---- */

static void dies_at_once(struct fake_peer *peer _unused_)
{
	fake_die();
}

static void dies_after_request(struct fake_peer *peer)
{
	expect_some(peer);
	fake_die();
}

static void dies_at_the_prompt(struct fake_peer *peer)
{
	fake_expect(peer, MSG_AUTH);
	fake_ask(peer, WIRE_ASK_ECHO, "Enter: ");
	fake_die();
}

static void dies_after_answer(struct fake_peer *peer)
{
	fake_expect(peer, MSG_AUTH);
	fake_ask(peer, WIRE_ASK_HIDDEN, "Enter: ");
	fake_expect(peer, MSG_ANSWER);
	fake_die();
}

static void closes_after_request(struct fake_peer *peer)
{
	expect_some(peer);
}

static void is_silent(struct fake_peer *peer _unused_)
{
	fake_silence();
}

static void is_silent_after_answer(struct fake_peer *peer)
{
	fake_expect(peer, MSG_AUTH);
	fake_ask(peer, WIRE_ASK_ECHO, "Enter: ");
	fake_expect(peer, MSG_ANSWER);
	fake_silence();
}

/* Signs of life for ever: only the deadline of the whole ends this. */
static void never_decides(struct fake_peer *peer)
{
	expect_some(peer);
	for (;;) {
		fake_say(peer, WIRE_SAY_INFO, "");
		IGNORE(usleep(100000));
	}
}

static void says_without_end(struct fake_peer *peer)
{
	expect_some(peer);
	for (unsigned i = 0; i < 100000; i++)
		fake_say(peer, WIRE_SAY_INFO, "x");
	fake_done(peer, WIRE_PERMIT, "", "", 0, NULL);
}

static void asks_without_end(struct fake_peer *peer)
{
	fake_expect(peer, MSG_AUTH);
	for (unsigned i = 0; i < PAM_ASKS_MAX; i++) {
		fake_ask(peer, WIRE_ASK_ECHO, "again: ");
		fake_expect(peer, MSG_ANSWER);
	}
	fake_ask(peer, WIRE_ASK_ECHO, "again: ");
	fake_expect_hangup(peer);
}

static void sends_noise(struct fake_peer *peer)
{
	expect_some(peer);
	fake_raw(peer, "GET / HTTP/1.1\r\n\r\n", 18);
	fake_expect_hangup(peer);
}

static void sends_an_empty_message(struct fake_peer *peer)
{
	expect_some(peer);
	fake_raw(peer, "", 0);
}

static void sends_a_cut_done(struct fake_peer *peer)
{
	expect_some(peer);
	fake_done(peer, WIRE_DENY, "", "", 0, NULL);
	wire_begin(&peer->out, MSG_DONE, peer->serial);
	wire_put_u32(&peer->out, WIRE_PERMIT);
	fake_raw(peer, peer->out.data, peer->out.len);
}

/* Only the cut one: a permit whose fields are missing. */
static void sends_only_a_cut_permit(struct fake_peer *peer)
{
	expect_some(peer);
	wire_begin(&peer->out, MSG_DONE, peer->serial);
	wire_put_u32(&peer->out, WIRE_PERMIT);
	fake_raw(peer, peer->out.data, peer->out.len);
	fake_expect_hangup(peer);
}

/* A good permit with one byte too many. */
static void sends_a_long_permit(struct fake_peer *peer)
{
	expect_some(peer);
	wire_begin(&peer->out, MSG_DONE, peer->serial);
	wire_put_u32(&peer->out, WIRE_PERMIT);
	wire_put_str(&peer->out, "");
	wire_put_str(&peer->out, "");
	wire_put_count(&peer->out, 0);
	buf_put_u8(&peer->out, 0);
	fake_raw(peer, peer->out.data, peer->out.len);
	fake_expect_hangup(peer);
}

static void sends_too_much(struct fake_peer *peer)
{
	static char bytes[WIRE_MESSAGE_MAX + 4096];

	expect_some(peer);
	memset(bytes, 'x', sizeof(bytes));
	fake_raw(peer, bytes, sizeof(bytes));
	fake_expect_hangup(peer);
}

static void permits_somebody_else(struct fake_peer *peer)
{
	expect_some(peer);
	peer->serial++;
	fake_done(peer, WIRE_PERMIT, "", "", 0, NULL);
	fake_expect_hangup(peer);
}

static void answers_nss(struct fake_peer *peer)
{
	expect_some(peer);
	wire_begin(&peer->out, MSG_NOTFOUND, peer->serial);
	assert_int_equal(wire_end(&peer->out), 0);
	fake_raw(peer, peer->out.data, peer->out.len);
	fake_expect_hangup(peer);
}

/* A permit in the words of the requester. */
static void echoes_the_request(struct fake_peer *peer)
{
	size_t len = 0;

	assert_int_equal(sock_receive(peer->fd, peer->memory, sizeof(peer->memory),
				      clock_add(clock_now(), 10 * USEC_PER_SEC), &len),
			 0);
	fake_raw(peer, peer->memory, len);
	fake_expect_hangup(peer);
}

static void asks_in_an_unknown_way(struct fake_peer *peer)
{
	expect_some(peer);
	fake_ask(peer, (enum wire_ask)7, "?");
	fake_expect_hangup(peer);
}

static void sets_too_much(struct fake_peer *peer)
{
	const char *env[PAM_ENV_MAX + 1];

	for (size_t i = 0; i < ELEMENTSOF(env); i++)
		env[i] = "IDP_A=1";
	expect_some(peer);
	fake_done(peer, WIRE_PERMIT, "", "", ELEMENTSOF(env), env);
	fake_expect_hangup(peer);
}

static void asks_and_expects_hangup(struct fake_peer *peer)
{
	fake_expect(peer, MSG_AUTH);
	fake_ask(peer, WIRE_ASK_ECHO, "Enter: ");
	fake_expect_hangup(peer);
}

static void test_an_agent_that_is_not_there_is_no_success(void **state _unused_)
{
	static const struct trial trials[] = {
		{ "auth", AUTH, .code = PAM_AUTHINFO_UNAVAIL, .at_most = 4 * USEC_PER_SEC },
		{ "acct", ACCT, .code = PAM_AUTHINFO_UNAVAIL, .at_most = 4 * USEC_PER_SEC },
		{ "open", OPEN, .code = PAM_SESSION_ERR, .at_most = 4 * USEC_PER_SEC },
		{ "close", CLOSE, .code = PAM_SESSION_ERR, .at_most = 4 * USEC_PER_SEC },
		{ "passwd", PASSWD, .code = PAM_TRY_AGAIN, .at_most = 4 * USEC_PER_SEC },
	};

	run_all(trials, ELEMENTSOF(trials));
}

static void test_an_agent_that_dies_is_no_success(void **state _unused_)
{
	static const fake_script scripts[] = { dies_at_once, dies_after_request, dies_at_the_prompt,
					       dies_after_answer };
	static struct person person;

	for (size_t i = 0; i < ELEMENTSOF(scripts); i++)
		run(&(struct trial){ "dying", AUTH, .script = scripts[i], .endless = true,
				     .code = PAM_AUTHINFO_UNAVAIL, .at_most = 5 * USEC_PER_SEC },
		    &person);
	run(&(struct trial){ "dying", ACCT, .script = dies_after_request, .endless = true,
			     .code = PAM_AUTHINFO_UNAVAIL, .at_most = 5 * USEC_PER_SEC },
	    &person);
	run(&(struct trial){ "closing", AUTH, .script = closes_after_request,
			     .code = PAM_AUTHINFO_UNAVAIL, .at_most = 5 * USEC_PER_SEC },
	    &person);
}

static void test_an_agent_that_is_silent_is_waited_for_so_long(void **state _unused_)
{
	static const struct trial trials[] = {
		{ "auth", AUTH, .script = is_silent, .options = "timeout=1",
		  .code = PAM_AUTHINFO_UNAVAIL, .endless = true, .at_most = 5 * USEC_PER_SEC },
		{ "acct", ACCT, .script = is_silent, .options = "timeout=1",
		  .code = PAM_AUTHINFO_UNAVAIL, .endless = true, .at_most = 5 * USEC_PER_SEC },
		{ "answer", AUTH, .script = is_silent_after_answer, .options = "timeout=1",
		  .code = PAM_AUTHINFO_UNAVAIL, .endless = true, .at_most = 5 * USEC_PER_SEC },
		{ "signs of life", AUTH, .script = never_decides, .options = "timeout=2",
		  .code = PAM_AUTHINFO_UNAVAIL, .endless = true, .at_most = 7 * USEC_PER_SEC },
	};

	run_all(trials, ELEMENTSOF(trials));
}

static void test_an_agent_that_raves_is_no_success(void **state _unused_)
{
	static const struct trial trials[] = {
		{ "noise", AUTH, .script = sends_noise, .code = PAM_AUTHINFO_UNAVAIL },
		{ "empty", AUTH, .script = sends_an_empty_message, .code = PAM_AUTHINFO_UNAVAIL },
		{ "cut permit", AUTH, .script = sends_only_a_cut_permit,
		  .code = PAM_AUTHINFO_UNAVAIL },
		{ "deny, then cut permit", AUTH, .script = sends_a_cut_done, .code = PAM_AUTH_ERR },
		{ "long permit", AUTH, .script = sends_a_long_permit,
		  .code = PAM_AUTHINFO_UNAVAIL },
		{ "long permit", ACCT, .script = sends_a_long_permit,
		  .code = PAM_AUTHINFO_UNAVAIL },
		{ "oversized", AUTH, .script = sends_too_much, .code = PAM_AUTHINFO_UNAVAIL },
		{ "wrong serial", AUTH, .script = permits_somebody_else,
		  .code = PAM_AUTHINFO_UNAVAIL },
		{ "wrong serial", ACCT, .script = permits_somebody_else,
		  .code = PAM_AUTHINFO_UNAVAIL },
		{ "other class", AUTH, .script = answers_nss, .code = PAM_AUTHINFO_UNAVAIL },
		{ "echo", AUTH, .script = echoes_the_request, .code = PAM_AUTHINFO_UNAVAIL },
		{ "odd prompt", AUTH, .script = asks_in_an_unknown_way,
		  .code = PAM_AUTHINFO_UNAVAIL },
		{ "too many variables", AUTH, .script = sets_too_much,
		  .code = PAM_AUTHINFO_UNAVAIL },
	};

	run_all(trials, ELEMENTSOF(trials));
}

static void test_floods_are_bounded(void **state _unused_)
{
	static struct person person;

	run(&(struct trial){ "asks", AUTH, .script = asks_without_end,
			     .code = PAM_AUTHINFO_UNAVAIL },
	    &person);
	assert_int_equal(person.n_prompts, PAM_ASKS_MAX);
	run(&(struct trial){ "says", AUTH, .script = says_without_end, .endless = true,
			     .code = PAM_AUTHINFO_UNAVAIL },
	    &person);
}

static void test_a_person_who_cannot_be_asked_is_refused(void **state _unused_)
{
	static struct person person;

	run(&(struct trial){ "mute", AUTH, .script = asks_and_expects_hangup, .mute = true,
			     .code = PAM_CONV_ERR },
	    &person);
}

/* The alphabet of a token; 67 is prime, so that a piece that is lost or moved is seen. */
static void put_token(char *text, size_t len)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				       "0123456789-_.~+";

	for (size_t i = 0; i < len; i++)
		text[i] = alphabet[i % (sizeof(alphabet) - 1)];
	text[len] = '\0';
}

static void test_an_answer_without_measure_is_not_sent(void **state _unused_)
{
	static char answer[PAM_ANSWER_MAX + 2];
	static struct person person = { .answer = answer };
	struct fake_agent agent;
	pam_handle_t *pamh;

	put_token(answer, PAM_ANSWER_MAX + 1);
	fake_agent_start(&agent, asks_and_expects_hangup, 1);
	pamh = start(PERSON, &person, agent.path, "");
	assert_int_equal(pam_authenticate(pamh, PAM_SILENT), PAM_CONV_ERR);
	assert_true(fake_agent_stop(&agent));
	assert_non_null(
		strstr(person.shown, "e:That is longer than this host takes as an answer.\n"));
	assert_int_equal(pam_end(pamh, PAM_CONV_ERR), PAM_SUCCESS);
}

/* A token of the length that idp-netd takes at most (JWS_LEN_MAX). */
static void takes_the_longest_answer(struct fake_peer *peer)
{
	static char token[JWS_LEN_MAX + 1];

	put_token(token, JWS_LEN_MAX);
	fake_expect(peer, MSG_AUTH);
	fake_ask(peer, WIRE_ASK_HIDDEN, "paste: ");
	fake_expect(peer, MSG_ANSWER);
	fake_expect_str(peer, token);
	fake_done(peer, WIRE_PERMIT, "", "", 0, NULL);
}

static void test_the_longest_answer_is_sent_whole(void **state _unused_)
{
	static char answer[JWS_LEN_MAX + 1];
	static struct person person = { .answer = answer };
	struct fake_agent agent;
	pam_handle_t *pamh;

	put_token(answer, JWS_LEN_MAX);
	fake_agent_start(&agent, takes_the_longest_answer, 1);
	pamh = start(PERSON, &person, agent.path, "");
	assert_int_equal(pam_authenticate(pamh, 0), PAM_SUCCESS);
	assert_true(fake_agent_stop(&agent));
	assert_int_equal(pam_end(pamh, PAM_SUCCESS), PAM_SUCCESS);
}

/* ---- who is not asked about ---- */

/* Nobody may connect: the script fails when somebody does. */
static void is_never_met(struct fake_peer *peer _unused_)
{
	_exit(1);
}

static void expect_untouched(const char *user, const char *why)
{
	static struct person person = { .answer = SECRET };
	static const struct {
		enum entry entry;
		int code;
	} rows[] = { { AUTH, PAM_USER_UNKNOWN }, { ACCT, IGNORED },   { OPEN, IGNORED },
		     { CLOSE, IGNORED },         { PASSWD, IGNORED }, { CRED, IGNORED } };
	struct fake_agent agent;
	usec_t before = clock_now();

	fake_agent_start(&agent, is_never_met, 1);
	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		pam_handle_t *pamh = start(user, &person, agent.path, "");
		int code = enter(pamh, rows[i].entry, 0);

		if (code != rows[i].code)
			fail_msg("%s, entry %zu: %s", why, i, pam_strerror(pamh, code));
		assert_int_equal(pam_end(pamh, code), PAM_SUCCESS);
	}
	assert_true(clock_now() - before < 10 * USEC_PER_SEC);
	assert_int_equal(kill(agent.pid, 0), 0);
	fake_agent_kill(&agent);
	assert_string_equal(person.shown, "");
}

static void test_root_is_left_alone(void **state _unused_)
{
	expect_untouched("root", "root");
}

static void test_whoever_is_in_etc_passwd_is_left_alone(void **state _unused_)
{
	FILE *f = fopen("/etc/passwd", "re");
	struct passwd *entry;
	char last[64] = "";

	assert_non_null(f);
	while ((entry = fgetpwent(f)))
		(void)snprintf(last, sizeof(last), "%s", entry->pw_name);
	assert_int_equal(fclose(f), 0);
	assert_string_not_equal(last, "");
	expect_untouched(last, "the last local user");
}

static void test_names_that_cannot_be_ours_are_not_sent(void **state _unused_)
{
	static char long_name[4097];
	static const char *const names[] = { "a\nb", "a\x1b[2J", "Zz",       "zz:0", "zz/../x",
					     "-zz",  "zz ",      "\xff\xfe", "1234", "zz\x7f" };

	memset(long_name, 'a', sizeof(long_name) - 1);
	expect_untouched(long_name, "4 KiB");
	for (size_t i = 0; i < ELEMENTSOF(names); i++)
		expect_untouched(names[i], names[i]);
}

static void hides_odd_items(struct fake_peer *peer)
{
	fake_expect(peer, MSG_AUTH);
	fake_expect_str(peer, "idp-test");
	fake_expect_str(peer, PERSON);
	fake_expect_str(peer, "?");
	fake_expect_str(peer, "?");
	fake_expect_str(peer, "");
	fake_done(peer, WIRE_DENY, "", "", 0, NULL);
}

static void test_odd_items_are_not_passed_on(void **state _unused_)
{
	static struct person person = { .answer = SECRET };
	static char long_host[5000];
	struct fake_agent agent;
	pam_handle_t *pamh;

	memset(long_host, 'h', sizeof(long_host) - 1);
	fake_agent_start(&agent, hides_odd_items, 1);
	pamh = start(PERSON, &person, agent.path, "");
	assert_int_equal(pam_set_item(pamh, PAM_RHOST, long_host), PAM_SUCCESS);
	assert_int_equal(pam_set_item(pamh, PAM_TTY, "tty\nUser: root"), PAM_SUCCESS);
	assert_int_equal(pam_set_item(pamh, PAM_RUSER, NULL), PAM_SUCCESS);
	assert_int_equal(pam_authenticate(pamh, 0), PAM_AUTH_ERR);
	assert_true(fake_agent_stop(&agent));
	assert_int_equal(pam_end(pamh, PAM_AUTH_ERR), PAM_SUCCESS);
}

/* ---- manners ---- */

static void test_the_guest_leaves_no_trace(void **state _unused_)
{
	static struct person person;
	const struct trial trial = { "manners", AUTH, .script = says_permit, .code = PAM_SUCCESS };
	int before = dup(0);

	assert_true(before > 2);
	(void)close(before);
	for (int i = 0; i < 20; i++)
		run(&trial, &person);
	int after = dup(0);

	assert_int_equal(after, before);
	(void)close(after);
}

static void test_a_missing_stdin_stays_missing(void **state _unused_)
{
	static struct person person;
	const struct trial trial = { "closed fds", AUTH, .script = holds_a_dialog,
				     .code = PAM_SUCCESS };
	int saved = dup(0);

	assert_true(saved > 2);
	(void)close(0);
	run(&trial, &person);
	assert_int_equal(fcntl(0, F_GETFD), -1);
	assert_int_equal(dup2(saved, 0), 0);
	(void)close(saved);
}

/* libpam wants an absolute path. */
static bool find_module(void)
{
	const char *top = getenv("top_builddir");
	char path[PATH_MAX];

	(void)snprintf(path, sizeof(path), "%s/.libs/pam_idp.so", top && *top ? top : ".");
	return realpath(path, module_path) != NULL;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_each_verdict_has_its_code_in_each_phase),
		TEST(test_a_placeholder_never_has_a_session),
		TEST(test_the_module_is_a_terminal_of_the_agent),
		TEST(test_a_user_swapped_in_the_prompt_is_refused),
		TEST(test_a_refusal_sets_nothing),
		TEST(test_a_second_sign_in_forgets_the_first),
		TEST(test_each_entry_point_asks_its_own_question),
		TEST(test_a_session_is_as_long_as_the_agent_says),
		TEST(test_setcred_without_sign_in_says_nothing),
		TEST(test_silence_is_kept_where_it_is_asked_for),
		TEST(test_options_nobody_knows_lock_nobody_out),
		TEST(test_an_agent_that_is_not_there_is_no_success),
		TEST(test_an_agent_that_dies_is_no_success),
		TEST(test_an_agent_that_is_silent_is_waited_for_so_long),
		TEST(test_an_agent_that_raves_is_no_success),
		TEST(test_floods_are_bounded),
		TEST(test_a_person_who_cannot_be_asked_is_refused),
		TEST(test_an_answer_without_measure_is_not_sent),
		TEST(test_the_longest_answer_is_sent_whole),
		TEST(test_root_is_left_alone),
		TEST(test_whoever_is_in_etc_passwd_is_left_alone),
		TEST(test_names_that_cannot_be_ours_are_not_sent),
		TEST(test_odd_items_are_not_passed_on),
		TEST(test_the_guest_leaves_no_trace),
		TEST(test_a_missing_stdin_stays_missing),
	};
	char service[64];
	int n_failed;

	if (!find_module()) {
		(void)fprintf(stderr, "pam_idp.so is not built\n");
		return 1;
	}
	if (!mkdtemp(confdir))
		return 1;
	cmocka_set_message_output(CM_OUTPUT_TAP);
	n_failed = cmocka_run_group_tests(tests, NULL, NULL);
	(void)snprintf(service, sizeof(service), "%s/idp-test", confdir);
	(void)unlink(service);
	(void)rmdir(confdir);
	return n_failed;
}
