# SPDX-License-Identifier: LGPL-2.1-or-later
# The running authority. Everything but main.c is in a library, so that tests and fuzzers reach it.
noinst_LTLIBRARIES += libidpcore.la
libidpcore_la_SOURCES = \
	%D%/admission.c %D%/admission.h \
	%D%/boot.c %D%/boot.h \
	%D%/brake.c %D%/brake.h \
	%D%/answer.c %D%/answer.h \
	%D%/assertion.c %D%/assertion.h \
	%D%/audit.c %D%/audit.h \
	%D%/authority.c %D%/authority.h %D%/authority-lists.c %D%/authority-lists.h \
	%D%/backchannel.c %D%/backchannel.h \
	%D%/caller.c %D%/caller.h \
	%D%/card.c %D%/card.h %D%/card-check.c %D%/card-check.h %D%/card-mint.c %D%/card-mint.h \
	%D%/claimed.c %D%/claimed.h \
	%D%/clockwatch.c %D%/clockwatch.h \
	%D%/conn.c %D%/conn.h \
	%D%/control.c %D%/control.h \
	%D%/demand.c %D%/demand.h \
	%D%/desk.c %D%/desk.h \
	%D%/dir.c %D%/dir.h \
	%D%/doctor.c %D%/doctor.h %D%/doctor-people.c %D%/doctor-people.h \
	%D%/evidence.c %D%/evidence.h \
	%D%/examine.c %D%/examine.h \
	%D%/flows.c %D%/flows.h \
	%D%/grant.c %D%/grant.h \
	%D%/identity.c %D%/identity.h \
	%D%/idmap-bring.c %D%/idmap-control.c %D%/idmap-control.h \
	%D%/job.c %D%/job.h \
	%D%/login.c %D%/login.h \
	%D%/lookup.c %D%/lookup.h \
	%D%/manager.c %D%/manager.h \
	%D%/negative.c %D%/negative.h \
	%D%/placeholder.c %D%/placeholder.h \
	%D%/nss.c %D%/nss.h \
	%D%/passes.c %D%/passes.h %D%/passes-internal.h %D%/passes-hear.c \
	%D%/pdnd.c %D%/pdnd.h %D%/pdnd-doctor.c %D%/pdnd-graph.c %D%/pdnd-key.c %D%/pdnd-lint.c \
	%D%/peer.c %D%/peer.h %D%/peer-internal.h \
	%D%/peer-ask.c \
	%D%/permit.c %D%/permit.h \
	%D%/pin.c %D%/pin.h \
	%D%/policy.c %D%/policy.h %D%/policy-internal.h %D%/policy-candidate.c \
	%D%/policy-check.c %D%/policy-check.h %D%/policy-control.c %D%/policy-control.h \
	%D%/policy-load.c %D%/policy-load.h %D%/policy-shelf.c %D%/policy-shelf.h \
	%D%/policy-start.c %D%/policy-text.c %D%/policy-text.h %D%/policy-trial.c \
	%D%/prompt.c %D%/prompt.h \
	%D%/proof.c %D%/proof.h \
	%D%/provider-check.c %D%/provider-check.h \
	%D%/publishing.c %D%/publishing.h \
	%D%/purpose.c %D%/purpose.h \
	%D%/quota.c %D%/quota.h \
	%D%/rebind.c %D%/rebind.h \
	%D%/regroup.c %D%/regroup.h \
	%D%/row.c %D%/row.h \
	%D%/schedule.c %D%/schedule.h \
	%D%/scope-check.c %D%/scope-check.h \
	%D%/scope-control.c %D%/scope-control.h \
	%D%/scope-list.c %D%/scope-list.h \
	%D%/scope-judge.c %D%/scope-judge.h \
	%D%/scope-book.c %D%/scope-book.h \
	%D%/scope-seek.c %D%/scope-seek.h \
	%D%/self.c %D%/self.h \
	%D%/server.c %D%/server.h \
	%D%/session.c %D%/session.h %D%/session-internal.h \
	%D%/session-auth.c \
	%D%/session-code.c %D%/session-end.c \
	%D%/session-password.c \
	%D%/session-step-up.c %D%/session-token.c \
	%D%/setup.c %D%/setup.h \
	%D%/show.c %D%/show.h \
	%D%/show-policy.c %D%/show-policy.h \
	%D%/signer.c %D%/signer.h \
	%D%/signin.c %D%/signin.h %D%/signin-internal.h %D%/signin-say.c \
	%D%/signin-read.c %D%/signin-read.h \
	%D%/simulate.c %D%/simulate.h \
	%D%/signin-scopes.c \
	%D%/status.c %D%/status.h \
	%D%/terminal.c %D%/terminal.h \
	%D%/ticket.c %D%/ticket.h \
	%D%/timer.c %D%/timer.h \
	%D%/traits.c %D%/traits.h \
	%D%/vault.c %D%/vault.h %D%/vault-key.c \
	%D%/verify.c %D%/verify.h %D%/verify-judge.c %D%/verify-internal.h \
	%D%/verdict.c %D%/verdict.h \
	%D%/voucher.c %D%/voucher.h %D%/voucher-internal.h \
	%D%/voucher-ask.c \
	%D%/voucher-audit.c %D%/voucher-audit.h \
	%D%/voucher-desk.c %D%/voucher-desk.h \
	%D%/voucher-judge.c %D%/voucher-judge.h \
	%D%/voucher-mint.c %D%/voucher-mint.h \
	%D%/voucher-plan.c %D%/voucher-plan.h \
	%D%/voucher-slot.c \
	%D%/wallet.c %D%/wallet.h %D%/wallet-internal.h %D%/wallet-end.c \
	%D%/wallet-slot.c %D%/wallet-sweep.c %D%/wallet-token.c \
	%D%/watchers.c %D%/watchers.h \
	%D%/world.c %D%/world.h %D%/world-internal.h %D%/world-flow.c %D%/world-judge.c \
	%D%/world-scope.c
