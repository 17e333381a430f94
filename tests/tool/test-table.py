#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Columns as people have them, with gaps, headers and faults: test-table.py TOOL MAN-PAGE [unittest arguments]

Python's csv module says which columns there are.
"""

import csv
import hashlib
import io
import json
import os
import re
import struct
import subprocess

import harness
from harness import HEADER, TOOL, pack, run

MISSING = 0xffffffff


def rows_of(data):
    """The records of a file as Python reads them, without empty lines."""
    text = data.decode('utf-8-sig')
    return [[field.encode() for field in row] for row in csv.reader(io.StringIO(text, newline='')) if row]


def column_of(rows, number, null=None):
    """A value for each row, None where there is none."""
    return [row[number - 1] if len(row) >= number and row[number - 1] != null else None for row in rows]


def strings_of(dictionary):
    """The strings of a dictionary, which the man page describes."""
    _magic, _form, _n_ids, n_strings, _n_bytes = HEADER.unpack_from(dictionary)
    offsets = struct.unpack_from('<%dQ' % (n_strings + 1), dictionary, HEADER.size)
    values = dictionary[HEADER.size + 8 * (n_strings + 1):]
    return [values[start:end] for start, end in zip(offsets, offsets[1:])]


class TableTestCase(harness.ToolTestCase):
    def encode(self, *args, data=b''):
        """(exit status, the values, standard error)"""
        status, ids, errors = run('encode', '--force', '-D', self.path('dict'), *args, data=data)
        if not os.path.exists(self.path('dict')):
            return status, None, errors
        strings = strings_of(self.read('dict'))
        os.unlink(self.path('dict'))
        ids = struct.unpack('<%dI' % (len(ids) // 4), ids)
        return status, [None if n == MISSING else strings[n] for n in ids], errors

    def assert_column(self, expected, *args, data=b'', status=0, told=()):
        """@told is what standard error has beside the count of missing values, as regular expressions."""
        found, values, errors = self.encode(*args, data=data)
        self.assertEqual(values, expected, (args, data[:200]))
        self.assertEqual(found, status, errors)
        lines = errors.decode().splitlines()
        n_missing = expected.count(None)
        if n_missing:
            self.assertEqual(lines.pop(), 'intern-pool: standard input: Missing values: {} of {}'.format(
                n_missing, len(expected)))
        self.assertEqual(len(lines), len(told), lines)
        for line, pattern in zip(lines, told):
            self.assertRegex(line, '^intern-pool: standard input: ' + pattern + '$')

    def assert_refused(self, message, *args, data=b''):
        """An error, and no file."""
        self.assert_fails(b'standard input: ' + message, 'encode', '-D', self.path('dict'), '-o', self.path('ids'),
                          *args, data=data)
        self.assertEqual(self.files(), [])

    def assert_like_python(self, data, *args, null=None, header=False, **options):
        """Every column, by its number and, if there is a header, by its name."""
        rows = rows_of(data)
        names = rows.pop(0) if header else [b''] * max(map(len, rows))
        more = ['--header'] if header else []
        if null is not None:
            more.append(b'--null=' + null)
        for number, name in enumerate(names, 1):
            expected = column_of(rows, number, null)
            self.assert_column(expected, '--csv', '-c', str(number), *more, *args, data=data, **options)
            if header:
                self.assert_column(expected, '--csv', b'--column=' + name, *more, *args, data=data, **options)
        self.assert_counts_like_python(data, rows, names if header else None, len(names), null, more, options)

    def assert_counts_like_python(self, data, rows, names, n_columns, null, more, options):
        """The figures of every column, of one run."""
        status, output, _errors = run('stat', '--csv', '--json', *more, data=data)
        self.assertEqual(status, options.get('status', 0))
        found = json.loads(output.decode())
        self.assertEqual(found['rows'], len(rows))
        self.assertEqual(len(found['columns']), n_columns)
        for number, column in enumerate(found['columns'], 1):
            values = column_of(rows, number, null)
            there = [value for value in values if value is not None]
            self.assertEqual(column['column'], number)
            self.assertEqual(column['name'], names[number - 1].decode() if names else None)
            self.assertEqual(column['missing'], values.count(None))
            self.assertEqual(column['distinct'], len(set(there)))
            self.assertEqual(column['bytes'], sum(map(len, there)))


class TestTenFiles(TableTestCase):
    def test_spreadsheet_with_a_mark(self):
        data = b'\xef\xbb\xbf"id","city, country"\r\n1,"K\xc3\xb6ln, DE"\r\n2,"say ""x"""\r\n3,\r\n'
        self.assert_like_python(data, header=True)
        self.assertEqual(self.encode('--csv', '-H', '-c', 'id', data=data)[1], [b'1', b'2', b'3'])

    def test_database_export(self):
        data = b'id,name,city\n1,\\N,Rome\n2,Eva,\\N\n3,\\N,\\N\n4,,\n'
        self.assert_like_python(data, header=True, null=b'\\N')
        self.assertEqual(self.encode('--csv', '-H', '-c', 'name', '-N', '\\N', data=data)[1],
                         [None, b'Eva', None, b''])

    def test_quoted_newline_in_the_first_field(self):
        self.assert_like_python(b'"a\nb",1\n"c\r\nd",2\n"",3\n')
        self.assert_like_python(b'"two\nlines",n\n"a\n\nb",1\nc,2\n', header=True)

    def test_crlf_with_ragged_rows(self):
        data = b'a,b,c\r\n1,2,3\r\n1\r\n\r\n1,2,3,4\r\n"x\r\ny",2,\r\n'
        told = ['The record in line 3 has 1 field, and the first one has 3 fields',
                'The record in line 5 has 4 fields, and the first one has 3 fields']
        rows = rows_of(data)[1:]
        for number in 1, 2, 3:
            self.assert_column(column_of(rows, number), '--csv', '-H', '-c', str(number), data=data, status=1,
                               told=told)
        self.assertEqual(self.encode('--csv', '-H', '-c', 'b', data=data)[1], [b'2', None, b'2', b'2'])

    def test_open_quote(self):
        data = b'id,name\n1,oak\n2,"elm\n3,ash\n'
        told = ['The quote in line 3 is not closed: all that follows is in it']
        for number in 1, 2:
            self.assert_column(column_of(rows_of(data), number), '--csv', '-c', str(number), data=data, status=1,
                               told=told)

    def test_empty_last_column(self):
        self.assert_like_python(b'a,b,\n1,2,\n3,,\n', '--missing=error')
        self.assert_like_python(b'a,b,c\n1,2,\n3,,\n', header=True, null=b'')

    def test_mark_without_a_header(self):
        self.assert_like_python(b'\xef\xbb\xbf"a,b",1\n\xef\xbb\xbfc,2\n')
        self.assert_like_python(b'\xef\xbb\xbf1,a\n')
        # The beginning of one is none.
        self.assert_column([b'\xef'], '--csv', '-c', '1', data=b'\xef')
        self.assert_column([b'\xef\xbb'], '-c', '1', data=b'\xef\xbb\n')

    def test_single_column(self):
        self.assert_like_python(b'city\nRome\n""\nParis\n\nRome', header=True)
        self.assert_like_python(b'Rome\nNA\nParis\n', null=b'NA')

    def test_five_thousand_columns(self):
        n_columns = 5000 if 'tiny' not in os.path.basename(TOOL) else 100
        rows = [['c%d' % n for n in range(n_columns)]] + [[str(n % k) for n in range(n_columns)] for k in range(1, 8)]
        text = io.StringIO(newline='')
        csv.writer(text).writerows(rows)
        data = text.getvalue().encode()
        for number in 1, 2, n_columns // 2, n_columns:
            expected = [row[number - 1].encode() for row in rows[1:]]
            self.assert_column(expected, '--csv', '-H', '-c', str(number), data=data)
            self.assert_column(expected, '--csv', '-H', '-c', rows[0][number - 1], data=data)
        encoded = [[field.encode() for field in row] for row in rows]
        self.assert_counts_like_python(data, encoded[1:], encoded[0], n_columns, None, ['--header'], {})

    def test_very_long_field(self):
        csv.field_size_limit(1 << 30)
        data = b'a,b,c\n1,"' + b'x"",\n' * 400000 + b'",2\n3,' + b'y' * 2000000 + b',4\n'
        self.assert_like_python(data, header=True)


