/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/lib/test.h"

#include <errno.h>

#include "common/secret.h"
#include "tests/lib/session-world.h"

#define ISS "https://idp.example.com"
#define T0  (1000 * USEC_PER_SEC)

struct fixture {
	struct session_fake fake;
	struct session session;
	struct session_out out;
};

static void make(struct fixture *f, enum session_kind kind)
{
	char service[] = "sshd", user[] = "alice", rhost[] = "192.0.2.7", tty[] = "ssh",
	     ruser[] = "";
	const struct session_request request = { .kind = kind,
						 .service = service,
						 .user = user,
						 .rhost = rhost,
						 .tty = tty,
						 .ruser = ruser };

	session_fake_init(&f->fake);
	assert_int_equal(session_init(&f->session, &request, &f->fake.ops), 0);
}

static int step(struct fixture *f, enum session_event event, usec_t now)
{
	return session_step(&f->session, event, NULL, now, &f->out);
}

static int give_code(struct fixture *f, const char *uri, const char *code)
{
	const struct session_code what = { uri, "", code, 300 * USEC_PER_SEC };

	return session_step(&f->session, SESSION_CODE, &(struct session_input){ .code = &what }, T0,
			    &f->out);
}

static int give_address(struct fixture *f, const char *url, usec_t life)
{
	const struct session_address what = { url, life };

	return session_step(&f->session, SESSION_ADDRESS,
			    &(struct session_input){ .address = &what }, T0, &f->out);
}

static int answer(struct fixture *f, const char *text)
{
	struct secret *typed = secret_new(text, strlen(text));
	int r = session_step(&f->session, SESSION_ANSWER,
			     &(struct session_input){ .answer = typed }, T0, &f->out);

	assert_true(!f->out.redirect || f->out.redirect == typed);
	assert_true(!f->out.token || f->out.token == typed || f->out.token == f->session.token);
	secret_free(typed);
	return r;
}

static int give_identity(struct fixture *f, const char *iss, const char *sub, const char *name)
{
	struct session_input input = { .identity = session_fake_identity("corp", iss, sub, name) };

	return session_step(&f->session, SESSION_IDENTITY, &input, T0, &f->out);
}

static int refuse(struct fixture *f, enum session_event event, const char *code)
{
	const struct session_refusal refusal = { code, "text of the platform" };

	return session_step(&f->session, event, &(struct session_input){ .refusal = &refusal }, T0,
			    &f->out);
}

/* AUTH with the prompt out. */
static void ask(struct fixture *f)
{
	make(f, SESSION_KIND_AUTH);
	assert_int_equal(step(f, SESSION_START, T0), 0);
	assert_true(f->out.start_flow);
	assert_string_equal(f->out.flow.provider, "corp");
	assert_int_equal(give_code(f, ISS "/device", "ABCD-EFGH"), 0);
	assert_true(f->out.ask);
}

/* AUTH by the code flow, with the prompt out. */
static void ask_browser(struct fixture *f)
{
	make(f, SESSION_KIND_AUTH);
	f->fake.way = SESSION_WAY_CODE;
	assert_int_equal(step(f, SESSION_START, T0), 0);
	assert_true(f->out.start_flow);
	assert_int_equal(f->out.flow.way, SESSION_WAY_CODE);
	assert_int_equal(give_address(f, ISS "/auth?request_uri=urn:x", 60 * USEC_PER_SEC), 0);
	assert_true(f->out.ask);
	assert_int_equal(f->out.ask_style, WIRE_ASK_ECHO);
	assert_int_equal(f->session.state, SESSION_TYPING);
}

/* AUTH with a token, with the prompt out. */
static void ask_token(struct fixture *f)
{
	make(f, SESSION_KIND_AUTH);
	f->fake.way = SESSION_WAY_TOKEN;
	assert_int_equal(step(f, SESSION_START, T0), 0);
	assert_false(f->out.start_flow); /* nothing to ask the platform yet */
	assert_true(f->out.ask);
	assert_int_equal(f->out.ask_style, WIRE_ASK_HIDDEN);
	assert_string_equal(f->out.text, "Access token for host1: ");
	assert_int_equal(f->session.state, SESSION_TYPING);
}

static void expect(const struct fixture *f, enum wire_result result, const char *reason)
{
	assert_true(f->out.done);
	assert_string_equal(f->out.reason, reason);
	assert_int_equal(f->out.result, result);
	assert_int_equal(f->session.state, SESSION_OVER);
}

static void test_a_matching_identity_is_granted_after_enter(void **state)
{
	struct fixture f;
	(void)state;
	ask(&f);
	assert_int_equal(step(&f, SESSION_ANSWER, T0), 0);
	f.fake.verdict.session = 10 * USEC_PER_HOUR;
	assert_int_equal(give_identity(&f, ISS, "s1", "whatever"), 0);
	expect(&f, WIRE_PERMIT, "permit rule=staff");
	assert_true(f.out.session == 10 * USEC_PER_HOUR); /* the rule's word reaches the driver */
	assert_int_equal(f.fake.remembered, 1);
	assert_true(f.fake.judged_identity);
	session_done(&f.session);
}

static void test_an_early_identity_is_held_until_enter(void **state)
{
	struct fixture f;
	(void)state;
	ask(&f);
	assert_int_equal(give_identity(&f, ISS, "s1", "alice"), 0);
	assert_false(f.out.done || f.out.ask);
	f.fake.person.active = false; /* disabled between approval and Enter */
	assert_int_equal(step(&f, SESSION_ANSWER, T0), 0);
	expect(&f, WIRE_DENY, "disabled");
	session_done(&f.session);
}

static void test_only_the_exact_binding_is_taken(void **state)
{
	static const struct {
		const char *iss, *sub;
	} wrong[] = {
		{ ISS, "s2" },
		{ ISS, "s" },
		{ ISS, "s11" },
		{ ISS, "S1" },
		{ ISS, "" },
		{ "", "s1" },
		{ ISS "/", "s1" },
		{ "https://idp.example.co", "s1" },
		{ "", "" },
		{ ISS, " s1" },
		{ "http://idp.example.com", "s1" },
	};
	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(wrong); i++) {
		struct fixture f;

		ask(&f);
		assert_int_equal(step(&f, SESSION_ANSWER, T0), 0);
		assert_int_equal(give_identity(&f, wrong[i].iss, wrong[i].sub, "alice"), 0);
		expect(&f, WIRE_DENY, "someone-else");
		assert_int_equal(f.fake.judged, 0);
		session_done(&f.session);
	}
}

static void test_an_empty_binding_matches_nobody(void **state)
{
	struct fixture f;
	(void)state;
	ask(&f);
	*f.fake.person.sub = '\0';
	assert_int_equal(step(&f, SESSION_ANSWER, T0), 0);
	assert_int_equal(give_identity(&f, ISS, "", "alice"), 0);
	expect(&f, WIRE_DENY, "someone-else");
	session_done(&f.session);
}

