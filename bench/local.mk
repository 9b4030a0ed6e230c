# SPDX-License-Identifier: LGPL-2.1-or-later
# Run by hand (bench/README.md); the other benches are declared beside what they measure.
noinst_PROGRAMS += bench/bench-system bench/bench-flows bench/bench-verify bench/bench-nss bench/bench-cold
bench_bench_cold_SOURCES = bench/bench-cold.c
bench_bench_nss_SOURCES = bench/bench-nss.c bench/nss-data.c bench/nss-data.h bench/nss-files.c \
	bench/nss-floor.c bench/nss-measure.c bench/nss-measure.h bench/nss-subject.c bench/nss-subject.h
bench_bench_nss_LDADD = libidpsnapwrite.la libidpsnapshot.la libidpcommon.la
bench_bench_verify_SOURCES = bench/bench-verify.c
bench_bench_verify_LDADD = libidpcommon.la
bench_bench_flows_SOURCES = bench/bench-flows.c
bench_bench_flows_LDADD = libidpcommon.la
bench_bench_system_SOURCES = bench/bench-system.c
bench_bench_system_LDADD = libidpcommon.la -lpam
EXTRA_DIST += bench/README.md bench/all.sh bench/nss.sh bench/nss-inside.sh bench/peers.sh bench/peers-packages \
	bench/report.mjs bench/plot.mjs bench/system.sh bench/system.mjs bench/pages.mjs bench/flows.mjs bench/verify.mjs
