/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The session machine against a second telling of its rules. Events come in random orders from a
 * world that changes between them; what the machine says is judged by what the world and the
 * events were, never by what the machine keeps: of struct session only the state is read, to say
 * which cell of the table was hit.
 *
 *	SESSION_MODEL_SEED=N SESSION_MODEL_RUNS=N tests/unit/test-session-model
 *
 * Conversation i of a run has the seed N + i, so whatever fails says how to see it again. A new
 * state or event needs its row in states[] and events[], and what it brings; nothing else.
 * tests/session-mutants shows that this test can fail.
 */
#include "tests/lib/test.h"

#include <errno.h>

#include "common/limits.h"
#include "common/secret.h"
#include "idp-agentd/core/identity.h"
#include "idp-agentd/core/session.h"

#define RUNS      2000000u
#define SEED      UINT64_C(20260915)
#define STEPS_MAX 24u
#define ENDING    64u /* deadlines that may pass until a conversation left alone is over */
#define USER      "alice"
#define ISS       "https://idp.example.com"

/* The first of each is what goes well. */
static const char *const providers[] = { "corp", "corp2", "cor", "Corp", "" };
static const char *const issuers[] = { ISS, ISS "/", "https://idp.example.co", "", "HTTPS://idp" };
static const char *const subjects[] = { "s1", "s2", "s", "s11", "S1", "" };
static const char *const names[] = { USER, "bob", "alice2", "" };

struct who {
	char provider[8], iss[40], sub[8], name[8];
};

/* Why a person is not let in. With only one of them true, the machine has to see that one. */
enum reason_not {
	NOT_GIVEN = 0, /* (a) no identity of the provider that was asked */
	NOT_BOUND,     /* (b) of somebody else, by the record as it is now */
	NOT_PERMITTED, /* (c) the rules say no, of this identity, now */
	NOT_KNOWN,     /* (d) nobody knew the person when it began */
	NOT_USABLE,    /* disabled, ended */
	NOT_OURS,      /* a local name by now */
	NOT_TOLD,      /* the world could not say */
	NOT_SAME,      /* the second sign-in is another person's than the first */
	REASONS_NOT,
};
static const char *const reasons_not[REASONS_NOT] = {
	"no identity of the asked provider",
	"not the binding",
	"no permit",
	"not known before",
	"not usable",
	"a local name",
	"the world failed",
	"not who began",
};

/* What the world said of what was typed. */
enum ticket { TICKET_NONE = 0, TICKET_GOOD, TICKET_BAD, TICKET_BROKEN };
#define TICKETS 8u /* mostly it is a token */

struct model {
	uint64_t seed, chance;
	struct session session;
	struct session_world ops;
	struct session_request request;
	usec_t now;
	bool demanding; /* one sign-in is seldom enough */
	bool punctual;  /* deadlines are kept, and nothing comes after them */
	/* the world as it is now; what it would answer in this step */
	struct session_person person, record; /* record: before it learned anything in this step */
	bool find_fails, flow_fails, judge_fails, more_fails, permits, admits, lacks,
		tells;
	/* what was asked of it in this step */
	unsigned finds, judges, flows, learns, remembers, retracts, counts, mores;
	struct who judged;
	/* the past */
	bool admitted, began_known, flow_open, prompt_out, given;
	struct who identity;          /* the last one that was taken */
	bool stepped, stepped_before; /* this step */
	struct who first; /* whose answer was not enough, when there was a second sign-in */
	char asked[8];    /* the provider, "" none yet */
	char told[8];     /* the one the world named first, likewise */
	enum ticket ticket;
	unsigned attempts; /* passwords */
	bool braked;       /* the last of them */
	unsigned dones;
	usec_t began, waiting; /* since when the module hears nothing */
	usec_t deadline;
	bool showable; /* the last code or address */
	/* of the step under way */
	enum session_event event;
	struct who offer;
	struct session_code code;
	struct session_address address;
	struct session_refusal refusal;
	struct secret *typed;
	enum session_way way; /* that the world told */
	unsigned repastes;
	/* for the one who has to find out why */
	struct {
		enum session_state state;
		enum session_event event;
		int r;
	} trace[STEPS_MAX + ENDING];
	unsigned n_trace;
};

static unsigned chance(struct model *m, unsigned n)
{
	m->chance ^= m->chance << 13;
	m->chance ^= m->chance >> 7;
	m->chance ^= m->chance << 17;
	return (unsigned)((m->chance >> 20) % n);
}

#define PICK(m, list) ((list)[chance((m), ELEMENTSOF(list))])

/* ---- what the events bring ---- */

static void bring_code(struct model *m, struct session_input *input)
{
	static const usec_t lives[] = { 300, 600, 20, 0, 100000 };
	static const char *const codes[] = { "ABCD-EFGH", "AB\nCD", "" };
	static const char *const uris[] = { ISS "/device", ISS "/\x1b[2J", "javascript:1" };
	unsigned bad = chance(m, 32);

	m->code = (struct session_code){ uris[bad == 1 || bad == 2 ? bad : 0], "",
					 codes[bad == 3 || bad == 4 ? bad - 2 : 0],
					 PICK(m, lives) * USEC_PER_SEC };
	m->showable = bad < 1 || bad > 4;
	input->code = &m->code;
}

