# SPDX-License-Identifier: LGPL-2.1-or-later
# A fragment that declares the program fuzz/fuzz-NAME (with fuzz/replay.c among its sources) in
# check_PROGRAMS adds NAME to FUZZERS. "make check" replays fuzz/corpus/NAME through each;
# build-aux/fuzz NAME looks for new inputs with clang's libFuzzer.
EXTRA_DIST += fuzz/replay.sh fuzz/corpus build-aux/fuzz
if HAVE_CMOCKA
TESTS += fuzz/replay.sh
endif
