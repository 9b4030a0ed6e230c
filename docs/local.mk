# SPDX-License-Identifier: LGPL-2.1-or-later
EXTRA_DIST += README.md HACKING.md SECURITY.md NEWS docs/architecture.md docs/performance.md docs/rfcs.md docs/tokens.md docs/platforms.md docs/pdnd.md docs/nginx.md

# drawn by bench/all.sh
EXTRA_DIST += docs/bench-lookups-10.svg docs/bench-lookups-1000.svg docs/bench-lookups-100000.svg \
	docs/bench-lookups-1000000.svg docs/bench-growth.svg docs/bench-threads.svg docs/bench-calls.svg \
	docs/bench-cold.svg docs/bench-sizes.svg docs/bench-change.svg docs/bench-pass.svg docs/bench-daemons.svg
