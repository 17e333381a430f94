# SPDX-License-Identifier: LGPL-2.1-or-later

"""The tool as a black box, for the programs of this folder: PROGRAM TOOL MAN-PAGE [--large] [unittest arguments]"""

import errno
import fcntl
import os
import pty
import random
import re
import select
import struct
import subprocess
import sys
import tempfile
import termios
import time
import unittest

TOOL, MAN_PAGE = map(os.path.abspath, sys.argv[1:3])
LARGE = '--large' in sys.argv

SEED = int(os.environ.get('TOOL_TEST_SEED', random.randrange(2 ** 32)))


HEADER = struct.Struct('<8s4Q')
LINES, CUT_LINES, CSV = range(3)


def pack(strings, n_ids, form=LINES):
    """A dictionary as the man page describes it."""
    values = b''.join(strings)
    ends = [sum(map(len, strings[:n])) for n in range(len(strings) + 1)]
    return HEADER.pack(b'INTERND1', form, n_ids, len(strings), len(values)) + \
        struct.pack('<%dQ' % len(ends), *ends) + values


def environment(**changes):
    """Nothing of the developer's own terminal; a None removes."""
    env = dict(os.environ, LC_ALL='C.UTF-8', TERM='xterm')
    env.pop('NO_COLOR', None)
    env.update(changes)
    return {name: value for name, value in env.items() if value is not None}


def environment_of_measure():
    """AddressSanitizer keeps what has been freed: hardly any of it, where memory is measured."""
    return environment(ASAN_OPTIONS=os.environ.get('ASAN_OPTIONS', '') + ':quarantine_size_mb=1')


def run(*args, data=b'', env=None, **options):
    """(exit status, standard output, standard error), the latter two as bytes."""
    # A file for standard input takes the place of the data.
    if data is not None:
        options['input'] = data
    done = subprocess.run([TOOL, *args], env=env or environment(), timeout=120,
                          stdout=options.pop('stdout', subprocess.PIPE), stderr=subprocess.PIPE, **options)
    return done.returncode, done.stdout, done.stderr


# A tool with a sanitizer, or for another C library, has no profiler.
HAS_PROFILER = b'  profile ' in run('--help')[1]


def peak_memory(pid):
    """In kB. Not ru_maxrss: that counts what the child had of this process before its exec()."""
    with open('/proc/{}/status'.format(pid), encoding='ascii') as file:
        return int(re.search(r'VmHWM:\s+(\d+) kB', file.read()).group(1))


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


def run_on_terminal(*args, data=b'', env=None, width=80):
    """Standard output and error on a terminal: (exit status, what the terminal got)."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack('HHHH', 24, width, 0, 0))
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

    def files(self):
        return sorted(os.listdir(self.folder.name))

    def read(self, name):
        with open(self.path(name), 'rb') as file:
            return file.read()

    def wait_until(self, condition):
        deadline = time.monotonic() + 30
        while not condition():
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.01)

    def succeed(self, *args, data=b'', **options):
        status, output, errors = run(*args, data=data, **options)
        self.assertEqual((status, errors), (0, b''), args)
        return output

    def assert_fails(self, message, *args, data=b'', status=1, **options):
        """@message is all of standard error after the name of the tool, as a regular expression."""
        found, _output, errors = run(*args, data=data, **options)
        self.assertEqual(found, status, args)
        self.assertRegex(errors, b'^intern-pool: ' + message + b'\n$', args)

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
