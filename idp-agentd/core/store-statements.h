/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Every SQL statement of the running store, once: STORE_SQL(name, text). To add one: a row here,
 * then store_statement(store, STORE_SQL_name, ...). No include guard on purpose.
 */
/* clang-format off */
#ifndef PERSON_COLUMNS
#define PERSON_COLUMNS \
	"id, issuer, sub, directory, dir_id, name, uid, gid, gecos, home, shell, loa, origin, " \
	"active, retired, learned, missing, end_time, first_seen, last_seen, last_login, ssh_keys, labels"
#define GROUP_COLUMNS "id, directory, dir_id, name, gid, retired"
#define GIVEN_SEALED  "EXISTS (SELECT 1 FROM given_pass WHERE given_pass.id = pass AND sealed = 1)"
#define GIVEN_COLUMNS "kind, realm, key, id, gid, name, pass, " GIVEN_SEALED
#define CLASH_COLUMNS "kind, realm, key, id, name, directory, seen"
#endif

STORE_SQL(BEGIN, "BEGIN IMMEDIATE")
STORE_SQL(COMMIT, "COMMIT")
STORE_SQL(ROLLBACK, "ROLLBACK")
STORE_SQL(GET_META, "SELECT value FROM meta WHERE key = ?1")
STORE_SQL(SET_META, "INSERT INTO meta (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = ?2")

STORE_SQL(ISSUERS, "SELECT id, text, 0 FROM issuer ORDER BY id")
STORE_SQL(ADD_ISSUER, "INSERT INTO issuer (text) VALUES (?1)")
STORE_SQL(DIRECTORIES, "SELECT id, text, last_full FROM directory ORDER BY id")
STORE_SQL(ADD_DIRECTORY, "INSERT INTO directory (text) VALUES (?1)")
STORE_SQL(GET_DIRECTORY, "SELECT id, text, cursor, fingerprint, last_full, last_sync, last_failure, failure, held "
			 "FROM directory WHERE text = ?1")
STORE_SQL(DIRECTORY_DONE, "UPDATE directory SET cursor = ?2, last_sync = ?3, failure = '' WHERE id = ?1")
STORE_SQL(DIRECTORY_FULL, "UPDATE directory SET last_full = ?2, fingerprint = ?3, held = ?4 WHERE id = ?1")
STORE_SQL(DIRECTORY_HELD, "UPDATE directory SET held = held + ?2 WHERE id = ?1")
STORE_SQL(DIRECTORY_FAILED, "UPDATE directory SET last_failure = ?2, failure = ?3 WHERE id = ?1")

STORE_SQL(FIND_NAME, "SELECT " PERSON_COLUMNS " FROM person WHERE name = ?1 AND retired = 0")
STORE_SQL(HAS_LEFT, "SELECT 1 FROM person WHERE name = ?1 AND retired = 1 LIMIT 1")
STORE_SQL(FIND_UID, "SELECT " PERSON_COLUMNS " FROM person WHERE uid = ?1")
STORE_SQL(FIND_SUBJECT, "SELECT " PERSON_COLUMNS " FROM person WHERE issuer = ?1 AND sub = ?2")
STORE_SQL(FIND_DIR_ID, "SELECT " PERSON_COLUMNS " FROM person "
		       "WHERE directory = ?1 AND dir_id = ?2 AND retired = 0 AND dir_id <> ''")
STORE_SQL(FIND_PERSON, "SELECT " PERSON_COLUMNS " FROM person WHERE id = ?1")
STORE_SQL(EACH_PERSON, "SELECT " PERSON_COLUMNS " FROM person WHERE retired = 0 ORDER BY uid")
STORE_SQL(ID_IN_USE, "SELECT EXISTS (SELECT 1 FROM person WHERE uid = ?1) "
		     "OR EXISTS (SELECT 1 FROM person WHERE gid = ?1 AND gid <> uid) "
		     "OR EXISTS (SELECT 1 FROM dirgroup WHERE gid = ?1)")
STORE_SQL(ADD_PERSON, "INSERT INTO person (issuer, sub, directory, dir_id, name, uid, gid, gecos, home, shell, "
		      "loa, origin, active, retired, learned, missing, end_time, first_seen, last_seen, last_login, "
		      "ssh_keys, labels) "
		      "VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,?18,?19,?20,?21,?22)")
