/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The real idp-netd with tokens of platforms where this host is no client: of a city with two
 * instances whose keys have one kid, and vouchers of programs, with and without a key to prove.
 */
#include "tests/lib/test.h"

#include <jansson.h>
#include <openssl/evp.h>
#include <poll.h>
#include <time.h>

#include "common/b64url.h"
#include "common/limits.h"
#include "tests/lib/forge.h"
#include "tests/lib/netd-world.h"

#define WAIT   (60 * USEC_PER_SEC)
#define OURS   "60e3c0de-0000-4000-8000-000000000001"
#define THEIRS "60e3c0de-0000-4000-8000-000000000002"
#define ID     "9b2c4d5e-1111-4222-8333-444455556666"
#define PERSON "RSSMRA80A01H501U"
#define HOST   "https://host.test/v1"
#define CLIENT "8e9f24ca-78f5-4c69-9e4f-0efbeac7bb2b"

static uint32_t revision;
static uint64_t flow;
static char here[256], there[256]; /* the addresses of the two instances */

/* "good" signs with the platform's key, "jwks-twin" with another one of the same kid. */
static EVP_PKEY *key_of(const char *name)
{
	char path[160];

	assert_true(snprintf(path, sizeof(path), "%s/%s.pem", mock.dir, name) > 0);
	return forge_read_key(path);
}

static void set_up_city(const char *instances)
{
	_cleanup_free_ char *keys = NULL;

	netd_world_issuer("good", here);
	netd_world_issuer("jwks-twin", there);
	keys = forge_printf("%s/.well-known/jwks.json", here);
	{
		const char *pairs[] = { "issuer",
					here,
					"mode",
					"jwt",
					"ca",
					mock.ca,
					"iss_form",
					"none",
					"discovery",
					"no",
					"jwks_uri",
					keys,
					"algs",
					"RS256",
					"access_typ",
					"JWT",
					"subject_from",
					"/id",
					"roles_from",
					"/roles",
					"entitlements_from",
					"/roles",
					"tenant_from",
					"/tenant_id",
					"tenant",
					OURS,
					"token_life",
					"3600",
					"person_from",
					"/username",
					"person_form",
					"fiscal-code",
					"person_roles",
					"ROLE_ADMIN ROLE_OPERATORE",
					"no_mail",
					"cps.didnt.have.my.email.tld",
					"instances",
					instances,
					NULL };

		if (!instances)
			pairs[ELEMENTSOF(pairs) - 3] = NULL;
		assert_int_equal(fake_core_reconnect(&core), 0);
		revision = 1;
		assert_int_equal(fake_core_setup(&core, revision, "provider", "city", pairs), 0);
		assert_int_equal(fake_core_setup_end(&core, revision), 0);
	}
}

static void set_up_two(void)
{
	_cleanup_free_ char *instances = NULL;

	netd_world_issuer("jwks-twin", there);
	instances = forge_printf(THEIRS "=%s", there);
	set_up_city(instances);
}

static void set_up_vouchers(const char *typ)
{
	_cleanup_free_ char *keys = NULL;

	netd_world_issuer("good", here);
	keys = forge_printf("%s/.well-known/jwks.json", here);
	{
		const char *pairs[] = { "issuer",   "interop.test", "iss_form",   "name",
					"mode",     "jwt",          "ca",         mock.ca,
					"aud_form", "comma",        "discovery",  "no",
					"jwks_uri", keys,           "algs",       "RS256",
					"audience", HOST,           "access_typ", typ,
					"holders",  "programs",     NULL };

		assert_int_equal(fake_core_reconnect(&core), 0);
		revision = 1;
		assert_int_equal(fake_core_setup(&core, revision, "provider", "city", pairs), 0);
		assert_int_equal(fake_core_setup_end(&core, revision), 0);
	}
}

/* ---- tokens ---- */

struct change {
	const char *name, *value; /* JSON; "" it is not there */
};