static void bring_address(struct model *m, struct session_input *input)
{
	static const usec_t lives[] = { 0, 60, 100000 };
	static const char *const urls[] = { ISS "/auth?a=b", ISS "/\x1b[2J", "javascript:1" };
	unsigned bad = chance(m, 32);

	m->address = (struct session_address){ urls[bad == 1 || bad == 2 ? bad : 0],
					       PICK(m, lives) * USEC_PER_SEC };
	m->showable = bad < 1 || bad > 2;
	input->address = &m->address;
}

static void bring_answer(struct model *m, struct session_input *input)
{
	input->answer = m->typed;
}

static struct identity *make_identity(const struct who *who)
{
	struct identity *identity = calloc(1, sizeof(*identity));

	assert_non_null(identity);
	identity->provider = strdup(who->provider);
	identity->iss = strdup(who->iss);
	identity->sub = strdup(who->sub);
	identity->name = strdup(who->name);
	identity->acr = strdup("");
	return identity;
}

/* Mostly the right one; else one thing about it is not, or all may be anything. */
static void bring_identity(struct model *m, struct session_input *input)
{
	unsigned wrong = chance(m, 12);

	strcpy(m->offer.provider, wrong == 0 || wrong == 4 ? PICK(m, providers) : m->asked);
	strcpy(m->offer.iss, wrong == 1 || wrong == 4 ? PICK(m, issuers) : m->person.iss);
	strcpy(m->offer.sub, wrong == 2 || wrong == 4 ? PICK(m, subjects) : m->person.sub);
	strcpy(m->offer.name, wrong == 3 || wrong == 4 ? PICK(m, names) : USER);
	input->identity = make_identity(&m->offer);
}

static void bring_refusal(struct model *m, struct session_input *input)
{
	static const char *const codes[] = { "access_denied", "expired_token",        "busy",
					     "weird",         "platform-unreachable", "" };

	m->refusal = (struct session_refusal){ PICK(m, codes), "text of the platform" };
	input->refusal = &m->refusal;
}

/* ---- the tables: a new state or event is a row ---- */

static const struct {
	const char *name;
	unsigned weight; /* among the events its state takes */
	bool ends_flow;  /* the platform is through with us */
	bool revokes;    /* what the platform has said counts no more */
	void (*bring)(struct model *m, struct session_input *input);
} events[SESSION_EVENTS] = {
	[SESSION_START] = { "START", 20, false, false, NULL },
	[SESSION_FOUND] = { "FOUND", 20, false, false, NULL },
	[SESSION_CODE] = { "CODE", 20, false, false, bring_code },
	[SESSION_ADDRESS] = { "ADDRESS", 20, false, false, bring_address },
	[SESSION_REPASTE] = { "REPASTE", 12, false, false, bring_refusal },
	[SESSION_IDENTITY] = { "IDENTITY", 12, true, false, bring_identity },
	[SESSION_REFUSED] = { "REFUSED", 2, true, false, bring_refusal },
	[SESSION_FAILED] = { "FAILED", 2, true, false, bring_refusal },
	[SESSION_ANSWER] = { "ANSWER", 12, false, false, bring_answer },
	[SESSION_CANCEL] = { "CANCEL", 1, false, false, NULL },
	[SESSION_HANGUP] = { "HANGUP", 1, false, false, NULL },
	[SESSION_TIMEOUT] = { "TIMEOUT", 4, false, false, NULL },
	[SESSION_REPLACED] = { "REPLACED", 1, false, true, NULL },
};

static const struct {
	const char *name;
	bool takes[SESSION_EVENTS];
} states[SESSION_STATES] = {
	[SESSION_NONE] = { "NONE", { [SESSION_START] = true, [SESSION_HANGUP] = true } },
	[SESSION_FINDING] = { "FINDING",
			      { [SESSION_FOUND] = true,
				[SESSION_CANCEL] = true,
				[SESSION_HANGUP] = true,
				[SESSION_TIMEOUT] = true,
				[SESSION_REPLACED] = true } },
	[SESSION_STARTING] = { "STARTING",
			       { [SESSION_CODE] = true,
				 [SESSION_ADDRESS] = true,
				 [SESSION_REFUSED] = true,
				 [SESSION_FAILED] = true,
				 [SESSION_CANCEL] = true,
				 [SESSION_HANGUP] = true,
				 [SESSION_TIMEOUT] = true,
				 [SESSION_REPLACED] = true } },
	[SESSION_ASKED] = { "ASKED",
			    { [SESSION_IDENTITY] = true,
			      [SESSION_REFUSED] = true,
			      [SESSION_FAILED] = true,
			      [SESSION_ANSWER] = true,
			      [SESSION_CANCEL] = true,
			      [SESSION_HANGUP] = true,
			      [SESSION_TIMEOUT] = true,
			      [SESSION_REPLACED] = true } },
	[SESSION_TYPING] = { "TYPING",
			     { [SESSION_REFUSED] = true,
			       [SESSION_FAILED] = true,
			       [SESSION_ANSWER] = true,
			       [SESSION_CANCEL] = true,
			       [SESSION_HANGUP] = true,
			       [SESSION_TIMEOUT] = true,
			       [SESSION_REPLACED] = true } },
	[SESSION_CHECKING] = { "CHECKING",
			       { [SESSION_IDENTITY] = true,
				 [SESSION_REPASTE] = true,
				 [SESSION_REFUSED] = true,
				 [SESSION_FAILED] = true,
				 [SESSION_CANCEL] = true,
				 [SESSION_HANGUP] = true,
				 [SESSION_TIMEOUT] = true,
				 [SESSION_REPLACED] = true } },
	[SESSION_PENDING] = { "PENDING",
			      { [SESSION_IDENTITY] = true,
				[SESSION_REFUSED] = true,
				[SESSION_FAILED] = true,
				[SESSION_CANCEL] = true,
				[SESSION_HANGUP] = true,
				[SESSION_TIMEOUT] = true,
				[SESSION_REPLACED] = true } },
	[SESSION_HELD] = { "HELD",
			   { [SESSION_ANSWER] = true,
			     [SESSION_CANCEL] = true,
			     [SESSION_HANGUP] = true,
			     [SESSION_TIMEOUT] = true,
			     [SESSION_REPLACED] = true } },
	[SESSION_OVER] = { "OVER", { false } },
};

