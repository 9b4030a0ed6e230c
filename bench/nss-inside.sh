#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The measuring of bench/nss.sh, inside the root directory and the namespaces it made.
set -u
TOP=/bench/top/..
. /bench/top/peers.sh
OUT=/bench/out/figures
BIN=/bench/bin
SNAPSHOT=/run/idp/db/identity.snap
: >"$OUT"

figure() { printf '%s\t%s\t%s\t%s\t%s\t%s\n' "$@" >>"$OUT"; }
size_of() { # size_of FILE...: MB they take in all
    du -cb "$@" 2>/dev/null | awk 'END { printf "%.2f", $1 / 1e6 }'
}

# setup SIZE: the data set, everywhere a subject looks for it; sets SUBJECTS
setup() {
    local n=$1 ldif=
    SUBJECTS=(-m "idp=idp=$BIN/libnss_idp.so.2")
    WITH_DAEMONS=
    [ "$PEERS" = yes ] && [ "$n" -le "$PEER_MAX" ] && ldif=-l
    rm -rf /bench/data
    mkdir -p /bench/data /run/idp/db /var/lib/extrausers /var/lib/misc
    $BIN/bench-nss $ldif -w /bench/data -s $SNAPSHOT "$n" || exit 1
    links
    if [ -n "$ldif" ] && peers_slapd_start; then
        if peers_sssd_start; then SUBJECTS+=(-m sssd=sss,misses,cached); [ "$n" -le 1000 ] || SUBJECTS+=(-m "idp, same keys=idp=$BIN/libnss_idp.so.2,like"); SUBJECTS+=(-m "sssd socket=sss,remote,cached,nocache"); WITH_DAEMONS+=' sssd'; fi
        if peers_nslcd_start; then SUBJECTS+=(-m nslcd=ldap,remote); WITH_DAEMONS+=' nslcd'; fi
    fi
    if [ "$PEERS" = yes ]; then
        cp /bench/data/{passwd,group} /var/lib/extrausers/
        cp /bench/data/*.cache /etc/
        cp /bench/data/*.cache.ix* /etc/
        # with a million people makedb takes most of a minute
        if [ "$n" -le "$PEER_MAX" ]; then peers_makedb && SUBJECTS+=(-m db=db); fi
        SUBJECTS+=(-m cache=cache)
        [ "$n" -gt "$PEER_MAX" ] || SUBJECTS+=(-m extrausers=extrausers)
    fi
    [ "$n" -gt "$PEER_MAX" ] || SUBJECTS+=(-m files=files)
}

# links: /etc/passwd and the others lead to /bench/etc/now, which leads to what is asked for
links() {
    local name file service
    if [ ! -d /bench/etc ]; then
        mkdir -p /bench/etc/base
        for file in passwd group; do
            cp "/etc/$file" "/bench/etc/base/$file"
            ln -sfn "/bench/etc/now/$file" "/etc/$file"
        done
        ln -sfn /bench/etc/now/nsswitch.conf /etc/nsswitch.conf
    fi
    for name in files-10 files idp sssd nslcd db cache extrausers; do
        mkdir -p "/bench/etc/$name"
        for file in passwd group; do cp "/bench/etc/base/$file" "/bench/etc/$name/$file"; done
        case $name in sssd) service=' sss' ;; nslcd) service=' ldap' ;; files*) service= ;; *) service=" $name" ;; esac
        printf 'passwd: files%s\ngroup: files%s\ninitgroups: files%s\nhosts: files\n' "$service" "$service" "$service" >"/bench/etc/$name/nsswitch.conf"
    done
    # ten people who are in as many groups as everybody
    mkdir -p /bench/ten
    $BIN/bench-nss -w /bench/ten -s /bench/ten/identity.snap 10 || exit 1
    for file in passwd group; do
        cat "/bench/ten/$file" >>"/bench/etc/files-10/$file"
        cat "/bench/data/$file" >>"/bench/etc/files/$file"
    done
    ln -sfn files /bench/etc/now
}

cold() {
    local subjects=(files-10=user0000003 idp=user0000003) name
    for name in db cache extrausers files; do
        [[ " ${SUBJECTS[*]} " != *" $name="* ]] || subjects+=("$name=user0000003")
    done
    for name in $WITH_DAEMONS; do subjects+=("$name=user0000003"); done
    peers_say "$1 people: whole processes"
    $BIN/bench-cold "$COLD_ROUNDS" "$1" /bench/etc "${subjects[@]}" >>"$OUT"
    ln -sfn files /bench/etc/now
}

calls() {
    local subject name
    command -v strace >/dev/null || { peers_say "strace is not here: no table of system calls"; return; }
    peers_say "$1 people: system calls"
    for subject in "${SUBJECTS[@]}"; do
        [ "$subject" != -m ] || continue
        name=${subject%%=*}
        [ "$name" != "idp, same keys" ] || continue
        strace -o /tmp/calls -e 'trace=all' $BIN/bench-nss -p 1 -m "$subject" -c "$name" "$1" >/tmp/asked 2>/dev/null || continue
        awk '/^getppid\(/ { inside = !inside; if (inside) calls[++n] = 0; next } inside && /^[a-z]/ { calls[n]++ }
            END { for (i = 1; i <= n; i++) print calls[i] / 20 }' /tmp/calls | paste /tmp/asked - |
            awk -F'\t' -v people="$1" -v name="$name" '{ printf "calls\t%s\t%s\t%s\tcalls\t%s\n", people, $1, name, $2 }' >>"$OUT"
    done
}

sizes() {
    figure size "$1" 'published, MB' idp size "$(size_of $SNAPSHOT)"
    figure size "$1" 'published, MB' files size "$(size_of /bench/data/passwd /bench/data/group)"
    [ "$PEERS" = yes ] || return
    figure size "$1" 'published, MB' cache size "$(size_of /etc/*.cache /etc/*.cache.ix*)"
    [ "$1" -gt "$PEER_MAX" ] || figure size "$1" 'published, MB' db size "$(size_of /var/lib/misc/*.db)"
    if [[ $WITH_DAEMONS = *sssd* ]]; then
        figure size "$1" 'published, MB' sssd size "$(size_of /var/lib/sss/db /var/lib/sss/mc)"
        figure memory "$1" 'PSS, MiB' sssd pss "$(peers_pss sssd sssd_be sssd_nss)"
    fi
    [[ $WITH_DAEMONS != *nslcd* ]] || figure memory "$1" 'PSS, MiB' nslcd pss "$(peers_pss nslcd)"
}

largest=0
for n in $SIZES; do [ "$n" -gt "$PEER_MAX" ] || [ "$n" -lt "$largest" ] || largest=$n; done
COLD_ROUNDS=${COLD_ROUNDS:-60}
for n in $SIZES; do
    peers_say "$n people: making them"
    setup "$n"
    rounds=$ROUNDS
    [ "$n" -le 100000 ] || rounds=3
    $BIN/bench-nss -r "$rounds" "${SUBJECTS[@]}" "$n" >>"$OUT"
    for threads in 1 8; do $BIN/bench-nss -r 3 -p 2 "${SUBJECTS[@]}" -t $threads "$n" >>"$OUT"; done
    [ "$n" != 1000 ] || calls "$n"
    sizes "$n"
    [ "$n" != "$largest" ] || cold "$n"
    peers_stop
done
peers_say "done"
