#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later

"""What the tool reports: test-tool.py TOOL MAN-PAGE [--large] [unittest arguments]

Python is the judge: its csv, re, json and collections modules say what must come out.
"""

import base64
import collections
import csv
import fcntl
import glob
import io
import json
import os
import pty
import re
import signal
import struct
import subprocess
import termios
import time

import harness
from harness import MAN_PAGE, TOOL, environment, read_terminal, run, run_on_terminal

MIB = 1024 * 1024

KEYS = {
    'strings': int, 'distinct': int, 'missing': int, 'refused': int, 'hit_ratio': (int, float),
    'bytes_requested': int, 'bytes_stored': int, 'memory_copied': int, 'memory_interned': int,
    'bytes_saved': int, 'seconds': (int, float), 'strings_per_second': (int, float), 'top': list,
}

COMMANDS = [('stat',), ('encode',), ('decode',), *([('profile',)] if harness.HAS_PROFILER else []),
            *(('snapshot', action) for action in ('build', 'info', 'verify', 'list', 'diff'))]


def string_of(item):
    """The bytes of a member of "top"."""
    if ('string' in item) == ('base64' in item):
        raise AssertionError('neither or both of string and base64: {}'.format(item))
    return item['string'].encode() if 'string' in item else base64.b64decode(item['base64'], validate=True)


class StatTestCase(harness.ToolTestCase):
    def stat(self, *args, data=b''):
        """The JSON of a run that succeeds without a word on standard error."""
        status, output, errors = run('stat', '--json', *args, data=data)
        self.assertEqual((status, errors), (0, b''))
        return json.loads(output.decode())

    def assert_figures(self, figures, strings):
        """@figures are those of the list @strings, top list and all."""
        counter = collections.Counter(strings)
        self.assertEqual(figures['strings'], len(strings))
        self.assertEqual(figures['distinct'], len(counter))
        self.assertEqual(figures['refused'], 0)
        self.assertEqual(figures['bytes_requested'], sum(map(len, strings)))
        self.assertEqual(figures['bytes_stored'], sum(map(len, counter)))
        self.assertAlmostEqual(figures['hit_ratio'], (len(strings) - len(counter)) / max(len(strings), 1), places=12)
        self.assertEqual(figures['bytes_saved'], figures['memory_copied'] - figures['memory_interned'])
        expected = sorted(counter.items(), key=lambda item: (-item[1], item[0]))
        found = [(string_of(item), item['count']) for item in figures['top']]
        self.assertEqual(found, expected[:len(found)])
        return len(found), len(expected)

    def assert_tells(self, strings, *args, data):
        """All distinct strings come back with their counts."""
        figures = self.stat('--top=1000000', *args, data=data)
        n_found, n_expected = self.assert_figures(figures, strings)
        self.assertEqual(n_found, n_expected)
        return figures


