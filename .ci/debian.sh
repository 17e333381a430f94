# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Builds Debian packages with Debian's own tools, and tries out, in bare systems, what a user of each Debian release
# would do. A release is known by its code name.

packages=_build-package
systems=_build-debian

# Builds the packages of HEAD.
build_packages() {
  local version source
  version=$(meson introspect --projectinfo meson.build |
            /usr/bin/python3 -c 'import json, sys; print(json.load(sys.stdin)["version"])')
  source=$packages/intern-glib-$version
  rm -rf "$packages"
  mkdir -p "$source"
  git archive HEAD | gzip -n >"$packages/intern-glib_$version.orig.tar.gz"
  git archive HEAD | tar -x -C "$source"
  cp -r "$source/.ci/debian" "$source/debian"
  cat >"$source/debian/changelog" <<CHANGELOG
intern-glib ($version-0upstream1) unstable; urgency=medium

  * See NEWS.md for the changes.

 -- $(sed -n 's/^Maintainer: //p' .ci/debian/control)  $(git log -1 --format=%cD)
CHANGELOG
  (cd "$source" && DEB_BUILD_OPTIONS=nocheck quietly dpkg-buildpackage --no-sign --jobs="$jobs")
  echo "Packages:"
  ls "$packages"/*.deb
}

# Prints the mirror that apt uses.
mirror() {
  apt-get indextargets --format '$(SITE)' 'Created-By: Packages' | grep -m 1 '/debian$' ||
  echo http://deb.debian.org/debian
}

# What debootstrap and inside() need; a container may forbid it.
can_make_systems() {
  mkdir -p "$systems" && rm -f "$systems/null" && mknod "$systems/null" c 1 3 && : >"$systems/null" &&
  unshare --mount --pid --fork mount -t proc proc /proc
}

# Prints why a release cannot be tried here, or nothing.
no_system_of() {
  if [ "$(id -u)" -ne 0 ] || ! can_make_systems 2>/dev/null; then
    echo 'making a bare system needs root, devices and namespaces'
  elif ! /usr/lib/apt/apt-helper download-file "$(mirror)/dists/$1/InRelease" "$scratch/InRelease" >/dev/null 2>&1; then
    echo "$(mirror) does not serve this release"
  fi
}

# Makes a minimal system, once; the trials use copies of it.
bare_system() {
  local system=$systems/$1
  [ ! -d "$system" ] || return 0
  rm -rf "$system.new"
  mkdir -p "$systems"
  debootstrap --variant=minbase "$1" "$system.new" "$(mirror)" || return
  # The copies are thrown away: they need not survive a power cut.
  echo force-unsafe-io >"$system.new/etc/dpkg/dpkg.cfg.d/unsafe-io"
  {
    echo 'APT::Get::Assume-Yes "true"; APT::Install-Recommends "false";'
    # A mirror may be a copy that is not renewed.
    echo 'Acquire::Check-Valid-Until "false";'
    # Or what a package has brought would stay if another one suggests it.
    echo 'APT::AutoRemove::RecommendsImportant "false"; APT::AutoRemove::SuggestsImportant "false";'
    apt-config dump Acquire::http::Proxy
  } >"$system.new/etc/apt/apt.conf.d/trial"
  mv "$system.new" "$system"
}

# copy_system FROM TO
copy_system() {
  rm -rf "$2"
  cp -a "$1" "$2"
  cp /etc/resolv.conf "$2/etc/"
}

# inside SYSTEM COMMAND...: with none of our environment variables. The mounts go away with the command.
inside() {
  unshare --mount --pid --fork --kill-child bash -c '
    mount -t proc proc "$0/proc"
    mount -t sysfs sysfs "$0/sys"
    mount --rbind /dev "$0/dev"
    exec chroot "$0" env -i HOME=/root LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive \
      PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$@"' "$@"
}

# in_clone SYSTEM COMMAND...: in /src, a clone of the repository.
in_clone() {
  [ -d "$1/src" ] || git clone --quiet . "$1/src"
  inside "$1" sh -c 'cd /src && exec "$@"' sh "${@:2}"
}

# readme_block NAME: prints the blocks of README.md whose fence has this name or language.
readme_block() {
  awk -v name="$1" '/^```/ { inside = !inside && ($1 == "```" name || $2 == name); next } inside' README.md
}

# run_readme SYSTEM NAME: follows block NAME of README.md, except ./dev, since the packages are built already. Then
# compiles and runs README's four programs.
run_readme() {
  local folder=$1/trial program
  mkdir -p "$folder"
  for program in hello.c hello.py hello.js hello.vala; do
    readme_block "$program" >"$folder/$program"
    readme_block text
  done >"$folder/expected"
  {
    printf 'set -ex\nsudo() { "$@"; }\n'
    readme_block "$2" | grep -v '^\./dev '
    printf 'cd /trial\n'
    readme_block run
  } >"$folder/commands"
  in_clone "$1" sh -c '. /trial/commands >/trial/printed' &&
  grep --no-group-separator -A 1 '^the same' "$folder/printed" | diff "$folder/expected" -
}

# Prints the files of a system, except those of apt, the kernel and the trial.
files_of() {
  (cd "$1" && find . -xdev -regex './\(dev\|proc\|root\|src\|sys\|tmp\|trial\|var\)' -prune -o -print | sort)
}

# A system with the languages of README's programs, and no tools to make packages.
make_languages() {
  local languages=$systems/$1-languages
  copy_system "$systems/$1" "$languages"
  expect "$1: languages are installed" inside "$languages" sh -c \
    'apt-get update && apt-get install gcc gjs libc6-dev libglib2.0-dev man-db pkgconf python3-gi valac'
}

# What a user of packages sees.
check_packages() {
  local release=$1 before=$systems/$1-languages after=$systems/$1-packages
  copy_system "$before" "$after"
  mkdir -p "$after/src/$packages"
  cp "$systems/$release-tree/src/$packages"/*.deb "$after/src/$packages"
  expect "$release: packages are installed, and README's programs run" run_readme "$after" packages
  expect "$release: intern-pool runs" inside "$after" intern-pool --version
  expect "$release: intern-pool profiles a program" inside "$after" intern-pool profile -- true
  expect "$release: the man page of intern-pool is found" inside "$after" sh -c 'man intern-pool | grep "^NAME"'
  expect "$release: packages are removed" inside "$after" sh -c \
    'apt-get purge --autoremove $(for deb in /src/*/*.deb; do dpkg-deb --field "$deb" Package; done)'
  expect "$release: nothing is left of them" diff <(files_of "$before") <(files_of "$after")
}

