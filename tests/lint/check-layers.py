#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Who may include whom, and who may speak: the architecture as a table that can fail."""

import os
import re

import lint

# A module is intern-NAME: its .c, its private header, its public header. A file that is in no
# layer fails, so that a new one must be given its place here.
LAYERS = {
    0: ['macros', 'atomic', 'lock', 'heap'],
    1: ['hash', 'key', 'entry', 'counters', 'fork', 'blocks', 'atoms',
        'header', 'slots', 'snapshot-format', 'snapshot-memory'],
    2: ['shard', 'cache', 'bucket', 'snapshot', 'snapshot-check', 'snapshot-writer', 'snapshot-sort'],
    3: ['store', 'store-struct', 'layers', 'batch'],
    4: ['error', 'version', 'version-macros', 'watch', 'pool', 'pool-stats', 'pool-atoms',
        'pool-debug', 'pool-encode', 'pool-file', 'pool-item', 'pool-model', 'pool-references', 'pool-snapshot',
        'pool-signals', 'pool-stream'],
}
FACADE = 4

# Within a layer modules do not know each other; but a key is a hashed string, an entry a stored key,
# the cache is made of buckets, and an atom is written into the entry of its string,
# a batch works on a store, the index of a snapshot needs the hash, and a store has others below it.
WITHIN_LAYER = {('key', 'hash'), ('entry', 'key'), ('cache', 'bucket'),
                ('atoms', 'entry'), ('batch', 'store'), ('batch', 'layers'),
                ('store', 'store-struct'), ('store-struct', 'store'), ('store', 'layers'),
                ('layers', 'store'), ('layers', 'store-struct'),
                ('entry', 'header'), ('slots', 'blocks'), ('slots', 'entry'),
                ('snapshot-format', 'hash'), ('snapshot-memory', 'snapshot-format'),
                ('snapshot-check', 'snapshot'),
                ('snapshot-sort', 'snapshot-writer')}

# The codes of errors are a leaf that any layer may name.
FOR_EVERYONE = {'error'}

# Whose own header does not bear their name.
OWN_HEADER = {
    'src/intern-pool-atoms.c': 'intern-pool-private.h',
    'src/intern-pool-encode.c': 'intern-pool-private.h',
    'src/intern-pool-references.c': 'intern-pool-private.h',
    'src/intern-pool-signals.c': 'intern-pool-private.h',
    'src/intern-pool-stats.c': 'intern-pool.h',
    'src/intern-pool-stream.c': 'intern-pool-private.h',
    'src/intern-snapshot-check.c': 'intern-snapshot-private.h',
    'src/intern-snapshot-sort.c': 'intern-snapshot-writer-private.h',
    'src/intern-version.c': 'intern-version-macros.h',
}

# A header that is installed beside the library, and on top of it.
APART = 'include/intern-compat.h'

# These see the library as any program does.
USERS = ('src/tool/', 'doc/examples/', 'tests/api/', 'tests/performance/')

