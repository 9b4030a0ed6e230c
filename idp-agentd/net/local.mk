# SPDX-License-Identifier: LGPL-2.1-or-later
# idp-netd: the process that talks to the network. Everything but main.c is in a library, so that
# tests and fuzzers reach it.
noinst_LTLIBRARIES += libidpnet.la
libidpnet_la_SOURCES = \
	%D%/authcode.c %D%/authcode.h \
	%D%/call.c %D%/call.h \
	%D%/clientauth.c %D%/clientauth.h \
	%D%/device.c %D%/device.h \
	%D%/dir-file.c \
	%D%/dir-file-check.c %D%/dir-file-check.h \
	%D%/dir-file-read.c %D%/dir-file-read.h \
	%D%/dir-keycloak.c %D%/dir-keycloak.h \
	%D%/dir-keycloak-ask.c \
	%D%/dir-keycloak-graph.c %D%/dir-keycloak-graph.h \
	%D%/dir-keycloak-list.c %D%/dir-keycloak-list.h \
	%D%/dir-keycloak-read.c %D%/dir-keycloak-read.h \
	%D%/dir-keycloak-take.c \
	%D%/dir.c %D%/dir.h %D%/dir-flow.h \
	%D%/dir-backend.h \
	%D%/dir-scim.c %D%/dir-scim.h \
	%D%/dir-scim-ask.c \
	%D%/dir-scim-take.c \
	%D%/dir-send.c \
	%D%/dir-token.c %D%/dir-token.h \
	%D%/dir-userinfo.c \
	%D%/directory.c %D%/directory.h \
	%D%/discovery.c %D%/discovery.h \
	%D%/document.c %D%/document.h \
	%D%/dpop.c %D%/dpop.h \
	%D%/flow.c %D%/flow.h \
	%D%/http.c %D%/http.h \
	%D%/http-loop.c %D%/http-loop.h \
	%D%/http-text.c %D%/http-text.h \
	%D%/identify.c %D%/identify.h \
	%D%/introspect.c %D%/introspect.h \
	%D%/jwks-cache.c %D%/jwks-cache.h \
	%D%/provider-read.h \
	%D%/provider-token.c \
	%D%/link.c %D%/link.h \
	%D%/link-in.c %D%/link-in.h \
	%D%/logout-check.c %D%/logout-check.h \
	%D%/net.h \
	%D%/oauth.c %D%/oauth.h \
	%D%/pager.c %D%/pager.h \
	%D%/probe.c %D%/probe.h \
	%D%/probe-facts.c \
	%D%/probe-judge.c %D%/probe-judge.h \
	%D%/provider.c %D%/provider.h \
	%D%/refresh.c %D%/refresh.h \
	%D%/registry.c %D%/registry.h \
	%D%/renew.c %D%/renew.h \
	%D%/reply.c %D%/reply.h \
	%D%/reply-tokens.c %D%/reply-tokens.h \
	%D%/retire.c %D%/retire.h \
	%D%/revoke.c %D%/revoke.h \
	%D%/scim.c %D%/scim.h \
	%D%/scim-attributes.c %D%/scim-attributes.h \
	%D%/scim-mark.c %D%/scim-mark.h \
	%D%/scope-probe.c %D%/scope-probe.h \
	%D%/scope-search.c %D%/scope-search.h \
	%D%/settings.c %D%/settings.h \
	%D%/signin.c %D%/signin.h %D%/signin-flow.h \
	%D%/signin-check.c \
	%D%/signin-password.c \
	%D%/signin-code.c \
	%D%/signin-device.c \
	%D%/source.c %D%/source.h \
	%D%/timer.c %D%/timer.h \
	%D%/token-ask.c \
	%D%/token-check.c %D%/token-check.h %D%/token-check-internal.h \
	%D%/url.c %D%/url.h \
	%D%/userinfo.c %D%/userinfo.h \
	%D%/userinfo-keys.c %D%/userinfo-keys.h \
	%D%/verify.c %D%/verify.h \
	%D%/voucher.c %D%/voucher.h \
	%D%/voucher-read.c %D%/voucher-read.h