static char *sign(const char *key, const char *typ, json_t *claims, const struct change *changes)
{
	_cleanup_free_ char *header =
		forge_printf("{\"alg\":\"RS256\",\"kid\":\"mock-rs256\",\"typ\":\"%s\"}", typ);
	_cleanup_free_ char *payload = NULL;
	EVP_PKEY *pkey = key_of(key);
	char *token;

	for (; changes && changes->name; changes++)
		if (*changes->value)
			assert_int_equal(json_object_set_new(
						 claims, changes->name,
						 json_loads(changes->value, JSON_DECODE_ANY, NULL)),
					 0);
		else
			assert_int_equal(json_object_del(claims, changes->name), 0);
	payload = json_dumps(claims, 0);
	json_decref(claims);
	token = forge_token(pkey, JOSE_RS256, header, payload);
	EVP_PKEY_free(pkey);
	return token;
}

static char *new_citizen(const char *key, const struct change *changes)
{
	json_int_t now = (json_int_t)time(NULL);

	return sign(key, "JWT",
		    json_pack("{s:I,s:I,s:[s,s],s:s,s:s,s:s,s:s,s:b}", "iat", now, "exp",
			      now + 3600, "roles", "ROLE_CPS_USER", "ROLE_USER", "username", PERSON,
			      "id", ID, "tenant_id", OURS, "email", "x@CPS.didnt.have.my.email.tld",
			      "email_verified", 1),
		    changes);
}

static char *new_voucher(const char *typ, const struct change *changes)
{
	json_int_t now = (json_int_t)time(NULL);

	return sign("rs256", typ,
		    json_pack("{s:s,s:s,s:s,s:s,s:s,s:I,s:I,s:I,s:s,s:s,s:s}", "jti", "v-1", "iss",
			      "interop.test", "aud", "https://a.test," HOST, "client_id", CLIENT,
			      "sub", CLIENT, "iat", now, "nbf", now, "exp", now + 600, "purposeId",
			      "34f1624b-91cb-4b05-b8c0-cad208a30222", "eserviceId", "e-1",
			      "consumerId", "c-1"),
		    changes);
}

static char *hash_of(const char *token)
{
	unsigned char hash[32];
	unsigned len = 0;

	assert_int_equal(EVP_Digest(token, strlen(token), hash, &len, EVP_sha256(), NULL), 1);
	return forge_base64(hash, len);
}

/*
 * A new idp-netd takes no proof that one before it could have seen, dated ahead: so these are dated
 * ahead as far as they may be, once a second has gone by since it began.
 */
static void wait_until_proofs_pass(void)
{
	for (time_t begun = time(NULL); time(NULL) <= begun + 1;)
		(void)poll(NULL, 0, 50);
}

/* For a GET of HOST/data with this token; other: by a key the token is not bound to. */
static char *new_proof(const char *token, const char *jti, bool other)
{
	EVP_PKEY *key = other ? forge_other_key(JOSE_ES256) : forge_key(JOSE_ES256);
	_cleanup_free_ char *jwk = forge_jwk(key, NULL), *ath = hash_of(token);
	_cleanup_free_ char *header =
		forge_printf("{\"typ\":\"dpop+jwt\",\"alg\":\"ES256\",\"jwk\":%s}", jwk);
	_cleanup_free_ char *payload =
		forge_printf("{\"htm\":\"GET\",\"htu\":\"" HOST "/data\",\"iat\":%lld,\"jti\":"
			     "\"%s\",\"ath\":\"%s\"}",
			     (long long)time(NULL) + PROOF_AHEAD_SEC, jti, ath);

	return forge_token(key, JOSE_ES256, header, payload);
}

