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

# The memory of a dead string stays with the pool, and still nobody may read it.
control() {
  gcc "${flags[@]}" -g -O1 "$@" -Iinclude -I_build-asan/include $(pkg-config --cflags gio-2.0) \
    -o "$scratch/released" .ci/controls/released.c \
    -L_build-asan/src "-Wl,-rpath,$PWD/_build-asan/src" -lintern-glib-1 $(pkg-config --libs gio-2.0)
}
control
expect_report 'a control is seen: released' 'ERROR: AddressSanitizer: use-after-poison' "$scratch/released"
control -DCONTROL_HELD
expect 'the same program that reads it before is silent' "$scratch/released"

run_tests _build-asan --suite unit --suite api --suite tool --suite fuzzing --timeout-multiplier 3
finish