static uint64_t hits[SESSION_STATES][SESSION_EVENTS], results[WIRE_BUSY + 1], misses[REASONS_NOT];
static uint64_t n_events, n_sessions, n_granted, n_stepped, n_stepped_in;

/* ---- judging ---- */

#define MUST(m, condition, what)                       \
	do {                                           \
		if (!(condition))                      \
			broken((m), __LINE__, (what)); \
	} while (0)

static _Noreturn void broken(const struct model *m, int line, const char *what)
{
	print_message("# kind %d, asked %s, record %s %s known %d\n", (int)m->request.kind,
		      m->asked, m->person.iss, m->person.sub, m->person.known);
	for (unsigned i = 0; i < m->n_trace; i++)
		print_message("#   %s %s: %d\n", states[m->trace[i].state].name,
			      events[m->trace[i].event].name, m->trace[i].r);
	print_message("# again: SESSION_MODEL_SEED=%llu SESSION_MODEL_RUNS=1\n",
		      (unsigned long long)m->seed);
	fail_msg("line %d: %s", line, what);
	abort(); /* never reached */
}

/* ---- the world ---- */

static bool same_who(const struct who *who, const struct identity *identity)
{
	return !strcmp(who->provider, identity->provider) && !strcmp(who->iss, identity->iss) &&
	       !strcmp(who->sub, identity->sub) && !strcmp(who->name, identity->name);
}

static bool equal(const struct who *a, const struct who *b)
{
	return !strcmp(a->provider, b->provider) && !strcmp(a->iss, b->iss) &&
	       !strcmp(a->sub, b->sub) && !strcmp(a->name, b->name);
}

/* What the platform has said by now, this step included. */
static const struct who *given_now(const struct model *m)
{
	return m->event == SESSION_IDENTITY ? &m->offer : &m->identity;
}

/* An answer that failed looks as tempting as can be. */
static int world_find(void *userdata, const char *user, struct session_person *ret)
{
	struct model *m = userdata;

	MUST(m, !strcmp(user, USER), "another user was asked about");
	m->finds++;
	*ret = m->person;
	if (m->find_fails) {
		ret->known = ret->active = ret->fresh = true;
		ret->local = ret->ended = ret->withheld = false;
	}
	return m->find_fails ? -EIO : 0;
}

static const enum session_way ways[] = { SESSION_WAY_DEVICE, SESSION_WAY_DEVICE, SESSION_WAY_CODE,
					 SESSION_WAY_TOKEN, SESSION_WAY_PASSWORD };

static int world_flow(void *userdata, const struct session_request *request,
		      const struct session_person *person, struct session_flow *ret)
{
	struct model *m = userdata;

	MUST(m, !strcmp(request->user, USER) && m->finds > 0, "a flow before the record was read");
	MUST(m, person->known == m->person.known, "a flow for another record");
	m->flows++;
	if (!*m->told) {
		m->way = request->browse ? SESSION_WAY_CODE : PICK(m, ways);
		m->began_known = m->record.known;
	} else { /* between prompt and answer only */
		MUST(m, m->way == SESSION_WAY_PASSWORD, "asked twice how to sign in");
	}
	*ret = (struct session_flow){ .way = *m->told && chance(m, 8) == 0 ? PICK(m, ways) : m->way,
				      .redirect_uri = "http://127.0.0.1/",
				      .provider = providers[chance(m, 8) == 0],
				      .max_age = UINT32_MAX,
				      .prompt = chance(m, 512) ? 2 : 0 }; /* QR codes are dear */
	if (!*m->told)
		strcpy(m->told, ret->provider);
	return m->flow_fails ? -EIO : 0;
}

/* Now and then what was typed was a ticket, good or not. */
static int world_ticket(void *userdata, const struct session_request *request,
			const struct secret *typed, struct secret **ret_token)
{
	struct model *m = userdata;

	MUST(m, !strcmp(request->user, USER) && typed == m->typed, "another user's ticket");
	m->ticket = (enum ticket)chance(m, TICKETS);
	if (m->ticket == TICKET_GOOD)
		*ret_token = secret_new("redeemed", 8);
	return m->ticket == TICKET_BAD ? SESSION_E_TICKET : m->ticket == TICKET_BROKEN ? -EIO : 0;
}

static bool world_attempt(void *userdata, const struct session_request *request)
{
	struct model *m = userdata;

	MUST(m, !strcmp(request->user, USER), "another user's passwords were counted");
	m->attempts++;
	m->braked = chance(m, 8) == 0;
	return !m->braked;
}

static bool world_admit(void *userdata, const struct session_request *request)
{
	struct model *m = userdata;

	(void)request;
	m->admitted = m->admitted || m->admits;
	return m->admits;
}

