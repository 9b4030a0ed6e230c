# SPDX-License-Identifier: LGPL-2.1-or-later
# The peers of bench/nss.sh: a Debian tree with their packages, made once and kept beside the test
# bed's, and their daemons inside of it. Sourced by bash scripts that set TOP; tests/bed/lib.sh
# must be sourced before for peers_tree. Nothing of the machine changes: see bench/nss.sh.

peers_say() { printf '%s\n' "$(date +%T) peers: $*" >&2; }

peers_tree_key() {
    { sed '/^#/d' "$TOP/bench/peers-packages"; apt-cache policy sssd-common slapd nslcd libc6 | grep Candidate; } |
        sha256sum | cut -c1-16
}

# peers_tree: builds the tree unless the cache has it; sets PEERS_TREE, which is empty when it
# cannot be had (and says why)
peers_tree() {
    local part lock
    PEERS_TREE=
    command -v mmdebstrap >/dev/null || { peers_say "mmdebstrap is not installed: the columns of the peers stay empty"; return; }
    mkdir -p "$BED_CACHE"
    exec {lock}>"$BED_CACHE/peers.lock"
    flock "$lock"
    part=$BED_CACHE/peers-$(peers_tree_key)
    if [ ! -d "$part" ]; then
        [ -n "$(bed_tree_sources)" ] || apt-get -qq update || :
        peers_say "building the peers' Debian tree (once; about a minute)"
        find "$BED_CACHE" -maxdepth 1 -name 'peers-*' -type d -exec rm -rf --one-file-system {} +
        if ! bed_tree_sources | mmdebstrap --mode=root --variant=minbase --quiet \
            --include="$(sed '/^#/d' "$TOP/bench/peers-packages" | paste -sd,)" \
            --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
            bookworm "$part.part" - >"$BED_CACHE/peers.log" 2>&1; then
            tail -5 "$BED_CACHE/peers.log" >&2
            peers_say "the tree could not be built ($BED_CACHE/peers.log): the columns of the peers stay empty"
            rm -rf --one-file-system "$part.part"
            exec {lock}>&-
            return
        fi
        mv "$part.part" "$part"
    fi
    exec {lock}>&-
    PEERS_TREE=$part
}

#### inside: in a chroot, a network, a mount and a pid namespace that end with bench/nss.sh

peers_wait() { # peers_wait SECONDS CMD...: until it succeeds
    local i n=$1
    shift
    for ((i = 0; i < n * 10; i++)); do
        "$@" >/dev/null 2>&1 && return
        sleep 0.1
    done
    return 1
}

peers_slapd_start() {
    local began=$SECONDS
    rm -rf /bench/ldap
    mkdir -p /bench/ldap /run/slapd
    {
        for schema in core cosine nis; do echo "include /etc/ldap/schema/$schema.schema"; done
        printf '%s\n' 'modulepath /usr/lib/ldap' 'moduleload back_mdb' 'loglevel 0' 'sizelimit unlimited' 'idletimeout 0' \
            'database mdb' 'suffix "dc=idp,dc=test"' 'directory /bench/ldap' 'maxsize 8589934592' 'dbnosync' \
            'index objectClass,uid,cn,uidNumber,gidNumber,memberUid eq'
    } >/bench/slapd.conf
    peers_say "slapd: loading $(grep -c ^dn: /bench/data/users.ldif) entries"
    slapadd -q -f /bench/slapd.conf -l /bench/data/users.ldif >/bench/log.slapadd 2>&1 || { tail -3 /bench/log.slapadd >&2; return 1; }
    slapd -f /bench/slapd.conf -h 'ldap://127.0.0.1/' >/bench/log.slapd 2>&1
    peers_wait 20 ldapsearch -x -H ldap://127.0.0.1/ -b dc=idp,dc=test -s base || { peers_say "slapd does not answer"; return 1; }
    peers_say "slapd: up after $((SECONDS - began)) s"
}

peers_nslcd_start() {
    mkdir -p /run/nslcd
    chown nslcd:nslcd /run/nslcd
    printf '%s\n' 'uid nslcd' 'gid nslcd' 'uri ldap://127.0.0.1/' 'base dc=idp,dc=test' >/etc/nslcd.conf
    nslcd
    peers_wait 10 getent -s ldap passwd user0000001 || { peers_say "nslcd does not answer"; return 1; }
}

peers_sssd_start() {
    mkdir -p /var/lib/sss/{db,mc,pipes/private} /run/sssd /var/log/sssd
    rm -f /var/lib/sss/db/* /var/lib/sss/mc/*
    cat >/etc/sssd/sssd.conf <<'CONF'
[sssd]
services = nss
domains = bench
[domain/bench]
id_provider = ldap
auth_provider = none
access_provider = permit
ldap_uri = ldap://127.0.0.1/
ldap_search_base = dc=idp,dc=test
ldap_schema = rfc2307
enumerate = false
CONF
    chmod 0600 /etc/sssd/sssd.conf
    sssd -D >/bench/log.sssd 2>&1
    peers_wait 20 getent -s sss passwd user0000001 || { tail -3 /bench/log.sssd >&2; peers_say "sssd does not answer"; return 1; }
}

# peers_pids NAME...: processes of these names in our own pid namespace
peers_pids() {
    local name
    for name; do for exe in /proc/[0-9]*/exe; do
        case $(readlink "$exe" 2>/dev/null) in */"$name") exe=${exe#/proc/}; echo "${exe%/exe}" ;; esac
    done; done
}

peers_pss() { # MiB of all processes of these names together
    local pid
    for pid in $(peers_pids "$@"); do cat "/proc/$pid/smaps_rollup"; done 2>/dev/null |
        awk '/^Pss:/ { n += $2 } END { printf "%.1f", n / 1024 }'
}

peers_stop() {
    local pids
    pids=$(peers_pids sssd sssd_be sssd_nss nslcd slapd)
    # shellcheck disable=SC2086 # a list
    [ -z "$pids" ] || kill $pids 2>/dev/null
    peers_wait 10 peers_gone || { pids=$(peers_pids sssd sssd_be sssd_nss nslcd slapd); [ -z "$pids" ] || kill -KILL $pids 2>/dev/null; }
    rm -f /run/sssd.pid
}
peers_gone() { [ -z "$(peers_pids sssd sssd_be sssd_nss nslcd slapd)" ]; }

# Debian's libnss-db from /bench/data, with the awk of its own Makefile
peers_makedb() {
    local file
    for file in passwd group; do
        awk -F: '{ printf "0%u ", n++; print; printf ".%s ", $1; print; printf "=%s ", $3; print }' "/bench/data/$file" |
            makedb --quiet -o "/var/lib/misc/$file.db" - || return
    done
}
