#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The whole library with tables and blocks so small that each way to grow is taken all the time.

. "$(dirname "$0")/common.sh"

configure _build-tiny -Dtest_sizes=true -Ddebug_checks=true -Dgtk_doc=false \
  -Dintrospection=enabled -Dvapi=enabled
compile _build-tiny
# Figures of speed and memory mean nothing here, nor does a second look at the sources.
run_tests _build-tiny --no-suite lint --no-suite abi --no-suite docs --no-suite performance --no-suite thorough
finish
