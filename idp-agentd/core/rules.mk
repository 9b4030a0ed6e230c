# SPDX-License-Identifier: LGPL-2.1-or-later
# Configuration and access rules: pure, libc and common/ only; idpctl links it too.
noinst_LTLIBRARIES += libidprules.la
libidprules_la_SOURCES = \
	%D%/access.c %D%/access.h \
	%D%/access-acr.c \
	%D%/access-advise.c \
	%D%/access-atom.c %D%/access-rules.h \
	%D%/access-can.c %D%/access-can.h \
	%D%/access-claims.c \
	%D%/access-expect.c \
	%D%/access-explain.c \
	%D%/access-groups.c \
	%D%/access-names.c \
	%D%/access-net.c \
	%D%/access-path.c \
	%D%/access-parse.c %D%/access-parse.h \
	%D%/access-person.c \
	%D%/access-read.c \
	%D%/access-register.c \
	%D%/access-role.c \
	%D%/access-roles.c \
	%D%/access-rung.c \
	%D%/access-show.c %D%/access-show.h \
	%D%/access-suppose.c \
	%D%/access-tell.c \
	%D%/access-told.c \
	%D%/access-unmet.c \
	%D%/access-verdict.c \
	%D%/access-words.c %D%/access-words.h \
	%D%/arena.c %D%/arena.h \
	%D%/config.c %D%/config.h \
	%D%/config-address.c %D%/config-address.h \
	%D%/config-ask.c \
	%D%/config-default.c %D%/config-default.h \
	%D%/config-directory.c \
	%D%/config-jwt.c \
	%D%/config-check.c %D%/config-subject.c %D%/config-tree.h \
	%D%/config-file.c %D%/config-file.h \
	%D%/config-keys.h \
	%D%/config-load.c \
	%D%/config-names.c \
	%D%/config-preset.c %D%/config-preset.h \
	%D%/config-problem.c %D%/config-problem.h \
	%D%/config-purpose.c \
	%D%/config-raw.c %D%/config-raw.h \
	%D%/config-secret.c \
	%D%/config-syntax.c \
	%D%/config-table.c %D%/config-table.h \
	%D%/config-value.c %D%/config-value.h \
	%D%/logout-url.c %D%/logout-url.h \
	%D%/scope-table.c %D%/scope-table.h
libidprules_la_LIBADD = libidpcommon.la

# Private keys of this host and what is signed with them: OpenSSL, and nothing else.
noinst_LTLIBRARIES += libidpkeys.la
libidpkeys_la_SOURCES = \
	%D%/client-key.c %D%/client-key.h \
	%D%/compact.c %D%/compact.h \
	%D%/key.c %D%/key.h \
	%D%/key-make.c %D%/key-make.h \
	%D%/idmap-file.c %D%/idmap-file.h %D%/idmap-line.c \
	%D%/scope-file.c %D%/scope-file.h
libidpkeys_la_CFLAGS = $(AM_CFLAGS) $(CRYPTO_CFLAGS)
libidpkeys_la_LIBADD = libidpcommon.la $(CRYPTO_LIBS)

RULES_TESTS = \
	tests/unit/test-access \
	tests/unit/test-access-chance \
	tests/unit/test-access-kinds \
	tests/unit/test-access-explain \
	tests/unit/test-access-groups \
	tests/unit/test-access-show \
	tests/unit/test-config \
	tests/unit/test-config-file \
	tests/unit/test-config-oom \
	tests/unit/test-config-jwt \
	tests/unit/test-config-preset \
	tests/unit/test-config-purpose \
	tests/unit/test-logout-url
