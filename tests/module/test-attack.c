/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The real idp-agentd against those who mean it harm: an idp-netd that was taken over, a user of
 * this host, a bad moment. Each test stands for one way in, or one way to keep others out, that
 * was tried. It must run as root. See test-agentd.c for what the daemon does when all is well.
 */
#include "tests/lib/test.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/sock.h"
#include "tests/lib/world.h"

static const char config_scim[] = WORLD_PROVIDER WORLD_DIRECTORY WORLD_ALLOW("crew");

/* The world, with alice, bob and more of group crew. False: the test cannot run here. */
static bool world_make(struct world *w, const char *config, unsigned more)
{
	char last[16];

	if (!world_start(w, config))
		return false;
	world_sync(w, "crew", more);
	world_open(w);
	world_wait_for(w, "alice");
	if (more) {
		(void)snprintf(last, sizeof(last), "p%u", more - 1);
		world_wait_for(w, last);
	}
	return true;
}

/* What is under way must not hold on to a configuration that is gone. */
static void test_a_reload_while_a_directory_is_asked(void **state)
{
	static const char *const name[] = { "dave", NULL };
	struct world w;
	uint64_t flow;
	(void)state;
	if (!world_make(&w, config_scim, 0))
		skip();
	assert_int_equal(talk_ask(&w.talk, MSG_GETPWNAM, name), 0);
	assert_int_equal(fake_netd_expect(&w.agentd.netd, MSG_DIR_FIND, &flow), 0);
	assert_int_equal(world_reload(&w), 0);
	assert_int_equal(fake_netd_user(&w.agentd.netd, flow, "s3", "dave"), 0);
	assert_int_equal(fake_netd_end(&w.agentd.netd, flow, true, ""), 0);
	assert_int_equal(talk_next_type(&w.talk), MSG_USER);
	world_end(&w);
}

/* User 12345 asks what costs the most, on all the connections it gets, and reads nothing. */
static void stranger_asks(const struct agentd *agentd, int ready)
{
	static const char *const name[] = { "crew", NULL };
	static struct talk talks[CLIENTS_PER_UID_MAX];

	if (setgid(12345) < 0 || setuid(12345) < 0)
		_exit(1);
	for (unsigned i = 0; i < ELEMENTSOF(talks); i++) {
		if (talk_open(&talks[i], agentd, "agent") < 0)
			_exit(2);
		for (unsigned k = 0; k < 5; k++)
			if (talk_ask(&talks[i], MSG_GETGRNAM, name) < 0)
				_exit(3);
	}
	if (write(ready, "", 1) != 1)
		_exit(4);
	for (;;)
		(void)pause();
}

