/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The real idp-agentd before the real idp-keyd and a token of SoftHSM: assertions for a scripted
 * idp-netd. Where idp-keyd is to misbehave, a liar listens in its place. As root.
 */
#include "tests/lib/test.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/limits.h"
#include "common/sock.h"
#include "tests/lib/keyd.h"
#include "tests/lib/world.h"

#define WAIT (60 * USEC_PER_SEC) /* only a test that fails waits so long */

static struct keyd_run run;
static bool there; /* SoftHSM is installed, and this is root */

struct signed_is {
	char why[REASON_MAX + 1];
	char token[8192];
};

/* ---- a world with a key in a token ---- */

static void write_config(char *text, size_t room, const char *alg, const char *uri)
{
	(void)snprintf(text, room,
		       WORLD_PROVIDER
		       "client_auth = private_key_jwt\nclient_kid = thumbprint\n"
		       "client_alg = %s\nclient_key = %s\n" WORLD_DIRECTORY WORLD_ALLOW("staff"),
		       alg, uri);
}

/* Up to the question of a sign-in of alice, of which w->flow is the number. */
static void make(struct world *w, const char *alg, const char *uri)
{
	char config[2048];

	write_config(config, sizeof(config), alg, uri);
	assert_true(world_start(w, config));
	world_sync(w, "staff", 0);
	world_open(w);
	world_wait_for(w, "alice");
	assert_int_equal(talk_pam(&w->talk, MSG_AUTH, "alice"), 0);
	assert_int_equal(fake_netd_expect(&w->agentd.netd, MSG_DEVICE, &w->flow), 0);
}

/* idp-keyd listens where this agent looks for it. */
static void start_keyd(struct world *w)
{
	(void)agentd_path(&w->agentd, "key", run.socket);
	assert_int_equal(keyd_run_start(&run), 0);
}

static void ask_for(struct world *w, const char *audience)
{
	wire_begin(&w->agentd.netd.out, MSG_SIGN, 0);
	wire_put_u64(&w->agentd.netd.out, w->flow);
	wire_put_str(&w->agentd.netd.out, "corp");
	wire_put_str(&w->agentd.netd.out, audience);
	assert_int_equal(fake_netd_send(&w->agentd.netd), 0);
}

static void hear(struct world *w, struct signed_is *is)
{
	struct wire_in in;

	assert_int_equal(fake_netd_next(&w->agentd.netd, WAIT, &in), 0);
	assert_int_equal(in.type, MSG_SIGNED);
	assert_true(wire_get_u64(&in) == w->flow);
	(void)snprintf(is->why, sizeof(is->why), "%s", wire_get_str(&in, REASON_MAX));
	(void)snprintf(is->token, sizeof(is->token), "%s",
		       wire_get_str(&in, sizeof(is->token) - 1));
	assert_int_equal(wire_close(&in), 0);
	assert_int_equal(*is->why == '\0', *is->token != '\0'); /* one of them, never both */
}

static void refused(struct world *w, const char *word)
{
	struct signed_is is;

	ask_for(w, WORLD_ISS);
	hear(w, &is);
	if (!strstr(is.why, word))
		fail_msg("wanted '%s': %s", word, is.why);
	print_message("# %s\n", is.why);
}

static void granted(struct world *w, struct signed_is *is)
{
	ask_for(w, WORLD_ISS);
	hear(w, is);
	if (!*is->token)
		fail_msg("%s", is->why);
}

/* ---- judging ---- */

static void check_token(const char *token, const char *label)
{
	jwt_t *jwt = keyd_run_read_token(&run, label, token);

	assert_string_equal(jwt_get_grant(jwt, "iss"), "host1");
	assert_string_equal(jwt_get_grant(jwt, "sub"), "host1");
	assert_string_equal(jwt_get_grant(jwt, "aud"), WORLD_ISS);
	assert_int_equal(strlen(jwt_get_header(jwt, "kid")), 43); /* a thumbprint */
	jwt_free(jwt);
}

/* ---- tests ---- */

