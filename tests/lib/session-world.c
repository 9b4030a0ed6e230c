/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The world answers what its fields say; the model changes them as it goes. */
#include "tests/lib/session-world.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/secret.h"

#define MODEL_STEPS_MAX 64u

static const char *const providers[] = { "corp", "other" };
static const char *const issuers[] = { "https://idp.example.com", "https://idp.example.org", "" };
static const char *const subjects[] = { "s1", "s2", "s11", "" };
static const char *const names[] = { "alice", "bob", "" };

static int fake_find(void *userdata, const char *user, struct session_person *ret)
{
	const struct session_fake *fake = userdata;

	assert(!strcmp(user, "alice")); /* PAM_USER never changes */
	*ret = fake->person;
	return fake->find_error;
}

static int fake_flow(void *userdata, const struct session_request *request,
		     const struct session_person *person, struct session_flow *ret)
{
	const struct session_fake *fake = userdata;

	(void)request;
	(void)person;
	*ret = (struct session_flow){ .way = fake->way,
				      .redirect_uri = "http://127.0.0.1/",
				      .provider = "corp",
				      .max_age = UINT32_MAX,
				      .asks = fake->asks };
	return fake->flow_error;
}

static bool fake_admit(void *userdata, const struct session_request *request)
{
	(void)request;
	return ((const struct session_fake *)userdata)->admit;
}

static bool fake_attempt(void *userdata, const struct session_request *request)
{
	(void)request;
	return !((const struct session_fake *)userdata)->braked;
}

/* What begins with "ticket" is one, and good unless the fake says otherwise. */
static int fake_ticket(void *userdata, const struct session_request *request,
		       const struct secret *typed, struct secret **ret_token)
{
	const struct session_fake *fake = userdata;

	(void)request;
	if (strncmp(typed->text, "ticket", 6) != 0)
		return 0;
	if (fake->ticket_result)
		return fake->ticket_result;
	*ret_token = secret_new("a-token-for-a-ticket", 20);
	return *ret_token ? 0 : -ENOMEM;
}

static int fake_judge(void *userdata, const struct session_request *request,
		      const struct session_person *person, const struct identity *identity,
		      struct session_verdict *ret)
{
	struct session_fake *fake = userdata;

	(void)request;
	(void)person;
	fake->judged++;
	fake->judged_identity = identity != NULL;
	*ret = fake->verdict;
	return fake->judge_error;
}

static int fake_more(void *userdata, const struct session_request *request,
		     const struct session_person *person, struct session_flow *ret)
{
	static const char *const acr[] = { "mfa" };
	struct session_fake *fake = userdata;

	(void)request;
	(void)person;
	assert(fake->judged && *fake->verdict.more && !fake->verdict.permit);
	fake->stepped++;
	*ret = (struct session_flow){ .way = fake->way,
				      .redirect_uri = "http://127.0.0.1/",
				      .provider = fake->second_provider,
				      .acr = acr,
				      .n_acr = 1,
				      .max_age = 900 };
	return fake->more_error;
}

static int fake_learn(void *userdata, const char *user, const struct identity *identity)
{
	struct session_fake *fake = userdata;

	assert(!strcmp(user, identity->name));
	fake->learned++;
	return fake->learn_result;
}

static int fake_remember(void *userdata, const struct session_request *request,
			 const struct identity *identity)
{
	struct session_fake *fake = userdata;

	(void)request;
	(void)identity;
	fake->remembered++;
	return fake->remember_error;
}

static int fake_retract(void *userdata, const struct session_request *request,
			const struct identity *identity)
{
	struct session_fake *fake = userdata;

	(void)request;
	assert(fake->person.known && !fake->verdict.permit && fake->verdict.told);
	assert(!strcmp(fake->person.iss, identity->iss) &&
	       !strcmp(fake->person.sub, identity->sub));
	fake->retracted++;
	return fake->remember_error;
}

static void fake_count(void *userdata, const struct session_request *request)
{
	struct session_fake *fake = userdata;

	(void)request;
	fake->counted++;
}

void session_fake_init(struct session_fake *fake)
{
	*fake = (struct session_fake){
		.person = { .known = true,
			    .active = true,
			    .fresh = true,
			    .iss = "https://idp.example.com",
			    .sub = "s1" },
		.verdict = { .permit = true, .reason = "permit rule=staff" },
		.admit = true,
		.second_provider = "corp",
	};
	fake->ops = (struct session_world){
		.userdata = fake,
		.find = fake_find,
		.flow = fake_flow,
		.admit = fake_admit,
		.attempt = fake_attempt,
		.ticket = fake_ticket,
		.judge = fake_judge,
		.more = fake_more,
		.learn = fake_learn,
		.remember = fake_remember,
		.retract = fake_retract,
		.count = fake_count,
		.host = "host1",
	};
}

