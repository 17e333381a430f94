#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later

"""intern-glib.doap says what meson.build, README.md and NEWS.md say."""

import os
import re
import xml.etree.ElementTree

import lint

DOAP = '{http://usefulinc.com/ns/doap#}'
RESOURCE = '{http://www.w3.org/1999/02/22-rdf-syntax-ns#}resource'


def said(doap):
    """The fields of the description of the project; releases are a list."""
    project = xml.etree.ElementTree.fromstring(doap)
    fields = {child.tag.replace(DOAP, ''): child.get(RESOURCE) or ' '.join((child.text or '').split())
              for child in project if child.tag != DOAP + 'release'}
    fields['releases'] = [found.text for found in project.iter(DOAP + 'revision')]
    return fields


def expected(meson, readme, news):
    name, short, description = re.match(r'# (.*)\n\n(.*)\.\n\n((?:.+\n)+)', readme).groups()
    return {
        'name': name,
        'shortname': re.search(r"^project\('(.*?)'", meson, re.M)[1],
        'shortdesc': short,
        'description': ' '.join(description.replace('`', '').split()),
        'license': 'https://spdx.org/licenses/' + re.search(r"license: '(.*)'", meson)[1],
        'programming-language': re.search(r"^project\('.*?', '(.*)'", meson, re.M)[1].upper(),
        # The sections that have a date.
        'releases': re.findall(r'^## ([\d.]+) \(\d', news, re.M),
    }


def problems(wanted, doap):
    try:
        fields = said(doap)
    except xml.etree.ElementTree.ParseError as error:
        return [error]
    return ['{}: {} but {}'.format(name, fields.get(name), wanted.get(name))
            for name in sorted({*wanted, *fields}) if fields.get(name) != wanted.get(name)]


def main():
    root = lint.root_from_arguments()
    doap, *texts = (lint.read(os.path.join(root, name))
                    for name in ('intern-glib.doap', 'meson.build', 'README.md', 'NEWS.md'))
    wanted = expected(*texts)
    tap = lint.Tap()
    for what in '<name>', '<shortname>', ' xml:lang="en">', 'licenses/', '<programming-language>':
        tap.notices(problems(wanted, doap.replace(what, what + 'x')), 'another value after ' + what)
    tap.notices(problems({**wanted, 'releases': ['9.9.9']}, doap), 'a release that is missing')
    tap.check(problems(wanted, doap), 'intern-glib.doap')
    tap.finish()


if __name__ == '__main__':
    main()
