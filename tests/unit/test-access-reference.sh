#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# The evaluator beside a second one in another language; without node there is none.
set -eu
top=${top_srcdir:-$(dirname "$0")/../..}
if ! command -v node >/dev/null 2>&1; then
	echo "1..0 # SKIP no node"
	exit 0
fi
exec node "$top/tests/unit/access-reference.mjs" tests/unit/access-decide
