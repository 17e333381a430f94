#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Each public header stands alone, in C and in C++, and refuses to be included directly.

Usage: check-headers.py INCLUDE_FOLDERS HEADERS LANGUAGE=COMPILER...   (lists separated by ':')
"""

import os
import shlex
import subprocess
import sys

import lint

STANDARDS = {
    'c': ['-x', 'c', '-std=c11', '-Wstrict-prototypes', '-Wmissing-prototypes'],
    'c++': ['-x', 'c++', '-std=c++17', '-Wold-style-cast'],
}
WARNINGS = ['-Wall', '-Wextra', '-Wpedantic', '-Wshadow', '-Wundef', '-Wcast-qual', '-Wconversion', '-Wsign-conversion',
            '-Werror']
PARTS_DEFINED = ['-DINTERN_INSIDE=']
UMBRELLA = 'intern-glib.h'
# Includes the umbrella; INTERN_COMPAT_REPLACE makes it define the names of other libraries.
APART = 'intern-compat.h'


class Compiler:
    def __init__(self, language, command, folders):
        glib = subprocess.run(['pkg-config', '--cflags', 'gobject-2.0'],
                              check=True, capture_output=True, text=True).stdout
        # GLib's headers use GNU extensions; no warnings for them as system headers.
        system = [flag.replace('-I', '-isystem', 1) for flag in shlex.split(glib)]
        self.language = language
        self.command = (shlex.split(command) + STANDARDS[language] + WARNINGS + system
                        + ['-I' + folder for folder in folders] + ['-fsyntax-only', '-'])

    def complaints(self, source, *flags):
        """The messages of the compiler for a source text; empty if it compiles."""
        result = subprocess.run(self.command + list(flags), input=source, text=True, check=False,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        return result.stdout.splitlines() or ['it failed without a message'] if result.returncode else []


def include(header):
    # The function, since a translation unit must not be empty.
    return '#include "{}"\nint f (void);\nint f (void) {{ return 0; }}\n'.format(header)


def check_direct(tap, compiler, header):
    complaints = compiler.complaints(include(header))
    expected = any('Only <intern-glib.h>' in line for line in complaints)
    tap.check([] if expected else ['no such error'] + complaints,
              '{} refuses to be included directly in {}'.format(header, compiler.language))


def check_compiler(tap, compiler, headers):
    tap.notices(compiler.complaints('#include <glib.h>\nint f (void) { int x; return 0; }\n'),
                'an unused variable in ' + compiler.language)
    for header in headers:
        umbrella = header == UMBRELLA
        flags = [] if umbrella else PARTS_DEFINED
        tap.check(compiler.complaints(include(header), *flags), '{} in {}'.format(header, compiler.language))
        tap.check(compiler.complaints(include(header) + include(header).split('\n')[0] + '\n', *flags),
                  '{} twice in {}'.format(header, compiler.language))
        if not umbrella:
            check_direct(tap, compiler, header)
    tap.check(compiler.complaints(include(APART)), '{} in {}'.format(APART, compiler.language))
    tap.check(compiler.complaints(include(UMBRELLA) + include(APART).split('\n')[0] + '\n', '-DINTERN_COMPAT_REPLACE'),
              '{} under its other names in {}'.format(APART, compiler.language))
    check_literal(tap, compiler)
    check_versions(tap, compiler)


def check_literal(tap, compiler):
    """The expansion of the macro must not cause warnings in a program."""
    source = '#include "{}"\nconst char *f (void);\nconst char *f (void) {{ return INTERN_LITERAL ("x"); }}\n'
    tap.check(compiler.complaints(source.format(UMBRELLA)), 'a literal in a program in ' + compiler.language)


def check_versions(tap, compiler):
    """A program that asks for an older version gets warnings for newer functions."""
    source = '#include "{}"\nguint f (void);\nguint f (void) {{ return intern_get_major_version (); }}\n'
    source = source.format(UMBRELLA)
    tap.check(compiler.complaints(source, '-DINTERN_VERSION_MAX_ALLOWED=INTERN_VERSION_0_1'),
              'a function of the first version in ' + compiler.language)
    tap.notices(compiler.complaints(source, '-DINTERN_VERSION_MAX_ALLOWED=G_ENCODE_VERSION(0,0)'),
                'a function that is newer than the program wants in ' + compiler.language)


def main():
    folders, headers = (argument.split(':') for argument in sys.argv[1:3])
    compilers = dict(argument.split('=', 1) for argument in sys.argv[3:])
    tap = lint.Tap()
    for language in STANDARDS:
        if compilers.get(language):
            check_compiler(tap, Compiler(language, compilers[language], folders),
                           sorted(os.path.basename(header) for header in headers))
        else:
            tap.skip('the headers in ' + language, 'no compiler')
    tap.finish()


if __name__ == '__main__':
    main()
