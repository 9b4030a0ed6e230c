/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/lib/test.h"

/*
 * The page at the end of a real idpctl login, in a real browser: idpctl opens
 * tests/lib/chromium.mjs as $BROWSER, which goes where the scripted agent says, a platform that
 * knows the person already. IDP_CHROMIUM=1: a machine without Chromium fails here and does not
 * skip. IDP_SCREENSHOTS=FOLDER keeps the pictures.
 */

#include <limits.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/lib/fake-agent.h"

static void permits(struct fake_peer *peer)
{
	char url[256];

	fake_expect(peer, MSG_LOGIN_WHERE);
	fake_here(peer, 0, "/cb");
	fake_expect(peer, MSG_LOGIN);
	fake_expect_str(peer, "");
	(void)snprintf(url, sizeof(url), "http://127.0.0.1:%u/cb?code=c&state=s",
		       wire_get_u32(&peer->in));
	fake_browse(peer, url, 0);
	fake_expect(peer, MSG_ANSWER);
	fake_expect_str(peer, url);
	fake_done(peer, WIRE_PERMIT, "permit rule=login", "", 0, NULL);
}

static bool is_here(const char *command)
{
	char line[128];

	(void)snprintf(line, sizeof(line), "command -v %s >/dev/null 2>&1", command);
	return system(line) == 0;
}

static int run_idpctl(const char *socket, const char *browser)
{
	const char *build = getenv("top_builddir");
	char program[PATH_MAX];
	int status = -1;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		(void)snprintf(program, sizeof(program), "%s/idpctl/idpctl",
			       build && *build ? build : ".");
		(void)setenv("BROWSER", browser, 1);
		(void)execl(program, "idpctl", "--socket", socket, "--json", "login", NULL);
		_exit(127);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* Every line of what the browser found out has to be good; how many there were. */
static unsigned judge(const char *folder)
{
	char path[PATH_MAX], line[1024];
	unsigned n = 0, bad = 0;
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/result", folder);
	for (unsigned i = 0; i < 12000 && access(path, R_OK) < 0; i++)
		(void)usleep(10000);
	f = fopen(path, "re");
	assert_non_null(f);
	while (fgets(line, sizeof(line), f)) {
		print_message("# %s", line);
		n++;
		bad += strncmp(line, "ok - ", 5) != 0;
	}
	(void)fclose(f);
	assert_int_equal(bad, 0);
	return n;
}

static void test_a_person_sees_the_page(void **state)
{
	const char *top = getenv("top_srcdir"), *keep = getenv("IDP_SCREENSHOTS");
	char folder[] = "/tmp/idp-page-XXXXXX", browser[PATH_MAX + 64], remove[64];
	struct fake_agent agent;
	(void)state;
	if (!is_here("chromium") || !is_here("node")) {
		print_message(
			"# there is no chromium or no node here: nobody looked at the page\n");
		assert_null(getenv("IDP_CHROMIUM"));
		skip();
	}
	assert_non_null(mkdtemp(folder));
	(void)snprintf(browser, sizeof(browser), "node %s/tests/lib/chromium.mjs %s",
		       top && *top ? top : ".", keep ? keep : folder);
	fake_agent_start(&agent, permits, 1);
	assert_int_equal(run_idpctl(agent.path, browser), 0);
	assert_true(fake_agent_stop(&agent));
	assert_true(judge(keep ? keep : folder) >= 20);
	(void)snprintf(remove, sizeof(remove), "rm -rf %s", folder);
	assert_int_equal(system(remove), 0);
}

TEST_MAIN(TEST(test_a_person_sees_the_page))
