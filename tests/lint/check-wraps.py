#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later

"""The wraps in subprojects/: well-formed, and the library configures with what they provide. Nothing is downloaded:
the place of each archive is taken by a folder with what this system has."""

import configparser
import glob
import os
import re
import shutil
import subprocess
import tempfile

import lint

# Stands for GLib: names what the system has.
STANDING_IN = '''project('{name}', 'c', version: '{version}')
foreach name : ['glib-2.0', 'gobject-2.0', 'gio-2.0']
  flags = run_command('pkg-config', '--cflags', name, check: true).stdout().strip().split()
  meson.override_dependency(name, declare_dependency(compile_args: flags, version: '{version}'))
endforeach
'''


def parse(path):
    parser = configparser.ConfigParser(interpolation=None)
    parser.read(path)
    return parser


def form_problems(wrap):
    """An archive of one version, with its checksum."""
    if sorted(wrap.sections()) != ['provide', 'wrap-file']:
        return ['the groups are {}'.format(wrap.sections())]
    archive = wrap['wrap-file']
    version = re.search(r'-([\d.]+)$', archive.get('directory', ''))
    problems = [] if re.match(r'[0-9a-f]{64}$', archive.get('source_hash', '')) else ['source_hash is no SHA-256']
    if not version or version[1] not in archive.get('source_filename', ''):
        problems.append('directory and source_filename are of different versions')
    if not version or not re.match(r'https://\S*{}'.format(re.escape(version[1])), archive.get('source_url', '')):
        problems.append('source_url is not https, or of another version')
    return problems


def provided(wrap):
    return set(re.split(r',\s*', wrap.get('provide', 'dependency_names', fallback='')))


def asked(meson):
    """The dependencies that meson.build cannot do without and a wrap can provide."""
    return set(re.findall(r"dependency\('([\w.-]+)', version", meson))


def stand_in(root, wraps, tree):
    """The sources, and a folder in the place of each archive."""
    for name in 'meson.build', 'meson_options.txt':
        shutil.copy(os.path.join(root, name), tree)
    for name in 'src', 'include', 'introspection', 'doc':
        shutil.copytree(os.path.join(root, name), os.path.join(tree, name))
    os.mkdir(os.path.join(tree, 'subprojects'))
    for file, wrap in wraps.items():
        shutil.copy(os.path.join(root, 'subprojects', file + '.wrap'), os.path.join(tree, 'subprojects'))
        folder = os.path.join(tree, 'subprojects', wrap['wrap-file']['directory'])
        name, version = os.path.basename(folder).rsplit('-', 1)
        patch = wrap['wrap-file'].get('patch_directory')
        if patch:
            shutil.copytree(os.path.join(root, 'subprojects/packagefiles', patch), folder)
        else:
            os.mkdir(folder)
            with open(os.path.join(folder, 'meson.build'), 'w', encoding='utf-8') as file:
                file.write(STANDING_IN.format(name=name, version=version))


def configure_problems(root, wraps):
    with tempfile.TemporaryDirectory() as tree:
        stand_in(root, wraps, tree)
        done = subprocess.run(['meson', 'setup', '_build', '--wrap-mode=nodownload', '-Dtests=disabled',
                               '-Dintrospection=disabled', '-Dgtk_doc=false',
                               '--force-fallback-for=' + ','.join(wraps)], cwd=tree, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, check=False)
    used = set(re.findall(r'^Dependency ([\w.-]+) .*overridden', done.stdout, re.M))
    wanted = set().union(*map(provided, wraps.values()))
    return [] if done.returncode == 0 and used == wanted else [done.stdout]


def main():
    root = lint.root_from_arguments()
    wraps = {os.path.basename(path)[:-len('.wrap')]: parse(path)
             for path in sorted(glob.glob(os.path.join(root, 'subprojects/*.wrap')))}
    tap = lint.Tap()
    bad = configparser.ConfigParser()
    bad.read_string('[wrap-file]\ndirectory=x-1.0\nsource_filename=x-1.1.tar\nsource_url=http://x\nsource_hash=0\n'
                    '[provide]\n')
    tap.check([] if len(form_problems(bad)) == 3 else form_problems(bad), 'notices a wrap with three faults')
    for name, wrap in wraps.items():
        tap.check(form_problems(wrap), name + '.wrap')
    names = set().union(*map(provided, wraps.values()))
    wanted = asked(lint.read(os.path.join(root, 'meson.build')))
    tap.check([] if names == wanted and len(names) > 3 else [names, wanted], 'they provide what meson.build asks for')
    tap.check(configure_problems(root, wraps), 'the library configures with them')
    tap.finish()


if __name__ == '__main__':
    main()
