# SPDX-License-Identifier: LGPL-2.1-or-later
# Keys in tokens: the only program that loads libraries of others, so the only one with p11-kit.
noinst_LTLIBRARIES += libidpkeyd.la
libidpkeyd_la_SOURCES = \
	%D%/keyd.c %D%/keyd.h \
	%D%/mech.c %D%/mech.h \
	%D%/pin.c %D%/pin.h \
	%D%/serve.c %D%/serve.h \
	%D%/spki.c %D%/spki.h \
	%D%/token.c %D%/token.h \
	%D%/uri.c %D%/uri.h
libidpkeyd_la_CFLAGS = $(AM_CFLAGS) $(SYSTEMD_CFLAGS) $(CRYPTO_CFLAGS) $(P11KIT_CFLAGS)
libidpkeyd_la_LIBADD = libidpcommon.la $(SYSTEMD_LIBS) $(CRYPTO_LIBS) $(P11KIT_LIBS)

# Built in this folder, because the top has a folder of the program's name.
pkglibexec_PROGRAMS += %D%/idp-keyd
%C%_idp_keyd_SOURCES = %D%/main.c
%C%_idp_keyd_CFLAGS = $(AM_CFLAGS) $(PIE_CFLAGS) $(SYSTEMD_CFLAGS) $(P11KIT_CFLAGS)
%C%_idp_keyd_LDFLAGS = $(AM_LDFLAGS) $(PIE_LDFLAGS)
%C%_idp_keyd_LDADD = libidpkeyd.la $(SYSTEMD_LIBS) $(P11KIT_LIBS)

dist_man_MANS += man/idp-keyd.8

KEYD_TEST_LIB = tests/lib/keyd.c tests/lib/keyd.h
EXTRA_DIST += tests/lib/softhsm.sh
tests_unit_test_keyd_uri_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(CRYPTO_CFLAGS) $(P11KIT_CFLAGS)
tests_unit_test_keyd_uri_LDADD = libidpkeyd.la libidpcommon.la $(CRYPTO_LIBS) $(P11KIT_LIBS) $(CMOCKA_LIBS)
tests_module_test_keyd_SOURCES = tests/module/test-keyd.c $(KEYD_TEST_LIB)
tests_module_test_keyd_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(JWT_CFLAGS) $(CRYPTO_CFLAGS)
tests_module_test_keyd_LDADD = libidpcommon.la $(JWT_LIBS) $(CRYPTO_LIBS) $(CMOCKA_LIBS)
if HAVE_CMOCKA
KEYD_TESTS = tests/unit/test-keyd-uri tests/module/test-keyd
check_PROGRAMS += $(KEYD_TESTS)
TESTS += $(KEYD_TESTS)
endif

check_PROGRAMS += fuzz/fuzz-keyd
fuzz_fuzz_keyd_SOURCES = fuzz/fuzz-keyd.c fuzz/replay.c
fuzz_fuzz_keyd_CFLAGS = $(AM_CFLAGS) $(CRYPTO_CFLAGS) $(P11KIT_CFLAGS)
fuzz_fuzz_keyd_LDADD = libidpkeyd.la libidpcommon.la $(CRYPTO_LIBS) $(P11KIT_LIBS)
FUZZERS += keyd
