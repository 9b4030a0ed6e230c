# SPDX-License-Identifier: LGPL-2.1-or-later
# The record of people: store, ids, snapshot, sync. SQLite and nothing of the network.
noinst_LTLIBRARIES += libidprecord.la
libidprecord_la_SOURCES = \
	%D%/idmap.c %D%/idmap.h %D%/idmap-internal.h %D%/idmap-check.c %D%/idmap-given.c %D%/idmap-group.c \
	%D%/alias.c %D%/alias.h \
	%D%/idmap-import.c %D%/idmap-import.h \
	%D%/localnames.c %D%/localnames.h \
	%D%/person.c %D%/person.h \
	%D%/rowset.c %D%/rowset.h \
	%D%/publish.c %D%/publish.h %D%/publish-internal.h %D%/publish-judge.c \
	%D%/publish-base.c %D%/publish-build.c %D%/publish-changes.c %D%/publish-entries.c %D%/publish-files.c \
	%D%/publish-overlay.c %D%/publish-tally.c \
	%D%/binding.c %D%/binding.h \
	%D%/store.c %D%/store.h %D%/store-internal.h %D%/store-statements.h \
	%D%/store-binding.c %D%/store-binding.h \
	%D%/store-changes.c %D%/store-changes.h \
	%D%/store-page.c %D%/store-page.h \
	%D%/store-claimed.c %D%/store-claimed.h \
	%D%/store-group.c %D%/store-group.h \
	%D%/store-ids.c %D%/store-ids.h \
	%D%/store-login.c %D%/store-login.h \
	%D%/store-migrate.c %D%/store-migrate.h \
	%D%/store-open.c \
	%D%/store-person.c %D%/store-person.h \
	%D%/store-stage.c %D%/store-stage.h \
	%D%/store-wallet.c %D%/store-wallet.h \
	%D%/attributes.c %D%/attributes.h \
	%D%/syncer.c %D%/syncer.h %D%/syncer-internal.h \
	%D%/syncer-apply.c %D%/syncer-gone.c %D%/syncer-index.c %D%/syncer-index.h %D%/syncer-learn.c %D%/syncer-pack.c %D%/syncer-roster.c \
	%D%/syncer-sweep.c
nodist_libidprecord_la_SOURCES = %D%/store-sql.h
libidprecord_la_CFLAGS = $(AM_CFLAGS) $(SQLITE_CFLAGS)
libidprecord_la_LIBADD = libidpsnapwrite.la libidpcommon.la $(SQLITE_LIBS)

$(libidprecord_la_OBJECTS): | %D%/store-sql.h
# store.sql as C: one struct store_migration per "-- migration N" line
EXTRA_DIST += %D%/store.sql
BUILT_SOURCES += %D%/store-sql.h
CLEANFILES += %D%/store-sql.h
%D%/store-sql.h: %D%/store.sql
	$(AM_V_GEN)$(MKDIR_P) %D% && $(AWK) \
	  '/^-- migration [0-9]+:/ { if (n) print "},"; n = $$3 + 0; print "{ " n ","; next } \
	   /^--/ || /^$$/ { next } \
	   n { gsub(/\\/, "\\\\"); gsub(/"/, "\\\""); print "  \"" $$0 "\\n\"" } \
	   END { if (!n) exit 1; print "}," }' $(top_srcdir)/%D%/store.sql >$@.tmp && mv $@.tmp $@

RECORD_TESTS = \
	tests/unit/test-alias \
	tests/unit/test-binding \
	tests/unit/test-idmap \
	tests/unit/test-idmap-given \
	tests/unit/test-attributes \
	tests/unit/test-localnames \
	tests/unit/test-publish \
	tests/unit/test-publish-changes \
	tests/unit/test-store \
	tests/unit/test-store-changes \
	tests/unit/test-syncer \
	tests/unit/test-syncer-crash \
	tests/unit/test-syncer-delta \
	tests/unit/test-syncer-index \
	tests/unit/test-syncer-nest
