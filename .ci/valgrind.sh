#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Memcheck, with the suppressions that GLib ships and the library's own (tests/intern.supp).

. "$(dirname "$0")/common.sh"

export G_SLICE=always-malloc
suites=(--suite unit --suite api)
[ -z "${INTERN_VALGRIND_ALL:-}" ] || suites=(--suite unit --suite api --suite fuzzing --suite headers)

memcheck() {
  valgrind --quiet --error-exitcode=1 --leak-check=full --suppressions=tests/intern.supp \
    --suppressions=/usr/share/glib-2.0/valgrind/glib.supp "$@"
}
for control in overflow use-after-free leak; do
  gcc -g -O0 $(pkg-config --cflags glib-2.0) "-DCONTROL=\"$control\"" \
    -o "$scratch/$control" .ci/controls/memory.c $(pkg-config --libs glib-2.0)
  expect_report "a control is seen: $control" 'Invalid (read|write)|definitely lost' memcheck "$scratch/$control"
done

full_build
run_tests "$build" --setup valgrind --no-suite no-valgrind "${suites[@]}"
finish