libidpnet_la_CFLAGS = $(AM_CFLAGS) $(CURL_CFLAGS) $(CRYPTO_CFLAGS) $(JANSSON_CFLAGS) $(SYSTEMD_CFLAGS)
libidpnet_la_LIBADD = libidpjose.la libidpcommon.la $(CURL_LIBS) $(JANSSON_LIBS) $(SYSTEMD_LIBS)

pkglibexec_PROGRAMS += idp-netd
idp_netd_SOURCES = %D%/main.c
idp_netd_CFLAGS = $(AM_CFLAGS) $(PIE_CFLAGS) $(SYSTEMD_CFLAGS)
idp_netd_LDFLAGS = $(AM_LDFLAGS) $(PIE_LDFLAGS)
idp_netd_LDADD = libidpnet.la libidpjose.la libidpcommon.la $(SYSTEMD_LIBS)

dist_man_MANS += man/idp-netd.8

NETD_TEST_LIB = tests/lib/netd-world.c tests/lib/netd-world.h tests/lib/fake-core.c tests/lib/fake-core.h \
	tests/lib/mock.c tests/lib/mock.h
DIR_TEST_LIB = $(NETD_TEST_LIB) tests/lib/dir-world.c tests/lib/dir-world.h
NETD_TEST_LIBS = libidpnet.la libidpjose.la libidpcommon.la $(JANSSON_LIBS) $(CMOCKA_LIBS)

if HAVE_CMOCKA
NETD_TESTS = tests/module/test-netd tests/module/test-netd-code tests/module/test-netd-given \
	tests/module/test-netd-dir tests/module/test-netd-file tests/module/test-netd-keycloak \
	tests/module/test-netd-scim tests/module/test-scim-platform \
	tests/module/test-netd-keys tests/module/test-netd-link \
	tests/module/test-netd-logout tests/module/test-netd-probe tests/module/test-netd-scopes \
	tests/module/test-netd-quirks tests/module/test-netd-renew tests/module/test-netd-subject \
	tests/module/test-netd-shown tests/module/test-netd-token
NETD_UNIT_TESTS = tests/unit/test-identify \
	tests/unit/test-authcode \
	tests/unit/test-http-text \
	tests/unit/test-introspect \
	tests/unit/test-scope-search \
	tests/unit/test-url \
	tests/unit/test-clientauth \
	tests/unit/test-refresh \
	tests/unit/test-device \
	tests/unit/test-dir-file \
	tests/unit/test-dir-keycloak \
	tests/unit/test-dpop \
	tests/unit/test-discovery \
	tests/unit/test-oauth \
	tests/unit/test-pager \
	tests/unit/test-rfc-messages \
	tests/unit/test-scim \
	tests/unit/test-userinfo \
	tests/unit/test-voucher-read
check_PROGRAMS += $(NETD_TESTS) $(NETD_UNIT_TESTS)
TESTS += $(NETD_TESTS) $(NETD_UNIT_TESTS)
endif
tests_module_test_netd_SOURCES = tests/module/test-netd.c $(NETD_TEST_LIB)
tests_module_test_netd_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_module_test_netd_LDADD = libidpcommon.la $(CMOCKA_LIBS)
tests_module_test_netd_given_SOURCES = tests/module/test-netd-given.c $(NETD_TEST_LIB)
tests_module_test_netd_given_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_module_test_netd_given_LDADD = libidpcommon.la $(CMOCKA_LIBS)
tests_module_test_netd_code_SOURCES = tests/module/test-netd-code.c $(NETD_TEST_LIB)
tests_module_test_netd_code_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_module_test_netd_code_LDADD = libidpcommon.la $(CMOCKA_LIBS)
tests_module_test_netd_dir_SOURCES = tests/module/test-netd-dir.c $(DIR_TEST_LIB)
tests_module_test_netd_dir_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_module_test_netd_dir_LDADD = libidpcommon.la $(CMOCKA_LIBS)
tests_module_test_netd_file_SOURCES = tests/module/test-netd-file.c $(NETD_TEST_LIB) \
	tests/lib/dir-log.c tests/lib/dir-log.h
