#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later

"""White space, the length of lines and functions, left-over notes and paths of one machine."""

import re
import statistics

import lint

TEXT = r'(\.(c|cpp|h|h\.in|py|pyi|sh|js|vala|md|xml|xml\.in|txt|metadata)|(^|/)meson\.build|^dev|^\.ci/[^/]+)$'
# Prose and tables may be wider.
CODE = r'(\.(c|cpp|h|h\.in|py|pyi|sh|js|vala)|^dev|^\.ci/[^/.]+)$'
# Not checked: the text of the licence and test data.
NOT_OURS = r'^(COPYING|tests/data/|tests/fuzzing/.*\.corpus/)'

MAX_COLUMNS = 120
MAX_FUNCTION_LINES = 60
MAX_MEDIAN_LINES = 10

# Built from halves, so that the checker passes its own check. TAP uses one of these words.
LEFT_OVER = r'\b(' + '|'.join(['FIX' + 'ME', 'X' + 'XX', 'HA' + 'CK']) + r')\b|\bTO' + r'DO\s*[:(]'
MACHINE_PATH = r'(?<![\w.}$)/-])/(' + '|'.join(['ho' + 'me', 'wo' + 'rk', 'ro' + 'ot', 'Us' + 'ers']) + r')/\w'


def line_problems(text):
    problems = lint.lines_matching('\t', text, 'a tab')
    problems += lint.lines_matching(r'[ \r]$', text, 'white space at the end')
    problems += lint.lines_matching(LEFT_OVER, text, 'a note to oneself')
    problems += lint.lines_matching(MACHINE_PATH, text, 'a path of one machine')
    if text and not text.endswith('\n') or text.endswith('\n\n'):
        problems.append('does not end with exactly one newline')
    return problems


def width_problems(text):
    return lint.lines_matching('.{%d}' % (MAX_COLUMNS + 1), text, 'longer than %d' % MAX_COLUMNS)


def function_lengths(text):
    """[(name, lines)] of each C function, from its opening to its closing brace."""
    lengths, name, start = [], None, None
    for number, line in enumerate(lint.code_only(text).split('\n')):
        match = re.match(r'(?:[a-z][\w *]*[ *])?(\w+) \(', line)
        if match and not line.endswith(';'):
            name, start = match.group(1), None
        elif line == '{' and name:
            start = number
        elif line.startswith('}') and name and start is not None:
            lengths.append((name, number - start + 1))
            name = None
        elif re.match(r'\w.*;$', line):
            name = None
    return lengths


def length_problems(text):
    return ['{}() has {} lines'.format(name, lines) for name, lines in function_lengths(text)
            if lines > MAX_FUNCTION_LINES]


def median_problems(lengths):
    median = statistics.median(lengths)
    return ['the median is {}'.format(median)] if median > MAX_MEDIAN_LINES else []


def self_test(tap):
    long_function = 'static int\nf (int a)\n{\n' + '  a++;\n' * MAX_FUNCTION_LINES + '}\n'
    declaration = 'int g (int a);\n\n'
    bad = {
        'a tab': 'a\tb\n',
        'a space at the end': 'a \n',
        'a carriage return': 'a\r\n',
        'a missing newline': 'a',
        'an empty line at the end': 'a\n\n',
        'a note to oneself': '/* FIX' + 'ME */\n',
        'a path of one machine': 'cd /ho' + 'me/me\n',
    }
    for name, text in bad.items():
        tap.notices(line_problems(text), name)
    tap.notices(width_problems('a' * (MAX_COLUMNS + 1)), 'a long line')
    tap.notices(length_problems(declaration + long_function), 'a long function')
    tap.notices(median_problems([3, MAX_MEDIAN_LINES + 1, 60]), 'a long median')
    tap.check(length_problems(long_function.replace('  a++;\n', '', 9)), 'accepts a shorter function')


def main():
    root = lint.root_from_arguments()
    tap = lint.Tap()
    self_test(tap)
    for path, text in lint.files(root, pattern=TEXT):
        if not re.match(NOT_OURS, path):
            wide = width_problems(text) if re.search(CODE, path) else []
            tap.check(line_problems(text) + wide, path)

    lengths = []
    for path, text in lint.files(root, 'src', r'\.[ch]$'):
        lengths += [lines for _name, lines in function_lengths(text)]
        tap.check(length_problems(text), 'functions of ' + path)
    tap.check(median_problems(lengths), 'the median length of {} functions'.format(len(lengths)))
    tap.finish()


if __name__ == '__main__':
    main()