STORE_SQL(SET_PERSON, "UPDATE person SET directory = ?2, dir_id = ?3, name = ?4, gecos = ?5, home = ?6, "
		      "shell = ?7, loa = ?8, origin = ?9, active = ?10, retired = ?11, learned = ?12, "
		      "missing = ?13, end_time = ?14, last_seen = ?15, last_login = ?16, "
		      "ssh_keys = ?17, labels = ?18 WHERE id = ?1")
STORE_SQL(COUNTS, "SELECT (SELECT count(*) FROM person WHERE retired = 0), "
		  "(SELECT count(*) FROM person WHERE retired = 1), "
		  "(SELECT count(*) FROM person WHERE missing = 1 AND retired = 0), "
		  "(SELECT count(*) FROM dirgroup WHERE retired = 0), (SELECT count(*) FROM stray)")

STORE_SQL(FIND_GIVEN, "SELECT " GIVEN_COLUMNS " FROM given_id WHERE kind = ?1 AND realm = ?2 AND key = ?3")
STORE_SQL(FIND_GIVEN_ID, "SELECT " GIVEN_COLUMNS " FROM given_id WHERE id = ?1 AND kind = ?2")
STORE_SQL(HAS_GIVEN, "SELECT EXISTS (SELECT 1 FROM given_id)")
STORE_SQL(HAS_CLASHES, "SELECT EXISTS (SELECT 1 FROM clash)")
STORE_SQL(PUT_GIVEN, "INSERT OR REPLACE INTO given_id (kind, realm, key, id, gid, name, pass) "
		     "VALUES (?1, ?2, ?3, ?4, nullif(?5, 0), ?6, ?7)")
STORE_SQL(DROP_GIVEN, "DELETE FROM given_id WHERE kind = ?1 AND realm = ?2 AND key = ?3")
STORE_SQL(ADD_PASS, "INSERT INTO given_pass (sealed) VALUES (0)")
STORE_SQL(SEAL_PASS, "UPDATE given_pass SET sealed = 1 WHERE id = ?1")
STORE_SQL(OPEN_PASS, "SELECT id FROM given_pass WHERE sealed = 0 AND id <> ?1 ORDER BY id LIMIT 1")
STORE_SQL(DROP_PASS, "DELETE FROM given_pass WHERE id = ?1 AND sealed = 0")
STORE_SQL(TRIM_PASS, "DELETE FROM given_id WHERE pass = ?1 AND (kind, realm, key) IN "
		     "(SELECT kind, realm, key FROM given_id WHERE pass = ?1 LIMIT ?2)")
STORE_SQL(HAS_PASS, "SELECT 1 FROM given_id WHERE pass = ?1 LIMIT 1")
STORE_SQL(NEXT_ISSUER, "SELECT min(text) FROM (SELECT min(text) AS text FROM issuer WHERE text > ?1 "
		       "UNION ALL SELECT min(realm) FROM given_id WHERE kind = 0 AND realm > ?1)")
STORE_SQL(NEXT_DIRECTORY, "SELECT min(text) FROM (SELECT min(text) AS text FROM directory WHERE text > ?1 "
			  "UNION ALL SELECT min(realm) FROM given_id WHERE kind = 1 AND realm > ?1)")
STORE_SQL(PEOPLE_IDS, "SELECT sub AS key, uid, gid, name, retired FROM person WHERE issuer = ?1 AND sub > ?3 "
		      "UNION ALL SELECT key, id, coalesce(gid, 0), name, 2 FROM given_id "
		      "WHERE kind = 0 AND realm = ?2 AND key > ?3 AND " GIVEN_SEALED " ORDER BY 1 LIMIT ?4")
STORE_SQL(GROUP_IDS, "SELECT dir_id AS key, gid, gid, name, retired FROM dirgroup "
		     "WHERE directory = ?1 AND dir_id > ?3 AND gid IS NOT NULL "
		     "UNION ALL SELECT key, id, coalesce(gid, 0), name, 2 FROM given_id "
		     "WHERE kind = 1 AND realm = ?2 AND key > ?3 AND " GIVEN_SEALED " ORDER BY 1 LIMIT ?4")
STORE_SQL(FIND_CLASH, "SELECT " CLASH_COLUMNS " FROM clash WHERE kind = ?1 AND realm = ?2 AND key = ?3")
STORE_SQL(CLASHES_OF, "SELECT " CLASH_COLUMNS " FROM clash WHERE kind = ?1 AND name = ?2 ORDER BY realm, key LIMIT ?3")
STORE_SQL(CLASHES_AFTER, "SELECT " CLASH_COLUMNS " FROM clash WHERE (kind, realm, key) > (?1, ?2, ?3) "
			 "ORDER BY kind, realm, key LIMIT ?4")
