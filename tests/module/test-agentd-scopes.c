/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A platform that refuses scopes, through the real daemon: what the next question asks for, what
 * the person is told, what stays disabled, and that no rule holds because of it.
 */
#include "tests/lib/test.h"

#include <poll.h>
#include <signal.h>

#include "tests/lib/world.h"

#define REGISTER                                                             \
	"[scope host.login]\nprotects = sshd\ndescription = Log in to %h\n"  \
	"[scope host.extra]\nprotects = sshd\noptional = yes\n"              \
	"description = Read your calendar\n"
#define STAFF "[allow staff]\nservice = sshd\nneed = group:staff\n"

static const char config_plain[] = WORLD_PROVIDER WORLD_DIRECTORY REGISTER STAFF;
/* A rule that nobody meets without the scope. */
static const char config_needed[] = WORLD_PROVIDER WORLD_DIRECTORY REGISTER
	"[scope host.admin]\nprotects = sshd\nrequest = on-demand\n"
	"[allow staff]\nservice = sshd\nneed = group:staff scope:host.login\n";

static char scopes[512]; /* of the last question */

static void read_list(struct wire_in *in, char *text, size_t room)
{
	uint32_t n = wire_get_count(in);

	*text = '\0';
	for (uint32_t i = 0; i < n; i++)
		(void)snprintf(text + strlen(text), room - strlen(text), "%s%s", i ? " " : "",
			       wire_get_str(in, 128));
}

static void hear(struct world *w, enum wire_type type)
{
	struct wire_in in;

	do /* after a restart it reads the directory */
		assert_int_equal(fake_netd_next(&w->agentd.netd, 30 * USEC_PER_SEC, &in), 0);
	while (in.type == MSG_DIR_SYNC || in.type == MSG_CREDIT);
	assert_int_equal(in.type, type);
	w->flow = wire_get_u64(&in);
	assert_string_equal(wire_get_str(&in, 64), "corp");
	read_list(&in, scopes, sizeof(scopes));
}

static bool begin(struct world *w, const char *config)
{
	static const char *const texts[] = { "alice", NULL };
	struct talk talk;
	int type = MSG_END;

	if (!world_start(w, config))
		return false;
	world_sync(w, "staff", 0);
	assert_int_equal(talk_open(&talk, &w->agentd, "control"), 0);
	for (unsigned i = 0; i < 3000 && type == MSG_END; i++) {
		assert_int_equal(talk_ask(&talk, MSG_SHOW_USER, texts), 0);
		type = talk_next_type(&talk);
		if (type == MSG_END)
			(void)poll(NULL, 0, 10);
	}
	assert_int_equal(type, MSG_ROW);
	talk_close(&talk);
	world_open(w);
	return true;
}

/* The next sign-in asks for these. */
static void sign_in(struct world *w, const char *wanted)
{
	assert_int_equal(talk_pam(&w->talk, MSG_AUTH, "alice"), 0);
	hear(w, MSG_DEVICE);
	assert_string_equal(scopes, wanted);
}

static void refuse(struct world *w)
{
	assert_int_equal(fake_netd_refuse(&w->agentd.netd, MSG_FAILED, w->flow, "invalid-scope"),
			 0);
}

/* SCOPES: those of words, which have one space between. */
static void tell(struct world *w, const char *words, bool whole)
{
	struct buf *out = &w->agentd.netd.out;
	char copy[512], *save = NULL;
	uint32_t n = 0;

	for (const char *at = words; *at; at += strspn(at, " "), n++)
		at += strcspn(at, " ");
	(void)snprintf(copy, sizeof(copy), "%s", words);
	wire_begin(out, MSG_SCOPES, 0);
	wire_put_u64(out, w->flow);
	wire_put_str(out, "device");
	wire_put_bool(out, false);
	wire_put_bool(out, whole);
	wire_put_count(out, n);
	for (char *word = strtok_r(copy, " ", &save); word; word = strtok_r(NULL, " ", &save))
		wire_put_str(out, word);
	assert_int_equal(fake_netd_send(&w->agentd.netd), 0);
}

static char prompt[WIRE_STRING_MAX];

static void hear_prompt(struct world *w)
{
	struct wire_in in;

	assert_int_equal(fake_netd_code(&w->agentd.netd, w->flow, WORLD_URI, "ABCD-EFGH", 300), 0);
	assert_int_equal(talk_next(&w->talk, &in), 0);
	assert_int_equal(in.type, MSG_ASK);
	assert_int_equal(wire_get_u32(&in), WIRE_ASK_ECHO);
	(void)snprintf(prompt, sizeof(prompt), "%s", wire_get_str(&in, WIRE_STRING_MAX));
}

