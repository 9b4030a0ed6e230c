/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Clients, purposes and e-services: the three ways of putting them together and the mixed one, and
 * everything that is no graph.
 */
#include "tests/lib/test.h"

#include <stdio.h>
#include <string.h>

#include "idp-agentd/core/config.h"
#include "tests/lib/conf.h"

static struct config *take(const char *text)
{
	return conf_take("", text);
}

static void refuse(const char *text, const char *wanted)
{
	conf_refuse("", text, wanted);
}

#define PROVIDER                              \
	"[provider pdnd]\n"                   \
	"issuer = https://pdnd.example.org\n" \
	"client_id = x\n" /* lines 1 to 3 */
#define ID(n)           "00000000-0000-4000-8000-0000000000" n
#define CLIENT(name, n) "[client " name "]\nclient_id = " ID(n) "\n"
#define PURPOSE(name, n, clients, eservice) \
	"[purpose " name "]\nid = " ID(n) "\nclients = " clients "\neservice = " eservice "\n"
#define ESERVICE(name) "[eservice " name "]\n"

/* The graph of the platform's own manual: A has P1 and P2, B has P2 and P3; X has P1 and P2. */
#define GRAPH                                                                               \
	PROVIDER CLIENT("A", "0a") CLIENT("B", "0b") PURPOSE("P1", "01", "A", "X")          \
		PURPOSE("P2", "02", "A B", "X") PURPOSE("P3", "03", "B", "Y") ESERVICE("X") \
			ESERVICE("Y") "id = " ID("0e") "\naudience = https://y.example.org/v1\n"

static bool has(const struct config *config, const char *client, const char *purpose)
{
	return config_list_has(&config_purpose(config, purpose)->clients, client);
}

static void test_the_mixed_graph_has_its_pairs_and_no_others(void **state)
{
	_cleanup_(config_freep) struct config *config = take(GRAPH);

	(void)state;
	assert_int_equal(config->n_clients, 2);
	assert_int_equal(config->n_purposes, 3);
	assert_int_equal(config->n_eservices, 2);
	assert_true(has(config, "A", "P1"));
	assert_true(has(config, "A", "P2"));
	assert_false(has(config, "A", "P3"));
	assert_false(has(config, "B", "P1"));
	assert_true(has(config, "B", "P2"));
	assert_true(has(config, "B", "P3"));
	assert_string_equal(config_purpose(config, "P3")->eservice, "Y");
	assert_string_equal(config_purpose(config, "P3")->id, ID("03"));
	assert_string_equal(config_client(config, "A")->provider, "pdnd");
	assert_int_equal(config_client(config, "A")->kind, CLIENT_ESERVICE);
	assert_null(config_client(config, "A")->key);
	assert_string_equal(config_eservice(config, "Y")->audience.items[0],
			    "https://y.example.org/v1");
	assert_string_equal(config_eservice(config, "Y")->id, ID("0e"));
	assert_null(config_eservice(config, "X")->id);
	assert_null(config_client(config, "a"));
	assert_null(config_purpose(config, NULL));
	assert_null(config_eservice(config, "P1"));
}

static void test_the_three_models_load(void **state)
{
	_cleanup_(config_freep) struct config *one = take(PROVIDER CLIENT("A", "0a") PURPOSE(
		"P1", "01", "A", "X") PURPOSE("P2", "02", "A", "X") ESERVICE("X"));
	_cleanup_(config_freep) struct config *several =
		take(PROVIDER CLIENT("A", "0a") CLIENT("B", "0b") PURPOSE("P1", "01", "A B", "X")
			     ESERVICE("X") "[client M]\nkind = api\nclient_id = " ID("0c") "\n");
	_cleanup_(config_freep) struct config *shared = take(PROVIDER CLIENT("A", "0a") PURPOSE(
		"P1", "01", "A", "X") PURPOSE("P2", "02", "A", "Y") ESERVICE("X") ESERVICE("Y"));

	(void)state;
	assert_int_equal(one->n_purposes, 2);
	assert_int_equal(several->purposes[0].clients.n, 2);
	assert_int_equal(config_client(several, "M")->kind, CLIENT_API);
	assert_int_equal(shared->n_eservices, 2);
}

static void test_no_id_stands_for_two_things(void **state)
{
	(void)state;
	refuse(PROVIDER CLIENT("A", "0a") CLIENT("B", "0a"),
	       "t.conf:7: [client B] has the client_id of [client A] (t.conf:5): one of them was "
	       "copied and not changed\n");
	refuse(PROVIDER CLIENT("A", "0a") PURPOSE("P1", "01", "A", "X")
		       PURPOSE("P2", "01", "A", "X") ESERVICE("X"),
	       "t.conf:11: [purpose P2] has the id of [purpose P1] (t.conf:7): one of them was "
	       "copied and not changed\n");
	refuse(PROVIDER CLIENT("A", "0a") PURPOSE("P1", "0a", "A", "X") ESERVICE("X"),
	       "t.conf:7: [purpose P1] has the client_id of [client A] (t.conf:5): one of them was "
	       "copied and not changed\n");
	refuse(PROVIDER "[client A]\nclient_id = a\n[client B]\nclient_id = a\n",
	       "t.conf:7: [client B] has the client_id of [client A] (t.conf:5): one of them was "
	       "copied and not changed\n");
	/* Two platforms may call their clients the same. */
	config_free(take(PROVIDER "[provider q]\nissuer = https://q.example.org\nclient_id = x\n"
				  "[client A]\nprovider = pdnd\nclient_id = a\n"
				  "[client B]\nprovider = q\nclient_id = a\n"));
}