STORE_SQL(COUNT_STRAYS, "SELECT count(*) FROM stray")
STORE_SQL(COUNT_CLASHES, "SELECT count(*) FROM clash")
STORE_SQL(PUT_CLASH, "INSERT OR REPLACE INTO clash (kind, realm, key, id, name, directory, seen) "
		     "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")
STORE_SQL(DROP_CLASH, "DELETE FROM clash WHERE kind = ?1 AND realm = ?2 AND key = ?3")

STORE_SQL(FIND_GROUP, "SELECT " GROUP_COLUMNS " FROM dirgroup WHERE name = ?1 AND retired = 0")
STORE_SQL(FIND_GID, "SELECT " GROUP_COLUMNS " FROM dirgroup WHERE gid = ?1")
STORE_SQL(FIND_GROUP_DIR_ID, "SELECT " GROUP_COLUMNS " FROM dirgroup WHERE directory = ?1 AND dir_id = ?2")
STORE_SQL(EACH_GROUP, "SELECT " GROUP_COLUMNS " FROM dirgroup WHERE retired = 0 ORDER BY gid")
STORE_SQL(ADD_GROUP, "INSERT INTO dirgroup (directory, dir_id, name, gid, retired) VALUES (?1, ?2, ?3, nullif(?4, 0), ?5)")
STORE_SQL(SET_GROUP, "UPDATE dirgroup SET name = ?2, retired = ?3, gid = nullif(?4, 0) WHERE id = ?1")
STORE_SQL(GROUP_MEMBERS, "SELECT person.name, 1 FROM member JOIN person ON person.id = member.person "
			 "WHERE member.dirgroup = ?1 AND person.retired = 0 ORDER BY person.id")
/* Groups inside groups: each is visited once a depth, so a circle ends, and ?3 (?2) is the depth that counts. */
STORE_SQL(PERSON_GROUPS, "WITH RECURSIVE up (id, depth) AS (SELECT dirgroup, 0 FROM member WHERE person = ?1 "
			 "UNION SELECT nest.parent, up.depth + 1 FROM up JOIN nest ON nest.child = up.id "
			 "WHERE up.depth < ?3) "
			 "SELECT " GROUP_COLUMNS ", id NOT IN (SELECT dirgroup FROM member WHERE person = ?1) "
			 "FROM dirgroup WHERE retired = 0 AND id IN (SELECT id FROM up) ORDER BY gid LIMIT ?2")
STORE_SQL(HAS_NESTED, "SELECT 1 FROM nest WHERE parent = ?1 LIMIT 1")
STORE_SQL(NESTED_MEMBERS, "WITH RECURSIVE down (id, depth) AS (VALUES (?1, 0) "
			  "UNION SELECT nest.child, down.depth + 1 FROM down JOIN nest ON nest.parent = down.id "
			  "WHERE down.depth < ?2) "
			  "SELECT name, id IN (SELECT person FROM member WHERE dirgroup = ?1) AS direct FROM person "
			  "WHERE retired = 0 AND id IN (SELECT person FROM member WHERE dirgroup IN (SELECT id FROM down)) "
			  "ORDER BY direct DESC, id")
STORE_SQL(EACH_MEMBER, "SELECT dirgroup, person FROM member WHERE dirgroup NOT IN (SELECT parent FROM nest) "
		       "ORDER BY dirgroup, person")
STORE_SQL(EACH_NESTING, "SELECT DISTINCT parent FROM nest ORDER BY parent")
STORE_SQL(EACH_NESTED_MEMBER, "WITH RECURSIVE down (id, depth) AS (VALUES (?1, 0) "
			      "UNION SELECT nest.child, down.depth + 1 FROM down JOIN nest ON nest.parent = down.id "
			      "WHERE down.depth < ?2) "
			      "SELECT DISTINCT person FROM member WHERE dirgroup IN (SELECT id FROM down) ORDER BY person")
STORE_SQL(NESTED_GROUPS, "SELECT " GROUP_COLUMNS " FROM dirgroup WHERE retired = 0 AND id IN "
			 "(SELECT child FROM nest WHERE parent = ?1) ORDER BY id LIMIT ?2")
STORE_SQL(GROUPS_AROUND, "WITH RECURSIVE up (id, depth) AS (VALUES (?1, 0) "
			 "UNION SELECT nest.parent, up.depth + 1 FROM up JOIN nest ON nest.child = up.id "
			 "WHERE up.depth < ?2) SELECT DISTINCT id FROM up WHERE id <> ?1 ORDER BY id")