/* cnf for the key of new_proof(). RFC 7638: members in this order. */
static char *cnf(void)
{
	_cleanup_free_ char *text = forge_jwk(forge_key(JOSE_ES256), NULL);
	json_t *jwk = json_loads(text, 0, NULL);
	_cleanup_free_ char *form =
		forge_printf("{\"crv\":\"P-256\",\"kty\":\"EC\",\"x\":\"%s\",\"y\":\"%s\"}",
			     json_string_value(json_object_get(jwk, "x")),
			     json_string_value(json_object_get(jwk, "y")));
	_cleanup_free_ char *thumbprint = hash_of(form);

	json_decref(jwk);
	return forge_printf("{\"jkt\":\"%s\"}", thumbprint);
}

/* ---- asking ---- */

struct verdict {
	enum wire_type type;
	char code[64], text[REASON_MAX], iss[256], sub[64], marks[64], claims[1024];
};

static void add(char *room, size_t size, const char *text)
{
	size_t len = strlen(room);

	assert_true(snprintf(room + len, size - len, "%s%s", len ? " " : "", text) > 0);
}

static void read_identity(struct wire_in *in, struct verdict *verdict)
{
	uint32_t n;

	(void)wire_get_str(in, 64);
	add(verdict->iss, sizeof(verdict->iss), wire_get_str(in, 255));
	add(verdict->sub, sizeof(verdict->sub), wire_get_str(in, 63));
	(void)wire_get_str(in, 255); /* the name */
	for (unsigned lists = 0; lists < 3; lists++)
		for (n = wire_get_count(in); n > 0; n--)
			(void)wire_get_str(in, 256);
	(void)wire_get_str(in, 256); /* acr */
	for (n = wire_get_count(in); n > 0; n--)
		(void)wire_get_str(in, 256);
	(void)wire_get_u64(in);
	(void)wire_get_u64(in);
	for (n = wire_get_count(in); n > 0; n--) {
		struct wire_field field = wire_get_field(in);
		_cleanup_free_ char *claim = forge_printf("%s=%s", field.key, field.value);

		add(verdict->claims, sizeof(verdict->claims), claim);
	}
	for (n = wire_get_count(in); n > 0; n--)
		add(verdict->marks, sizeof(verdict->marks), wire_get_str(in, 64));
	assert_int_equal(wire_close(in), 0);
}

static struct verdict hear(void)
{
	struct verdict verdict = { .type = 0 };
	struct wire_in in;

	assert_int_equal(fake_core_next(&core, WAIT, &in), 0);
	verdict.type = in.type;
	assert_true(wire_get_u64(&in) == flow);
	if (in.type == MSG_IDENTITY) {
		read_identity(&in, &verdict);
		return verdict;
	}
	add(verdict.code, sizeof(verdict.code), wire_get_str(&in, 63));
	add(verdict.text, sizeof(verdict.text), wire_get_str(&in, REASON_MAX - 1));
	return verdict;
}

static struct verdict show(const char *token, const char *proof)
{
	assert_int_equal(fake_core_shown(&core, ++flow, "city", token, proof, *proof ? "GET" : "",
					 *proof ? HOST "/data?q=1" : ""),
			 0);
	return hear();
}

static struct verdict sign_in(const char *token)
{
	assert_int_equal(fake_core_token(&core, ++flow, "city", token), 0);
	return hear();
}

static void expect(const char *what, const struct verdict *got, const char *code, const char *marks)
{
	bool same = *code ? got->type == MSG_DENIED && strcmp(got->code, code) == 0
			  : got->type == MSG_IDENTITY && strcmp(got->marks, marks) == 0;

	if (!same)
		fail_msg("%s: %s %s (%s) marks \"%s\", expected %s \"%s\"", what,
			 wire_name((uint16_t)got->type), got->code, got->text, got->marks,
			 *code ? code : "an identity", marks);
	if (*code && strlen(got->text) < 10)
		fail_msg("%s: no sentence", what);
}

/* ---- the city ---- */