static void approve(struct world *w)
{
	assert_int_equal(talk_reply(&w->talk, MSG_ANSWER), 0);
	assert_int_equal(fake_netd_identity(&w->agentd.netd, w->flow, "corp", WORLD_ISS, "s1",
					    "alice", "staff"),
			 0);
}

/* SCOPE_SET, or SCOPE_LIST for people without a name: the status of its END, whose reason and text
 * are in w. */
static uint32_t set(struct world *w, const char *name, bool on)
{
	struct talk talk;
	struct wire_in in;
	uint32_t status;

	assert_int_equal(talk_open(&talk, &w->agentd, "control"), 0);
	client_begin(&talk.client, &talk.out, MSG_SCOPE_SET);
	wire_put_str(&talk.out, name);
	wire_put_bool(&talk.out, on);
	assert_int_equal(client_send(&talk.client, &talk.out, clock_add(clock_now(), USEC_PER_MINUTE)),
			 0);
	assert_int_equal(talk_next(&talk, &in), 0);
	assert_int_equal(in.type, MSG_END);
	status = wire_get_u32(&in);
	(void)snprintf(w->reason, sizeof(w->reason), "%s", wire_get_str(&in, REASON_MAX));
	(void)snprintf(w->text, sizeof(w->text), "%s", wire_get_str(&in, WIRE_STRING_MAX));
	talk_close(&talk);
	return status;
}

#define ALL "openid profile host.extra host.login"

static void test_an_optional_scope_is_left_out_once(void **state)
{
	struct world w;
	(void)state;
	if (!begin(&w, config_plain))
		skip();
	sign_in(&w, ALL);
	refuse(&w);
	hear(&w, MSG_SCOPE_PROBE);
	assert_string_equal(scopes, ALL);
	tell(&w, "host.extra", true);
	hear(&w, MSG_DEVICE);
	assert_string_equal(scopes, "openid profile host.login");
	hear_prompt(&w);
	assert_non_null(strstr(prompt, "Log in to"));
	assert_null(strstr(prompt, "calendar")); /* which nobody asks for any more */
	approve(&w);
	assert_int_equal(world_finish(&w), WIRE_PERMIT);
	/* The next one knows. */
	sign_in(&w, "openid profile host.login");
	hear_prompt(&w);
	approve(&w);
	assert_int_equal(world_finish(&w), WIRE_PERMIT);
	world_end(&w);
}

static void test_it_is_left_out_once_and_not_twice(void **state)
{
	struct world w;
	(void)state;
	if (!begin(&w, config_plain))
		skip();
	sign_in(&w, ALL);
	refuse(&w);
	hear(&w, MSG_SCOPE_PROBE);
	tell(&w, "host.extra", true);
	hear(&w, MSG_DEVICE);
	refuse(&w);
	hear(&w, MSG_SCOPE_PROBE);
	assert_string_equal(scopes, "openid profile host.login");
	tell(&w, "", true); /* it contradicts itself */
	assert_int_equal(world_finish(&w), WIRE_UNAVAIL);
	assert_string_equal(w.reason, "scope-refused");
	world_end(&w);
}

static void test_a_required_scope_is_named_and_nothing_is_asked_in_its_place(void **state)
{
	struct world w;
	(void)state;
	if (!begin(&w, config_plain))
		skip();
	sign_in(&w, ALL);
	refuse(&w);
	hear(&w, MSG_SCOPE_PROBE);
	tell(&w, "host.extra host.login", true);
	assert_int_equal(world_finish(&w), WIRE_UNAVAIL);
	assert_string_equal(w.reason, "scope-refused");
	assert_non_null(strstr(w.text, "Please tell the administrator"));
	assert_null(strstr(w.text, "host.login")); /* a stranger learns no names */
	/* It is asked for all the same, for it may be known by now; and nobody looks again. */
	sign_in(&w, "openid profile host.login");
	refuse(&w);
	assert_int_equal(world_finish(&w), WIRE_UNAVAIL);
	assert_string_equal(w.reason, "scope-refused");
	world_end(&w);
}

