# SPDX-License-Identifier: LGPL-2.1-or-later
noinst_LTLIBRARIES += libidpcommon.la
libidpcommon_la_SOURCES = \
	%D%/b64url.c %D%/b64url.h \
	%D%/buf.c %D%/buf.h \
	%D%/client.c %D%/client.h \
	%D%/clock.c %D%/clock.h \
	%D%/cursor.c %D%/cursor.h \
	%D%/file.c %D%/file.h \
	%D%/hex.c %D%/hex.h \
	%D%/home.c %D%/home.h \
	%D%/http-head.c %D%/http-head.h \
	%D%/ini.c %D%/ini.h \
	%D%/limits.h \
	%D%/log.c %D%/log.h \
	%D%/macro.c %D%/macro.h \
	%D%/name.c %D%/name.h \
	%D%/naming.c %D%/naming.h \
	%D%/outbox.c %D%/outbox.h \
	%D%/reason.c %D%/reason.h \
	%D%/secret.c %D%/secret.h \
	%D%/siphash.c %D%/siphash.h \
	%D%/sock.c %D%/sock.h \
	%D%/ssh-key.c %D%/ssh-key.h \
	%D%/utf8.c %D%/utf8.h \
	%D%/wire.c %D%/wire.h %D%/wire-messages.h

COMMON_TESTS = \
	tests/unit/test-b64url \
	tests/unit/test-buf \
	tests/unit/test-home \
	tests/unit/test-ini \
	tests/unit/test-name \
	tests/unit/test-reason \
	tests/unit/test-secret \
	tests/unit/test-sock \
	tests/unit/test-ssh-key \
	tests/unit/test-utf8 \
	tests/unit/test-wire
COMMON_TEST_LDADD = libidpcommon.la $(CMOCKA_LIBS)
tests_unit_test_b64url_LDADD = $(COMMON_TEST_LDADD)
tests_unit_test_buf_LDADD = $(COMMON_TEST_LDADD)
tests_unit_test_home_LDADD = $(COMMON_TEST_LDADD)
tests_unit_test_ini_LDADD = $(COMMON_TEST_LDADD)
tests_unit_test_name_LDADD = $(COMMON_TEST_LDADD)
tests_unit_test_reason_LDADD = $(COMMON_TEST_LDADD)
tests_unit_test_secret_LDADD = $(COMMON_TEST_LDADD)
tests_unit_test_sock_LDADD = $(COMMON_TEST_LDADD)
tests_unit_test_ssh_key_LDADD = $(COMMON_TEST_LDADD)
tests_unit_test_utf8_LDADD = $(COMMON_TEST_LDADD)
tests_unit_test_wire_LDADD = $(COMMON_TEST_LDADD)

fuzz_fuzz_wire_SOURCES = fuzz/fuzz-wire.c fuzz/replay.c
fuzz_fuzz_wire_LDADD = libidpcommon.la
FUZZERS += wire
fuzz_fuzz_ssh_key_SOURCES = fuzz/fuzz-ssh-key.c fuzz/replay.c
fuzz_fuzz_ssh_key_LDADD = libidpcommon.la
FUZZERS += ssh-key

EXTRA_DIST += tests/lib/test.h tests/lib/tap.sh

if HAVE_CMOCKA
check_PROGRAMS += $(COMMON_TESTS) fuzz/fuzz-wire fuzz/fuzz-ssh-key
TESTS += $(COMMON_TESTS)
endif
