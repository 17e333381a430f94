#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later

"""The installed tests: described as GNOME's are, linked with the installed library, and they run from where they are.

Usage: test-installed-tests.py BUILD-ROOT SOURCE-ROOT
"""

import configparser
import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile

import harness
import lint

# The cheap ones, the ones that read data among them.
RUN = ['error', 'pool-atoms', 'pool-handlers', 'pool-save', 'pool-stats', 'version']


def check_description(path, stage):
    """A group of keys, and a program that is there and needs the shared library."""
    parser = configparser.ConfigParser()
    parser.optionxform = str
    parser.read(path)
    test = dict(parser['Test'])
    program = re.match(r'env (?:[A-Z_]+=\S+ )*(/\S+) --tap$', test.pop('Exec'))
    if test != {'Type': 'session', 'Output': 'TAP'} or not program:
        return [lint.read(path)]
    dynamic = subprocess.run(['readelf', '--dynamic', '--wide', stage + program[1]], stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT, text=True, check=False).stdout
    linked = 'NEEDED' in dynamic and '[libintern-glib-1.so.0]' in dynamic and 'RUNPATH' not in dynamic
    return [] if linked else [dynamic]


def move(paths, folder, stage):
    """Copies of descriptions whose programs are in the stage."""
    target = os.path.join(folder, 'installed-tests/intern-glib-1')
    os.makedirs(target)
    for path in paths:
        with open(os.path.join(target, os.path.basename(path)), 'w', encoding='utf-8') as moved:
            moved.write(re.sub(r' (/\S+ --tap)', ' ' + stage + r'\1', lint.read(path)))


def run(folder, library):
    environment = dict(os.environ, LD_LIBRARY_PATH=os.path.dirname(library), LC_ALL='C.UTF-8')
    for name in 'G_TEST_SRCDIR', 'G_TEST_BUILDDIR':
        environment.pop(name, None)
    done = subprocess.run(['gnome-desktop-testing-runner', '--dir', folder, '--tap', 'intern-glib-1/'],
                          env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    passed = re.findall(r'^ok .*?intern-glib-1/test-(\S+)\.test', done.stdout, re.M)
    return [] if done.returncode == 0 and sorted(passed) == RUN else [done.stdout]


def main():
    build_root, source_root = sys.argv[1:]
    tap = lint.Tap()
    with tempfile.TemporaryDirectory() as folder:
        stage = os.path.realpath(os.path.join(folder, 'stage'))
        harness.install(build_root, stage)
        described = os.path.dirname(harness.only(stage, '/installed-tests/intern-glib-1/test-version.test'))
        names = sorted(name[:-len('.test')] for name in os.listdir(described))
        sources = sorted(os.path.basename(path)[:-len('.c')] for path in glob.glob(source_root + '/tests/api/test-*.c'))
        tap.check([] if names == sources else [names, sources], 'every test of the API is installed')
        for name in names:
            tap.check(check_description(os.path.join(described, name + '.test'), stage), name)
        move([os.path.join(described, 'test-{}.test'.format(name)) for name in RUN], folder, stage)
        if shutil.which('gnome-desktop-testing-runner'):
            tap.check(run(folder, os.path.realpath(harness.only(stage, 'libintern-glib-1.so'))),
                      'gnome-desktop-testing-runner finds and runs them')
        else:
            tap.skip('gnome-desktop-testing-runner', 'it is not installed')
    tap.finish()


if __name__ == '__main__':
    main()
