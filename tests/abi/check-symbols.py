#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Checks that the library, exported-symbols.txt, the headers and the GIR have the same symbols.

Usage: check-symbols.py LIBRARY SOURCE_ROOT SONAME [GIR]
"""

import os
import re
import subprocess
import sys
import xml.etree.ElementTree as xml

import lint

NAMESPACES = {
    'core': 'http://www.gtk.org/introspection/core/1.0',
    'c': 'http://www.gtk.org/introspection/c/1.0',
    'glib': 'http://www.gtk.org/introspection/glib/1.0',
}
C_IDENTIFIER = '{%s}identifier' % NAMESPACES['c']
GET_TYPE = '{%s}get-type' % NAMESPACES['glib']

DECLARATION = re.compile(r'^INTERN_(?:AVAILABLE|DEPRECATED)_IN_(\d+)_(\d+)[^\n]*\n(?:[^;(]*?\b(intern_\w+)\s*\(|'
                         r'G_DECLARE_FINAL_TYPE \(\w+, (intern_\w+),)', re.MULTILINE)


def exported(library):
    """Returns every exported symbol with its kind (T: code, D: data, ...)."""
    listing = subprocess.run(['nm', '--dynamic', '--defined-only', library],
                             check=True, capture_output=True, text=True).stdout
    return {line.split()[-1].split('@')[0]: line.split()[-2] for line in listing.splitlines()}


def listed(path):
    """Returns {symbol: version} of exported-symbols.txt."""
    return dict(line.split(' ') for line in lint.read(path).split('\n') if line and not line.startswith('#'))


def declared(root):
    """Returns {function: version} of the public headers; G_DECLARE_FINAL_TYPE declares a get_type()."""
    versions = {}
    for _path, text in lint.files(root, 'include', r'\.h(\.in)?$'):
        for major, minor, function, prefix in DECLARATION.findall(lint.code_only(text)):
            versions[function or prefix + '_get_type'] = f'{major}.{minor}'
    return versions


def introspected(gir):
    """Returns the functions in the GIR, also those that it marks as not introspectable."""
    names = set()
    for element in xml.parse(gir).iter():
        names.update(element.get(attribute) for attribute in (C_IDENTIFIER, GET_TYPE)
                     if re.match(r'intern_[a-z]', element.get(attribute) or ''))
    return names


def inlined(root):
    """Returns the functions that a header defines inline, which are not exported."""
    return {name for _path, text in lint.files(root, 'include', r'\.h(\.in)?$')
            for name in re.findall(r'^static inline [^;{]*?^(intern_\w+) \(', text, re.MULTILINE | re.DOTALL)}


def documented(sections):
    return set(re.findall(r'^intern_\w+$', lint.read(sections), re.MULTILINE))


def differences(left_name, left, right_name, right):
    return (['{}: only in {}'.format(name, left_name) for name in sorted(left - right)]
            + ['{}: only in {}'.format(name, right_name) for name in sorted(right - left)])


def pairs(versions):
    return {'{} {}'.format(name, version) for name, version in versions.items()}


def wrong_exports(symbols):
    return ['{} ({}) must not be exported'.format(name, kind) for name, kind in sorted(symbols.items())
            if not name.startswith('intern_') or kind != 'T']


def dynamic_entry(library, tag):
    """Returns the values of one tag of the dynamic section."""
    listing = subprocess.run(['readelf', '--dynamic', '--wide', library],
                             check=True, capture_output=True, text=True).stdout
    return re.findall(r'\({}\).*?(?:\[(.*?)\]|Flags: (.*))'.format(tag), listing)


def soname_problems(library, expected):
    found = [name for name, _flags in dynamic_entry(library, 'SONAME')]
    return [] if found == [expected] else ['the soname is {}, not {}'.format(found, expected)]


def flag_problems(library, flag):
    flags = ' '.join(flags for _name, flags in dynamic_entry(library, 'FLAGS_1'))
    return [] if flag in flags.split() else ['{} is not in "{}"'.format(flag, flags)]


def self_test(tap):
    tap.notices(differences('a', {'intern_x'}, 'b', set()), 'a symbol that is missing')
    tap.notices(differences('a', set(), 'b', {'intern_x'}), 'an extra symbol')
    tap.notices(wrong_exports({'other': 'T'}), 'a symbol without the prefix')
    tap.notices(wrong_exports({'intern_x': 'D'}), 'data')


def main():
    library, root, soname = sys.argv[1:4]
    gir = sys.argv[4] if len(sys.argv) > 4 else None
    sections = os.path.join(root, 'doc', 'intern-sections.txt')
    symbols = exported(library)
    functions = set(symbols)

    tap = lint.Tap()
    self_test(tap)
    tap.check(wrong_exports(symbols), 'only functions named intern_ are exported')
    versions = declared(root)
    listed_versions = listed(os.path.join(root, 'tests', 'abi', 'exported-symbols.txt'))
    tap.check(differences('the library', functions, 'exported-symbols.txt', set(listed_versions)),
              'the library exports the symbols of the list')
    tap.check(differences('the library', functions, 'the headers', set(versions)),
              'the library exports the functions of the headers')
    tap.check(differences('exported-symbols.txt', pairs(listed_versions), 'the headers', pairs(versions)),
              'the list and the headers agree on the version that brought a function')
    if gir:
        tap.check(differences('the library', functions, 'the GIR', introspected(gir)),
                  'the GIR has the exported functions')
    else:
        tap.skip('the GIR has the exported functions', 'no introspection')
    if os.path.exists(sections):
        tap.check(differences('library and headers', functions | inlined(root), 'the manual', documented(sections)),
                  'the manual has the functions of the library and the headers')
    else:
        tap.skip('the manual has the functions of the library', 'no doc/intern-sections.txt')
    tap.check(soname_problems(library, soname), 'the soname is right')
    tap.check(flag_problems(library, 'NODELETE'), 'the library stays loaded after dlclose()')
    tap.check(flag_problems(library, 'NOW'), 'all symbols are bound when the library is loaded')
    tap.finish()


if __name__ == '__main__':
    main()
