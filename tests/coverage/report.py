#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later

"""What the tests reach, by file, from the JSON of gcovr:

    tests/coverage/report.py coverage.json

Preconditions are left out: a test of g_return_if_fail() is a test of GLib. Every other line that is not reached needs a
reason in unreached.toml; a reason for a line that is not in its file is a failure, so that reasons follow the code. The
last line has the counts of ./dev check."""

import argparse
import collections
import json
import os
import sys
import tomllib

LINES = 99.0
BRANCHES = 95.0
# The figure is the library's: the tool has tests of its own, and what is loaded into other programs leaves no report.
FOLDERS = ('base', 'storage', 'cache', 'snapshot', 'store', 'pool')


class File:
    def __init__(self, name, lines, source):
        self.name = name
        self.source = source
        self.counted = [line for line in lines if not line.get('gcovr/noncode') and not line.get('gcovr/excluded')]
        self.unreached = [line['line_number'] for line in self.counted if line['count'] == 0]
        branches = [branch for line in self.counted for branch in line.get('branches', [])
                    if not branch.get('throw')]
        self.n_lines = len(self.counted)
        self.n_branches = len(branches)
        self.n_branches_taken = sum(branch['count'] > 0 for branch in branches)

    def text(self, number):
        return self.source[number - 1].strip()


def read_files(path, root):
    with open(path) as stream:
        report = json.load(stream)
    for entry in report['files']:
        name = entry['file']
        if name.split('/')[0] == 'src' and name.split('/')[1] in FOLDERS:
            with open(os.path.join(root, name)) as source:
                yield File(name, entry['lines'], source.read().splitlines())


def read_reasons(path):
    """{file: {line: reason}}"""
    reasons = collections.defaultdict(dict)
    with open(path, 'rb') as stream:
        for group in tomllib.load(stream).get('group', []):
            for name, lines in group['lines'].items():
                for line in lines:
                    reasons[name][line] = group['reason']
    return reasons


def percent(part, whole):
    return 100.0 * part / whole if whole else 100.0


def check_reasons(files, reasons, fail):
    for file in files:
        there = {line.strip() for line in file.source}
        for text in reasons.get(file.name, {}):
            if text not in there:
                fail('%s has no such line any more: %s' % (file.name, text))
        for number in file.unreached:
            if file.text(number) not in reasons.get(file.name, {}):
                fail('%s:%d is not reached, and has no reason in unreached.toml: %s' % (
                    file.name, number, file.text(number)))


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    root = os.path.join(here, '..', '..')
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('report')
    arguments = parser.parse_args()
    files = sorted(read_files(arguments.report, root), key=lambda file: file.name)
    counts = {'passed': 0, 'failed': 0}

    def fail(message):
        counts['failed'] += 1
        print('FAILED: ' + message)

    print('%-44s %12s %12s' % ('file', 'lines', 'branches'))
    for file in files:
        print('%-44s %5d %5.1f %% %5d %5.1f %%' % (
            file.name, file.n_lines, percent(file.n_lines - len(file.unreached), file.n_lines), file.n_branches,
            percent(file.n_branches_taken, file.n_branches)))
    check_reasons(files, read_reasons(os.path.join(here, 'unreached.toml')), fail)
    n_lines = sum(file.n_lines for file in files)
    lines = percent(n_lines - sum(len(file.unreached) for file in files), n_lines)
    branches = percent(sum(file.n_branches_taken for file in files), sum(file.n_branches for file in files))
    for name, figure, goal in (('lines', lines, LINES), ('branches', branches, BRANCHES)):
        text = '%s: %.1f %% of the library, at least %.0f %%' % (name, figure, goal)
        if figure >= goal:
            counts['passed'] += 1
            print('ok: ' + text)
        else:
            fail(text)
    print('%d passed, %d failed' % (counts['passed'], counts['failed']))
    return 1 if counts['failed'] else 0


if __name__ == '__main__':
    sys.exit(main())
