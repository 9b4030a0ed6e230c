/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * idp-userdbd as systemd calls it: every record it shows is the one that libnss_idp answers, and no
 * caller, however broken, keeps it from answering the next.
 */
#include "tests/lib/test.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/limits.h"
#include "common/snapshot-format.h"
#include "tests/lib/nss.h"
#include "tests/lib/snapshot.h"

#define USERDB  "io.systemd.UserDatabase."
#define VARLINK "org.varlink.service."
#define ME      "\"service\":\"io.idp.Agent\""
#define WAIT_MS 30000 /* only a test that fails waits so long */

static const struct world small_world = {
	.n_users = 1000,
	.n_groups = 700,
	.n_big_user = 500,
	.n_big_group = 900,
	.flags = SNAPSHOT_COMPLETE | SNAPSHOT_ENUMERATE,
};

static char socket_path[108];
static pid_t daemon_pid;
static char bytes[1u << 21];

static void publish(uint32_t flags)
{
	struct world world = small_world;

	world.flags = flags;
	assert_int_equal(world_publish(&world, NULL), 0);
}

/* ---- the daemon ---- */

static int connect_once(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	memcpy(address.sun_path, socket_path, strlen(socket_path));
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
		return fd;
	(void)close(fd);
	return -1;
}

static int connect_now(void)
{
	int fd = connect_once();

	assert_true(fd >= 0);
	return fd;
}

static int start(void **state _unused_)
{
	IGNORE(snprintf(socket_path, sizeof(socket_path), "%s/io.idp.Agent", world_directory()));
	daemon_pid = fork();
	if (daemon_pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		execl(USERDBD_TEST, USERDBD_TEST, "--listen", socket_path, (char *)NULL);
		_exit(127);
	}
	for (int i = 0; i < WAIT_MS / 10; i++) {
		int fd = connect_once();

		if (fd >= 0) {
			(void)close(fd);
			return 0;
		}
		(void)usleep(10000);
	}
	return -1;
}

static int stop(void **state _unused_)
{
	int status = 0;

	if (kill(daemon_pid, SIGTERM) < 0 || waitpid(daemon_pid, &status, 0) != daemon_pid)
		return -1;
	IGNORE(unlink(socket_path));
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -1; /* sanitizers speak by it */
}

/* ---- calls ---- */

static void say(int fd, const char *method, const char *parameters, bool more)
{
	int len = snprintf(bytes, sizeof(bytes), "{\"method\":\"%s\",\"parameters\":{%s}%s}",
			   method, parameters, more ? ",\"more\":true" : "");

	assert_true(len > 0 && (size_t)len < sizeof(bytes));
	assert_int_equal(send(fd, bytes, (size_t)len + 1, MSG_NOSIGNAL), len + 1);
}

/* One message, NULL when the connection ended. What came behind it stays for the next. */
static json_t *hear(int fd)
{
	static char kept[sizeof(bytes)];
	static size_t n;
	static int of = -1;
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
	json_t *json;
	char *end;

	if (of != fd)
		n = 0;
	of = fd;
	while (!(end = memchr(kept, '\0', n))) {
		ssize_t got;

		assert_true(n < sizeof(kept));
		assert_int_equal(poll(&poll_fd, 1, WAIT_MS), 1);
		got = recv(fd, kept + n, sizeof(kept) - n, 0);
		if (got <= 0) {
			of = -1;
			return NULL;
		}
		n += (size_t)got;
	}
	json = json_loads(kept, 0, NULL);
	assert_non_null(json);
	n -= (size_t)(end + 1 - kept);
	memmove(kept, end + 1, n);
	if (n == 0)
		of = -1;
	return json;
}

static json_t *ask(const char *method, const char *parameters)
{
	int fd = connect_now();
	json_t *json;

	say(fd, method, parameters, false);
	json = hear(fd);
	assert_non_null(json);
	assert_null(json_object_get(json, "continues"));
	(void)close(fd);
	return json;
}

static void expect_error(const char *method, const char *parameters, const char *error)
{
	json_t *json = ask(method, parameters);

	assert_string_equal(json_string_value(json_object_get(json, "error")), error);
	json_decref(json);
}

static const char *text_of(const json_t *record, const char *key)
{
	const char *text = json_string_value(json_object_get(record, key));

	return text ? text : "";
}

