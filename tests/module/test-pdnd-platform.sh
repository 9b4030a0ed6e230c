#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# The strict platform of vouchers is only worth as much as it is strict: tests/idp/pdnd/rules.mjs.
if ! node --version >/dev/null 2>&1; then
	echo "1..0 # SKIP node is not installed"
	exit 0
fi
dir=$(mktemp -d) || exit 1
node "${top_srcdir:-.}/tests/idp/pdnd/rules.mjs" "$dir"
status=$?
rm -rf "$dir"
exit $status
