#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later

"""The profiler of an installation in a folder of its own: test-profile.py BUILD-ROOT."""

import os
import subprocess
import sys
import tempfile

import harness
import lint


def main():
    tap = lint.Tap()
    with tempfile.TemporaryDirectory() as stage:
        harness.install(sys.argv[1], stage)
        library = harness.only(stage, '/libintern-glib-1.so.0')
        done = subprocess.run([harness.only(stage, '/bin/intern-pool'), 'profile', '--', 'true'],
                              env=dict(os.environ, LD_LIBRARY_PATH=os.path.dirname(library)), timeout=60,
                              stderr=subprocess.PIPE, text=True, check=False)
    works = done.returncode == 0 and done.stderr.startswith('Heap ')
    tap.check([] if works else [done.stderr], 'intern-pool profile finds its library where both were installed')
    tap.finish()


if __name__ == '__main__':
    main()
