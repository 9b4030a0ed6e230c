/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From two directories to what getent sees: the real idp-agentd and the real idp-netd, a realm of
 * Keycloak as the mock plays it and a file beside it, down to the published snapshot. As root.
 */
#include "tests/lib/test.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/snapshot.h"
#include "tests/lib/agentd.h"
#include "tests/lib/mock.h"

#define WAIT_MS 30000 /* only a test that fails waits so long */

static const char config_format[] =
	"[provider corp]\nissuer = https://127.0.0.1:%u/keycloak\nclient_id = host\nca = %s\n"
	"client_auth = client_secret_basic\nclient_secret = file:@/token\n"
	"[provider site]\nissuer = https://site.invalid\nclient_id = host\n"
	"[directory realm]\nkind = keycloak\nprovider = corp\n"
	"url = https://127.0.0.1:%u/keycloak/admin/realms/corp\npage_size = 2\n"
	"groups = groups roles\nuid_from = /attributes/uidNumber/0\n"
	"home_from = /attributes/homeDirectory/0\n"
	"[directory local]\nkind = file\nprovider = site\npath = @/directory.json\n"
	"[allow all]\nneed = group:unix\n";

static struct mock mock;
static struct agentd agentd;
static pid_t netd = -1;
static bool cannot;
static char snapshot_path[108];
static struct snapshot snapshot = SNAPSHOT_INIT(snapshot_path);

/* ---- the world ---- */

static void netd_exec(void)
{
	char program[4096], listen[108], log[108];
	const char *top = getenv("top_builddir");
	int fd = open(agentd_path(&agentd, "netd.log", log), O_WRONLY | O_CREAT, 0600);

	if (fd >= 0)
		(void)dup2(fd, STDERR_FILENO);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* a test that dies leaves nothing running */
	(void)snprintf(program, sizeof(program), "%s/idp-netd", top ? top : ".");
	(void)execl(program, program, "--listen", agentd_path(&agentd, "net", listen), "--debug",
		    (char *)NULL);
	_exit(127);
}

/* By renaming, as is asked for. */
static void put_file(const char *text)
{
	char fresh[108], path[108];

	assert_int_equal(agentd_put(&agentd, "fresh", text), 0);
	assert_int_equal(chmod(agentd_path(&agentd, "fresh", fresh), 0644), 0);
	assert_int_equal(rename(fresh, agentd_path(&agentd, "directory.json", path)), 0);
}

static int set_up(void **state)
{
	char config[2048];
	int r = getuid() == 0 ? mock_start(&mock) : -ENOENT;

	(void)state;
	if (r == -ENOENT) {
		print_message("not root, or no node here\n");
		cannot = true;
		return 0;
	}
	if (r < 0)
		return r;
	(void)snprintf(config, sizeof(config), config_format, mock.port, mock.ca, mock.port);
	r = agentd_prepare(&agentd, config);
	if (r < 0)
		return r;
	fake_netd_close(&agentd.netd);
	put_file("{\"users\":[{\"name\":\"keeper\",\"subject\":\"k1\",\"gecos\":\"Who Keeps\"}],"
		 "\"groups\":[{\"name\":\"ops\",\"members\":[\"keeper\"]}]}");
	(void)agentd_path(&agentd, "db/identity.snap", snapshot_path);
	(void)unlink(agentd_path(&agentd, "net", config));
	netd = fork();
	if (netd == 0)
		netd_exec();
	return netd < 0 ? -errno : agentd_start(&agentd);
}

static int tear_down(void **state)
{
	(void)state;
	if (cannot)
		return 0;
	agentd_done(&agentd);
	if (kill(netd, SIGTERM) == 0)
		(void)waitpid(netd, NULL, 0);
	mock_stop(&mock);
	return 0;
}

/* ---- what is published ---- */

static void put_text(char *to, size_t room, const struct snapshot_text *text)
{
	size_t at = strlen(to);

	(void)snprintf(to + at, room - at, "%.*s", (int)text->len, text->at);
}

/* "UID GECOS HOME", "" nobody. */
static bool copy_user(const struct snapshot_view *view, const char *name, char text[static 512])
{
	struct snapshot_user user;

	*text = '\0';
	if (!snapshot_user_by_name(view, name, strlen(name), &user))
		return true;
	(void)snprintf(text, 512, "%u ", user.uid);
	put_text(text, 512, &user.gecos);
	put_text(text, 512, &(struct snapshot_text){ " ", 1 });
	for (size_t i = 0; i < ELEMENTSOF(user.home); i++)
		put_text(text, 512, &user.home[i]);
	return true;
}

/* " MEMBER MEMBER ", sorted by nothing. "": there is none of that name. */
static bool copy_group(const struct snapshot_view *view, const char *name, char text[static 512])
{
	struct snapshot_members members;
	struct snapshot_group group;
	struct snapshot_text member;

	*text = '\0';
	if (!snapshot_group_by_name(view, name, strlen(name), &group))
		return true;
	strcpy(text, " ");
	snapshot_members_begin(&group, &members);
	while (snapshot_members_next(&members, &member)) {
		put_text(text, 512, &member);
		put_text(text, 512, &(struct snapshot_text){ " ", 1 });
	}
	return true;
}

static void look(bool (*copy)(const struct snapshot_view *view, const char *name,
			      char text[static 512]),
		 const char *name, char text[static 512])
{
	struct snapshot_view view;
	bool good = false;

	while (!good) {
		if (snapshot_enter(&snapshot, &view) != 0) {
			*text = '\0';
			return;
		}
		(void)copy(&view, name, text);
		good = snapshot_leave(&view);
	}
}

