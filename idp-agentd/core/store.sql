-- SPDX-License-Identifier: LGPL-2.1-or-later
-- The schema of state.db. Each "-- migration N" opens the step from version N-1 to N; a step that
-- was ever released is never edited: add the next one below it. Becomes store-sql.h at build time.
--
-- What the schema itself promises, whatever the code does: one (issuer, sub) is one row, one uid is
-- one row, one live name is one row, none of the three ever moves, and no row is ever deleted.

-- migration 1: people, groups, sign-ins, decisions, staging
CREATE TABLE meta (
	key TEXT PRIMARY KEY,
	value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- long texts that every row repeats stand here once
CREATE TABLE issuer (
	id INTEGER PRIMARY KEY,
	text TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE directory (
	id INTEGER PRIMARY KEY,
	text TEXT NOT NULL UNIQUE,
	cursor TEXT NOT NULL DEFAULT '',
	fingerprint INTEGER NOT NULL DEFAULT 0,
	last_full INTEGER NOT NULL DEFAULT 0,
	last_sync INTEGER NOT NULL DEFAULT 0,
	last_failure INTEGER NOT NULL DEFAULT 0,
	failure TEXT NOT NULL DEFAULT '',
	held INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE person (
	id INTEGER PRIMARY KEY,
	issuer INTEGER NOT NULL,
	sub TEXT NOT NULL CHECK (sub <> ''),
	directory INTEGER NOT NULL,
	dir_id TEXT NOT NULL,
	name TEXT NOT NULL CHECK (name <> ''),
	uid INTEGER NOT NULL CHECK (uid BETWEEN 1 AND 4294967293),
	gid INTEGER NOT NULL CHECK (gid BETWEEN 1 AND 4294967293),
	gecos TEXT NOT NULL,
	home TEXT NOT NULL,
	shell TEXT NOT NULL,
	loa TEXT NOT NULL,
	origin TEXT NOT NULL,
	active INTEGER NOT NULL CHECK (active IN (0, 1)),
	retired INTEGER NOT NULL CHECK (retired IN (0, 1)),
	learned INTEGER NOT NULL CHECK (learned IN (0, 1)),
	missing INTEGER NOT NULL CHECK (missing IN (0, 1)),
	end_time INTEGER NOT NULL,
	first_seen INTEGER NOT NULL,
	last_seen INTEGER NOT NULL,
	last_login INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX person_subject ON person (issuer, sub);
CREATE UNIQUE INDEX person_uid ON person (uid);
CREATE UNIQUE INDEX person_name ON person (name) WHERE retired = 0;
CREATE UNIQUE INDEX person_dir_id ON person (directory, dir_id) WHERE retired = 0 AND dir_id <> '';
CREATE INDEX person_gid ON person (gid) WHERE gid <> uid;
CREATE TRIGGER person_stays BEFORE DELETE ON person
	BEGIN SELECT RAISE(ABORT, 'a person is never deleted'); END;
CREATE TRIGGER person_bound BEFORE UPDATE OF issuer, sub, uid, gid ON person
	BEGIN SELECT RAISE(ABORT, 'a binding never changes'); END;

CREATE TABLE dirgroup (
	id INTEGER PRIMARY KEY,
	directory INTEGER NOT NULL,
	dir_id TEXT NOT NULL CHECK (dir_id <> ''),
	name TEXT NOT NULL CHECK (name <> ''),
	gid INTEGER CHECK (gid BETWEEN 1 AND 4294967293), -- NULL: known to the rules, not a Unix group
	retired INTEGER NOT NULL CHECK (retired IN (0, 1))
) STRICT;
CREATE UNIQUE INDEX dirgroup_dir_id ON dirgroup (directory, dir_id);
CREATE UNIQUE INDEX dirgroup_gid ON dirgroup (gid);
CREATE UNIQUE INDEX dirgroup_name ON dirgroup (name) WHERE retired = 0;
CREATE TRIGGER dirgroup_stays BEFORE DELETE ON dirgroup
	BEGIN SELECT RAISE(ABORT, 'a group is never deleted'); END;
CREATE TRIGGER dirgroup_bound BEFORE UPDATE OF directory, dir_id ON dirgroup
	BEGIN SELECT RAISE(ABORT, 'a binding never changes'); END;
CREATE TRIGGER dirgroup_gid_bound BEFORE UPDATE OF gid ON dirgroup
	WHEN OLD.gid IS NOT NULL AND OLD.gid IS NOT NEW.gid
	BEGIN SELECT RAISE(ABORT, 'a binding never changes'); END;

CREATE TABLE member (
	dirgroup INTEGER NOT NULL,
	person INTEGER NOT NULL,
	PRIMARY KEY (dirgroup, person)
) STRICT, WITHOUT ROWID;
CREATE INDEX member_person ON member (person);

-- members the directory names that are nobody we know: nested groups, people yet to come
CREATE TABLE stray (
	directory INTEGER NOT NULL,
	dir_id TEXT NOT NULL,
	dirgroup INTEGER NOT NULL,
	PRIMARY KEY (directory, dir_id, dirgroup)
) STRICT, WITHOUT ROWID;
CREATE INDEX stray_dirgroup ON stray (dirgroup);

-- what the token of the last sign-in said
CREATE TABLE fact (
	person INTEGER NOT NULL,
	n INTEGER NOT NULL,
	kind TEXT NOT NULL,
	value TEXT NOT NULL,
	PRIMARY KEY (person, n)
) STRICT, WITHOUT ROWID;

CREATE TABLE decision (
	id INTEGER PRIMARY KEY,
	user TEXT NOT NULL,
	service TEXT NOT NULL,
	time INTEGER NOT NULL,
	permit INTEGER NOT NULL CHECK (permit IN (0, 1)),
	code TEXT NOT NULL,
	rule TEXT NOT NULL,
	text TEXT NOT NULL,
	trace TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX decision_user ON decision (user, service);

-- a pass on its way into the tables above; the row of pass is its seal
CREATE TABLE staged (
	id INTEGER PRIMARY KEY,
	op INTEGER NOT NULL,
	tries INTEGER NOT NULL,
	dir_id TEXT NOT NULL,
	record BLOB NOT NULL
) STRICT;
CREATE TABLE pass (
	id INTEGER PRIMARY KEY CHECK (id = 1),
	directory TEXT NOT NULL,
	iss TEXT NOT NULL,
	cursor TEXT NOT NULL,
	fingerprint INTEGER NOT NULL,
	complete INTEGER NOT NULL CHECK (complete IN (0, 1)),
	held INTEGER NOT NULL
) STRICT;

-- migration 2: a sign-in and the account check behind it are two decisions
DELETE FROM decision;
ALTER TABLE decision ADD COLUMN phase TEXT NOT NULL DEFAULT '';
DROP INDEX decision_user;
CREATE UNIQUE INDEX decision_user ON decision (user, service, phase);

-- migration 3: the names of those who have left are asked for, too
CREATE INDEX person_left ON person (name) WHERE retired = 1;

-- migration 4: where the subjects of an issuer stood when its people were bound
CREATE TABLE binding (
	issuer TEXT PRIMARY KEY CHECK (issuer <> ''),
	provider TEXT NOT NULL, -- '': bound before anybody asked
	subject TEXT NOT NULL CHECK (subject <> '')
) STRICT, WITHOUT ROWID;
-- until then there was one place
INSERT INTO binding (issuer, provider, subject) SELECT text, '', 'id_token' FROM issuer;

-- migration 5: what stays of a sign-in, sealed; and how many sessions of a person are open
CREATE TABLE wallet (
	id INTEGER PRIMARY KEY AUTOINCREMENT, -- never used twice
	person INTEGER NOT NULL,
	provider TEXT NOT NULL CHECK (provider <> ''),
	until INTEGER NOT NULL, -- it is forgotten then at the latest, seconds since 1970
	sealed BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX wallet_person ON wallet (person, provider);
CREATE TABLE opened (
	person INTEGER PRIMARY KEY,
	boot TEXT NOT NULL, -- n counts sessions of this boot and of no other
	n INTEGER NOT NULL CHECK (n >= 0),
	revoke INTEGER NOT NULL CHECK (revoke IN (0, 1)) -- whether the end of one of them ends the tokens
) STRICT;

-- migration 6: keys and labels of people; groups inside groups
ALTER TABLE person ADD COLUMN ssh_keys TEXT NOT NULL DEFAULT ''; -- one a line
ALTER TABLE person ADD COLUMN labels TEXT NOT NULL DEFAULT '';   -- PREFIX/NAME=VALUE, one a line
CREATE INDEX person_end ON person (end_time) WHERE end_time <> 0 AND retired = 0;
UPDATE staged SET record = CAST(record || zeroblob(10) AS BLOB) WHERE op = 1; -- two empty texts
CREATE TABLE nest (
	parent INTEGER NOT NULL,
	child INTEGER NOT NULL, -- both rows of dirgroup, of one directory
	PRIMARY KEY (parent, child)
) STRICT, WITHOUT ROWID;
CREATE INDEX nest_child ON nest (child);
-- groups waited among the strays until then
INSERT INTO nest (parent, child) SELECT stray.dirgroup, dirgroup.id FROM stray
	JOIN dirgroup ON dirgroup.directory = stray.directory AND dirgroup.dir_id = stray.dir_id
	WHERE dirgroup.retired = 0;
DELETE FROM stray WHERE EXISTS (SELECT 1 FROM dirgroup WHERE dirgroup.directory = stray.directory
	AND dirgroup.dir_id = stray.dir_id AND dirgroup.retired = 0);

-- migration 7: ids given by hand or brought from another host, and who found an id taken
CREATE TABLE given_pass (
	id INTEGER PRIMARY KEY AUTOINCREMENT, -- never used twice
	sealed INTEGER NOT NULL CHECK (sealed IN (0, 1)) -- ids of one that is not count for nothing
) STRICT;
INSERT INTO given_pass (id, sealed) VALUES (1, 1); -- what is given by hand
CREATE TABLE given_id (
	kind INTEGER NOT NULL CHECK (kind IN (0, 1)), -- 0 a person by issuer and subject
	realm TEXT NOT NULL CHECK (realm <> ''),      -- 1 a group by directory and its id there
	key TEXT NOT NULL CHECK (key <> ''),
	id INTEGER NOT NULL CHECK (id BETWEEN 1 AND 4294967293),
	gid INTEGER CHECK (gid BETWEEN 1 AND 4294967293), -- NULL: nothing is said of it
	name TEXT NOT NULL,
	pass INTEGER NOT NULL,
	PRIMARY KEY (kind, realm, key)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX given_id_id ON given_id (id, kind);
CREATE INDEX given_id_pass ON given_id (pass);
CREATE TABLE clash (
	kind INTEGER NOT NULL CHECK (kind IN (0, 1)),
	realm TEXT NOT NULL CHECK (realm <> ''),
	key TEXT NOT NULL CHECK (key <> ''),
	id INTEGER NOT NULL, -- the one that another has
	name TEXT NOT NULL,
	directory TEXT NOT NULL,
	seen INTEGER NOT NULL, -- seconds since 1970
	PRIMARY KEY (kind, realm, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX clash_name ON clash (kind, name);