tests_module_test_netd_file_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_module_test_netd_file_LDADD = libidpcommon.la $(CMOCKA_LIBS)
tests_module_test_netd_keycloak_SOURCES = tests/module/test-netd-keycloak.c $(NETD_TEST_LIB) \
	tests/lib/dir-log.c tests/lib/dir-log.h
tests_module_test_netd_keycloak_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_module_test_netd_keycloak_LDADD = libidpcommon.la $(CMOCKA_LIBS)
tests_module_test_netd_scim_SOURCES = tests/module/test-netd-scim.c $(DIR_TEST_LIB)
tests_module_test_netd_scim_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_module_test_netd_scim_LDADD = libidpcommon.la $(CMOCKA_LIBS)
tests_module_test_scim_platform_SOURCES = tests/module/test-scim-platform.c $(DIR_TEST_LIB) \
	tests/lib/platform.c tests/lib/platform.h
tests_module_test_scim_platform_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_module_test_scim_platform_LDADD = libidpcommon.la $(CMOCKA_LIBS)
tests_module_test_netd_link_SOURCES = tests/module/test-netd-link.c $(NETD_TEST_LIB)
tests_module_test_netd_link_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_module_test_netd_link_LDADD = libidpcommon.la $(CMOCKA_LIBS)
tests_module_test_netd_scopes_SOURCES = tests/module/test-netd-scopes.c $(NETD_TEST_LIB)
tests_module_test_netd_scopes_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_module_test_netd_scopes_LDADD = libidpcommon.la $(CMOCKA_LIBS)
tests_unit_test_scope_search_SOURCES = tests/unit/test-scope-search.c
tests_unit_test_scope_search_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_test_scope_search_LDADD = $(NETD_TEST_LIBS)
tests_module_test_netd_probe_SOURCES = tests/module/test-netd-probe.c $(NETD_TEST_LIB)
tests_module_test_netd_probe_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_module_test_netd_probe_LDADD = libidpcommon.la $(CMOCKA_LIBS)
tests_unit_test_authcode_SOURCES = tests/unit/test-authcode.c
tests_unit_test_authcode_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_test_authcode_LDADD = $(NETD_TEST_LIBS)
tests_module_test_netd_logout_SOURCES = tests/module/test-netd-logout.c $(NETD_TEST_LIB) \
	tests/lib/forge.c tests/lib/forge.h tests/lib/mock-token.c tests/lib/mock-token.h
tests_module_test_netd_logout_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(CRYPTO_CFLAGS) $(JANSSON_CFLAGS)
tests_module_test_netd_logout_LDADD = libidpjose.la libidpcommon.la $(CMOCKA_LIBS) $(CRYPTO_LIBS) \
	$(JANSSON_LIBS)
tests_module_test_netd_shown_SOURCES = tests/module/test-netd-shown.c $(NETD_TEST_LIB) \
	tests/lib/forge.c tests/lib/forge.h
tests_module_test_netd_shown_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(CRYPTO_CFLAGS) $(JANSSON_CFLAGS)
tests_module_test_netd_shown_LDADD = libidpjose.la libidpcommon.la $(CMOCKA_LIBS) $(CRYPTO_LIBS) \
	$(JANSSON_LIBS)
tests_module_test_netd_token_SOURCES = tests/module/test-netd-token.c $(NETD_TEST_LIB) \
	tests/lib/forge.c tests/lib/forge.h tests/lib/memory.c tests/lib/memory.h \
	tests/lib/mock-token.c tests/lib/mock-token.h