static long long number_of(const json_t *record, const char *key)
{
	assert_true(json_is_integer(json_object_get(record, key)));
	return json_integer_value(json_object_get(record, key));
}

/* ---- agreement ---- */

static void expect_user(const json_t *reply, const struct passwd *pw)
{
	const json_t *parameters = json_object_get(reply, "parameters");
	const json_t *record = json_object_get(parameters, "record");

	assert_true(json_is_false(json_object_get(parameters, "incomplete")));
	assert_string_equal(text_of(record, "userName"), pw->pw_name);
	assert_int_equal(number_of(record, "uid"), pw->pw_uid);
	assert_int_equal(number_of(record, "gid"), pw->pw_gid);
	assert_string_equal(text_of(record, "realName"), pw->pw_gecos);
	assert_string_equal(text_of(record, "homeDirectory"), pw->pw_dir);
	assert_string_equal(text_of(record, "shell"), pw->pw_shell);
	assert_string_equal(text_of(record, "disposition"), "regular");
	assert_string_equal(text_of(record, "service"), "io.idp.Agent");
}

static void expect_group(const json_t *reply, const struct group *gr)
{
	const json_t *record = json_object_get(json_object_get(reply, "parameters"), "record");
	const json_t *members = json_object_get(record, "members");
	size_t n = 0;

	assert_string_equal(text_of(record, "groupName"), gr->gr_name);
	assert_int_equal(number_of(record, "gid"), gr->gr_gid);
	for (; gr->gr_mem[n]; n++)
		assert_string_equal(json_string_value(json_array_get(members, n)), gr->gr_mem[n]);
	assert_int_equal(json_array_size(members), n);
}

static void test_one_user_by_name_by_id_and_by_both(void **state _unused_)
{
	char buffer[1024], parameters[200];
	struct passwd pw;
	int error = 0;

	publish(SNAPSHOT_COMPLETE);
	for (unsigned i = 0; i < 1000; i += 111) {
		json_t *reply;

		assert_int_equal(nss.getpwuid(WORLD_UID(i), &pw, buffer, sizeof(buffer), &error),
				 NSS_STATUS_SUCCESS);
		IGNORE(snprintf(parameters, sizeof(parameters), "\"userName\":\"user%07u\"," ME,
				i));
		reply = ask(USERDB "GetUserRecord", parameters);
		expect_user(reply, &pw);
		json_decref(reply);
		IGNORE(snprintf(parameters, sizeof(parameters), "\"uid\":%u,\"userName\":null," ME,
				WORLD_UID(i)));
		reply = ask(USERDB "GetUserRecord", parameters);
		expect_user(reply, &pw);
		json_decref(reply);
		IGNORE(snprintf(parameters, sizeof(parameters),
				"\"uid\":%u,\"userName\":\"user%07u\"," ME, WORLD_UID(i), i));
		reply = ask(USERDB "GetUserRecord", parameters);
		expect_user(reply, &pw);
		json_decref(reply);
	}
	expect_error(USERDB "GetUserRecord", "\"uid\":1,\"userName\":\"user0000001\"," ME,
		     USERDB "ConflictingRecordFound");
}

/* With a socket a list: each part but the last says that others follow. */
static size_t list(const char *method, const char *parameters, void (*each)(const json_t *reply))
{
	int fd = connect_now();
	bool goes_on = true;
	size_t n = 0;

	say(fd, method, parameters, true);
	for (; goes_on; n++) {
		json_t *reply = hear(fd);

		assert_non_null(reply);
		assert_null(json_object_get(reply, "error"));
		goes_on = json_is_true(json_object_get(reply, "continues"));
		each(reply);
		json_decref(reply);
	}
	(void)close(fd);
	return n;
}

static void is_what_nss_lists(const json_t *reply)
{
	char buffer[1024];
	struct passwd pw;
	int error = 0;

	assert_int_equal(nss.getpwent(&pw, buffer, sizeof(buffer), &error), NSS_STATUS_SUCCESS);
	expect_user(reply, &pw);
}

static void is_what_nss_lists_of_groups(const json_t *reply)
{
	static char buffer[1u << 16];
	struct group gr;
	int error = 0;

	assert_int_equal(nss.getgrent(&gr, buffer, sizeof(buffer), &error), NSS_STATUS_SUCCESS);
	expect_group(reply, &gr);
}

