# SPDX-License-Identifier: LGPL-2.1-or-later
# What the system tests are written with. tests/system/run sources it, boots the bed, and runs
# each NNN-name in a subshell of its own; a test says "ok - ..." or "not ok - ..." and nothing of
# it outlives the next fresh().

PERSON=$TOP/tests/bed/person.exp
DETAIL_LINES=30

#### saying what was found

ok() { printf 'ok - %s\n' "$1"; }

# not_ok DESCRIPTION [DETAIL]
not_ok() {
    printf 'not ok - %s\n' "$1"
    [ -z "${2-}" ] || printf '%s\n' "$2" | tr -d '\r' | tail -n $DETAIL_LINES | sed 's/^/#   /'
}

# check DESCRIPTION CMD...: CMD must succeed
check() {
    local what=$1 said
    shift
    if said=$("$@" 2>&1); then ok "$what"; else not_ok "$what" "$* gave $?: $said"; fi
}

# refuse DESCRIPTION CMD...: CMD must fail, and by itself: not by a signal, nor for want of the
# program. 255 is what ssh says.
refuse() {
    local what=$1 said status
    shift
    said=$("$@" 2>&1)
    status=$?
    if [ $status -gt 0 ] && { [ $status -lt 124 ] || [ $status = 255 ]; }; then ok "$what"; else not_ok "$what" "$* gave $status: $said"; fi
}

# is DESCRIPTION GOT WANTED
is() {
    if [ "$2" = "$3" ]; then ok "$1"; else
        not_ok "$1" "wanted: $3
got:    $2"
    fi
}

# like DESCRIPTION TEXT PATTERN (extended)
like() {
    if grep -Eq -e "$3" <<<"$2"; then ok "$1"; else
        not_ok "$1" "in: $2
nothing like: $3"
    fi
}

unlike() {
    if grep -Eq -e "$3" <<<"$2"; then
        not_ok "$1" "in: $2
should not say: $3"
    else ok "$1"; fi
}

# within SECONDS DESCRIPTION CMD...: CMD must succeed before the time is up
within() {
    local limit=$1 what=$2 began=$SECONDS
    shift 2
    until "$@" >/dev/null 2>&1; do
        if [ $((SECONDS - began)) -ge "$limit" ]; then
            not_ok "$what" "$* did not succeed in $limit seconds"
            return 1
        fi
        sleep 0.2
    done
    ok "$what"
}

# bounded SECONDS DESCRIPTION CMD...: CMD must end by then, whatever it says; sets SAID and STATUS
bounded() {
    local limit=$1 what=$2 began=$SECONDS
    shift 2
    SAID=$("$@" 2>&1)
    STATUS=$?
    if [ $((SECONDS - began)) -le "$limit" ] && [ $STATUS != 124 ]; then ok "$what"; else
        not_ok "$what" "it took $((SECONDS - began)) seconds: $SAID"
    fi
}

#### the host under test

inside() { bed_run "$@"; }
getent_in() { bed_run getent "$@"; }
journal() { bed_run journalctl -o cat --no-pager --since "@$TEST_BEGAN" "$@"; }

POSIX_USER=urn:ietf:params:scim:schemas:extension:posix:2.0:User
POSIX_GROUP=urn:ietf:params:scim:schemas:extension:posix:2.0:Group

# base_config: the configuration of the tests, on standard output
base_config() {
    cat <<EOF
[provider corp]
issuer = $BED_ISSUER
client_id = host-basic
client_auth = client_secret_basic
client_secret = file:/etc/idp/client-secret
ca = /etc/idp/ca.pem

[directory corp]
kind = scim
provider = corp
url = $BED_ISSUER/scim/v2
token_scope = scim:read
uid_from = /$POSIX_USER/uidNumber
gid_from = /$POSIX_USER/gidNumber
home_from = /$POSIX_USER/homeDirectory
shell_from = /$POSIX_USER/loginShell
group_gid_from = /$POSIX_GROUP/gidNumber

[allow crew]
service = sshd login su su-l systemd-user
need = group:crew

[allow admins]
service = sudo
need = group:admins
EOF
}

