# SPDX-License-Identifier: LGPL-2.1-or-later
# The reader of identity.snap: in idpctl and in the tests. Needs libc only.
noinst_LTLIBRARIES += libidpsnapshot.la
SNAPSHOT_READER = \
	common/snapshot.c common/snapshot.h \
	common/snapshot-map.c common/snapshot-map.h \
	common/snapshot-read.c common/snapshot-group.c common/snapshot-members.c \
	common/snapshot-cell.h \
	common/snapshot-format.h common/snapshot-hash.h
libidpsnapshot_la_SOURCES = $(SNAPSHOT_READER)

# Its writer: in idp-agentd and in the tests.
noinst_LTLIBRARIES += libidpsnapwrite.la
libidpsnapwrite_la_SOURCES = \
	idp-agentd/core/snapshot-write.c idp-agentd/core/snapshot-write.h \
	idp-agentd/core/snapshot-write-internal.h \
	idp-agentd/core/snapshot-file.c idp-agentd/core/snapshot-file.h \
	idp-agentd/core/snapshot-index.c idp-agentd/core/snapshot-index.h \
	idp-agentd/core/snapshot-layout.c \
	idp-agentd/core/snapshot-old.c \
	idp-agentd/core/snapshot-overlay.c idp-agentd/core/snapshot-overlay.h \
	idp-agentd/core/snapshot-patch.c \
	idp-agentd/core/snapshot-pool.c idp-agentd/core/snapshot-pool.h \
	idp-agentd/core/snapshot-step.c
libidpsnapwrite_la_LIBADD = libidpsnapshot.la

# The module names the few sources of common/ it needs instead of linking the library: a
# convenience library would go whole into every process of the host, logging and getenv() too.
NSS_SOURCES = \
	%D%/backend.c %D%/backend.h \
	%D%/group.c %D%/group.h \
	%D%/initgroups.c \
	%D%/pack.c %D%/pack.h \
	%D%/passwd.c %D%/passwd.h \
	$(SNAPSHOT_READER) \
	common/buf.c common/client.c common/clock.c common/cursor.c common/macro.c common/name.c \
	common/secret.c common/sock.c common/utf8.c common/wire.c

lib_LTLIBRARIES += libnss_idp.la
libnss_idp_la_SOURCES = $(NSS_SOURCES)
libnss_idp_la_LDFLAGS = $(AM_LDFLAGS) -version-info 2:0:0 \
	-Wl,--version-script=$(srcdir)/%D%/nss_idp.map -Wl,-z,nodelete
EXTRA_libnss_idp_la_DEPENDENCIES = %D%/nss_idp.map
EXTRA_DIST += %D%/nss_idp.map

dist_man_MANS += man/libnss_idp.8
nssexamplesdir = $(docdir)/examples
dist_nssexamples_DATA = etc/nsswitch.conf.example

# Nobody links against an NSS module: glibc finds libnss_idp.so.2 by its name.
INSTALL_DATA_HOOKS += install-nss-hook
install-nss-hook: install-libLTLIBRARIES
	rm -f $(DESTDIR)$(libdir)/libnss_idp.la $(DESTDIR)$(libdir)/libnss_idp.so
UNINSTALL_HOOKS += uninstall-nss-hook
uninstall-nss-hook:
	rm -f $(DESTDIR)$(libdir)/libnss_idp.so.2*
.PHONY: install-nss-hook uninstall-nss-hook

# The same sources as a module named idptest that looks below the build tree.
NSS_TEST_DIR = $(abs_top_builddir)/%D%/run
check_LTLIBRARIES = %D%/libnss_idptest.la
nss_idp_libnss_idptest_la_SOURCES = $(NSS_SOURCES)
nss_idp_libnss_idptest_la_CPPFLAGS = $(AM_CPPFLAGS) -DNSS_SERVICE=idptest \
	-DNSS_SNAPSHOT_PATH=\"$(NSS_TEST_DIR)/identity.snap\" \
	-DNSS_AGENT_PATH=\"$(NSS_TEST_DIR)/agent.sock\"
nss_idp_libnss_idptest_la_LDFLAGS = $(AM_LDFLAGS) -version-info 2:0:0 -rpath $(abs_top_builddir) \
	-Wl,--version-script=%D%/idptest.map -Wl,-z,nodelete
EXTRA_nss_idp_libnss_idptest_la_DEPENDENCIES = %D%/idptest.map
%D%/idptest.map: %D%/nss_idp.map
	$(AM_V_GEN)$(MKDIR_P) %D% && sed 's/_nss_idp_/_nss_idptest_/' $(srcdir)/%D%/nss_idp.map > $@
CLEANFILES += %D%/idptest.map %D%/run.lock

NSS_TESTS = tests/module/test-nss-abi tests/module/test-nss-agent tests/module/test-nss-callers \
	tests/module/test-nss-stress tests/module/test-nss-overlay
NSS_TEST_CPPFLAGS = $(AM_CPPFLAGS) -DNSS_TEST_DIR=\"$(NSS_TEST_DIR)\" \
	-DNSS_TEST_LIBS=\"$(abs_top_builddir)/%D%/.libs\" \
	-DNSS_TEST_MODULE=\"$(abs_top_builddir)/%D%/.libs/libnss_idptest.so.2\"