# What a user of Meson sees.
check_prefix() {
  copy_system "$systems/$1-languages" "$systems/$1-prefix"
  expect "$1: the library is installed under a prefix, and README's programs run" run_readme "$systems/$1-prefix" prefix
}

# check_release RELEASE OPTION...: the commands of README.md in bare systems; options are for meson test.
check_release() {
  local release=$1 tree=$systems/$1-tree reason
  reason=$(no_system_of "$release")
  if [ -n "$reason" ]; then
    echo "skipped: $release: $reason"
    skipped=$((skipped + 1))
    return
  fi
  expect "$release: a bare system is made" bare_system "$release"
  copy_system "$systems/$release" "$tree"
  aside languages make_languages "$release"
  expect "$release: ./dev demo" in_clone "$tree" ./dev demo
  add_run "$release: ./dev test ${*:2}" in_clone "$tree" env INTERN_TEST_OPTIONS="${*:2}" ./dev test
  # Here the packages of both architectures have the same version.
  add_run "$release: 32 bits" in_clone "$tree" .ci/run i386
  echo "said: $release in 32 bits: $(tail -n 1 "$scratch/run")"
  expect "$release: ./dev package" in_clone "$tree" ./dev package
  expect "$release: lintian is installed" inside "$tree" apt-get install lintian
  lintian_of() {
    inside "$tree" sh -c "lintian --allow-root --fail-on error,warning $1"
  }
  mkdir -p "$tree/control/DEBIAN"
  printf 'Package: control\nVersion: 1\nArchitecture: all\n' >"$tree/control/DEBIAN/control"
  expect "$release: the control package is built" inside "$tree" dpkg-deb --build /control
  expect_report "$release: lintian sees a control" 'E: control: .*copyright' lintian_of /control.deb
  expect "$release: lintian has nothing to say" lintian_of "/src/$packages/*.changes"

  gather languages
  aside packages check_packages "$release"
  aside prefix check_prefix "$release"
  gather packages prefix
  rm -rf "$systems/$release"-*
}

part_debian() {
  for release in bookworm trixie sid; do
    check_release "$release"
  done
}

# What takes long and differs least between releases is left out.
part_trixie() {
  check_release trixie --suite unit --suite abi --suite bindings --suite installed --suite docs
}
