# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What the parts of .ci/run share. They count what passes and fails; the last line says how many, also where a part
# breaks off, which is a failure.

set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
# Debian's own Meson and Python come first: another python3 would lack gi.
export PATH="/usr/bin:/bin:$PATH" PYTHONDONTWRITEBYTECODE=1 LC_ALL=C.UTF-8
part=${1:-everything}
jobs=${INTERN_JOBS:-$(nproc)}
build=${INTERN_BUILD:-_build}
scratch=$(mktemp -d)
missing=$scratch/missing
passed=0 failed=0 skipped=0 finished=false summary=()

# In a word of another command, as in $(…), bash would not notice that there is no such command.
command_not_found_handle() {
  echo "$1: no such command" | tee -a "$missing" >&2
  return 127
}

# The counts of all parts have this form, so that they can be added up.
print_counts() {
  printf '%d passed, %d failed' "$passed" "$failed"
  [ "$skipped" -eq 0 ] || printf ', %d skipped' "$skipped"
  echo
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

# add_run NAME COMMAND...: shows what the command writes, and adds its counts.
add_run() {
  local begun=$SECONDS
  printf '\n== %s\n' "$1"
  "${@:2}" 2>&1 | tee "$scratch/run" || true
  add_counts "$scratch/run" "$1"
  summary+=("$(printf '%-10s %s (%d s)' "$1" "$(tail -n 1 "$scratch/run")" $((SECONDS - begun)))")
}

print_summary() {
  [ ${#summary[@]} -eq 0 ] || printf '%s\n' '' "== All, in $SECONDS s" "${summary[@]}"
}

finish() {
  finished=true
  [ ! -e "$missing" ] || fail 'each command is there' "$missing"
  print_counts
  [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
}

at_exit() {
  local status=$?
  rm -rf "$scratch"
  $finished && return
  failed=$((failed + 1))
  print_counts
  exit $((status == 0 ? 1 : status))
}
trap at_exit EXIT

pass() {
  passed=$((passed + 1))
  echo "ok: $1"
}

# Says what failed, with the output of it if a file is given.
fail() {
  failed=$((failed + 1))
  echo "FAILED: $1"
  [ $# -eq 1 ] || sed 's/^/  | /' "$2"
}

# expect NAME COMMAND...: the command succeeds.
expect() {
  if "${@:2}" >"$scratch/output" 2>&1; then
    pass "$1"
  else
    fail "$1" "$scratch/output"
  fi
}

# expect_report NAME PATTERN COMMAND...: the command fails and its output has the pattern. For the controls, programs
# with a fault that a checker must see: without them its silence means nothing.
expect_report() {
  if "${@:3}" >"$scratch/output" 2>&1; then
    fail "$1 (nothing was reported)" "$scratch/output"
  elif grep -Eq -- "$2" "$scratch/output"; then
    pass "$1"
  else
    fail "$1 (not as expected: $2)" "$scratch/output"
  fi
}

# control NAME SOURCE FLAG...: builds a program of .ci/controls as $scratch/NAME.
control() {
  "${CC:-gcc}" -g -o "$scratch/$1" ".ci/controls/$2.c" "${@:3}" $(pkg-config --cflags --libs gio-2.0)
}

# aside NAME COMMAND...: runs a command of this shell while others run.
aside() {
  mkdir -p "$scratch/$1"
  (
    scratch=$scratch/$1 passed=0 failed=0 skipped=0
    "${@:2}"
    print_counts
  ) >"$scratch/$1.printed" &
}

# gather NAME...: waits for them, prints what they wrote, and adds their counts.
gather() {
  local name
  wait
  for name; do
    sed '$d' "$scratch/$name.printed"
    add_counts "$scratch/$name.printed" "$name"
  done
}

# Shows the output of a command only if it fails.
quietly() {
  "$@" >"$scratch/build" 2>&1 && return
  grep -v '^\[' "$scratch/build" || true
  echo "This failed: $*"
  return 1
}

# configure BUILD OPTION...: a folder for one part, always with these options.
configure() {
  local again=()
  if [ -f "$1/build.ninja" ]; then again=(--reconfigure); else rm -rf "$1"; fi
  quietly meson setup "${again[@]}" "$1" . "${@:2}"
}

compile() {
  quietly ninja -C "$1" -j "$jobs" "${@:2}"
}

# Whether the option sysprof can be tested. Debian 13 and later have its library beside the headers of GLib; that of
# Debian 12 would bring in the headers of GTK.
sysprof_feature() {
  if pkg-config --exists sysprof-capture-4; then echo enabled; else echo disabled; fi
}

# The build folder that people use, with everything switched on.
full_build() {
  configure "$build" -Dintrospection=enabled -Dvapi=enabled -Dgtk_doc=true -Dman=true -Dtool=enabled -Dtests=enabled \
    -Dinstalled_tests=true "-Dsysprof=$(sysprof_feature)"
  compile "$build" all
}

# run_tests BUILD ARGUMENT...: meson test; every single test point counts.
run_tests() {
  local log="$1/meson-logs/testlog-$part" thorough=(--no-suite thorough)
  .ci/apache-arrow.py "$1"
  rm -f "$log"*
  # Naming a suite would bring in what the default setup leaves out.
  [[ " $* " != *" --suite thorough "* ]] || thorough=()
  meson test -C "$1" --no-rebuild --num-processes "$jobs" --logbase "testlog-$part" "${@:2}" "${thorough[@]}" \
    >"$scratch/tests" 2>&1 || true
  # A setup adds its name.
  /usr/bin/python3 .ci/count.py "$1" "$log"*.json >"$scratch/counts" 2>&1 || true
  sed '$d' "$scratch/counts"
  add_counts "$scratch/counts" "$part"
}
