# SPDX-License-Identifier: LGPL-2.1-or-later
# JSON, keys, signatures and claims: pure, so that tests and fuzzers reach every line.
noinst_LTLIBRARIES += libidpjose.la
libidpjose_la_SOURCES = \
	%D%/access-claims.c \
	%D%/access-holder.c \
	%D%/access-judge.h \
	%D%/access-token.c %D%/access-token.h \
	%D%/alg.c %D%/alg.h \
	%D%/claim-read.c %D%/claim-read.h \
	%D%/claims.c %D%/claims.h \
	%D%/flatten.c %D%/flatten.h \
	%D%/json.c %D%/json.h \
	%D%/jwk.c %D%/jwk.h %D%/jwk-key.h %D%/jwk-verify.c \
	%D%/jwks.c %D%/jwks.h \
	%D%/jws.c %D%/jws.h \
	%D%/logout-token.c %D%/logout-token.h \
	%D%/personal.c \
	%D%/proof-check.c %D%/proof-check.h
libidpjose_la_CFLAGS = $(AM_CFLAGS) $(CRYPTO_CFLAGS) $(JANSSON_CFLAGS)
libidpjose_la_LIBADD = libidpcommon.la $(CRYPTO_LIBS) $(JANSSON_LIBS)

JOSE_TESTS = \
	tests/unit/test-access-holder \
	tests/unit/test-access-token \
	tests/unit/test-claims \
	tests/unit/test-flatten \
	tests/unit/test-jose-memory \
	tests/unit/test-json \
	tests/unit/test-jwk \
	tests/unit/test-jws \
	tests/unit/test-jws-oracle \
	tests/unit/test-jws-vectors \
	tests/unit/test-logout-token \
	tests/unit/test-proof-check
JOSE_TEST_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(CRYPTO_CFLAGS) $(JANSSON_CFLAGS)
JOSE_TEST_LDADD = libidpjose.la libidpcommon.la $(CMOCKA_LIBS) $(CRYPTO_LIBS) $(JANSSON_LIBS)

tests_unit_test_access_holder_SOURCES = tests/unit/test-access-holder.c tests/lib/forge.c tests/lib/forge.h
tests_unit_test_access_holder_CFLAGS = $(JOSE_TEST_CFLAGS)
tests_unit_test_access_holder_LDADD = $(JOSE_TEST_LDADD)
tests_unit_test_proof_check_SOURCES = tests/unit/test-proof-check.c tests/lib/forge.c tests/lib/forge.h
tests_unit_test_proof_check_CFLAGS = $(JOSE_TEST_CFLAGS)
tests_unit_test_proof_check_LDADD = $(JOSE_TEST_LDADD)
tests_unit_test_access_token_SOURCES = tests/unit/test-access-token.c tests/lib/forge.c tests/lib/forge.h
tests_unit_test_access_token_CFLAGS = $(JOSE_TEST_CFLAGS)
tests_unit_test_access_token_LDADD = $(JOSE_TEST_LDADD)
tests_unit_test_claims_CFLAGS = $(JOSE_TEST_CFLAGS)
tests_unit_test_claims_LDADD = $(JOSE_TEST_LDADD)
tests_unit_test_flatten_CFLAGS = $(JOSE_TEST_CFLAGS)
tests_unit_test_flatten_LDADD = $(JOSE_TEST_LDADD)
tests_unit_test_jose_memory_SOURCES = \
	tests/unit/test-jose-memory.c tests/lib/forge.c tests/lib/forge.h \
	tests/lib/starve.c tests/lib/starve.h
tests_unit_test_jose_memory_CFLAGS = $(JOSE_TEST_CFLAGS)
tests_unit_test_jose_memory_LDADD = $(JOSE_TEST_LDADD)
tests_unit_test_jose_memory_LDFLAGS = $(AM_LDFLAGS) \
	-Wl,--wrap=malloc -Wl,--wrap=calloc -Wl,--wrap=strdup
tests_unit_test_json_CFLAGS = $(JOSE_TEST_CFLAGS)
tests_unit_test_json_LDADD = $(JOSE_TEST_LDADD)
tests_unit_test_jwk_SOURCES = tests/unit/test-jwk.c tests/lib/forge.c tests/lib/forge.h
tests_unit_test_jwk_CFLAGS = $(JOSE_TEST_CFLAGS)
tests_unit_test_jwk_LDADD = $(JOSE_TEST_LDADD)
tests_unit_test_jws_oracle_SOURCES = tests/unit/test-jws-oracle.c tests/lib/forge.c tests/lib/forge.h
tests_unit_test_jws_oracle_CFLAGS = $(JOSE_TEST_CFLAGS) $(JWT_CFLAGS)
tests_unit_test_jws_oracle_LDADD = $(JOSE_TEST_LDADD) $(JWT_LIBS)
tests_unit_test_jws_SOURCES = tests/unit/test-jws.c tests/lib/forge.c tests/lib/forge.h
tests_unit_test_jws_CFLAGS = $(JOSE_TEST_CFLAGS)
tests_unit_test_jws_LDADD = $(JOSE_TEST_LDADD)
tests_unit_test_jws_vectors_CFLAGS = $(JOSE_TEST_CFLAGS)
tests_unit_test_jws_vectors_LDADD = $(JOSE_TEST_LDADD)
tests_unit_test_logout_token_CFLAGS = $(JOSE_TEST_CFLAGS)
tests_unit_test_logout_token_LDADD = $(JOSE_TEST_LDADD)

if HAVE_CMOCKA
check_PROGRAMS += $(JOSE_TESTS)
TESTS += $(JOSE_TESTS)
endif

fuzz_fuzz_claims_SOURCES = fuzz/fuzz-claims.c fuzz/replay.c
fuzz_fuzz_claims_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
fuzz_fuzz_claims_LDADD = libidpjose.la libidpcommon.la $(JANSSON_LIBS)
fuzz_fuzz_jwk_SOURCES = fuzz/fuzz-jwk.c fuzz/replay.c
fuzz_fuzz_jwk_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
fuzz_fuzz_jwk_LDADD = libidpjose.la libidpcommon.la $(JANSSON_LIBS)
fuzz_fuzz_jws_SOURCES = fuzz/fuzz-jws.c fuzz/replay.c
fuzz_fuzz_jws_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
fuzz_fuzz_jws_LDADD = libidpjose.la libidpcommon.la
fuzz_fuzz_logout_token_SOURCES = fuzz/fuzz-logout-token.c fuzz/replay.c
fuzz_fuzz_logout_token_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
fuzz_fuzz_logout_token_LDADD = libidpjose.la libidpcommon.la $(JANSSON_LIBS)
fuzz_fuzz_shown_SOURCES = fuzz/fuzz-shown.c fuzz/replay.c
fuzz_fuzz_shown_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
fuzz_fuzz_shown_LDADD = libidpjose.la libidpcommon.la $(JANSSON_LIBS)
FUZZERS += claims jwk jws logout-token shown
if HAVE_CMOCKA
check_PROGRAMS += fuzz/fuzz-claims fuzz/fuzz-jwk fuzz/fuzz-jws fuzz/fuzz-logout-token fuzz/fuzz-shown
endif

noinst_PROGRAMS += bench/bench-jws
bench_bench_jws_SOURCES = bench/bench-jws.c tests/lib/forge.c tests/lib/forge.h
bench_bench_jws_CFLAGS = $(AM_CFLAGS) $(CRYPTO_CFLAGS) $(JANSSON_CFLAGS)
bench_bench_jws_LDADD = libidpjose.la libidpcommon.la $(CRYPTO_LIBS)

EXTRA_DIST += docs/tokens.md
