#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What three analysers find without running anything; nothing is suppressed here. A suppression is a
# comment in the source, with its reason.

. "$(dirname "$0")/common.sh"

configure _build-static -Dgtk_doc=false -Dintrospection=disabled -Dvapi=disabled -Dtests=disabled
compile _build-static
includes=(-I_build-static -I_build-static/include -Iinclude -Isrc)
read -ra glib <<<"$(pkg-config --cflags gio-2.0 libxxhash)"
flags=(-std=gnu11 -O2 -DINTERN_COMPILATION -DG_LOG_DOMAIN=\"Intern\" "${includes[@]}" "${glib[@]}")

cppcheck_all() {
  cppcheck --quiet --enable=warning,performance,portability --library=gtk --inline-suppr --error-exitcode=1 \
    --suppress=unknownMacro "$@"
}
analyse_gcc() {
  gcc "${flags[@]}" -fanalyzer -Werror -c -o /dev/null "$1"
}
analyse_clang() {
  # It does not know that g_autofree frees, so leaks are left to gcc and to the runs under sanitizers.
  # clang leaves with success whatever it has found.
  clang "${flags[@]}" --analyze -Xclang -analyzer-disable-checker=unix.Malloc \
    -Xanalyzer -analyzer-output=text "$1" >"$scratch/clang" 2>&1
  cat "$scratch/clang"
  ! grep -q 'warning:' "$scratch/clang"
}

cat >"$scratch/control.c" <<'CONTROL'
#include <stdlib.h>
int f (int n);
int f (int n) { int *p = malloc (4); int v; if (p == NULL) return 0; *p = n; free (p); v = *p; return v; }
int g (int n);
int g (int n) { int *p = n > 0 ? &n : NULL; return *p; }
CONTROL
expect_report 'cppcheck sees a control' 'deallocuse|derefInvalid|after' cppcheck_all "$scratch/control.c"
expect_report 'gcc sees a control' 'use-after-free' analyse_gcc "$scratch/control.c"
expect_report 'clang sees a control' 'Dereference of null pointer' analyse_clang "$scratch/control.c"

for source in src/*/*.c; do
  expect "cppcheck: $source" cppcheck_all "${includes[@]}" "$source"
  expect "gcc -fanalyzer: $source" analyse_gcc "$source"
  expect "clang --analyze: $source" analyse_clang "$source"
done
finish
