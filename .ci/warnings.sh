#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Not one warning, from gcc and from clang, on the project's list of warnings.

. "$(dirname "$0")/common.sh"

build_with() {
  configure "_build-warnings-$1" -Dwerror=true "${@:2}" && compile "_build-warnings-$1" -k 0
}

export CC=gcc CXX=g++
expect 'gcc has nothing to say' build_with gcc -Dintrospection=enabled -Dvapi=enabled
expect 'gcc has nothing to say without optimisation' build_with gcc-debug -Dintrospection=disabled -Dbuildtype=debug
export CC=clang CXX=clang++
expect 'clang has nothing to say' build_with clang -Dintrospection=disabled

control="$scratch/control.c"
printf 'int f (int a);\nint f (int a) { long b = a; return b; }\n' >"$control"
for compiler in gcc clang; do
  expect_report "$compiler sees a control with a fault" 'Werror.*(conversion|shorten)' \
    "$compiler" -c -Wconversion -Werror -o /dev/null "$control"
done
finish