static void test_root_does_not_wait_behind_strangers(void **state)
{
	struct world w;
	struct talk talk;
	int ready[2], status;
	usec_t begin;
	pid_t child;
	char byte;
	(void)state;
	if (!world_make(&w, config_scim, 3900))
		skip();
	assert_int_equal(pipe(ready), 0);
	assert_int_equal(kill(w.agentd.pid, SIGSTOP), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0)
		stranger_asks(&w.agentd, ready[1]);
	(void)close(ready[1]);
	if (read(ready[0], &byte, 1) != 1) {
		(void)waitpid(child, &status, 0);
		fail_msg("the stranger ended with %x", (unsigned)status);
	}
	assert_int_equal(talk_open(&talk, &w.agentd, "agent"), 0);
	assert_int_equal(talk_pam(&talk, MSG_ACCT, "alice"), 0);
	begin = clock_now();
	assert_int_equal(kill(w.agentd.pid, SIGCONT), 0);
	assert_int_equal(talk_done(&talk, w.reason, w.text), WIRE_PERMIT);
	print_message("# root waited %llu ms\n",
		      (unsigned long long)((clock_now() - begin) / USEC_PER_MSEC));
	assert_true(clock_now() - begin < USEC_PER_SEC);
	assert_int_equal(kill(child, SIGKILL), 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	talk_close(&talk);
	(void)close(ready[0]);
	world_end(&w);
}

/* A user asks n times for his own account; how often he was let in. */
static unsigned ask_as(const struct agentd *agentd, uid_t uid, const char *user, unsigned n)
{
	pid_t child = fork();
	int status;

	assert_true(child >= 0);
	if (child == 0) {
		char reason[REASON_MAX], text[REASON_MAX];
		struct talk talk;
		unsigned permits = 0;

		if (setgid(uid) < 0 || setuid(uid) < 0 || talk_open(&talk, agentd, "agent") < 0)
			_exit(255);
		for (unsigned i = 0; i < n; i++) {
			if (talk_pam(&talk, MSG_ACCT, user) < 0)
				_exit(254);
			permits += talk_done(&talk, reason, text) == WIRE_PERMIT;
		}
		_exit((int)permits);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	return (unsigned)WEXITSTATUS(status);
}

/* Rows of WHY: phase and reason of each. */
static unsigned why(struct world *w, char rows[static 2][64])
{
	static const char *const texts[] = { "alice", "sshd", NULL };
	struct talk talk;
	struct wire_in in;
	unsigned n = 0;

	assert_int_equal(talk_open(&talk, &w->agentd, "control"), 0);
	assert_int_equal(talk_ask(&talk, MSG_WHY, texts), 0);
	while (talk_next(&talk, &in) == 0 && in.type == MSG_ROW) {
		char phase[16];

		assert_true(n < 2);
		assert_string_equal(wire_get_str(&in, 64), "decision");
		(void)wire_get_count(&in);
		for (unsigned i = 0; i < 3; i++)
			(void)wire_get_field(&in);
		(void)snprintf(phase, sizeof(phase), "%s", wire_get_field(&in).value);
		(void)wire_get_field(&in);
		(void)snprintf(rows[n++], 64, "%s %.40s", phase, wire_get_field(&in).value);
	}
	talk_close(&talk);
	return n;
}

/* What an administrator is told is what root's services were told, of both phases. */
static void test_a_user_cannot_write_over_why(void **state)
{
	struct world w;
	char rows[2][64];
	uint32_t alice;
	(void)state;
	if (!world_make(&w, config_scim, 0))
		skip();
	assert_int_equal(talk_pam(&w.talk, MSG_AUTH, "alice"), 0);
	assert_int_equal(fake_netd_expect(&w.agentd.netd, MSG_DEVICE, &w.flow), 0);
	assert_int_equal(fake_netd_refuse(&w.agentd.netd, MSG_DENIED, w.flow, "access_denied"), 0);
	assert_int_equal(world_finish(&w), WIRE_DENY);
	alice = world_uid_of(&w, "alice");
	assert_int_equal(why(&w, rows), 2);
	assert_string_equal(rows[0], "auth access-denied");
	assert_string_equal(rows[1], "account permit rule=crew");
	assert_int_equal(ask_as(&w.agentd, alice, "alice", 1), 1);
	assert_int_equal(why(&w, rows), 2);
	assert_string_equal(rows[0], "auth access-denied");
	world_end(&w);
}

/* Each answer is a line of the journal, which drops lines of a service that writes too many. */
static void test_a_user_cannot_flood_the_journal(void **state)
{
	struct world w;
	uint32_t alice;
	(void)state;
	if (!world_make(&w, config_scim, 0))
		skip();
	alice = world_uid_of(&w, "alice");
	assert_in_range(ask_as(&w.agentd, alice, "alice", 200), STRANGER_PAM_BURST, 60);
	for (unsigned i = 0; i < 100; i++) { /* root's have no such bound */
		assert_int_equal(talk_pam(&w.talk, MSG_ACCT, "alice"), 0);
		assert_int_equal(world_finish(&w), WIRE_PERMIT);
	}
	world_end(&w);
}

static void put_many(struct buf *out, const char *prefix, unsigned n)
{
	char word[16];

	wire_put_count(out, n);
	for (unsigned i = 0; i < n; i++) {
		(void)snprintf(word, sizeof(word), "%s%u", prefix, i);
		wire_put_str(out, word);
	}
}

/* alice's sign-in, with as much in it as a message holds. */
static void sign_in_with_much(struct world *w)
{
	struct buf *out = &w->agentd.netd.out;

	world_sign_in(w, "alice");
	assert_int_equal(talk_reply(&w->talk, MSG_ANSWER), 0);
	wire_begin(out, MSG_IDENTITY, 0);
	wire_put_u64(out, w->flow);
	wire_put_str(out, "corp");
	wire_put_str(out, WORLD_ISS);
	wire_put_str(out, "s1");
	wire_put_str(out, "alice");
	put_many(out, "g", USER_GROUPS_MAX);
	put_many(out, "e", USER_GROUPS_MAX);
	put_many(out, "s", USER_GROUPS_MAX);
	wire_put_str(out, "");
	put_many(out, "m", 0);
	wire_put_u64(out, clock_real() / USEC_PER_SEC);
	wire_put_u64(out, clock_real() / USEC_PER_SEC + 300);
	wire_put_count(out, 0);
	wire_put_count(out, 0);
	assert_int_equal(fake_netd_send(&w->agentd.netd), 0);
	assert_int_equal(world_finish(w), WIRE_PERMIT);
}

/* The account phase knows all of the last sign-in: no deny is escaped by being in many groups. */
static void test_nobody_escapes_a_deny_by_having_much(void **state)
{
	static const char *const rules[] = { "group:g1999", "entitlement:e1999", "scope:s1999" };
	struct world w;
	char config[1024];
	(void)state;
	if (!world_make(&w, config_scim, 0))
		skip();
	sign_in_with_much(&w);
	for (size_t i = 0; i < ELEMENTSOF(rules); i++) {
		(void)snprintf(config, sizeof(config), "%s[deny late]\nneed = %s\n", config_scim,
			       rules[i]);
		assert_int_equal(agentd_put(&w.agentd, "idp.conf", config), 0);
		assert_int_equal(world_reload(&w), 0);
		assert_int_equal(talk_pam(&w.talk, MSG_ACCT, "alice"), 0);
		assert_int_equal(world_finish(&w), WIRE_DENY);
		assert_string_equal(w.reason, "denied-by=late");
	}
	world_end(&w);
}

static const char *ask_pam(struct world *w, enum wire_type type, const char *user)
{
	static char answer[REASON_MAX + 16];
	int result;

	assert_int_equal(talk_pam(&w->talk, type, user), 0);
	result = world_finish(w);
	(void)snprintf(answer, sizeof(answer), "%d %s", result, w->reason);
	return answer;
}

/* A full pass without bob. */
static void sync_without_bob(struct world *w)
{
	static const char *const members[] = { "s1", NULL };
	struct fake_netd *netd = &w->agentd.netd;
	struct talk talk;
	uint64_t flow, credit;

	world_ask_sync(w, &talk, true, false);
	assert_int_equal(fake_netd_expect(netd, MSG_DIR_SYNC, &flow), 0);
	assert_int_equal(fake_netd_expect(netd, MSG_CREDIT, &credit), 0);
	assert_int_equal(fake_netd_user(netd, flow, "s1", "alice"), 0);
	assert_int_equal(fake_netd_group(netd, flow, "crew", members), 0);
	assert_int_equal(fake_netd_end(netd, flow, true, ""), 0);
	while (talk_next_type(&talk) != MSG_END)
		;
	talk_close(&talk);
}

/* alice is in one group more than anybody can be; the last of them might be the one of a [deny]. */
static void sync_with_too_many_groups(struct world *w)
{
	static const char *const members[] = { "s1", NULL }, *const all[] = { "s1", "s2", NULL };
	struct fake_netd *netd = &w->agentd.netd;
	struct talk talk = { 0 };
	uint64_t flow, credit;
	char name[16];

	assert_int_equal(talk_open(&talk, &w->agentd, "control"), 0);
	client_begin(&talk.client, &talk.out, MSG_SYNC);
	wire_put_str(&talk.out, "people");
	wire_put_bool(&talk.out, true);
	wire_put_bool(&talk.out, false);
	assert_int_equal(client_send(&talk.client, &talk.out, clock_now() + USEC_PER_SEC), 0);
	assert_int_equal(fake_netd_expect(netd, MSG_DIR_SYNC, &flow), 0);
	assert_int_equal(fake_netd_expect(netd, MSG_CREDIT, &credit), 0);
	assert_int_equal(fake_netd_user(netd, flow, "s1", "alice"), 0);
	assert_int_equal(fake_netd_user(netd, flow, "s2", "bob"), 0);
	assert_int_equal(fake_netd_group(netd, flow, "crew", all), 0);
	for (unsigned i = 3; i < USER_GROUPS_MAX + 3; i++) {
		if (i % (DIR_CREDIT / 2) == 0)
			assert_int_equal(fake_netd_expect(netd, MSG_CREDIT, &credit), 0);
		(void)snprintf(name, sizeof(name), "g%u", i);
		assert_int_equal(fake_netd_group(netd, flow, name, members), 0);
	}
	assert_int_equal(fake_netd_end(netd, flow, true, ""), 0);
	while (talk_next_type(&talk) != MSG_END)
		;
	talk_close(&talk);
}

static void test_too_many_groups_decide_nothing(void **state)
{
	struct world w;
	(void)state;
	if (!world_make(&w, config_scim, 0))
		skip();
	assert_string_equal(ask_pam(&w, MSG_ACCT, "alice"), "1 permit rule=crew");
	sync_with_too_many_groups(&w);
	assert_string_equal(ask_pam(&w, MSG_ACCT, "alice"), "3 internal");
	assert_string_equal(ask_pam(&w, MSG_ACCT, "bob"), "1 permit rule=crew");
	world_end(&w);
}

/*
 * Whoever has left, or is withheld by the configuration, may still be seen in a snapshot that
 * could not be replaced: an ssh key would open the door if the account phase said "not ours".
 */
static void test_whoever_left_is_refused_not_ignored(void **state)
{
	static const char strict[] =
		WORLD_PROVIDER WORLD_DIRECTORY "loa_from = /loa\nmin_loa = 3\n" WORLD_ALLOW("crew");
	struct world w;
	(void)state;
	if (!world_make(&w, config_scim, 0))
		skip();
	assert_string_equal(ask_pam(&w, MSG_ACCT, "bob"), "1 permit rule=crew");
	sync_without_bob(&w);
	assert_string_equal(ask_pam(&w, MSG_ACCT, "bob"), "4 ended");
	assert_string_equal(ask_pam(&w, MSG_OPEN, "bob"), "4 ended");
	assert_string_equal(ask_pam(&w, MSG_CLOSE, "bob"), "2 not-ours");
	assert_string_equal(ask_pam(&w, MSG_ACCT, "zoe"), "2 not-ours");
	assert_string_equal(ask_pam(&w, MSG_ACCT, "alice"), "1 permit rule=crew");
	assert_int_equal(agentd_put(&w.agentd, "idp.conf", strict), 0);
	assert_int_equal(world_reload(&w), 0);
	assert_string_equal(ask_pam(&w, MSG_ACCT, "alice"), "4 ended");
	world_end(&w);
}

/* A sign-in of alice from there up to the prompt, or what kept her out. */
static int knock_at(struct world *w, struct talk *talk, const char *service, const char *rhost,
		    const char *tty)
{
	const char *const texts[] = { service, "alice", rhost, tty, "", NULL };
	struct wire_in in;

	assert_int_equal(talk_open(talk, &w->agentd, "agent"), 0);
	assert_int_equal(talk_ask(talk, MSG_AUTH, texts), 0);
	if (fake_netd_next(&w->agentd.netd, 300 * USEC_PER_MSEC, &in) == 0) {
		assert_int_equal(in.type, MSG_DEVICE);
		w->flow = wire_get_u64(&in);
		assert_int_equal(fake_netd_code(&w->agentd.netd, w->flow, WORLD_URI, "ABCD", 300),
				 0);
	}
	return talk_next_type(talk);
}

static int knock(struct world *w, struct talk *talk, const char *rhost, const char *tty)
{
	return knock_at(w, talk, "sshd", rhost, tty);
}

/* The code that counts is the one shown last; the older ones are given up, and use up nothing. */
static void test_one_sign_in_of_a_service_waits_at_a_terminal(void **state)
{
	static struct talk talks[FLOWS_PER_USER_MAX + 3], other;
	uint64_t flow, last = 0;
	struct world w;
	(void)state;
	if (!world_make(&w, config_scim, 0))
		skip();
	assert_int_equal(knock_at(&w, &other, "su", "", "pts/3"), MSG_ASK);
	for (size_t i = 0; i < ELEMENTSOF(talks); i++) {
		const char *const texts[] = { "sudo", "alice", "", "/dev/pts/3", "", NULL };
		struct wire_in in;

		assert_int_equal(talk_open(&talks[i], &w.agentd, "agent"), 0);
		assert_int_equal(talk_ask(&talks[i], MSG_AUTH, texts), 0);
		if (i > 0) {
			assert_int_equal(fake_netd_expect(&w.agentd.netd, MSG_ABORT, &flow), 0);
			assert_int_equal(flow, last);
		}
		assert_int_equal(fake_netd_expect(&w.agentd.netd, MSG_DEVICE, &last), 0);
		assert_int_equal(fake_netd_code(&w.agentd.netd, last, WORLD_URI, "ABCD", 300), 0);
		assert_int_equal(talk_next(&talks[i], &in), 0);
		assert_int_equal(in.type, MSG_ASK);
	}
	/* too late: the platform has approved what nobody waits for any more */
	for (size_t i = 0; i + 1 < ELEMENTSOF(talks); i++) {
		assert_int_equal(talk_reply(&talks[i], MSG_ANSWER), 0);
		assert_int_equal(talk_done(&talks[i], w.reason, w.text), WIRE_DENY);
		assert_string_equal(w.reason, "replaced");
		talk_close(&talks[i]);
	}
	assert_int_equal(talk_reply(&talks[ELEMENTSOF(talks) - 1], MSG_ANSWER), 0);
	assert_int_equal(
		fake_netd_identity(&w.agentd.netd, last, "corp", WORLD_ISS, "s1", "alice", "crew"),
		0);
	assert_int_equal(talk_done(&talks[ELEMENTSOF(talks) - 1], w.reason, w.text), WIRE_PERMIT);
	talk_close(&talks[ELEMENTSOF(talks) - 1]);
	talk_close(&other);
	world_end(&w);
}

/* Strangers who knock under a person's name keep that person out of nowhere else. */
static void test_strangers_do_not_use_up_a_persons_sign_ins(void **state)
{
	static struct talk talks[FLOWS_PER_NAME_MAX + 4];
	struct world w;
	size_t n = 0;
	(void)state;
	if (!world_make(&w, config_scim, 0))
		skip();
	for (; n < FLOWS_PER_USER_MAX; n++)
		assert_int_equal(knock(&w, &talks[n], "198.51.100.66", "ssh"), MSG_ASK);
	assert_int_equal(knock(&w, &talks[n++], "198.51.100.66", "ssh"), MSG_DONE);
	for (unsigned i = 0; n < FLOWS_PER_NAME_MAX + 1; n++) {
		char rhost[32];

		(void)snprintf(rhost, sizeof(rhost), "192.0.2.%u", i++);
		assert_int_equal(knock(&w, &talks[n], rhost, "ssh"), MSG_ASK);
	}
	assert_int_equal(knock(&w, &talks[n++], "203.0.113.1", "ssh"), MSG_DONE);
	assert_int_equal(knock(&w, &talks[n++], "", "pts/3"), MSG_ASK); /* sudo */
	while (n)
		talk_close(&talks[--n]);
	world_end(&w);
}

/* A mouth that falls over as soon as it is ready is given more and more time, and never up. */
static void test_a_link_that_falls_over_is_not_stormed(void **state)
{
	struct world w;
	usec_t begin;
	(void)state;
	if (!world_make(&w, config_scim, 0))
		skip();
	begin = clock_now();
	for (unsigned i = 0; i < 5; i++) { /* 100, 200, 400, 800, 1600 ms */
		fake_netd_hang_up(&w.agentd.netd);
		assert_int_equal(fake_netd_welcome(&w.agentd.netd), 0);
	}
	assert_true(clock_now() - begin > 2 * USEC_PER_SEC);
	world_end(&w);
}

/* ---- a mouth gone mad ---- */

/* What may be said to each kind of question; the content is by chance. */
static const struct {
	enum wire_type question;
	size_t n;
	enum wire_type says[6];
} mad[] = {
	{ MSG_DEVICE, 5, { MSG_CODE, MSG_IDENTITY, MSG_DENIED, MSG_FAILED, MSG_SIGN } },
	{ MSG_DIR_SYNC,
	  6,
	  { MSG_DIR_USER, MSG_DIR_GROUP, MSG_DIR_GONE, MSG_DIR_PROGRESS, MSG_DIR_END, MSG_FAILED } },
	{ MSG_DIR_FIND, 4, { MSG_DIR_USER, MSG_DIR_GROUP, MSG_DIR_END, MSG_FAILED } },
	{ MSG_PROBE, 3, { MSG_FINDING, MSG_PROBE_END, MSG_FAILED } },
};

struct chance {
	uint64_t state;
	struct {
		uint64_t flow;
		size_t kind;
	} open[64];
	size_t n;
};

static unsigned chance(struct chance *c, unsigned n)
{
	c->state ^= c->state << 13;
	c->state ^= c->state >> 7;
	c->state ^= c->state << 17;
	return (unsigned)(c->state >> 20) % n;
}

static const char *chance_word(struct chance *c)
{
	static const char *const words[] = {
		"alice",   "bob",     "s1",      "s2",   "s3",    "corp",   "people",
		WORLD_ISS, WORLD_URI, "",        "crew", "root",  "wheel",  "ABCD",
		"\x1b[2J", "..",      "/bin/sh", "zoe",  "carol", "openid",
	};

	return words[chance(c, ELEMENTSOF(words))];
}

static uint32_t chance_number(struct chance *c)
{
	static const uint32_t numbers[] = { 0,   1,     2,           3,           300,
					    500, 65534, 1879048192u, 1900000000u, UINT32_MAX };

	return numbers[chance(c, ELEMENTSOF(numbers))];
}

static void chance_field(struct chance *c, struct buf *out, char letter)
{
	unsigned n = chance(c, 4);

	if (letter == 's' || letter == 'S')
		wire_put_str(out, chance_word(c));
	else if (letter == 'u')
		wire_put_u32(out, chance_number(c));
	else if (letter == 't')
		wire_put_u64(out, chance_number(c));
	else if (letter == 'b')
		wire_put_bool(out, chance(c, 2));
	else if (letter == 'a') {
		wire_put_count(out, n);
		while (n--)
			wire_put_str(out, chance_word(c));
	} else if (letter == 'f') {
		wire_put_count(out, n);
		while (n--)
			wire_put_field(out, 's', "/loa", chance_word(c));
	}
}

static void mad_say(struct world *w, struct chance *c)
{
	static const struct {
		enum wire_type type;
		const char *letters;
	} all[] = {
#define WIRE_MESSAGE(name, number, class, signature) { MSG_##name, signature },
#include "common/wire-messages.h"
#undef WIRE_MESSAGE
	};
	struct buf *out = &w->agentd.netd.out;
	size_t which = chance(c, (unsigned)c->n), kind = c->open[which].kind;
	enum wire_type type = mad[kind].says[chance(c, (unsigned)mad[kind].n)];

	wire_begin(out, type, 0);
	wire_put_u64(out, c->open[which].flow);
	for (size_t i = 0; i < ELEMENTSOF(all); i++)
		for (const char *p = all[i].type == type ? all[i].letters + 1 : ""; *p; p++)
			chance_field(c, out, *p);
	IGNORE(fake_netd_send(&w->agentd.netd)); /* the link may be down: that is fine */
}

/* Notes the questions that came; back on the line when the link was cut. */
static void mad_hear(struct world *w, struct chance *c)
{
	struct wire_in in;
	int r;

	while ((r = fake_netd_next(&w->agentd.netd, USEC_PER_MSEC, &in)) == 0) {
		uint64_t flow =
			in.type == MSG_ABORT || in.type == MSG_CREDIT ? 0 : wire_get_u64(&in);

		for (size_t i = 0; flow && i < ELEMENTSOF(mad); i++) {
			size_t at = c->n < ELEMENTSOF(c->open) ? c->n++ : chance(c, 64);

			if (mad[i].question == in.type) {
				c->open[at].flow = flow;
				c->open[at].kind = i;
			} else if (at + 1 == c->n) {
				c->n--;
			}
		}
	}
	if (r == -ETIMEDOUT)
		return;
	c->n = 0;
	fake_netd_hang_up(&w->agentd.netd);
	assert_int_equal(fake_netd_welcome(&w->agentd.netd), 0);
}

/* Something that makes the authority ask. */
static void mad_provoke(struct world *w, struct chance *c, struct talk *talk)
{
	const char *const nothing[] = { NULL };
	const char *const name[] = { chance_word(c), NULL };

	talk_close(talk);
	if (chance(c, 8) == 0) {
		assert_int_equal(talk_open(talk, &w->agentd, "control"), 0);
		assert_int_equal(talk_ask(talk, chance(c, 2) ? MSG_DOCTOR : MSG_RELOAD, nothing),
				 0);
		return;
	}
	assert_int_equal(talk_open(talk, &w->agentd, "agent"), 0);
	if (chance(c, 2))
		assert_int_equal(talk_pam(talk, MSG_AUTH, chance(c, 2) ? "alice" : "bob"), 0);
	else
		assert_int_equal(talk_ask(talk, MSG_GETPWNAM, name), 0);
}

/* Whatever it says: nobody gets alice's uid or name, and the authority lives. */
static void test_a_mad_mouth_moves_no_binding(void **state)
{
	const char *seed = getenv("IDP_TEST_SEED"), *rounds = getenv("IDP_TEST_ROUNDS");
	struct chance c = { .state = seed ? strtoull(seed, NULL, 0) | 1 : 88172645463325252u };
	static struct talk talks[12];
	usec_t until = clock_now() + 4 * USEC_PER_SEC;
	struct wire_in in;
	struct world w;
	uint32_t alice;
	(void)state;
	if (!world_make(&w, config_scim, 0))
		skip();
	alice = world_uid_of(&w, "alice");
	for (unsigned i = 0; i < ELEMENTSOF(talks); i++)
		assert_int_equal(talk_open(&talks[i], &w.agentd, "agent"), 0);
	for (unsigned i = 0; rounds ? i < strtoul(rounds, NULL, 0) : clock_now() < until; i++) {
		mad_provoke(&w, &c, &talks[chance(&c, ELEMENTSOF(talks))]);
		mad_hear(&w, &c);
		for (unsigned k = 0; c.n && k < 8; k++)
			mad_say(&w, &c);
	}
	for (unsigned i = 0; i < ELEMENTSOF(talks); i++)
		talk_close(&talks[i]);
	client_begin(&w.talk.client, &w.talk.out, MSG_GETPWUID);
	wire_put_u32(&w.talk.out, alice);
	assert_int_equal(client_send(&w.talk.client, &w.talk.out, clock_now() + USEC_PER_SEC), 0);
	assert_int_equal(talk_next(&w.talk, &in), 0);
	if (in.type == MSG_USER) /* it may have disabled or renamed her: that is the directory's */
		print_message("# uid %u is %s\n", alice, wire_get_str(&in, WIRE_STRING_MAX));
	world_end(&w);
}

TEST_MAIN(TEST(test_a_reload_while_a_directory_is_asked),
	  TEST(test_root_does_not_wait_behind_strangers), TEST(test_a_user_cannot_write_over_why),
	  TEST(test_a_user_cannot_flood_the_journal),
	  TEST(test_nobody_escapes_a_deny_by_having_much),
	  TEST(test_too_many_groups_decide_nothing), TEST(test_whoever_left_is_refused_not_ignored),
	  TEST(test_one_sign_in_of_a_service_waits_at_a_terminal),
	  TEST(test_strangers_do_not_use_up_a_persons_sign_ins),
	  TEST(test_a_link_that_falls_over_is_not_stormed), TEST(test_a_mad_mouth_moves_no_binding))
