/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Every flow with every way a host can prove itself, each with and without DPoP, against the
 * certified platform set as strict as it goes: FAPI 2.0, PKCE and pushed requests required, nonces
 * in proofs, refresh tokens good for one use. idp.conf is read, idp-netd set up and everything
 * signed by the code of idp-agentd; idp-netd is the real one; nothing in between is made up.
 */
#include "tests/lib/test.h"

#include <errno.h>

#include "common/sock.h"
#include "idp-agentd/core/assertion.h"
#include "idp-agentd/core/config.h"
#include "idp-agentd/core/flows.h"
#include "idp-agentd/core/key.h"
#include "idp-agentd/core/setup.h"
#include "tests/lib/fake-core.h"
#include "tests/lib/platform.h"

#define WAIT     (120 * USEC_PER_SEC) /* eighteen at once, on a machine that has other work too */
#define HOST     "https://host.test"
#define OPAQUE   "https://opaque.host.test"
#define N_WAYS   9u
#define N_SHOWN  (N_WAYS - 1) /* those that show something: all but "none" */
#define N_CLIENT (2 * N_WAYS)

/* How a host proves itself. '@' stands for the platform's folder. */
struct way {
	const char *name;
	const char *lines;
	const char *wrong; /* the same with something that does not fit; NULL: nothing is shown */
};

#define KEY(alg)                                                              \
	"client_auth = private_key_jwt\nclient_kid = host\nclient_alg = " alg \
	"\nclient_key = file:@/matrix-" alg ".key\n"
#define SECRET(how)  "client_auth = client_secret_" how "\nclient_secret = file:@/matrix-secret\n"
#define STRANGE(how) "client_auth = client_secret_" how "\nclient_secret = file:@/client-secret\n"
#define CERT(how, f) \
	"client_auth = " how "\nclient_cert = file:@/" f ".pem\ntls_key = file:@/" f ".key\n"
#define STRANGE_RSA(alg)                                                      \
	"client_auth = private_key_jwt\nclient_kid = host\nclient_alg = " alg \
	"\nclient_key = file:@/host.key\n"

static const struct way ways[N_WAYS] = {
	{ "none", "client_auth = none\n", NULL },
	{ "basic", SECRET("basic"), STRANGE("basic") },
	{ "post", SECRET("post"), STRANGE("post") },
	{ "jwt-RS256", KEY("RS256"), STRANGE_RSA("RS256") },
	{ "jwt-PS256", KEY("PS256"), STRANGE_RSA("PS256") },
	{ "jwt-ES256", KEY("ES256"), KEY("RS256") },
	{ "jwt-EdDSA", KEY("EdDSA"),
	  "client_auth = private_key_jwt\nclient_kid = host\nclient_alg = EdDSA\n"
	  "client_key = file:@/host-eddsa.key\n" },
	{ "tls", CERT("tls_client_auth", "matrix-tls"), CERT("tls_client_auth", "host-tls") },
	{ "self-signed", CERT("self_signed_tls_client_auth", "matrix-self"),
	  CERT("self_signed_tls_client_auth", "matrix-tls") },
};

/* A way with or without DPoP, and what it was given last. */
static struct client {
	char name[32];
	bool dpop;
	unsigned answers;
	struct config *config; /* an idp.conf of its own: an issuer stands in one only once */
	char access[JWS_LEN_MAX + 1], refresh[JWS_LEN_MAX + 1];
	char subject[SUBJECT_LEN_MAX + 1];
} clients[N_CLIENT];

static struct platform platform;
static struct fake_core core;
static struct assertion_desk desk; /* its key signs every proof */
static char jkt[KEY_THUMBPRINT_LEN + 1]; /* of the key of proofs */
static bool no_platform;
static uint32_t revision;
static uint64_t last_flow;
static unsigned combinations, proofs_with_nonce;

/* ---- the world ---- */