static const struct {
	struct change changes[3];
	const char *login; /* the code of TOKEN_CHECK; "" an identity */
	const char *shown; /* of TOKEN_VERIFY */
	const char *marks;
} citizens[] = {
	{ { { NULL, NULL } }, "", "", "" },
	{ { { "username", "\"" ID "\"" } }, "anonymous", "", "anonymous" },
	{ { { "username", "null" } }, "anonymous", "", "anonymous" },
	{ { { "username", "\"mario.rossi\"" } }, "anonymous", "", "anonymous" },
	{ { { "username", "\"mario.rossi\"" }, { "roles", "[\"ROLE_ADMIN\"]" } }, "", "", "" },
	{ { { "id", "null" } }, "token-refused", "token-refused", "" },
	{ { { "id", "null" }, { "username", "\"api-user\"" } },
	  "token-refused",
	  "token-refused",
	  "" },
	{ { { "id", "" }, { "sub", "\"" ID "\"" } }, "token-refused", "token-refused", "" },
	{ { { "tenant_id", "\"60e3c0de-0000-4000-8000-000000000009\"" } },
	  "wrong-tenant",
	  "wrong-tenant",
	  "" },
	{ { { "tenant_id", "" } }, "wrong-tenant", "wrong-tenant", "" },
	{ { { "tenant_id", "[\"" OURS "\"]" } }, "wrong-tenant", "wrong-tenant", "" },
	{ { { "exp", "1700000000" } }, "token-expired", "token-expired", "" },
	{ { { "exp", "" } }, "token-expired", "token-expired", "" },
	{ { { "exp", "9999999999" } }, "token-refused", "token-refused", "" },
	{ { { "iss", "\"https://evil.example\"" } }, "token-refused", "token-refused", "" },
	{ { { "aud", "\"https://evil.example\"" } }, "token-audience", "token-audience", "" },
	{ { { "client_id", "\"" ID "\"" } }, "workload-token", "", "workload" },
};

static void test_only_a_citizen_signs_in_and_a_visitor_is_called_one(void **state)
{
	(void)state;
	if (no_platform)
		skip();
	set_up_city(NULL);
	for (size_t i = 0; i < ELEMENTSOF(citizens); i++) {
		_cleanup_free_ char *token = new_citizen("rs256", citizens[i].changes);
		_cleanup_free_ char *what = forge_printf("row %zu", i);
		struct verdict verdict = sign_in(token);

		expect(what, &verdict, citizens[i].login, "");
		verdict = show(token, "");
		expect(what, &verdict, citizens[i].shown, citizens[i].marks);
		if (verdict.type == MSG_IDENTITY) {
			assert_string_equal(verdict.iss, here);
			assert_string_equal(verdict.sub, ID);
		}
		/* A fiscal code, and an address nobody has, stay in idp-netd. */
		assert_null(strstr(verdict.claims, PERSON));
		assert_null(strstr(verdict.claims, "/email"));
		assert_null(strstr(verdict.text, PERSON));
	}
}

/* The kid is the same everywhere; what counts is whose instance a token says it is of. */
static void test_instances_have_keys_and_people_of_their_own(void **state)
{
	static const struct change moved[] = { { "tenant_id", "\"" THEIRS "\"" }, { NULL, NULL } };
	static const struct change strange[] = { { "tenant_id", "\"elsewhere\"" }, { NULL, NULL } };
	_cleanup_free_ char *ours = NULL, *theirs = NULL, *forged = NULL, *smuggled = NULL;
	_cleanup_free_ char *nobodys = NULL, *nobodys_twin = NULL;
	struct verdict verdict;

	(void)state;
	if (no_platform)
		skip();
	set_up_two();
	ours = new_citizen("rs256", NULL);
	theirs = new_citizen("twin", moved);
	verdict = show(ours, "");
	expect("ours", &verdict, "", "");
	assert_string_equal(verdict.iss, here);
	verdict = show(theirs, "");
	expect("theirs", &verdict, "", "");
	assert_string_equal(verdict.iss, there); /* so whoever has the same id there is another */
	verdict = sign_in(theirs);
	expect("theirs, at a login", &verdict, "", "");
	assert_string_equal(verdict.iss, there);
	/* Our key for their tenant, and theirs for ours. */
	forged = new_citizen("rs256", moved);
	verdict = show(forged, "");
	expect("our key for them", &verdict, "token-refused", "");
	smuggled = new_citizen("twin", NULL);
	verdict = show(smuggled, "");
	expect("their key for us", &verdict, "token-refused", "");
	nobodys = new_citizen("rs256", strange);
	verdict = show(nobodys, "");
	expect("nobody's tenant, our key", &verdict, "wrong-tenant", "");
	nobodys_twin = new_citizen("twin", strange);
	verdict = show(nobodys_twin, "");
	expect("nobody's tenant, their key", &verdict, "token-refused", "");
	/* Keys were fetched when they were needed, and not for every token. */
	assert_true(netd_world_asked("jwks-twin", "jwks") <= 3);
}

