/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/lib/test.h"

#include "tests/lib/dir-log.h"

#include <stdarg.h>

#define WAIT   (60 * USEC_PER_SEC)
#define CREDIT 64u

static uint64_t last_flow;

static void put(struct dir_log *log, const char *format, ...) _printf_(2, 3);
static void put(struct dir_log *log, const char *format, ...)
{
	size_t at = strlen(log->text);
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(log->text + at, sizeof(log->text) - at, format, args);
	va_end(args);
	assert_true(n >= 0 && (size_t)n < sizeof(log->text) - at);
}

static void put_id(struct dir_log *log, uint32_t id)
{
	if (id == UINT32_MAX)
		put(log, " -");
	else
		put(log, " %u", id);
}

static void put_fields(struct dir_log *log, struct wire_in *in)
{
	size_t n = wire_get_count(in);

	for (size_t i = 0; i < n; i++) {
		struct wire_field field = wire_get_field(in);
		size_t at = strlen(log->text);

		put(log, " %s=%s", field.key, field.value);
		for (; log->text[at]; at++)
			if (log->text[at] == '\n')
				log->text[at] = ';';
	}
}

static void take_user(struct dir_log *log, struct wire_in *in)
{
	const char *id = wire_get_str(in, 255), *sub = wire_get_str(in, 255);
	const char *name = wire_get_str(in, 255), *gecos, *home, *shell;
	uint32_t uid = wire_get_u32(in), gid = wire_get_u32(in);
	uint64_t end_time;
	bool active;

	gecos = wire_get_str(in, 1024);
	home = wire_get_str(in, 1024);
	shell = wire_get_str(in, 1024);
	active = wire_get_bool(in);
	end_time = wire_get_u64(in);
	put(log, "user %s %s %s", id, sub, name);
	put_id(log, uid);
	put_id(log, gid);
	put(log, " %s|%s|%s %s", gecos, home, shell, active ? "on" : "off");
	if (end_time)
		put(log, " until=%llu", (unsigned long long)end_time);
	put_fields(log, in);
	put(log, "\n");
	log->users++;
}

static void take_group(struct dir_log *log, struct wire_in *in)
{
	const char *id = wire_get_str(in, 255), *name = wire_get_str(in, 255);
	uint32_t gid = wire_get_u32(in);
	bool first = wire_get_bool(in), last = wire_get_bool(in);
	size_t n = wire_get_count(in);

	if (first) {
		put(log, "group %s %s", id, name);
		put_id(log, gid);
		put(log, " [");
		log->groups++;
	}
	for (size_t i = 0; i < n; i++)
		put(log, "%s%s", log->text[strlen(log->text) - 1] == '[' ? "" : " ",
		    wire_get_str(in, 255));
	if (last)
		put(log, "]\n");
	log->parts++;
}

static void take_end(struct dir_log *log, struct wire_in *in)
{
	log->complete = wire_get_bool(in);
	assert_true(snprintf(log->cursor, sizeof(log->cursor), "%s",
			     wire_get_str(in, DIR_CURSOR_MAX)) >= 0);
	assert_int_equal(wire_get_u32(in), log->users);
	assert_int_equal(wire_get_u32(in), log->groups);
	assert_true(snprintf(log->code, sizeof(log->code), "%s", wire_get_str(in, REASON_MAX)) >=
		    0);
	assert_true(snprintf(log->reason, sizeof(log->reason), "%s",
			     wire_get_str(in, REASON_MAX)) >= 0);
	assert_int_equal(wire_close(in), 0);
}

static void collect(struct fake_core *core, uint64_t flow, bool credit, struct dir_log *log)
{
	unsigned came = 0;
	struct wire_in in;

	*log = (struct dir_log){ .users = 0 };
	if (credit)
		assert_int_equal(fake_core_credit(core, flow, CREDIT), 0);
	for (;;) {
		assert_int_equal(fake_core_next(core, WAIT, &in), 0);
		assert_int_equal(wire_get_u64(&in), flow);
		if (in.type == MSG_DIR_USER)
			take_user(log, &in);
		else if (in.type == MSG_DIR_GROUP)
			take_group(log, &in);
		else if (in.type != MSG_DIR_PROGRESS)
			break;
		if (in.type != MSG_DIR_PROGRESS && credit && ++came % CREDIT == 0)
			assert_int_equal(fake_core_credit(core, flow, CREDIT), 0);
	}
	assert_int_equal(in.type, MSG_DIR_END);
	take_end(log, &in);
}

void dir_log_sync(struct fake_core *core, const char *directory, bool full, const char *cursor,
		  struct dir_log *log)
{
	wire_begin(&core->out, MSG_DIR_SYNC, 0);
	wire_put_u64(&core->out, ++last_flow);
	wire_put_str(&core->out, directory);
	wire_put_bool(&core->out, full);
	wire_put_str(&core->out, cursor);
	assert_int_equal(fake_core_send(core), 0);
	collect(core, last_flow, true, log);
}

void dir_log_find(struct fake_core *core, const char *directory, enum wire_find what,
		  const char *value, struct dir_log *log)
{
	wire_begin(&core->out, MSG_DIR_FIND, 0);
	wire_put_u64(&core->out, ++last_flow);
	wire_put_str(&core->out, directory);
	wire_put_u32(&core->out, what);
	wire_put_str(&core->out, value);
	assert_int_equal(fake_core_send(core), 0);
	collect(core, last_flow, false, log);
}

void dir_log_probe(struct fake_core *core, const char *directory, struct dir_log *log)
{
	struct wire_in in;

	*log = (struct dir_log){ .users = 0 };
	wire_begin(&core->out, MSG_PROBE, 0);
	wire_put_u64(&core->out, ++last_flow);
	wire_put_str(&core->out, directory);
	assert_int_equal(fake_core_send(core), 0);
	for (;;) {
		const char *text, *remedy;
		uint32_t level;

		assert_int_equal(fake_core_next(core, WAIT, &in), 0);
		assert_int_equal(wire_get_u64(&in), last_flow);
		if (in.type == MSG_PROBE_END)
			return;
		level = wire_get_u32(&in);
		assert_non_null(strstr(wire_get_str(&in, REASON_MAX), directory));
		text = wire_get_str(&in, WIRE_STRING_MAX);
		remedy = wire_get_str(&in, WIRE_STRING_MAX);
		put(log, "%u %s (%s)\n", level, text, remedy);
	}
}