/* SIGN and PROVE, answered by the code that answers them in idp-agentd. */
static int sign(uint64_t flow, struct wire_in *in, struct buf *out)
{
	const struct flow open = { .id = flow, .provider = "" };
	struct wire_in look = *in;
	const char *provider = wire_get_str(&look, CONFIG_NAME_MAX);

	IGNORE(wire_get_str(&look, WIRE_STRING_MAX)[0]); /* method or audience */
	if (in->type == MSG_PROVE) {
		IGNORE(wire_get_str(&look, WIRE_STRING_MAX)[0]); /* address */
		proofs_with_nonce += *wire_get_str(&look, WIRE_STRING_MAX) != '\0';
	}

	for (size_t i = 0; i < N_CLIENT; i++)
		if (strcmp(clients[i].name, provider) == 0) {
			desk.config = clients[i].config;
			return assertion_answer(&desk, &open, in, clock_real() / USEC_PER_SEC, out);
		}
	return -EPROTO;
}

static int send_setup(void *userdata, struct buf *message)
{
	const bool *last = userdata;
	struct wire_in in;
	int r = wire_open(&in, message->data, message->len);

	if (r < 0 || (in.type == MSG_SETUP_END && !*last))
		return r;
	return sock_send(core.fd, message->data, message->len, clock_add(clock_now(), WAIT));
}

static void read_config(struct client *client, const char *text)
{
	const struct config_source source = { "interop.conf", text, strlen(text) };
	struct config_problems problems = { 0 };
	int r;

	client->config = config_free(client->config);
	r = config_parse(&source, 1, &problems, &client->config);
	if (r != 0)
		config_problems_print(&problems, stderr);
	config_problems_done(&problems);
	assert_int_equal(r, 0);
}

/* PUSHING: clients that must push what they ask a browser for. WRONG: with proofs that do not fit.
 */
enum kind { USUAL, PUSHING, WRONG };

/* [provider NAME] and, for who has something to show, [directory NAME]. */
static void put_client(FILE *out, const struct way *way, bool dpop, enum kind kind,
		       const char *more)
{
	const char *name = dpop ? "-dpop" : "";
	const char *lines = kind == WRONG && way->wrong ? way->wrong : way->lines;

	fprintf(out, "[provider %s%s]\nissuer = %s\nclient_id = %s%s%s\nca = %s/ca.pem\n",
		way->name, name, platform.issuer, kind == PUSHING ? "code-" : "", way->name, name,
		platform.dir);
	for (const char *at = lines; *at; at++)
		IGNORE(*at == '@' ? fputs(platform.dir, out) : fputc(*at, out));
	fprintf(out, "%s%s[allow all]\nservice = *\nneed = group:crew\n",
		dpop ? "dpop = yes\n" : "", more);
	fprintf(out, "[directory %s%s]\nprovider = %s%s\n", way->name, name, way->name, name);
	if (way->wrong)
		fprintf(out, "kind = scim\nurl = %s/scim/v2\ntoken_scope = scim:read\n",
			platform.issuer);
	else
		fprintf(out, "kind = userinfo\n");
}

/* Says them all to idp-netd as idp-agentd would. more: lines for each. */
static void set_up(enum kind kind, const char *more)
{
	char text[4096], reason[REASON_MAX] = "";
	struct wire_in in;

	revision++;
	for (size_t i = 0; i < N_CLIENT; i++) {
		bool last = i + 1 == N_CLIENT;
		FILE *out = fmemopen(text, sizeof(text), "w");

		assert_non_null(out);
		put_client(out, &ways[i / 2], clients[i].dpop, kind, more);
		assert_int_equal(fclose(out), 0);
		read_config(&clients[i], text);
		if (setup_send(clients[i].config, jkt, revision, send_setup, &last, reason) < 0)
			fail_msg("the set-up of %s: %s", clients[i].name, reason);
	}
	assert_int_equal(fake_core_next(&core, WAIT, &in), 0);
	assert_int_equal(in.type, MSG_READY);
	assert_int_equal(wire_get_u32(&in), revision);
}

static int start(void **state)
{
	int r = platform_start(&platform);

	(void)state;
	if (r == -ENOENT && !getenv("IDP_INTEROP")) {
		print_message("# npm's packages are not here: the certified platform cannot run\n");
		no_platform = true;
		return 0;
	}
	if (r == 0)
		r = key_generate(&desk.proof_key);
	if (r == 0)
		r = key_thumbprint(desk.proof_key, jkt);
	if (r == 0)
		r = fake_core_start(&core, platform.dir);
	core.sign = sign;
	core.keep = true;
	for (size_t i = 0; i < N_CLIENT; i++) {
		clients[i].dpop = i % 2;
		IGNORE(snprintf(clients[i].name, sizeof(clients[i].name), "%s%s", ways[i / 2].name,
				clients[i].dpop ? "-dpop" : "") < 0);
	}
	return r;
}