class TestRowsAndIds(TableTestCase):
    def test_each_record_has_an_id(self):
        self.assert_column([b'2', None, b'4'], '-c', '2', data=b'1\t2\n1\n3\t4\n')
        self.assert_column([b'2', None, None, b'4'], '-c', '2', '-d', ';', data=b'1;2\n1\n\n3;4;5\n')
        self.assert_column([b'2', None, b'4'], '--csv', '-c', '2', data=b'1,2\n1\n\n3,4\n', status=1,
                           told=['The record in line 2 has 1 field, .*'])

    def test_missing_ids_are_minus_one(self):
        data = b'1\t2\n1\n1\t2\n'
        status, ids, _errors = run('encode', '-D', self.path('dict'), '-t', '-c', '2', data=data)
        self.assertEqual((status, ids), (0, b'0\n-1\n0\n'))
        self.assertEqual(self.read('dict'), pack([b'2'], 3))
        _status, ids, _errors = run('encode', '-f', '-D', self.path('dict'), '-c', '2', data=data)
        self.assertEqual(ids, b'\0\0\0\0\xff\xff\xff\xff\0\0\0\0')

    def test_random_tables(self):
        for _ in range(60):
            rows = [[''.join(self.random.choices('ab",;\r\n é', k=self.random.randrange(4)))
                     for _ in range(self.random.choice([1, 2, 3, 3, 3, 3, 4]))]
                    for _ in range(self.random.randrange(1, 40))]
            text = io.StringIO(newline='')
            csv.writer(text, quoting=csv.QUOTE_ALL).writerows(rows)
            n_ragged = sum(len(row) != len(rows[0]) for row in rows)
            told = ['The record in line .*'] * min(n_ragged, 10)
            if n_ragged > 10:
                told.append('{} more fault{}'.format(n_ragged - 10, 's' if n_ragged > 11 else ''))
            for number in range(1, max(map(len, rows)) + 1):
                expected = column_of([[field.encode() for field in row] for row in rows], number)
                self.assert_column(expected, '--csv', '-c', str(number), data=text.getvalue().encode(),
                                   status=1 if n_ragged else 0, told=told)

    def test_what_stands_for_missing(self):
        data = b'a\tNA\nb\t\nc\tx\n'
        self.assert_column([None, b'', b'x'], '-c', '2', '--null=NA', data=data)
        self.assert_column([b'NA', None, b'x'], '-c', '2', '--null=', data=data)
        # Quoted or not: a program that writes CSV may quote everything.
        self.assert_column([None, None, b'NAN'], '--csv', '-c', '1', '--null=NA', data=b'"NA"\nNA\nNAN\n')

    def test_error_at_the_first_missing_value(self):
        for args, line in [(['-c', '2'], 2), (['-c', '2', '--null=y'], 1), (['-c', '3'], 1)]:
            self.assert_refused(b'The value of column %s is missing in line %d' % (args[1].encode(), line),
                                *args, '--missing=error', data=b'x\ty\nx\n\nx\ty\n')
        self.assert_column([b'y'], '-c', '2', '--missing=error', data=b'x\ty\n')
        self.assert_column([b'y', None], '-c', '2', '--missing=keep', data=b'x\ty\nx\n')

    def test_strict_stops_at_the_first_fault(self):
        ragged = b'The record in line 2 has 1 field, and the first one has 2 fields'
        self.assert_refused(ragged, '--csv', '-c', '1', '--strict', data=b'1,2\n1\n1\n1,"2\n')
        self.assert_refused(b'The quote in line 3 is not closed: all that follows is in it', '--csv', '-c', '1', '-s',
                            data=b'1,2\n\n"2,\n')
        self.assert_column([b'1', b'3'], '--csv', '-c', '1', '-s', data=b'1,2\n3,4\n')

    def test_a_column_that_is_not_there_is_an_error(self):
        self.assert_refused(b'There is no column 3: no record has more than 2 fields', '-c', '3', data=b'1\t2\n\n1\n')
        self.assert_refused(b'There is no column 2: no record has more than 1 field', '--csv', '-c', '2', data=b'a\n')
        self.assert_refused(b'There is no column 3: the header is "a,b"', '--csv', '-H', '-c', '3',
                            data=b'a,b\n1,2,3\n')
        self.assert_column([], '-c', '3', data=b'')

    def test_carriage_returns(self):
        self.assert_column([b'2', b'4', b'6\r', b'\r8'], '-c', '2', data=b'1\t2\r\n3\t4\r\n5\t6\r\r\n7\t\r8')
        self.assert_column([b'1', b'2\r'], '--csv', '-c', '1', data=b'1\r\n"2\r"\r\n\r\n')

    def test_faults_are_told_for_each_file_and_counted(self):
        files = [self.path(name, data) for name, data in [('one', b'1,2\n3\n'), ('two', b'1,"'), ('three', b'1,2\n')]]
        status, output, errors = run('stat', '--csv', '-c', '1', '--json', *files)
        self.assertEqual(status, 1)
        self.assertEqual(json.loads(output.decode())['strings'], 4)
        self.assertRegex(errors.decode(), r'^intern-pool: \S+/one: The record in line 2 has 1 field, [^\n]*\n'
                         r'intern-pool: \S+/two: The quote in line 1 is not closed: [^\n]*\n$')
        status, _output, errors = run('snapshot', 'build', '--csv', '-c', '1', '-o', self.path('snapshot'), *files)
        self.assertEqual((status, len(errors.splitlines())), (1, 2))
        self.assertEqual(self.succeed('snapshot', 'list', self.path('snapshot')), b'1\n3\n')

    def test_missing_values_are_no_strings(self):
        data = b'1\t2\n1\n1\t2\n'
        figures = json.loads(self.succeed('stat', '-c', '2', '--json', data=data).decode())
        self.assertEqual((figures['strings'], figures['distinct'], figures['missing']), (2, 1, 1))
        self.assertRegex(self.succeed('stat', '-c', '2', data=data), rb'(?m)^Missing +1$')
        status, output, errors = run('snapshot', 'build', '-c', '2', '-o', '-', data=data)
        self.assertEqual((status, errors), (0, b'intern-pool: standard input: Missing values: 1 of 3\n'))
        self.assertEqual(self.succeed('snapshot', 'list', data=output), b'2\n')


