#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The manual without a warning, and every symbol in it.

. "$(dirname "$0")/common.sh"

full_build
# From nothing, since a manual that is up to date has no warnings to give.
manual() {
  rm -rf "$build/doc"
  ninja -C "$build" -j "$jobs" all
  ninja -C "$build" -j "$jobs" intern-glib-doc
}
manual_in_silence() {
  manual >"$scratch/manual" 2>&1
  ! grep -Ei '(warning|error):|undocumented' "$scratch/manual"
}
expect 'the manual is built without a warning' manual_in_silence
expect 'the manual is there' test -s "$build/doc/html/index.html"
run_tests "$build" --suite docs
finish