static void test_assertions(void **state)
{
	static const char *const keys[][2] = { { "RS256", "rsa" }, { "ES256", "p256" } };

	(void)state;
	if (!there)
		skip();
	for (size_t i = 0; i < ELEMENTSOF(keys); i++) {
		struct signed_is first, second;
		size_t logins;
		struct world w;

		make(&w, keys[i][0], keyd_run_uri(&run, keys[i][1], "good"));
		refused(&w, "cannot be reached");
		start_keyd(&w);
		granted(&w, &first);
		logins = keyd_run_spied(&run, "C_Login");
		granted(&w, &second);
		if (logins > 0) /* the public key was kept: one question more, not two */
			assert_int_equal(keyd_run_spied(&run, "C_Login"), logins + 1);
		assert_string_not_equal(first.token, second.token); /* a jti of its own */
		check_token(first.token, keys[i][1]);
		check_token(second.token, keys[i][1]);
		ask_for(&w, "https://evil.example.com");
		hear(&w, &second);
		assert_non_null(strstr(second.why, "audience"));
		assert_non_null(strstr(second.why, "evil.example.com")); /* which one it was */
		keyd_run_stop(&run, SIGTERM);
		world_end(&w);
	}
}

static void test_what_the_person_reads(void **state)
{
	static const char *const bad[][4] = {
		{ "ES256", "p256", "wrong", "refuses the PIN" },
		{ "ES256", "nobody", "good", "no private key" },
		{ "ES256", "twin", "good", "several" },
		{ "ES384", "p256", "good", "cannot sign ES384" },
		{ "PS256", "p256", "good", "cannot sign PS256" },
	};

	(void)state;
	if (!there)
		skip();
	for (size_t i = 0; i < ELEMENTSOF(bad); i++) {
		struct world w;

		make(&w, bad[i][0], keyd_run_uri(&run, bad[i][1], bad[i][2]));
		start_keyd(&w);
		refused(&w, bad[i][3]);
		keyd_run_stop(&run, SIGTERM);
		world_end(&w);
	}
}

static void test_killed_in_the_middle(void **state)
{
	struct signed_is is;
	struct world w;

	(void)state;
	if (!there)
		skip();
	make(&w, "ES256", keyd_run_uri(&run, "p256", "good"));
	start_keyd(&w);
	granted(&w, &is);
	assert_int_equal(kill(run.pid, SIGSTOP), 0);
	ask_for(&w, WORLD_ISS);
	(void)poll(NULL, 0, 200); /* so that it is most likely in the middle; right either way */
	keyd_run_stop(&run, SIGKILL);
	hear(&w, &is);
	assert_true(strstr(is.why, "went away") || strstr(is.why, "cannot be reached"));
	start_keyd(&w);
	granted(&w, &is); /* over a new link, and the key is asked for anew */
	check_token(is.token, "p256");
	keyd_run_stop(&run, SIGTERM);
	world_end(&w);
}

/* A token that hangs stops nobody else: lookups are answered meanwhile. */
static void test_hanging_token(void **state)
{
	const char *const alice[] = { "alice", NULL };
	struct signed_is is;
	struct talk nss;
	struct world w;

	(void)state;
	if (!there)
		skip();
	make(&w, "ES256", keyd_run_uri(&run, "p256", "good"));
	start_keyd(&w);
	granted(&w, &is);
	assert_int_equal(kill(run.pid, SIGSTOP), 0);
	ask_for(&w, WORLD_ISS);
	assert_int_equal(talk_open(&nss, &w.agentd, "agent"), 0);
	for (unsigned i = 0; i < 100; i++) {
		struct pollfd answered = { .fd = w.agentd.netd.fd, .events = POLLIN };

		assert_int_equal(talk_ask(&nss, MSG_GETPWNAM, alice), 0);
		assert_int_equal(talk_next_type(&nss), MSG_USER);
		if (i == 0 && poll(&answered, 1, 0) != 0)
			print_message("# the machine is very slow: nothing was shown\n");
	}
	talk_close(&nss);
	hear(&w, &is);
	assert_non_null(strstr(is.why, "did not answer in time"));
	assert_int_equal(kill(run.pid, SIGCONT), 0);
	granted(&w, &is);
	check_token(is.token, "p256");
	keyd_run_stop(&run, SIGTERM);
	world_end(&w);
}

