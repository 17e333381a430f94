#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Texts to dictionaries and ids, and back: test-codec.py TOOL MAN-PAGE [--large] [unittest arguments]"""

import csv
import io
import os
import re
import struct
import subprocess
import time

import harness
from harness import CSV, CUT_LINES, HEADER, LINES, TOOL, pack, run

MIB = 1024 * 1024
DOCUMENTS = '/usr/share/doc'

def documents():
    for folder, _folders, names in sorted(os.walk(DOCUMENTS)):
        for name in sorted(names):
            path = os.path.join(folder, name)
            if os.path.isfile(path):
                yield path


class CodecTestCase(harness.ToolTestCase):
    def encode(self, *args, data=b''):
        """(the dictionary, the ids), both as bytes."""
        path = self.path('dict')
        ids = self.succeed('encode', '--force', '--dictionary=' + path, *args, data=data)
        return self.read(path), ids

    def decode(self, *args, data=b''):
        return self.succeed('decode', '--dictionary=' + self.path('dict'), *args, data=data)

    def assert_encoded(self, strings, form, *args, data):
        """Exactly the documented bytes; returns the ids."""
        distinct = list(dict.fromkeys(strings))
        numbers = {string: number for number, string in enumerate(distinct)}
        dictionary, ids = self.encode(*args, data=data)
        self.assertEqual(dictionary, pack(distinct, len(strings), form))
        self.assertEqual(ids, b''.join(struct.pack('<I', numbers[string]) for string in strings))
        return ids

    def assert_round_trip(self, data):
        lines = data.split(b'\n')
        form = LINES if not lines[-1] else CUT_LINES
        ids = self.assert_encoded(lines if lines[-1] else lines[:-1], form, data=data)
        self.assertEqual(self.decode(data=ids), data)

    def assert_files_come_back(self, paths):
        for path in paths:
            with open(path, 'rb') as file:
                data = file.read()
            # The ids first to a file and then to a pipe: both ways are gone.
            ids = self.path('ids')
            status, _output, errors = run('encode', '--force', '--dictionary=' + self.path('dict'), '--output=' + ids,
                                          path)
            self.assertEqual((status, b'This is UTF-16' in errors), (0, data[:2] in (b'\xff\xfe', b'\xfe\xff')), path)
            self.assertEqual(self.decode(ids), data, path)


class TestUsage(CodecTestCase):
    def test_wrong_usage(self):
        for args in ['encode', 'encode --output=x', 'encode --dictionary=x --output=x', 'encode --dictionary=-',
                     'encode --dictionary=x a b', 'encode --dictionary=x --csv', 'encode --dictionary=x --column=0',
                     'encode --nonsense', 'decode', 'decode --dictionary=-', 'decode --dictionary=x a b',
                     'decode --dictionary=x --nonsense', 'decode --dictionary=x --words']:
            with self.subTest(args):
                self.assert_usage_error(*args.split())
        self.assertEqual(os.listdir(self.folder.name), [])

    def test_help(self):
        for command in ['encode', 'decode']:
            output = self.succeed('help', command)
            self.assertTrue(output.startswith(b'Usage:\n  intern-pool %s ' % command.encode()), output)
            self.assertEqual(self.succeed(command, '--help'), output)
        # No command is run.
        self.assert_usage_error('help', 'profile', '/bin/true')
        self.assert_usage_error('help', 'stat', '--')
        self.assertIn(b'snapshot build', self.succeed('help', 'snapshot', 'build'))


