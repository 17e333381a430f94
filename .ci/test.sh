#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Every test but the thorough ones.

. "$(dirname "$0")/common.sh"

say "Building everything in $build"
full_build
say 'Testing'
run_tests "$build"
finish
