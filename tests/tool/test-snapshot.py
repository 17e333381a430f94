#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Snapshots made, described, checked, listed and compared: test-snapshot.py TOOL MAN-PAGE [unittest arguments]"""

import json
import os
import re
import socket
import struct
import subprocess
import unittest

import harness
from harness import MAN_PAGE, TOOL, run

MIB = 1024 * 1024
GOLDEN = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'data')
KEYS = ['version', 'strings', 'atoms', 'first_atom', 'string_bytes', 'file_bytes', 'overhead', 'buckets', 'load',
        'max_probe']


class SnapshotTestCase(harness.ToolTestCase):
    def succeed(self, *args, data=b'', status=0):
        found, output, errors = run('snapshot', *args, data=data)
        self.assertEqual((found, errors), (status, b''), args)
        return output

    def assert_fails(self, message, *args, data=b'', output=b''):
        """@message is all of standard error after the name of the tool, as a regular expression."""
        self.assertEqual(run('snapshot', *args, data=data)[:2], (1, output), args)
        self.assertRegex(run('snapshot', *args, data=data)[2], b'^intern-pool: ' + message + b'\n$')

    def build(self, data, *args, name='strings.isn'):
        path = self.path(name)
        self.assertEqual(self.succeed('build', '--force', '--output=' + path, *args, data=data), b'')
        return path

    def info(self, path):
        return json.loads(self.succeed('info', '--json', path))


class TestUsage(SnapshotTestCase):
    def test_wrong_usage(self):
        for args in ['snapshot', 'snapshot nonsense', 'snapshot build', 'snapshot build --nonsense',
                     'snapshot build --output=x --words --csv', 'snapshot info a b', 'snapshot info --zero a',
                     'snapshot list a b', 'snapshot list --words a', 'snapshot diff', 'snapshot diff a',
                     'snapshot diff a b c', 'snapshot diff - -', 'snapshot verify --json a']:
            with self.subTest(args):
                self.assert_usage_error(*args.split())
        self.assertEqual(os.listdir(self.folder.name), [])

    def test_help(self):
        output = self.succeed('--help')
        self.assertEqual(run('help', 'snapshot')[1], output)
        for action in ['build', 'info', 'verify', 'list', 'diff']:
            self.assertRegex(output, rb'(?m)^  %s  +\w' % action.encode())
            usage = self.succeed(action, '--help')
            self.assertTrue(usage.startswith(b'Usage:\n  intern-pool snapshot %s ' % action.encode()), usage)


class TestBuild(SnapshotTestCase):
    def test_atoms_in_order_of_appearance(self):
        path = self.build(b'b\na\nb\n\nc')
        self.assertEqual(self.succeed('list', '--atoms', path), b'1\tb\n2\ta\n3\t\n4\tc\n')
        self.assertEqual(self.succeed('list', path), b'b\na\n\nc\n')

    def test_any_bytes(self):
        path = self.build(b'x\0y\n\xff\n\0\n')
        self.assertEqual(self.succeed('list', '-A', path), b'1\tx\0y\n2\t\xff\n3\t\0\n')
        self.assertEqual(self.succeed('list', '--zero', path), b'x\0y\0\xff\0\0\0')

    def test_without_atoms_the_order_leaves_no_trace(self):
        lines = [self.random_bytes(b'abc', self.random.randrange(9)) for _ in range(500)]
        one = self.read(self.build(b'\n'.join(lines) + b'\n', '--no-atoms'))
        self.random.shuffle(lines)
        self.assertEqual(self.read(self.build(b'\n'.join(lines) + b'\n', '-n')), one)

    def test_splits_as_stat_does(self):
        for args, strings in [(['--words'], b'a,1\nb,2\n'), (['-i'], b'a\nb\n'), (['--csv', '--column=2'], b'1\n2\n')]:
            self.assertEqual(self.succeed('list', self.build(b'a,1\nb,2\n', *args)), strings)

    def test_many_files(self):
        files = [self.path('one', b'a\nb'), self.path('two', b'b\nc')]
        self.assertEqual(self.succeed('list', self.build(b'', *files)), b'a\nb\nc\n')

    def test_pipes(self):
        bytes_ = self.succeed('build', '--output=-', data=b'a\n')
        self.assertEqual(bytes_, self.read(self.build(b'a\n')))
        self.assertEqual(self.succeed('list', data=bytes_), b'a\n')
        self.assertEqual(self.succeed('info', data=bytes_), self.succeed('info', self.path('strings.isn')))

    def test_a_file_that_is_there(self):
        path = self.build(b'a\n')
        before = self.read(path)
        self.assert_fails(b'.*: The file exists: use --force to replace it', 'build', '--output=' + path)
        self.assertEqual(self.read(path), before)

    def test_failures_leave_no_file(self):
        self.assert_fails(b'.*nothing: No such file.*', 'build', '-o', self.path('new'), self.path('nothing'))
        self.assertEqual(os.listdir(self.folder.name), [])