static int world_judge(void *userdata, const struct session_request *request,
		       const struct session_person *person, const struct identity *identity,
		       struct session_verdict *ret)
{
	struct model *m = userdata;

	MUST(m, !strcmp(request->user, USER), "another user was judged");
	MUST(m, m->finds > 0 && !m->find_fails, "judged without reading the record");
	MUST(m, person->known == m->person.known && !strcmp(person->sub, m->person.sub),
	     "judged by an old record");
	MUST(m, (identity != NULL) == (request->kind == SESSION_KIND_AUTH), "judged half");
	if (identity) {
		MUST(m, same_who(given_now(m), identity), "an identity nobody gave was judged");
		m->judged = *given_now(m);
	}
	m->judges++;
	*ret = (struct session_verdict){ .permit = m->permits || m->judge_fails };
	strcpy(ret->reason, "rule");
	ret->told = m->tells;
	strcpy(ret->more, m->lacks ? "a stronger sign-in" : "");
	return m->judge_fails ? -EIO : 0;
}

static int world_more(void *userdata, const struct session_request *request,
		      const struct session_person *person, struct session_flow *ret)
{
	struct model *m = userdata;

	MUST(m, m->judges == 1 && m->lacks && !m->permits, "more was asked for than is missing");
	MUST(m, request->kind == SESSION_KIND_AUTH, "a sign-in in another phase");
	MUST(m, person->known == m->person.known, "a flow for another record");
	m->mores++;
	m->began_known = m->began_known && m->record.known; /* unknown at either is a stranger */
	*ret = (struct session_flow){ .way = PICK(m, ways), /* a reload came between */
				      .redirect_uri = "http://127.0.0.1/",
				      .provider = chance(m, 16) ? m->asked : PICK(m, providers),
				      .max_age = 900,
				      .prompt = chance(m, 512) ? 2 : 0 };
	m->more_fails = m->more_fails || strcmp(ret->provider, m->asked) != 0;
	return m->more_fails && !strcmp(ret->provider, m->asked) ? -EIO : 0;
}

/* Whoever is learned or remembered has been permitted a moment ago. */
static int world_learn(void *userdata, const char *user, const struct identity *identity)
{
	struct model *m = userdata;

	MUST(m, m->judges == 1 && m->permits && !m->judge_fails, "learned without a permit");
	MUST(m, same_who(&m->judged, identity) && !strcmp(user, USER), "learned another");
	MUST(m, !strcmp(identity->name, user), "learned under a name the platform did not say");
	MUST(m, !m->person.known && m->person.learnable, "learned whom it may not");
	m->learns++;
	if (chance(m, 4) == 0)
		return chance(m, 2) ? SESSION_E_TAKEN : -EIO;
	m->person.known = m->person.active = true;
	strcpy(m->person.iss, identity->iss);
	strcpy(m->person.sub, identity->sub);
	return 0;
}

static int world_remember(void *userdata, const struct session_request *request,
			  const struct identity *identity)
{
	struct model *m = userdata;

	(void)request;
	MUST(m, m->judges == 1 && m->permits && !m->judge_fails, "remembered without a permit");
	MUST(m, same_who(&m->judged, identity), "remembered another");
	m->remembers++;
	return chance(m, 8) ? 0 : -ENOSPC;
}

/* Of whom the record is, after a no: neither a stranger's word nor half of two sign-ins. */
static int world_retract(void *userdata, const struct session_request *request,
			 const struct identity *identity)
{
	struct model *m = userdata;

	MUST(m, request->kind == SESSION_KIND_AUTH, "retracted in another phase");
	MUST(m, m->judges == 1 && !m->permits && !m->judge_fails, "retracted without a no");
	MUST(m, m->tells && !m->mores, "retracted what says nothing of the person");
	MUST(m, same_who(&m->judged, identity), "retracted another");
	MUST(m, m->person.known && m->began_known && !m->person.local && m->person.active &&
			!m->person.ended && *identity->iss && *identity->sub &&
			!strcmp(m->person.iss, identity->iss) &&
			!strcmp(m->person.sub, identity->sub),
	     "retracted by somebody else");
	m->retracts++;
	return chance(m, 8) ? 0 : -ENOSPC;
}

static void world_count(void *userdata, const struct session_request *request)
{
	struct model *m = userdata;

	MUST(m, request->kind == m->request.kind, "another kind is counted");
	m->counts++;
}

/* Anything may be otherwise a moment later. */
static void change_person(struct model *m)
{
	struct session_person *person = &m->person;

	*person = (struct session_person){
		.local = chance(m, 16) == 0,
		.known = chance(m, 4) > 0,
		.askable = chance(m, 3) == 0,
		.learnable = chance(m, 2),
		.active = chance(m, 10) > 0,
		.ended = chance(m, 12) == 0,
		.fresh = chance(m, 6) > 0,
		.withheld = chance(m, 20) == 0,
	};
	strcpy(person->iss, chance(m, 6) ? ISS : PICK(m, issuers));
	strcpy(person->sub, chance(m, 6) ? subjects[0] : PICK(m, subjects));
}

