# SPDX-License-Identifier: LGPL-2.1-or-later
# The reader of identity.snap: in the NSS module, in idpctl, in the tests. Needs libc only.
noinst_LTLIBRARIES += libidpsnapshot.la
libidpsnapshot_la_SOURCES = \
	common/snapshot.c common/snapshot.h \
	common/snapshot-map.c common/snapshot-map.h \
	common/snapshot-read.c \
	common/snapshot-format.h common/snapshot-hash.h
libidpsnapshot_la_LIBADD = libidpcommon.la

# Its writer: in idp-agentd and in the tests.
noinst_LTLIBRARIES += libidpsnapwrite.la
libidpsnapwrite_la_SOURCES = \
	idp-agentd/core/snapshot-write.c idp-agentd/core/snapshot-write.h \
	idp-agentd/core/snapshot-file.c idp-agentd/core/snapshot-file.h \
	idp-agentd/core/snapshot-index.c idp-agentd/core/snapshot-index.h \
	idp-agentd/core/snapshot-pool.c idp-agentd/core/snapshot-pool.h

if HAVE_CMOCKA
check_PROGRAMS += tests/unit/test-snapshot
TESTS += tests/unit/test-snapshot
tests_unit_test_snapshot_SOURCES = tests/unit/test-snapshot.c tests/lib/snapshot.c tests/lib/snapshot.h
tests_unit_test_snapshot_LDADD = libidpsnapwrite.la libidpsnapshot.la libidpcommon.la $(CMOCKA_LIBS)
endif
EXTRA_DIST += tests/data/snapshot/shapes-v1.snap
