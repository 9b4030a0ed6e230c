/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* idpctl purposes and idpctl pdnd with a real idp-agentd: what a person reads, and what becomes of
 * keys. As root, whom the fake idp-netd of these tests needs. */
#include "tests/lib/test.h"

#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/lib/world.h"

#define ID(n) "00000000-0000-4000-8000-0000000000" n

/* clang-format off */
static const char config[] = WORLD_PROVIDER
	"[client A]\nclient_id = " ID("0a") "\nusers = daemon\n"
	"[client B]\nclient_id = " ID("0b") "\ngroups = sys\n"
	"[client F]\nclient_id = " ID("0f") "\nkey = file:@/state/clients/A/used.pem\n"
	"[client M]\nclient_id = " ID("0d") "\nkind = api\nusers = games\n"
	"[purpose P1]\nid = " ID("01") "\nclients = A\neservice = X\n"
	"[purpose P2]\nid = " ID("02") "\nclients = A B\neservice = X\n"
	"[purpose P3]\nid = " ID("03") "\nclients = B\neservice = Y\nusers = bin\n"
	"[eservice X]\n[eservice Y]\n";
/* clang-format on */

struct outcome {
	int status;
	char out[32768]; /* and what went to the standard error output */
};

static void run(const struct world *w, const char *socket, struct outcome *outcome,
		const char *const *args)
{
	char program[4096], path[108];
	const char *top = getenv("top_builddir"), *argv[16] = { "idpctl", "--socket" };
	FILE *out = tmpfile();
	int status = -1;
	size_t n;
	pid_t pid;

	assert_non_null(out);
	(void)snprintf(program, sizeof(program), "%s/idpctl/idpctl", top ? top : ".");
	argv[2] = agentd_path(&w->agentd, socket, path);
	for (size_t i = 0; args[i]; i++)
		argv[i + 3] = args[i];
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		(void)dup2(fileno(out), 1);
		(void)dup2(fileno(out), 2);
		(void)execv(program, (char *const *)(uintptr_t)argv);
		_exit(127);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	rewind(out);
	n = fread(outcome->out, 1, sizeof(outcome->out) - 1, out);
	outcome->out[n] = '\0';
	outcome->status = WEXITSTATUS(status);
	(void)fclose(out);
}

#define PDND(w, outcome, ...) \
	run(w, "control", outcome, (const char *const[]){ "pdnd", __VA_ARGS__, NULL })

static void expect(const struct outcome *outcome, int status, const char *text)
{
	assert_string_equal(outcome->out, text);
	assert_int_equal(outcome->status, status);
}

/* What stands behind that title on a line of its own. */
static void find(const struct outcome *outcome, const char *title, char value[static 64])
{
	const char *at = strstr(outcome->out, title);

	assert_non_null(at);
	assert_int_equal(sscanf(at + strlen(title), " %63s", value), 1);
}

static bool log_has(const struct world *w, const char *text)
{
	char path[108], line[4096];
	FILE *log = fopen(agentd_path(&w->agentd, "log", path), "re");
	bool found = false;

	assert_non_null(log);
	while (fgets(line, sizeof(line), log))
		found = found || strstr(line, text);
	(void)fclose(log);
	return found;
}

/* ---- tests ---- */

static void test_the_graph_as_a_person_reads_it(void **state)
{
	struct outcome got;
	struct world w;
	(void)state;
	if (!world_start(&w, config))
		skip();
	world_open(&w);
	PDND(&w, &got, "graph");
	expect(&got, 0,
	       "E-service X\n"
	       "  Model               mixed: several clients, also of other e-services\n"
	       "  Provider            corp\n"
	       "\n"
	       "Purposes of X\n"
	       "  Purpose  Client  Who may\n"
	       "  P1       A       user daemon\n"
	       "  P2       A       user daemon\n"
	       "  P2       B       group sys\n"
	       "\n"
	       "E-service Y\n"
	       "  Model               one client for several e-services\n"
	       "  Provider            corp\n"
	       "\n"
	       "Purposes of Y\n"
	       "  Purpose  Client  Who may\n"
	       "  P3       B       user bin, and also: group sys\n"
	       "\n"
	       "Clients for the platform's own interfaces\n"
	       "  Client  Who may\n"
	       "  M       user games\n");
	run(&w, "agent", &got, (const char *const[]){ "purposes", "P3", NULL });
	expect(&got, 0,
	       "Purposes\n"
	       "  Purpose  Purpose ID                            E-service  Client  "
	       "Client ID                             Provider\n"
	       "  P3       " ID("03") "  Y          B       " ID("0b") "  corp\n");
	run(&w, "agent", &got, (const char *const[]){ "purposes", "p3", NULL });
	expect(&got, 1,
	       "idpctl: There is no such purpose or client that you may use on this host. "
	       "(unknown-purpose)\n");
	PDND(&w, &got, "grpah");
	assert_int_equal(got.status, 2);
	PDND(&w, &got, "key", "steal", "A");
	assert_int_equal(got.status, 2);
	world_end(&w);
}