class TestUsage(StatTestCase):
    def test_help_lists_the_commands(self):
        for args in [('--help',), ('-h',), ('help',)]:
            status, output, errors = run(*args)
            self.assertEqual((status, errors), (0, b''))
            self.assertRegex(output, rb'(?m)^  stat  +\w.*\n  encode  +\w.*\n  decode  +\w')

    def test_help_of_a_command(self):
        status, output, errors = run('help', 'stat')
        self.assertEqual((status, errors), (0, b''))
        self.assertTrue(output.startswith(b'Usage:\n  intern-pool stat '), output)
        self.assertIn(b'\nExamples:\n', output)
        self.assertEqual(run('stat', '--help')[1], output)

    def test_version_is_that_of_the_build(self):
        status, output, errors = run('--version')
        self.assertEqual((status, errors), (0, b''))
        self.assertRegex(output, rb'^intern-pool \d+\.\d+\.\d+\n$')

    def test_wrong_usage(self):
        for args in ['', 'nonsense', '--nonsense', 'help nonsense', 'stat --nonsense', 'stat --column=0',
                     'stat --column=-1', 'stat --column=x', 'stat --words --identifiers', 'stat --words --column=1',
                     'stat --column=1 --delimiter=ab',
                     'stat --column=1 --delimiter=', 'stat --csv --column=1 --delimiter="', 'stat --color=maybe',
                     'stat --top=-1', 'stat --top=x', 'stat --max-strings=-1', 'stat --max-strings=4294967296']:
            with self.subTest(args):
                self.assert_usage_error(*args.split())
        self.assert_usage_error('stat', '--column=1', '--delimiter=\n')

    def test_man_page_has_the_options_of_the_help(self):
        with open(MAN_PAGE, encoding='ascii') as file:
            page = file.read().replace('\\-', '-')
        # Only where an option is introduced: the tag of a paragraph.
        tags = '\n'.join(re.findall(r'^\.TP\n(.*)', page, re.MULTILINE))
        in_page = set(re.findall(r'(?<![\w-])--?[A-Za-z][a-z-]*', tags))
        in_help = set()
        for command in [(), *COMMANDS]:
            for line in run(*command, '--help')[1].decode().splitlines():
                if re.match(r' +-', line):
                    in_help |= set(re.findall(r'(?<![\w-])--?[A-Za-z][a-z-]*', line[:26]))
        self.assertIn('--column', in_help)
        if harness.HAS_PROFILER:
            self.assertEqual(in_page, in_help)
        else:
            self.assertLessEqual(in_help, in_page)

    def test_an_option_has_one_letter_and_one_meaning(self):
        """In all commands; a letter belongs to one option."""
        letters, options, takes = {}, {}, {}
        for command in COMMANDS:
            for letter, option, value in re.findall(r'(?m)^  (?:-(\S), |)--([a-z-]+)(=\S+|)',
                                                    run(*command, '--help')[1].decode()):
                self.assertEqual(options.setdefault(option, letter), letter, command)
                self.assertEqual(takes.setdefault(option, value), value, command)
                if letter:
                    self.assertEqual(letters.setdefault(letter, option), option, command)
        self.assertIn('c', letters)

    def test_man_page_has_the_figures_of_the_json(self):
        with open(MAN_PAGE, encoding='ascii') as file:
            page = file.read()
        columns = json.loads(run('stat', '--csv', '--json', data=b'a\n')[1])
        for name in [*KEYS, *columns, *columns['columns'][0]]:
            self.assertRegex(page, r'(?m)^\.BR .*", " {}$'.format(name))


class TestFigures(StatTestCase):
    def test_json_has_every_figure(self):
        figures = self.stat(data=b'a\nb\na\n')
        self.assertEqual(set(figures), set(KEYS))
        for name, kind in KEYS.items():
            self.assertIsInstance(figures[name], kind, name)

    def test_nothing_gives_zeros(self):
        figures = self.assert_tells([], data=b'')
        self.assertEqual((figures['hit_ratio'], figures['strings_per_second'], figures['top']), (0, 0, []))
        self.assertLess(figures['bytes_saved'], 0)

    def test_speed_is_strings_by_time(self):
        figures = self.stat(data=b'x\ny\n' * 100000)
        self.assertGreater(figures['seconds'], 0)
        self.assertAlmostEqual(figures['strings_per_second'] * figures['seconds'], 200000, delta=1)

    def test_top_is_cut_and_sorted(self):
        strings = [b'%d' % (n * n % 997) for n in range(20000)]
        for top in [0, 1, 10, 499, 5000]:
            figures = self.stat('--top={}'.format(top), data=b'\n'.join(strings))
            n_found, n_expected = self.assert_figures(figures, strings)
            self.assertEqual(n_found, min(top, n_expected))
        self.assertEqual(len(self.stat(data=b'\n'.join(strings))['top']), 10)

    def test_top_of_more_strings_than_are_kept_at_once(self):
        strings = [b'%d' % n for n in range(30000)] + [b'29999', b'7', b'7']
        figures = self.stat('--top=3', data=b'\n'.join(strings))
        self.assert_figures(figures, strings)
        self.assertEqual([item['count'] for item in figures['top']], [3, 2, 1])

    def test_savings_of_strings_make_up_the_copies(self):
        strings = [b'x' * length for length in range(100) for _ in range(3)]
        figures = self.assert_tells(strings, data=b'\n'.join(strings) + b'\n')
        # Two repeats of each string cost two thirds of what its three copies do.
        self.assertEqual(sum(item['bytes_saved'] for item in figures['top']) * 3, figures['memory_copied'] * 2)

    def test_repeats_save_and_their_lack_costs(self):
        repeats = self.stat(data=b'a string of some length\n' * 10000)
        self.assertGreater(repeats['bytes_saved'], 0)
        self.assertLess(repeats['memory_interned'], repeats['memory_copied'] / 50)
        self.assertLess(self.stat(data=b'once\n')['bytes_saved'], 0)

    def test_limit_refuses_and_succeeds(self):
        figures = self.stat('--max-strings=2', data=b'a\nb\nc\na\nd\nc\nb\n')
        self.assertEqual((figures['strings'], figures['distinct'], figures['refused']), (7, 2, 3))
        self.assertAlmostEqual(figures['hit_ratio'], 2 / 7)
        self.assertEqual(figures['bytes_requested'], 4)
        self.assertEqual(self.stat('--max-strings=0', data=b'a\nb\n')['refused'], 0)

    def test_limit_has_a_row(self):
        self.assertRegex(run('stat', '--max-strings=1', data=b'a\nb\nc\n')[1],
                         rb'(?m)^Refused +2 --max-strings allows no more$')
        self.assertNotIn(b'Refused', run('stat', data=b'a\nb\nc\n')[1])