STORE_SQL(FIND_GROUP_ROW, "SELECT " GROUP_COLUMNS " FROM dirgroup WHERE id = ?1")
STORE_SQL(PAGE_PEOPLE, "SELECT " PERSON_COLUMNS " FROM person WHERE retired = 0 AND uid > ?1 ORDER BY uid LIMIT ?2")
STORE_SQL(PAGE_GROUPS, "SELECT " GROUP_COLUMNS " FROM dirgroup WHERE retired = 0 AND id > ?1 ORDER BY id LIMIT ?2")
STORE_SQL(PAGE_MEMBERS, "SELECT dirgroup, person FROM member WHERE (dirgroup, person) > (?1, ?2) "
			"AND dirgroup NOT IN (SELECT parent FROM nest) ORDER BY dirgroup, person LIMIT ?3")
STORE_SQL(PAGE_NESTING, "SELECT parent FROM nest WHERE parent > ?1 ORDER BY parent LIMIT 1")
STORE_SQL(ENDED, "SELECT id FROM person WHERE end_time <> 0 AND retired = 0 AND end_time >= ?1 AND end_time < ?2")
STORE_SQL(NEXT_END, "SELECT end_time FROM person WHERE end_time <> 0 AND retired = 0 AND end_time >= ?1 "
		    "ORDER BY end_time LIMIT 1")

STORE_SQL(BINDINGS, "SELECT issuer, provider, subject FROM binding ORDER BY issuer")
STORE_SQL(PUT_BINDING, "INSERT INTO binding (issuer, provider, subject) VALUES (?1, ?2, ?3) "
		       "ON CONFLICT (issuer) DO UPDATE SET provider = ?2, subject = ?3")
STORE_SQL(DROP_BINDING, "DELETE FROM binding WHERE issuer = ?1")
STORE_SQL(RENAME_ISSUER, "UPDATE issuer SET text = ?2 WHERE text = ?1")
STORE_SQL(RENAME_GIVEN, "UPDATE OR IGNORE given_id SET realm = ?2 WHERE kind = 0 AND realm = ?1")
STORE_SQL(RENAME_CLASHES, "UPDATE OR REPLACE clash SET realm = ?2 WHERE kind = 0 AND realm = ?1")
STORE_SQL(COUNT_ISSUER, "SELECT count(*) FROM person WHERE issuer = ?1 AND (?2 = 1 OR retired = 0)")
STORE_SQL(DETACH_ISSUER, "INSERT OR IGNORE INTO stray (directory, dir_id, dirgroup) SELECT person.directory, "
			 "person.dir_id, member.dirgroup FROM member JOIN person ON person.id = member.person "
			 "WHERE person.issuer = ?1 AND person.dir_id <> ''")
STORE_SQL(DROP_ISSUER_MEMBERSHIPS, "DELETE FROM member WHERE person IN (SELECT id FROM person WHERE issuer = ?1)")
STORE_SQL(RETIRE_ISSUER, "UPDATE person SET retired = 1, active = 0, missing = 0 WHERE issuer = ?1 AND retired = 0")

STORE_SQL(PUT_LOGIN, "UPDATE person SET last_login = ?2, last_seen = ?2 WHERE id = ?1")
STORE_SQL(DROP_FACTS, "DELETE FROM fact WHERE person = ?1")
STORE_SQL(ADD_FACT, "INSERT INTO fact (person, n, kind, value) VALUES (?1, ?2, ?3, ?4)")
STORE_SQL(LAST_LOGIN, "SELECT last_login FROM person WHERE id = ?1")
STORE_SQL(GET_FACTS, "SELECT kind, value FROM fact WHERE person = ?1 ORDER BY n")
STORE_SQL(DROP_DECISION,
	  "DELETE FROM decision WHERE user = ?1 AND service = ?2 AND phase = ?3")
STORE_SQL(ADD_DECISION,
	  "INSERT INTO decision (user, service, phase, time, permit, code, rule, text, trace) "
	  "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)")
STORE_SQL(TRIM_DECISIONS, "DELETE FROM decision WHERE id <= (SELECT max(id) FROM decision) - ?1")
STORE_SQL(GET_DECISION,
	  "SELECT user, service, time, permit, code, rule, text, trace, phase FROM decision "
	  "WHERE user = ?1 AND (?2 = '' OR service = ?2) AND (?3 = '' OR phase = ?3) "
	  "ORDER BY service = 'systemd-user', id DESC LIMIT 1") /* which follows every sign-in */