class TestRoundTrip(CodecTestCase):
    def test_edges(self):
        for data in [b'', b'\n', b'a', b'a\n', b'a\n\n', b'\n\na', b'\n\n', b'a\r\nb\r\n', b'a\r\n\r',
                     b'a\0b\na\0c\na\0b', b'\0\n\0', b'\xff\xfd\n\xed\xa0\x80', b'one\ntwo\none\n']:
            with self.subTest(data):
                self.assert_round_trip(data)

    def test_noise(self):
        # Not the mark of UTF-16
        self.assert_round_trip(b'\n' + self.random_bytes(range(256), 300000))
        self.assert_round_trip(self.random_bytes(b'ab\n\0', 300000))

    def test_line_longer_than_any_buffer(self):
        self.assert_round_trip(b'x' * (8 * MIB) + b'\nshort\n' + b'x' * (8 * MIB))

    def test_documents(self):
        paths = list(documents())
        self.assertTrue(paths, 'no documents to read')
        self.assert_files_come_back(self.random.sample(paths, min(200, len(paths))))

    def test_ids_as_text(self):
        data = b'x\ny\nx\n\nlast'
        self.assertEqual(self.encode('--text', data=data)[1], b'0\n1\n0\n2\n3\n')
        self.assertEqual(self.decode('--text', data=b'0\n1\n0\n2\n3\n'), data)
        self.assertEqual(self.decode('--text', data=b'0\n1\n00000\n0002\n3'), data)

    def test_large_texts_of_ids(self):
        data = b''.join(b'%d\n' % (n * n % 99991) for n in range(200000))
        self.assertEqual(self.decode('-t', data=self.encode('-t', data=data)[1]), data)

    def test_ids_in_pieces(self):
        _dictionary, ids = self.encode(data=b'a\nb\na\n')
        process = subprocess.Popen([TOOL, 'decode', '--dictionary', self.path('dict')], stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE)
        for byte in ids:
            process.stdin.write(bytes([byte]))
            process.stdin.flush()
            time.sleep(0.01)
        self.assertEqual(process.communicate(timeout=60)[0], b'a\nb\na\n')

    def test_dictionary_on_standard_output_and_input(self):
        ids = self.path('ids')
        dictionary = self.succeed('encode', '--dictionary=-', '--output=' + ids, data=b'a\nb\na')
        self.assertEqual(dictionary, pack([b'a', b'b'], 3, CUT_LINES))
        self.assertEqual(self.succeed('decode', '--dictionary=-', ids, data=dictionary), b'a\nb\na')

    def test_words_and_columns_come_back_as_lines(self):
        data = b'one two\tthree\nfour  one\t\n'
        for args, strings in [(['--words'], b'one two three four one'), (['--column=2'], b'three '),
                              (['--identifiers'], b'one two three four one')]:
            ids = self.assert_encoded(strings.split(b' '), LINES, *args, data=data)
            self.assertEqual(self.decode(data=ids), strings.replace(b' ', b'\n') + b'\n')

    def test_memory_does_not_grow_with_the_input(self):
        block = b''.join(b'string number %d\n' % (n % 100) for n in range(60000))
        process = subprocess.Popen([TOOL, 'encode', '--dictionary', self.path('dict')], stdin=subprocess.PIPE,
                                   stdout=subprocess.DEVNULL)
        for _ in range(100 * MIB // len(block)):
            process.stdin.write(block)
        peak = harness.peak_memory(process.pid)
        process.communicate(timeout=60)
        self.assertEqual(process.returncode, 0)
        self.assertLess(peak, 30 * 1024)


class TestCsv(CodecTestCase):
    def column_of(self, text, column):
        rows = csv.reader(io.StringIO(text.decode('latin-1'), newline=''))
        return [row[column - 1].encode('latin-1') for row in rows if len(row) >= column]

    def assert_column(self, data, column):
        strings = self.column_of(data, column)
        ids = self.assert_encoded(strings, CSV, '--csv', '--column={}'.format(column), data=data)
        output = self.decode(data=ids)
        self.assertEqual(self.column_of(output, 1), strings)
        # What came out is a text with the same column.
        self.assertEqual(self.assert_encoded(strings, CSV, '--csv', '--column=1', data=output), ids)
        return output

    def test_quotes_where_needed(self):
        data = b'1,plain\r\n2,"a,b"\r\n3,"say ""x"""\r\n4,"two\nlines"\r\n5,\r\n6,"cr\rlf"\r\n7, spaces \r\n'
        self.assertEqual(self.assert_column(data, 2),
                         b'plain\n"a,b"\n"say ""x"""\n"two\nlines"\n""\n"cr\rlf"\n spaces \n')

    def test_nothing(self):
        self.assertEqual(self.assert_column(b'', 1), b'')
        self.assertEqual(self.assert_column(b'\n\n', 2), b'')

    def test_noise(self):
        rows = [[''.join(self.random.choices('ab",;\n\r é', k=self.random.randrange(12))) for _ in range(2)]
                for _ in range(20000)]
        text = io.StringIO(newline='')
        csv.writer(text, quoting=csv.QUOTE_ALL).writerows(rows)
        for column in [1, 2]:
            self.assert_column(text.getvalue().encode('latin-1'), column)

    def test_lines_as_csv(self):
        ids = self.encode(data=b'a,b\n\n"c"')[1]
        self.assertEqual(self.decode('--csv', data=ids), b'"a,b"\n""\n"""c"""\n')

    def test_newlines_are_not_written_as_lines(self):
        path = self.path('dict', pack([b'a\nb'], 1))
        self.assert_fails(b'\\S+dict: A string holds a newline, .*', 'decode', '-D', path, data=b'\0\0\0\0')
        self.assertEqual(self.succeed('decode', '--csv', '-D', path, data=b'\0\0\0\0'), b'"a\nb"\n')


class TestHostile(CodecTestCase):
    def assert_bad_ids(self, message, ids, *args):
        path = self.path('dict', pack([b'a', b'bc'], 3))
        self.assert_fails(b'standard input: ' + message, 'decode', '-D', path, *args, data=ids)

    def test_ids(self):
        good = struct.pack('<3I', 0, 1, 1)
        self.assert_bad_ids(b'Id 3, at byte 8, is 2, and the dictionary has 2 strings', struct.pack('<3I', 0, 1, 2))
        self.assert_bad_ids(b'Id 1, at byte 0, is 4294967294, .*', b'\xfe' + b'\xff' * 11)
        self.assert_bad_ids(b'Id 3, at byte 8, is cut off', good[:-1])
        self.assert_bad_ids(b'Id 3, at byte 8, is missing: the dictionary was written with 3', good[:-4])
        self.assert_bad_ids(b'Id 1, at byte 0, is missing: .*', b'')
        self.assert_bad_ids(b'Id 4, at byte 12, is one too many: .*', good + good[:4])
        self.assert_bad_ids(b'Id 4, at byte 12, is cut off', good + b'\0')

    def test_ids_as_text(self):
        for ids, message in [
                (b'0\n2\n0\n', b'Id 2, at byte 2, is 2, .*'),
                (b'0\n\n0\n', b'Id 2, at byte 2, is not a number.*'),
                (b'0\r\n0\n', b'Id 1, at byte 0, is not a number.*'),
                (b'-2\n', b'Id 1, at byte 0, is -2, .*'),
                (b'0\n-\n', b'Id 2, at byte 2, is not a number.*'),
                (b'--1\n', b'Id 1, at byte 0, is not a number.*'),
                (b'0\n1-\n', b'Id 2, at byte 2, is not a number.*'),
                (b'0\n0\n-', b'Id 3, at byte 4, is not a number.*'),
                (b'4294967295\n', b'Id 1, at byte 0, is 4294967295, .*'),
                (b'0\n1\n1 \n', b'Id 3, at byte 4, is not a number.*'),
                (b'0\n1\n', b'Id 3, at byte 4, is missing.*'),
                (b'0\n0\n0\n0', b'Id 4, at byte 6, is one too many.*'),
                (b'9999999999\n', b'Id 1, at byte 0, is 9999999999, .*'),
                (b'0\n0\n12345678901', b'Id 3, at byte 4, is not a number of at most 10 digits')]:
            with self.subTest(ids):
                self.assert_bad_ids(message, ids, '--text')

    def assert_bad_dictionary(self, message, data):
        path = self.path('bad', data)
        self.assert_fails(re.escape(path.encode()) + b': ' + message, 'decode', '-D', path, data=b'')

    def test_dictionaries(self):
        good = pack([b'a', b'bc', b''], 0)
        for length in range(len(good)):
            message = b'The dictionary ends too early, after %d byte%s' % (length, b'' if length == 1 else b's')
            self.assert_bad_dictionary(message, good[:length])
        self.assert_bad_dictionary(b'There is more after the dictionary, from byte %d on' % len(good), good + b'x')
        self.assert_bad_dictionary(b'This is not a dictionary', b'x' + good[1:])
        self.assert_bad_dictionary(b'This is not a dictionary', b'x')
        self.assert_bad_dictionary(b'Form 3 of the text is not known', pack([b'a'], 0, 3))
        for offsets in [(1, 0), (0, 3), (3, 3), (0, 2 ** 64 - 1), (2 ** 63, 2 ** 63 + 1)]:
            data = HEADER.pack(b'INTERND1', 0, 0, 1, 2) + struct.pack('<2Q', *offsets) + b'ab'
            self.assert_bad_dictionary(b'Offset . of the dictionary is .*', data)

    def test_impossible_sizes(self):
        for n_strings, n_bytes in [(2 ** 64 - 1, 0), (2 ** 61 - 1, 8), (2 ** 31, 0), (0, 2 ** 64 - 1), (0, 2 ** 63),
                                   (2 ** 31 - 1, 2 ** 63 - 1)]:
            data = HEADER.pack(b'INTERND1', 0, 0, n_strings, n_bytes) + b'\0' * 100
            self.assert_bad_dictionary(b'The dictionary ends too early, after .*', data)

    def test_mutations(self):
        """Each damage is told or does no harm; no signal ends the program."""
        text = b'one\ntwo\n\nthree\none\n'
        dictionary, ids = self.encode(data=text)
        for _ in range(300):
            pieces = [bytearray(dictionary), bytearray(ids)]
            for _ in range(self.random.choice([1, 1, 2, 8])):
                piece = self.random.choice(pieces)
                piece[self.random.randrange(len(piece))] = self.random.choice([0, 1, 0x7f, 0x80, 0xff])
            status, _output, errors = run('decode', '-D', self.path('bad', pieces[0]), data=bytes(pieces[1]))
            self.assertIn(status, (0, 1), pieces)
            self.assertRegex(errors, rb'^intern-pool: [^\n]+\n$' if status else rb'^$', pieces)


class TestLarge(CodecTestCase):
    def test_all_documents(self):
        self.assert_files_come_back(documents())


if __name__ == '__main__':
    harness.main()
