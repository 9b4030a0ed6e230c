/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Ids from every source against one table, and hosts that must come to the same ones. */
#include "tests/lib/test.h"

#include "common/snapshot-cell.h"
#include "idp-agentd/core/idmap-import.h"
#include "idp-agentd/core/store-ids.h"
#include "tests/lib/record.h"

static uint32_t next_random(uint64_t *state)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(*state >> 33);
}

static struct idmap_line line_of(enum idmap_kind kind, const char *key, uint32_t id)
{
	struct idmap_line line = { .kind = kind, .state = IDMAP_GIVEN, .id = id, .gid = id };

	(void)snprintf(line.realm, sizeof(line.realm), "%s",
		       kind == IDMAP_PERSON ? RECORD_ISS : "corp");
	(void)snprintf(line.key, sizeof(line.key), "%s", key);
	(void)snprintf(line.name, sizeof(line.name), "%s", key);
	return line;
}

static int claim_group(struct record *record, const char *key, uint32_t gid, uint32_t *ret_gid)
{
	_cleanup_(group_freep) struct group *group = group_new();
	int r;

	assert_non_null(group);
	assert_int_equal(person_set(&group->directory, "corp"), 0);
	assert_int_equal(person_set(&group->dir_id, key), 0);
	assert_int_equal(person_set(&group->name, key), 0);
	group->gid = gid;
	r = idmap_claim_group(&record->map, group, record->reason);
	*ret_gid = group->gid;
	return r;
}

/* Opens an import, and ends it. */
static void begin_import(struct record *record)
{
	assert_int_equal(store_begin_given(record->store, &record->map.importing), 0);
}

static void end_import(struct record *record, bool seal)
{
	if (seal)
		assert_int_equal(store_seal_given(record->store, record->map.importing), 0);
	record->map.importing = 0;
}

/* ---- reserved ranges, from every source ---- */

/* The edges of each range that architecture and idp.conf(5) list, and what lies between. */
static const struct {
	uint32_t first, last;
} reserved[] = {
	{ 0, 999 },	    { 60001, 60513 }, { 60514, 60577 },	      { 61184, 65519 },
	{ 65534, 65535 }, { 524288, 1879048191u }, { 2147483648u, 4294967294u },
};

static void check_everywhere(struct record *record, uint32_t id)
{
	const struct snapshot_map reader = { .id_floor = 1, .id_ceiling = UINT32_MAX };
	struct idmap_line person = line_of(IDMAP_PERSON, "alice", id);
	const struct idmap_line group = line_of(IDMAP_GROUP, "crew", id);
	char reason[REASON_MAX];
	uint32_t gid;

	/* the platform */
	assert_int_equal(record_claim(record, "alice", "alice", id, NULL), IDMAP_E_RANGE);
	assert_int_equal(claim_group(record, "crew", id, &gid), 0);
	assert_int_equal(gid, PERSON_ID_NONE);
	/* allocation draws from id_range only, and looks at each candidate */
	assert_int_equal(idmap_check_id(&record->map, id), IDMAP_E_RANGE);
	/* by hand */
	assert_int_equal(idmap_assign(&record->map, &person, reason), IDMAP_E_RANGE);
	assert_int_equal(idmap_assign(&record->map, &group, reason), IDMAP_E_RANGE);
	/* import, uid and gid */
	begin_import(record);
	assert_int_equal(idmap_import(&record->map, &person, reason), IDMAP_E_RANGE);
	assert_int_equal(idmap_import(&record->map, &group, reason), IDMAP_E_RANGE);
	person.id = RECORD_FIRST + 5;
	assert_int_equal(idmap_import(&record->map, &person, reason), IDMAP_E_RANGE);
	end_import(record, true);
	/* the reader of snapshots, whatever the file says of floor and ceiling */
	assert_false(id_is_ours(&reader, id));
}

static void test_reserved_ids_are_refused_from_every_source(void **state)
{
	struct record record;

	(void)state;
	record_setup(&record);
	for (unsigned low = 0; low < 2; low++) {
		record.map.first = low ? 1 : RECORD_FIRST;
		record.map.last = low ? UINT32_MAX : RECORD_LAST;
		for (size_t i = 0; i < ELEMENTSOF(reserved); i++) {
			uint32_t middle = reserved[i].first + (reserved[i].last - reserved[i].first) / 2;

			check_everywhere(&record, reserved[i].first);
			check_everywhere(&record, middle);
			check_everywhere(&record, reserved[i].last);
		}
	}
	record_teardown(&record);
}

