/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "idp-agentd/net/dir-keycloak-graph.h"
#include "idp-agentd/net/dir-keycloak-list.h"
#include "idp-agentd/net/dir-keycloak-read.h"

#include <errno.h>

#include "tests/lib/test.h"

static const struct directory_paths paths = {
	.subject = "/id",
	.name = "/username",
	.uid = "/attributes/uidNumber/0",
	.gid = "/attributes/gidNumber/0",
	.home = "/attributes/homeDirectory/0",
	.shell = "/attributes/loginShell/0",
	.ssh_keys = "/attributes/sshPublicKey",
	.group_gid = "/attributes/gidNumber/0",
};
static const struct keycloak_rules rules = { .paths = &paths, .groups = true, .roles = true };

static json_t *page_of(const char *text)
{
	char reason[REASON_MAX] = "";
	json_t *page = NULL;

	if (keycloak_page_parse(text, strlen(text), false, reason, &page) != 0)
		fail_msg("%s: %s", text, reason);
	return page;
}

/* ---- people ---- */

static void test_a_person_with_attributes_is_read(void **state)
{
	json_t *page = page_of(
		"[{\"id\":\"1f1c\",\"createdTimestamp\":1700000000000,\"username\":\"alice\","
		"\"enabled\":true,\"emailVerified\":true,\"firstName\":\"Alice\",\"lastName\":"
		"\"Rossi\",\"attributes\":{\"uidNumber\":[\"1879050000\"],\"gidNumber\":[\"1879050001\"],"
		"\"homeDirectory\":[\"/home/a\",\"/home/b\"],\"loginShell\":[\"/bin/sh\"],"
		"\"sshPublicKey\":[\"ssh-ed25519 AAAA a\",\"ssh-ed25519 BBBB b\"]},"
		"\"requiredActions\":[],\"notBefore\":0,\"access\":{\"view\":true}}]");
	char reason[REASON_MAX] = "";
	struct keycloak_room room;
	struct dir_user user;

	(void)state;
	assert_int_equal(keycloak_user_read(&rules, json_array_get(page, 0), &room, reason, &user),
			 0);
	assert_string_equal(user.id, "1f1c");
	assert_string_equal(user.sub, "1f1c");
	assert_string_equal(user.name, "alice");
	assert_string_equal(user.gecos, "Alice Rossi");
	assert_int_equal(user.uid, 1879050000);
	assert_int_equal(user.gid, 1879050001);
	assert_string_equal(user.home, "/home/a");
	assert_string_equal(user.shell, "/bin/sh");
	assert_string_equal(user.ssh_keys, "ssh-ed25519 AAAA a\nssh-ed25519 BBBB b");
	assert_true(user.active);
	json_release_p(&page);
}

static void test_who_is_active_is_what_the_realm_and_require_say(void **state)
{
	static const struct {
		const char *rest;
		bool plain, email, actions;
	} rows[] = {
		{ "\"enabled\":true,\"emailVerified\":true,\"requiredActions\":[]", true, true,
		  true },
		{ "\"enabled\":true,\"emailVerified\":false,\"requiredActions\":[]", true, false,
		  true },
		{ "\"enabled\":true,\"requiredActions\":[\"UPDATE_PASSWORD\"]", true, false,
		  false },
		{ "\"enabled\":true,\"emailVerified\":true,\"requiredActions\":\"x\"", true, true,
		  false },
		{ "\"enabled\":true,\"emailVerified\":true", true, true, true },
		{ "\"enabled\":false,\"emailVerified\":true,\"requiredActions\":[]", false, false,
		  false },
		{ "\"enabled\":\"true\"", false, false, false },
		{ "\"emailVerified\":true", false, false, false },
	};
	const struct keycloak_rules email = { .paths = &paths, .need_email = true };
	const struct keycloak_rules actions = { .paths = &paths, .need_actions = true };

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		char text[256], reason[REASON_MAX] = "";
		struct keycloak_room room;
		struct dir_user user;
		const json_t *item;
		json_t *page;

		assert_true(snprintf(text, sizeof(text), "[{\"id\":\"1\",\"username\":\"a\",%s}]",
				     rows[i].rest) > 0);
		page = page_of(text);
		item = json_array_get(page, 0);
		assert_int_equal(keycloak_user_read(&rules, item, &room, reason, &user), 0);
		assert_int_equal(user.active, rows[i].plain);
		assert_int_equal(keycloak_user_read(&email, item, &room, reason, &user), 0);
		assert_int_equal(user.active, rows[i].email);
		assert_int_equal(keycloak_user_read(&actions, item, &room, reason, &user), 0);
		assert_int_equal(user.active, rows[i].actions);
		json_release_p(&page);
	}
}

