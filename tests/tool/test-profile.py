#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Programs with a known heap under the profiler: test-profile.py TOOL MAN-PAGE. The programs are in the folder of
INTERN_TEST_PLANTED; INTERN_TEST_LIBDW says whether the tool finds the names of functions."""

import json
import os
import shutil
import signal
import subprocess
import sys
import unittest
from unittest import mock

import harness
from harness import TOOL, environment, run

FOLDER = os.environ['INTERN_TEST_PLANTED']
PLANTED, PLANTED_CPP, PLANTED_GLIB = (os.path.join(FOLDER, name) for name in ('planted', 'planted-cpp', 'planted-glib'))
PLUGIN = os.path.join(FOLDER, 'planted-plugin.so')
MALLOC = os.path.join(FOLDER, 'planted-malloc.so')
NAMES = os.environ['INTERN_TEST_LIBDW'] == 'yes'
N_DISTINCT = 10

# Nothing of the tests' own surroundings in the program. The C library would fill the buffers of the program with a
# letter if Meson happened to choose one.
ENVIRONMENT = environment(MALLOC_CHECK_=None, MALLOC_PERTURB_=None, G_DEBUG=None, G_SLICE=None)

# What the heap has for a planted string.
BLOCK = int(subprocess.run([PLANTED, 'block'], env=ENVIRONMENT, stdout=subprocess.PIPE, timeout=60).stdout.split()[1])


def kind(program):
    """The size of words and the processor that a program is made for."""
    with open(program, 'rb') as file:
        header = file.read(20)
    return header[4:5], header[18:20]


ORDER = sys.byteorder
OWN_PROGRAMS = kind(TOOL) == kind(shutil.which('sh'))


class ProfileTestCase(harness.ToolTestCase):
    def profile(self, *command, options=(), status=3, output=b'ready\n', env=None):
        """The report as JSON."""
        path = self.path('report')
        found = run('profile', '--json', '--force', '--output=' + path, *options, '--', *command,
                    env=env or ENVIRONMENT)
        self.assertEqual(found, (status, output, b''), command)
        return json.loads(self.read('report'))

    def planted(self, report, function='plant_one', position=0):
        """The figures of the call site with this function. Without names, it is the one at this position among those
        of the program, which come in the order of their bytes in copies."""
        if not NAMES:
            return [site for site in report['sites'] if (site['library'] or '').startswith(FOLDER)][position]
        sites = [site for site in report['sites'] if site['function'] and function in site['function']]
        self.assertEqual(len(sites), 1, report['sites'])
        return sites[0]

    def assert_planted(self, report, n):
        site = self.planted(report)
        self.assertEqual((site['strings'], site['copies']), (n, n - min(n, N_DISTINCT)))
        self.assertEqual((site['string_bytes'], site['copy_bytes']), (BLOCK * n, BLOCK * (n - min(n, N_DISTINCT))))


class TestFigures(ProfileTestCase):
    def test_copies_and_bytes_are_exact(self):
        for n in 1, 10, 11, 1000, 100000:
            with self.subTest(n):
                self.assert_planted(self.profile(PLANTED, 'plain', str(n)), n)

    def test_strings_of_many_threads_are_all_there(self):
        self.assert_planted(self.profile(PLANTED, 'threads', '40000'), 40000)

    def test_sites_are_found_when_there_are_more_stacks_than_can_be_numbered(self):
        report = self.profile(PLANTED, 'everywhere', '100000')
        self.assert_planted(report, 100000)
        self.assertEqual(self.planted(report, 'plant_late', 1)['copies'], 999)

    def test_a_block_that_has_grown_counts_once(self):
        report = self.profile(PLANTED, 'grow', '500')
        self.assertEqual([(top['string'], top['count']) for top in report['top']], [('x' * 63, 500)])

    def test_blocks_of_another_malloc_may_lie_side_by_side(self):
        for changes in {}, {'LD_PRELOAD': MALLOC}:
            report = self.profile(PLANTED, 'short', '1000', env=dict(ENVIRONMENT, **changes))
            self.assertEqual((report['strings'], report['copies']), (1000, 999), changes)

    def test_objects_are_not_strings(self):
        report = self.profile(PLANTED, 'others', '1000')
        self.assertEqual((report['strings'], report['top']), (0, []))

    @unittest.skipUnless(os.path.exists(PLANTED_CPP), 'there is no C++ compiler')
    def test_strings_of_cplusplus_are_found(self):
        report = self.profile(PLANTED_CPP, '500', output=b'')
        self.assertEqual([top['count'] for top in report['top']], [250, 250])
        self.assertGreater(self.planted(report, 'remember')['strings'], 0)

    @unittest.skipIf('INTERN_TEST_SIZES' in os.environ, 'a pool with tiny blocks takes more memory')
    def test_net_saving_is_what_a_pool_saves(self):
        for n in 20000, 100000:
            takes = {way: int(subprocess.check_output([PLANTED_GLIB, way, str(n)], env=ENVIRONMENT))
                     for way in ('copies', 'pool')}
            path = self.path('report')
            self.assertEqual(run('profile', '--json', '--force', '--output=' + path, PLANTED_GLIB, 'copies', str(n),
                                 env=ENVIRONMENT)[0], 0)
            saved = json.loads(self.read('report'))['sites'][0]['bytes_saved']
            self.assertAlmostEqual(saved / (takes['copies'] - takes['pool']), 1, delta=0.1)

    def test_calls_of_the_interners_of_glib_are_counted(self):
        # GObject calls them too, as often in both.
        none, some = (self.profile(PLANTED_GLIB, 'interners', n, status=0, output=mock.ANY)['interners']
                      for n in ('0', '5000'))
        added = {'calls': 5000, 'hits': 4000, 'added': 1000, 'bytes': 23000}
        for before, after in zip(none, some):
            self.assertEqual({name: after[name] - before[name] for name in added}, added, after['function'])

    def test_a_plugin_may_bring_glib(self):
        report = self.profile(PLANTED, 'plugin', '5000', PLUGIN)
        self.assertEqual([interner['calls'] for interner in report['interners']], [5000] * 3)

    @unittest.skipUnless(NAMES, 'the tool is built without libdw, so call sites have no names')
    def test_a_site_has_function_file_and_line(self):
        site = self.planted(self.profile(PLANTED, 'plain', '100'))
        self.assertEqual((site['function'], site['file'], site['library']), ('plant_one', 'planted.c', PLANTED))
        with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), 'planted.c'), encoding='utf-8') as source:
            self.assertIn('return strdup (text);', source.read().split('\n')[site['line'] - 1])

    def test_advice_names_the_site_and_the_saving(self):
        advice = self.profile(PLANTED, 'plain', '1000')['advice']
        self.assertEqual(len(advice), 1)
        site = r'plant_one\(\) \(planted.c:\d+\)' if NAMES else r'planted\+0x[0-9a-f]+'
        self.assertRegex(advice[0], f'^Intern the strings of {site}: 100 % of the heap\'s strings, '
                                    r'4\d\.\d kB less, 99 % hits\.$')
        self.assertRegex(self.profile(PLANTED, 'others', '1000')['advice'][0], '^Stay with copies')

    def test_strings_that_come_and_go_are_hits(self):
        report = self.profile(PLANTED, 'threads', '40000')
        self.assertGreater(report['freed_per_second'], 0)
        self.assertEqual(report['hits_per_second'], report['freed_per_second'])


class TestEnds(ProfileTestCase):
    def test_a_program_may_end_by_exit_without_handlers(self):
        self.assert_planted(self.profile(PLANTED, '_exit', '1000', status=4), 1000)

    def test_a_program_may_abort(self):
        self.assert_planted(self.profile(PLANTED, 'abort', '1000', status=128 + signal.SIGABRT), 1000)

    def test_a_program_that_a_signal_ends_is_reported_at_its_last_peak(self):
        report = self.profile(PLANTED, 'kill', '100000', status=128 + signal.SIGTERM)
        self.assertEqual({look['reason'] for look in report['looks']}, {'peak'})
        # The array of pointers and these strings are the first MiB; a later peak may come while a look is taken.
        self.assertGreater(self.planted(report)['strings'], 4000)

    def test_a_program_that_a_signal_ends_at_once_has_no_report(self):
        path = self.path('report')
        status, output, errors = run('profile', '--output=' + path, PLANTED, 'kill', '1', env=ENVIRONMENT)
        self.assertEqual((status, output), (128 + signal.SIGTERM, b'ready\n'))
        self.assertRegex(errors, b'^intern-pool: .*planted: It ended before there was a look at its memory: .*\n$')
        self.assertEqual(self.files(), [])

    def test_a_program_may_end_in_a_signal_handler(self):
        # Some of these interrupt the profiler while it holds a lock.
        for i in range(30):
            for mode in 'handler', 'loading-handler':
                report = self.profile(PLANTED, mode, str(5000 + 137 * i), status=4)
                self.assertEqual([look['reason'] for look in report['looks']][-1], 'end')

    def test_the_last_thread_may_end_after_main(self):
        report = self.profile(PLANTED, 'last-thread', '1000', status=0)
        self.assertEqual(self.planted(report)['copies'], 2000 - N_DISTINCT)

    @unittest.skipIf(os.geteuid() != 0, 'only root can become another user')
    def test_what_cannot_be_sent_is_missing(self):
        report = self.profile(PLANTED, 'leave', '300000')
        self.assertGreaterEqual(report['looks_missing'], 1)
        self.assertNotIn('end', [look['reason'] for look in report['looks']])
        path = self.path('table')
        self.assertEqual(run('profile', '--output=' + path, PLANTED, 'leave', '300000', env=ENVIRONMENT)[0], 3)
        self.assertIn(b'Looks missing', self.read('table'))
        # Before its first look
        self.assert_fails(b'.*planted: No look at its memory has come: it has changed its user.*', 'profile', PLANTED,
                          'leave', '0', status=3, env=ENVIRONMENT)

    def test_the_same_process_is_profiled_after_exec(self):
        self.assert_planted(self.profile(PLANTED, 'exec', '1000', output=b'ready\n' * 2), 1000)

    def test_children_are_not_profiled(self):
        for mode in 'fork', 'spawn':
            report = self.profile(PLANTED, mode, '1000', output=b'ready\n' * (1 + (mode == 'spawn')))
            self.assertEqual((report['strings'], len(report['looks'])), (0, 1))

    def test_children_are_profiled_on_request(self):
        for mode in 'fork', 'spawn':
            report = self.profile(PLANTED, mode, '1000', options=['--follow'],
                                  output=b'ready\n' * (1 + (mode == 'spawn')))
            self.assert_planted(report, 1000)
            self.assertEqual(len({look['pid'] for look in report['looks']}), 2)

    def test_libraries_may_come_and_go(self):
        self.assert_planted(self.profile(PLANTED, 'dlopen', '1000'), 1000)

    def test_a_peak_is_looked_at_when_it_is_over(self):
        report = self.profile(PLANTED, 'fall', '100000')
        self.assertGreater(self.planted(report)['strings'], 90000)

    def test_looks_at_peaks_take_a_tenth_of_the_time(self):
        looks = self.profile(PLANTED, 'plain', '1000000')['looks']
        peaks = [look for look in looks if look['reason'] == 'peak']
        self.assertGreater(len(peaks), 1)
        for earlier, later in zip(peaks, peaks[1:]):
            self.assertGreaterEqual(round(1e6 * (later['seconds'] - earlier['seconds'])), round(1e7 * earlier['took']))

    def test_looks_come_at_intervals_and_on_a_signal(self):
        report = self.profile(PLANTED, 'wait', '1000', options=['--every=0.5'])
        self.assertIn('request', [look['reason'] for look in report['looks']])

        process = subprocess.Popen([TOOL, 'profile', '--json', PLANTED, 'wait', '10'], env=ENVIRONMENT,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.assertEqual(process.stdout.readline(), b'ready\n')
        process.send_signal(signal.SIGUSR1)
        errors = process.communicate(timeout=60)[1]
        self.assertEqual([look['reason'] for look in json.loads(errors)['looks']], ['request', 'end'])


class TestSurroundings(ProfileTestCase):
    def test_a_program_sees_nothing_of_the_profiler(self):
        for changes in {}, {'LD_PRELOAD': 'libm.so.6'}, {'G_SLICE': 'debug-blocks'}:
            env = dict(ENVIRONMENT, **changes)
            plain = subprocess.run([PLANTED, 'surroundings'], env=env, stdin=subprocess.DEVNULL, timeout=60,
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            self.assertIn(b' descriptors, -1 children', plain.stdout)
            status, output, _errors = run('profile', PLANTED, 'surroundings', env=env, data=None,
                                          stdin=subprocess.DEVNULL)
            self.assertEqual((status, output), (plain.returncode, plain.stdout))

    @unittest.skipUnless(OWN_PROGRAMS, 'the shell of this system is for another kind of processor than the tool')
    def test_standard_streams_are_those_of_the_command(self):
        status, output, errors = run('profile', '--', 'sh', '-c', 'cat; echo error >&2; exit 7', data=b'text',
                                     env=ENVIRONMENT)
        self.assertEqual((status, output), (7, b'text'))
        self.assertTrue(errors.startswith(b'error\nHeap '), errors)

    def test_no_process_takes_twice_the_memory_of_the_program(self):
        def largest(*command):
            process = subprocess.Popen(command, env=ENVIRONMENT, stdout=subprocess.DEVNULL)
            _pid, _status, usage = os.wait4(process.pid, 0)
            process.returncode = 0
            return usage.ru_maxrss

        plain = largest(PLANTED, 'plain', '1000000')
        profiled = largest(TOOL, 'profile', '--output=' + self.path('report'), PLANTED, 'plain', '1000000')
        self.assertGreater(profiled, plain)
        self.assertLess(profiled, 2 * plain)

    def test_names_of_the_program_are_no_commands_of_the_terminal(self):
        path = self.path('a\033[31m\nb')
        shutil.copy(PLANTED, path)
        report = self.path('report')
        self.assertEqual(run('profile', '--output=' + report, path, 'plain', '20000', env=ENVIRONMENT)[0], 3)
        self.assertNotIn(b'\033', self.read('report'))
        self.assertNotIn(b'\nb', self.read('report'))

    @unittest.skipUnless(OWN_PROGRAMS, 'the programs of this system are for another processor than the tool')
    def test_the_folder_of_temporary_files_may_be_relative(self):
        found = run('profile', '--output=' + self.path('report'), 'sh', '-c', 'cd / && exec %s plain 10' % PLANTED,
                    env=dict(ENVIRONMENT, TMPDIR='.'), cwd=self.folder.name)
        self.assertEqual(found, (3, b'ready\n', b''))

    def test_options_of_the_command_belong_to_it(self):
        self.assertEqual(run('profile', PLANTED, 'arguments', '--json', env=ENVIRONMENT)[1], b'ready\n--json\n')


class TestRefusals(ProfileTestCase):
    def test_wrong_usage(self):
        for args in ['profile'], ['profile', '--every=-1', 'true'], ['profile', '--top=-1', 'true'], ['profile', '']:
            self.assert_usage_error(*args)

    def test_a_command_that_is_not_there(self):
        self.assert_fails(b'no-such-command: There is no such command', 'profile', 'no-such-command', status=127)
        self.assert_fails(b'/none/x: There is no such command', 'profile', '/none/x', status=127)
        self.assert_fails(b'.*: It cannot be run', 'profile', self.path('data', b'x'), status=126)
        os.mkfifo(self.path('pipe'), 0o700)
        self.assert_fails(b'.*: It cannot be run', 'profile', self.path('pipe'), status=126)

    def test_a_header_that_lies(self):
        size = 56 if kind(TOOL)[0] == b'\2' else 32
        with open(TOOL, 'rb') as file:
            header = bytearray(file.read(64))
        for n in 1, 60000:
            for place in -size * n, -size, 64, 1 << 40:
                if size == 56:
                    header[32:40], header[56:58] = (place % (1 << 64)).to_bytes(8, ORDER), n.to_bytes(2, ORDER)
                else:
                    header[28:32], header[44:46] = (place % (1 << 32)).to_bytes(4, ORDER), n.to_bytes(2, ORDER)
                path = self.path('liar', bytes(header))
                os.chmod(path, 0o700)
                self.assert_fails(b'.*: It is linked statically, .*', 'profile', path, status=126)

    @unittest.skipIf(os.geteuid() != 0, 'only root can make a program of another user')
    def test_a_setuid_program(self):
        path = self.path('other')
        shutil.copy(PLANTED, path)
        os.chown(path, 65534, 65534)
        os.chmod(path, 0o4755)
        self.assert_fails(b'.*: It runs as another user or group .*', 'profile', path, status=126)

    def test_a_report_that_is_there_already(self):
        path = self.path('report', b'old')
        self.assert_fails(b'.*: The file exists: use --force to replace it', 'profile', '--output=' + path, PLANTED,
                          status=125)
        self.assertEqual(self.read('report'), b'old')

    @unittest.skipUnless(os.path.exists('/dev/full'), 'there is no full device')
    def test_a_full_disk(self):
        status, output, errors = run('profile', '--output=/dev/full', PLANTED, 'success', env=ENVIRONMENT)
        self.assertEqual((status, output), (125, b'ready\n'))
        self.assertRegex(errors, b'^intern-pool: /dev/full: No space left on device\n$')

    def test_nothing_is_left_behind(self):
        run('profile', '--output=' + self.path('report'), PLANTED, env=dict(ENVIRONMENT, TMPDIR=self.folder.name))
        self.assertEqual(self.files(), ['report'])


if __name__ == '__main__':
    harness.main()
