#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# softhsm.sh FOLDER: a token "demo" (PIN 1234) in FOLDER/tokens with a key of every kind idp-keyd
# signs with, and two keys that share a label; FOLDER/softhsm2.conf and FOLDER/module say where.
# Exit code 77 where SoftHSM or pkcs11-tool is not installed.
set -eu
folder=$1
command -v softhsm2-util >/dev/null && command -v pkcs11-tool >/dev/null || exit 77
module=$(find /usr/lib -name libsofthsm2.so | head -1)
[ -n "$module" ] || exit 77
mkdir -p "$folder/tokens"
export SOFTHSM2_CONF="$folder/softhsm2.conf"
printf 'directories.tokendir = %s/tokens\nobjectstore.backend = file\n' "$folder" >"$SOFTHSM2_CONF"
printf '%s\n' "$module" >"$folder/module"
softhsm2-util --init-token --free --label demo --pin 1234 --so-pin 56785678 >/dev/null
while read -r type label id more; do
    # shellcheck disable=SC2086 # more is an option or nothing
    pkcs11-tool --module "$module" --token-label demo --login --pin 1234 --keypairgen \
        --key-type "$type" --label "$label" --id "$id" $more >/dev/null 2>&1
done <<END
rsa:2048 rsa 01
EC:prime256v1 p256 02
EC:secp384r1 p384 03
EC:secp521r1 p521 04
EC:edwards25519 ed 05
EC:prime256v1 twin 06
EC:prime256v1 twin 07
EC:prime256v1 always 08 --always-auth
END
for pin in good:1234 wrong:9999; do
    (umask 077 && printf '%s\n' "${pin#*:}" >"$folder/${pin%:*}.pin")
done
(umask 022 && printf '1234\n' >"$folder/open.pin" && chmod 644 "$folder/open.pin")
