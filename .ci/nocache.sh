#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The library without its read cache: slower, and nothing else may change.

. "$(dirname "$0")/common.sh"

configure _build-nocache -Dread_cache=false -Dgtk_doc=false -Dintrospection=disabled -Dtool=disabled
compile _build-nocache
run_tests _build-nocache --suite unit --suite api --suite fuzzing --no-suite thorough
finish