/* One instance out of reach keeps nobody of another out. */
static void test_an_instance_that_is_down_is_alone(void **state)
{
	static const struct change moved[] = { { "tenant_id", "\"" THEIRS "\"" }, { NULL, NULL } };
	_cleanup_free_ char *ours = NULL, *theirs = NULL, *instances = NULL;
	struct verdict verdict;

	(void)state;
	if (no_platform)
		skip();
	instances = forge_printf(THEIRS "=https://127.0.0.1:1/down");
	set_up_city(instances);
	ours = new_citizen("rs256", NULL);
	theirs = new_citizen("twin", moved);
	verdict = show(theirs, "");
	assert_int_equal(verdict.type, MSG_FAILED);
	verdict = show(ours, "");
	expect("ours", &verdict, "", "");
}

/* ---- vouchers ---- */

static void test_a_voucher_is_for_services_and_never_for_a_login(void **state)
{
	static const struct {
		const char *typ;
		struct change changes[2];
		const char *shown;
	} rows[] = {
		{ "at+jwt", { { NULL, NULL } }, "" },
		{ "AT+JWT", { { NULL, NULL } }, "" },
		{ "JWT", { { NULL, NULL } }, "token-kind" },
		{ "dpop+jwt", { { NULL, NULL } }, "token-kind" },
		{ "at+jwt",
		  { { "aud", "\"https://a.test,https://host.test/v10\"" } },
		  "token-audience" },
		{ "at+jwt", { { "aud", "\"" HOST "\"" } }, "" },
		{ "at+jwt", { { "iss", "\"https://interop.test\"" } }, "token-refused" },
		{ "at+jwt", { { "iss", "\"uat.interop.test\"" } }, "token-refused" },
		{ "at+jwt", { { "iss", "" } }, "token-refused" },
		{ "at+jwt", { { "client_id", "" } }, "" },
		{ "at+jwt", { { "purposeId", "" } }, "" },
		{ "at+jwt", { { "exp", "1700000000" } }, "token-expired" },
		{ "at+jwt", { { "nbf", "9999999999" } }, "token-refused" },
		{ "at+jwt", { { "cnf", "{\"jkt\":\"x\"}" } }, "token-kind" },
	};

	(void)state;
	if (no_platform)
		skip();
	set_up_vouchers("at+jwt");
	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		_cleanup_free_ char *token = new_voucher(rows[i].typ, rows[i].changes);
		_cleanup_free_ char *what = forge_printf("row %zu", i);
		struct verdict verdict = show(token, "");

		expect(what, &verdict, rows[i].shown, "workload");
		if (verdict.type != MSG_IDENTITY)
			continue;
		assert_string_equal(verdict.iss, "interop.test");
		assert_string_equal(verdict.sub, CLIENT);
		assert_non_null(strstr(verdict.claims, "/eserviceId=e-1"));
		verdict = sign_in(token);
		expect(what, &verdict, "workload-token", "");
	}
}