NOT_BELOW_FACADE = re.compile(r'^(glib-object\.h|gobject/|gio/|intern-glib\.h)')
SPEAKS = (r'\bg_(signal_emit\w*|object_notify\w*|log|log_structured\w*|logv|message|warning|'
          r'warning_once|critical|debug|info|error|print|printerr|return_if_fail|return_val_if_fail|'
          r'warn_if_fail|warn_if_reached|return_if_reached|return_val_if_reached)\s*\(')

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(["<])([^">]+)[">]', re.MULTILINE)


def includes(text):
    """(quote, name) of each include, comments aside."""
    return INCLUDE.findall(re.sub(r'/\*.*?\*/', '', text, flags=re.DOTALL))


def module_of(path):
    """'pool' for src/intern-pool.c, intern-pool-private.h, include/intern-version.h.in ..."""
    match = re.fullmatch(r'intern-([a-z0-9-]+?)(-private)?\.(c|h|h\.in)', os.path.basename(path))
    return match and match.group(1)


def layer_of(module):
    return next((number for number, modules in LAYERS.items() if module in modules), None)


def may_include(module, other):
    if other == module or other in FOR_EVERYONE or (module, other) in WITHIN_LAYER:
        return True
    mine, theirs = layer_of(module), layer_of(other)
    return theirs is not None and (theirs < mine or mine == theirs == FACADE)


def order_problems(path, text):
    """Each .c: config.h first, then the header that it implements."""
    names = [name for _quote, name in includes(text)]
    own = OWN_HEADER.get(path)
    candidates = [own] if own else [os.path.basename(path)[:-2] + end for end in ('-private.h', '.h')]
    problems = []
    if names[:1] != ['config.h']:
        problems.append('the first include is not "config.h"')
    if names[1:2] and names[1] not in candidates or len(names) < 2:
        problems.append('the second include is not its own header, ' + ' or '.join(candidates))
    return problems


def library_problems(path, text):
    """A file of the library itself."""
    module = module_of(path)
    layer = layer_of(module)
    if layer is None:
        return ['it is in no layer: give it one in tests/lint/check-layers.py']

    problems = order_problems(path, text) if path.endswith('.c') else []
    for quote, name in includes(text):
        if quote == '"' and name != 'config.h':
            if not module_of(name):
                problems.append('"{}" is not a module of the library'.format(name))
            elif not may_include(module, module_of(name)):
                problems.append('layer {} may not include "{}"'.format(layer, name))
        elif quote == '<' and layer < FACADE and NOT_BELOW_FACADE.match(name):
            problems.append('layer {} may not include <{}>'.format(layer, name))
    if layer < FACADE:
        problems += lint.lines_matching(SPEAKS, lint.code_only(text), 'only the facade speaks')
    return problems


def user_problems(text):
    """A program: of the library's headers it includes the umbrella alone, as an installed one."""
    return ['only <intern-glib.h> may be included, not {}{}'.format(quote, name)
            for quote, name in includes(text)
            if module_of(name) and (quote, name) != ('<', 'intern-glib.h')]


def self_test(tap):
    own = '#include "config.h"\n#include "intern-hash-private.h"\n'
    bad = {
        'a file without a layer': ('src/intern-nowhere.c', own),
        'a higher layer': ('src/intern-hash.c', own + '#include "intern-store-private.h"\n'),
        'a neighbour': ('src/intern-hash.c', own + '#include "intern-counters-private.h"\n'),
        'GObject below the facade': ('src/intern-hash.c', own + '#include <glib-object.h>\n'),
        'GIO below the facade': ('src/intern-hash.c', own + '#  include <gio/gio.h>\n'),
        'the umbrella below the facade': ('src/intern-hash.c', own + '#include <intern-glib.h>\n'),
        'a warning below the facade': ('src/intern-hash.c', own + '  g_warning ("x");\n'),
        'a signal below the facade': ('src/intern-hash.c', own + '  g_signal_emit (x, 0, 0);\n'),
        'a missing config.h': ('src/intern-hash.c', '#include "intern-hash-private.h"\n'),
        'a late own header': ('src/intern-hash.c', '#include "config.h"\n#include <glib.h>\n'),
    }
    for name, (path, text) in bad.items():
        tap.notices(library_problems(path, text), name)
    tap.notices(user_problems('#include "../intern-pool-private.h"\n'), 'a tool that looks inside')
    tap.notices(user_problems('#include <intern-pool.h>\n'), 'a tool without the umbrella')
    tap.check(library_problems('src/intern-hash.c', own + '/* g_warning ("x"); */\n'), 'accepts a good file')


def main():
    root = lint.root_from_arguments()
    tap = lint.Tap()
    self_test(tap)
    for path, text in lint.files(root, pattern=r'^(src|include)/[^/]*\.(c|h|h\.in)$'):
        if path == APART:
            tap.check(user_problems(text), path)
        elif path != 'include/intern-glib.h':
            tap.check(library_problems(path, text), path)
    for path, text in lint.files(root, pattern=r'\.(c|h)$'):
        if path.startswith(USERS):
            tap.check(user_problems(text), path)
    tap.finish()


if __name__ == '__main__':
    main()
