# SPDX-License-Identifier: LGPL-2.1-or-later
# Builds the Debian packages of this tree, once per content. Sourced after lib.sh.

# What a package is made of; the tests themselves are not in it.
bed_sources() {
    if git -C "$TOP" rev-parse --git-dir >/dev/null 2>&1; then
        git -C "$TOP" ls-files -z --cached --others --exclude-standard
    else
        (cd "$TOP" && find . -type d \( -name 'build*' -not -name build-aux -o -name node_modules -o -name .git \) -prune -o \( -type f -o -type l \) -print0)
    fi | (cd "$TOP" && while IFS= read -r -d '' file; do [ ! -e "$file" ] || printf '%s\0' "$file"; done)
}

bed_debs_key() {
    bed_sources | grep -zv -E '^(\./)?(tests/(system|idp|bed|demo|interop|check|module|unit)|docs/|fuzz/corpus|\.ci)' |
        (cd "$TOP" && LC_ALL=C sort -z | xargs -0 sha256sum) | sha256sum | cut -c1-16
}

# bed_debs [PROGRESS]: sets BED_DEBS to the packages' files; IDP_BED_DEBS=DIR takes those of DIR.
# PROGRESS is a function that is fed the build's lines.
bed_debs() {
    local key out lock log=$BED_CACHE/deb.log dir
    if [ -n "${IDP_BED_DEBS-}" ]; then
        BED_DEBS=("$IDP_BED_DEBS"/*.deb)
        [ -e "${BED_DEBS[0]}" ] || bed_die "IDP_BED_DEBS=$IDP_BED_DEBS holds no package"
        return
    fi
    mkdir -p "$BED_CACHE"
    exec {lock}>"$BED_CACHE/lock"
    flock -n "$lock" || { bed_say "waiting for another run that is building"; flock "$lock"; }
    key=$(bed_debs_key)
    out=$BED_CACHE/debs-$key
    if [ ! -d "$out" ]; then
        dir=$BED_CACHE/part-debs-$key
        rm -rf "$dir"
        mkdir -p "$dir/idp-agent"
        bed_sources | tar -C "$TOP" --null -T - -c | tar -C "$dir/idp-agent" -x || return
        if ! (cd "$dir/idp-agent" && DEB_BUILD_OPTIONS="nocheck noautodbgsym parallel=$(nproc)" DEB_BUILD_PROFILES=nocheck \
            dpkg-buildpackage -us -uc -b) 2>&1 | tee "$log" | "${1-cat}" >&2 || [ "${PIPESTATUS[0]}" != 0 ]; then
            grep -E '(^|: )(fatal )?error:|\*\*\* ' "$log" | cut -c1-300 | tail -20 >&2
            tail -5 "$log" | cut -c1-300 >&2
            rm -rf "$dir"
            bed_die "the Debian packages could not be built (whole log: $log)"
            return 1
        fi
        find "$BED_CACHE" -maxdepth 1 -name 'debs-*' -mtime +1 -exec rm -rf {} +
        rm -rf "$dir/idp-agent"
        mv -T "$dir" "$out"
    fi
    exec {lock}>&-
    BED_DEBS=("$out"/*.deb)
}