static void change_world(struct model *m)
{
	if (chance(m, 10) == 0)
		change_person(m);
	if (m->stepped && chance(m, 16) == 0)
		strcpy(m->person.sub, PICK(m, subjects)); /* the account is another's by now */
	m->record = m->person;
	m->stepped_before = m->stepped;
	m->find_fails = chance(m, 40) == 0;
	m->flow_fails = chance(m, 40) == 0;
	m->judge_fails = chance(m, 40) == 0;
	m->more_fails = chance(m, 40) == 0;
	m->permits = chance(m, 4) > 0 && (m->stepped || !m->demanding || chance(m, 8) == 0);
	m->lacks = chance(m, 3) > 0; /* said beside a permit it must be no more than words */
	m->tells = chance(m, 2);
	m->admits = chance(m, 20) > 0;
	m->finds = m->judges = m->flows = m->learns = m->remembers = m->counts = 0;
	m->mores = m->retracts = 0;
}

/* ---- what each step must keep ---- */

struct done_step {
	enum session_state before;
	enum session_event event;
	bool sound; /* what came along is what the event needs, from whom it must come */
	int r;
	struct session_out out;
};

static void find_reasons_not(const struct model *m, bool not [static REASONS_NOT])
{
	const struct session_person *person = &m->record;
	const struct who *who = given_now(m);
	bool any = m->given || m->event == SESSION_IDENTITY;

	not [NOT_GIVEN] = !any || !*m->asked || strcmp(who->provider, m->asked) != 0;
	not [NOT_BOUND] = !person->known ||
			  (any && (!*person->iss || !*person->sub ||
				   strcmp(person->iss, who->iss) || strcmp(person->sub, who->sub)));
	not [NOT_PERMITTED] = !m->permits;
	not [NOT_KNOWN] = !m->began_known;
	not [NOT_USABLE] = !person->active || person->ended;
	not [NOT_OURS] = person->local;
	not [NOT_TOLD] = m->find_fails || m->judge_fails;
	not [NOT_SAME] = m->stepped && any &&
			 (strcmp(m->first.iss, who->iss) || strcmp(m->first.sub, who->sub));
}

/* The product: who gets in, and that who should is not kept out. */
static void check_auth(const struct model *m, const struct done_step *step)
{
	bool permit = step->out.done && step->out.result == WIRE_PERMIT;
	bool decides = m->event == SESSION_IDENTITY || m->event == SESSION_ANSWER;
	bool not [REASONS_NOT];
	unsigned n = 0, last = 0;

	MUST(m, m->counts == 0, "a sign-in is counted as a session");
	find_reasons_not(m, not );
	for (unsigned i = 0; i < REASONS_NOT; i++) {
		MUST(m, !permit || !not [i], reasons_not[i]);
		if (not [i]) {
			last = i;
			n++;
		}
	}
	if (permit) {
		MUST(m, decides && m->finds > 0 && m->judges == 1, "a permit of another step");
		MUST(m, equal(&m->judged, given_now(m)), "another was judged");
		n_granted++;
		n_stepped_in += m->stepped;
	}
	MUST(m, m->retracts == 0 || (step->out.done && !permit && m->remembers + m->learns == 0),
	     "retracted and let in");
	if (n == 1 && last == NOT_PERMITTED && m->tells && m->judges && step->out.done &&
	    !m->more_fails)
		MUST(m, m->retracts == 1, "older facts outlive the sign-in that took them back");
	if (n == 0 && decides && step->out.done)
		MUST(m, permit, "somebody who should enter is kept out");
	if (n == 1 && last == NOT_PERMITTED && m->lacks && !m->stepped_before &&
	    m->way != SESSION_WAY_TOKEN && m->way != SESSION_WAY_PASSWORD && !m->request.browse &&
	    m->judges && !m->more_fails)
		MUST(m, step->out.start_flow, "somebody who could bring it is not asked");
	if (n == 1 && decides && states[step->before].takes[step->event] &&
	    (step->out.done || step->r < 0))
		misses[last]++;
}

static void check_account(const struct model *m, const struct done_step *step)
{
	const struct session_person *person = &m->record;
	bool usable = !person->withheld && person->active && !person->ended;
	bool permit = step->out.done && step->out.result == WIRE_PERMIT;
	bool session =
		m->request.kind == SESSION_KIND_OPEN || m->request.kind == SESSION_KIND_CLOSE;

	MUST(m, m->counts == (permit && session), "sessions are counted otherwise than permitted");
	if (!permit)
		return;
	MUST(m, m->finds > 0 && !m->find_fails && person->known && !person->local, "nobody's");
	MUST(m, m->request.kind != SESSION_KIND_CHAUTHTOK, "a password was changed");
	if (m->request.kind != SESSION_KIND_CLOSE)
		MUST(m, usable, "an account that cannot be used");
	if (m->request.kind == SESSION_KIND_OPEN)
		MUST(m, m->judges == 1 && !m->judge_fails, "a session whose end nobody knows");
	if (m->request.kind == SESSION_KIND_ACCT)
		MUST(m, person->fresh && m->judges == 1 && m->permits && !m->judge_fails,
		     "an account without a fresh permit");
}

/* A world that cannot say is never a yes nor a no. */
static void check_failures(const struct model *m, const struct session_out *out)
{
	bool failed = (m->find_fails && m->finds) || (m->flow_fails && m->flows) ||
		      (m->judge_fails && m->judges) || (m->more_fails && m->mores);

	if (out->done && failed)
		MUST(m, out->result == WIRE_UNAVAIL, "a failure of the world became an answer");
}

