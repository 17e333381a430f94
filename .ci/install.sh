#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Usage: install.sh SECTION... | install.sh FILE
# Installs what is missing of these sections of packages.txt, or of a list of packages, one a line.
# apt-get is asked only if something is missing, so that a second run costs nothing.

set -euo pipefail

here=$(dirname "${BASH_SOURCE[0]}")

packages_of() {
  if [ -f "$1" ]; then
    grep -v '^[[:space:]]*\(#\|$\)' "$1"
  else
    awk -v section="[$1]" '/^\[/ { inside = $0 == section; next } inside && !/^(#|$)/' "$here/packages.txt"
  fi
}

is_installed() {
  [ "$(dpkg-query --show --showformat '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

missing=()
for section in "$@"; do
  wanted=$(packages_of "$section")
  for package in $wanted; do
    is_installed "$package" || missing+=("$package")
  done
done
[ ${#missing[@]} -gt 0 ] || exit 0

become_root=()
[ "$(id -u)" -eq 0 ] || become_root=(sudo)

echo "Installing: ${missing[*]}"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
install() {
  "${become_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 "$@" >"$log" 2>&1
}
# The lists may be good enough as they are.
if ! install install -y --no-install-recommends "${missing[@]}"; then
  install update && install install -y --no-install-recommends "${missing[@]}" || { cat "$log"; exit 1; }
fi