static void test_who_comes_meanwhile_waits_for_the_same_look(void **state)
{
	struct world w;
	struct talk other;
	uint64_t first, second;
	(void)state;
	if (!begin(&w, config_plain))
		skip();
	sign_in(&w, ALL);
	first = w.flow;
	assert_int_equal(talk_open(&other, &w.agentd, "agent"), 0);
	assert_int_equal(talk_pam(&other, MSG_AUTH, "bob"), 0);
	hear(&w, MSG_DEVICE);
	second = w.flow;
	w.flow = first;
	refuse(&w);
	hear(&w, MSG_SCOPE_PROBE);
	first = w.flow;
	w.flow = second;
	refuse(&w);
	w.flow = first;
	tell(&w, "host.extra", true);
	for (unsigned i = 0; i < 2; i++) {
		hear(&w, MSG_DEVICE);
		assert_string_equal(scopes, "openid profile host.login");
	}
	talk_close(&other);
	world_end(&w);
}

/* The link dies, idp-netd names what nobody asked about: nothing stays. */
static void test_a_look_that_comes_to_nothing(void **state)
{
	struct world w;
	(void)state;
	if (!begin(&w, config_plain))
		skip();
	sign_in(&w, ALL);
	refuse(&w);
	hear(&w, MSG_SCOPE_PROBE);
	fake_netd_hang_up(&w.agentd.netd);
	assert_int_equal(world_finish(&w), WIRE_UNAVAIL);
	assert_string_equal(w.reason, "scope-refused");
	assert_int_equal(fake_netd_welcome(&w.agentd.netd), 0);
	sign_in(&w, ALL);
	refuse(&w);
	hear(&w, MSG_SCOPE_PROBE);
	tell(&w, "host.extra elsewhere", true); /* breaks the rules: the link ends */
	assert_int_equal(world_finish(&w), WIRE_UNAVAIL);
	assert_int_equal(fake_netd_welcome(&w.agentd.netd), 0);
	sign_in(&w, ALL);
	world_end(&w);
}

/* The person hangs up and the look is not whole: it proves nothing, and is not made again soon. */
static void test_a_look_that_named_nothing_is_remembered(void **state)
{
	struct world w;
	(void)state;
	if (!begin(&w, config_plain))
		skip();
	sign_in(&w, ALL);
	refuse(&w);
	hear(&w, MSG_SCOPE_PROBE);
	talk_close(&w.talk);
	world_open(&w);
	tell(&w, "host.extra", false);
	for (unsigned i = 0; i < 3; i++) {
		sign_in(&w, ALL);
		refuse(&w);
		assert_int_equal(world_finish(&w), WIRE_UNAVAIL);
		assert_string_equal(w.reason, "scope-refused");
	}
	/* Another configuration may be another platform. */
	assert_int_equal(world_reload(&w), 0);
	sign_in(&w, ALL);
	refuse(&w);
	hear(&w, MSG_SCOPE_PROBE);
	world_end(&w);
}

static void test_what_is_disabled_is_not_asked_for_nor_held_by_a_rule(void **state)
{
	struct world w;
	(void)state;
	if (!begin(&w, config_needed))
		skip();
	assert_int_equal(set(&w, "host.Login", false), 1);
	assert_string_equal(w.reason, "not-found");
	assert_non_null(strstr(w.text, "did you mean host.login?"));
	assert_int_equal(set(&w, "openid", false), 1);
	assert_string_equal(w.reason, "last-scope");
	assert_int_equal(set(&w, "host.login", false), 0);
	assert_non_null(strstr(w.text, "[allow staff] needs it: until then only who was "
					   "granted it before, or shows a token with it, gets in"));
	assert_int_equal(set(&w, "host.login", false), 0);
	assert_string_equal(w.text, "It was disabled already.");
	sign_in(&w, "openid profile host.extra");
	hear_prompt(&w);
	approve(&w); /* and no second sign-in: nobody could ask for it */
	assert_int_equal(world_finish(&w), WIRE_DENY);
	assert_string_equal(w.reason, "missing=scope:host.login");
	assert_non_null(strstr(w.text, "This host does not ask for it at present."));
	/* It is kept: kill -9 and the next start change nothing. */
	talk_close(&w.talk);
	fake_netd_hang_up(&w.agentd.netd);
	IGNORE(agentd_stop(&w.agentd, SIGKILL));
	assert_int_equal(agentd_start(&w.agentd), 0);
	assert_int_equal(fake_netd_welcome(&w.agentd.netd), 0);
	world_open(&w);
	sign_in(&w, "openid profile host.extra");
	talk_close(&w.talk);
	world_open(&w);
	assert_int_equal(set(&w, "host.login", true), 0);
	world_end(&w);
}