static void test_another_providers_identity_breaks_the_rules(void **state)
{
	struct session_input input = { .identity =
					       session_fake_identity("evil", ISS, "s1", "alice") };
	struct fixture f;
	(void)state;
	ask(&f);
	assert_int_equal(session_step(&f.session, SESSION_IDENTITY, &input, T0, &f.out), -EPROTO);
	assert_true(f.out.abort);
	assert_int_equal(f.session.state, SESSION_OVER);
	session_done(&f.session);
}

static void test_a_denying_rule_denies_in_its_own_words(void **state)
{
	struct fixture f;
	(void)state;
	ask(&f);
	f.fake.verdict = (struct session_verdict){ .reason = "missing=group:staff",
						   .say = "Ask the help desk." };
	assert_int_equal(step(&f, SESSION_ANSWER, T0), 0);
	assert_int_equal(give_identity(&f, ISS, "s1", "alice"), 0);
	expect(&f, WIRE_DENY, "missing=group:staff");
	assert_string_equal(f.out.text, "Ask the help desk.");
	assert_int_equal(f.fake.remembered, 0);
	assert_int_equal(f.fake.retracted, 0);
	session_done(&f.session);
}

static void test_a_session_is_bound_when_a_rule_has_run_out(void **state)
{
	struct fixture f;
	(void)state;
	make(&f, SESSION_KIND_OPEN);
	f.fake.verdict = (struct session_verdict){ .reason = "stale-login",
						   .session = 2 * USEC_PER_HOUR };
	assert_int_equal(step(&f, SESSION_START, T0), 0);
	expect(&f, WIRE_PERMIT, "opened");
	assert_true(f.out.session == 2 * USEC_PER_HOUR);
	session_done(&f.session);
}

static void test_what_a_refused_sign_in_told_is_kept(void **state)
{
	static const struct session_verdict told = { .reason = "no-rule", .told = true };
	struct fixture f;
	(void)state;
	ask(&f);
	f.fake.verdict = told;
	f.fake.remember_error = -ENOSPC; /* and changes no answer */
	assert_int_equal(step(&f, SESSION_ANSWER, T0), 0);
	assert_int_equal(give_identity(&f, ISS, "s1", "alice"), 0);
	expect(&f, WIRE_DENY, "no-rule");
	assert_int_equal(f.fake.remembered, 0);
	assert_int_equal(f.fake.retracted, 1);
	session_done(&f.session);
	ask(&f);
	f.fake.verdict = told;
	assert_int_equal(step(&f, SESSION_ANSWER, T0), 0);
	assert_int_equal(give_identity(&f, ISS, "s2", "alice"), 0);
	expect(&f, WIRE_DENY, "someone-else");
	assert_int_equal(f.fake.retracted, 0);
	session_done(&f.session);
}

static void test_every_failure_of_the_world_is_unavailable(void **state)
{
	struct fixture f;
	(void)state;
	make(&f, SESSION_KIND_AUTH);
	f.fake.find_error = -EIO;
	assert_int_equal(step(&f, SESSION_START, T0), 0);
	expect(&f, WIRE_UNAVAIL, "internal");
	session_done(&f.session);
	make(&f, SESSION_KIND_AUTH);
	f.fake.flow_error = -ENOENT;
	assert_int_equal(step(&f, SESSION_START, T0), 0);
	expect(&f, WIRE_UNAVAIL, "internal");
	session_done(&f.session);
	ask(&f);
	f.fake.judge_error = -ENOMEM;
	assert_int_equal(step(&f, SESSION_ANSWER, T0), 0);
	assert_int_equal(give_identity(&f, ISS, "s1", "alice"), 0);
	expect(&f, WIRE_UNAVAIL, "internal");
	session_done(&f.session);
	make(&f, SESSION_KIND_ACCT);
	f.fake.judge_error = -ENOMEM;
	assert_int_equal(step(&f, SESSION_START, T0), 0);
	expect(&f, WIRE_UNAVAIL, "internal");
	session_done(&f.session);
}

static void test_a_full_disk_does_not_lock_out(void **state)
{
	struct fixture f;
	(void)state;
	ask(&f);
	f.fake.remember_error = -ENOSPC;
	assert_int_equal(step(&f, SESSION_ANSWER, T0), 0);
	assert_int_equal(give_identity(&f, ISS, "s1", "alice"), 0);
	expect(&f, WIRE_PERMIT, "permit rule=staff");
	session_done(&f.session);
}

static void test_an_unknown_person_is_learned_and_comes_again(void **state)
{
	struct fixture f;
	(void)state;
	make(&f, SESSION_KIND_AUTH);
	f.fake.person = (struct session_person){ .learnable = true };
	assert_int_equal(step(&f, SESSION_START, T0), 0);
	assert_int_equal(give_code(&f, ISS "/device", "ABCD"), 0);
	assert_int_equal(step(&f, SESSION_ANSWER, T0), 0);
	assert_int_equal(give_identity(&f, ISS, "s7", "alice"), 0);
	expect(&f, WIRE_DENY, "learned");
	assert_int_equal(f.fake.learned, 1);
	session_done(&f.session);
}

static void test_an_unknown_person_known_meanwhile_comes_again_too(void **state)
{
	struct fixture f;
	(void)state;
	make(&f, SESSION_KIND_AUTH);
	f.fake.person = (struct session_person){ .learnable = true };
	assert_int_equal(step(&f, SESSION_START, T0), 0);
	assert_int_equal(give_code(&f, ISS "/device", "ABCD"), 0);
	f.fake.person =
		(struct session_person){ .known = true, .active = true, .iss = ISS, .sub = "s7" };
	assert_int_equal(step(&f, SESSION_ANSWER, T0), 0);
	assert_int_equal(give_identity(&f, ISS, "s7", "alice"), 0);
	expect(&f, WIRE_DENY, "learned");
	assert_int_equal(f.fake.learned, 0);
	session_done(&f.session);
}

static void test_nobody_is_learned_under_another_name_or_without_a_rule(void **state)
{
	static const struct {
		const char *name;
		bool permit;
		int learn;
		const char *reason;
	} cases[] = {
		{ "bob", true, 0, "someone-else" },
		{ "", true, 0, "someone-else" },
		{ "alice", false, 0, "no-rule" },
		{ "alice", true, SESSION_E_TAKEN, "someone-else" },
	};
	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		struct fixture f;

		make(&f, SESSION_KIND_AUTH);
		f.fake.person = (struct session_person){ .learnable = true };
		f.fake.verdict.permit = cases[i].permit;
		strcpy(f.fake.verdict.reason, cases[i].permit ? "permit" : "no-rule");
		f.fake.learn_result = cases[i].learn;
		assert_int_equal(step(&f, SESSION_START, T0), 0);
		assert_int_equal(give_code(&f, ISS "/device", "ABCD"), 0);
		assert_int_equal(step(&f, SESSION_ANSWER, T0), 0);
		assert_int_equal(give_identity(&f, ISS, "s7", cases[i].name), 0);
		expect(&f, WIRE_DENY, cases[i].reason);
		session_done(&f.session);
	}
}