libidpcore_la_CFLAGS = $(AM_CFLAGS) $(SYSTEMD_CFLAGS) $(CRYPTO_CFLAGS) $(JWT_CFLAGS) $(QRENCODE_CFLAGS)
libidpcore_la_LIBADD = libidpkeys.la libidprecord.la libidprules.la libidpcommon.la \
	$(SYSTEMD_LIBS) $(CRYPTO_LIBS) $(JWT_LIBS) $(QRENCODE_LIBS)

# Built in this folder, because the top has a folder of the program's name.
pkglibexec_PROGRAMS += %D%/idp-agentd
%C%_idp_agentd_SOURCES = %D%/main.c
%C%_idp_agentd_CFLAGS = $(AM_CFLAGS) $(PIE_CFLAGS) $(SYSTEMD_CFLAGS)
%C%_idp_agentd_LDFLAGS = $(AM_LDFLAGS) $(PIE_LDFLAGS)
%C%_idp_agentd_LDADD = libidpcore.la $(SYSTEMD_LIBS)

dist_man_MANS += man/idp-agentd.8 man/idp-wire.7

AGENTD_TEST_LIB = tests/lib/agentd.c tests/lib/agentd.h tests/lib/fake-netd.c tests/lib/fake-netd.h \
	tests/lib/world.c tests/lib/world.h
if HAVE_CMOCKA
AGENTD_TESTS = \
	tests/module/test-agentd \
	tests/module/test-agentd-code \
	tests/module/test-agentd-given \
	tests/module/test-agentd-ids \
	tests/module/test-agentd-login \
	tests/module/test-agentd-policy \
	tests/module/test-agentd-traits \
	tests/module/test-agentd-names \
	tests/module/test-agentd-delta \
	tests/module/test-agentd-scopes \
	tests/module/test-agentd-wallet \
	tests/module/test-attack \
	tests/module/test-card \
	tests/module/test-desk \
	tests/module/test-directories \
	tests/module/test-examples \
	tests/module/test-explain \
	tests/module/test-flows \
	tests/module/test-groups \
	tests/module/test-pdnd \
	tests/module/test-rebind \
	tests/module/test-step-up
check_PROGRAMS += $(AGENTD_TESTS)
TESTS += $(AGENTD_TESTS)
endif
tests_module_test_agentd_SOURCES = tests/module/test-agentd.c $(AGENTD_TEST_LIB) \
	tests/lib/memory.c tests/lib/memory.h
tests_module_test_agentd_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_module_test_agentd_LDADD = libidpsnapshot.la libidpcommon.la $(CMOCKA_LIBS)
tests_module_test_agentd_given_SOURCES = tests/module/test-agentd-given.c $(AGENTD_TEST_LIB) \
	tests/lib/memory.c tests/lib/memory.h
tests_module_test_agentd_given_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_module_test_agentd_given_LDADD = libidpcommon.la $(CMOCKA_LIBS)
tests_module_test_directories_SOURCES = tests/module/test-directories.c $(AGENTD_TEST_LIB) \
	tests/lib/mock.c tests/lib/mock.h
