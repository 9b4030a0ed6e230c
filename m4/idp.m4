dnl SPDX-License-Identifier: LGPL-2.1-or-later
dnl Each flag is probed with this compiler and -Werror; what it does not know is left out.

dnl IDP_TRY_CFLAGS(VARIABLE, FLAGS)
AC_DEFUN([IDP_TRY_CFLAGS], [
m4_foreach_w([idp_flag], [$2], [
  AC_MSG_CHECKING([whether $CC accepts idp_flag])
  idp_saved_CFLAGS=$CFLAGS
  CFLAGS="$CFLAGS -Werror idp_flag"
  AC_COMPILE_IFELSE([AC_LANG_PROGRAM([], [])],
    [AC_MSG_RESULT([yes]); $1="${$1} idp_flag"], [AC_MSG_RESULT([no])])
  CFLAGS=$idp_saved_CFLAGS
])
AC_SUBST([$1])
])

dnl IDP_TRY_LDFLAGS(VARIABLE, FLAGS)
AC_DEFUN([IDP_TRY_LDFLAGS], [
m4_foreach_w([idp_flag], [$2], [
  AC_MSG_CHECKING([whether the linker accepts idp_flag])
  idp_saved_LDFLAGS=$LDFLAGS
  LDFLAGS="$LDFLAGS idp_flag"
  AC_LINK_IFELSE([AC_LANG_PROGRAM([], [])],
    [AC_MSG_RESULT([yes]); $1="${$1} idp_flag"], [AC_MSG_RESULT([no])])
  LDFLAGS=$idp_saved_LDFLAGS
])
AC_SUBST([$1])
])

AC_DEFUN([IDP_WARNINGS], [
WARN_CFLAGS=
IDP_TRY_CFLAGS([WARN_CFLAGS], [-Wall -Wextra -Wformat=2 -Wconversion -Wsign-conversion -Wshadow
  -Wstrict-prototypes -Wold-style-definition -Wmissing-prototypes -Wmissing-declarations
  -Wpointer-arith -Wcast-qual -Wwrite-strings -Wundef -Wvla -Walloca -Wnull-dereference
  -Wswitch-enum -Wredundant-decls -Wnested-externs -Wdouble-promotion -Wdate-time -Winit-self
  -Wformat-signedness -Warith-conversion -Wcast-align=strict -Wimplicit-fallthrough=5
  -Wduplicated-cond -Wduplicated-branches -Wlogical-op -Wjump-misses-init
  -Wstringop-overflow=4 -Warray-bounds=2 -Wtrampolines -Wattribute-alias=2])
AS_IF([test "$enable_warnings_as_errors" = yes], [WARN_CFLAGS="$WARN_CFLAGS -Werror"])
])

dnl A sanitizer brings its own checks; _FORTIFY_SOURCE and -z defs quarrel with it.
AC_DEFUN([IDP_HARDENING], [
HARDEN_CFLAGS=
HARDEN_LDFLAGS=
PIE_CFLAGS=
PIE_LDFLAGS=
IDP_TRY_CFLAGS([HARDEN_CFLAGS], [-fstack-protector-strong -fstack-clash-protection
  -fcf-protection=full -ftrivial-auto-var-init=zero -fzero-call-used-regs=used-gpr
  -fno-strict-overflow -fno-delete-null-pointer-checks -fno-common -fvisibility=hidden])
AS_IF([test "$enable_sanitizers" = no], [
  dnl Debian's build flags may bring a level of their own: ours replaces it.
  AS_CASE([$CFLAGS], [*-O0*], [], [HARDEN_CPPFLAGS="-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3"])
  IDP_TRY_LDFLAGS([HARDEN_LDFLAGS], [-Wl,-z,relro,-z,now,-z,noexecstack,-z,separate-code
    -Wl,-z,defs -Wl,--as-needed -Wl,--fatal-warnings -Wl,--build-id])
  PIE_CFLAGS=-fPIE
  PIE_LDFLAGS=-pie
])
AC_SUBST([HARDEN_CPPFLAGS])
AC_SUBST([PIE_CFLAGS])
AC_SUBST([PIE_LDFLAGS])
])

AC_DEFUN([IDP_SANITIZERS], [
SAN_CFLAGS=
AS_IF([test "$enable_sanitizers" != no], [
  SAN_CFLAGS="-fsanitize=$enable_sanitizers -fno-sanitize-recover=all -fno-omit-frame-pointer -g"
])
AM_CONDITIONAL([SANITIZERS], [test "$enable_sanitizers" != no])
AC_SUBST([SAN_CFLAGS])
])