static void wait_for_user(const char *name, const char *wanted)
{
	char text[512];

	for (int waited = 0; waited < WAIT_MS; waited += 10) {
		look(copy_user, name, text);
		if (strcmp(text, wanted) == 0)
			return;
		(void)poll(NULL, 0, 10);
	}
	fail_msg("%s is \"%s\", not \"%s\"", name, text, wanted);
}

/* As wanted, in any order. */
static bool same_members(const char *text, const char *const *wanted)
{
	size_t len = 1;

	for (; *wanted; wanted++) {
		char word[64];

		(void)snprintf(word, sizeof(word), " %s ", *wanted);
		if (!strstr(text, word))
			return false;
		len += strlen(*wanted) + 1;
	}
	return strlen(text) == len;
}

static void wait_for_group(const char *name, const char *const *wanted)
{
	char text[512];

	for (int waited = 0; waited < WAIT_MS; waited += 10) {
		look(copy_group, name, text);
		if (same_members(text, wanted))
			return;
		(void)poll(NULL, 0, 10);
	}
	fail_msg("%s has \"%s\"", name, text);
}

#define WAIT_FOR_GROUP(name, ...) wait_for_group(name, (const char *const[]){ __VA_ARGS__, NULL })

/* The fields of a row, "KEY=VALUE " each, at the end of text. */
static void put_row(struct wire_in *in, char text[static 2048])
{
	size_t n;

	(void)wire_get_str(in, WIRE_STRING_MAX);
	n = wire_get_count(in);
	for (size_t i = 0; i < n; i++) {
		struct wire_field field = wire_get_field(in);
		size_t at = strlen(text);

		(void)snprintf(text + at, 2048 - at, "%s=%s ", field.key,
			       field.value ? field.value : "");
	}
}

/* idpctl sync NAME; its exit status, the rows in text. */
static unsigned sync_now(const char *name, char text[static 2048])
{
	struct talk talk;
	struct wire_in in;
	unsigned status;

	assert_int_equal(talk_open(&talk, &agentd, "control"), 0);
	client_begin(&talk.client, &talk.out, MSG_SYNC);
	wire_put_str(&talk.out, name);
	wire_put_bool(&talk.out, false);
	wire_put_bool(&talk.out, false);
	assert_int_equal(client_send(&talk.client, &talk.out, clock_now() + USEC_PER_SEC), 0);
	*text = '\0';
	do {
		assert_int_equal(talk_next(&talk, &in), 0);
		if (in.type == MSG_ROW)
			put_row(&in, text);
	} while (in.type != MSG_END);
	status = wire_get_u32(&in);
	talk_close(&talk);
	return status;
}

/* ---- tests ---- */

static void test_a_realm_and_a_file_are_published_side_by_side(void **state)
{
	(void)state;
	if (cannot)
		skip();
	wait_for_user("alice", "1879048292 Alice Example /home/alice");
	WAIT_FOR_GROUP("sales.emea.it", "erin");
	WAIT_FOR_GROUP("ops", "keeper");
}

/* Whoever is in a subgroup is in the group above; whoever has a composite role has what it is made
 * of; whoever is in a group that was given a role has it. dave is disabled. */
static void test_groups_inside_groups_and_roles_give_membership(void **state)
{
	(void)state;
	if (cannot)
		skip();
	WAIT_FOR_GROUP("sales.emea", "carol", "erin");
	WAIT_FOR_GROUP("sales", "bob", "carol", "erin");
	WAIT_FOR_GROUP("unix", "alice", "bob", "carol", "erin");
	WAIT_FOR_GROUP("manager", "alice");
	WAIT_FOR_GROUP("worker", "alice", "bob");
	WAIT_FOR_GROUP("viewer", "bob", "carol", "erin");
}

static void test_another_file_is_read_as_a_whole(void **state)
{
	char text[2048], before[512];

	(void)state;
	if (cannot)
		skip();
	look(copy_user, "keeper", before);
	assert_string_not_equal(before, "");
	put_file("{\"users\":[{\"name\":\"warden\",\"subject\":\"w1\",\"uid\":1879060000,"
		 "\"home\":\"/home/w\"}]}");
	assert_int_equal(sync_now("local", text), 0);
	wait_for_user("warden", "1879060000  /home/w");
	wait_for_user("keeper", "");
	/* Back again: the same number. */
	put_file("{\"users\":[{\"name\":\"warden\",\"subject\":\"w1\",\"uid\":1879060000,"
		 "\"home\":\"/home/w\"},{\"name\":\"keeper\",\"subject\":\"k1\",\"gecos\":"
		 "\"Who Keeps\"}]}");
	assert_int_equal(sync_now("local", text), 0);
	wait_for_user("keeper", before);
	wait_for_user("alice", "1879048292 Alice Example /home/alice");
}

static void test_a_file_with_one_wrong_word_changes_nobody(void **state)
{
	char text[2048];

	(void)state;
	if (cannot)
		skip();
	put_file("{\"users\":[{\"name\":\"thief\",\"subject\":\"t\"},{\"nmae\":\"warden\"}]}");
	assert_int_not_equal(sync_now("local", text), 0);
	if (!strstr(text, "users[1].nmae is no field"))
		fail_msg("%s", text);
	wait_for_user("warden", "1879060000  /home/w");
	wait_for_user("thief", "");
	assert_int_equal(sync_now("realm", text), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_realm_and_a_file_are_published_side_by_side),
		TEST(test_groups_inside_groups_and_roles_give_membership),
		TEST(test_another_file_is_read_as_a_whole),
		TEST(test_a_file_with_one_wrong_word_changes_nobody),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