static void test_a_directory_is_asked_once(void **state)
{
	struct fixture f;
	(void)state;
	make(&f, SESSION_KIND_AUTH);
	f.fake.person = (struct session_person){ .askable = true };
	assert_int_equal(step(&f, SESSION_START, T0), 0);
	assert_true(f.out.find);
	assert_int_equal(step(&f, SESSION_FOUND, T0), 0);
	expect(&f, WIRE_NOT_OURS, "not-ours");
	session_done(&f.session);
}

static void test_what_the_record_says_before_any_flow(void **state)
{
	static const struct {
		struct session_person person;
		bool admit;
		enum wire_result result;
		const char *reason;
	} cases[] = {
		{ { .local = true }, true, WIRE_NOT_OURS, "not-ours" },
		{ { .local = true, .known = true, .active = true },
		  true,
		  WIRE_NOT_OURS,
		  "not-ours" },
		{ { 0 }, true, WIRE_NOT_OURS, "not-ours" },
		{ { .known = true }, true, WIRE_DENY, "disabled" },
		{ { .known = true, .active = true, .ended = true }, true, WIRE_DENY, "ended" },
		{ { .known = true, .active = true }, false, WIRE_BUSY, "busy" },
	};
	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		struct fixture f;

		make(&f, SESSION_KIND_AUTH);
		f.fake.person = cases[i].person;
		f.fake.admit = cases[i].admit;
		assert_int_equal(step(&f, SESSION_START, T0), 0);
		expect(&f, cases[i].result, cases[i].reason);
		assert_false(f.out.start_flow);
		session_done(&f.session);
	}
}

static void test_account_decides_from_the_record_alone(void **state)
{
	static const struct {
		bool known, local, active, ended, fresh, permit;
		enum wire_result result;
		const char *reason;
	} cases[] = {
		{ true, false, true, false, true, true, WIRE_PERMIT, "permit rule=staff" },
		{ true, false, true, false, true, false, WIRE_DENY, "permit rule=staff" },
		{ true, false, true, false, false, true, WIRE_EXPIRED, "stale" },
		{ true, false, true, true, true, true, WIRE_EXPIRED, "ended" },
		{ true, false, false, false, true, true, WIRE_EXPIRED, "disabled" },
		{ true, true, true, false, true, true, WIRE_NOT_OURS, "not-ours" },
		{ false, false, true, false, true, true, WIRE_NOT_OURS, "not-ours" },
	};
	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		struct fixture f;

		make(&f, SESSION_KIND_ACCT);
		f.fake.person.known = cases[i].known;
		f.fake.person.local = cases[i].local;
		f.fake.person.active = cases[i].active;
		f.fake.person.ended = cases[i].ended;
		f.fake.person.fresh = cases[i].fresh;
		f.fake.verdict.permit = cases[i].permit;
		assert_int_equal(step(&f, SESSION_START, T0), 0);
		expect(&f, cases[i].result, cases[i].reason);
		assert_false(f.fake.judged_identity);
		session_done(&f.session);
	}
}

static void test_enter_too_early_asks_again_until_the_code_expires(void **state)
{
	usec_t now = T0;
	unsigned asked = 0;
	struct fixture f;
	(void)state;
	ask(&f);
	for (;;) {
		assert_int_equal(step(&f, SESSION_ANSWER, now), 0);
		assert_true(f.out.deadline <= now + PAM_REPLY_DEADLINE);
		now = f.out.deadline;
		assert_int_equal(step(&f, SESSION_TIMEOUT, now), 0);
		if (f.out.done)
			break;
		assert_true(f.out.ask);
		assert_non_null(strstr(f.out.text, "ABCD-EFGH"));
		asked++;
	}
	expect(&f, WIRE_DENY, "expired-code");
	assert_true(f.out.abort);
	assert_true(asked >= 5 && now <= T0 + 300 * USEC_PER_SEC);
	session_done(&f.session);
}

/* The code of a second sign-in may live longer than the module waits. */
static void test_nobody_is_asked_again_when_the_whole_is_over(void **state)
{
	struct fixture f;
	(void)state;
	ask(&f);
	assert_int_equal(step(&f, SESSION_ANSWER, T0), 0);
	f.session.over_at = f.out.deadline;
	assert_int_equal(step(&f, SESSION_TIMEOUT, f.session.over_at), 0);
	expect(&f, WIRE_DENY, "expired-code");
	assert_true(f.out.abort);
	session_done(&f.session);
}

/* What the world may not say there is an error of ours, not a yes. */
static void test_a_flow_of_no_known_outcome_is_none(void **state)
{
	struct fixture f;
	(void)state;
	make(&f, SESSION_KIND_AUTH);
	f.fake.flow_error = SESSION_E_TAKEN;
	assert_int_equal(step(&f, SESSION_START, T0), 0);
	expect(&f, WIRE_UNAVAIL, "internal");
	assert_false(f.out.start_flow);
	session_done(&f.session);
}

static void test_a_code_that_expires_under_the_prompt_is_told_at_enter(void **state)
{
	struct fixture f;
	(void)state;
	ask(&f);
	assert_int_equal(step(&f, SESSION_TIMEOUT, T0 + 300 * USEC_PER_SEC), 0);
	assert_true(f.out.abort);
	assert_false(f.out.done);
	assert_int_equal(step(&f, SESSION_ANSWER, T0 + 301 * USEC_PER_SEC), 0);
	expect(&f, WIRE_DENY, "expired-code");
	session_done(&f.session);
}

static void test_codes_no_person_may_see_are_refused(void **state)
{
	static const struct {
		const char *uri, *code;
	} cases[] = {
		{ "javascript:alert(1)", "ABCD" },
		{ "http://idp.example.com/d", "ABCD" },
		{ ISS "/d\x1b[2J", "ABCD" },
		{ ISS "/d", "AB\nCD" },
		{ ISS "/d", "" },
		{ "https://good.example@evil.example/", "ABCD" },
		{ "https:///d", "ABCD" },
		{ ISS "/d e", "ABCD" },
		{ ISS "/d", "\x1b]0;x\x07" },
		{ ISS "/d", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" },
	};
	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		struct fixture f;

		make(&f, SESSION_KIND_AUTH);
		assert_int_equal(step(&f, SESSION_START, T0), 0);
		assert_int_equal(give_code(&f, cases[i].uri, cases[i].code), 0);
		expect(&f, WIRE_UNAVAIL, "platform-refused");
		assert_true(f.out.abort);
		session_done(&f.session);
	}
}

