#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later

"""The folders of src/ are ordered: a file includes its own folder and those before it in the list. The top of
the tree holds what belongs there."""

import os
import re
import shutil
import subprocess

import lint

FOLDERS = ['base', 'storage', 'cache', 'snapshot', 'store', 'pool']
# What is loaded into any program: it uses nothing but libc. The tool reads what it writes.
PRELOADED = 'profile'
# The only folder that uses GObject, emits and logs.
FACADE = 'pool'
# The public header with the error codes, which every folder may include.
LEAF = 'intern-error.h'

# The top of the tree: a file that a test or a person has left behind is none of these.
TOP = {'.ci', '.clang-format', '.editorconfig', '.gitignore', 'CONTRIBUTING.md', 'COPYING', 'NEWS.md', 'README.md',
       'SECURITY.md', 'dev', 'doc', 'include', 'intern-glib.doap', 'introspection', 'meson.build', 'meson_options.txt',
       'src', 'subprojects', 'tests'}

# These include the library as any program does.
USERS = ('src/tool/', 'doc/examples/', 'tests/api/', 'tests/performance/')
# A public header that includes the library like a program.
COMPAT = 'include/intern-compat.h'
# What a program includes.
FOR_USERS = ('intern-glib.h', 'intern-compat.h')

NOT_BELOW_FACADE = re.compile(r'^(glib-object\.h|gobject/|gio/|intern-glib\.h)')
NOT_LIBC = re.compile(r'^(glib|gobject|gio|intern)[-./]')
EMITS = (r'\bg_(signal_emit\w*|object_notify\w*|log|log_structured\w*|logv|message|warning|'
         r'warning_once|critical|debug|info|error|print|printerr|return_if_fail|return_val_if_fail|'
         r'warn_if_fail|warn_if_reached|return_if_reached|return_val_if_reached)\s*\(')

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(["<])([^">]+)[">]', re.MULTILINE)
PUBLIC = re.compile(r'^intern-[a-z-]+\.h$')


def includes(text):
    """(quote, name) of each include outside of comments."""
    return INCLUDE.findall(re.sub(r'/\*.*?\*/', '', text, flags=re.DOTALL))


def order_problems(path, text, has_header):
    """A .c file includes config.h first, then the header of its module."""
    names = [name for _quote, name in includes(text)] + ['', '']
    folder, name = os.path.split(path[len('src/'):-len('.c')])
    own = '{}/{}.h'.format(folder, name)
    problems = []
    if names[0] != 'config.h':
        problems.append('the first include is not "config.h"')
    if has_header and names[1] != own:
        problems.append('the second include is not its own header, "{}"'.format(own))
    if not has_header and not names[1].startswith(folder + '/') and names[1] != name + '.h':
        problems.append('the second include is not a header of its folder')
    return problems


def preloaded_problems(text):
    """A file of the preloaded library includes its own folder and the C library."""
    return ['{} may not include {}{}'.format(PRELOADED, quote, name) for quote, name in includes(text)
            if (name.split('/')[0] != PRELOADED and name != 'config.h' if quote == '"' else NOT_LIBC.match(name))]


def folder_problems(path, text):
    """A file in src/ includes only what its folder may, and emits and logs only in the facade."""
    folder = path.split('/')[1]
    if folder == PRELOADED:
        return preloaded_problems(text)
    if path.count('/') != 2 or folder not in FOLDERS:
        return ['it is not in one of the folders ' + ' '.join(FOLDERS)]

    allowed = FOLDERS[:FOLDERS.index(folder) + 1]
    problems = []
    for quote, name in includes(text):
        if quote == '<':
            fine = folder == FACADE or not NOT_BELOW_FACADE.match(name)
        elif PUBLIC.match(name):
            fine = folder == FACADE or name == LEAF
        else:
            fine = name == 'config.h' or name.split('/')[0] in allowed
        if not fine:
            problems.append('{} may not include {}{}'.format(folder, quote, name))
    if folder != FACADE:
        problems += lint.lines_matching(EMITS, lint.code_only(text), 'only {} may emit or log'.format(FACADE))
    return problems


def library_problems(path, text, has_header=True):
    return folder_problems(path, text) + (order_problems(path, text, has_header) if path.endswith('.c') else [])


def public_problems(text):
    """A public header includes only public headers and those of GLib."""
    return ['{}{} is not public'.format(quote, name)
            for quote, name in includes(text) if quote == '"' and not PUBLIC.match(name)]


def user_problems(text):
    """A program includes no header of the library but the umbrella and the one for moving."""
    return ['only <{}> may be included, not {}{}'.format('> and <'.join(FOR_USERS), quote, name)
            for quote, name in includes(text)
            if (name.split('/')[0] in FOLDERS or PUBLIC.match(os.path.basename(name))) and
            not (quote == '<' and name in FOR_USERS)]


def top_problems(names):
    return ['{} does not belong at the top of the tree'.format(name) for name in sorted(names - TOP)]


def names_at_top(root):
    """The names that Git has; all of them where there is no Git, as in a release."""
    if not os.path.exists(os.path.join(root, '.git')) or not shutil.which('git'):
        return {name for name in os.listdir(root) if not lint.is_skipped(root, name)}
    listed = subprocess.run(['git', '-c', 'safe.directory=*', '-C', root, 'ls-files'], stdout=subprocess.PIPE,
                            encoding='utf-8', check=True)
    return {path.split('/')[0] for path in listed.stdout.splitlines()}


def self_test(tap):
    own = '#include "config.h"\n#include "base/hash.h"\n'
    bad = {
        'a file outside the folders': ('src/nowhere.c', own),
        'an unknown folder': ('src/nowhere/hash.c', own),
        'a higher folder': ('src/base/hash.c', own + '#include "store/store.h"\n'),
        'a header without its folder': ('src/base/hash.c', own + '#include "key.h"\n'),
        'a public header below the facade': ('src/base/hash.c', own + '#include "intern-pool.h"\n'),
        'GObject below the facade': ('src/base/hash.c', own + '#include <glib-object.h>\n'),
        'GIO below the facade': ('src/base/hash.c', own + '#  include <gio/gio.h>\n'),
        'the umbrella below the facade': ('src/base/hash.c', own + '#include <intern-glib.h>\n'),
        'a warning below the facade': ('src/base/hash.c', own + '  g_warning ("x");\n'),
        'a signal below the facade': ('src/base/hash.c', own + '  g_signal_emit (x, 0, 0);\n'),
        'a missing config.h': ('src/base/hash.c', '#include "base/hash.h"\n'),
        'a late own header': ('src/base/hash.c', '#include "config.h"\n#include <glib.h>\n'),
    }
    for name, (path, text) in bad.items():
        tap.notices(library_problems(path, text), name)
    tap.notices(library_problems('src/store/x.c', own, has_header=False), 'a file without a header of its folder')
    tap.notices(top_problems({'src', 'x'}), 'a stray file at the top')
    tap.notices(public_problems('#include "pool/pool.h"\n'), 'a private header in a public one')
    tap.notices(user_problems('#include "pool/pool.h"\n'), 'a program that includes a private header')
    tap.notices(user_problems('#include <intern-pool.h>\n'), 'a program that includes a single public header')
    tap.notices(user_problems('#include "intern-compat.h"\n'), 'a program that takes a header from its own folder')
    tap.notices(library_problems('src/profile/x.c', own), 'a header of the library in what is preloaded')
    tap.notices(library_problems('src/profile/x.c', '#include "config.h"\n#include "profile/x.h"\n#include <glib.h>\n'),
                'GLib in what is preloaded')
    tap.check(user_problems('#include <intern-glib.h>\n#include <intern-compat.h>\n'), 'accepts a program that moves')
    tap.check(library_problems('src/base/hash.c', own + '/* g_warning ("x"); */\n'), 'accepts a good file')


def main():
    root = lint.root_from_arguments()
    tap = lint.Tap()
    self_test(tap)
    tap.check(top_problems(names_at_top(root)), 'the top of the tree')
    for path, text in lint.files(root, pattern=r'\.(c|h|h\.in)$'):
        if path.startswith(USERS) or path == COMPAT:
            tap.check(user_problems(text), path)
        elif path.startswith('src/'):
            tap.check(library_problems(path, text, os.path.exists(os.path.join(root, path[:-2] + '.h'))), path)
        elif path.startswith('include/'):
            tap.check(public_problems(text), path)
    tap.finish()


if __name__ == '__main__':
    main()