class TestInfo(SnapshotTestCase):
    def test_figures(self):
        path = self.build(b'one\ntwo\nx\0y\n')
        found = self.info(path)
        size = os.path.getsize(path)
        self.assertEqual(list(found), KEYS)
        self.assertEqual(found, {'version': 1, 'strings': 3, 'atoms': 3, 'first_atom': 1, 'string_bytes': 9,
                                 'file_bytes': size, 'overhead': round((size - 9) / 3, 2), 'buckets': 1,
                                 'load': 0.19, 'max_probe': 1})

    def test_table_has_the_same_figures(self):
        path = self.build(b'one\ntwo\n')
        rows = [line.split()[-1] for line in self.succeed('info', path).decode().splitlines()]
        self.assertEqual([float(row) for row in rows], list(self.info(path).values()))

    def test_man_page_has_them(self):
        with open(MAN_PAGE, encoding='ascii') as file:
            page = file.read()
        for name in KEYS:
            self.assertRegex(page, r'(?m)^\.BR .*", " {}$'.format(name))

    @unittest.skipIf('INTERN_TEST_SIZES' in os.environ, 'a library with tiny blocks has many of them')
    def test_overhead_is_small(self):
        path = self.build(b''.join(b'%d\n' % n for n in range(100000)))
        self.assertLess(self.info(path)['overhead'], 10.5)
        self.assertGreater(self.info(path)['load'], 0.8)

    def test_every_beginning(self):
        """Cut anywhere, it is refused by its header, or by its length."""
        data = self.read(self.build(b'one\ntwo\n'))
        for length in range(1, len(data), 7):
            self.assert_fails(rb'.*: The snapshot is damaged: [^\n]*', 'info', self.path('cut', data[:length]))
        self.assert_fails(b'.*: The snapshot is damaged: it is too short for a header', 'info', self.path('cut', b''))

    def test_length_of_standard_input(self):
        """That of a file is known; it is read from where the descriptor stands, as by every command."""
        path = self.build(b'%s\n' % (b'x' * 9000))
        good = self.read('strings.isn')
        for data, message in (good, None), (good[:-1], b'standard input: .*length.*'):
            with open(self.path('behind', b'line\n' + data), 'rb') as file:
                os.lseek(file.fileno(), 5, os.SEEK_SET)
                found = run('snapshot', 'verify', data=None, stdin=file)
                self.assertEqual(found[0], 1 if message else 0)
            with open(self.path('alone', data), 'rb') as file:
                status, output, errors = run('snapshot', 'info', data=None, stdin=file)
                self.assertEqual((status, output), (1, b'') if message else (0, self.succeed('info', path)))
                self.assertRegex(errors, b'^intern-pool: ' + message + b'\n$' if message else b'^$')

    def test_standard_input_that_is_a_socket(self):
        """As from a program that runs this one: it has no name that could be opened."""
        data = self.read(self.build(b'one\ntwo\n'))
        for args, expected in (['list'], b'one\ntwo\n'), (['info'], self.succeed('info', self.path('strings.isn'))):
            ours, theirs = socket.socketpair()
            with ours, theirs:
                ours.sendall(data)
                ours.shutdown(socket.SHUT_WR)
                self.assertEqual(run('snapshot', *args, data=None, stdin=theirs), (0, expected, b''))

    def test_bad_headers(self):
        data = self.read(self.build(b'one\ntwo\n'))
        for offset, number in [(8, 2), (12, 0x04030201), (28, 9), (36, 0), (64, 65), (64, 0), (64, 3)]:
            changed = data[:offset] + struct.pack('<I', number) + data[offset + 4:]
            self.assert_fails(b'.*: The snapshot [^\n]*', 'info', self.path('bad', changed))


