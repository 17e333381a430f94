#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# clang's libFuzzer with the sanitizers, on the library with tiny tables and its own checks.

. "$(dirname "$0")/common.sh"

seconds=${INTERN_FUZZ_SECONDS:-20}
export CC=clang CXX=clang++ G_SLICE=always-malloc
configure _build-fuzz -Db_sanitize=address,undefined -Db_lundef=false -Dtest_sizes=true -Ddebug_checks=true \
  '-Dc_args=-fsanitize=fuzzer-no-link -fno-sanitize-recover=all -fno-omit-frame-pointer' \
  -Dgtk_doc=false -Dintrospection=disabled -Dvapi=disabled

fuzz() {
  local name=$1 known=_build-fuzz/$1.corpus
  mkdir -p "$known"
  _build-fuzz/tests/fuzzing/"$name-engine" -max_total_time="$seconds" -timeout=5 -rss_limit_mb=2048 \
    -print_final_stats=1 -artifact_prefix="_build-fuzz/$name-" "$known" "tests/fuzzing/$name.corpus"
}
runs() {
  sed -n 's/^stat::number_of_executed_units: *//p' "$scratch/output"
}

for source in tests/fuzzing/fuzz-*.c; do
  name=$(basename "$source" .c)
  compile _build-fuzz "tests/fuzzing/$name-engine"
  expect "$name for $seconds s" fuzz "$name"
  echo "    $(runs) inputs"
done

# An engine that finds nothing must be one that could.
clang -fsanitize=fuzzer,address -g -o "$scratch/control" .ci/controls/fuzz.c
expect_report 'a control is found' 'ERROR: AddressSanitizer: heap-buffer-overflow' \
  "$scratch/control" -max_total_time=60 -artifact_prefix="$scratch/"
finish
