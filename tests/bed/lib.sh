# SPDX-License-Identifier: LGPL-2.1-or-later
# The test bed: a Debian tree booted by systemd-nspawn in a network namespace of its own, with the
# identity platform beside it in that namespace. Sourced by bash scripts that set TOP.
#
# What holds, whatever happens:
# 1. Nothing of it is reachable from outside: the namespace has a loopback and nothing else.
# 2. The host's own files, PAM, NSS, sshd and units are never touched: the tree is read-only and
#    its changes live in memory until the bed goes down.
# 3. Only processes that the bed started are ended, by number and start time, never by name.
# 4. bed_down leaves nothing behind; what a killed run left is swept by the next bed_up.
#
# bed_up NAME, bed_install DEB, bed_run CMD..., bed_net CMD..., bed_platform ARGS..., bed_down.

BED_CACHE=${IDP_BED_CACHE:-/var/cache/idp-agent-bed}
BED_RUNS=/run/idp-agent-bed
BED_PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
# nsenter hands the host's capabilities along; what no namespace holds must go, or `date -s` inside sets the host's clock
BED_DROP=-sys_time,-sys_module,-sys_boot,-sys_rawio,-syslog,-mknod,-wake_alarm,-perfmon,-mac_admin,-mac_override,-audit_control

bed_say() { printf '%s\n' "bed: $*" >&2; }
bed_die() { bed_say "$*"; return 1; }

# pid_birth PID: when it started, so that a number used again is never taken for ours
pid_birth() { sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -d' ' -f20; }

bed_note_pid() { printf '%s %s\n' "$2" "$(pid_birth "$2")" >"$1"; }

# bed_pid FILE: the process noted there, if it is still that very one
bed_pid() {
    local pid birth
    read -r pid birth <"$1" 2>/dev/null || return 1
    [ -n "$pid" ] && [ -n "$birth" ] && [ "$(pid_birth "$pid")" = "$birth" ] || return 1
    echo "$pid"
}

# bed_end FILE SECONDS: TERM, then KILL once the time is up
bed_end() {
    local pid
    pid=$(bed_pid "$1") || { rm -f "$1"; return 0; }
    kill -TERM "$pid" 2>/dev/null
    for ((i = 0; i < $2 * 20; i++)); do bed_pid "$1" >/dev/null || break; sleep 0.05; done
    pid=$(bed_pid "$1") && kill -KILL "$pid" 2>/dev/null
    for ((i = 0; i < 40; i++)); do bed_pid "$1" >/dev/null || break; sleep 0.05; done
    rm -f "$1"
}

bed_cgroups() { awk '$3 == "cgroup" || $3 == "cgroup2" { print $2 }' /proc/mounts; }

#### the tree

bed_tree_key() {
    {
        sed '/^#/d' "$TOP/tests/bed/tree-packages"
        declare -f bed_tree_make
        apt-cache policy libpam0g libc6 openssl systemd openssh-server | grep Candidate
    } | sha256sum | cut -c1-16
}

bed_tree_sources() {
    apt-get indextargets --format 'deb $(REPO_URI) $(RELEASE) $(COMPONENT)' \
        'Created-By: Packages' 'Origin: Debian' | sort -u
}

# bed_tree_make DIR: from the machine's own Debian sources, whatever mirror they name
bed_tree_make() {
    local packages
    packages=$(sed '/^#/d' "$TOP/tests/bed/tree-packages" | paste -sd,)
    bed_tree_sources | mmdebstrap --mode=root --variant=minbase --quiet \
        --include="$packages" \
        --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
        bookworm "$1" - || return
    # local people of the tests: PAM must go on serving them, whatever becomes of the agent
    chroot "$1" useradd -m -s /bin/bash -u 1000 local
    printf 'local:local\nroot:root\n' | chroot "$1" chpasswd
    printf 'PermitRootLogin yes\nKbdInteractiveAuthentication yes\nUsePAM yes\nUseDNS no\nPrintMotd no\nPrintLastLog no\n' \
        >"$1/etc/ssh/sshd_config.d/bed.conf"
    printf 'local ALL=(root) /usr/bin/id\n' >"$1/etc/sudoers.d/bed"
    chmod 0440 "$1/etc/sudoers.d/bed"
    echo bed >"$1/etc/hostname"
    printf '127.0.0.1 localhost bed\n::1 localhost\n' >"$1/etc/hosts"
    rm -f "$1/etc/resolv.conf" "$1/etc/machine-id"
    : >"$1/etc/machine-id"
    # nothing of this serves a test, and each costs boot time
    for unit in apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer fstrim.timer \
        systemd-timesyncd.service systemd-networkd.service systemd-resolved.service getty@tty1.service console-getty.service \
        systemd-userdbd.socket systemd-userdbd.service; do
        ln -sf /dev/null "$1/etc/systemd/system/$unit"
    done
}