static void test_refusals_have_words_of_ours_only(void **state)
{
	static const char *const codes[] = { "access_denied",        "expired_token",
					     "token-invalid",        "invalid_client",
					     "platform-unreachable", "" };
	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(codes); i++) {
		struct fixture f;

		make(&f, SESSION_KIND_AUTH);
		assert_int_equal(step(&f, SESSION_START, T0), 0);
		assert_int_equal(refuse(&f, i % 2 ? SESSION_FAILED : SESSION_REFUSED, codes[i]), 0);
		assert_true(f.out.done && f.out.result != WIRE_PERMIT && *f.out.text);
		assert_null(strstr(f.out.text, "text of the platform"));
		assert_non_null(strstr(f.out.detail, "text of the platform"));
		session_done(&f.session);
	}
}

static void test_hanging_up_aborts_and_says_nothing(void **state)
{
	struct fixture f;
	(void)state;
	ask(&f);
	assert_int_equal(step(&f, SESSION_HANGUP, T0), 0);
	assert_true(f.out.abort);
	assert_false(f.out.done);
	assert_int_equal(step(&f, SESSION_HANGUP, T0), -EPROTO);
	session_done(&f.session);
}

/* A newer sign-in at the same terminal: whatever the platform says of the older one is no use. */
static void test_what_was_replaced_is_told_at_enter_and_never_grants(void **state)
{
	struct fixture f;
	(void)state;
	ask(&f);
	assert_int_equal(step(&f, SESSION_REPLACED, T0), 0);
	assert_true(f.out.abort);
	assert_false(f.out.done || f.out.ask);
	assert_int_equal(step(&f, SESSION_ANSWER, T0), 0);
	expect(&f, WIRE_DENY, "replaced");
	session_done(&f.session);
	ask(&f); /* the platform was quicker, the person was not */
	assert_int_equal(give_identity(&f, ISS, "s1", "alice"), 0);
	assert_int_equal(step(&f, SESSION_REPLACED, T0), 0);
	assert_false(f.out.abort || f.out.done);
	assert_int_equal(step(&f, SESSION_ANSWER, T0), 0);
	expect(&f, WIRE_DENY, "replaced");
	assert_int_equal(f.fake.judged, 0);
	session_done(&f.session);
	ask(&f);
	assert_int_equal(step(&f, SESSION_ANSWER, T0), 0);
	assert_int_equal(step(&f, SESSION_REPLACED, T0), 0);
	expect(&f, WIRE_DENY, "replaced");
	assert_true(f.out.abort);
	session_done(&f.session);
}

static void test_what_is_asked_for_stands_beside_the_code(void **state)
{
	struct fixture f;
	(void)state;
	make(&f, SESSION_KIND_AUTH);
	f.fake.asks = "Log in to host1";
	assert_int_equal(step(&f, SESSION_START, T0), 0);
	f.fake.asks = "something else by now";
	assert_int_equal(give_code(&f, ISS "/device", "ABCD-EFGH"), 0);
	assert_non_null(strstr(f.out.text, "This will ask for: Log in to host1\n"));
	session_done(&f.session);
}

/* ---- the code flow ---- */

static void test_what_is_pasted_goes_to_the_flow(void **state)
{
	struct fixture f;
	(void)state;
	ask_browser(&f);
	assert_non_null(strstr(f.out.text, ISS "/auth?request_uri=urn:x\n"));
	assert_non_null(strstr(f.out.text, "within 60 seconds"));
	assert_int_equal(answer(&f, "http://127.0.0.1/?code=x"), 0);
	assert_non_null(f.out.redirect);
	assert_false(f.out.ask || f.out.done || f.out.abort);
	assert_true(f.out.deadline <= T0 + PAM_REPLY_DEADLINE);
	assert_int_equal(give_identity(&f, ISS, "s1", "alice"), 0);
	expect(&f, WIRE_PERMIT, "permit rule=staff");
	session_done(&f.session);
}

static void test_an_identity_before_the_answer_breaks_the_rules(void **state)
{
	struct fixture f;
	(void)state;
	ask_browser(&f);
	assert_int_equal(give_identity(&f, ISS, "s1", "alice"), -EPROTO);
	assert_true(f.out.abort);
	session_done(&f.session);
}

static void test_somebody_elses_browser_opens_nothing(void **state)
{
	struct fixture f;
	(void)state;
	ask_browser(&f);
	assert_int_equal(answer(&f, "x"), 0);
	assert_int_equal(give_identity(&f, ISS, "s2", "alice"), 0);
	expect(&f, WIRE_DENY, "someone-else");
	session_done(&f.session);
}

static void test_a_wrong_answer_may_be_put_right_three_times(void **state)
{
	static const char *const codes[] = { "paste-empty", "paste-other", "\x1b[2J" };
	struct fixture f;
	(void)state;
	ask_browser(&f);
	for (size_t i = 0; i < LOGIN_REPASTES_MAX; i++) {
		assert_int_equal(answer(&f, ""), 0);
		assert_int_equal(refuse(&f, SESSION_REPASTE, codes[i]), 0);
		assert_true(f.out.ask && !f.out.done);
		assert_non_null(strstr(f.out.text, "paste it here: "));
		assert_null(strchr(f.out.text, '\x1b'));
	}
	assert_int_equal(answer(&f, ""), 0);
	assert_int_equal(refuse(&f, SESSION_REPASTE, "paste-empty"), 0);
	expect(&f, WIRE_DENY, "wrong-answer");
	assert_true(f.out.abort && *f.out.text);
	session_done(&f.session);
}

static void test_an_answer_that_is_checked_for_ever_is_unavailable(void **state)
{
	struct fixture f;
	(void)state;
	ask_browser(&f);
	assert_int_equal(answer(&f, "x"), 0);
	assert_int_equal(step(&f, SESSION_TIMEOUT, f.out.deadline), 0);
	expect(&f, WIRE_UNAVAIL, "platform-unreachable");
	assert_true(f.out.abort);
	session_done(&f.session);
}

static void test_nobody_answers_and_the_flow_ends(void **state)
{
	struct fixture f;
	(void)state;
	ask_browser(&f);
	assert_int_equal(f.out.deadline, T0 + FLOW_LIFE_MAX);
	assert_int_equal(step(&f, SESSION_TIMEOUT, T0 + FLOW_LIFE_MAX), 0);
	assert_true(f.out.abort && !f.out.done);
	assert_int_equal(answer(&f, "x"), 0);
	assert_null(f.out.redirect);
	expect(&f, WIRE_DENY, "expired-code");
	session_done(&f.session);
}

static void test_addresses_no_person_may_see_are_refused(void **state)
{
	static const char *const urls[] = { "",
					    "javascript:alert(1)",
					    "http://idp.example.com/auth",
					    ISS "/a\x1b[2J",
					    ISS "/a b",
					    ISS "/a\nOpen https://evil.example/",
					    "https://good.example@evil.example/" };
	char longer[LOGIN_URL_MAX + 2] = ISS "/";
	(void)state;
	memset(longer + strlen(longer), 'a', sizeof(longer) - strlen(longer) - 1);
	for (size_t i = 0; i <= ELEMENTSOF(urls); i++) {
		struct fixture f;

		make(&f, SESSION_KIND_AUTH);
		f.fake.way = SESSION_WAY_CODE;
		assert_int_equal(step(&f, SESSION_START, T0), 0);
		assert_int_equal(give_address(&f, i < ELEMENTSOF(urls) ? urls[i] : longer, 0), 0);
		expect(&f, WIRE_UNAVAIL, "platform-refused");
		assert_true(f.out.abort);
		session_done(&f.session);
	}
}

