/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* libnss_idp and an agent that is helpful, wrong, hostile, slow, or not there. */
#include "tests/lib/test.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/limits.h"
#include "common/sock.h"
#include "common/wire.h"
#include "tests/lib/nss.h"
#include "tests/lib/snapshot.h"

/* ---- an agent that gives one answer to everybody ---- */

struct agent {
	pthread_t thread;
	int listener;
	int stop[2];
	void (*reply)(struct buf *out, const struct wire_in *question);
	_Atomic unsigned n_questions;
	bool silent;   /* takes the question and says nothing */
	bool hangs_up; /* takes the connection and closes it */
	uint32_t serial_off;
};

static void agent_serve(struct agent *agent, int fd)
{
	static uint8_t out_memory[WIRE_MESSAGE_MAX];
	uint8_t in_memory[512];
	struct wire_in in;
	struct buf out;
	size_t len;

	if (agent->hangs_up ||
	    sock_receive(fd, in_memory, sizeof(in_memory), clock_now() + USEC_PER_SEC, &len) < 0 ||
	    wire_open(&in, in_memory, len) < 0)
		return;
	agent->n_questions++;
	if (agent->silent) {
		uint8_t byte;

		IGNORE(sock_receive(fd, &byte, 1, clock_now() + 10 * USEC_PER_SEC, &len));
		return;
	}
	buf_init_fixed(&out, out_memory, sizeof(out_memory));
	in.serial += agent->serial_off;
	agent->reply(&out, &in);
	IGNORE(sock_send(fd, out.data, out.len, clock_now() + USEC_PER_SEC));
}

