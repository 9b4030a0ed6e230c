# SPDX-License-Identifier: LGPL-2.1-or-later
# What sshd asks for a person's keys: libc and common/ only.
noinst_LTLIBRARIES += libidpauthorizedkeys.la
libidpauthorizedkeys_la_SOURCES = %D%/keys.c %D%/keys.h
libidpauthorizedkeys_la_LIBADD = libidpcommon.la

# Built in this folder, because the top has a folder of the program's name.
pkglibexec_PROGRAMS += %D%/idp-authorized-keys
%C%_idp_authorized_keys_SOURCES = %D%/main.c
%C%_idp_authorized_keys_CFLAGS = $(AM_CFLAGS) $(PIE_CFLAGS)
%C%_idp_authorized_keys_LDFLAGS = $(AM_LDFLAGS) $(PIE_LDFLAGS)
%C%_idp_authorized_keys_LDADD = libidpauthorizedkeys.la

tests_module_test_authorized_keys_SOURCES = tests/module/test-authorized-keys.c $(AGENTD_TEST_LIB)
tests_module_test_authorized_keys_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_module_test_authorized_keys_LDADD = libidpauthorizedkeys.la libidpcommon.la $(CMOCKA_LIBS)
if HAVE_CMOCKA
check_PROGRAMS += tests/module/test-authorized-keys
TESTS += tests/module/test-authorized-keys
endif

dist_man_MANS += man/idp-authorized-keys.8