static void test_what_was_asked_for_and_not_granted_is_not_asked_again(void **state)
{
	struct world w;
	(void)state;
	if (!begin(&w, config_needed))
		skip();
	sign_in(&w, ALL);
	hear_prompt(&w);
	approve(&w); /* the platform grants openid alone */
	assert_int_equal(world_finish(&w), WIRE_DENY);
	assert_string_equal(w.reason, "missing=scope:host.login");
	assert_non_null(
		strstr(w.text, "It was asked for, and the platform did not grant it."));
	world_end(&w);
}

/* ---- asked for nothing, a platform grants what it likes ---- */

#define OAUTH2                                                                        \
	WORLD_PROVIDER "mode = oauth2\ntoken_endpoint = https://id.example.com/t\n"   \
		       "device_endpoint = https://id.example.com/d\n"                 \
		       "subject_from = token:/id\n"

static void test_no_sign_in_asks_for_nothing(void **state)
{
	struct world w;
	(void)state;
	if (!begin(&w, OAUTH2 "scope = read\n" WORLD_DIRECTORY
		       "[scope read]\nprotects = sshd\noptional = yes\n" STAFF))
		skip();
	sign_in(&w, "read");
	refuse(&w);
	hear(&w, MSG_SCOPE_PROBE);
	tell(&w, "read", true);
	assert_int_equal(world_finish(&w), WIRE_UNAVAIL);
	assert_string_equal(w.reason, "scope-refused");
	/* Nor does the next one, which knows. */
	assert_int_equal(talk_pam(&w.talk, MSG_AUTH, "alice"), 0);
	assert_int_equal(world_finish(&w), WIRE_UNAVAIL);
	assert_string_equal(w.reason, "scope-refused");
	world_end(&w);
}

static void reload(struct world *w, const char *config)
{
	assert_int_equal(agentd_put(&w->agentd, "idp.conf", config), 0);
	assert_int_equal(world_reload(w), 0);
}

static void test_the_last_scope_of_each_service_stays(void **state)
{
	static const char config[] = OAUTH2 WORLD_DIRECTORY
		"[scope host.login]\nprotects = sshd\n[scope host.sudo]\nprotects = sudo\n" STAFF;
	struct world w;
	(void)state;
	if (!begin(&w, config))
		skip();
	assert_int_equal(set(&w, "host.login", false), 1);
	assert_string_equal(w.reason, "last-scope");
	assert_non_null(strstr(w.text, "the last scope that sign-ins of service sshd ask provider "
				       "corp for"));
	assert_int_equal(set(&w, "host.sudo", false), 1);
	assert_non_null(strstr(w.text, "service sudo"));
	/* What was disabled beside others may be alone after a reload. */
	reload(&w, OAUTH2 WORLD_DIRECTORY "[scope host.login]\nprotects = sshd\n"
					  "[scope host.more]\nprotects = sshd\n" STAFF);
	assert_int_equal(set(&w, "host.login", false), 0);
	assert_int_equal(set(&w, "host.more", false), 1);
	sign_in(&w, "host.more");
	talk_close(&w.talk);
	world_open(&w);
	reload(&w, config);
	assert_int_equal(talk_pam(&w.talk, MSG_AUTH, "alice"), 0);
	assert_int_equal(world_finish(&w), WIRE_UNAVAIL);
	assert_string_equal(w.reason, "scope-refused");
	world_end(&w);
}

/* Who is granted it is kept out: not asked for, it would be granted to nobody. */
static void test_what_a_rule_stops_people_by_is_always_asked_for(void **state)
{
	struct world w;
	(void)state;
	if (!begin(&w, WORLD_PROVIDER WORLD_DIRECTORY "[scope host.login]\nprotects = sshd\n"
		       "[scope guest]\nprotects = sshd\n" STAFF
		       "[deny guests]\nneed = scope:host.login\n"))
		skip();
	assert_int_equal(set(&w, "host.login", false), 1);
	assert_string_equal(w.reason, "forbids");
	assert_non_null(strstr(w.text, "[deny guests] stops people by it"));
	assert_int_equal(set(&w, "guest", false), 0);
	sign_in(&w, "openid profile host.login");
	assert_int_equal(fake_netd_refuse(&w.agentd.netd, MSG_FAILED, w.flow, "access_denied"), 0);
	assert_int_equal(world_finish(&w), WIRE_DENY);
	/* A rule that comes when it is disabled holds at once. */
	reload(&w, WORLD_PROVIDER WORLD_DIRECTORY "[scope host.login]\nprotects = sshd\n"
						  "[scope guest]\nprotects = sshd\n"
						  "[allow staff]\nservice = sshd\n"
						  "need = group:staff\nnever = scope:guest\n");
	sign_in(&w, "openid profile guest host.login");
	world_end(&w);
}

