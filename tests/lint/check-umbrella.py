#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later

"""The umbrella header includes every public header but intern-compat.h, which includes the umbrella."""

import os
import re

import lint

UMBRELLA = 'intern-glib.h'
APART = 'intern-compat.h'
GUARD = re.compile(r'#if !defined\(INTERN_INSIDE\) && !defined\(INTERN_COMPILATION\)\n# error ')


def missing_from(text, names):
    return ['{} is missing'.format(name) for name in names
            if not re.search(r'["\'/]{}["\']'.format(re.escape(name)), text)]


def header_problems(text):
    problems = []
    if '#pragma once' not in text:
        problems.append('#pragma once is missing')
    if not GUARD.search(text):
        problems.append('the guard against direct inclusion is missing')
    return problems


def self_test(tap):
    guard = '#pragma once\n#if !defined(INTERN_INSIDE) && !defined(INTERN_COMPILATION)\n# error "x"\n#endif\n'
    tap.notices(missing_from('#include "a.h"\n', ['a.h', 'b.h']), 'a header that the umbrella leaves out')
    tap.notices(header_problems('#pragma once\n'), 'a missing guard')
    tap.notices(header_problems(guard.replace('#pragma once', '')), 'a missing #pragma once')
    tap.check(header_problems(guard), 'accepts a good header')


def main():
    root = lint.root_from_arguments()
    tap = lint.Tap()
    self_test(tap)
    headers = {os.path.basename(path): text
               for path, text in lint.files(root, 'include', r'\.h(\.in)?$')}
    umbrella = headers.pop(UMBRELLA)
    apart = headers.pop(APART)
    tap.check([] if APART not in umbrella else ['it does'], 'the umbrella does not include {}'.format(APART))
    tap.check(missing_from(apart.replace('<', '"').replace('>', '"'), [UMBRELLA]),
              '{} includes the umbrella'.format(APART))
    tap.check(missing_from(umbrella, [name.replace('.in', '') for name in headers]),
              'the umbrella includes every public header')
    tap.check(missing_from(lint.read(os.path.join(root, 'include/meson.build')), headers),
              'include/meson.build lists every public header')
    for name, text in headers.items():
        tap.check(header_problems(text), 'include/' + name)
    tap.finish()


if __name__ == '__main__':
    main()
