/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The desk of the real idp-agentd, asked by processes of several users and groups: who may have
 * which purpose as which client, and that nobody can tell what is another's from what is nobody's.
 * As root, who alone can be others.
 */
#include "tests/lib/test.h"

#include <grp.h>
#include <signal.h>

#include "common/limits.h"
#include "common/sock.h"
#include "tests/lib/world.h"

#define WAIT  (30 * USEC_PER_SEC)
#define ID(n) "00000000-0000-4000-8000-0000000000" n

/* Users and groups that every Debian has, and that own nothing here. */
enum { ROOT = 0, DAEMON = 1, BIN = 2, SYS = 3, GAMES = 5, GAMES_GID = 60, NOBODY = 65534 };

/*
 * The graph of the platform's own manual. A is daemon's, B is the group sys's; P3 is for bin
 * beside; P4 and the client C are for the platform's people: bob, and the group engineers.
 */
/* clang-format off */
static const char config[] =
	WORLD_PROVIDER WORLD_DIRECTORY WORLD_ALLOW("engineers")
	"[client A]\nclient_id = " ID("0a") "\nusers = daemon\n"
	"[client B]\nclient_id = " ID("0b") "\ngroups = sys\n"
	"[client C]\nclient_id = " ID("0c") "\n"
	"[client M]\nclient_id = " ID("0d") "\nkind = api\nusers = games bob\n"
	"[client N]\nclient_id = " ID("0e") "\nusers = nobody\ngroups = nogroup\n"
	"[purpose P1]\nid = " ID("01") "\nclients = A\neservice = X\n"
	"[purpose P2]\nid = " ID("02") "\nclients = A B\neservice = X\n"
	"[purpose P3]\nid = " ID("03") "\nclients = B\neservice = Y\nusers = bin\n"
	"[purpose P4]\nid = " ID("04") "\nclients = C\neservice = Y\ngroups = engineers\n"
	"[purpose P5]\nid = " ID("05") "\nclients = C N\neservice = Y\n"
	"[eservice X]\n[eservice Y]\n";
/* clang-format on */

static bool make(struct world *w)
{
	if (!world_start(w, config))
		return false;
	world_sync(w, "engineers", 0);
	world_open(w);
	world_wait_for(w, "alice");
	world_wait_for(w, "bob");
	return true;
}

/* ---- asking ---- */

struct reply {
	char text[1024]; /* "PURPOSE CLIENT;" of each row, then the code */
	uint8_t bytes[8192];
	size_t len;
};

static void talk_as(struct world *w, struct talk *talk, uid_t uid, gid_t gid, gid_t extra)
{
	assert_int_equal(setgroups(extra ? 1 : 0, &extra), 0);
	assert_int_equal(setegid(gid), 0);
	world_talk_as(w, talk, uid);
	assert_int_equal(setegid(0), 0);
	assert_int_equal(setgroups(0, NULL), 0);
}

static void note_row(struct wire_in *in, char *text, size_t room)
{
	const char *kind = wire_get_str(in, WIRE_STRING_MAX), *purpose = "", *client = "";
	uint32_t n = wire_get_count(in);
	size_t len = strlen(text);

	assert_string_equal(kind, "purpose");
	while (n-- > 0) {
		struct wire_field field = wire_get_field(in);

		if (!strcmp(field.key, "purpose"))
			purpose = field.value;
		if (!strcmp(field.key, "client"))
			client = field.value;
	}
	assert_int_equal(wire_close(in), 0);
	(void)snprintf(text + len, room - len, "%s %s;", purpose, client);
}

static void hear(struct talk *talk, struct reply *reply)
{
	for (;;) {
		struct wire_in in;
		size_t len, at;

		assert_int_equal(sock_receive(talk->client.fd, talk->in, sizeof(talk->in),
					      clock_now() + WAIT, &len),
				 0);
		assert_true(reply->len + len <= sizeof(reply->bytes));
		memcpy(reply->bytes + reply->len, talk->in, len);
		reply->len += len;
		assert_int_equal(wire_open(&in, talk->in, len), 0);
		if (in.type == MSG_ROW) {
			note_row(&in, reply->text, sizeof(reply->text));
			continue;
		}
		assert_int_equal(in.type, MSG_END);
		(void)wire_get_u32(&in);
		at = strlen(reply->text);
		(void)snprintf(reply->text + at, sizeof(reply->text) - at, "%s",
			       wire_get_str(&in, REASON_MAX));
		return;
	}
}