static int stop(void **state)
{
	int status;

	(void)state;
	if (no_platform)
		return 0;
	status = fake_core_stop(&core);
	platform_stop(&platform);
	for (size_t i = 0; i < N_CLIENT; i++)
		clients[i].config = config_free(clients[i].config);
	desk.proof_key = key_free(desk.proof_key);
	return status;
}

/* ---- what comes back ---- */

/* The next message of whichever client; the flows of one round follow each other. */
static struct client *next(uint64_t first, struct wire_in *in)
{
	uint64_t flow;

	assert_int_equal(fake_core_next(&core, WAIT, in), 0);
	flow = wire_get_u64(in);
	assert_true(flow >= first && flow - first < N_CLIENT);
	return &clients[flow - first];
}

static void refused(const struct client *client, struct wire_in *in, const char *what)
{
	char code[64];

	IGNORE(snprintf(code, sizeof(code), "%s", wire_get_str(in, 63)) < 0);
	fail_msg("%s by %s: %s: %s", what, client->name, code, wire_get_str(in, REASON_MAX));
}

static void read_tokens(struct client *client, struct wire_in *in)
{
	const char *refresh;

	assert_string_equal(wire_get_str(in, WIRE_STRING_MAX), client->dpop ? "DPoP" : "Bearer");
	strcpy(client->access, wire_get_str(in, JWS_LEN_MAX));
	refresh = wire_get_str(in, JWS_LEN_MAX);
	assert_true(*client->access && *refresh);
	strcpy(client->refresh, refresh);
}

static void read_identity(struct client *client, struct wire_in *in, const char *provider)
{
	assert_string_equal(wire_get_str(in, CONFIG_NAME_MAX), provider);
	assert_string_equal(wire_get_str(in, WIRE_STRING_MAX), platform.issuer);
	strcpy(client->subject, wire_get_str(in, SUBJECT_LEN_MAX));
	assert_string_equal(wire_get_str(in, WIRE_STRING_MAX), "alice");
	client->answers++;
}

/* TOKENS and IDENTITY of every client. */
static void collect_signins(uint64_t first, const char *what)
{
	for (unsigned left = N_CLIENT; left > 0;) {
		struct wire_in in;
		struct client *client = next(first, &in);

		if (in.type == MSG_TOKENS) {
			read_tokens(client, &in);
		} else if (in.type == MSG_IDENTITY) {
			read_identity(client, &in, client->name);
			left--;
		} else {
			refused(client, &in, what);
		}
	}
	for (size_t i = 0; i < N_CLIENT; i++)
		assert_int_equal(clients[i].answers, 1);
	combinations += N_CLIENT;
}

/* The first flow number of a round. */
static uint64_t begin(void)
{
	uint64_t first = last_flow + 1;

	last_flow += N_CLIENT;
	for (size_t i = 0; i < N_CLIENT; i++)
		clients[i].answers = 0;
	return first;
}

/* A line of the crowd: whose, and where that browser ended. */
static struct client *browsed(char *line, size_t room, const char **ret_end)
{
	char *blank;

	assert_int_equal(platform_browsed(&platform, line, room), 0);
	blank = strchr(line, ' ');
	assert_non_null(blank);
	*blank = '\0';
	*ret_end = blank + 1;
	for (size_t i = 0; i < N_CLIENT; i++)
		if (strcmp(clients[i].name, line) == 0) {
			if (strncmp(*ret_end, "failed", 6) == 0)
				fail_msg("the browser, for %s: %s", line, *ret_end);
			return &clients[i];
		}
	fail_msg("the crowd speaks of %s", line);
	return NULL;
}

/* ---- the flows ---- */

/* DEVICE or AUTHCODE of every client. */
static uint64_t sign_in_all(int (*ask)(struct fake_core *core, uint64_t flow, const char *provider,
				       const char *scopes))
{
	uint64_t first = begin();

	for (size_t i = 0; i < N_CLIENT; i++)
		assert_int_equal(ask(&core, first + i, clients[i].name, "openid profile"), 0);
	return first;
}

