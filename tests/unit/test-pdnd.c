/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What an administrator is told of clients, purposes and e-services, word for word. */
#include "tests/lib/test.h"

#include "idp-agentd/core/config.h"
#include "idp-agentd/core/pdnd.h"
#include "idp-agentd/core/row.h"
#include "idp-agentd/core/voucher.h"
#include "tests/lib/conf.h"

#define NOW   1800000000u /* 2027-01-15 08:00:00 UTC */
#define DAY   86400u
#define ID(n) "00000000-0000-4000-8000-0000000000" n
#define KID_A "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define KID_B "BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB"
#define KID_S "SSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSS"

#define PROVIDER                                                       \
	"[provider pdnd]\npreset = pdnd\nissuer = interop.pagopa.it\n" \
	"audience = y\n[service default]\nflow = token\n"
#define CLIENT(name, n, more) "[client " name "]\nclient_id = " ID(n) "\n" more
#define PURPOSE(name, n, clients, eservice, more) \
	"[purpose " name "]\nid = " ID(n) "\nclients = " clients "\neservice = " eservice "\n" more
/* The graph of the platform's own manual. */
#define GRAPH                                                                                  \
	PROVIDER CLIENT("A", "0a", "users = team-a\n") CLIENT("B", "0b", "groups = team-b\n")  \
		PURPOSE("P1", "01", "A", "X", "") PURPOSE("P2", "02", "A B", "X", "") PURPOSE( \
			"P3", "03", "B", "Y", "users = carl\n") "[eservice X]\n[eservice Y]\n"

/* ---- a host that is made up ---- */

struct host {
	char said[16384]; /* "kind: value | value" lines */
	const char *unknown;
	bool open;
	const struct voucher_state *states; /* of A-P1, of all others */
	int64_t skew;                       /* 0: not known */
};

static void host_row(void *userdata, const struct row *row)
{
	struct host *host = userdata;
	size_t len = strlen(host->said);

	len += (size_t)snprintf(host->said + len, sizeof(host->said) - len, "%s:", row->kind);
	for (size_t i = 0; i < row->n; i++) {
		const struct row_field *field = &row->fields[i];

		len += (size_t)snprintf(host->said + len, sizeof(host->said) - len, "%s %s",
					i ? " |" : "", field->text ? field->text : field->number);
	}
	(void)snprintf(host->said + len, sizeof(host->said) - len, "\n");
}

static bool host_knows(void *userdata, bool group, const char *name)
{
	(void)group;
	return strcmp(((const struct host *)userdata)->unknown, name) != 0;
}

static bool host_is_open(void *userdata, const char *file)
{
	(void)file;
	return ((const struct host *)userdata)->open;
}

static void host_look(void *userdata, const char *client, const char *purpose,
		      struct voucher_state *ret_state)
{
	const struct host *host = userdata;
	bool first = strcmp(client, "A") == 0 && strcmp(purpose, "P1") == 0;

	*ret_state =
		host->states ? host->states[first ? 0 : 1] : (struct voucher_state){ .said = "" };
}

static bool host_skew(void *userdata, const char *provider, int64_t *ret_seconds)
{
	(void)provider;
	*ret_seconds = ((const struct host *)userdata)->skew;
	return *ret_seconds != 0;
}

static bool tell(void (*what)(struct pdnd_view *), const struct config *config,
		 const struct pdnd_keys *keys, struct host *host)
{
	struct pdnd_view view = {
		.config = config,
		.now = NOW,
		.keys = keys,
		.knows = host_knows,
		.is_open = host_is_open,
		.look = host_look,
		.skew = host_skew,
		.row = host_row,
		.userdata = host,
	};

	what(&view);
	return view.failed;
}

static const struct pdnd_keys young[3] = {
	{ .kid = KID_A, .made = NOW - DAY },
	{ .kid = KID_B, .made = NOW - 3600 },
	{ .kid = KID_S, .made = NOW - 2 * DAY },
};

/* ---- graph ---- */

static void expect_graph(const char *text, const char *wanted)
{
	_cleanup_(config_freep) struct config *config = conf_take("", text);
	struct host host = { .unknown = "" };

	assert_false(tell(pdnd_graph, config, NULL, &host));
	assert_string_equal(host.said, wanted);
}

