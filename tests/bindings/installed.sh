#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Installs into a temporary folder and uses the library there from every language, without the build
# folder.

set -eu

source_root=$1
build_root=$2
examples=$source_root/doc/examples
text=$source_root/COPYING

stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT

DESTDIR=$stage meson install -C "$build_root" --no-rebuild --quiet

# where NAME: prints the only folder that contains it
where () {
  found=$(find "$stage" -path "*/$1" -not -type d)
  if [ "$(printf '%s' "$found" | grep -c .)" -ne 1 ]; then
    echo "Not installed once: $1: $found" >&2
    exit 1
  fi
  printf '%s' "${found%/"$1"}"
}

headers=$(where intern-glib-1/intern-glib.h)
prefix=$(dirname "$headers")
libdir=$(where libintern-glib-1.so.0)
datadir=$(where vala/vapi/intern-glib-1.vapi)
where vala/vapi/intern-glib-1.deps > /dev/null
where gir-1.0/Intern-1.gir > /dev/null
if [ -n "$(find "$stage" -path '*/bin/intern-pool')" ]; then
  where bash-completion/completions/intern-pool > /dev/null
  where zsh/site-functions/_intern-pool > /dev/null
fi

# The .pc file has the prefix, not the stage; --define-variable would change GLib's prefix too.
mkdir "$stage/pkgconfig"
sed "s|^prefix=.*|prefix=$prefix|" "$libdir/pkgconfig/intern-glib-1.pc" > "$stage/pkgconfig/intern-glib-1.pc"
export PKG_CONFIG_PATH="$stage/pkgconfig"
export LD_LIBRARY_PATH="$libdir"
GI_TYPELIB_PATH=$(where Intern-1.typelib)
PYTHONPATH=$(where gi/overrides/Intern.py)
export GI_TYPELIB_PATH PYTHONPATH PYTHONDONTWRITEBYTECODE=1
export XDG_DATA_DIRS="$datadir:/usr/local/share:/usr/share"
unset GJS_PATH || true

# Every override is the one in the stage.
"$PYTHON" - "$stage" <<'EOF'
import sys
import gi
gi.require_version("Intern", "1")
from gi.repository import Intern
path = sys.modules["gi.overrides.Intern"].__file__
assert path.startswith(sys.argv[1]), path
assert len(Intern.Pool()) == 0
EOF

cd "$stage"

# mypy finds the types where the installation puts them. The stage becomes a folder of packages of a virtual
# environment, since mypy does not look for stub packages in PYTHONPATH.
if command -v mypy > /dev/null; then
  "$PYTHON" -m venv --without-pip "$stage/venv"
  printf '%s\n' "$PYTHONPATH" > "$(echo "$stage"/venv/lib/python3*/site-packages)/stage.pth"
  cat > "$stage/typed.py" <<'EOF'
import gi
gi.require_version("Intern", "1")
from gi.repository import Gio, Intern
pool = Intern.Pool()
reveal_type(pool)
reveal_type(pool.intern("text"))
reveal_type(Intern.Pool.new_from_file("snapshot"))
reveal_type(Intern.PoolModel(pool=pool).get_pool())
reveal_type(Gio.File)
pool.intern(1)
EOF
  mypy --strict --cache-dir /dev/null --python-executable "$stage/venv/bin/python" "$stage/typed.py" > types.txt || true
  # Later versions of mypy leave out the module of what Python has built in.
  sed -n 's/builtins\.//; s/^.*typed.py:\([0-9]*\): \(note: Revealed type is\|error:\) /\1 /p' types.txt > found.txt
  cat > expected.txt <<'EOF'
5 "gi.repository.Intern.Pool"
6 "str"
7 "gi.repository.Intern.Pool"
8 "gi.repository.Intern.Pool"
9 "Any"
10 Argument 1 to "intern" of "Pool" has incompatible type "int"; expected "str"  [arg-type]
EOF
  diff expected.txt found.txt
  echo "ok - types"
else
  echo "skip - types: no mypy"
fi

flags=$(pkg-config --cflags --libs intern-glib-1)
# The flags are many words.
# shellcheck disable=SC2086
${CC:-cc} -Wall -Werror -o word-count-c "$examples/word-count.c" $flags
./word-count-c "$text" > c.txt
test -s c.txt

"$PYTHON" "$examples/word-count.py" "$text" > py.txt
cmp c.txt py.txt
echo "ok - c, python"

if command -v valac > /dev/null; then
  set --
  for flag in $flags; do
    set -- "$@" -X "$flag"
  done
  valac --fatal-warnings --vapidir "$datadir/vala/vapi" --pkg intern-glib-1 -X -w "$@" \
    -o word-count-vala "$examples/word-count.vala"
  ./word-count-vala "$text" > vala.txt
  cmp c.txt vala.txt
  echo "ok - vala"
else
  echo "skip - vala: no valac"
fi

if command -v gjs > /dev/null; then
  gjs "$examples/word-count.js" "$text" > js.txt
  cmp c.txt js.txt
  echo "ok - gjs"
else
  echo "skip - gjs: no gjs"
fi
