/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Ids through the real daemon and the real idpctl: who is refused because another has the id, how
 * that is settled, and how hosts come to the same ids. It must run as root.
 */
#include "tests/lib/test.h"

#include <limits.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/lib/world.h"

/* So narrow that some of those whom world_sync() names have one candidate. */
#define NARROW "[agent]\nid_range = 1879048192-1879048203\n"
#define SITE   WORLD_PROVIDER WORLD_DIRECTORY WORLD_ALLOW("staff")
#define PEOPLE 6u

static const char config_narrow[] = NARROW SITE;
static const char config_wide[] = SITE;

static char out[1u << 16];

struct run {
	FILE *file;
	pid_t pid;
};

/* idpctl begins; what it says on both outputs is told at its end. */
static void idpctl_begin(struct world *w, const char *const *args, struct run *run)
{
	char program[PATH_MAX], path[108];
	char *argv[16] = { program, strdup("--socket"),
			   strdup(agentd_path(&w->agentd, "control", path)) };
	const char *build = getenv("top_builddir");
	size_t n = 3;

	(void)snprintf(program, sizeof(program), "%s/idpctl/idpctl", build ? build : ".");
	for (size_t i = 0; args[i]; i++)
		argv[n++] = strdup(args[i]);
	run->file = tmpfile();
	assert_non_null(run->file);
	run->pid = fork();
	assert_true(run->pid >= 0);
	if (run->pid == 0) {
		if (dup2(fileno(run->file), 1) < 0 || dup2(fileno(run->file), 2) < 0)
			_exit(127);
		(void)execv(program, argv);
		_exit(127);
	}
	for (size_t i = 1; argv[i]; i++)
		free(argv[i]);
}

static int idpctl_end(struct run *run)
{
	int status;
	size_t n;

	assert_int_equal(waitpid(run->pid, &status, 0), run->pid);
	assert_true(WIFEXITED(status));
	rewind(run->file);
	n = fread(out, 1, sizeof(out) - 1, run->file);
	out[n] = '\0';
	(void)fclose(run->file);
	return WEXITSTATUS(status);
}

static int idpctl(struct world *w, const char *const *args)
{
	struct run run;

	idpctl_begin(w, args, &run);
	return idpctl_end(&run);
}

#define IDPCTL(w, ...) idpctl(w, (const char *const[]){ __VA_ARGS__, NULL })

static void has(const char *part)
{
	if (!strstr(out, part))
		fail_msg("\"%s\" does not have \"%s\"", out, part);
}

static void has_not(const char *part)
{
	if (strstr(out, part))
		fail_msg("\"%s\" has \"%s\"", out, part);
}

/* The daemon with alice, bob, p0 to p5 named to it: the last one comes last. */
static bool begin(struct world *w, const char *config)
{
	if (!world_start(w, config))
		return false;
	world_sync(w, "staff", PEOPLE);
	world_open(w);
	world_wait_for_record(w, "p5");
	return true;
}

/* Answers the question about one person that idpctl idmap assign brings about. */
static void answer_find(struct world *w, const char *id)
{
	struct fake_netd *netd = &w->agentd.netd;
	uint64_t flow;

	assert_int_equal(fake_netd_expect(netd, MSG_DIR_FIND, &flow), 0);
	assert_int_equal(fake_netd_user(netd, flow, id, id), 0);
	assert_int_equal(fake_netd_end(netd, flow, true, ""), 0);
}

static void test_who_finds_an_id_taken_is_named_and_settled(void **state)
{
	const char *const args[] = { "idmap", "assign", "p0", "1879048192", NULL };
	struct world w;
	struct run run;
	(void)state;
	if (!begin(&w, config_narrow))
		skip();
	assert_int_equal(IDPCTL(&w, "idmap", "check"), 1);
	has("Without an id p0\n");
	has("Who has it          bob\n");
	has("Settled by          idpctl idmap assign p0 1879048192\n");
	has("5 ids on this host. 3 have no id because another has it. (findings)\n");
	idpctl_begin(&w, args, &run);
	answer_find(&w, "p0");
	assert_int_equal(idpctl_end(&run), 0);
	has("p0 has uid 1879048192 now.\n");
	assert_int_equal(IDPCTL(&w, "idmap", "check"), 1);
	has_not("Without an id p0\n");
	has("6 ids on this host. 2 have no id");
	world_end(&w);
}

