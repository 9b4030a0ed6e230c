#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Replays every fuzz target's corpus: one TAP line a target.
set -u
n=0
failed=0
for name in $FUZZERS; do
    n=$((n + 1))
    corpus=$top_srcdir/fuzz/corpus/$name
    if out=$("$top_builddir/fuzz/fuzz-$name" "$corpus" 2>&1); then
        echo "ok $n - fuzz-$name: $(printf '%s\n' "$out" | sed -n 's/^ok 1 - //p')"
    else
        failed=1
        echo "not ok $n - fuzz-$name"
        printf '%s\n' "$out" | tail -30 | sed 's/^/# /'
    fi
done
[ "$n" -gt 0 ] || { echo "not ok 1 - no fuzz target was built"; n=1; failed=1; }
echo "1..$n"
exit $failed