# bed_tree: builds the tree unless the cache has it; sets BED_TREE
bed_tree() {
    local key lock part
    mkdir -p "$BED_CACHE"
    exec {lock}>"$BED_CACHE/lock"
    flock -n "$lock" || { bed_say "waiting for another run that is building"; flock "$lock"; }
    # every builder holds the lock: what is unfinished now was given up
    find "$BED_CACHE" -maxdepth 1 -name 'part-*' -exec rm -rf --one-file-system {} +
    key=$(bed_tree_key)
    BED_TREE=$BED_CACHE/tree-$key
    if [ ! -d "$BED_TREE" ]; then
        [ -n "$(bed_tree_sources)" ] || apt-get -qq update || bed_say "apt-get update complained"
        [ -n "$(bed_tree_sources)" ] || { bed_die "apt knows no Debian archive: is /etc/apt/sources.list.d empty?"; return 1; }
        bed_say "building a Debian tree (once; about a minute)"
        part=$BED_CACHE/part-$key
        rm -rf --one-file-system "$part"
        if ! bed_tree_make "$part" >"$BED_CACHE/tree.log" 2>&1; then
            tail -20 "$BED_CACHE/tree.log" >&2
            rm -rf --one-file-system "$part"
            bed_die "the tree could not be built (whole log: $BED_CACHE/tree.log)"
            return 1
        fi
        find "$BED_CACHE" -maxdepth 1 -name 'tree-*' -mtime +1 -exec rm -rf --one-file-system {} +
        mv "$part" "$BED_TREE"
    fi
    exec {lock}>&-
}

#### up and down

# bed_cgroup_enter NAME: a cgroup of our own in every hierarchy, or two containers collide
bed_cgroup_enter() {
    local h
    bed_cgroups | while read -r h; do
        mkdir -p "$h/idp-bed-$1"
        if [ -f "$h/idp-bed-$1/cpuset.cpus" ] && [ -f "$h/cpuset.cpus" ]; then
            cat "$h/cpuset.cpus" >"$h/idp-bed-$1/cpuset.cpus"
            cat "$h/cpuset.mems" >"$h/idp-bed-$1/cpuset.mems"
            echo 1 >"$h/idp-bed-$1/cgroup.clone_children"
        fi 2>/dev/null
        echo "$BASHPID_TO_MOVE" >"$h/idp-bed-$1/cgroup.procs"
    done
}

bed_boot() {
    local run=$1 name=$2 keep=() i leader state
    # a host that systemd runs hands out a scope itself; elsewhere we make the cgroups
    [ -d /run/systemd/system ] || keep=(--keep-unit)
    (
        trap - EXIT INT TERM
        [ ${#keep[@]} = 0 ] || BASHPID_TO_MOVE=$BASHPID bed_cgroup_enter "$name"
        exec setpriv --pdeathsig TERM systemd-nspawn -q -D "$BED_TREE" --boot --register=no "${keep[@]}" \
            --machine="idp-bed-$name" --volatile=overlay --console=pipe --network-namespace-path="$run/net" \
            --system-call-filter=bpf --capability=CAP_BPF </dev/null >"$run/console.log" 2>&1
    ) &
    bed_note_pid "$run/nspawn.pid" $!
    for ((i = 0; i < 200; i++)); do
        leader=$(bed_leader "$(bed_pid "$run/nspawn.pid")") && break
        bed_pid "$run/nspawn.pid" >/dev/null || { cat "$run/console.log" >&2; bed_die "systemd-nspawn ended at once"; return 1; }
        sleep 0.05
    done
    [ -n "$leader" ] || { bed_die "the container has no process 1"; return 1; }
    bed_note_pid "$run/leader.pid" "$leader"
    for ((i = 0; i < 300; i++)); do
        state=$(bed_run systemctl is-system-running 2>/dev/null)
        case $state in running | degraded) break ;; esac
        sleep 0.1
    done
    case $state in
    running) ;;
    degraded) bed_say "the container is up, with failed units:"; bed_run systemctl --failed --no-legend --plain >&2 ;;
    *) tail -20 "$run/console.log" >&2; bed_die "the container did not come up (state: ${state:-none})"; return 1 ;;
    esac
    # resource limits of units are ignored until the hierarchies are writable inside
    bed_run sh -c 'for c in pids memory cpu cpuacct; do [ ! -d /sys/fs/cgroup/$c ] || mount -o remount,bind,rw /sys/fs/cgroup/$c; done
        systemctl daemon-reexec' >/dev/null 2>&1 || :
}