class TestHeader(TableTestCase):
    def test_names(self):
        data = b'id\tcity name\t7\n1\tRome\tx\n2\tParis\ty\n'
        self.assert_column([b'Rome', b'Paris'], '-H', '-c', 'city name', data=data)
        self.assert_column([b'Rome', b'Paris'], '--header', '--column=2', data=data)
        # A number is a position.
        self.assert_column([b'x', b'y'], '-H', '-c', '3', data=data)
        self.assert_refused(b'There is no column 7: the header is "id,city name,7"', '-H', '-c', '7', data=data)

    def test_bytes_of_names(self):
        self.assert_column([b'1'], '-H', b'--column=caf\xe9', data=b'caf\xe9\n1\n')
        self.assert_column([b'1'], '--csv', '-H', '--column=a "b"\nc', data=b'"a ""b""\nc",x\n1,2\n')

    def test_names_that_are_not_there(self):
        self.assert_refused(b'There is no column "City": the header is "id,city"', '--csv', '-H', '-c', 'City',
                            data=b'id,city\n1,2\n')
        self.assert_refused(b'Several columns, which --column can name by number, are called "a": the header is "a,a"',
                            '--csv', '-H', '-c', 'a', data=b'a,a\n1,2\n')
        self.assert_refused(rb'There is no column "x": the header is "\\x1B\[m.*\.\.\."', '--csv', '-H', '-c', 'x',
                            data=b'\x1b[m' + b'a' * 100000 + b'\n')

    def test_empty_table(self):
        self.assert_refused(b'There is no header: the table is empty', '-H', '-c', '1', data=b'')
        self.assert_refused(b'There is no header: the table is empty', '--csv', '-H', '-c', 'a', data=b'\n\n')
        self.assert_column([], '--csv', '-H', '-c', 'a', data=b'a')

    def test_each_file_has_one(self):
        files = [self.path('one', b'a,b\n1,2\n'), self.path('two', b'b,a\n3,4\n')]
        figures = json.loads(self.succeed('stat', '--csv', '-H', '-c', 'a', '--json', *files).decode())
        self.assertEqual(sorted(item['string'] for item in figures['top']), ['1', '4'])

    def test_wrong_usage(self):
        for args in ['-c a', '-c 0 -H', '-c -1', '-H', '-N x', '-s', '--missing=error', '-c 1 --missing=x', '-H -w']:
            self.assert_usage_error('encode', '-D', self.path('dict'), *args.split())
        for args in ['-H', '-N x', '-s', '--missing=error --csv', '--csv -w', '-d , -i', '--csv -T 1', '--csv -m 1']:
            self.assert_usage_error('stat', *args.split())
        self.assert_usage_error('stat', '-c', '1', '-N', 'a\nb')
        self.assert_usage_error('encode', '-D', self.path('dict'), '-H', '-c', '')
        self.assert_usage_error('decode', '-D', self.path('dict'), '-N', '\n')
        self.assertEqual(self.files(), [])