# client_config CLIENT LINES...: the same with that client, and more lines of the provider
client_config() {
    local client=$1
    shift
    base_config | sed "s/^client_id = .*/client_id = $client/" |
        awk -v extra="$(printf '%s\\n' "$@")" '{ print } /^issuer/ { printf "%s", extra }'
}

put_config() { bed_put - /etc/idp/idp.conf 0640 root:idp-agentd; }

# agent_restart: both daemons anew, with whatever configuration and state there is
agent_restart() {
    bed_run systemctl reset-failed 'idp-*' 2>/dev/null
    bed_run systemctl restart idp-netd.socket idp-agentd.socket idp-agentd-control.socket 2>/dev/null
    bed_run systemctl restart idp-netd.service idp-agentd.service
}

agent_stop() { bed_run systemctl stop idp-agentd.socket idp-agentd-control.socket idp-netd.socket idp-agentd.service idp-netd.service; }

knows() { bed_run getent passwd "$1" >/dev/null; }

# runs: the agent answers, and NSS does. The snapshot knows people without any agent: it proves none.
runs() { bed_run idpctl status >/dev/null && knows alice; }

# synced: idpctl sync. For a moment after a restart the halves have not met: that is no answer.
synced() {
    local i said status
    for ((i = 0; i < 50; i++)); do
        said=$(bed_run timeout 60 idpctl sync 2>&1)
        status=$?
        [[ $said == *'(not-connected)'* ]] || break
        sleep 0.2
    done
    printf '%s\n' "$said"
    return "$status"
}

# fresh: the platform as it was at first, the base configuration, no state, a full sync
fresh() {
    local i
    platform mode mode=up >/dev/null
    platform skew seconds=0 >/dev/null
    bed_run rm -rf /etc/idp/conf.d /run/systemd/system/idp-agentd.service.d /run/systemd/system/idp-netd.service.d
    bed_run systemctl daemon-reload
    agent_stop
    bed_run sh -c 'rm -rf /var/lib/idp/* /run/idp/db/*; mkdir -p /etc/idp/conf.d'
    bed_put "$BED_STATE/ca.pem" /etc/idp/ca.pem 0644
    bed_put "$BED_STATE/client-secret" /etc/idp/client-secret 0640 root:idp-agentd
    bed_put "$BED_STATE/host.key" /etc/idp/host.key 0640 root:idp-agentd
    base_config | put_config
    agent_restart || return
    synced >/dev/null 2>&1
    for ((i = 0; i < 100; i++)); do knows alice && return 0; sleep 0.1; done
    return 1
}

#### people

SSH=(ssh -F none -o UserKnownHostsFile=/dev/null -o StrictHostKeyChecking=no -o PubkeyAuthentication=no
    -o PreferredAuthentications=keyboard-interactive -o NumberOfPasswordPrompts=1 -o ConnectTimeout=10 -tt)

# browser AS: the command with which AS approves
browser() { printf 'node %q --ca %q --as %q' "$TOP/tests/idp/approve.mjs" "$BED_STATE/ca.pem" "$1"; }

# ssh_as USER CMD...: USER connects, approves as USER, runs CMD. PERSON_* may be set before it.
ssh_as() {
    local user=$1
    shift
    PERSON_APPROVE=${PERSON_APPROVE-$(browser "$user")} bed_net "$PERSON" "${SSH[@]}" "$user@127.0.0.1" "$*" | stdbuf -o0 tr -d '\r'
    return "${PIPESTATUS[0]}"
}

# on_tty CMD...: as root inside, on a terminal of the container's own
on_tty() {
    bed_net "$PERSON" "$TOP/tests/system/run" --inside "$BED_RUN" "$@" | tr -d '\r'
    return "${PIPESTATUS[0]}"
}
