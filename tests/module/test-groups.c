/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * [groups] through the real daemon: what a sign-in says is in the snapshot before the person is let
 * in, and what it says no more is gone. It must run as root: PAM requests are root's.
 */
#include "tests/lib/test.h"

#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include "common/name.h"
#include "common/snapshot.h"
#include "tests/lib/world.h"

#define RULES WORLD_PROVIDER WORLD_DIRECTORY "[allow corp]\nneed = provider:corp\n"

static const char config_groups[] = RULES "[groups a]\ngroup:gold = readers premium\n"
					  "group:silver = readers\nuser:bob = team\n";
static const char config_other[] = RULES "[groups a]\ngroup:gold = editors\nuser:alice = team\n";
static const char config_none[] = RULES;

/* The groups NSS is told of, by name and joined in the order of their numbers. */
static void groups_of(struct world *w, const char *user, char *text, size_t room)
{
	const char *const names[] = { user, NULL };
	uint32_t gids[64];
	struct wire_in in;
	struct talk talk;
	uint32_t n;

	*text = '\0';
	assert_int_equal(talk_open(&talk, &w->agentd, "agent"), 0);
	assert_int_equal(talk_ask(&talk, MSG_INITGROUPS, names), 0);
	assert_int_equal(talk_next(&talk, &in), 0);
	assert_int_equal(in.type, MSG_GIDS);
	n = wire_get_count(&in);
	assert_true(n <= ELEMENTSOF(gids));
	for (uint32_t i = 0; i < n; i++)
		gids[i] = wire_get_u32(&in);
	talk_close(&talk);
	for (uint32_t i = 0; i < n; i++) {
		(void)snprintf(text + strlen(text), room - strlen(text), "%s%u", i ? " " : "",
			       gids[i]);
	}
}

static uint32_t gid_of(struct world *w, const char *group)
{
	const char *const names[] = { group, NULL };
	struct wire_in in;
	struct talk talk;
	uint32_t gid = 0;

	assert_int_equal(talk_open(&talk, &w->agentd, "agent"), 0);
	assert_int_equal(talk_ask(&talk, MSG_GETGRNAM, names), 0);
	assert_int_equal(talk_next(&talk, &in), 0);
	if (in.type == MSG_GROUP) {
		assert_string_equal(wire_get_str(&in, 64), group);
		gid = wire_get_u32(&in);
	}
	talk_close(&talk);
	return gid;
}

static bool is_in(struct world *w, const char *user, const char *group)
{
	char text[1024], number[16], *at;
	uint32_t gid = gid_of(w, group);

	groups_of(w, user, text, sizeof(text));
	(void)snprintf(number, sizeof(number), "%u", gid);
	at = strstr(text, number);
	return gid && at && (at == text || at[-1] == ' ');
}

/* Changes that no sign-in makes come between other events. */
static void wait_until(struct world *w, const char *user, const char *group, bool in)
{
	for (unsigned i = 0; i < 1000 && is_in(w, user, group) != in; i++)
		(void)poll(NULL, 0, 10);
	assert_int_equal(is_in(w, user, group), in);
}