static void test_a_purpose_belongs_to_one_eservice(void **state)
{
	(void)state;
	refuse(PROVIDER CLIENT("A", "0a") PURPOSE("P1", "01", "A", "X Y") ESERVICE("X")
		       ESERVICE("Y"),
	       "t.conf:9: eservice: exactly one name belongs here\n");
	refuse(PROVIDER CLIENT("A", "0a") PURPOSE("P1", "01", "A", "X")
		       PURPOSE("P1", "01", "A", "Y") ESERVICE("X") ESERVICE("Y"),
	       "t.conf:10: [purpose P1] stands here a second time; the first is t.conf:6\n");
	refuse(PROVIDER CLIENT("A", "0a") "[purpose P1]\nid = " ID("01") "\nclients = A\n",
	       "t.conf:6: [purpose P1] has no eservice: the e-service that this purpose is about.\n");
}

static void test_what_is_named_exists(void **state)
{
	(void)state;
	refuse(PROVIDER CLIENT("teamA", "0a") PURPOSE("P1", "01", "teama", "X") ESERVICE("X"),
	       "t.conf:8: there is no [client teama]: did you mean \"teamA\"?\n");
	refuse(PROVIDER CLIENT("A", "0a") PURPOSE("P1", "01", "A", "residenec")
		       ESERVICE("residence"),
	       "t.conf:9: there is no [eservice residenec]: did you mean \"residence\"?\n");
	refuse(PROVIDER CLIENT("A", "0a") "provider = pdnb\n",
	       "t.conf:6: there is no [provider pdnb]: did you mean \"pdnd\"?\n");
	refuse(PROVIDER CLIENT("A", "0a") "[eservice X]\nprovider = zzzzzz\n",
	       "t.conf:7: there is no [provider zzzzzz]\n");
	refuse(PROVIDER
	       "[provider q]\nissuer = https://q.example.org\nclient_id = x\n" CLIENT("A", "0a"),
	       "t.conf:7: [client A] does not say which provider knows it and there are 2: write "
	       "provider = pdnd, or another\n");
	refuse(PROVIDER CLIENT("A", "0a") PURPOSE("P1", "01", "A A", "X") ESERVICE("X"),
	       "t.conf:8: clients: \"A\" stands here twice\n");
}

static void test_what_does_not_fit_together_is_refused(void **state)
{
	(void)state;
	refuse(PROVIDER CLIENT("A", "0a") "kind = api\n" PURPOSE("P1", "01", "A", "X")
		       ESERVICE("X"),
	       "t.conf:9: [client A] is for the platform's own interfaces (kind = api): such a "
	       "client has no purposes\n");
	refuse(PROVIDER "[provider q]\nissuer = https://q.example.org\nclient_id = x\n" CLIENT(
		       "A", "0a") "provider = q\n" PURPOSE("P1", "01", "A", "X")
		       ESERVICE("X") "provider = pdnd\n",
	       "t.conf:12: [client A] is known to [provider q], but [eservice X] belongs to "
	       "[provider pdnd]\n");
	refuse(PROVIDER CLIENT("A", "0a") "key = pkcs11:object=a\n",
	       "t.conf:6: key: a token keeps its keys and gives no secret away, and idp-netd loads no "
	       "library of a token: only client_key may be in one; write credential:NAME or "
	       "file:PATH\n");
	refuse("[provider pdnd]\npreset = pdnd\nissuer = interop.pagopa.it\n"
	       "audience = x\n[client A]\nclient_id = host1\n[service default]\nflow = token\n",
	       "t.conf:6: client_id: \"host1\" is not a UUID: 36 of 0-9, a-f and '-', in small "
	       "letters, as the platform shows it\n");
}

/* Fifty clients, each with purposes of its own, and one purpose of all that fit. */
static void test_many_are_no_trouble(void **state)
{
	static char text[64 * 1024];
	int len = snprintf(text, sizeof(text), PROVIDER ESERVICE("X"));
	struct config *config;

	(void)state;
	for (int i = 0; i < 50; i++)
		len += snprintf(
			text + len, sizeof(text) - (size_t)len,
			"[client C%02d]\nclient_id = 00000000-0000-4000-8000-0000000001%02d\n"
			"[purpose P%02d]\nid = 00000000-0000-4000-8000-0000000002%02d\n"
			"clients = C%02d\neservice = X\n",
			i, i, i, i, i);
	config = take(text);
	assert_int_equal(config->n_clients, 50);
	assert_true(has(config, "C49", "P49"));
	config_free(config);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_mixed_graph_has_its_pairs_and_no_others),
		cmocka_unit_test(test_the_three_models_load),
		cmocka_unit_test(test_no_id_stands_for_two_things),
		cmocka_unit_test(test_a_purpose_belongs_to_one_eservice),
		cmocka_unit_test(test_what_is_named_exists),
		cmocka_unit_test(test_what_does_not_fit_together_is_refused),
		cmocka_unit_test(test_many_are_no_trouble),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