class TestRoundTrip(TableTestCase):
    def assert_comes_back(self, data, *args, null=None):
        """Text to ids, ids to text, and that text to the same ids."""
        gaps = [] if null is None else [b'--null=' + null]
        for more in [], ['--text']:
            _status, ids, _errors = run('encode', '-f', '-D', self.path('dict'), *args, *gaps, *more, data=data)
            text = self.succeed('decode', '-D', self.path('dict'), *gaps, *more, data=ids)
            csv_option = [arg for arg in args if arg == '--csv']
            _status, again, _errors = run('encode', '-f', '-D', self.path('dict'), '-c', '1', *csv_option, *gaps, *more,
                                          data=text)
            self.assertEqual(again, ids)
        return text

    def test_gaps_become_the_null_text(self):
        path = self.path('dict', pack([b'a', b''], 4))
        ids = struct.pack('<4I', 0, MISSING, 1, MISSING)
        self.assertEqual(self.succeed('decode', '-D', path, data=ids), b'a\n\n\n\n')
        self.assertEqual(self.succeed('decode', '-D', path, '-N', '\\N', data=ids), b'a\n\\N\n\n\\N\n')
        self.assertEqual(self.succeed('decode', '-D', path, '-t', '--null=NA', data=b'0\n-1\n1\n-1'), b'a\nNA\n\nNA\n')
        self.assertEqual(self.succeed('decode', '-D', path, '--csv', data=ids), b'a\n""\n""\n""\n')
        self.assertEqual(self.succeed('decode', '-D', path, '--csv', '-N', 'x,y', data=ids), b'a\n"x,y"\n""\n"x,y"\n')

    def test_small_tables(self):
        self.assertEqual(self.assert_comes_back(b'a;1\nb\na;2\n', '-d', ';', '-c', '2', null=b'?'), b'1\n?\n2\n')
        self.assertEqual(self.assert_comes_back(b'a,1\nb,\nc,"x\ny"\n', '--csv', '-c', '2', null=b''),
                         b'1\n""\n"x\ny"\n')

    def test_many_random_rows(self):
        fields = self.random.choices(['', 'NA', 'a', 'b', 'c d', 'e,f', '"', 'g\nh'] + [str(n) for n in range(100)],
                                     k=100000)
        text = io.StringIO(newline='')
        csv.writer(text).writerows([str(n), field, 'x'] for n, field in enumerate(fields))
        for null in b'NA', b'':
            output = self.assert_comes_back(text.getvalue().encode(), '--csv', '-c', '2', null=null)
            self.assertEqual([row[0] for row in rows_of(output)], [field.encode() for field in fields])