/* Whoever asked is gone when the token has signed: nobody gets it, and the next is served. */
static void test_flow_over_meanwhile(void **state)
{
	struct signed_is is;
	uint64_t flow;
	struct world w;

	(void)state;
	if (!there)
		skip();
	make(&w, "ES256", keyd_run_uri(&run, "p256", "good"));
	start_keyd(&w);
	assert_int_equal(kill(run.pid, SIGSTOP), 0);
	ask_for(&w, WORLD_ISS);
	talk_close(&w.talk);
	assert_int_equal(fake_netd_expect(&w.agentd.netd, MSG_ABORT, &flow), 0);
	assert_true(flow == w.flow);
	assert_int_equal(kill(run.pid, SIGCONT), 0);
	world_open(&w);
	assert_int_equal(talk_pam(&w.talk, MSG_AUTH, "alice"), 0);
	assert_int_equal(fake_netd_expect(&w.agentd.netd, MSG_DEVICE, &w.flow), 0);
	granted(&w, &is); /* hear() would have heard the other flow's */
	check_token(is.token, "p256");
	keyd_run_stop(&run, SIGTERM);
	world_end(&w);
}

/* ---- an idp-keyd that lies ---- */

enum lie { LIE_SIGNATURE, LIE_TYPE, LIE_SERIAL, LIE_KEY, LIE_BYTES, LIE_HANG_UP, LIES };

static void lie_answer(int fd, enum lie lie, const struct wire_in *in, const char *spki)
{
	bool key = in->type == MSG_KEY_PUBLIC;
	struct buf out;

	buf_init(&out, WIRE_MESSAGE_MAX);
	if (lie == LIE_HANG_UP)
		_exit(0);
	wire_begin(&out,
		   lie == LIE_TYPE ? MSG_SIGNED_IS
		   : key           ? MSG_KEY_IS
				   : MSG_SIGNED_IS,
		   in->serial + (lie == LIE_SERIAL));
	if (key)
		wire_put_str(&out, lie == LIE_KEY ? "AAAA" : spki);
	else
		wire_put_str(&out, "AAAA");
	if (wire_end(&out) == 0)
		IGNORE(send(fd, out.data, lie == LIE_BYTES ? out.len - 1 : out.len, MSG_NOSIGNAL) <
		       0);
	buf_done(&out);
}

/* Answers everybody in its way until it is ended. */
static void lie_serve(int listener, enum lie lie, const char *spki)
{
	static uint8_t memory[WIRE_MESSAGE_MAX];

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		struct pollfd pollfd = { .fd = listener, .events = POLLIN };
		struct wire_in in;
		size_t len;
		int fd = -1;

		if (poll(&pollfd, 1, -1) == 1)
			fd = accept(listener, NULL, NULL);
		while (fd >= 0 &&
		       sock_receive(fd, memory, sizeof(memory), clock_now() + WAIT, &len) == 0 &&
		       wire_open(&in, memory, len) == 0)
			lie_answer(fd, lie, &in, spki);
		if (fd >= 0)
			(void)close(fd);
	}
}

static void test_liars(void **state)
{
	static const char *const words[LIES] = {
		[LIE_SIGNATURE] = "another key", [LIE_TYPE] = "may not say",
		[LIE_SERIAL] = "may not say",    [LIE_KEY] = "no key",
		[LIE_BYTES] = "may not say",     [LIE_HANG_UP] = "went away",
	};
	struct keyd_reply key = { .type = MSG_KEY_NO };

	(void)state;
	if (!there)
		skip();
	for (unsigned lie = 0; lie < LIES; lie++) {
		char path[108];
		struct world w;
		int listener;
		pid_t pid;

		make(&w, "ES256", keyd_run_uri(&run, "p256", "good"));
		if (lie == 0) { /* a true public key */
			start_keyd(&w);
			assert_int_equal(keyd_run_ask(&run, keyd_run_uri(&run, "p256", "good"),
						      NULL, NULL, &key),
					 0);
			keyd_run_stop(&run, SIGTERM);
		}
		assert_int_equal(sock_listen(agentd_path(&w.agentd, "key", path), 0600, &listener),
				 0);
		pid = fork();
		if (pid == 0)
			lie_serve(listener, (enum lie)lie, key.text);
		refused(&w, words[lie]);
		(void)kill(pid, SIGKILL);
		(void)waitpid(pid, NULL, 0);
		(void)close(listener);
		world_end(&w);
	}
}

