#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# bench/system.sh BUILDDIR [PEOPLE...]: what the whole costs, with the real daemons against the
# real platform of tests/idp: from a change in the directory to getpwnam(), memory, full passes,
# sign-ins. As root; 10, 1,000, 10,000 and 100,000 people unless told otherwise. ROUNDS=7 changes
# and LOGINS=24 sign-ins are measured; FIGURES=FILE gets the bare figures too, for report.mjs.
#
# It runs in namespaces of its own, with a /run, a loopback and an nsswitch.conf that nobody else
# sees: nothing of this machine changes.
set -eu
TOP=$(cd "$(dirname "$0")/.." && pwd)

inside() {
    mount -t tmpfs -o mode=0755 tmpfs /run
    mkdir -m 0755 /run/idp /run/idp/db
    printf 'passwd: files idp\ngroup: files idp\nhosts: files\n' >"$WORK/nsswitch.conf"
    mount --bind "$WORK/nsswitch.conf" /etc/nsswitch.conf
    ip link set lo up
    exec node "$TOP/bench/system.mjs" "$BUILD" "$WORK" "$@"
}

if [ "${1-}" = --inside ]; then
    shift
    inside "$@"
fi

[ $# -ge 1 ] || { echo "usage: bench/system.sh BUILDDIR [PEOPLE...]" >&2; exit 2; }
[ "$(id -u)" = 0 ] || { echo "bench/system.sh: please run it as root (it makes namespaces)" >&2; exit 2; }
BUILD=$(cd "$1" && pwd)
shift
[ $# -gt 0 ] || set -- 10 1000 10000 100000

make -s -C "$BUILD" idpctl/idpctl idp-netd idp-agentd/core/idp-agentd libnss_idp.la pam_idp.la bench/bench-system
. "$TOP/tests/bed/lib.sh"
bed_node_modules
WORK=$(mktemp -d /var/tmp/idp-bench.XXXXXX)
trap '[ -n "${KEEP-}" ] || rm -rf --one-file-system "$WORK"' EXIT
cp -r "$TOP/tests/idp/." "$WORK/"
rm -rf "$WORK/node_modules"
ln -s "$BED_MODULES" "$WORK/node_modules"
export BUILD WORK
unshare --mount --net --propagation private "$0" --inside "$@"