class TestStrings(StatTestCase):
    def test_lines(self):
        for data in [b'', b'\n', b'a', b'a\n', b'a\n\n', b'\n\na', b'a\r\nb\r\n', b'a\0b\na\0c\na\0b', b'\0\n\0']:
            lines = data.split(b'\n')
            self.assert_tells(lines if lines[-1] else lines[:-1], data=data)

    def test_all_bytes(self):
        # Not the mark of UTF-16
        data = b'\n' + self.random_bytes(range(256), 300000) + b'\n'
        self.assert_tells(data[:-1].split(b'\n'), data=data)

    def test_words_of_licences(self):
        paths = [path for path in glob.glob('/usr/share/common-licenses/*') if os.path.isfile(path)]
        self.assertTrue(paths, 'no licences to read')
        self.compare_files(paths, rb'\S+', '--words')

    def test_identifiers_of_headers(self):
        paths = glob.glob('/usr/include/*.h')
        self.assertTrue(paths, 'no headers to read')
        self.compare_files(paths, rb'\b[A-Za-z_][A-Za-z0-9_]*', '--identifiers')

    def compare_files(self, paths, pattern, option):
        strings = []
        for path in paths:
            with open(path, 'rb') as file:
                strings += re.findall(pattern, file.read())
        self.assertGreater(len(strings), 1000)
        self.assert_tells(strings, option, *paths, data=None)

    def test_words_and_identifiers_of_noise(self):
        data = b'\n' + self.random_bytes(range(256), 300000)
        self.assert_tells(re.findall(rb'\S+', data), '--words', data=data)
        self.assert_tells(re.findall(rb'(?<![A-Za-z0-9_])[A-Za-z_][A-Za-z0-9_]*', data), '--identifiers', data=data)

    def test_columns(self):
        data = self.random_bytes(b'ab\t;\n', 300000) + b'\n'
        for delimiter, options in [(b'\t', []), (b'\t', ['-d', '\\t']), (b'\t', ['-d', '\t']), (b';', ['-d', ';'])]:
            rows = [line.split(delimiter) for line in data[:-1].split(b'\n')]
            for column in [1, 2, 5]:
                strings = [row[column - 1] for row in rows if len(row) >= column]
                self.assert_tells(strings, '--column={}'.format(column), *options, data=data)

    def assert_delimits(self, byte, *args, locale):
        fields = [b'1', b'2', b'3'] if byte not in b'123' else [b'x', b'y', b'z']
        status, output, errors = run('stat', '--json', '--column=2', *args, data=byte.join(fields) + b'\n',
                                     env=environment(LC_ALL=locale))
        self.assertEqual((status, errors), (0, b''), args)
        self.assert_figures(json.loads(output), [fields[1]])

    def test_any_byte_but_a_newline_is_a_delimiter(self):
        """Whatever the locale takes for text."""
        for byte in (bytes([number]) for number in range(1, 256) if number != ord('\n')):
            for locale in 'C', 'C.UTF-8':
                self.assert_delimits(byte, '-d', byte, locale=locale)
        for byte in b'\x80', b'\xa7', b'\xff':
            self.assert_delimits(byte, '--csv', b'--delimiter=' + byte, locale='C.UTF-8')

    @staticmethod
    def is_faulty(text, rows, delimiter):
        """Whether the rows have different lengths, or what would be another row is within quotes."""
        more = list(csv.reader(io.StringIO(text + '\nlast', newline=''), delimiter=delimiter))
        return len(set(map(len, rows))) > 1 or more[-1] != ['last']

    def assert_csv(self, text, delimiter=','):
        rows = [row for row in csv.reader(io.StringIO(text, newline=''), delimiter=delimiter) if row]
        faulty = self.is_faulty(text, rows, delimiter)
        for column in range(1, max(map(len, rows), default=3) + 1):
            strings = [row[column - 1].encode() for row in rows if len(row) >= column]
            status, output, errors = run('stat', '--json', '--top=1000000', '--csv', '--column={}'.format(column),
                                         '--delimiter=' + delimiter, data=text.encode())
            self.assertEqual((status, bool(errors)), (1, True) if faulty else (0, False), text)
            figures = json.loads(output.decode())
            n_found, n_expected = self.assert_figures(figures, strings)
            self.assertEqual(n_found, n_expected)
            self.assertEqual(figures['missing'], len(rows) - len(strings))

    def test_csv_edges(self):
        for text in ['', '\n', '\r\n', 'a,b', 'a,b\r\n', '""\n', '"",""\n', ',\n', ',,\r\n', '"a,b","c"\n',
                     '"a\nb","c\r\nd"\r\n', '"a""b",""""\n', '""""""', 'a"b,c""d\n', '"a"b,"c"d"e"\n', '"open,\n',
                     'a,"open', '\n\na\n\n', ' "a", b\n', 'é,"ü,ö"\n', '"a"\r\n,"b"\r\n', '"a\r"\n', 'a,"\r"\n']:
            with self.subTest(text):
                self.assert_csv(text)

    def test_csv_of_noise(self):
        pieces = ['a', 'b', ' ', '"', '""', ',', '"x,y"', '\n', '\r\n', '"\r\n"']
        for _ in range(150):
            self.assert_csv(''.join(self.random.choices(pieces, k=40)) + '\n')

    def test_csv_longer_than_any_buffer(self):
        rows = [[''.join(self.random.choices('ab",;\n\r é', k=self.random.randrange(12))) for _ in range(3)]
                for _ in range(60000)]
        for delimiter in ',;':
            text = io.StringIO(newline='')
            csv.writer(text, delimiter=delimiter, quoting=csv.QUOTE_ALL).writerows(rows)
            self.assertGreater(len(text.getvalue()), MIB)
            self.assert_csv(text.getvalue(), delimiter)

    def test_json_keeps_every_string(self):
        strings = [bytes([n]) for n in range(256) if n != 10]
        strings += [b'\0', b'a\0b', '\u2028é\U0001f600'.encode(), b'\xed\xa0\x80', b'\xc0\x80', b'caf\xc3', b'"\\/']
        figures = self.assert_tells(strings + strings, data=b'\n'.join(strings + strings) + b'\n')
        for item in figures['top']:
            try:
                string_of(item).decode()
                self.assertIn('string', item)
            except UnicodeDecodeError:
                self.assertIn('base64', item)