STORE_SQL(ADD_WALLET, "INSERT INTO wallet (person, provider, until, sealed) VALUES (?1, ?2, ?3, ?4)")
STORE_SQL(SET_WALLET, "UPDATE wallet SET until = ?2, sealed = ?3 WHERE id = ?1")
STORE_SQL(GET_WALLET, "SELECT id, until, sealed FROM wallet WHERE person = ?1 AND provider = ?2")
STORE_SQL(DROP_WALLET, "DELETE FROM wallet WHERE id = ?1")
STORE_SQL(EACH_WALLET, "SELECT id, person, provider, until FROM wallet WHERE id > ?1 ORDER BY id LIMIT ?2")
STORE_SQL(COUNT_WALLETS, "SELECT count(*) FROM wallet")
STORE_SQL(GET_OPENED, "SELECT n, revoke FROM opened WHERE person = ?1 AND boot = ?2")
STORE_SQL(SET_OPENED, "INSERT INTO opened (person, boot, n, revoke) VALUES (?1, ?2, ?3, ?4) "
		      "ON CONFLICT (person) DO UPDATE SET boot = ?2, n = ?3, revoke = ?4")
STORE_SQL(DROP_OPENED, "DELETE FROM opened WHERE person = ?1")
STORE_SQL(OTHER_BOOTS, "SELECT person FROM opened WHERE boot <> ?1 AND n > 0 AND revoke = 1 AND person > ?2 "
		       "ORDER BY person LIMIT ?3")
STORE_SQL(DROP_OTHER_BOOTS, "DELETE FROM opened WHERE boot <> ?1")

STORE_SQL(STAGE, "INSERT INTO staged (id, op, tries, dir_id, record) VALUES (?1, ?2, ?3, ?4, ?5)")
STORE_SQL(NEXT_STAGED, "SELECT id, op, tries, dir_id, record FROM staged ORDER BY id LIMIT ?1")
STORE_SQL(LAST_STAGED, "SELECT coalesce(max(id), 0) FROM staged WHERE id < ?1")
STORE_SQL(UNSTAGE, "DELETE FROM staged WHERE id <= ?1")
STORE_SQL(UNSTAGE_ONE, "DELETE FROM staged WHERE id = ?1")
STORE_SQL(UNSTAGE_GROUP, "DELETE FROM staged WHERE id >= ?1 AND dir_id = ?2")
STORE_SQL(UNSTAGE_ALL, "DELETE FROM staged")
STORE_SQL(COUNT_STAGED, "SELECT count(*) FROM staged")
STORE_SQL(SEAL, "INSERT INTO pass (id, directory, iss, cursor, fingerprint, complete, held) "
		"VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6)")
STORE_SQL(GET_SEAL, "SELECT directory, iss, cursor, fingerprint, complete, held FROM pass")
STORE_SQL(DROP_SEAL, "DELETE FROM pass")
STORE_SQL(PEOPLE_AFTER, "SELECT id FROM person "
			"WHERE id > ?1 AND directory = ?2 AND retired = 0 AND learned = 0 ORDER BY id LIMIT ?3")
STORE_SQL(GROUPS_AFTER, "SELECT id FROM dirgroup "
			"WHERE id > ?1 AND directory = ?2 AND retired = 0 ORDER BY id LIMIT ?3")
STORE_SQL(LIVE_PEOPLE, "SELECT count(*) FROM (SELECT 1 FROM person WHERE directory = ?1 AND retired = 0 "
		       "AND dir_id <> '' LIMIT ?2)")
STORE_SQL(LIVE_GROUPS, "SELECT count(*) FROM (SELECT 1 FROM dirgroup WHERE directory = ?1 AND retired = 0 LIMIT ?2)")
STORE_SQL(RETIRE_PERSON, "UPDATE person SET retired = 1, active = 0, missing = 0 WHERE id = ?1")
STORE_SQL(MISS_PERSON, "UPDATE person SET missing = 1, last_seen = max(last_seen, "
		       "(SELECT last_full FROM directory WHERE id = person.directory)) WHERE id = ?1 AND missing = 0")
