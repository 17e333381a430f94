# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What the parts of `./dev check` share. A part is a script of this folder; it sources this file,
# calls expect and run_tests, and ends by itself: its last line says how many passed and failed, and
# it fails if one did, or if it broke off.

set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# Debian's own Meson and Python come first: another python3 would lack gi.
export PATH="/usr/bin:/bin:$PATH"
export PYTHONDONTWRITEBYTECODE=1 LC_ALL=C.UTF-8
part=$(basename "$0" .sh)
jobs=${INTERN_JOBS:-$(nproc)}
build=${INTERN_BUILD:-_build}

passed=0
failed=0
skipped=0
finished=false

say() {
  printf '\n== %s\n' "$*"
}

# The counts of all parts have this form, so that they can be added up.
print_counts() {
  if [ "$3" -gt 0 ]; then
    printf '%d passed, %d failed, %d skipped\n' "$1" "$2" "$3"
  else
    printf '%d passed, %d failed\n' "$1" "$2"
  fi
}

# Adds the counts that are the last line of a file; without them the part has failed.
add_counts() {
  local line pattern='^([0-9]+) passed, ([0-9]+) failed(, ([0-9]+) skipped)?$'
  line=$(tail -n 1 "$1")
  if [[ $line =~ $pattern ]]; then
    passed=$((passed + BASH_REMATCH[1]))
    failed=$((failed + BASH_REMATCH[2]))
    skipped=$((skipped + ${BASH_REMATCH[4]:-0}))
  else
    failed=$((failed + 1))
    echo "No result: $2"
  fi
}

finish() {
  finished=true
  print_counts "$passed" "$failed" "$skipped"
  [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
}

# A part that breaks off has failed, whatever it counted before.
at_exit() {
  local status=$?
  rm -rf "$scratch"
  if ! $finished; then
    print_counts "$passed" $((failed + 1)) "$skipped"
    exit $((status == 0 ? 1 : status))
  fi
}
scratch=$(mktemp -d)
trap at_exit EXIT

pass() {
  passed=$((passed + 1))
  echo "ok: $1"
}

# Says what failed, with the output of it if a file is given.
fail() {
  failed=$((failed + 1))
  echo "FAILED: $1"
  if [ $# -gt 1 ]; then
    sed 's/^/  | /' "$2"
  fi
}

# expect NAME COMMAND...: the command succeeds.
expect() {
  local name=$1
  shift
  if "$@" >"$scratch/output" 2>&1; then
    pass "$name"
  else
    fail "$name" "$scratch/output"
  fi
}

# expect_report NAME PATTERN COMMAND...: the command fails and its output has the pattern. For the
# controls, programs with a fault that a checker must see: without them its silence means nothing.
expect_report() {
  local name=$1 pattern=$2
  shift 2
  if "$@" >"$scratch/output" 2>&1; then
    fail "$name (nothing was reported)" "$scratch/output"
  elif grep -Eq -- "$pattern" "$scratch/output"; then
    pass "$name"
  else
    fail "$name (not as expected: $pattern)" "$scratch/output"
  fi
}

# The build folder of ./dev test, up to date.
full_build() {
  "$root/.ci/build.sh"
}

# configure BUILD OPTION...: a folder for this part, always with these options.
configure() {
  local build=$1
  shift
  if [ -f "$build/build.ninja" ]; then
    meson setup --reconfigure "$build" "$root" "$@" >"$scratch/setup" 2>&1 && return
  else
    rm -rf "$build"
    meson setup "$build" "$root" "$@" >"$scratch/setup" 2>&1 && return
  fi
  cat "$scratch/setup"
  echo "Meson could not configure $build"
  return 1
}

compile() {
  ninja -C "$1" -j "$jobs" "${@:2}" >"$scratch/build" 2>&1 && return
  grep -v '^\[' "$scratch/build"
  echo "$1 could not be built"
  return 1
}

# run_tests BUILD ARGUMENT...: meson test; every single test point counts.
run_tests() {
  local build=$1 log
  shift
  .ci/apache-arrow.py "$build"
  log="$build/meson-logs/testlog-$part"
  rm -f "$log"*
  # Naming a suite would bring in what the default setup leaves out.
  [[ " $* " == *" --suite thorough "* ]] || set -- "$@" --no-suite thorough
  meson test -C "$build" --no-rebuild --num-processes "$jobs" --logbase "testlog-$part" "$@" \
    >"$scratch/tests" 2>&1 || true
  # A setup adds its name.
  /usr/bin/python3 "$root/.ci/count.py" "$build" "$log"*.json >"$scratch/counts" 2>&1 || true
  sed '$d' "$scratch/counts"
  add_counts "$scratch/counts" "$part"
}

cd "$root"
