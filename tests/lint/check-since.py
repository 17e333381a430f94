#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Every public function has the same version in its documentation (Since) and in its header."""

import re

import lint

DOC_BLOCK = re.compile(r'/\*\*\n \* ([A-Za-z_][\w:-]*?):?[ \t]*(\([^\n]*)?\n(.*?)\*/', re.DOTALL)
DECLARATION = re.compile(r'^INTERN_(?:AVAILABLE|DEPRECATED)_IN_(\d+)_(\d+)[^\n]*\n[^;]*?\b(intern_\w+)\s*\(',
                         re.MULTILINE)
TYPE_MACRO = re.compile(r'^G_DECLARE_')

# Functions of a type or an error domain, which gtk-doc does not list.
WITHOUT_ENTRY = re.compile(r'_(get_type|quark)$')


def doc_blocks(text):
    """{symbol: version or None} for each documentation comment."""
    blocks = {}
    for name, _annotations, body in DOC_BLOCK.findall(text):
        since = re.search(r'^ \* Since: (\d+\.\d+)$', body, re.MULTILINE)
        blocks[name] = since and since.group(1)
    return blocks


def declarations(text):
    """{function: version of the availability macro above its prototype}"""
    found = {}
    for major, minor, name in DECLARATION.findall(text):
        if not WITHOUT_ENTRY.search(name):
            found[name] = '{}.{}'.format(major, minor)
    return found


def unmarked(text):
    """Public prototypes without an availability macro above."""
    lines = lint.code_only(text).split('\n')
    return ['no availability macro: ' + line for before, line in zip([''] + lines, lines)
            if re.match(r'[A-Za-z_][\w ]*[ *]+intern_\w+\s*\(', line)
            and not re.match(r'INTERN_(AVAILABLE|DEPRECATED)_IN_', before)]


def block_problems(text):
    return ['{} has no Since'.format(name) for name, since in doc_blocks(text).items() if not since]


def version_problems(declared, documented):
    return ['{} is declared since {} and documented since {}'.format(name, version, documented.get(name))
            for name, version in declared.items() if documented.get(name) != version]


def self_test(tap):
    good = '/**\n * intern_x:\n * @a: b\n *\n * Does.\n *\n * Since: 0.1\n */\n'
    late = 'INTERN_AVAILABLE_IN_0_2\nvoid intern_x (int a);\n'
    tap.notices(block_problems(good.replace('Since: 0.1', 'Later.')), 'a block without Since')
    tap.notices(version_problems(declarations(late), doc_blocks(good)), 'a different version in the header')
    tap.notices(version_problems(declarations(late), {}), 'a function without documentation')
    tap.notices(unmarked('\nvoid intern_x (int a);\n'), 'a prototype without its macro')
    tap.check(block_problems(good) + unmarked(late), 'accepts a good block and prototype')


def main():
    root = lint.root_from_arguments()
    tap = lint.Tap()
    self_test(tap)

    declared, documented = {}, {}
    for path, text in lint.files(root, pattern=r'^(include/[^/]*|src/pool/[^/]*)\.(c|h|h\.in)$'):
        blocks = doc_blocks(text)
        documented.update(blocks)
        if blocks:
            tap.check(block_problems(text), 'each block has a Since: ' + path)
        if path.startswith('include/'):
            declared.update(declarations(text))
            tap.check(unmarked(text), 'each prototype has an availability macro: ' + path)
    tap.check([] if len(declared) > 10 else ['only {} functions found'.format(len(declared))],
              'the headers could be parsed')
    tap.check(version_problems(declared, documented), 'headers and documentation have the same versions')
    tap.finish()


if __name__ == '__main__':
    main()