/* ---- idpctl scope check ---- */

static void tell_fact(struct world *w, uint64_t flow, uint32_t level, const char *text,
		      const char *value)
{
	struct buf *out = &w->agentd.netd.out;

	wire_begin(out, MSG_FINDING, 0);
	wire_put_u64(out, flow);
	wire_put_u32(out, level);
	wire_put_str(out, "provider corp");
	wire_put_str(out, text);
	wire_put_str(out, value);
	assert_int_equal(fake_netd_send(&w->agentd.netd), 0);
}

static void end_facts(struct world *w, uint64_t flow)
{
	wire_begin(&w->agentd.netd.out, MSG_PROBE_END, 0);
	wire_put_u64(&w->agentd.netd.out, flow);
	assert_int_equal(fake_netd_send(&w->agentd.netd), 0);
}

static void ask_check(struct world *w, struct talk *talk, bool steps)
{
	assert_int_equal(talk_open(talk, &w->agentd, "control"), 0);
	client_begin(&talk->client, &talk->out, MSG_SCOPE_CHECK);
	wire_put_str(&talk->out, "corp");
	wire_put_bool(&talk->out, steps);
	assert_int_equal(
		client_send(&talk->client, &talk->out, clock_add(clock_now(), USEC_PER_MINUTE)), 0);
}

static char rows[32768];

/* Every row until END, "kind|value|value|...\n"; its exit status. */
static uint32_t collect(struct talk *talk)
{
	struct wire_in in;
	size_t len = 0;

	rows[0] = '\0';
	for (;;) {
		assert_int_equal(talk_next(talk, &in), 0);
		if (in.type == MSG_END)
			return wire_get_u32(&in);
		len += (size_t)snprintf(rows + len, sizeof(rows) - len, "%s",
					wire_get_str(&in, 64));
		for (uint32_t n = wire_get_count(&in); n > 0 && len < sizeof(rows); n--)
			len += (size_t)snprintf(rows + len, sizeof(rows) - len, "|%s",
						wire_get_field(&in).value);
		assert_true(len + 2 < sizeof(rows));
		rows[len++] = '\n';
		rows[len] = '\0';
	}
}

static void assert_row(const char *row)
{
	if (!strstr(rows, row))
		fail_msg("\"%s\" is not among: %s", row, rows);
}

static void test_the_three_places_are_compared(void **state)
{
	struct world w;
	struct talk talk;
	uint64_t flow;
	(void)state;
	if (!begin(&w, config_needed))
		skip();
	ask_check(&w, &talk, true);
	assert_int_equal(fake_netd_expect(&w.agentd.netd, MSG_PROBE, &flow), 0);
	tell_fact(&w, flow, WIRE_FINDING_OFFER, "scopes_supported", "openid profile host.Login");
	end_facts(&w, flow);
	hear(&w, MSG_SCOPE_PROBE);
	assert_string_equal(scopes, "host.admin host.extra host.login openid profile");
	tell(&w, "host.login host.extra", true);
	assert_int_equal(collect(&talk), 1);
	assert_row("scope_check|corp|host.login|refused|asked for|true|allow staff\n");
	assert_row("scope_check|corp|host.admin|taken|on demand|true|\n");
	assert_row("scope_check|corp|openid|offered|asked for|false|\n");
	assert_row("finding|error|provider corp|[scope host.login] asks for scope host.login, which the "
		   "platform refuses; host.Login is offered, and differs only in case: nobody can "
		   "sign in to sshd|");
	assert_row("finding|warning|provider corp|[scope host.extra] asks for scope host.extra, which "
		   "the platform refuses: sign-ins go on without it|");
	assert_row("step|host.login|1|At the platform (provider corp, client host1): register the "
		   "scope exactly as this host writes it, host.login. From then on people can sign "
		   "in again.\n");
	assert_row("step|host.login|2|On this host: write host.Login in the place of host.login at ");
	assert_row("step|host.login|3|At the platform: take host.login away again, which nobody asks "
		   "for any more.\n");
	assert_row("step|host.login|4|Or at once, without the platform, as root of this host: idpctl "
		   "scope disable host.login. Sign-ins no longer ask for it; until idpctl scope enable "
		   "host.login a rule that needs it lets in only who was granted it before, or shows a "
		   "token with it.\n");
	talk_close(&talk);
	/* Sign-ins have learned of it. */
	sign_in(&w, "openid profile host.login");
	talk_close(&w.talk);
	world_open(&w);
	world_end(&w);
}

