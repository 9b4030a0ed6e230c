# SPDX-License-Identifier: LGPL-2.1-or-later
noinst_LTLIBRARIES += libidpcommon.la
libidpcommon_la_SOURCES = \
	%D%/b64url.c %D%/b64url.h \
	%D%/buf.c %D%/buf.h \
	%D%/client.c %D%/client.h \
	%D%/clock.c %D%/clock.h \
	%D%/cursor.c %D%/cursor.h \
	%D%/ini.c %D%/ini.h \
	%D%/limits.h \
	%D%/log.c %D%/log.h \
	%D%/macro.c %D%/macro.h \
	%D%/name.c %D%/name.h \
	%D%/secret.c %D%/secret.h \
	%D%/siphash.c %D%/siphash.h \
	%D%/sock.c %D%/sock.h \
	%D%/wire.c %D%/wire.h %D%/wire-messages.h