static void *agent_run(void *argument)
{
	struct agent *agent = argument;

	for (;;) {
		struct pollfd fds[2] = { { .fd = agent->listener, .events = POLLIN },
					 { .fd = agent->stop[0], .events = POLLIN } };
		int fd;

		if (poll(fds, 2, -1) < 0 || fds[1].revents)
			return NULL;
		fd = accept4(agent->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (fd < 0)
			continue;
		agent_serve(agent, fd);
		IGNORE(close(fd));
	}
}

static const char *agent_path(void)
{
	static char path[300];

	IGNORE(snprintf(path, sizeof(path), "%s/agent.sock", world_directory()) < 0);
	return path;
}

static void agent_start(struct agent *agent)
{
	assert_int_equal(sock_listen(agent_path(), 0666, &agent->listener), 0);
	assert_int_equal(pipe(agent->stop), 0);
	assert_int_equal(pthread_create(&agent->thread, NULL, agent_run, agent), 0);
}

static void agent_stop(struct agent *agent)
{
	assert_int_equal(write(agent->stop[1], "", 1), 1);
	assert_int_equal(pthread_join(agent->thread, NULL), 0);
	IGNORE(close(agent->listener));
	IGNORE(close(agent->stop[0]));
	IGNORE(close(agent->stop[1]));
	IGNORE(unlink(agent_path()));
}

/* ---- what it says ---- */

static void put_user(struct buf *out, uint32_t serial, const char *name, uint32_t uid, uint32_t gid,
		     const char *home)
{
	wire_begin(out, MSG_USER, serial);
	wire_put_str(out, name);
	wire_put_u32(out, uid);
	wire_put_u32(out, gid);
	wire_put_str(out, "Carol of the Agent");
	wire_put_str(out, home);
	wire_put_str(out, "/bin/zsh");
	assert_int_equal(wire_end(out), 0);
}

static void say_carol(struct buf *out, const struct wire_in *question)
{
	put_user(out, question->serial, "carol", WORLD_UID(77), WORLD_UID(77), "/home/carol");
}

static void say_uid_0(struct buf *out, const struct wire_in *question)
{
	put_user(out, question->serial, "carol", 0, WORLD_UID(77), "/home/carol");
}

static void say_gid_27(struct buf *out, const struct wire_in *question)
{
	put_user(out, question->serial, "carol", WORLD_UID(77), 27, "/home/carol");
}

static void say_somebody_else(struct buf *out, const struct wire_in *question)
{
	put_user(out, question->serial, "mallory", WORLD_UID(78), WORLD_UID(78), "/home/mallory");
}

static void say_other_form(struct buf *out, const struct wire_in *question)
{
	put_user(out, question->serial, "carol@example.org", WORLD_UID(77), WORLD_UID(77),
		 "/home/carol");
}

static void say_longer_name(struct buf *out, const struct wire_in *question)
{
	put_user(out, question->serial, "carola@example.org", WORLD_UID(77), WORLD_UID(77),
		 "/home/carola");
}

static void say_home_is_root(struct buf *out, const struct wire_in *question)
{
	put_user(out, question->serial, "carol", WORLD_UID(77), WORLD_UID(77), "/");
}

static void say_notfound(struct buf *out, const struct wire_in *question)
{
	wire_begin(out, MSG_NOTFOUND, question->serial);
	assert_int_equal(wire_end(out), 0);
}

static void say_unavail(struct buf *out, const struct wire_in *question)
{
	wire_begin(out, MSG_UNAVAIL, question->serial);
	assert_int_equal(wire_end(out), 0);
}

static void say_garbage(struct buf *out, const struct wire_in *question _unused_)
{
	buf_reset(out);
	for (int i = 0; i < 300; i++)
		buf_put_u8(out, (uint8_t)(i * 37));
}

static void say_group(struct buf *out, const struct wire_in *question)
{
	wire_begin(out, MSG_GROUP, question->serial);
	wire_put_str(out, "crew");
	wire_put_u32(out, WORLD_GID(5));
	wire_put_count(out, 3);
	wire_put_str(out, "carol");
	wire_put_str(out, "dave");
	wire_put_str(out, "erin");
	assert_int_equal(wire_end(out), 0);
}

static void say_group_with_a_bad_member(struct buf *out, const struct wire_in *question)
{
	wire_begin(out, MSG_GROUP, question->serial);
	wire_put_str(out, "crew");
	wire_put_u32(out, WORLD_GID(5));
	wire_put_count(out, 2);
	wire_put_str(out, "carol");
	wire_put_str(out, "da:ve");
	assert_int_equal(wire_end(out), 0);
}

static void say_gids(struct buf *out, const struct wire_in *question)
{
	const uint32_t gids[] = { WORLD_GID(1), 0, 27, WORLD_GID(2), 65534, WORLD_GID(9) };

	wire_begin(out, MSG_GIDS, question->serial);
	wire_put_count(out, ELEMENTSOF(gids));
	for (size_t i = 0; i < ELEMENTSOF(gids); i++)
		wire_put_u32(out, gids[i]);
	assert_int_equal(wire_end(out), 0);
}

/* ---- tests ---- */

static enum nss_status ask_carol(struct passwd *pw, char *buffer, size_t room, int *error)
{
	*error = 0;
	return nss.getpwnam("carol", pw, buffer, room, error);
}

static void test_a_person_only_the_agent_knows(void **state _unused_)
{
	struct agent agent = { .reply = say_carol };
	const size_t need = STRLEN("carol") + 1 + 2 + STRLEN("Carol of the Agent") + 1 +
			    STRLEN("/home/carol") + 1 + STRLEN("/bin/zsh") + 1;
	struct passwd pw;
	char buffer[1024];
	int error;

	agent_start(&agent);
	errno = 81;
	assert_int_equal(ask_carol(&pw, buffer, sizeof(buffer), &error), NSS_STATUS_SUCCESS);
	assert_string_equal(pw.pw_name, "carol");
	assert_string_equal(pw.pw_passwd, "*");
	assert_int_equal(pw.pw_uid, WORLD_UID(77));
	assert_string_equal(pw.pw_dir, "/home/carol");
	assert_string_equal(pw.pw_shell, "/bin/zsh");
	assert_int_equal(ask_carol(&pw, buffer, need - 1, &error), NSS_STATUS_TRYAGAIN);
	assert_int_equal(error, ERANGE);
	assert_int_equal(ask_carol(&pw, buffer, need, &error), NSS_STATUS_SUCCESS);
	assert_int_equal(nss.getpwuid(WORLD_UID(77), &pw, buffer, sizeof(buffer), &error),
			 NSS_STATUS_SUCCESS);
	assert_int_equal(errno, 81);
	agent_stop(&agent);
}

static enum nss_status ask_by(const char *name, struct passwd *pw, char *buffer, size_t room)
{
	int error = 0;

	return nss.getpwnam(name, pw, buffer, room, &error);
}

/* [directory] aliases: the first sign-in of somebody may be by the other form of the name. */
static void test_the_other_form_of_a_name_is_answered_with_the_record(void **state _unused_)
{
	struct agent agent = { .reply = say_other_form };
	struct passwd pw;
	char buffer[1024];

	agent_start(&agent);
	assert_int_equal(ask_by("carol", &pw, buffer, sizeof(buffer)), NSS_STATUS_SUCCESS);
	assert_string_equal(pw.pw_name, "carol@example.org");
	assert_int_equal(ask_by("carol@example.net", &pw, buffer, sizeof(buffer)),
			 NSS_STATUS_NOTFOUND);
	assert_int_equal(ask_by("caro", &pw, buffer, sizeof(buffer)), NSS_STATUS_NOTFOUND);
	agent.reply = say_carol;
	assert_int_equal(ask_by("carol@example.org", &pw, buffer, sizeof(buffer)),
			 NSS_STATUS_SUCCESS);
	assert_string_equal(pw.pw_name, "carol");
	assert_int_equal(ask_by("carola@example.org", &pw, buffer, sizeof(buffer)),
			 NSS_STATUS_NOTFOUND);
	agent_stop(&agent);
}

static const struct {
	const char *what;
	void (*reply)(struct buf *out, const struct wire_in *question);
	enum nss_status status;
} replies[] = {
	{ "not found", say_notfound, NSS_STATUS_NOTFOUND },
	{ "outage", say_unavail, NSS_STATUS_UNAVAIL },
	{ "garbage", say_garbage, NSS_STATUS_UNAVAIL },
	{ "another kind", say_gids, NSS_STATUS_UNAVAIL },
	{ "uid 0", say_uid_0, NSS_STATUS_NOTFOUND },
	{ "gid of sudo", say_gid_27, NSS_STATUS_NOTFOUND },
	{ "somebody else", say_somebody_else, NSS_STATUS_NOTFOUND },
	{ "a longer name", say_longer_name, NSS_STATUS_NOTFOUND },
	{ "home is /", say_home_is_root, NSS_STATUS_NOTFOUND },
};

static void test_what_the_agent_may_not_say_is_not_passed_on(void **state _unused_)
{
	struct passwd pw;
	char buffer[1024];
	int error;

	for (size_t i = 0; i < ELEMENTSOF(replies); i++) {
		struct agent agent = { .reply = replies[i].reply };
		enum nss_status status;

		agent_start(&agent);
		status = ask_carol(&pw, buffer, sizeof(buffer), &error);
		agent_stop(&agent);
		if (status != replies[i].status)
			print_error("%s: %d\n", replies[i].what, (int)status);
		assert_int_equal(status, replies[i].status);
		assert_int_not_equal(error, 0);
		assert_int_not_equal(error, ERANGE);
		assert_int_equal(agent.n_questions, 1);
	}
}

static void test_an_answer_to_another_question_is_none(void **state _unused_)
{
	struct agent agent = { .reply = say_carol, .serial_off = 1 };
	struct passwd pw;
	char buffer[1024];
	int error;

	agent_start(&agent);
	assert_int_equal(ask_carol(&pw, buffer, sizeof(buffer), &error), NSS_STATUS_UNAVAIL);
	agent_stop(&agent);
}

static void test_groups_from_the_agent(void **state _unused_)
{
	struct agent agent = { .reply = say_group };
	struct group gr;
	char buffer[1024];
	int error = 0;

	agent_start(&agent);
	assert_int_equal(nss.getgrnam("crew", &gr, buffer, sizeof(buffer), &error),
			 NSS_STATUS_SUCCESS);
	assert_int_equal(gr.gr_gid, WORLD_GID(5));
	assert_string_equal(gr.gr_mem[0], "carol");
	assert_string_equal(gr.gr_mem[1], "dave");
	assert_string_equal(gr.gr_mem[2], "erin");
	assert_null(gr.gr_mem[3]);
	assert_int_equal(nss.getgrgid(WORLD_GID(5), &gr, buffer, sizeof(buffer), &error),
			 NSS_STATUS_SUCCESS);
	assert_int_equal(nss.getgrgid(WORLD_GID(6), &gr, buffer, sizeof(buffer), &error),
			 NSS_STATUS_NOTFOUND);
	agent.reply = say_group_with_a_bad_member;
	assert_int_equal(nss.getgrnam("crew", &gr, buffer, sizeof(buffer), &error),
			 NSS_STATUS_NOTFOUND);
	agent_stop(&agent);
}

static void test_group_ids_from_the_agent_are_sifted(void **state _unused_)
{
	struct agent agent = { .reply = say_gids };
	long start = 0, size = 1;
	gid_t *groups = calloc(1, sizeof(*groups));
	int error = 0;

	agent_start(&agent);
	assert_int_equal(nss.initgroups("carol", WORLD_GID(9), &start, &size, &groups, -1, &error),
			 NSS_STATUS_SUCCESS);
	assert_int_equal(start, 2);
	assert_int_equal(groups[0], WORLD_GID(1));
	assert_int_equal(groups[1], WORLD_GID(2));
	agent_stop(&agent);
	free(groups);
}

static void test_the_agent_is_not_asked_for_what_is_never_its(void **state _unused_)
{
	struct agent agent = { .reply = say_carol };
	struct passwd pw;
	struct group gr;
	char buffer[1024];
	int error = 0;

	agent_start(&agent);
	assert_int_equal(nss.getpwnam("root", &pw, buffer, sizeof(buffer), &error),
			 NSS_STATUS_NOTFOUND);
	assert_int_equal(nss.getpwuid(0, &pw, buffer, sizeof(buffer), &error), NSS_STATUS_NOTFOUND);
	assert_int_equal(nss.getgrnam("sudo", &gr, buffer, sizeof(buffer), &error),
			 NSS_STATUS_NOTFOUND);
	assert_int_equal(nss.getpwnam("../../etc", &pw, buffer, sizeof(buffer), &error),
			 NSS_STATUS_NOTFOUND);
	assert_int_equal(agent.n_questions, 0);
	agent_stop(&agent);
}

static void test_the_agent_does_not_ask_itself(void **state _unused_)
{
	struct agent agent = { .reply = say_carol };
	char *const saved = program_invocation_short_name;
	static char own_name[] = "idp-agentd";
	struct passwd pw;
	char buffer[1024];
	int error;

	agent_start(&agent);
	program_invocation_short_name = own_name;
	assert_int_equal(ask_carol(&pw, buffer, sizeof(buffer), &error), NSS_STATUS_UNAVAIL);
	program_invocation_short_name = saved;
	assert_int_equal(agent.n_questions, 0);
	assert_int_equal(ask_carol(&pw, buffer, sizeof(buffer), &error), NSS_STATUS_SUCCESS);
	agent_stop(&agent);
}

static void test_an_agent_that_hangs_up_costs_no_time(void **state _unused_)
{
	struct agent agent = { .hangs_up = true };
	const usec_t began = clock_now();
	struct passwd pw;
	char buffer[1024];
	int error;

	agent_start(&agent);
	for (int i = 0; i < 20; i++)
		assert_int_equal(ask_carol(&pw, buffer, sizeof(buffer), &error),
				 NSS_STATUS_UNAVAIL);
	agent_stop(&agent);
	for (int i = 0; i < 20; i++)
		assert_int_equal(ask_carol(&pw, buffer, sizeof(buffer), &error),
				 NSS_STATUS_UNAVAIL);
	assert_true(clock_now() - began < USEC_PER_SEC);
}

/* The last test: it leaves the process not asking for NSS_AWAY. */
static void test_a_silent_agent_is_waited_for_once(void **state _unused_)
{
	struct agent agent = { .reply = say_carol, .silent = true };
	struct passwd pw;
	char buffer[1024];
	usec_t began = clock_now(), took;
	int error;

	agent_start(&agent);
	assert_int_equal(ask_carol(&pw, buffer, sizeof(buffer), &error), NSS_STATUS_UNAVAIL);
	assert_int_equal(error, ETIMEDOUT);
	took = clock_now() - began;
	assert_true(took >= NSS_DEADLINE && took < NSS_DEADLINE + USEC_PER_SEC);
	began = clock_now();
	for (int i = 0; i < 100; i++)
		assert_int_equal(ask_carol(&pw, buffer, sizeof(buffer), &error),
				 NSS_STATUS_UNAVAIL);
	assert_true(clock_now() - began < USEC_PER_SEC);
	assert_int_equal(agent.n_questions, 1);
	agent_stop(&agent);
}

/* No COMPLETE: every test here asks for what the snapshot does not have. */
static int publish_some(void **state _unused_)
{
	return world_publish(&(struct world){ .n_users = 20, .n_groups = 3 }, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_person_only_the_agent_knows),
		TEST(test_what_the_agent_may_not_say_is_not_passed_on),
		TEST(test_an_answer_to_another_question_is_none),
		TEST(test_the_other_form_of_a_name_is_answered_with_the_record),
		TEST(test_groups_from_the_agent),
		TEST(test_group_ids_from_the_agent_are_sifted),
		TEST(test_the_agent_is_not_asked_for_what_is_never_its),
		TEST(test_the_agent_does_not_ask_itself),
		TEST(test_an_agent_that_hangs_up_costs_no_time),
		TEST(test_a_silent_agent_is_waited_for_once),
	};

	nss_load();
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, publish_some, NULL);
}
