#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# bench/all.sh BUILDDIR [OUTDIR]: every table and plot of docs/performance.md that bench/nss.sh and
# bench/system.sh measure, in one run, and written there: the marked tables of the page and the
# bench-*.svg beside it are replaced. As root, on a machine with nothing else to do; about ten
# minutes with two cores. OUTDIR (BUILDDIR/bench/figures) gets the bare figures and the logs.
#
#     DOCS=DIR|no	where performance.md is; no: only OUTDIR, the tables on standard output
#     SIZES, PEER_MAX, PEERS, ROUNDS	of bench/nss.sh
#     PEOPLE="10 1000 100000"		of bench/system.sh
#     CHANGES="100000 1000000"	people of bench/bench-publish
#     SKIP="nss system publish"		parts to leave out: their figures are those of the last run
set -u -o pipefail
TOP=$(cd "$(dirname "$0")/.." && pwd)
[ $# -ge 1 ] || { sed -n '3,/^set/s/^# \{0,1\}//p' "$0" >&2; exit 2; }
[ "$(id -u)" = 0 ] || { echo "bench/all.sh: please run it as root (it makes namespaces)" >&2; exit 2; }
BUILD=$(cd "$1" && pwd) || exit
OUT=${2:-$BUILD/bench/figures}
DOCS=${DOCS-$TOP/docs}
mkdir -p "$OUT" || exit
OUT=$(cd "$OUT" && pwd)
export ROUNDS=${ROUNDS:-7} LOGINS=${LOGINS:-24}
failed=
SECONDS=0

say() { printf '%s all: %s\n' "$(date +%T)" "$*" >&2; }

# part NAME CMD...: its figures go to OUTDIR/NAME.tsv only when it went well
part() {
    local name=$1 began=$SECONDS
    shift
    case " ${SKIP-} " in *" $name "*) say "$name: left out"; return ;; esac
    say "$name ..."
    if FIGURES=$OUT/$name.new "$@" >"$OUT/$name.log" 2> >(tee "$OUT/$name.err" >&2); then
        [ ! -s "$OUT/$name.new" ] || mv "$OUT/$name.new" "$OUT/$name.tsv"
        say "$name: done in $((SECONDS - began)) s"
    else
        say "$name FAILED after $((SECONDS - began)) s: $OUT/$name.log and .err tell; what was measured before stays in the page"
        failed+=" $name"
    fi
    rm -f "$OUT/$name.new"
}

machine() {
    local line
    while read -r line; do printf 'machine\t0\t%s\t-\tvalue\t0\n' "$line"; done <<TEXT
$(date +%F), $(. /etc/os-release && echo "$PRETTY_NAME"), Linux $(uname -r | cut -d- -f1)
$(nproc) cores: $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1)
load average before it began: $(cut -d' ' -f1 /proc/loadavg)
TEXT
}

nss() { "$TOP/bench/nss.sh" "$BUILD" "$FIGURES"; }
# shellcheck disable=SC2086 # a list
whole() { rm -f "$FIGURES"; ROUNDS=5 "$TOP/bench/system.sh" "$BUILD" ${PEOPLE:-10 1000 100000}; }

# bench-publish prints: what (44 columns), median or whole and worst or longest step in ms, floor, kB
publish() {
    local people
    for people in ${CHANGES:-100000 1000000}; do
        TMPDIR=/dev/shm "$BUILD/bench/bench-publish" "$people" | tee /dev/stderr | awk -v people="$people" '
            substr($0, 45) ~ /^ +[0-9.]+ +[0-9.]+ +[0-9.]+x/ {
                what = substr($0, 1, 44); sub(/ +$/, "", what); sub(/:.*/, "", what); split(substr($0, 45), f, " ")
                printf "publish\t%s\t%s\tms\tvalue\t%s\n", people, what, f[1]
                printf "publish\t%s\t%s\tworst\tvalue\t%s\n", people, what, f[2]
                printf "publish\t%s\t%s\tkB\tvalue\t%s\n", people, what, f[4]
            }' >>"$FIGURES" || return
    done
}

main() {
    machine >"$OUT/machine.tsv"
    say "building"
    make -s -C "$BUILD" >"$OUT/build.log" 2>&1 || { tail -5 "$OUT/build.log" >&2; exit 1; }
    part nss nss
    part system whole
    if [ -x "$BUILD/bench/bench-publish" ]; then part publish publish; fi
    set -- "$OUT"/*.tsv
    if [ "$DOCS" = no ]; then
        node "$TOP/bench/report.mjs" tables "$@" || failed+=" report"
    else
        node "$TOP/bench/report.mjs" docs "$DOCS" "$@" || failed+=" report"
        say "written: $DOCS/performance.md and $DOCS/bench-*.svg"
    fi
    say "all after $((SECONDS / 60)) min $((SECONDS % 60)) s${failed:+; FAILED:$failed}"
    [ -z "$failed" ]
}
main
exit