/* At most one more, of the same provider and way, for a person the rules have just refused. */
static void check_step_up(struct model *m, const struct done_step *step)
{
	bool not [REASONS_NOT];

	find_reasons_not(m, not );
	MUST(m, !m->stepped, "a third sign-in");
	MUST(m, m->judges == 1 && equal(&m->judged, given_now(m)), "a second without a first");
	MUST(m, !not [NOT_GIVEN] && !not [NOT_TOLD] && not [NOT_PERMITTED], "no need of a second");
	MUST(m, !not [NOT_BOUND] || !m->record.known, "a second sign-in for somebody else");
	MUST(m, !not [NOT_OURS] && (!not [NOT_USABLE] || !m->record.known), "for nobody's account");
	MUST(m, m->way != SESSION_WAY_TOKEN && m->way != SESSION_WAY_PASSWORD,
	     "a token or a password was asked for more");
	MUST(m, !m->request.browse, "a browser was asked for more than it came for");
	MUST(m, !strcmp(step->out.flow.provider, m->asked), "a second sign-in somewhere else");
	MUST(m, step->out.alive, "the module was left alone");
	m->stepped = true;
	m->first = *given_now(m);
	m->repastes = 0;
	n_stepped++;
}

static void check_flow(struct model *m, const struct done_step *step)
{
	MUST(m, !step->out.alive || step->out.start_flow, "a sign of life from nobody");
	if (step->r == 0 && events[step->event].ends_flow)
		m->flow_open = false;
	if (step->out.start_flow) {
		MUST(m, !m->flow_open && m->admitted, "a flow that was not admitted");
		MUST(m, step->out.flow.way == m->way, "another flow than was told");
		if (m->mores)
			check_step_up(m, step);
		MUST(m, (m->way == SESSION_WAY_PASSWORD) == (step->out.password != NULL),
		     "a password where none was asked for");
		MUST(m, (m->way == SESSION_WAY_TOKEN) == (step->out.token != NULL),
		     "a token where none was asked for");
		MUST(m, strlen(step->out.flow.provider) < sizeof(m->asked), "a provider's name");
		memmove(m->asked, step->out.flow.provider, strlen(step->out.flow.provider) + 1);
		m->flow_open = true;
	}
	if (step->out.redirect) {
		MUST(m, step->event == SESSION_ANSWER && step->out.redirect == m->typed,
		     "something else than the answer was sent on");
		MUST(m, m->flow_open && m->way == SESSION_WAY_CODE, "an answer for no flow");
	}
	if (step->out.token)
		MUST(m,
		     step->event == SESSION_ANSWER &&
			     (m->ticket == TICKET_GOOD
				      ? !strcmp(step->out.token->text, "redeemed")
				      : m->ticket != TICKET_BAD && m->ticket != TICKET_BROKEN &&
						step->out.token == m->typed),
		     "something else than the answer was taken for a token");
	if (step->out.password)
		MUST(m,
		     step->event == SESSION_ANSWER && step->out.password == m->typed &&
			     m->attempts == 1 && !m->braked &&
			     !strcmp(step->out.flow.provider, m->told),
		     "a password that was not to be sent, or not there");
	m->repastes += step->event == SESSION_REPASTE && step->out.ask;
	MUST(m, m->repastes <= LOGIN_REPASTES_MAX, "wrong answers for ever");
	if (step->out.abort) {
		MUST(m, m->flow_open, "a flow was aborted that was not open");
		m->flow_open = false;
	}
	MUST(m, m->session.state != SESSION_OVER || !m->flow_open, "a flow was left open");
}

/* MUST 4 of session.c. The clock and the module itself may end what a person still reads. */
static void check_words(struct model *m, const struct done_step *step)
{
	const struct session_out *out = &step->out;
	bool silent = m->prompt_out && step->event != SESSION_ANSWER;
	bool typed = m->way == SESSION_WAY_TOKEN || m->way == SESSION_WAY_PASSWORD;

	MUST(m, !(out->ask && out->done), "two words in one step");
	MUST(m, step->event != SESSION_ANSWER || step->r < 0 || m->prompt_out, "nothing was asked");
	MUST(m, !(silent && out->ask), "a prompt over a prompt");
	MUST(m, out->browse == (m->request.browse && out->ask && step->event == SESSION_ADDRESS),
	     "an address where a prompt belongs, or the other way about");
	if (out->browse)
		MUST(m, !strcmp(out->text, m->address.url), "another address than the platform's");
	if (silent && out->done)
		MUST(m,
		     out->result != WIRE_PERMIT &&
			     (step->event == SESSION_CANCEL || step->event == SESSION_TIMEOUT),
		     "a word while the person reads");
	if (out->ask) {
		MUST(m, *out->text && !strpbrk(out->text, "\x1b\r\a"), "a prompt for no eyes");
		MUST(m, m->flow_open || typed, "a prompt without a flow");
		MUST(m, (out->ask_style == WIRE_ASK_HIDDEN) == typed,
		     "a token shown, or a code hidden");
		MUST(m,
		     m->showable || (step->event != SESSION_CODE && step->event != SESSION_ADDRESS),
		     "what no person should see was shown");
	}
	m->prompt_out = out->ask || silent;
	if (step->event == SESSION_START || step->event == SESSION_ANSWER || out->alive)
		m->waiting = m->now;
	if (!out->done)
		return;
	m->dones++;
	MUST(m, out->result <= WIRE_BUSY && *out->reason, "a DONE without a reason");
	results[out->result]++;
}

static void check_deadline(const struct model *m, const struct session_out *out)
{
	if (m->session.state == SESSION_OVER) {
		MUST(m, out->deadline == USEC_INFINITY, "a deadline of what is over");
		return;
	}
	MUST(m, out->deadline < m->began + PAM_TOTAL_DEADLINE, "a deadline after the module's");
	if (m->punctual && !m->prompt_out)
		MUST(m, out->deadline <= m->waiting + PAM_REPLY_DEADLINE,
		     "silence that the module takes for death");
}

