#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The archive of a release holds all that it needs: it builds, passes its tests of the API and
# installs. What is committed counts.

. "$(dirname "$0")/common.sh"

if ! git rev-parse --git-dir >/dev/null 2>&1; then
  echo 'This is not a Git checkout: there is nothing to make an archive from.'
  skipped=1
  passed=0
  finished=true
  print_counts "$passed" "$failed" "$skipped"
  exit 0
fi

build=_build-dist
clean() {
  git status --porcelain
  [ -z "$(git status --porcelain)" ]
}
expect 'everything is committed' clean

configure "$build" -Dgtk_doc=false -Dintrospection=disabled -Dvapi=disabled
rm -rf "$build/meson-dist"
expect 'meson dist' meson dist -C "$build" --allow-dirty --no-tests --formats gztar
tar -x -f "$build"/meson-dist/*.tar.gz -C "$scratch" --one-top-level=archive --strip-components=1
committed=$(git ls-files | grep -c -v '^\.gitattributes$')
unpacked=$(find "$scratch/archive" -type f | wc -l)
expect "the archive has every file that is committed ($committed)" test "$committed" -eq "$unpacked"

build_archive() {
  meson setup "$scratch/archive/_build" "$scratch/archive" -Dgtk_doc=false -Dintrospection=enabled &&
  ninja -C "$scratch/archive/_build" -j "$jobs"
}
expect 'the archive builds' build_archive
run_tests "$scratch/archive/_build" --suite api --suite lint
expect 'the archive installs' meson install -C "$scratch/archive/_build" --no-rebuild --destdir "$scratch/installed"
for file in include/intern-glib-1/intern-glib.h lib/*/libintern-glib-1.so lib/*/pkgconfig/intern-glib-1.pc \
    lib/*/girepository-1.0/Intern-1.typelib share/gir-1.0/Intern-1.gir bin/intern-pool; do
  expect "installed: $file" test -s "$scratch"/installed/usr/local/$file
done
finish
