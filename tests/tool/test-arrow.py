#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Texts as Arrow files: test-arrow.py TOOL MAN-PAGE [unittest arguments]

Whether others can read them is asked of Apache Arrow's own library for JavaScript, which gjs
loads. The variable INTERN_TEST_APACHE_ARROW says where it is; see .ci/apache-arrow.py. What needs
it is skipped without it.
"""

import glob
import json
import os
import re
import shutil
import subprocess

import harness
from harness import run

MIB = 1024 * 1024
LIBRARY = os.environ.get('INTERN_TEST_APACHE_ARROW', '')
SCRIPT = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'arrow.js')

TEXTS = [b'', b'\n', b'a', b'a\n', b'a\n\n', b'\n\na', b'a\r\nb\r\n', b'a\0b\na\0c\na\0b', b'\xff\n\xed\xa0\x80\n',
         b'one\ntwo\none\n', '\u00e9\n\U0001f600\n'.encode()]


class ArrowTestCase(harness.ToolTestCase):
    def encode(self, *args, data=b''):
        """The path of an Arrow file."""
        path = self.path('arrow')
        self.assertEqual(run('encode', '--arrow', '--force', '--output', path, *args, data=data), (0, b'', b''))
        return path

    def decode(self, path, *args):
        status, output, errors = run('decode', '--arrow', path, *args)
        self.assertEqual((status, errors), (0, b''))
        return output

    def assert_round_trip(self, data):
        self.assertEqual(self.decode(self.encode(data=data)), data)

    def assert_refused(self, path, message):
        status, _output, errors = run('decode', '--arrow', path)
        self.assertEqual(status, 1)
        self.assertRegex(errors, b'^intern-pool: ' + re.escape(path.encode()) + b': ' + message + b'\n$')

    def script(self, command, path):
        if not os.path.exists(LIBRARY) or not shutil.which('gjs'):
            self.skipTest('gjs or the library of Apache Arrow is not there')
        arguments = ['gjs', SCRIPT, LIBRARY, command, path]
        return subprocess.run(arguments, check=True, timeout=120, stdout=subprocess.PIPE).stdout

    def read_elsewhere(self, path):
        """What the other reader finds: (the list of strings as bytes, the rest)."""
        found = json.loads(self.script('read', path).decode())
        return [bytes(string) for string in found.pop('strings')], found


class TestRoundTrip(ArrowTestCase):
    def test_edges(self):
        for data in TEXTS:
            with self.subTest(data):
                self.assert_round_trip(data)

    def test_noise(self):
        self.assert_round_trip(self.random_bytes(range(256), 300000))
        self.assert_round_trip(self.random_bytes(b'ab\n\0', 300000))

    def test_line_longer_than_any_buffer(self):
        self.assert_round_trip(b'x' * (8 * MIB) + b'\nshort\n')

    def test_csv(self):
        path = self.encode('--csv', '--column=2', data=b'1,"a,b"\n2,\n3,"x\ny"\n')
        self.assertEqual(self.decode(path), b'"a,b"\n""\n"x\ny"\n')

    def test_lines_as_csv(self):
        self.assertEqual(self.decode(self.encode(data=b'a,b\n\n'), '--csv'), b'"a,b"\n""\n')


class TestUsage(ArrowTestCase):
    def test_wrong_usage(self):
        for args in ['encode --arrow', 'encode --arrow --output=-', 'encode --arrow --output=x --dictionary=y',
                     'encode --arrow --output=x --text', 'decode --arrow', 'decode --arrow -',
                     'decode --arrow --dictionary=x y', 'decode --arrow --text x']:
            with self.subTest(args):
                self.assert_usage_error(*args.split())
        self.assertEqual(os.listdir(self.folder.name), [])

    def assert_not_written(self, name, **options):
        status, output, errors = run('encode', '--arrow', '--force', '--output', name, data=b'a\n', **options)
        self.assertEqual((status, output or b''), (1, b''))
        self.assertEqual(errors, b'intern-pool: %s: It is written as it comes, but the beginning of this format is '
                         b'written last: name a regular file\n' % name.encode())

    def test_nothing_is_written_to_what_cannot_be_rewound(self):
        fifo, log = self.path('fifo'), self.path('log', b'before\n')
        os.mkfifo(fifo)
        with subprocess.Popen(['cat', fifo], stdout=subprocess.PIPE) as reader:
            self.assert_not_written(fifo)
            self.assertEqual(reader.communicate(timeout=60)[0], b'')
        for name in '/dev/stdout', '/dev/stderr', '/dev/null':
            self.assert_not_written(name)
        # A file can, but this one has a beginning that is not ours.
        for mode in 'ab', 'r+b':
            with open(log, mode) as file:
                self.assert_not_written('/dev/stdout', stdout=file)
        self.assertEqual(self.read('log'), b'before\n')


class TestOthers(ArrowTestCase):
    def test_they_read_lines(self):
        for data in TEXTS:
            with self.subTest(data):
                lines = data.split(b'\n')
                strings, found = self.read_elsewhere(self.encode(data=data))
                self.assertEqual(strings, lines if lines[-1] else lines[:-1])
                self.assertEqual(found['metadata'], {'intern-pool': '1' if lines[-1] else '0'})

    def test_they_read_many_batches(self):
        data = b''.join(b'%d\n' % (n * n % 9973) for n in range(200000))
        strings, found = self.read_elsewhere(self.encode(data=data))
        self.assertEqual(strings, data[:-1].split(b'\n'))
        self.assertGreater(found['batches'], 1)

    def test_they_read_texts(self):
        for path in glob.glob('/usr/share/common-licenses/*'):
            if os.path.isfile(path):
                strings, _found = self.read_elsewhere(self.encode('--words', path))
                with open(path, 'rb') as file:
                    self.assertEqual(strings, re.findall(rb'\S+', file.read()))

    def test_they_read_csv(self):
        strings, found = self.read_elsewhere(self.encode('--csv', '--column=2', data=b'1,"a,b"\n2,\n3,"x\ny"\n'))
        self.assertEqual((strings, found['metadata']), ([b'a,b', b'', b'x\ny'], {'intern-pool': '2'}))

    def test_text_is_text_and_bytes_are_bytes(self):
        for data, kind in [('é\0\n'.encode(), 'Utf8'), (b'\xff\n', 'Binary'), (b'\xed\xa0\x80\n', 'Binary')]:
            found = self.read_elsewhere(self.encode(data=data))[1]
            self.assertRegex(found['type'], '^Dictionary<Int32, (Large)?%s>$' % kind)

    def test_what_they_write(self):
        self.script('write', self.folder.name)
        for name in ['utf8', 'large', 'unsigned']:
            self.assertEqual(self.decode(self.path(name)), b'one\ntwo\none\n\ndrei\n')
        for name, message in [('bytes', b'Its ids have not 32 bits'),
                              ('no-dictionary', b'Its column has no dictionary'),
                              ('numbers', b'Its column is not one of strings'), ('nulls', b'It has nulls'),
                              ('two', b'It has not exactly one column'), ('stream', b'It is no Arrow file')]:
            self.assert_refused(self.path(name), message)


class TestHostile(ArrowTestCase):
    DATA = b'one\ntwo\n\nthree\none\n'

    def bytes_of_file(self):
        with open(self.encode(data=self.DATA), 'rb') as file:
            return file.read()

    def assert_harmless(self, data):
        """An error or a text, but no signal, and no word of a sanitizer."""
        status, _output, errors = run('decode', '--arrow', self.path('bad', data))
        self.assertIn(status, (0, 1), data)
        self.assertRegex(errors, rb'^intern-pool: [^\n]+\n$' if status else rb'^$', data)

    def test_what_is_none(self):
        self.assert_refused(self.path('empty', b''), b'It is no Arrow file')
        self.assert_refused(self.path('text', b'some text that is long enough\n'), b'It is no Arrow file')
        self.assert_refused(self.path('missing'), b'No such file or directory')
        self.assert_refused(self.folder.name, b'An Arrow file must be a regular file.*')
        self.assert_refused('/dev/null', b'An Arrow file must be a regular file.*')

    def test_cuts(self):
        data = self.bytes_of_file()
        for length in list(range(0, len(data), 5)) + [len(data) - 1]:
            self.assert_refused(self.path('cut', data[:length]), b'It is no Arrow file|The Arrow file is not complete')

    def test_every_byte(self):
        data = self.bytes_of_file()
        for position in range(len(data)):
            changed = self.random.choice([0, 0xff, 0x80, data[position] ^ 1, data[position] + 4 & 0xff])
            self.assert_harmless(data[:position] + bytes([changed]) + data[position + 1:])

    def test_many_bytes(self):
        data = self.bytes_of_file()
        for _ in range(300):
            changed = bytearray(data)
            for _ in range(self.random.choice([2, 4, 16])):
                changed[self.random.randrange(len(data))] = self.random.choice([0, 1, 4, 8, 0x7f, 0x80, 0xff])
            self.assert_harmless(bytes(changed))

    def test_ids_that_are_none(self):
        data = self.bytes_of_file()
        ids = b''.join(number.to_bytes(4, 'little') for number in [0, 1, 2, 3, 0])
        self.assertEqual(data.count(ids), 1)
        position = data.index(ids)
        bad = data.replace(ids, ids[:4] + b'\xff' * 4 + ids[8:])
        self.assert_refused(self.path('bad', bad), b'Id 2, at byte %d, is 4294967295, and the dictionary has 4 strings'
                            % (position + 4))


if __name__ == '__main__':
    harness.main()
