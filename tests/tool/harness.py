# SPDX-License-Identifier: LGPL-2.1-or-later

"""The tool as a black box, for the programs of this folder: PROGRAM TOOL MAN-PAGE [--large] [unittest arguments]"""

import errno
import os
import pty
import random
import select
import subprocess
import sys
import tempfile
import unittest

TOOL, MAN_PAGE = map(os.path.abspath, sys.argv[1:3])
LARGE = '--large' in sys.argv

SEED = int(os.environ.get('TOOL_TEST_SEED', random.randrange(2 ** 32)))


def environment(**changes):
    """Nothing of the developer's own terminal; a None removes."""
    env = dict(os.environ, LC_ALL='C.UTF-8', TERM='xterm')
    env.pop('NO_COLOR', None)
    env.update(changes)
    return {name: value for name, value in env.items() if value is not None}


def run(*args, data=b'', env=None, **options):
    """(exit status, standard output, standard error), the latter two as bytes."""
    done = subprocess.run([TOOL, *args], input=data, env=env or environment(), timeout=120,
                          stdout=options.pop('stdout', subprocess.PIPE), stderr=subprocess.PIPE, **options)
    return done.returncode, done.stdout, done.stderr


def read_terminal(master, process, on_output=None):
    """All that arrives until the program ends."""
    output = b''
    while True:
        try:
            piece = os.read(master, 65536) if select.select([master], [], [], 60)[0] else b''
        except OSError as error:
            if error.errno != errno.EIO:
                raise
            piece = b''
        if not piece:
            break
        output += piece
        if on_output:
            on_output(output)
    process.wait(timeout=60)
    return output


def run_on_terminal(*args, data=b'', env=None):
    """Standard output and error on a terminal: (exit status, what the terminal got)."""
    master, slave = pty.openpty()
    with tempfile.TemporaryFile() as file:
        file.write(data)
        file.seek(0)
        process = subprocess.Popen([TOOL, *args], stdin=file, stdout=slave, stderr=slave, env=env or environment())
        os.close(slave)
        output = read_terminal(master, process)
    os.close(master)
    return process.returncode, output


class ToolTestCase(unittest.TestCase):
    def setUp(self):
        self.random = random.Random(SEED)
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def path(self, name, data=None):
        path = os.path.join(self.folder.name, name)
        if data is not None:
            with open(path, 'wb') as file:
                file.write(data)
        return path

    def assert_usage_error(self, *args):
        status, output, errors = run(*args)
        self.assertEqual((status, output), (2, b''), args)
        self.assertRegex(errors, rb'^intern-pool: [^\n]+\nTry "intern-pool.* --help"\.\n$')

    def random_bytes(self, alphabet, length):
        return bytes(self.random.choices(alphabet, k=length))


class TapResult(unittest.TestResult):
    """One line of the Test Anything Protocol for each test."""

    def __init__(self):
        super().__init__()
        self.n_told = 0
        self.problems = []
        self.reason = None

    def startTest(self, test):
        super().startTest(test)
        self.problems = []
        self.reason = None

    def addError(self, test, err):
        super().addError(test, err)
        self.problems.append(self._exc_info_to_string(err, test))

    addFailure = addError

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err:
            self.problems.append(str(subtest) + '\n' + self._exc_info_to_string(err, test))

    def addSkip(self, test, reason):
        # Each subtest may say so: one line is for the whole.
        super().addSkip(test, reason)
        self.reason = reason

    def stopTest(self, test):
        super().stopTest(test)
        if self.problems:
            print('# ' + ''.join(self.problems).replace('\n', '\n# '))
            self.tell('not ok', test)
        else:
            self.tell('ok', test, ' # SKIP ' + self.reason if self.reason else '')

    def tell(self, verdict, test, rest=''):
        self.n_told += 1
        name = test.id().replace('__main__.', '')
        print('{} {} - {}{}'.format(verdict, self.n_told, name, rest), flush=True)


def main():
    """Runs the classes of the calling program, or those that the command line names. The ones
    whose name ends in Large are for --large, which leaves out the others."""
    names = [argument for argument in sys.argv[3:] if not argument.startswith('-')]
    loader = unittest.TestLoader()
    module = sys.modules['__main__']
    suite = loader.loadTestsFromNames(names, module) if names else loader.loadTestsFromModule(module)
    if not names:
        chosen = [case for group in suite for case in group if type(case).__name__.endswith('Large') == LARGE]
        suite = unittest.TestSuite(chosen)
    print('1..{}'.format(suite.countTestCases()))
    print('# TOOL_TEST_SEED={}'.format(SEED), flush=True)
    result = TapResult()
    suite.run(result)
    sys.exit(0 if result.wasSuccessful() else 1)
