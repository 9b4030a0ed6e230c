#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# platform.sh IDP DIR PROGRAM ARGS...: becomes a program of tests/idp (IDP, "platform.mjs") that needs
# npm's packages. They are where IDP_NODE_MODULES says, beside the sources, or where the test bed
# keeps them. node looks for them beside the file, so a copy in DIR runs. 77: there are none.
set -u
umask 077
idp=$1
dir=$2
program=$3
shift 3
key=$(sha256sum "$idp/package-lock.json" | cut -c1-16)
for modules in "${IDP_NODE_MODULES:-}" "$idp/node_modules" "${IDP_BED_CACHE:-/var/cache/idp-agent-bed}/npm-$key/node_modules"; do
    [ -d "$modules/oidc-provider" ] && command -v node >/dev/null && break
    modules=
done
[ -n "$modules" ] || exit 77
if [ ! -d "$dir/idp" ]; then
    mkdir -m 0700 "$dir/idp" && tar -C "$idp" --exclude=node_modules --mode=u+rwX -cf - . | tar -C "$dir/idp" -xf - || exit 1
    ln -s "$modules" "$dir/idp/node_modules" || exit 1
fi
exec node "$dir/idp/$program" "$@"
