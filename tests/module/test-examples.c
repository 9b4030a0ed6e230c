/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * etc/examples: every configuration there is taken whole and without a remark, has expectations of
 * its own, and does what it says to people as its platform describes them, through the real daemon.
 * As root.
 */
#include "tests/lib/test.h"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <openssl/pem.h>

#include "idp-agentd/core/config.h"
#include "tests/lib/world.h"

#define LIST_MAX 8

/* A person as idp-netd hands on what the platform said. */
struct person {
	const char *groups[LIST_MAX], *entitlements[LIST_MAX], *scopes[LIST_MAX];
	const char *acr;
	const char *claims[LIST_MAX][2];
	const char *mark; /* "workload", "anonymous": of a token that was shown */
};

/* The words of one decision at the very end of a conversation. */
struct visit {
	const char *service;
	struct person person;
	int result;
	const char *reason; /* how the reason begins */
};

struct example {
	const char *file, *provider, *issuer;
	unsigned n_expects;     /* [expect] sections */
	const char *loa;        /* of alice in the directory; NULL: people are learned */
	bool code;              /* people paste where their browser ended */
	struct visit visits[8]; /* of people who sign in */
	struct visit shown[6];  /* of tokens that are shown to a resource: enum wire_verified */
};

#define CALCOLO "/infn/calcolo"
#define SELF                      \
	{                         \
		"/origin", "self" \
	}
#define SPID "https://www.spid.gov.it/"
#define TENANT                                                       \
	{                                                            \
		"/tenant_id", "60e3c0de-0000-4000-8000-000000000001" \
	}
#define PURPOSE(n)                                                  \
	{                                                           \
		"/purposeId", "34f1624b-91cb-4b05-b8c0-cad208a30" n \
	}
#define ESERVICE(n)                                                   \
	{                                                             \
		"/eserviceId", "0c9b2a94-6c2e-4c06-9a0f-7e3f9f4b2a" n \
	}

