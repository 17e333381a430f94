#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Counts the test points in the logs of `meson test`, prints what failed, and ends with the counts.

Usage: count.py BUILD LOG.json...

A test that speaks TAP counts with each of its points, any other as one. A test that broke off, ran out of time or
did not deliver what it planned has one failure more than it says itself.
"""

import json
import re
import subprocess
import sys

POINT = re.compile(r'^(not )?ok\b[^#\n]*(?:#\s*(SKIP|TODO)\b)?', re.IGNORECASE | re.MULTILINE)
PLAN = re.compile(r'^1\.\.(\d+)', re.MULTILINE)
GOOD = {'OK', 'EXPECTEDFAIL', 'SKIP'}
SHOWN_LINES = 60


def name_of(entry):
    """The name of the test in the log: "project:suite / name", or "suite - project:name" from Meson 1.12."""
    return re.split(r' / |:', entry['name'])[-1]


def protocols(build):
    """{name: protocol} of each test."""
    listing = subprocess.run(['meson', 'introspect', '--tests', build],
                             check=True, capture_output=True, text=True).stdout
    return {test['name']: test['protocol'] for test in json.loads(listing)}


def count_points(output):
    """(passed, failed, skipped) of a TAP text. What is marked TODO is not there yet: not passed."""
    counts = [0, 0, 0]
    for bad, mark in POINT.findall(output):
        counts[2 if mark else 1 if bad else 0] += 1
    return counts


def count_test(entry, is_tap):
    good = entry['result'] in GOOD
    if not is_tap:
        return [0, 0, 1] if entry['result'] == 'SKIP' else [int(good), int(not good), 0]

    passed, failed, skipped = count_points(entry.get('stdout') or '')
    plan = PLAN.search(entry.get('stdout') or '')
    complete = plan and int(plan.group(1)) == passed + failed + skipped
    if not complete and entry['result'] != 'SKIP' or not good and not failed:
        failed += 1
    if entry['result'] == 'SKIP' and not skipped:
        skipped = 1
    return [passed, failed, skipped]


def show(entry):
    print('FAILED: {} ({}, {:.1f} s)'.format(entry['name'], entry['result'], entry['duration']))
    lines = '{}\n{}'.format(entry.get('stdout') or '', entry.get('stderr') or '').splitlines()
    for line in [line for line in lines if not line.startswith('ok ')][-SHOWN_LINES:]:
        print('  | ' + line)


def self_test():
    """Cheap enough to be done each time: what is miscounted here would be believed everywhere."""
    def count(result, text, is_tap=True):
        return count_test({'result': result, 'stdout': text}, is_tap)

    assert {name_of({'name': name}) for name in ('p:a+b / dir/t', 'a - b - p:dir/t')} == {'dir/t'}
    assert count('OK', '1..2\nok 1 a\nok 2 b # SKIP no\n') == [1, 0, 1]
    assert count('FAIL', 'ok 1 a\nnot ok 2 b\n1..2\n') == [1, 1, 0]
    assert count('ERROR', '1..3\nok 1 a\n') == [1, 1, 0]
    assert count('TIMEOUT', '1..2\nok 1 a\nok 2 b\n') == [2, 1, 0]
    assert count('OK', 'ok 1 a\n') == [1, 1, 0]
    assert count('OK', '1..1\nnot ok 1 a # TODO\n') == [0, 0, 1]
    assert count('SKIP', '1..0 # SKIP no\n') == [0, 0, 1]
    assert count('OK', 'ok', False) == [1, 0, 0]
    assert count('FAIL', '', False) == count('UNEXPECTEDPASS', '', False) == [0, 1, 0]


def main():
    self_test()
    build, logs = sys.argv[1], sys.argv[2:]
    protocol = protocols(build)
    total = [0, 0, 0]
    for path in logs:
        with open(path, encoding='utf-8') as log:
            for entry in map(json.loads, log):
                # A name that is not known would be counted wrongly: that is an error.
                counts = count_test(entry, protocol[name_of(entry)] == 'tap')
                total = [old + new for old, new in zip(total, counts)]
                if counts[1]:
                    show(entry)
    if not sum(total):
        print('FAILED: no test was run')
        total[1] = 1

    print('{} passed, {} failed'.format(*total) + (', {} skipped'.format(total[2]) if total[2] else ''))


if __name__ == '__main__':
    main()
