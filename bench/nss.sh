#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# bench/nss.sh BUILDDIR [FIGURES]: what a lookup costs in libnss_idp and in its peers (glibc files,
# libnss-extrausers, libnss-cache, libnss-db, SSSD and nslcd with slapd), side by side with a floor.
# As root, on a quiet machine; prints markdown, and writes the bare figures to the file FIGURES.
#
#     SIZES="10 1000 100000 1000000"	numbers of people
#     PEER_MAX=100000			with more people the peers that need slapd are left out: a
#					million takes slapadd minutes and 3 GB of memory
#     ROUNDS=7				turns, of which the median is told
#     PEERS=no				without them, and without making their tree
#
# Nothing of this machine changes: the peers are installed in a Debian tree of their own, made by
# mmdebstrap and kept beside the test bed's. It is the root directory, read-only below a memory
# file system, of everything measured, in mount, network, process and IPC namespaces that end with
# this script, and whatever runs in them too.
set -eu
TOP=$(cd "$(dirname "$0")/.." && pwd)

# the new root directory of everything that follows
enter() {
    local mem=$WORK/mem root=$WORK/mem/root dir
    mkdir -p "$mem"
    mount -t tmpfs -o mode=0755,size=80% bench "$mem"
    mkdir "$mem/upper" "$mem/work" "$root"
    mount -t overlay -o "lowerdir=$TREE,upperdir=$mem/upper,workdir=$mem/work" bench "$root"
    mkdir -p "$root/bench/bin" "$root/bench/top" "$root/bench/out" "$root"/{proc,sys,dev,run,tmp}
    mount -t proc proc "$root/proc"
    mount --rbind /dev "$root/dev"
    mount -t tmpfs -o mode=0755 run "$root/run"
    mount -t tmpfs -o mode=1777 tmp "$root/tmp"
    cp "$TOP/bench/nss-inside.sh" "$TOP/bench/peers.sh" "$root/bench/top/" # whoever edits them meanwhile edits others
    mount --bind "$WORK/out" "$root/bench/out"
    cp "$BUILD/bench/bench-nss" "$BUILD/bench/bench-cold" "$BUILD/.libs/libnss_idp.so.2" "$root/bench/bin/"
    for dir in /lib/x86_64-linux-gnu /usr/lib/x86_64-linux-gnu /lib; do
        [ -d "$root$dir" ] && cp "$root/bench/bin/libnss_idp.so.2" "$root$dir/" && break
    done
    ip link set lo up
    exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 HOME=/root SIZES="$SIZES" PEER_MAX="$PEER_MAX" ROUNDS="$ROUNDS" \
        PEERS="$PEERS" chroot "$root" /bin/bash /bench/top/nss-inside.sh
}

if [ "${1-}" = --inside ]; then
    enter
fi

# a function: bash has read all of it before it begins, whoever edits this file meanwhile
main() {
    [ $# -ge 1 ] || { sed -n '3,/^set/s/^# \{0,1\}//p' "$0" >&2; exit 2; }
    [ "$(id -u)" = 0 ] || { echo "bench/nss.sh: please run it as root (it makes namespaces)" >&2; exit 2; }
    BUILD=$(cd "$1" && pwd)
    FIGURES=${2-}
    export BUILD SIZES="${SIZES:-10 1000 100000 1000000}" PEER_MAX="${PEER_MAX:-100000}" ROUNDS="${ROUNDS:-7}" PEERS="${PEERS:-yes}"
    . "$TOP/tests/bed/lib.sh"
    . "$TOP/bench/peers.sh"

    make -s -C "$BUILD" libnss_idp.la bench/bench-nss bench/bench-cold >&2
    TREE=
    [ "$PEERS" != yes ] || { peers_tree; TREE=$PEERS_TREE; }
    # without the tree: the machine's own files below, changed in memory only
    [ -n "$TREE" ] || { TREE=/; PEERS=no; }
    WORK=$(mktemp -d /var/tmp/idp-bench-nss.XXXXXX)
    inside=
    trap '[ -z "$inside" ] || kill "$inside" 2>/dev/null; rm -rf --one-file-system "$WORK"' EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
    mkdir "$WORK/out"
    export TREE WORK PEERS
    unshare --mount --net --pid --ipc --fork --kill-child=KILL --propagation private "$0" --inside &
    inside=$!
    wait "$inside"
    inside=
    [ -z "$FIGURES" ] || cp "$WORK/out/figures" "$FIGURES"
    node "$TOP/bench/report.mjs" tables "$WORK/out/figures"
}
main "$@"
exit