/* What processes read knows a person or a group of this name, whoever else does. */
static bool snapshot_has(const struct world *w, const char *name)
{
	char path[108];
	struct snapshot snapshot = SNAPSHOT_INIT(agentd_path(&w->agentd, "db/identity.snap", path));
	struct snapshot_view view;
	struct snapshot_group group;
	struct snapshot_user user;
	bool found;

	assert_int_equal(snapshot_enter(&snapshot, &view), 0);
	found = snapshot_user_by_name(&view, name, strlen(name), &user) ||
		snapshot_group_by_name(&view, name, strlen(name), &group);
	assert_true(snapshot_leave(&view));
	snapshot_forget(&snapshot);
	return found;
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

static enum wire_result try_to_sign_in(struct world *w, const char *group)
{
	world_sign_in(w, "alice");
	assert_int_equal(talk_reply(&w->talk, MSG_ANSWER), 0);
	assert_int_equal(fake_netd_identity(&w->agentd.netd, w->flow, "corp", WORLD_ISS, "s1",
					    "alice", group),
			 0);
	return (enum wire_result)world_finish(w);
}

static void sign_in(struct world *w, const char *group)
{
	assert_int_equal(try_to_sign_in(w, group), WIRE_PERMIT);
}

/* No waiting here: whoever is let in calls initgroups() at once. */
static void test_a_sign_in_gives_and_takes(void **state)
{
	struct world w;
	uint32_t gid;
	(void)state;
	if (!begin(&w, config_groups))
		skip();
	assert_false(is_in(&w, "alice", "readers"));
	sign_in(&w, "gold");
	assert_true(is_in(&w, "alice", "readers"));
	assert_true(is_in(&w, "alice", "premium"));
	assert_true(snapshot_has(&w, "premium"));
	gid = gid_of(&w, "readers");
	sign_in(&w, "silver");
	assert_true(is_in(&w, "alice", "readers"));
	assert_false(is_in(&w, "alice", "premium"));
	sign_in(&w, "nothing-anybody-named");
	assert_false(is_in(&w, "alice", "readers"));
	assert_int_equal(gid_of(&w, "readers"), gid);
	world_end(&w);
}

static void test_a_refused_sign_in_takes_and_opens_nothing(void **state)
{
	static const char config[] = RULES "[deny lead]\nneed = group:lead\n"
					   "[groups a]\ngroup:gold = premium\n";
	struct world w;
	(void)state;
	if (!begin(&w, config))
		skip();
	sign_in(&w, "gold");
	assert_true(is_in(&w, "alice", "premium"));
	assert_int_equal(try_to_sign_in(&w, "lead"), WIRE_DENY);
	assert_false(is_in(&w, "alice", "premium"));
	world_end(&w);
}

static void test_the_record_gives_without_a_sign_in(void **state)
{
	struct world w;
	(void)state;
	if (!begin(&w, config_groups))
		skip();
	wait_until(&w, "bob", "team", true);
	assert_false(is_in(&w, "alice", "team"));
	world_end(&w);
}

static void test_another_configuration_gives_others(void **state)
{
	struct world w;
	uint32_t gid;
	(void)state;
	if (!begin(&w, config_groups))
		skip();
	sign_in(&w, "gold");
	gid = gid_of(&w, "readers");
	assert_int_equal(agentd_put(&w.agentd, "idp.conf", config_other), 0);
	assert_int_equal(world_reload(&w), 0);
	assert_int_equal(gid_of(&w, "readers"), 0); /* nobody has to wait for what is taken */
	assert_int_equal(gid_of(&w, "premium"), 0);
	wait_until(&w, "alice", "editors", true);
	wait_until(&w, "alice", "team", true);
	wait_until(&w, "bob", "team", false);
	assert_int_equal(agentd_put(&w.agentd, "idp.conf", config_none), 0);
	assert_int_equal(world_reload(&w), 0);
	assert_int_equal(gid_of(&w, "team"), 0);
	assert_int_equal(agentd_put(&w.agentd, "idp.conf", config_groups), 0);
	assert_int_equal(world_reload(&w), 0);
	wait_until(&w, "alice", "readers", true);
	assert_int_equal(gid_of(&w, "readers"), gid); /* for ever */
	world_end(&w);
}

static void test_it_survives_a_kill(void **state)
{
	struct world w;
	(void)state;
	if (!begin(&w, config_groups))
		skip();
	sign_in(&w, "gold");
	talk_close(&w.talk);
	assert_true(agentd_stop(&w.agentd, SIGKILL) >= 0);
	assert_int_equal(agentd_start(&w.agentd), 0);
	assert_int_equal(fake_netd_welcome(&w.agentd.netd), 0);
	world_open(&w);
	assert_true(is_in(&w, "alice", "premium"));
	assert_true(snapshot_has(&w, "premium"));
	world_end(&w);
}

/* A group of the directory keeps its name and its members; a rule about it is not fooled. */
static void test_a_directorys_group_is_never_given(void **state)
{
	static const char config[] = WORLD_PROVIDER WORLD_DIRECTORY
		"[allow corp]\nneed = provider:corp\n[deny all]\nneed = group:forged\n"
		"[groups a]\ngroup:gold = staff2 forged\n";
	struct world w;
	(void)state;
	if (!world_start(&w, config))
		skip();
	world_sync(&w, "staff2", 0);
	world_open(&w);
	world_wait_for(&w, "alice");
	sign_in(&w, "gold");
	assert_true(is_in(&w, "alice", "staff2")); /* the directory says so */
	assert_true(is_in(&w, "alice", "forged"));
	sign_in(&w, "gold"); /* and no rule takes it for a group of the platform */
	sign_in(&w, "nothing");
	assert_true(is_in(&w, "alice", "staff2"));
	assert_false(is_in(&w, "alice", "forged"));
	world_end(&w);
}

/* Of the host's own groups nobody can be made a member, whatever they are called. */
static void test_a_group_of_the_host_is_never_given(void **state)
{
	char config[2048], line[1024], name[64] = "";
	FILE *file = fopen("/etc/group", "re");
	struct world w;
	(void)state;
	while (file && fgets(line, sizeof(line), file)) {
		line[strcspn(line, ":")] = '\0';
		if (strlen(line) < sizeof(name) && name_is_group(line, strlen(line)) &&
		    !name_is_reserved_group(line))
			(void)snprintf(name, sizeof(name), "%.63s", line);
	}
	if (file)
		(void)fclose(file);
	(void)snprintf(config, sizeof(config), "%s[groups a]\ngroup:gold = %s readers\n", RULES,
		       name);
	if (!*name || !begin(&w, config))
		skip();
	sign_in(&w, "gold");
	assert_true(is_in(&w, "alice", "readers"));
	assert_int_equal(gid_of(&w, name), 0);
	assert_false(snapshot_has(&w, name));
	world_end(&w);
}

TEST_MAIN(TEST(test_a_sign_in_gives_and_takes),
	  TEST(test_a_refused_sign_in_takes_and_opens_nothing),
	  TEST(test_the_record_gives_without_a_sign_in),
	  TEST(test_another_configuration_gives_others), TEST(test_it_survives_a_kill),
	  TEST(test_a_directorys_group_is_never_given),
	  TEST(test_a_group_of_the_host_is_never_given))