static void test_device(void **state)
{
	static char line[WIRE_STRING_MAX];
	const char *end;
	uint64_t first;

	(void)state;
	if (no_platform)
		skip();
	set_up(USUAL, "");
	first = sign_in_all(fake_core_device);
	for (size_t i = 0; i < N_CLIENT; i++) {
		struct wire_in in;
		struct client *client = next(first, &in);

		if (in.type != MSG_CODE)
			refused(client, &in, "a device code");
		IGNORE(wire_get_str(&in, WIRE_STRING_MAX)[0]);
		assert_int_equal(platform_browse(&platform, client->name,
						 wire_get_str(&in, WIRE_STRING_MAX)),
				 0);
	}
	for (size_t i = 0; i < N_CLIENT; i++)
		assert_non_null(browsed(line, sizeof(line), &end));
	collect_signins(first, "the device flow");
}

static void test_code(void **state)
{
	static char line[WIRE_STRING_MAX];
	const char *end;
	uint64_t first;

	(void)state;
	if (no_platform)
		skip();
	set_up(PUSHING, "");
	first = sign_in_all(fake_core_authcode);
	for (size_t i = 0; i < N_CLIENT; i++) {
		struct wire_in in;
		struct client *client = next(first, &in);
		const char *url;

		if (in.type != MSG_AUTH_URL)
			refused(client, &in, "a pushed request");
		url = wire_get_str(&in, WIRE_STRING_MAX);
		assert_non_null(strstr(url, "request_uri="));
		assert_int_equal(platform_browse(&platform, client->name, url), 0);
	}
	for (size_t i = 0; i < N_CLIENT; i++) {
		struct client *client = browsed(line, sizeof(line), &end);

		assert_int_equal(
			fake_core_redirect(&core, first + (uint64_t)(client - clients), end), 0);
	}
	collect_signins(first, "the code flow");
}

/* ---- tokens that are kept ---- */

/* REFRESH of every client at once. */
static uint64_t ask_refreshes(void)
{
	uint64_t first = begin();

	for (size_t i = 0; i < N_CLIENT; i++)
		assert_int_equal(fake_core_refresh(&core, first + i, clients[i].name,
						   clients[i].refresh, clients[i].subject),
				 0);
	return first;
}

/* Every client is told that its refresh token is good no more. */
static void refuse_all(void)
{
	uint64_t first = ask_refreshes();
	struct wire_in in;

	for (size_t i = 0; i < N_CLIENT; i++) {
		next(first, &in);
		assert_int_equal(in.type, MSG_DENIED);
		assert_string_equal(wire_get_str(&in, WIRE_STRING_MAX), "refresh-refused");
	}
}

/* Each gives a refresh token that the last one was not. */
static void refresh_all(void)
{
	uint64_t first = ask_refreshes();

	for (size_t i = 0; i < N_CLIENT; i++) {
		char spent[JWS_LEN_MAX + 1];
		struct wire_in in;
		struct client *client = next(first, &in);

		if (in.type != MSG_TOKENS)
			refused(client, &in, "a refresh");
		strcpy(spent, client->refresh);
		read_tokens(client, &in);
		assert_string_not_equal(client->refresh, spent);
	}
}

/* The tokens of test_code: renewed, and the new ones renewed again. */
static void test_refresh(void **state)
{
	(void)state;
	if (no_platform)
		skip();
	set_up(PUSHING, "");
	refresh_all();
	refresh_all();
	combinations += N_CLIENT;
}

/* The tokens of test_device: used a second time, a token costs the whole sign-in (RFC 9700 4.14.2).
 */
static void test_a_spent_token(void **state)
{
	static char spent[N_CLIENT][JWS_LEN_MAX + 1], fresh[N_CLIENT][JWS_LEN_MAX + 1];

	(void)state;
	if (no_platform)
		skip();
	for (size_t i = 0; i < N_CLIENT; i++)
		strcpy(spent[i], clients[i].refresh);
	refresh_all();
	for (size_t i = 0; i < N_CLIENT; i++) {
		strcpy(fresh[i], clients[i].refresh);
		strcpy(clients[i].refresh, spent[i]);
	}
	refuse_all();
	for (size_t i = 0; i < N_CLIENT; i++)
		strcpy(clients[i].refresh, fresh[i]);
	refuse_all();
}