static void test_all_users_and_groups_are_those_of_getent(void **state _unused_)
{
	publish(SNAPSHOT_COMPLETE | SNAPSHOT_ENUMERATE);
	nss.setpwent(0);
	assert_int_equal(list(USERDB "GetUserRecord", ME, is_what_nss_lists), 1000);
	nss.endpwent();
	nss.setgrent(0);
	assert_int_equal(list(USERDB "GetGroupRecord", ME, is_what_nss_lists_of_groups), 700);
	nss.endgrent();
}

/* Memberships: each pair is one that getgrnam knows, and there are as many. */
static void is_membership(const json_t *reply)
{
	static char buffer[1u << 16];
	const json_t *pair = json_object_get(reply, "parameters");
	struct group gr;
	int error = 0;
	bool found = false;

	assert_int_equal(
		nss.getgrnam(text_of(pair, "groupName"), &gr, buffer, sizeof(buffer), &error),
		NSS_STATUS_SUCCESS);
	for (char **member = gr.gr_mem; *member; member++)
		found = found || strcmp(*member, text_of(pair, "userName")) == 0;
	assert_true(found);
}

static void test_memberships_of_a_user_of_a_group_and_of_both(void **state _unused_)
{
	long n_gids = 0, size = 0;
	gid_t *gids = NULL;
	int error = 0;

	publish(SNAPSHOT_COMPLETE);
	assert_int_equal(
		nss.initgroups("user0000001", WORLD_UID(1), &n_gids, &size, &gids, -1, &error),
		NSS_STATUS_SUCCESS);
	free(gids);
	assert_true(n_gids >= 500);
	assert_int_equal(
		list(USERDB "GetMemberships", "\"userName\":\"user0000001\"," ME, is_membership),
		n_gids);
	assert_int_equal(
		list(USERDB "GetMemberships", "\"groupName\":\"grp000699\"," ME, is_membership),
		900);
	assert_int_equal(list(USERDB "GetMemberships",
			      "\"groupName\":\"grp000699\",\"userName\":\"user0000899\"," ME,
			      is_membership),
			 1);
}

static size_t n_pairs;
static void count_members(const json_t *reply)
{
	n_pairs += json_array_size(json_object_get(
		json_object_get(json_object_get(reply, "parameters"), "record"), "members"));
}

static void test_all_memberships_are_all_members_of_all_groups(void **state _unused_)
{
	publish(SNAPSHOT_COMPLETE | SNAPSHOT_ENUMERATE);
	n_pairs = 0;
	assert_int_equal(list(USERDB "GetGroupRecord", ME, count_members), 700);
	assert_true(n_pairs > 5000);
	assert_int_equal(list(USERDB "GetMemberships", ME, is_membership), n_pairs);
}

/* Groups without members are passed by in steps: what is behind them comes all the same. */
static void test_memberships_behind_many_empty_groups(void **state _unused_)
{
	const struct world world = {
		.n_users = 1,
		.n_groups = 50000,
		.n_big_group = 1,
		.flags = SNAPSHOT_COMPLETE | SNAPSHOT_ENUMERATE,
	};
	size_t n;

	assert_int_equal(world_publish(&world, NULL), 0);
	n = list(USERDB "GetMemberships", ME, is_membership);
	assert_true(n > 0 && n <= 6);
	n_pairs = 0;
	assert_int_equal(list(USERDB "GetGroupRecord", ME, count_members), 50000);
	assert_int_equal(n_pairs, n);
}

/* ---- no ---- */

static void expect_list_error(const char *method, const char *parameters, const char *error)
{
	int fd = connect_now();
	json_t *reply;

	say(fd, method, parameters, true);
	reply = hear(fd);
	assert_non_null(reply);
	assert_string_equal(text_of(reply, "error"), error);
	json_decref(reply);
	(void)close(fd);
}

