/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The real idp-netd against the platform that misbehaves: every case of a sign-in with its
 * verdict. A row is a case of tests/idp/mock.mjs; all rows of a table run side by side, since each
 * is a provider and a flow of its own.
 */
#include "tests/lib/test.h"

#include <errno.h>

#include "tests/lib/fake-core.h"
#include "tests/lib/mock.h"

#define WAIT (60 * USEC_PER_SEC)

static struct mock mock;
static struct fake_core core;
static bool skipped;

enum expected {
	IDENTITY = 0,
	DENIED,
	FAILED,
	STUCK, /* still polling when the test has seen enough */
};

struct row {
	const char *what; /* case of the mock */
	enum expected expected;
	const char *code; /* of DENIED and FAILED; NULL: any */
};

static int setup_world(void **state)
{
	int r = mock_start(&mock);

	(void)state;
	if (r == -ENOENT) {
		print_message("node is not installed: the platform that misbehaves cannot run\n");
		skipped = true;
		return 0;
	}
	if (r < 0)
		return r;
	return fake_core_start(&core, mock.dir);
}

static int teardown_world(void **state)
{
	int status;

	(void)state;
	if (skipped)
		return 0;
	status = fake_core_stop(&core);
	mock_stop(&mock);
	if (status != 0)
		print_message("idp-netd ended with status %d\n", status);
	return status;
}

static void set_up_provider(uint32_t revision, const char *name, unsigned port, const char *what)
{
	char issuer[256];
	const char *pairs[] = { "issuer", issuer, "client_id", "host-public", "ca", mock.ca, NULL };

	assert_true(snprintf(issuer, sizeof(issuer), "https://127.0.0.1:%u/%s", port, what) > 0);
	assert_int_equal(fake_core_setup(&core, revision, "provider", name, pairs), 0);
}

static const char *verdict_name(enum wire_type type)
{
	return wire_name((uint16_t)type);
}

static enum wire_type verdict_type(enum expected expected)
{
	static const enum wire_type types[] = {
		[IDENTITY] = MSG_IDENTITY, [DENIED] = MSG_DENIED, [FAILED] = MSG_FAILED, [STUCK] = MSG_CODE,
	};

	return types[expected];
}

/* Judges one message about a row; true when the row is done. */
static bool judge_row(const struct row *row, struct wire_in *in)
{
	const char *code, *text;

	if (in->type == MSG_CODE && row->expected != STUCK)
		return false;
	if (in->type != verdict_type(row->expected)) {
		code = in->type == MSG_DENIED || in->type == MSG_FAILED ? wire_get_str(in, WIRE_STRING_MAX) : "";
		text = in->type == MSG_DENIED || in->type == MSG_FAILED ? wire_get_str(in, WIRE_STRING_MAX) : "";
		fail_msg("%s: %s %s (%s), expected %s", row->what, verdict_name(in->type), code, text,
			 verdict_name(verdict_type(row->expected)));
	}
	if (row->expected != DENIED && row->expected != FAILED)
		return true;
	code = wire_get_str(in, REASON_MAX);
	text = wire_get_str(in, REASON_MAX);
	if (row->code && strcmp(code, row->code) != 0)
		fail_msg("%s: code %s (%s), expected %s", row->what, code, text, row->code);
	if (strlen(text) < 10)
		fail_msg("%s: code %s without a sentence", row->what, code);
	return true;
}

static void run_rows(unsigned port, const struct row *rows, size_t n, uint32_t revision)
{
	struct wire_in in;
	bool done[128] = { false };
	size_t left = n;

	if (skipped)
		skip();
	assert_true(n <= ELEMENTSOF(done));
	assert_int_equal(fake_core_reconnect(&core), 0);
	for (size_t first = 0; first < n; first += PROVIDERS_MAX / 2) {
		size_t end = first + PROVIDERS_MAX / 2 < n ? first + PROVIDERS_MAX / 2 : n;

		for (size_t i = first; i < end; i++)
			set_up_provider(revision, rows[i].what, port, rows[i].what);
		assert_int_equal(fake_core_setup_end(&core, revision++), 0);
		for (size_t i = first; i < end; i++)
			assert_int_equal(fake_core_device(&core, i + 1, rows[i].what, "openid profile"), 0);
		for (left = end - first; left > 0;) {
			int r = fake_core_next(&core, WAIT, &in);
			uint64_t flow;

			for (size_t i = first; r < 0 && i < end; i++)
				if (!done[i])
					print_message("%s: no verdict\n", rows[i].what);
			assert_int_equal(r, 0);
			flow = wire_get_u64(&in);
			assert_true(flow > first && flow <= end);
			if (done[flow - 1] || !judge_row(&rows[flow - 1], &in))
				continue;
			done[flow - 1] = true;
			left--;
			assert_int_equal(fake_core_abort(&core, flow), 0);
		}
	}
}

static void test_every_misbehaviour_of_a_sign_in_has_its_verdict(void **state)
{
	static const struct row rows[] = {
		{ "good", IDENTITY, NULL },
	};

	(void)state;
	run_rows(mock.port, rows, ELEMENTSOF(rows), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_every_misbehaviour_of_a_sign_in_has_its_verdict),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, setup_world, teardown_world);
}