# bed_leader PID: the descendant that is process 1 of its own namespace
bed_leader() {
    local child grandchild
    for child in $(cat "/proc/$1/task/$1/children" 2>/dev/null); do
        for grandchild in $child $(cat "/proc/$child/task/$child/children" 2>/dev/null); do
            if [ "$(awk '/^NSpid/ { print $NF ":" NF }' "/proc/$grandchild/status" 2>/dev/null)" = 1:3 ]; then
                echo "$grandchild"
                return 0
            fi
        done
    done
    return 1
}

# bed_up NAME: sets BED_NAME and BED_RUN; the caller's EXIT trap must call bed_down
bed_up() {
    [ "$(id -u)" = 0 ] || { bed_die "only root can boot the test bed"; return 1; }
    bed_sweep
    bed_tree || return
    BED_NAME=$1-$$
    BED_RUN=$BED_RUNS/$BED_NAME
    mkdir -p -m 0755 "$BED_RUN"
    bed_note_pid "$BED_RUN/owner.pid" $$
    : >"$BED_RUN/net" && unshare --net="$BED_RUN/net" ip link set lo up || return
    bed_boot "$BED_RUN" "$BED_NAME"
}

bed_cgroup_remove() {
    [ -d "$1" ] || return 0
    find "$1" -depth -type d -exec rmdir {} \; 2>/dev/null
    [ ! -d "$1" ]
}