class TestInput(StatTestCase):
    def test_files_and_standard_input(self):
        a, b = self.path('a', b'x\ny'), self.path('b', b'y\nz\n')
        self.assert_tells([b'x', b'y', b'y', b'z'], a, b, data=b'not read')
        self.assert_tells([b'x', b'y', b'w', b'y', b'z'], a, '-', b, data=b'w')
        self.assert_tells([b'w'], '-', data=b'w\n')
        self.assert_tells([b'w'], data=b'w\n')

    def test_empty_file(self):
        self.assert_tells([], self.path('empty', b''), data=b'')

    def test_name_that_looks_like_an_option(self):
        self.path('--words', b'a b\n')
        status, output, _errors = run('stat', '--json', '--', '--words', cwd=self.folder.name)
        self.assertEqual((status, json.loads(output)['strings']), (0, 1))

    def test_what_cannot_be_read_is_named_and_passed_over(self):
        good = self.path('good', b'a\nb\n')
        for bad, why in [(self.folder.name, b'directory'), (self.path('missing'), b'No such file or directory'),
                         (good + '/x', b'[Nn]ot a directory')]:
            status, output, errors = run('stat', '--json', good, bad, good)
            self.assertEqual(status, 1)
            self.assertEqual(json.loads(output)['strings'], 4)
            self.assertRegex(errors, b'^intern-pool: ' + re.escape(bad.encode()) + b': .*' + why + b'\n$')

    def test_figures_of_nothing_are_not_told(self):
        for args in [], ['--json']:
            for files, n_bad in ([self.path('missing')], 1), ([self.folder.name], 1), ([self.path('missing')] * 2, 2):
                status, output, errors = run('stat', *args, *files)
                self.assertEqual((status, output), (1, b''), files)
                self.assertRegex(errors, rb'^(intern-pool: [^\n]*: (No such file or|Is a) directory\n){%d}$' % n_bad)
        # An empty file has figures, and they are zeros.
        status, output, _errors = run('stat', self.path('missing'), self.path('empty', b''))
        self.assertEqual(status, 1)
        self.assertRegex(output, rb'^Strings +0\n')

    def test_file_without_permission(self):
        if os.geteuid() == 0:
            self.skipTest('root may read everything')
        path = self.path('secret', b'a\n')
        os.chmod(path, 0)
        status, _output, errors = run('stat', path)
        self.assertEqual(status, 1)
        self.assertIn(b'Permission denied', errors)

    def test_standard_input_that_is_a_directory(self):
        folder = os.open('/', os.O_RDONLY)
        done = subprocess.run([TOOL, 'stat'], stdin=folder, capture_output=True, timeout=60)
        os.close(folder)
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, rb'^intern-pool: standard input: Is a directory\n$')

    def test_line_longer_than_any_buffer(self):
        figures = self.stat(data=b'x' * (64 * MIB) + b'\nshort\n')
        self.assertEqual((figures['strings'], figures['bytes_stored']), (2, 64 * MIB + 5))
        self.assertEqual(sorted(len(item['string']) for item in figures['top']), [5, 64 * MIB])

    def test_memory_does_not_grow_with_the_input(self):
        block = b''.join(b'string number %d\n' % (n % 100) for n in range(60000))
        n_blocks = 200000000 // len(block) + 1
        process = subprocess.Popen([TOOL, 'stat', '--json'], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        for _ in range(n_blocks):
            process.stdin.write(block)
        peak = harness.peak_memory(process.pid)
        figures = json.loads(process.communicate(timeout=60)[0])
        self.assertEqual((process.returncode, figures['strings'], figures['distinct']), (0, 60000 * n_blocks, 100))
        self.assertLess(peak, 30 * 1024)


class TestOutput(StatTestCase):
    def test_table_has_the_figures_of_the_json(self):
        data = b'some string\n' * 1234567 + b'other\n'
        output = run('stat', data=data)[1].decode()
        rows = dict(re.findall(r'^(\w[\w ]*?)  +(-?[\d.,]+ ?\S*)', output, re.MULTILINE))
        self.assertEqual(rows['Strings'].strip(), '1,234,568')
        self.assertEqual(rows['Distinct'].strip(), '2')
        self.assertEqual(rows['Hit ratio'], '100.0 %')
        self.assertEqual(rows['Bytes asked for'], '13.6 MB')
        self.assertEqual(rows['Bytes stored'], '16 bytes')
        figures = self.stat(data=data)
        self.assertEqual(rows['Memory as copies'], '{:.1f} MB'.format(figures['memory_copied'] / 1e6))
        # Of another run: the heap may give a block some bytes more.
        interned, unit = rows['Memory interned'].split()
        self.assertAlmostEqual(float(interned) * {'bytes': 1, 'kB': 1000}[unit], figures['memory_interned'], delta=100)
        self.assertRegex(output, r'(?m)^ +1,234,567 +{:.1f} MB  "some string"$'.format(
            figures['top'][0]['bytes_saved'] / 1e6))

    def test_table_says_when_interning_costs(self):
        self.assertRegex(run('stat', data=b'a\n')[1], rb'(?m)^Net saving +-\S+ \w+  interning costs more')

    def test_table_is_aligned(self):
        output = run('stat', '--top=0', data=b'a string\n' * 5000)[1].decode()
        ends = {re.match(r'\D+?-?[\d.,]+', line).end() for line in output.splitlines()}
        self.assertEqual(len(ends), 1, output)

    def test_table_has_no_control_characters(self):
        strings = [bytes([n]) * 2 for n in range(256) if n != 10]
        strings += ['\u202e\u0085\u200b\ufeff\U000e0001'.encode(), b'\xc2', b'\xed\xa0\x80', b'\x1b[31m', b'\xff' * 99]
        output = run('stat', '--top=999', data=b'\n'.join(strings))[1].decode()
        for character in output:
            self.assertTrue(character.isprintable() or character == '\n', ascii(character))
        self.assertIn('"\\x1B[31m"', output)
        self.assertIn('"\\u{202E}\\u{85}\\u{200B}', output)
        self.assertIn('"\\x00\\x00"', output)
        self.assertIn('"\\\\\\\\"', output)
        self.assertIn('"\\"\\""', output)
        self.assertEqual(len(output.splitlines()), len(strings) + 12)

    def test_long_strings_are_cut(self):
        strings = ['x' * 48, 'y' * 49, 'é' * 48, 'ü' * 10000, '日' * 24, '本' * 25, 'a\u0301' * 40, 'b\u0301' * 10000,
                   '\x01' * 12, '\x02' * 13]
        output = run('stat', '--top=99', data='\n'.join(strings).encode())[1].decode()
        found = set(re.findall('"(.*)"\n', output))
        self.assertEqual(found, {
            'x' * 48, 'y' * 45 + '...', 'é' * 48, 'ü' * 45 + '...', '日' * 24, '本' * 22 + '...', 'a\u0301' * 40,
            'b\u0301' * 45 + '...', '\\x01' * 12, '\\x02' * 11 + '...'})

    def test_heaps_of_accents_are_cut(self):
        output = run('stat', data='c'.encode() + '\u0301'.encode() * 100000)[1]
        self.assertLess(len(output), 2000)
        self.assertTrue(output.endswith(b'..."\n'))

    def test_other_charset_shows_ascii_only(self):
        output = run('stat', data='é\n'.encode(), env=environment(LC_ALL='C'))[1]
        self.assertIn(b'"\\u{E9}"', output)
        self.assertTrue(output.isascii())

    def test_full_disk(self):
        for args in [('stat',), ('stat', '--json'), ('--help',), ('--version',), ('stat', '--help')]:
            with open('/dev/full', 'wb') as full:
                status, _output, errors = run(*args, data=b'a\n', stdout=full)
            self.assertEqual(status, 1, args)
            self.assertRegex(errors, rb'^intern-pool[a-z ]*: .*No space left on device\n$')

    def test_closed_standard_output(self):
        status, _output, errors = run('stat', data=b'a\n', stdout=None, preexec_fn=lambda: os.close(1))
        self.assertEqual(status, 1)
        self.assertIn(b'It is closed, or open for reading only', errors)

    def run_into_closed_pipe(self, **options):
        reader, writer = os.pipe()
        os.close(reader)
        status, _output, errors = run('stat', data=b'a\n', stdout=writer, **options)
        os.close(writer)
        self.assertEqual(errors, b'')
        return status

    def test_closed_pipe_is_quiet(self):
        self.assertEqual(self.run_into_closed_pipe(), -signal.SIGPIPE)
        self.assertEqual(self.run_into_closed_pipe(restore_signals=False), 1)


class TestTerminal(StatTestCase):
    COLOUR = b'\x1b['

    def test_colour_on_a_terminal_only(self):
        self.assertNotIn(self.COLOUR, run('stat', data=b'a\n')[1])
        self.assertIn(self.COLOUR, run_on_terminal('stat', data=b'a\n')[1])

    def test_colour_is_on_demand(self):
        self.assertIn(self.COLOUR, run('stat', '--color=always', data=b'a\n')[1])
        self.assertNotIn(self.COLOUR, run_on_terminal('stat', '--color=never', data=b'a\n')[1])
        self.assertIn(self.COLOUR, run_on_terminal('stat', '--color=auto', data=b'a\n')[1])

    def test_no_color(self):
        self.assertNotIn(self.COLOUR, run_on_terminal('stat', data=b'a\n', env=environment(NO_COLOR='1'))[1])
        self.assertIn(self.COLOUR, run_on_terminal('stat', data=b'a\n', env=environment(NO_COLOR=''))[1])
        self.assertIn(self.COLOUR, run('stat', '--color=always', data=b'a\n', env=environment(NO_COLOR='1'))[1])

    def test_dumb_terminals(self):
        for term in ['dumb', None]:
            self.assertNotIn(self.COLOUR, run_on_terminal('stat', data=b'a\n', env=environment(TERM=term))[1])

    def test_wide_terminals_are_used(self):
        for width, shown in (0, 45), (40, 45), (80, 47), (120, 87), (200, 100):
            _status, output = run_on_terminal('stat', '--color=never', data=b'x' * 100 + b'\n', width=width)
            last = output.decode().splitlines()[-1]
            self.assertEqual(last.count('x'), shown)
            self.assertLess(len(last), max(width, 80))
            _status, output = run_on_terminal('stat', '--csv', '-H', '--color=never', data=b'x' * 300 + b'\n1\n',
                                              width=width)
            last = output.decode().splitlines()[-1]
            if width >= 120:
                self.assertEqual(len(last), width)

    def test_colour_changes_no_column(self):
        plain = run('stat', '--top=3', '--color=never', data=b'a\nb\na\n')[1].splitlines()
        coloured = run('stat', '--top=3', '--color=always', data=b'a\nb\na\n')[1]
        stripped = re.sub(rb'\x1b\[\d+m', b'', coloured).splitlines()
        unmeasured = (b'Time', b'Speed')
        self.assertEqual([line for line in stripped if not line.startswith(unmeasured)],
                         [line for line in plain if not line.startswith(unmeasured)])

    def test_json_has_no_colour(self):
        status, output = run_on_terminal('stat', '--json', '--color=always', data=b'a\n')
        self.assertEqual((status, json.loads(output)['strings']), (0, 1))

    def run_slowly(self, **options):
        """Standard error on a terminal, and an input that takes longer than a second."""
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack('HHHH', 24, 80, 0, 0))
        process = subprocess.Popen([TOOL, 'stat', '--json'], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                   stderr=slave, env=environment(**options))
        os.close(slave)
        for _ in range(8):
            process.stdin.write(b'line\n')
            process.stdin.flush()
            time.sleep(0.2)
        process.stdin.close()
        output = json.loads(process.stdout.read())
        process.stdout.close()
        errors = read_terminal(master, process)
        os.close(master)
        self.assertEqual((process.returncode, output['strings']), (0, 8))
        return errors

    def test_progress_is_shown_and_erased(self):
        errors = self.run_slowly()
        self.assertIn(b' MB/s', errors)
        self.assertTrue(errors.endswith(b'\r\x1b[K'), errors)

    def test_progress_not_on_dumb_terminals(self):
        self.assertEqual(self.run_slowly(TERM='dumb'), b'')

    def test_no_progress_in_less_than_a_second(self):
        self.assertNotIn(b'MB/s', run_on_terminal('stat', data=b'a\n')[1])

    def test_bar_of_a_file(self):
        # No tab, so nothing is kept, and far more zeros than a second is long enough for.
        path = self.path('sparse')
        with open(path, 'wb') as file:
            file.truncate(1 << 40)
        master, slave = pty.openpty()
        process = subprocess.Popen([TOOL, 'stat', '--column=2', path], stdout=subprocess.DEVNULL, stderr=slave,
                                   env=environment())
        os.close(slave)
        limit = time.monotonic() + 30
        errors = b''
        while b'%' not in errors and time.monotonic() < limit:
            errors += os.read(master, 4096)
        process.kill()
        process.wait()
        os.close(master)
        self.assertRegex(errors, rb'\[#*\.+\] +\d+ %  [\d.]+ MB, [\d.]+ MB/s')


