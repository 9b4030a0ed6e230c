# SPDX-License-Identifier: LGPL-2.1-or-later
# What systemd asks: libc, libsystemd, jansson, the sources of libnss_idp and common/ only.
USERDBD_SOURCES = \
	%D%/answer.c %D%/answer.h \
	%D%/call.c %D%/call.h \
	%D%/describe.c %D%/describe.h \
	%D%/front.c %D%/front.h \
	%D%/main.c \
	%D%/record.c %D%/record.h \
	%D%/source.c %D%/source.h \
	nss_idp/backend.c nss_idp/backend.h \
	nss_idp/group.c nss_idp/group.h \
	nss_idp/initgroups.c \
	nss_idp/pack.c nss_idp/pack.h \
	nss_idp/passwd.c nss_idp/passwd.h
# "/nonexistent": the agent is never asked; what is not in the snapshot is not shown.
USERDBD_CPPFLAGS = -DNSS_SERVICE=userdbd -DNSS_AGENT_PATH=\"/nonexistent/agent.sock\"
USERDBD_LDADD = libidpsnapshot.la libidpcommon.la $(SYSTEMD_LIBS) $(JANSSON_LIBS)

# Built in this folder, because the top has a folder of the program's name.
pkglibexec_PROGRAMS += %D%/idp-userdbd
%C%_idp_userdbd_SOURCES = $(USERDBD_SOURCES)
%C%_idp_userdbd_CPPFLAGS = $(AM_CPPFLAGS) $(USERDBD_CPPFLAGS)
%C%_idp_userdbd_CFLAGS = $(AM_CFLAGS) $(PIE_CFLAGS) $(SYSTEMD_CFLAGS) $(JANSSON_CFLAGS)
%C%_idp_userdbd_LDFLAGS = $(AM_LDFLAGS) $(PIE_LDFLAGS)
%C%_idp_userdbd_LDADD = $(USERDBD_LDADD)

dist_man_MANS += man/idp-userdbd.8

# The same program, looking where the tests of libnss_idp publish.
if HAVE_CMOCKA
check_PROGRAMS += %D%/idp-userdbd-test tests/module/test-userdbd fuzz/fuzz-varlink
%C%_idp_userdbd_test_SOURCES = $(USERDBD_SOURCES)
%C%_idp_userdbd_test_CPPFLAGS = $(AM_CPPFLAGS) $(USERDBD_CPPFLAGS) \
	-DNSS_SNAPSHOT_PATH=\"$(NSS_TEST_DIR)/identity.snap\"
%C%_idp_userdbd_test_CFLAGS = $(AM_CFLAGS) $(SYSTEMD_CFLAGS) $(JANSSON_CFLAGS)
%C%_idp_userdbd_test_LDADD = $(USERDBD_LDADD)

TESTS += tests/module/test-userdbd
tests_module_test_userdbd_SOURCES = tests/module/test-userdbd.c $(NSS_TEST_LIB)
tests_module_test_userdbd_CPPFLAGS = $(NSS_TEST_CPPFLAGS) \
	-DUSERDBD_TEST=\"$(abs_top_builddir)/%D%/idp-userdbd-test\"
tests_module_test_userdbd_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(JANSSON_CFLAGS)
tests_module_test_userdbd_LDADD = $(NSS_TEST_LDADD) $(JANSSON_LIBS)
EXTRA_tests_module_test_userdbd_DEPENDENCIES = %D%/idp-userdbd-test nss_idp/libnss_idptest.la

fuzz_fuzz_varlink_SOURCES = fuzz/fuzz-varlink.c fuzz/replay.c \
	%D%/answer.c %D%/call.c %D%/describe.c %D%/record.c %D%/source.c \
	nss_idp/backend.c nss_idp/group.c nss_idp/initgroups.c nss_idp/pack.c nss_idp/passwd.c
fuzz_fuzz_varlink_CPPFLAGS = $(AM_CPPFLAGS) $(USERDBD_CPPFLAGS) \
	-DNSS_SNAPSHOT_PATH=\"/nonexistent/identity.snap\"
fuzz_fuzz_varlink_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
fuzz_fuzz_varlink_LDADD = libidpsnapshot.la libidpcommon.la $(JANSSON_LIBS)
FUZZERS += varlink
endif
