# SPDX-License-Identifier: LGPL-2.1-or-later
# All but main(), for the program and for its tests.
noinst_LTLIBRARIES += libidpctl.la
libidpctl_la_SOURCES = \
	%D%/answer.c %D%/answer.h \
	%D%/answer-secret.c %D%/answer-secret.h \
	%D%/commands.c %D%/commands.h \
	%D%/commands-examine.c %D%/commands-examine.h \
	%D%/commands-idmap.c %D%/commands-idmap.h \
	%D%/commands-policy.c %D%/commands-policy.h \
	%D%/commands-pdnd.c %D%/commands-pdnd.h \
	%D%/commands-scope.c %D%/commands-scope.h \
	%D%/commands-self.c %D%/commands-self.h \
	%D%/commands-trial.c %D%/commands-trial.h \
	%D%/commands-voucher.c %D%/commands-voucher.h \
	%D%/control.c %D%/control.h \
	%D%/doctor.c %D%/doctor.h \
	%D%/doctor-break-glass.c \
	%D%/doctor-config.c \
	%D%/doctor-files.c \
	%D%/doctor-host.c \
	%D%/doctor-ids.c \
	%D%/doctor-nss.c \
	%D%/doctor-pam.c \
	%D%/doctor-sshd.c \
	%D%/commands-ticket.c %D%/commands-ticket.h \
	%D%/commands-verify.c %D%/commands-verify.h \
	%D%/idmap-compare.c %D%/idmap-compare.h \
	%D%/idmap-talk.c %D%/idmap-talk.h \
	idp-agentd/core/localnames.c idp-agentd/core/localnames.h \
	%D%/login.c %D%/login.h \
	%D%/login-browser.c %D%/login-browser.h \
	%D%/login-listen.c %D%/login-listen.h \
	%D%/login-page.c %D%/login-page.h \
	%D%/login-paste.c %D%/login-paste.h \
	%D%/login-peer.c %D%/login-peer.h \
	%D%/login-request.c %D%/login-request.h \
	%D%/login-talk.c %D%/login-talk.h \
	%D%/logout.c %D%/logout.h \
	%D%/own-session.c %D%/own-session.h \
	%D%/progress.c %D%/progress.h \
	%D%/render.h %D%/render-json.c %D%/render-people.c \
	%D%/render-kinds.c %D%/render-kinds.h \
	%D%/rows.c %D%/rows.h \
	%D%/scope-diff.c %D%/scope-diff.h \
	%D%/text.c %D%/text.h
libidpctl_la_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
libidpctl_la_LIBADD = libidpkeys.la libidprules.la libidpcommon.la $(JANSSON_LIBS)

bin_PROGRAMS += idpctl/idpctl
idpctl_idpctl_SOURCES = %D%/main.c
idpctl_idpctl_CFLAGS = $(AM_CFLAGS) $(PIE_CFLAGS)
idpctl_idpctl_LDFLAGS = $(AM_LDFLAGS) $(PIE_LDFLAGS)
idpctl_idpctl_LDADD = libidpctl.la

dist_man_MANS += man/idpctl.1

IDPCTL_TESTS = \
	tests/module/test-idpctl \
	tests/module/test-idpctl-login \
	tests/module/test-login-chromium \
	tests/unit/test-idpctl-doctor \
	tests/unit/test-idpctl-logout \
	tests/unit/test-idpctl-render \
	tests/unit/test-idpctl-text \
	tests/unit/test-login-listen \
	tests/unit/test-own-session \
	tests/unit/test-login-page \
	tests/unit/test-login-request

tests_module_test_idpctl_SOURCES = tests/module/test-idpctl.c \
	tests/lib/fake-agent.c tests/lib/fake-agent.h
tests_module_test_idpctl_LDADD = libidpcommon.la $(CMOCKA_LIBS)
EXTRA_tests_module_test_idpctl_DEPENDENCIES = idpctl/idpctl
tests_module_test_idpctl_login_SOURCES = tests/module/test-idpctl-login.c \
	tests/lib/fake-agent.c tests/lib/fake-agent.h
tests_module_test_idpctl_login_LDADD = libidpcommon.la $(CMOCKA_LIBS)
EXTRA_tests_module_test_idpctl_login_DEPENDENCIES = idpctl/idpctl
tests_module_test_login_chromium_SOURCES = tests/module/test-login-chromium.c \
	tests/lib/fake-agent.c tests/lib/fake-agent.h
tests_module_test_login_chromium_LDADD = libidpcommon.la $(CMOCKA_LIBS)
EXTRA_tests_module_test_login_chromium_DEPENDENCIES = idpctl/idpctl
EXTRA_DIST += tests/lib/chromium.mjs
tests_unit_test_idpctl_doctor_LDADD = libidpctl.la $(CMOCKA_LIBS)
tests_unit_test_idpctl_logout_SOURCES = tests/unit/test-idpctl-logout.c tests/lib/conf.c tests/lib/conf.h
tests_unit_test_idpctl_logout_LDADD = libidpctl.la $(CMOCKA_LIBS)
tests_unit_test_idpctl_text_LDADD = libidpctl.la $(CMOCKA_LIBS)
tests_unit_test_idpctl_render_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_test_idpctl_render_LDADD = libidpctl.la $(JANSSON_LIBS) $(CMOCKA_LIBS)

tests_unit_test_own_session_LDADD = libidpctl.la libidpcommon.la $(CMOCKA_LIBS)
tests_unit_test_login_listen_LDADD = libidpctl.la libidpcommon.la $(CMOCKA_LIBS)
tests_unit_test_login_page_CFLAGS = $(AM_CFLAGS) $(CRYPTO_CFLAGS)
tests_unit_test_login_page_LDADD = libidpctl.la libidpcommon.la $(CRYPTO_LIBS) $(CMOCKA_LIBS)
tests_unit_test_login_request_LDADD = libidpctl.la $(CMOCKA_LIBS)

if HAVE_CMOCKA
check_PROGRAMS += $(IDPCTL_TESTS)
TESTS += $(IDPCTL_TESTS)
endif

check_PROGRAMS += fuzz/fuzz-idpctl
fuzz_fuzz_idpctl_SOURCES = fuzz/fuzz-idpctl.c fuzz/replay.c
fuzz_fuzz_idpctl_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
fuzz_fuzz_idpctl_LDADD = libidpctl.la libidpcommon.la $(JANSSON_LIBS)
FUZZERS += idpctl

check_PROGRAMS += fuzz/fuzz-login
fuzz_fuzz_login_SOURCES = fuzz/fuzz-login.c fuzz/replay.c
fuzz_fuzz_login_LDADD = libidpctl.la libidpcommon.la
FUZZERS += login