static void test_every_no_has_its_name(void **state _unused_)
{
	static const struct {
		const char *method, *parameters, *error;
	} cases[] = {
		{ USERDB "GetUserRecord", "\"userName\":\"eve\"," ME, USERDB "NoRecordFound" },
		{ USERDB "GetUserRecord", "\"userName\":\"root\"," ME, USERDB "NoRecordFound" },
		{ USERDB "GetUserRecord", "\"uid\":0," ME, USERDB "NoRecordFound" },
		{ USERDB "GetUserRecord", "\"uid\":65534," ME, USERDB "NoRecordFound" },
		{ USERDB "GetUserRecord", "\"uid\":-1," ME, VARLINK "InvalidParameter" },
		{ USERDB "GetUserRecord", "\"uid\":4294967295," ME, VARLINK "InvalidParameter" },
		{ USERDB "GetUserRecord", "\"uid\":1.5," ME, VARLINK "InvalidParameter" },
		{ USERDB "GetUserRecord", "\"uid\":\"1\"," ME, VARLINK "InvalidParameter" },
		{ USERDB "GetUserRecord", "\"userName\":\"\"," ME, VARLINK "InvalidParameter" },
		{ USERDB "GetUserRecord", "\"userName\":\"eve\"", VARLINK "InvalidParameter" },
		{ USERDB "GetUserRecord", "\"userName\":\"eve\",\"service\":\"io.systemd.X\"",
		  USERDB "BadService" },
		{ USERDB "GetUserRecord", ME, VARLINK "ExpectedMore" },
		{ USERDB "GetMemberships", "\"userName\":\"user0000001\"," ME,
		  VARLINK "ExpectedMore" },
		{ USERDB "GetGroupRecord", "\"groupName\":\"sudo\"," ME, USERDB "NoRecordFound" },
		{ USERDB "GetEverything", ME, VARLINK "MethodNotFound" },
		{ "org.example.GetUserRecord", ME, VARLINK "InterfaceNotFound" },
		{ "GetUserRecord", ME, VARLINK "InterfaceNotFound" },
	};
	char long_name[400];

	publish(SNAPSHOT_COMPLETE);
	for (size_t i = 0; i < ELEMENTSOF(cases); i++)
		expect_error(cases[i].method, cases[i].parameters, cases[i].error);
	IGNORE(snprintf(long_name, sizeof(long_name), "\"userName\":\"%0300d\"," ME, 7));
	expect_error(USERDB "GetUserRecord", long_name, USERDB "NoRecordFound");
	expect_list_error(USERDB "GetUserRecord", ME, USERDB "EnumerationNotSupported");
	expect_list_error(USERDB "GetGroupRecord", ME, USERDB "EnumerationNotSupported");
	expect_list_error(USERDB "GetMemberships", ME, USERDB "EnumerationNotSupported");
	expect_list_error(USERDB "GetMemberships",
			  "\"userName\":\"user0000003\",\"groupName\":\"grp000001\"," ME,
			  USERDB "NoRecordFound");
	nss_no_snapshot();
	expect_error(USERDB "GetUserRecord", "\"userName\":\"user0000001\"," ME,
		     USERDB "ServiceNotAvailable");
	publish(0); /* incomplete: what is not here is not shown, and nobody else is asked */
	expect_error(USERDB "GetUserRecord", "\"userName\":\"eve\"," ME, USERDB "NoRecordFound");
}

static void test_it_says_who_it_is(void **state _unused_)
{
	json_t *reply = ask(VARLINK "GetInfo", "");
	const json_t *parameters = json_object_get(reply, "parameters");

	assert_string_equal(text_of(parameters, "product"), "idp-userdbd");
	assert_int_equal(json_array_size(json_object_get(parameters, "interfaces")), 2);
	json_decref(reply);
	reply = ask(VARLINK "GetInterfaceDescription", "\"interface\":\"io.systemd.UserDatabase\"");
	assert_non_null(strstr(text_of(json_object_get(reply, "parameters"), "description"),
			       "method GetMemberships("));
	json_decref(reply);
	expect_error(VARLINK "GetInterfaceDescription", "\"interface\":\"x\"",
		     VARLINK "InterfaceNotFound");
}

/* ---- broken callers ---- */

static void expect_hangs_up(const char *what, size_t len)
{
	int fd = connect_now();
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
	char byte;

	IGNORE(send(fd, what, len, MSG_NOSIGNAL)); /* it may be gone before the end */
	assert_int_equal(poll(&poll_fd, 1, WAIT_MS), 1);
	assert_true(recv(fd, &byte, 1, 0) <= 0);
	(void)close(fd);
}