static void test_what_is_no_person_or_cannot_be_used_is_left_out(void **state)
{
	static const struct {
		const char *text;
		int outcome;
		const char *gecos;
	} rows[] = {
		{ "[{\"id\":\"1\",\"username\":\"service-account-web\",\"enabled\":true}]",
		  KEYCLOAK_E_SERVICE, NULL },
		{ "[{\"username\":\"a\"}]", KEYCLOAK_E_RECORD, NULL },
		{ "[{\"id\":\"1\"}]", KEYCLOAK_E_RECORD, NULL },
		{ "[{\"id\":\"1\",\"username\":\"a\",\"attributes\":{\"uidNumber\":[\"12x\"]}}]",
		  KEYCLOAK_E_RECORD, NULL },
		{ "[{\"id\":\"1\",\"username\":\"a\",\"attributes\":{\"uidNumber\":[]}}]", 0, "" },
		{ "[{\"id\":\"1\",\"username\":\"a\",\"firstName\":\"Al\"}]", 0, "Al" },
		{ "[{\"id\":\"1\",\"username\":\"a\",\"lastName\":\"Ro\"}]", 0, "Ro" },
		{ "[{\"id\":\"1\",\"username\":\"a\",\"lastName\":\"RSSMRA85T10A562S\"}]", 0, "" },
	};

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		json_t *page = page_of(rows[i].text);
		char reason[REASON_MAX] = "";
		struct keycloak_room room;
		struct dir_user user;

		assert_int_equal(
			keycloak_user_read(&rules, json_array_get(page, 0), &room, reason, &user),
			rows[i].outcome);
		if (rows[i].gecos)
			assert_string_equal(user.gecos, rows[i].gecos);
		assert_int_equal(rows[i].outcome == KEYCLOAK_E_RECORD, *reason != '\0');
		json_release_p(&page);
	}
}

static void test_a_search_cannot_be_escaped_from(void **state)
{
	static const struct {
		const char *pointer, *value;
		int outcome;
		const char *query;
	} rows[] = {
		{ "/username", "alice", 0, "username=alice&exact=true" },
		{ "/username", "a&max=9 b", 0, "username=a%26max%3D9%20b&exact=true" },
		{ "/email", "a@b.c", 0, "email=a%40b.c&exact=true" },
		{ "/attributes/unixName/0", "alice", 0, "q=unixName%3Aalice" },
		{ "/attributes/unixName/0", "a b:c", KEYCLOAK_E_RECORD, NULL },
		{ "/attributes/unixName/0", "", KEYCLOAK_E_RECORD, NULL },
		{ "/attributes/unixName/1", "a", KEYCLOAK_E_SEARCH, NULL },
		{ "/attributes/unix name/0", "a", KEYCLOAK_E_SEARCH, NULL },
		{ "/firstName", "a", KEYCLOAK_E_SEARCH, NULL },
	};

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		struct buf out;

		buf_init(&out, 1024);
		assert_int_equal(keycloak_put_search(&out, rows[i].pointer, rows[i].value),
				 rows[i].outcome);
		if (rows[i].query) {
			assert_int_equal(buf_end(&out), 0);
			assert_string_equal((char *)out.data, rows[i].query);
		}
		buf_done(&out);
	}
}

