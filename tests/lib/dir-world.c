/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/lib/test.h"

#include "tests/lib/dir-world.h"

#define WAIT (60 * USEC_PER_SEC)

static uint32_t revision;
static uint64_t last_flow;

/* A provider and its directory, both named after the case. */
void dir_world_set_up(const char *what, const char *auth, const char *page_size,
		      const char *const *more)
{
	char issuer[256], url[300];
	const char *provider[] = {
		"issuer", issuer,        "client_id", "host",          "ca",
		mock.ca,  "client_auth", auth,        "client_secret", "a secret", NULL,
	};
	const char *directory[48] = {
		"kind",       "scim",
		"provider",   what,
		"url",        url,
		"page_size",  page_size,
		"uid_from",   "/" POSIX "/uidNumber",
		"gid_from",   "/" POSIX "/gidNumber",
		"home_from",  "/" POSIX "/homeDirectory",
		"shell_from", "/" POSIX "/loginShell",
	};
	size_t n = 0;

	while (directory[n])
		n++;
	for (; more && *more; more++) {
		assert_true(n + 1 < ELEMENTSOF(directory));
		directory[n++] = *more;
	}
	netd_world_issuer(what, issuer);
	assert_true(snprintf(url, sizeof(url), "%s/scim/v2/", issuer) > 0);
	revision++;
	assert_int_equal(fake_core_setup(&core, revision, "provider", what, provider), 0);
	assert_int_equal(fake_core_setup(&core, revision, "directory", what, directory), 0);
	assert_int_equal(fake_core_setup_end(&core, revision), 0);
}

uint64_t dir_world_ask(const char *directory, bool full, const char *cursor)
{
	wire_begin(&core.out, MSG_DIR_SYNC, 0);
	wire_put_u64(&core.out, ++last_flow);
	wire_put_str(&core.out, directory);
	wire_put_bool(&core.out, full);
	wire_put_str(&core.out, cursor);
	assert_int_equal(fake_core_send(&core), 0);
	return last_flow;
}

uint64_t dir_world_find(const char *directory, enum wire_find what, const char *value)
{
	wire_begin(&core.out, MSG_DIR_FIND, 0);
	wire_put_u64(&core.out, ++last_flow);
	wire_put_str(&core.out, directory);
	wire_put_u32(&core.out, what);
	wire_put_str(&core.out, value);
	assert_int_equal(fake_core_send(&core), 0);
	return last_flow;
}

static void take_user(struct outcome *outcome, struct wire_in *in)
{
	const char *name, *home;
	uint32_t n;

	if (outcome->users++ > 0)
		return;
	assert_string_not_equal(wire_get_str(in, 255), "");
	assert_string_not_equal(wire_get_str(in, 255), "");
	name = wire_get_str(in, 255);
	outcome->first_uid = wire_get_u32(in);
	(void)wire_get_u32(in);
	(void)wire_get_str(in, 255);
	home = wire_get_str(in, 255);
	(void)wire_get_str(in, 255);
	outcome->first_active = wire_get_bool(in);
	outcome->first_end = wire_get_u64(in);
	n = wire_get_count(in);
	for (uint32_t i = 0; i < n; i++) {
		struct wire_field field = wire_get_field(in);
		char *to = strcmp(field.key, "ssh_keys") == 0 ? outcome->first_keys
			   : strcmp(field.key, "labels") == 0 ? outcome->first_labels
							      : NULL;

		if (to)
			assert_true(snprintf(to, sizeof(outcome->first_keys), "%s", field.value) >
				    0);
	}
	assert_int_equal(wire_close(in), 0);
	assert_true(snprintf(outcome->first_name, sizeof(outcome->first_name), "%s", name) > 0);
	assert_true(snprintf(outcome->first_home, sizeof(outcome->first_home), "%s", home) > 0);
}

static void take_group(struct outcome *outcome, struct wire_in *in)
{
	uint32_t n;

	assert_string_not_equal(wire_get_str(in, 255), "");
	assert_string_not_equal(wire_get_str(in, 255), "");
	(void)wire_get_u32(in);
	outcome->parts++;
	outcome->groups += wire_get_bool(in);
	(void)wire_get_bool(in);
	n = wire_get_count(in);
	outcome->members += n;
	for (uint32_t i = 0; i < n; i++)
		outcome->groups_inside += strncmp(wire_get_str(in, 255), "g-", 2) == 0;
}

static void take_end(struct outcome *outcome, struct wire_in *in)
{
	const char *cursor, *code, *text;

	outcome->complete = wire_get_bool(in);
	cursor = wire_get_str(in, DIR_CURSOR_MAX);
	assert_true(snprintf(outcome->cursor, sizeof(outcome->cursor), "%s", cursor) >= 0);
	outcome->said_users = wire_get_u32(in);
	outcome->said_groups = wire_get_u32(in);
	code = wire_get_str(in, REASON_MAX);
	text = wire_get_str(in, REASON_MAX);
	assert_int_equal(wire_close(in), 0);
	assert_true(snprintf(outcome->code, sizeof(outcome->code), "%s", code) >= 0);
	assert_true(snprintf(outcome->text, sizeof(outcome->text), "%s", text) >= 0);
}

/* Until DIR_END; more credit each time that much was used up (0: none is given). */
void dir_world_collect_rest(uint64_t flow, uint32_t credit, unsigned already,
			    struct outcome *outcome)
{
	unsigned came = 0;
	struct wire_in in;

	*outcome = (struct outcome){ .users = already };
	if (credit)
		assert_int_equal(fake_core_credit(&core, flow, credit), 0);
	for (;;) {
		assert_int_equal(fake_core_next(&core, WAIT, &in), 0);
		assert_int_equal(wire_get_u64(&in), flow);
		if (in.type == MSG_DIR_USER)
			take_user(outcome, &in);
		else if (in.type == MSG_DIR_GROUP)
			take_group(outcome, &in);
		else if (in.type == MSG_DIR_PROGRESS)
			outcome->progress++;
		else
			break;
		if (in.type != MSG_DIR_PROGRESS && ++came % (credit ? credit : 1) == 0 && credit)
			assert_int_equal(fake_core_credit(&core, flow, credit), 0);
	}
	assert_int_equal(in.type, MSG_DIR_END);
	take_end(outcome, &in);
	assert_int_equal(outcome->said_users, outcome->users);
	assert_int_equal(outcome->said_groups, outcome->groups);
	assert_int_equal(outcome->complete,
			 outcome->code[0] == '\0' || strcmp(outcome->code, "unchanged") == 0);
}

void dir_world_collect(uint64_t flow, uint32_t credit, struct outcome *outcome)
{
	dir_world_collect_rest(flow, credit, 0, outcome);
}