RULES_TEST_LDADD = libidprules.la libidpcommon.la $(CMOCKA_LIBS)
tests_unit_test_access_SOURCES = tests/unit/test-access.c tests/lib/conf.c tests/lib/conf.h
tests_unit_test_access_LDADD = $(RULES_TEST_LDADD)
tests_unit_test_access_kinds_SOURCES = tests/unit/test-access-kinds.c tests/lib/conf.c tests/lib/conf.h
tests_unit_test_access_kinds_LDADD = $(RULES_TEST_LDADD)
tests_unit_test_access_chance_LDADD = $(RULES_TEST_LDADD)
tests_unit_test_access_explain_SOURCES = tests/unit/test-access-explain.c tests/lib/conf.c tests/lib/conf.h
tests_unit_test_access_explain_LDADD = $(RULES_TEST_LDADD)
tests_unit_test_access_groups_SOURCES = tests/unit/test-access-groups.c tests/lib/conf.c tests/lib/conf.h
tests_unit_test_access_groups_LDADD = $(RULES_TEST_LDADD)
tests_unit_test_access_show_SOURCES = tests/unit/test-access-show.c tests/lib/conf.c tests/lib/conf.h
tests_unit_test_access_show_LDADD = $(RULES_TEST_LDADD)
tests_unit_test_config_SOURCES = tests/unit/test-config.c tests/lib/conf.c tests/lib/conf.h
tests_unit_test_config_LDADD = $(RULES_TEST_LDADD)
tests_unit_test_config_file_LDADD = $(RULES_TEST_LDADD)
tests_unit_test_config_jwt_SOURCES = tests/unit/test-config-jwt.c tests/lib/conf.c tests/lib/conf.h
tests_unit_test_config_preset_SOURCES = tests/unit/test-config-preset.c tests/lib/conf.c tests/lib/conf.h
tests_unit_test_config_jwt_LDADD = $(RULES_TEST_LDADD)
tests_unit_test_config_preset_LDADD = $(RULES_TEST_LDADD)
tests_unit_test_config_purpose_SOURCES = tests/unit/test-config-purpose.c tests/lib/conf.c tests/lib/conf.h
tests_unit_test_config_purpose_LDADD = $(RULES_TEST_LDADD)
tests_unit_test_config_oom_SOURCES = tests/unit/test-config-oom.c tests/lib/starve.c tests/lib/starve.h
tests_unit_test_config_oom_LDADD = $(RULES_TEST_LDADD)
tests_unit_test_config_oom_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=malloc,--wrap=calloc,--wrap=strdup

tests_unit_test_logout_url_LDADD = $(RULES_TEST_LDADD)

fuzz_fuzz_ini_SOURCES = fuzz/fuzz-ini.c fuzz/replay.c
fuzz_fuzz_ini_LDADD = libidpcommon.la
fuzz_fuzz_access_SOURCES = fuzz/fuzz-access.c fuzz/replay.c
fuzz_fuzz_access_LDADD = libidprules.la libidpcommon.la
fuzz_fuzz_logout_SOURCES = fuzz/fuzz-logout.c fuzz/replay.c
fuzz_fuzz_logout_LDADD = libidprules.la libidpcommon.la
FUZZERS += ini access logout

# docs/performance.md: make bench/bench-access && bench/bench-access
noinst_PROGRAMS += bench/bench-access
bench_bench_access_SOURCES = bench/bench-access.c
bench_bench_access_LDADD = libidprules.la libidpcommon.la

# What rules decide, beside a reading of the manual page in another language.
check_PROGRAMS += tests/unit/access-decide
tests_unit_access_decide_SOURCES = tests/unit/access-decide.c
tests_unit_access_decide_LDADD = libidprules.la libidpcommon.la
dist_check_SCRIPTS += tests/unit/test-access-reference.sh
TESTS += tests/unit/test-access-reference.sh
EXTRA_DIST += tests/unit/access-reference.mjs

if HAVE_CMOCKA
check_PROGRAMS += $(RULES_TESTS) fuzz/fuzz-ini fuzz/fuzz-access fuzz/fuzz-logout
TESTS += $(RULES_TESTS)
endif

dist_man_MANS += man/idp.conf.5

# The example, but never over a configuration that is there.
EXTRA_DIST += etc/idp.conf
INSTALL_DATA_HOOKS += install-idp-conf
UNINSTALL_HOOKS += uninstall-idp-conf
.PHONY: install-idp-conf uninstall-idp-conf
install-idp-conf:
	$(MKDIR_P) '$(DESTDIR)$(sysconfdir)/idp/conf.d'
	test -e '$(DESTDIR)$(sysconfdir)/idp/idp.conf' || \
		$(INSTALL_DATA) '$(srcdir)/etc/idp.conf' '$(DESTDIR)$(sysconfdir)/idp/idp.conf'
uninstall-idp-conf:
	-cmp -s '$(srcdir)/etc/idp.conf' '$(DESTDIR)$(sysconfdir)/idp/idp.conf' && \
		rm -f '$(DESTDIR)$(sysconfdir)/idp/idp.conf'
	-rmdir '$(DESTDIR)$(sysconfdir)/idp/conf.d' '$(DESTDIR)$(sysconfdir)/idp' 2>/dev/null