/* ---- what an administrator is told ---- */

/* DOCTOR, up to its question to idp-netd. */
static void doctor_ask(struct world *w, struct talk *talk, uint64_t *ret_flow)
{
	static const char *const none[] = { NULL };

	assert_int_equal(talk_open(talk, &w->agentd, "control"), 0);
	assert_int_equal(talk_ask(talk, MSG_DOCTOR, none), 0);
	assert_int_equal(fake_netd_expect(&w->agentd.netd, MSG_PROBE, ret_flow), 0);
}

/* Whether DOCTOR says word about tokens. */
static bool doctor_says(struct world *w, const char *word)
{
	bool said = false;
	struct wire_in in;
	struct talk talk;
	uint64_t flow;

	doctor_ask(w, &talk, &flow);
	wire_begin(&w->agentd.netd.out, MSG_PROBE_END, 0);
	wire_put_u64(&w->agentd.netd.out, flow);
	assert_int_equal(fake_netd_send(&w->agentd.netd), 0);
	for (;;) {
		assert_int_equal(talk_next(&talk, &in), 0);
		if (in.type == MSG_END)
			break;
		assert_int_equal(in.type, MSG_ROW);
		IGNORE(*wire_get_str(&in, 64));
		for (uint32_t n = wire_get_count(&in); n > 0; n--)
			said |= strstr(wire_get_field(&in).value, word) != NULL;
	}
	talk_close(&talk);
	return said;
}

/* Whoever asked is gone while a key is tried, and the key signs nevertheless. */
static void doctor_leaves(struct world *w)
{
	uint64_t flow, aborted;
	struct talk talk;

	assert_int_equal(kill(run.pid, SIGSTOP), 0);
	doctor_ask(w, &talk, &flow);
	talk_close(&talk);
	assert_int_equal(fake_netd_expect(&w->agentd.netd, MSG_ABORT, &aborted), 0);
	assert_true(aborted == flow);
	assert_int_equal(kill(run.pid, SIGCONT), 0);
	assert_true(doctor_says(w, "The key in the token signs."));
}

/* What idp-agentd --check prints, and that it finds the file good. */
static void check_says(const struct world *w, const char *word, bool wanted)
{
	char command[4400], line[1024], config[108], key[108];
	const char *top = getenv("top_builddir");
	bool said = false;
	FILE *out;

	(void)snprintf(command, sizeof(command),
		       "%s/idp-agentd/core/idp-agentd --config %s --key %s --check",
		       top ? top : ".", agentd_path(&w->agentd, "idp.conf", config),
		       agentd_path(&w->agentd, "key", key));
	out = popen(command, "re");
	assert_non_null(out);
	while (fgets(line, sizeof(line), out))
		said |= strstr(line, word) != NULL;
	assert_int_equal(pclose(out), 0);
	assert_int_equal(said, wanted);
}

static void test_doctor_and_check(void **state)
{
	struct world w;

	(void)state;
	if (!there)
		skip();
	make(&w, "ES256", keyd_run_uri(&run, "p256", "good"));
	assert_true(doctor_says(&w, "cannot be reached"));
	check_says(&w, "does not sign now", true);
	start_keyd(&w);
	assert_true(doctor_says(&w, "The key in the token signs."));
	check_says(&w, "does not sign now", false);
	doctor_leaves(&w);
	keyd_run_stop(&run, SIGTERM);
	world_end(&w);
}

static int set_up(void **state)
{
	int r = geteuid() == 0 ? keyd_run_prepare(&run) : -ENOENT;

	(void)state;
	if (r == -ENOENT)
		print_message("# softhsm2 or opensc is not installed, or this is not root\n");
	there = r == 0;
	return r == -ENOENT ? 0 : r;
}

static int tear_down(void **state)
{
	(void)state;
	keyd_run_done(&run);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_assertions),           TEST(test_what_the_person_reads),
		TEST(test_killed_in_the_middle), TEST(test_hanging_token),
		TEST(test_flow_over_meanwhile),  TEST(test_liars),
		TEST(test_doctor_and_check),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