/* Sign-ins name a resource, the look does not: what it hears need not be what they would. */
static void test_a_look_without_the_resource_proves_little(void **state)
{
	struct world w;
	struct talk talk;
	uint64_t flow;
	(void)state;
	if (!begin(&w, WORLD_PROVIDER WORLD_DIRECTORY REGISTER STAFF
		       "[service sshd]\nresource = https://host1.example.com\n"))
		skip();
	ask_check(&w, &talk, false);
	assert_int_equal(fake_netd_expect(&w.agentd.netd, MSG_PROBE, &flow), 0);
	tell_fact(&w, flow, WIRE_FINDING_OFFER, "scopes_supported", "openid profile");
	end_facts(&w, flow);
	hear(&w, MSG_SCOPE_PROBE);
	tell(&w, "host.login host.extra", true);
	assert_int_equal(collect(&talk), 0);
	assert_row("finding|warning|provider corp|[scope host.login] asks for scope host.login, which "
		   "the platform refuses: nobody can sign in to sshd, unless it takes it for the "
		   "resource that sign-ins name|");
	talk_close(&talk);
	sign_in(&w, ALL); /* nothing was learned */
	world_end(&w);
}

static void test_a_platform_that_is_away_is_remembered(void **state)
{
	struct world w;
	struct talk talk;
	uint64_t flow;
	(void)state;
	if (!begin(&w, config_plain))
		skip();
	ask_check(&w, &talk, false);
	assert_int_equal(fake_netd_expect(&w.agentd.netd, MSG_PROBE, &flow), 0);
	tell_fact(&w, flow, WIRE_FINDING_OFFER, "scopes_supported", "openid profile host.Login");
	end_facts(&w, flow);
	hear(&w, MSG_SCOPE_PROBE);
	tell(&w, "", true);
	assert_int_equal(collect(&talk), 0);
	talk_close(&talk);
	ask_check(&w, &talk, false);
	assert_int_equal(fake_netd_expect(&w.agentd.netd, MSG_PROBE, &flow), 0);
	tell_fact(&w, flow, WIRE_FINDING_ERROR, "metadata: it cannot be reached", "Look.");
	end_facts(&w, flow);
	assert_int_equal(collect(&talk), 0);
	assert_row("scope_check|corp|host.login|not listed|");
	assert_row("finding|warning|provider corp|the platform could not be asked (metadata: it cannot "
		   "be reached): what it offered last is taken|");
	assert_row("which is not offered; host.Login is, and differs only in case|");
	talk_close(&talk);
	/* Whoever hangs up is forgotten, and so is the question. */
	ask_check(&w, &talk, false);
	assert_int_equal(fake_netd_expect(&w.agentd.netd, MSG_PROBE, &flow), 0);
	talk_close(&talk);
	assert_int_equal(fake_netd_expect(&w.agentd.netd, MSG_ABORT, &flow), 0);
	world_end(&w);
}

TEST_MAIN(TEST(test_an_optional_scope_is_left_out_once),
	  TEST(test_it_is_left_out_once_and_not_twice),
	  TEST(test_a_required_scope_is_named_and_nothing_is_asked_in_its_place),
	  TEST(test_who_comes_meanwhile_waits_for_the_same_look),
	  TEST(test_a_look_that_comes_to_nothing),
	  TEST(test_a_look_that_named_nothing_is_remembered),
	  TEST(test_what_is_disabled_is_not_asked_for_nor_held_by_a_rule),
	  TEST(test_what_was_asked_for_and_not_granted_is_not_asked_again),
	  TEST(test_no_sign_in_asks_for_nothing),
	  TEST(test_the_last_scope_of_each_service_stays),
	  TEST(test_what_a_rule_stops_people_by_is_always_asked_for),
	  TEST(test_the_three_places_are_compared),
	  TEST(test_a_look_without_the_resource_proves_little),
	  TEST(test_a_platform_that_is_away_is_remembered))
