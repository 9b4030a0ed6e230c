#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# What pam_idp.so shows to the world is its map; what it needs is libpam and libc; and it calls
# nothing a guest in another program must not call.
so=${top_builddir:-.}/.libs/pam_idp.so
map=${top_srcdir:-..}/pam_idp/pam_idp.map
status=0

report() { # number, name, 0 when fine
	if [ "$3" -eq 0 ]; then echo "ok $1 - $2"; else echo "not ok $1 - $2"; status=1; fi
}

echo 1..3
[ -f "$so" ] || { echo "Bail out! $so is not built"; exit 1; }

want=$(sed -n 's/^[[:space:]]*\(pam_sm_[a-z_]*\);$/\1/p' "$map" | sort)
have=$(nm -D --defined-only "$so" | awk '{ print $3 }' | grep -v '^_\(init\|fini\)$' | sort)
[ "$want" = "$have" ]
report 1 "exported symbols are those of pam_idp.map" $?

sanitized=$(nm -D "$so" | grep -c -e __asan_ -e __ubsan_ -e __tsan_)
if [ "$sanitized" -gt 0 ]; then
	echo "ok 2 # SKIP a sanitizer brings its own libraries"
	echo "ok 3 # SKIP a sanitizer brings its own calls"
	exit $status
fi
extra=$(readelf -d "$so" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | grep -v -e '^libpam\.so\.0$' -e '^libc\.so\.6$')
[ -z "$extra" ]
report 2 "only libpam and libc are needed ($extra)" $?

# (umask is there for sock_listen(), which no module calls.)
calls=$(nm -D --undefined-only "$so" | awk '{ print $2 }' | sed 's/@.*//' | grep -x \
	-e 'f\?printf' -e '__f\?printf_chk' -e 'fopen\(64\)\?' -e puts -e perror -e fwrite -e std -e stderr -e stdout \
	-e '\(secure_\)\?getenv' -e setenv -e putenv -e signal -e sigaction -e alarm -e fork -e vfork -e system -e popen \
	-e 'exec.*' -e 'posix_spawn.*' -e pthread_create -e atexit -e 'getpw.*' -e 'getgr.*' -e 'setpwent' -e exit -e abort \
	-e select -e sleep -e usleep -e chdir -e 'set[er]*[ug]id')
[ -z "$calls" ]
report 3 "nothing is called that a guest must not call ($calls)" $?
exit $status