RECORD_TEST_FILES = tests/lib/record.c tests/lib/record.h
RECORD_TEST_LIBS = libidprecord.la libidpsnapshot.la libidpcommon.la $(CMOCKA_LIBS)
tests_unit_test_attributes_SOURCES = tests/unit/test-attributes.c
tests_unit_test_attributes_LDADD = libidprecord.la libidpcommon.la $(CMOCKA_LIBS)
tests_unit_test_alias_SOURCES = tests/unit/test-alias.c $(RECORD_TEST_FILES)
tests_unit_test_alias_LDADD = $(RECORD_TEST_LIBS)
tests_unit_test_binding_SOURCES = tests/unit/test-binding.c $(RECORD_TEST_FILES)
tests_unit_test_binding_CFLAGS = $(AM_CFLAGS) $(SQLITE_CFLAGS)
tests_unit_test_binding_LDADD = $(RECORD_TEST_LIBS) $(SQLITE_LIBS)
tests_unit_test_idmap_SOURCES = tests/unit/test-idmap.c $(RECORD_TEST_FILES)
tests_unit_test_idmap_LDADD = $(RECORD_TEST_LIBS)
tests_unit_test_idmap_given_SOURCES = tests/unit/test-idmap-given.c $(RECORD_TEST_FILES)
tests_unit_test_idmap_given_LDADD = $(RECORD_TEST_LIBS)
tests_unit_test_localnames_SOURCES = tests/unit/test-localnames.c $(RECORD_TEST_FILES)
tests_unit_test_localnames_LDADD = $(RECORD_TEST_LIBS)
tests_unit_test_publish_SOURCES = tests/unit/test-publish.c $(RECORD_TEST_FILES)
tests_unit_test_publish_LDADD = $(RECORD_TEST_LIBS)
tests_unit_test_publish_changes_SOURCES = tests/unit/test-publish-changes.c $(RECORD_TEST_FILES)
tests_unit_test_publish_changes_LDADD = $(RECORD_TEST_LIBS)
tests_unit_test_store_SOURCES = tests/unit/test-store.c $(RECORD_TEST_FILES)
tests_unit_test_store_LDADD = $(RECORD_TEST_LIBS)
tests_unit_test_store_changes_SOURCES = tests/unit/test-store-changes.c $(RECORD_TEST_FILES)
tests_unit_test_store_changes_LDADD = $(RECORD_TEST_LIBS)
tests_unit_test_syncer_SOURCES = tests/unit/test-syncer.c $(RECORD_TEST_FILES)
tests_unit_test_syncer_LDADD = $(RECORD_TEST_LIBS)
tests_unit_test_syncer_crash_SOURCES = tests/unit/test-syncer-crash.c $(RECORD_TEST_FILES)
tests_unit_test_syncer_crash_LDADD = $(RECORD_TEST_LIBS) $(SQLITE_LIBS)
tests_unit_test_syncer_delta_SOURCES = tests/unit/test-syncer-delta.c $(RECORD_TEST_FILES)
tests_unit_test_syncer_delta_LDADD = $(RECORD_TEST_LIBS)
tests_unit_test_syncer_index_SOURCES = tests/unit/test-syncer-index.c $(RECORD_TEST_FILES)
tests_unit_test_syncer_index_LDADD = $(RECORD_TEST_LIBS) $(SQLITE_LIBS)
tests_unit_test_syncer_nest_SOURCES = tests/unit/test-syncer-nest.c $(RECORD_TEST_FILES)
tests_unit_test_syncer_nest_LDADD = $(RECORD_TEST_LIBS)
if HAVE_CMOCKA
check_PROGRAMS += $(RECORD_TESTS)
TESTS += $(RECORD_TESTS)
endif

# docs/performance.md: make bench/bench-sync && bench/bench-sync
noinst_PROGRAMS += bench/bench-publish bench/bench-sync
bench_bench_publish_SOURCES = bench/bench-publish.c
bench_bench_publish_LDADD = libidprecord.la libidpsnapshot.la libidpcommon.la
bench_bench_sync_SOURCES = bench/bench-sync.c
bench_bench_sync_CFLAGS = $(AM_CFLAGS) $(SQLITE_CFLAGS)
bench_bench_sync_LDADD = libidprecord.la libidpsnapshot.la libidpcommon.la $(SQLITE_LIBS)

check_PROGRAMS += fuzz/fuzz-staged
fuzz_fuzz_staged_SOURCES = fuzz/fuzz-staged.c fuzz/replay.c
fuzz_fuzz_staged_LDADD = libidprecord.la libidpcommon.la
FUZZERS += staged
check_PROGRAMS += fuzz/fuzz-attributes
fuzz_fuzz_attributes_SOURCES = fuzz/fuzz-attributes.c fuzz/replay.c
fuzz_fuzz_attributes_LDADD = libidprecord.la libidpcommon.la
FUZZERS += attributes