static void still_answers(void)
{
	expect_error(USERDB "GetUserRecord", "\"userName\":\"eve\"," ME, USERDB "NoRecordFound");
}

static void test_what_is_no_call_ends_the_connection(void **state _unused_)
{
	static const char *const cases[] = {
		"",
		"x",
		"{}",
		"[]",
		"{\"method\":1}",
		"{\"method\":\"a.b\",\"method\":\"a.b\"}",
		"{\"method\":\"a.b\",\"upgrade\":true}",
		"{\"method\":\"\\ud800\"}",
	};
	char *large = calloc(1, 2 * USERDBD_CALL_MAX);

	assert_non_null(large);
	publish(SNAPSHOT_COMPLETE);
	for (size_t i = 0; i < ELEMENTSOF(cases); i++)
		expect_hangs_up(cases[i], strlen(cases[i]) + 1);
	memset(large, ' ', 2 * USERDBD_CALL_MAX);
	expect_hangs_up(large, 2 * USERDBD_CALL_MAX);
	memset(large, '[', USERDBD_CALL_MAX);
	large[USERDBD_CALL_MAX - 1] = '\0';
	expect_hangs_up(large, USERDBD_CALL_MAX);
	free(large);
	still_answers();
}

/* Calls in one piece or byte by byte, one after the other; one that wants no answer gets none. */
static void test_calls_may_come_together_or_in_bits(void **state _unused_)
{
	static const char calls[] =
		"{\"method\":\"" VARLINK "GetInfo\",\"oneway\":true}\0"
		"{\"method\":\"" USERDB "GetUserRecord\",\"parameters\":{\"uid\":7," ME "}}\0"
		"{\"method\":\"" USERDB "GetMemberships\",\"more\":true,\"parameters\":{"
		"\"groupName\":\"grp000699\"," ME "}}\0"
		"{\"method\":\"" VARLINK "GetInfo\"}";
	bool in_bits = false;

	publish(SNAPSHOT_COMPLETE);
	do {
		int fd = connect_now();
		json_t *reply;

		in_bits = !in_bits;
		for (size_t at = 0, n = in_bits ? 1 : sizeof(calls); at < sizeof(calls); at += n)
			assert_int_equal(send(fd, calls + at, n, MSG_NOSIGNAL), n);
		reply = hear(fd);
		assert_string_equal(text_of(reply, "error"), USERDB "NoRecordFound");
		json_decref(reply);
		for (int i = 0; i < 900; i++) {
			reply = hear(fd);
			assert_true(json_is_true(json_object_get(reply, "continues")) == (i < 899));
			json_decref(reply);
		}
		reply = hear(fd);
		assert_string_equal(text_of(json_object_get(reply, "parameters"), "product"),
				    "idp-userdbd");
		json_decref(reply);
		(void)close(fd);
	} while (in_bits);
}

static long rss_kib(void)
{
	char path[64], line[256];
	long kib = 0;
	FILE *f;

	IGNORE(snprintf(path, sizeof(path), "/proc/%d/status", (int)daemon_pid));
	f = fopen(path, "re");
	assert_non_null(f);
	while (fgets(line, sizeof(line), f))
		IGNORE(sscanf(line, "RssAnon: %ld", &kib));
	(void)fclose(f);
	return kib;
}

/* Who asks for everybody and does not listen costs little, and keeps nobody from an answer. */
static void test_callers_who_do_not_listen(void **state _unused_)
{
	int fds[40];
	long before;

	publish(SNAPSHOT_COMPLETE | SNAPSHOT_ENUMERATE);
	still_answers();
	before = rss_kib();
	for (size_t i = 0; i < ELEMENTSOF(fds); i++) {
		fds[i] = connect_now();
		for (int k = 0; k < 20; k++)
			say(fds[i], USERDB "GetMemberships", ME, true);
	}
	for (int i = 0; i < 20; i++)
		still_answers();
	if (!NSS_TEST_SANITIZED)
		assert_true(rss_kib() - before < 40 * 512);
	for (size_t i = 0; i < ELEMENTSOF(fds); i++)
		(void)close(fds[i]);
	still_answers();
}

/* Nor who asks for large groups: those who hold too much are let go, and everybody else is
 * answered. */