/* ---- the password of the platform ---- */

static void ask_password(struct fixture *f)
{
	make(f, SESSION_KIND_AUTH);
	f->fake.way = SESSION_WAY_PASSWORD;
	assert_int_equal(step(f, SESSION_START, T0), 0);
	assert_false(f->out.start_flow); /* nothing to ask the platform yet */
	assert_true(f->out.ask);
	assert_int_equal(f->out.ask_style, WIRE_ASK_HIDDEN);
	assert_string_equal(f->out.text, "Password for alice at corp: ");
	assert_int_equal(f->session.state, SESSION_TYPING);
}

static void test_a_password_is_sent_once_and_grants(void **state)
{
	struct fixture f;
	(void)state;
	ask_password(&f);
	assert_int_equal(answer(&f, "hunter2"), 0);
	assert_true(f.out.start_flow && f.out.password && !f.out.token && !f.out.redirect);
	assert_int_equal(f.out.flow.way, SESSION_WAY_PASSWORD);
	assert_string_equal(f.out.flow.provider, "corp");
	assert_int_equal(f.session.state, SESSION_CHECKING);
	assert_int_equal(give_identity(&f, ISS, "s1", ""), 0);
	expect(&f, WIRE_PERMIT, "permit rule=staff");
	session_done(&f.session);
	ask_password(&f); /* whose password it was is not whom the record has */
	assert_int_equal(answer(&f, "hunter2"), 0);
	assert_int_equal(give_identity(&f, ISS, "s2", "alice"), 0);
	expect(&f, WIRE_DENY, "someone-else");
	session_done(&f.session);
	ask_password(&f); /* before the answer nobody is believed */
	assert_int_equal(give_identity(&f, ISS, "s1", "alice"), -EPROTO);
	session_done(&f.session);
}

static void test_a_wrong_password_ends_it(void **state)
{
	struct fixture f;
	(void)state;
	ask_password(&f);
	assert_int_equal(answer(&f, "hunter3"), 0);
	assert_int_equal(refuse(&f, SESSION_REFUSED, "wrong-password"), 0);
	expect(&f, WIRE_DENY, "wrong-password");
	assert_non_null(strstr(f.out.text, "wrong user name or password"));
	session_done(&f.session);
	ask_password(&f);
	f.fake.braked = true;
	assert_int_equal(answer(&f, "hunter3"), 0);
	expect(&f, WIRE_BUSY, "password-brake");
	assert_false(f.out.start_flow || f.out.password);
	session_done(&f.session);
}

/* A reload between prompt and answer: it was typed for another. */
static void test_a_password_goes_where_it_was_typed_for(void **state)
{
	struct fixture f;
	(void)state;
	for (unsigned i = 0; i < 5; i++) {
		ask_password(&f);
		if (i == 0)
			f.fake.way = SESSION_WAY_TOKEN;
		if (i == 1)
			f.fake.flow_error = SESSION_E_FORBIDDEN;
		if (i == 2)
			f.fake.person.local = true;
		if (i == 3)
			f.fake.person.active = false;
		if (i == 4)
			(void)snprintf(f.session.provider, sizeof(f.session.provider), "other");
		assert_int_equal(answer(&f, "hunter2"), 0);
		expect(&f, WIRE_UNAVAIL, "internal");
		assert_null(f.out.password);
		assert_false(f.out.start_flow);
		session_done(&f.session);
	}
	make(&f, SESSION_KIND_AUTH);
	f.fake.flow_error = SESSION_E_FORBIDDEN;
	assert_int_equal(step(&f, SESSION_START, T0), 0);
	expect(&f, WIRE_DENY, "password-off");
	session_done(&f.session);
}

/* ---- a token as the password ---- */

static void give_token(struct fixture *f, const char *token)
{
	assert_int_equal(answer(f, token), 0);
	assert_true(f->out.start_flow && f->out.token && !f->out.redirect);
	assert_int_equal(f->out.flow.way, SESSION_WAY_TOKEN);
	assert_string_equal(f->out.flow.provider, "corp");
	assert_int_equal(f->session.state, SESSION_CHECKING);
}

static void test_a_token_of_the_person_grants(void **state)
{
	struct fixture f;
	(void)state;
	ask_token(&f);
	give_token(&f, "a-token");
	assert_int_equal(give_identity(&f, ISS, "s1", ""), 0);
	expect(&f, WIRE_PERMIT, "permit rule=staff");
	assert_true(f.fake.judged_identity);
	assert_int_equal(f.fake.remembered, 1);
	session_done(&f.session);
}

static void test_a_ticket_stands_for_a_token_once(void **state)
{
	static const struct {
		int result;
		enum wire_result done;
		const char *reason;
	} rows[] = {
		{ SESSION_E_TICKET, WIRE_DENY, "ticket-refused" },
		{ SESSION_E_TAKEN, WIRE_UNAVAIL, "internal" },
		{ -EIO, WIRE_UNAVAIL, "internal" },
	};
	struct fixture f;
	(void)state;
	ask_token(&f);
	assert_int_equal(answer(&f, "ticket-0123"), 0);
	assert_true(f.out.start_flow);
	assert_string_equal(f.out.token->text, "a-token-for-a-ticket");
	session_forget(&f.session);
	assert_null(f.session.token);
	assert_int_equal(give_identity(&f, ISS, "s1", ""), 0);
	expect(&f, WIRE_PERMIT, "permit rule=staff");
	session_done(&f.session);
	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		ask_token(&f);
		f.fake.ticket_result = rows[i].result;
		assert_int_equal(answer(&f, "ticket-0123"), 0);
		expect(&f, rows[i].done, rows[i].reason);
		assert_null(f.out.token); /* nothing goes to the platform */
		assert_false(f.out.start_flow);
		session_done(&f.session);
	}
}

static void test_somebody_elses_token_opens_nothing(void **state)
{
	struct fixture f;
	(void)state;
	ask_token(&f);
	give_token(&f, "a-token");
	assert_int_equal(give_identity(&f, ISS, "s2", "alice"), 0);
	expect(&f, WIRE_DENY, "someone-else");
	session_done(&f.session);
	ask_token(&f); /* before the answer nobody is believed */
	assert_int_equal(give_identity(&f, ISS, "s1", "alice"), -EPROTO);
	assert_int_equal(f.session.state, SESSION_OVER);
	session_done(&f.session);
}