class TestEncodings(TableTestCase):
    def test_utf16_is_named(self):
        for codec in 'utf-16-le', 'utf-16-be':
            data = ('\ufeff' + 'a,b\n').encode(codec)
            message = b'This is UTF-16: make it UTF-8 first, with iconv --from-code=UTF-16 --to-code=UTF-8'
            for args in ['--csv', '-c', '1'], ['-c', '1'], ['-w'], ['-i']:
                self.assert_refused(message, *args, data=data)
                self.assert_fails(b'standard input: ' + message, 'stat', *args, data=data)
                self.assert_fails(b'standard input: ' + message, 'snapshot', 'build', '-o', '-', *args, data=data)
            # Lines are any bytes, and come back.
            status, ids, errors = run('encode', '-D', self.path('dict'), data=data)
            self.assertEqual(status, 0)
            self.assertEqual(errors, b'intern-pool: standard input: This is UTF-16, whose bytes are taken as they '
                             b'are\n')
            self.assertEqual(self.succeed('decode', '-D', self.path('dict'), data=ids), data)
            os.unlink(self.path('dict'))

    def test_marks_of_lines_stay(self):
        data = b'\xef\xbb\xbfa\n'
        ids = self.succeed('encode', '-D', self.path('dict'), data=data)
        self.assertEqual(strings_of(self.read('dict')), [data[:-1]])
        self.assertEqual(self.succeed('decode', '-D', self.path('dict'), data=ids), data)


