/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What sshd is told of a person's keys: by the real idp-agentd to whoever may ask, and by an agent
 * that lies, is slow or is away. It must run as root, who may ask for anybody.
 */
#include "tests/lib/test.h"

#include <errno.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/sock.h"
#include "idp-authorized-keys/keys.h"
#include "tests/lib/world.h"

#define LAPTOP "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHqi9w84kgFW/04F63Wi6M+dLtYOdNhK8oAoIr7PI5K5"
#define PHONE                                                                                        \
	"ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBEGTF0zPEhDjkJDAM0" \
	"a71yXPxjGV0ZXkT54XMto59muOC7IUFianWYdi+cOPV7YiHHmuFWfYzV7KnAbKa0Ex5do="
#define FORCED   "command=\"/bin/id\" " LAPTOP
#define CA       "cert-authority " PHONE
#define STRANGER 54321u

static const char config[] =
	WORLD_PROVIDER WORLD_DIRECTORY "domain = example.org\naliases = yes\n" WORLD_ALLOW("staff");

/* The directory is asked for this person, and says so. False: the test cannot run here. */
static void teach(struct world *w, const char *id, const char *name, bool active, const char *keys)
{
	const char *const texts[] = { name, NULL };
	uint64_t first, second;

	assert_int_equal(talk_ask(&w->talk, MSG_GETPWNAM, texts), 0);
	assert_int_equal(fake_netd_expect(&w->agentd.netd, MSG_DIR_FIND, &first), 0);
	assert_int_equal(fake_netd_expect(&w->agentd.netd, MSG_DIR_FIND, &second), 0);
	assert_int_equal(fake_netd_person(&w->agentd.netd, first, id, name, active, keys), 0);
	assert_int_equal(fake_netd_end(&w->agentd.netd, first, true, ""), 0);
	assert_int_equal(fake_netd_end(&w->agentd.netd, second, true, ""), 0);
	assert_int_equal(talk_next_type(&w->talk), active ? MSG_USER : MSG_NOTFOUND);
}

static void fetched(const char *socket, const char *user, const char *type, int wanted,
		    const char *lines)
{
	_cleanup_(buf_done) struct buf out = { 0 };

	assert_int_equal(keys_fetch(socket, user, type, &out), wanted);
	assert_int_equal(out.len, strlen(lines));
	if (out.len > 0)
		assert_memory_equal(out.data, lines, out.len);
}

static void test_keys_of_people_who_may_enter(void **state)
{
	struct world w;
	char path[108];

	(void)state;
	if (!world_start(&w, config))
		skip();
	world_open(&w);
	world_sync(&w, "staff", 0);
	world_wait_for(&w, "alice");
	teach(&w, "s3", "dave", true,
	      LAPTOP " dave@laptop\n" FORCED "\n" CA "\n" PHONE "\nrubbish\n");
	agentd_path(&w.agentd, "agent", path);
	fetched(path, "dave", NULL, 0, LAPTOP "\n" PHONE "\n");
	fetched(path, "dave@example.org", NULL, 0, LAPTOP "\n" PHONE "\n");
	fetched(path, "dave", "ecdsa-sha2-nistp256", 0, PHONE "\n");
	fetched(path, "dave", "ecdsa-sha2", 0, "");
	fetched(path, "dave", "ssh-ed25519-cert-v01@openssh.com", 0, "");
	fetched(path, "alice", NULL, 0, ""); /* has none */
	fetched(path, "nobody-knows", NULL, 0, "");
	fetched(path, "root", NULL, 0, "");
	fetched(path, "Dave", NULL, 0, "");
	fetched(path, "dave\ndave", NULL, 0, "");
	world_end(&w);
}

static void test_who_is_disabled_has_none(void **state)
{
	struct world w;
	char path[108];

	(void)state;
	if (!world_start(&w, config))
		skip();
	world_open(&w);
	world_sync(&w, "staff", 0);
	world_wait_for(&w, "alice");
	teach(&w, "s4", "erin", false, LAPTOP);
	fetched(agentd_path(&w.agentd, "agent", path), "erin", NULL, 0, "");
	world_end(&w);
}

/* A stranger is told what is told of nobody; the person hears of the own keys. */
static void test_who_may_ask(void **state)
{
	static const char *const dave[] = { "dave", NULL };
	struct world w;
	struct talk talk;
	uint32_t uid;

	(void)state;
	if (!world_start(&w, config))
		skip();
	world_open(&w);
	world_sync(&w, "staff", 0);
	world_wait_for(&w, "alice");
	teach(&w, "s3", "dave", true, LAPTOP);
	uid = world_uid_of(&w, "dave");
	world_talk_as(&w, &talk, STRANGER);
	assert_int_equal(talk_ask(&talk, MSG_SSH_KEYS, dave), 0);
	assert_int_equal(talk_next_type(&talk), MSG_NOTFOUND);
	talk_close(&talk);
	world_talk_as(&w, &talk, world_uid_of(&w, "alice"));
	assert_int_equal(talk_ask(&talk, MSG_SSH_KEYS, dave), 0);
	assert_int_equal(talk_next_type(&talk), MSG_NOTFOUND);
	talk_close(&talk);
	world_talk_as(&w, &talk, uid);
	assert_int_equal(talk_ask(&talk, MSG_SSH_KEYS, dave), 0);
	assert_int_equal(talk_next_type(&talk), MSG_KEYS_OF_USER);
	talk_close(&talk);
	world_end(&w);
}