static struct reply ask(struct world *w, uid_t uid, gid_t gid, gid_t extra, const char *purpose)
{
	const char *const texts[] = { purpose, NULL };
	struct reply reply = { .len = 0 };
	struct talk talk;

	talk_as(w, &talk, uid, gid, extra);
	assert_int_equal(talk_ask(&talk, MSG_PURPOSES, texts), 0);
	hear(&talk, &reply);
	talk_close(&talk);
	return reply;
}

static void expect(struct world *w, uid_t uid, gid_t gid, gid_t extra, const char *wanted)
{
	struct reply reply = ask(w, uid, gid, extra, "");

	assert_string_equal(reply.text, wanted);
}

static void expect_same(const struct reply *a, const struct reply *b)
{
	assert_int_equal(a->len, b->len);
	assert_memory_equal(a->bytes, b->bytes, a->len);
}

static gid_t gid_of(struct world *w, const char *group)
{
	const char *const name[] = { group, NULL };
	struct wire_in in;

	assert_int_equal(talk_ask(&w->talk, MSG_GETGRNAM, name), 0);
	assert_int_equal(talk_next(&w->talk, &in), 0);
	assert_int_equal(in.type, MSG_GROUP);
	(void)wire_get_str(&in, WIRE_STRING_MAX);
	return wire_get_u32(&in);
}

/* ---- tests ---- */

static void test_everybody_sees_his_own_and_no_other(void **state)
{
	struct world w;
	uid_t alice;
	(void)state;
	if (!make(&w))
		skip();
	alice = world_uid_of(&w, "alice");
	expect(&w, DAEMON, DAEMON, 0, "P1 A;P2 A;");
	expect(&w, BIN, BIN, 0, "no-purposes");  /* P3 asks for bin, its client for sys */
	expect(&w, BIN, BIN, SYS, "P2 B;P3 B;"); /* now both */
	expect(&w, BIN, SYS, 0, "P2 B;P3 B;");   /* a primary group is a group */
	expect(&w, GAMES, GAMES_GID, SYS, "P2 B; M;");
	expect(&w, GAMES, GAMES_GID, 0, " M;"); /* a client of kind api has no purpose */
	expect(&w, DAEMON, DAEMON, SYS, "P1 A;P2 A;P2 B;");
	expect(&w, alice, alice, 0, "P4 C;"); /* by the record: the process has no group */
	expect(&w, world_uid_of(&w, "bob"), alice, 0, "P4 C; M;");
	/* A service of this host that runs in a group of the platform. */
	expect(&w, BIN, BIN, gid_of(&w, "engineers"), "P4 C;");
	expect(&w, ROOT, ROOT, 0, "P1 A;P2 A;P2 B;P3 B;P4 C;P5 C;P5 N; M;");
	world_end(&w);
}

/* Ids that stand for nobody: what a user namespace does not map, and what was never given. */
static void test_ids_of_nobody_have_nothing(void **state)
{
	struct world w;
	uid_t alice;
	(void)state;
	if (!make(&w))
		skip();
	alice = world_uid_of(&w, "alice");
	expect(&w, NOBODY, NOBODY, NOBODY, "no-purposes");
	expect(&w, BIN, NOBODY, NOBODY, "no-purposes");
	expect(&w, NOBODY, SYS, SYS, "no-purposes");
	expect(&w, alice + 1000, SYS, SYS, "no-purposes"); /* of the range, and nobody's */
	expect(&w, 4242, SYS, SYS, "P2 B;"); /* a dynamic user of systemd, in a group */
	world_end(&w);
}

