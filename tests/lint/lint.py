# SPDX-License-Identifier: LGPL-2.1-or-later

"""Shared by the checkers: the files of the tree, code without comments, and TAP."""

import os
import re
import sys

# Folders of Meson, Git, editors and tools.
SKIPPED_FOLDERS = re.compile(r'^(\.git|_build.*|subprojects|__pycache__|\..*_cache)$')

COMMENT_OR_STRING = re.compile(
    r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.DOTALL)


class Tap:
    """Prints one test point for each call of check(); finish() gives the exit status."""

    def __init__(self):
        self.count = 0
        self.failures = 0

    def check(self, problems, name):
        """Passes if the list of problems is empty, else prints it."""
        self.count += 1
        print('{} {} - {}'.format('not ok' if problems else 'ok', self.count, name))
        for problem in problems:
            print('# ' + str(problem))
        self.failures += bool(problems)

    def notices(self, problems, name):
        """Passes if a checker found problems in a bad sample."""
        self.check([] if problems else ['nothing was noticed'], 'notices ' + name)

    def skip(self, name, reason):
        self.count += 1
        print('ok {} - {} # SKIP {}'.format(self.count, name, reason))

    def finish(self):
        print('1..{}'.format(self.count))
        sys.exit(1 if self.failures or not self.count else 0)


def is_skipped(folder, name):
    """Whether a folder is not part of the project; a build folder may have any name."""
    return SKIPPED_FOLDERS.match(name) or os.path.exists(os.path.join(folder, name, 'meson-private'))


def files(root, under='', pattern='.'):
    """Yields (path relative to root, text) of each text file whose path matches, sorted."""
    for folder, subfolders, names in os.walk(os.path.join(root, under)):
        subfolders[:] = sorted(f for f in subfolders if not is_skipped(folder, f))
        for name in sorted(names):
            full = os.path.join(folder, name)
            path = os.path.relpath(full, root)
            if re.search(pattern, path) and not os.path.islink(full):
                text = read(full)
                if text is not None:
                    yield path, text


def read(path):
    """The text of a file, or None when it is not text."""
    with open(path, 'rb') as stream:
        data = stream.read()
    try:
        return None if b'\0' in data else data.decode('utf-8')
    except UnicodeDecodeError:
        return None


def code_only(text):
    """C source with comments and the insides of strings blanked; lines keep their numbers."""
    def blank(match):
        found = match.group()
        if found.startswith('/'):
            return '\n' * found.count('\n') or ' '
        return found[0] + found[0]

    return COMMENT_OR_STRING.sub(blank, text)


def lines_matching(pattern, text, what):
    """'line N: what: the line' for each line that matches the pattern."""
    return ['line {}: {}: {}'.format(number, what, line.strip())
            for number, line in enumerate(text.split('\n'), 1) if re.search(pattern, line)]


def root_from_arguments():
    return os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else os.curdir)
