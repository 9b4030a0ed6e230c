/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/lib/test.h"

#include "tests/lib/world.h"

#include <poll.h>
#include <signal.h>
#include <unistd.h>

#define MORE_MAX 4000

bool world_start(struct world *w, const char *config)
{
	if (getuid() != 0)
		return false;
	*w = (struct world){ 0 };
	assert_int_equal(agentd_prepare(&w->agentd, config), 0);
	assert_int_equal(agentd_start(&w->agentd), 0);
	assert_int_equal(fake_netd_welcome(&w->agentd.netd), 0);
	return true;
}

void world_sync(struct world *w, const char *group, unsigned more)
{
	struct fake_netd *netd = &w->agentd.netd;
	static char ids[MORE_MAX][8];
	const char *members[MORE_MAX + 3] = { "s1", "s2" };
	uint64_t flow, credit;

	assert_true(more <= MORE_MAX);
	assert_int_equal(fake_netd_expect(netd, MSG_DIR_SYNC, &flow), 0);
	assert_int_equal(fake_netd_expect(netd, MSG_CREDIT, &credit), 0);
	assert_int_equal(fake_netd_user(netd, flow, "s1", "alice"), 0);
	assert_int_equal(fake_netd_user(netd, flow, "s2", "bob"), 0);
	for (unsigned i = 0; i < more; i++) {
		(void)snprintf(ids[i], sizeof(ids[i]), "p%u", i);
		members[i + 2] = ids[i];
		if (i % (DIR_CREDIT / 4) == 0)
			(void)poll(NULL, 0, 5); /* credit comes back meanwhile */
		assert_int_equal(fake_netd_user(netd, flow, ids[i], ids[i]), 0);
	}
	assert_int_equal(fake_netd_group(netd, flow, group, members), 0);
	assert_int_equal(fake_netd_end(netd, flow, true, ""), 0);
}

void world_wait_for(struct world *w, const char *name)
{
	for (unsigned i = 0; i < 1000; i++) {
		assert_int_equal(talk_pam(&w->talk, MSG_ACCT, name), 0);
		if (world_finish(w) == WIRE_PERMIT)
			return;
		(void)poll(NULL, 0, 10);
	}
	fail_msg("%s is not let in: %s", name, w->reason);
}

void world_wait_for_record(struct world *w, const char *name)
{
	const char *const names[] = { name, NULL };
	struct talk talk;

	assert_int_equal(talk_open(&talk, &w->agentd, "control"), 0);
	for (unsigned i = 0; i < 1000; i++) {
		assert_int_equal(talk_ask(&talk, MSG_SHOW_USER, names), 0);
		if (talk_next_type(&talk) == MSG_ROW) {
			while (talk_next_type(&talk) == MSG_ROW)
				;
			talk_close(&talk);
			return;
		}
		(void)poll(NULL, 0, 5);
	}
	fail_msg("%s never came into the record", name);
}

void world_open(struct world *w)
{
	assert_int_equal(talk_open(&w->talk, &w->agentd, "agent"), 0);
}

void world_talk_as(struct world *w, struct talk *talk, uid_t uid)
{
	assert_int_equal(seteuid(uid), 0);
	assert_int_equal(talk_open(talk, &w->agentd, "agent"), 0);
	assert_int_equal(seteuid(0), 0);
}

/* Nothing the daemon wrote holds the secret of the test. */
static void world_check_log(const struct agentd *agentd)
{
	char path[108], line[4096];
	FILE *log = fopen(agentd_path(agentd, "log", path), "re");

	assert_non_null(log);
	while (fgets(line, sizeof(line), log))
		assert_null(strstr(line, AGENTD_TOKEN));
	(void)fclose(log);
}

void world_end(struct world *w)
{
	talk_close(&w->talk);
	assert_int_equal(agentd_stop(&w->agentd, SIGTERM), 0);
	world_check_log(&w->agentd);
	agentd_done(&w->agentd);
}

int world_reload(struct world *w)
{
	static const char *const none[] = { NULL };
	struct talk talk;
	struct wire_in in;
	uint32_t status;

	assert_int_equal(talk_open(&talk, &w->agentd, "control"), 0);
	assert_int_equal(talk_ask(&talk, MSG_RELOAD, none), 0);
	do /* notes first */
		assert_int_equal(talk_next(&talk, &in), 0);
	while (in.type == MSG_ROW);
	assert_int_equal(in.type, MSG_END);
	status = wire_get_u32(&in);
	talk_close(&talk);
	return (int)status;
}

void world_ask_sync(struct world *w, struct talk *talk, bool full, bool force)
{
	assert_int_equal(talk_open(talk, &w->agentd, "control"), 0);
	client_begin(&talk->client, &talk->out, MSG_SYNC);
	wire_put_str(&talk->out, "people");
	wire_put_bool(&talk->out, full);
	wire_put_bool(&talk->out, force);
	assert_int_equal(client_send(&talk->client, &talk->out, clock_now() + USEC_PER_SEC), 0);
}

void world_sign_in(struct world *w, const char *user)
{
	struct wire_in in;

	assert_int_equal(talk_pam(&w->talk, MSG_AUTH, user), 0);
	assert_int_equal(fake_netd_expect(&w->agentd.netd, MSG_DEVICE, &w->flow), 0);
	assert_int_equal(fake_netd_code(&w->agentd.netd, w->flow, WORLD_URI, "ABCD-EFGH", 300), 0);
	assert_int_equal(talk_next(&w->talk, &in), 0);
	assert_int_equal(in.type, MSG_ASK);
	assert_int_equal(wire_get_u32(&in), WIRE_ASK_ECHO);
	assert_non_null(strstr(wire_get_str(&in, WIRE_STRING_MAX), "ABCD-EFGH"));
}

void world_answer(struct world *w, const char *text)
{
	struct wire_in in;

	assert_int_equal(talk_answer(&w->talk, text), 0);
	assert_int_equal(fake_netd_next(&w->agentd.netd, 10 * USEC_PER_SEC, &in), 0);
	assert_int_equal(in.type, MSG_REDIRECT);
	assert_true(wire_get_u64(&in) == w->flow);
	assert_string_equal(wire_get_str(&in, WIRE_STRING_MAX), text);
}

int world_finish(struct world *w)
{
	return talk_done(&w->talk, w->reason, w->text);
}

uint32_t world_uid_of(struct world *w, const char *user)
{
	const char *const name[] = { user, NULL };
	struct wire_in in;

	assert_int_equal(talk_ask(&w->talk, MSG_GETPWNAM, name), 0);
	assert_int_equal(talk_next(&w->talk, &in), 0);
	assert_int_equal(in.type, MSG_USER);
	(void)wire_get_str(&in, WIRE_STRING_MAX);
	return wire_get_u32(&in);
}
