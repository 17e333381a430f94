#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Checks that the library has the probes that src/base/probes.h and the manual list, or none without the option.

Usage: check-probes.py LIBRARY SOURCE_ROOT true|false
"""

import os
import re
import subprocess
import sys

import lint

NOTE = re.compile(r'Provider: intern_glib\n\s*Name: (\w+)\n\s*Location: .*Semaphore: (\w+)\n\s*Arguments: (.*)')


def probes(library):
    """{name: {(number of arguments, semaphore)}}: the compiler may repeat the code with a probe."""
    notes = subprocess.run(['readelf', '--notes', '--wide', library], check=True, stdout=subprocess.PIPE,
                           text=True).stdout
    found = {}
    for name, semaphore, arguments in NOTE.findall(notes):
        found.setdefault(name, set()).add((len(re.findall(r'-?\d+@', arguments)), int(semaphore, 16)))
    return found


def listed(text):
    """The probes of a list: {name: number of arguments}."""
    return {name: arguments.count(',') + 1
            for name, arguments in re.findall(r'intern_glib:(\w+) +([a-z][\w ]*(?:, [\w ]+)*)', text)}


def main():
    library, root, enabled = sys.argv[1:]
    wanted = listed(lint.read(os.path.join(root, 'src/base/probes.h')))
    manual = listed(lint.read(os.path.join(root, 'doc/statistics.xml')).replace('</entry><entry>', '  '))
    tap = lint.Tap()
    tap.check([] if sorted(wanted) == ['add', 'clear', 'grow', 'split'] and wanted == manual else [wanted, manual],
              'the header and the manual list the same probes')
    if enabled == 'true':
        # No semaphore: a program that traces writes nothing into the process.
        expected = {name: {(count, 0)} for name, count in wanted.items()}
        found = probes(library)
        tap.check([] if found == expected else [found, expected], 'the library has them, with their arguments')
    else:
        tap.check([probes(library)] if probes(library) else [], 'without the option there are none')
    tap.finish()


if __name__ == '__main__':
    main()
