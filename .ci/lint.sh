#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Layers, licences, style; the exported symbols and the headers; the scripts of this folder.

. "$(dirname "$0")/common.sh"

full_build
run_tests "$build" --suite lint --suite abi --suite headers
for script in dev .ci/run .ci/*.sh; do
  expect "the shell understands $script" bash -n "$script"
done
finish