static void check_step(struct model *m, const struct done_step *step)
{
	const struct session_out *out = &step->out;
	bool listed = states[step->before].takes[step->event];

	MUST(m, step->r == 0 || step->r == -EPROTO, "an unknown error");
	MUST(m, (step->r == 0) == (listed && step->sound), "another table than this one");
	if (step->r < 0)
		MUST(m,
		     m->session.state == SESSION_OVER && !out->done && !out->ask && !out->find &&
			     !out->start_flow,
		     "something was said to who broke the rules");
	check_flow(m, step);
	if (m->request.kind == SESSION_KIND_AUTH)
		check_auth(m, step);
	else
		check_account(m, step);
	check_failures(m, out);
	check_words(m, step);
	check_deadline(m, out);
	if (m->session.state != SESSION_OVER)
		return;
	MUST(m, m->dones == (step->r == 0 && step->event != SESSION_HANGUP), "not one DONE");
}

/* ---- steps ---- */

static void take_step(struct model *m, enum session_event event)
{
	struct done_step step = { .before = m->session.state, .event = event, .sound = true };
	struct session_input input = { 0 };

	m->event = event;
	change_world(m);
	if (events[event].bring && chance(m, 64))
		events[event].bring(m, &input);
	else {
		step.sound = !events[event].bring;
		m->offer = (struct who){ "", "", "", "" };
	}
	if (event == SESSION_ANSWER) /* what is typed matters in a code flow only */
		step.sound = step.sound || step.before != SESSION_TYPING;
	if (event == SESSION_IDENTITY && step.sound)
		step.sound = !strcmp(m->offer.provider, m->asked);
	if (event == SESSION_CODE)
		step.sound = step.sound && m->way == SESSION_WAY_DEVICE;
	if (event == SESSION_ADDRESS || event == SESSION_REPASTE)
		step.sound = step.sound && m->way == SESSION_WAY_CODE;
	hits[step.before][event] += step.sound || !states[step.before].takes[event];
	if (event == SESSION_START)
		m->began = m->now;
	m->trace[m->n_trace].state = step.before;
	m->trace[m->n_trace].event = event;
	step.r = session_step(&m->session, event, &input, m->now, &step.out);
	m->trace[m->n_trace++].r = step.r;
	MUST(m, !input.identity, "an identity was left behind");
	n_events++;
	check_step(m, &step);
	if (event == SESSION_IDENTITY && step.r == 0) {
		m->given = true;
		m->identity = m->offer;
	}
	if ((events[event].revokes && step.r == 0) || step.out.start_flow)
		m->given = false; /* of what was said before a flow nothing counts */
	m->deadline = step.out.deadline;
}

/* What comes when all goes well: two sign-ins in a row are too long a way for chance alone. */
static enum session_event good_event(const struct model *m)
{
	static const enum session_event good[SESSION_STATES] = {
		[SESSION_FINDING] = SESSION_FOUND,     [SESSION_STARTING] = SESSION_CODE,
		[SESSION_ASKED] = SESSION_ANSWER,      [SESSION_TYPING] = SESSION_ANSWER,
		[SESSION_PENDING] = SESSION_IDENTITY,  [SESSION_HELD] = SESSION_ANSWER,
		[SESSION_CHECKING] = SESSION_IDENTITY, [SESSION_NONE] = SESSION_START,
	};

	if (m->session.state == SESSION_STARTING && m->way == SESSION_WAY_CODE)
		return SESSION_ADDRESS;
	return good[m->session.state];
}

/* Mostly one that has a place; now and then whatever. */
static enum session_event pick_event(struct model *m)
{
	const bool *takes = states[m->session.state].takes;
	unsigned sum = 0, at;

	if (m->demanding && chance(m, 8))
		return good_event(m);
	if (chance(m, 24) == 0)
		return (enum session_event)chance(m, SESSION_EVENTS);
	for (unsigned i = 0; i < SESSION_EVENTS; i++)
		sum += takes[i] ? events[i].weight : 0;
	at = chance(m, sum);
	for (unsigned i = 0; i < SESSION_EVENTS; i++) {
		unsigned weight = takes[i] ? events[i].weight : 0;

		if (at < weight)
			return (enum session_event)i;
		at -= weight;
	}
	return SESSION_HANGUP;
}

static enum session_event next_event(struct model *m)
{
	static const unsigned spans[] = { 0, 0, 0, 1, 2, 5, 30, 60, 400 };
	usec_t at = m->now + PICK(m, spans) * USEC_PER_SEC;

	if (m->punctual && at >= m->deadline) {
		m->now = m->deadline;
		return SESSION_TIMEOUT;
	}
	m->now = at;
	return pick_event(m);
}

/* Left alone it ends, in time; and what is over stays over. */
static void end_it(struct model *m)
{
	for (unsigned i = 0; i < ENDING && m->session.state != SESSION_OVER; i++) {
		if (m->session.state == SESSION_NONE) {
			take_step(m, SESSION_HANGUP);
			break;
		}
		m->now = m->now > m->deadline ? m->now : m->deadline;
		take_step(m, SESSION_TIMEOUT);
	}
	MUST(m, m->session.state == SESSION_OVER, "it never ends");
	for (unsigned i = 0; i < SESSION_EVENTS; i++) {
		struct session_out out;

		MUST(m,
		     session_step(&m->session, (enum session_event)i, NULL, m->now, &out) ==
			     -EPROTO,
		     "an event after the end");
		MUST(m, !out.done && !out.ask && !out.abort && !out.start_flow && !out.find,
		     "a word after the end");
		hits[SESSION_OVER][i]++;
	}
}

