#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Every source file names its licence on its first line (the second after a #! or <?xml)."""

import re

import lint

SOURCES = (r'(\.(c|cpp|h|h\.in|py|pyi|py\.in|sh|js|vala|xml|doap|\d)|(^|/)meson\.build|^dev|^\.ci/[^./]+|'
           r'^\.ci/debian/rules)$')
TAG = re.compile(r'^\W*SPDX-License-Identifier: LGPL-2\.1-or-later\b')


def problems(text):
    lines = text.split('\n')
    if re.match(r'#!|<\?xml|\'\\"', lines[0]):
        lines = lines[1:]
    return [] if TAG.match(lines[0]) else ['the licence is missing: ' + lines[0]]


def main():
    tap = lint.Tap()
    tap.notices(problems('int x;\n'), 'a file without a licence')
    tap.notices(problems('/* SPDX-License-Identifier: MIT */\n'), 'another licence')
    tap.notices(problems('\n/* SPDX-License-Identifier: LGPL-2.1-or-later */\n'), 'a licence too late')
    tap.check(problems('#!/bin/sh\n# SPDX-License-Identifier: LGPL-2.1-or-later\n'), 'accepts a script')
    for path, text in lint.files(lint.root_from_arguments(), pattern=SOURCES):
        tap.check(problems(text), path)
    tap.finish()


if __name__ == '__main__':
    main()