static void test_the_graph_of_the_manual(void **state)
{
	(void)state;
	expect_graph(GRAPH,
		     "eservice: X | mixed: several clients, also of other e-services | pdnd\n"
		     "association: X | P1 | A | user team-a\n"
		     "association: X | P2 | A | user team-a\n"
		     "association: X | P2 | B | group team-b\n"
		     "eservice: Y | one client for several e-services | pdnd\n"
		     "association: Y | P3 | B | user carl, and also: group team-b\n");
}

static void test_the_three_models_have_names(void **state)
{
	(void)state;
	expect_graph(PROVIDER CLIENT("A", "0a", "") PURPOSE("P1", "01", "A", "X", "")
			     PURPOSE("P2", "02", "A", "X", "users = u v\n") "[eservice X]\n",
		     "eservice: X | one client per e-service | pdnd\n"
		     "association: X | P1 | A | only root\n"
		     "association: X | P2 | A | user u or user v\n");
	expect_graph(PROVIDER CLIENT("A", "0a", "") CLIENT("B", "0b", "")
			     PURPOSE("P1", "01", "A", "X", "")
				     PURPOSE("P2", "02", "B", "X", "") "[eservice X]\n",
		     "eservice: X | several clients per e-service | pdnd\n"
		     "association: X | P1 | A | only root\n"
		     "association: X | P2 | B | only root\n");
	expect_graph(PROVIDER CLIENT("A", "0a", "") CLIENT("M", "0b", "kind = api\nusers = ops\n")
			     PURPOSE("P1", "01", "A", "X", "")
				     PURPOSE("P2", "02", "A", "Y",
					     "") "[eservice X]\n[eservice Y]\n[eservice Z]\n",
		     "eservice: X | one client for several e-services | pdnd\n"
		     "association: X | P1 | A | only root\n"
		     "eservice: Y | one client for several e-services | pdnd\n"
		     "association: Y | P2 | A | only root\n"
		     "eservice: Z | none: no purpose is about it | pdnd\n"
		     "api-client: M | user ops\n");
}

/* ---- lint ---- */

static void expect_lint(const char *text, const struct pdnd_keys *keys, struct host host,
			bool failed, const char *wanted)
{
	_cleanup_(config_freep) struct config *config = conf_take("", text);

	assert_int_equal(tell(pdnd_lint, config, keys, &host), failed);
	assert_string_equal(host.said, wanted);
}

static void test_lint_of_what_is_well(void **state)
{
	(void)state;
	expect_lint(GRAPH, young, (struct host){ .unknown = "" }, false,
		    "exposure: A | 2 | 1 | 1 | 2 | 1 day old\n"
		    "exposure: B | 2 | 2 | 1 | 2 | made today\n");
}

static void test_lint_of_keys(void **state)
{
	static const struct pdnd_keys none[2] = { { .kid = "" },
						  { .reason = "used.pem: it is empty" } };
	static const struct pdnd_keys old[2] = {
		{ .kid = KID_A,
		  .made = NOW - 400 * DAY,
		  .spare = KID_S,
		  .spare_made = NOW - 31 * DAY },
		{ .kid = KID_A, .made = NOW - DAY, .spare = KID_S, .spare_made = NOW - DAY },
	};
	(void)state;
	expect_lint(GRAPH, none, (struct host){ .unknown = "" }, true,
		    "exposure: A | 2 | 1 | 1 | 2 | none\n"
		    "exposure: B | 2 | 2 | 1 | 2 | none\n"
		    "finding: error | client A | It has no key. | idpctl pdnd key new A\n"
		    "finding: error | client B | It cannot sign: used.pem: it is empty. | \n");
	expect_lint(
		GRAPH, old, (struct host){ .unknown = "" }, true,
		"exposure: A | 2 | 1 | 1 | 2 | 400 days old\n"
		"exposure: B | 2 | 2 | 1 | 2 | 1 day old\n"
		"finding: warning | client A | Its key is 400 days old. | idpctl pdnd key rotate A\n"
		"finding: note | client A | It has a spare key, 31 days old: a rotation was not "
		"ended. | If the platform knows it and it is the new one: idpctl pdnd key use A; "
		"if it is the old one: idpctl pdnd key drop A\n"
		"finding: warning | client B | It signs with the key of client A: who has the one "
		"is both. | Give each client a key of its own: then one can be taken away alone.\n");
}