static void make_world(struct model *m)
{
	m->ops = (struct session_world){
		.userdata = m,
		.find = world_find,
		.flow = world_flow,
		.admit = world_admit,
		.attempt = world_attempt,
		.ticket = world_ticket,
		.judge = world_judge,
		.more = world_more,
		.learn = world_learn,
		.remember = world_remember,
		.retract = world_retract,
		.count = world_count,
		.host = "host1",
	};
	change_person(m);
	m->person.local = m->person.local && chance(m, 4) == 0;
}

static void converse(uint64_t seed)
{
	static const enum session_kind others[] = { SESSION_KIND_ACCT, SESSION_KIND_OPEN,
						    SESSION_KIND_CLOSE, SESSION_KIND_CHAUTHTOK };
	char service[] = "sshd", user[] = USER, empty[] = "";
	struct model m = {
		.seed = seed,
		.chance = (seed + 1) * UINT64_C(0x9e3779b97f4a7c15) | 1,
		.now = USEC_PER_MINUTE,
		.deadline = USEC_INFINITY,
		.request = { .kind = SESSION_KIND_AUTH,
			     .service = service,
			     .user = user,
			     .rhost = empty,
			     .tty = empty,
			     .ruser = empty },
	};

	for (unsigned i = 0; i < 8; i++)
		(void)chance(&m, 2); /* neighbouring seeds have little in common by now */
	if (chance(&m, 8) == 0)
		m.request.kind = PICK(&m, others);
	m.punctual = chance(&m, 2);
	m.request.browse = chance(&m, 4) == 0;
	m.request.port = 4711;
	m.demanding = chance(&m, 4) == 0;
	m.typed = secret_new("typed", 5);
	assert_non_null(m.typed);
	make_world(&m);
	assert_int_equal(session_init(&m.session, &m.request, &m.ops), 0);
	for (unsigned i = 0; i < STEPS_MAX && m.session.state != SESSION_OVER; i++)
		take_step(&m, next_event(&m));
	end_it(&m);
	session_done(&m.session);
	secret_free(m.typed);
	n_sessions++;
}

/* ---- the tests ---- */

static uint64_t number_of(const char *name, uint64_t otherwise)
{
	const char *text = getenv(name);

	return text && *text ? strtoull(text, NULL, 10) : otherwise;
}

static void test_every_state_and_event_has_its_row(void **state)
{
	(void)state;
	for (unsigned i = 0; i < SESSION_STATES; i++)
		if (!states[i].name)
			fail_msg("state %u has no row in states[]", i);
	for (unsigned i = 0; i < SESSION_EVENTS; i++)
		if (!events[i].name || !events[i].weight)
			fail_msg("event %u has no row in events[]", i);
}

static void test_whatever_happens_in_whatever_order(void **state)
{
	uint64_t seed = number_of("SESSION_MODEL_SEED", SEED);
	uint64_t runs = number_of("SESSION_MODEL_RUNS", RUNS);

	(void)state;
	print_message("# SESSION_MODEL_SEED=%llu SESSION_MODEL_RUNS=%llu\n",
		      (unsigned long long)seed, (unsigned long long)runs);
	for (uint64_t i = 0; i < runs; i++)
		converse(seed + i);
	print_message("# %llu conversations, %llu events, %llu let in\n",
		      (unsigned long long)n_sessions, (unsigned long long)n_events,
		      (unsigned long long)n_granted);
}

/* A model that never came somewhere says nothing about it. */
static void test_all_of_it_was_walked(void **state)
{
	unsigned never = 0;

	(void)state;
	for (unsigned i = 0; i < SESSION_STATES; i++) {
		print_message("# %-8s", states[i].name);
		for (unsigned k = 0; k < SESSION_EVENTS; k++) {
			print_message(" %s%s=%llu", states[i].takes[k] ? "" : "!", events[k].name,
				      (unsigned long long)hits[i][k]);
			never += hits[i][k] == 0;
		}
		print_message("\n");
	}
	for (unsigned i = 0; i < REASONS_NOT; i++) {
		print_message("# kept out for this alone: %s: %llu\n", reasons_not[i],
			      (unsigned long long)misses[i]);
		never += misses[i] == 0;
	}
	for (unsigned i = 0; i <= WIRE_BUSY; i++) {
		print_message("# DONE %u: %llu\n", i, (unsigned long long)results[i]);
		never += results[i] == 0;
	}
	print_message("# second sign-ins: %llu, let in after one: %llu\n",
		      (unsigned long long)n_stepped, (unsigned long long)n_stepped_in);
	if (number_of("SESSION_MODEL_RUNS", RUNS) < RUNS)
		return; /* somebody looks at one conversation */
	if (never || n_granted < 1000 || n_stepped < 1000 || n_stepped_in < 1000)
		fail_msg("%u of these never happened, %llu let in", never,
			 (unsigned long long)n_granted);
}

TEST_MAIN(TEST(test_every_state_and_event_has_its_row),
	  TEST(test_whatever_happens_in_whatever_order), TEST(test_all_of_it_was_walked))