/* And revoked: the platform knows them no more, which it says to a refresh. */
static void test_revocation(void **state)
{
	uint64_t first;
	struct wire_in in;

	(void)state;
	if (no_platform)
		skip();
	set_up(PUSHING, "");
	first = begin();
	for (size_t i = 0; i < N_CLIENT; i++)
		assert_int_equal(fake_core_revoke(&core, first + i, clients[i].name,
						  clients[i].refresh, clients[i].access),
				 0);
	for (size_t i = 0; i < N_CLIENT; i++) {
		const struct client *client = next(first, &in);

		if (in.type != MSG_REVOKED)
			refused(client, &in, "a revocation");
		if (!wire_get_bool(&in))
			fail_msg("%s could not revoke its tokens", client->name);
	}
	refuse_all();
	combinations += N_CLIENT;
}

/* The host's own token opens the directory, bound to its key or its certificate. */
static void test_client_credentials(void **state)
{
	uint64_t first;

	(void)state;
	if (no_platform)
		skip();
	set_up(USUAL, "");
	first = begin();
	for (size_t i = 0; i < N_CLIENT; i++) {
		if (!ways[i / 2].wrong)
			continue;
		wire_begin(&core.out, MSG_DIR_FIND, 0);
		wire_put_u64(&core.out, first + i);
		wire_put_str(&core.out, clients[i].name);
		wire_put_u32(&core.out, WIRE_FIND_USER_NAME);
		wire_put_str(&core.out, "alice");
		assert_int_equal(fake_core_send(&core), 0);
	}
	for (unsigned left = 2 * N_SHOWN; left > 0;) {
		struct wire_in in;
		struct client *client = next(first, &in);

		if (in.type == MSG_DIR_USER) {
			client->answers++;
		} else if (in.type == MSG_DIR_END) {
			bool complete = wire_get_bool(&in);

			if (!complete || client->answers != 1)
				fail_msg("the directory does not open for %s", client->name);
			left--;
		}
	}
	combinations += 2 * N_SHOWN;
}

/* ---- tokens that somebody brings ---- */

/* A bearer token of alice for a resource, given to the client "basic" in one of the two flows. */
static void fetch_token(enum wire_type type, const char *resource,
			char token[static JWS_LEN_MAX + 1])
{
	static char line[WIRE_STRING_MAX];
	struct client *basic = &clients[2];
	const char *end;
	uint64_t first = begin(), flow = first + 2;
	struct wire_in in;

	core.resource = resource;
	assert_int_equal((type == MSG_DEVICE ? fake_core_device : fake_core_authcode)(
				 &core, flow, basic->name, "openid profile host:login"),
			 0);
	core.resource = NULL;
	assert_ptr_equal(next(first, &in), basic);
	if (type == MSG_DEVICE)
		IGNORE(wire_get_str(&in, WIRE_STRING_MAX)[0]);
	assert_int_equal(
		platform_browse(&platform, basic->name, wire_get_str(&in, WIRE_STRING_MAX)), 0);
	assert_ptr_equal(browsed(line, sizeof(line), &end), basic);
	if (type == MSG_AUTHCODE)
		assert_int_equal(fake_core_redirect(&core, flow, end), 0);
	assert_ptr_equal(next(first, &in), basic);
	if (in.type != MSG_TOKENS)
		refused(basic, &in, "a token for a host");
	read_tokens(basic, &in);
	assert_ptr_equal(next(first, &in), basic);
	assert_int_equal(in.type, MSG_IDENTITY);
	strcpy(token, basic->access);
}

/* Every client of that kind takes alice's token for hers, and none with a byte changed. */
static void check_token(const char *token, bool by_asking)
{
	char broken[JWS_LEN_MAX + 1];

	assert_int_equal(strlen(token), strlen(strcpy(broken, token)));
	broken[strlen(broken) - 5] = broken[strlen(broken) - 5] == 'A' ? 'B' : 'A';
	for (size_t i = 0; i < N_CLIENT; i++) {
		uint64_t first = begin();
		struct wire_in in;

		if (by_asking && !ways[i / 2].wrong)
			continue;
		assert_int_equal(fake_core_token(&core, first + i, clients[i].name, token), 0);
		next(first, &in);
		if (in.type != MSG_IDENTITY)
			refused(&clients[i], &in, "a token");
		read_identity(&clients[i], &in, clients[i].name);
		assert_int_equal(fake_core_token(&core, first + i, clients[i].name, broken), 0);
		next(first, &in);
		assert_int_equal(in.type, MSG_DENIED);
		combinations++;
	}
}