tests_module_test_netd_token_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(CRYPTO_CFLAGS) $(JANSSON_CFLAGS)
tests_module_test_netd_token_LDADD = libidpjose.la libidpcommon.la $(CMOCKA_LIBS) $(CRYPTO_LIBS) \
	$(JANSSON_LIBS)
tests_module_test_netd_renew_SOURCES = tests/module/test-netd-renew.c $(NETD_TEST_LIB)
tests_module_test_netd_renew_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_module_test_netd_renew_LDADD = libidpcommon.la $(CMOCKA_LIBS)
tests_module_test_netd_subject_SOURCES = tests/module/test-netd-subject.c $(NETD_TEST_LIB)
tests_module_test_netd_subject_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_module_test_netd_subject_LDADD = libidpcommon.la $(CMOCKA_LIBS)
tests_module_test_netd_quirks_SOURCES = tests/module/test-netd-quirks.c $(NETD_TEST_LIB)
tests_module_test_netd_quirks_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_module_test_netd_quirks_LDADD = libidpcommon.la $(CMOCKA_LIBS)
tests_module_test_netd_keys_SOURCES = tests/module/test-netd-keys.c $(NETD_TEST_LIB)
tests_module_test_netd_keys_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_module_test_netd_keys_LDADD = libidpcommon.la $(CMOCKA_LIBS)
tests_unit_test_url_SOURCES = tests/unit/test-url.c
tests_unit_test_url_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_test_url_LDADD = $(NETD_TEST_LIBS)
tests_unit_test_clientauth_SOURCES = tests/unit/test-clientauth.c
tests_unit_test_clientauth_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_test_clientauth_LDADD = $(NETD_TEST_LIBS)
tests_unit_test_refresh_SOURCES = tests/unit/test-refresh.c
tests_unit_test_refresh_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_test_refresh_LDADD = $(NETD_TEST_LIBS)
tests_unit_test_device_SOURCES = tests/unit/test-device.c
tests_unit_test_device_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_test_device_LDADD = $(NETD_TEST_LIBS)
tests_unit_test_dir_file_SOURCES = tests/unit/test-dir-file.c
tests_unit_test_dir_file_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_test_dir_file_LDADD = $(NETD_TEST_LIBS)
tests_unit_test_dir_keycloak_SOURCES = tests/unit/test-dir-keycloak.c
tests_unit_test_dir_keycloak_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_test_dir_keycloak_LDADD = $(NETD_TEST_LIBS)
tests_unit_test_dpop_SOURCES = tests/unit/test-dpop.c
tests_unit_test_dpop_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_test_dpop_LDADD = $(NETD_TEST_LIBS)
tests_unit_test_discovery_SOURCES = tests/unit/test-discovery.c
tests_unit_test_discovery_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_test_discovery_LDADD = $(NETD_TEST_LIBS)
tests_unit_test_oauth_SOURCES = tests/unit/test-oauth.c
tests_unit_test_oauth_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_test_oauth_LDADD = $(NETD_TEST_LIBS)
tests_unit_test_introspect_SOURCES = tests/unit/test-introspect.c
tests_unit_test_introspect_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_test_introspect_LDADD = $(NETD_TEST_LIBS)
tests_unit_test_pager_SOURCES = tests/unit/test-pager.c
tests_unit_test_pager_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_test_pager_LDADD = $(NETD_TEST_LIBS)
tests_unit_test_rfc_messages_SOURCES = tests/unit/test-rfc-messages.c
tests_unit_test_rfc_messages_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_test_rfc_messages_LDADD = $(NETD_TEST_LIBS)
tests_unit_test_scim_SOURCES = tests/unit/test-scim.c
tests_unit_test_scim_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_test_scim_LDADD = $(NETD_TEST_LIBS)
tests_unit_test_userinfo_SOURCES = tests/unit/test-userinfo.c
tests_unit_test_userinfo_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_test_userinfo_LDADD = $(NETD_TEST_LIBS)
tests_unit_test_identify_SOURCES = tests/unit/test-identify.c
tests_unit_test_identify_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_test_identify_LDADD = $(NETD_TEST_LIBS)
tests_unit_test_http_text_SOURCES = tests/unit/test-http-text.c
tests_unit_test_http_text_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_test_http_text_LDADD = $(NETD_TEST_LIBS)
tests_unit_test_voucher_read_SOURCES = tests/unit/test-voucher-read.c
tests_unit_test_voucher_read_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_test_voucher_read_LDADD = $(NETD_TEST_LIBS)

