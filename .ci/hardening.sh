#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Built as distributions build it: the library still works, and has what hardening asks for.

. "$(dirname "$0")/common.sh"

build=_build-hardening
configure "$build" -Dbuildtype=release -Db_pie=true -Dgtk_doc=false -Dintrospection=disabled -Dvapi=disabled \
  '-Dc_args=-D_FORTIFY_SOURCE=3 -fstack-protector-strong -fstack-clash-protection -fcf-protection' \
  '-Dc_link_args=-Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack'
compile "$build"
library=$build/src/libintern-glib-1.so.0
tool=$build/src/tool/intern-pool

has() {
  # Not -q: it would stop reading, and with pipefail the pipe of readelf would break.
  readelf --wide "$1" "$2" | grep -E -- "$3" >/dev/null
}
has_not() {
  ! has "$@"
}
for binary in "$library" "$tool"; do
  name=$(basename "$binary")
  expect "$name: read-only relocations" has --program-headers "$binary" GNU_RELRO
  expect "$name: bound at once" has --dynamic "$binary" 'FLAGS_1.*NOW'
  expect "$name: no executable stack" has_not --program-headers "$binary" 'GNU_STACK.* RWE '
  expect "$name: no relocations in the code" has_not --dynamic "$binary" TEXTREL
  expect "$name: stack protector" has --syms "$binary" __stack_chk_fail
done
expect "$(basename "$tool"): position-independent" has --dynamic "$tool" 'FLAGS_1.*PIE'
expect "$(basename "$library"): stays after dlclose()" has --dynamic "$library" 'FLAGS_1.*NODELETE'
expect 'a control: has() can say no' has_not --dynamic "$library" 'FLAGS_1.*NO_SUCH_FLAG'

run_tests "$build" --suite unit --suite api
finish
