#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Texts as Arrow files: test-arrow.py TOOL MAN-PAGE [unittest arguments]

Whether others can read them is asked of Apache Arrow's own library for JavaScript, which gjs
loads. The variable INTERN_TEST_APACHE_ARROW says where it is; see .ci/apache-arrow.py. What needs
it is skipped without it. So it is with polars for node, which npm installs: INTERN_TEST_POLARS is
the folder, as of npm install --prefix FOLDER nodejs-polars@0.25.2
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
POLARS = os.environ.get('INTERN_TEST_POLARS', '')
LIBRARY = os.environ.get('INTERN_TEST_APACHE_ARROW', '')
FOLDER = os.path.dirname(os.path.abspath(__file__))
SCRIPT = os.path.join(FOLDER, 'arrow.js')

TEXTS = [b'', b'\n', b'a', b'a\n', b'a\n\n', b'\n\na', b'a\r\nb\r\n', b'a\0b\na\0c\na\0b', b'\xff\n\xed\xa0\x80\n',
         b'one\ntwo\none\n', '\u00e9\n\U0001f600\n'.encode()]


class ArrowTestCase(harness.ToolTestCase):
    def encode(self, *args, data=b'', told=False):
        """The path of an Arrow file. If @told, standard error has the count of missing values."""
        path = self.path('arrow')
        status, output, errors = run('encode', '--arrow', '--force', '--output', path, *args, data=data)
        self.assertEqual((status, output), (0, b''))
        if not told:
            self.assertEqual(errors, b'')
        return path

    def read_elsewhere(self, path):
        """What the other reader finds: (the list of strings as bytes, the rest)."""
        if not os.path.exists(LIBRARY) or not shutil.which('gjs'):
            self.skipTest('gjs or the library of Apache Arrow is not there')
        output = subprocess.run(['gjs', SCRIPT, LIBRARY, path], check=True, timeout=120, stdout=subprocess.PIPE).stdout
        found = json.loads(output.decode())
        return [None if string is None else bytes(string) for string in found.pop('strings')], found


class TestUsage(ArrowTestCase):
    def test_wrong_usage(self):
        for args in ['encode --arrow', 'encode --arrow --output=-', 'encode --arrow --output=x --dictionary=y',
                     'encode --arrow --output=x --text', 'decode --arrow x']:
            with self.subTest(args):
                self.assert_usage_error(*args.split())
        self.assertEqual(os.listdir(self.folder.name), [])

    def assert_not_written(self, name, **options):
        status, output, errors = run('encode', '--arrow', '--force', '--output', name, data=b'a\n', **options)
        self.assertEqual((status, output or b''), (1, b''))
        self.assertEqual(errors, b'intern-pool: %s: This is not a regular file, and the beginning of an Arrow file is '
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
                strings, _found = self.read_elsewhere(self.encode(data=data))
                self.assertEqual(strings, lines if lines[-1] else lines[:-1])

    def test_they_read_many_batches(self):
        data = b''.join(b'%d\n' % (n * n % 9973) for n in range(200000))
        strings, found = self.read_elsewhere(self.encode(data=data))
        self.assertEqual(strings, data[:-1].split(b'\n'))
        self.assertGreater(found['batches'], 1)

    def test_they_read_noise_and_long_lines(self):
        for data in (b'\n' + self.random_bytes(range(256), 300000), self.random_bytes(b'ab\n\0', 300000),
                     b'x' * (8 * MIB) + b'\nshort\n'):
            strings, _found = self.read_elsewhere(self.encode(data=data + b'\n'))
            self.assertEqual(strings, (data + b'\n')[:-1].split(b'\n'))

    def test_they_read_texts(self):
        for path in glob.glob('/usr/share/common-licenses/*'):
            if os.path.isfile(path):
                strings, _found = self.read_elsewhere(self.encode('--words', path))
                with open(path, 'rb') as file:
                    self.assertEqual(strings, re.findall(rb'\S+', file.read()))

    def test_they_read_csv(self):
        strings, _found = self.read_elsewhere(self.encode('--csv', '--column=2', data=b'1,"a,b"\n2,\n3,"x\ny"\n'))
        self.assertEqual(strings, [b'a,b', b'', b'x\ny'])

    def test_they_read_gaps(self):
        for n_rows in 0, 1, 7, 8, 9, 2500, 70000:
            values = [b'' if n in (3, n_rows - 1) else None if n % 3 == 0 or n % 100 < 20 else b'%d' % (n % 50)
                      for n in range(n_rows)]
            data = b''.join(b'x\n' if value is None else b'x\t' + value + b'\n' for value in values)
            strings, found = self.read_elsewhere(self.encode('--column=2', data=b'a\tb\n' + data, told=True))
            self.assertEqual(strings, [b'b'] + values)
            self.assertEqual(found['missing'], values.count(None))

    def test_they_read_nothing_but_gaps(self):
        for data in b'a\nNA\nNA\n', b'a\n':
            path = self.encode('--csv', '--header', '--column=a', '--null=NA', data=data, told=True)
            self.assertEqual(self.read_elsewhere(path)[0], [None] * data.count(b'NA'))

    def test_they_read_the_name_of_the_column(self):
        for args, name in [([], 'string'), (['-H', '-c', '1'], 'a "b"'), (['-H', '-c', '\u00e9' * 99], '\u00e9' * 99),
                           (['-H', '-c', '3'], '\ufffd'), (['-H', '-c', '4'], '')]:
            csv_args = ['--csv', *(args or ['-c', '1'])]
            data = b'"a ""b""",%s,\xff,\n1,2,3,4\n' % ('\u00e9' * 99).encode()
            self.assertEqual(self.read_elsewhere(self.encode(*csv_args, data=data))[1]['name'], name)

    def test_text_is_text_and_bytes_are_bytes(self):
        for data, kind in [('é\0\n'.encode(), 'Utf8'), (b'\xff\n', 'Binary'), (b'\xed\xa0\x80\n', 'Binary')]:
            found = self.read_elsewhere(self.encode(data=data))[1]
            self.assertRegex(found['type'], '^Dictionary<Int32, (Large)?%s>$' % kind)


class TestPolars(ArrowTestCase):
    """Data frames, which know text alone."""

    def assert_reads(self, values, *args, data, name='string'):
        if not os.path.exists(os.path.join(POLARS, 'node_modules', 'nodejs-polars')) or not shutil.which('node'):
            self.skipTest('node or the data frames of polars are not there')
        path = self.encode(*args, data=data, told=True)
        output = subprocess.run(['node', os.path.join(FOLDER, 'polars.js'), POLARS, path], check=True, timeout=120,
                                stdout=subprocess.PIPE).stdout
        self.assertEqual(json.loads(output.decode()), {'name': name, 'missing': values.count(None), 'strings': values})

    def test_it_reads_lines(self):
        for values in [], ['a'], ['a', '', 'a'], ['\u00e9', '\U0001f600', 'x' * 100000], ['a\0b', 'a']:
            self.assert_reads(values, data=''.join(value + '\n' for value in values).encode())

    def test_it_reads_batches_with_gaps(self):
        values = [None if n % 7 == 0 or n % 1000 < 30 else str(n * n % 9973) for n in range(200000)]
        data = 'id,a b\n' + ''.join('{},{}\n'.format(n, value or 'NA') for n, value in enumerate(values))
        self.assert_reads(values, '--csv', '--header', '--column=a b', '--null=NA', data=data.encode(), name='a b')

    def test_it_reads_nothing_but_gaps(self):
        self.assert_reads([None] * 9, '--column=1', '--null=', data=b'\n' * 9)


if __name__ == '__main__':
    harness.main()
