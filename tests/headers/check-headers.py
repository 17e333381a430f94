#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Each public header stands alone, in C and in C++, and refuses to be included directly.

Usage: check-headers.py INCLUDE_FOLDERS HEADERS LANGUAGE=COMPILER...   (lists separated by ':')
"""

import os
import shlex
import shutil
import subprocess
import sys

import lint

# The first is the one of all checks, the others see everything at once.
STANDARDS = {
    'c': ['c11', 'c99', 'c17', 'c2x'],
    'c++': ['c++17', 'c++11', 'c++14', 'c++20'],
}
LANGUAGES = {
    'c': ['-x', 'c', '-Wstrict-prototypes', '-Wmissing-prototypes'],
    'c++': ['-x', 'c++', '-Wold-style-cast'],
}
# Beside the compiler of the build.
OTHERS = {
    'c': ['gcc', 'clang'],
    'c++': ['g++', 'clang++'],
}
WARNINGS = ['-Wall', '-Wextra', '-Wpedantic', '-Wshadow', '-Wundef', '-Wcast-qual', '-Wconversion', '-Wsign-conversion',
            '-Werror']
# Each is a fault in its language.
CASTS = {
    'c': 'char *f (const char *a);\nchar *f (const char *a) { return (char *) a; }\n',
    'c++': 'int f (char a);\nint f (char a) { return (int) a; }\n',
}
PARTS_DEFINED = ['-DINTERN_INSIDE=']
UMBRELLA = 'intern-glib.h'
# Includes the umbrella; INTERN_COMPAT_REPLACE makes it define the names of other libraries.
APART = 'intern-compat.h'


class Compiler:
    def __init__(self, language, command, folders, standard):
        glib = subprocess.run(['pkg-config', '--cflags', 'gobject-2.0'],
                              check=True, capture_output=True, text=True).stdout
        # GLib's headers use GNU extensions; no warnings for them as system headers.
        system = [flag.replace('-I', '-isystem', 1) for flag in shlex.split(glib)]
        self.language = language
        self.command = (shlex.split(command) + LANGUAGES[language] + ['-std=' + standard] + WARNINGS + system
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


def check_standard(tap, command, language, folders, standard):
    """All headers and macros together."""
    name = '{} of {}'.format(standard, command)
    compiler = Compiler(language, command, folders, standard)
    if compiler.complaints('int f (void);\n'):
        tap.skip('the headers in ' + name, 'the compiler does not know it')
        return
    source = ('#include "{}"\n#include "{}"\nconst char *f (void);\n'
              'const char *f (void) {{ return INTERN_LITERAL ("x"); }}\n').format(UMBRELLA, APART)
    tap.check(compiler.complaints(source, '-DINTERN_COMPAT_REPLACE'), 'the headers in ' + name)


def check_standards(tap, language, command, folders):
    tap.notices(Compiler(language, command, folders, STANDARDS[language][0]).complaints(CASTS[language]),
                'a cast that removes const, or is of C, in ' + language)
    # cc and gcc are often one program.
    programs = {os.path.realpath(shutil.which(other)): other for other in OTHERS[language] if shutil.which(other)}
    own = shlex.split(command)
    if len(own) == 1:
        programs.pop(os.path.realpath(shutil.which(own[0]) or own[0]), None)
    for one in [command, *programs.values()]:
        for standard in STANDARDS[language]:
            check_standard(tap, one, language, folders, standard)


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
            check_compiler(tap, Compiler(language, compilers[language], folders, STANDARDS[language][0]),
                           sorted(os.path.basename(header) for header in headers))
            check_standards(tap, language, compilers[language], folders)
        else:
            tap.skip('the headers in ' + language, 'no compiler')
    tap.finish()


if __name__ == '__main__':
    main()
