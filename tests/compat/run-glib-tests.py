#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later

"""GLib's own tests of GRefString, with the functions on a pool: run-glib-tests.py PRELOAD PROGRAM

PROGRAM is in Debian's package libglib2.0-tests; without it, or where it is of another architecture, the test is
skipped.
"""

import os
import re
import subprocess
import sys


def word_size(name):
    """The class in the header of an ELF file: 1 for 32 bits, 2 for 64."""
    with open(name, 'rb') as file:
        return file.read(5)[4]


def main():
    preload, program = sys.argv[1:]
    if not os.path.exists(program):
        print('1..0 # SKIP no', program + ': install libglib2.0-tests')
        return 0
    if word_size(program) != word_size(preload):
        print('1..0 # SKIP', program, 'has addresses of another size: it cannot load this library')
        return 0
    done = subprocess.run([program, '--tap'], env={**os.environ, 'LD_PRELOAD': preload},
                          stdout=subprocess.PIPE, text=True, check=False)
    printed = re.search(r'^# preloaded: (\d+) lookups, (\d+) strings left$', done.stdout, re.M)
    passed = len(re.findall(r'^ok ', done.stdout, re.M))
    checks = {
        'the tests of GLib pass': done.returncode == 0 and passed > 0,
        'none of them fails': not re.search(r'^not ok ', done.stdout, re.M),
        'their strings are in the pool': printed is not None and int(printed.group(1)) >= passed,
        'all references are released': printed is not None and printed.group(2) == '0',
    }
    sys.stdout.write(re.sub('^', '# ', done.stdout, flags=re.M).rstrip('# '))
    for number, (name, good) in enumerate(checks.items(), 1):
        print('{} {} - {}'.format('ok' if good else 'not ok', number, name))
    print('1..{}'.format(len(checks)))
    return 0 if all(checks.values()) else 1


if __name__ == '__main__':
    sys.exit(main())
