# SPDX-License-Identifier: LGPL-2.1-or-later
# packages_install GROUP...: installs what tests/packages lists for these groups and this machine
# lacks. Says what it does; does nothing, quickly, the second time. Sourced by bash scripts that
# set TOP to the top of the tree.

packages_missing() {
    local group package skip
    while read -r group package skip; do
        case " $* " in *" $group "*) ;; *) continue ;; esac
        case $skip in '!'*) command -v "${skip#!}" >/dev/null && continue ;; esac
        [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || echo "$package"
    done < <(grep -v -e '^#' -e '^$' "$TOP/tests/packages") | sort -u
}

packages_install() {
    local missing log
    missing=$(packages_missing "$@")
    [ -n "$missing" ] || return 0
    if [ "$(id -u)" != 0 ]; then
        echo "these packages are missing and only root can install them:" $missing >&2
        return 1
    fi
    log=$(mktemp) || return 1
    echo "installing from Debian:" $missing | fold -s -w 90 | sed 's/^/      /'
    export DEBIAN_FRONTEND=noninteractive
    if ! apt-get -qq update >"$log" 2>&1; then
        # A package index that is stale or partly out of reach may still hold what is needed.
        echo "note: 'apt-get update' complained; trying with the lists at hand" >&2
    fi
    if ! apt-get -qq install -y --no-install-recommends $missing >"$log" 2>&1; then
        tail -20 "$log" >&2
        rm -f "$log"
        echo "apt-get could not install:" $missing >&2
        return 1
    fi
    rm -f "$log"
}
