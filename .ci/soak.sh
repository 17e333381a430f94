#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The long runs, before a release: about an hour. INTERN_SOAK_SECONDS (600) is for each kind of run
# that can go on as long as one likes.

. "$(dirname "$0")/common.sh"

seconds=${INTERN_SOAK_SECONDS:-600}

long_part() {
  say "$1"
  "${@:2}" 2>&1 | tee "$scratch/part" || true
  add_counts "$scratch/part" "$1"
}

# ThreadSanitizer finds what two threads happen to do: the same tests until the time is up.
tsan_for_long() {
  local end=$((SECONDS + seconds))
  while [ $SECONDS -lt $end ]; do
    long_part "tsan, $((end - SECONDS)) s left" env INTERN_TSAN_REPEATS=5 .ci/tsan.sh
    [ "$failed" -eq 0 ] || return 0
  done
}

say 'The thorough suite'
full_build
run_tests "$build" --setup thorough --suite thorough
long_part 'valgrind, all suites' env INTERN_VALGRIND_ALL=1 .ci/valgrind.sh
long_part "fuzzing, $seconds s a target" env INTERN_FUZZ_SECONDS="$seconds" .ci/fuzz.sh
tsan_for_long
long_part "references under tsan, $seconds s" env INTERN_TSAN_SECONDS="$seconds" .ci/tsan.sh
say "Soak: $SECONDS s"
finish
