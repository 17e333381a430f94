#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# AddressSanitizer, UndefinedBehaviorSanitizer and LeakSanitizer. G_SLICE: what g_slice_free() gives
# back would otherwise stay invisible to them; a fault of any kind ends the test.

. "$(dirname "$0")/common.sh"

export G_SLICE=always-malloc
export ASAN_OPTIONS=detect_leaks=1:detect_stack_use_after_return=1:strict_string_checks=1
export UBSAN_OPTIONS=print_stacktrace=1
flags=(-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)

for control in overflow use-after-free leak undefined; do
  gcc "${flags[@]}" -g -O1 $(pkg-config --cflags glib-2.0) "-DCONTROL=\"$control\"" \
    -o "$scratch/$control" .ci/controls/memory.c $(pkg-config --libs glib-2.0)
  expect_report "a control is seen: $control" 'ERROR: (Address|Leak)Sanitizer|runtime error' "$scratch/$control"
done

configure _build-asan -Db_sanitize=address,undefined -Db_lundef=false "-Dc_args=${flags[*]:1}" \
  -Dgtk_doc=false -Dintrospection=disabled -Dvapi=disabled -Ddebug_checks=true
compile _build-asan
run_tests _build-asan --suite unit --suite api --suite tool --suite fuzzing --timeout-multiplier 3
finish