static void test_local_ids_and_names_are_refused_from_every_source(void **state)
{
	struct idmap_line person = line_of(IDMAP_PERSON, "alice", 1900000000);
	const struct idmap_line group = line_of(IDMAP_GROUP, "crew", 1900000001);
	struct record record;
	char reason[REASON_MAX];
	uint32_t gid;

	(void)state;
	record_setup(&record);
	record.map.last = 1900000100;
	record_write(record.passwd, "root:x:0:0::/root:/bin/sh\nlocal:x:1900000000:1900000000::/:/bin/sh\n");
	record_write(record.group, "root:x:0:\nlocals:x:1900000001:\n");
	assert_int_equal(localnames_refresh(record.locals), 1);
	assert_int_equal(record_claim(&record, "alice", "alice", person.id, NULL), IDMAP_E_RANGE);
	assert_int_equal(claim_group(&record, "crew", group.id, &gid), 0);
	assert_int_equal(gid, PERSON_ID_NONE);
	assert_int_equal(idmap_assign(&record.map, &person, reason), IDMAP_E_RANGE);
	assert_non_null(strstr(reason, "belongs to a local user"));
	assert_int_equal(idmap_assign(&record.map, &group, reason), IDMAP_E_RANGE);
	assert_non_null(strstr(reason, "belongs to a local group"));
	begin_import(&record);
	assert_int_equal(idmap_import(&record.map, &person, reason), IDMAP_E_RANGE);
	assert_int_equal(idmap_import(&record.map, &group, reason), IDMAP_E_RANGE);
	end_import(&record, true);
	record.map.first = 1900000000; /* two candidates, and both are local */
	record.map.last = 1900000002;
	assert_int_equal(record_claim(&record, "alice", "alice", PERSON_ID_NONE, NULL),
			 IDMAP_E_FULL);
	record.map.first = RECORD_FIRST; /* an id by hand opens no door for a local name */
	person.id = person.gid = RECORD_FIRST + 1;
	assert_int_equal(idmap_assign(&record.map, &person, reason), 0);
	assert_int_equal(record_claim(&record, "alice", "local", PERSON_ID_NONE, NULL),
			 IDMAP_E_NAME);
	record_teardown(&record);
}

/* ---- who is refused ---- */

/* Two with one candidate, in a range of the test. */
static void find_twins(struct record *record, char a[static 16], char b[static 16])
{
	for (unsigned i = 0; i < 64; i++) {
		uint32_t uid;

		(void)snprintf(b, 16, "t%u", i);
		if (record_claim(record, b, b, PERSON_ID_NONE, &uid) == 0)
			continue;
		assert_non_null(strstr(record->reason, "settle it with: idpctl idmap assign t"));
		assert_int_equal(sscanf(strstr(record->reason, " has t") + 5, "%15[^;]", a), 1);
		return;
	}
	fail_msg("64 people, 40 ids and no clash");
}

static void test_a_clash_is_remembered_until_it_is_settled(void **state)
{
	struct idmap_line none = { .kind = IDMAP_PERSON }, line;
	struct store_clash clashes[2];
	char a[16], b[16], reason[REASON_MAX];
	struct record record;
	bool counts;
	uint32_t uid, free_id;
	size_t n;

	(void)state;
	record_setup(&record);
	record.map.last = RECORD_FIRST + 41;
	find_twins(&record, a, b);
	assert_int_equal(record_claim(&record, b, b, PERSON_ID_NONE, NULL), IDMAP_E_TAKEN);
	record_close(&record); /* also after a restart */
	record_open(&record);
	record.map.last = RECORD_FIRST + 41;
	assert_int_equal(store_clashes_after(record.store, &none, 2, clashes, &n), 0);
	assert_int_equal(n, 1);
	assert_string_equal(clashes[0].who.name, b);
	assert_int_equal(idmap_weigh_clash(&record.map, &clashes[0], &counts), 0);
	assert_true(counts);
	assert_int_equal(idmap_suggest(&record.map, &clashes[0].who, &free_id), 0);
	line = line_of(IDMAP_PERSON, b, clashes[0].who.id);
	assert_int_equal(idmap_assign(&record.map, &line, reason), IDMAP_E_TAKEN);
	line.id = line.gid = free_id;
	assert_int_equal(idmap_assign(&record.map, &line, reason), 0);
	assert_int_equal(record_claim(&record, "other", "other", free_id, NULL), IDMAP_E_TAKEN);
	assert_int_equal(record_claim(&record, b, b, PERSON_ID_NONE, &uid), 0);
	assert_int_equal(uid, free_id);
	assert_int_equal(idmap_take_back(&record.map, &line, reason), IDMAP_E_OTHER);
	assert_int_equal(store_clashes_of(record.store, IDMAP_PERSON, b, 2, clashes, &n), 0);
	assert_int_equal(n, 0);
	record_teardown(&record);
}

