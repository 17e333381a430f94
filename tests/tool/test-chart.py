#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Charts of stat and profile: test-chart.py TOOL MAN-PAGE. INTERN_TEST_CAIRO says whether the tool can draw."""

import os
import re
import struct
import unittest
import xml.etree.ElementTree

import harness
from harness import environment, run, run_on_terminal

CAIRO = os.environ['INTERN_TEST_CAIRO'] == 'yes'
MARGIN = 30

# Some strings that come often, many that come once, and one of each length
DATA = b'\n'.join([b'often'] * 5000 + [b'%d' % i for i in range(3000)] + [b'x' * i for i in range(1, 300)]) + b'\n'


class ChartTestCase(harness.ToolTestCase):
    def draw(self, name, data=DATA, options=()):
        path = self.path(name)
        status, _output, errors = run('stat', '--chart=' + path, *options, data=data)
        self.assertEqual((status, errors), (0, b''))
        return self.read(name)

    def assert_whole(self, svg):
        """No letter is nearer to the edge than the margin."""
        root = xml.etree.ElementTree.fromstring(svg)
        width, height = (float(root.get(name).removesuffix('pt')) for name in ('width', 'height'))
        letters = [(float(use.get('x')), float(use.get('y')))
                   for use in root.iter('{http://www.w3.org/2000/svg}use') if use.get('x')]
        self.assertGreater(len(letters), 100)
        for x, y in letters:
            self.assertTrue(MARGIN <= x <= width - MARGIN and MARGIN <= y <= height - MARGIN, (x, y))


class TestTerminal(ChartTestCase):
    BLOCKS = '▁▅▅▅█'
    DATA = b'a\na\na\nb\n'

    def test_the_pool_is_drawn_as_it_fills(self):
        output = run_on_terminal('stat', '--color=never', data=self.DATA)[1].decode()
        self.assertRegex(output, rf'Distinct +2 {self.BLOCKS}\r\n')

    def test_only_a_terminal_that_has_the_characters_is_drawn_on(self):
        plain = run_on_terminal('stat', '--color=never', data=self.DATA, env=environment(LC_ALL='C'))[1]
        for output in plain.replace(b'\r', b''), run('stat', data=self.DATA)[1]:
            self.assertRegex(output, rb'(?m)^Distinct +2$')


@unittest.skipUnless(CAIRO, 'the tool is built without Cairo')
class TestCharts(ChartTestCase):
    def test_the_name_says_the_format(self):
        self.assertEqual(xml.etree.ElementTree.fromstring(self.draw('a.svg')).tag, '{http://www.w3.org/2000/svg}svg')
        self.assertEqual(self.draw('a.pdf')[:5], b'%PDF-')
        png = self.draw('a.png')
        self.assertEqual(png[:8], b'\x89PNG\r\n\x1a\n')
        self.assertEqual(struct.unpack('>I', png[16:20]), (1920,))

    def test_nothing_is_cut_off(self):
        long = b''.join(b'%d\n' % (i % 70000) for i in range(2000000))
        for data in b'', b'one\n', DATA, b'x' * 100000 + b'\n', long:
            self.assert_whole(self.draw('a.svg', data, ['--force']))

    def test_a_long_name_is_shortened(self):
        path = self.path('n' * 200, DATA)
        status, _output, errors = run('stat', '--chart=' + self.path('a.svg'), path)
        self.assertEqual((status, errors), (0, b''))
        self.assert_whole(self.read('a.svg'))

    def test_the_report_is_the_same(self):
        plain, drawn = (run('stat', *options, data=DATA)[1] for options in ((), ('--chart=' + self.path('a.svg'),)))
        # The memory of a pool depends on its hashes, which are random.
        varies = re.compile(rb'(?m)^(Time|Speed|Memory interned|Net saving) .*$')
        self.assertEqual(varies.sub(b'', plain), varies.sub(b'', drawn))
        self.assertNotIn(b'Most repeated', run('stat', '--top=0', '--chart=' + self.path('b.svg'), data=DATA)[1])

    def test_a_chart_that_is_there_already(self):
        path = self.path('a.svg', b'old')
        self.assert_fails(b'.*: The file exists: use --force to replace it', 'stat', '--chart=' + path)
        self.assertEqual(self.read('a.svg'), b'old')

    def test_a_chart_of_a_failure_is_not_written(self):
        run('stat', '--chart=' + self.path('a.svg'), self.path('none'))
        self.assertEqual(self.files(), [])

    def test_wrong_usage(self):
        for name in 'chart', 'chart.gif', '.':
            self.assert_usage_error('stat', '--chart=' + name)
        self.assert_usage_error('stat', '--csv', '--chart=a.svg')

    @unittest.skipUnless(harness.HAS_PROFILER, 'the tool has no profiler here')
    def test_the_profiler_draws(self):
        path = self.path('a.svg')
        status, _output, errors = run('profile', '--chart=' + path, 'sh', '-c', 'echo')
        self.assertEqual((status, errors[:5]), (0, b'Heap '))
        self.assert_whole(self.read('a.svg'))
        self.assertEqual(self.files(), ['a.svg'])


@unittest.skipIf(CAIRO, 'the tool is built with Cairo')
class TestWithoutCairo(ChartTestCase):
    def test_charts_are_refused(self):
        self.assert_usage_error('stat', '--chart=a.svg')
        self.assertIn(b'without Cairo', run('stat', '--chart=a.svg')[2])


if __name__ == '__main__':
    harness.main()