class TestInterrupt(StatTestCase):
    def start(self, *args):
        process = subprocess.Popen([TOOL, 'stat', '--json', *args], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE)
        process.stdin.write(b'a\nb\na\nhalf')
        process.stdin.flush()
        self.wait_until(lambda: not self.bytes_waiting(process.stdin) and self.is_ready(process.pid))
        return process

    @staticmethod
    def bytes_waiting(pipe):
        return struct.unpack('i', fcntl.ioctl(pipe, termios.FIONREAD, b'\0' * 4))[0]

    @staticmethod
    def is_ready(pid):
        """Whether it has a handler for ^C and sleeps: it waits for input."""
        with open('/proc/{}/status'.format(pid), encoding='ascii') as file:
            status = dict(line.rstrip('\n').split(':\t', 1) for line in file)
        return int(status['SigCgt'], 16) >> (signal.SIGINT - 1) & 1 and status['State'].startswith('S')

    def test_interrupt_tells_what_was_read(self):
        process = self.start()
        process.send_signal(signal.SIGINT)
        # The input stays open: only the signal can have ended it.
        output, errors = process.stdout.read(), process.stderr.read()
        for pipe in (process.stdin, process.stdout, process.stderr):
            pipe.close()
        self.assertEqual(process.wait(timeout=30), 130)
        self.assertEqual(errors, b'intern-pool: Interrupted: the figures are of what was read until then\n')
        self.assert_figures(json.loads(output), [b'a', b'b', b'a'])

    def test_interrupt_is_for_the_thread_that_reads(self):
        process = self.start('--csv')
        blocked = {}
        for thread in os.listdir('/proc/{}/task'.format(process.pid)):
            with open('/proc/{}/task/{}/status'.format(process.pid, thread), encoding='ascii') as file:
                mask = int(re.search(r'SigBlk:\s+(\w+)', file.read()).group(1), 16)
            blocked[int(thread)] = mask >> (signal.SIGINT - 1) & 1
        self.assertEqual(blocked.pop(process.pid), 0)
        self.assertEqual(set(blocked.values()), {1})
        process.send_signal(signal.SIGINT)
        output = process.stdout.read()
        for pipe in (process.stdin, process.stdout, process.stderr):
            pipe.close()
        self.assertEqual((process.wait(timeout=30), json.loads(output)['rows']), (130, 3))

    def test_other_files_are_not_read_afterwards(self):
        process = self.start('-', self.path('more', b'c\n'))
        process.send_signal(signal.SIGINT)
        output = process.stdout.read()
        for pipe in (process.stdin, process.stdout, process.stderr):
            pipe.close()
        self.assertEqual((process.wait(timeout=30), json.loads(output)['strings']), (130, 3))

    def test_interrupt_while_a_pipe_is_opened(self):
        path = self.path('fifo')
        os.mkfifo(path)
        process = subprocess.Popen([TOOL, 'stat', '--json', path], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.wait_until(lambda: self.is_ready(process.pid))
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=30)
        self.assertEqual((process.returncode, json.loads(output)['strings']), (130, 0))
        self.assertIn(b'Interrupted', errors)


class TestLarge(StatTestCase):
    def test_line_of_a_gibibyte(self):
        process = subprocess.Popen([TOOL, 'stat', '--json', '--top=0'], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        block = b'x' * MIB
        for _ in range(1024):
            process.stdin.write(block)
        process.stdin.write(b'\nshort\n')
        output, _errors = process.communicate(timeout=600)
        figures = json.loads(output)
        self.assertEqual((process.returncode, figures['strings'], figures['refused']), (0, 2, 0))
        self.assertEqual(figures['bytes_stored'], 1024 * MIB + 5)


if __name__ == '__main__':
    harness.main()