static void test_lint_of_who_may(void **state)
{
	(void)state;
	expect_lint(
		PROVIDER CLIENT("A", "0a", "") CLIENT("B", "0b", "users = u\n") CLIENT(
			"C", "0c", "") PURPOSE("P1", "01", "A", "X",
					       "users = u v\ngroups = g\n") PURPOSE("P2", "02", "A",
										    "Y",
										    "users = v w\n")
			PURPOSE("P3", "03", "B", "X", "users = v\n") PURPOSE(
				"P4", "04", "A", "X",
				"") "[eservice X]\n[eservice Y]\n[eservice Z]\n[eservice W]\nid = " ID("0e") "\n",
		young, (struct host){ .unknown = "w", .open = true }, true,
		"exposure: A | 3 | 2 | 4 | 12 | 1 day old\n"
		"exposure: B | 1 | 1 | 1 | 1 | made today\n"
		"exposure: C | 0 | 0 | 0 | 0 | 2 days old\n"
		"finding: warning | visibility | Every user can read t.conf, and with it who has "
		"which purposes. | chown root:idp-agentd t.conf; chmod 0640 t.conf; a file of its "
		"own in conf.d will do\n"
		"finding: warning | client A | It serves 2 e-services and 4 users and groups may "
		"use it: whoever gets hold of one of them reaches every e-service. | Give each "
		"e-service, or each team, a client of its own.\n"
		"finding: note | client C | No purpose is associated with it. | Name it in clients "
		"of a [purpose], or leave it out.\n"
		"finding: warning | purpose P2 | This host knows no user w. | Correct the name, or "
		"make it; until then nobody comes in by it.\n"
		"finding: warning | purpose P3 | As client B nobody but root may have its vouchers: "
		"its users are none of the client's. | Write the same user in both, or leave users "
		"out of one.\n"
		"finding: note | purpose P4 | As client A only root may have its vouchers. | Write "
		"users or groups in either of them, if others shall.\n"
		"finding: note | eservice Z | No purpose is about it, and no rule can mean it. | "
		"Write a [purpose] about it, or its id for rules, or leave it out.\n");
}

/* ---- doctor ---- */

#define LINKS                                                                          \
	"link: 1 | an active version of the e-service | the platform\n"                \
	"link: 2 | an active agreement with its provider | the platform\n"             \
	"link: 3 | an active purpose | the platform\n"                                 \
	"link: 4 | the client associated with the purpose | the platform; idp.conf "   \
	"has ours\n"                                                                   \
	"link: 5 | the client's public key | the platform; below is the kid of ours\n" \
	"finding: note | clock | It is 2027-01-15 08:00:00 UTC here, and assertions say so. | \n"

static void expect_doctor(const char *text, const struct pdnd_keys *keys, struct host host,
			  bool failed, const char *wanted)
{
	_cleanup_(config_freep) struct config *config = conf_take("", text);

	host.unknown = "";
	assert_int_equal(tell(pdnd_doctor, config, keys, &host), failed);
	assert_string_equal(host.said, wanted);
}

/* clang-format off */
#define SENT \
	"finding: ok | provider pdnd | Assertions for auth.interop.pagopa.it/client-assertion " \
	"are sent to https://auth.interop.pagopa.it/token.oauth2. | \n"
#define SIGNS(client, kid, id) \
	"finding: ok | client " client " | It signs with kid " kid "; client_id " id ". | \n"
#define COMPARE(client, purpose) \
	"To be compared there: client " client ", purpose " purpose ".\n"

static void test_the_doctor_names_what_can_be_compared(void **state)
{
	(void)state;
	expect_doctor(
		GRAPH, young, (struct host){ .skew = 0 }, false,
		LINKS SENT SIGNS("A", KID_A, ID("0a")) SIGNS("B", KID_B, ID("0b"))
		"finding: note | purpose P1 | With client A: not asked for lately. | "
		COMPARE(ID("0a"), ID("01"))
		"finding: note | purpose P2 | With client A: not asked for lately. | "
		COMPARE(ID("0a"), ID("02"))
		"finding: note | purpose P2 | With client B: not asked for lately. | "
		COMPARE(ID("0b"), ID("02"))
		"finding: note | purpose P3 | With client B: not asked for lately. | "
		COMPARE(ID("0b"), ID("03")));
}