static void test_counts_are_digits_and_nothing_else(void **state)
{
	static const struct {
		const char *text;
		int outcome;
		uint64_t count;
	} rows[] = {
		{ "0", 0, 0 },
		{ "1000042\n", 0, 1000042 },
		{ "", KEYCLOAK_E_JSON, 0 },
		{ "\n", KEYCLOAK_E_JSON, 0 },
		{ "-1", KEYCLOAK_E_JSON, 0 },
		{ "1e3", KEYCLOAK_E_JSON, 0 },
		{ "12345678901", KEYCLOAK_E_JSON, 0 },
		{ "{\"count\":1}", KEYCLOAK_E_JSON, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		uint64_t count = 0;

		assert_int_equal(keycloak_count_parse(rows[i].text, strlen(rows[i].text), &count),
				 rows[i].outcome);
		assert_int_equal(count, rows[i].count);
	}
}

/* ---- lists ---- */

/* People first to first + n - 1 of a realm, as a page. */
static json_t *ids_from(unsigned first, unsigned n)
{
	json_t *page = json_array();

	for (unsigned i = first; i < first + n; i++)
		assert_int_equal(json_array_append_new(
					 page, json_pack("{s:o}", "id", json_sprintf("id-%u", i))),
				 0);
	return page;
}

/* Reads a realm of total people that gives at most cap at once; how many came, each once. */
static unsigned read_all(unsigned total, unsigned max, unsigned cap, bool to_empty)
{
	struct keycloak_list list;
	enum keycloak_list_verdict verdict = KEYCLOAK_LIST_MORE;
	unsigned asked = 0, came = 0;

	keycloak_list_begin(&list, max, to_empty);
	while (verdict == KEYCLOAK_LIST_MORE) {
		unsigned first = (unsigned)keycloak_list_first(&list);
		unsigned n = list.max < cap ? list.max : cap;
		unsigned rest = first < total ? total - first : 0;
		json_t *page = ids_from(first, n < rest ? n : rest);
		size_t is_new = 0;

		verdict = keycloak_list_take(&list, page, &is_new);
		assert_int_equal(first + is_new, came);
		came += (unsigned)(json_array_size(page) - is_new);
		json_release_p(&page);
		assert_true(++asked < 10 * (total + 2));
	}
	assert_int_equal(verdict, KEYCLOAK_LIST_OVER);
	return came;
}

static void test_lists_come_whole_whatever_their_length(void **state)
{
	(void)state;
	for (unsigned total = 0; total < 40; total++)
		for (unsigned max = 1; max < 12; max++) {
			assert_int_equal(read_all(total, max, 100, false), total);
			assert_int_equal(read_all(total, max, 100, true), total);
			/* A server that gives fewer than it is asked for. */
			assert_int_equal(read_all(total, 20, max < 2 ? 2 : max, true), total);
		}
}

static void test_who_comes_or_goes_between_two_pages_is_noticed(void **state)
{
	struct keycloak_list list;
	json_t *first = ids_from(0, 5), *later = ids_from(5, 5), *right = ids_from(4, 5);
	json_t *none = json_array();
	size_t is_new;

	(void)state;
	keycloak_list_begin(&list, 5, false);
	assert_int_equal(keycloak_list_take(&list, first, &is_new), KEYCLOAK_LIST_MORE);
	assert_int_equal(keycloak_list_first(&list), 4);
	assert_int_equal(keycloak_list_take(&list, later, &is_new), KEYCLOAK_LIST_E_CHANGED);
	assert_int_equal(keycloak_list_take(&list, none, &is_new), KEYCLOAK_LIST_E_CHANGED);
	assert_int_equal(keycloak_list_take(&list, first, &is_new), KEYCLOAK_LIST_E_IGNORES);
	assert_int_equal(keycloak_list_take(&list, right, &is_new), KEYCLOAK_LIST_MORE);
	assert_int_equal(list.came, 9);
	json_release_p(&first);
	json_release_p(&later);
	json_release_p(&right);
	json_release_p(&none);
}

/* ---- groups and roles ---- */

/* "a(b c)" for every node that has members, in the order of the nodes. */
static void draw(const struct keycloak_graph *graph, char *text, size_t size)
{
	size_t n = 0;

	*text = '\0';
	for (uint32_t i = 0; i < graph->n; i++) {
		const struct keycloak_node *node = &graph->nodes[i];

		n += (size_t)snprintf(text + n, size - n, "%s%s%s", n ? " " : "",
				      node->name ? node->name : "!", node->ask ? "?" : "");
		for (uint32_t at = node->edges; at != KEYCLOAK_NODE_NONE;
		     at = graph->edges[at].next) {
			const struct keycloak_node *member = &graph->nodes[graph->edges[at].member];

			n += (size_t)snprintf(text + n, size - n, "<%s",
					      member->name ? member->name : "!");
		}
		assert_true(n < size);
	}
}

static void drawn(const struct keycloak_rules *how, const char *groups, int outcome,
		  const char *picture)
{
	struct keycloak_graph graph;
	json_t *page = page_of(groups);
	char text[512];

	assert_int_equal(keycloak_graph_init(&graph), 0);
	assert_int_equal(keycloak_graph_add_groups(&graph, how, page, 0, KEYCLOAK_NODE_NONE),
			 outcome);
	draw(&graph, text, sizeof(text));
	if (outcome == 0)
		assert_string_equal(text, picture);
	keycloak_graph_done(&graph);
	json_release_p(&page);
}

static void test_groups_are_named_by_their_path_and_hold_their_subgroups(void **state)
{
	static const struct directory_paths leaf = { .subject = "/id", .group_name = "/name" };
	const struct keycloak_rules leaves = { .paths = &leaf };
	static const char tree[] =
		"[{\"id\":\"1\",\"name\":\"sales\",\"subGroups\":[{\"id\":\"2\",\"name\":\"emea\","
		"\"subGroups\":[{\"id\":\"3\",\"name\":\"it\",\"subGroups\":[]}]},{\"id\":\"4\","
		"\"name\":\"apac\"}]},{\"id\":\"5\",\"name\":\"unix\"}]";

	(void)state;
	drawn(&rules, tree, 0,
	      "sales<sales.apac<sales.emea unix sales.emea<sales.emea.it sales.apac sales.emea.it");
	drawn(&leaves, tree, 0, "sales<apac<emea unix emea<it apac it");
}

static void test_later_versions_are_asked_for_what_they_do_not_tell(void **state)
{
	(void)state;
	drawn(&rules, "[{\"id\":\"1\",\"name\":\"a\",\"subGroupCount\":2,\"subGroups\":[]}]", 0,
	      "a?");
	drawn(&rules, "[{\"id\":\"1\",\"name\":\"a\",\"subGroupCount\":0,\"subGroups\":[]}]", 0,
	      "a");
	/* Some of them: then they are asked for, and not taken from here. */
	drawn(&rules,
	      "[{\"id\":\"1\",\"name\":\"a\",\"subGroupCount\":2,\"subGroups\":[{\"id\":\"2\","
	      "\"name\":\"b\"}]}]",
	      0, "a?");
	drawn(&rules,
	      "[{\"id\":\"1\",\"name\":\"a\",\"subGroupCount\":1,\"subGroups\":[{\"id\":\"2\","
	      "\"name\":\"b\",\"subGroupCount\":1,\"subGroups\":[]}]}]",
	      0, "a<a.b a.b?");
}

static void test_bad_groups_are_left_out_with_what_is_below(void **state)
{
	(void)state;
	drawn(&rules,
	      "[{\"id\":\"1\",\"subGroups\":[{\"id\":\"2\",\"name\":\"b\"}]},{\"name\":\"c\"},"
	      "{\"id\":\"3\",\"name\":\"d\",\"attributes\":{\"gidNumber\":[\"x\"]}}]",
	      0, "!<! ! !");
	drawn(&rules, "[{\"id\":\"1\",\"name\":\"a\"},{\"id\":\"1\",\"name\":\"b\"}]",
	      KEYCLOAK_E_TWICE, NULL);
	drawn(&rules,
	      "[{\"id\":\"1\",\"name\":\"a\",\"subGroups\":[{\"id\":\"1\",\"name\":\"a\"}]}]",
	      KEYCLOAK_E_TWICE, NULL);
}

static void test_children_that_were_asked_for_are_named_below_their_parent(void **state)
{
	struct keycloak_graph graph;
	char page_text[64];
	json_t *page = page_of("[{\"id\":\"p0\",\"name\":\"a\",\"subGroupCount\":1}]");
	int r = 0;

	(void)state;
	assert_int_equal(keycloak_graph_init(&graph), 0);
	assert_int_equal(keycloak_graph_add_groups(&graph, &rules, page, 0, KEYCLOAK_NODE_NONE), 0);
	json_release_p(&page);
	/* As deep as a server likes, with an end. */
	for (unsigned i = 1; r == 0 && i < 100; i++) {
		assert_true(snprintf(page_text, sizeof(page_text),
				     "[{\"id\":\"p%u\",\"name\":\"a\",\"subGroupCount\":1}]",
				     i) > 0);
		page = page_of(page_text);
		r = keycloak_graph_add_groups(&graph, &rules, page, 0, i - 1);
		json_release_p(&page);
	}
	assert_int_equal(r, -E2BIG);
	assert_string_equal(graph.nodes[2].name, "a.a.a");
	assert_int_equal(keycloak_graph_find(&graph, "a.a"), 1);
	assert_int_equal(keycloak_graph_find(&graph, "a.b"), KEYCLOAK_NODE_NONE);
	keycloak_graph_done(&graph);
}

static void test_a_composite_role_is_a_member_of_what_it_is_made_of(void **state)
{
	struct keycloak_graph graph;
	json_t *page =
		page_of("[{\"id\":\"1\",\"name\":\"admin\",\"composite\":true},{\"id\":\"2\","
			"\"name\":\"user\",\"composite\":false},{\"id\":\"3\",\"name\":"
			"\"default-roles-corp\",\"composite\":true},{\"id\":\"4\",\"name\":"
			"\"offline_access\"},{\"id\":\"5\",\"name\":\"uma_authorization\"},"
			"{\"id\":\"6\",\"name\":\"x\",\"clientRole\":true}]");
	json_t *made_of = page_of("[{\"id\":\"2\",\"name\":\"user\"},{\"id\":\"9\",\"name\":\"y\","
				  "\"clientRole\":true}]");
	char text[256];

	(void)state;
	assert_int_equal(keycloak_graph_init(&graph), 0);
	assert_int_equal(keycloak_graph_add_roles(&graph, &rules, page, 0), 0);
	assert_int_equal(keycloak_graph_add_composites(&graph, 0, made_of), 0);
	draw(&graph, text, sizeof(text));
	assert_string_equal(text, "admin? user<admin");
	assert_string_equal(graph.nodes[0].role, "admin");
	keycloak_graph_done(&graph);
	json_release_p(&page);
	json_release_p(&made_of);
}

TEST_MAIN(TEST(test_a_person_with_attributes_is_read),
	  TEST(test_who_is_active_is_what_the_realm_and_require_say),
	  TEST(test_what_is_no_person_or_cannot_be_used_is_left_out),
	  TEST(test_a_search_cannot_be_escaped_from), TEST(test_counts_are_digits_and_nothing_else),
	  TEST(test_lists_come_whole_whatever_their_length),
	  TEST(test_who_comes_or_goes_between_two_pages_is_noticed),
	  TEST(test_groups_are_named_by_their_path_and_hold_their_subgroups),
	  TEST(test_later_versions_are_asked_for_what_they_do_not_tell),
	  TEST(test_bad_groups_are_left_out_with_what_is_below),
	  TEST(test_children_that_were_asked_for_are_named_below_their_parent),
	  TEST(test_a_composite_role_is_a_member_of_what_it_is_made_of))
