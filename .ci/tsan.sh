#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# ThreadSanitizer, without one suppression: GLib is not instrumented, but the library's locks say
# what they do. The controls prove that races are seen under exactly these conditions.

. "$(dirname "$0")/common.sh"

# Tests of fork() fork with threads running, on purpose.
export TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1:die_after_fork=0
repeats=${INTERN_TSAN_REPEATS:-1}

control() {
  gcc -fsanitize=thread -g -O1 -Isrc $(pkg-config --cflags glib-2.0) "-DCONTROL_$1" \
    -o "$scratch/race" .ci/controls/race.c $(pkg-config --libs glib-2.0)
}
for race in OUTSIDE_LOCK PUBLISHED_RELAXED; do
  control "$race"
  expect_report "a control is seen: $race" 'WARNING: ThreadSanitizer: data race' "$scratch/race"
done
control NO_RACE
expect 'the same program without a race is silent' "$scratch/race"

# The threads of GTask wait for each other inside GLib. What they hand over says so to ThreadSanitizer;
# that GLib itself frees what another thread has allocated must not count. A race in our own code is still seen.
tasks=(INTERN_TSAN_TASKS=1 "TSAN_OPTIONS=$TSAN_OPTIONS:ignore_noninstrumented_modules=1")
control OUTSIDE_LOCK
expect_report 'a control is seen beside tasks' 'WARNING: ThreadSanitizer: data race' env "${tasks[@]}" "$scratch/race"

configure _build-tsan -Db_sanitize=thread -Db_lundef=false \
  -Dgtk_doc=false -Dintrospection=disabled -Dvapi=disabled -Dtool=disabled
compile _build-tsan
run_tests _build-tsan --suite unit --suite api --suite fuzzing --timeout-multiplier 10 --repeat "$repeats"

(
  export "${tasks[@]}"
  run_tests _build-tsan --suite api --no-suite thorough --timeout-multiplier 10 \
    api-pool-clear-threads api-pool-clear-threads-tiny api-pool-files api-pool-files-tiny \
    api-pool-handlers api-pool-handlers-tiny \
    api-pool-layers api-pool-layers-tiny api-pool-save api-pool-save-tiny
  printf '%d %d %d\n' "$passed" "$failed" "$skipped" >"$scratch/tasks"
)
read -r passed failed skipped <"$scratch/tasks"

# References have no lock: threads fight over the same strings for longer. The two parts of each test share the time.
export INTERN_SOAK_SECONDS=$((${INTERN_TSAN_SECONDS:-30} / 2))
run_tests _build-tsan --suite thorough --timeout-multiplier 10 \
  api-pool-references-threads-thorough api-pool-references-threads-tiny-thorough
finish