/* ---- agents that are not what they should be ---- */

enum mood { LIES, CUTS, IS_MANY, IS_MAD, HANGS_UP, SLEEPS, IS_UNSURE };

static void answer(int fd, uint32_t serial, enum mood mood)
{
	static const char *const lies[] = { FORCED, CA, LAPTOP "\nroot", PHONE " and more", "" };
	struct buf out;

	buf_init(&out, WIRE_MESSAGE_MAX);
	wire_begin(&out,
		   mood == IS_UNSURE ? MSG_UNAVAIL
		   : mood == IS_MAD  ? MSG_GROUP
				     : MSG_KEYS_OF_USER,
		   serial);
	if (mood == IS_MAD) {
		wire_put_str(&out, LAPTOP);
		wire_put_u32(&out, 0);
		wire_put_count(&out, 0);
	} else if (mood == IS_MANY) {
		wire_put_count(&out, SSH_KEYS_MAX + 2);
		for (unsigned i = 0; i < SSH_KEYS_MAX + 2; i++)
			wire_put_str(&out, LAPTOP);
	} else if (mood != IS_UNSURE) {
		wire_put_count(&out, ELEMENTSOF(lies) + 1);
		wire_put_str(&out, LAPTOP);
		for (size_t i = 0; i < ELEMENTSOF(lies); i++)
			wire_put_str(&out, lies[i]);
	}
	if (wire_end(&out) == 0)
		IGNORE(send(fd, out.data, out.len - (mood == CUTS ? 3 : 0), MSG_NOSIGNAL));
	buf_done(&out);
}

static void serve(int listener, enum mood mood)
{
	uint8_t question[256];
	struct wire_in in;
	int fd = accept(listener, NULL, NULL);
	ssize_t n = recv(fd, question, sizeof(question), 0);

	if (mood == SLEEPS)
		IGNORE(pause());
	if (mood != HANGS_UP && n > 0 && wire_open(&in, question, (size_t)n) == 0)
		answer(fd, in.serial, mood);
	_exit(0);
}

static int fetch_from(enum mood mood, const char *path, int listener, struct buf *out)
{
	pid_t child = fork();
	int status, r;

	assert_true(child >= 0);
	if (child == 0)
		serve(listener, mood);
	r = keys_fetch(path, "dave", NULL, out);
	(void)kill(child, SIGKILL);
	assert_int_equal(waitpid(child, &status, 0), child);
	return r;
}

/* What is fetched from an agent in this mood. On a busy machine any may take too long. */
static void from(enum mood mood, int wanted, const char *lines)
{
	char folder[] = "/tmp/keys-XXXXXX", path[64];
	_cleanup_(buf_done) struct buf out = { 0 };
	int listener, r = -ETIMEDOUT;

	assert_non_null(mkdtemp(folder));
	(void)snprintf(path, sizeof(path), "%s/s", folder);
	assert_int_equal(sock_listen(path, 0600, &listener), 0);
	for (int i = 0; i < 5 && r == -ETIMEDOUT; i++) {
		r = fetch_from(mood, path, listener, &out);
		if (wanted == -ETIMEDOUT)
			break;
	}
	assert_int_equal(r, wanted);
	assert_int_equal(out.len, strlen(lines));
	if (out.len > 0)
		assert_memory_equal(out.data, lines, out.len);
	(void)close(listener);
	fetched(path, "dave", NULL, -ECONNREFUSED, ""); /* nobody listens any more */
	assert_int_equal(unlink(path), 0);
	fetched(path, "dave", NULL, -ENOENT, "");
	fetched(path, "root", NULL, 0, ""); /* who waits for nobody */
	assert_int_equal(rmdir(folder), 0);
}

static void test_an_agent_is_not_believed(void **state)
{
	(void)state;
	from(LIES, 0, LAPTOP "\n");
	from(CUTS, -EBADMSG, "");
	from(IS_MANY, -EBADMSG, "");
	from(IS_MAD, -EPROTO, "");
	from(HANGS_UP, -ECONNRESET, "");
	from(SLEEPS, -ETIMEDOUT, "");
	from(IS_UNSURE, -EAGAIN, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keys_of_people_who_may_enter),
		cmocka_unit_test(test_who_is_disabled_has_none),
		cmocka_unit_test(test_who_may_ask),
		cmocka_unit_test(test_an_agent_is_not_believed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