static void test_a_token_teaches_who_somebody_is(void **state)
{
	struct fixture f;
	(void)state;
	make(&f, SESSION_KIND_AUTH);
	f.fake.way = SESSION_WAY_TOKEN;
	f.fake.person = (struct session_person){ .learnable = true };
	assert_int_equal(step(&f, SESSION_START, T0), 0);
	give_token(&f, "a-token");
	assert_int_equal(give_identity(&f, ISS, "s9", "alice"), 0);
	expect(&f, WIRE_DENY, "learned");
	assert_int_equal(f.fake.learned, 1);
	session_done(&f.session);
}

static void test_a_refused_token_is_told_in_our_words(void **state)
{
	static const struct {
		enum session_event event;
		const char *code, *reason;
		enum wire_result result;
	} rows[] = {
		{ SESSION_REFUSED, "token-expired", "token-expired", WIRE_DENY },
		{ SESSION_REFUSED, "token-audience", "token-audience", WIRE_DENY },
		{ SESSION_REFUSED, "token-inactive", "token-inactive", WIRE_DENY },
		{ SESSION_REFUSED, "token-kind", "token-kind", WIRE_DENY },
		{ SESSION_REFUSED, "token-refused", "token-refused", WIRE_DENY },
		{ SESSION_REFUSED, "workload-token", "workload-token", WIRE_DENY },
		{ SESSION_REFUSED, "anonymous", "anonymous", WIRE_DENY },
		{ SESSION_REFUSED, "wrong-tenant", "wrong-tenant", WIRE_DENY },
		{ SESSION_FAILED, "platform-unreachable", "platform-unreachable", WIRE_UNAVAIL },
		{ SESSION_FAILED, "platform-refused", "platform-refused", WIRE_UNAVAIL },
		{ SESSION_FAILED, "timeout", "platform-unreachable", WIRE_UNAVAIL },
	};
	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		struct fixture f;

		ask_token(&f);
		give_token(&f, "a-token");
		assert_int_equal(refuse(&f, rows[i].event, rows[i].code), 0);
		expect(&f, rows[i].result, rows[i].reason);
		assert_true(strlen(f.out.text) > 10);
		assert_non_null(strstr(f.out.detail, "text of the platform"));
		session_done(&f.session);
	}
}

/* 511 bytes pass sudo, 1023 ssh, 4095 a terminal: what is as long may have been longer. */
static void test_a_token_that_was_cut_is_called_so(void **state)
{
	static const size_t lengths[] = { 510, 511, 512, 1022, 1023, 1024, 4095, 4096 };
	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(lengths); i++) {
		bool cut = lengths[i] == 511 || lengths[i] == 1023 || lengths[i] == 4095;
		char *token = calloc(lengths[i] + 1, 1);
		struct fixture f;

		assert_non_null(token);
		memset(token, 'a', lengths[i]);
		ask_token(&f);
		give_token(&f, token);
		assert_int_equal(refuse(&f, SESSION_REFUSED, "token-refused"), 0);
		expect(&f, WIRE_DENY, cut ? "token-cut" : "token-refused");
		session_done(&f.session);
		ask_token(&f);
		give_token(&f, token); /* a good one may be as long */
		assert_int_equal(give_identity(&f, ISS, "s1", ""), 0);
		expect(&f, WIRE_PERMIT, "permit rule=staff");
		session_done(&f.session);
		free(token);
	}
}

static void test_nobody_gives_a_token_and_it_ends(void **state)
{
	struct fixture f;
	(void)state;
	ask_token(&f);
	assert_true(f.out.deadline <= T0 + LOGIN_TOKEN_LIFE);
	assert_int_equal(step(&f, SESSION_TIMEOUT, f.out.deadline), 0);
	assert_false(f.out.done || f.out.abort); /* the prompt is out */
	assert_int_equal(answer(&f, "too-late"), 0);
	assert_null(f.out.token);
	expect(&f, WIRE_DENY, "cancelled");
	session_done(&f.session);
	ask_token(&f);
	give_token(&f, "a-token");
	assert_int_equal(step(&f, SESSION_TIMEOUT, f.out.deadline), 0);
	assert_true(f.out.abort);
	expect(&f, WIRE_UNAVAIL, "platform-unreachable");
	session_done(&f.session);
}

/* ---- the second sign-in ---- */

static const struct session_verdict wants_more = {
	.reason = "missing=acr:mfa",
	.say = "You may not use sshd here: acr:mfa is missing.",
	.more = "a stronger sign-in, not older than 15 minutes",
};

/* The first answer is not enough: the second flow has begun. */
static void step_up(struct fixture *f)
{
	ask(f);
	f->fake.verdict = wants_more;
	assert_int_equal(step(f, SESSION_ANSWER, T0), 0);
	assert_int_equal(give_identity(f, ISS, "s1", "alice"), 0);
	assert_true(f->out.start_flow && f->out.alive);
	assert_false(f->out.done || f->out.ask || f->out.abort);
	assert_string_equal(f->out.flow.provider, "corp");
	assert_string_equal(f->out.flow.acr[0], "mfa");
	assert_int_equal(f->session.state, SESSION_STARTING);
	assert_null(f->session.identity);
}

static void test_a_second_sign_in_says_why_and_grants(void **state)
{
	struct fixture f;
	(void)state;
	step_up(&f);
	assert_int_equal(give_code(&f, ISS "/device", "WXYZ-WXYZ"), 0);
	assert_non_null(strstr(f.out.text, "More is needed for sshd: a stronger sign-in, not older "
					   "than 15 minutes.\n"));
	assert_non_null(strstr(f.out.text, "WXYZ-WXYZ"));
	assert_int_equal(step(&f, SESSION_ANSWER, T0), 0);
	f.fake.verdict = (struct session_verdict){ .permit = true, .reason = "permit rule=admin" };
	assert_int_equal(give_identity(&f, ISS, "s1", "alice"), 0);
	expect(&f, WIRE_PERMIT, "permit rule=admin");
	assert_int_equal(f.fake.judged, 2);
	assert_int_equal(f.fake.remembered, 1); /* of the first nothing was kept */
	session_done(&f.session);
}

static void test_a_held_identity_may_lead_to_a_second_sign_in(void **state)
{
	struct fixture f;
	(void)state;
	ask(&f);
	f.fake.verdict = wants_more;
	assert_int_equal(give_identity(&f, ISS, "s1", "alice"), 0);
	assert_false(f.out.start_flow); /* the prompt is out */
	assert_int_equal(step(&f, SESSION_ANSWER, T0), 0);
	assert_true(f.out.start_flow);
	assert_null(f.session.identity);
	assert_int_equal(step(&f, SESSION_HANGUP, T0), 0);
	assert_true(f.out.abort);
	session_done(&f.session);
}

static void test_there_is_no_third_sign_in(void **state)
{
	struct fixture f;
	(void)state;
	step_up(&f);
	assert_int_equal(give_code(&f, ISS "/device", "WXYZ-WXYZ"), 0);
	assert_int_equal(step(&f, SESSION_ANSWER, T0), 0);
	assert_int_equal(give_identity(&f, ISS, "s1", "alice"), 0);
	expect(&f, WIRE_DENY, "missing=acr:mfa");
	assert_false(f.out.start_flow);
	assert_string_equal(f.out.text, "You may not use sshd here: acr:mfa is missing. The second "
					"sign-in did not change that.");
	assert_int_equal(f.fake.stepped, 1);
	assert_int_equal(f.fake.remembered, 0);
	session_done(&f.session);
}