struct identity *session_fake_identity(const char *provider, const char *iss, const char *sub,
				       const char *name)
{
	struct identity *identity = calloc(1, sizeof(*identity));

	assert(identity);
	identity->provider = strdup(provider);
	identity->iss = strdup(iss);
	identity->sub = strdup(sub);
	identity->name = strdup(name);
	identity->acr = strdup("");
	assert(identity->provider && identity->iss && identity->sub && identity->name &&
	       identity->acr);
	return identity;
}

/* ---- the model ---- */

struct bytes {
	const uint8_t *data;
	size_t size, at;
};

static uint8_t bytes_next(struct bytes *bytes)
{
	return bytes->at < bytes->size ? bytes->data[bytes->at++] : 0;
}

static void model_person(struct session_fake *fake, uint8_t a, uint8_t b)
{
	struct session_person *person = &fake->person;

	*person = (struct session_person){ .local = a % 16 == 15, .known = a & 16 };
	person->askable = a & 32;
	person->learnable = a & 64;
	person->active = !(b & 1);
	person->ended = (b & 6) == 6;
	person->fresh = !(b & 8);
	strcpy(person->iss, issuers[(b >> 4) % 8 < 6 ? 0 : (b >> 4) % 3]);
	strcpy(person->sub, subjects[b >> 6]);
}

static void model_world(struct session_fake *fake, struct bytes *bytes)
{
	uint8_t a = bytes_next(bytes), b = bytes_next(bytes);

	model_person(fake, a, b);
	b = bytes_next(bytes);
	fake->verdict.permit = b & 1;
	strcpy(fake->verdict.more, b & 2 && !(b & 1) ? "a stronger sign-in" : "");
	fake->verdict.told = b & 4;
	fake->admit = (b & 14) != 14;
	fake->find_error = (b & 0x70) == 0x70 ? -EIO : 0;
	fake->judge_error = (b & 0xe0) == 0xe0 ? -EIO : 0;
	fake->learn_result = (b & 0x18) == 0x18 ? SESSION_E_TAKEN : 0;
}

/* What MUST 1 asks for, told from the world's side. */
static bool model_may_enter(const struct session_fake *fake, const struct session_past *past,
			    const struct identity *identity)
{
	const struct session_person *person = &fake->person;

	return identity && !strcmp(identity->provider, "corp") && !past->began_unknown &&
	       (!fake->stepped || (!strcmp(past->first_iss, identity->iss) &&
				   !strcmp(past->first_sub, identity->sub))) &&
	       person->known && !person->local && person->active && !person->ended &&
	       *person->iss && *person->sub && !strcmp(person->iss, identity->iss) &&
	       !strcmp(person->sub, identity->sub) && fake->verdict.permit && !fake->find_error &&
	       !fake->judge_error;
}

static void model_check(const struct session *s, const struct session_fake *fake,
			const struct session_past *past, const struct identity *seen,
			const struct session_out *out)
{
	if (!out->done) {
		assert(s->state != SESSION_OVER || !out->ask);
		return;
	}
	assert(s->state == SESSION_OVER && !s->flow_open && *out->reason);
	if (out->result != WIRE_PERMIT)
		return;
	if (s->request.kind == SESSION_KIND_AUTH)
		assert(model_may_enter(fake, past, seen));
	else
		assert(fake->person.known && !fake->person.local && !fake->find_error);
	if (s->request.kind == SESSION_KIND_ACCT)
		assert(fake->person.active && !fake->person.ended && fake->person.fresh &&
		       fake->verdict.permit && !fake->judge_error);
}

struct model {
	struct session_fake fake;
	struct session session;
	struct session_past past;
	struct identity *seen; /* a copy of what the machine got, for the invariant */
	usec_t now;
	/* what inputs point at */
	struct session_code code;
	struct session_address address;
	struct session_refusal refusal;
	struct secret *typed;
};

static void model_input(struct model *model, enum session_event event, struct bytes *bytes,
			struct session_input *input)
{
	static const char *const uris[] = { "https://idp.example.com/device", "javascript:alert(1)",
					    "https://idp.example.com/\x1b[2J", "" };
	uint8_t a = bytes_next(bytes);

	if (event == SESSION_CODE) {
		model->code = (struct session_code){ uris[a % 16 < 12 ? 0 : a % 4], "",
						     a & 0x80 ? "AB\nCD" : "ABCD-EFGH",
						     (usec_t)a * USEC_PER_SEC };
		input->code = &model->code;
	} else if (event == SESSION_ADDRESS) {
		model->address = (struct session_address){ uris[a % 16 < 12 ? 0 : a % 4],
							   (usec_t)a * USEC_PER_SEC };
		input->address = &model->address;
	} else if (event == SESSION_ANSWER) {
		input->answer = a % 8 == 7 ? NULL : model->typed;
	} else if (event == SESSION_REFUSED || event == SESSION_FAILED ||
		   event == SESSION_REPASTE) {
		model->refusal =
			(struct session_refusal){ a & 1 ? "access_denied" : "weird", "text" };
		input->refusal = &model->refusal;
	} else if (event == SESSION_IDENTITY) {
		const char *provider = providers[a % 8 == 7], *iss = issuers[(a >> 3) % 4 % 3],
			   *sub = subjects[(a >> 5) % 4], *name = names[(a >> 7) ? 1 : 0];

		input->identity = session_fake_identity(provider, iss, sub, name);
		identity_free(model->seen);
		model->seen = session_fake_identity(provider, iss, sub, name);
	}
}