/* A pass that read the whole directory a day later, and did not name them. */
static void test_a_clash_is_forgotten_with_who_left(void **state)
{
	static const char *const names[] = { "alice" };
	const struct store_clash clash = { .who = line_of(IDMAP_PERSON, "gone", RECORD_FIRST),
					   .directory = "corp",
					   .seen = RECORD_NOW - 100000 };
	struct store_clash same = clash;
	struct record record;
	bool counts;
	uint64_t n;

	(void)state;
	record_setup(&record);
	assert_int_equal(store_put_clash(record.store, &clash), 0);
	assert_int_equal(idmap_weigh_clash(&record.map, &clash, &counts), 0);
	assert_true(counts);
	assert_int_equal(record_sync(&record, names, 1, true, false), 0);
	same.seen = RECORD_NOW - 100;
	assert_int_equal(idmap_weigh_clash(&record.map, &same, &counts), 0);
	assert_true(counts);
	assert_int_equal(idmap_weigh_clash(&record.map, &clash, &counts), 0);
	assert_false(counts);
	assert_int_equal(store_count_clashes(record.store, &n), 0);
	assert_int_equal(n, 0);
	record_teardown(&record);
}

/* A group that was refused is in the record: its directory need not name it again. */
static void test_a_refused_group_gets_its_gid_when_it_is_given(void **state)
{
	struct record record;
	char reason[REASON_MAX];
	struct idmap_line line;
	unsigned n_groups = 0;
	uint32_t gid;
	size_t n;

	(void)state;
	record_setup(&record);
	record.map.last = RECORD_FIRST + 20;
	for (unsigned i = 0; i < 16; i++) {
		char name[16];

		(void)snprintf(name, sizeof(name), "p%u", i);
		assert_true(record_claim(&record, name, name, PERSON_ID_NONE, NULL) >= 0);
	}
	line = line_of(IDMAP_GROUP, "crew", RECORD_FIRST + 1000);
	do { /* a group whose candidate a person has */
		(void)snprintf(line.key, sizeof(line.key), "g%u", ++n_groups);
		(void)snprintf(line.name, sizeof(line.name), "g%u", n_groups);
		assert_int_equal(claim_group(&record, line.key, PERSON_ID_NONE, &gid), 0);
	} while (gid != PERSON_ID_NONE);
	assert_int_equal(idmap_claim_waiting(&record.map, &n), 0);
	assert_int_equal(n, 0);
	record.map.last = RECORD_LAST;
	begin_import(&record);
	assert_int_equal(idmap_import(&record.map, &line, reason), 0);
	end_import(&record, true);
	assert_int_equal(idmap_claim_waiting(&record.map, &n), 0);
	assert_int_equal(n, 1);
	assert_int_equal(claim_group(&record, line.key, PERSON_ID_NONE, &gid), 0);
	assert_int_equal(gid, RECORD_FIRST + 1000);
	record_teardown(&record);
}

/* ---- the same ids on hosts that saw people in another order ---- */

#define CROWD  60u
#define ROUNDS 30u

struct crowd {
	unsigned order[CROWD];
	size_t n;
};

static void shuffle(struct crowd *crowd, uint64_t *random)
{
	crowd->n = CROWD / 2 + next_random(random) % (CROWD / 2);
	for (unsigned i = 0; i < CROWD; i++)
		crowd->order[i] = i;
	for (unsigned i = CROWD - 1; i > 0; i--) {
		unsigned j = next_random(random) % (i + 1), kept = crowd->order[i];

		crowd->order[i] = crowd->order[j];
		crowd->order[j] = kept;
	}
}