tests_module_test_directories_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_module_test_directories_LDADD = libidpsnapshot.la libidpcommon.la $(CMOCKA_LIBS)
tests_module_test_agentd_ids_SOURCES = tests/module/test-agentd-ids.c $(AGENTD_TEST_LIB)
tests_module_test_agentd_ids_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_module_test_agentd_ids_LDADD = libidpcommon.la $(CMOCKA_LIBS)
EXTRA_tests_module_test_agentd_ids_DEPENDENCIES = idpctl/idpctl
tests_module_test_agentd_code_SOURCES = tests/module/test-agentd-code.c $(AGENTD_TEST_LIB)
tests_module_test_agentd_code_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_module_test_agentd_code_LDADD = libidpcommon.la $(CMOCKA_LIBS)
tests_module_test_agentd_login_SOURCES = tests/module/test-agentd-login.c $(AGENTD_TEST_LIB)
tests_module_test_agentd_login_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_module_test_agentd_login_LDADD = libidpcommon.la $(CMOCKA_LIBS)
tests_module_test_agentd_policy_SOURCES = tests/module/test-agentd-policy.c $(AGENTD_TEST_LIB)
tests_module_test_agentd_policy_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_module_test_agentd_policy_LDADD = libidpcommon.la $(CMOCKA_LIBS)
tests_module_test_agentd_wallet_SOURCES = tests/module/test-agentd-wallet.c $(AGENTD_TEST_LIB)
tests_module_test_agentd_wallet_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_module_test_agentd_wallet_LDADD = libidpcommon.la $(CMOCKA_LIBS)
tests_module_test_pdnd_SOURCES = tests/module/test-pdnd.c $(AGENTD_TEST_LIB)
tests_module_test_pdnd_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_module_test_pdnd_LDADD = libidpcommon.la $(CMOCKA_LIBS)
tests_module_test_explain_SOURCES = tests/module/test-explain.c $(AGENTD_TEST_LIB)
tests_module_test_explain_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_module_test_explain_LDADD = libidpcommon.la $(CMOCKA_LIBS)
EXTRA_tests_module_test_explain_DEPENDENCIES = idpctl/idpctl
tests_module_test_groups_SOURCES = tests/module/test-groups.c $(AGENTD_TEST_LIB)
tests_module_test_groups_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_module_test_groups_LDADD = libidpsnapshot.la libidpcommon.la $(CMOCKA_LIBS)
tests_module_test_rebind_SOURCES = tests/module/test-rebind.c $(AGENTD_TEST_LIB)
tests_module_test_rebind_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_module_test_rebind_LDADD = libidpcommon.la $(CMOCKA_LIBS)
tests_module_test_agentd_names_SOURCES = tests/module/test-agentd-names.c $(AGENTD_TEST_LIB)
tests_module_test_agentd_names_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_module_test_agentd_names_LDADD = libidpcommon.la $(CMOCKA_LIBS)
tests_module_test_agentd_delta_SOURCES = tests/module/test-agentd-delta.c $(AGENTD_TEST_LIB)
tests_module_test_agentd_delta_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_module_test_agentd_delta_LDADD = libidpcommon.la $(CMOCKA_LIBS)
tests_module_test_agentd_scopes_SOURCES = tests/module/test-agentd-scopes.c $(AGENTD_TEST_LIB)
tests_module_test_agentd_scopes_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_module_test_agentd_scopes_LDADD = libidpcommon.la $(CMOCKA_LIBS)
tests_module_test_agentd_traits_SOURCES = tests/module/test-agentd-traits.c $(AGENTD_TEST_LIB)
tests_module_test_agentd_traits_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_module_test_agentd_traits_LDADD = libidpcommon.la $(CMOCKA_LIBS)
tests_module_test_step_up_SOURCES = tests/module/test-step-up.c $(AGENTD_TEST_LIB)
tests_module_test_step_up_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_module_test_step_up_LDADD = libidpcommon.la $(CMOCKA_LIBS)
tests_module_test_attack_SOURCES = tests/module/test-attack.c $(AGENTD_TEST_LIB)
tests_module_test_attack_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_module_test_attack_LDADD = libidpcommon.la $(CMOCKA_LIBS)
tests_module_test_card_SOURCES = tests/module/test-card.c $(AGENTD_TEST_LIB) \
	tests/lib/keyd.c tests/lib/keyd.h