static void test_the_second_sign_in_is_the_same_persons(void **state)
{
	static const struct {
		const char *iss, *sub;
	} now[] = { { ISS, "s2" }, { "https://idp.example.org", "s1" } };
	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(now); i++) {
		struct fixture f;

		step_up(&f);
		assert_int_equal(give_code(&f, ISS "/device", "WXYZ-WXYZ"), 0);
		/* the record follows the second one: that is still nobody who began here */
		strcpy(f.fake.person.iss, now[i].iss);
		strcpy(f.fake.person.sub, now[i].sub);
		f.fake.verdict = (struct session_verdict){ .permit = true, .reason = "permit" };
		assert_int_equal(step(&f, SESSION_ANSWER, T0), 0);
		assert_int_equal(give_identity(&f, now[i].iss, now[i].sub, "alice"), 0);
		expect(&f, WIRE_DENY, "someone-else");
		assert_int_equal(f.fake.judged, 1);
		session_done(&f.session);
	}
}

static void test_a_second_sign_in_that_fails_lets_nobody_in(void **state)
{
	static const struct {
		enum session_event event;
		const char *code, *reason;
		enum wire_result result;
	} rows[] = {
		{ SESSION_REFUSED, "access_denied", "access-denied", WIRE_DENY },
		{ SESSION_FAILED, "timeout", "platform-unreachable", WIRE_UNAVAIL },
	};
	struct fixture f;
	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		step_up(&f);
		f.fake.verdict.permit = true;
		assert_int_equal(refuse(&f, rows[i].event, rows[i].code), 0);
		expect(&f, rows[i].result, rows[i].reason);
		session_done(&f.session);
	}
	step_up(&f);
	assert_int_equal(step(&f, SESSION_TIMEOUT, f.out.deadline), 0);
	expect(&f, WIRE_UNAVAIL, "platform-unreachable");
	assert_true(f.out.abort);
	session_done(&f.session);
}

static void test_a_second_sign_in_that_cannot_begin_is_unavailable(void **state)
{
	static const struct {
		int error;
		const char *provider;
	} rows[] = { { -EIO, "corp" }, { SESSION_E_GUARDED, "corp" }, { 0, "other" } };
	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		struct fixture f;

		ask(&f);
		f.fake.verdict = wants_more;
		f.fake.more_error = rows[i].error;
		f.fake.second_provider = rows[i].provider;
		assert_int_equal(step(&f, SESSION_ANSWER, T0), 0);
		assert_int_equal(give_identity(&f, ISS, "s1", "alice"), 0);
		expect(&f, WIRE_UNAVAIL, "internal");
		assert_false(f.out.start_flow);
		session_done(&f.session);
	}
}

static void test_a_stranger_stays_one_in_the_second_sign_in(void **state)
{
	struct fixture f;
	(void)state;
	make(&f, SESSION_KIND_AUTH);
	f.fake.person = (struct session_person){ .learnable = true };
	f.fake.verdict = wants_more;
	assert_int_equal(step(&f, SESSION_START, T0), 0);
	assert_int_equal(give_code(&f, ISS "/device", "ABCD"), 0);
	assert_int_equal(step(&f, SESSION_ANSWER, T0), 0);
	assert_int_equal(give_identity(&f, ISS, "s7", "alice"), 0);
	assert_true(f.out.start_flow);
	assert_int_equal(f.fake.learned, 0);
	f.fake.person = /* a directory was quicker */
		(struct session_person){ .known = true, .active = true, .iss = ISS, .sub = "s7" };
	f.fake.verdict = (struct session_verdict){ .permit = true, .reason = "permit" };
	assert_int_equal(give_code(&f, ISS "/device", "WXYZ"), 0);
	assert_int_equal(step(&f, SESSION_ANSWER, T0), 0);
	assert_int_equal(give_identity(&f, ISS, "s7", "alice"), 0);
	expect(&f, WIRE_DENY, "learned");
	session_done(&f.session);
}

static void test_a_browser_is_sent_once_more_and_may_go_wrong_anew(void **state)
{
	struct fixture f;
	(void)state;
	ask_browser(&f);
	for (unsigned i = 0; i < LOGIN_REPASTES_MAX; i++) {
		assert_int_equal(answer(&f, ""), 0);
		assert_int_equal(refuse(&f, SESSION_REPASTE, "paste-empty"), 0);
	}
	f.fake.verdict = wants_more;
	assert_int_equal(answer(&f, "x"), 0);
	assert_int_equal(give_identity(&f, ISS, "s1", "alice"), 0);
	assert_true(f.out.start_flow);
	assert_int_equal(f.out.flow.way, SESSION_WAY_CODE);
	assert_int_equal(give_address(&f, ISS "/auth?request_uri=urn:y", 0), 0);
	assert_non_null(strstr(f.out.text, "More is needed for sshd: "));
	assert_int_equal(answer(&f, ""), 0);
	assert_int_equal(refuse(&f, SESSION_REPASTE, "paste-empty"), 0);
	assert_true(f.out.ask);
	assert_int_equal(give_identity(&f, ISS, "s1", "alice"), -EPROTO); /* MUST 8, again */
	session_done(&f.session);
}

/* RFC 9470 section 3, "insufficient_user_authentication", in words: there is nobody to ask. */
static void test_a_token_is_told_what_would_do(void **state)
{
	struct fixture f;
	(void)state;
	ask_token(&f);
	f.fake.verdict = wants_more;
	give_token(&f, "a-token");
	assert_int_equal(give_identity(&f, ISS, "s1", ""), 0);
	expect(&f, WIRE_DENY, "missing=acr:mfa");
	assert_false(f.out.start_flow);
	assert_int_equal(f.fake.stepped, 0);
	assert_non_null(strstr(f.out.text,
			       " It takes a token of a stronger sign-in, not older than 15 "
			       "minutes."));
	session_done(&f.session);
}

static void test_the_account_phase_never_steps_up(void **state)
{
	struct fixture f;
	(void)state;
	make(&f, SESSION_KIND_ACCT);
	f.fake.verdict = wants_more;
	assert_int_equal(step(&f, SESSION_START, T0), 0);
	expect(&f, WIRE_DENY, "missing=acr:mfa");
	assert_false(f.out.start_flow);
	session_done(&f.session);
}