static void test_anothers_purpose_is_like_none(void **state)
{
	static const char *const foreign[] = { "P1", "P3", "P4", "P5" };
	struct reply none, one;
	struct world w;
	(void)state;
	if (!make(&w))
		skip();
	none = ask(&w, GAMES, GAMES_GID, SYS, "P9");
	assert_string_equal(none.text, "unknown-purpose");
	for (size_t i = 0; i < ELEMENTSOF(foreign); i++) {
		one = ask(&w, GAMES, GAMES_GID, SYS, foreign[i]);
		expect_same(&one, &none);
	}
	one = ask(&w, DAEMON, DAEMON, 0, "P9");
	expect_same(&one, &none); /* nor do two users hear different things */
	one = ask(&w, DAEMON, DAEMON, 0, "p1");
	expect_same(&one, &none);
	one = ask(&w, GAMES, GAMES_GID, SYS, "P2");
	assert_string_equal(one.text, "P2 B;");
	one = ask(&w, DAEMON, DAEMON, 0, "P2");
	assert_string_equal(one.text, "P2 A;");
	world_end(&w);
}

/* Who goes from the platform goes from here, though the process stays. */
static void test_who_leaves_has_nothing(void **state)
{
	static const char *const nobody[] = { NULL };
	struct fake_netd *netd;
	struct world w;
	struct talk talk;
	uint64_t flow, credit;
	gid_t engineers;
	uid_t alice;
	(void)state;
	if (!make(&w))
		skip();
	netd = &w.agentd.netd;
	alice = world_uid_of(&w, "alice");
	engineers = gid_of(&w, "engineers");
	expect(&w, alice, alice, 0, "P4 C;");
	world_ask_sync(&w, &talk, true, true);
	assert_int_equal(fake_netd_expect(netd, MSG_DIR_SYNC, &flow), 0);
	assert_int_equal(fake_netd_expect(netd, MSG_CREDIT, &credit), 0);
	assert_int_equal(fake_netd_user(netd, flow, "s2", "bob"), 0);
	assert_int_equal(fake_netd_group(netd, flow, "engineers", nobody), 0);
	assert_int_equal(fake_netd_end(netd, flow, true, ""), 0);
	while (talk_next_type(&talk) != MSG_END)
		;
	talk_close(&talk);
	expect(&w, alice, alice, SYS, "no-purposes");
	/* bob's old process has the group, and the group has nobody. */
	expect(&w, world_uid_of(&w, "bob"), alice, engineers, " M;");
	expect(&w, alice, alice, engineers, "no-purposes");
	world_end(&w);
}

static void test_a_reload_counts_at_once(void **state)
{
	struct world w;
	(void)state;
	if (!make(&w))
		skip();
	expect(&w, DAEMON, DAEMON, 0, "P1 A;P2 A;");
	assert_int_equal(agentd_put(&w.agentd, "idp.conf", WORLD_PROVIDER), 0);
	if (world_reload(&w) == 0)
		expect(&w, DAEMON, DAEMON, 0, "no-purposes");
	world_end(&w);
}

/* A thousand purposes are looked through at every question, also for who has none of them. */
static void test_a_thousand_purposes(void **state)
{
	static char text[256 * 1024];
	int len = snprintf(text, sizeof(text), "%s", config);
	struct reply reply;
	struct world w;
	(void)state;
	for (int i = 0; i < 1000; i++)
		len += snprintf(text + len, sizeof(text) - (size_t)len,
				"[purpose Q%03d]\nid = 00000000-0000-4000-8000-000000001%03d\n"
				"clients = N\neservice = Y\ngroups = g%03d\n",
				i, i, i);
	if (!world_start(&w, text))
		skip();
	world_open(&w);
	expect(&w, DAEMON, DAEMON, 0, "P1 A;P2 A;");
	reply = ask(&w, DAEMON, DAEMON, 0, "Q999");
	assert_string_equal(reply.text, "unknown-purpose");
	reply = ask(&w, ROOT, ROOT, 0, "Q999");
	assert_string_equal(reply.text, "Q999 N;");
	world_end(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_everybody_sees_his_own_and_no_other),
		cmocka_unit_test(test_ids_of_nobody_have_nothing),
		cmocka_unit_test(test_anothers_purpose_is_like_none),
		cmocka_unit_test(test_who_leaves_has_nothing),
		cmocka_unit_test(test_a_reload_counts_at_once),
		cmocka_unit_test(test_a_thousand_purposes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