static const struct example examples[] = {
	{ .file = "generic.conf",
	  .provider = "corp",
	  .issuer = "https://id.example.org",
	  .n_expects = 3,
	  .visits = { { "sshd", { .groups = { "staff" } }, WIRE_PERMIT, "permit rule=staff" },
		      { "sshd", { .groups = { "Staff" } }, WIRE_DENY, "missing=group:staff" },
		      { "sudo", { .groups = { "staff" } }, WIRE_DENY, "missing=group:admins" },
		      { "sudo", { .groups = { "admins" } }, WIRE_PERMIT, "permit rule=admins" },
		      { "cron", { .groups = { "staff", "admins" } }, WIRE_DENY, "no-rule" } } },
	{ .file = "keycloak.conf",
	  .loa = "2", /* it has a directory */
	  .provider = "corp",
	  .issuer = "https://sso.example.org/realms/corp",
	  .n_expects = 3,
	  .visits = { { "sshd", { .groups = { "unix" } }, WIRE_PERMIT, "permit" },
		      { "sshd", { .entitlements = { "unix-login" } }, WIRE_PERMIT, "permit" },
		      { "sshd",
			{ .groups = { "unix", "leavers" } },
			WIRE_DENY,
			"denied-by=leavers" },
		      { "sudo", { .entitlements = { "unix-admin" } }, WIRE_PERMIT, "permit" } } },
	{ .file = "infn.conf",
	  .provider = "infn",
	  .issuer = "https://iam.example.infn.it/",
	  .n_expects = 5,
	  .loa = "2",
	  .visits = { { "sshd",
			{ .groups = { CALCOLO }, .scopes = { "host.login" }, .claims = { SELF } },
			WIRE_PERMIT,
			"permit rule=shell" },
		      { "sshd",
			{ .scopes = { "host.login" }, .claims = { { "/site", "LNF" }, SELF } },
			WIRE_PERMIT,
			"permit rule=shell" },
		      { "sshd",
			{ .groups = { CALCOLO },
			  .scopes = { "host.login" },
			  .claims = { { "/origin", "application" } } },
			WIRE_DENY,
			"missing=!origin:application" },
		      /* nobody knows where it comes from: the least trust there is */
		      { "sshd",
			{ .groups = { CALCOLO }, .scopes = { "host.login" } },
			WIRE_DENY,
			"missing=!origin:application" },
		      { "sshd",
			{ .groups = { CALCOLO "/admin" },
			  .scopes = { "host.login" },
			  .claims = { SELF } },
			WIRE_DENY,
			"missing=group:/infn/calcolo|" },
		      { "sudo",
			{ .groups = { CALCOLO "/admin" },
			  .scopes = { "host.sudo" },
			  .acr = "https://refeds.org/profile/mfa" },
			WIRE_PERMIT,
			"permit rule=admin" },
		      { "sudo",
			{ .groups = { CALCOLO "/admin" },
			  .scopes = { "host.sudo" },
			  .acr = "https://www.spid.gov.it/SpidL3" },
			WIRE_PERMIT,
			"permit rule=admin" } } },
	{ .file = "ptc.conf",
	  .provider = "corp",
	  .issuer = "https://sso.example.com",
	  .n_expects = 3,
	  .visits = { { "sshd", { .scopes = { "host.login" } }, WIRE_PERMIT, "permit rule=login" },
		      { "sudo", { .scopes = { "host.sudo" } }, WIRE_PERMIT, "permit rule=admin" },
		      { "windchill-sync",
			{ .scopes = { "WINDCHILL_READ" } },
			WIRE_PERMIT,
			"permit" } } },
	{ .file = "prenly.conf",
	  .provider = "prenly",
	  .issuer = "https://as.example.se",
	  .n_expects = 2,
	  .code = true,
	  .visits = { { "epaper-sftp",
			{ .entitlements = { "CROSSWORDS", "AOW" } },
			WIRE_PERMIT,
			"permit rule=readers" },
		      { "epaper-sftp",
			{ .entitlements = { "aow" } },
			WIRE_DENY,
			"missing=product:AOW|product:AOW-PLUS" },
		      { "epaper-sftp", { .mark = NULL }, WIRE_DENY, "missing=product:AOW|" } } },
	{ .file = "spid.conf",
	  .provider = "cie",
	  .issuer = "https://oidc.example.gov.it",
	  .n_expects = 3,
	  .code = true,
	  .visits = { { "sshd",
			{ .acr = SPID "SpidL2" },
			WIRE_DENY,
			"missing=user:anna|user:bruno" } } },
	{ .file = "opencity.conf",
	  .provider = "bugliano",
	  .issuer = "https://servizi.comune.bugliano.pi.it/lang",
	  .n_expects = 3,
	  .shown = { { "residenza-api",
		       { .entitlements = { "ROLE_USER", "ROLE_CPS_USER" }, .claims = { TENANT } },
		       WIRE_VERIFIED_YES,
		       "permit rule=citizen-own-data" },
		     { "residenza-admin",
		       { .entitlements = { "ROLE_CPS_USER" }, .claims = { TENANT } },
		       WIRE_VERIFIED_NO,
		       "missing=role:ROLE_ADMIN" },
		     { "residenza-admin",
		       { .entitlements = { "ROLE_ADMIN" }, .claims = { TENANT } },
		       WIRE_VERIFIED_YES,
		       "permit rule=tenant-admin" },
		     { "residenza-api",
		       { .entitlements = { "ROLE_CPS_USER" },
			 .claims = { { "/tenant_id", "60e3c0de-0000-4000-8000-000000000002" } } },
		       WIRE_VERIFIED_NO,
		       "missing=tenant:" },
		     { "residenza-api",
		       { .entitlements = { "ROLE_CPS_USER" },
			 .claims = { TENANT },
			 .mark = "anonymous" },
		       WIRE_VERIFIED_NO,
		       "anonymous" },
		     { "sshd",
		       { .entitlements = { "ROLE_ADMIN" }, .claims = { TENANT } },
		       WIRE_VERIFIED_NO_RESOURCE,
		       "" } } },
	{ .file = "pdnd.conf",
	  .provider = "pdnd",
	  .issuer = "interop.pagopa.it",
	  .n_expects = 3,
	  .shown = { { "eservice-x",
		       { .claims = { PURPOSE("201"), ESERVICE("01") }, .mark = "workload" },
		       WIRE_VERIFIED_YES,
		       "permit rule=eservice-x" },
		     { "eservice-x",
		       { .claims = { PURPOSE("203"), ESERVICE("01") }, .mark = "workload" },
		       WIRE_VERIFIED_NO,
		       "missing=purpose:P1|purpose:P2" },
		     { "eservice-x",
		       { .claims = { PURPOSE("201"), ESERVICE("02") }, .mark = "workload" },
		       WIRE_VERIFIED_NO,
		       "missing=eservice:X" },
		     { "eservice-x",
		       { .claims = { PURPOSE("201"), ESERVICE("01") } },
		       WIRE_VERIFIED_NO,
		       "missing=subject:workload" } } },
};