static void test_a_key_from_its_making_to_its_end(void **state)
{
	char first[64], second[64], kid[64], path[108];
	struct outcome got;
	struct world w;
	(void)state;
	if (!world_start(&w, config))
		skip();
	world_open(&w);
	PDND(&w, &got, "key", "show", "A");
	expect(&got, 1,
	       "idpctl: [client A] has no key yet: make one with idpctl pdnd key new A, or write key "
	       "in idp.conf. (no-key)\n");
	PDND(&w, &got, "key", "rotate", "A");
	assert_int_equal(got.status, 1); /* the first is made with new */
	PDND(&w, &got, "key", "new", "A");
	assert_int_equal(got.status, 0);
	find(&got, "\n  kid ", first);
	assert_int_equal(strlen(first), 43);
	assert_non_null(strstr(got.out, "\n      -----BEGIN PUBLIC KEY-----\n"));
	assert_null(strstr(got.out, "PRIVATE"));
	assert_non_null(strstr(got.out, "upload the public key to this client; the platform must "
					"show the same kid.\n"));
	PDND(&w, &got, "key", "new", "A");
	expect(&got, 1,
	       "idpctl: [client A] has a key; idpctl pdnd key rotate A makes a second one beside it. "
	       "(key-exists)\n");
	PDND(&w, &got, "key", "rotate", "A");
	assert_int_equal(got.status, 0);
	find(&got, "\n  kid ", second);
	assert_string_not_equal(first, second);
	assert_non_null(
		strstr(got.out, "then: idpctl pdnd key use A. Until then the old one signs."));
	/* kill -9: both are there afterwards, in their places. */
	talk_close(&w.talk);
	(void)agentd_stop(&w.agentd, SIGKILL);
	assert_int_equal(agentd_start(&w.agentd), 0);
	world_open(&w);
	PDND(&w, &got, "key", "show", "A");
	find(&got, "\n  kid ", kid);
	assert_string_equal(kid, first);
	assert_non_null(strstr(got.out, second));
	PDND(&w, &got, "key", "use", "A");
	assert_int_equal(got.status, 0);
	PDND(&w, &got, "key", "show", "A");
	find(&got, "\n  kid ", kid);
	assert_string_equal(kid, second);
	PDND(&w, &got, "key", "drop", "A");
	expect(&got, 0, "The spare key is no more.\n");
	PDND(&w, &got, "key", "show", "A");
	assert_null(strstr(got.out, first));
	PDND(&w, &got, "key", "show", "F"); /* idp.conf says that file */
	find(&got, "\n  kid ", kid);
	assert_string_equal(kid, second);
	/* What idp-agentd wrote belongs to it alone. */
	assert_int_equal(chmod(agentd_path(&w.agentd, "state/clients/A/used.pem", path), 0604), 0);
	PDND(&w, &got, "key", "show", "A");
	assert_int_equal(got.status, 1);
	assert_non_null(strstr(got.out, "[client A] used.pem: "));
	assert_true(log_has(&w, "client A: key new\n"));
	assert_true(log_has(&w, "client A: key new refused ([client A] has a key; "));
	assert_true(log_has(&w, "client A: key use\n"));
	assert_false(log_has(&w, "PRIVATE"));
	world_end(&w);
}

static void test_keys_that_are_not_ours(void **state)
{
	struct outcome got;
	struct world w;
	(void)state;
	if (!world_start(&w, config))
		skip();
	world_open(&w);
	PDND(&w, &got, "key", "new", "F");
	expect(&got, 1,
	       "idpctl: [client F] has its key where idp.conf says; put another one there, or leave key "
	       "out and the agent keeps them. (not-ours)\n");
	PDND(&w, &got, "key", "new", "a");
	expect(&got, 1, "idpctl: There is no [client a]: did you mean A? (unknown-client)\n");
	PDND(&w, &got, "lint");
	assert_int_equal(got.status, 1);
	assert_non_null(strstr(got.out, "ERROR    client A      It has no key.\n"));
	PDND(&w, &got, "doctor");
	assert_non_null(strstr(got.out, "(findings)"));
	world_end(&w);
}

static void test_without_sections_there_is_nothing(void **state)
{
	struct outcome got;
	struct world w;
	(void)state;
	if (!world_start(&w, WORLD_PROVIDER))
		skip();
	world_open(&w);
	PDND(&w, &got, "graph");
	expect(&got, 1,
	       "idpctl: idp.conf has no [client], [purpose] and [eservice] sections. (no-clients)\n");
	run(&w, "agent", &got, (const char *const[]){ "purposes", NULL });
	expect(&got, 1, "idpctl: There are no purposes for you on this host. (no-purposes)\n");
	world_end(&w);
}

TEST_MAIN(TEST(test_the_graph_as_a_person_reads_it), TEST(test_a_key_from_its_making_to_its_end),
	  TEST(test_keys_that_are_not_ours), TEST(test_without_sections_there_is_nothing))
