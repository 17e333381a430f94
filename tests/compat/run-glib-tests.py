#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later

"""GLib's own tests of GRefString, with the functions on a pool: run-glib-tests.py PRELOAD PROGRAM

PROGRAM is in Debian's package libglib2.0-tests; without it the test is skipped.
"""

import os
import re
import subprocess
import sys


def main():
    preload, program = sys.argv[1:]
    if not os.path.exists(program):
        print('1..0 # SKIP no', program + ': install libglib2.0-tests')
        return 0
    done = subprocess.run([program, '--tap'], env={**os.environ, 'LD_PRELOAD': preload},
                          stdout=subprocess.PIPE, text=True, check=False)
    told = re.search(r'^# preloaded: (\d+) lookups, (\d+) strings left$', done.stdout, re.M)
    passed = len(re.findall(r'^ok ', done.stdout, re.M))
    checks = {
        'GLib says that they pass': done.returncode == 0 and passed > 0,
        'and none that it does not': not re.search(r'^not ok ', done.stdout, re.M),
        'their strings went through the pool': told is not None and int(told.group(1)) >= passed,
        'and were all given back': told is not None and told.group(2) == '0',
    }
    sys.stdout.write(re.sub('^', '# ', done.stdout, flags=re.M).rstrip('# '))
    for number, (name, good) in enumerate(checks.items(), 1):
        print('{} {} - {}'.format('ok' if good else 'not ok', number, name))
    print('1..{}'.format(len(checks)))
    return 0 if all(checks.values()) else 1


if __name__ == '__main__':
    sys.exit(main())