static void test_the_doctor_names_who_has_no_id(void **state)
{
	const char *const args[] = { "doctor", NULL };
	struct fake_netd *netd;
	struct world w;
	struct run run;
	uint64_t flow;
	(void)state;
	if (!begin(&w, config_narrow))
		skip();
	idpctl_begin(&w, args, &run);
	netd = &w.agentd.netd;
	assert_int_equal(fake_netd_expect(netd, MSG_PROBE, &flow), 0);
	wire_begin(&netd->out, MSG_PROBE_END, 0);
	wire_put_u64(&netd->out, flow);
	assert_int_equal(fake_netd_send(netd), 0);
	assert_int_equal(idpctl_end(&run), 1);
	has("p0 has no id: 1879048199, the candidate, has bob.\n");
	has("-> idpctl idmap assign p0 1879048192\n");
	world_end(&w);
}

static void test_an_id_by_hand_is_held_to_what_holds_for_all(void **state)
{
	static const struct {
		const char *who, *id, *said;
	} bad[] = {
		{ "p2", "1000", "p2: id 1000 is reserved or outside id_range" },
		{ "p2", "65534", "is reserved or outside id_range" },
		{ "p2", "1879048203", "is reserved or outside id_range" }, /* the placeholder's */
		{ "p2", "1879048201", "p2: id 1879048201 has alice" },
		{ "alice", "1879048192", "alice has uid 1879048201, and ids once given are never" },
		{ "nobody", "1879048192", "Nobody called nobody was refused an id here." },
	};
	struct world w;
	(void)state;
	if (!begin(&w, config_narrow))
		skip();
	for (size_t i = 0; i < ELEMENTSOF(bad); i++) {
		assert_int_equal(IDPCTL(&w, "idmap", "assign", bad[i].who, bad[i].id), 1);
		has(bad[i].said);
	}
	assert_int_equal(IDPCTL(&w, "idmap", "assign", "p2", "0"), 2);
	assert_int_equal(IDPCTL(&w, "idmap", "assign", "p2"), 2);
	assert_int_equal(IDPCTL(&w, "idmap", "assign-group", "people", "g9", "1879048193"), 0);
	has("g9 gets gid 1879048193 when the directory next names it.");
	assert_int_equal(IDPCTL(&w, "idmap", "assign-group", "people", "g8", "1879048193"), 1);
	has("g8: id 1879048193 is kept for the group g9, by hand or by import. (taken)");
	assert_int_equal(IDPCTL(&w, "idmap", "assign-group", "people", "g9", "none"), 0);
	assert_int_equal(IDPCTL(&w, "idmap", "assign-group", "people", "g8", "1879048193"), 0);
	world_end(&w);
}

/* ---- between hosts ---- */

static char exported[sizeof(out)], path[108];

static void put_file(const struct world *w, const char *text)
{
	assert_int_equal(agentd_put(&w->agentd, "ids", text), 0);
	assert_non_null(agentd_path(&w->agentd, "ids", path));
}

/* The narrow host: what it exports is in exported. */
static bool export_narrow(void)
{
	struct world w;

	if (!begin(&w, config_narrow))
		return false;
	assert_int_equal(IDPCTL(&w, "idmap", "export"), 0);
	memcpy(exported, out, sizeof(out));
	has("# Ids of idp-agent, form 1, id_range 1879048192-1879048203\n"
	    "person\t1879048198\t1879048198\tlive\tp1\thttps://idp.example.com\tp1\n");
	has("# End of 5 ids, sha256:");
	put_file(&w, exported);
	assert_int_equal(IDPCTL(&w, "idmap", "check", path), 1); /* those without an id */
	has("5 ids on this host, 5 in the file: 5 the same, 0 differ, 0 only here, 0 only there, 0 of one "
	    "here and another there. 3 have no id");
	world_end(&w);
	return true;
}