tests_module_test_card_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(JWT_CFLAGS) $(CRYPTO_CFLAGS)
tests_module_test_card_LDADD = libidpcommon.la $(JWT_LIBS) $(CRYPTO_LIBS) $(CMOCKA_LIBS)
tests_module_test_desk_SOURCES = tests/module/test-desk.c $(AGENTD_TEST_LIB)
tests_module_test_desk_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_module_test_desk_LDADD = libidpcommon.la $(CMOCKA_LIBS)
tests_module_test_examples_SOURCES = tests/module/test-examples.c $(AGENTD_TEST_LIB)
tests_module_test_examples_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(CRYPTO_CFLAGS)
tests_module_test_examples_LDADD = libidprules.la libidpcommon.la $(CRYPTO_LIBS) $(CMOCKA_LIBS)
tests_module_test_flows_SOURCES = tests/module/test-flows.c $(AGENTD_TEST_LIB)
tests_module_test_flows_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_module_test_flows_LDADD = libidpcommon.la $(CMOCKA_LIBS)

CORE_TESTS = tests/unit/test-scopes tests/unit/test-examine tests/unit/test-traits tests/unit/test-login tests/unit/test-session tests/unit/test-session-model \
	tests/unit/test-terminal tests/unit/test-prompt tests/unit/test-quota \
	tests/unit/test-client-key tests/unit/test-pdnd tests/unit/test-clockwatch tests/unit/test-watchers tests/unit/test-permit tests/unit/test-schedule \
	tests/unit/test-peer-decode tests/unit/test-signer \
	tests/unit/test-key tests/unit/test-pin tests/unit/test-proof tests/unit/test-vault tests/unit/test-wallet \
	tests/unit/test-wallet-end tests/unit/test-policy \
	tests/module/test-interop tests/unit/test-brake tests/unit/test-ticket tests/unit/test-backchannel tests/unit/test-voucher
CORE_TEST_LIBS = libidpcore.la libidprecord.la libidprules.la libidpcommon.la $(CMOCKA_LIBS)
SESSION_WORLD = tests/lib/session-world.c tests/lib/session-world.h
tests_unit_test_session_SOURCES = tests/unit/test-session.c $(SESSION_WORLD)
tests_unit_test_session_LDADD = $(CORE_TEST_LIBS)
tests_unit_test_session_model_LDADD = $(CORE_TEST_LIBS)
tests_unit_test_login_LDADD = $(CORE_TEST_LIBS)
tests_unit_test_terminal_LDADD = $(CORE_TEST_LIBS)
tests_unit_test_traits_SOURCES = tests/unit/test-traits.c tests/lib/conf.c tests/lib/conf.h
tests_unit_test_traits_LDADD = $(CORE_TEST_LIBS)
tests_unit_test_scopes_SOURCES = tests/unit/test-scopes.c tests/lib/conf.c tests/lib/conf.h $(RECORD_TEST_FILES)
tests_unit_test_scopes_LDADD = $(CORE_TEST_LIBS)
tests_unit_test_examine_SOURCES = tests/unit/test-examine.c tests/lib/conf.c tests/lib/conf.h
tests_unit_test_examine_LDADD = $(CORE_TEST_LIBS)
tests_unit_test_prompt_LDADD = $(CORE_TEST_LIBS)
tests_unit_test_quota_LDADD = $(CORE_TEST_LIBS)
tests_unit_test_brake_LDADD = $(CORE_TEST_LIBS)
tests_unit_test_ticket_LDADD = $(CORE_TEST_LIBS)
tests_unit_test_client_key_LDADD = $(CORE_TEST_LIBS)
tests_unit_test_pdnd_SOURCES = tests/unit/test-pdnd.c tests/lib/conf.c tests/lib/conf.h
tests_unit_test_pdnd_LDADD = $(CORE_TEST_LIBS)
tests_unit_test_clockwatch_LDADD = $(CORE_TEST_LIBS)
tests_unit_test_watchers_LDADD = $(CORE_TEST_LIBS)
tests_unit_test_schedule_SOURCES = tests/unit/test-schedule.c tests/lib/conf.c tests/lib/conf.h
tests_unit_test_schedule_LDADD = $(CORE_TEST_LIBS)
tests_unit_test_permit_LDADD = $(CORE_TEST_LIBS)
tests_unit_test_peer_decode_LDADD = $(CORE_TEST_LIBS)
# The two halves meet here and in no program: what core signs, net's gate judges.
SIGNER_TEST_CFLAGS = $(AM_CFLAGS) $(JWT_CFLAGS) $(CRYPTO_CFLAGS) $(JANSSON_CFLAGS)
SIGNER_TEST_LIBS = libidpjose.la $(CORE_TEST_LIBS) $(JWT_LIBS) $(CRYPTO_LIBS) $(JANSSON_LIBS)
tests_unit_test_voucher_SOURCES = tests/unit/test-voucher.c tests/lib/forge.c tests/lib/forge.h
tests_unit_test_voucher_CFLAGS = $(SIGNER_TEST_CFLAGS)
tests_unit_test_voucher_LDADD = $(SIGNER_TEST_LIBS)
tests_unit_test_signer_SOURCES = tests/unit/test-signer.c tests/lib/forge.c tests/lib/forge.h
tests_unit_test_signer_CFLAGS = $(SIGNER_TEST_CFLAGS)
tests_unit_test_signer_LDADD = $(SIGNER_TEST_LIBS)
tests_unit_test_key_SOURCES = tests/unit/test-key.c tests/lib/forge.c tests/lib/forge.h
tests_unit_test_key_CFLAGS = $(SIGNER_TEST_CFLAGS)
tests_unit_test_key_LDADD = $(SIGNER_TEST_LIBS)
tests_unit_test_proof_SOURCES = tests/unit/test-proof.c tests/lib/forge.c tests/lib/forge.h
tests_unit_test_proof_CFLAGS = $(SIGNER_TEST_CFLAGS)
tests_unit_test_proof_LDADD = $(SIGNER_TEST_LIBS)
tests_unit_test_policy_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(SYSTEMD_CFLAGS)
tests_unit_test_policy_LDADD = $(CORE_TEST_LIBS) $(SYSTEMD_LIBS)
tests_unit_test_pin_LDADD = $(CORE_TEST_LIBS)
tests_module_test_interop_SOURCES = tests/module/test-interop.c tests/lib/fake-core.c tests/lib/fake-core.h \
	tests/lib/platform.c tests/lib/platform.h