static void test_the_doctor_tells_how_it_went(void **state)
{
	static const struct voucher_state states[2] = {
		{ .next = NOW + 240, .suspended = true,
		  .said = "The platform gives no voucher (015-0008)." },
		{ .until = NOW + 500, .said = "" },
	};
	(void)state;
	expect_doctor(
		GRAPH CLIENT("M", "0c", "kind = api\n"), young,
		(struct host){ .states = states, .skew = -31 }, true,
		LINKS
		"finding: warning | provider pdnd | Its clock is 31 s behind ours: it may refuse "
		"assertions, and e-services vouchers. | Set this host's clock, and see that something "
		"keeps it (NTP).\n"
		SENT SIGNS("A", KID_A, ID("0a")) SIGNS("B", KID_B, ID("0b"))
		SIGNS("M", KID_S, ID("0c"))
		"finding: ok | client M | With client M: the platform gives vouchers. | \n"
		"finding: warning | purpose P1 | With client A: The platform gives no voucher "
		"(015-0008). Asked again in 240 s at the earliest. | "
		COMPARE(ID("0a"), ID("01"))
		"finding: ok | purpose P2 | With client A: the platform gives vouchers. | \n"
		"finding: ok | purpose P2 | With client B: the platform gives vouchers. | \n"
		"finding: ok | purpose P3 | With client B: the platform gives vouchers. | \n");
	expect_doctor(PROVIDER CLIENT("A", "0a", ""), young, (struct host){ .skew = 30 }, false,
		      LINKS "finding: ok | provider pdnd | Its clock and ours are 30 s apart. | \n"
		      SENT SIGNS("A", KID_A, ID("0a")));
}
/* clang-format on */

#define ONE_ENVIRONMENT                                                                  \
	"Write token_endpoint, client_aud, issuer and jwks_uri all of one environment; " \
	"idp.conf(5) has those of production.\n"
#define ENVIRONMENT(more)                                     \
	"[provider pdnd]\npreset = pdnd\naudience = y\n" more \
	"[service default]\nflow = token\n" CLIENT("A", "0a", "")

static void test_the_doctor_sees_two_environments(void **state)
{
	static const struct pdnd_keys keys[1] = { { .kid = KID_A } };
	static const char last[] = "finding: ok | client A | It signs with kid " KID_A
				   "; client_id " ID("0a") ". | \n";
	char wanted[4096];
	(void)state;
	(void)snprintf(
		wanted, sizeof(wanted), "%s%s%s", LINKS,
		"finding: error | provider pdnd | Assertions for "
		"auth.interop.pagopa.it/client-assertion are sent to "
		"https://auth.uat.interop.pagopa.it/token.oauth2: these are two environments. "
		"| " ONE_ENVIRONMENT,
		last);
	expect_doctor(
		ENVIRONMENT("issuer = uat.interop.pagopa.it\n"
			    "token_endpoint = https://auth.uat.interop.pagopa.it/token.oauth2\n"),
		keys, (struct host){ .skew = 0 }, true, wanted);
	(void)snprintf(
		wanted, sizeof(wanted), "%s%s%s", LINKS,
		"finding: error | provider pdnd | Vouchers of uat.interop.pagopa.it are checked "
		"with the keys of https://interop.pagopa.it/.well-known/jwks.json: these are two "
		"environments. | " ONE_ENVIRONMENT,
		last);
	expect_doctor(ENVIRONMENT("issuer = uat.interop.pagopa.it\n"), keys,
		      (struct host){ .skew = 0 }, true, wanted);
}

TEST_MAIN(TEST(test_the_graph_of_the_manual), TEST(test_the_three_models_have_names),
	  TEST(test_lint_of_what_is_well), TEST(test_lint_of_keys), TEST(test_lint_of_who_may),
	  TEST(test_the_doctor_names_what_can_be_compared), TEST(test_the_doctor_tells_how_it_went),
	  TEST(test_the_doctor_sees_two_environments))
