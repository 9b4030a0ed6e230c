# SPDX-License-Identifier: LGPL-2.1-or-later
# What web servers ask: libc, libsystemd and common/ only.
noinst_LTLIBRARIES += libidpverifyd.la
libidpverifyd_la_SOURCES = \
	%D%/front.c %D%/front.h \
	%D%/link.c %D%/link.h \
	%D%/reply.c %D%/reply.h \
	%D%/request.c %D%/request.h
libidpverifyd_la_CFLAGS = $(AM_CFLAGS) $(SYSTEMD_CFLAGS)
libidpverifyd_la_LIBADD = libidpcommon.la $(SYSTEMD_LIBS)

# Built in this folder, because the top has a folder of the program's name.
pkglibexec_PROGRAMS += %D%/idp-verifyd
%C%_idp_verifyd_SOURCES = %D%/main.c
%C%_idp_verifyd_CFLAGS = $(AM_CFLAGS) $(PIE_CFLAGS) $(SYSTEMD_CFLAGS)
%C%_idp_verifyd_LDFLAGS = $(AM_LDFLAGS) $(PIE_LDFLAGS)
%C%_idp_verifyd_LDADD = libidpverifyd.la $(SYSTEMD_LIBS)

dist_man_MANS += man/idp-verifyd.8

VERIFYD_TEST_LIB = tests/lib/verifyd.c tests/lib/verifyd.h $(AGENTD_TEST_LIB)
tests_module_test_verify_SOURCES = tests/module/test-verify.c $(VERIFYD_TEST_LIB)
tests_module_test_verify_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_module_test_verify_LDADD = libidpcommon.la $(CMOCKA_LIBS)
tests_module_test_verify_nginx_SOURCES = tests/module/test-verify-nginx.c $(VERIFYD_TEST_LIB)
tests_module_test_verify_nginx_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_module_test_verify_nginx_LDADD = libidpcommon.la $(CMOCKA_LIBS)
tests_module_test_verify_tokens_SOURCES = tests/module/test-verify-tokens.c $(VERIFYD_TEST_LIB) \
	tests/lib/mock.c tests/lib/mock.h tests/lib/mock-token.c tests/lib/mock-token.h \
	tests/lib/forge.c tests/lib/forge.h
tests_module_test_verify_tokens_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(CRYPTO_CFLAGS) $(JANSSON_CFLAGS)
tests_module_test_verify_tokens_LDADD = libidpjose.la libidpcommon.la $(CMOCKA_LIBS) $(CRYPTO_LIBS) $(JANSSON_LIBS)
EXTRA_tests_module_test_verify_tokens_DEPENDENCIES = idp-netd
tests_unit_test_verifyd_LDADD = libidpverifyd.la libidpcommon.la $(CMOCKA_LIBS)
if HAVE_CMOCKA
VERIFYD_TESTS = tests/unit/test-verifyd tests/module/test-verify tests/module/test-verify-nginx tests/module/test-verify-tokens
check_PROGRAMS += $(VERIFYD_TESTS)
TESTS += $(VERIFYD_TESTS)
endif

check_PROGRAMS += fuzz/fuzz-verifyd
fuzz_fuzz_verifyd_SOURCES = fuzz/fuzz-verifyd.c fuzz/replay.c
fuzz_fuzz_verifyd_LDADD = libidpverifyd.la libidpcommon.la
FUZZERS += verifyd