static void test_a_bound_voucher_comes_with_its_proof_and_once(void **state)
{
	_cleanup_free_ char *bound = cnf(), *token = NULL, *free_token = NULL, *other_token = NULL;
	_cleanup_free_ char *proof = NULL, *again = NULL, *by_other = NULL, *for_other = NULL;
	_cleanup_free_ char *for_free = NULL;
	const struct change changes[] = { { "cnf", bound }, { NULL, NULL } };
	const struct change another[] = { { "cnf", bound }, { "jti", "\"v-2\"" }, { NULL, NULL } };
	struct verdict verdict;

	(void)state;
	if (no_platform)
		skip();
	set_up_vouchers("at+jwt dpop+jwt");
	token = new_voucher("dpop+jwt", changes); /* as the manual shows it */
	free_token = new_voucher("at+jwt", NULL);
	other_token = new_voucher("at+jwt", another);
	verdict = show(token, "");
	expect("without a proof", &verdict, "token-kind", "");
	wait_until_proofs_pass();
	by_other = new_proof(token, "j-0", true);
	verdict = show(token, by_other);
	expect("by another key", &verdict, "proof-refused", "");
	for_other = new_proof(other_token, "j-0", false);
	verdict = show(token, for_other);
	expect("for another token", &verdict, "proof-refused", "");
	verdict = show(token, token);
	expect("a voucher as a proof", &verdict, "proof-refused", "");
	proof = new_proof(token, "j-1", false);
	verdict = show(proof, "");
	expect("a proof as a voucher", &verdict, "token-refused", "");
	verdict = show(token, proof);
	expect("with its proof", &verdict, "", "workload");
	verdict = show(token, proof);
	expect("the same proof again", &verdict, "proof-refused", "");
	again = new_proof(token, "j-2", false);
	assert_int_equal(fake_core_shown(&core, ++flow, "city", token, again, "POST", HOST "/data"),
			 0);
	verdict = hear();
	expect("for another method", &verdict, "proof-refused", "");
	assert_int_equal(fake_core_shown(&core, ++flow, "city", token, again, "GET", HOST "/datum"),
			 0);
	verdict = hear();
	expect("for another address", &verdict, "proof-refused", "");
	verdict = show(token, again); /* what was refused for something else is not used up */
	expect("another proof", &verdict, "", "workload");
	for_free = new_proof(free_token, "j-3", false);
	verdict = show(free_token, for_free);
	expect("a proof beside a bearer's", &verdict, "token-kind", "");
	verdict = sign_in(token);
	expect("at a login", &verdict, "token-kind", "");
	set_up_vouchers("at+jwt dpop+jwt"); /* its memory of proofs begins anew */
	verdict = show(token, proof);
	expect("the same proof, after a restart", &verdict, "proof-refused", "");
}

/* What proves nothing costs the platform nothing. */
static void test_nonsense_is_refused_without_asking_anybody(void **state)
{
	static const char *const nonsense[] = {
		"", "a", "a.b.c", "a b", "{\"a\":1}", "..", "x\ny"
	};
	struct verdict verdict;
	unsigned asked;

	(void)state;
	if (no_platform)
		skip();
	set_up_vouchers("at+jwt");
	asked = netd_world_asked("good", "jwks");
	for (size_t i = 0; i < ELEMENTSOF(nonsense); i++) {
		verdict = show("a.b.c", *nonsense[i] ? nonsense[i] : "x");
		expect(nonsense[i], &verdict, "proof-refused", "");
	}
	assert_int_equal(netd_world_asked("good", "jwks"), asked);
	for (size_t i = 0; i < ELEMENTSOF(nonsense); i++) {
		verdict = show(nonsense[i], "");
		assert_int_equal(verdict.type, MSG_DENIED);
	}
}

/* ---- where the platform is asked ---- */

static void set_up_client(const char *verify, const char *auth)
{
	const char *more[] = { "verify", verify, "audience", HOST, "client_auth", auth, NULL };

	netd_world_issuer("good", here);
	assert_int_equal(fake_core_reconnect(&core), 0);
	netd_world_provider(1, "city", "good", "host-basic", more);
	assert_int_equal(fake_core_setup_end(&core, 1), 0);
}