if SANITIZERS
NSS_TEST_CPPFLAGS += -DNSS_TEST_SANITIZED=1
else
NSS_TEST_CPPFLAGS += -DNSS_TEST_SANITIZED=0
endif
NSS_TEST_LIB = tests/lib/snapshot.c tests/lib/snapshot.h tests/lib/nss.c tests/lib/nss.h
NSS_TEST_LDADD = libidpsnapwrite.la libidpsnapshot.la libidpcommon.la $(CMOCKA_LIBS)

if HAVE_CMOCKA
SNAPSHOT_TESTS = tests/unit/test-snapshot tests/unit/test-snapshot-overlay \
	tests/unit/test-snapshot-pair
check_PROGRAMS += $(SNAPSHOT_TESTS) $(NSS_TESTS)
TESTS += $(SNAPSHOT_TESTS) $(NSS_TESTS)
tests_unit_test_snapshot_overlay_SOURCES = tests/unit/test-snapshot-overlay.c \
	tests/lib/snapshot.c tests/lib/snapshot.h
tests_unit_test_snapshot_overlay_LDADD = $(NSS_TEST_LDADD)
tests_unit_test_snapshot_pair_SOURCES = tests/unit/test-snapshot-pair.c \
	tests/lib/snapshot.c tests/lib/snapshot.h
tests_unit_test_snapshot_pair_LDADD = $(NSS_TEST_LDADD)
tests_unit_test_snapshot_SOURCES = tests/unit/test-snapshot.c tests/lib/snapshot.c tests/lib/snapshot.h
tests_unit_test_snapshot_LDADD = $(NSS_TEST_LDADD)

tests_module_test_nss_abi_SOURCES = tests/module/test-nss-abi.c $(NSS_TEST_LIB)
tests_module_test_nss_abi_CPPFLAGS = $(NSS_TEST_CPPFLAGS)
tests_module_test_nss_abi_LDADD = $(NSS_TEST_LDADD)
EXTRA_tests_module_test_nss_abi_DEPENDENCIES = %D%/libnss_idptest.la

tests_module_test_nss_agent_SOURCES = tests/module/test-nss-agent.c $(NSS_TEST_LIB)
tests_module_test_nss_agent_CPPFLAGS = $(NSS_TEST_CPPFLAGS)
tests_module_test_nss_agent_LDADD = $(NSS_TEST_LDADD)
EXTRA_tests_module_test_nss_agent_DEPENDENCIES = %D%/libnss_idptest.la

tests_module_test_nss_callers_SOURCES = tests/module/test-nss-callers.c $(NSS_TEST_LIB)
tests_module_test_nss_callers_CPPFLAGS = $(NSS_TEST_CPPFLAGS)
tests_module_test_nss_callers_LDADD = $(NSS_TEST_LDADD)
EXTRA_tests_module_test_nss_callers_DEPENDENCIES = %D%/libnss_idptest.la

tests_module_test_nss_stress_SOURCES = tests/module/test-nss-stress.c $(NSS_TEST_LIB)
tests_module_test_nss_stress_CPPFLAGS = $(NSS_TEST_CPPFLAGS)
tests_module_test_nss_stress_LDADD = $(NSS_TEST_LDADD)
EXTRA_tests_module_test_nss_stress_DEPENDENCIES = %D%/libnss_idptest.la

tests_module_test_nss_overlay_SOURCES = tests/module/test-nss-overlay.c $(NSS_TEST_LIB)
tests_module_test_nss_overlay_CPPFLAGS = $(NSS_TEST_CPPFLAGS)
tests_module_test_nss_overlay_LDADD = $(NSS_TEST_LDADD)
EXTRA_tests_module_test_nss_overlay_DEPENDENCIES = %D%/libnss_idptest.la
endif
EXTRA_DIST += tests/data/snapshot/shapes-v1.snap \
	tests/data/snapshot/overlay-v1.snap tests/data/snapshot/overlay-base-v1.snap

if HAVE_CMOCKA
check_PROGRAMS += fuzz/fuzz-snapshot fuzz/fuzz-nss
FUZZERS += snapshot nss
fuzz_fuzz_snapshot_SOURCES = fuzz/fuzz-snapshot.c fuzz/replay.c %D%/pack.c
fuzz_fuzz_snapshot_CPPFLAGS = $(AM_CPPFLAGS) # objects of its own
fuzz_fuzz_snapshot_LDADD = libidpsnapshot.la libidpcommon.la

# The module's own sources, its agent replaced by the input.
fuzz_fuzz_nss_SOURCES = fuzz/fuzz-nss.c fuzz/replay.c \
	%D%/backend.c %D%/group.c %D%/initgroups.c %D%/pack.c %D%/passwd.c
fuzz_fuzz_nss_CPPFLAGS = $(AM_CPPFLAGS) -DNSS_SERVICE=idpfuzz \
	-DNSS_SNAPSHOT_PATH=\"/nonexistent/identity.snap\"
fuzz_fuzz_nss_LDADD = libidpsnapshot.la libidpcommon.la
endif
