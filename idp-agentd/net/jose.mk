# SPDX-License-Identifier: LGPL-2.1-or-later
# JSON, keys, signatures and claims: pure, so that tests and fuzzers reach every line.
noinst_LTLIBRARIES += libidpjose.la
libidpjose_la_SOURCES = \
	%D%/alg.c %D%/alg.h \
	%D%/claims.c %D%/claims.h \
	%D%/flatten.c %D%/flatten.h \
	%D%/json.c %D%/json.h \
	%D%/jwk.c %D%/jwk.h %D%/jwk-key.h %D%/jwk-verify.c \
	%D%/jwks.c %D%/jwks.h \
	%D%/jws.c %D%/jws.h \
	%D%/personal.c
libidpjose_la_CFLAGS = $(AM_CFLAGS) $(CRYPTO_CFLAGS) $(JANSSON_CFLAGS)
libidpjose_la_LIBADD = libidpcommon.la $(CRYPTO_LIBS) $(JANSSON_LIBS)
