#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Usage: install.sh SECTION... | install.sh FILE
# Installs what is missing of these sections of packages.txt, or of a list of packages, one a line.
# apt-get is asked only if something is missing, so that a second run costs nothing. For packages of another
# architecture, as libc6:i386, dpkg learns it; where they cannot be installed, it forgets it again.

set -euo pipefail

here=$(dirname "${BASH_SOURCE[0]}")
log=$(mktemp)
trap 'rm -f "$log"' EXIT

become_root=()
[ "$(id -u)" -eq 0 ] || become_root=(sudo)

apt() {
  "${become_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 "$@" >"$log" 2>&1
}

# The version of the Python that this release has, whether it is installed or not. To ask apt takes a second.
python_version() {
  {
    dpkg-query --show --showformat '${Depends}\n' python3 || apt-cache depends python3
  } 2>/dev/null | grep -o 'python3\.[0-9]*' | head -n 1 | sed 's/^python//'
}

packages_of() {
  if [ -f "$1" ]; then
    grep -v '^[[:space:]]*\(#\|$\)' "$1"
  else
    awk -v section="[$1]" '/^\[/ { inside = $0 == section; next } inside && !/^(#|$)/' "$here/packages.txt"
  fi
}

is_installed() {
  # Once for each architecture.
  [[ $(dpkg-query --show --showformat '${db:Status-Status}' "$1" 2>/dev/null) =~ ^(installed)+$ ]]
}

missing=()
for section in "$@"; do
  list=$(packages_of "$section")
  for package in $list; do
    if [[ $package = *'{python}'* ]]; then
      # A new system has no lists of packages yet.
      [ -n "$(python_version)" ] || apt update || { cat "$log"; exit 1; }
      package=${package/'{python}'/$(python_version)}
    fi
    is_installed "$package" || missing+=("$package")
  done
done
[ ${#missing[@]} -gt 0 ] || exit 0

learnt=() keep=()
for architecture in $(printf '%s\n' "${missing[@]}" | sed -n 's/.*://p' | sort -u); do
  # Packages of two architectures must have one version: rather none than others removed.
  keep=(--no-remove)
  dpkg --print-foreign-architectures | grep -x "$architecture" >/dev/null && continue
  "${become_root[@]}" dpkg --add-architecture "$architecture"
  learnt+=("$architecture")
done

give_up() {
  cat "$log"
  for architecture in "${learnt[@]}"; do
    "${become_root[@]}" dpkg --remove-architecture "$architecture" && apt update
  done
  exit 1
}

echo "Installing: ${missing[*]}"
install=(install -y --no-install-recommends "${keep[@]}" "${missing[@]}")
# The lists may be good enough as they are.
apt "${install[@]}" || { apt update && apt "${install[@]}"; } || give_up