/* Once, and never for a token; of what was said before it nothing counts but who said it. */
static void model_step_up(struct model *model, const struct session_out *out)
{
	struct session_past *past = &model->past;

	assert(out->start_flow && out->alive && !out->done && !out->ask && !out->abort);
	assert(model->fake.stepped == 1 && out->flow.way != SESSION_WAY_TOKEN &&
	       out->flow.way != SESSION_WAY_PASSWORD && model->seen);
	assert(!model->session.identity);
	strcpy(past->first_iss, model->seen->iss);
	strcpy(past->first_sub, model->seen->sub);
	model->seen = identity_free(model->seen);
	past->answered = false;
}

static unsigned model_step(struct model *model, struct bytes *bytes)
{
	enum session_event event = (enum session_event)(bytes_next(bytes) % SESSION_EVENTS);
	struct session_input input = { 0 };
	struct session_out out;
	enum session_state before = model->session.state;
	unsigned stepped = model->fake.stepped;
	uint8_t change = bytes_next(bytes);
	int r;

	if (change % 4 == 3) /* the world may change at any time */
		model_world(&model->fake, bytes);
	model->now += (usec_t)(change >> 2) * USEC_PER_SEC;
	model_input(model, event, bytes, &input);
	r = session_step(&model->session, event, &input, model->now, &out);
	assert(!input.identity); /* taken over or freed */
	if (r < 0) {
		assert(r == -EPROTO && model->session.state == SESSION_OVER && !out.done &&
		       !out.ask);
		return 0;
	}
	assert(before != SESSION_OVER);
	assert(model->session.state == SESSION_OVER || out.deadline != USEC_INFINITY);
	if (out.redirect || out.token || out.password) {
		assert(event == SESSION_ANSWER &&
		       !!out.redirect + !!out.token + !!out.password == 1);
		assert(out.redirect == model->typed || out.token == model->typed ||
		       out.password == model->typed);
		assert(!out.token || (out.start_flow && model->fake.way == SESSION_WAY_TOKEN));
		assert(!out.password || (out.start_flow && !model->fake.braked &&
					 model->fake.way == SESSION_WAY_PASSWORD));
		model->past.answered = true;
	}
	/* in a code flow, with a token or a password, nobody is believed before the person has
	 * brought the answer */
	assert(event != SESSION_IDENTITY || model->fake.way == SESSION_WAY_DEVICE ||
	       model->past.answered);
	if (model->fake.way == SESSION_WAY_TOKEN || model->fake.way == SESSION_WAY_PASSWORD
		    ? out.ask
		    : out.start_flow)
		model->past.began_unknown = model->past.began_unknown || !model->fake.person.known;
	if (model->fake.stepped != stepped)
		model_step_up(model, &out);
	model_check(&model->session, &model->fake, &model->past, model->seen, &out);
	return out.done && out.result == WIRE_PERMIT;
}

unsigned session_model_run(const uint8_t *data, size_t size)
{
	static const enum session_kind kinds[] = { SESSION_KIND_AUTH,  SESSION_KIND_AUTH,
						   SESSION_KIND_AUTH,  SESSION_KIND_AUTH,
						   SESSION_KIND_ACCT,  SESSION_KIND_OPEN,
						   SESSION_KIND_CLOSE, SESSION_KIND_CHAUTHTOK };
	char service[] = "sshd", user[] = "alice", empty[] = "";
	struct session_request request = {
		.service = service, .user = user, .rhost = empty, .tty = empty, .ruser = empty
	};
	struct bytes bytes = { data, size, 0 };
	struct model model = { .now = USEC_PER_SEC };
	unsigned granted = 0;
	uint8_t first;

	session_fake_init(&model.fake);
	request.kind = kinds[bytes_next(&bytes) % ELEMENTSOF(kinds)];
	first = bytes_next(&bytes);
	if (first & 1)
		model_world(&model.fake, &bytes);
	model.fake.way = first & 2   ? SESSION_WAY_CODE
			 : first & 4 ? SESSION_WAY_TOKEN
			 : first & 8 ? SESSION_WAY_PASSWORD
				     : SESSION_WAY_DEVICE;
	model.fake.braked = first & 16;
	model.typed = secret_new("typed", 5);
	if (!model.typed || session_init(&model.session, &request, &model.fake.ops) < 0)
		return 0;
	for (unsigned i = 0; i < MODEL_STEPS_MAX && bytes.at < bytes.size; i++)
		granted += model_step(&model, &bytes);
	session_done(&model.session);
	identity_free(model.seen);
	secret_free(model.typed);
	assert(granted <= 1);
	return granted;
}
