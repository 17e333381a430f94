#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Checks that the pkg-config file is valid and matches the options of the build.

Usage: check-pkgconfig.py PKG_CONFIG FILE NAME=VALUE...   (the variables that must have these values)
"""

import os
import subprocess
import sys

import lint


def ask(command, *arguments):
    """Returns the exit status and the output of pkg-config."""
    answer = subprocess.run(command + list(arguments), stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, text=True, check=False)
    return answer.returncode, answer.stdout.strip()


def unless_equal(found, expected):
    return [] if found == expected else ['"{}", not "{}"'.format(found, expected)]


def unless_within(words, answer):
    status, text = answer
    return ([text] if status else []) + ['{} is missing in "{}"'.format(word, text)
                                         for word in words if word not in text.split()]


def main():
    pkg_config, path = sys.argv[1:3]
    expected = dict(argument.split('=', 1) for argument in sys.argv[3:])
    version = expected.pop('version')
    module = os.path.basename(path)[:-len('.pc')]
    os.environ['PKG_CONFIG_PATH'] = os.path.dirname(path)
    command = [pkg_config]

    tap = lint.Tap()
    tap.notices(unless_equal('a', 'b'), 'another value')
    tap.notices(unless_within(['-lx'], (0, '-ly')), 'a missing word')
    tap.notices(unless_within([], ask(command, '--validate', module + '-not')), 'a missing module')
    tap.check(unless_within([], ask(command, '--validate', module)), 'the file is valid')
    tap.check(unless_equal(ask(command, '--modversion', module), (0, version)), 'the version')
    for name, value in expected.items():
        tap.check(unless_equal(ask(command, '--variable=' + name, module), (0, value)), name)
    tap.check(unless_within(['-l' + module, '-lgobject-2.0', '-lglib-2.0'], ask(command, '--libs', module)),
              'a program is linked with the library, GObject and GLib')
    cflags = '-I{}/{}'.format(expected['includedir'], module)
    tap.check(unless_within([cflags], ask(command, '--cflags', '--keep-system-cflags', module)),
              'a program finds the headers')
    tap.finish()


if __name__ == '__main__':
    main()