STORE_SQL(RETIRE_GROUP, "UPDATE dirgroup SET retired = 1 WHERE id = ?1")
STORE_SQL(DROP_GROUP_MEMBERS, "DELETE FROM member WHERE dirgroup = ?1")
STORE_SQL(DROP_GROUP_STRAYS, "DELETE FROM stray WHERE dirgroup = ?1")
STORE_SQL(MEMBER_IDS, "SELECT person.dir_id FROM member JOIN person ON person.id = member.person "
		      "WHERE member.dirgroup = ?1 AND person.retired = 0 AND person.directory = ?2 "
		      "UNION ALL SELECT dirgroup.dir_id FROM nest JOIN dirgroup ON dirgroup.id = nest.child "
		      "WHERE nest.parent = ?1 "
		      "UNION ALL SELECT dir_id FROM stray WHERE dirgroup = ?1")
STORE_SQL(ADD_MEMBER, "INSERT OR IGNORE INTO member (dirgroup, person) VALUES (?1, ?2)")
STORE_SQL(ADD_STRAY, "INSERT OR IGNORE INTO stray (directory, dir_id, dirgroup) VALUES (?1, ?2, ?3)")
STORE_SQL(DROP_MEMBER, "DELETE FROM member WHERE dirgroup = ?1 AND person = ?2")
STORE_SQL(DROP_STRAY, "DELETE FROM stray WHERE directory = ?1 AND dir_id = ?2 AND dirgroup = ?3")
STORE_SQL(GROUP_ROW, "SELECT id FROM dirgroup WHERE directory = ?1 AND dir_id = ?2 AND retired = 0")
STORE_SQL(ADD_NESTED, "INSERT OR IGNORE INTO nest (parent, child) VALUES (?1, ?2)")
STORE_SQL(DROP_NESTED, "DELETE FROM nest WHERE parent = ?1 AND child = ?2")
STORE_SQL(DROP_ALL_NESTED, "DELETE FROM nest WHERE parent = ?1")
STORE_SQL(DETACH_GROUP, "INSERT OR IGNORE INTO stray (directory, dir_id, dirgroup) "
			"SELECT dirgroup.directory, dirgroup.dir_id, nest.parent FROM nest "
			"JOIN dirgroup ON dirgroup.id = nest.child WHERE nest.child = ?1")
STORE_SQL(DROP_NESTINGS, "DELETE FROM nest WHERE child = ?1")
STORE_SQL(ADOPT_NESTED, "INSERT OR IGNORE INTO nest (parent, child) "
			"SELECT dirgroup, ?3 FROM stray WHERE directory = ?1 AND dir_id = ?2")
STORE_SQL(PERSON_ROW, "SELECT id FROM person WHERE directory = ?1 AND dir_id = ?2 AND retired = 0 AND dir_id <> ''")
STORE_SQL(DETACH, "INSERT OR IGNORE INTO stray (directory, dir_id, dirgroup) SELECT person.directory, person.dir_id, "
		  "member.dirgroup FROM member JOIN person ON person.id = member.person "
		  "WHERE member.person = ?1 AND person.dir_id <> '' AND member.dirgroup NOT IN "
		  "(SELECT id FROM dirgroup WHERE directory = (SELECT id FROM directory WHERE text = '[groups]'))")
STORE_SQL(EVERYBODY_AFTER, "SELECT id FROM person WHERE id > ?1 AND retired = 0 ORDER BY id LIMIT ?2")
STORE_SQL(GROUPS_OF, "SELECT " GROUP_COLUMNS " FROM dirgroup WHERE directory = ?1 AND retired = 0 ORDER BY id")
STORE_SQL(PERSON_GROUPS_OF, "SELECT id FROM dirgroup WHERE directory = ?2 AND id IN "
			    "(SELECT dirgroup FROM member WHERE person = ?1) ORDER BY id")
STORE_SQL(DROP_MEMBERSHIPS, "DELETE FROM member WHERE person = ?1")
STORE_SQL(HAS_STRAYS, "SELECT 1 FROM stray WHERE directory = ?1 AND dir_id = ?2 LIMIT 1")
STORE_SQL(ADOPT_STRAYS, "INSERT OR IGNORE INTO member (dirgroup, person) "
			"SELECT dirgroup, ?3 FROM stray WHERE directory = ?1 AND dir_id = ?2")
STORE_SQL(FORGET_STRAYS, "DELETE FROM stray WHERE (directory, dir_id) = "
			 "(SELECT directory, dir_id FROM person WHERE id = ?1)")
STORE_SQL(DROP_STRAYS, "DELETE FROM stray WHERE directory = ?1 AND dir_id = ?2")
/* clang-format on */
