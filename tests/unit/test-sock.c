/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sockets with deadlines and the blocking client, against peers that are silent, rude or gone. */

#include "tests/lib/test.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/client.h"
#include "common/sock.h"

static char folder[] = "/tmp/idp-test-sock-XXXXXX";
static char path[64];
static int listener = -1;

static int setup(void **state)
{
	(void)state;
	strcpy(folder, "/tmp/idp-test-sock-XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	(void)snprintf(path, sizeof(path), "%s/s", folder);
	return sock_listen(path, 0600, &listener);
}

static int teardown(void **state)
{
	(void)state;
	macro_closep(&listener);
	(void)unlink(path);
	return rmdir(folder);
}

static usec_t soon(void)
{
	return clock_now() + 50 * USEC_PER_MSEC;
}

static void test_nobody_there(void **state)
{
	struct client client = CLIENT_NULL;
	char longer[200];

	(void)state;
	assert_int_equal(client_open(&client, "/nonexistent/idp.sock", soon()), -ENOENT);
	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	assert_int_equal(client_open(&client, longer, soon()), -ENAMETOOLONG);
	assert_int_equal(client.fd, -1);
	client_close(&client);
	client_close(NULL);
}

/* Listens but never accepts: the backlog fills, then a connect ends at its deadline. */
static void test_full_backlog_is_bounded(void **state)
{
	int fds[8], n = 0, r = 0;

	(void)state;
	assert_int_equal(listen(listener, 1), 0);
	while (n < 8 && (r = sock_connect(path, soon(), &fds[n])) == 0)
		n++;
	assert_int_equal(r, -ETIMEDOUT);
	while (n > 0)
		(void)close(fds[--n]);
}

static void test_mode_and_peer(void **state)
{
	struct sock_peer peer = { .uid = 12345 };
	struct stat st;
	int a, b;

	(void)state;
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(sock_connect(path, soon(), &a), 0);
	assert_true(a > 2);
	assert_int_equal(fcntl(a, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	b = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	assert_true(b >= 0);
	assert_int_equal(sock_peer(b, &peer), 0);
	assert_int_equal(peer.uid, getuid());
	assert_int_equal(peer.pid, getpid());
	(void)close(a);
	(void)close(b);
}

static void test_messages(void **state)
{
	uint8_t memory[64];
	size_t len = 0;
	int pair[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	assert_int_equal(sock_receive(pair[0], memory, sizeof(memory), soon(), &len), -ETIMEDOUT);
	assert_int_equal(sock_send(pair[1], "hello", 5, soon()), 0);
	assert_int_equal(sock_receive(pair[0], memory, sizeof(memory), soon(), &len), 0);
	assert_int_equal(len, 5);
	assert_int_equal(sock_send(pair[1], "too long for it", 15, soon()), 0);
	assert_int_equal(sock_receive(pair[0], memory, 4, soon(), &len), -EMSGSIZE);
	(void)close(pair[1]);
	assert_int_equal(sock_receive(pair[0], memory, sizeof(memory), soon(), &len), -ECONNRESET);
	assert_int_equal(sock_send(pair[0], "x", 1, soon()), -EPIPE); /* and no SIGPIPE */
	(void)close(pair[0]);
}

/* A reader that never reads: the send ends at its deadline. */
static void test_send_is_bounded(void **state)
{
	static uint8_t big[60000];
	int pair[2], r = 0;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	for (int i = 0; i < 1000 && r == 0; i++)
		r = sock_send(pair[0], big, sizeof(big), soon());
	assert_int_equal(r, -ETIMEDOUT);
	(void)close(pair[0]);
	(void)close(pair[1]);
}

static void reply(int fd, enum wire_type type, uint32_t serial)
{
	struct buf out;

	buf_init(&out, WIRE_HEADER_LEN + 100);
	wire_begin(&out, type, serial);
	assert_int_equal(wire_end(&out), 0);
	assert_int_equal(sock_send(fd, out.data, out.len, soon()), 0);
	buf_done(&out);
}

static void test_client_wants_its_own_serial(void **state)
{
	struct client client;
	uint8_t memory[256];
	struct wire_in in;
	struct buf out;
	int peer;

	(void)state;
	assert_int_equal(client_open(&client, path, soon()), 0);
	peer = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	assert_true(peer >= 0);
	buf_init(&out, 1000);
	client_begin(&client, &out, MSG_GETPWNAM);
	wire_put_str(&out, "alice");
	assert_int_equal(client_send(&client, &out, soon()), 0);
	reply(peer, MSG_NOTFOUND, client.serial);
	assert_int_equal(client_receive(&client, memory, sizeof(memory), soon(), &in), 0);
	assert_int_equal(in.type, MSG_NOTFOUND);
	reply(peer, MSG_NOTFOUND, client.serial + 1);
	assert_int_equal(client_receive(&client, memory, sizeof(memory), soon(), &in), -EPROTO);
	assert_int_equal(sock_send(peer, "garbage", 7, soon()), 0);
	assert_int_equal(client_receive(&client, memory, sizeof(memory), soon(), &in), -EBADMSG);
	(void)close(peer);
	assert_int_equal(client_receive(&client, memory, sizeof(memory), soon(), &in), -ECONNRESET);
	client_close(&client);
	assert_int_equal(client_receive(&client, memory, sizeof(memory), soon(), &in), -ENOTCONN);
	buf_done(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_nobody_there),
		cmocka_unit_test_setup_teardown(test_full_backlog_is_bounded, setup, teardown),
		cmocka_unit_test_setup_teardown(test_mode_and_peer, setup, teardown),
		TEST(test_messages),
		TEST(test_send_is_bounded),
		cmocka_unit_test_setup_teardown(test_client_wants_its_own_serial, setup, teardown),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