tests_module_test_interop_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_module_test_interop_LDADD = $(CORE_TEST_LIBS)
EXTRA_DIST += tests/lib/platform.sh
tests_unit_test_vault_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_test_vault_LDADD = $(CORE_TEST_LIBS) $(JANSSON_LIBS)
tests_unit_test_backchannel_SOURCES = tests/unit/test-backchannel.c tests/lib/conf.c tests/lib/conf.h
tests_unit_test_backchannel_LDADD = $(CORE_TEST_LIBS)
KEEPER_TEST_LIB = tests/lib/keeper.c tests/lib/keeper.h tests/lib/conf.c tests/lib/conf.h
tests_unit_test_wallet_SOURCES = tests/unit/test-wallet.c $(KEEPER_TEST_LIB)
tests_unit_test_wallet_CFLAGS = $(AM_CFLAGS) $(SYSTEMD_CFLAGS)
tests_unit_test_wallet_LDADD = $(CORE_TEST_LIBS) $(SYSTEMD_LIBS)
tests_unit_test_wallet_end_SOURCES = tests/unit/test-wallet-end.c $(KEEPER_TEST_LIB)
tests_unit_test_wallet_end_CFLAGS = $(AM_CFLAGS) $(SYSTEMD_CFLAGS)
tests_unit_test_wallet_end_LDADD = $(CORE_TEST_LIBS) $(SYSTEMD_LIBS)
if HAVE_CMOCKA
check_PROGRAMS += $(CORE_TESTS)
TESTS += $(CORE_TESTS)
endif

check_PROGRAMS += fuzz/fuzz-idmap
fuzz_fuzz_idmap_SOURCES = fuzz/fuzz-idmap.c fuzz/replay.c
fuzz_fuzz_idmap_LDADD = libidpkeys.la libidprules.la libidpcommon.la
FUZZERS += idmap
check_PROGRAMS += fuzz/fuzz-scopes
fuzz_fuzz_scopes_SOURCES = fuzz/fuzz-scopes.c fuzz/replay.c
fuzz_fuzz_scopes_LDADD = libidpkeys.la libidprules.la libidpcommon.la
FUZZERS += scopes
check_PROGRAMS += fuzz/fuzz-session fuzz/fuzz-peer
fuzz_fuzz_session_SOURCES = fuzz/fuzz-session.c fuzz/replay.c $(SESSION_WORLD)
fuzz_fuzz_session_LDADD = libidpcore.la libidpcommon.la
fuzz_fuzz_peer_SOURCES = fuzz/fuzz-peer.c fuzz/replay.c
fuzz_fuzz_peer_LDADD = libidpcore.la libidpcommon.la
FUZZERS += session peer