dist_check_SCRIPTS += tests/module/test-pdnd-keys.sh tests/module/test-pdnd-platform.sh tests/module/test-vouchers.sh
TESTS += tests/module/test-pdnd-keys.sh tests/module/test-pdnd-platform.sh tests/module/test-vouchers.sh

FUZZERS += authcode dirfile discovery introspect keycloak scim subject token voucher
check_PROGRAMS += fuzz/fuzz-authcode fuzz/fuzz-dirfile fuzz/fuzz-discovery fuzz/fuzz-introspect fuzz/fuzz-keycloak fuzz/fuzz-scim \
	fuzz/fuzz-subject fuzz/fuzz-token fuzz/fuzz-voucher
fuzz_fuzz_voucher_SOURCES = fuzz/fuzz-voucher.c fuzz/replay.c
fuzz_fuzz_voucher_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
fuzz_fuzz_voucher_LDADD = libidpnet.la libidpjose.la libidpcommon.la $(JANSSON_LIBS)
fuzz_fuzz_authcode_SOURCES = fuzz/fuzz-authcode.c fuzz/replay.c
fuzz_fuzz_authcode_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
fuzz_fuzz_authcode_LDADD = libidpnet.la libidpjose.la libidpcommon.la $(JANSSON_LIBS)
fuzz_fuzz_dirfile_SOURCES = fuzz/fuzz-dirfile.c fuzz/replay.c
fuzz_fuzz_dirfile_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
fuzz_fuzz_dirfile_LDADD = libidpnet.la libidpjose.la libidpcommon.la $(JANSSON_LIBS)
fuzz_fuzz_keycloak_SOURCES = fuzz/fuzz-keycloak.c fuzz/replay.c
fuzz_fuzz_keycloak_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
fuzz_fuzz_keycloak_LDADD = libidpnet.la libidpjose.la libidpcommon.la $(JANSSON_LIBS)
fuzz_fuzz_introspect_SOURCES = fuzz/fuzz-introspect.c fuzz/replay.c
fuzz_fuzz_introspect_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
fuzz_fuzz_introspect_LDADD = libidpnet.la libidpjose.la libidpcommon.la $(JANSSON_LIBS)
fuzz_fuzz_subject_SOURCES = fuzz/fuzz-subject.c fuzz/replay.c
fuzz_fuzz_subject_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
fuzz_fuzz_subject_LDADD = libidpnet.la libidpjose.la libidpcommon.la $(JANSSON_LIBS)
fuzz_fuzz_discovery_SOURCES = fuzz/fuzz-discovery.c fuzz/replay.c
fuzz_fuzz_discovery_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
fuzz_fuzz_discovery_LDADD = libidpnet.la libidpjose.la libidpcommon.la $(JANSSON_LIBS)
fuzz_fuzz_scim_SOURCES = fuzz/fuzz-scim.c fuzz/replay.c
fuzz_fuzz_scim_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
fuzz_fuzz_scim_LDADD = libidpnet.la libidpjose.la libidpcommon.la $(JANSSON_LIBS)
fuzz_fuzz_token_SOURCES = fuzz/fuzz-token.c fuzz/replay.c
fuzz_fuzz_token_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
fuzz_fuzz_token_LDADD = libidpnet.la libidpjose.la libidpcommon.la $(JANSSON_LIBS)
