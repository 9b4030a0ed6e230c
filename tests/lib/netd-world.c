/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/lib/test.h"

#include "tests/lib/netd-world.h"

#include <errno.h>

struct mock mock;
struct fake_core core;
bool no_platform;

int netd_world_setup(void **state)
{
	int r = mock_start(&mock);

	(void)state;
	if (r == -ENOENT) {
		print_message("node is not installed: the platform that misbehaves cannot run\n");
		no_platform = true;
		return 0;
	}
	return r < 0 ? r : fake_core_start(&core, mock.dir);
}

int netd_world_teardown(void **state)
{
	int status;

	(void)state;
	if (no_platform)
		return 0;
	status = fake_core_stop(&core);
	mock_stop(&mock);
	if (status != 0)
		print_message("idp-netd ended with status %d\n", status);
	return status;
}

void netd_world_issuer(const char *what, char issuer[static 256])
{
	assert_true(snprintf(issuer, 256, "https://127.0.0.1:%u/%s", mock.port, what) > 0);
}

void netd_world_provider(uint32_t revision, const char *name, const char *what,
			 const char *client_id, const char *const *more)
{
	char issuer[256], values[8][320];
	const char *pairs[32] = { "issuer", issuer, "client_id", client_id, "ca", mock.ca };
	size_t n = 6, n_values = 0;

	netd_world_issuer(what, issuer);
	for (; more && *more; more++) {
		assert_true(n + 1 < ELEMENTSOF(pairs));
		pairs[n++] = *more;
		if (**more != '@')
			continue;
		assert_true(n_values < ELEMENTSOF(values));
		assert_true(snprintf(values[n_values], sizeof(values[0]), "%s%.50s", issuer,
				     *more + 1) > 0);
		pairs[n - 1] = values[n_values++];
	}
	assert_int_equal(fake_core_setup(&core, revision, "provider", name, pairs), 0);
}

void netd_world_browse(const char *url, char address[static WIRE_STRING_MAX])
{
	const char *top = getenv("top_srcdir");
	static char command[2 * WIRE_STRING_MAX];
	FILE *out;

	assert_null(strchr(url, '\''));
	assert_true(snprintf(command, sizeof(command),
			     "node '%s/tests/idp/approve.mjs' --ca '%s' --as alice --quiet "
			     "--address '%s'",
			     top && *top ? top : ".", mock.ca, url) > 0);
	out = popen(command, "re");
	assert_non_null(out);
	assert_int_equal(fscanf(out, "address: %32000s", address), 1);
	assert_int_equal(pclose(out), 0);
}

/* What the mock noted of a case, until it is looked at again. */
static char *netd_world_notes(const char *what)
{
	static char line[256 * 1024];
	char command[512];
	FILE *f;

	assert_true(snprintf(command, sizeof(command),
			     "curl -s --cacert %s https://127.0.0.1:%u/%s/_counters", mock.ca,
			     mock.port, what) > 0);
	f = popen(command, "re");
	assert_non_null(f);
	memset(line, 0, sizeof(line));
	assert_true(fread(line, 1, sizeof(line) - 1, f) > 0);
	assert_int_equal(pclose(f), 0);
	return line;
}

bool netd_world_noted(const char *what, const char *text)
{
	return strstr(netd_world_notes(what), text) != NULL;
}

unsigned netd_world_asked(const char *what, const char *endpoint)
{
	char key[64];
	const char *at;

	assert_true(snprintf(key, sizeof(key), "\"%s\":", endpoint) > 0);
	at = strstr(netd_world_notes(what), key);
	return at ? (unsigned)strtoul(at + strlen(key), NULL, 10) : 0;
}

bool netd_world_said(const char *what, const char *endpoint, const char *name,
		     char value[static 1024])
{
	char key[64];
	char *at, *end;

	at = strstr(netd_world_notes(what), "\"last\":");
	assert_non_null(at);
	assert_true(snprintf(key, sizeof(key), "\"%s\":{", endpoint) > 0);
	at = strstr(at, key);
	at = at ? strstr(at, "\"form\":{") : NULL;
	assert_non_null(at); /* nobody ever asked */
	end = strchr(at, '}');
	assert_non_null(end);
	*end = '\0';
	assert_true(snprintf(key, sizeof(key), "\"%s\":\"", name) > 0);
	at = strstr(at, key);
	if (!at)
		return false;
	at += strlen(key);
	assert_true(snprintf(value, 1024, "%.*s", (int)strcspn(at, "\""), at) < 1024);
	return true;
}
