#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The build folder that people use, _build, with everything switched on.

set -euo pipefail

export PATH="/usr/bin:/bin:$PATH"
cd "$(dirname "${BASH_SOURCE[0]}")/.."
build=${INTERN_BUILD:-_build}
log=$(mktemp)
trap 'rm -f "$log"' EXIT

again=()
[ ! -f "$build/build.ninja" ] || again=(--reconfigure)

{
  meson setup "${again[@]}" "$build" \
    -Dintrospection=enabled -Dvapi=enabled -Dgtk_doc=true -Dman=true -Dtool=enabled -Dtests=enabled &&
  ninja -C "$build" -j "${INTERN_JOBS:-$(nproc)}" all
} >"$log" 2>&1 || {
  cat "$log"
  echo "The build in $build failed." >&2
  exit 1
}
