# SPDX-License-Identifier: LGPL-2.1-or-later
# Of common/ only what the module needs: it lives in other people's processes. The objects are the
# same ones libidpcommon is made of.
PAM_IDP_COMMON = \
	common/buf.c \
	common/client.c \
	common/clock.c \
	common/cursor.c \
	common/macro.c \
	common/name.c \
	common/secret.c \
	common/sock.c \
	common/utf8.c \
	common/wire.c

# All but the entry points, for the module and for its tests.
noinst_LTLIBRARIES += libidppam.la
libidppam_la_SOURCES = \
	%D%/args.c %D%/args.h \
	%D%/dialog.c %D%/dialog.h \
	%D%/local-user.c %D%/local-user.h

pam_LTLIBRARIES += pam_idp.la
pam_idp_la_SOURCES = %D%/pam_idp.c $(PAM_IDP_COMMON)
pam_idp_la_LDFLAGS = $(AM_LDFLAGS) -module -avoid-version -shared \
	-Wl,--version-script=$(top_srcdir)/%D%/pam_idp.map -Wl,--no-undefined-version
pam_idp_la_LIBADD = libidppam.la -lpam
EXTRA_pam_idp_la_DEPENDENCIES = %D%/pam_idp.map
EXTRA_DIST += %D%/pam_idp.map

# PAM loads modules by file name; the archive libtool leaves beside it helps nobody.
INSTALL_DATA_HOOKS += pam-idp-install-hook
UNINSTALL_HOOKS += pam-idp-uninstall-hook
.PHONY: pam-idp-install-hook pam-idp-uninstall-hook
pam-idp-install-hook:
	rm -f '$(DESTDIR)$(pamdir)/pam_idp.la'
pam-idp-uninstall-hook:
	rm -f '$(DESTDIR)$(pamdir)/pam_idp.so'

dist_man_MANS += man/pam_idp.8

# Peers that say what a script tells them to, for the tests of the module and of idpctl.
PAM_TESTS = \
	tests/unit/test-local-user \
	tests/module/test-pam-retval \
	tests/module/test-pam-stack

tests_unit_test_local_user_SOURCES = tests/unit/test-local-user.c
tests_unit_test_local_user_LDADD = libidppam.la libidpcommon.la -lpam $(CMOCKA_LIBS)

tests_module_test_pam_retval_SOURCES = tests/module/test-pam-retval.c \
	tests/lib/fake-agent.c tests/lib/fake-agent.h tests/lib/test.h
tests_module_test_pam_retval_LDADD = libidpcommon.la -lpam $(CMOCKA_LIBS)
EXTRA_tests_module_test_pam_retval_DEPENDENCIES = pam_idp.la

tests_module_test_pam_stack_SOURCES = tests/module/test-pam-stack.c \
	tests/lib/fake-agent.c tests/lib/fake-agent.h
tests_module_test_pam_stack_LDADD = libidpcommon.la -lpam $(CMOCKA_LIBS)
EXTRA_tests_module_test_pam_stack_DEPENDENCIES = pam_idp.la

dist_check_SCRIPTS += tests/module/test-pam-exports.sh

if HAVE_CMOCKA
check_PROGRAMS += $(PAM_TESTS)
TESTS += $(PAM_TESTS)
endif
TESTS += tests/module/test-pam-exports.sh

check_PROGRAMS += fuzz/fuzz-pam
fuzz_fuzz_pam_SOURCES = fuzz/fuzz-pam.c fuzz/replay.c
fuzz_fuzz_pam_LDADD = libidppam.la libidpcommon.la
FUZZERS += pam