static char folder[] = "/tmp/idp-examples-XXXXXX"; /* the credentials they name */

static const char *example_path(const char *name, char path[static 4096])
{
	const char *top = getenv("top_srcdir");

	(void)snprintf(path, 4096, "%s/etc/examples/%s", top ? top : "..", name);
	return path;
}

static char *example_text(const char *name)
{
	char path[4096], *text = calloc(1, 65536);
	FILE *f = fopen(example_path(name, path), "re");

	assert_non_null(f);
	assert_non_null(text);
	assert_true(fread(text, 1, 65535, f) > 0);
	(void)fclose(f);
	return text;
}

static unsigned count(const char *text, const char *word)
{
	unsigned n = 0;

	for (const char *at = strstr(text, word); at; at = strstr(at + 1, word))
		n += at == text || at[-1] == '\n';
	return n;
}

/* ---- each alone ---- */

static void test_every_file_is_taken_without_a_remark(void **state)
{
	char path[4096];
	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(examples); i++) {
		_cleanup_free_ char *text = example_text(examples[i].file);
		struct config_source source = { examples[i].file, text, strlen(text) };
		struct config_problems problems = { 0 };
		_cleanup_(config_freep) struct config *config = NULL;
		const struct config_provider *provider;
		int r = config_parse(&source, 1, &problems, &config);

		if (r != 0 || problems.n > 0)
			config_problems_print(&problems, stderr);
		assert_int_equal(r, 0);
		assert_int_equal(problems.n, 0);
		provider = config_provider(config, examples[i].provider);
		assert_non_null(provider);
		assert_string_equal(provider->issuer, examples[i].issuer);
		assert_int_equal(count(text, "[expect "), examples[i].n_expects);
		assert_int_equal(access(example_path(examples[i].file, path), R_OK), 0);
	}
}

static void test_no_file_is_without_a_test(void **state)
{
	char path[4096];
	DIR *dir = opendir(example_path("", path));
	unsigned n = 0;
	(void)state;
	assert_non_null(dir);
	for (struct dirent *entry = readdir(dir); entry; entry = readdir(dir)) {
		const char *end = strrchr(entry->d_name, '.');
		bool known = false;

		if (!end || strcmp(end, ".conf") != 0)
			continue;
		for (size_t i = 0; i < ELEMENTSOF(examples); i++)
			known = known || strcmp(examples[i].file, entry->d_name) == 0;
		if (!known && strcmp(entry->d_name, "nginx.conf") != 0)
			fail_msg("%s is not in this test", entry->d_name);
		n += known;
	}
	(void)closedir(dir);
	assert_int_equal(n, ELEMENTSOF(examples));
}

/* A typing error in a file that somebody copies is found, and named by its line. */
static void test_what_is_misspelt_is_found(void **state)
{
	static const struct {
		const char *file, *right, *wrong, *said;
	} rows[] = {
		{ "infn.conf", "need    = provider:infn loa:2 scope:host.login\n",
		  "need    = provider:infn loa:2 scope:host.Login\n", "host.login" },
		{ "infn.conf", "need    = provider:infn loa:2 scope:host.sudo",
		  "need    = provider:infn loa:3 scope:host.sudo", "no rung 3" },
		{ "opencity.conf", "[roles opencity]\n",
		  "[roles opencity]\nROLE_USER = ROLE_ADMIN\n", "ROLE_" },
		{ "pdnd.conf", "eservice = Y\n", "eservice = Z\n", "Z" },
		{ "pdnd.conf", "clients  = A B\n", "clients  = A C\n", "C" },
		{ "ptc.conf", "scope:WINDCHILL_READ\n\n", "scope:WINDCHILL_read\n\n",
		  "differs only" },
		{ "keycloak.conf", "group:leavers\nsay", "group:unix\nsay",
		  "[expect admin-survives]" },
		{ "generic.conf", "group:admins fresh:15m", "group:wheel fresh:15m",
		  "admins-keep-root" },
	};
	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		_cleanup_free_ char *text = example_text(rows[i].file), *changed = NULL;
		char *at = strstr(text, rows[i].right);
		struct config_source source = { .file = rows[i].file };
		struct config_problems problems = { 0 };
		struct config *config = NULL;
		bool said = false;

		if (!at)
			fail_msg("%s has no \"%s\"", rows[i].file, rows[i].right);
		assert_true(asprintf(&changed, "%.*s%s%s", (int)(at - text), text, rows[i].wrong,
				     at + strlen(rows[i].right)) > 0);
		source.text = changed;
		source.len = strlen(changed);
		assert_int_equal(config_parse(&source, 1, &problems, &config), CONFIG_E_REFUSED);
		for (size_t j = 0; j < problems.n; j++)
			said = said || (strstr(problems.items[j].text, rows[i].said) &&
					problems.items[j].line > 0);
		if (!said) {
			config_problems_print(&problems, stderr);
			fail_msg("%s: nothing of \"%s\"", rows[i].file, rows[i].said);
		}
		config_problems_done(&problems);
	}
}

