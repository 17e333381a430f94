#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later

# build.sh CARGO MANIFEST FOLDER CRATES OUTPUT: offline, from the crates that Debian packages.

set -e

"$1" build --quiet --release --offline --manifest-path "$2" --target-dir "$3" \
  --config "source.crates-io.replace-with='debian'" \
  --config "source.debian.directory='$4'"
cp "$3/release/$(basename "$5")" "$5"