/* Every third is a group. */
static uint32_t see(struct record *record, unsigned who)
{
	uint32_t id = PERSON_ID_NONE;
	char key[16];
	int r;

	(void)snprintf(key, sizeof(key), "k%u", who);
	r = who % 3 ? record_claim(record, key, key, PERSON_ID_NONE, &id)
		    : claim_group(record, key, PERSON_ID_NONE, &id);
	assert_true(r == 0 || r == IDMAP_E_TAKEN || r == IDMAP_E_FULL);
	return r == 0 ? id : PERSON_ID_NONE;
}

static void see_all(struct record *record, const struct crowd *crowd, uint32_t ids[static CROWD])
{
	for (unsigned i = 0; i < CROWD; i++)
		ids[i] = PERSON_ID_NONE;
	for (size_t i = 0; i < crowd->n; i++)
		ids[crowd->order[i]] = see(record, crowd->order[i]);
	for (unsigned i = 0; i < CROWD; i++)
		for (unsigned j = 0; j < i; j++)
			assert_true(ids[i] == PERSON_ID_NONE || ids[i] != ids[j]);
}

static void open_narrow(struct record *record, bool probe)
{
	record_setup(record);
	record->map.last = RECORD_FIRST + 300;
	record->map.probe = probe;
}

static void test_whoever_has_a_drawn_id_has_the_same_on_all_hosts(void **state)
{
	uint64_t random = 20261122;
	unsigned refused = 0, both = 0;

	(void)state;
	for (unsigned round = 0; round < ROUNDS; round++) {
		uint32_t one_ids[CROWD], two_ids[CROWD];
		struct record one, two;
		struct crowd crowd;

		open_narrow(&one, false);
		open_narrow(&two, false);
		shuffle(&crowd, &random);
		see_all(&one, &crowd, one_ids);
		shuffle(&crowd, &random);
		see_all(&two, &crowd, two_ids);
		two.map.probe = true; /* a change of the key moves nobody */
		for (size_t i = 0; i < crowd.n; i++) {
			unsigned who = crowd.order[i];

			if (two_ids[who] == PERSON_ID_NONE)
				refused++;
			else
				assert_int_equal(see(&two, who), two_ids[who]);
		}
		for (unsigned i = 0; i < CROWD; i++) {
			if (one_ids[i] == PERSON_ID_NONE || two_ids[i] == PERSON_ID_NONE)
				continue;
			assert_int_equal(one_ids[i], two_ids[i]);
			both++;
		}
		record_teardown(&two);
		record_teardown(&one);
	}
	assert_true(refused > ROUNDS && both > 10 * ROUNDS);
}

/* Everything of one into the other, as idpctl does; how many lines. */
static size_t carry(struct record *from, struct record *to)
{
	struct idmap_line after = { .kind = IDMAP_PERSON }, lines[7];
	char reason[REASON_MAX] = "";
	size_t n = ELEMENTSOF(lines), total = 0;

	begin_import(to);
	while (n == ELEMENTSOF(lines)) {
		assert_int_equal(store_ids_after(from->store, &after, ELEMENTSOF(lines), lines, &n), 0);
		for (size_t i = 0; i < n; i++) {
			int r = idmap_import(&to->map, &lines[i], reason);

			if (r != 0 && r != IDMAP_IMPORT_SAME)
				fail_msg("%s", reason);
			assert_true(idmap_line_compare(&after, &lines[i]) < 0);
			after = lines[i];
		}
		total += n;
	}
	end_import(to, true);
	return total;
}

static void test_an_import_makes_hosts_equal_that_probe(void **state)
{
	uint64_t random = 5;

	(void)state;
	for (unsigned round = 0; round < ROUNDS; round++) {
		uint32_t one_ids[CROWD], two_ids[CROWD], three_ids[CROWD];
		struct record one, two, three;
		struct crowd crowd;

		open_narrow(&one, true);
		open_narrow(&two, round % 2);
		open_narrow(&three, true);
		shuffle(&crowd, &random);
		see_all(&one, &crowd, one_ids);
		assert_int_equal(carry(&one, &two), crowd.n);
		assert_int_equal(carry(&two, &three), crowd.n); /* what is only kept goes on, too */
		assert_int_equal(carry(&one, &three), crowd.n); /* and changes nothing */
		shuffle(&crowd, &random);
		see_all(&two, &crowd, two_ids);
		shuffle(&crowd, &random);
		see_all(&three, &crowd, three_ids);
		for (unsigned i = 0; i < CROWD; i++) {
			if (one_ids[i] == PERSON_ID_NONE)
				continue;
			if (two_ids[i] != PERSON_ID_NONE)
				assert_int_equal(one_ids[i], two_ids[i]);
			if (three_ids[i] != PERSON_ID_NONE)
				assert_int_equal(one_ids[i], three_ids[i]);
		}
		record_teardown(&three);
		record_teardown(&two);
		record_teardown(&one);
	}
}