/* ---- through the daemon ---- */

static void put_list(struct buf *out, const char *const list[LIST_MAX])
{
	uint32_t n = 0;

	while (n < LIST_MAX && list[n])
		n++;
	wire_put_count(out, n);
	for (uint32_t i = 0; i < n; i++)
		wire_put_str(out, list[i]);
}

static void put_identity(struct world *w, const struct example *example,
			 const struct person *person)
{
	struct buf *out = &w->agentd.netd.out;
	uint64_t now = clock_real() / USEC_PER_SEC;
	static const char *const none[LIST_MAX];
	const char *const marks[LIST_MAX] = { person->mark };
	uint32_t n = 0;

	wire_begin(out, MSG_IDENTITY, 0);
	wire_put_u64(out, w->flow);
	wire_put_str(out, example->provider);
	wire_put_str(out, example->issuer);
	wire_put_str(out, "s1");
	wire_put_str(out, "alice");
	put_list(out, person->groups);
	put_list(out, person->entitlements);
	put_list(out, person->scopes);
	wire_put_str(out, person->acr ? person->acr : "");
	put_list(out, none); /* amr */
	wire_put_u64(out, now);
	wire_put_u64(out, now + 300);
	while (n < LIST_MAX && person->claims[n][0])
		n++;
	wire_put_count(out, n + 1);
	wire_put_field(out, 's', "/preferred_username", "alice");
	for (uint32_t i = 0; i < n; i++)
		wire_put_field(out, 's', person->claims[i][0], person->claims[i][1]);
	put_list(out, marks);
	assert_int_equal(fake_netd_send(&w->agentd.netd), 0);
}

/* The directory knows alice, of this level. */
static void put_alice(struct world *w, const char *loa)
{
	struct fake_netd *netd = &w->agentd.netd;
	uint64_t flow, credit;

	assert_int_equal(fake_netd_expect(netd, MSG_DIR_SYNC, &flow), 0);
	assert_int_equal(fake_netd_expect(netd, MSG_CREDIT, &credit), 0);
	wire_begin(&netd->out, MSG_DIR_USER, 0);
	wire_put_u64(&netd->out, flow);
	wire_put_str(&netd->out, "s1");
	wire_put_str(&netd->out, "s1");
	wire_put_str(&netd->out, "alice");
	wire_put_u32(&netd->out, UINT32_MAX);
	wire_put_u32(&netd->out, UINT32_MAX);
	wire_put_str(&netd->out, "");
	wire_put_str(&netd->out, "");
	wire_put_str(&netd->out, "");
	wire_put_bool(&netd->out, true);
	wire_put_u64(&netd->out, 0);
	wire_put_count(&netd->out, 1);
	wire_put_field(&netd->out, 's', "loa", loa);
	assert_int_equal(fake_netd_send(netd), 0);
	assert_int_equal(fake_netd_end(netd, flow, true, ""), 0);
	world_wait_for_record(w, "alice");
}

/* AUTH, all but its end. */
static void enter(struct world *w, const struct example *example, const struct visit *visit)
{
	const char *const texts[] = { visit->service, "alice", "192.0.2.7", "tty1", "", NULL };
	struct fake_netd *netd = &w->agentd.netd;
	struct wire_in in;

	assert_int_equal(talk_ask(&w->talk, MSG_AUTH, texts), 0);
	assert_int_equal(
		fake_netd_expect(netd, example->code ? MSG_AUTHCODE : MSG_DEVICE, &w->flow), 0);
	if (example->code)
		assert_int_equal(fake_netd_auth_url(netd, w->flow, WORLD_URI, 300), 0);
	else
		assert_int_equal(fake_netd_code(netd, w->flow, WORLD_URI, "ABCD-EFGH", 300), 0);
	assert_int_equal(talk_next(&w->talk, &in), 0);
	assert_int_equal(in.type, MSG_ASK);
	if (example->code)
		world_answer(w, "https://host.test/callback?code=c&state=s");
	else
		assert_int_equal(talk_reply(&w->talk, MSG_ANSWER), 0);
	put_identity(w, example, &visit->person);
}