static void test_token_by_keys(void **state)
{
	static char token[JWS_LEN_MAX + 1];

	(void)state;
	if (no_platform)
		skip();
	set_up(USUAL, "verify = jwks\naudience = " HOST "\n");
	fetch_token(MSG_AUTHCODE, HOST, token);
	check_token(token, false);
}

static void test_token_by_introspection(void **state)
{
	static char token[JWS_LEN_MAX + 1];

	(void)state;
	if (no_platform)
		skip();
	set_up(USUAL, "verify = introspect\naudience = " OPAQUE "\n");
	fetch_token(MSG_DEVICE, OPAQUE, token);
	check_token(token, true);
}

/* ---- the strictness itself ---- */

/* Who proves itself wrongly gets nothing: without this, the rest could pass at an open door. */
static void test_wrong_proofs_are_refused(void **state)
{
	uint64_t first;

	(void)state;
	if (no_platform)
		skip();
	set_up(WRONG, "");
	first = begin();
	for (size_t i = 0; i < N_CLIENT; i++)
		if (ways[i / 2].wrong)
			assert_int_equal(
				fake_core_device(&core, first + i, clients[i].name, "openid"), 0);
	for (unsigned left = 2 * N_SHOWN; left > 0; left--) {
		struct wire_in in;
		const struct client *client = next(first, &in);

		if (in.type != MSG_FAILED)
			fail_msg("%s with a wrong proof was not refused", client->name);
		assert_string_equal(wire_get_str(&in, WIRE_STRING_MAX), "platform-refused");
		assert_memory_equal(wire_get_str(&in, REASON_MAX), "invalid_client", 14);
	}
}

static void test_the_platform_is_strict(void **state)
{
	char command[1024], said[512] = "";
	FILE *out;

	(void)state;
	if (no_platform)
		skip();
	assert_true(
		snprintf(command, sizeof(command),
			 "curl -s --cacert %s/ca.pem -o /dev/null -w '%%{redirect_url}' "
			 "'%s/auth?client_id=code-none&response_type=code&scope=openid&state=s"
			 "&redirect_uri=http%%3A%%2F%%2F127.0.0.1%%2F&code_challenge_method=S256"
			 "&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM'",
			 platform.dir, platform.issuer) > 0);
	out = popen(command, "re");
	assert_non_null(out);
	assert_non_null(fgets(said, sizeof(said), out));
	assert_int_equal(pclose(out), 0);
	assert_non_null(strstr(said, "error=invalid_request")); /* it was not pushed */
	assert_true(proofs_with_nonce >= N_WAYS);
}

/* idp-netd ran with --debug all the time: of what it held, nothing is in its log. */
static void test_nothing_secret_was_logged(void **state)
{
	static const char *const secrets[] = { "p%41s:q", "p%2541s", "BEGIN PRIVATE", "eyJ" };

	(void)state;
	if (no_platform)
		skip();
	assert_true(fake_core_logged(&core, "provider basic"));
	for (size_t i = 0; i < ELEMENTSOF(secrets); i++)
		assert_false(fake_core_logged(&core, secrets[i]));
	for (size_t i = 0; i < N_CLIENT; i++) {
		assert_false(fake_core_logged(&core, clients[i].access));
		assert_false(fake_core_logged(&core, clients[i].refresh));
	}
}

static void test_all_of_it_ran(void **state)
{
	static const unsigned known = 5 * N_CLIENT + 2 * 2 * N_SHOWN;

	(void)state;
	if (no_platform)
		skip();
	print_message("# %u combinations of flow, client authentication and DPoP\n", combinations);
	assert_true(combinations >= known);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_device),
		TEST(test_a_spent_token),
		TEST(test_code),
		TEST(test_refresh),
		TEST(test_revocation),
		TEST(test_client_credentials),
		TEST(test_token_by_keys),
		TEST(test_token_by_introspection),
		TEST(test_wrong_proofs_are_refused),
		TEST(test_the_platform_is_strict),
		TEST(test_nothing_secret_was_logged),
		TEST(test_all_of_it_ran),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, start, stop);
}