static void test_callers_who_hold_too_much(void **state _unused_)
{
	const struct world world = {
		.n_users = 190000, .n_groups = 7, .n_big_group = 190000, .flags = SNAPSHOT_COMPLETE
	};
	int fds[200];
	size_t gone = 0;

	if (NSS_TEST_SANITIZED)
		skip(); /* slow there, and the memory is not ours alone */
	assert_int_equal(world_publish(&world, NULL), 0);
	for (size_t i = 0; i < ELEMENTSOF(fds); i++) {
		fds[i] = connect_now();
		say(fds[i], USERDB "GetGroupRecord", "\"groupName\":\"grp000006\"," ME, false);
	}
	for (size_t i = 0; i < ELEMENTSOF(fds); i++) {
		struct pollfd poll_fd = { .fd = fds[i], .events = POLLIN };

		assert_int_equal(poll(&poll_fd, 1, WAIT_MS), 1);
	}
	still_answers();
	assert_true(rss_kib() < 512 * 1024);
	for (size_t i = 0; i < ELEMENTSOF(fds); i++) {
		ssize_t n;

		do {
			n = recv(fds[i], bytes, sizeof(bytes), MSG_DONTWAIT);
		} while (n > 0);
		gone += n == 0; /* what was written of its answer ends in the middle */
		(void)close(fds[i]);
	}
	assert_true(gone > 0 && gone < ELEMENTSOF(fds));
	still_answers();
	publish(SNAPSHOT_COMPLETE);
}

/* A stranger takes what places he may have: root still gets an answer, and so does he. */
static void test_a_stranger_who_takes_all_places(void **state _unused_)
{
	pid_t pid;
	int status;

	publish(SNAPSHOT_COMPLETE);
	if (geteuid() != 0)
		skip();
	assert_int_equal(chmod(socket_path, 0666), 0);
	pid = fork();
	if (pid == 0) {
		if (setresgid(65534, 65534, 65534) < 0 || setresuid(65533, 65533, 65533) < 0)
			_exit(2);
		for (unsigned i = 0; i < 4 * USERDBD_UID_MAX; i++)
			if (connect_once() < 0)
				_exit(3);
		still_answers();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	still_answers();
}

/* Publications do not stop while everybody is listed: each record that comes is whole. */
static void is_somebody(const json_t *reply)
{
	const json_t *record = json_object_get(json_object_get(reply, "parameters"), "record");

	assert_memory_equal(text_of(record, "userName"), "user", 4);
	assert_memory_equal(text_of(record, "homeDirectory"), "/home/user", 10);
	assert_string_equal(text_of(record, "homeDirectory") + 6, text_of(record, "userName"));
}

static void test_listing_while_it_is_published(void **state _unused_)
{
	pid_t publisher;
	int status;

	publish(SNAPSHOT_COMPLETE | SNAPSHOT_ENUMERATE);
	publisher = fork();
	if (publisher == 0) {
		for (;;) {
			struct snapshot_old *old = NULL;

			if (world_publish(&small_world, &old) != 0)
				_exit(1);
			IGNORE(snapshot_old_punch(old));
			snapshot_old_free(old);
		}
	}
	for (int i = 0; i < 10; i++)
		assert_int_equal(list(USERDB "GetUserRecord", ME, is_somebody), 1000);
	assert_int_equal(kill(publisher, SIGKILL), 0);
	assert_int_equal(waitpid(publisher, &status, 0), publisher);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_one_user_by_name_by_id_and_by_both),
		TEST(test_all_users_and_groups_are_those_of_getent),
		TEST(test_memberships_of_a_user_of_a_group_and_of_both),
		TEST(test_all_memberships_are_all_members_of_all_groups),
		TEST(test_memberships_behind_many_empty_groups),
		TEST(test_every_no_has_its_name),
		TEST(test_it_says_who_it_is),
		TEST(test_what_is_no_call_ends_the_connection),
		TEST(test_calls_may_come_together_or_in_bits),
		TEST(test_callers_who_do_not_listen),
		TEST(test_callers_who_hold_too_much),
		TEST(test_a_stranger_who_takes_all_places),
		TEST(test_listing_while_it_is_published),
	};

	nss_load();
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, start, stop);
}