static bool start(struct world *w, const struct example *example)
{
	_cleanup_free_ char *text = example_text(example->file);
	bool started = world_start(w, text);

	if (started && example->loa)
		put_alice(w, example->loa);
	if (started)
		world_open(w);
	return started;
}

/* Who is not known yet, and may enter, is learned first. */
static int visit_result(struct world *w, const struct example *example, const struct visit *visit)
{
	int result;

	do {
		enter(w, example, visit);
		result = world_finish(w);
	} while (!example->loa && strcmp(w->reason, "learned") == 0);
	return result;
}

static void test_people_are_judged_as_it_says(void **state)
{
	unsigned n = 0;
	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(examples); i++) {
		const struct example *example = &examples[i];

		for (size_t j = 0; j < ELEMENTSOF(example->visits); j++) {
			const struct visit *visit = &example->visits[j];
			struct world w;

			if (!visit->service)
				break;
			if (!start(&w, example))
				skip();
			if (visit_result(&w, example, visit) != visit->result ||
			    strncmp(w.reason, visit->reason, strlen(visit->reason)) != 0)
				fail_msg("%s, visit %zu: %s", example->file, j, w.reason);
			world_end(&w);
			n++;
		}
	}
	assert_int_equal(n, 23);
}

static void test_tokens_are_judged_as_it_says(void **state)
{
	unsigned n = 0;
	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(examples); i++) {
		const struct example *example = &examples[i];
		struct world w;

		if (!example->shown[0].service)
			continue;
		if (!start(&w, example))
			skip();
		for (size_t j = 0; j < ELEMENTSOF(example->shown); j++) {
			const struct visit *visit = &example->shown[j];
			const char *const texts[] = {
				visit->service, "t-" AGENTD_TOKEN, "", "", "", NULL
			};
			struct wire_in in;
			const char *reason;
			uint32_t outcome;

			if (!visit->service)
				break;
			assert_int_equal(talk_ask(&w.talk, MSG_VERIFY, texts), 0);
			if (visit->result != WIRE_VERIFIED_NO_RESOURCE) {
				assert_int_equal(
					fake_netd_expect(&w.agentd.netd, MSG_TOKEN_VERIFY, &w.flow),
					0);
				put_identity(&w, example, &visit->person);
			}
			assert_int_equal(talk_next(&w.talk, &in), 0);
			assert_int_equal(in.type, MSG_VERIFIED);
			outcome = wire_get_u32(&in);
			reason = wire_get_str(&in, REASON_MAX);
			if (outcome != (uint32_t)visit->result ||
			    strncmp(reason, visit->reason, strlen(visit->reason)) != 0)
				fail_msg("%s, token %zu: %u %s", example->file, j, outcome, reason);
			n++;
		}
		world_end(&w);
	}
	assert_int_equal(n, 10);
}

/* ---- the credentials ---- */

static void put_key(const char *path)
{
	EVP_PKEY *key = EVP_RSA_gen(2048);
	FILE *f = fopen(path, "we");

	assert_non_null(key);
	assert_non_null(f);
	assert_int_equal(PEM_write_PKCS8PrivateKey(f, key, NULL, NULL, 0, NULL, NULL), 1);
	assert_int_equal(fclose(f), 0);
	EVP_PKEY_free(key);
}

static const char *const credentials[] = { "corp-secret", "infn-secret", "prenly-secret",
					   "cie-key" };

static int set_up(void **state)
{
	char path[4096];
	(void)state;
	if (!mkdtemp(folder))
		return -1;
	for (size_t i = 0; i < ELEMENTSOF(credentials); i++) {
		FILE *f;

		(void)snprintf(path, sizeof(path), "%s/%s", folder, credentials[i]);
		if (strstr(credentials[i], "-key"))
			put_key(path);
		f = fopen(path, "ae");
		if (!f || fchmod(fileno(f), 0600) < 0)
			return -1;
		if (!strstr(credentials[i], "-key"))
			(void)fputs("not-a-secret", f);
		(void)fclose(f);
	}
	return setenv("CREDENTIALS_DIRECTORY", folder, 1);
}

static int tear_down(void **state)
{
	char path[4096];
	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(credentials); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", folder, credentials[i]);
		(void)unlink(path);
	}
	return rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_every_file_is_taken_without_a_remark),
		TEST(test_no_file_is_without_a_test),
		TEST(test_what_is_misspelt_is_found),
		TEST(test_people_are_judged_as_it_says),
		TEST(test_tokens_are_judged_as_it_says),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