static void test_a_new_host_takes_the_ids_of_another(void **state)
{
	struct world w;
	(void)state;
	if (!export_narrow())
		skip();
	assert_true(world_start(&w, config_wide));
	put_file(&w, exported);
	assert_int_equal(IDPCTL(&w, "idmap", "import", "--dry-run", path), 0);
	has("Tried only, nothing was changed: 5 new, 0 as they are here, 0 refused.");
	assert_int_equal(IDPCTL(&w, "idmap", "import", path), 0);
	has("Imported: 5 new, 0 as they are here, 0 refused.");
	assert_int_equal(IDPCTL(&w, "idmap", "import", path), 0);
	has("Imported: 0 new, 5 as they are here, 0 refused.");
	assert_int_equal(IDPCTL(&w, "idmap", "export"), 0);
	has("\tgiven\talice\t");
	world_sync(&w, "staff", PEOPLE);
	world_open(&w);
	world_wait_for_record(&w, "p5");
	assert_int_equal(IDPCTL(&w, "idmap", "check", path), 0);
	has("8 ids on this host, 5 in the file: 5 the same, 0 differ, 3 only here");
	assert_int_equal(IDPCTL(&w, "idmap", "export"), 0);
	has("\t1879048201\tlive\talice\t");
	world_end(&w);
}

static void test_what_contradicts_a_host_is_refused_as_a_whole(void **state)
{
	struct world w;
	char *digit;
	(void)state;
	if (!export_narrow() || !begin(&w, config_wide))
		skip();
	put_file(&w, exported);
	assert_int_equal(IDPCTL(&w, "idmap", "import", path), 1);
	has("Conflicts\n");
	has("alice has id ");
	has(", not 1879048201: it is never changed");
	has("Nothing was changed: 0 new, 0 as they are here, 5 refused. (conflicts)");
	assert_int_equal(IDPCTL(&w, "idmap", "check", path), 1);
	has("0 the same, 5 differ, 3 only here, 0 only there");
	digit = strstr(exported, "1879048201");
	assert_non_null(digit);
	digit[9] = '2';
	put_file(&w, exported);
	assert_int_equal(IDPCTL(&w, "idmap", "import", path), 1);
	has("Nothing was changed: line 7: its count or SHA-256 is another");
	put_file(&w, "person\t5\n");
	assert_int_equal(IDPCTL(&w, "idmap", "import", path), 1);
	has("Nothing was changed: line 1: there must be 7 fields");
	assert_int_equal(IDPCTL(&w, "idmap", "check", path), 2);
	has("line 1: there must be 7 fields");
	assert_int_equal(IDPCTL(&w, "idmap", "import", "/nonexistent"), 2);
	world_end(&w);
}

/* Of two lines one is taken and one refused: neither counts. */
static void test_an_import_counts_as_a_whole_or_not_at_all(void **state)
{
	struct world w;
	(void)state;
	if (!begin(&w, config_wide))
		skip();
	put_file(&w, "# by hand\n"
		     "person\t1879048300\t-\tgiven\tzoe\thttps://idp.example.com\tzoe\n"
		     "person\t0\t-\tgiven\tyves\thttps://idp.example.com\tyves\n");
	assert_int_equal(IDPCTL(&w, "idmap", "import", path), 1);
	has("yves: id 0 is reserved or outside id_range");
	has("Nothing was changed: 1 new, 0 as they are here, 1 refused.");
	assert_int_equal(IDPCTL(&w, "idmap", "export"), 0);
	has_not("zoe");
	assert_int_equal(IDPCTL(&w, "idmap", "assign", "https://idp.example.com", "other",
				"1879048300"),
			 0); /* nothing keeps it */
	assert_int_equal(IDPCTL(&w, "idmap", "import", path), 1);
	has("zoe: id 1879048300 is kept for other, by hand or by import");
	world_end(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_who_finds_an_id_taken_is_named_and_settled),
		TEST(test_the_doctor_names_who_has_no_id),
		TEST(test_an_id_by_hand_is_held_to_what_holds_for_all),
		TEST(test_a_new_host_takes_the_ids_of_another),
		TEST(test_what_contradicts_a_host_is_refused_as_a_whole),
		TEST(test_an_import_counts_as_a_whole_or_not_at_all),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
