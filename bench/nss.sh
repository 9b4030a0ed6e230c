#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# bench/nss.sh BUILDDIR [LIBNSS_EXTRAUSERS.SO]: what bench-nss measures, at 10, 1,000 and 100,000
# people, and how many system calls a hit makes. As root, on a quiet machine; nothing of the host
# changes. The second argument defaults to the module of Debian's package libnss-extrausers.
set -eu
build=${1:?usage: bench/nss.sh BUILDDIR [LIBNSS_EXTRAUSERS.SO]}
extrausers=${2:-}
for file in /usr/lib/libnss_extrausers.so.2 /usr/lib/*/libnss_extrausers.so.2; do
    [ -z "$extrausers" ] && [ -f "$file" ] && extrausers=$file
done
set -- "$build/bench/bench-nss"
if [ -n "$extrausers" ]; then
    set -- "$@" -e "$extrausers"
else
    echo "no libnss_extrausers.so.2 here (package libnss-extrausers): its column stays empty" >&2
fi

for people in 10 1000 100000; do
    "$@" -r "${ROUNDS:-9}" "$people"
done

echo "| millions of hits a second, at 1,000 and 100,000 people | floor | idp |"
echo "|---|---|---|"
for people in 1000 100000; do
    for threads in 1 2 8; do
        "$@" -r "${ROUNDS:-9}" -t $threads "$people"
    done
done
echo

command -v strace >/dev/null || exit 0
echo "system calls of 100 hits, at 1,000 people:"
for subject in idp extrausers files; do
    case $subject in extrausers) [ -n "$extrausers" ] || continue ;; esac
    strace -f -o "$build/bench/calls.out" "$@" -c "$subject" 1000
    printf '%s %s\n' "$subject" \
        "$(awk '/getppid\(/ { inside = !inside; next } inside { n++ } END { print n + 0 }' "$build/bench/calls.out")"
done
rm -f "$build/bench/calls.out"