class TestEveryColumn(TableTestCase):
    def stat(self, *args, data=b''):
        return json.loads(self.succeed('stat', '--json', *args, data=data).decode())

    def make_table(self, n_rows=20000):
        """A category, some repeats, a key, and gaps."""
        names = [('a name that is no number, %x' % self.random.randrange(16 ** 6)) for _ in range(n_rows // 2)]
        rows = [[self.random.choice(['red', 'green', 'blue']), self.random.choice(names), 'number %d' % n,
                 'yes' if n % 100 == 0 else ''] for n in range(n_rows)]
        text = io.StringIO(newline='')
        csv.writer(text).writerows([['colour', 'name', 'key', 'rare']] + rows)
        return text.getvalue().encode()

    def test_advice(self):
        found = self.stat('--csv', '--header', '--null=', data=self.make_table())
        self.assertEqual([column['name'] for column in found['columns']], ['colour', 'name', 'key', 'rare'])
        # Interning pays for some repeats, but not in a library with tiny blocks, which takes more memory.
        some = 'leave alone' if 'INTERN_TEST_SIZES' in os.environ else 'intern'
        self.assertEqual([column['advice'] for column in found['columns']],
                         ['encode', some, 'leave alone', 'encode'])

    def test_figures_are_those_of_one_column(self):
        data = self.make_table(3000)
        found = self.stat('--csv', '-H', '-N', '', data=data)
        for column in found['columns']:
            one = self.stat('--csv', '-H', '-N', '', '--column={}'.format(column['column']), data=data)
            self.assertEqual((column['distinct'], column['missing'], column['bytes'], column['hit_ratio']),
                             (one['distinct'], one['missing'], one['bytes_requested'], one['hit_ratio']))
            pointer = (column['memory_copied'] - one['memory_copied']) / found['rows']
            # The tool may have 32 bits where Python has 64.
            self.assertIn(pointer, (4, 8))
            # Of another run: the heap may give a block some bytes more.
            self.assertAlmostEqual(column['memory_interned'], one['memory_interned'] + pointer * found['rows'],
                                   delta=column['memory_interned'] / 10)
            self.assertEqual(column['memory_encoded'],
                             4 * found['rows'] + one['bytes_stored'] + 8 * (one['distinct'] + 1))

    def test_table(self):
        output = self.succeed('stat', '--csv', '-H', '-N', '', data=self.make_table()).decode().splitlines()
        self.assertRegex(output[0], '^Rows +20,000$')
        self.assertRegex(output[2], '^ +Distinct +Hits +Missing +Bytes +Copies +Pool +Ids  Advice +Column$')
        self.assertRegex(output[3], r'^ +3 +100\.0 % +0( +\S+ kB){4}  encode +"colour"$')
        self.assertRegex(output[5], r'^ +20,000 +0\.0 % +0 .*  leave alone +"key"$')
        self.assertRegex(output[6], r'^ +1 .* 19,800 .*  encode +"rare"$')
        self.assertEqual(len(output), 7)

    def test_without_a_header_columns_have_numbers(self):
        output = self.succeed('stat', '-d', ';', data=b'a;b\nc\nd;e;f\n').decode().splitlines()
        self.assertEqual([line.split()[-1] for line in output[3:]], ['1', '2', '3'])
        found = self.stat('-d', ';', data=b'a;b\nc\nd;e;f\n')
        self.assertEqual([column['name'] for column in found['columns']], [None] * 3)
        self.assertEqual([column['missing'] for column in found['columns']], [0, 1, 2])

    def assert_values(self, rows, *args):
        found = self.stat('--csv', *args, data=b'\n'.join(map(b','.join, rows)) + b'\n')
        self.assertEqual([(column['distinct'], column['bytes'], column['missing']) for column in found['columns']],
                         [(len(set(values)), sum(map(len, values)), 0) for values in zip(*rows)])
        for column, values in zip(found['columns'], zip(*rows)):
            self.assertAlmostEqual(column['hit_ratio'], 1 - len(set(values)) / len(values))

    def test_values_of_any_bytes_and_length(self):
        values = [b'', b'\0', b'a\0b', b'a', b'\0\0', b'a\0'] + [b'%c' % number * length for number in (97, 98, 0)
                                                               for length in (63, 64, 65, 65535, 65536, 65537, 200000)]
        self.assert_values([(b'x', self.random.choice(values), b'%d' % number) for number in range(300)])

    def test_values_of_many_columns(self):
        # Full blocks of a wide table have less room.
        n_columns = 100 if 'tiny' in os.path.basename(TOOL) else 20000
        self.assert_values([[b'%d' % (number % (column + 1)) for column in range(n_columns)] for number in range(250)])

    def test_columns_without_a_value(self):
        found = self.stat('--csv', '-H', '-N', '', data=b'a,b,c\n1,,\n')
        self.assertEqual([column['missing'] for column in found['columns']], [0, 1, 1])
        self.assertEqual([column['distinct'] for column in self.stat('--csv', '-H', data=b'a,b\n')['columns']], [0, 0])
        self.assertEqual(self.stat('--csv', data=b''), {'rows': 0, 'columns': []})

    def test_many_files(self):
        one, two = self.path('one', b'a,b\n1,2\n'), self.path('two', b'a,b\n1,3\n')
        found = self.stat('--csv', '-H', one, two)
        self.assertEqual([column['distinct'] for column in found['columns']], [1, 2])
        self.assert_fails(rb'\S+/other: The header is not the one of the first file: .*', 'stat', '--csv', '-H', one,
                          self.path('other', b'a,c\n1,3\n'))

    def test_faults_are_told(self):
        status, output, errors = run('stat', '--csv', '--json', data=b'a,b\n1\n1,2,3\n')
        self.assertEqual((status, len(errors.splitlines())), (1, 2))
        self.assertEqual([column['missing'] for column in json.loads(output.decode())['columns']], [0, 1, 2])
        status, output, _errors = run('stat', '--csv', '--strict', data=b'a,b\n1\n')
        self.assertEqual((status, output), (1, b''))

    def test_names_do_no_harm(self):
        data = b'"\x1b[31m",\xff,"a\nb""","' + b'x' * 1000 + b'"\n1,2,3,4\n'
        output = self.succeed('stat', '--csv', '-H', data=data).decode()
        self.assertTrue(all(character.isprintable() or character == '\n' for character in output))
        self.assertLess(max(map(len, output.splitlines())), 150)
        self.assertEqual([column['name'] for column in self.stat('--csv', '-H', data=data)['columns']],
                         ['\x1b[31m', '\ufffd', 'a\nb"', 'x' * 1000])

    def test_more_columns_than_it_counts(self):
        for n_columns in 100, 65536, 65537, 1000000:
            status, output, errors = run('stat', '--csv', '--json', data=b',' * (n_columns - 1) + b'\n')
            most = 100 if 'tiny' in os.path.basename(TOOL) else 65536
            if n_columns <= most:
                self.assertEqual((status, len(json.loads(output.decode())['columns'])), (0, n_columns))
            else:
                self.assertEqual((status, output), (1, b''))
                self.assertRegex(errors, b'^intern-pool: standard input: A record has more than %d fields: ' % most)

    def peak_of(self, block, n_blocks):
        """The memory, in kB, when so much has been read."""
        process = subprocess.Popen([TOOL, 'stat', '--csv', '--json'], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                                   env=harness.environment_of_measure())
        for _ in range(n_blocks):
            process.stdin.write(block)
        peak = harness.peak_memory(process.pid)
        process.communicate(timeout=60)
        self.assertEqual(process.returncode, 0)
        return peak

    def test_memory_does_not_grow_with_the_rows(self):
        block = self.make_table(20000)
        self.assertLess(self.peak_of(block, 60), self.peak_of(block, 6) + 4 * 1024)


class TestLarge(TableTestCase):
    def make_rows(self, n_rows):
        """Twelve columns: a key, nearly another one, and ten that repeat."""
        kinds = [3, 10, 30, 100, 300, 1000, 3000, 10000, 30000, 100000]
        return [[number, 'user%d@example.org' % self.random.randrange(10 ** 9)] +
                ['no. %d, of "%d"' % (self.random.randrange(kind), kind) if kind == 30 else
                 self.random.randrange(kind) for kind in kinds] for number in range(n_rows)]

    def stat_of(self, block, n_blocks):
        """The figures of every column, and the memory in kB when all has been read."""
        process = subprocess.Popen([TOOL, 'stat', '--csv', '--json'], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                   env=harness.environment_of_measure())
        for _ in range(n_blocks):
            process.stdin.write(block)
        peak = harness.peak_memory(process.pid)
        output, _errors = process.communicate(timeout=600)
        self.assertEqual(process.returncode, 0)
        return json.loads(output.decode()), peak

    def test_twelve_columns_of_half_a_gigabyte(self):
        text = io.StringIO(newline='')
        csv.writer(text).writerows(self.make_rows(500000))
        block = text.getvalue().encode()
        n_blocks = -(-500 * 10 ** 6 // len(block))
        columns = list(zip(*rows_of(block)))
        found, peak = self.stat_of(block, n_blocks)
        self.assertEqual(found['rows'], n_blocks * len(columns[0]))
        self.assertEqual([(column['distinct'], column['bytes'], column['missing']) for column in found['columns']],
                         [(len(set(values)), n_blocks * sum(map(len, values)), 0) for values in columns])
        # Twice the block has all that is different.
        self.assertLess(peak, self.stat_of(block, 2)[1] + 16 * 1024)

    def test_field_of_two_gigabytes(self):
        piece = b'0123456789\n""cdef'.ljust(1000, b'.') * 1000
        process = subprocess.Popen([TOOL, 'encode', '--csv', '--column=2', '--dictionary', self.path('dict'),
                                    '--output', self.path('ids')], stdin=subprocess.PIPE)
        process.stdin.write(b'1,"a ""q""",x\n2,"')
        for _ in range(2000):
            process.stdin.write(piece)
        process.stdin.write(b'\n",y\n3,short,z\n')
        process.stdin.close()
        self.assertEqual(process.wait(timeout=600), 0)
        self.assertEqual(self.read('ids'), struct.pack('<3I', 0, 1, 2))

        expected = hashlib.sha256(b'"a ""q"""\n"')
        for _ in range(2000):
            expected.update(piece)
        expected.update(b'\n"\nshort\n')
        process = subprocess.Popen([TOOL, 'decode', '--dictionary', self.path('dict'), self.path('ids')],
                                   stdout=subprocess.PIPE)
        found = hashlib.sha256()
        for part in iter(lambda: process.stdout.read(len(piece)), b''):
            found.update(part)
        process.stdout.close()
        self.assertEqual((process.wait(timeout=600), found.hexdigest()), (0, expected.hexdigest()))


if __name__ == '__main__':
    harness.main()