class TestVerify(SnapshotTestCase):
    def test_golden_files(self):
        for name in os.listdir(GOLDEN):
            path = os.path.join(GOLDEN, name)
            strings = self.info(path)['strings']
            self.assertEqual(self.succeed('verify', path), b'%s: whole, %d strings\n' % (path.encode(), strings))

    def test_every_byte(self):
        data = self.read(self.build(b'one\ntwo\n'))
        for position in range(0, len(data), 5):
            changed = bytearray(data)
            changed[position] ^= 1 << self.random.randrange(8)
            self.assert_fails(b'.*bad: The snapshot [^\n]*', 'verify', self.path('bad', changed))

    def test_the_others_are_still_checked(self):
        good = self.build(b'a\n')
        bad = self.path('bad', b'nothing')
        self.assert_fails(b'.*bad: The snapshot is damaged: [^\n]*', 'verify', bad, good,
                          output=good.encode() + b': whole, 1 string\n')

    def test_counts_have_their_noun(self):
        for n_strings, count in (0, b'0 strings'), (1, b'1 string'), (2, b'2 strings'):
            path = self.build(b''.join(b'%d\n' % n for n in range(n_strings)))
            self.assertEqual(self.succeed('verify', path), path.encode() + b': whole, ' + count + b'\n')


class TestEndless(SnapshotTestCase):
    """What has no end is refused as soon as that can be seen: of 16 MiB not one is taken."""

    def assert_refused(self, message, begin, args):
        process = subprocess.Popen([TOOL, 'snapshot', *args], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE)
        n_written = 0
        try:
            while n_written < 16 * MIB:
                n_written += os.write(process.stdin.fileno(), begin + bytes(65536))
                begin = b''
        except BrokenPipeError:
            pass
        process.stdin.close()
        process.stdin = None
        output, errors = process.communicate(timeout=60)
        self.assertEqual((process.returncode, output), (1, b''), args)
        self.assertRegex(errors, b'^intern-pool: standard input: ' + message + b'\n$', args)
        self.assertLess(n_written, MIB, args)

    def test_input_without_end(self):
        good = self.build(b'a\n')
        data = self.read(good)
        other_version = data[:8] + struct.pack('<I', 2) + data[12:]
        for args in ['verify'], ['list'], ['diff', '-', good], ['diff', good, '-']:
            self.assert_refused(b'The snapshot is damaged: it does not begin as one', b'', args)
            self.assert_refused(b'The snapshot cannot be used: its format is of another version', other_version, args)
            self.assert_refused(b'The snapshot is damaged: its length is not what the header says', data, args)
        self.assert_refused(b'The snapshot is damaged: it does not begin as one', b'', ['info'])

    def test_length_that_cannot_be(self):
        data = self.read(self.build(b'a\n'))
        for size in 2 ** 63, 2 ** 64 - 1, 2 ** 64 - 2 ** 16:
            path = self.path('bad', data[:16] + struct.pack('<Q', size) + data[24:])
            self.assert_fails(b'.*bad: The snapshot is damaged: [^\n]*', 'verify', path)


class TestDiff(SnapshotTestCase):
    def test_differences(self):
        old = self.build(b'a\nb\nx\0y\nc\n', name='old')
        new = self.build(b'a\nc\nnew\n', name='new')
        self.assertEqual(self.succeed('diff', old, new, status=3), b'- b\n- x\0y\n~ 4 2 c\n+ new\n')
        self.assertEqual(self.succeed('diff', '--ignore-atoms', '-0', old, new, status=3), b'- b\0- x\0y\0+ new\0')
        self.assertEqual(self.succeed('diff', old, '-', data=self.read(old)), b'')

    def test_atoms_lost_and_won(self):
        with_atoms = self.build(b'a\nb\n', name='with')
        without = self.build(b'a\nb\n', '--no-atoms', name='without')
        self.assertEqual(self.succeed('diff', with_atoms, without, status=3), b'~ 1 0 a\n~ 2 0 b\n')
        self.assertEqual(self.succeed('diff', without, with_atoms, status=3), b'~ 0 1 a\n~ 0 2 b\n')
        self.assertEqual(self.succeed('diff', '--ignore-atoms', without, with_atoms), b'')

    def test_against_sets(self):
        """What Python says of the same lines."""
        def lines():
            return [b'%d' % self.random.randrange(3000) for _ in range(2000)]
        old, new = lines(), lines()
        output = self.succeed('diff', '--ignore-atoms', self.build(b'\n'.join(old), name='old'),
                              self.build(b'\n'.join(new), name='new'), status=3)
        self.assertEqual(set(re.findall(rb'(?m)^- (.*)$', output)), set(old) - set(new))
        self.assertEqual(set(re.findall(rb'(?m)^\+ (.*)$', output)), set(new) - set(old))

    def test_damaged(self):
        good = self.build(b'a\n')
        for args in [(self.path('bad', b'x'), good), (good, self.path('bad', b'x'))]:
            self.assert_fails(b'.*bad: The snapshot is damaged: [^\n]*', 'diff', *args)


if __name__ == '__main__':
    harness.main()