bed_remove() {
    local run=$1 name=${1##*/} file pid h i
    for file in "$run"/*.helper; do [ -e "$file" ] && bed_end "$file" 3; done
    # one TERM makes nspawn ask process 1 to power off, which may wait for somebody's session;
    # a second one ends it at once
    if pid=$(bed_pid "$run/nspawn.pid"); then
        kill -TERM "$pid" 2>/dev/null
        for ((i = 0; i < 60; i++)); do bed_pid "$run/nspawn.pid" >/dev/null || break; sleep 0.05; done
    fi
    [ ! -e "$run/nspawn.pid" ] || bed_end "$run/nspawn.pid" 5
    rm -f "$run/leader.pid"
    # the namespace itself lives while this mount does
    if mountpoint -q "$run/net"; then umount "$run/net"; fi
    bed_cgroups | while read -r h; do
        for ((i = 0; i < 100; i++)); do
            bed_cgroup_remove "$h/idp-bed-$name" && break
            sleep 0.05
        done
    done
    rm -rf --one-file-system "$run"
    rmdir "$BED_RUNS" 2>/dev/null || :
}

bed_down() {
    [ -n "${BED_RUN-}" ] && [ -d "$BED_RUN" ] || return 0
    bed_remove "$BED_RUN"
    BED_RUN=
}

# bed_sweep: what runs that were killed left behind
bed_sweep() {
    local run
    for run in "$BED_RUNS"/*/; do
        run=${run%/}
        [ -e "$run/owner.pid" ] || continue
        bed_pid "$run/owner.pid" >/dev/null && continue
        bed_say "sweeping what a killed run left: ${run##*/}"
        bed_remove "$run"
    done
    # a cgroup whose last process took its time to die
    bed_cgroups | while read -r run; do
        for run in "$run"/idp-bed-*/; do
            run=${run%/}
            [ -d "$BED_RUNS/${run##*/idp-bed-}" ] || bed_cgroup_remove "$run" || :
        done
    done
}

#### inside

# bed_run CMD...: as root inside the container, without what could reach the host
bed_run() {
    local leader
    leader=$(bed_pid "$BED_RUN/leader.pid") || { bed_die "the container is not running"; return 1; }
    nsenter -t "$leader" -m -u -i -n -p -C -- env -i PATH=$BED_PATH HOME=/root TERM="${TERM:-dumb}" LANG=C.UTF-8 \
        DEBIAN_FRONTEND=noninteractive setpriv --bounding-set=$BED_DROP -- "$@"
}

# bed_net CMD...: a program of the host in the container's network
bed_net() { nsenter --net="$BED_RUN/net" -- "$@"; }

# bed_put FILE PATH [MODE [OWNER]]: copies a file in; - is standard input
bed_put() {
    cat "$1" | bed_run sh -c 'umask 077; mkdir -p "$(dirname "$1")" && cat >"$1" && chmod "$2" "$1" && chown "$3" "$1"' sh "$2" "${3:-0644}" "${4:-root:root}"
}

# bed_install DEB...: with dpkg alone: what it depends on is in the tree
bed_install() {
    local deb names=()
    for deb; do
        bed_put "$deb" "/tmp/${deb##*/}"
        names+=("/tmp/${deb##*/}")
    done
    bed_run dpkg -i "${names[@]}"
}

#### beside it: the platform, in the container's network

# bed_helper NAME CMD...: a process in the container's network that goes down with the bed
bed_helper() {
    local name=$1
    shift
    (trap - EXIT INT TERM; exec nsenter --net="$BED_RUN/net" -- setpriv --pdeathsig TERM "$@" </dev/null >"$BED_RUN/$name.log" 2>&1) &
    bed_note_pid "$BED_RUN/$name.helper" $!
}

# bed_node_modules: npm ci once per lock file, outside the source tree; sets BED_MODULES
bed_node_modules() {
    local key part lock
    key=$(sha256sum "$TOP/tests/idp/package-lock.json" | cut -c1-16)
    BED_MODULES=$BED_CACHE/npm-$key/node_modules
    mkdir -p "$BED_CACHE"
    exec {lock}>"$BED_CACHE/lock"
    flock "$lock"
    if [ ! -d "$BED_MODULES" ]; then
        bed_say "installing the platform's packages with npm (once)"
        part=$BED_CACHE/part-npm-$key
        rm -rf "$part"
        mkdir -p "$part"
        cp "$TOP/tests/idp/package.json" "$TOP/tests/idp/package-lock.json" "$TOP/tests/idp/.npmrc" "$part/"
        if ! (cd "$part" && npm ci --no-audit --no-fund) >"$BED_CACHE/npm.log" 2>&1; then
            tail -20 "$BED_CACHE/npm.log" >&2
            bed_die "npm ci failed (whole log: $BED_CACHE/npm.log)"
            return 1
        fi
        mv -T "$part" "$BED_CACHE/npm-$key"
    fi
    exec {lock}>&-
}

# bed_ready NAME: waits for the helper's "ready WHAT" and prints WHAT
bed_ready() {
    local i
    for ((i = 0; i < 300; i++)); do
        sed -n 's/^ready //p' "$BED_RUN/$1.log" | grep . && return 0
        bed_pid "$BED_RUN/$1.helper" >/dev/null || break
        sleep 0.1
    done
    cat "$BED_RUN/$1.log" >&2
    bed_die "$1 did not start"
}

# bed_platform PORT: the real platform; sets BED_ISSUER, and BED_STATE where its ca.pem is
bed_platform() {
    bed_node_modules || return
    BED_STATE=$BED_RUN/platform
    mkdir -p -m 0700 "$BED_RUN/idp" "$BED_STATE"
    cp -r "$TOP/tests/idp/." "$BED_RUN/idp/"
    rm -rf "$BED_RUN/idp/node_modules"
    ln -s "$BED_MODULES" "$BED_RUN/idp/node_modules"
    bed_helper platform node "$BED_RUN/idp/platform.mjs" --state "$BED_STATE" --port "$1"
    BED_ISSUER=$(bed_ready platform)
}

# bed_mock: the misbehaving one; sets BED_MOCK (https://127.0.0.1:PORT), and BED_MOCK_STATE
bed_mock() {
    BED_MOCK_STATE=$BED_RUN/mock
    mkdir -p -m 0700 "$BED_MOCK_STATE"
    bed_helper mock node "$TOP/tests/idp/mock.mjs" --state "$BED_MOCK_STATE"
    BED_MOCK=https://127.0.0.1:$(bed_ready mock)
}

# platform VERB [field=value ...]: tells the platform what to do; prints its JSON
platform() {
    local verb=$1 field data=()
    shift
    for field; do data+=(--data-urlencode "$field"); done
    curl -sS --fail-with-body --max-time 20 --unix-socket "$BED_STATE/control" -X POST "${data[@]}" "http://platform/$verb"
}

# approve AS [--deny] URL [CODE]: what AS does in a browser
approve() {
    local who=$1
    shift
    bed_net node "$TOP/tests/idp/approve.mjs" --ca "$BED_STATE/ca.pem" --as "$who" "$@"
}

# bed_forward PORT TO: the host's 127.0.0.1:PORT leads to 127.0.0.1:TO in the container
bed_forward() {
    local socket=$BED_RUN/forward-$2.socket
    bed_helper "forward-in-$2" node "$TOP/tests/bed/forward.mjs" "unix:$socket" "tcp:$2"
    bed_ready "forward-in-$2" >/dev/null || return
    (trap - EXIT INT TERM; exec setpriv --pdeathsig TERM node "$TOP/tests/bed/forward.mjs" "tcp:$1" "unix:$socket" </dev/null >"$BED_RUN/forward-out-$2.log" 2>&1) &
    bed_note_pid "$BED_RUN/forward-out-$2.helper" $!
    bed_ready "forward-out-$2" >/dev/null
}
