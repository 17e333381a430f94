#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later

"""What the tests reach, by file, from the counts of gcov in a build with -Db_coverage=true whose tests have run:

    tests/coverage/report.py BUILD
    tests/coverage/report.py --branches BUILD    also name the lines with a branch that is not taken

Left out by rule are LEFT_OUT and LEFT_OUT_BRANCHES: a test of g_return_if_fail() is a test of GLib. Every other line
that is not reached needs a reason in unreached.toml; a reason for a line that is reached, or that is not in its
function, is a failure, so that reasons follow the code. The last line but one says what the manual records, the last
has the counts of ./dev check."""

import argparse
import collections
import glob
import json
import os
import re
import subprocess
import sys
import tomllib

LINES = 99.0
BRANCHES = 95.0
# The figure is the library's: the tool has tests of its own, and what is loaded into other programs leaves no report.
FOLDERS = ('base', 'storage', 'cache', 'snapshot', 'store', 'pool')
# Preconditions and assertions; the code that macros of GLib write; a property that no class has, or another case that
# cannot be; braces, which have counts in some versions of gcc.
LEFT_OUT = re.compile(r'\bg_(return|assert|warn_if)[a-z_]* \(|^G_DEFINE_|G_OBJECT_WARN_INVALID_PROPERTY_ID|'
                      r'^(case \w*N_\w*PROPS:|default:|__builtin_unreachable \(\);|[{}])$')
# Macros of GLib with branches of their own: whether a pointer is NULL, or another thread was first.
LEFT_OUT_BRANCHES = re.compile(r'\bg_(autoptr|auto|autofree|clear_pointer|clear_object|once_init_enter|'
                               r'task_set_source_tag)\b')
ROOT = os.path.realpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..'))


class Line:
    def __init__(self, function):
        self.function = function
        self.count = 0
        self.branches = collections.defaultdict(int)  # by number


class File:
    def __init__(self, name):
        self.name = name
        self.lines = {}  # by number
        with open(os.path.join(ROOT, name)) as stream:
            self.source = [line.strip() for line in stream]

    def add(self, entry):
        number = entry['line_number']
        if LEFT_OUT.search(self.source[number - 1]):
            return
        line = self.lines.setdefault(number, Line(entry.get('function_name', '')))
        line.count += entry['count']
        if LEFT_OUT_BRANCHES.search(self.source[number - 1]):
            return
        for i, branch in enumerate(entry['branches']):
            line.branches[i] += branch['count']

    def unreached(self):
        return [number for number, line in sorted(self.lines.items()) if line.count == 0]

    def branches(self):
        return [count for line in self.lines.values() for count in line.branches.values()]

    def key(self, number):
        """As a line stands in unreached.toml."""
        return '%s: %s' % (self.lines[number].function, self.source[number - 1])


def name_in_tree(path, folder):
    """The name of a file of the library, or None."""
    name = os.path.relpath(os.path.realpath(os.path.join(folder, path)), ROOT)
    parts = name.split('/')
    return name if parts[0] == 'src' and parts[1] in FOLDERS else None


def read_counts(build):
    """{name: File}, of the objects of the library: not those of its tests."""
    files = {}
    counts = glob.glob(os.path.join(os.path.realpath(build), 'src', '*.a.p', '*.gcda'))
    if not counts:
        raise SystemExit('No program of %s has written counts: run its tests first' % build)
    output = subprocess.run(['gcov', '--json-format', '--stdout', '--branch-probabilities', *counts], check=True,
                            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout
    for document in map(json.loads, output.splitlines()):
        for entry in document['files']:
            name = name_in_tree(entry['file'], document['current_working_directory'])
            if name is None:
                continue
            file = files.setdefault(name, File(name))
            for line in entry['lines']:
                file.add(line)
    return files


def read_groups(path):
    with open(path, 'rb') as stream:
        return tomllib.load(stream).get('group', [])


def percent(part, whole):
    return 100.0 * part / whole if whole else 100.0


def check_reasons(files, groups, fail):
    known = set()  # (name, key)
    for group in groups:
        for name, keys in group['lines'].items():
            file = files.get(name)
            for key in keys:
                known.add((name, key))
                numbers = [n for n in file.lines if file.key(n) == key] if file else []
                if not numbers:
                    fail('%s has no such line any more, take it out of unreached.toml: %s' % (name, key))
                elif all(file.lines[n].count > 0 for n in numbers) and not group.get('sometimes'):
                    fail('%s: this line is reached, take it out of unreached.toml: %s' % (name, key))
    for file in files.values():
        for number in file.unreached():
            if (file.name, file.key(number)) not in known:
                fail('%s:%d is not reached, and has no reason in unreached.toml: %s' % (
                    file.name, number, file.key(number)))


def print_files(files):
    print('%-44s %13s %13s' % ('file', 'lines', 'branches'))
    for file in files.values():
        branches = file.branches()
        print('%-44s %5d %5.1f %% %5d %5.1f %%' % (
            file.name, len(file.lines), percent(len(file.lines) - len(file.unreached()), len(file.lines)),
            len(branches), percent(sum(count > 0 for count in branches), len(branches))))


def print_branches(files):
    for file in files.values():
        for number, line in sorted(file.lines.items()):
            missing = [str(i) for i, count in line.branches.items() if count == 0]
            if missing and line.count > 0:
                print('%s:%d: branch %s of %d: %s' % (
                    file.name, number, ', '.join(missing), len(line.branches), file.source[number - 1]))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--branches', action='store_true')
    parser.add_argument('--reasons', default=os.path.join(ROOT, 'tests', 'coverage', 'unreached.toml'))
    parser.add_argument('build')
    arguments = parser.parse_args()
    files = dict(sorted(read_counts(arguments.build).items()))
    counts = {'passed': 0, 'failed': 0}

    def fail(message):
        counts['failed'] += 1
        print('FAILED: ' + message)

    print_files(files)
    if arguments.branches:
        print_branches(files)
    check_reasons(files, read_groups(arguments.reasons), fail)
    n_lines = sum(len(file.lines) for file in files.values())
    n_unreached = sum(len(file.unreached()) for file in files.values())
    branches = [count for file in files.values() for count in file.branches()]
    figures = (('lines', percent(n_lines - n_unreached, n_lines), LINES),
               ('branches', percent(sum(count > 0 for count in branches), len(branches)), BRANCHES))
    for name, figure, goal in figures:
        if figure >= goal:
            counts['passed'] += 1
            print('ok: %s: at least %.0f %%' % (name, goal))
        else:
            fail('%s: %.2f %% of the library are reached, less than %.0f %%' % (name, figure, goal))
    print(', '.join('%s %.1f %%' % (name, figure) for name, figure, _ in figures) +
          '; %d lines are not reached' % n_unreached)
    print('%d passed, %d failed' % (counts['passed'], counts['failed']))
    return 1 if counts['failed'] else 0


if __name__ == '__main__':
    sys.exit(main())
