#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Usage: sysroot.sh ARCHITECTURE FOLDER PACKAGE...
# Unpacks packages of another architecture, with all that they need, into a folder: for a cross compiler and an
# emulator. apt finds them with lists of its own, so this system learns no architecture, and its packages may have
# other versions. A folder that is there stays as it is.

set -euo pipefail

architecture=$1 folder=$2
[ ! -d "$folder" ] || exit 0

new=$folder.new
state=$(realpath -m "$folder.apt")
log=$(mktemp)
trap 'rm -rf "$log" "$new" "$state"' EXIT

apt() {
  apt-get -o APT::Architecture="$architecture" -o APT::Architectures="$architecture" -o APT::Sandbox::User= \
    -o Debug::NoLocking=true -o Dir::State="$state" -o Dir::State::status=/dev/null -o Dir::Cache="$state" "$@"
}

unpack() {
  local deb
  mkdir -p "$new"/usr/{bin,lib,sbin}
  # Older packages still have files in /lib.
  ln -s usr/{bin,lib,sbin} "$new"
  for deb in "$state"/archives/*.deb; do
    dpkg-deb --fsys-tarfile "$deb" | tar -x -C "$new" --keep-directory-symlink --no-same-owner || return
  done
}

echo "Unpacking for $architecture: ${*:3}"
rm -rf "$new" "$state"
mkdir -p "$state"/{archives,lists}/partial
{ apt update && apt install -y --download-only --no-install-recommends "${@:3}" && unpack; } >"$log" 2>&1 ||
{ grep '^E:' "$log" || cat "$log"; exit 1; }
mv "$new" "$folder"
