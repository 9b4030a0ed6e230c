# SPDX-License-Identifier: LGPL-2.1-or-later
# Run by hand (bench/README.md); the other benches are declared beside what they measure.
noinst_PROGRAMS += bench/bench-system bench/bench-flows bench/bench-verify
bench_bench_verify_SOURCES = bench/bench-verify.c
bench_bench_verify_LDADD = libidpcommon.la
bench_bench_flows_SOURCES = bench/bench-flows.c
bench_bench_flows_LDADD = libidpcommon.la
bench_bench_system_SOURCES = bench/bench-system.c
bench_bench_system_LDADD = libidpcommon.la -lpam
EXTRA_DIST += bench/README.md bench/nss.sh bench/system.sh bench/system.mjs bench/pages.mjs bench/flows.mjs bench/verify.mjs
