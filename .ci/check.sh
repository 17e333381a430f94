#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Usage: check.sh [PART...]: the checks that a release needs, all of them or the parts named.

. "$(dirname "$0")/common.sh"

parts=(warnings docs lint asan tsan valgrind fuzz tiny nocache dist static hardening)
[ $# -eq 0 ] || parts=("$@")

for part in "${parts[@]}"; do
  say "$part"
  begun=$SECONDS
  if [ -x ".ci/$part.sh" ]; then
    ".ci/$part.sh" 2>&1 | tee "$scratch/part" || true
    add_counts "$scratch/part" "$part"
    summary+=("$(printf '%-10s %s (%d s)' "$part" "$(tail -n 1 "$scratch/part")" $((SECONDS - begun)))")
  else
    fail "there is no such part: $part"
  fi
done

say 'All parts'
printf '%s\n' "${summary[@]:-}"
finish