/* The flow that ends next, and how. */
static uint64_t hear_any(struct verdict *verdict)
{
	struct wire_in in;
	uint64_t n;

	assert_int_equal(fake_core_next(&core, WAIT, &in), 0);
	n = wire_get_u64(&in);
	*verdict = (struct verdict){ .type = in.type };
	add(verdict->code, sizeof(verdict->code), wire_get_str(&in, 63));
	return n;
}

/* Each question needs a signature, which may be a card's, and a connection. */
static void test_strangers_leave_room_for_people(void **state)
{
	const uint64_t first = flow + 1, person = first + SHOWN_ASKED_MAX + 1;
	struct verdict verdict;
	unsigned n_busy = 0;

	(void)state;
	if (no_platform)
		skip();
	set_up_client("introspect", "private_key_jwt");
	/* Nothing is signed before all of these have come. */
	for (flow = first; flow < person; flow++) {
		_cleanup_free_ char *token = forge_printf("garbage-%u", (unsigned)flow);

		assert_int_equal(fake_core_shown(&core, flow, "city", token, "", "", ""), 0);
	}
	assert_int_equal(fake_core_token(&core, person, "city", "of-a-person"), 0);
	flow = person;
	for (uint64_t i = first; i <= person; i++) {
		bool one = hear_any(&verdict) != person && verdict.type == MSG_FAILED;

		assert_string_equal(verdict.code, one ? "busy" : "token-inactive");
		n_busy += one;
	}
	assert_int_equal(n_busy, 1);
	verdict = show("garbage", ""); /* there is room again */
	expect("later", &verdict, "token-inactive", "");
}

/* Userinfo would take such a token from whoever has its key, and from nobody as a bearer's. */
static void test_a_bound_token_is_not_sent_on_as_a_bearers(void **state)
{
	_cleanup_free_ char *bound = cnf(), *token = NULL, *proof = NULL, *bearer = NULL;
	const struct change changes[] = { { "cnf", bound }, { NULL, NULL } };
	json_int_t now = (json_int_t)time(NULL);
	struct verdict verdict;
	json_t *claims;
	unsigned asked;

	(void)state;
	if (no_platform)
		skip();
	set_up_client("jwks", "private_key_jwt");
	claims = json_pack("{s:s,s:s,s:s,s:I,s:I,s:s,s:s,s:s}", "iss", here, "sub", "u-alice",
			   "aud", HOST, "exp", now + 300, "iat", now, "client_id", "a-portal",
			   "scope", "openid", "preferred_username", "alice");
	token = sign("rs256", "at+jwt", json_deep_copy(claims), changes);
	bearer = sign("rs256", "at+jwt", claims, NULL);
	wait_until_proofs_pass();
	proof = new_proof(token, "j-1", false);
	asked = netd_world_asked("good", "userinfo");
	verdict = show(token, proof);
	expect("with its proof", &verdict, "", "groups entitlements");
	assert_int_equal(netd_world_asked("good", "userinfo"), asked);
	verdict = show(bearer, ""); /* asked about, and not of this platform's giving */
	expect("a bearer's", &verdict, "token-inactive", "");
	assert_int_equal(netd_world_asked("good", "userinfo"), asked + 1);
}

NETD_WORLD_MAIN(TEST(test_a_bound_token_is_not_sent_on_as_a_bearers),
		TEST(test_strangers_leave_room_for_people),
		TEST(test_only_a_citizen_signs_in_and_a_visitor_is_called_one),
		TEST(test_instances_have_keys_and_people_of_their_own),
		TEST(test_an_instance_that_is_down_is_alone),
		TEST(test_a_voucher_is_for_services_and_never_for_a_login),
		TEST(test_a_bound_voucher_comes_with_its_proof_and_once),
		TEST(test_nonsense_is_refused_without_asking_anybody))
