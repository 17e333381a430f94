#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later

"""gdb and an installed library: the script that gdb loads with it, on a program that aborts and on its core file.

Usage: test-gdb.py BUILD-ROOT SOURCE AUTO-LOAD-FOLDER DEBUG COMPILER...
(the folder is that of gdb in the installation; DEBUG is true if the library has debug information)
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile

import harness
import lint

NO_DEBUG = 'The debug information of libintern-glib-1 is missing: install it, or build the library with -g.'


class Session:
    """A program with the installed library, and gdb."""

    def __init__(self, folder, build_root, source, auto_load, compiler):
        self.stage = os.path.join(folder, 'stage')
        harness.install(build_root, self.stage)
        self.library = os.path.realpath(harness.only(self.stage, 'libintern-glib-1.so'))
        headers = os.path.dirname(harness.only(self.stage, 'intern-glib-1/intern-glib.h'))
        flags = subprocess.run(['pkg-config', '--cflags', '--libs', 'gio-2.0'], check=True, stdout=subprocess.PIPE,
                               text=True).stdout.split()
        self.program = os.path.join(folder, 'two-pools')
        self.core = os.path.join(folder, 'core')
        subprocess.run([*compiler, '-g', '-o', self.program, source, '-I' + headers, self.library, *flags], check=True)
        # gdb adds the path of the library to that of its own folder; in a stage these differ by the stage.
        self.scripts = os.path.join(folder, 'scripts')
        os.makedirs(os.path.dirname(self.scripts + self.stage))
        os.symlink(self.stage + auto_load, self.scripts + self.stage)

    def gdb(self, *commands, arguments=()):
        """What gdb writes."""
        options = [word for command in ('set debuginfod enabled off', 'set auto-load safe-path /',
                                        'set auto-load scripts-directory ' + self.scripts)
                   for word in ('-iex', command)]
        run = [word for command in commands for word in ('-ex', command)]
        environment = dict(os.environ, LD_LIBRARY_PATH=os.path.dirname(self.library), LC_ALL='C.UTF-8')
        return subprocess.run(['gdb', '-nx', '-batch', *options, *run, self.program, *arguments], env=environment,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              timeout=120, check=False).stdout


def rows_of(output):
    """The rows of intern-pools: (kind, address, strings, lookups, hits, memory)."""
    return [(kind, *(int(number, 0) for number in numbers.split()))
            for kind, numbers in re.findall(r'^(pool|store) +(0x[0-9a-f]+(?: +\d+){4})$', output, re.M)]


def same_figures(told, row):
    """The counts are exact, the memory is within a tenth."""
    return told[:4] == row[1:5] and abs(told[4] - row[5]) <= told[4] / 10


def check_rows(output, rows):
    """The used pools, in the order of their making, with the figures that the program prints itself."""
    told = [tuple(int(word, 0) for word in line.split())
            for line in re.findall(r'^0x[0-9a-f]+(?: \d+){4}$', output, re.M)]
    pools = [row for row in rows if row[0] == 'pool']
    problems = [] if len(told) == len(pools) == 3 else [output]
    return problems + ['{} but {}'.format(*pair) for pair in zip(told, pools) if not same_figures(*pair)]


def check_store(rows):
    """The store of the pool that was freed, for the view of its one string."""
    stores = [row[2:5] for row in rows if row[0] == 'store']
    return [] if stores == [(1, 1, 0)] else [rows]


def test_debug(tap, session):
    output = session.gdb('break abort', 'run', 'intern-pools', 'up', 'print small', 'print large->store',
                         'print (InternPool *) 0', 'generate-core-file ' + session.core)
    rows = rows_of(output)
    tap.check(check_rows(output, rows), 'intern-pools lists the used pools with the figures of the statistics')
    tap.check(check_store(rows), 'intern-pools lists the store of a freed pool that a view holds')
    printed = ['%#x [%d strings, %d lookups, %d hits, %d bytes]' % row[1:] for row in rows[:1]] + \
              ['[%d strings, %d lookups, %d hits, %d bytes]' % row[2:] for row in rows[1:2]]
    tap.check([] if printed and all(line + '\n' in output for line in printed) else [output],
              'pointers to a pool and to a store are printed with their figures')
    tap.check([] if '= (InternPool *) 0x0' in output else [output], 'NULL is printed as always')
    dumped = rows_of(session.gdb('intern-pools', arguments=[session.core]))
    tap.check([] if rows and dumped == rows else [dumped], 'a core file has the same pools')


def why_not():
    """Why gdb can run no program here, if so: some containers forbid it."""
    if not shutil.which('gdb'):
        return 'gdb is not installed'
    command = ['gdb', '-nx', '-batch', '-ex', 'run', shutil.which('true')]
    output = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                            text=True, timeout=120, check=False).stdout
    return None if 'exited normally' in output else 'gdb can run no program here: ' + ' '.join(output.split())


def main():
    build_root, source, auto_load, debug = sys.argv[1:5]
    tap = lint.Tap()
    reason = why_not()
    if reason:
        tap.skip('gdb', reason)
        tap.finish()
    with tempfile.TemporaryDirectory() as folder:
        session = Session(os.path.realpath(folder), build_root, source, auto_load, sys.argv[5:])
        output = session.gdb('start', 'help intern-pools')
        tap.check([] if 'Lists the pools' in output else [output], 'gdb loads the script with the library')
        output = session.gdb('info sharedlibrary', 'source ' + harness.only(session.stage, '-gdb.py'), 'intern-pools')
        tap.check([] if output.endswith('The program has no pools: it is not running.\n') else [output],
                  'intern-pools says that no program is running')
        if debug == 'true':
            test_debug(tap, session)
        subprocess.run(['strip', session.library], check=True)
        output = session.gdb('run', 'echo \\n', 'intern-pools')
        tap.check([] if output.endswith('\n' + NO_DEBUG + '\n') and 'Traceback' not in output else [output],
                  'without debug information intern-pools says so in one line')
    tap.finish()


if __name__ == '__main__':
    main()