/* The table, cell by cell: what is not listed here is -EPROTO and ends the session. */
static void test_the_table_lists_exactly_these_pairs(void **state)
{
	static const char *const want[SESSION_STATES] = {
		/* START FOUND CODE ADDRESS REPASTE IDENTITY REFUSED FAILED ANSWER CANCEL HANGUP
		 * TIMEOUT REPLACED; C: in a code flow only, D: in a device flow only, T: not there,
		 * neither with a token
		 */
		[SESSION_NONE] = "X.........X..",     [SESSION_FINDING] = ".X.......XXXX",
		[SESSION_STARTING] = "..DC..XX.XXXX", [SESSION_ASKED] = ".....XXXXXXXX",
		[SESSION_TYPING] = "......XXTXXXX",   [SESSION_PENDING] = ".....XXX.XXXX",
		[SESSION_CHECKING] = "....CXXX.XXXX", [SESSION_HELD] = "........XXXXX",
		[SESSION_OVER] = ".............",
	};
	(void)state;
	for (unsigned from = 0; from < 4 * SESSION_STATES; from++) {
		for (unsigned event = 0; event < SESSION_EVENTS; event++) {
			enum session_way way = (enum session_way)(from / SESSION_STATES);
			const struct session_address address = { ISS "/d", 0 };
			_cleanup_(secret_freep) struct secret *typed = secret_new("x", 1);
			const struct session_code code = { ISS "/d", "", "ABCD", USEC_PER_MINUTE };
			const struct session_refusal refusal = { "x", "y" };
			struct session_input input = { .code = &code,
						       .address = &address,
						       .refusal = &refusal,
						       .answer = typed };
			char cell = want[from % SESSION_STATES][event];
			struct fixture f;
			int r;

			make(&f, SESSION_KIND_AUTH);
			f.session.state = (enum session_state)(from % SESSION_STATES);
			f.session.way = way;
			strcpy(f.session.provider, "corp");
			f.session.over_at = USEC_INFINITY;
			f.session.found = true;
			strcpy(f.session.refusal.reason, "access-denied");
			input.identity = session_fake_identity("corp", ISS, "s1", "alice");
			r = session_step(&f.session, (enum session_event)event, &input, T0, &f.out);
			if (cell == 'X' || cell == "DC  "[way] ||
			    (cell == 'T' && way != SESSION_WAY_DEVICE))
				assert_int_equal(r, 0);
			else
				assert_int_equal(r, -EPROTO);
			assert_null(input.identity);
			session_done(&f.session);
		}
	}
}

/* The property that is the product, over random worlds and orders of events. */
static void test_nothing_but_a_bound_identity_and_a_verdict_grants(void **state)
{
	uint64_t seed = 0x9e3779b97f4a7c15u;
	unsigned granted = 0;
	(void)state;
	for (unsigned i = 0; i < 200000; i++) {
		uint8_t data[96];

		for (size_t k = 0; k < sizeof(data); k++) {
			seed ^= seed << 13;
			seed ^= seed >> 7;
			seed ^= seed << 17;
			data[k] = (uint8_t)(seed >> 32);
		}
		if (i % 2) { /* half of them walk a good way for a while, so that grants happen */
			static const uint8_t ways[][13] = {
				{ 0, 0, 0, 0, 2, 0, 5, 8, 0, 0, 5, 0, 0 },
				{ 0, 2, 0, 0, 3, 0, 5, 8, 0, 0, 5, 0, 0 },
			};

			memcpy(data, ways[i / 2 % 2], i % sizeof(ways[0]) + 1);
		}
		granted += session_model_run(data, sizeof(data));
	}
	assert_true(granted > 100); /* else the model proves nothing */
}

TEST_MAIN(TEST(test_a_matching_identity_is_granted_after_enter),
	  TEST(test_an_early_identity_is_held_until_enter),
	  TEST(test_only_the_exact_binding_is_taken), TEST(test_an_empty_binding_matches_nobody),
	  TEST(test_another_providers_identity_breaks_the_rules),
	  TEST(test_a_denying_rule_denies_in_its_own_words),
	  TEST(test_what_a_refused_sign_in_told_is_kept),
	  TEST(test_a_session_is_bound_when_a_rule_has_run_out),
	  TEST(test_every_failure_of_the_world_is_unavailable),
	  TEST(test_a_full_disk_does_not_lock_out),
	  TEST(test_an_unknown_person_is_learned_and_comes_again),
	  TEST(test_an_unknown_person_known_meanwhile_comes_again_too),
	  TEST(test_nobody_is_learned_under_another_name_or_without_a_rule),
	  TEST(test_a_directory_is_asked_once), TEST(test_what_the_record_says_before_any_flow),
	  TEST(test_account_decides_from_the_record_alone),
	  TEST(test_enter_too_early_asks_again_until_the_code_expires),
	  TEST(test_nobody_is_asked_again_when_the_whole_is_over),
	  TEST(test_a_flow_of_no_known_outcome_is_none),
	  TEST(test_a_code_that_expires_under_the_prompt_is_told_at_enter),
	  TEST(test_codes_no_person_may_see_are_refused),
	  TEST(test_refusals_have_words_of_ours_only),
	  TEST(test_hanging_up_aborts_and_says_nothing),
	  TEST(test_what_was_replaced_is_told_at_enter_and_never_grants),
	  TEST(test_what_is_asked_for_stands_beside_the_code),
	  TEST(test_what_is_pasted_goes_to_the_flow),
	  TEST(test_an_identity_before_the_answer_breaks_the_rules),
	  TEST(test_somebody_elses_browser_opens_nothing),
	  TEST(test_a_wrong_answer_may_be_put_right_three_times),
	  TEST(test_an_answer_that_is_checked_for_ever_is_unavailable),
	  TEST(test_nobody_answers_and_the_flow_ends),
	  TEST(test_addresses_no_person_may_see_are_refused),
	  TEST(test_a_password_is_sent_once_and_grants), TEST(test_a_wrong_password_ends_it),
	  TEST(test_a_password_goes_where_it_was_typed_for),
	  TEST(test_a_token_of_the_person_grants), TEST(test_a_ticket_stands_for_a_token_once),
	  TEST(test_somebody_elses_token_opens_nothing), TEST(test_a_token_teaches_who_somebody_is),
	  TEST(test_a_refused_token_is_told_in_our_words),
	  TEST(test_a_token_that_was_cut_is_called_so), TEST(test_nobody_gives_a_token_and_it_ends),
	  TEST(test_a_second_sign_in_says_why_and_grants),
	  TEST(test_a_held_identity_may_lead_to_a_second_sign_in),
	  TEST(test_there_is_no_third_sign_in), TEST(test_the_second_sign_in_is_the_same_persons),
	  TEST(test_a_second_sign_in_that_fails_lets_nobody_in),
	  TEST(test_a_second_sign_in_that_cannot_begin_is_unavailable),
	  TEST(test_a_stranger_stays_one_in_the_second_sign_in),
	  TEST(test_a_browser_is_sent_once_more_and_may_go_wrong_anew),
	  TEST(test_a_token_is_told_what_would_do), TEST(test_the_account_phase_never_steps_up),
	  TEST(test_the_table_lists_exactly_these_pairs),
	  TEST(test_nothing_but_a_bound_identity_and_a_verdict_grants))