/* ---- an import that comes to nothing ---- */

static void test_what_is_not_sealed_counts_for_nothing(void **state)
{
	const struct idmap_line line = line_of(IDMAP_PERSON, "alice", RECORD_FIRST + 77);
	struct record record;
	char reason[REASON_MAX];
	uint32_t uid, drawn;
	bool more;

	(void)state;
	record_setup(&record);
	assert_int_equal(record_claim(&record, "bob", "bob", PERSON_ID_NONE, &drawn), 0);
	begin_import(&record);
	assert_int_equal(idmap_import(&record.map, &line, reason), 0);
	assert_int_equal(idmap_import(&record.map, &line, reason), IDMAP_E_INVALID); /* twice */
	/* while it is under way: neither another id for alice nor hers for another */
	assert_int_equal(record_claim(&record, "alice", "alice", PERSON_ID_NONE, NULL), IDMAP_E_BUSY);
	assert_int_equal(record_claim(&record, "carl", "carl", line.id, NULL), IDMAP_E_TAKEN);
	assert_int_equal(idmap_assign(&record.map, &line, reason), IDMAP_E_BUSY);
	end_import(&record, false);
	assert_int_equal(record_claim(&record, "carl", "carl", line.id, &uid), 0);
	assert_int_equal(record_claim(&record, "alice", "alice", PERSON_ID_NONE, &uid), 0);
	assert_int_not_equal(uid, line.id);
	do
		assert_int_equal(store_trim_given(record.store, 0, 1, &more), 0);
	while (more);
	begin_import(&record);
	assert_int_equal(idmap_import(&record.map, &line, reason), IDMAP_E_OTHER);
	end_import(&record, true);
	record_teardown(&record);
}

/* An explicit private group and its person share an id: with no third, whatever it is called. */
static void test_the_name_of_a_pair_does_not_open_its_id_to_a_third(void **state)
{
	struct idmap_line person = line_of(IDMAP_PERSON, "id-other", RECORD_FIRST + 7);
	struct idmap_line group = line_of(IDMAP_GROUP, "g-other", RECORD_FIRST + 7);
	struct record record;
	char reason[REASON_MAX];
	uint32_t uid, gid;

	(void)state;
	record_setup(&record);
	(void)snprintf(person.name, sizeof(person.name), "alice");
	(void)snprintf(group.name, sizeof(group.name), "alice");
	assert_int_equal(record_claim(&record, "id-alice", "alice", person.id, &uid), 0);
	begin_import(&record);
	assert_int_equal(idmap_import(&record.map, &group, reason), 0); /* it may be made explicit */
	end_import(&record, false);
	assert_int_equal(claim_group(&record, "alice", person.id, &gid), 0);
	assert_int_equal(gid, person.id);
	begin_import(&record);
	assert_int_equal(idmap_import(&record.map, &group, reason), IDMAP_E_TAKEN);
	assert_int_equal(idmap_import(&record.map, &person, reason), IDMAP_E_TAKEN);
	end_import(&record, false);
	assert_int_equal(idmap_assign(&record.map, &person, reason), IDMAP_E_TAKEN);
	record_teardown(&record);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_reserved_ids_are_refused_from_every_source),
		TEST(test_local_ids_and_names_are_refused_from_every_source),
		TEST(test_a_clash_is_remembered_until_it_is_settled),
		TEST(test_a_clash_is_forgotten_with_who_left),
		TEST(test_a_refused_group_gets_its_gid_when_it_is_given),
		TEST(test_whoever_has_a_drawn_id_has_the_same_on_all_hosts),
		TEST(test_an_import_makes_hosts_equal_that_probe),
		TEST(test_what_is_not_sealed_counts_for_nothing),
		TEST(test_the_name_of_a_pair_does_not_open_its_id_to_a_third),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
